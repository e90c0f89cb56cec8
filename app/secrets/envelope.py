"""The encrypted file's bytes: names and secrets in one AES-256-GCM envelope. No disk here; for `file_store`.

A JSON object with `format`, `version`, `kdf` (scrypt, RFC 7914, with its salt and cost), `nonce`, `ciphertext` and
`sha256` over all of these. The last is no protection (the GCM tag is that): it tells a damaged file from a wrong
passphrase, which deserve different advice. Format, version and kdf are bound to the ciphertext as associated data."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.inboxes import Secret

FORMAT = "hitchpost-secrets"
VERSION = 1
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**15, 8, 1  # 32 MiB and about 0.1 s a guess
MAX_SCRYPT_N = 2**20


class EnvelopeDamaged(ValueError):
    """Not an envelope, or not all of it."""


class EnvelopeTooNew(ValueError):
    """Written by a newer version of the program."""


class EnvelopeClosed(ValueError):
    """Whole, but this key does not open it."""


@dataclass(frozen=True)
class KeyRecipe:
    """How a passphrase becomes a key: scrypt's salt (16 bytes) and cost."""

    salt: bytes
    n: int = SCRYPT_N
    r: int = SCRYPT_R
    p: int = SCRYPT_P

    @classmethod
    def fresh(cls) -> KeyRecipe:
        return cls(os.urandom(16))

    def as_json(self) -> dict[str, object]:
        return {"name": "scrypt", "salt": b64encode(self.salt).decode(), "n": self.n, "r": self.r, "p": self.p}


@dataclass(frozen=True)
class Envelope:
    recipe: KeyRecipe
    nonce: bytes
    ciphertext: bytes


def derive_key(passphrase: Secret, recipe: KeyRecipe) -> bytes:
    """32 bytes. The passphrase is normalised (NFC), so that it opens the file however its accents were typed."""
    text = unicodedata.normalize("NFC", passphrase.reveal())
    return hashlib.scrypt(
        text.encode("utf-8", "surrogateescape"),
        salt=recipe.salt,
        n=recipe.n,
        r=recipe.r,
        p=recipe.p,
        maxmem=256 * recipe.n * recipe.r,
        dklen=32,
    )


def seal(values: Mapping[str, str], key: bytes, recipe: KeyRecipe) -> bytes:
    """The file's content for these names and secrets, with a new nonce."""
    nonce = os.urandom(12)
    plain = json.dumps(dict(values), ensure_ascii=True).encode("ascii")
    body = _header(recipe) | {
        "nonce": b64encode(nonce).decode(),
        "ciphertext": b64encode(AESGCM(key).encrypt(nonce, plain, _canonical(_header(recipe)))).decode(),
    }
    return json.dumps(body | {"sha256": hashlib.sha256(_canonical(body)).hexdigest()}, indent=1).encode("ascii") + b"\n"


def read_envelope(raw: bytes) -> Envelope:
    """Raises EnvelopeDamaged, EnvelopeTooNew."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise EnvelopeDamaged("no JSON") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT or not isinstance(body.get("version"), int):
        raise EnvelopeDamaged("another format")
    if body["version"] > VERSION:
        raise EnvelopeTooNew(f"version {body['version']}")
    if body.pop("sha256", None) != hashlib.sha256(_canonical(body)).hexdigest():
        raise EnvelopeDamaged("checksum")
    try:
        kdf = body["kdf"]
        recipe = KeyRecipe(b64decode(kdf["salt"]), int(kdf["n"]), int(kdf["r"]), int(kdf["p"]))
        envelope = Envelope(recipe, b64decode(body["nonce"]), b64decode(body["ciphertext"]))
    except (KeyError, TypeError, ValueError) as error:
        raise EnvelopeDamaged("a field is missing") from error
    if not (2 <= recipe.n <= MAX_SCRYPT_N and recipe.n.bit_count() == 1 and 1 <= recipe.r <= 16 and recipe.p == 1):
        raise EnvelopeDamaged("cost out of bounds")  # else a planted file could take all memory
    if len(envelope.nonce) != 12:
        raise EnvelopeDamaged("nonce")
    return envelope


def unseal(envelope: Envelope, key: bytes) -> dict[str, str]:
    """Raises EnvelopeClosed for another passphrase's key (or a file altered on purpose)."""
    try:
        plain = AESGCM(key).decrypt(envelope.nonce, envelope.ciphertext, _canonical(_header(envelope.recipe)))
    except InvalidTag as error:
        raise EnvelopeClosed("tag") from error
    values = json.loads(plain)
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise EnvelopeDamaged("content")
    return values


def _header(recipe: KeyRecipe) -> dict[str, object]:
    return {"format": FORMAT, "version": VERSION, "kdf": recipe.as_json()}


def _canonical(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode("ascii")
