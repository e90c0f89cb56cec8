"""Who a signature says its sender is: name, phone numbers, title, company, links. Used by `inspect signature` and to fill in a
contact's empty fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from app.domain.addresses import Address
from app.mime.forward_words import folded
from app.mime.signature import closing_of, is_name_of
from app.mime.word_lists import word_list

MAX_LINES = 40
MAX_PHONES = 8
MAX_LINKS = 20
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'|]{2,500}", re.IGNORECASE)
_BARE_LINK = re.compile(
    r"(?<![@\w.-])(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,4}(?:com|net|org|io|co|eu|info|biz|dev|app|ai|[a-z]{2})(?:/[^\s<>\"'|]{0,300})?(?![\w@])",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[^\s<>()\[\]:;|,]{1,64}@[^\s<>()\[\]:;|,]{3,255}")
_PARTS = re.compile(r"\s+[|•·–—/]\s+|\s{3,}|\t+|\s*[|•·]\s*")
# The country in which numbers without a country code are dialled, where the domain does not say it.
_REGION_OF = {
    "uk": "GB",
    "com": "US",
    "net": "US",
    "org": "US",
    "edu": "US",
    "gov": "US",
    "eu": "DE",
    "io": "US",
    "co": "US",
}
_LABELLED = re.compile(r"^\s*([^\W\d_][\w./ ]{0,14}?)\s*[.:：]?\s*$")


@dataclass(frozen=True)
class SignedContact:
    """What was found; empty where nothing was. `phones` as written, fax numbers left out; `links` as written."""

    name: str = ""
    phones: tuple[str, ...] = ()
    title: str = ""
    company: str = ""
    links: tuple[str, ...] = ()


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(folded(word) for word in word_list("signatures")[name])


@cache
def _title_pattern() -> re.Pattern[str]:
    words = sorted(_words("titles"), key=len, reverse=True)
    # whole words; in German and the Nordic languages a title may end a longer word (“Vertriebsleiter”)
    return re.compile(
        r"(?<!\w)(?:"
        + "|".join(map(re.escape, words))
        + r")(?!\w)|\w{3,20}(?:leiter|leiterin|chef|ledare|leder|sjef|johtaja|päällikkö|stjóri)(?!\w)"
    )


def read_contact(signature: str, sender: Address | None = None) -> SignedContact:
    """The contact that `signature` describes. `sender`: its name is taken where the signature has none, its domain helps with
    company and country. Never raises; at most 40 lines are read."""
    lines = [line.strip(" \t*_>") for line in signature.split("\n")[:MAX_LINES]]
    lines = [line[:400] for line in lines if line and not _is_device(line)]
    links = _links(lines)
    phones = _phones(lines, sender)
    pieces = _pieces(lines, phones)
    name = _name(pieces, sender)
    title, company = _title_and_company([piece for piece in pieces if piece != name], sender)
    return SignedContact(name or (sender.display_name if sender else ""), phones, title, company, links)


def _is_device(line: str) -> bool:
    return folded(line[:120]).startswith(tuple(_words("devices")))


def _links(lines: list[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for line in lines:
        plain = _MAIL.sub(" ", line)
        for link in (*_LINK.findall(plain), *_BARE_LINK.findall(_LINK.sub(" ", plain))):
            text = link.rstrip(".,;:!?)]}'\"")
            if "." in text:
                found.setdefault(text.casefold().removeprefix("https://").removeprefix("http://").rstrip("/"), text)
    return tuple(list(found.values())[:MAX_LINKS])


def region_of(sender: Address | None) -> str:
    """The country (ISO 3166) whose numbers a sender writes without a country code, by the domain's end."""
    ending = sender.domain.rpartition(".")[2] if sender else ""
    return _REGION_OF.get(ending, ending.upper() if len(ending) == 2 else "US")


def _phones(lines: list[str], sender: Address | None) -> tuple[str, ...]:
    import phonenumbers  # its tables take time to load

    region = region_of(sender)
    if region not in phonenumbers.SUPPORTED_REGIONS:
        region = "US"
    found: dict[str, str] = {}
    for line in lines:
        plain = _LINK.sub(lambda m: " " * len(m.group()), line)
        for leniency in (phonenumbers.Leniency.VALID, phonenumbers.Leniency.POSSIBLE):
            matches = list(phonenumbers.PhoneNumberMatcher(plain, region, leniency=leniency, max_tries=50))
            sure = leniency == phonenumbers.Leniency.VALID
            labelled = [m for m in matches if sure or _stands_out(plain, m.start, m.end)]
            for match in labelled:
                if _label(plain, match.start) in _words("faxes"):
                    continue
                key = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
                found.setdefault(key, match.raw_string.strip())
            if labelled:
                break
    return tuple(list(found.values())[:MAX_PHONES])


def _stands_out(line: str, start: int, end: int) -> bool:
    """Whether a number that may be one of a telephone has a label in front of it or is alone between marks."""
    if _label(line, start) in _words("labels") | _words("faxes"):
        return True
    alone = not re.split(r"[|•·,;]|\s{2,}", line[:start])[-1].strip(" (+") and not re.split(
        r"[|•·,;]|\s{2,}", line[end:]
    )[0].strip(" )")
    return alone and sum(c.isdigit() for c in line[start:end]) >= 8


def _label(line: str, at: int) -> str:
    """The word in front of a number."""
    before = re.split(r"[|•·,;/]|\s{2,}|\d", line[max(0, at - 40) : at])[-1]
    found = _LABELLED.match(before.replace("(", " ").replace("+", " "))
    return folded(found.group(1)).rstrip(".:") if found else ""


def _pieces(lines: list[str], phones: tuple[str, ...]) -> list[str]:
    """The parts of lines that may be names, titles and companies: without numbers, addresses, links and closings."""
    pieces: list[str] = []
    for line in lines:
        if closing_of(line):
            _, comma, behind = line.partition(",")
            line = behind.strip() if comma else ""
        for part in _parts(_LINK.sub(" ", _MAIL.sub(" ", line))):
            for phone in phones:
                part = part.replace(phone, " ")
            text = " ".join(part.split()).strip(" ,;:|-–•<>()")
            if len(text) < 2 or len(text) > 90 or not any(c.isalpha() for c in text):
                continue
            if folded(text).rstrip(".:") in _words("labels") | _words("faxes") or sum(c.isdigit() for c in text) > 2:
                continue
            if _BARE_LINK.fullmatch(text) or folded(text) in ("e", "email", "e-mail", "mail", "web", "w", "e-post"):
                continue
            pieces.append(text)
    return pieces


def _parts(line: str) -> list[str]:
    """Between marks; between commas, too, where that parts a name, a title and a company (“Bo Ek, CTO, Acme, Inc.”)."""
    parts: list[str] = []
    for part in _PARTS.split(line):
        commas = [piece.strip() for piece in part.split(",")]
        if len(commas) < 3 or not any(_is_title(piece) for piece in commas):
            parts.append(part)
            continue
        for piece in commas:
            if parts and folded(piece) in _words("companies"):
                parts[-1] = f"{parts[-1]}, {piece}"
            else:
                parts.append(piece)
    return parts


def _name(pieces: list[str], sender: Address | None) -> str:
    signed = ""  # “Anna” below the closing, and “Anna Berg” below that: the fuller one
    for piece in pieces[:5]:
        front = piece.partition(",")[0].strip()
        name = next((part for part in (piece, front) if is_name_of(part, sender)), "")
        if name and (not signed or (" " not in signed and folded(name).startswith(f"{folded(signed)} "))):
            signed = name
    if signed:
        return signed
    for piece in pieces[:2]:
        words = piece.split()
        plain = 2 <= len(words) <= 4 and all(
            word[:1].isupper() and not any(c.isdigit() for c in word) for word in words
        )
        if plain and not _is_title(piece) and not _is_company(piece, sender):
            return piece
    return ""


def _is_title(text: str) -> bool:
    return len(text.split()) <= 10 and _title_pattern().search(folded(text)) is not None


def _is_company(text: str, sender: Address | None) -> bool:
    said = folded(text).rstrip(",")
    words = said.split()
    if len(words) > 8:
        return False
    forms = _words("companies")
    if len(words) > 1 and (
        words[-1] in forms or " ".join(words[-2:]) in forms or " ".join(words[-3:]) in forms or words[0] in forms
    ):
        return True
    if said.startswith(("株式会社", "有限会社", "(주)", "주식회사")) or said.endswith(
        ("株式会社", "有限公司", "公司", "集团")
    ):
        return True
    return _is_domain(said, sender)


def _is_domain(said: str, sender: Address | None) -> bool:
    """Whether a name is what the sender's domain is made of: “Acme Tools” of acme-tools.com."""
    if sender is None or "@" not in sender.addr_spec:
        return False
    label = sender.domain.rpartition(".")[0].rpartition(".")[2].replace("-", "")
    joined = re.sub(r"[\W_]+", "", said)
    return len(joined) > 2 and (
        joined == label or (len(label) > 3 and joined.startswith(label) and len(said.split()) <= 3)
    )


def _title_and_company(pieces: list[str], sender: Address | None) -> tuple[str, str]:
    title = company = ""
    for piece in pieces[:12]:
        is_company = _is_company(piece, sender)
        if not title and _is_title(piece):
            said, rest = _parted(piece, sender)
            if rest or not is_company:  # “Sales Partner AB” is no title
                title, company = said, company or rest
                continue
        if is_company and not company:
            company = piece
    return title, company


def _parted(piece: str, sender: Address | None) -> tuple[str, str]:
    """(title, company) of “Sales Manager, Acme Ltd” or “CTO at Acme”."""
    for mark in (", ", " at ", " @ ", " - ", " – ", " bei ", " på ", " hos ", " chez ", " presso ", " | "):
        front, found, behind = piece.partition(mark)
        if not found:
            continue
        if _is_title(front) and (
            _is_company(behind, sender) or (mark != ", " and mark != " - " and not _is_title(behind))
        ):
            return front.strip(), behind.strip()
        if _is_company(front, sender) and _is_title(behind):
            return behind.strip(), front.strip()
    return piece, ""
