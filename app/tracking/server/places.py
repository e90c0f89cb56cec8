"""Which database a server uses, as a person writes it: nothing, `sqlite:///path`, `postgresql://…`. Used by the
application and the command line."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from app.domain.errors import TrackingError
from app.tracking.server.database import HitDatabase
from app.tracking.server.sqlite import SqliteDatabase, prepare_sqlite

WRITTEN = "sqlite:///FILE, such as sqlite:////srv/hits.sqlite3, or postgresql://USER@HOST:PORT/DATABASE"
_DRIVE = re.compile(r"[A-Za-z]:/")


@dataclass(frozen=True)
class DatabasePlace:
    """`path` of a file, or the `url` of a server (with its password: never shown). `own`: the file in the folder of this
    server, whose secrets are those of the workspace “default”."""

    path: Path | None
    url: str = field(default="", repr=False)
    own: bool = False

    @classmethod
    def of(cls, url: str, own: Path) -> DatabasePlace:
        """Raises TrackingError for what is neither."""
        if not url:
            return cls(own, own=True)
        if url.startswith(("postgresql://", "postgres://")):
            return cls(None, url)
        if url.startswith("sqlite:///") and "?" not in url and "#" not in url and len(url) > len("sqlite:///"):
            name = unquote(url.removeprefix("sqlite:///")).lstrip("/")
            path = Path(name if _DRIVE.match(name) else f"/{name}")
            return cls(path, own=path == own.absolute())
        raise TrackingError(f"A database is given as {WRITTEN}.")

    @property
    def mark(self) -> str:
        """Tells databases apart, in names of files; without what may change while the database stays the same."""
        if self.own:
            return ""
        kept = str(self.path) if self.path else _without_password(self.url)
        return hashlib.sha256(kept.encode()).hexdigest()[:8]

    def check(self) -> None:
        """Raises TrackingError for an address of which no connection can ever be made."""
        if self.path is None:
            from app.tracking.server.postgres import check_address  # not needed where nobody has PostgreSQL

            check_address(self.url)

    def prepare(self) -> str:
        """Makes file and tables where they are missing, and gives the server's uid. Raises DatabaseAway where that cannot be
        done now, TrackingError where it never will."""
        if self.path is not None:
            return prepare_sqlite(self.path)
        from app.tracking.server.postgres import prepare_postgres

        return prepare_postgres(self.url)

    def open(self, *, busy: float, patience: float) -> HitDatabase:
        """A connection. `busy`: seconds to wait for a lock of SQLite; `patience`: seconds for an answer of PostgreSQL."""
        if self.path is not None:
            return SqliteDatabase(self.path, busy=busy)
        from app.tracking.server.postgres import PostgresDatabase

        return PostgresDatabase(self.url, patience=patience)


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host.partition('?')[0]}"
