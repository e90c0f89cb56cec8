"""Reads listed messages with care: what a server refuses all at once is asked for one by one. Used by `session`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.backends.date_time import EPOCH
from app.backends.imap import fetching
from app.backends.imap.connection import Client
from app.backends.protocol import FetchedHeader
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

HEADER_LIMIT = 1 << 20  # more is no header
BATCH_LIMIT = 32 << 20  # bytes of all headers of a batch, and of a body structure
ROOM = 1 << 20  # for what a server says besides
_PATIENCE = 5  # messages in a row that the server may refuse before the server itself is to blame


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
    found: dict[int, FetchedHeader] = {}
    unread = False
    data, refusal = fetch(client, uids, items, HEADER_LIMIT)
    wanted = set(uids)
    for record in fetching.records(data):
        try:
            item = fetching.read_record(record)
        except ValueError:
            uid = fetching.record_uid(record)
            if uid in wanted and uid is not None:
                found[uid] = FetchedHeader(uid, b"", 0, EPOCH)
            unread = unread or uid is None
            continue
        if item and item.uid in wanted and (item.data is not None or item.uid not in found):
            found[item.uid] = FetchedHeader(
                item.uid, item.data or b"", item.size, item.internal_date, item.draft, item.number
            )
    return found, refusal, unread


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
