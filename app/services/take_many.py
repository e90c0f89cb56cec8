"""Takes the messages of a folder that deserve care: one, or many whose bodies come together. Used by `read_folder`.

Bodies are read and their files kept before a transaction begins, which then holds as many messages as may keep the
database from others for a moment: to wait for the disk is what takes longest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from app.backends.protocol import FetchedHeader
from app.domain.changes import Area
from app.domain.errors import Cancelled, MailFault
from app.domain.logging_rules import Ignore
from app.domain.problems import Problem, ProblemCode
from app.mime.headers import HeaderFacts, parse_header_block
from app.services.folder_in_hand import (
    HANGING_UP,
    FolderInHand,
    Taken,
    ask_bodies,
    leave_bodies,
    next_look,
    set_aside,
    suspect,
)
from app.services.folder_report import EventListener, FolderReport
from app.services.known_ids import KnownIds
from app.services.log_message import made_up_id
from app.services.meet_copied import meet_copied
from app.services.take_message import ReadBody, ids_in, read_body, take_message
from app.services.who_may_be_logged import kept_out
from app.services.with_contacts import wished_contacts
from app.store.fields import now
from app.store.waiting import DRAFT, WaitingPlace

TRANSACTION_SECONDS = 0.02  # that the database is kept for several messages
_BODIES_AT_ONCE = 1 << 20  # bytes of bodies that are held in memory together
_READ_AT_ONCE = 64  # messages, read before a transaction
_FEW_BODIES = 3  # fewer are fetched one by one

Judged = tuple[int, FetchedHeader | None, HeaderFacts | None]


class Taking:
    """Of one selected folder. `first_look_until`: below that UID messages were there before the inbox was connected.
    `pay` is called after each message that was stored, and may raise MailFault: what was committed stays."""

    def __init__(
        self,
        folder: FolderInHand,
        first_look_until: int,
        known: KnownIds,
        report: FolderReport,
        cancel: threading.Event,
        on_events: EventListener,
        pay: Callable[[], None],
    ) -> None:
        self.folder, self.known, self.report, self.cancel = folder, known, report, cancel
        self._until, self._on_events, self._pay = first_look_until, on_events, pay
        self._store = folder.workspace.store
        self._asked: dict[int, int] = {}  # bodies that were asked for, and not taken in yet: UID, number in the ledger
        self._came: set[int] = set()  # those of them that the server gave
        self.drafts: set[int] = set()  # that were met, and wait to be finished

    def all_of(self, uids: Sequence[int], headers: Mapping[int, FetchedHeader], *, bodies_together: bool) -> bool:
        """These messages, whose headers are here. False when it was cancelled before the last."""
        messages = list(judged(uids, headers))
        waiting = self._wanted_bodies(messages) if bodies_together else {}
        place = 0
        while place < len(messages):
            if self.cancel.is_set():
                return False
            uid, header, facts = messages[place]
            if uid not in waiting:
                if self.one(uid, header, facts) is None:
                    return False
                place += 1
                continue
            end = place + 1
            size = waiting[uid]
            while end < len(messages) and messages[end][0] in waiting and size < _BODIES_AT_ONCE:
                size += waiting[messages[end][0]]
                end += 1
            if not self._with_bodies(messages[place:end], waiting):
                return False
            place = end
        return True

    def one(
        self,
        uid: int,
        header: FetchedHeader | None,
        facts: HeaderFacts | None,
        advance: Callable[[], None] = lambda: None,
    ) -> Taken | None:
        """None when it is cancelled. `advance`: in the transaction that stores it."""
        if self.cancel.is_set():
            return None
        taken = self._take(uid, header, facts, advance)
        self.report.count(taken, self._on_events)
        if taken.stored:
            self.known.refresh()
            self._pay()
        return taken

    def set_aside_earlier(self) -> None:
        """Messages that were set aside and are due. Each is put off before it is tried: what ends the connection, or the
        program, does so once and not every time."""
        inboxes, folder = self._store.inboxes, self.folder
        key = (folder.inbox.id, folder.path, folder.uid_validity)
        for uid, tries, reason in inboxes.due_again(*key, now()):
            if self.cancel.is_set():
                return
            with self._store.transaction(source="sync"):
                inboxes.set_aside(*key, uid, reason, now() + next_look(tries))
            found = list(folder.session.fetch_headers([uid], folder.fields))
            taken = Taken()
            if found and found[0].header:
                facts = parse_header_block(found[0].header)
                known = ids_in(folder.workspace, [(facts, found[0])], self.known)
                early = uid < self._until
                taken = take_message(folder, found[0], facts, known, first_look=early, advance=lambda: None, again=True)
                self._note_draft(uid, taken)
                self.report.count(taken, self._on_events)
            if not found or (found[0].header and not taken.set_aside):
                with self._store.transaction(Area.INBOXES, source="sync"):
                    inboxes.take_back(*key, uid)

    def _with_bodies(self, messages: Sequence[Judged], sizes: Mapping[int, int]) -> bool:
        """Their bodies stand in the ledger before they are asked for: it tells of them whatever ends this."""
        wanted = {uid: facts.message_id for uid, _, facts in messages if facts is not None}
        self._came = set()
        self._asked = ask_bodies(self.folder, wanted)
        try:
            done = self._read_together(messages, sizes)
        except (MailFault, Cancelled):
            self._leave(all_told=False)
            raise
        self._leave(all_told=True)
        return done

    def _leave(self, *, all_told: bool) -> None:
        """What was not taken in. `all_told`: the server gave what it wanted to give. Of what else was asked for nobody
        knows how far it came, and the ledger says so."""
        left, self._asked = self._asked, {}
        read = [number for uid, number in left.items() if uid in self._came]
        not_read = [number for uid, number in left.items() if uid not in self._came] if all_told else []
        if read or not_read:
            leave_bodies(self.folder, read=read, not_read=not_read)

    def _read_together(self, messages: Sequence[Judged], sizes: Mapping[int, int]) -> bool:
        raws = self._bodies(sizes)
        place = 0
        while place < len(messages):
            some = messages[place : place + _READ_AT_ONCE]
            bodies: dict[int, ReadBody] = {}
            for uid, _, _ in some:
                if self.cancel.is_set():
                    return False
                if uid in raws:
                    bodies[uid] = read_body(self.folder.workspace, self._asked[uid], raws.pop(uid))
            if not self._in_transactions(some, bodies):
                return False
            place += len(some)
        return True

    def _in_transactions(self, messages: Sequence[Judged], bodies: dict[int, ReadBody]) -> bool:
        """Short ones. What a message brings is told of when it is committed."""
        place = 0
        while place < len(messages):
            uid, header, facts = messages[place]
            if uid not in bodies:  # the server did not give it with the others
                if self.one(uid, header, facts) is None:
                    return False
                place += 1
                continue
            brought: list[Taken] = []
            first = place
            begun = time.monotonic()
            with self._store.transaction(source="sync"):
                while place < len(messages) and time.monotonic() - begun < TRANSACTION_SECONDS:
                    uid, header, facts = messages[place]
                    if uid not in bodies:
                        break
                    brought.append(self._take(uid, header, facts, lambda: None, bodies.pop(uid)))
                    if header is not None and facts is not None:  # a later one may answer it
                        self.known.expect(facts.message_id or made_up_id(facts, header.internal_date))
                    place += 1
            for uid, _, _ in messages[first:place]:
                self._asked.pop(uid, None)
            self.known.refresh()
            for taken in brought:
                self.report.count(taken, self._on_events)
            self._pay()
            if self.cancel.is_set():
                return False
        return True

    def _wanted_bodies(self, messages: Iterable[Judged]) -> dict[int, int]:
        """UID and bytes of those that answer a known message, or are with a contact whose mail is wished for, as far as that
        is known before they are taken: each for itself would cost a round trip."""
        named: dict[int, list[str]] = {}
        sizes: dict[int, int] = {}
        met: set[str] = set()  # a message may lie in a folder several times
        for uid, header, facts in messages:
            if header is None or facts is None or header.draft or header.size > _BODIES_AT_ONCE:
                continue
            ids = [i for i in (*facts.in_reply_to, *facts.references) if self.known.holds(i)]
            if self._has_another_way(header, facts):
                continue
            if facts.message_id and facts.message_id not in met and not self.known.holds(facts.message_id):
                met.add(facts.message_id)
                if ids:
                    named[uid] = ids
                    sizes[uid] = header.size
                elif wished_contacts(self.folder.workspace, facts):
                    sizes[uid] = header.size
        known = self._store.messages.known([i for ids in named.values() for i in ids])
        sure = {u: size for u, size in sizes.items() if u not in named or not known.keys().isdisjoint(named[u])}
        return sure if len(sure) >= _FEW_BODIES else {}

    def _has_another_way(self, header: FetchedHeader, facts: HeaderFacts) -> bool:
        """It was copied here to be logged, or may not be logged, or never again: its body is read by itself, or not at all."""
        folder = self.folder
        met = folder.copies and meet_copied(
            folder.workspace, folder.inbox, folder.path, folder.role, header.header, facts, Ignore(), folder.copies
        )
        gone = self._store.gone.holds(facts.message_id)
        return bool(met) or gone or kept_out(folder.workspace, folder.inbox, facts) is not None

    def _bodies(self, sizes: Mapping[int, int]) -> dict[int, bytes]:
        """Of all that were asked for."""
        found: dict[int, bytes] = {}
        try:
            for uid, raw in self.folder.session.fetch_bodies({uid: sizes[uid] for uid in self._asked}):
                found[uid] = raw
                self._came.add(uid)
        except MailFault as fault:
            # too much at once: the server told wrong sizes, or none, and each is read by itself the next time
            if fault.problem.code in HANGING_UP or fault.problem.code is ProblemCode.ANSWER_TOO_LARGE:
                suspect(self.folder, min(self._asked))
            raise
        return found

    def _take(
        self,
        uid: int,
        header: FetchedHeader | None,
        facts: HeaderFacts | None,
        advance: Callable[[], None],
        body: ReadBody | None = None,
    ) -> Taken:
        if header is None:
            return Taken()
        if facts is None:  # the server could not give it, or what it gave makes no sense
            set_aside(self.folder, uid, MailFault(Problem(ProblemCode.BROKEN_MESSAGE)), advance)
            return Taken(stored=True, set_aside=True)
        known = ids_in(self.folder.workspace, [(facts, header)], self.known)
        place = WaitingPlace(self.folder.path, self.folder.uid_validity, uid)

        def settled() -> None:
            advance()
            self._store.waiting.settle(self.folder.inbox.id, place)

        early = uid < self._until
        taken = take_message(self.folder, header, facts, known, first_look=early, advance=settled, body=body)
        self._note_draft(uid, taken)
        return taken

    def _note_draft(self, uid: int, taken: Taken) -> None:
        """It is looked at again: some programs finish a draft where it lies (see `Settling._settle_drafts`)."""
        if not taken.draft:
            return
        self.drafts.add(uid)
        folder = self.folder
        with self._store.transaction(source="sync"):
            self._store.waiting.remember(folder.inbox.id, folder.path, folder.uid_validity, [(uid, (DRAFT,))])


def judged(uids: Sequence[int], headers: Mapping[int, FetchedHeader]) -> Iterable[Judged]:
    """Each with its header and what that says; neither when it was deleted between search and fetch."""
    for uid in uids:
        header = headers.get(uid)
        yield uid, header, parse_header_block(header.header) if header is not None and header.header else None
