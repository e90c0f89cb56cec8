"""Tokens: what goes in comes out, nothing can be read, and nothing altered is believed."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import TrackingError
from app.tracking.destinations import MAX_URL_BYTES, is_destination
from app.tracking.tokens import (
    MAX_TOKEN,
    ClickToken,
    OpenToken,
    TrackingKeys,
    make_click_token,
    make_open_token,
    new_ref,
    read_token,
)

KEYS = TrackingKeys.fresh()
REFS = st.binary(min_size=8, max_size=8).map(bytes.hex)
URLS = st.builds(
    lambda scheme, host, rest: f"{scheme}://{host}.example.com/{rest}",
    st.sampled_from(["http", "https", "HTTPS"]),
    st.text(string.ascii_lowercase, min_size=1, max_size=10),
    st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60),
)
ALPHABET = string.ascii_letters + string.digits + "-_"


@given(REFS, REFS)
def test_open_token_comes_back(message: str, recipient: str) -> None:
    assert read_token(KEYS, make_open_token(KEYS, message, recipient)) == OpenToken(message, recipient)


@given(REFS, REFS, st.integers(0, 65_535), URLS)
def test_click_token_comes_back(message: str, recipient: str, link: int, url: str) -> None:
    token = make_click_token(KEYS, message, recipient, link, url)
    assert read_token(KEYS, token) == ClickToken(message, recipient, link, url)


@given(URLS, st.data())
def test_any_altered_character_is_refused(url: str, data: st.DataObject) -> None:
    token = make_click_token(KEYS, new_ref(), new_ref(), 1, url)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != token[place]]))
    assert read_token(KEYS, token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("url", ["https://example.com/", "https://example.com/a", "https://example.com/ab"])
def test_spare_bits_of_the_last_character_are_no_second_way_to_write_it(url: str) -> None:
    token = make_click_token(KEYS, new_ref(), new_ref(), 0, url)
    others = [token[:-1] + c for c in ALPHABET if c != token[-1]]
    assert all(read_token(KEYS, other) is None for other in others)


@given(st.data())
def test_cut_or_lengthened_token_is_refused(data: st.DataObject) -> None:
    token = make_open_token(KEYS, new_ref(), new_ref())
    assert read_token(KEYS, token[: data.draw(st.integers(0, len(token) - 1))]) is None
    assert read_token(KEYS, token[data.draw(st.integers(1, len(token))) :]) is None
    assert read_token(KEYS, token + data.draw(st.text(ALPHABET + "=+/ ", min_size=1, max_size=20))) is None


@given(st.text(max_size=300))
def test_any_text_is_refused(text: str) -> None:
    assert read_token(KEYS, text) is None


def test_token_of_another_server_is_refused() -> None:
    foreign = TrackingKeys.fresh()
    assert read_token(KEYS, make_open_token(foreign, new_ref(), new_ref())) is None


def test_same_key_id_with_another_secret_is_refused() -> None:
    other = TrackingKeys.from_json(KEYS.to_json())
    forged = TrackingKeys.from_json(TrackingKeys.fresh().to_json())
    token = make_open_token(forged, new_ref(), new_ref())
    own = base64.urlsafe_b64decode(make_open_token(other, new_ref(), new_ref()) + "==")[:2]
    grafted = own + base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[2:]
    assert read_token(KEYS, base64.urlsafe_b64encode(grafted).rstrip(b"=").decode()) is None


def test_nothing_can_be_read_in_a_token() -> None:
    message, recipient = new_ref(), new_ref()
    token = make_click_token(KEYS, message, recipient, 7, "https://shop.example.com/anna")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for plain in (b"shop", b"anna", b"https", bytes.fromhex(message), bytes.fromhex(recipient)):
        assert plain not in raw


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "//example.com/",
        "https:example.com",
        "https:///path",
        "https://",
        "https://\\example.com",
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://example.com/\n",
        "https://example.com/\x00",
        "https://example.com/\x85",
        "https://example.com/\ud800",
        "https://example.com:port/",
        "https://[::1/",
        " https://example.com/",
        "https://exa mple.com/",
        "https://example.com/" + "a" * MAX_URL_BYTES,
        "",
    ],
)
def test_only_web_addresses_are_sealed(url: str) -> None:
    assert not is_destination(url)
    with pytest.raises(ValueError, match="http"):
        make_click_token(KEYS, new_ref(), new_ref(), 0, url)


def test_sealed_address_that_is_none_is_refused_when_read() -> None:
    plain = bytes([2]) + bytes(16) + bytes(2)
    assert read_token(KEYS, KEYS.seal(plain + b"https://example.com/")) is not None
    assert read_token(KEYS, KEYS.seal(plain + b"javascript:alert(1)")) is None
    assert read_token(KEYS, KEYS.seal(plain + b"https://example.com/\xff")) is None
    assert read_token(KEYS, KEYS.seal(plain)) is None
    assert read_token(KEYS, KEYS.seal(bytes([4]) + bytes(16))) is None
    assert read_token(KEYS, KEYS.seal(bytes([3]) + bytes(17))) is None
    assert read_token(KEYS, KEYS.seal(bytes([1]) + bytes(17))) is None


def test_longest_address_makes_a_token_that_is_read() -> None:
    url = "https://example.com/" + "a" * (MAX_URL_BYTES - 20)
    token = make_click_token(KEYS, new_ref(), new_ref(), 65_535, url)
    assert len(token) <= MAX_TOKEN
    read = read_token(KEYS, token)
    assert isinstance(read, ClickToken)
    assert read.url == url


@pytest.mark.parametrize(("message", "recipient"), [("", "0" * 16), ("0" * 16, "0" * 15), ("G" * 16, "0" * 16)])
def test_refs_have_one_form(message: str, recipient: str) -> None:
    with pytest.raises(ValueError, match="16 hex"):
        make_open_token(KEYS, message, recipient)


def test_rotation_seals_with_the_newest_and_reads_all() -> None:
    old = make_open_token(KEYS, new_ref(), new_ref())
    rotated = KEYS.rotated()
    new = make_open_token(rotated, new_ref(), new_ref())
    assert read_token(rotated, old) is not None
    assert read_token(rotated, new) is not None
    assert read_token(KEYS, new) is None


def test_keys_survive_their_file_and_never_show_themselves() -> None:
    rotated = KEYS.rotated()
    again = TrackingKeys.from_json(rotated.to_json())
    assert read_token(again, make_open_token(rotated, new_ref(), new_ref())) is not None
    assert make_open_token(again, "0" * 16, "1" * 16) == make_open_token(rotated, "0" * 16, "1" * 16)
    assert "secret" not in repr(rotated)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"keys": []}', '{"keys": [{"id": 1, "secret": "AA==", "created": ""}]}', "[]"]
)
def test_broken_key_file_is_a_sentence(text: str) -> None:
    with pytest.raises(TrackingError, match="cannot be read"):
        TrackingKeys.from_json(text)
