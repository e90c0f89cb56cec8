"""Where an answer in HTML ends and what it quotes begins. Used by the cards of the timeline, which fold the quotation."""

from __future__ import annotations

import html as html_module
import re

from app.mime.html_limits import MAX_HTML

_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})([^<>]{0,4000})>)")
_ATTRIBUTE = re.compile(
    r"\b(class|id|type|name)\s{0,5}=\s{0,5}(\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'|[^\s\"'<>]{1,300})", re.IGNORECASE
)
_UNSHOWN = frozenset({"script", "style", "title"})

# Elements that hold a quotation: Gmail, Thunderbird, Apple, Yahoo, Proton, Tuta, Zimbra, GMX, Roundcube, Superhuman, Front,
# Mail.ru, Spark, QQ, NetEase, Airmail, this program.
_HOLDING = frozenset(
    {
        "gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra",
        "moz-cite-prefix", "hitchpost-quote", "moz-forward-container", "gmail_extra_quote", "ydp_quoted", "reply-intro",
        "gmail_attr", "sh-quoted-content", "front-blockquote", "mail-quote-collapse", "messagereplysection",
        "xm_compose_origin_mail_container_sign", "isreplycontent", "isforwardcontent", "divneteasemailcard", "clean_bq",
    }
)  # fmt: skip
# Elements behind which all is quotation: Outlook on the web, on phones and on desktops, Zimbra.
_GMAIL = frozenset({"gmail_quote", "gmail_quote_container"})
_AHEAD = frozenset(
    {
        "appendonsend",
        "divrplyfwdmsg",
        "x_divrplyfwdmsg",
        "zwchr",
        "ms-outlook-mobile-reference-message",
        "mail-editor-reference-message-container",
    }
)
_OUTLOOK_RULE = re.compile(
    r"border:\s?none;\s{0,3}border-top:\s?solid #(?:e1e1e1|b5c4df) 1(?:\.0)?pt;\s{0,3}padding:\s?3(?:\.0)?pt 0",
    re.IGNORECASE,
)
_WORDS = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(/?)(?:div|p|br|td|blockquote|hr|body)\b[^<>]{0,2000}>", re.IGNORECASE)
_WHO_OR_WHEN = re.compile(r"@|\b(?:19|20)\d\d\b|\d[:.h]\d\d")
MOST_LOOKS = 50  # blockquotes whose line above is looked at
_GMAIL_HEAD = 6_000  # characters within which Gmail's quotation follows the beginning of its container
_LINE_BEFORE = 3_000  # characters looked at for the line above a quotation: “On 5 January … wrote:”


def split_html_reply(html: str) -> tuple[str, str]:
    """(what the person wrote, what it quotes): both as HTML that may lack end tags, which every reader of HTML adds. The
    second is empty where no quotation is recognised, or where nothing would be left above it. Linear; never raises."""
    if len(html) > MAX_HTML:
        return html, ""
    for marked in (True, False):
        shown, quoted = _split(html, marked)
        if quoted.strip() and _has_words(shown):
            return shown, quoted
    return html, ""


def _split(html: str, marked: bool) -> tuple[str, str]:
    """`marked`: only quotations that say what they are; else any blockquote under a line that ends in a colon."""
    shown: list[str] = []
    quoted: list[str] = []
    kept_to = 0  # up to here the document is dealt out
    at = 0
    name, depth, start = "", 0, 0  # the quotation that is open
    looks = 0
    while (found := _TAG.search(html, at)) is not None:
        at = found.end()
        tag = (found.group(2) or "").lower()
        if not tag:
            at = _after(html, "-->", at)
        elif depth:
            if tag == name:
                depth += -1 if found.group(1) else 1
                if not depth:
                    quoted.append(html[start:at])
                    kept_to = at
        elif tag in _UNSHOWN and not found.group(1):
            at = _after_element(html, tag, at)
        elif not found.group(1):
            kind = _kind(tag, found.group(3) or "", marked)
            if not kind or looks >= MOST_LOOKS:
                continue
            if kind == "around":
                looks += 1
                if _quotes_inside(html, at):
                    continue
            start = found.start()
            if tag == "blockquote" and not quoted:  # the others hold that line themselves
                looks += 1
                start, introduced = _line_above(html, kept_to, start)
                if not marked and not introduced:
                    continue
            shown.append(html[kept_to:start])
            if kind == "ahead":
                return "".join(shown), "".join([*quoted, html[start:]])
            name, depth = tag, 1
    if depth:
        quoted.append(html[start:])
    else:
        shown.append(html[kept_to:])
    return "".join(shown), "".join(quoted)


def _kind(tag: str, attributes: str, marked: bool) -> str:
    """ "holds", "ahead", "around" for what may hold answers between quotations, or empty."""
    if not marked:
        return "holds" if tag == "blockquote" else ""
    if not attributes:
        return ""
    for found in _ATTRIBUTE.finditer(attributes):
        which, value = found.group(1).lower(), found.group(2).strip("\"'").lower()
        names = {name.removeprefix("x_") for name in value.split()}
        if tag == "blockquote" and which == "type" and value == "cite":
            return "holds"
        if which == "name" and tag == "div" and value in ("quote", "messagereplysection"):
            return "holds"
        if which in ("class", "id"):
            if names & _AHEAD:
                return "ahead"
            if names & _HOLDING and tag in ("div", "blockquote", "p", "span"):
                return "around" if tag == "div" and names & _GMAIL else "holds"
    return "ahead" if tag == "div" and _OUTLOOK_RULE.search(attributes) else ""


def _quotes_inside(html: str, at: int) -> bool:
    """Whether a container of Gmail holds an attribution and a quotation of their own: then what stands between and below
    them is an answer. A forwarded message has neither."""
    end = html.find("<blockquote", at, at + _GMAIL_HEAD)
    if end < 0:
        return False
    return "gmail_quote" in html[end : end + 300] and "------" not in html[at:end]


def _line_above(html: str, floor: int, start: int) -> tuple[int, bool]:
    """Where the line that introduces a quotation begins, and True; (start, False) where the line above is none."""
    low = max(floor, start - _LINE_BEFORE)
    piece = html[low:start]
    for found in reversed(list(_BREAK.finditer(piece))[-20:]):
        at = found.end() if found.group(1) else found.start()
        words = _words(piece[at:])
        if words:
            introduces = words.endswith(":") and len(words) < 400 and bool(_WHO_OR_WHEN.search(words))
            return (low + at, True) if introduces else (start, False)
    return start, False


def _words(html: str) -> str:
    return " ".join(html_module.unescape(_WORDS.sub(" ", html)).split())


def _has_words(html: str) -> bool:
    """Words, or a picture, outside of what is never shown."""
    at = 0
    while (found := _TAG.search(html, at)) is not None:
        if _words(html[at : found.start()]):
            return True
        at = found.end()
        tag = (found.group(2) or "").lower()
        if tag == "img":
            return True
        if not tag:
            at = _after(html, "-->", at)
        elif tag in _UNSHOWN and not found.group(1):
            at = _after_element(html, tag, at)
    return bool(_words(html[at:]))


def _after(html: str, end: str, at: int) -> int:
    place = html.find(end, at)
    return len(html) if place < 0 else place + len(end)


def _after_element(html: str, tag: str, at: int) -> int:
    end = re.compile(f"</{tag}", re.IGNORECASE).search(html, at)
    return end.start() if end else len(html)
