"""Client addresses: a proxy is believed only where it was named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import TrackingError
from app.tracking.server.addresses import ClientAddresses, network_of


def address(peer: str, *forwarded: bytes, trusted: tuple[str, ...] = ()) -> str:
    headers = [(b"x-forwarded-for", value) for value in forwarded]
    return ClientAddresses(trusted).of({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("192.0.2.1", [b"198.51.100.7"], [], "192.0.2.1"),
        ("192.0.2.1", [b"198.51.100.7"], ["10.0.0.0/8"], "192.0.2.1"),
        ("10.1.2.3", [b"198.51.100.7"], ["10.0.0.0/8"], "198.51.100.7"),
        # what a client itself wrote stands further left
        ("10.1.2.3", [b"1.1.1.1, 198.51.100.7, 10.9.9.9"], ["10.0.0.0/8"], "198.51.100.7"),
        ("10.1.2.3", [b"1.1.1.1", b"198.51.100.7"], ["10.1.2.3"], "198.51.100.7"),
        ("10.1.2.3", [b"1.1.1.1, <script>"], ["10.0.0.0/8"], "10.1.2.3"),
        ("10.1.2.3", [], ["10.0.0.0/8"], "10.1.2.3"),
        ("::ffff:192.0.2.1", [], [], "192.0.2.1"),
        ("::ffff:10.0.0.1", [b"[2001:DB8::1]:443"], ["10.0.0.0/8"], "2001:db8::1"),
        ("fe80::1%eth0", [], [], "fe80::1"),
        ("2001:db8::5", [b"192.0.2.9:55555"], ["2001:db8::/32"], "192.0.2.9"),
        ("testclient", [b"192.0.2.9"], ["10.0.0.0/8"], ""),
    ],
)
def test_address(peer: str, forwarded: list[bytes], trusted: list[str], expected: str) -> None:
    assert address(peer, *forwarded, trusted=tuple(trusted)) == expected


def test_without_a_peer_there_is_none() -> None:
    assert ClientAddresses().of({"type": "http", "client": None, "headers": []}) == ""


@given(st.binary(max_size=200))
def test_any_header_gives_an_address(value: bytes) -> None:
    assert address("10.1.2.3", value, trusted=("10.0.0.0/8",))


def test_a_proxy_that_is_no_address_is_a_sentence() -> None:
    with pytest.raises(TrackingError, match="network"):
        ClientAddresses(["proxy.example.com"])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("127.9.9.9", ""),
        ("::1", ""),
        ("::", ""),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_network_is_what_one_subscriber_has(address: str, network: str) -> None:
    assert network_of(address) == network
