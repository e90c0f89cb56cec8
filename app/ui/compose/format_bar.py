"""The formatting bar above the text: font, size, bold, italic, underline, lists, quote, link, attach."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QFont, QTextCharFormat, QTextListFormat
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout

from app.ui.compose.document_html import FONTS, MailFont
from app.ui.compose.editor import MessageEditor
from app.ui.kit import tokens as k
from app.ui.kit.fields import combo
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import ToolButton, tool

SIZES = (8, 9, 10, 11, 12, 14, 16, 18, 24)


class FormatBar(QFrame):
    """Follows the cursor of its editor. `link_requested`, `attach_requested` are wishes to the page."""

    link_requested = Signal()
    attach_requested = Signal()

    def __init__(self, theme: Theme, editor: MessageEditor) -> None:
        super().__init__()
        self._editor = editor
        self.setProperty("box", "bar")
        self.family = combo(theme, [(name, name) for name in FONTS], "Font", "bare")
        self.points = combo(theme, [(str(n), n) for n in SIZES], "Size in points", "bare")
        self.family.activated.connect(self._on_family)
        self.points.activated.connect(self._on_size)
        self.bold = tool(theme, "bold", "Bold (Ctrl+B)", checkable=True)
        self.italic = tool(theme, "italic", "Italic (Ctrl+I)", checkable=True)
        self.underline = tool(theme, "underline", "Underline (Ctrl+U)", checkable=True)
        self.bullets = tool(theme, "list", "List (Ctrl+Shift+8)", checkable=True)
        self.quote = tool(theme, "quote", "Quote (Ctrl+Shift+9)", checkable=True)
        self.link = tool(theme, "link", "Link (Ctrl+K)")
        self.attach = tool(theme, "attach", "Attach a file (Ctrl+Shift+A)")
        self.keys: list[tuple[str, ToolButton]] = []  # for the page: a button's own shortcut acts only after a moment
        for made, keys, slot in (
            (self.bold, "Ctrl+B", self._on_bold),
            (self.italic, "Ctrl+I", self._on_italic),
            (self.underline, "Ctrl+U", self._on_underline),
            (self.bullets, "Ctrl+Shift+8", self._on_list),
            (self.quote, "Ctrl+Shift+9", self._on_quote),
            (self.link, "Ctrl+K", self.link_requested),
            (self.attach, "Ctrl+Shift+A", self.attach_requested),
        ):
            self.keys.append((keys, made))
            made.clicked.connect(slot)
        lay: QHBoxLayout = row(
            self.family,
            self.points,
            k.S2,
            *self._tools()[:3],
            k.S2,
            *self._tools()[3:6],
            k.S2,
            self.attach,
            None,
            gap=2,
            margins=(k.S5, 5, k.S5, 5),
        )
        self.setLayout(lay)
        editor.currentCharFormatChanged.connect(self._on_format)
        editor.cursorPositionChanged.connect(self._on_cursor)
        self.set_default(editor.font_of_mail)

    def _tools(self) -> Sequence[ToolButton]:
        return self.bold, self.italic, self.underline, self.bullets, self.quote, self.link, self.attach

    def set_default(self, font: MailFont) -> None:
        """The font of the message; one that is not in the list is added."""
        for box, text, data in ((self.family, font.family, font.family), (self.points, str(font.size), font.size)):
            if box.findData(data) < 0:
                box.addItem(text, data)
        self._show(font.family, font.size)

    def _show(self, family: str, size: int) -> None:
        _choose(self.family, family)
        _choose(self.points, size)

    @Slot(QTextCharFormat)
    def _on_format(self, form: QTextCharFormat) -> None:
        self.bold.setChecked(form.fontWeight() >= 600)
        self.italic.setChecked(form.fontItalic())
        self.underline.setChecked(form.fontUnderline() and not form.isAnchor())
        families = form.fontFamilies()
        default = self._editor.font_of_mail
        size = round(form.fontPointSize()) or default.size
        self._show(str(families[0]) if families else default.family, size)

    @Slot()
    def _on_cursor(self) -> None:
        self.bullets.setChecked(self._editor.in_list())
        self.quote.setChecked(self._editor.in_quote())

    @Slot()
    def _on_family(self) -> None:
        form = QTextCharFormat()
        form.setFontFamilies([str(self.family.currentData())])
        self._apply(form)

    @Slot()
    def _on_size(self) -> None:
        form = QTextCharFormat()
        form.setFontPointSize(int(self.points.currentData()))
        self._apply(form)

    @Slot()
    def _on_bold(self) -> None:
        form = QTextCharFormat()
        form.setFontWeight(QFont.Weight.Bold if self.bold.isChecked() else QFont.Weight.Normal)
        self._apply(form)

    @Slot()
    def _on_italic(self) -> None:
        form = QTextCharFormat()
        form.setFontItalic(self.italic.isChecked())
        self._apply(form)

    @Slot()
    def _on_underline(self) -> None:
        form = QTextCharFormat()
        form.setFontUnderline(self.underline.isChecked())
        self._apply(form)

    @Slot()
    def _on_list(self) -> None:
        self._editor.toggle_list(QTextListFormat.Style.ListDisc)
        self._back()

    @Slot()
    def _on_quote(self) -> None:
        self._editor.toggle_quote()
        self._back()

    def _apply(self, form: QTextCharFormat) -> None:
        self._editor.merge_char(form)
        self._back()

    def _back(self) -> None:
        self._editor.setFocus()
        self._on_cursor()


def _choose(box: QComboBox, data: object) -> None:
    at = box.findData(data)
    if at >= 0:
        box.setCurrentIndex(at)
    else:
        box.addItem(str(data), data)
        box.setCurrentIndex(box.count() - 1)
