"""Mail that was copied here to be logged: by BCC, or forwarded (L1–L8). What it is, whether it may be logged and for whom;
decisions only, used by `services.log_copied_message`.

What is refused is kept with its reason in the review list. Sentences for people stand in `app.words.review`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from app.domain.addresses import Address, is_complete

if TYPE_CHECKING:
    from app.domain.never_log import NeverEntry, NeverList

# The document says “2 MB” and “50 MB”. As with LARGE_MESSAGE a megabyte is 2^20 bytes here, the larger of its two meanings:
# what a person reads as 2 MB in any program is never refused. What has exactly the limit is not over it.
MEGABYTE = 1024 * 1024
CONTENT_LIMIT = 2 * MEGABYTE
FILES_LIMIT = 50 * MEGABYTE
# A message whose files have FILES_LIMIT comes in base64 with a line break after each 76 characters (RFC 2045 6.8), besides
# content of CONTENT_LIMIT at its longest, quoted-printable. What is larger in all is over one of the two for certain.
MOST_FETCHED = FILES_LIMIT * 4 // 3 * 78 // 76 + CONTENT_LIMIT * 3 + MEGABYTE


class CopyKind(Enum):
    BCC = "bcc"
    FORWARD = "forward"


class Refusal(Enum):
    """Why a copied message is not logged. Stored by value."""

    UNKNOWN_SENDER = "unknown_sender"  # From is no user's address
    UNDECIDED = "undecided"  # several users have it, and no rule of L7 decides
    NO_ACCESS = "no_access"  # the user lacks personal e-mail access
    USER_REMOVED = "user_removed"
    FORGED = "forged"  # the mail server says that the sender is not who From says
    AUTOMATIC = "automatic"  # written by a machine, not by the user
    NEVER_LOG = "never_log"
    DELETED = "deleted"  # the address was permanently deleted
    REMOVED = "removed"  # the message itself was removed for good
    NO_LEGAL_BASIS = "no_legal_basis"
    TOO_LARGE = "too_large"
    NO_CONTACT = "no_contact"  # nobody it could be logged to
    NO_NEW_CONTACTS = "no_new_contacts"  # they are no contacts, and none are made by themselves
    NOT_A_FORWARD = "not_a_forward"  # no header of a forwarded message in it that can be read
    ONE_FORM = "one_form"  # a forwarded message without HTML, or without plain text
    UNREADABLE = "unreadable"  # encrypted, or cut off
    FILES_LEFT_OUT = "files_left_out"  # logged, without its attachments: no refusal, a note


# Of these nothing is kept: no subject, no people, no text.
KEEP_NOTHING = frozenset({Refusal.NEVER_LOG, Refusal.DELETED, Refusal.REMOVED})
# Of these besides nothing of the content: no subject, no text, no file. Without a legal basis there is none for keeping a copy
# either. Whom it is about is kept, for else nobody could note the basis that is missing; the message itself lies in the
# mailbox as ever, and is read from there when it is logged by hand.
KEEP_NO_CONTENT = KEEP_NOTHING | {Refusal.NO_LEGAL_BASIS}


@dataclass(frozen=True)
class Sizes:
    """In bytes, transfer encoding taken off. `content`: text and HTML parts; `files`: everything else that was attached,
    pictures in the text included."""

    content: int
    files: int


@dataclass(frozen=True)
class SenderRights:
    """Of the credited user."""

    user_id: int
    personal_email_access: bool
    active: bool = True


@dataclass(frozen=True)
class Rules:
    """What decides about people. `deleted` and `has_basis` are asked with an address's key; `is_own`: an address of the
    workspace's users, inboxes or logging addresses, to which nothing is logged."""

    never: NeverList
    deleted: Callable[[str], bool]
    has_basis: Callable[[str], bool]
    is_own: Callable[[str], bool]
    privacy_on: bool = False


@dataclass(frozen=True)
class LogTo:
    """`people`: to whose contacts. `left_out`: the others, and why they are."""

    people: tuple[Address, ...]
    left_out: tuple[tuple[Address, Refusal], ...] = ()


@dataclass(frozen=True)
class Refused:
    """`entry`: of the never-log list, where it is that. `addresses`: whom it is about, where that may be kept.
    `without_content`: refused for another reason, while there is no legal basis for anybody in it, or none can be told."""

    reason: Refusal
    addresses: tuple[str, ...] = ()
    entry: NeverEntry | None = None
    detail: str = ""
    without_content: bool = False

    @property
    def keeps_content(self) -> bool:
        return not self.without_content and self.reason not in KEEP_NO_CONTENT


Decision = LogTo | Refused

_STRICTEST = (Refusal.NEVER_LOG, Refusal.DELETED, Refusal.NO_LEGAL_BASIS)


def check_sender(rights: SenderRights) -> Refused | None:
    """The conditions about the user who copied it (L5)."""
    if not rights.active:
        return Refused(Refusal.USER_REMOVED)
    return None if rights.personal_email_access else Refused(Refusal.NO_ACCESS)


def check_people(people: Sequence[Address], rules: Rules) -> Decision:
    """To whom of these it may be logged (L5, L8). One who may not be logged takes nothing from the others; only where nobody
    is left it is refused, for the strictest of the reasons. What never-log and a permanent deletion keep out leaves
    nothing behind, so these come before a missing legal basis, which a person can mend."""
    kept: dict[str, Address] = {}
    out: dict[str, tuple[Address, Refusal]] = {}
    entries: dict[str, NeverEntry] = {}
    for person in people:
        if not is_complete(person.addr_spec):  # as in `To: Ada`
            continue
        if rules.is_own(person.key) and not rules.deleted(person.key):
            continue
        entry = rules.never.entry_for(person.key)
        if entry is not None:
            entries[person.key] = entry
            out.setdefault(person.key, (person, Refusal.NEVER_LOG))
        elif rules.deleted(person.key):
            out.setdefault(person.key, (person, Refusal.DELETED))
        elif rules.privacy_on and not rules.has_basis(person.key):
            out.setdefault(person.key, (person, Refusal.NO_LEGAL_BASIS))
        else:
            kept.setdefault(person.key, person)
    if kept:
        return LogTo(tuple(kept.values()), tuple(out.values()))
    if not out:
        return Refused(Refusal.NO_CONTACT)
    reasons = {reason for _, reason in out.values()}
    mendable = [p.addr_spec for p, reason in out.values() if reason is Refusal.NO_LEGAL_BASIS]
    if mendable:  # with a basis for these it can be logged to them: it waits for that, whoever else is kept out
        return Refused(Refusal.NO_LEGAL_BASIS, tuple(mendable))
    reason = next(r for r in _STRICTEST if r in reasons)
    return Refused(reason, entry=next(iter(entries.values()), None))


def too_large(sizes: Sizes) -> bool:
    """L4: more content than may be logged; attachments do not count."""
    return sizes.content > CONTENT_LIMIT


def leaves_files_out(sizes: Sizes) -> bool:
    """L4: attachments that together are more than may be logged. The message is logged without them."""
    return sizes.files > FILES_LIMIT
