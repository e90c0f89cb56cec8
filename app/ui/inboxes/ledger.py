"""What was read of the mailboxes: how many headers of each folder, and each body with when and why (R2). Used by the inboxes
page."""

from __future__ import annotations

import csv
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from app.domain.inboxes import InboxId
from app.domain.views import LedgerFolder
from app.ui.inboxes.ledger_rows import LedgerDelegate, LedgerModel
from app.ui.inboxes.reading_words import bodies_read
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.day_list import DayList
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Search, combo
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.page import in_the_middle

if TYPE_CHECKING:
    from app.runtime.program import Program

_EXPORTED = 1_000  # bodies read at once for a file
_FOLDERS = 6  # told one by one
_NOTHING, _SEARCHED = "No body has been read yet.", "No body that was read fits this search."


def folder_words(folders: list[LedgerFolder]) -> str:
    """Inbox 12,400 headers, 31 bodies · Sent 2,210 headers · 3 more folders"""
    told = []
    folders = [f for f in folders if f.headers_read or f.bodies_read]
    for f in folders[:_FOLDERS]:
        bodies = f", {times.count(f.bodies_read, 'body', 'bodies')}" if f.bodies_read else ""
        name = "Inbox" if f.folder == "INBOX" else f.folder
        told.append(f"{name}: {times.count(f.headers_read, 'header', 'headers')}{bodies}")
    if len(folders) > _FOLDERS:
        told.append(f"{times.count(len(folders) - _FOLDERS, 'more folder', 'more folders')}")
    return "\u00a0\u00a0·  ".join(told)


def asked_words(folders: list[LedgerFolder]) -> str:
    """Besides, asked for by you in “Where is a message?”: 2 headers in Drafts, 1 header in Junk. Empty where there are none."""
    asked: dict[str, int] = {}
    for f in folders:
        if f.headers_asked:
            name = "Inbox" if f.folder == "INBOX" else f.folder
            asked[name] = asked.get(name, 0) + f.headers_asked
    most = sorted(asked.items(), key=lambda one: -one[1])
    told = [f"{times.count(number, 'header', 'headers')} in {name}" for name, number in most[:_FOLDERS]]
    if len(most) > _FOLDERS:
        rest = times.count(sum(number for _, number in most[_FOLDERS:]), "header", "headers")
        told.append(f"{rest} in {times.count(len(most) - _FOLDERS, 'more folder', 'more folders')}")
    return f"Besides, asked for by you in “Where is a message?”: {', '.join(told)}." if told else ""


class LedgerDialog(Dialog):
    message_requested = Signal(int)  # message_pk

    def __init__(self, theme: Theme, program: Program, inbox_id: InboxId | None, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            "What was read",
            "Of every message some header lines are read, to see whether it belongs here. "
            + bodies_read(program.get_setting("log.mode")),
            parent,
            width=720,
            cancel="Close",
        )
        self._program = program
        cards = program.inboxes()
        options: list[tuple[str, object]] = [("All inboxes", None)]
        options += [(card.address, int(card.id)) for card in cards]
        self.choice = combo(theme, options, "Inbox")
        self.choice.setMaximumWidth(theme.px(320))
        self.search = Search(theme, "Search senders, subjects, folders", 260)
        self.add(row(self.choice, None, self.search))
        self.summary = label(theme, "", "medium")
        self.folders = label(theme, "", "small", "muted", wrap=True)
        self.add(column(self.summary, self.folders, gap=2))
        self.model = LedgerModel(program, self)
        self.view = DayList(theme, self.model, "Bodies that were read")
        self.view.setItemDelegate(LedgerDelegate(theme, self.view))
        self._nothing = in_the_middle(label(theme, _NOTHING, "body", "muted"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(host(column(None, self._nothing, None)))
        self._stack.setMinimumHeight(theme.px(280))
        self.add(self._stack, 1)
        self.export_button = button(theme, "Save as CSV…", "quiet", "download")
        self.export_button.clicked.connect(self._on_export)
        self.open_button = button(theme, "Open message", "quiet")
        self.open_button.setEnabled(False)
        self.open_button.clicked.connect(self._on_open)
        self.set_note(host(row(self.export_button, self.open_button, gap=k.S1)))
        for position, (_, value) in enumerate(options):
            if inbox_id is not None and value == inbox_id:
                self.choice.setCurrentIndex(position)
        self.choice.currentIndexChanged.connect(self.refresh)
        self.search.searched.connect(self.refresh)
        self.model.rowsInserted.connect(self._show_state)
        self.model.searched.connect(self._show_state)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.activated.connect(self._on_open)
        self.refresh()
        self.resize(theme.px(760), theme.px(620))

    def _inbox(self) -> InboxId | None:
        chosen = self.choice.currentData()
        return InboxId(chosen) if chosen is not None else None

    @Slot()
    def refresh(self) -> None:
        self.model.show(self._inbox(), self.search.text().strip())
        chosen = self._inbox()
        self.choice.setToolTip(self.choice.currentText())
        folders = [f for f in self._program.ledger_folders() if chosen is None or f.inbox_id == chosen]
        headers, bodies = sum(f.headers_read for f in folders), sum(f.bodies_read for f in folders)
        self.summary.setText(f"{times.count(headers, 'header', 'headers')}, {times.count(bodies, 'body', 'bodies')}")
        one = chosen is not None or len({f.inbox_id for f in folders}) == 1
        self.folders.setText("\n".join(filter(None, (folder_words(folders) if one else "", asked_words(folders)))))
        self.folders.setVisible(bool(self.folders.text()))
        self.export_button.setEnabled(bodies > 0)
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        self._stack.setCurrentIndex(0 if self.model.found else 1)
        looking = "Searching older entries…" if self.model.searching else ""
        self._nothing.setText(looking or (_SEARCHED if self.search.text().strip() else _NOTHING))

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        body = self.model.body_at(index)
        self.open_button.setEnabled(body is not None and body.message_pk is not None)

    @Slot()
    def _on_open(self) -> None:
        body = self.model.body_at(self.view.currentIndex())
        if body is not None and body.message_pk is not None:
            self.message_requested.emit(body.message_pk)
            self.accept()

    @Slot()
    def _on_export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save what was read", "what-was-read.csv", "CSV (*.csv)")
        if path:
            trouble = self.export(Path(path))
            self.summary.setText(trouble or f"Saved as {Path(path).name}.")

    def export(self, path: Path) -> str:
        """Every body of the chosen inbox, a line each, times in UTC. Returns what went wrong, or nothing."""
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                lines = csv.writer(file)
                lines.writerow(["read at (UTC)", "inbox", "folder", "number", "message id", "sender", "subject", "why"])
                before: int | None = None
                while True:
                    page = self._program.ledger_page(self._inbox(), before=before, limit=_EXPORTED)
                    for b in page.bodies:
                        at = b.at.astimezone(UTC).isoformat(timespec="seconds")
                        place = (at, b.inbox_address, b.folder, b.uid, b.message_id)
                        lines.writerow([_plain(value) for value in (*place, b.sender, b.subject, b.why)])
                    before = page.reached
                    if before is None:
                        return ""
        except OSError as error:
            return f"It was not saved: {error.strerror}."


def _plain(value: object) -> str:
    """No spreadsheet takes what strangers wrote for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
