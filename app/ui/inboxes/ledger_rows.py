"""The bodies that were read as a list model by day, and its painter. Used by the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from app.domain.inboxes import InboxId
from app.domain.views import LedgerBody
from app.ui.inboxes import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.day_model import PAGE, DayModel, Index, RowItem
from app.ui.kit.painted_rows import LEFT, RIGHT, DayDelegate, paint_row_ground
from app.ui.kit.widgets import elide

if TYPE_CHECKING:
    from app.runtime.program import Program


class LedgerModel(DayModel):
    def __init__(self, program: Program, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._inbox: InboxId | None = None
        self._search = ""

    @property
    def of_one_inbox(self) -> bool:
        return self._inbox is not None

    def show(self, inbox_id: InboxId | None, search: str) -> None:
        self._inbox, self._search = inbox_id, search
        self.reload()

    def body_at(self, index: Index) -> LedgerBody | None:
        found: LedgerBody | None = self.row_at(index)
        return found

    def _page(self, before: int | None) -> tuple[Sequence[LedgerBody], int | None]:
        page = self._program.ledger_page(self._inbox, search=self._search, before=before, limit=PAGE)
        return page.bodies, page.reached

    def _text(self, row: LedgerBody) -> str:
        return f"{words.read_message(row)}. {words.why_read(row)}. {times.clock(row.at)}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.ToolTipRole and (body := self.body_at(index)) is not None:
            place = f"Message {body.message_id}, number {body.uid} in {body.folder} of {body.inbox_address}"
            return f"{words.read_message(body)}\n{body.why}\n{place}"
        return super().data(index, role)


class LedgerDelegate(DayDelegate):
    margin = k.S3

    def paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, item: RowItem) -> None:
        body: LedgerBody = item.row
        model = index.model()
        tells_inbox = not (isinstance(model, LedgerModel) and model.of_one_inbox)
        theme, rect, height = self._theme, option.rect, self._theme.px(20)
        paint_row_ground(theme, painter, option, QRectF(rect.adjusted(1, 1, -1, -1)))
        left, right = rect.x() + k.S3, rect.right() - k.S3
        top = rect.y() + (rect.height() - 2 * height) // 2
        strong, plain, small = theme.font("strong"), theme.font("body"), theme.figures("small")
        when = times.clock(body.at)
        folder = "Inbox" if body.folder == "INBOX" else body.folder
        where = f"{folder} of {body.inbox_address}" if tells_inbox else folder
        for line, text, font, below, tone in (
            (0, words.read_message(body), strong, when, "text" if body.sender else "muted"),
            (1, words.why_read(body), plain, where, "muted"),
        ):
            width = min(QFontMetrics(small).horizontalAdvance(below), (right - left) // 2)
            painter.setFont(small)
            painter.setPen(theme.c("faint"))
            y = top + line * height
            painter.drawText(QRect(right - width - 2, y, width + 2, height), RIGHT, elide(small, below, width + 2))
            room = right - width - k.S4 - left
            painter.setFont(font)
            painter.setPen(theme.c(tone))
            painter.drawText(QRect(left, y, room, height), LEFT, elide(font, " ".join(text.split()), room))
