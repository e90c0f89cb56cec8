"""Whose machines fetch pictures and look at links: a list of networks, each with the place where it was learned. The
built-in one is resources/tracking/networks.json; a workspace may use another in its place. Used by the verdicts and by what
keeps that list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from app.domain.errors import UsageError
from app.domain.networks import Range, Ranges, range_of_network

LARGEST = 4_000_000  # bytes of a file
MOST = 50_000  # networks
WIDEST = {4: 1 << 24, 6: 1 << 101}  # addresses of one network: a /8 of IPv4, a /27 of IPv6
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
_OWNER = 100  # characters


class NetworkRole(Enum):
    """PRIVACY hides who asks; PROXY fetches pictures for a mail service; MAIL is a mail service's own; GATEWAY is mail
    security, from where nobody browses."""

    PRIVACY = "privacy"
    PROXY = "proxy"
    MAIL = "mail"
    GATEWAY = "gateway"


@dataclass(frozen=True)
class KnownNetwork:
    owner: str
    role: NetworkRole


@dataclass(frozen=True)
class NetworkList:
    """`date`: when it was read, as 2026-11 or 2026-11-22. `owners`, `networks`: how many."""

    date: str
    owners: int
    networks: int
    ranges: Ranges[KnownNetwork] = field(repr=False, compare=False)


@lru_cache(maxsize=1)
def built_in() -> NetworkList:
    return read_list((files("resources") / "tracking" / "networks.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def bots_date() -> str:
    """Of the list of bots by name (resources/tracking/bots.json)."""
    text = (files("resources") / "tracking" / "bots.json").read_text(encoding="utf-8")
    return str(json.loads(text)["date"])


@lru_cache(maxsize=4)
def read_list(text: str) -> NetworkList:
    """A JSON document: `date`, and `networks`, a list of `owner`, `role` and `of`, its networks in CIDR notation. Raises
    UsageError, which says what is wrong and where."""
    if len(text) > LARGEST:
        raise UsageError(f"The list is too large: at most {LARGEST // 1_000_000} MB.")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"This is no JSON: {error}.") from error
    if not isinstance(raw, Mapping) or not isinstance(raw.get("networks"), list):
        raise UsageError("The list lacks “networks”, a list of entries with owner, role and of.")
    date = raw.get("date")
    if not isinstance(date, str) or not _DATE.fullmatch(date):
        raise UsageError("The list lacks its “date”, such as 2026-11-22.")
    found: list[tuple[Range, KnownNetwork]] = []
    owners = set()
    for number, entry in enumerate(raw["networks"], 1):
        known, networks = _entry(entry, number)
        owners.add(known.owner)
        found += [(network, known) for network in networks]
        if len(found) > MOST:
            raise UsageError(f"The list has more than {MOST:,} networks.")
    if not found:
        raise UsageError("The list has no networks.")
    return NetworkList(date, len(owners), len(found), Ranges(found))


def _entry(entry: Any, number: int) -> tuple[KnownNetwork, list[Range]]:
    if not isinstance(entry, Mapping):
        raise UsageError(f"Entry {number} is no object with owner, role and of.")
    owner, role, of = entry.get("owner"), entry.get("role"), entry.get("of")
    if not isinstance(owner, str) or not 0 < len(owner.strip()) <= _OWNER or not owner.isprintable():
        raise UsageError(f"Entry {number} lacks its “owner”, a name of at most {_OWNER} characters.")
    roles = {r.value: r for r in NetworkRole}
    if not isinstance(role, str) or role not in roles:
        raise UsageError(f"Entry {number} ({owner}): “role” is one of {', '.join(roles)}, not {str(role)[:60]!r}.")
    if not isinstance(of, list) or not of:
        raise UsageError(f"Entry {number} ({owner}) lacks “of”, a list of networks such as 192.0.2.0/24.")
    networks = []
    for text in of:
        try:
            network = range_of_network(text) if isinstance(text, str) else None
        except ValueError:
            network = None
        if network is None:
            raise UsageError(f"Entry {number} ({owner}): {str(text)[:60]!r} is no network such as 192.0.2.0/24.")
        if network.last - network.first >= WIDEST[network.version]:
            raise UsageError(f"Entry {number} ({owner}): {text} is too wide to be anybody’s: at most /8, of IPv6 /27.")
        networks.append(network)
    return KnownNetwork(owner.strip(), roles[role]), networks
