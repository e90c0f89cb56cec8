"""An in-memory `Program` for screens: the same methods and signals, sample rows, and a record of the wishes made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.domain.addresses import Address, address_key
from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError, UsageError
from app.domain.events import EventId, EventKind, Tracking, Verdict
from app.domain.feed_filter import FeedTotals
from app.domain.inboxes import (
    Account,
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    ServerTrust,
)
from app.domain.near_links import LinkFate
from app.domain.outbox import CopyState, Draft, OutboxCopy, OutboxId, OutboxMessage, OutboxState
from app.domain.pace import Pace
from app.domain.presets import Preset, PresetFault
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.domain.send_limits import Allowance
from app.domain.senders import Sender
from app.domain.subjects import base_subject
from app.domain.trace import Mark, Trace, TraceStep
from app.domain.views import (
    ContactCard,
    ContactRow,
    Conversation,
    DayCount,
    FeedPage,
    FeedRow,
    FolderRow,
    InboxCard,
    Ledger,
    LedgerBody,
    LedgerFolder,
    LedgerPage,
    MessageEvents,
    OutboxRow,
    TimelineAttachment,
    TimelineMessage,
    TimelinePage,
)
from tests.ui.support.sample_logging import SampleLogging
from tests.ui.support.sample_mail_settings import SampleMailSettings
from tests.ui.support.sample_records import SampleRecords
from tests.ui.support.sample_transfers import SampleTransfers

LONG_NAME = "Wilhelmina-Alexandrine Featherstonehaugh von und zu Hohenlohe"
ME = Address("jonas@example.org", "Jonas Ahl")
KARIN = Address("karin.lindqvist@example.com", "Karin Lindqvist")


@dataclass(frozen=True)
class SecretStatus:
    kind: str
    text: str = ""


@dataclass(frozen=True)
class TrackingStatus:
    available: bool
    url: str
    local_only: bool
    checked_at: datetime | None
    text: str


def event(number: int, kind: EventKind, at: datetime, who: str, subject: str, **more: object) -> FeedRow:
    base = FeedRow(
        id=EventId(number),
        kind=kind,
        at=at,
        who=who,
        address="karin.lindqvist@example.com",
        contact_id=1,
        message_pk=2,
        message_id="quote-2@example.org",
        subject=subject,
        url="",
        verdict=Verdict.PERSON,
        reasons=(),
        notified=True,
        notified_why="",
        seen=True,
        rule_version=1,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def sample_feed(now: datetime) -> list[FeedRow]:
    """Newest first; ids fall with time."""
    quote = "Revised quote for the Gothenburg depot"
    contract = "Contract draft, second reading"
    why = (
        "The picture was fetched 2 h 14 min after delivery. Scanners fetch within seconds.",
        "One message, one fetch: no burst of other messages around it.",
        "It came by way of Google’s image proxy, so the place and device are not known.",
    )
    ago = lambda **span: now - timedelta(**span)  # noqa: E731
    rows = [
        event(
            0,
            EventKind.CLICK,
            ago(minutes=1),
            "Karin Lindqvist",
            quote,
            url="https://northlight.example.com/quote-4410",
            reasons=why[1:2],
            seen=False,
            user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
            ip="198.51.100.24",
        ),
        event(
            0,
            EventKind.OPEN,
            ago(minutes=2),
            "Karin Lindqvist",
            quote,
            reasons=why,
            seen=False,
            user_agent="GoogleImageProxy",
            ip="203.0.113.9",
        ),
        event(
            0,
            EventKind.REPLY,
            ago(minutes=44),
            "Marek Wójcik",
            "Re: Delivery windows in week 48",
            seen=False,
            message_pk=3,
        ),
        event(
            0,
            EventKind.OPEN,
            ago(hours=1),
            "Sofie Holm Rasmussen",
            contract,
            verdict=Verdict.MACHINE,
            notified=False,
            notified_why="a machine fetched it",
            reasons=("Fetched 3 seconds after delivery.",),
        ),
        event(
            0,
            EventKind.INBOX,
            ago(hours=2),
            "jonas.ahl@example.com",
            "",
            contact_id=None,
            message_pk=None,
            inbox_address="jonas.ahl@example.com",
            problem=Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.com", 993, "LOGIN failed"),
        ),
        event(
            0,
            EventKind.OPEN,
            ago(days=1, hours=1),
            "Ingrid Solberg",
            "Thank you for Tuesday, and next steps for the pilot in Trondheim",
            verdict=Verdict.INFERRED,
            reasons=("She replied, so the message was read.",),
        ),
        event(
            0,
            EventKind.BOUNCE,
            ago(days=1, hours=3),
            "p.nowak@example.org",
            "Invitation: spring roadmap briefing",
            contact_id=None,
            problem=Problem(ProblemCode.RECIPIENT_REFUSED, server_says="5.1.1 mailbox does not exist", smtp_code=550),
        ),
        event(
            0,
            EventKind.OPEN,
            ago(days=1, hours=4),
            "You",
            contract,
            verdict=Verdict.OWN,
            notified=False,
            notified_why="it was you",
        ),
        event(
            0,
            EventKind.CLICK,
            ago(days=1, hours=5),
            "Someone",
            "Agenda for the steering group",
            url="https://docs.example.net/agenda?version=17&view=full#chapter-4",
            contact_id=None,
        ),
        event(
            0,
            EventKind.OPEN,
            ago(days=1, hours=6),
            "Sofie Holm Rasmussen",
            contract,
            verdict=Verdict.BLOCKED,
            notified=False,
            notified_why="its address is blocked",
        ),
        event(
            0,
            EventKind.OPEN,
            ago(days=3),
            LONG_NAME,
            "Re: Fwd: Re: the very long subject that somebody wrote without thinking of the width of any window " * 2,
        ),
    ]
    return [replace(row, id=EventId(1000 - i)) for i, row in enumerate(rows)]


def many_events(now: datetime, count: int) -> list[FeedRow]:
    kinds = (EventKind.OPEN, EventKind.CLICK, EventKind.REPLY, EventKind.BOUNCE)
    return [
        event(
            count - i,
            kinds[i % 4],
            now - timedelta(minutes=13 * i),
            f"Person {i}",
            f"Subject {i}",
            verdict=Verdict.MACHINE if i % 3 == 0 and i % 4 < 2 else Verdict.PERSON,
            url="https://example.com/a" if i % 4 == 1 else "",
        )
        for i in range(count)
    ]


def message(
    pk: int, at: datetime, sender: Address, to: tuple[Address, ...], subject: str, **more: object
) -> TimelineMessage:
    text = str(more.pop("text", "Hello."))
    base = TimelineMessage(
        pk=pk,
        message_id=f"quote-{pk}@example.org",
        direction="sent" if sender == ME else "received",
        date=at,
        sender=sender,
        to=to,
        cc=(),
        subject=subject,
        text=text,
        html="",
        visible_text=text,
        quoted_lines=0,
        attachments=(),
        user="Jonas Ahl",
        opens=None,
        clicks=None,
        last_event_at=None,
        tracking=Tracking.OFF,
        kind="normal",
        logged_by="sent" if sender == ME else "reply",
        match_reason="",
        changed_subject=False,
        thread_messages=1,
        inbox_address="jonas@example.org",
        known={person.key: person.display_name for person in (sender, *to) if person != ME},
    )
    return replace(base, **more)  # type: ignore[arg-type]


def sample_timeline(now: datetime) -> list[TimelineMessage]:
    quote = "Revised quote for the Gothenburg depot"
    ago = lambda **span: now - timedelta(**span)  # noqa: E731
    return [
        message(
            3,
            ago(minutes=20),
            KARIN,
            (ME,),
            f"Re: {quote}",
            text="Hi Jonas,\n\nthis works for us. Could you move the start to Monday 1 December? Then I can have the "
            "purchase order signed on Friday. I attach our delivery terms.\n\nOn Thursday you wrote:\n> Hi Karin,\n"
            "> here is the revised quote.",
            visible_text="Hi Jonas,\n\nthis works for us. Could you move the start to Monday 1 December? Then I can "
            "have the purchase order signed on Friday. I attach our delivery terms.",
            quoted_lines=3,
            attachments=(TimelineAttachment("Delivery terms 2026.pdf", "application/pdf", 212_000, "ab" * 32),),
            match_reason="joined by In-Reply-To",
            thread_messages=4,
        ),
        message(
            2,
            ago(hours=2),
            ME,
            (KARIN,),
            quote,
            text="Hi Karin, here is the revised quote, with the third loading bay taken out.",
            html="<p>Hi Karin,</p><p>here is the <b>revised quote</b>, with the third loading bay taken out. You can see "
            'the plan at <a href="https://northlight.example.com/quote-4410">northlight.example.com</a>.</p>'
            "<ul><li>The price holds until 12 December.</li><li>Work can start at once.</li></ul>",
            attachments=(
                TimelineAttachment("Quote 4410.pdf", "application/pdf", 486_000, "cd" * 32),
                TimelineAttachment("Depot plan.png", "image/png", 1_200_000, "ef" * 32),
            ),
            opens=3,
            clicks=2,
            last_event_at=ago(minutes=1),
            tracking=Tracking.ON,
        ),
        message(
            9,
            ago(hours=3),
            ME,
            (KARIN,),
            "Loading hours",
            text="Did you find the loading hours?",
            tracking=Tracking.ON,
            opens=0,
            clicks=0,
            outbox_id=OutboxId(7),
            outbox_state=OutboxState.UNKNOWN,
            problem=Problem(ProblemCode.OUTCOME_UNKNOWN, "smtp.example.org", 465),
        ),
        message(
            8,
            ago(days=1),
            ME,
            (Address("p.nowak@example.org"), KARIN),
            "Invitation: spring roadmap briefing",
            text="You are invited.",
            outbox_id=OutboxId(6),
            outbox_state=OutboxState.FAILED,
            problem=Problem(
                ProblemCode.RECIPIENT_REFUSED, "smtp.example.org", 465, "5.1.1 mailbox does not exist", smtp_code=550
            ),
        ),
        message(
            1,
            ago(days=3),
            ME,
            (KARIN, Address("anders@example.com", "Anders Berg"), Address("x@example.com")),
            "Notes from our call",
            text="Thanks for the walk-through. Short notes below; shout if I got the loading hours wrong.",
            logged_by="bcc",
        ),
        message(
            4,
            ago(days=3, hours=6),
            KARIN,
            (ME,),
            "Parking at the depot",
            text="By the way, do your drivers have permits for the inner yard?",
            changed_subject=True,
            match_reason="joined by References",
        ),
        message(5, ago(days=4), KARIN, (ME,), "Out of office", text="I am away until Monday.", kind="auto_reply"),
    ]


def sample_contacts(now: datetime) -> list[ContactRow]:
    return [
        ContactRow(1, "Karin Lindqvist", KARIN.addr_spec, "Northlight Cargo AB", now, 16),
        ContactRow(2, "Marek Wójcik", "marek@example.net", "", now - timedelta(hours=3), 4),
        ContactRow(3, "Sofie Holm Rasmussen", "sofie@example.com", "Havn & Sø", now - timedelta(days=1), 9),
        ContactRow(4, "", "p.nowak@example.org", "", now - timedelta(days=9), 1),
        ContactRow(5, LONG_NAME, "w" * 50 + "@example.org", "An equally long company name Ltd & Sons", None, 0),
    ]


def folder(path: str, role: str, **more: object) -> FolderRow:
    base = FolderRow(path, role, 24_102, 106, datetime.now(UTC), True, 0, 0)
    return replace(base, **more)  # type: ignore[arg-type]


def sample_inboxes(now: datetime) -> list[InboxCard]:
    folders = (folder("INBOX", "inbox"), folder("Sent", "sent"))
    first = InboxCard(
        InboxId(1),
        "jonas@example.org",
        Provider.IMAP,
        InboxKind.PERSONAL,
        InboxState.CONNECTED,
        None,
        now - timedelta(days=30),
        now - timedelta(minutes=2),
        48_204,
        212,
        folders,
        "Jonas Ahl",
    )
    return [
        first,
        replace(
            first,
            id=InboxId(2),
            address="jonas.ahl@example.com",
            state=InboxState.NEEDS_SIGN_IN,
            problem=Problem(
                ProblemCode.WRONG_CREDENTIALS, "imap.example.com", 993, "[AUTHENTICATIONFAILED] LOGIN failed"
            ),
            since=now - timedelta(hours=2),
            last_sync_at=now - timedelta(hours=2),
            headers_read=9_118,
            bodies_read=37,
        ),
        replace(
            first,
            id=InboxId(3),
            address="jonas.ahl@mail.example.org",
            state=InboxState.CONNECTING,
            last_sync_at=None,
            folders=(
                folder("INBOX", "inbox", first_look_done=False, first_look_total=31_000, first_look_at=12_480),
                folder("Sent", "sent", first_look_done=True, first_look_total=800, first_look_at=800),
            ),
        ),
        replace(
            first,
            id=InboxId(4),
            address="old@example.net",
            state=InboxState.DISABLED,
            since=now - timedelta(days=3),
            last_sync_at=now - timedelta(days=3),
        ),
        replace(
            first,
            id=InboxId(5),
            address="a-rather-long-address-for-an-inbox.of.someone@subdomain.example.org",
            state=InboxState.UNREACHABLE,
            problem=Problem(ProblemCode.CONNECT_TIMEOUT, "imap.subdomain.example.org", 993),
            since=now - timedelta(minutes=12),
        ),
        replace(
            first,
            id=InboxId(6),
            address="vault@example.com",
            state=InboxState.CERTIFICATE,
            problem=Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.com", 993),
            since=now - timedelta(hours=1),
        ),
    ]


def sample_presets() -> list[Preset]:
    tls, starttls = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
    imap, smtp = Endpoint("imap.example.org", 993, tls), Endpoint("smtp.example.org", 587, starttls)
    long = "a-branch-with-a-long-name.subsidiaries.example.net"
    return [
        Preset("example.org", imap, smtp),
        Preset("northlight.example.com", ews_url="https://mail.northlight.example.com/ews/exchange.asmx"),
        Preset(long, Endpoint(f"imap.{long}", 993, tls), Endpoint(f"submission.{long}", 465, tls)),
    ]


OAUTH = {f"oauth.gmail.{f}": "" for f in ("client_id", "client_secret", "authorize_url", "token_url", "revoke_url")}
OAUTH |= {f"oauth.{p}.{f}": "" for p in ("gmail", "outlook") for f in ("api_url", "imap", "smtp")}
OLD_FINGERPRINT = "1f" * 32
NEW_CERTIFICATE = CertificateFacts(
    "CN=imap.example.com",
    "CN=imap.example.com,O=Example Organisation",
    "2026-11-01T00:00:00+00:00",
    "2027-11-01T00:00:00+00:00",
    "a4" * 32,
    ("imap.example.com",),
)


def sample_account(address: str, host: str = "imap.example.com", pin: str = "") -> ImapAccount:
    return ImapAccount(
        address,
        Endpoint(host, 993, ConnectionSecurity.IMPLICIT_TLS),
        Endpoint(host.replace("imap", "smtp"), 465, ConnectionSecurity.IMPLICIT_TLS),
        username=address,
        trust=ServerTrust(pin_sha256=pin),
    )


def show_every_state(program: SampleProgram) -> None:
    """One inbox for each state that is shown."""
    first = program.cards[0]
    program.cards += [
        replace(
            first,
            id=InboxId(7),
            address="sabine.keller@example.org",
            state=InboxState.PAUSED,
            since=program.now - timedelta(hours=5),
        ),
        replace(
            first,
            id=InboxId(8),
            address="sales@example.net",
            provider=Provider.OUTLOOK,
            kind=InboxKind.TEAM,
            state=InboxState.NEEDS_PERMISSION,
            problem=Problem(
                ProblemCode.PERMISSION_MISSING,
                "login.microsoftonline.com",
                443,
                "AADSTS65001: The user or administrator has not consented to use the application.",
            ),
            since=program.now - timedelta(hours=3),
        ),
        replace(first, id=InboxId(9), address="back@example.net", state=InboxState.CONNECTING),
    ]
    problem = Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.com", 993, certificate=NEW_CERTIFICATE)
    program.cards = [replace(c, problem=problem) if c.id == 6 else c for c in program.cards]
    program.accounts[6] = sample_account("vault@example.com", pin=OLD_FINGERPRINT)
    program.next_tries[5] = program.now + timedelta(minutes=4)


DEFAULTS: dict[str, object] = {
    **OAUTH,
    "oauth.outlook.client_id": "5a1d0c7e-3f5b-4c7e-9a51-8d2b6f0e4c11",
    "oauth.outlook.authority": "",
    "team.any_provider": False,
    "log_default": True,
    "track_default": True,
    "log.mode": "replies",
    "log_attachments": True,
    "log.forward_both_forms": True,
    "privacy.on": False,
    "create_contacts": True,
    "create_companies": True,
    "appearance": "light",
    "notify_open": True,
    "notify_click": True,
    "notify_reply": True,
    "notify_bounce": True,
    "notify_inbox": True,
    "notify_review": True,
    "notify_unsubscribe": True,
    "notify_paused": False,
    "notify_group_seconds": 10,
    "quiet_hours.on": False,
    "quiet_hours.from": "20:00",
    "quiet_hours.to": "07:00",
    "undo_seconds": 10,
    "send.daily_limit": 0,
    "sync.first_look_days": 0,
    "sync.daily_megabytes": 2000,
    "sync.pause_on_metered": True,
    "sync.pause_on_battery_saver": True,
    "default_font": "Arial",
    "default_font_size": 11,
    "tracking.url": "",
    "tracking.unsubscribe": False,
    "tracking.keep_addresses_days": 90,
    "tracking.local": False,
    "tracking.token": "",
    "_window.geometry": "",
    "user_name": "Jonas Ahl",
}


@dataclass
class Wish:
    name: str
    args: tuple = field(default_factory=tuple)


class SampleProgram(SampleLogging, SampleMailSettings, SampleRecords, SampleTransfers, QObject):
    changed = Signal(object)
    event_arrived = Signal(object)
    inbox_state_changed = Signal(int)
    check_event = Signal(object)
    check_finished = Signal(object)
    outbox_changed = Signal(int)
    failed = Signal(str, str)
    crashed = Signal(str)
    message_requested = Signal(int)
    tracking_changed = Signal()
    feed_counted = Signal(object, object)
    notifications_changed = Signal()
    no_notifications = False
    rescored = Signal(object)
    secrets_checked = Signal()
    inbox_kept = Signal(object, str)
    file_taken = Signal(int, object, str)
    aliases_refreshed = Signal(int, str)
    diagnosis_event = Signal(object)
    diagnosed = Signal(object)
    sign_in_stands = Signal(str, str)

    def __init__(self, full: bool = True, files: Path | None = None) -> None:
        super().__init__()
        self.now = datetime.now(UTC)
        self.events: list[FeedRow] = sample_feed(self.now) if full else []
        self.people: list[ContactRow] = sample_contacts(self.now) if full else []
        self.messages: list[TimelineMessage] = sample_timeline(self.now) if full else []
        self.cards: list[InboxCard] = sample_inboxes(self.now) if full else []
        self.values = dict(DEFAULTS)
        self.wishes: list[Wish] = []
        self.calls: dict[str, int] = {}
        self.files = files
        self.tracking = TrackingStatus(
            True, "http://127.0.0.1:8025", True, self.now - timedelta(seconds=8), "Answered 8 seconds ago"
        )
        self.card_extra: dict[str, object] = {}
        self.accounts: dict[int, Account] = {}
        self.allowances: dict[int, Allowance] = {}
        self.next_tries: dict[int, datetime] = {}
        self.paces: dict[int, Pace] = {}
        self.trace: Trace | None = None  # what `explain` finds
        self.out: dict[int, OutboxMessage] = {}
        self.secrets, self.secrets_text = "keyring", ""
        self.preset_list: list[Preset] = sample_presets() if full else []
        self.preset_faults: tuple[PresetFault, ...] = ()
        self._fill_logging(self.now, full)
        self._fill_records(self.now, full)
        self._fill_mail_settings(full)
        self.meetings: list[str] = ["meet@example.org"] if full else []
        self.kind_refusals: dict[tuple[str, InboxKind, Provider], str] = {}

    def _wish(self, name: str, *args: object) -> None:
        self.wishes.append(Wish(name, args))

    def wished(self, name: str) -> list[tuple]:
        return [w.args for w in self.wishes if w.name == name]

    def announce(self, *areas: Area) -> None:
        self.changed.emit(Change(frozenset(areas)))

    # --- feed

    def feed(self, kinds=None, people_only=False, search="", before=None, limit=200):
        return self._rows(kinds, people_only, search, before, limit, None, None)

    def _rows(self, kinds, people_only, search, before, limit, contact_id, message_pk):
        self.calls["feed"] = self.calls.get("feed", 0) + 1
        found = []
        for row in self.events:
            if kinds is not None and row.kind not in kinds:
                continue
            if people_only and row.verdict not in (Verdict.PERSON, Verdict.INFERRED):
                continue
            if search and search.casefold() not in f"{row.who} {row.subject} {row.url}".casefold():
                continue
            if before is not None and row.id >= before:
                continue
            if contact_id not in (None, row.contact_id) or message_pk not in (None, row.message_pk):
                continue
            found.append(row)
            if len(found) == limit:
                break
        return tuple(found)

    def feed_page(
        self, kinds=None, people_only=False, search="", before=None, limit=200, contact_id=None, message_pk=None
    ):
        rows = self._rows(kinds, people_only, search, before, limit, contact_id, message_pk)
        return FeedPage(rows, rows[-1].id if len(rows) == limit else None)

    def count_feed(self, wanted) -> None:
        rows = self._rows(
            wanted.kinds, wanted.people_only, wanted.search, None, 10**6, wanted.contact_id, wanted.message_pk
        )
        self.calls["feed"] -= 1
        people = [row for row in rows if row.verdict in (Verdict.PERSON, Verdict.INFERRED)]
        self.feed_counted.emit(
            wanted,
            FeedTotals(
                len(rows),
                sum(row.kind is EventKind.OPEN for row in people),
                sum(row.kind is EventKind.CLICK for row in people),
                sum(row.verdict is Verdict.MACHINE for row in rows),
            ),
        )

    def lacks_notifications(self) -> bool:
        return self.no_notifications

    def unsubscribed_at(self, contact_id: int):
        told = [r for r in self.events if r.kind in (EventKind.UNSUBSCRIBE, EventKind.RESUBSCRIBE)]
        last = max((r for r in told if r.contact_id == contact_id), key=lambda r: (r.at, r.id), default=None)
        return last.at if last is not None and last.kind is EventKind.UNSUBSCRIBE else None

    def feed_counts(self, days: int, contact_id=None, message_pk=None):
        opens = [6, 1, 0, 7, 9, 8, 12, 6, 1, 2, 9, 11, 8, 6] if self.events else [0] * 14
        clicks = [1, 0, 0, 2, 4, 1, 5, 1, 0, 0, 3, 2, 2, 2] if self.events else [0] * 14
        today = datetime.now(UTC).astimezone().date()
        return tuple(DayCount(today - timedelta(days=days - 1 - i), opens[i % 14], clicks[i % 14]) for i in range(days))

    def unseen(self) -> int:
        return sum(not row.seen for row in self.events)

    def message_events(self, message_pk):
        found = next((m for m in self.messages if m.pk == message_pk), None)
        events = tuple(row for row in self.events if row.message_pk == message_pk)
        if found is None:
            return None
        return MessageEvents(message_pk, found.subject, found.date, found.sender.addr_spec, found.to, events[:6], 3, 1)

    def mark_all_seen(self) -> None:
        self._wish("mark_all_seen")
        self.events = [replace(row, seen=True) for row in self.events]
        self.announce(Area.EVENTS)

    def mark_seen(self, event_id) -> None:
        self._wish("mark_seen", event_id)
        self.events = [replace(row, seen=True) if row.id == event_id else row for row in self.events]
        self.announce(Area.EVENTS)

    def set_verdict(self, event_id, verdict) -> None:
        self._wish("set_verdict", event_id, verdict)
        self.events = [replace(row, verdict=verdict) if row.id == event_id else row for row in self.events]
        self.announce(Area.EVENTS)

    def arrive(self, row: FeedRow) -> None:
        self.events.insert(0, row)
        self.event_arrived.emit(row)
        self.announce(Area.EVENTS)

    # --- contacts

    def _found(self, search: str) -> list[ContactRow]:
        s = search.casefold()
        return [p for p in self.people if s in f"{p.name} {p.address} {p.company}".casefold()]

    def contacts(self, search="", offset=0, limit=200):
        self.calls["contacts"] = self.calls.get("contacts", 0) + 1
        return tuple(self._found(search)[offset : offset + limit])

    def contact(self, contact_id):
        found = next((p for p in self.people if p.id == contact_id), None)
        if found is None:
            return None
        card = ContactCard(
            found.id,
            found.name,
            (found.address, "k.lindqvist@example.org") if found.id == 1 else (found.address,),
            "Head of logistics" if found.id == 1 else "",
            found.company,
            "+46 31 555 01 42" if found.id == 1 else "",
            self.now,
            {},
            sent=9,
            received=7,
            with_files=5,
        )
        return replace(card, **self.card_extra)  # type: ignore[arg-type]

    def find_contact(self, address):
        return next((p.id for p in self.people if address_key(p.address) == address_key(address)), None)

    def timeline(self, contact_id, *, direction=None, with_files=False, search="", limit=200, before=None):
        self.calls["timeline"] = self.calls.get("timeline", 0) + 1
        found = [
            m
            for m in self.messages
            if contact_id == 1
            and (direction is None or m.direction == direction)
            and (not with_files or m.attachments)
            and search.casefold() in f"{m.subject} {m.text}".casefold()
            and (before is None or m.date < before)
        ]
        return tuple(found[:limit])

    def timeline_page(self, contact_id, *, direction=None, with_files=False, search="", limit=30, before=None):
        found = self.timeline(contact_id, direction=direction, with_files=with_files, search=search, limit=10_000)
        found = [m for m in found if before is None or (m.date, m.pk) < before]
        more = len(found) > limit
        return TimelinePage(tuple(found[:limit]), (found[limit - 1].date, found[limit - 1].pk) if more else None)

    def conversations(self, contact_id, *, without=None, search="", limit=50):
        own = next((base_subject(m.subject) for m in self.messages if m.pk == without), None)
        found: dict[str, Conversation] = {}
        for m in self.timeline(contact_id, limit=10_000):
            base = base_subject(m.subject)
            if base == own or search.casefold() not in m.subject.casefold():
                continue
            people = tuple(dict.fromkeys(a.label for a in (m.sender, *m.to, *m.cc) if a != ME))
            earlier = found.setdefault(base, Conversation(m.pk, m.subject, people, m.date, 0))
            found[base] = replace(earlier, messages=earlier.messages + 1)
        return tuple(found.values())[:limit]

    def add_contact(self, name, address) -> int:
        self._wish("add_contact", name, address)
        number = max((p.id for p in self.people), default=0) + 1
        self.people.insert(0, ContactRow(number, name, address, "", None, 0))
        self.announce(Area.CONTACTS)
        return number

    def edit_contact(self, contact_id, name=None, title=None, phone=None, company=None) -> None:
        self._wish("edit_contact", contact_id, name, title, phone, company)
        self.card_extra.update(name=name, title=title, phone=phone, company=company)
        self.announce(Area.CONTACTS)

    def explain(self, asked, then, *, look=True) -> None:
        self._wish("explain", asked, look)
        if self.trace is not None:
            then(replace(self.trace, about=asked), "")
            return
        steps = (
            TraceStep(Mark.YES, "It is logged, on the timeline of Karin Lindqvist: “Re: Revised quote”."),
            TraceStep(Mark.YES, "Why: joined by In-Reply-To."),
            TraceStep(Mark.NOTE, "It lies in INBOX of jonas@example.com (UID 4410)."),
        )
        then(Trace(asked, "It is here because it answers a message that is known here.", steps, 1, 1), "")

    def move_message(self, message_pk, *, to_message=None, to_contacts=()) -> None:
        self._wish("move_message", message_pk, to_message, tuple(to_contacts))
        self.announce(Area.MESSAGES)

    def split_message(self, message_pk) -> None:
        self._wish("split_message", message_pk)
        self.announce(Area.MESSAGES)

    def undo_arrangement(self, message_pk) -> bool:
        self._wish("undo_arrangement", message_pk)
        self.announce(Area.MESSAGES)
        return True

    def part_message(self, message_pk) -> int:
        self._wish("part_message", message_pk)
        self._set_joined(message_pk, False)
        return 990

    def join_message(self, message_pk, forwarded_pk) -> None:
        self._wish("join_message", message_pk, forwarded_pk)
        self._set_joined(message_pk, True)

    def _set_joined(self, message_pk, joined) -> None:
        self.messages = [replace(m, joined=joined) if m.pk == message_pk else m for m in self.messages]
        self.announce(Area.MESSAGES)

    def looks_wait(self) -> str:
        return ""

    def message_contacts(self, message_pk):
        return (1,) if any(m.pk == message_pk for m in self.messages) else ()

    def attachment_path(self, sha256) -> Path:
        assert self.files is not None
        return self.files / sha256

    # --- inboxes

    def inboxes(self):
        return tuple(self.cards)

    def senders(self):
        return tuple(Sender(c.id, Address(c.address, c.from_name), c.address) for c in self.cards)

    def refresh_aliases(self, inbox_id):
        self.aliases_refreshed.emit(inbox_id, "")

    def ledger(self, inbox_id, limit=500):
        bodies = tuple(
            LedgerBody(
                self.now - timedelta(hours=3 * i),
                "INBOX" if i % 3 else "Sent",
                4410 - i,
                f"answer-{i}@example.com",
                "Answers quote-2@example.org, named in its In-Reply-To",
                *(
                    ("Karin Lindqvist", "Re: Revised quote", "Revised quote for the Gothenburg depot")
                    if i % 4 < 3
                    else ()
                ),
            )
            for i in range(40)
        )
        return tuple(
            Ledger(c.address, c.headers_read, bodies) for c in self.cards if inbox_id is None or c.id == inbox_id
        )

    def ledger_page(self, inbox_id=None, search="", before=None, limit=200):
        bodies = [
            replace(body, id=1000 - i, inbox_address=ledger.inbox_address, message_pk=1 if body.sender else None)
            for ledger in self.ledger(inbox_id)
            for i, body in enumerate(ledger.bodies)
        ]
        bodies.sort(key=lambda b: b.at, reverse=True)
        found = [b for b in bodies if search.casefold() in f"{b.sender} {b.subject} {b.folder}".casefold()]
        return LedgerPage(tuple(found if before is None else ()), None)

    def ledger_folders(self):
        return tuple(
            LedgerFolder(c.id, c.address, f.path, f.headers_read, f.bodies_read) for c in self.cards for f in c.folders
        )

    def set_aside(self, inbox_id):
        return getattr(self, "aside", {}).get(inbox_id, ())

    def try_again(self, inbox_id) -> None:
        self._wish("try_again", inbox_id)

    def sync_now(self, inbox_id) -> None:
        self._wish("sync_now", inbox_id)

    def set_state(self, inbox_id: int, state: InboxState, problem: Problem | None = None) -> None:
        self.cards = [replace(c, state=state, problem=problem) if c.id == inbox_id else c for c in self.cards]
        self.inbox_state_changed.emit(inbox_id)

    def next_try(self, inbox_id):
        return self.next_tries.get(inbox_id)

    def pace(self, inbox_id):
        return self.paces.get(inbox_id)

    def pause(self, inbox_id) -> None:
        self._wish("pause", inbox_id)
        self.set_state(inbox_id, InboxState.PAUSED)

    def resume(self, inbox_id) -> None:
        self._wish("resume", inbox_id)
        self.set_state(inbox_id, InboxState.CONNECTING)

    def diagnose(self, inbox_id, test_message=False) -> None:
        self._wish("diagnose", inbox_id, test_message)

    def cancel_diagnosis(self) -> None:
        self._wish("cancel_diagnosis")

    def inbox_report(self, inbox_id) -> str:
        self._wish("inbox_report", inbox_id)
        return "Hitchpost connection report\n"

    def disable(self, inbox_id) -> None:
        self._wish("disable", inbox_id)
        self.set_state(inbox_id, InboxState.DISABLED)

    def enable(self, inbox_id) -> None:
        self._wish("enable", inbox_id)
        self.set_state(inbox_id, InboxState.CONNECTING)

    def remove(self, inbox_id) -> None:
        self._wish("remove", inbox_id)
        self.cards = [c for c in self.cards if c.id != inbox_id]
        self.announce(Area.INBOXES)

    # --- settings

    def get_setting(self, key):
        return self.values[key]

    @contextmanager
    def wish(self, title: str) -> Iterator[None]:
        try:
            yield
        except HitchpostError as error:
            self.failed.emit(title, str(error))

    def set_setting(self, key, value) -> None:
        self._wish("set_setting", key, value)
        self.values[key] = value
        self.announce(Area.SETTINGS)

    def tracking_status(self):
        return self.tracking

    # --- what is set for everybody

    def presets(self):
        return tuple(sorted(self.preset_list, key=lambda p: p.domain))

    def keep_preset(self, form, instead_of=""):
        self._wish("keep_preset", form, instead_of)
        if not self.preset_faults:
            kept = [p for p in self.preset_list if p.domain not in (instead_of, form.domain)]
            servers = (
                [Endpoint(t.host, int(t.port), t.security) for t in (form.imap, form.smtp)] if not form.url else ()
            )
            self.preset_list = [*kept, Preset(form.domain, *servers, username=form.username, ews_url=form.url)]
            self.announce(Area.SETTINGS)
        return self.preset_faults

    def remove_preset(self, domain) -> None:
        self._wish("remove_preset", domain)
        self.preset_list = [p for p in self.preset_list if p.domain != domain]
        self.announce(Area.SETTINGS)

    def meetings_addresses(self):
        return tuple(self.meetings)

    def add_meetings_address(self, address) -> None:
        self._wish("add_meetings_address", address)
        if "@" not in address:
            raise UsageError(f"The address {address!r} is not complete, as in meetings@example.com.")
        self.meetings.append(address)
        self.announce(Area.SETTINGS)

    def remove_meetings_address(self, address) -> None:
        self._wish("remove_meetings_address", address)
        self.meetings.remove(address)
        self.announce(Area.SETTINGS)

    def has_client(self, provider) -> bool:
        return bool(self.values[f"oauth.{provider.value}.client_id"])

    def kind_refusal(self, address, kind, provider) -> str:
        return self.kind_refusals.get((address_key(address), kind, provider), "")

    # --- passwords

    def look_at_secrets(self) -> None:
        self.secrets_checked.emit()

    def secret_status(self):
        return SecretStatus(self.secrets, self.secrets_text)

    def unlock_secrets(self, passphrase, create) -> str:
        self._wish("unlock_secrets", passphrase, create)
        if passphrase != "correct horse":
            return "The passphrase does not open /home/jonas/secrets.json. Delete it."
        self.secrets = "file"
        return ""

    # --- outbox

    def outbox(self, outbox_id) -> OutboxMessage:
        found = next((m for m in self.messages if m.outbox_id == outbox_id), None)
        if outbox_id not in self.out and found is not None:
            self.put_out(outbox_id, found.outbox_state, found.problem, to=found.to)
        return self.out[outbox_id]

    def put_out(
        self,
        outbox_id: int,
        state: OutboxState,
        problem: Problem | None = None,
        seconds: int = 10,
        to: tuple[Address, ...] = (KARIN,),
    ) -> None:
        """With UNKNOWN the copies of all are in doubt."""
        draft = Draft(InboxId(1), to, "Loading hours", "Did you find them?")
        copy_state = CopyState.UNKNOWN if state is OutboxState.UNKNOWN else CopyState.PENDING
        self.out[outbox_id] = OutboxMessage(
            OutboxId(outbox_id),
            state,
            draft,
            "m@example.org",
            1,
            datetime.now(UTC) + timedelta(seconds=seconds),
            self.now,
            tuple(OutboxCopy(i, "to", a.addr_spec, f"{i:016x}", copy_state) for i, a in enumerate(to)),
            problem=problem,
        )
        self.outbox_changed.emit(outbox_id)

    def undo_send(self, outbox_id) -> bool:
        self._wish("undo_send", outbox_id)
        self.out[outbox_id] = replace(self.out[outbox_id], state=OutboxState.DRAFT)
        return True

    def drafts(self):
        return ()

    def waiting(self):
        still = (
            OutboxState.QUEUED,
            OutboxState.SENDING,
            OutboxState.FAILED,
            OutboxState.PARTLY,
            OutboxState.UNKNOWN,
        )
        return tuple(
            OutboxRow(
                o.id,
                o.state,
                o.draft.subject,
                tuple(a.label for a in o.draft.to),
                o.not_before,
                o.created_at,
                o.problem,
            )
            for o in self.out.values()
            if o.state in still
        )

    def draft(self, outbox_id) -> Draft:
        return self.out[outbox_id].draft

    def save_draft(self, draft, outbox_id=None) -> OutboxId:
        self._wish("save_draft", draft, outbox_id)
        return OutboxId(outbox_id or 77)

    def discard_draft(self, outbox_id) -> None:
        self._wish("discard_draft", outbox_id)

    def send(self, draft, outbox_id=None) -> OutboxId:
        self._wish("send", draft, outbox_id)
        self.put_out(78, OutboxState.QUEUED)
        return OutboxId(78)

    def clean_html(self, html: str) -> str:
        return html

    def agreed(self, inbox_id):
        return "", False

    def aliases(self, inbox_id):
        return ()

    def inbox_account(self, inbox_id):
        return self.accounts.get(inbox_id)

    def fate_of_links(self, inbox_id, recipients) -> LinkFate:
        return LinkFate()

    def send_allowance(self, inbox_id) -> Allowance:
        return self.allowances.get(inbox_id, Allowance(1000))

    def retry(self, outbox_id) -> None:
        self._wish("retry", outbox_id)

    def settle_unknown(self, outbox_id, sent, position=None) -> None:
        self._wish("settle_unknown", outbox_id, sent, position)

    def tell(self, title: str, text: str) -> None:
        self._wish("tell", title, text)

    def quit(self) -> None:
        self._wish("quit")
