"""Which column of a table fills which field: by the names that HubSpot, Google, Outlook and Hitchpost itself write, in
several languages (data in `resources/transfer/columns.json`). Used by the import of tables, and by the screen that shows the
choice."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from app.domain.errors import UsageError
from app.domain.record_words import folded
from app.domain.transfer import ImportKind

_SEPARATORS = re.compile(r"[^a-z0-9]+")
# Several columns may fill one of these, and all of them count.
SEVERAL = frozenset({"email", "emails", "company", "phone", "phone_mobile", "phone_home", "phone_fax", "phone_other",
                     "domain", "contacts", "aliases", "phone_labelled", "phones"})  # fmt: skip


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, dict[str, list[str]]]]:
    text = files("resources").joinpath("transfer/columns.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, list[str]]]] = json.loads(text)
    return found


def field_names(kind: ImportKind) -> dict[str, str]:
    """Field → what it is called for people, in the order in which they are offered."""
    return {key: about["title"][0] for key, about in _data()[kind.value].items()}


@lru_cache(maxsize=8)
def _known(kind: ImportKind) -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    exact: dict[str, str] = {}
    patterns = []
    for key, about in _data()[kind.value].items():
        for name in (*about["title"], *about["names"]):
            exact.setdefault(plain_name(name), key)
        patterns += [(re.compile(p), key) for p in about.get("patterns", [])]
    return exact, tuple(patterns)


def plain_name(header: str) -> str:
    """A column's name as it is compared."""
    return _SEPARATORS.sub(" ", folded(header)).strip()[:100]


def recognised(kind: ImportKind, header: Sequence[str]) -> tuple[str, ...]:
    """The field of each column, "" for none. A field that holds one value is filled by the first column that is it."""
    exact, patterns = _known(kind)
    names = [plain_name(name) for name in header]
    taken: set[str] = set()
    mapping = []
    for name in names:
        key = exact.get(name, "") or next((k for pattern, k in patterns if pattern.fullmatch(name)), "")
        if name == "title" and kind is ImportKind.CONTACTS and any(n in ("job title", "nickname") for n in names):
            key = "prefix"  # Outlook's "Title" is Mr or Dr
        if key in taken and key not in SEVERAL:
            key = ""
        taken.add(key)
        mapping.append(key)
    return tuple(mapping)


def looks_like_header(kind: ImportKind, row: Sequence[str]) -> bool:
    """Whether a first row names columns. One that holds an address holds data."""
    return any(recognised(kind, row)) or not any("@" in cell for cell in row)


def checked_mapping(kind: ImportKind, mapping: Sequence[str], width: int) -> tuple[str, ...]:
    """What a person chose. Raises UsageError for an unknown field, and for one value in two columns."""
    known = _data()[kind.value]
    for key in mapping:
        if key and key not in known:
            raise UsageError(f"There is no field {key!r}. Fields: {', '.join(known)}.")
        if key and key not in SEVERAL and list(mapping).count(key) > 1:
            raise UsageError(f"Two columns are to fill “{field_names(kind)[key]}”. Choose one of them.")
    return tuple(mapping[:width]) + ("",) * (width - len(mapping))
