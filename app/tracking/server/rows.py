"""A hit as the server keeps it: the row of its table, the line of its spool, the JSON of its API."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HitRow(NamedTuple):
    """`hit_uid` is given when the request comes in and never again: by it a hit that is written a second time, after
    a crash between database and spool, is known. `at` microseconds since 1970 UTC. `link` None for a picture."""

    hit_uid: str
    kind: str  # "open" or "click"
    at: int
    message_ref: str
    recipient_ref: str
    link: int | None
    url: str
    ip: str
    user_agent: str
    method: str

    def to_line(self) -> bytes:
        return json.dumps(self, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> HitRow | None:
        """None for a line that is no hit: such a row must never reach the database, which would refuse it for ever."""
        try:
            row = cls(*json.loads(line))
        except (ValueError, TypeError):
            return None
        texts = (row.hit_uid, row.kind, row.message_ref, row.recipient_ref, row.url, row.ip, row.user_agent, row.method)
        whole = isinstance(row.at, int) and (row.link is None or isinstance(row.link, int))
        return row if whole and all(isinstance(text, str) for text in texts) else None


class NumberedHit(NamedTuple):
    number: int
    row: HitRow

    def to_json(self, server: str) -> dict[str, object]:
        row = self.row
        at = _EPOCH + timedelta(microseconds=row.at)
        return {
            "server": server,
            "number": self.number,
            "kind": row.kind,
            "at": at.isoformat(timespec="microseconds"),
            "message_ref": row.message_ref,
            "recipient_ref": row.recipient_ref,
            "link": row.link,
            "url": row.url,
            "ip": row.ip,
            "user_agent": row.user_agent,
            "method": row.method,
        }


def uid_maker() -> Callable[[], str]:
    """Names for hits: random for the process, counted within it, so that neighbours lie together in the index."""
    prefix = secrets.token_hex(8)
    counter = itertools.count()
    return lambda: f"{prefix}-{next(counter):x}"
