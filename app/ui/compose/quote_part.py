"""The quoted original under a reply: folded away, shown on wish, taken into the text, or left out."""

from __future__ import annotations

import re
from html import unescape

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.mime.html_text import html_to_text
from app.ui.compose.replying import quote_body
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.html_view import HtmlView
from app.ui.kit.layout import column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button

TALLEST = 220  # pixels
_LINK = re.compile(r'<a\s[^>]*?\bhref="(https?://[^"]+)"', re.IGNORECASE)  # of sanitised HTML, which quotes all values


class QuotePart(QWidget):
    """`html` is the marked quote as it goes out, empty without one; `links` its web addresses in order. `taken` carries
    it when it moves into the text."""

    changed = Signal()
    taken = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.html = ""
        self.text = ""
        self.links: tuple[str, ...] = ()
        self.fold = button(theme, "Show quoted text", "fold", "chevron-right")
        self.take = button(theme, "Edit it", "fold")
        self.take.setAccessibleName("Take the quoted text into the message")
        self.drop = button(theme, "Leave it out", "fold")
        self.drop.setAccessibleName("Leave the quoted text out")
        self.view = HtmlView(theme)
        self.area = scroll(host(column(self.view, None, gap=0, margins=(k.S5, 4, k.S4, 4))))
        self.area.setMaximumHeight(theme.px(TALLEST))
        self.area.setMinimumHeight(theme.px(90))
        self.area.hide()
        head = row(self.fold, self.take, self.drop, None, gap=k.S1, margins=(18, 0, 0, 0))
        self.setLayout(column(head, self.area, gap=2, margins=(0, 2, k.S5, 6)))
        self.fold.clicked.connect(self._on_fold)
        self.take.clicked.connect(self._on_take)
        self.drop.clicked.connect(self._on_drop)
        self.hide()

    def set_quote(self, html: str, text: str = "") -> None:
        """`text`: the plain form, where it is known; else it is made from the HTML."""
        self.html = html
        self.text = text or (html_to_text(html).strip() if html else "")
        self.setVisible(bool(html))
        self._show(False)
        body = quote_body(html) if html else ""
        self.links = tuple(unescape(url) for url in _LINK.findall(body))
        if html:
            self.view.set_html(body)

    def _show(self, shown: bool) -> None:
        self.area.setVisible(shown)
        lines = times.count(max(1, len(self.text.splitlines()) - 1), "line", "lines")
        self.fold.set_verb(f"{'Hide' if shown else 'Show'} quoted text ({lines})")
        self.fold.setAccessibleName(self.fold.text().strip("\u2009"))
        self._theme.bind_icon(self.fold, "chevron-down" if shown else "chevron-right", "muted", k.ICON_SMALL)

    @Slot()
    def _on_fold(self) -> None:
        self._show(self.area.isHidden())

    @Slot()
    def _on_take(self) -> None:
        html = self.html
        self.set_quote("")
        self.taken.emit(html)
        self.changed.emit()

    @Slot()
    def _on_drop(self) -> None:
        self.set_quote("")
        self.changed.emit()
