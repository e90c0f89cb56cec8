"""Whether a message names somebody who may not be named: who was deleted for good, or is on the never-log list. Used before a
copied message is kept whole in the review list, and before one of which nobody can tell who wrote it is logged by hand."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator

from app.domain.addresses import address_key
from app.domain.forward_notes import ADDRESS_IN_TEXT, without_addresses
from app.mime.reading import ReadMessage, read_message
from app.services.who_may_be_logged import rules_for
from app.services.workspace import Workspace

_MOST = 5_000  # different addresses that are looked up
_LONGEST = 1_000_000  # letters of each form that are looked through


def names_the_deleted(workspace: Workspace, message: ReadMessage) -> bool:
    """Anywhere in its head or its texts; of attached messages as they were sent, too."""
    return bool(workspace.store.tombstones.count()) and _names(message, workspace.store.tombstones.holds)


def names_kept_out(workspace: Workspace, message: ReadMessage, users: Iterable[int | None]) -> bool:
    """The same, for the never-log list, too; `users`: whose own lists count besides the workspace's."""
    store = workspace.store
    if not (store.tombstones.count() or store.never.any()):
        return False
    rules = rules_for(workspace, users)
    return _names(
        message,
        lambda key: rules.deleted(key) or (rules.never.entry_for(key) is not None and not rules.is_own(key)),
    )


def note_without_names(workspace: Workspace, note: str, users: Iterable[int | None], *, team: bool) -> str:
    """What somebody wrote above a forward, without the addresses of those who may not be named; for team inboxes the never-log
    list does not count (P5)."""
    store = workspace.store
    if not note or not (store.tombstones.count() or store.never.any()):
        return note
    rules = rules_for(workspace, users)

    def meant(key: str) -> bool:
        listed = not team and rules.never.entry_for(key) is not None and not rules.is_own(key)
        return listed or rules.deleted(key)

    return without_addresses(note, meant)


def names_anybody(raw: bytes, meant: Callable[[str], bool]) -> bool:
    """Whether a message has an address that is `meant`, by its key, anywhere."""
    return _names(read_message(raw), meant)


def _names(message: ReadMessage, kept_out: Callable[[str], bool]) -> bool:
    looked: set[str] = set()
    for text in _texts(message):
        for found in ADDRESS_IN_TEXT.finditer(text[:_LONGEST]):
            address = address_key(found.group())
            if address in looked:
                continue
            if kept_out(address):
                return True
            looked.add(address)
            if len(looked) >= _MOST:
                return False
    return False


def _texts(message: ReadMessage) -> Iterator[str]:
    """Its head, its subject, its texts, and those of the messages that are attached to it."""
    facts = message.headers
    people = (*message.from_, *message.reply_to, *facts.to, *facts.cc)
    yield " ".join(person.addr_spec for person in people)
    yield from (facts.subject, message.text, html.unescape(message.html[:_LONGEST]))
    for file in message.attachments:
        if file.content_type.startswith("message/"):
            yield file.content[:_LONGEST].decode("utf-8", "replace")
            inside = read_message(file.content)
            yield from (inside.text, html.unescape(inside.html[:_LONGEST]))
