"""A QTextDocument as clean e-mail HTML and as plain text. Used when a message is saved or sent.

Qt's own `toHtml` writes a style for every paragraph and fixes colours; mail programs deal badly with both, and a dark
screen's white would go out. Here only structure goes out: paragraphs, headings, lists, quotes, tables, links, bold,
italic, underline, strike-out, fonts that differ from the default, and inline pictures by their Content-ID."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
    QTextFrame,
    QTextList,
    QTextListFormat,
    QTextTable,
)

FONTS = {
    "Arial": "Arial, Helvetica, sans-serif",
    "Calibri": "Calibri, Carlito, sans-serif",
    "Courier New": "'Courier New', Courier, monospace",
    "Georgia": "Georgia, serif",
    "Helvetica": "Helvetica, Arial, sans-serif",
    "Tahoma": "Tahoma, Geneva, sans-serif",
    "Times New Roman": "'Times New Roman', Times, serif",
    "Trebuchet MS": "'Trebuchet MS', sans-serif",
    "Verdana": "Verdana, Geneva, sans-serif",
}
_QUOTE = '<blockquote type="cite" style="margin:0 0 0 4px;padding:0 0 0 12px;border-left:2px solid #c6cad2">'
_ORDERED = {
    QTextListFormat.Style.ListDecimal: "1",
    QTextListFormat.Style.ListLowerAlpha: "a",
    QTextListFormat.Style.ListUpperAlpha: "A",
    QTextListFormat.Style.ListLowerRoman: "i",
    QTextListFormat.Style.ListUpperRoman: "I",
}
# Addresses written out in the text become links. No nested repetition: linear in the length of the text.
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"“”«»]{2,2000}", re.IGNORECASE)
_SAFE = ("http://", "https://", "mailto:", "tel:")


@dataclass(frozen=True)
class MailFont:
    """The default font of a message. `size` in points."""

    family: str = "Arial"
    size: int = 11

    @property
    def css(self) -> str:
        return f"font-family:{font_stack(self.family)};font-size:{self.size}pt"


def font_stack(family: str) -> str:
    """CSS font-family with fallbacks; a name of unknown origin is cut down to letters, digits, spaces."""
    safe = re.sub(r"[^\w \-]", "", family).strip() or "Arial"
    return FONTS.get(safe, f"'{safe}', sans-serif")


def to_html(document: QTextDocument, font: MailFont) -> str:
    """A fragment: one `<div>` with the default font around the blocks."""
    return f'<div style="{font.css}">{"".join(_frame(document.rootFrame(), font))}</div>'


def to_text(document: QTextDocument) -> str:
    """The plain alternative: one line a paragraph, "> " before quotes, "• " or numbers before items, addresses of
    links in angle brackets behind their text."""
    lines: list[str] = []
    for block in _blocks(document):
        form = block.blockFormat()
        if lines and lines[-1] and form.topMargin() > 0 and list_of(block) is None:
            lines.append("")
        prefix = "> " * quote_level(form)
        items = list_of(block)
        if items is not None:
            style = QTextListFormat.Style(items.format().style())
            mark = f"{items.itemNumber(block) + 1}." if style in _ORDERED else "•"
            prefix += "   " * (max(1, items.format().indent()) - 1) + mark + " "
        lines.extend((prefix + line).rstrip() for line in _plain(block).split("\n"))
        if form.bottomMargin() > 0 and items is None and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip("\n")


def link_targets(document: QTextDocument) -> tuple[str, ...]:
    """The http and https addresses of the message in order, those written out in the text included."""
    found: list[str] = []
    for block in _blocks(document):
        last = ""
        for text, form in _fragments(block):
            href = form.anchorHref() if form.isAnchor() else ""
            if href:
                if href != last and href.startswith(("http://", "https://")):
                    found.append(href)
            else:
                found.extend(target for _shown, target in _linked(text) if target)
            last = href
    return tuple(found)


def content_ids(document: QTextDocument) -> frozenset[str]:
    """Content-IDs of the inline pictures that are still in the text."""
    names = (
        form.toImageFormat().name()
        for block in _blocks(document)
        for _text, form in _fragments(block)
        if form.isImageFormat()
    )
    return frozenset(n.removeprefix("cid:") for n in names if n.startswith("cid:"))


def quote_level(form: QTextBlockFormat) -> int:
    level = form.property(QTextFormat.Property.BlockQuoteLevel)
    return int(level) if isinstance(level, int) else 0


# -- blocks ----------------------------------------------------------------------------------------------------------


def _frame(frame: QTextFrame, font: MailFont) -> Iterator[str]:
    open_tags: list[tuple[str, int]] = []  # ("quote", level), ("ul" or "ol", indent)
    item_open: list[int] = []  # indents of lists with an open <li>

    def close_to(keep: int) -> Iterator[str]:
        while len(open_tags) > keep:
            kind, depth = open_tags.pop()
            if kind == "quote":
                yield "</blockquote>"
            else:
                if item_open and item_open[-1] == depth:
                    item_open.pop()
                    yield "</li>"
                yield f"</{kind}>"

    for part in _parts(frame):
        if isinstance(part, QTextFrame):
            yield from close_to(0)
            yield from _table(part, font) if isinstance(part, QTextTable) else _frame(part, font)
            continue
        wanted = _containers(part)
        same = 0
        while same < min(len(open_tags), len(wanted)) and _stays(open_tags[same], wanted, same):
            same += 1
        yield from close_to(same)
        for kind, depth, opening in wanted[same:]:
            if kind != "quote" and open_tags and open_tags[-1][0] != "quote" and not item_open:
                yield "<li>"
                item_open.append(open_tags[-1][1])
            open_tags.append((kind, depth))
            yield opening
        if list_of(part) is not None:
            depth = open_tags[-1][1]
            if item_open and item_open[-1] == depth:
                item_open.pop()
                yield "</li>"
            yield f"<li>{_inline(part, font) or '<br>'}"
            item_open.append(depth)
        else:
            yield _paragraph(part, font)
    yield from close_to(0)


def _stays(opened: tuple[str, int], wanted: list[tuple[str, int, str]], at: int) -> bool:
    """Whether what is open can hold the next block, too. A list around the item's own list may be of either kind: Qt
    keeps only the depth."""
    kind, depth, _ = wanted[at]
    if opened == (kind, depth):
        return True
    return at < len(wanted) - 1 and "quote" not in (opened[0], kind) and opened[1] == depth


def _containers(block: QTextBlock) -> list[tuple[str, int, str]]:
    """What has to be open around a block: (kind, depth, opening tag), outermost first."""
    wanted = [("quote", n, _QUOTE) for n in range(1, quote_level(block.blockFormat()) + 1)]
    items = list_of(block)
    if items is None:
        return wanted
    form = items.format()
    kind = _ORDERED.get(QTextListFormat.Style(form.style()))
    for depth in range(1, max(1, form.indent()) + 1):
        if kind is None:
            wanted.append(("ul", depth, '<ul style="margin:0 0 0 24px;padding:0">'))
        else:
            of_type = f' type="{kind}"' if kind != "1" else ""
            wanted.append(("ol", depth, f'<ol style="margin:0 0 0 24px;padding:0"{of_type}>'))
    return wanted


def _paragraph(block: QTextBlock, font: MailFont) -> str:
    form = block.blockFormat()
    if form.hasProperty(QTextFormat.Property.BlockTrailingHorizontalRulerWidth):
        return "<hr>"
    body = _inline(block, font) or "<br>"
    attributes = ' dir="rtl"' if block.textDirection() == Qt.LayoutDirection.RightToLeft else ""
    aligned = {Qt.AlignmentFlag.AlignHCenter: "center", Qt.AlignmentFlag.AlignRight: "right"}
    side = next((name for flag, name in aligned.items() if form.alignment() & flag), "")
    style = f"text-align:{side};" if side and not attributes else ""
    if form.headingLevel():
        return f"<h{form.headingLevel()}{attributes}{_style(style)}>{body}</h{form.headingLevel()}>"
    if form.topMargin() > 0 or form.bottomMargin() > 0:
        style += f"margin:{form.topMargin():.0f}px 0 {form.bottomMargin():.0f}px 0"
        return f"<p{attributes}{_style(style)}>{body}</p>"
    return f"<div{attributes}{_style(style)}>{body}</div>"


def _table(table: QTextTable, font: MailFont) -> Iterator[str]:
    yield '<table style="border-collapse:collapse" cellpadding="4" border="1">'
    for r in range(table.rows()):
        yield "<tr>"
        for c in range(table.columns()):
            cell = table.cellAt(r, c)
            if (cell.row(), cell.column()) != (r, c):
                continue  # covered by a cell that spans several
            spans = (("rowspan", cell.rowSpan()), ("colspan", cell.columnSpan()))
            yield "<td" + "".join(f' {name}="{n}"' for name, n in spans if n > 1) + ">"
            first, last = cell.firstCursorPosition().block(), cell.lastCursorPosition().block()
            block = first
            while block.isValid():
                yield _paragraph(block, font)
                if block == last:
                    break
                block = block.next()
            yield "</td>"
        yield "</tr>"
    yield "</table>"


# -- characters ------------------------------------------------------------------------------------------------------


def _inline(block: QTextBlock, font: MailFont) -> str:
    """The block's text with its tags; neighbouring fragments of one link share one `<a>`."""
    out: list[str] = []
    inside = ""
    for text, form in _fragments(block):
        href = form.anchorHref() if form.isAnchor() else ""
        if not href.lower().startswith(_SAFE):
            href = ""
        if href != inside:
            out.append(("</a>" if inside else "") + (f'<a href="{html.escape(href)}">' if href else ""))
            inside = href
        out.append(_run(text, form, font, bool(href)))
    if inside:
        out.append("</a>")
    if block.text().endswith("\u2028"):
        out.append("<br>")  # HTML shows no break at the end of a block
    return "".join(out)


def _run(text: str, form: QTextCharFormat, font: MailFont, linked: bool) -> str:
    if form.isImageFormat():
        return _image(form)
    if linked:
        body = _escape(text)
    else:
        body = "".join(
            f'<a href="{html.escape(target)}">{_escape(shown)}</a>' if target else _escape(shown)
            for shown, target in _linked(text)
        )
    if form.fontWeight() >= 600:
        body = f"<b>{body}</b>"
    if form.fontItalic():
        body = f"<i>{body}</i>"
    if form.fontUnderline() and not form.isAnchor():
        body = f"<u>{body}</u>"
    if form.fontStrikeOut():
        body = f"<s>{body}</s>"
    style = ""
    families = form.fontFamilies()
    if families and families[0] != font.family:
        style += f"font-family:{font_stack(str(families[0]))};"
    if form.hasProperty(QTextFormat.Property.FontPointSize) and round(form.fontPointSize()) != font.size:
        style += f"font-size:{form.fontPointSize():.0f}pt"
    return f"<span{_style(style)}>{body}</span>" if style else body


def _image(form: QTextCharFormat) -> str:
    image = form.toImageFormat()
    if not image.name().startswith("cid:"):
        return ""
    alt = form.property(QTextFormat.Property.ImageAltText)
    size = "".join(f' {n}="{v:.0f}"' for n, v in (("width", image.width()), ("height", image.height())) if v > 0)
    return f'<img src="{html.escape(image.name())}" alt="{html.escape(alt if isinstance(alt, str) else "")}"{size}>'


def _escape(text: str) -> str:
    escaped = html.escape(text, quote=False).replace("\u2028", "<br>").replace("\u00a0", "&nbsp;").replace("\t", "    ")
    return re.sub(r" {2,}", lambda m: "&nbsp;" * (len(m[0]) - 1) + " ", escaped)


def typed_links(text: str) -> Iterator[tuple[int, int]]:
    """(start, length) of the addresses in a text that become links when it goes out."""
    at = 0
    for shown, target in _linked(text):
        if target:
            yield at, len(shown)
        at += len(shown)


def _linked(text: str) -> Iterator[tuple[str, str]]:
    """(text, address it links to or "") pieces of a run that is no link itself."""
    at = 0
    for found in _URL.finditer(text):
        shown = found[0].rstrip(".,;:!?'’")
        while shown.endswith(")") and shown.count(")") > shown.count("("):
            shown = shown[:-1].rstrip(".,;:!?'’")
        yield text[at : found.start()], ""
        yield shown, shown if "://" in shown else f"http://{shown}"
        at = found.start() + len(shown)
    yield text[at:], ""


def _plain(block: QTextBlock) -> str:
    out: list[str] = []
    fragments = [*_fragments(block), ("", QTextCharFormat())]
    shown = ""
    for (text, form), (_next, after) in pairwise(fragments):
        if form.isImageFormat():
            continue
        shown += text
        href = form.anchorHref() if form.isAnchor() else ""
        if href and after.anchorHref() == href:
            continue
        if href and _bare(href) == _bare(shown):
            shown = shown.replace(shown.strip(), href.removeprefix("mailto:"))
        elif href:
            shown += f" <{href.removeprefix('mailto:')}>"
        out.append(shown)
        shown = ""
    return "".join(out).replace("\u2028", "\n").replace("\u00a0", " ")


def list_of(block: QTextBlock) -> QTextList | None:
    """Qt's stubs promise a list for every block; there is none where the block is no item."""
    return block.textList()


def _bare(url: str) -> str:
    """An address for comparison with the text that stands for it: without scheme and final slash."""
    return url.strip().rpartition("://")[2].removeprefix("mailto:").rstrip("/")


# -- walking ---------------------------------------------------------------------------------------------------------


def _parts(frame: QTextFrame) -> Iterator[QTextBlock | QTextFrame]:
    at = frame.begin()
    while not at.atEnd():
        inner = at.currentFrame()
        yield inner if inner is not None else at.currentBlock()
        at += 1


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _fragments(block: QTextBlock) -> Iterator[tuple[str, QTextCharFormat]]:
    at = block.begin()
    while not at.atEnd():
        fragment = at.fragment()
        if fragment.isValid():
            yield fragment.text(), fragment.charFormat()
        at += 1


def _style(css: str) -> str:
    return f' style="{html.escape(css.rstrip(";"))}"' if css else ""
