"""Makes one recipient's copy of an outgoing HTML body: counted links and the picture. Used when a message is sent.

The markup is walked as a browser's tokenizer walks it (HTML Living Standard 13.2.5), and only the values of `href` in
`<a>` are replaced, in place: comments (Outlook's conditional ones too), scripts, styles and every other character
stay as they are. Linear in the length of the input.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import Literal

from app.tracking.destinations import destination_of
from app.tracking.tokens import MAX_LINKS

_TAG_NAME = re.compile(r"[A-Za-z][^\t\n\f\r />]*")
_BEFORE_ATTRIBUTE = re.compile(r"[\t\n\f\r /]*")
_ATTRIBUTE_NAME = re.compile(r"=?[^\t\n\f\r />=]*")
_EQUALS = re.compile(r"[\t\n\f\r ]*=[\t\n\f\r ]*")
_UNQUOTED = re.compile(r"[^\t\n\f\r >]*")
_COMMENT_END = re.compile(r"--!?>")
# Elements whose content is text to the tokenizer, up to their own end tag.
_TEXT_ELEMENTS = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})
_CHARACTER_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|([A-Za-z][A-Za-z0-9]*)(;?))")


@dataclass(frozen=True)
class _Href:
    """A value of `href`, quotes and all, at [start, end) of the source."""

    start: int
    end: int
    value: str


@dataclass(frozen=True)
class _Mark:
    """Where a closing `body` or `html` tag begins, or what is open at the end of the source."""

    kind: Literal["body", "html", "open"]
    start: int


def instrument_html(
    html: str, *, pixel_url: str, wrap: Callable[[int, str], str], trap: Callable[[str], str] | None = None
) -> tuple[str, tuple[str, ...]]:
    """The copy to send, and the destinations of its links in order of position.

    `wrap(position, url)` gives the tracked address for a link; a URL that occurs several times has as many positions.
    Where it returns the URL itself, that link stays as it was written. Only http and https links of `<a>` count:
    mailto, tel, fragments, data, relative and broken addresses are passed over. The picture of `pixel_url` comes
    before the last `</body>`, else before the last `</html>`, else at the end.

    `trap(url)` gives the address of a link that no person sees or reaches, before the picture of a message that has other
    links: whoever follows it follows them all, as link scanners do. It leads where the message's first link leads.
    """
    pieces: list[tuple[int, int, str]] = []  # start, end, what comes there
    urls: list[str] = []
    body = closing = unclosed = -1
    for found in _walk(html):
        if isinstance(found, _Mark):
            if found.kind == "body":
                body = found.start
            elif found.kind == "html":
                closing = found.start
            else:
                unclosed = found.start
            continue
        url = destination_of(_decode(found.value))
        if url is None or len(urls) == MAX_LINKS:
            continue
        tracked = wrap(len(urls), url)
        urls.append(url)
        if tracked != url:
            quote = "'" if html[found.start] == "'" else '"'
            pieces.append((found.start, found.end, f"{quote}{_escape(tracked)}{quote}"))
    place = next((at for at in (body, closing, unclosed) if at >= 0), len(html))
    image = f'<img src="{_escape(pixel_url)}" width="1" height="1" alt="" style="width:1px;height:1px;border:0">'
    if trap is not None and urls:
        # empty, so that programs which ignore styles show nothing either
        link = f'<a href="{_escape(trap(urls[0]))}" style="display:none" tabindex="-1" aria-hidden="true"></a>'
        image = link + image
    pieces.append((place, place, image))
    pieces.sort(key=lambda piece: piece[0])

    out: list[str] = []
    at = 0
    for start, end, text in pieces:
        out += (html[at:start], text)
        at = end
    out.append(html[at:])
    return "".join(out), tuple(urls)


def _walk(html: str) -> Iterator[_Href | _Mark]:
    at = 0
    foreign = 0  # depth of svg and math, where style and title are elements like others and CDATA sections exist
    while (start := html.find("<", at)) >= 0:
        following = html[start + 1 : start + 2]
        if following == "!" or following == "?":
            if foreign and html.startswith("<![CDATA[", start):
                end = html.find("]]>", start)
                at = end + 3 if end >= 0 else -1
            else:
                at = _after_declaration(html, start)
        elif following == "/":
            name = _TAG_NAME.match(html, start + 2)
            if name is None:
                at = html.find(">", start + 2) + 1 or -1  # "</>" is nothing, "</ x>" a comment up to the next ">"
            else:
                _, at = _attributes(html, name.end())
                tag = name.group().lower()
                if at >= 0 and tag in ("body", "html"):
                    yield _Mark("body" if tag == "body" else "html", start)
                elif tag in ("svg", "math"):
                    foreign = max(0, foreign - 1)
        else:
            name = _TAG_NAME.match(html, start + 1)
            if name is None:
                at = start + 1
                continue
            tag = name.group().lower()
            hrefs, at = _attributes(html, name.end())
            if at >= 0 and tag == "a":
                yield from hrefs
            elif tag in ("svg", "math"):
                foreign += 0 if html.endswith("/>", start, max(at, start)) else 1
            elif at >= 0 and tag in _TEXT_ELEMENTS and not foreign:
                closing = re.compile(rf"</{tag}(?=[\t\n\f\r />])", re.IGNORECASE).search(html, at)
                _, at = _attributes(html, closing.end()) if closing else ([], -1)
            elif tag == "plaintext":
                at = -1
        if at < 0:  # never closed: a browser shows nothing of the rest, or shows it as text
            yield _Mark("open", start)
            return


def _after_declaration(html: str, start: int) -> int:
    """The end of a comment, a doctype or a bogus comment; -1 when it has none."""
    if not html.startswith("<!--", start):
        return html.find(">", start) + 1 or -1
    if html.startswith(">", start + 4):
        return start + 5
    if html.startswith("->", start + 4):
        return start + 6
    end = _COMMENT_END.search(html, start + 4)
    return end.end() if end else -1


def _attributes(html: str, at: int) -> tuple[list[_Href], int]:
    """The first `href` of the tag whose attributes begin here (later ones do not count), and where the tag ends;
    -1 when it does not."""
    hrefs: list[_Href] = []
    named = False
    while True:
        at = _end(_BEFORE_ATTRIBUTE, html, at)
        if at >= len(html):
            return [], -1
        if html[at] == ">":
            return hrefs, at + 1
        name_end = _end(_ATTRIBUTE_NAME, html, at)
        first = not named and html[at:name_end].lower() == "href"
        named = named or first
        at = name_end
        equals = _EQUALS.match(html, at)
        if equals is None:
            continue
        start = equals.end()
        quote = html[start : start + 1]
        if quote == '"' or quote == "'":
            closing = html.find(quote, start + 1)
            if closing < 0:
                return [], -1
            value, at = html[start + 1 : closing], closing + 1
        else:
            at = _end(_UNQUOTED, html, start)
            value = html[start:at]
        if first:
            hrefs.append(_Href(start, at, value))


def _end(pattern: re.Pattern[str], html: str, at: int) -> int:
    found = pattern.match(html, at)
    return found.end() if found else at


def _decode(value: str) -> str:
    """Character references of an attribute value. Unlike in text, a name without its semicolon before a letter, a
    digit or "=" is no reference: `?a=1&copy=2` stays (HTML 13.2.5.73)."""

    def one(match: re.Match[str]) -> str:
        name, semicolon = match.group(1), match.group(2)
        if name is None:
            return markup.unescape(match.group())
        if semicolon and f"{name};" in html5:
            return html5[f"{name};"]
        if semicolon or value[match.end() : match.end() + 1] == "=":
            return match.group()
        return html5.get(name, match.group())

    return _CHARACTER_REFERENCE.sub(one, value)


def _escape(url: str) -> str:
    return markup.escape(url, quote=True)
