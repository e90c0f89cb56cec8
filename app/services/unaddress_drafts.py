"""Drafts keep no address that was deleted for good (T9): they keep what the person wrote, and say that somebody is missing. A
message that waits to go out to such an address keeps it until it has gone. Used by `delete_permanently` and
`write_message`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from app.domain.addresses import Address
from app.domain.outbox import Draft, OutboxId, OutboxState
from app.mime.draft_quote import split_quote
from app.mime.quoting import split_reply
from app.store import Store
from app.store.erasing import Traces
from app.store.naming import naming

REMOVED = "[address removed]"
_MOST = 5_000  # addresses of a text that are looked up
_ADDRESS = re.compile(r"(?:\"[^\"\s@]{1,64}\"|[^\s<>()\[\],;:\"'@]{1,64}?)(?:@|%40)[^\s<>()\[\],;:\"'&@/?]{1,255}")


def keep_drafts(store: Store, found: Traces) -> None:
    """The drafts among `found`, and messages that waited to go out, which are drafts now; none of them answers or
    quotes a message that is erased. Inside the transaction of the deletion."""
    names = naming(found.addresses)
    for number in found.drafts:
        outbox_id = OutboxId(number)
        message = store.outbox.get(outbox_id)
        if message is None:
            continue
        if message.state is not OutboxState.DRAFT:
            store.outbox.undo(outbox_id)
        draft = replace(message.draft, send_at=None)
        if draft.parent_message_id in found.ids:
            draft = _without_quote(draft)
        kept = _without(draft, lambda person: bool(names.search(person.addr_spec)), names)
        _put(store, outbox_id, _without_mentioned(store, kept))


def without_deleted(store: Store, draft: Draft) -> Draft:
    """As it may be stored: the very same where nobody in it was deleted for good."""
    if not store.tombstones.count():
        return draft
    held = store.tombstones.holds
    gone = {p.addr_spec for p in (*draft.to, *draft.cc, *draft.bcc) if p.addr_spec and held(p.addr_spec)}
    return _without(draft, lambda person: person.addr_spec in gone, naming(gone)) if gone else draft


def unaddress_undone(store: Store, outbox_id: OutboxId) -> None:
    """A message that is a draft again, after it waited to go out. Inside a transaction."""
    message = store.outbox.get(outbox_id)
    if message is None or message.state is not OutboxState.DRAFT:
        return
    draft = _without_mentioned(store, without_deleted(store, message.draft))
    if draft is not message.draft:
        _put(store, outbox_id, draft)


def _put(store: Store, outbox_id: OutboxId, draft: Draft) -> None:
    store.outbox.save_draft(draft, store.user_id, outbox_id)
    store.unaddressing.forget_copies(outbox_id)


def _without(draft: Draft, gone: Callable[[Address], bool], names: re.Pattern[str]) -> Draft:
    to, cc, bcc = (tuple(p for p in people if not gone(p)) for people in (draft.to, draft.cc, draft.bcc))
    return replace(
        draft,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=names.sub(REMOVED, draft.subject),
        text=names.sub(REMOVED, draft.text),
        html=names.sub(REMOVED, draft.html),
        attachments=tuple(replace(a, filename=_file_name(a.filename, names)) for a in draft.attachments),
        unaddressed=True,
    )


def _without_mentioned(store: Store, draft: Draft) -> Draft:
    """Of a message that waited to go out while somebody whom its text names was deleted."""
    if not store.tombstones.count():
        return draft
    texts = (draft.subject, draft.text, html.unescape(draft.html), *(a.filename for a in draft.attachments))
    gone = {a for text in texts for a in _mentioned(text) if store.tombstones.holds(a)}
    return _without(draft, lambda person: person.addr_spec in gone, naming(gone)) if gone else draft


def _mentioned(text: str) -> set[str]:
    """The addresses in it, as they stand; of the name of a file without its ending, too."""
    found = {f.group().replace("%40", "@").rstrip(".") for f in islice(_ADDRESS.finditer(text), _MOST)}
    return found | {stem for address in found if "@" in (stem := address.rpartition(".")[0])}


def _file_name(name: str, names: re.Pattern[str]) -> str:
    """An ending makes a longer domain of an address."""
    stem, dot, ending = name.rpartition(".")
    return names.sub(REMOVED, stem) + dot + names.sub(REMOVED, ending)


def _without_quote(draft: Draft) -> Draft:
    """A message of its own: what it answered is no more."""
    written, quote = split_quote(draft.html)
    text = split_reply(draft.text)[0] if quote or not draft.html else draft.text
    return replace(draft, html=written, text=text, parent_message_id="")
