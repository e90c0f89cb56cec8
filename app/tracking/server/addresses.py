"""Whose address a request came from. A proxy's word counts only where that proxy was named in the configuration."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from app.domain.errors import TrackingError

_MAX_HOPS = 20


class ClientAddresses:
    """`trusted`: addresses or networks (CIDR) of our own proxies; none by default."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        try:
            self._trusted = tuple(ipaddress.ip_network(network.strip(), strict=False) for network in trusted)
        except ValueError as error:
            raise TrackingError(f"A trusted proxy is given as an address or a network: {error}.") from error

    @property
    def has_proxies(self) -> bool:
        return bool(self._trusted)

    def of_peer(self, peer: str) -> str:
        """The canonical form of the address of whoever has connected."""
        return str(_address(peer) or "")

    def of(self, scope: Mapping[str, Any]) -> str:
        """The address in its canonical form, IPv4 where it is IPv4 in IPv6; empty when the server was told none. `scope`: of
        ASGI, or its `client` and `headers`. X-Forwarded-For is read from its end: the first address there that is no trusted
        proxy is the client."""
        client = scope.get("client")
        peer = _address(client[0]) if client else None
        if peer is None:
            return ""
        if self._trusted and self._is_proxy(peer):
            values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            hops = b",".join(values).decode("latin-1").rsplit(",", _MAX_HOPS)[-_MAX_HOPS:] if values else []
            for hop in reversed(hops):
                named = _address(hop)
                if named is None:
                    break
                peer = named
                if not self._is_proxy(peer):
                    break
        return str(peer)

    def disbelieves(self, scope: Mapping[str, Any]) -> bool:
        """Whether a proxy names another client, and is not one of ours."""
        client = scope.get("client")
        peer = _address(client[0]) if client else None
        named = any(name in (b"x-forwarded-for", b"forwarded", b"x-real-ip") for name, _ in scope["headers"])
        return named and (peer is None or not self._is_proxy(peer))

    def _is_proxy(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """By what two requests are known to come from the same place: an IPv4 address itself, of an IPv6 address the first
    64 bits, which is what one subscriber has. Empty for loopback, which says nothing, and for what is no address."""
    found = _address(address)
    if found is None or found.is_loopback or found.is_unspecified:
        return ""
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


@lru_cache(maxsize=4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:443
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address
