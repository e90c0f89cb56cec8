"""Whose machines fetch pictures and look at links: the networks in resources/tracking/networks.json, each with the place
where it was learned. Used by the verdicts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib.resources import files

from app.domain.networks import Address, Ranges, range_of_network


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


def network_of(address: Address) -> KnownNetwork | None:
    return _networks().find(address)


@lru_cache(maxsize=1)
def _networks() -> Ranges[KnownNetwork]:
    raw = json.loads((files("resources") / "tracking" / "networks.json").read_text(encoding="utf-8"))
    return Ranges(
        (range_of_network(text), KnownNetwork(entry["owner"], NetworkRole(entry["role"])))
        for entry in raw["networks"]
        for text in entry["of"]
    )
