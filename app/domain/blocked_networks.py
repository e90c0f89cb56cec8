"""Addresses from which opens and clicks are kept but never told (T4, S3): single ones, networks, ranges, IPv4 and IPv6. Used by
the verdicts, the settings dialog and the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range
from typing import TYPE_CHECKING

from app.domain.errors import UsageError
from app.domain.networks import Address, Range, Ranges, address_of, range_of_network

if TYPE_CHECKING:
    from app.domain.events import Verdict

_FORMS = "an address, a network such as 192.0.2.0/24 or 2001:db8::/64, or a range such as 192.0.2.10-192.0.2.20"
WIDEST = {4: 1 << 24, 6: 1 << 116}  # addresses: a /8 of IPv4, a /12 of IPv6; what the largest organisations have
_DASH = re.compile(r"\s*[-–—]\s*")
_SEPARATORS = re.compile(r"[\n\r,;]+")


@dataclass(frozen=True)
class BlockedNetwork:
    """`text`: as it is shown and kept, always in the same form; two that mean the same have the same one."""

    text: str
    range: Range
    note: str = ""
    added_at: datetime | None = None


@dataclass(frozen=True)
class BlockedTrial:
    """What blocking these entries, and no others, would change in the past. `changes`: (now, then) → number of opens and
    clicks. `looked_at`: all that have an address still."""

    changes: dict[tuple[Verdict, Verdict], int]
    looked_at: int

    @property
    def changed(self) -> int:
        return sum(self.changes.values())


def read_blocked(text: str, note: str = "") -> BlockedNetwork:
    """Raises UsageError, with a sentence to stand beside the field, for what is none, and for the whole internet."""
    given = text.strip()
    if "/" in given:
        return _network(given, note)
    single = address_of(given)
    if single is not None:
        return BlockedNetwork(str(single), Range(single.version, int(single), int(single)), note)
    ends = _DASH.split(given)
    if len(ends) == 2:
        return _range(given, ends[0], ends[1], note)
    raise UsageError(f"“{_short(given)}” is not {_FORMS}.")


def enter_blocked(text: str, note: str = "") -> BlockedNetwork:
    """As `read_blocked`, for what somebody adds: also what is wider than anybody's network is refused. What is kept already is
    read whatever its width."""
    read = read_blocked(text, note)
    if read.range.last - read.range.first >= WIDEST[read.range.version]:
        raise UsageError(
            f"“{_short(text.strip())}” is wider than anybody’s network: it would silence a large part of the internet. At most "
            f"{'a /8' if read.range.version == 4 else 'a /12 of IPv6'} at a time."
        )
    return read


def read_many(text: str) -> tuple[tuple[BlockedNetwork, ...], tuple[tuple[str, str], ...]]:
    """What was pasted: one on each line, or with commas or semicolons between them; what follows # is its note. Returns the
    entries, each once, and (what was written, why it is none)."""
    found: dict[str, BlockedNetwork] = {}
    faults = []
    for line in text.splitlines():
        entries, _, note = line.partition("#")
        for one in filter(str.strip, _SEPARATORS.split(entries)):
            try:
                read = enter_blocked(one, note.strip())
            except UsageError as error:
                faults.append((one.strip(), str(error)))
            else:
                found.setdefault(read.text, read)
    return tuple(found.values()), tuple(faults)


def blocked_set(entries: Iterable[BlockedNetwork]) -> Ranges[BlockedNetwork]:
    return Ranges((entry.range, entry) for entry in entries)


def _network(given: str, note: str) -> BlockedNetwork:
    try:
        network = ip_network(given, strict=False)
    except ValueError:
        raise UsageError(_no_network(given)) from None
    if network.version == 6 and network.prefixlen >= 96 and (mapped := network.network_address.ipv4_mapped):
        network = ip_network(f"{mapped}/{network.prefixlen - 96}", strict=False)
    if network.prefixlen == 0:
        raise UsageError(f"“{_short(given)}” is the whole internet: nobody’s opens would be told any more.")
    if network.prefixlen == network.max_prefixlen:
        return read_blocked(str(network.network_address), note)
    return BlockedNetwork(str(network), range_of_network(str(network)), note)


def _no_network(given: str) -> str:
    """Why there is no network, where it is only its length."""
    begin, _, length = given.partition("/")
    address = address_of(begin)
    if address is None or not (length.isascii() and length.isdigit()):
        return f"“{_short(given)}” is not {_FORMS}."
    return (
        f"An IPv{address.version} network ends in /1 to /{address.max_prefixlen}. For one address, leave the slash out."
    )


def _range(given: str, low: str, high: str, note: str) -> BlockedNetwork:
    first, last = address_of(low), address_of(high)
    if first is None or last is None:
        raise UsageError(f"“{_short(given)}” is not {_FORMS}.")
    if first.version != last.version:
        raise UsageError(f"“{_short(given)}” begins with IPv{first.version} and ends with IPv{last.version}.")
    if int(first) > int(last):
        raise UsageError(f"“{_short(given)}” ends before it begins.")
    networks = list(_summary(first, last))
    if len(networks) == 1:  # it is one address or one network: that is how it is kept
        return read_blocked(networks[0], note)
    return BlockedNetwork(f"{first}-{last}", Range(first.version, int(first), int(last)), note)


def _summary(first: Address, last: Address) -> Iterable[str]:
    if isinstance(first, IPv4Address) and isinstance(last, IPv4Address):
        return (str(network) for network in summarize_address_range(first, last))
    assert isinstance(first, IPv6Address) and isinstance(last, IPv6Address)  # of one version
    return (str(network) for network in summarize_address_range(first, last))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
