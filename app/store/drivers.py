"""Imports Peewee without the PostgreSQL driver, which it would load wherever one is installed: 100 ms and asyncio at each
start, for a workspace that is a file. Imported by this package before anything else imports Peewee."""

import sys

if "psycopg" not in sys.modules:
    sys.modules["psycopg"] = None  # type: ignore[assignment]  # what Python takes for "not installed"
    try:
        import peewee  # noqa: F401
    finally:
        del sys.modules["psycopg"]
