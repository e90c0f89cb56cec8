"""What an entry of the never-log list does to the review list where a person asks for what was kept to be removed: of a message
that is about nobody else nothing is kept; one that somebody else may still get by hand loses the names alone. Used by
`never_log_rules`, for the dry run and for the removal."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind
from app.domain.never_log import NeverEntry
from app.domain.review import ReviewItem, ReviewState
from app.mime.unnaming import without_people
from app.services.names_deleted import names_anybody
from app.services.workspace import Workspace


class _Becomes(Enum):
    EMPTY = "empty"
    UNNAMED = "unnamed"


def find_waiting(workspace: Workspace, entry: NeverEntry) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(entries that wait and of which nothing would be kept, those that would lose the names of whom the entry covers)."""
    own = _own(workspace)
    fates = {item.id: _judge(item, entry, own) for item in _items(workspace, ReviewState.OPEN)}
    emptied, unnamed = (
        tuple(i for i, fate in fates.items() if fate is becomes) for becomes in (_Becomes.EMPTY, _Becomes.UNNAMED)
    )
    return emptied, unnamed


def strip_waiting(workspace: Workspace, entry: NeverEntry) -> tuple[int, int]:
    """Of everything in the list, also what is settled; returns how many `find_waiting` has told. Inside a transaction."""
    own, store = _own(workspace), workspace.store
    counted = dict.fromkeys(_Becomes, 0)
    for item in _items(workspace, None):
        fate = _judge(item, entry, own)
        if fate is None:
            continue
        counted[fate] += item.state is ReviewState.OPEN
        if fate is _Becomes.EMPTY:
            store.reviews.empty(item.id)
        else:
            _unname(workspace, item, entry, own)
    return counted[_Becomes.EMPTY], counted[_Becomes.UNNAMED]


def _unname(workspace: Workspace, item: ReviewItem, entry: NeverEntry, own: frozenset[str]) -> None:
    """A forward names people in its text, too: where it does, it is read from its mailbox again to be logged by hand, since
    what is logged of it does not name them."""
    store = workspace.store

    def gone(key: str) -> bool:
        return entry.covers(key) and key not in own

    stay = [a for a in item.recipients if not gone(Address(a).key)]
    if not item.raw_sha256:
        store.reviews.put_copy(item.id, stay, "")
        return
    raw = without_people(store.files.read(item.raw_sha256), gone)
    if item.kind is CopyKind.FORWARD and names_anybody(raw, gone):
        store.reviews.drop_content(item.id, stay)
    else:
        store.reviews.put_copy(item.id, stay, store.files.add(raw))


def _items(workspace: Workspace, state: ReviewState | None) -> Iterator[ReviewItem]:
    before = None
    while items := workspace.store.reviews.items(state, before=before):
        before = items[-1].id
        yield from items


def _own(workspace: Workspace) -> frozenset[str]:
    return workspace.store.inboxes.own_addresses() | workspace.store.credit.own_keys()


def _judge(item: ReviewItem, entry: NeverEntry, own: frozenset[str]) -> _Becomes | None:
    """None: it is not about them."""
    if entry.user_id not in (None, item.user_id):
        return None
    written_to = {Address(a).key for a in item.recipients if a} - own
    people = written_to | ({Address(item.sender).key} - own if item.sender else set())
    if people and all(entry.covers(key) for key in people):
        return _Becomes.EMPTY
    return _Becomes.UNNAMED if any(entry.covers(key) for key in written_to) else None
