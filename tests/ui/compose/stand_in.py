"""The part of the façade that the compose page uses, in memory, with an outbox whose states the test moves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.events import Tracking
from app.domain.inboxes import InboxId
from app.domain.near_links import LinkFate
from app.domain.outbox import AttachmentRef, Draft, OutboxId, OutboxMessage, OutboxState
from app.domain.preflight import Message, Person, PreflightReport, preflight
from app.domain.problems import Problem
from app.domain.send_limits import Allowance
from app.domain.senders import Sender
from app.domain.views import ContactRow, OutboxRow, TimelineMessage
from app.mime.cleaning import strip_tracking

ME = Address("jonas@example.org", "Jonas Ahl")
KARIN = Address("karin.lindqvist@example.com", "Karin Lindqvist")
ANDERS = Address("anders.berg@example.com", "Anders Berg")
LONG = Address(
    "wilhelmina@example.net", "Wilhelmina-Alexandrine Featherstonehaugh von und zu Hohenlohe-Langenburg-Schillingsfürst"
)


@dataclass(frozen=True)
class TrackingStatus:
    available: bool = True
    url: str = "https://t.example.org"
    local_only: bool = False
    checked_at: datetime | None = None
    text: str = "The tracking server answers."


def received(**more: object) -> TimelineMessage:
    base = TimelineMessage(
        pk=5,
        message_id="answer-5@example.com",
        direction="received",
        date=datetime(2026, 11, 20, 13, 26, tzinfo=UTC),
        sender=KARIN,
        to=(ME,),
        cc=(ANDERS,),
        subject="Quote 4410",
        text="Can you move the start to Monday?\n\nKarin",
        html="",
        visible_text="Can you move the start to Monday?",
        quoted_lines=0,
        attachments=(),
        user="Jonas Ahl",
        opens=None,
        clicks=None,
        last_event_at=None,
        tracking=Tracking.OFF,
        kind="normal",
        logged_by="reply",
        match_reason="",
        changed_subject=False,
        thread_messages=2,
        inbox_address="jonas@example.org",
    )
    return replace(base, **more)  # type: ignore[arg-type]


class ComposeProgram(QObject):
    changed = Signal(object)
    outbox_changed = Signal(int)
    file_taken = Signal(int, object, str)
    aliases_refreshed = Signal(int, str)

    def __init__(self, folder: Path, inboxes: bool = True) -> None:
        super().__init__()
        self.folder = folder
        self.known_people: dict[str, Person] = {}  # what `preflight` knows, by address key
        self.extra = 0  # additional BCC addresses
        self.fate = LinkFate()
        self.people = [
            ContactRow(i, a.display_name, a.addr_spec, "Northlight Cargo", None, 0)
            for i, a in enumerate((KARIN, ANDERS, LONG), 1)
        ]
        self.sender_list: tuple[Sender, ...] = ()
        if inboxes:
            hello = Address("hello@example.org", "Northlight")
            self.sender_list = (
                Sender(InboxId(1), ME, ME.addr_spec),
                Sender(InboxId(2), hello, hello.addr_spec),
            )
        self.aliases_found: tuple[Sender, ...] | str = ()  # what `refresh_aliases` finds, or why it does not
        self.values: dict[str, object] = {
            "log_default": True,
            "track_default": True,
            "create_contacts": True,
            "undo_seconds": 5,
            "default_font": "Arial",
            "default_font_size": 11,
        }
        self.tracking = TrackingStatus()
        self.kept: dict[OutboxId, OutboxMessage] = {}
        self.wishes: list[tuple[str, object]] = []
        self.refuse: HitchpostError | None = None
        self.slow_files = False
        self.taking: list[tuple[int, Path]] = []

    def contacts(self, search: str = "", offset: int = 0, limit: int = 200) -> tuple[ContactRow, ...]:
        s = search.casefold()
        return tuple(p for p in self.people if s in f"{p.name} {p.address}".casefold())[offset : offset + limit]

    def senders(self) -> tuple[Sender, ...]:
        return self.sender_list

    def refresh_aliases(self, inbox_id: InboxId) -> None:
        self.wishes.append(("refresh_aliases", inbox_id))

    def answer_refresh(self, inbox_id: InboxId) -> None:
        found = self.aliases_found
        if isinstance(found, str):
            self.aliases_refreshed.emit(inbox_id, found)
            return
        self.sender_list = (*found, *(s for s in self.sender_list if s.inbox_id != inbox_id))
        self.changed.emit(Change(frozenset({Area.INBOXES})))
        self.aliases_refreshed.emit(inbox_id, "")

    def get_setting(self, key: str) -> object:
        return self.values[key]

    def clean_html(self, html: str) -> str:
        return strip_tracking(html, {urlsplit(self.tracking.url).hostname or ""})

    def tracking_status(self) -> TrackingStatus:
        return self.tracking

    def fate_of_links(self, inbox_id: InboxId, recipients: Sequence[Address]) -> LinkFate:
        return self.fate

    def send_allowance(self, inbox_id: InboxId) -> Allowance:
        return Allowance(1000)

    def preflight(
        self,
        inbox_id: InboxId | None,
        recipients: Sequence[Address],
        *,
        track: bool,
        log: bool,
        links: int,
        why_not: str,
    ) -> PreflightReport:
        people = [self.known_people.get(p.key, Person(p)) for p in recipients]
        return preflight(Message(track, log, links, why_not if track else "", self.extra), people)

    def attachment_path(self, sha256: str) -> Path:
        return self.folder / sha256

    def store_content(self, filename: str, content_type: str, content: bytes, content_id: str = "") -> AttachmentRef:
        sha256 = hashlib.sha256(content).hexdigest()
        (self.folder / sha256).write_bytes(content)
        return AttachmentRef(filename, content_type, len(content), sha256, content_id)

    def take_file(self, number: int, path: Path) -> None:
        if self.slow_files:
            self.taking.append((number, path))
            return
        try:
            content = path.read_bytes()
        except OSError as error:
            self.file_taken.emit(number, None, f"{path.name} cannot be read: {error.strerror}.")
            return
        self.file_taken.emit(number, self.store_content(path.name, "application/octet-stream", content), "")

    def read_files(self) -> None:
        self.slow_files, taking, self.taking = False, self.taking, []
        for number, path in taking:
            self.take_file(number, path)

    # outbox

    def save_draft(self, draft: Draft, outbox_id: OutboxId | None) -> OutboxId:
        if self.refuse:
            raise self.refuse
        number = OutboxId(outbox_id or len(self.kept) + 1)
        now = datetime.now(UTC)
        self.kept[number] = OutboxMessage(number, OutboxState.DRAFT, draft, "", 1, now, now)
        self.wishes.append(("save_draft", number))
        self.changed.emit(Change(frozenset({Area.OUTBOX})))
        return number

    def discard_draft(self, outbox_id: OutboxId) -> bool:
        if self.refuse:
            return False
        self.move(outbox_id, OutboxState.DISCARDED)
        return True

    def drafts(self) -> tuple[OutboxRow, ...]:
        return self._rows(OutboxState.DRAFT)

    def waiting(self) -> tuple[OutboxRow, ...]:
        return self._rows(OutboxState.QUEUED, OutboxState.FAILED, OutboxState.UNKNOWN)

    def _rows(self, *states: OutboxState) -> tuple[OutboxRow, ...]:
        return tuple(
            OutboxRow(
                m.id, m.state, m.draft.subject, tuple(a.label for a in m.draft.to), m.not_before, m.created_at, None
            )
            for m in self.kept.values()
            if m.state in states
        )

    def draft(self, outbox_id: OutboxId) -> Draft:
        return self.kept[outbox_id].draft

    def send(self, draft: Draft, outbox_id: OutboxId | None) -> OutboxId:
        if self.refuse:
            raise self.refuse
        number = self.save_draft(draft, outbox_id)
        start = draft.send_at or datetime.now(UTC) + timedelta(seconds=int(str(self.values["undo_seconds"])))
        self.kept[number] = replace(self.kept[number], state=OutboxState.QUEUED, not_before=start)
        self.wishes.append(("send", number))
        self.outbox_changed.emit(number)
        return number

    def undo_send(self, outbox_id: OutboxId) -> bool:
        self.wishes.append(("undo_send", outbox_id))
        if self.kept[outbox_id].state is not OutboxState.QUEUED:
            return False
        self.move(outbox_id, OutboxState.DRAFT)
        return True

    def move(self, outbox_id: OutboxId, state: OutboxState, problem: Problem | None = None) -> None:
        self.kept[outbox_id] = replace(self.kept[outbox_id], state=state, problem=problem)
        self.outbox_changed.emit(outbox_id)
