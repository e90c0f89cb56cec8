"""HTML of strangers made safe to show: nothing runs, nothing is fetched. Used by every view that shows a message.

Everything is allowed by name or dropped: tags, attributes, CSS properties, the letters of their values. What comes out is
what Qt's rich text shows (https://doc.qt.io/qt-6/richtext-html-subset.html), within sizes that it lays out quickly.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

import nh3

from app.mime.html_limits import tame_html

MAX_DEPTH = 100
MAX_TABLE_DEPTH = 12  # Qt measures a table inside a table again for each level above it
MAX_URL = 8_000

_TAGS = {
    "a", "abbr", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "dd", "del",
    "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd",
    "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
# Dropped with all they hold; other unknown tags lose only themselves.
_DROPPED = {
    "script", "style", "title", "template", "svg", "math", "iframe", "object", "applet", "audio", "video",
    "canvas", "select", "textarea", "noembed", "noframes", "map", "frameset", "embed", "xml", "xmp", "plaintext",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"style", "dir", "align", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size", "face"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "tr": {"bgcolor", "valign"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "valign"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "valign"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "hr": {"width", "size"},
}
_LINK_SCHEMES = {"http", "https", "mailto", "tel"}

_COLOUR = re.compile(r"#[0-9a-f]{3,8}|[a-z]{3,30}|(?:rgb|hsl)a?\([0-9.,%/ deg]{1,40}\)")
_NUMBER = re.compile(r"(\d{1,4}(?:\.\d{1,6})?|\.\d{1,6})\s?(px|pt|em|rem|ex|pc|cm|mm|in|%)?")
_WORDS = re.compile(r"[a-z-]{1,30}(?: [a-z-]{1,30}){0,3}")
_FAMILIES = re.compile(r"[\w ,'\"-]{1,300}")
_BORDER = re.compile(r"(?:[a-z]{1,20}|\d{1,2}(?:\.\d{1,4})?(?:px|pt)?|#[0-9a-f]{3,8}|rgba?\([0-9.,% ]{1,40}\)| ){1,9}")
_LIMITS = {"%": 1000.0, "em": 60.0, "rem": 60.0, "ex": 100.0, "in": 20.0, "cm": 50.0, "mm": 500.0, "pc": 100.0}
_FONT_LIMITS = {"%": 600.0, "em": 6.0, "rem": 6.0, "ex": 12.0, "in": 1.3, "cm": 3.0, "mm": 30.0, "pc": 8.0}

_COLOURS = frozenset({"color", "background-color", "background", "border-color"})
_LENGTHS = frozenset(
    {
        "width", "height", "text-indent", "line-height", "letter-spacing", "border-width", "border-spacing", "border-radius",
        "max-width",
    }
)  # fmt: skip
_BOXES = frozenset({"margin", "padding"})
_SIDES = ("top", "right", "bottom", "left")
_KEYWORDS = frozenset(
    {
        "font-weight", "font-style", "font-variant", "text-decoration", "text-decoration-line", "text-align", "text-transform",
        "vertical-align", "white-space", "list-style-type", "border-style", "border-collapse", "direction", "float",
    }
)  # fmt: skip
_BORDERS = frozenset({"border", *(f"border-{side}" for side in _SIDES)})
_BOX_SIDES = frozenset(f"{box}-{side}" for box in _BOXES for side in _SIDES)


def sanitise_html(
    html: str,
    *,
    allow_remote: bool = False,
    cid_urls: Mapping[str, str] | None = None,
    blocked_hosts: Collection[str] = (),
) -> str:
    """A fragment safe to give to a text view.

    `cid_urls` maps content ids (without brackets) to addresses of pictures that the program holds; every other picture is
    replaced by its alternative text, but with `allow_remote` pictures at http and https addresses stay, except invisible
    ones and those on `blocked_hosts` (our own tracking host). Links keep http, https, mailto and tel. Never raises."""
    known = {_content_id(key): value for key, value in (cid_urls or {}).items()}
    blocked = frozenset(host.lower() for host in blocked_hosts)

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return _style(value) or None
        if tag == "img" and name == "src":
            return _picture(value, known, allow_remote=allow_remote, blocked=blocked)
        if tag == "a" and name == "href":
            return _link(value)
        return _attribute(name, value)

    clean = nh3.clean(
        tame_html(html),
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_LINK_SCHEMES | {"cid"},
        url_relative="deny",
        link_rel=None,
    )
    return _shaped(clean)


def _content_id(raw: str) -> str:
    return unquote(raw).strip().strip("<>").strip()


def _picture(value: str, known: Mapping[str, str], *, allow_remote: bool, blocked: frozenset[str]) -> str | None:
    scheme, colon, rest = value.strip().partition(":")
    if colon and scheme.lower() == "cid":
        given = known.get(_content_id(rest))
        remote = given is not None and given.strip().lower().startswith(("http:", "https:", "//"))
        return None if remote and not allow_remote else given
    if not allow_remote or len(value) > MAX_URL:
        return None
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    return value.strip() if parts.scheme.lower() in ("http", "https") and host and host not in blocked else None


def _link(value: str) -> str | None:
    url = re.sub(r"[\x00-\x20\x7f]+", "", value)
    scheme, colon, rest = url.partition(":")
    return url if colon and rest and scheme.lower() in _LINK_SCHEMES and len(url) <= MAX_URL else None


def _attribute(name: str, value: str) -> str | None:
    value = value.strip()
    if name in ("width", "height", "size", "border", "cellpadding", "cellspacing"):
        return value if re.fullmatch(r"[+-]?\d{1,4}%?", value) else None
    if name in ("colspan", "rowspan"):  # a table of a million columns is a table of a million cells
        return str(min(int(value), 50)) if re.fullmatch(r"[1-9]\d{0,3}", value) else None
    if name in ("bgcolor", "color"):
        return value if _COLOUR.fullmatch(value.lower()) else None
    if name in ("align", "valign", "dir", "type", "start"):
        return value if re.fullmatch(r"[A-Za-z]{1,10}|\d{1,4}", value) else None
    if name == "face":
        return value if _FAMILIES.fullmatch(value) else None
    return value[:1_000] if name in ("alt", "title") else None


def _style(style: str) -> str:
    """The declarations that are known and harmless. No letter that could begin an address, an escape or a function but a
    colour's gets through."""
    kept = []
    for declaration in style[:5_000].split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        value = value.strip().removesuffix("!important").strip()
        if colon and (allowed := _declaration(name, value)):
            kept.append(allowed)
    return "; ".join(kept)


def _declaration(name: str, value: str) -> str:
    low = value.lower()
    if name == "display":
        return _HIDDEN if low == "none" else ""
    if name in _COLOURS:
        target = "background-color" if name == "background" else name
        return f"{target}: {low}" if _COLOUR.fullmatch(low) else ""
    if name == "font-family":
        return f"font-family: {value}" if _FAMILIES.fullmatch(value) else ""
    if name == "font-size":
        return f"font-size: {low}" if _length(low, _FONT_LIMITS, 96.0) or _WORDS.fullmatch(low) else ""
    if name in _LENGTHS or name in _BOX_SIDES:
        return f"{name}: {low}" if _length(low, _LIMITS, 4_000.0) or low in ("auto", "normal", "none") else ""
    if name in _BOXES:
        pieces = low.split()
        right = 1 <= len(pieces) <= 4 and all(p == "auto" or _length(p, _LIMITS, 4_000.0) for p in pieces)
        return f"{name}: {low}" if right else ""
    if name in _BORDERS:
        return f"{name}: {low}" if len(low) <= 100 and _BORDER.fullmatch(low) else ""
    if name in _KEYWORDS:
        return f"{name}: {low}" if _WORDS.fullmatch(low) or re.fullmatch(r"[1-9]00", low) else ""
    return ""


def _length(value: str, limits: Mapping[str, float], default: float) -> bool:
    found = _NUMBER.fullmatch(value)
    return found is not None and float(found.group(1)) <= limits.get(found.group(2) or "", default)


# nh3 writes attributes in double quotes with quotes escaped, so this reads its output exactly.
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?: [a-z-]+=\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r" ([a-z-]+)=\"([^\"]*)\"")
_VOID = frozenset({"br", "hr", "img"})
_HIDDEN = "display: none"  # as `_declaration` writes it
_TABLE_PARTS = frozenset({"tbody", "thead", "tfoot", "tr", "td", "th", "caption"})


def _shaped(html: str) -> str:
    """Pictures without an address become their alternative text; what is nested too deep for a text view loses its tags;
    hidden elements go with all they hold (Qt would show them)."""
    out: list[str] = []
    stack: list[tuple[str, bool]] = []
    tables: list[bool] = []  # of each open table, whether it is kept: its rows and cells go with it
    at = hidden_from = 0
    for found in _TAG.finditer(html):
        closing, name, attributes = found.groups()
        if hidden_from:
            if name in _VOID:
                continue
            if not closing:
                stack.append((name, False))
            elif len(stack) > hidden_from:
                stack.pop()
            else:
                stack.pop()
                hidden_from, at = 0, found.end()
            continue
        out.append(html[at : found.start()])
        at = found.end()
        if not closing and _HIDDEN in attributes:
            if name not in _VOID:
                stack.append((name, False))
                hidden_from = len(stack)
        elif name == "img":
            out.append(_image(found.group(), attributes))
        elif name in _VOID:
            out.append(found.group())
        elif not closing:
            kept = len(stack) < MAX_DEPTH
            if name == "table":
                kept = kept and len(tables) < MAX_TABLE_DEPTH
                tables.append(kept)
            elif name in _TABLE_PARTS and tables:
                kept = tables[-1]
            stack.append((name, kept))
            out.append(found.group() if kept else " ")
        elif stack:
            name, kept = stack.pop()
            if name == "table":
                tables.pop()
            out.append(found.group() if kept else " ")
    if not hidden_from:
        out.append(html[at:])
    return "".join(out)


def _image(tag: str, attributes: str) -> str:
    found = dict(_ATTRIBUTE.findall(attributes))
    source = found.get("src")
    if source:
        invisible = found.get("width") in ("0", "1") or found.get("height") in ("0", "1")
        remote = source.lower().startswith(("http:", "https:"))
        return "" if remote and invisible else tag
    alternative = html_module.unescape(found.get("alt", "")).strip()[:200]
    return html_module.escape(alternative, quote=False)
