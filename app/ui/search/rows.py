"""What a search among messages found, as a list model by year, and its painter. Used by the search page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyleOptionViewItem

from app.domain.found_words import searched_words, spans
from app.domain.records import FoundMessage
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.day_list import DayList
from app.ui.kit.day_model import DayModel, Index, RowItem
from app.ui.kit.painted_rows import RIGHT, DayDelegate, paint_row_ground
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import elide

if TYPE_CHECKING:
    from app.runtime.program import Program

PORTION = 50  # messages that are read in one go
NO_SUBJECT = "(no subject)"
SENT, RECEIVED = "sent", "mail"  # icons


@dataclass(frozen=True)
class FoundRow:
    """`at`: the message's date."""

    at: datetime
    found: FoundMessage


def who(found: FoundMessage) -> str:
    name = found.who or "nobody"
    return f"To {name}" if found.direction == "sent" else times.capitalised(name) if not found.who else name


class FoundModel(DayModel):
    """Empty while nothing is looked for."""

    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self.search = ""
        self.wanted: list[str] = []  # the folded words
        self.complete = True  # False: older messages are still being made ready for searching

    def set_search(self, text: str) -> None:
        self.search, self.wanted = text, searched_words(text)
        self.reload()

    def _page(self, before: int | None) -> tuple[Sequence[FoundRow], int | None]:
        if not self.wanted:
            self.complete = True
            return (), None
        finds = self._program.find_messages(self.search, before, PORTION)
        self.complete = finds.complete
        return tuple(FoundRow(found.date, found) for found in finds.messages), finds.next

    def _day(self, row: FoundRow) -> date:
        return times.local(row.at).date().replace(month=1, day=1)

    def _head(self, day: date) -> str:
        return str(day.year)

    def _text(self, row: FoundRow) -> str:
        found = row.found
        date_ = f"{times.day_short(times.local(row.at).date(), self.today)} {times.clock(row.at)}"
        said = (who(found), found.subject or NO_SUBJECT, date_, found.passage)
        return ". ".join(part for part in said if part)

    def found_at(self, index: Index) -> FoundMessage | None:
        row: FoundRow | None = self.row_at(index)
        return None if row is None else row.found

    def position_of(self, pk: int) -> int:
        """-1 where it is not loaded."""
        for position, item in enumerate(self._items):
            if isinstance(item, RowItem) and item.row.found.pk == pk:
                return position
        return -1


class FoundView(DayList):
    """Enter or a click opens; Esc, and Up from the first row, go back to the field."""

    opened = Signal(int)  # message_pk
    left = Signal()

    def __init__(self, theme: Theme, model: FoundModel) -> None:
        super().__init__(theme, model, "Messages found")
        self._found = model
        self.setItemDelegate(FoundDelegate(theme, model, self))
        self.clicked.connect(self._open)

    def _open(self, index: QModelIndex) -> None:
        found = self._found.found_at(index)
        if found is not None:
            self.opened.emit(found.pk)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, here = event.key(), self.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here.isValid():
            self._open(here)
        elif key == Qt.Key.Key_Escape or (key == Qt.Key.Key_Up and here.row() <= 1):  # the first row is a year’s head
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FoundDelegate(DayDelegate):
    """Who, subject and date above, the passage below; the words that were found stand out on a ground of their own."""

    def __init__(self, theme: Theme, model: FoundModel, parent: QObject) -> None:
        super().__init__(theme, parent)
        self._model = model

    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, _index: Index, item: RowItem) -> None:
        found: FoundMessage = item.row.found
        theme, px, rect = self._theme, self._theme.px, option.rect
        selected = paint_row_ground(theme, painter, option, QRectF(rect.adjusted(k.S2, 1, -k.S2, -1)))
        disc = QRectF(rect.x() + k.S6, rect.y() + (rect.height() - px(32)) / 2, px(32), px(32))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.c("surface" if selected else "neutral_soft"))
        painter.drawEllipse(disc)
        inset = px(8)
        icon = SENT if found.direction == "sent" else RECEIVED
        theme.paint_icon(painter, icon, theme.ink("neutral"), disc.adjusted(inset, inset, -inset, -inset))
        height = px(20)
        left, right = int(disc.right()) + k.S3, rect.right() - k.S6
        top = rect.y() + (rect.height() - 2 * height) // 2

        small = theme.figures("small")
        when = times.moment_short(item.row.at, self._model.today)
        when_width = QFontMetrics(small).horizontalAdvance(when)
        painter.setFont(small)
        painter.setPen(theme.c("muted" if selected else "faint"))
        painter.drawText(QRect(right - when_width - 2, top, when_width + 2, height), RIGHT, when)

        strong, plain = theme.font("strong"), theme.font("body")
        room = right - when_width - k.S3 - left
        name = elide(strong, who(found), room * 40 // 100)
        width = QFontMetrics(strong).horizontalAdvance(name)
        self._paint(painter, strong, "text", selected, name, QRect(left, top, width + k.S2, height))
        x = left + width + k.S2
        ink = "text" if found.subject else "muted"
        subject = " ".join(found.subject.split()) or NO_SUBJECT
        self._paint(painter, plain, ink, selected, subject, QRect(x, top, left + room - x, height))
        self._paint(painter, plain, "muted", selected, found.passage, QRect(left, top + height, right - left, height))

    def _paint(self, painter: QPainter, font: QFont, ink: str, selected: bool, text: str, area: QRect) -> None:
        """One line of text with its marks."""
        theme = self._theme
        shown = elide(font, text, area.width())
        marked = QTextCharFormat()
        marked.setBackground(theme.c("surface" if selected else "accent_soft"))
        marked.setForeground(theme.c("accent_soft_text"))
        formats = []
        for start, end in spans(shown, self._model.wanted):
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = _units(shown[:start]), _units(shown[start:end]), marked
            formats.append(part)
        layout = QTextLayout(shown, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        layout.setTextOption(option)
        layout.setFormats(formats)
        layout.beginLayout()
        line = layout.createLine()
        layout.endLayout()
        painter.setPen(theme.c(ink))
        layout.draw(painter, QPointF(area.x(), area.y() + (area.height() - line.height()) / 2))


def _units(text: str) -> int:
    """Qt counts in UTF-16."""
    return len(text) + sum(c > "\uffff" for c in text)
