"""Use cases, a file each: what the program does, told in the words of the product. Used by runtime and the command line."""
