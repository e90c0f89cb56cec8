"""Servers that mean harm, or are broken beyond what a real one is: at every stage of a conversation the client refuses or
survives, within its limits of bytes and seconds, and gives no credential to a server that it does not know."""
