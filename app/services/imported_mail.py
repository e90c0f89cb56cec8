"""What one message of a mailbox file is, and whether it is to be imported: decided from its header, before the rest is read.
Used by `import_messages`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain import folder_names
from app.domain.addresses import Address
from app.domain.folders import plain
from app.domain.transfer import NewPeople
from app.interchange.mbox import MailItem
from app.mime.addresses import header_addresses
from app.mime.encoded_words import decode_words
from app.mime.fields import split_fields
from app.mime.headers import HeaderFacts, facts_of
from app.mime.structure import header_end
from app.services.log_message import made_up_id

_UNREADABLE = "It has no header of a message: neither a sender nor a date stand in it."
_NO_DATE = "It has no date, as drafts have none."
_LEFT_OUT = (
    (folder_names.DRAFTS, "It is a draft."),
    (folder_names.JUNK, "It lay among the spam."),
    (folder_names.TRASH, "It lay in the trash."),
)
_EXPUNGED = 0x0008  # X-Mozilla-Status: deleted, and the file not compacted since
_LATER = timedelta(hours=1)
_ROBOT = re.compile(
    r"(?:no|do[-_.]?not)[-_.]?reply|mailer-daemon|bounces?|notifications?|newsletter|listserv|majordomo"
)
OURS = "x-hitchpost-"


@dataclass(frozen=True)
class Letter:
    """A message's header. It may say nothing about who sent it: then it is taken out of an export alone. `marks`: what an
    export of Hitchpost noted (`X-Hitchpost-…`), believed only in its own folder."""

    item: MailItem
    facts: HeaderFacts
    message_id: str
    date: datetime
    bcc: tuple[Address, ...]
    marks: dict[str, str]


@dataclass(frozen=True)
class Refused:
    """`mendable` False: it was not to be imported, and nobody needs to look at it."""

    why: str
    mendable: bool = True


def read_letter(item: MailItem) -> Letter | Refused:
    """From the header alone."""
    if item.problem:
        return Refused(item.problem)
    raw = item.raw
    fields = split_fields(raw[: header_end(raw, 0, len(raw))[0]])
    facts = facts_of(fields)
    if facts.sender is None and facts.date is None and not facts.message_id:
        return Refused(_UNREADABLE)
    values = dict(reversed(fields))  # the first of several counts
    if (why := _left_out(values)) is not None:
        return Refused(why, mendable=False)
    date = facts.date
    latest = datetime.now(UTC) + _LATER
    if date is None or date > latest:
        date = item.at if item.at is not None and item.at <= latest else None
    elif date.year <= 1970 and item.at is not None and item.at.year > 1970 and item.at <= latest:
        date = item.at  # programs write 1970 where they know no date
    if date is None:
        return Refused(_NO_DATE)
    return Letter(
        item=item,
        facts=facts,
        message_id=facts.message_id or made_up_id(facts, date),
        date=date,
        bcc=header_addresses(values.get("bcc", "")),
        marks={name[len(OURS) :]: decode_words(value) for name, value in values.items() if name.startswith(OURS)},
    )


def _left_out(values: dict[str, str]) -> str | None:
    """R9: never drafts, spam and trash, as far as Gmail's archive and Thunderbird's files tell."""
    labels = [plain(label.strip().strip('"')) for label in decode_words(values.get("x-gmail-labels", "")).split(",")]
    for names, why in _LEFT_OUT:
        if any(label in names for label in labels if label):
            return why
    try:
        status = int(values.get("x-mozilla-status", "0").strip()[:8], 16)
    except ValueError:
        status = 0
    return "It was deleted in Thunderbird." if status & _EXPUNGED else None


def becomes_contact(letter: Letter, person: Address, *, sent: bool, wish: NewPeople) -> bool:
    """Whether somebody who is no contact yet becomes one: not lists, newsletters and machines."""
    if wish is NewPeople.NONE or (wish is NewPeople.WRITTEN_TO and not sent):
        return False
    if _ROBOT.search(person.key.partition("@")[0]):
        return False
    return sent or not letter.facts.is_automatic
