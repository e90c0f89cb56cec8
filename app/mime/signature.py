"""A message's text parted from the signature below it. Used by `inspect signature` and, with `signature_contact`, to fill in a
contact.

In this order: the line of two dashes (RFC 3676 4.3); a closing (“Best regards,”), which belongs to the signature; the last
block, where it begins with the sender's name or is made of lines as signatures have them; a line that a phone or a program adds
(“Sent from my iPhone”). Works by lines; what is quoted is left out first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from app.domain.addresses import Address
from app.mime.forward_words import folded
from app.mime.quoting import split_reply
from app.mime.word_lists import word_list, words_of

MAX_TEXT = 200_000  # characters; the end of a longer text is not looked for
MAX_SIGNATURE = 30  # lines
_LOOKED_BACK = 45
_DASHES = re.compile(r"\s?(?:--|—|––|__+|-- ?-+|={3,}|\*{3,}|~{3,}|-{3,})\s*")
_CONTACTED = re.compile(
    r"https?://|www\.|[^\s@]{1,64}@[^\s@]{3,255}|\+?\d[\d ()./-]{6,20}\d|"
    r"\b[a-z0-9-]{2,60}\.(?:com|net|org|io|se|de|no|dk|pl|fi|eu|co\.uk)\b",
    re.IGNORECASE,
)
_BULLETS = ("-", "–", "—", "*", "•")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？]\s*$")


@dataclass(frozen=True)
class Split:
    """`body` without the signature and without what is quoted; `signature` as written, with its closing; `how`: by what it was
    found ("dashes", "device", "closing", "dashed", "block"), empty where there is none."""

    body: str
    signature: str
    how: str


@cache
def _closings() -> tuple[frozenset[str], tuple[str, ...]]:
    listed = words_of(word_list("signatures")["closings"])
    return frozenset(folded(word) for word in listed), tuple(folded(word) for word in listed if len(word) > 2)


@cache
def _devices() -> tuple[str, ...]:
    return tuple(folded(word) for word in word_list("signatures")["devices"])


def split_signature(text: str, sender: Address | None = None) -> Split:
    """`text` of one message, with or without what it quotes. `sender` helps to find a signature without a mark. Never
    raises; linear."""
    visible, _ = split_reply(text[:MAX_TEXT])
    lines = visible.replace("\r", "").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    floor = max(0, len(lines) - _LOOKED_BACK)
    for how, find in (
        ("dashes", _by_dashes),
        ("closing", _by_closing),
        ("dashed", _by_dashed_name),
        ("block", _by_block),
        ("device", _by_device),
    ):
        at = find(lines, floor, sender)
        if at is not None:
            mark = 1 if how == "dashes" else 0
            return Split(_joined(lines[:at]), _joined(lines[at + mark :]), how)
    return Split(_joined(lines), "", "")


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _by_dashes(lines: list[str], floor: int, sender: Address | None) -> int | None:
    """The last line of dashes with something below it. Other rules than “-- ” count where what follows is short."""
    for at in range(len(lines) - 2, floor - 1, -1):
        line = lines[at]
        if line in ("-- ", "--", "—", "– ") or line.rstrip() == "--":
            return at
        if _DASHES.fullmatch(line[:100]) and at and len(lines) - at <= 15:
            below = [text for text in lines[at + 1 :] if text.strip()]
            if _looks_signed(below, sender) or (len(below) == 1 and _ONE_NAME.fullmatch(below[0].strip())):
                return at
    return None


_ONE_NAME = re.compile(r"[^\W\d_][\w.'’]{0,30}(?: [^\W\d_][\w.'’]{0,30}){0,2}")
_DASHED_NAME = re.compile(rf"\s?[-–—]{{1,2}}\s?{_ONE_NAME.pattern}[.!]?\s*")


def _by_dashed_name(lines: list[str], floor: int, sender: Address | None) -> int | None:
    """ "-Anna" as the last line, or above what a phone adds; in a list every line begins like that, and then it is none."""
    end = len(lines)
    device = _by_device(lines, floor, sender)
    if device is not None:
        end = device
    while end > 0 and not lines[end - 1].strip():
        end -= 1
    if end < 2 or end - 1 < floor or not _DASHED_NAME.fullmatch(lines[end - 1][:120]):
        return None
    listed = sum(1 for line in lines[:end] if line.lstrip()[:1] in _BULLETS)
    return end - 1 if listed == 1 else None


def _by_device(lines: list[str], floor: int, sender: Address | None) -> int | None:
    """The first of the lines that a phone or a program adds, within the last four."""
    found = None
    for at in range(len(lines) - 1, max(floor, len(lines) - 4) - 1, -1):
        if folded(lines[at][:120]).replace("’", "'").startswith(_devices()):
            found = at
    return found


def closing_of(line: str) -> bool:
    """Whether a line is a closing, alone or with a comma and the name behind it."""
    if len(line) > 90 or not line.strip():
        return False
    whole, beginnings = _closings()
    said = folded(line.strip(" \t*_-–/")).rstrip("!.,;:。， ")
    if said in whole:
        return True
    front, comma, behind = said.partition(",")
    if comma and front.strip() in whole:
        return len(behind.split()) <= 4 and (not behind.strip() or _named(line.strip(), behind))
    if said.startswith(beginnings) and len(said.split()) <= 8:
        longest = next(word for word in beginnings if said.startswith(word))
        rest = said[len(longest) :]
        return (
            bool(rest[:1] in (" ", "/", "|", "-"))
            and len(rest.split()) <= 3
            and line.strip()[-1:] not in "?.!"
            and _named(line, rest)
        )
    return False


def _named(line: str, rest: str) -> bool:
    """Whether what follows a closing on its line is written as a name."""
    words = line.split()[-len(rest.split()) :]
    return all(word[:1].isupper() or not word[:1].isalpha() or word[:1].lower() == word[:1].upper() for word in words)


def _by_closing(lines: list[str], floor: int, sender: Address | None) -> int | None:
    """The first closing of the text's end behind which only a signature follows."""
    for at in range(max(floor, 0), len(lines)):
        if not closing_of(lines[at]):
            continue
        below = [line for line in lines[at + 1 :] if line.strip()]
        if len(below) > MAX_SIGNATURE:
            continue
        if at == 0 and (not below or len(lines[0].rstrip(",.! ").split()) > 3):
            continue  # “Thanks!” is the message, and “Thank you Anna,” its beginning
        long = sum(1 for line in below if len(line) > 90 and not _CONTACTED.search(line))
        if below and (long > 2 or (len(below[0]) > 70 and not _CONTACTED.search(below[0]))):
            continue
        if below and _is_prose(below) and not _looks_signed(below, sender):
            continue
        return at
    return None


def _is_prose(lines: list[str]) -> bool:
    sentences = sum(1 for line in lines if len(line.split()) > 5 and _ENDS_SENTENCE.search(line))
    return sentences > 0 and not any(_CONTACTED.search(line) for line in lines)


def is_name_of(line: str, sender: Address | None) -> bool:
    """Whether a line is the sender's name, in whole or the first name alone, or what the address is made of."""
    said = folded(line.strip(" \t*_-–/,"))
    if not said or len(said) > 60 or sender is None:
        return False
    name = folded(sender.display_name)
    if "," in name:
        last, _, first = name.partition(",")
        name = f"{first.strip()} {last.strip()}"
    words = name.split()
    if words and (
        said == name or said == words[0] or (len(words) > 1 and said.startswith(name) and len(said) < len(name) + 30)
    ):
        return True
    local = [part for part in re.split(r"[._+\-\d]+", folded(sender.addr_spec.partition("@")[0])) if len(part) > 1]
    given = said.split()
    return (
        bool(local)
        and 0 < len(given) <= 4
        and (given == local or (len(given) > 1 and set(local) <= set(given)) or given == local[:1])
    )


def _looks_signed(lines: list[str], sender: Address | None) -> bool:
    """Lines as signatures have them: short, with a name, a number, an address or a link among them."""
    kept = [line for line in lines if line.strip()][:MAX_SIGNATURE]
    if not kept:
        return False
    signs = sum(1 for line in kept if _CONTACTED.search(line[:300])) + sum(
        1 for line in kept[:3] if is_name_of(line, sender)
    )
    short = sum(1 for line in kept if len(line) <= 75)
    return signs > 0 and short * 4 >= len(kept) * 3


def _is_courtesy(lines: list[str], at: int) -> bool:
    """Whether a line directly above the sender's name is a closing that no list has: a few words with a comma behind them,
    below an empty line."""
    said = lines[at].strip()
    return at > 1 and not lines[at - 1].strip() and said.endswith((",", "，", "،")) and 1 <= len(said.split()) <= 4


def _by_block(lines: list[str], floor: int, sender: Address | None) -> int | None:
    """The last block, where it begins with the sender's name, or where most of its lines say how to reach somebody."""
    for at in range(max(floor, 1), len(lines)):
        below = [line for line in lines[at:] if line.strip()]
        listed = lines[at].lstrip()[:1] in _BULLETS and lines[at - 1].lstrip()[:1] in _BULLETS
        if is_name_of(lines[at], sender) and not listed and len(below) <= 15 and not _is_prose(below):
            return at - 1 if _is_courtesy(lines, at - 1) else at
    start = len(lines)
    while start > floor and lines[start - 1].strip():
        start -= 1
    block = lines[start:]
    if start and 2 <= len(block) <= 12:
        reached = sum(1 for line in block if _CONTACTED.search(line[:300]))
        if (
            reached >= 2
            and all(len(line) <= 90 for line in block)
            and not any(len(line.split()) > 7 and _ENDS_SENTENCE.search(line) for line in block)
        ):
            return start
    return None
