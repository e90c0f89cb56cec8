"""The cells of a row as the values of a record, by the choice of columns. Pure; used by `import_table`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.domain.records import PHONE_KINDS
from app.interchange.table import Row
from app.services.imported_people import Person

_SEVERAL = re.compile(r"\s*(?:;|,|\n|:::|\|)\s*")
_MADE_BY = re.compile(r"[a-z_]{1,20}")
_LABELS = (("mob", "mobile"), ("cell", "mobile"), ("fax", "fax"), ("home", "home"), ("hem", "home"), ("privat", "home"),
           ("work", "work"), ("arbe", "work"), ("jobb", "work"), ("main", "work"), ("other", "other"))  # fmt: skip
_OF_COLUMN = {
    "phone": "work",
    "phone_mobile": "mobile",
    "phone_home": "home",
    "phone_fax": "fax",
    "phone_other": "other",
}


def row_values(row: Row, mapping: Sequence[str]) -> dict[str, list[str]]:
    """Field → what the columns that fill it hold, without empty ones."""
    found: dict[str, list[str]] = {}
    for key, cell in zip(mapping, row.cells, strict=False):
        if key and cell:
            found.setdefault(key, []).append(cell)
    return found


def person_of(row: Row, mapping: Sequence[str]) -> Person:
    values = row_values(row, mapping)

    def one(key: str) -> str:
        return values.get(key, [""])[0]

    parts = [one(k) for k in ("prefix", "first_name", "middle_name", "last_name", "suffix")]
    addresses = [plain_address(a) for key in ("email", "emails") for cell in values.get(key, ()) for a in several(cell)]
    return Person(
        line=row.line,
        name=one("name") or " ".join(part for part in parts if part),
        addresses=tuple(dict.fromkeys(a for a in addresses if a)),
        title=one("title"),
        postal_address=postal_address(values),
        phones=tuple(_phones(row, mapping, values)),
        companies=tuple(c for cell in values.get("company", ()) for c in re.split(r"\s*(?:\n|:::)\s*", cell)),
        owner=plain_address(one("owner")),
        created_by=one("created_by") if _MADE_BY.fullmatch(one("created_by")) else "",
        record=one("record_id"),
        removed=one("removed") == "yes",
        cells=row.cells,
    )


def several(cell: str) -> list[str]:
    """What one cell holds more than one of: parted by semicolon, comma, line break, or Google's “ ::: ”."""
    return [part for part in _SEVERAL.split(cell) if part]


def plain_address(text: str) -> str:
    """The address in “Ada Berg <ada@example.com>”."""
    found = re.search(r"<([^<>]*@[^<>]*)>", text)
    return re.sub(r"^mailto:", "", (found[1] if found else text).strip(), flags=re.IGNORECASE)


def postal_address(values: dict[str, list[str]]) -> str:
    """Whole, or of its parts: a line each, city and code on one."""
    if whole := values.get("postal_address"):
        return whole[0]
    one = {key: found[0] for key, found in values.items()}
    town = " ".join(one[k] for k in ("postal_code", "city") if k in one)
    lines = [one.get("street", ""), one.get("street2", ""), town, one.get("region", ""), one.get("country", "")]
    return "\n".join(line for line in lines if line)


def _phones(row: Row, mapping: Sequence[str], values: dict[str, list[str]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    label = ""
    for key, cell in zip(mapping, row.cells, strict=False):
        if key == "phone_label":
            label = cell
        elif key == "phone_labelled" and cell:
            kind = next((kind for word, kind in _LABELS if word in label.casefold()), "work")
            found += [(number, kind) for number in re.split(r"\s*:::\s*", cell) if number]
        elif key in _OF_COLUMN and cell:
            found += [(number, _OF_COLUMN[key]) for number in re.split(r"\s*(?:;|\n|:::)\s*", cell) if number]
    for cell in values.get("phones", ()):
        for part in re.split(r"\s*[;\n]\s*", cell):
            kind, colon, number = part.partition(":")
            if part:
                found.append((number.strip(), kind) if colon and kind in PHONE_KINDS else (part, "work"))
    return found
