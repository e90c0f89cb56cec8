"""Addresses and ranges of the internet, IPv4 and IPv6 alike: read, compared, looked up fast. Used by the verdicts, the blocked
addresses and the tracking server's own programs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Generic, TypeVar

Address = IPv4Address | IPv6Address
T = TypeVar("T")


@lru_cache(maxsize=4096)
def address_of(text: str) -> Address | None:
    """None for what is no address. An IPv4 address that is written as IPv6 (RFC 4291 2.5.5.2) is the IPv4 one; the name of an
    interface (RFC 4007) is left off."""
    try:
        address = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@dataclass(frozen=True, order=True)
class Range:
    """`first` and `last` belong to it; as numbers, of version 4 or 6."""

    version: int
    first: int
    last: int

    def holds(self, address: Address) -> bool:
        return self.version == address.version and self.first <= int(address) <= self.last


def range_of_network(text: str) -> Range:
    """Raises ValueError for what is no network in CIDR notation."""
    network = ip_network(text, strict=False)
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


def near_range(address: Address) -> Range:
    """What one household or office is likely to ask from: the IPv4 address itself, the /64 of an IPv6 address (RFC 6177)."""
    return _masked(address, 32 if address.version == 4 else 64)


def near_network(address: Address) -> str:
    """The same, as it is written."""
    return str(ip_network(f"{address}/{32 if address.version == 4 else 64}", strict=False))


def same_site(address: Address) -> Range:
    """What one data centre is likely to ask from: /24 of IPv4, /48 of IPv6."""
    return _masked(address, 24 if address.version == 4 else 48)


def _masked(address: Address, prefix: int) -> Range:
    free = address.max_prefixlen - prefix
    first = int(address) >> free << free
    return Range(address.version, first, first + (1 << free) - 1)


def is_local(address: Address) -> bool:
    """Loopback, private, link-local: no gateway on the internet asks from there (RFC 1918, 4193, 3927). Addresses for
    documentation (RFC 5737) and what else is not global are not meant."""
    return address.is_loopback or address.is_link_local or any(r.holds(address) for r in _PRIVATE)


_PRIVATE = tuple(map(range_of_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


class Ranges(Generic[T]):
    """Finds what belongs to the range that holds an address; of several that do, the narrowest, then the first given. Looking
    up takes a search by halves, whatever the number of ranges."""

    def __init__(self, ranges: Iterable[tuple[Range, T]]) -> None:
        self._cuts: dict[int, tuple[list[int], list[T | None]]] = {}
        given = list(ranges)
        for version in (4, 6):
            of_version = [(r, value) for r, value in given if r.version == version]
            of_version.sort(key=lambda pair: pair[0].last - pair[0].first)  # stable: the first given wins
            starts, values = [0], [None]  # type: tuple[list[int], list[T | None]]
            for first, last, value in _flat([(r.first, r.last, value) for r, value in of_version]):
                starts += [first, last + 1]
                values += [value, None]
            self._cuts[version] = (starts, values)

    def find(self, address: Address) -> T | None:
        starts, values = self._cuts[address.version]
        return values[bisect_right(starts, int(address)) - 1]


def _flat(ranges: list[tuple[int, int, T]]) -> list[tuple[int, int, T]]:
    """Ranges beside each other, ascending; where some overlap, the one that comes first in the list counts."""
    cuts = sorted({cut for first, last, _ in ranges for cut in (first, last + 1)})
    owner: dict[int, T] = {}
    for first, last, value in reversed(ranges):
        for index in range(_at(cuts, first), _at(cuts, last + 1)):
            owner[index] = value
    return [(cuts[index], cuts[index + 1] - 1, owner[index]) for index in sorted(owner)]


def _at(cuts: list[int], number: int) -> int:
    return bisect_right(cuts, number) - 1
