"""The tracking server's database on PostgreSQL: for any number of processes and machines.

A sequence alone gives numbers in the order of inserts, not of commits: a reader could see 8 before 7 is there, and miss
7 for ever. So whoever writes holds one advisory lock until the commit is to be seen.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any, LiteralString, cast

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.domain.errors import TrackingError
from app.tracking.server.database import DatabaseAway, RowsRefused
from app.tracking.server.rows import HitRow
from app.tracking.server.schema import SCHEMA_VERSION, TO_VERSION_3, everything
from app.tracking.server.sql import COLUMNS, SqlDatabase, insertable

CONNECT = 3  # seconds
_LOOK = 0.1
_LATER = 1.0  # by which the server comes first, and says what was wrong
_LOCK = int.from_bytes(b"hitchpst", "big")
_NUMBER = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_NUMBERS = frozenset(("at", "link", "workspace"))
_ARRAYS = [f"{'bigint' if column in _NUMBERS else 'text'}[]" for column in (*HitRow._fields, "network")]
# For numbers that keep up with the clock see `database`; with the database's clock, which all machines share.
_KEEP_UP = (
    "setval('hit_number_seq', greatest(last_value, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)) "
    "FROM hit_number_seq"
)
# One way there and back for a group. Each statement of such a function sees what was committed when it begins: the second
# one sees who was forgotten while the first one waited. Change its name with it: programs of several versions may call theirs.
_PUT = f"put_hits_1({', '.join(_ARRAYS)})"
_MAKE_PUT = f"""CREATE FUNCTION {_PUT} RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock({_LOCK});
    PERFORM {_KEEP_UP};
    INSERT INTO hit ({COLUMNS}, network) SELECT {COLUMNS}, network
        FROM unnest({", ".join(f"${n + 1}" for n in range(len(_ARRAYS)))}) WITH ORDINALITY
        AS given ({COLUMNS}, network, place) WHERE NOT EXISTS
        (SELECT 1 FROM forgotten f WHERE f.workspace = given.workspace AND f.recipient_ref = given.recipient_ref)
        ORDER BY place ON CONFLICT (hit_uid) DO NOTHING;
    END $$"""  # noqa: S608
_CALL_PUT = f"SELECT put_hits_1({', '.join(f'%s::{array}' for array in _ARRAYS)})"


class _Impatient(psycopg.Connection[tuple[Any, ...]]):
    """Waits no longer than `patience` seconds for an answer. The server's own timeout is of no use where the server is
    frozen, and TCP's only where the network is gone."""

    patience = float(CONNECT)

    def wait(self, gen: PQGen[RV], interval: float = _LOOK, timeout: float | None = None) -> RV:
        return super().wait(self._limited(gen, self.patience if timeout is None else timeout), interval=_LOOK)

    def _limited(self, gen: PQGen[RV], seconds: float) -> PQGen[RV]:
        end = time.monotonic() + seconds
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                if not ready and time.monotonic() > end:
                    self.pgconn.finish()  # or the rollback would wait as long
                    raise psycopg.OperationalError(f"no answer within {seconds:.0f} seconds")
                waits_for = gen.send(ready)
        except StopIteration as end_of_it:
            return cast(RV, end_of_it.value)


class PostgresDatabase(SqlDatabase):
    """One connection. `patience`: seconds after which the server ends a statement of ours, and after which a silent
    network counts as gone."""

    def __init__(self, url: str, *, patience: float) -> None:
        self._conninfo = _conninfo(url, patience)
        self._patience = patience
        self._connection: _Impatient | None = None
        self.uid = ""

    def insert(self, rows: Sequence[HitRow]) -> None:
        columns = zip((*HitRow._fields, "network"), zip(*insertable(rows), strict=True), strict=True)
        try:
            arrays = [_numbers(values) if name in _NUMBERS else _texts(values) for name, values in columns]
        except TypeError as error:
            raise RowsRefused(str(error)) from error
        with self._used() as connection:
            connection.execute(_CALL_PUT, arrays, prepare=True)

    def newest(self) -> int:
        with self._reading() as session:
            found = session.rows("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM hit_number_seq")
        return int(found[0][0])

    def version(self) -> tuple[object, ...]:
        with self._reading() as session:
            return (id(session.connection), session.rows("SELECT max(number) FROM hit")[0][0])

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                connection.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[_Session]:
        with self._used() as connection:
            yield _Session(connection)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[_Session]:
        with self._used() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            yield _Session(connection)

    @contextlib.contextmanager
    def _used(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        try:
            if self._connection is None:
                self._connection = _Impatient.connect(self._conninfo, autocommit=True)
                self._connection.patience = self._patience + _LATER
                found = self._connection.execute("SELECT uid FROM server").fetchone()
                self.uid = found[0] if found else ""
            yield self._connection
        except psycopg.Error as error:
            self.close()
            refused = isinstance(error, psycopg.IntegrityError | psycopg.DataError)
            raise (RowsRefused if refused else DatabaseAway)(_said(error)) from error
        except BaseException:
            if self._connection is not None and self._connection.closed:
                self.close()
            raise


class _Session:
    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._execute(statement, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        return self._execute(statement, values).rowcount

    def _execute(self, statement: str, values: Sequence[object]) -> psycopg.Cursor[tuple[Any, ...]]:
        # every statement is a constant of this program
        return self.connection.execute(statement.replace("?", "%s"), values)


def prepare_postgres(url: str) -> str:
    """Makes the tables where they are missing, and gives the server's uid. Raises DatabaseAway where the server cannot
    be reached now, TrackingError with a sentence for a person where it will never do."""
    try:
        with psycopg.connect(_conninfo(url, 30.0)) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if not _is_there(connection, "to_regclass", "server_version"):
                for statement in everything(_NUMBER):
                    connection.execute(statement)
                connection.execute("CREATE TABLE server_version (version BIGINT NOT NULL)")
                connection.execute("INSERT INTO server_version VALUES (%s)", (SCHEMA_VERSION,))
                connection.execute("INSERT INTO server (id, uid) VALUES (1, %s)", (secrets.token_hex(16),))
            if not _is_there(connection, "to_regprocedure", _PUT):
                connection.execute(_MAKE_PUT)
            version = connection.execute("SELECT version FROM server_version").fetchone()
            if version is not None and version[0] < SCHEMA_VERSION:
                for statement in TO_VERSION_3:
                    connection.execute(statement)
                connection.execute("UPDATE server_version SET version = %s", (SCHEMA_VERSION,))
                version = (SCHEMA_VERSION,)
            found = connection.execute("SELECT uid FROM server").fetchone()
    except psycopg.OperationalError as error:
        raise DatabaseAway(_said(error)) from error
    except psycopg.Error as error:
        raise TrackingError(f"The database of the tracking server cannot be used: {_said(error)}.") from error
    if version is None or found is None or version[0] > SCHEMA_VERSION:
        raise TrackingError("The database was written by a newer version of Hitchpost. Update this one.")
    return str(found[0])


def _is_there(connection: psycopg.Connection[tuple[Any, ...]], what: LiteralString, name: str) -> bool:
    found = connection.execute(f"SELECT {what}(%s) IS NOT NULL", (name,)).fetchone()
    return bool(found and found[0])


def _numbers(values: Sequence[Any]) -> str:
    """As PostgreSQL writes an array."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _texts(values: Sequence[Any]) -> str:
    """psycopg would do the same, each text by itself. There is no NUL in texts: one would end its text here, and the row that
    begins behind it lacks everything else and is refused."""
    joined = "\0".join(values).replace("\\", r"\\").replace('"', r"\"").replace("\0", '","')
    return f'{{"{joined}"}}'


def check_address(url: str) -> None:
    """Raises TrackingError where libpq does not understand it."""
    _conninfo(url, CONNECT)


def _conninfo(url: str, patience: float) -> str:
    """What libpq is given. What the person wrote in the URL counts more. Raises TrackingError."""
    milliseconds = str(round(patience * 1000))
    ours = {
        "connect_timeout": str(CONNECT),
        "application_name": "hitchpost-tracking",
        "tcp_user_timeout": milliseconds,
        "keepalives_idle": "10",
        "keepalives_interval": "3",
        "keepalives_count": "3",
        # A commit is on the disk when it returns, whatever the server's own setting
        "options": f"-c synchronous_commit=on -c statement_timeout={milliseconds} "
        "-c idle_in_transaction_session_timeout=10000",
    }
    try:
        return make_conninfo("", **{**ours, **conninfo_to_dict(url)})
    except psycopg.ProgrammingError as error:
        raise TrackingError(
            "The address of a PostgreSQL database is written postgresql://USER@HOST:PORT/DATABASE, and what stands behind a ? "
            "is what libpq knows, such as sslmode=require."
        ) from error


def _said(error: psycopg.Error) -> str:
    """On one line, without its hints, which begin with a tab. libpq names host, port, user and database, never the password."""
    lines = (line.strip() for line in str(error).splitlines() if not line.startswith("\t"))
    return " ".join(filter(None, lines)).rstrip(".") or type(error).__name__
