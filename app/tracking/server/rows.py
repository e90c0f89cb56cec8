"""A hit as the server keeps it: the row of its table, the line of its spool, the JSON of its API."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1
_FIRST_FIELDS = 10  # of lines that were written before there were workspaces


class HitRow(NamedTuple):
    """`hit_uid` is given when the request comes in and never again: by it a hit that is written a second time, after
    a crash between database and spool, is known. `at` microseconds since 1970 UTC. `link` None for a picture.
    `headers`: what `kept_headers` kept of the request, a JSON object of texts."""

    hit_uid: str
    kind: str  # "open", "click" or "unsubscribe"
    at: int
    message_ref: str
    recipient_ref: str
    link: int | None
    url: str
    ip: str
    user_agent: str
    method: str
    workspace: int = 1
    headers: str = "{}"

    def to_line(self) -> bytes:
        return json.dumps(self, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> HitRow | None:
        """None for a line that is no hit: such a row must never reach the database, which would refuse it for ever."""
        try:
            values = json.loads(line)
            row = cls(*values) if isinstance(values, list) and len(values) >= _FIRST_FIELDS else None
        except (ValueError, TypeError):
            return None
        return row if row is not None and row.storable() else None

    def storable(self) -> bool:
        """Whether every database takes it: PostgreSQL has no NUL and no half surrogate pairs in texts."""
        texts = (self.hit_uid, self.kind, self.message_ref, self.recipient_ref, self.url, self.ip, self.user_agent)
        numbers = (self.at, self.workspace, 0 if self.link is None else self.link)
        return all(isinstance(text, str) and _is_text(text) for text in (*texts, self.method, self.headers)) and all(
            type(number) is int and 0 <= number <= _LARGEST for number in numbers
        )


class NumberedHit(NamedTuple):
    """`own`: it came from where one of the workspace's programs was signed in at that time."""

    number: int
    row: HitRow
    own: bool = False

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
            "own": self.own,
            "headers": json.loads(row.headers),
        }


def uid_maker() -> Callable[[], str]:
    """Names for hits: random for the process, counted within it, so that neighbours lie together in the index."""
    prefix = secrets.token_hex(8)
    counter = itertools.count()
    return lambda: f"{prefix}-{next(counter):x}"


def _is_text(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))
