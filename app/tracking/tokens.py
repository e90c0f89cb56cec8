"""What stands in a tracked address: sealed tokens that nobody can read, alter or make up. Made by whoever prepares an
outgoing message, read by the tracking server.

A token is base64url( key id (2 bytes) ‖ AES-SIV ciphertext ) without padding (RFC 5297, AES-256-SIV, 64-byte keys).
It carries everything that an answer needs, so that a link leads on while every database is away. The plain text is
kind (1 byte: 1 open, 2 click, 3 unsubscribe) ‖ message (8) ‖ recipient (8), and for a click ‖ link position (2, big
endian) ‖ URL (UTF-8). AES-SIV is deterministic: the same link of the same copy is the same token, which gives nothing
away here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from app.domain.errors import TrackingError
from app.domain.events import HONEYPOT_LINK
from app.tracking.destinations import is_destination

MAX_LINKS = HONEYPOT_LINK  # of one message; the last position is for the link that no person can see
MAX_TOKEN = 12_000  # characters
TEST_REF = "0" * 16  # of no message and no recipient: a token of it is answered, and no hit is kept

_KEY_BYTES = 64
_OPEN, _CLICK, _UNSUBSCRIBE = 1, 2, 3
_HEAD = 17  # kind, message, recipient
_BOUND_TO = b"hitchpost tracking token 1"
_REF = re.compile(r"[0-9a-f]{16}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# Base64 has bits to spare in the last of two or three characters. Only the one way to write a token is accepted.
_LAST = {2: frozenset(_ALPHABET[::16]), 3: frozenset(_ALPHABET[::4]), 0: frozenset(_ALPHABET)}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,12000}")


@dataclass(frozen=True)
class OpenToken:
    """A picture was asked for. Refs are 16 hex digits."""

    message_ref: str
    recipient_ref: str


@dataclass(frozen=True)
class ClickToken:
    """A link was followed: its position in the message (0, 1, …) and where it leads."""

    message_ref: str
    recipient_ref: str
    link: int
    url: str


@dataclass(frozen=True)
class UnsubscribeToken:
    """The recipient may ask for no more mail."""

    message_ref: str
    recipient_ref: str


Token = OpenToken | ClickToken | UnsubscribeToken


@dataclass(frozen=True)
class TrackingKey:
    """`id` 0..65535, unique among the keys of a server; `secret` 64 bytes; `created` ISO 8601."""

    id: int
    secret: bytes = field(repr=False)
    created: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.id < 65_536 or len(self.secret) != _KEY_BYTES:
            raise ValueError("not a tracking key")


class TrackingKeys:
    """The keys of one tracking server, oldest first: the newest seals, all open. Links in sent mail live as long as
    their key is kept, so none is ever removed by rotation. Immutable; threads may share it."""

    def __init__(self, keys: Sequence[TrackingKey]) -> None:
        if not keys or len({key.id for key in keys}) != len(keys):
            raise ValueError("tracking keys need distinct ids, and at least one")
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # large, and not needed where nothing is tracked

        self._altered = InvalidTag
        self._keys = tuple(keys)
        self._ciphers = {key.id.to_bytes(2, "big"): AESSIV(key.secret) for key in keys}

    def __repr__(self) -> str:
        return f"TrackingKeys({len(self._keys)} keys, newest {self._keys[-1].id})"

    @classmethod
    def fresh(cls) -> Self:
        return cls((_new_key(frozenset()),))

    @property
    def all(self) -> tuple[TrackingKey, ...]:
        return self._keys

    def rotated(self) -> Self:
        """The same keys and a new one that seals from now on."""
        return type(self)((*self._keys, _new_key(frozenset(key.id for key in self._keys))))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """From what `to_json` wrote. Raises TrackingError when it is anything else."""
        try:
            keys = json.loads(text)["keys"]
            return cls([TrackingKey(int(k["id"]), base64.b64decode(k["secret"]), str(k["created"])) for k in keys])
        except (ValueError, KeyError, TypeError) as error:
            raise TrackingError("The file with the tracking keys cannot be read. Put its backup in place.") from error

    def to_json(self) -> str:
        keys = [{"id": k.id, "secret": base64.b64encode(k.secret).decode(), "created": k.created} for k in self._keys]
        return json.dumps({"keys": keys}, indent=1)

    def seal(self, plain: bytes) -> str:
        key_id = self._keys[-1].id.to_bytes(2, "big")
        sealed = key_id + self._ciphers[key_id].encrypt(plain, [_BOUND_TO, key_id])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def unseal(self, token: str) -> tuple[int, bytes] | None:
        """The key's id and the plain text, None for whatever these keys did not seal, to the last bit."""
        sealed = _decoded(token)
        if sealed is None:
            return None
        cipher = self._ciphers.get(sealed[:2])
        if cipher is None or len(sealed) < 2 + 16 + _HEAD:
            return None
        try:
            return int.from_bytes(sealed[:2], "big"), cipher.decrypt(sealed[2:], [_BOUND_TO, sealed[:2]])
        except self._altered:
            return None


def _decoded(token: str) -> bytes | None:
    if not _TOKEN.fullmatch(token) or token[-1] not in _LAST.get(len(token) % 4, ()):
        return None
    return binascii.a2b_base64(token.encode("ascii").translate(_STANDARD) + b"=" * (-len(token) % 4))


def new_ref() -> str:
    """A name for a message or for one recipient's copy that says nothing about either: 8 random bytes as hex."""
    return secrets.token_hex(8)


def make_open_token(keys: TrackingKeys, message_ref: str, recipient_ref: str) -> str:
    return keys.seal(_head(_OPEN, message_ref, recipient_ref))


def make_click_token(keys: TrackingKeys, message_ref: str, recipient_ref: str, link: int, url: str) -> str:
    """`url` as `rewrite.instrument_html` gives it. Raises ValueError for anything but an http or https address."""
    if not is_destination(url):
        raise ValueError("only http and https addresses can be tracked")
    if not 0 <= link <= HONEYPOT_LINK:
        raise ValueError("link position out of range")
    return keys.seal(_head(_CLICK, message_ref, recipient_ref) + link.to_bytes(2, "big") + url.encode())


def make_unsubscribe_token(keys: TrackingKeys, message_ref: str, recipient_ref: str) -> str:
    return keys.seal(_head(_UNSUBSCRIBE, message_ref, recipient_ref))


def key_id_of(token: str) -> int | None:
    """Which key would open it; None for what is no token."""
    if not _TOKEN.fullmatch(token):
        return None
    return int.from_bytes(binascii.a2b_base64(token[:4].encode("ascii").translate(_STANDARD))[:2], "big")


def read_token(keys: TrackingKeys, token: str) -> Token | None:
    """None for every token that is altered, cut short, foreign, or leads anywhere but to a web address."""
    found = keys.unseal(token)
    return _read(found[1]) if found is not None else None


def read_token_and_key(keys: TrackingKeys, token: str) -> tuple[int, Token] | None:
    """The same, with the id of the key that sealed it."""
    found = keys.unseal(token)
    read = _read(found[1]) if found is not None else None
    return (found[0], read) if found is not None and read is not None else None


def _read(plain: bytes) -> Token | None:
    if len(plain) < _HEAD:
        return None
    kind, message_ref, recipient_ref = plain[0], plain[1:9].hex(), plain[9:17].hex()
    if kind == _OPEN and len(plain) == _HEAD:
        return OpenToken(message_ref, recipient_ref)
    if kind == _UNSUBSCRIBE and len(plain) == _HEAD:
        return UnsubscribeToken(message_ref, recipient_ref)
    if kind == _CLICK and len(plain) > _HEAD + 2:
        try:
            url = plain[_HEAD + 2 :].decode()
        except UnicodeDecodeError:
            return None
        if is_destination(url):
            return ClickToken(message_ref, recipient_ref, int.from_bytes(plain[_HEAD : _HEAD + 2], "big"), url)
    return None


def _head(kind: int, message_ref: str, recipient_ref: str) -> bytes:
    if not _REF.fullmatch(message_ref) or not _REF.fullmatch(recipient_ref):
        raise ValueError("refs are 16 hex digits")
    return bytes([kind]) + bytes.fromhex(message_ref) + bytes.fromhex(recipient_ref)


def new_secret() -> bytes:
    return secrets.token_bytes(_KEY_BYTES)


def _new_key(taken: frozenset[int]) -> TrackingKey:
    key_id = next(i for i in iter(lambda: secrets.randbelow(65_536), -1) if i not in taken)
    return TrackingKey(key_id, new_secret(), datetime.now(UTC).isoformat(timespec="seconds"))
