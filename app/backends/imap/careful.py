"""Reads listed messages with care: what a server refuses all at once is asked for one by one. Used by `session`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from app.backends.date_time import EPOCH
from app.backends.imap import fetching
from app.backends.imap.connection import Client
from app.backends.imap.fetching import FetchedItem
from app.backends.protocol import FetchedHeader
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

log = logging.getLogger(__name__)

HEADER_LIMIT = 1 << 20  # more is no header
BATCH_LIMIT = 32 << 20  # bytes of all headers of a batch, and of a body structure
ROOM = 1 << 20  # for what a server says besides
_PATIENCE = 5  # messages in a row that the server may refuse before the server itself is to blame
_FLAGS = "UID FLAGS "  # how they are asked for among other items


def fetch_batch(client: Client, uids: Sequence[int], items: str) -> list[FetchedHeader]:
    """Header fields of these messages, ascending; those that are gone are left out. Raises the server's refusal when it
    will pass, or comes for one message after the other."""
    found, refusal, unread = _fetch_items(client, uids, items)
    missing = [uid for uid in uids if uid not in found]
    if not missing or not (refusal or unread):
        return [found[uid] for uid in uids if uid in found]
    refused_in_a_row = 0
    for uid in missing:  # one by one, to find the one that is broken
        alone, refusal, unread = _fetch_items(client, [uid], items)
        found.update(alone)
        refused_in_a_row = refused_in_a_row + 1 if refusal else 0
        if refusal and (refusal.problem.transient or refused_in_a_row >= _PATIENCE):
            raise refusal
        if uid not in found and (refusal or unread):
            found[uid] = FetchedHeader(uid, b"", 0, EPOCH)
    return [found[uid] for uid in uids if uid in found]


def _fetch_items(
    client: Client, uids: Sequence[int], items: str
) -> tuple[dict[int, FetchedHeader], MailFault | None, bool]:
    """What could be read, the server's refusal, and whether there was an answer of which not even the UID
    could be read."""
    read: dict[int, FetchedItem] = {}
    broken: set[int] = set()
    flags: dict[int, bool] = {}  # that came by themselves, before or after the rest
    unread = False
    data, refusal = fetch(client, uids, items, HEADER_LIMIT)
    wanted = set(uids)
    for record in fetching.records(data):
        try:
            item = fetching.read_record(record)
        except ValueError:
            uid = fetching.record_uid(record)
            if uid in wanted and uid is not None:
                broken.add(uid)
            unread = unread or uid is None
            continue
        if item is None:
            _note_flags(flags, record)
        elif item.uid in wanted:
            read[item.uid] = read[item.uid].with_what(item) if item.uid in read else item
    broken -= {uid for uid, item in read.items() if item.data is not None}
    found = {uid: FetchedHeader(uid, b"", 0, EPOCH) for uid in broken}
    sure = {item.uid: item.draft or flags.get(item.uid, item.draft) for item in read.values()}
    if _FLAGS in items:
        untold = sorted(uid for uid, draft in sure.items() if draft is None and uid not in broken and read[uid].data)
        sure.update(_ask_flags(client, untold) if untold else {})
    else:
        sure = dict.fromkeys(sure, False)
    for uid, item in read.items():
        if uid not in broken:
            told = sure[uid] is not None
            draft = sure[uid] is not False
            found[uid] = FetchedHeader(
                uid, item.data or b"", item.size, item.internal_date, draft, item.number, flags_told=told
            )
    return found, refusal, unread


def _note_flags(flags: dict[int, bool], record: fetching.Record) -> None:
    """What was a draft in one of several answers counts as one: it is looked at again."""
    told = fetching.flags_told(record)
    if told is not None:
        uid, draft = told
        flags[uid] = draft or flags.get(uid, False)


def _ask_flags(client: Client, uids: Sequence[int]) -> dict[int, bool]:
    """Of messages that came without: whether they are drafts. Those of which the server does not say it are left out."""
    data, refusal = fetch(client, uids, "(UID FLAGS)", HEADER_LIMIT)
    flags: dict[int, bool] = {}
    for record in fetching.records(data):
        _note_flags(flags, record)
    if refusal and refusal.problem.transient:
        raise refusal
    found = {uid: flags[uid] for uid in uids if uid in flags}
    if len(found) < len(uids):
        log.warning(
            "%s does not say of %d messages whether they are drafts: they are treated as such",
            client.wire.endpoint.host, len(uids) - len(found),
        )  # fmt: skip
    return found


def fetch(client: Client, uids: Sequence[int], items: str, keep: int) -> tuple[list[Any], MailFault | None]:
    """UID FETCH: imaplib's untagged answers, and the refusal when there was one (RFC 3501 allows both at once)."""
    refusal: MailFault | None = None
    imap = client.imap
    try:
        with client.talking(ProblemCode.BROKEN_MESSAGE, expecting=max(keep, BATCH_LIMIT) + ROOM):
            client.pop("FETCH")
            imap.keep_limit = keep
            status, data = imap._simple_command("UID", "FETCH", fetching.uid_set(uids), items)
            client._checkok("fetch", status, data)
    except MailFault as fault:
        if client.wire.closed:
            raise
        refusal = fault
    return client.pop("FETCH"), refusal


def fetch_section(client: Client, uid: int, section: str, limit: int) -> bytes:
    """See `ImapSession.fetch_section`."""
    data, refusal = fetch(client, [uid], f"(UID {section})", limit)
    if refusal:
        raise refusal
    for record in fetching.records(data):
        try:
            item = fetching.read_record(record)
        except ValueError as error:
            raise client.wire.fault(ProblemCode.BROKEN_MESSAGE) from error
        if item and item.uid == uid and item.data is not None:
            if item.announced > len(item.data):
                raise client.wire.fault(ProblemCode.ANSWER_TOO_LARGE)
            return item.data
    raise client.wire.fault(ProblemCode.BROKEN_MESSAGE)


def size_of(client: Client, uid: int) -> int:
    """In bytes; 0 when the server does not tell it: a courtesy, for the body's own literal is limited too."""
    data, refusal = fetch(client, [uid], "(UID RFC822.SIZE)", HEADER_LIMIT)
    if refusal:
        raise refusal
    for record in fetching.records(data):
        try:
            item = fetching.read_record(record)
        except ValueError:
            continue
        if item and item.uid == uid:
            return item.size
    return 0
