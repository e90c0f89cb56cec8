"""The review list in an export: what waits, was dismissed, logged by hand or kept out, with the messages that are kept, and
how it is taken in again. Used by `exported_rows`, `export_workspace` and `import_export`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.domain.addresses import Address
from app.domain.copied_mail import KEEP_NOTHING, CopyKind, Refusal
from app.domain.errors import StoreError
from app.domain.review import NewReview, ReviewItem, ReviewState
from app.interchange.mbox import mbox_entry, read_mbox
from app.mime.reading import read_message
from app.services.names_deleted import names_kept_out
from app.services.workspace import Workspace
from app.store import Store

REVIEW = "review"  # the name of its table
COPIES = "review.mbox"  # the messages that are kept with it, each with the number of its entry in a field of its own
HEADER = ("Record ID", "Came at", "State", "Reason", "Way", "From", "To", "Subject", "Date", "Message-ID", "User")
_NUMBER = b"X-Hitchpost-Review: "
_AT_ONCE = 1_000
_OF_THERE = ("undo",)  # facts that name rows of the workspace that was exported


def review_rows(store: Store, users: Mapping[int, str]) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """`users`: number → login address."""
    inboxes = {inbox.id: inbox.address for inbox in store.inboxes.all()}
    for item in _all(store):
        logged = store.messages.aliases(item.message_pk)[:1] if item.message_pk is not None else ()
        document = {
            "id": item.id,
            "kind": item.kind.value,
            "reason": item.reason.value,
            "facts": {name: value for name, value in item.facts.items() if name not in _OF_THERE},
            "state": item.state.value,
            "message_id": item.message_id,
            "inbox": inboxes.get(item.inbox_id, "") if item.inbox_id is not None else "",
            "folder": item.folder,
            "uid_validity": item.uid_validity,
            "uid": item.uid,
            "from": item.sender,
            "to": list(item.recipients),
            "subject": item.subject,
            "date": _instant(item.date),
            "size": item.size,
            "user": item.user_id,
            "logged": logged[0] if logged else "",
            "created_at": _instant(item.created_at),
        }
        cells = (str(item.id), _instant(item.created_at), item.state.value, item.reason.value, item.kind.value, item.sender,
                 "; ".join(item.recipients), item.subject, _instant(item.date), item.message_id,
                 users.get(item.user_id or 0, ""))  # fmt: skip
        yield document, cells


def kept_copies(store: Store) -> Iterator[bytes]:
    """As `COPIES` holds them. One that is missing on the disk is passed over."""
    for item in _all(store):
        if item.raw_sha256:
            try:
                raw = store.files.read(item.raw_sha256)
            except StoreError:
                continue
            at = item.created_at or datetime.now(UTC)
            yield mbox_entry(_NUMBER + str(item.id).encode() + b"\n" + raw, item.sender, at)


def take_review(
    workspace: Workspace, rows: list[dict[str, Any]], copies: Path, users: Mapping[str, int], source: str = "import"
) -> int:
    """Inside no transaction. Returns how many entries are new. What names somebody who was deleted for good here, or whom the
    never-log list keeps out, comes without its content or not at all; what is here already stays. `users`: number there →
    number here."""
    store = workspace.store
    inboxes = {inbox.address.casefold(): inbox.id for inbox in store.inboxes.all()}
    raws = dict(_numbered(copies)) if copies.exists() else {}
    count = 0
    for row in sorted(rows, key=lambda row: _whole(row.get("id")) or 0):
        read = _read(row, inboxes, users, store.user_id)
        if read is None:
            continue
        new, came = read
        if (
            store.reviews.find(new.message_id) is not None
            or store.gone.holds(new.message_id)
            or _names_gone(store, new)
        ):
            continue
        raw = raws.get(_whole(row.get("id")) or 0, b"")
        if raw and names_kept_out(workspace, read_message(raw), [new.user_id]):
            new, raw = replace(new, subject="", recipients=()), b""
        logged = store.messages.known([str(row.get("logged", ""))])
        with store.transaction(source=source):
            pk = next((known.pk for known in logged.values()), None)
            kept = store.files.add(raw) if raw else ""
            store.reviews.add(replace(new, raw_sha256=kept, message_pk=pk), came)
        count += 1
    return count


def _all(store: Store) -> Iterator[ReviewItem]:
    before = None
    while items := store.reviews.items(None, before=before, limit=_AT_ONCE):
        before = items[-1].id
        yield from items


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        for item in read_mbox(file, path.name):
            first, _, raw = item.raw.partition(b"\n")
            number = first.removeprefix(_NUMBER).strip()
            if first.startswith(_NUMBER) and number.isdigit() and len(number) < 16:
                yield int(number), raw


def _read(
    row: Mapping[str, Any], inboxes: Mapping[str, Any], users: Mapping[str, int], mine: int
) -> tuple[NewReview, datetime | None] | None:
    """None for what is no entry."""
    try:
        kind, reason = CopyKind(row.get("kind")), Refusal(row.get("reason"))
        state = ReviewState(row.get("state"))
    except ValueError:
        return None
    message_id = row.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        return None
    facts, to = row.get("facts"), row.get("to")
    inbox = inboxes.get(str(row.get("inbox", "")).casefold())
    user = row.get("user")
    nothing = reason in KEEP_NOTHING
    new = NewReview(
        kind=kind,
        reason=reason,
        message_id=message_id,
        facts=facts if isinstance(facts, dict) else {},
        inbox_id=inbox,
        folder=str(row.get("folder", "")) if inbox is not None else "",
        uid_validity=_whole(row.get("uid_validity")) if inbox is not None else None,
        uid=_whole(row.get("uid")) if inbox is not None else None,
        sender="" if nothing else str(row.get("from", "")),
        recipients=tuple(a for a in to if isinstance(a, str)) if isinstance(to, list) and not nothing else (),
        subject="" if nothing else str(row.get("subject", "")),
        date=_moment(row.get("date")),
        size=_whole(row.get("size")) or 0,
        user_id=None if user is None else users.get(str(user), mine),
        state=state,
    )
    return new, _moment(row.get("created_at"))


def _names_gone(store: Store, new: NewReview) -> bool:
    named = new.facts.get("addresses")
    people = (new.sender, *new.recipients, *(named if isinstance(named, list) else ()))
    return any(store.tombstones.holds(Address(str(a)).key) for a in people if a)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else None


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _instant(value: datetime | None) -> str:
    return "" if value is None else value.isoformat()
