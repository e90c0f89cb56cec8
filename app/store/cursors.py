"""How far each folder of an inbox was read, and what was set aside there. The part of `Inboxes` that the sync writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from peewee import Case, Expression, fn

from app.store import models as m
from app.store.fields import now
from app.store.logging_addresses import LoggingAddresses

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId


@dataclass(frozen=True)
class FolderCursor:
    """Every UID from `low_uid` up to `next_uid` (not included) was read under `uid_validity`; during a first look what is
    below `low_uid` is still to come. UIDs below `first_look_until` were there when the folder was first met: they never
    notify. `seen_…`: the server's words when it was last read to its end, `seen_exists` -1: not yet. `first_look_total`
    and `first_look_at` count messages. `mark_…`: a message by which the folder is known under another name. `resets`: how
    often it was numbered anew of late; `held_until`: that was too often, so that it is left alone. `missing_since`: the
    server does not list it any more. `sync_state`: its word for how the folder stood when it was last read to its end,
    by which it tells what changed since; empty where the protocol has none. `put_off`: its first look ended because there
    was nothing to look for, or something was imported since that it did not look for; it is to begin once there is."""

    path: str
    role: str  # inbox, sent, other
    uid_validity: int
    next_uid: int
    first_look_until: int
    first_look_done: bool
    low_uid: int = 1
    seen_uid_next: int = 0
    seen_exists: int = -1
    seen_modseq: int | None = None
    first_look_total: int = 0
    first_look_at: int = 0
    mark_uid: int = 0
    mark_id: str = ""
    resets: int = 0
    reset_at: datetime | None = None
    held_until: datetime | None = None
    missing_since: datetime | None = None
    sync_state: str = ""
    last_checked_at: datetime | None = field(default=None, compare=False)

    @property
    def put_off(self) -> bool:
        return self.first_look_done and not self.first_look_total and self.first_look_until > 1 and self.seen_exists > 0


_ROLES = {"inbox": 0, "sent": 1}
_OF_FOLDER = (m.SetAside, m.MessageLocation, m.WaitingReply, m.PassedOver)  # what is noted of a folder's messages


class Cursors:
    """Each method that writes wants to be inside a transaction."""

    def cursor(self, inbox_id: InboxId, path: str) -> FolderCursor | None:
        row = m.FolderCursor.get_or_none((m.FolderCursor.inbox == inbox_id) & (m.FolderCursor.path == path))
        return None if row is None else _cursor(row)

    def cursors(self, inbox_id: InboxId) -> tuple[FolderCursor, ...]:
        """Of all its folders, INBOX and Sent first, those that are missing too."""
        rows = m.FolderCursor.select().where(m.FolderCursor.inbox == inbox_id)
        return tuple(sorted((_cursor(row) for row in rows), key=lambda c: (_ROLES.get(c.role, 2), c.path)))

    def put_cursor(self, inbox_id: InboxId, cursor: FolderCursor) -> FolderCursor:
        """A folder that is begun, or begun anew under other numbers; gives what then counts. One that was begun already
        under the same UIDVALIDITY goes on from where it was: two processes may read the same folder."""
        before = self.cursor(inbox_id, cursor.path)
        if before is not None and before.uid_validity == cursor.uid_validity:
            if before.missing_since is not None or before.role != cursor.role:
                self._update(inbox_id, cursor.path, missing_since=None, role=cursor.role)
            return self.cursor(inbox_id, cursor.path) or before
        if before is not None:
            self._forget_numbers(inbox_id, cursor.path)
        values = {
            "role": cursor.role,
            "uid_validity": cursor.uid_validity,
            "next_uid": cursor.next_uid,
            "low_uid": cursor.low_uid,
            "first_look_until": cursor.first_look_until,
            "first_look_done": cursor.first_look_done,
            "first_look_total": cursor.first_look_total,
            "first_look_at": cursor.first_look_at,
            "seen_uid_next": cursor.seen_uid_next,
            "seen_exists": cursor.seen_exists,
            "highest_modseq": cursor.seen_modseq,
            "mark_uid": cursor.mark_uid,
            "mark_id": cursor.mark_id,
            "resets": cursor.resets,
            "reset_at": cursor.reset_at,
            "held_until": None,
            "missing_since": None,
            "sync_state": cursor.sync_state,
            "looked_up_until": 0,
            "last_checked_at": now(),
        }
        m.FolderCursor.insert(inbox=inbox_id, path=cursor.path, **values).on_conflict(
            conflict_target=[m.FolderCursor.inbox, m.FolderCursor.path],
            update={getattr(m.FolderCursor, name): value for name, value in values.items()},
        ).execute()
        return cursor

    def read_up(self, inbox_id: InboxId, path: str, uid_validity: int, next_uid: int) -> None:
        """Everything below `next_uid` was read; never goes back."""
        further = Case(None, [(m.FolderCursor.next_uid < next_uid, next_uid)], m.FolderCursor.next_uid)
        self._update(inbox_id, path, uid_validity, next_uid=further, last_checked_at=now())

    def read_down(self, inbox_id: InboxId, path: str, uid_validity: int, low_uid: int, messages: int) -> None:
        """Everything from `low_uid` on was read, `messages` of them just now; never goes back."""
        is_news = m.FolderCursor.low_uid > low_uid
        self._update(
            inbox_id,
            path,
            uid_validity,
            first_look_at=Case(
                None, [(is_news, m.FolderCursor.first_look_at + messages)], m.FolderCursor.first_look_at
            ),
            low_uid=Case(None, [(is_news, low_uid)], m.FolderCursor.low_uid),
            last_checked_at=now(),
        )

    def begin_put_off(self, inbox_id: InboxId, cursor: FolderCursor) -> None:
        """A first look that was put off begins: all that is there now was there before, and notifies nobody."""
        self._update(
            inbox_id,
            cursor.path,
            cursor.uid_validity,
            first_look_done=False,
            low_uid=m.FolderCursor.next_uid,
            first_look_until=m.FolderCursor.next_uid,
            first_look_total=cursor.seen_exists,
            first_look_at=0,
            looked_up_until=0,
        )

    def put_off_ended(self) -> None:
        """Of all inboxes the first looks that have ended are to be taken anew: old mail turned up here that messages may
        answer which they passed over, and what these name is forgotten when a first look ends."""
        m.FolderCursor.update(first_look_total=0, first_look_at=0, first_look_until=m.FolderCursor.next_uid).where(
            m.FolderCursor.first_look_done & (m.FolderCursor.next_uid > 1)
        ).execute()

    def end_first_look(self, inbox_id: InboxId, path: str, uid_validity: int, *, in_vain: bool = False) -> None:
        """What it passed over is forgotten. `in_vain`: there is nothing to look for any more, so that it is put off."""
        total = 0 if in_vain else m.FolderCursor.first_look_total
        self._update(
            inbox_id,
            path,
            uid_validity,
            first_look_done=True,
            low_uid=1,
            first_look_total=total,
            first_look_at=total,
        )
        m.PassedOver.delete().where(
            (m.PassedOver.inbox == inbox_id)
            & (m.PassedOver.folder == path)
            & (m.PassedOver.uid_validity == uid_validity)
        ).execute()

    def drop_folders(self, inbox_id: InboxId) -> None:
        """All of a removed inbox, with what is noted of their messages: should it be connected again, it is looked at as for
        the first time. What was logged stays, and so does the ledger."""
        for table in (m.FolderCursor, *_OF_FOLDER):
            table.delete().where(table.inbox == inbox_id).execute()

    def saw(
        self,
        inbox_id: InboxId,
        path: str,
        uid_validity: int,
        uid_next: int,
        exists: int,
        modseq: int | None,
        sync_state: str = "",
    ) -> None:
        """Read to its end, with these words of the server's from before that. What was suspected above that end was deleted
        before it could be read again."""
        where = (m.FolderCursor.inbox == inbox_id) & (m.FolderCursor.path == path)
        end = m.FolderCursor.select(m.FolderCursor.next_uid).where(where)
        m.SetAside.delete().where(
            _of_folder(inbox_id, path, uid_validity) & (m.SetAside.tries < 0) & (m.SetAside.uid >= end)
        ).execute()
        self._update(
            inbox_id, path, uid_validity,
            seen_uid_next=uid_next, seen_exists=exists, highest_modseq=modseq, last_checked_at=now(), missing_since=None,
            held_until=None, sync_state=sync_state,
        )  # fmt: skip

    def mark_folder(self, inbox_id: InboxId, path: str, uid_validity: int, uid: int, message_id: str) -> None:
        """The message by which this folder is known again under another name."""
        self._update(inbox_id, path, uid_validity, mark_uid=uid, mark_id=message_id)

    def hold_folder(self, inbox_id: InboxId, path: str, until: datetime) -> None:
        """Left alone until then."""
        self._update(inbox_id, path, held_until=until, last_checked_at=now())

    def miss_folders(self, inbox_id: InboxId, paths: Collection[str], since: datetime) -> None:
        """The server lists them no more."""
        for path in paths:
            self._update(inbox_id, path, missing_since=since)

    def find_folder_again(self, inbox_id: InboxId, path: str) -> None:
        """The server lists it again."""
        self._update(inbox_id, path, missing_since=None)

    def rename_folder(self, inbox_id: InboxId, path: str, new_path: str, role: str) -> None:
        """The same folder under another name: its cursor, and all that is noted of its messages, goes with it. Nothing where
        another process has begun to read it under that name: then it is a new one, which doubles nothing."""
        if self.cursor(inbox_id, new_path) is not None:
            return
        self._forget_numbers(inbox_id, new_path)  # of one that had this name before
        m.FolderCursor.update(path=new_path, role=role, missing_since=None).where(
            (m.FolderCursor.inbox == inbox_id) & (m.FolderCursor.path == path)
        ).execute()
        for table in _OF_FOLDER:
            table.update(folder=new_path).where((table.inbox == inbox_id) & (table.folder == path)).execute()
        LoggingAddresses().rename_folder(inbox_id, path, new_path)

    def drop_folder(self, inbox_id: InboxId, path: str) -> None:
        """Forgets a folder that is gone; what was logged from it stays."""
        self._forget_numbers(inbox_id, path)
        m.FolderCursor.delete().where((m.FolderCursor.inbox == inbox_id) & (m.FolderCursor.path == path)).execute()
        LoggingAddresses().lose_folder(inbox_id, path)

    def _update(self, inbox_id: InboxId, path: str, uid_validity: int | None = None, **values: object) -> None:
        where = (m.FolderCursor.inbox == inbox_id) & (m.FolderCursor.path == path)
        if uid_validity is not None:  # numbered anew meanwhile, by another process' look: these numbers mean nothing
            where &= m.FolderCursor.uid_validity == uid_validity
        m.FolderCursor.update(**values).where(where).execute()

    def _forget_numbers(self, inbox_id: InboxId, path: str) -> None:
        """What was noted under the old numbers names nothing any more."""
        for table in _OF_FOLDER:
            table.delete().where((table.inbox == inbox_id) & (table.folder == path)).execute()

    # -- messages set aside

    def set_aside(
        self, inbox_id: InboxId, folder: str, uid_validity: int, uid: int, reason: str, again: datetime
    ) -> None:
        """A message that could not be read: it does not stop its folder and is tried again at `again`."""
        m.SetAside.insert(
            inbox=inbox_id, folder=folder, uid_validity=uid_validity, uid=uid, reason=reason, tries=1, next_try_at=again
        ).on_conflict(
            conflict_target=[m.SetAside.inbox, m.SetAside.folder, m.SetAside.uid_validity, m.SetAside.uid],
            update={
                m.SetAside.reason: reason,
                m.SetAside.tries: Case(None, [(m.SetAside.tries > 0, m.SetAside.tries + 1)], 1),
                m.SetAside.next_try_at: again,
            },
        ).execute()

    def suspect(self, inbox_id: InboxId, folder: str, uid_validity: int, uid: int) -> int:
        """The connection ended while this message, or messages up to it, were read: some servers hang up on a message
        that is damaged. Returns how often in all; 0 for one that is set aside, which stays so."""
        m.SetAside.insert(
            inbox=inbox_id, folder=folder, uid_validity=uid_validity, uid=uid, reason="", tries=-1, next_try_at=now()
        ).on_conflict(
            conflict_target=[m.SetAside.inbox, m.SetAside.folder, m.SetAside.uid_validity, m.SetAside.uid],
            update={m.SetAside.tries: Case(None, [(m.SetAside.tries <= 0, m.SetAside.tries - 1)], m.SetAside.tries)},
        ).execute()
        query = m.SetAside.select(m.SetAside.tries).where(_of_folder(inbox_id, folder, uid_validity))
        return max(0, -int(query.where(m.SetAside.uid == uid).scalar()))

    def next_suspect(self, inbox_id: InboxId, folder: str, uid_validity: int, first_uid: int) -> int | None:
        """The nearest UID from `first_uid` on at which a connection ended."""
        query = m.SetAside.select(fn.MIN(m.SetAside.uid)).where(_of_folder(inbox_id, folder, uid_validity))
        found = query.where((m.SetAside.tries < 0) & (m.SetAside.uid >= first_uid)).scalar()
        return None if found is None else int(found)

    def last_suspect(self, inbox_id: InboxId, folder: str, uid_validity: int, below: int) -> int | None:
        """The nearest UID under `below` at which a connection ended."""
        query = m.SetAside.select(fn.MAX(m.SetAside.uid)).where(_of_folder(inbox_id, folder, uid_validity))
        found = query.where((m.SetAside.tries < 0) & (m.SetAside.uid < below)).scalar()
        return None if found is None else int(found)

    def clear_suspects(self, inbox_id: InboxId, folder: str, uid_validity: int, first: int, below: int) -> None:
        """Those from `first` on and under `below` were read after all. In the transaction that moves the cursor past
        them."""
        m.SetAside.delete().where(
            _of_folder(inbox_id, folder, uid_validity)
            & (m.SetAside.tries < 0)
            & (m.SetAside.uid >= first)
            & (m.SetAside.uid < below)
        ).execute()

    def due_again(
        self, inbox_id: InboxId, folder: str, uid_validity: int, at: datetime
    ) -> tuple[tuple[int, int, str], ...]:
        """(uid, tries so far, reason) of what was set aside and is to be tried again."""
        query = m.SetAside.select().where(
            _of_folder(inbox_id, folder, uid_validity) & (m.SetAside.tries > 0) & (m.SetAside.next_try_at <= at)
        )
        return tuple((row.uid, row.tries, row.reason) for row in query.order_by(m.SetAside.uid).limit(50))

    def aside_in(self, inbox_id: InboxId, folder: str, uid_validity: int) -> frozenset[int]:
        """The UIDs that are set aside in a folder: nothing but `due_again` leads to them."""
        query = m.SetAside.select(m.SetAside.uid).where(_of_folder(inbox_id, folder, uid_validity))
        return frozenset(row.uid for row in query.where(m.SetAside.tries > 0))

    def hurry_aside(self, inbox_id: InboxId) -> int:
        """All that was set aside in an inbox is to be tried again now. Returns how many. Inside a transaction."""
        query = m.SetAside.update(next_try_at=now()).where((m.SetAside.inbox == inbox_id) & (m.SetAside.tries > 0))
        return int(query.execute())

    def take_back(self, inbox_id: InboxId, folder: str, uid_validity: int, uid: int) -> None:
        m.SetAside.delete().where(_of_folder(inbox_id, folder, uid_validity) & (m.SetAside.uid == uid)).execute()

    def aside(self, inbox_id: InboxId) -> tuple[tuple[str, int, str], ...]:
        """(folder, uid, reason) of everything set aside."""
        query = m.SetAside.select().where((m.SetAside.inbox == inbox_id) & (m.SetAside.tries > 0))
        return tuple((row.folder, row.uid, row.reason) for row in query.order_by(m.SetAside.folder, m.SetAside.uid))


def _cursor(row: m.FolderCursor) -> FolderCursor:
    return FolderCursor(
        path=row.path,
        role=row.role,
        uid_validity=row.uid_validity,
        next_uid=row.next_uid,
        first_look_until=row.first_look_until,
        first_look_done=row.first_look_done,
        low_uid=row.low_uid,
        seen_uid_next=row.seen_uid_next,
        seen_exists=row.seen_exists,
        seen_modseq=row.highest_modseq,
        first_look_total=row.first_look_total,
        first_look_at=row.first_look_at,
        mark_uid=row.mark_uid,
        mark_id=row.mark_id,
        resets=row.resets,
        reset_at=row.reset_at,
        held_until=row.held_until,
        missing_since=row.missing_since,
        sync_state=row.sync_state,
        last_checked_at=row.last_checked_at,
    )


def _of_folder(inbox_id: InboxId, folder: str, uid_validity: int) -> Expression:
    return (m.SetAside.inbox == inbox_id) & (m.SetAside.folder == folder) & (m.SetAside.uid_validity == uid_validity)
