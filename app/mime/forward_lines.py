"""The text and the HTML of a message as lines that know where they came from. Used by the forward modules, which look for a
copied header in either and cut both at the same place."""

from __future__ import annotations

import html as html_module
import re
from dataclasses import dataclass

from app.mime.html_limits import MAX_HTML

MAX_LINES = 50_000
MAX_DEPTH = 20  # of quotations in quotations; deeper ones count as this deep
MAX_LINE = 4_000  # characters that are looked at; a header line of more has hundreds of recipients

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKS = re.compile(r"(?:\s{0,3}>){1,30}\s?")


@dataclass(frozen=True)
class Line:
    """`text`: what a person reads, without quotation marks; `depth`: how deep it is quoted; `start` and `end`: its place in
    the source."""

    text: str
    depth: int
    start: int
    end: int

    @property
    def blank(self) -> bool:
        return not self.text

    @property
    def shown(self) -> str:
        """With its quotation marks again."""
        return f"{'>' * self.depth} {self.text}" if self.depth else self.text


def clean(text: str) -> str:
    """Without invisible letters; every kind of space is a space."""
    return (
        _INVISIBLE.sub("", text).replace("\xa0", " ").replace("\t", " ").replace("\u202f", " ").replace("\u3000", " ")
    )


def text_lines(text: str) -> list[Line]:
    """Lines of plain text; `start` and `end` are indexes of characters, without the line's end."""
    lines: list[Line] = []
    at = 0
    for raw in text.split("\n", MAX_LINES)[:MAX_LINES]:
        look = clean(raw[:MAX_LINE])
        found = _MARKS.match(look)
        depth = found.group().count(">") if found else 0
        content = look[found.end() :] if found else look
        lines.append(Line(content.rstrip(), depth, at, at + len(raw)))
        at += len(raw) + 1
    return lines


_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})([^<>]{0,4000})>|[!?][^<>]{0,500}>)")
_BREAKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav",
    "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_UNSHOWN = frozenset({"script", "style", "title", "head", "template", "xml"})
_HREF = re.compile(r"href\s{0,3}=\s{0,3}(?:\"([^\"]{0,2000})\"|'([^']{0,2000})'|([^\s\"'>]{1,2000}))", re.IGNORECASE)
_RULE = "________________________________"


def html_lines(html: str) -> list[Line]:
    """The lines of an HTML document as they are shown: blocks and breaks end a line, cells of a row stand on one,
    ``blockquote`` gives depth, a link to an address whose words are no address has that address behind it, and a ruler is
    a line of underscores. `start` and `end` are indexes into `html`; linear, and at most 700,000 characters are read."""
    return _HtmlLines(html[:MAX_HTML]).run()


class _HtmlLines:
    def __init__(self, html: str) -> None:
        self.html = html
        self.lines: list[Line] = []
        self.words: list[str] = []
        self.depth = 0
        self.start = -1
        self.end = 0
        self.mail = ""  # the address that an open link leads to
        self.mail_words = 0  # index of its first piece of text

    def run(self) -> list[Line]:
        html, at = self.html, 0
        while len(self.lines) < MAX_LINES:
            found = _TAG.search(html, at)
            stop = found.start() if found else len(html)
            self._text(at, stop)
            if found is None:
                break
            at = found.end()
            if found.group().startswith("<!--"):
                close = html.find("-->", at)
                at = len(html) if close < 0 else close + 3
            elif found.group(2):
                at = self._tag(found, at)
        self._finish(len(html))
        return self.lines

    def _text(self, at: int, stop: int) -> None:
        if stop <= at:
            return
        raw = self.html[at:stop]
        if not raw.strip():
            if self.words:
                self.words.append(" ")
            return
        text = html_module.unescape(raw) if "&" in raw else raw
        if not text.strip():  # “&nbsp;” alone: shown as an empty line
            self.words.append(" ")
            return
        if self.start < 0:
            self.start = at
        self.end = stop
        self.words.append(" ".join(re.sub(r"[\r\n\t ]+", " ", text).split("\n")))

    def _tag(self, found: re.Match[str], at: int) -> int:
        closing, name = bool(found.group(1)), found.group(2).lower()
        if name in _UNSHOWN and not closing:
            close = re.compile(f"</{name}", re.IGNORECASE).search(self.html, at)
            return close.start() if close else len(self.html)
        if name == "a":
            self._link(closing, found.group(3) or "")
        elif name in ("td", "th"):
            if self.words:
                self.words.append(" ")
        elif name in _BREAKS:
            self._finish(found.start(), blank=name == "br")
            if name == "blockquote":
                self.depth = min(MAX_DEPTH, max(0, self.depth + (-1 if closing else 1)))
            elif name == "hr":
                self.lines.append(Line(_RULE, self.depth, found.start(), found.end()))
        return at

    def _link(self, closing: bool, attributes: str) -> None:
        if not closing:
            found = _HREF.search(attributes)
            target = html_module.unescape(next((g for g in found.groups() if g), "")) if found else ""
            self.mail = target[7:].partition("?")[0] if target.lower().startswith("mailto:") else ""
            self.mail_words = len(self.words)
        elif self.mail:
            said = "".join(self.words[self.mail_words :])
            if "@" in self.mail and "@" not in said and said.strip():
                self.words.append(f" <{self.mail}>")
            self.mail = ""

    def _finish(self, at: int, *, blank: bool = False) -> None:
        """End the line. `blank`: it counts where nothing stands on it, as an empty line."""
        text = " ".join(clean("".join(self.words))[:MAX_LINE].split())
        if text:
            self.lines.append(Line(text, self.depth, self.start, self.end))
        elif self.lines and (blank or self.words):
            self.lines.append(Line("", self.depth, at, at))
        self.words, self.start = [], -1
