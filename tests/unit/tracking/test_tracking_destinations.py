"""Destinations: what may be tracked, and how it is written in a Location header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.destinations import ascii_location, destination_of, is_destination


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://example.com", "https://example.com"),
        ("  HTTP://Example.com/A b \n", "HTTP://Example.com/A b"),
        ("https://exam\nple.com/a\tb", "https://example.com/ab"),  # a browser drops these too
        ("https://anna:secret@example.com:8443/x?y=1#z", "https://anna:secret@example.com:8443/x?y=1#z"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("mailto:a@example.com", None),
        ("tel:+461234", None),
        ("#top", None),
        ("/relative", None),
        ("cid:part@example.com", None),
        ("https:/example.com", None),
        ("https://example.com/\x01a", None),
        ("", None),
    ],
)
def test_destination_of_an_attribute(href: str, url: str | None) -> None:
    assert destination_of(href) == url


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://example.com/a%20b?x=%C3%A4&y=1#f", b"https://example.com/a%20b?x=%C3%A4&y=1#f"),
        ("https://example.com/ä b", b"https://example.com/%C3%A4%20b"),
        ("https://bücher.example.com:8080/ü?ö=1", b"https://xn--bcher-kva.example.com:8080/%C3%BC?%C3%B6=1"),
        ("https://example.com/?q=ä%20+&a=b", b"https://example.com/?q=%C3%A4%20+&a=b"),
        ('https://example.com/"<x>"', b"https://example.com/%22%3Cx%3E%22"),
    ],
)
def test_location_header(url: str, header: bytes) -> None:
    assert ascii_location(url) == header


@given(st.text())
def test_no_location_can_break_out_of_its_header(rest: str) -> None:
    url = f"https://example.com/{rest}"
    if is_destination(url):
        header = ascii_location(url)
        assert header.startswith(b"https://example.com/")
        assert all(0x20 < byte < 0x7F for byte in header)


@given(st.text(min_size=1))
def test_any_host_is_either_refused_or_harmless(host: str) -> None:
    url = f"https://{host}/"
    if is_destination(url):
        assert all(0x20 < byte < 0x7F for byte in ascii_location(url))
