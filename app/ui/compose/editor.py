"""The text of a message: rich text that never loads anything from outside, cleans what is pasted, and takes files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from PySide6.QtCore import QByteArray, QMimeData, QRectF, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QSyntaxHighlighter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
    QTextListFormat,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from app.mime.link_wrappers import unwrap_link
from app.ui.compose.document_html import MailFont, list_of, quote_level, typed_links
from app.ui.kit import tokens as k
from app.ui.kit.fonts import load_letter_fonts
from app.ui.kit.theme import Theme

WIDEST_PICTURE = 560  # pixels on the screen and in the message
LINE_HEIGHT = 130  # percent
QUOTE_STEP = 20  # pixels a quote is set in, for each level
QT_QUOTE_MARGIN = 40  # pixels by which Qt's reading of HTML sets in a blockquote
_ADDRESS = re.compile(r"https?://[^\s<>\"]{4,8000}", re.IGNORECASE)
_BLOCKQUOTE = re.compile(r"<blockquote\b[^>]*>", re.IGNORECASE)
# `1.` to `9.` and `-` or `*` at the beginning of a line begin a list when a space follows
_LIST_START = re.compile(r"(?:([-*•])|(1)[.)])\Z")


class MailDocument(QTextDocument):
    """Answers for pictures it was given, and for nothing else: no file and no address is ever read."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pictures: dict[str, QImage] = {}

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        url = QUrl(name)
        if kind == QTextDocument.ResourceType.ImageResource.value and url.scheme() == "cid":
            return self.pictures.get(url.path(), QImage())
        return QByteArray()


class TypedLinks(QSyntaxHighlighter):
    """Shows addresses that are written out as the links they become. Nothing of it is in the document."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        if "://" not in text and "www." not in text.lower():
            return
        ink = QTextCharFormat()
        ink.setForeground(self._theme.c("link"))
        ink.setFontUnderline(True)
        for start, length in typed_links(text):
            self.setFormat(start, length, ink)


class MessageEditor(QTextEdit):
    """`files_dropped`: local paths. `picture_pasted`: a QImage that the page stores and gives back by
    `insert_picture`. `clean`: what pasted HTML goes through."""

    files_dropped = Signal(list)
    picture_pasted = Signal(QImage)

    def __init__(self, theme: Theme, clean: Callable[[str], str]) -> None:
        super().__init__()
        load_letter_fonts()
        self._theme, self._clean = theme, clean
        self.mail = MailDocument(self)
        self.mail.setDocumentMargin(k.S6)
        self.setDocument(self.mail)
        self.mail.setParent(self)
        self.setAccessibleName("Message")
        self.setTabChangesFocus(True)
        self.setAcceptRichText(True)
        self.setPlaceholderText("Write your message")
        self.font_of_mail = MailFont()
        self.set_mail_font(self.font_of_mail)
        self._typed_links = TypedLinks(theme, self.mail)
        theme.follow(self, self._colour_links)
        theme.follow(self._typed_links, self._typed_links.rehighlight)

    def set_mail_font(self, font: MailFont) -> None:
        self.font_of_mail = font
        shown = QFont(font.family)
        shown.setPointSizeF(font.size * self._theme.text_scale)
        self.mail.setDefaultFont(shown)
        self.setFont(shown)

    def _colour_links(self) -> None:
        """Qt bakes the colour of links into the text: it is set again in each scheme. None of it goes out."""
        self.mail.setDefaultStyleSheet(f"a {{ color: {self._theme.colors['link']}; }}")
        ink = QTextCharFormat()
        ink.setForeground(self._theme.c("link"))
        changed = self.mail.isModified()
        cursor = QTextCursor(self.mail)
        for first, length, form in list(_runs(self.mail, 0, self.mail.characterCount())):
            if form.isAnchor():
                cursor.setPosition(first)
                cursor.setPosition(first + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(ink)
        self.mail.setModified(changed)

    # content

    def set_content(self, html: str, pictures: dict[str, QImage]) -> None:
        """A stored draft. The HTML has been sanitised; `pictures` by Content-ID."""
        self.mail.clear()
        self.mail.pictures = dict(pictures)
        if html:
            self.setHtml(_BLOCKQUOTE.sub("<blockquote>", html))
        self._tidy(0, self.mail.characterCount())
        self._colour_links()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.mail.clearUndoRedoStacks()
        self.mail.setModified(False)

    def insert_picture(self, content_id: str, image: QImage, alt: str) -> None:
        self.mail.pictures[content_id] = image
        form = QTextImageFormat()
        form.setName(f"cid:{content_id}")
        form.setProperty(QTextFormat.Property.ImageAltText, alt)
        width = min(image.width(), WIDEST_PICTURE)
        form.setWidth(width)
        form.setHeight(round(image.height() * width / max(1, image.width())))
        self.textCursor().insertImage(form)

    def insert_clean_html(self, html: str) -> None:
        """Pasted: sanitised, without tracking, in the message's own font and colours."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        start = cursor.selectionStart()
        cursor.insertHtml(_BLOCKQUOTE.sub("<blockquote>", self._clean(html)))
        self._plain_ink(start, cursor.position())
        self._tidy(start, cursor.position())
        cursor.endEditBlock()
        cursor.setCharFormat(QTextCharFormat())
        self.setTextCursor(cursor)
        self._colour_links()

    def _plain_ink(self, start: int, end: int) -> None:
        """Takes away inks, grounds and fonts of where it came from: unreadable in the other scheme, strange in the
        message. Bold, italic, underline, links and sizes of headings stay."""
        dropped = (
            QTextFormat.Property.ForegroundBrush,
            QTextFormat.Property.BackgroundBrush,
            QTextFormat.Property.FontFamilies,
            QTextFormat.Property.FontPointSize,
            QTextFormat.Property.FontPixelSize,
            QTextFormat.Property.FontLetterSpacing,
        )
        cursor = QTextCursor(self.mail)
        for first, length, form in list(_runs(self.mail, start, end)):
            if not form.isImageFormat():
                for name in dropped:
                    form.clearProperty(name)
                cursor.setPosition(max(first, start))
                cursor.setPosition(min(first + length, end), QTextCursor.MoveMode.KeepAnchor)
                cursor.setCharFormat(form)

    def _tidy(self, start: int, end: int) -> None:
        """Blocks as this editor makes them: line height, quotes by depth, no grounds, no break at a block's end (HTML
        needs one in an empty line, and shows none)."""
        block = self.mail.findBlock(start)
        while block.isValid() and block.position() <= end:
            form = block.blockFormat()
            form.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            form.clearBackground()
            if quote_level(form):
                level = max(1, round(form.leftMargin() / QT_QUOTE_MARGIN))
                form.setProperty(QTextFormat.Property.BlockQuoteLevel, level)
                form.setLeftMargin(level * QUOTE_STEP)
                form.setRightMargin(0)
            cursor = QTextCursor(block)
            cursor.setBlockFormat(form)
            if block.text().endswith("\u2028"):
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
                cursor.deletePreviousChar()
            block = block.next()

    # formatting

    def merge_char(self, form: QTextCharFormat) -> None:
        """For the selection, or the word that the cursor stands within, and for what is typed next."""
        cursor = self.textCursor()
        text, at = cursor.block().text(), cursor.positionInBlock()
        if not cursor.hasSelection() and 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
            cursor.select(QTextCursor.SelectionType.WordUnderCursor)
            cursor.mergeCharFormat(form)
        self.mergeCurrentCharFormat(form)

    def toggle_list(self, style: QTextListFormat.Style = QTextListFormat.Style.ListDisc) -> None:
        cursor = self.textCursor()
        items = list_of(cursor.block())
        if items is None:
            cursor.createList(style)
            return
        cursor.beginEditBlock()
        block = self.mail.findBlock(cursor.selectionStart())
        while block.isValid() and block.position() <= cursor.selectionEnd():
            inside = list_of(block)
            if inside is not None:
                inside.remove(block)
                form = block.blockFormat()
                form.setIndent(0)
                QTextCursor(block).setBlockFormat(form)
            block = block.next()
        cursor.endEditBlock()

    def toggle_quote(self) -> None:
        cursor = self.textCursor()
        quoted = quote_level(cursor.blockFormat()) > 0
        form = QTextBlockFormat()
        form.setProperty(QTextFormat.Property.BlockQuoteLevel, 0 if quoted else 1)
        form.setLeftMargin(0 if quoted else QUOTE_STEP)
        cursor.mergeBlockFormat(form)

    def in_quote(self) -> bool:
        return quote_level(self.textCursor().blockFormat()) > 0

    def in_list(self) -> bool:
        return list_of(self.textCursor().block()) is not None

    def link_at_cursor(self) -> tuple[str, str]:
        """(text, address) of the link at the cursor; else (selected text, "")."""
        cursor = self.textCursor()
        if cursor.hasSelection():
            text = cursor.selectedText().replace("\u2029", " ")
            return text, cursor.charFormat().anchorHref()
        href = cursor.charFormat().anchorHref()
        return (self._select_link(href).selectedText(), href) if href else ("", "")

    def set_link(self, text: str, href: str) -> None:
        """Over the selection or the link at the cursor, else at the cursor; an empty address takes the link away."""
        cursor = self.textCursor()
        old = cursor.charFormat().anchorHref()
        if not cursor.hasSelection() and old:
            cursor = self._select_link(old)
        plain = QTextCharFormat(cursor.charFormat())
        plain.setAnchor(False)
        plain.clearProperty(QTextFormat.Property.AnchorHref)
        plain.clearForeground()
        plain.setFontUnderline(False)
        if not href:
            cursor.setCharFormat(plain)
            return
        form = QTextCharFormat(plain)
        form.setAnchor(True)
        form.setAnchorHref(href)
        form.setForeground(self._theme.c("link"))
        form.setFontUnderline(True)
        cursor.insertText(text or href, form)
        cursor.setCharFormat(plain)  # what is typed next is no link
        self.setTextCursor(cursor)
        self.setCurrentCharFormat(plain)

    def _select_link(self, href: str) -> QTextCursor:
        cursor = self.textCursor()
        block = cursor.block()
        at = block.begin()
        while not at.atEnd():
            fragment = at.fragment()
            start, end = fragment.position(), fragment.position() + fragment.length()
            if fragment.charFormat().anchorHref() == href and start <= cursor.position() <= end:
                cursor.setPosition(start)
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                return cursor
            at += 1
        return cursor

    # keys, clipboard, dropping, painting

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cursor = self.textCursor()
        if event.text() == " " and not cursor.hasSelection() and not self.in_list():
            start = _LIST_START.match(cursor.block().text()[: cursor.positionInBlock()])
            if start and cursor.positionInBlock() == len(start[0]):
                style = QTextListFormat.Style.ListDecimal if start[2] else QTextListFormat.Style.ListDisc
                cursor.beginEditBlock()
                cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
                cursor.createList(style)
                cursor.endEditBlock()
                return
        enter = event.matches(QKeySequence.StandardKey.InsertParagraphSeparator)
        if enter and self.in_list() and not cursor.block().text():
            self.toggle_list()  # an empty item ends the list
            return
        if enter and self.in_quote() and not cursor.block().text():
            self.toggle_quote()
            return
        super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = [u.toLocalFile() for u in source.urls() if u.isLocalFile()]
        if files:
            self.files_dropped.emit(files)
        elif source.hasImage() and not source.hasText():
            image = QImage(source.imageData())
            if not image.isNull():
                self.picture_pasted.emit(image)
        elif source.hasHtml():
            self.insert_clean_html(source.html())
        else:
            self.textCursor().insertText(_ADDRESS.sub(_unwrapped, source.text()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar before quoted text, one for each level."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        top = self.verticalScrollBar().value()
        layout = self.mail.documentLayout()
        block = self.cursorForPosition(self.viewport().rect().topLeft()).block()
        while block.isValid():
            place = layout.blockBoundingRect(block).translated(0, -top)
            if place.top() > self.viewport().height():
                break
            for level in range(quote_level(block.blockFormat())):
                x = self.mail.documentMargin() + level * QUOTE_STEP + 4
                painter.fillRect(QRectF(x, place.top(), 2, place.height()), self._theme.c("border_input"))
            block = block.next()
        painter.end()


def _unwrapped(found: re.Match[str]) -> str:
    """An address in plain text without the wrapper of somebody who counts clicks (M6)."""
    return unwrap_link(found[0]) or found[0]


def _runs(document: QTextDocument, start: int, end: int) -> Iterator[tuple[int, int, QTextCharFormat]]:
    """(position, length, format) of the fragments that touch a range."""
    block = document.findBlock(start)
    while block.isValid() and block.position() <= end:
        at = block.begin()
        while not at.atEnd():
            fragment = at.fragment()
            if fragment.isValid() and fragment.position() < end and fragment.position() + fragment.length() > start:
                yield fragment.position(), fragment.length(), fragment.charFormat()
            at += 1
        block = block.next()
