"""What a program says of itself in its User-Agent: bots by a list that others keep (resources/tracking/bots.json), scanners,
picture proxies and prefetchers by our own (agents.json). Used by the verdicts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

LONGEST = 500  # characters that are looked at


@dataclass(frozen=True)
class PictureFetcher:
    """`key`: google, yahoo or apple. `early`: fetches before anybody reads."""

    key: str
    owner: str
    early: bool


@lru_cache(maxsize=4096)
def machine_named(agent: str) -> str | None:
    """What kind of machine it says it is, as words: “a bot”, “Proofpoint”; None where it does not."""
    known = _agents()
    said = agent[:LONGEST]
    for name, pattern in known.scanners:
        if pattern.search(said):
            return name
    return "a known bot" if known.bots.search(said) else None


@lru_cache(maxsize=4096)
def picture_fetcher(agent: str) -> PictureFetcher | None:
    """The service that fetches pictures under this name, for a person or ahead of one."""
    known = _agents()
    said = agent[:LONGEST].strip()
    if said in known.prefetch:
        return known.prefetch[said]
    return next((fetcher for pattern, fetcher in known.proxies if pattern.search(said)), None)


def is_office(agent: str) -> bool:
    """Microsoft Office and Outlook themselves, which show pictures to a person but leave links to the browser."""
    return bool(_agents().office.search(agent[:LONGEST]))


@lru_cache(maxsize=4096)
def runs_on_apple(agent: str) -> bool:
    """Whether a program of this name can run on Apple's systems: it names one of them, or none at all."""
    said = agent[:LONGEST]
    return bool(_APPLE.search(said)) or not _OTHERS.search(said)


_APPLE = re.compile(r"Macintosh|Mac OS X|iPhone|iPad|iPod|Darwin|CFNetwork|MacOutlook", re.IGNORECASE)
_OTHERS = re.compile(r"Windows|Linux|X11|Android|Dalvik|CrOS|BSD", re.IGNORECASE)


@dataclass(frozen=True)
class _Agents:
    bots: re.Pattern[str]
    scanners: tuple[tuple[str, re.Pattern[str]], ...]
    office: re.Pattern[str]
    proxies: tuple[tuple[re.Pattern[str], PictureFetcher], ...]
    prefetch: dict[str, PictureFetcher]


@lru_cache(maxsize=1)
def _agents() -> _Agents:
    own, bots = _read("agents.json"), _read("bots.json")
    return _Agents(
        bots=re.compile("|".join(f"(?:{entry['pattern']})" for entry in bots["patterns"])),
        scanners=tuple((entry["name"], re.compile(entry["pattern"], re.IGNORECASE)) for entry in own["scanners"]),
        office=re.compile(own["office"]["pattern"], re.IGNORECASE),
        proxies=tuple(
            (re.compile(entry["pattern"], re.IGNORECASE), PictureFetcher(entry["key"], entry["owner"], early=False))
            for entry in own["picture_proxies"]
        ),
        prefetch={e["agent"]: PictureFetcher(e["key"], e["owner"], early=True) for e in own["prefetch"]},
    )


def _read(name: str) -> Any:
    return json.loads((files("resources") / "tracking" / name).read_text(encoding="utf-8"))
