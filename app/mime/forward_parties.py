"""People in a copied header, as mail programs write them for people to read. Used by `forward_block`."""

from __future__ import annotations

import re

from app.domain.addresses import Address, plain_spec
from app.mime.addresses import parse_address_list
from app.mime.encoded_words import decode_words

MAX_VALUE = 200_000  # characters of one field
MAX_PARTIES = 2_000
_SPEC = r"[^\s<>()\[\]{},;:\"'“”«»]{1,120}@[^\s<>()\[\]{},;:\"'“”«»]{1,250}"
# The same address once more, as a link: “anna@example.com<mailto:anna@example.com>”.
_LINK_BEHIND = re.compile(rf"({_SPEC})\s{{0,3}}[<\[(]\s?(?:mailto:|smtp:)?\s?({_SPEC})\s?[>\])]", re.IGNORECASE)
_LINK = re.compile(rf"[<\[(]\s?(?:mailto|smtp):\s?({_SPEC})\s?(?:\?[^\s<>\])]{{0,300}})?[>\])]", re.IGNORECASE)
_BRACKETED = re.compile(rf"[\[(]\s?({_SPEC})\s?[\])]")
_DOUBLED = re.compile(r"<\s?<([^<>]{1,300})>\s?>")
_BEHALF = re.compile(r"(?:\s|(?<=[>\])]))(?:on behalf of|im auftrag von|pour le compte de|en nombre de|em nome de|per conto di|namens|w imieniu|för|på vegne af|på vegne av)\s", re.IGNORECASE)  # fmt: skip  # noqa: E501
_WRAPPED = re.compile(r"^(?:\*{1,2}|_{1,2})(.+?)(?:\*{1,2}|_{1,2})$")
_ANY_SPEC = re.compile(_SPEC)
_FRAMED_SPEC = re.compile(rf"<\s?{_SPEC}\s?>")


def parties(value: str) -> tuple[Address, ...]:
    """All people of a copied To or Cc. One of whom only the name is written has an empty `addr_spec`. Separated by semicolons
    (Outlook, whose names may have commas) or by commas. Never raises."""
    text = _plain(value[:MAX_VALUE])
    pieces = _split(text, ";")
    if len(pieces) == 1 and "@" not in text:
        pieces = _split(text, ",") if text.count(",") > 1 else pieces
        return tuple(a for piece in pieces[:MAX_PARTIES] if (a := _named(piece)))
    found: list[Address] = []
    for piece in pieces:
        if len(found) >= MAX_PARTIES:
            break
        if "@" not in piece:
            named = _named(piece)
            found += [named] if named else []
            continue
        found += [_tidy(a) for a in parse_address_list(piece) if a.addr_spec]
    return tuple(a for a in found[:MAX_PARTIES] if a.addr_spec or a.display_name)


def party(value: str) -> Address:
    """The one person of a copied From; commas belong to the name. An empty `addr_spec` where only a name is written. Of
    “Sender <…> on behalf of From <…>”, as Outlook shows both headers, it is the second where that has an address."""
    text = _plain(value[:2_000])
    behalf = _BEHALF.search(text)
    if behalf and "@" in text[: behalf.start()]:
        text = text[behalf.end() :] if _ANY_SPEC.search(text, behalf.end()) else text[: behalf.start()]
    text = text.rstrip("; ")
    framed = _FRAMED_SPEC.search(text)  # the name in front of it may be an address, too, and even another one
    spec = _ANY_SPEC.search(text, framed.start() if framed else 0)
    if spec is None:
        return _named(text) or Address("")
    angle = text.rfind("<", 0, spec.start())
    before = text[: angle if angle >= 0 else spec.start()]
    after = text[spec.end() :].lstrip(">])} \t")
    name = _name(before) or ("" if "@" in after else _name(after))
    return _tidy(Address(spec.group().strip(".,"), name))


def _plain(value: str) -> str:
    text = " ".join(value.split())
    if "mailto:" in text.lower() or "smtp:" in text.lower():
        text = _LINK_BEHIND.sub(_once, text)
        text = _LINK.sub(r"<\1>", text)
    else:
        text = _LINK_BEHIND.sub(_once, text)
    text = _DOUBLED.sub(r"<\1>", text)
    text = _BRACKETED.sub(r"<\1>", text)
    text = text.replace("＜", "<").replace("＞", ">").replace("，", ",").replace("；", ";").replace("、", ",")
    return text.replace("&lt;", "<").replace("&gt;", ">").strip()


def _once(found: re.Match[str]) -> str:
    """An address that stands twice, once; where both differ, the first is the name of the second."""
    first, second = found.group(1), found.group(2)
    once = first if first.casefold() == second.casefold() else f"{first} <{second}>"
    return f"{once} " if found.string[found.end() : found.end() + 1].isalnum() else once


def _split(text: str, mark: str) -> list[str]:
    """Pieces between marks outside of double quotes and angle brackets."""
    if mark not in text:
        return [text]
    pieces: list[str] = []
    start, quoted, angled = 0, False, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter in "<>" and not quoted:
            angled = letter == "<"
        elif letter == mark and not quoted and not angled:
            pieces.append(text[start:at])
            start = at + 1
    pieces.append(text[start:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _named(text: str) -> Address | None:
    name = _name(text)
    return Address("", name) if name and not name.casefold().startswith("undisclosed") else None


def _name(text: str) -> str:
    name = _unframed(text.strip()).strip(" ,;:").strip()
    wrapped = _WRAPPED.match(name)
    if wrapped:
        name = wrapped.group(1).strip()
    name = name.strip("*").strip()
    for opening, closing in (
        ('"', '"'),
        ("'", "'"),
        ("“", "”"),
        ("„", "”"),
        ("„", "“"),
        ("«", "»"),
        ("‘", "’"),
        ("「", "」"),
        ("(", ")"),
    ):
        if len(name) > 1 and name.startswith(opening) and name.endswith(closing):
            name = name[1:-1].strip()
    name = name.replace('\\"', '"').strip()
    return decode_words(name) if name.startswith("=?") else name


def _unframed(text: str) -> str:
    """Without angle brackets around it, and without halves of them at its ends; those of a name, as in `<b>Bo</b>`, stay."""
    text = text.lstrip("> ").rstrip("< ")
    if text.startswith("<") and ("<" not in text[1:] and text.find(">") in (-1, len(text) - 1)):
        text = text[1:]
    return text[:-1] if text.endswith(">") and "<" not in text else text


def _tidy(address: Address) -> Address:
    name = _name(address.display_name)
    spec = plain_spec(address.addr_spec.strip(" .,;<>[]()*'\"").removeprefix("mailto:"))
    if "@" not in spec:
        return Address("", name or spec)
    same = name.casefold() == spec.casefold()
    return Address(spec, "" if same else name)
