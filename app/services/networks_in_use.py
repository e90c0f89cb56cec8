"""The list of networks by which hits of a workspace are judged: the built-in one, or the one that was loaded for it. Used when
hits are judged, and by `network_lists`."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from app.domain.known_networks import NetworkList, built_in, read_list

if TYPE_CHECKING:
    from app.store import Store

SETTING = "_tracking.networks"  # empty: the built-in one


def networks_in_use(store: Store) -> NetworkList:
    return named_list(store)[1]


def named_list(store: Store) -> tuple[str, NetworkList]:
    """With the name of the file that was loaded; empty for the built-in one."""
    return _kept(str(store.settings.get(SETTING)))


def as_kept(name: str, text: str) -> str:
    """As the setting has it."""
    return json.dumps({"name": name, "text": text}) if text else ""


@lru_cache(maxsize=4)
def _kept(stored: str) -> tuple[str, NetworkList]:
    if not stored:
        return "", built_in()
    raw = json.loads(stored)
    return str(raw["name"]), read_list(str(raw["text"]))
