"""The base of all Peewee models, and the database that they are bound to. Used by the modules of models alone."""

from __future__ import annotations

from peewee import AutoField, DatabaseProxy, Model

# One workspace is open in a process at a time: Peewee binds models to one database.
database = DatabaseProxy()


class Table(Model):
    id = AutoField()

    class Meta:
        database = database
        legacy_table_names = False
