"""An answer parted from what it quotes. Used by `reading` for what the timeline shows of a reply.

What a person put below the answer (a signature, "Sent from my iPhone") stays with it: it was sent, and it is not quoted.
Works by lines, with no pattern that can repeat within itself: reply parsers made of large regular expressions take seconds for
one long line.
"""

from __future__ import annotations

import re

from app.mime.forward_words import separator
from app.mime.quote_words import (
    DATE_WORDS,
    FROM_WORDS,
    OPENERS,
    QUOTERS,
    SEPARATORS,
    SUBJECT_WORDS,
    TO_WORDS,
    VERBS,
)

MAX_LINES = 50_000
_LOOKED_AT = 1_000  # characters of a line; what decides stands in front or, for the verb, within this length
_ATTRIBUTION_LINES = 5  # Gmail and Apple Mail fold an attribution at 78 columns
_ATTRIBUTION_LENGTH = 600
_BLOCK_LINES = 10  # within which a quoted header block must show its fields

_ALL_VERBS = tuple(sorted({v for verbs in VERBS.values() for v in verbs}, key=len, reverse=True))
# A verb as a word of its own; in the languages that write without spaces, anywhere.
_SPACED_VERBS = tuple(v for v in _ALL_VERBS if v[0] < "\u0e00" or "\u1e00" <= v[0] < "\u2000")
_JOINED_VERBS = tuple(v for v in _ALL_VERBS if v not in _SPACED_VERBS)
_VERB = re.compile(
    r"(?<!\w)(?:" + "|".join(map(re.escape, _SPACED_VERBS)) + r")(?!\w)|" + "|".join(map(re.escape, _JOINED_VERBS))
)
_OPENERS = tuple(opener + " " for opener in sorted(OPENERS))
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時시]\s?\d{2}(?!\d)|\d{1,2}\s?(?:am|pm|時|시)(?!\w)", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d)")
_ADDRESS = re.compile(r"[^\s<>()@]{1,64}@[^\s<>()@]{3,255}")
_DASHES = re.compile(r"[-_=*—–―‐━\s>]{2,80}([^-_=*—–―‐━].{0,80}?)[-_=*—–―‐━:\s]{0,80}")
_DASH = "-—–―‐━ "
_FRAMES = ("---", "━━━", "===")
_RULES = frozenset("-_=*—–―‐━>")  # what a line begins with that divides
_UNDERSCORES = re.compile(r"\s*[_\-=]{3,200}\s*")
_FIELD = re.compile(
    r"\s{0,4}[*_]{0,2}([^\s:：*][^:：*]{0,24}?)\s{0,2}[*_]{0,2}\s{0,2}[:：]\s{0,4}[*_]{0,2}(.{0,400})", re.DOTALL
)
_COLONS = (":", "：", "։", "៖", "՝")
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def split_reply(text: str) -> tuple[str, str]:
    """(what the sender wrote, what it quotes). Lines behind ``>`` and their attribution are quoted wherever they stand, so
    that answers between or below them stay visible; after a separator or a copied header block (Outlook) everything is
    quoted. Text without a quotation comes back whole. Linear in the length; never raises."""
    if not text.strip():
        return "", ""
    lines = _own_lines(text.split("\n", MAX_LINES))
    looks = [_look(line) for line in lines]
    near = _near_signs(looks)
    quoted = [False] * len(lines)
    at = 0
    while at < len(lines):
        look = looks[at]
        bare = look.strip()
        if not bare:
            at += 1
        elif bare[0] == ">" and not bare.endswith((">>>", "<<<")):
            quoted[at] = True
            at += 1
        elif at not in near and bare[0] not in _RULES and not (near and bare.casefold() in SEPARATORS):
            at += 1
        elif _begins_copy(looks, at):
            quoted[at:] = [True] * (len(lines) - at)
            break
        elif bare[0] == ">":
            quoted[at] = not bare.endswith("<<<")  # an ornament round a line of the sender's own
            at += 1
        elif _runs_on(look):
            quoted[at:] = [True] * (len(lines) - at)
            break
        else:
            end, marked = _attribution(looks, at)
            if end:
                if marked:
                    quoted[at:end] = [True] * (end - at)
                    at = end
                    continue
                quoted[at:] = [True] * (len(lines) - at)
                break
            at += 1
    if not any(quoted):
        return text.strip("\n").rstrip(), ""
    _take_folded(looks, quoted)
    _take_blanks(looks, quoted)
    visible = "\n".join(line for line, is_quoted in zip(lines, quoted, strict=True) if not is_quoted)
    left = "\n".join(line for line, is_quoted in zip(lines, quoted, strict=True) if is_quoted)
    return _trimmed(visible), left.strip("\n")


_ON_THE_SAME = re.compile(r"(?:(?<=\s)|(?<=---))(?:On|Am|Le|El|Op|Em|Den|Dne|Dnia|Il giorno|W dniu)\s(?=\S)")


def _own_lines(lines: list[str]) -> list[str]:
    """The lines, with one more where an attribution above quoted text stands on the last line of the answer: “Fine! On Wed,
    Apr 4, 2012 at 3:59 PM, anna@example.com wrote:”."""
    out: list[str] = []
    for at, line in enumerate(lines):
        found = _ON_THE_SAME.search(line) if 10 < len(line) < _ATTRIBUTION_LENGTH and line[0] != ">" else None
        if found and _next_is_quoted(lines, at + 1):
            above, behind = line[: found.start()].rstrip(" -"), line[found.start() :]
            own = not _ADDRESS.search(above) and not _DATE.search(above) and not _VERB.search(above.casefold())
            if above and own and behind.rstrip().endswith(":") and _says_so([behind], 0, 0, marked=True, alone=True):
                out += [above, behind]
                continue
        out.append(line)
    return out


_PIECE = re.compile(r"\s*\S*[/=%&?_()]\S*(?:\s>)?\s*")


def _take_folded(looks: list[str], quoted: list[bool]) -> None:
    """The end of a long link that was folded out of a quoted line is quoted, too: one word between two quoted lines."""
    for at in range(1, len(looks) - 1):
        if not quoted[at] and quoted[at - 1] and quoted[at + 1] and len(looks[at]) < 300:
            quoted[at] = looks[at + 1].lstrip().startswith(">") and _PIECE.fullmatch(looks[at]) is not None


def _look(line: str) -> str:
    look = line[:_LOOKED_AT]
    return look if look.isascii() else _ZERO_WIDTH.sub("", look).replace("\xa0", " ")


def _near_signs(looks: list[str]) -> set[int]:
    """The lines that may belong to an attribution or a header block by what stands on them or soon after. Most lines of
    most messages are none of these, and need not be looked at for what they say."""
    return {
        at - above
        for at, look in enumerate(looks)
        if ":" in look or "：" in look or "says..." in look or "&nbsp;" in look or (look.endswith(">") and "@" in look)
        for above in range(_ATTRIBUTION_LINES)
    }


def _trimmed(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n").rstrip()


def _take_blanks(looks: list[str], quoted: list[bool]) -> None:
    """Empty lines between quoted lines are quoted too."""
    last = -1
    for at, is_quoted in enumerate(quoted):
        if not is_quoted:
            continue
        if last >= 0 and at - last > 1 and not any(looks[i].strip() for i in range(last + 1, at)):
            quoted[last + 1 : at] = [True] * (at - last - 1)
        last = at


def _begins_copy(looks: list[str], at: int) -> bool:
    """Whether everything from here on is a copy of another message."""
    line = looks[at]
    if len(line) <= 250:
        bare = line.replace("&nbsp;", " ").strip()
        found = _DASHES.fullmatch(bare)
        if found and found.group(1).strip().casefold() in SEPARATORS:
            return True
        if bare[:3] in _FRAMES and bare[-3:] in _FRAMES and separator(bare):
            return True
        if bare.startswith("--") and bare.endswith("--"):
            marked = _next_is_quoted(looks, at + 1)
            if _framed(bare.strip(_DASH).casefold(), marked=marked):
                return True
        if bare.startswith(">>>") and bare.endswith(">>>") and (_DATE.search(bare) or _TIME.search(bare)):
            return True  # GroupWise: ">>> Anna Berg <anna@example.com> 03.01.2025 10:00 >>>"
        if line.strip().rstrip(":").casefold() in SEPARATORS and _is_block(looks, at + 1):
            return True
        if _UNDERSCORES.fullmatch(line) and _is_block(looks, at + 1):
            return True
    return _is_block(looks, at)


def _framed(words: str, *, marked: bool) -> bool:
    """ "-----Anna Berg wrote: -----" (Notes), "---- On Fri, … Anna <anna@example.com> wrote ----" (Zoho), "---- Anna Berg
    wrote ----" above quoted lines (Android's old program)."""
    if not words.rstrip(": ").endswith(_ALL_VERBS):
        return False
    date, time = _DATE.search(words), _TIME.search(words)
    return marked or words.endswith(":") or bool((_ADDRESS.search(words) and (date or time)) or (date and time))


def _runs_on(line: str) -> bool:
    """An attribution with the quoted text behind it on the same line, as Yahoo's programs on phones write it."""
    start = line[:_ATTRIBUTION_LENGTH].strip().casefold()
    if not start.startswith(_OPENERS):
        return False
    found = _VERB.search(start)
    while found and start[found.end() : found.end() + 1] != ":":
        found = _VERB.search(start, found.end())
    if not found or not start[found.end() + 1 :].strip():
        return False
    head = start[: found.start()]
    return bool(_ADDRESS.search(head) and _TIME.search(head) and _DATE.search(head))


def _field_word(line: str) -> str:
    found = _FIELD.match(line)
    return " ".join(found.group(1).casefold().split()) if found else ""


def _is_block(looks: list[str], at: int) -> bool:
    """A copied header: a From field, and a date and a subject or recipient field in the next lines (Outlook's order is
    From, Sent, To, Subject; others put the subject or the date first)."""
    while at < len(looks) and not looks[at].strip():
        at += 1
    if at >= len(looks) or (":" not in looks[at][:60] and "：" not in looks[at][:60]):
        return False
    word = _field_word(looks[at])
    addressed_first = word in TO_WORDS and word not in FROM_WORDS
    if not addressed_first and word not in FROM_WORDS and word not in DATE_WORDS and word not in SUBJECT_WORDS:
        return False
    seen_from = seen_date = seen_to = seen_subject = False
    blanks = 0
    for line in looks[at : at + _BLOCK_LINES]:
        if not line.strip():
            blanks += 1
            if blanks > 4:
                break
            continue
        field = _field_word(line)
        # one word may serve for two fields ("da" is From in Italian and To in none): each line counts once
        if field in FROM_WORDS and not seen_from:
            seen_from = True
        elif field in DATE_WORDS and not seen_date:
            seen_date = True
        elif field in SUBJECT_WORDS and not seen_subject:
            seen_subject = True
        elif field in TO_WORDS:
            seen_to = True
        if seen_from and seen_date and (seen_subject or (seen_to and not addressed_first)):
            return True
    return seen_from and seen_to and seen_subject and not addressed_first


def _attribution(looks: list[str], at: int) -> tuple[int, bool]:
    """(index after the attribution line that begins here, whether quoted lines with ``>`` follow); (0, False) for none.

    An attribution ends in a colon, within a few lines. Without ``>`` after it it must say who and when. Where one could
    begin on several lines, it begins on the last: what stands above is the sender's own."""
    end = at
    length = 0
    while True:
        line = looks[end].strip()
        length += len(line) + 1
        if not line or line[0] == ">" or length > _ATTRIBUTION_LENGTH:
            return 0, False
        if line.rstrip("*_ -").endswith(_COLONS) or line.endswith("says..."):
            break
        end += 1
        if end >= len(looks):
            return 0, False
        if looks[end][:1] in ("", ">") and _next_is_quoted(looks, end) and _unended(looks, at, end - 1):
            end -= 1
            break
        if end - at == _ATTRIBUTION_LINES:
            return 0, False
    marked = _next_is_quoted(looks, end + 1)
    if not _says_so(looks, at, end, marked=marked) and not (marked and _unended(looks, at, end)):
        return 0, False
    for later in range(at + 1, end + 1):
        if _says_so(looks, later, end, marked=marked, alone=True):
            return 0, False
    return end + 1, marked


def _unended(looks: list[str], at: int, end: int) -> bool:
    """Whether lines above quoted text say who wrote it and when, with no colon behind it: “2021/4/7 Anna <anna@example.com>”,
    and a verb and a moment in languages that end it otherwise."""
    folded = " ".join(line.strip() for line in looks[at : end + 1]).casefold()
    date, time = _DATE.search(folded) is not None, _TIME.search(folded) is not None
    if len(folded) > 250 or not date:
        return False
    who = _ADDRESS.search(folded) is not None
    verb = max((found.end() for found in _VERB.finditer(folded)), default=0)
    return (who and folded.endswith(">") and folded[0] != "<") or (bool(verb) and time and len(folded) - verb <= 2)


def attribution_end(lines: list[str], at: int) -> tuple[int, bool]:
    """The same for lines without invisible letters, for `forward_copies`."""
    return _attribution(lines, at)


def _says_so(looks: list[str], at: int, end: int, *, marked: bool, alone: bool = False) -> bool:
    """Whether lines `at` to `end` read as an attribution; with `alone`, whether they do so without the lines above."""
    folded = " ".join(line.strip() for line in looks[at : end + 1]).casefold()
    verb = _VERB.search(folded) is not None or (marked and folded.startswith(QUOTERS))
    date, time = _DATE.search(folded) is not None, _TIME.search(folded) is not None
    who = _ADDRESS.search(folded) is not None
    opened = folded.startswith(_OPENERS)
    moment = date or time
    if alone:
        return (verb and (moment or opened)) or (moment and who)
    if marked:
        # a day and a time directly above quoted lines are an attribution in any language, or without a verb
        return (verb and (moment or who or opened or at == end)) or (moment and who) or (date and time)
    if verb:
        return moment and (who or (date and time and opened))
    # Gmail in Russian, Japanese and Hebrew writes date, name, address and no verb
    return date and time and who and folded.rstrip("*_ -:：").endswith((">", ")"))


def _next_is_quoted(looks: list[str], at: int) -> bool:
    for line in looks[at : at + 4]:
        if line.strip():
            return line.lstrip().startswith(">")
    return False
