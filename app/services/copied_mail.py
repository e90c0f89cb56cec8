"""A message that was copied here to be logged, what is planned with it and what became of it. Values shared by
`plan_copied`, `log_copied_message`, `keep_for_review` and `take_copied`."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.events import EventId
from app.domain.inboxes import Inbox
from app.domain.logging_addresses import LoggingAddress
from app.domain.outbox import Draft
from app.domain.sender_proof import ServerNames
from app.services.log_message import Place
from app.store.messages import NewMessage

AREAS = (
    Area.MESSAGES, Area.CONTACTS, Area.EVENTS, Area.REVIEW, Area.OUTBOX, Area.INBOXES, Area.LEDGER,
)  # fmt: skip


@dataclass(frozen=True)
class CopiedMail:
    """A message that came to a logging address. `authentication`: what the receiving server found about its sender; `names`:
    of that server. `own_copy`: it lies in a Sent folder, where no stranger's mail comes. `whole` False: only its text was
    fetched, since it is so large that its files are left out for certain."""

    kind: CopyKind
    inbox: Inbox
    place: Place
    address: LoggingAddress | None = None
    authentication: str = ""
    whole: bool = True
    names: ServerNames = field(default_factory=ServerNames)
    own_copy: bool = False

    @property
    def recipient(self) -> str:
        return self.address.address if self.address is not None else ""


@dataclass(frozen=True)
class Logged:
    """`new` False: it was here, and what was missing was added."""

    message_pk: int
    new: bool
    contacts: tuple[int, ...] = ()
    added: tuple[int, ...] = ()  # of these contacts, those that it was not logged to before
    made: tuple[int, ...] = ()  # contacts that are new
    events: tuple[EventId, ...] = ()


@dataclass(frozen=True)
class KeptForReview:
    """`item_id` None: it is in the list already."""

    reason: Refusal
    item_id: int | None
    events: tuple[EventId, ...] = ()


CopyOutcome = Logged | KeptForReview


@dataclass(frozen=True)
class Plan:
    """What is to be logged: a message as it is on the timeline, the people whose contacts it goes to, the user credited."""

    message: NewMessage
    people: tuple[Address, ...]
    user_id: int
    words: str
    aliases: tuple[str, ...] = ()
    notice: Draft | None = None
    files_left_out: bool = False
    kind: CopyKind = CopyKind.BCC
