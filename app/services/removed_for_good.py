"""Whether a message is one that was removed for good: with a person who was deleted, or by a rule of the never-log list. Asked
before a message is logged, whatever way it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.addresses import Address
from app.domain.message_ids import FORWARDED
from app.services.who_may_be_logged import may_be_named, without_refused
from app.services.workspace import Workspace
from app.store.messages import NewMessage

if TYPE_CHECKING:
    from app.mime.bodies import ReadAttachment
    from app.mime.reading import ReadMessage  # large, and most looks at a mailbox find nothing to read
    from app.store.gone_messages import Letter

REMOVED = "It was removed from this workspace for good, with a contact or by the never-log list, and stays away"
_DEEPEST = 5  # messages within messages that are looked at
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def was_removed(workspace: Workspace, message: ReadMessage, date: datetime, *ids: str) -> bool:
    """As it was read. `ids`: its own, or what stands for it."""
    gone = workspace.store.gone
    if not gone.any():
        return False
    if gone.holds(*ids):
        return True
    facts = message.headers
    letter = _letter(facts.sender, date, facts.subject, message.text, people := (*facts.to, *facts.cc))
    return _holds(workspace, letter, people, may_be_named(workspace, people, team=False))


def removed_files(workspace: Workspace, files: Sequence[ReadAttachment]) -> tuple[ReadAttachment, ...]:
    """Those of the files of a message that are such messages, attached to it. Of another one that holds such a one, too."""
    attached = (
        [file for file in files if file.content_type.startswith("message/")] if workspace.store.gone.any() else []
    )
    return tuple(file for file in attached if _holds_removed(workspace, file, _DEEPEST))


def _holds_removed(workspace: Workspace, file: ReadAttachment, deeper: int) -> bool:
    from app.mime.reading import read_message

    message = read_message(file.content)
    facts = message.headers
    if was_removed(workspace, message, facts.date or _NO_DATE, facts.message_id):
        return True
    inside = [one for one in message.attachments if one.content_type.startswith("message/")] if deeper else []
    return any(_holds_removed(workspace, one, deeper - 1) for one in inside)


def may_not_come_back(workspace: Workspace, new: NewMessage, *ids: str) -> bool:
    """As it would be stored, under these ids besides its own; one that is on a timeline here is no such message. Before
    somebody's name is taken out of it."""
    store = workspace.store
    if not store.gone.any():
        return False
    known = store.messages.known([new.message_id, *ids]).values()
    if any(store.copied.is_logged(one.pk) for one in known):
        return False
    if store.gone.holds(new.message_id, *ids):
        return True
    letter = _letter(new.sender, new.date, new.subject, new.text, people := (*new.to, *new.cc, *new.bcc))
    letter = replace(letter, forwarded=new.message_id.endswith(FORWARDED))
    left = without_refused(workspace, new)
    return _holds(workspace, letter, people, (*left.to, *left.cc, *left.bcc))


def _letter(sender: Address | None, date: datetime, subject: str, text: str, people: Sequence[Address]) -> Letter:
    from app.store.gone_messages import Letter, people_named

    return Letter(sender.key if sender is not None else "", date, subject, text, people_named(people))


def _holds(workspace: Workspace, letter: Letter, people: Sequence[Address], left: Sequence[Address]) -> bool:
    """`left`: whom of these people the store would name. It may have been stored with no more than these."""
    from app.store.gone_messages import people_named

    gone = workspace.store.gone
    if gone.holds_letter(letter):
        return True
    return tuple(people) != tuple(left) and gone.holds_letter(replace(letter, people=people_named(left)))
