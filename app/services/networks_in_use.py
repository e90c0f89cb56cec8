"""The list of networks by which hits of a workspace are judged: the built-in one, or the one that was loaded for it. Used when
hits are judged, and by `network_lists`."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.known_networks import NetworkList, built_in, read_list

if TYPE_CHECKING:
    from app.store import Store

MARK = "_tracking.networks_mark"  # SHA-256 of what SETTING has; empty: the built-in list
SETTING = "_tracking.networks"  # a list in place of the built-in one, with the name of its file, as JSON

_read: dict[
    str, tuple[str, NetworkList]
] = {}  # by mark; of a list of a megabyte the text is not to be read for each hit
_MOST = 4


def networks_in_use(store: Store) -> NetworkList:
    return named_list(store)[1]


def named_list(store: Store) -> tuple[str, NetworkList]:
    """With the name of the file that was loaded; empty for the built-in one."""
    mark = str(store.settings.get(MARK))
    if not mark:
        return "", built_in()
    found = _read.get(mark)
    if found is None:
        kept = str(store.settings.get(SETTING))
        if not kept:  # another process took it back in between
            return "", built_in()
        raw = json.loads(kept)
        found = str(raw["name"]), read_list(str(raw["text"]))
        if _mark(kept) != mark:  # or put another one
            return found
        if len(_read) >= _MOST:
            _read.clear()
        _read[mark] = found
    return found


def put_list(store: Store, name: str, text: str) -> bool:
    """Inside a transaction. Empty `text`: the built-in one. Whether it is another one than before."""
    kept = json.dumps({"name": name, "text": text}) if text else ""
    mark = _mark(kept) if text else ""
    if mark == store.settings.get(MARK):
        return False
    store.settings.put(SETTING, kept)
    store.settings.put(MARK, mark)
    return True


def _mark(kept: str) -> str:
    return sha256(kept.encode()).hexdigest()
