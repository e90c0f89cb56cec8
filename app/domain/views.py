"""What screens and the command line are shown: frozen rows made by `app.store`, never a model object.

All times are UTC and carry their zone; screens turn them into the viewer's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from app.domain.events import EventId, EventKind, Tracking, Verdict

if TYPE_CHECKING:
    from app.domain.addresses import Address
    from app.domain.inboxes import InboxId, InboxKind, InboxState, Provider
    from app.domain.left_out import FilesLeftOut
    from app.domain.outbox import OutboxId, OutboxState
    from app.domain.problems import Problem


@dataclass(frozen=True)
class FeedRow:
    """One event of the feed. `who` is a contact's name or address, "Someone at …" where several people read the address.
    `reasons` are sentences; `notified` False comes with `notified_why`. `rules`: by name, what decided. `cut`: address and
    program were kept for their time and are removed. `first_verdict`: as it came; empty where it was no hit."""

    id: EventId
    kind: EventKind
    at: datetime
    who: str
    address: str
    contact_id: int | None
    message_pk: int | None
    message_id: str
    subject: str
    url: str
    verdict: Verdict
    reasons: tuple[str, ...]
    notified: bool
    notified_why: str
    seen: bool
    user_agent: str = ""
    ip: str = ""
    inbox_address: str = ""
    problem: Problem | None = None
    rule_version: int = 0
    rules: tuple[str, ...] = ()
    proxy: str = ""
    cut: bool = False
    first_verdict: str = ""

    @property
    def automatic(self) -> bool:
        """An answer that a program gave by itself."""
        return self.kind is EventKind.REPLY and self.verdict is Verdict.MACHINE

    @property
    def lost_files(self) -> bool:
        """Of a review: the message was logged, without its attachments; other reviews are of messages that were not."""
        return self.kind is EventKind.REVIEW and self.message_pk is not None


@dataclass(frozen=True)
class FeedPage:
    """Events, newest first. `reached`: where the ones below go on; None: there are none. A search gives few rows, or none,
    where it has looked at many."""

    rows: tuple[FeedRow, ...]
    reached: EventId | None


@dataclass(frozen=True)
class DayCount:
    """Opens and clicks by people (and inferred opens) on one local day."""

    day: date
    opens: int
    clicks: int


@dataclass(frozen=True)
class MessageEvents:
    """The story of one message for the detail panel. Newest first."""

    message_pk: int
    subject: str
    sent_at: datetime
    from_address: str
    to: tuple[Address, ...]
    events: tuple[FeedRow, ...]
    opens_person: int
    opens_machine: int


@dataclass(frozen=True)
class ContactRow:
    """A line in the table of contacts."""

    id: int
    name: str
    address: str
    company: str
    last_at: datetime | None
    messages: int


@dataclass(frozen=True)
class ContactCard:
    """Everything about a contact but its timeline. `addresses[0]` is the primary one. `counted`: of how many of the newest
    messages the counts are, where counting all takes a while; None: of all."""

    id: int
    name: str
    addresses: tuple[str, ...]
    title: str
    company: str
    phone: str
    created_at: datetime
    bounced: dict[str, str]  # address → reason
    deals: tuple[tuple[str, str, bool], ...] = ()  # name, stage, open
    sent: int = 0
    received: int = 0
    with_files: int = 0
    counted: int | None = None


@dataclass(frozen=True)
class TimelineAttachment:
    """`content_id`: of a picture that the HTML shows in its text; empty for a file of its own."""

    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str = ""


@dataclass(frozen=True)
class TimelineNote:
    """What somebody wrote above a message that he forwarded here. `by`: the user's name, or login address."""

    by: str
    at: datetime
    text: str


@dataclass(frozen=True)
class TimelineMessage:
    """A logged message on a contact's timeline. `opens`, `clicks` are None where there is no tracking data (T3).
    `visible_text` is the text without what it quotes; `quoted_lines` how many lines that left out.
    `logged_by`: sent, reply, contact, bcc, forward, import. `kind`: normal, bounce, auto_reply, automated, feedback.
    `outbox_state` is set while or because it did not simply go out; `problem` then says why, and `refused` whom it did not
    reach or perhaps not. `not_copied`: the additional BCC addresses that it did not reach, or perhaps not, each with the
    reason. `known`: by address key the contacts' names (empty where one has none) of those in its head. `copied_to`: keys of
    logging addresses in its head, which are nobody. `left_out`: that files of it were not kept. `notes`: of those who forwarded
    it, the first one first."""

    pk: int
    message_id: str
    direction: str  # "sent" or "received"
    date: datetime
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str
    visible_text: str
    quoted_lines: int
    attachments: tuple[TimelineAttachment, ...]
    user: str
    opens: int | None
    clicks: int | None
    last_event_at: datetime | None
    tracking: Tracking
    kind: str
    logged_by: str
    match_reason: str
    changed_subject: bool
    thread_messages: int
    inbox_address: str
    companies: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()
    outbox_id: OutboxId | None = None
    outbox_state: OutboxState | None = None
    problem: Problem | None = None
    refused: tuple[str, ...] = ()
    not_copied: tuple[tuple[str, Problem | None], ...] = ()
    extras_waiting: tuple[
        str, ...
    ] = ()  # additional BCC addresses whose copies are still to go out; all others have theirs
    unsubscribed: bool = False  # somebody whom it went to asked by it for no more mail
    wants_mail: bool = False  # and it was noted since that they want mail again
    joined: bool = False  # it was forwarded here before, too, and the two are shown as one
    known: dict[str, str] = field(default_factory=dict)
    copied_to: frozenset[str] = frozenset()
    left_out: FilesLeftOut | None = None
    notes: tuple[TimelineNote, ...] = ()


@dataclass(frozen=True)
class TimelinePage:
    """Messages of a contact, newest first. `reached`: (date, row) before which the ones below go on; None: there are none. A
    search gives few messages, or none, where it has looked at many."""

    messages: tuple[TimelineMessage, ...]
    reached: tuple[datetime, int] | None


@dataclass(frozen=True)
class Conversation:
    """A thread as it stands on a contact's timeline. `message_pk`: its newest message there, of which `subject` and `people`
    (everybody but us, as they are called) are. `messages`: how many it has in all."""

    message_pk: int
    subject: str
    people: tuple[str, ...]
    last_at: datetime
    messages: int


@dataclass(frozen=True)
class FolderRow:
    """`first_look_…` count messages. `held_until`: the server numbered it anew too often; it is left alone until then."""

    path: str
    role: str  # inbox, sent, other
    headers_read: int
    bodies_read: int
    last_checked_at: datetime | None
    first_look_done: bool
    first_look_total: int
    first_look_at: int
    held_until: datetime | None = None


@dataclass(frozen=True)
class InboxCard:
    """An inbox as its card shows it. `nothing_to_seek`: nothing is sent or logged here that older mail could answer, and no
    other mail is asked for: what is there already is passed over, without a first look."""

    id: InboxId
    address: str
    provider: Provider
    kind: InboxKind
    state: InboxState
    problem: Problem | None
    since: datetime
    last_sync_at: datetime | None
    headers_read: int
    bodies_read: int
    folders: tuple[FolderRow, ...]
    from_name: str
    nothing_to_seek: bool = False

    @property
    def first_look(self) -> tuple[int, int] | None:
        """(headers read, headers to read) of the first look, None when it is done or its size is not known."""
        waiting = [f for f in self.folders if not f.first_look_done]
        total = sum(f.first_look_total for f in self.folders if f.first_look_total > 0)
        if not waiting or total <= 0:
            return None
        done = sum(f.first_look_total if f.first_look_done else f.first_look_at for f in self.folders)
        return min(done, total), total


@dataclass(frozen=True)
class OutboxRow:
    """A message on its way out or a draft, for the list in Compose. `extras_waiting`: additional BCC addresses of which alone
    copies are still to go out; everybody else has got it."""

    id: OutboxId
    state: OutboxState
    subject: str
    to: tuple[str, ...]
    not_before: datetime
    updated_at: datetime
    problem: Problem | None
    extras_waiting: tuple[str, ...] = ()


@dataclass(frozen=True)
class LedgerBody:
    """A body that was read, and why (R2). `sender` and `subject` are empty where the message was not logged; `answers`
    is the subject of the message by which it belongs here, as `why` has its id; empty where that is known no more."""

    at: datetime
    folder: str
    uid: int
    message_id: str
    why: str
    sender: str = ""
    subject: str = ""
    answers: str = ""
    message_pk: int | None = None  # of the logged message
    id: int = 0
    inbox_address: str = ""


@dataclass(frozen=True)
class LedgerPage:
    """Bodies, newest first. `reached`: before which the ones below go on; None: there are none."""

    bodies: tuple[LedgerBody, ...]
    reached: int | None


@dataclass(frozen=True)
class LedgerFolder:
    """How much was read of one folder in all. `headers_asked`: besides `headers_read`, by somebody who looked for a message
    there."""

    inbox_id: InboxId
    inbox_address: str
    folder: str
    headers_read: int
    bodies_read: int
    headers_asked: int = 0


@dataclass(frozen=True)
class Ledger:
    """`headers_asked`: see `LedgerFolder`."""

    inbox_address: str
    headers_read: int
    bodies: tuple[LedgerBody, ...]
    headers_asked: int = 0


@dataclass(frozen=True)
class TrackedCopy:
    """The addresses in one recipient's copy: `pixel_url`, and (destination, tracked address) for each link."""

    recipient: str
    pixel_url: str
    links: tuple[tuple[str, str], ...]
