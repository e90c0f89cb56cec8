"""Shows a message's HTML with no way to the network or to files. Used by the timeline and by compose previews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QObject, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QDesktopServices,
    QGuiApplication,
    QImage,
    QImageReader,
    QResizeEvent,
    QShowEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrame,
    QTextOption,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QTextBrowser, QWidget

from app.mime.html_text import html_to_text, text_to_html
from app.ui.kit.dialog import Dialog
from app.ui.kit.fonts import load_letter_fonts
from app.ui.kit.tokens import contrast
from app.ui.kit.widgets import button, label

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

OPENABLE = ("http", "https", "mailto")
EMPTY_LINE = re.compile(r"<(div|p)((?:\s[^<>]*)?)>\s*<br\s*/?>\s*</\1>", re.IGNORECASE)  # Qt makes two lines of one
LINE_PERCENT = 127  # 20 px lines of 13 px Inter, as the rest of the program
MAX_CELLS = 2_000
MAX_HTML = 300_000  # characters; laying out more would keep the window waiting, so it is shown as text
MAX_TEXT = 60_000  # characters of that text
VERY_LONG = "This message is very long. Its beginning is shown, as plain text."
FOREGROUND = QTextFormat.Property.ForegroundBrush.value
BACKGROUND = QTextFormat.Property.BackgroundBrush.value
MAX_PIXELS = 40_000_000  # of one picture in a message: 160 MB of memory


class HtmlView(QTextBrowser):
    """As high as its text; it scrolls only sideways, where something in it is wider. Hand it HTML that
    `app.mime.sanitise` has been over: this widget is the second wall, not the first.

    `loadResource` answers for `cid:` pictures it was given and for nothing else, so neither a picture, a style sheet
    nor a link can make a request or read a file. A link is told by `link_requested` (the true destination); nothing
    opens by itself. While the pointer is on a link its destination is the tool tip. HTML of more than 300,000
    characters is shown as text, and of that the beginning."""

    link_requested = Signal(QUrl)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        load_letter_fonts()
        self._theme = theme
        self._pictures: dict[str, bytes] = {}
        self._html = ""
        self._stale = False  # the scheme changed while nobody could see it
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)  # a table may not go narrower
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName("Message text")
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.setFont(theme.font("body"))
        self.anchorClicked.connect(self._on_anchor)
        self.highlighted.connect(self._on_highlighted)
        theme.follow(self, self._on_scheme)

    def set_html(self, html: str, pictures: Mapping[str, bytes] | None = None) -> None:
        """`pictures`: Content-ID without angle brackets → the bytes of the image."""
        self._html = html if len(html) <= MAX_HTML else _beginning(html)
        self._pictures = dict(pictures or {})
        self._render()

    def _on_scheme(self) -> None:
        # The colour of links is baked into a document when it is read: a change of scheme reads it again, once it is seen.
        if self.isVisible():
            self._render()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._render()

    def _render(self) -> None:
        self._stale = False
        document = self.document()
        document.setDefaultFont(self._theme.font("body"))
        document.setDefaultStyleSheet(
            f"a {{ color: {self._theme.colors['link']}; }}"
            f" blockquote {{ color: {self._theme.colors['muted']}; margin-left: 12px; margin-right: 0; }}"
            " p { margin-top: 0; margin-bottom: 8px; } img { max-width: 100%; }"
        )
        self.setHtml(EMPTY_LINE.sub(r"<\1\2>&nbsp;</\1>", self._html))
        self._make_readable()
        self._cut_empty_end()
        self._fit()

    def _cut_empty_end(self) -> None:
        """Programs put empty lines between an answer and what it quotes, which would gape where the quotation is folded
        away."""
        document = self.document()
        root, block = document.rootFrame(), document.lastBlock()
        if block.text().strip():
            return
        end = block
        while block.isValid() and not block.text().strip() and block.textList() is None:
            if QTextCursor(block).currentFrame() != root:
                break
            end, block = block, block.previous()
        cursor = QTextCursor(end)  # the first of the empty ones
        if block.isValid() and QTextCursor(block).currentFrame() == root:
            cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()

    def _make_readable(self) -> None:
        """Takes out what a mail's own colours would make unreadable on our ground, and sets the line height."""
        document, theme = self.document(), self._theme
        ground = theme.colors["surface"]
        dark = theme.scheme == "dark"
        cursor = QTextCursor(document)
        cursor.beginEditBlock()  # one layout at its end: else each change would lay out the whole document again
        _clear_grounds(document.rootFrame(), dark)
        block = document.begin()
        while block.isValid():
            shape = block.blockFormat()
            shape.setLineHeight(LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            shape.setNonBreakableLines(False)
            if dark or _is_dark(shape.background()):
                shape.clearBackground()
            cursor.setPosition(block.position())
            cursor.setBlockFormat(shape)
            changes: list[tuple[int, int, QTextCharFormat]] = []
            walk = block.begin()
            while not walk.atEnd():
                fragment = walk.fragment()
                style = fragment.charFormat()
                ink = style.foreground().color().name() if style.hasProperty(FOREGROUND) else ""
                bad_ink = bool(ink) and not style.isAnchor() and contrast(ink, ground) < 4.5
                bad_ground = style.hasProperty(BACKGROUND) and (dark or _is_dark(style.background()))
                if bad_ink or bad_ground:
                    fresh = QTextCharFormat(style)
                    if bad_ink:
                        fresh.clearForeground()
                    if bad_ground:
                        fresh.clearBackground()
                    changes.append((fragment.position(), fragment.length(), fresh))
                walk += 1
            for start, length, fresh in changes:
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.setCharFormat(fresh)
            block = block.next()
        cursor.endEditBlock()

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        url = QUrl(name)
        if kind == QTextDocument.ResourceType.ImageResource.value and url.scheme() == "cid":
            data = self._pictures.get(url.path())
            if data:
                return _picture(data)
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return _blank()
        return _NOTHING

    @Slot(QUrl)
    def _on_anchor(self, url: QUrl) -> None:
        if url.scheme().lower() in OPENABLE:
            self.link_requested.emit(url)

    @Slot(QUrl)
    def _on_highlighted(self, url: QUrl) -> None:
        self.viewport().setToolTip(url.toDisplayString() if url.scheme().lower() in OPENABLE else "")

    def _fit(self) -> None:
        self.document().setTextWidth(max(80, self.viewport().width()))
        size = self.document().size()
        bar = self.horizontalScrollBar().sizeHint().height() if size.width() > self.viewport().width() + 1 else 0
        self.setFixedHeight(max(20, round(size.height()) + 1 + bar))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        across = event.angleDelta().x() or event.pixelDelta().x()
        if self.horizontalScrollBar().maximum() and across and not event.angleDelta().y():
            super().wheelEvent(event)
            return
        event.ignore()  # the page scrolls, not the message


def _beginning(html: str) -> str:
    return text_to_html(f"{VERY_LONG}\n\n{html_to_text(html[:MAX_HTML])[:MAX_TEXT]}")


def _is_dark(brush: QBrush) -> bool:
    return brush.style() != Qt.BrushStyle.NoBrush and brush.color().lightness() < 140


def _clear_grounds(frame: QTextFrame, always: bool) -> None:
    """Backgrounds of tables, cells and frames: all in the dark scheme, dark ones in the light."""
    shape = frame.frameFormat()
    if always or _is_dark(shape.background()):
        shape.clearBackground()
        frame.setFrameFormat(shape)
    if isinstance(frame, QTextTable):
        for line in range(min(frame.rows(), MAX_CELLS)):
            for place in range(min(frame.columns(), 64)):
                cell = frame.cellAt(line, place)
                style = cell.format()
                if style.hasProperty(BACKGROUND) and (always or _is_dark(style.background())):
                    style.clearBackground()
                    cell.setFormat(style)
    for inner in frame.childFrames():
        _clear_grounds(inner, always)


_NOTHING = b""


def _blank() -> QImage:
    """Stands for every picture that is not shown: Qt's sign for a broken one would be mistaken for an attachment."""
    image = QImage(1, 1, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _picture(data: bytes) -> object:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    reader = QImageReader(buffer)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > MAX_PIXELS:
        return _blank()
    image = reader.read()
    return image if isinstance(image, QImage) and not image.isNull() else _blank()


def ask_to_open(theme: Theme, url: QUrl, parent: QWidget) -> Dialog:
    """Shows where a link of a message really leads, before anything opens. Returns the dialog, already open."""
    where = url.path() if url.scheme().lower() == "mailto" else url.host()
    dialog = Dialog(theme, "Open this link?", f"It leads to {where}.", parent)
    dialog.setObjectName("link")
    whole = QPlainTextEdit(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
    whole.setProperty("kind", "report")
    whole.setReadOnly(True)
    whole.setFont(theme.font("body"))
    whole.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
    whole.setTabChangesFocus(True)
    whole.setFixedHeight(theme.px(84))
    whole.setAccessibleName("The whole address")
    dialog.add(whole)
    if url.scheme().lower() == "http":
        dialog.add(label(theme, "The connection is not encrypted.", "small", "warn", wrap=True))
    opener = _Opener(url, dialog)
    copy = button(theme, "Copy the address", "quiet", "copy")
    copy.clicked.connect(opener.copy)
    dialog.set_note(copy)
    dialog.set_verb("Open").clicked.connect(opener.open)
    dialog.open()
    return dialog


class _Opener(QObject):
    """What the dialog's buttons do; dies with it."""

    def __init__(self, url: QUrl, dialog: Dialog) -> None:
        super().__init__(dialog)
        self._url, self._dialog = url, dialog

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self._url.toString(QUrl.ComponentFormattingOption.FullyEncoded))

    @Slot()
    def open(self) -> None:
        QDesktopServices.openUrl(self._url)
        self._dialog.accept()
