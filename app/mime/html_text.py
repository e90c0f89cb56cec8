"""HTML of mail as plain text, and plain text as HTML. Used by `reading`, `composing` and the compose window."""

from __future__ import annotations

import html as html_module
import re

import nh3

from app.mime.charsets import body_text
from app.mime.html_limits import tame_html

# Marks around a quotation, which the text engine carries through as letters; private use, so never in real mail.
_OPEN, _CLOSE = "\ue000", "\ue001"
_AMPERSAND = "\ue002"  # the text engine resolves character references a second time
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}{_AMPERSAND}]")
_BLOCKQUOTE = re.compile(r"<(/?)blockquote>")
_LINK = re.compile(r'<a(?: style="display:none")?(?: href="([^"]*)")?(?: style="display:none")?>|(</a>)')

_TAGS = {
    "p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "blockquote",
    "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "center", "address", "article", "section",
    "header", "footer", "main", "aside", "nav", "figure", "figcaption",
}  # fmt: skip
_DROPPED = {
    "script", "style", "title", "head", "template", "svg", "math", "iframe", "object", "applet", "audio", "video",
    "canvas", "select", "textarea", "noembed", "noframes", "map",
}  # fmt: skip
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none", re.IGNORECASE)


def _hidden_only(_tag: str, name: str, value: str) -> str | None:
    """Of styles only the one by which newsletters hide their preview text."""
    if name != "style":
        return value
    return "display:none" if _HIDDEN.search(value[:2_000]) else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS | {"span"}, clean_content_tags=_DROPPED, attributes={"*": {"style"}}, attribute_filter=_hidden_only,
    link_rel=None, strip_comments=True, url_schemes=set(),
)  # fmt: skip
_LINK_CLEANER = nh3.Cleaner(
    tags=_TAGS | {"a", "span"}, clean_content_tags=_DROPPED, attributes={"*": {"style"}, "a": {"href"}},
    attribute_filter=_hidden_only, link_rel=None, url_relative="deny", strip_comments=True,
    url_schemes={"http", "https", "mailto"},
)  # fmt: skip
MAX_HTML = 700_000  # characters; the layout engine takes a second for them
MAX_MARKS = 50_000  # tags that are laid out, at up to ten microseconds each; behind them text is only freed of its tags
_BLANKS = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t\xa0]+$", re.MULTILINE)


def html_to_text(html: str, *, links: bool = False) -> str:
    """What a person would read, as text: blocks on lines of their own, lists with marks, table cells beside each other,
    quotations with ``> `` in front; with `links`, the address of a link behind its words. Never raises; HTML beyond
    700,000 characters is not looked at."""
    if not html.strip():
        return ""
    cleaner = _LINK_CLEANER if links else _CLEANER
    clean = cleaner.clean(_MARKS.sub("", tame_html(html[:MAX_HTML])))
    if not clean.strip():
        return ""
    if links:
        clean = _with_addresses(clean)
    marked = _BLOCKQUOTE.sub(lambda m: f"<div>{_CLOSE}</div>" if m.group(1) else f"<div>{_OPEN}</div>", clean)
    marked = marked.replace("&amp;", _AMPERSAND)
    marked, rest = _within(marked)
    text = _laid_out(marked)
    if rest:
        text += "\n" + _BLANKS.sub("\n\n", _TRAILING.sub("", _plain_strip(rest)))
    return _quoted(body_text(text).replace(_AMPERSAND, "&"))


def _within(marked: str) -> tuple[str, str]:
    """(what is laid out, the rest) of a document of more tags than anybody writes."""
    if marked.count("<") <= MAX_MARKS:
        return marked, ""
    at = -1
    for _ in range(MAX_MARKS):
        at = marked.find("<", at + 1)
    return marked[:at], marked[at:]


def _laid_out(marked: str) -> str:
    # imported here: with lxml it takes as long as the rest of the reader, and the first window needs neither
    from inscriptis import get_text
    from inscriptis.css_profiles import STRICT_CSS_PROFILE
    from inscriptis.model.config import ParserConfig
    from lxml.etree import LxmlError

    try:
        text: str = get_text(f"<html><body>{marked}</body></html>", ParserConfig(css=STRICT_CSS_PROFILE))
    except (LxmlError, ValueError, RecursionError, IndexError, AttributeError):
        return _plain_strip(marked)  # a document that the layout engine does not survive is still readable
    return text


def _with_addresses(clean: str) -> str:
    """Links as their words and, where it says more, their address in angle brackets."""
    out: list[str] = []
    at, target, opened = 0, "", 0
    for found in _LINK.finditer(clean):
        out.append(clean[at : found.start()])
        at = found.end()
        if not found.group(2):
            target, opened = found.group(1) or "", len(out)
            continue
        words = _ANY_TAG.sub("", "".join(out[opened:])).strip()
        address = target.removeprefix("mailto:")
        if address and words.rstrip("/") != address.rstrip("/"):
            out.append(f" &lt;{address}&gt;" if words else f"&lt;{address}&gt;")
        target = ""
    out.append(clean[at:])
    return "".join(out)


_ANY_TAG = re.compile(r"<[^<>]*>")


def _plain_strip(html: str) -> str:
    return html_module.unescape(_ANY_TAG.sub("\n", html))


def _quoted(text: str) -> str:
    """Replace the marks by ``> `` on the lines between them."""
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if _OPEN not in line and _CLOSE not in line:
            stripped = line.rstrip(" \t\xa0")
            lines.append(f"{'>' * min(depth, 20)} {stripped}".rstrip() if depth else stripped)
            continue
        depth = max(0, depth + line.count(_OPEN) - line.count(_CLOSE))
        rest = _MARKS.sub("", line).strip()
        if rest:
            lines.append(f"{'>' * min(depth, 20)} {rest}" if depth else rest)
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip("\n")


_URL = re.compile(r"https?://[^\s<>\"']{3,2000}")
_URL_TAIL = ".,;:!?)]}'"


def text_to_html(text: str) -> str:
    """Plain text as HTML that looks like it: lines kept, quoted lines as blockquotes, web addresses as links."""
    out: list[str] = []
    depth = 0
    for line in body_text(text).split("\n"):
        content = line
        line_depth = 0
        while content.startswith(">") and line_depth < 20:
            line_depth += 1
            content = content[1:].removeprefix(" ")
        while depth < line_depth:
            out.append("<blockquote>")
            depth += 1
        while depth > line_depth:
            out.append("</blockquote>")
            depth -= 1
        out.append(f"<div>{_line_html(content)}</div>" if content.strip() else "<div><br></div>")
    if depth:
        out.append("</blockquote>" * depth)
    return "\n".join(out)


def _line_html(line: str) -> str:
    pieces: list[str] = []
    at = 0
    for found in _URL.finditer(line):
        url = found.group().rstrip(_URL_TAIL)
        pieces.append(_escaped(line[at : found.start()]))
        pieces.append(f'<a href="{html_module.escape(url)}">{html_module.escape(url, quote=False)}</a>')
        at = found.start() + len(url)
    pieces.append(_escaped(line[at:]))
    return "".join(pieces)


def _escaped(text: str) -> str:
    escaped = html_module.escape(text, quote=False).replace("\t", "    ")
    if escaped.startswith(" "):
        escaped = "&nbsp;" + escaped[1:]
    return escaped.replace("  ", " &nbsp;")
