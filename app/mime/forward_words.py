"""The words of forwarded messages (resources/forwards/languages.toml), for look-ups. Used by the other forward modules."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FROM, TO, CC, BCC, DATE, SUBJECT, REPLY_TO, OTHER = "from", "to", "cc", "bcc", "date", "subject", "reply_to", "other"
KINDS = (FROM, TO, CC, BCC, DATE, SUBJECT, REPLY_TO, OTHER)
FORWARD, REPLY, EITHER, NEITHER = "forward", "reply", "either", "neither"

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
_DASHES = "-–—―‐━─=_*~#•·<>| \t"


@dataclass(frozen=True)
class FieldName:
    """What a name in front of a colon may mean: `kinds` in the order of `KINDS`; by kind the `languages` that have it and
    those of which it is the first (`usual`)."""

    kinds: tuple[str, ...]
    languages: dict[str, frozenset[str]]
    usual: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Words:
    """`fields` by folded name; `forwarded` and `original`: languages by folded separator; `forward` and `reply`: languages
    by folded prefix of a subject; `stems`: what translations of “forwarded” begin with."""

    fields: dict[str, FieldName]
    forwarded: dict[str, frozenset[str]]
    original: dict[str, frozenset[str]]
    forward: dict[str, frozenset[str]]
    reply: dict[str, frozenset[str]]
    stems: tuple[str, ...]


def folded(text: str) -> str:
    """Text for comparison: composed (NFKC), case folded, without invisible letters, one space between words."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    # “İLT” folds to “i” and a combining dot, which no list spells
    return _SPACES.sub(" ", plain.casefold().replace("i̇", "i")).strip()


@cache
def words() -> Words:
    raw = tomllib.loads((files("resources") / "forwards" / "languages.toml").read_text(encoding="utf-8"))
    stems = raw.pop("stems")
    fields: dict[str, dict[str, set[str]]] = {}
    usual: dict[str, dict[str, set[str]]] = {}
    lists: dict[str, dict[str, set[str]]] = {name: {} for name in ("forwarded", "original", FORWARD, REPLY)}
    for language, entry in raw.items():
        for kind in KINDS:
            for number, name in enumerate(entry.get(kind, ())):
                key = folded(name).rstrip(":")
                fields.setdefault(key, {}).setdefault(kind, set()).add(language)
                if number == 0:
                    usual.setdefault(key, {}).setdefault(kind, set()).add(language)
        for name, found in lists.items():
            for word in entry.get(name, ()):
                found.setdefault(folded(word), set()).add(language)
    return Words(
        fields={
            name: FieldName(
                tuple(k for k in KINDS if k in kinds),
                {k: frozenset(v) for k, v in kinds.items()},
                {k: frozenset(v) for k, v in usual.get(name, {}).items()},
            )
            for name, kinds in fields.items()
        },
        forwarded={word: frozenset(v) for word, v in lists["forwarded"].items()},
        original={word: frozenset(v) for word, v in lists["original"].items()},
        forward={word: frozenset(v) for word, v in lists[FORWARD].items()},
        reply={word: frozenset(v) for word, v in lists[REPLY].items()},
        stems=tuple(folded(stem) for stem in stems),
    )


@dataclass(frozen=True)
class Separator:
    """A line above a copied message. `sure`: it stands above forwarded messages only. `rest`: what follows it on the same
    line. `style`: the letters around its words, such as ``----------|---------``, by which programs differ. `said`: its
    words, folded."""

    sure: bool
    languages: frozenset[str]
    style: str
    rest: str = ""
    said: str = ""


_MAX_SEPARATOR = 200
_FRAMED = re.compile(r"([-–—―‐━─=_*~#•]{2,80})\s{0,10}([^-–—―‐━─=_*~#•\s][^=\n]{1,120}?)\s{0,10}([-–—―‐━─=_*~#•]{2,80})(.{0,4000})", re.DOTALL)  # fmt: skip  # noqa: E501
_OPEN_FRAME = re.compile(r"([-–—―‐━─=_*~#•]{3,80})\s{0,10}([^-–—―‐━─=_*~#•\s].{1,100})")
# Words behind the separator's own: neomutt's “from NAME”, Notes' “by NAME/UNIT on DATE”.
_TAILED = re.compile(
    r"(.{3,40}?) (?:from|by|de|von|par|da|od|af|av|от|door|por) .{1,120}",
)


def separator(line: str) -> Separator | None:
    """What `line` (without quotation marks) says as a line above a copied message; None for any other line."""
    bare = line[: _MAX_SEPARATOR + 4000].strip()
    if len(bare) < 3:
        return None
    if bare[0] in _DASHES:
        found = _FRAMED.match(bare)
        if found:
            left, middle, right, rest = found.groups()
            said = _known(middle, framed=True)
            if said is None and right in ("---", "--") and rest:  # “Preposlaná správa --- Forwarded Message”
                again = _OPEN_FRAME.match(right + rest)
                said = _known(again.group(2).rstrip(_DASHES), framed=True) if again else None
                rest = ""
            if said:
                framed = rest.rstrip().endswith("----")  # the same again in English
                return Separator(said[0], said[1], f"{left}|{right}", "" if framed else rest.strip(), said[2])
            return None
        opened = _OPEN_FRAME.match(bare[:_MAX_SEPARATOR])
        if opened and len(bare) < 120:
            said = _known(opened.group(2).rstrip(": "), framed=True)
            return Separator(said[0], said[1], f"{opened.group(1)}|", "", said[2]) if said else None
        return None
    if len(bare) <= 90:
        inner = bare.strip("*_ ")
        said = _known(inner.rstrip(":：*_ .。"), framed=False)
        ends = inner.endswith((":", "："))
        if said and (ends or (said[0] and folded(inner.rstrip(".。 ")) in words().forwarded)):
            return Separator(said[0], said[1], "line", "", said[2])
    return None


# The first word of what mutt writes below a copy, in the languages of its translations.
_ENDS = frozenset({"end", "ende", "einde", "fin", "fine", "fim", "final", "slut", "slutt", "loppu", "koniec", "konec", "vege",
                   "kraj", "pabaiga", "конец", "край", "кінець", "τελος", "amaiera"})  # fmt: skip


def ends_a_copy(mark: Separator) -> bool:
    """Whether a separator says that the copy above it is at its end (“----- End forwarded message -----”)."""
    return mark.said.partition(" ")[0] in _ENDS


_UNREAD_FRAME = re.compile(
    r"([-–—―‐━─=*~]{4,40})\s{0,10}([^-–—―‐━─=_*~#•\s\d][^-–—―‐━─=_*~\n@]{3,60}?)\s{0,10}([-–—―‐━─=*~]{4,40})"
)


def unread_separator(line: str) -> Separator | None:
    """`line` as a line above a copied message in a language that no list has: a few words between dashes. Whether it is one,
    only the header below it can tell (`forward_block.unread_block`)."""
    found = _UNREAD_FRAME.fullmatch(line[:_MAX_SEPARATOR].strip())
    if found is None or abs(len(found.group(1)) - len(found.group(3))) > 2 or not _short(found.group(2)):
        return None
    return Separator(False, frozenset(), f"{found.group(1)}|{found.group(3)}", "", folded(found.group(2)))


def _known(middle: str, *, framed: bool) -> tuple[bool, frozenset[str], str] | None:
    """(sure, languages, folded words) of a separator's words."""
    lists = words()
    said = folded(middle.strip("-–—―‐━─=_*~#•\"'“”„«» ").rstrip(":："))
    if not said or len(said) > 150:
        return None
    if said in lists.forwarded:
        return True, lists.forwarded[said], said
    if said in lists.original:
        return False, lists.original[said], said
    for piece in re.split(r"\s?(?:-{2,}|/|\|)\s?", said)[:4]:
        if piece in lists.forwarded:
            return True, lists.forwarded[piece], said
        if piece in lists.original:
            return False, lists.original[piece], said
    tailed = _TAILED.fullmatch(said)
    if tailed and framed:
        if tailed.group(1) in lists.forwarded:
            return True, lists.forwarded[tailed.group(1)], said
        if tailed.group(1).startswith(words().stems):
            return True, frozenset(), said
    if (framed or middle) and len(said) <= 70 and any(stem in said for stem in words().stems) and _short(said):
        return True, frozenset(), said
    return None


def _short(said: str) -> bool:
    """No sentence: a few words, no address, no end of a sentence within."""
    return len(said.split()) <= 7 and "@" not in said and not re.search(r"[.!?;,] ", said)


_COUNT = re.compile(r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})$")
_TAG = re.compile(r"\[[^\[\]]{1,40}\]\s?|\*{2,5}[^*]{1,30}\*{2,5}\s?")
_PREFIX = re.compile(r"([^\s:：\[\]][^:：\[\]]{0,29}?(?:\s?\[\d{1,3}\])?)\s{0,3}[:：﹕︰]\s{0,5}")


def subject_sign(subject: str) -> tuple[str, frozenset[str], str]:
    """(what the first prefix of a subject says, its languages, the subject behind that one prefix). A word that is an answer's
    in one language and a forward's in another (“VS:”) says EITHER. Tags of gateways (“[EXTERNAL]”) in front are passed
    over."""
    rest = " ".join(_INVISIBLE.sub("", subject[:998]).split())
    for _ in range(5):
        bracketed = re.match(r"\[\s?([^\[\]:：]{1,12})[:：]\s?(.*)\]$", rest)
        if bracketed and _sign(bracketed.group(1))[0] != NEITHER:  # “[Fwd: Offer]” of Netscape and its heirs
            sign, languages = _sign(bracketed.group(1))
            return sign, languages, bracketed.group(2).strip()
        tag = _TAG.match(rest)
        if not tag or tag.end() >= len(rest):
            break
        rest = rest[tag.end() :]
    found = _PREFIX.match(rest)
    if found is None:
        return NEITHER, frozenset(), rest
    sign, languages = _sign(_COUNT.sub("", found.group(1)))
    return (sign, languages, rest[found.end() :]) if sign != NEITHER else (NEITHER, frozenset(), rest)


def _sign(word: str) -> tuple[str, frozenset[str]]:
    lists = words()
    said = folded(word)
    forward, reply = lists.forward.get(said), lists.reply.get(said)
    if forward and reply:
        return EITHER, forward | reply
    if forward:
        return FORWARD, forward
    if reply:
        return REPLY, reply
    if len(said) <= 30 and any(said.startswith(stem) for stem in words().stems):
        return FORWARD, frozenset()
    return NEITHER, frozenset()


def unknown_prefix(outer: str, inner: str) -> bool:
    """Whether `outer` is `inner` with one word and a colon in front that no list has."""
    wide, narrow = folded(outer), folded(inner)
    if not narrow or not wide.endswith(narrow) or wide == narrow:
        return False
    front = wide[: len(wide) - len(narrow)].strip()
    return front.endswith(":") and len(front) <= 20 and " " not in front
