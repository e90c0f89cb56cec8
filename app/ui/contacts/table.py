"""Paints the table of contacts and its head. Used by the contacts page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.domain.views import ContactRow
from app.ui.activity.delegate import LEFT, RIGHT, paint_row_ground
from app.ui.contacts.model import ROW, ContactItem, name_of
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import elide, initials

HEADS = ("Name", "Company", "Last message", "Messages", "When")


@dataclass(frozen=True)
class Columns:
    """Left edge and width of each column in a row of a given width; a width of 0 leaves the column out."""

    name: tuple[int, int]
    company: tuple[int, int]
    subject: tuple[int, int]
    messages: tuple[int, int]
    when: tuple[int, int]

    def all(self) -> tuple[tuple[int, int], ...]:
        return (self.name, self.company, self.subject, self.messages, self.when)


def columns(theme: Theme, width: int) -> Columns:
    px, gap = theme.px, k.S4
    left, right = k.S6 + px(32) + k.S3, width - k.S6
    when = px(96)
    messages = px(72)
    room = right - left - when - messages - 4 * gap
    company = room * 24 // 100 if room > px(520) else 0
    subject = room * 38 // 100
    name = room - company - subject
    x = left
    edges = []
    for wide in (name, company, subject):
        edges.append((x, wide))
        x += wide + gap if wide else 0
    return Columns(edges[0], edges[1], edges[2], (right - when - gap - messages, messages), (right - when, when))


class TableHead(QWidget):
    """The names of the columns, above the list."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(theme.px(k.H_DAY_ROW))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font("small_strong"))
        painter.setPen(self._theme.c("faint"))
        for head, (x, width) in zip(HEADS, columns(self._theme, self.width()).all(), strict=True):
            align = RIGHT if head in ("Messages", "When") else LEFT
            painter.drawText(QRect(x, 0, width, self.height()), align, head if width else "")
        painter.setPen(self._theme.c("border"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


class ContactsDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, self._theme.px(k.H_FEED_ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item = index.data(ROW)
        if isinstance(item, ContactItem):
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_row(painter, option, item.row)
            painter.restore()

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, row: ContactRow) -> None:
        theme, px, rect = self._theme, self._theme.px, option.rect
        selected = paint_row_ground(theme, painter, option, QRectF(rect.adjusted(k.S2, 1, -k.S2, -1)))
        disc = QRectF(rect.x() + k.S6, rect.y() + (rect.height() - px(32)) / 2, px(32), px(32))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.c("surface" if selected else "accent_soft"))
        painter.drawEllipse(disc)
        font = theme.font("strong")
        font.setPixelSize(px(12))
        painter.setFont(font)
        painter.setPen(theme.c("accent_soft_text"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, initials(name_of(row)))

        at = columns(theme, rect.width())
        height = px(20)
        top = rect.y() + (rect.height() - 2 * height) // 2
        middle = rect.y() + (rect.height() - height) // 2
        strong, plain, small = theme.font("strong"), theme.font("body"), theme.figures("small")

        def write(
            where: tuple[int, int], y: int, text: str, font: QFont, color: str, align: Qt.AlignmentFlag = LEFT
        ) -> None:
            x, width = where
            if width > 0 and text:
                painter.setFont(font)
                painter.setPen(theme.c(color))
                one_line = " ".join(text.split())
                painter.drawText(QRect(rect.x() + x, y, width, height), align, elide(font, one_line, width))

        write(at.name, top if row.name else middle, name_of(row), strong, "text")
        if row.name:
            write(at.name, top + height, row.address, plain, "muted")
        write(at.company, middle, row.company, plain, "text")
        write(at.subject, middle, row.last_subject or "No messages yet", plain, "muted" if row.messages else "faint")
        write(at.messages, middle, times.number(row.messages), theme.figures("body"), "muted", RIGHT)
        if row.last_at is not None:
            when = times.moment_short(row.last_at, times.today())
            write(at.when, middle, when, small, "muted" if selected else "faint", RIGHT)
