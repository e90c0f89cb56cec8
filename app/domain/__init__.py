"""Values and decisions of Hitchpost: standard library only (but for `idna`, the tables of a standard), no I/O, imported by
every other room."""
