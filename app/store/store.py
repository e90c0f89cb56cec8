"""The open workspace database: transactions, the broadcast after each commit, and a gateway per subject."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import peewee

from app.domain.changes import Area, Change
from app.domain.records import CompanyRecord, ContactRecord
from app.store import journal, migrate, models, page_gaps, sqlite
from app.store.fields import now
from app.store.gateways import Gateways
from app.store.prepared import Prepared

Listener = Callable[[Change], None]
_FIRST_USER = Prepared(0, lambda: models.User.select(models.User.id).order_by(models.User.id).limit(1))
KEEP_UNNAMED = 3600.0  # seconds that a file without a message stays
_OWED = "_erase.unfinished"  # names of files, and for each deletion a mark of its own:
_MARK = "deletion-"


class Store(Gateways):
    """One workspace. `transaction(areas…)` is the only way to write; listeners hear of it after the commit, on the
    committing thread. Each thread has its own connection and gives it back with `close_thread`."""

    def __init__(self, database: peewee.SqliteDatabase, path: Path) -> None:
        super().__init__(path)
        self._database = database
        self._listeners: list[Listener] = []
        self._pending = threading.local()
        self._seen_version = 0
        self._collected_at: float | None = None

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
                models.User.create(name="", login_address="", role="admin", created_at=now())

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
        noted = journal.mark()
        try:
            with self._database.atomic("IMMEDIATE") if depth == 0 else self._database.atomic():
                yield
                if depth == 0:
                    journal.hand_over()
        except peewee.PeeweeException as error:
            journal.back_to(noted)
            translated = sqlite.translate(error)
            if translated is None:
                raise
            raise translated from error
        except BaseException:
            journal.back_to(noted)
            raise
        finally:
            self._pending.depth = depth
        if depth == 0 and self._pending.areas:
            change = Change(frozenset(self._pending.areas), source)
            for listener in tuple(self._listeners):
                listener(change)

    def tell(self, *areas: Area) -> None:
        """In a transaction that turned out to change more than it began with."""
        self._pending.areas.update(areas)

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

    def catch_up_search(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Makes what an older version left searchable, in short transactions between which others may write, until `stop`
        says so. Whether something is left."""
        while self.search.is_behind():
            if stop():
                return True
            with self.transaction():
                self.search.catch_up_slice()
        return False

    def contact_record(self, contact_id: int) -> ContactRecord | None:
        found = self.contacts.record(contact_id)
        return None if found is None else replace(found, deals=self.deals.lines_of_contact(contact_id))

    def company_record(self, company_id: int) -> CompanyRecord | None:
        found = self.companies.record(company_id)
        return None if found is None else replace(found, deals=self.deals.lines_of_company(company_id))

    def owe_no_trace(self, files: Iterable[str]) -> None:
        """In the transaction of a permanent deletion: these files, and what else `leave_no_trace` removes, are still there.
        It stays owed until it is done, also when the program ends before."""
        self.settings.put(_OWED, " ".join(sorted({*self._owed(), *files, _MARK + secrets.token_hex(8)})))

    def _owed(self) -> set[str]:
        return set(str(self.settings.get(_OWED)).split())

    def leave_no_trace(self, seconds: float = 0.0, stop: Callable[[], bool] = lambda: False) -> bool:
        """After a permanent deletion: what was deleted is in no other place of the folder either, neither in its files nor in
        the write-ahead log nor in the words to search by nor in the copies made before updates. Whether nothing is owed any
        more: a file that was kept anew in the last `seconds`, the log while another connection reads from it, and what is
        left when `stop` says so, stay for the next time. Others may write meanwhile, but for a second or two at a time. A file
        that is too large to be written anew at once (`sqlite.write_anew`) is cleaned in its place (`page_gaps`). Raises
        StoreError."""
        owed = self._owed()
        if not owed:
            return True
        files = {name for name in owed if not name.startswith(_MARK)}
        files -= self.messages.file_names() | self.outbox.file_names() | self.reviews.file_names()
        self.files.remove(files, seconds)
        sqlite.remove_copies(self.path)
        if not self._compact(stop) or stop():
            return False
        if not sqlite.write_anew(self._database) and not page_gaps.clean_gaps(self.path, stop):
            return False
        if not sqlite.empty_log(self._database):
            return False
        if any(self.files.path(name).exists() for name in files):
            return False
        with self.transaction():
            left = self._owed() - owed  # of another deletion, meanwhile
            self.settings.put(_OWED, " ".join(sorted(left)))
        return not left

    def _compact(self, stop: Callable[[], bool]) -> bool:
        begins = more = True
        while more:
            if stop():
                return False
            with self.transaction():
                more = self.search.compact_slice(begins=begins)
            begins = False
        return True

    def collect_files(self) -> int:
        """Deletes attachments that no message and no draft names any more, at most once an hour. Returns how many. Those
        of the last hour stay: what names them may not be written yet. Raises StoreError."""
        if self._collected_at is not None and time.monotonic() - self._collected_at < KEEP_UNNAMED:
            return 0
        self._collected_at = time.monotonic()
        self.leave_no_trace()
        with self.transaction(source="collect files"):
            self.reviews.expire(now())
        unnamed = self.files.older_than(KEEP_UNNAMED)
        unnamed -= self.messages.file_names()
        unnamed -= self.outbox.file_names()
        unnamed -= self.reviews.file_names()
        return self.files.remove(unnamed, KEEP_UNNAMED)
