"""The text of a message's card: what the person wrote, with the pictures that came with it; the quotation behind a fold.
Used by `card`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.views import TimelineAttachment, TimelineMessage
from app.mime.html_quote import split_html_reply
from app.mime.html_text import text_to_html
from app.mime.sanitise import sanitise_html
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.html_view import HtmlView
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button, button, label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONG_TEXT = 6_000  # characters shown before "Show the whole message"
LONG_HTML = 300_000  # more is shown as text first: laying it out takes seconds
LONGEST_TEXT = 400_000
LARGEST_PICTURE = 5_000_000  # bytes of a picture shown in the text; a larger one stays a file


def pictures_in_text(message: TimelineMessage) -> list[TimelineAttachment]:
    """The attachments that its text shows: they are not listed as files."""
    return [
        a
        for a in message.attachments
        if a.content_id
        and a.content_type.startswith("image/")
        and a.size <= LARGEST_PICTURE
        and f"cid:{a.content_id}" in message.html
    ]


class CardText(QWidget):
    link_requested = Signal(object)  # QUrl

    def __init__(
        self, theme: Theme, message: TimelineMessage, read_file: Callable[[TimelineAttachment], bytes]
    ) -> None:
        """`read_file`: the bytes of a picture in the text; empty when it is gone."""
        super().__init__()
        self._theme, self.message, self._read_file = theme, message, read_file
        self._whole = False
        self._answer = self._without_quotation(message)
        self._column = column(gap=k.S2)
        self._text: QWidget | None = None
        self._fold: Button | None = None
        self._show_text()
        self._add_fold()
        self.setLayout(self._column)

    def _show_text(self) -> None:
        if self._text is not None:
            self._column.removeWidget(self._text)
            self._text.hide()
            self._text.deleteLater()
        self._text = self._whole_text() if self._whole else self._short_text()
        self._column.insertWidget(0, self._text)

    def _short_text(self) -> QWidget:
        message = self.message
        plain = message.visible_text or message.text
        if self._answer:
            return self._formatted(self._answer)
        if not plain.strip():
            return label(self._theme, "This message has no text", "body", "faint")
        if len(plain) > LONG_TEXT:
            plain = plain[:LONG_TEXT].rstrip() + " …"
        return self._view(text_to_html(plain.strip()))

    def _whole_text(self) -> QWidget:
        message = self.message
        if message.html and len(message.html) <= LONG_HTML:
            return self._formatted(message.html)
        return self._view(text_to_html(message.text[:LONGEST_TEXT].strip()))

    @staticmethod
    def _without_quotation(message: TimelineMessage) -> str:
        """Its HTML as far as the person wrote it; empty where that is not known, or it is too long to lay out."""
        if not message.html or len(message.html) > LONG_HTML:
            return ""
        if not message.quoted_lines:
            return message.html
        answer, quotation = split_html_reply(message.html)
        return answer if quotation else ""

    def _formatted(self, html: str) -> HtmlView:
        """HTML of the message with the pictures that came with it, and nothing from elsewhere."""
        held = {a.content_id: a for a in pictures_in_text(self.message)}
        clean = sanitise_html(html, cid_urls={cid: f"cid:{cid}" for cid in held})
        return self._view(clean, {cid: self._read_file(a) for cid, a in held.items()})

    def _view(self, clean: str, pictures: Mapping[str, bytes] | None = None) -> HtmlView:
        view = HtmlView(self._theme)
        view.set_html(clean, pictures)
        view.link_requested.connect(self._on_link)
        return view

    def _add_fold(self) -> None:
        message = self.message
        cut = len(message.visible_text or message.text) > LONG_TEXT and not self._answer
        if not message.quoted_lines and not cut:
            return
        self._fold = button(self._theme, "", "fold", "more")
        self._fold.clicked.connect(self._on_fold)
        self._column.addLayout(row(self._fold, None))
        self._name_fold()

    def _name_fold(self) -> None:
        if self._fold is None:
            return
        lines = self.message.quoted_lines
        if lines:
            count = times.count(lines, "line", "lines")
            text = "Hide quoted text" if self._whole else f"Show quoted text ({count})"
        else:
            text = "Show less" if self._whole else "Show the whole message"
        self._fold.set_verb(text)
        self._fold.setAccessibleName(text)

    @Slot()
    def _on_fold(self) -> None:
        self._whole = not self._whole
        self._show_text()
        assert self._text is not None
        self._text.show()  # at once, not when the layout gets round to it
        self._name_fold()

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        self.link_requested.emit(url)
