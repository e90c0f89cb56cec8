"""Which parts of a message are its text, and which are files with it: the selection of RFC 8621 4.1.4 (JMAP).

Used by `reading`.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field

from app.mime.charsets import body_text, decode_bytes
from app.mime.parameters import clean_filename, parse_value
from app.mime.structure import Part

MAX_BODY = 5_000_000  # characters of one kind of body; the rest is cut and named as a defect

# Parts of a report that are for machines or copies of what was sent, not files that somebody attached.
_REPORT_TYPES = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "text/rfc822-header",
        "message/rfc822-headers",
        "message/global-headers",
        "message/tracking-status",
    }
)
_DATA_TEXTS = frozenset(
    {"calendar", "vcard", "x-vcard", "directory", "csv", "xml", "css", "javascript", "x-amp-html", "rtf"}
)
PLAIN_TYPES = frozenset({"text/plain", "text/enriched", "text/richtext"})
_WHOLE_MESSAGES = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True)
class ReadAttachment:
    """A file of a message, or a picture in its text. `filename` is safe to show and to save (see
    `parameters.clean_filename`); where the message names none it is made up from the type. `content_id` without
    brackets."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass
class Selection:
    """What `select` found: text and HTML parts to be shown one after the other, files, and the types of all leaves."""

    plain: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    files: list[tuple[Part, bool]] = field(default_factory=list)
    leaf_types: list[str] = field(default_factory=list)
    reports: list[Part] = field(default_factory=list)


def select(root: Part) -> Selection:
    """Walk the tree once. message/rfc822 is a leaf, a file that was forwarded; in a multipart/report it is the copy of
    the message that the report is about."""
    found = Selection()
    _walk(found, [root], _Place("mixed"))
    if not found.plain and not found.html:
        _any_text(found)
    return found


def _any_text(found: Selection) -> None:
    """Where nothing else is there to read, the first text of any sort (RFC 2046 4.1.4)."""
    for number, (part, _) in enumerate(found.files):
        disposition, parameters = parse_value(part.get("content-disposition"))
        named = part.parameters.get("name") or parameters.get("filename")
        readable = part.content_type.startswith("text/") and part.content_type.partition("/")[2] not in _DATA_TEXTS
        if readable and disposition != "attachment" and not named:
            found.plain.append(part)
            del found.files[number]
            return


@dataclass(frozen=True)
class _Place:
    """Where the walk is: in what multipart, and for which of the two forms it collects there."""

    kind: str
    in_alternative: bool = False
    in_report: bool = False
    wants_plain: bool = True
    wants_html: bool = True
    start: str = ""  # of a related set: the Content-ID of the part that is its text (RFC 2387 3.2)


def _walk(found: Selection, parts: list[Part], place: _Place) -> None:
    plain_before, html_before = len(found.plain), len(found.html)
    wants_plain, wants_html = place.wants_plain, place.wants_html
    first = _root_of(parts, place.start) if place.start else 0
    for index, part in enumerate(parts):
        if part.is_multipart:
            kind = part.content_type.partition("/")[2]
            inside = place.in_alternative or kind == "alternative"
            report = place.in_report or kind == "report"
            start = part.parameters.get("start", "") if kind == "related" else ""
            _walk(found, part.children, _Place(kind, inside, report, wants_plain, wants_html, start))
            continue
        found.leaf_types.append(part.content_type)
        if part.content_type in _REPORT_TYPES or (place.in_report and part.content_type in _WHOLE_MESSAGES):
            found.reports.append(part)
            continue
        if part.content_type == "text/x-amp-html":  # a third form of the same text, in a language for web mailers
            continue
        disposition, parameters = parse_value(part.get("content-disposition"))
        is_plain, is_html = part.content_type in PLAIN_TYPES, part.content_type == "text/html"
        shown = (is_plain or is_html) and disposition != "attachment"
        if shown and place.kind == "alternative":
            (found.plain if is_plain else found.html).append(part)
            continue
        named = bool(part.parameters.get("name") or parameters.get("filename"))
        # In a related set only the first part is text; the others belong to it. A named text is a file.
        if shown and (index == first or (place.kind != "related" and not named)):
            if place.in_alternative:
                wants_html = wants_html and not is_plain
                wants_plain = wants_plain and not is_html
            if wants_plain:
                found.plain.append(part)
            if wants_html:
                found.html.append(part)
            continue
        pictured = disposition == "inline" and part.content_type.startswith("image/")
        belongs = bool(part.get("content-id")) and (place.kind == "related" or disposition == "inline")
        found.files.append((part, pictured or belongs))
    if place.kind == "alternative" and place.wants_plain and place.wants_html:
        if len(found.plain) == plain_before:
            found.plain.extend(found.html[html_before:])
        elif len(found.html) == html_before:
            found.html.extend(found.plain[plain_before:])


def _root_of(parts: list[Part], start: str) -> int:
    wanted = start.strip().strip("<>")
    return next((n for n, part in enumerate(parts) if part.get("content-id").strip().strip("<>") == wanted), 0)


def part_text(part: Part, most: int = MAX_BODY * 4) -> str:
    """The text of a text part, without a transfer encoding or charset, lines ended by a line feed. `most`: bytes of it that
    are read."""
    content = part.content()[:most]
    charset = part.parameters.get("charset", "")
    if not charset and part.content_type == "text/html":
        charset = _charset_in_html(content[:2_000])
    text = body_text(decode_bytes(content, charset))
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
    return text[:MAX_BODY]


def _charset_in_html(head: bytes) -> str:
    """``<meta charset=…>`` where the header names none."""
    lower = head.lower()
    at = lower.find(b"charset=")
    if at < 0:
        return ""
    value = lower[at + 8 : at + 60].lstrip(b"\"' ")
    end = next((i for i, b in enumerate(value) if not (chr(b).isalnum() or b in b"-_.")), len(value))
    return value[:end].decode("ascii", "ignore")


def unflow(text: str, *, delsp: bool = False) -> str:
    """Paragraphs put together again (RFC 3676 4): a line that ends in a space goes on in the next one of the same
    quote depth."""
    out: list[str] = []
    held: list[str] = []
    held_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if held and depth != held_depth:
            out.append(_quoted("".join(held), held_depth))
            held = []
        flows = content.endswith(" ") and content != "-- "
        if held and content == "-- ":
            out.append(_quoted("".join(held), held_depth))
            held = []
        held.append(content[:-1] if flows and delsp else content)
        held_depth = depth
        if not flows:
            out.append(_quoted("".join(held), depth))
            held = []
    if held:
        out.append(_quoted("".join(held), held_depth))
    return "\n".join(out)


def _quoted(text: str, depth: int) -> str:
    return f"{'>' * depth} {text}" if depth else text


def attachment(part: Part, number: int, *, inline: bool) -> ReadAttachment:
    """A file out of its part. `number` makes a name where the part has none."""
    _, disposition = parse_value(part.get("content-disposition"))
    name = clean_filename(disposition.get("filename", "")) or clean_filename(part.parameters.get("name", ""))
    if not name and part.content_type == "message/rfc822" and part.children:
        subject = clean_filename(part.children[0].get("subject"))
        name = f"{subject[:80].rstrip()}.eml" if subject else ""
    if not name:
        ending = ".eml" if part.content_type == "message/rfc822" else mimetypes.guess_extension(part.content_type)
        name = f"attachment-{number}{ending or '.bin'}"
    content_id = part.get("content-id").strip().strip("<>").strip()
    return ReadAttachment(name, part.content_type, part.content(), content_id[:998], inline)
