"""“Did you mean gmail.com?”: mail domains that are one or two slips of the keyboard away from one that many people use (C2).
Used by the wizard and, by way of `detection`, the command line."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

# The mail domains of which slips are recognised; a test holds them against the table of mail services.
POPULAR = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com",
    "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de",
    "posteo.de", "mailbox.org", "fastmail.com", "zoho.com", "yandex.ru", "mail.ru", "orange.fr", "wanadoo.fr",
    "seznam.cz", "comcast.net", "qq.com", "163.com", "naver.com", "bluewin.ch",
)  # fmt: skip
# A short name is near to many others: only a name of this many letters may have two slips
_LONG = 5


def did_you_mean(address: str) -> str:
    """The address as it was probably meant; empty for one of a mail service that is known, and for one that is like none.
    Whether the domain exists makes no difference: domains like these are bought to catch such mail."""
    name, at, domain = address.strip().rpartition("@")
    domain = domain.rstrip(".").lower()
    if not at or not name or not domain or domain in _known_domains():
        return ""
    near = [(slips, place, popular) for place, popular in enumerate(POPULAR) if (slips := _slips(domain, popular))]
    return f"{name}@{min(near)[2]}" if near else ""


def _slips(domain: str, popular: str) -> int:
    """1 or 2 slips from the one to the other; 0 for another domain altogether. A wrong ending counts as one."""
    stem, _, ending = domain.partition(".")
    right_stem, _, right_ending = popular.partition(".")
    allowed = 2 if len(right_stem) >= _LONG else 1
    whole = _distance(domain, popular)
    if stem == right_stem and ending != right_ending and "." not in ending and len(right_stem) >= _LONG:
        whole = min(whole, 2)
    # in a short name, only letters that changed places, and a wrong ending: other names are one letter away
    if len(right_stem) < _LONG - 1 and stem != right_stem and sorted(stem) != sorted(right_stem):
        return 0
    return whole if 0 < whole <= allowed else 0


def _distance(one: str, other: str) -> int:
    """Optimal string alignment: letters left out, added, exchanged, or swapped with the next (Damerau 1964)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1]


@cache
def _known_domains() -> frozenset[str]:
    folder = files("resources") / "providers" / "mail"
    tables = (json.loads(e.read_text(encoding="utf-8")) for e in folder.iterdir() if e.name.endswith(".json"))
    return frozenset(str(d).lower() for table in tables for row in table["providers"] for d in row["domains"])
