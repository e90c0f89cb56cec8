"""The open workspace database: transactions, the broadcast after each commit, and a gateway per subject."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee

from app.domain.changes import Area, Change
from app.store import migrate, models, sqlite
from app.store.contacts import Contacts
from app.store.events import Events
from app.store.feed import Feed
from app.store.fields import now
from app.store.files import FileStore
from app.store.inboxes import Inboxes
from app.store.ledger import Ledgers
from app.store.messages import Messages
from app.store.outbox import OutboxTable
from app.store.passed_over import PassedOver
from app.store.prepared import Prepared
from app.store.presets import Presets
from app.store.settings import Settings
from app.store.timeline import Timeline
from app.store.waiting import Overrides, Waiting

Listener = Callable[[Change], None]
_FIRST_USER = Prepared(0, lambda: models.User.select(models.User.id).order_by(models.User.id).limit(1))
KEEP_UNNAMED = 3600.0  # seconds that a file without a message stays


class Store:
    """One workspace. `transaction(areas…)` is the only way to write; listeners hear of it after the commit, on the
    committing thread. Each thread has its own connection and gives it back with `close_thread`."""

    def __init__(self, database: peewee.SqliteDatabase, path: Path) -> None:
        self._database = database
        self.path = path
        self._listeners: list[Listener] = []
        self._pending = threading.local()
        self._seen_version = 0
        self._collected_at: float | None = None
        self.files = FileStore(path.parent / "attachments")
        self.settings = Settings()
        self.inboxes = Inboxes()
        self.presets = Presets()
        self.contacts = Contacts()
        self.messages = Messages()
        self.waiting = Waiting()
        self.passed_over = PassedOver()
        self.overrides = Overrides()
        self.outbox = OutboxTable()
        self.events = Events()
        self.ledgers = Ledgers()
        self.timeline = Timeline()
        self.feed = Feed()

    @classmethod
    def open(cls, path: Path, name: str = "") -> Store:
        """Opens or creates `path` and brings it up to date. Raises StoreError, NewerDatabase."""
        database = sqlite.connect(path)
        try:
            migrate.migrate(database, path)
        except BaseException:
            database.close()
            raise
        models.database.initialize(database)
        store = cls(database, path)
        store._seed(name or path.parent.name)
        store._seen_version = sqlite.data_version(database)
        return store

    def _seed(self, name: str) -> None:
        if models.Workspace.select().exists():  # reading goes on while another program writes
            return
        with self.transaction():
            if not models.Workspace.select().exists():
                models.Workspace.create(uid=secrets.token_hex(8), name=name, created_at=now())
                models.User.create(name="", login_address="", created_at=now())

    @property
    def workspace_uid(self) -> str:
        return str(models.Workspace.get().uid)

    @property
    def workspace_name(self) -> str:
        return str(models.Workspace.get().name)

    @property
    def user_id(self) -> int:
        """The signed-in user: the first one, until a workspace has several."""
        found = _FIRST_USER.row()
        assert found is not None  # made with the workspace
        return int(found[0])

    def user_name(self) -> str:
        return str(models.User.get_by_id(self.user_id).name)

    def rename_user(self, name: str) -> None:
        with self.transaction(Area.SETTINGS):
            models.User.update(name=name).where(models.User.id == self.user_id).execute()

    @contextmanager
    def transaction(self, *areas: Area, source: str = "") -> Iterator[None]:
        """All or nothing. Inside another one it joins that one. Raises DiskFull or StoreError for the world's faults."""
        depth = getattr(self._pending, "depth", 0)
        if depth == 0:
            self._pending.areas = set()
        self._pending.areas.update(areas)
        self._pending.depth = depth + 1
        try:
            with self._database.atomic("IMMEDIATE") if depth == 0 else self._database.atomic():
                yield
        except peewee.PeeweeException as error:
            translated = sqlite.translate(error)
            if translated is None:
                raise
            raise translated from error
        finally:
            self._pending.depth = depth
        if depth == 0 and self._pending.areas:
            change = Change(frozenset(self._pending.areas), source)
            for listener in tuple(self._listeners):
                listener(change)

    def add_listener(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def remove_listener(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def changed_elsewhere(self) -> bool:
        """Whether another connection (a worker's, or another process's) has committed since the last call of this.
        To be asked from one thread only."""
        version = sqlite.data_version(self._database)
        changed, self._seen_version = version != self._seen_version, version
        return changed

    def spare_memory(self) -> None:
        """The calling thread's connection keeps little of the file in memory: it writes more than it reads."""
        sqlite.keep_small(self._database)

    def close_thread(self) -> None:
        """Gives back the calling thread's connection."""
        if not self._database.is_closed():
            self._database.close()

    def close(self) -> None:
        self._listeners.clear()
        self.close_thread()

    def collect_files(self) -> int:
        """Deletes attachments that no message and no draft names any more, at most once an hour. Returns how many. Those
        of the last hour stay: what names them may not be written yet. Raises StoreError."""
        if self._collected_at is not None and time.monotonic() - self._collected_at < KEEP_UNNAMED:
            return 0
        self._collected_at = time.monotonic()
        unnamed = self.files.older_than(KEEP_UNNAMED)
        unnamed -= self.messages.file_names()
        unnamed -= self.outbox.file_names()
        return self.files.remove(unnamed, KEEP_UNNAMED)
