"""What was read of the mailboxes: how many headers, and each body with when and why (R2). Used by the inboxes page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedWidget, QTableView, QWidget

from app.domain.inboxes import InboxId
from app.domain.views import Ledger, LedgerBody
from app.ui.inboxes import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import combo
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label
from app.ui.page import in_the_middle

if TYPE_CHECKING:
    from app.runtime.program import Program

LIMIT = 500
Index = QModelIndex | QPersistentModelIndex


class LedgerModel(QAbstractTableModel):
    """Bodies of all shown ledgers, newest first."""

    HEADS = ("When", "Message", "Why it was read")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[tuple[str, LedgerBody]] = []

    def set_ledgers(self, ledgers: tuple[Ledger, ...]) -> None:
        self.beginResetModel()
        lines = [(ledger.inbox_address, body) for ledger in ledgers for body in ledger.bodies]
        self._lines = sorted(lines, key=lambda line: line[1].at, reverse=True)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADS[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        inbox, body = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            when = times.capitalised(times.ago(body.at, times.now()))
            return (when, words.read_message(body), words.why_read(body))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            place = f"Message {body.message_id}, number {body.uid} in {body.folder} of {inbox}"
            return f"{words.read_message(body)}\n{body.why}\n{place}"
        return None


class LedgerDialog(Dialog):
    def __init__(self, theme: Theme, program: Program, inbox_id: InboxId | None, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            "What was read",
            "Of every message only header lines are read, to see whether it answers something sent or logged here. The "
            "body is read only of those that do.",
            parent,
            width=720,
            cancel="Close",
        )
        self._program = program
        cards = program.inboxes()
        options: list[tuple[str, object]] = [("All inboxes", None)]
        options += [(card.address, int(card.id)) for card in cards]
        self.choice = combo(theme, options, "Inbox")
        self.choice.setMaximumWidth(theme.px(360))
        self.summary = label(theme, "", "medium")
        self.add(row(self.choice, None, self.summary))
        self.model = LedgerModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setFont(theme.font("small"))
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Bodies that were read")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.px(32))
        header = self.table.horizontalHeader()
        header.setFont(theme.font("small_strong"))
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, theme.px(168))
        header.resizeSection(1, theme.px(250))
        header.setStretchLastSection(True)
        nothing = in_the_middle(label(theme, "No body has been read yet.", "body", "muted"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(host(column(None, nothing, None)))
        self._stack.setMinimumHeight(theme.px(280))
        self.add(self._stack, 1)
        self.choice.currentIndexChanged.connect(self.refresh)
        for position, (_, value) in enumerate(options):
            if inbox_id is not None and value == inbox_id:
                self.choice.setCurrentIndex(position)
        self.refresh()
        self.resize(theme.px(720), theme.px(560))
        self._body.setSpacing(k.S3)

    @Slot()
    def refresh(self) -> None:
        chosen = self.choice.currentData()
        ledgers = self._program.ledger(InboxId(chosen) if chosen is not None else None, limit=LIMIT)
        self.model.set_ledgers(ledgers)
        headers = sum(ledger.headers_read for ledger in ledgers)
        bodies = sum(len(ledger.bodies) for ledger in ledgers)
        self._stack.setCurrentIndex(0 if bodies else 1)
        read = times.count(bodies, "body", "bodies")
        if bodies >= LIMIT:
            read = f"the newest {read}"
        self.summary.setText(f"{times.count(headers, 'header', 'headers')}, {read}")
