"""Reads the messages of one folder: header fields in batches, contents one by one or a few at once. Used by `session`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from exchangelib import Account

from app.backends.exchange import headers
from app.backends.exchange.channel import ANSWER_LIMIT, Channel
from app.backends.exchange.faults import talking, translate
from app.backends.exchange.listing import ItemKey, Listing
from app.backends.protocol import FetchedHeader
from app.domain.problems import ProblemCode

BATCH = 100  # messages asked for at once
BODY_LIMIT = 78 << 20  # what has attachments of 50 MB, in base64, besides its text
_BULK, _BULK_BODY = 4, 4 << 20  # messages asked for with their content at once, and bytes of each
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = ("imap_number", "headers", "size", "datetime_received", "message_id", "in_reply_to", "references", "subject",
           "datetime_sent", "author", "item_class", "to_recipients", "cc_recipients")  # fmt: skip


class Messages:
    """Of the folder that `listing` lists."""

    def __init__(self, channel: Channel, mailbox: Account, listing: Listing) -> None:
        self._channel, self._mailbox, self._listing = channel, mailbox, listing

    def headers(self, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]:
        """In ascending order; messages that are gone are left out. Of a message that was written in this mailbox EWS
        tells the well-known fields only; where none of these is asked for, its content is read."""
        ordered = sorted({uid for uid in uids if uid > 0})
        for start in range(0, len(ordered), BATCH):
            batch = self._listing.items(ordered[start : start + BATCH])
            for uid, item in self._fetch(batch, _HEADER):
                if item is None:
                    yield FetchedHeader(uid, b"", 0, _EPOCH)
                    continue
                yield FetchedHeader(uid, self._header(uid, item, fields), item.size or 0, _when(item))

    def _header(self, uid: int, item: Any, fields: Sequence[str]) -> bytes:
        if item.headers:
            return headers.block(headers.transport_fields(item, fields))
        if headers.only_in_content(fields):
            return headers.cut(self.body(uid), fields)
        return headers.block(headers.named_fields(item), fields)

    def _fetch(self, ids: dict[int, ItemKey], fields: Sequence[str]) -> Iterator[tuple[int, Any]]:
        """With None for what the server cannot hand out; messages that are gone are left out."""
        if not ids:
            return
        with talking(self._channel, ProblemCode.BROKEN_MESSAGE):
            answers = list(
                self._mailbox.fetch(ids=list(ids.values()), folder=self._listing.folder, only_fields=list(fields))
            )
        for uid, answer in zip(ids, answers, strict=True):
            if not isinstance(answer, Exception):
                yield uid, answer
                continue
            fault = translate(self._channel, answer, ProblemCode.BROKEN_MESSAGE)
            if type(answer).__name__ == "ErrorItemNotFound":
                self._listing.ids.pop(uid, None)
            elif fault.problem.code is ProblemCode.BROKEN_MESSAGE:
                yield uid, None
            else:
                raise fault

    def _one(self, uid: int, fields: Sequence[str], limit: int = ANSWER_LIMIT) -> Any:
        self._channel.limit = limit
        try:
            found = dict(self._fetch(self._listing.items([uid]), fields)).get(uid)
        finally:
            self._channel.limit = ANSWER_LIMIT
        if found is None:
            raise self._channel.fault(ProblemCode.BROKEN_MESSAGE, "no such message", own_words=True)
        return found

    def body(self, uid: int) -> bytes:
        """The whole message as Exchange writes it, unread as it was. ANSWER_TOO_LARGE above 64 MB, without reading it."""
        size = self._one(uid, ("size",)).size or 0
        if size > BODY_LIMIT:
            raise self._channel.fault(ProblemCode.ANSWER_TOO_LARGE)
        content = self._one(uid, ("mime_content",), 2 * BODY_LIMIT).mime_content
        if not content:
            raise self._channel.fault(ProblemCode.BROKEN_MESSAGE)
        return bytes(content)

    def bodies(self, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        """Four messages at a time."""
        small = sorted(uid for uid, size in sizes.items() if size <= _BULK_BODY)
        for start in range(0, len(small), _BULK):
            items = self._listing.items(small[start : start + _BULK])
            self._channel.limit = 2 * _BULK * _BULK_BODY
            try:
                found = [(uid, item) for uid, item in self._fetch(items, ("mime_content",)) if item is not None]
            finally:
                self._channel.limit = ANSWER_LIMIT
            yield from ((uid, bytes(item.mime_content)) for uid, item in found if item.mime_content)

    def text_parts(self, uid: int, limit: int) -> bytes:
        """Header and text of a message too large to be read whole, as a message without its files. `limit`: characters
        of the text."""
        item = self._one(uid, (*_HEADER, "body"))
        message = EmailMessage(policy=SMTP)
        kind = "html" if type(item.body).__name__ == "HTMLBody" else "plain"
        message.set_content(str(item.body or "")[:limit], subtype=kind)
        told = headers.transport_fields(item) or headers.named_fields(item)
        kept = [(name, value) for name, value in told if not name.lower().startswith(("content-", "mime-version"))]
        return headers.block(kept)[:-2] + message.as_bytes()


def _when(item: Any) -> datetime:
    received = item.datetime_received
    return datetime.fromtimestamp(received.timestamp(), UTC) if received is not None else _EPOCH
