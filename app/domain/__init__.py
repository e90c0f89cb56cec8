"""Values and decisions of Hitchpost: standard library only, no I/O, imported by every other room."""
