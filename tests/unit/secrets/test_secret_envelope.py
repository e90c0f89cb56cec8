"""The encrypted file's bytes: nothing readable, nothing alterable, and a telling fault for each way of going wrong."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.inboxes import Secret
from app.secrets.envelope import (
    EnvelopeClosed,
    EnvelopeDamaged,
    EnvelopeTooNew,
    KeyRecipe,
    derive_key,
    read_envelope,
    seal,
    unseal,
)

RECIPE = KeyRecipe(b"s" * 16, n=2**4)  # cheap: these tests are about the envelope, not the cost
KEY = derive_key(Secret("correct horse"), RECIPE)


def resealed(raw: bytes, **changes: object) -> bytes:
    """The envelope with fields replaced and a fitting checksum, as somebody would do on purpose."""
    body = json.loads(raw)
    body.pop("sha256")
    body |= changes
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return json.dumps(body | {"sha256": hashlib.sha256(canonical).hexdigest()}).encode()


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=40), st.text(max_size=200), max_size=8))
def test_what_goes_in_comes_out(values: dict[str, str]) -> None:
    assert unseal(read_envelope(seal(values, KEY, RECIPE)), KEY) == values


def test_neither_names_nor_secrets_are_readable() -> None:
    raw = seal({"imap/ann@example.com": "tr0ub4dor&3"}, KEY, RECIPE)
    assert b"ann@example.com" not in raw and b"tr0ub4dor" not in raw


def test_each_sealing_has_its_own_nonce() -> None:
    assert read_envelope(seal({}, KEY, RECIPE)).nonce != read_envelope(seal({}, KEY, RECIPE)).nonce


def test_another_passphrase_does_not_open_it() -> None:
    raw = seal({"a": "b"}, KEY, RECIPE)
    with pytest.raises(EnvelopeClosed):
        unseal(read_envelope(raw), derive_key(Secret("wrong horse"), RECIPE))


def test_accents_may_be_typed_either_way() -> None:
    composed, combining = Secret("caf\u00e9"), Secret("cafe\u0301")
    assert derive_key(composed, RECIPE) == derive_key(combining, RECIPE)


def test_the_salt_and_the_cost_make_the_key() -> None:
    passphrase = Secret("correct horse")
    keys = {
        derive_key(passphrase, recipe)
        for recipe in (RECIPE, KeyRecipe(b"t" * 16, n=2**4), KeyRecipe(b"s" * 16, n=2**5), KeyRecipe(b"s" * 16))
    }
    assert len(keys) == 4 and {len(key) for key in keys} == {32}
    assert KeyRecipe.fresh().n >= 2**15 and len(KeyRecipe.fresh().salt) == 16


def test_every_damaged_byte_is_noticed() -> None:
    raw = seal({"imap/ann@example.com": "tr0ub4dor&3"}, KEY, RECIPE)
    fields = json.loads(raw)
    for position in range(len(raw)):
        broken = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        try:
            envelope = read_envelope(broken)
        except EnvelopeDamaged:
            continue
        except EnvelopeTooNew:
            assert json.loads(broken)["version"] > fields["version"]
            continue
        # white space between fields carries nothing
        assert json.loads(broken) == fields and unseal(envelope, KEY) == {"imap/ann@example.com": "tr0ub4dor&3"}


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": "hitchpost-secrets"}', b"[" * 100_000, b"SQLite format 3\0"],
)
def test_other_files_are_not_envelopes(raw: bytes) -> None:
    with pytest.raises(EnvelopeDamaged):
        read_envelope(raw)


def test_a_cut_off_file_is_damaged() -> None:
    raw = seal({"a": "b"}, KEY, RECIPE)
    for length in range(0, len(raw) - 2, 7):
        with pytest.raises(EnvelopeDamaged):
            read_envelope(raw[:length])


def test_a_newer_format_is_named_as_such() -> None:
    with pytest.raises(EnvelopeTooNew):
        read_envelope(resealed(seal({}, KEY, RECIPE), version=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"kdf": {"name": "scrypt", "salt": "c2FsdA==", "n": 2**40, "r": 8, "p": 1}},
        {"kdf": {"name": "scrypt", "salt": "c2FsdA==", "n": 1000, "r": 8, "p": 1}},
        {"kdf": {"name": "scrypt", "salt": "c2FsdA==", "n": 2**15, "r": 4096, "p": 1}},
        {"kdf": {}},
        {"kdf": 5},
        {"nonce": "AAAA"},
        {"ciphertext": None},
    ],
)
def test_planted_fields_are_refused_before_any_work_is_done(changes: dict[str, object]) -> None:
    with pytest.raises(EnvelopeDamaged):
        read_envelope(resealed(seal({}, KEY, RECIPE), **changes))


def test_a_changed_header_does_not_go_with_the_old_ciphertext() -> None:
    changed = read_envelope(resealed(seal({"a": "b"}, KEY, RECIPE), kdf=KeyRecipe(b"t" * 16, n=2**4).as_json()))
    with pytest.raises(EnvelopeClosed):
        unseal(changed, KEY)
