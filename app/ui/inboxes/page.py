"""The Inboxes page: a card for each connected account. Connects, reconnects, pauses, diagnoses, disables, removes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.inboxes import InboxId, InboxState
from app.domain.views import InboxCard
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.dialogs.secret_words import opens_by_passphrase
from app.ui.inboxes.card import InboxCardView
from app.ui.inboxes.ledger import LedgerDialog
from app.ui.inboxes.words import is_locked, removal_words
from app.ui.kit import tokens as k
from app.ui.kit.focus import tab_through
from app.ui.kit.layout import box, column, host, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button
from app.ui.page import hero, page_bar

if TYPE_CHECKING:
    from app.runtime.program import Program


class InboxesPage(QFrame):
    connect_requested = Signal(str)  # address to connect again, or ""
    unlock_requested = Signal()
    message_requested = Signal(int)  # message_pk

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "window")
        self._cards: dict[InboxId, InboxCardView] = {}
        self.ledger_button = button(theme, "What was read", "quiet", "shield")
        self.why_button = button(theme, "Where is a message?", "quiet", "search")
        self.why_button.clicked.connect(self._on_why)
        self.connect_button = button(theme, "Connect an inbox", "primary", "plus")
        self.empty_connect = button(theme, "Connect an inbox", "primary", "plus")
        self._list = column(None, gap=k.S3, margins=(k.S6, k.S5, k.S6, k.S6))
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll(host(self._list)))
        nothing = hero(
            theme,
            "inboxes",
            "No inbox is connected",
            "Connect one to send from it and to have replies logged by themselves.",
            self.empty_connect,
        )
        self._stack.addWidget(box("surface", column(None, nothing, None, None)))
        self._bar = page_bar(theme, "Inboxes", self.why_button, self.ledger_button, self.connect_button)
        self._questions = {quiet: quiet.text() for quiet in (self.why_button, self.ledger_button)}
        for quiet, text in self._questions.items():
            quiet.setAccessibleName(text.strip())
            quiet.setToolTip(text.strip())
        self.setLayout(column(self._bar, (self._stack, 1), gap=0))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(200)  # during a first look something changes all the time
        self._soon.timeout.connect(self.refresh)
        theme.tick.follow(self, self.refresh)
        self.ledger_button.clicked.connect(self._on_whole_ledger)
        self.connect_button.clicked.connect(self._on_connect)
        self.empty_connect.clicked.connect(self._on_connect)
        program.changed.connect(self._on_changed)
        program.inbox_state_changed.connect(self._on_state)
        program.secrets_checked.connect(self.refresh)  # whether a passphrase opens them
        program.sign_in_stands.connect(self._on_sign_in_stands)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_bar()

    def _fit_bar(self) -> None:
        """In a narrow window the two questions are icons; what they ask stands in their tips."""
        for quiet, text in self._questions.items():
            quiet.setText(text)
        if self._bar.sizeHint().width() > self.width():
            for quiet in self._questions:
                quiet.setText("")

    def card(self, inbox_id: int) -> InboxCardView | None:
        return self._cards.get(InboxId(inbox_id))

    @Slot()
    def refresh(self) -> None:
        cards = self._program.inboxes()
        ids = [card.id for card in cards]
        locked = any(is_locked(c) for c in cards) and opens_by_passphrase(self._program.secret_status())
        if ids == list(self._cards):
            for card in cards:
                self._show(card, locked)
        else:
            for gone in set(self._cards) - set(ids):
                view = self._cards[gone]
                self._list.removeWidget(view)
                view.hide()
                view.deleteLater()
            views = {card.id: self._cards.get(card.id) or self._make(card) for card in cards}
            for position, card in enumerate(cards):
                self._list.insertWidget(position, views[card.id])
            self._cards = views
            for card in cards:
                self._show(card, locked)
            tab_through(views.values())
        self._stack.setCurrentIndex(0 if cards else 1)
        self.ledger_button.setVisible(bool(cards))
        self.why_button.setVisible(bool(cards))
        self.connect_button.setVisible(bool(cards))
        self._fit_bar()

    def _show(self, card: InboxCard, locked: bool) -> None:
        next_try = self._program.next_try(card.id) if card.state is InboxState.UNREACHABLE else None
        account = self._program.inbox_account(card.id) if card.state is InboxState.CERTIFICATE else None
        aside, waits = self._program.set_aside(card.id), self._program.looks_wait()
        pace, log_mode = self._program.pace(card.id), self._program.get_setting("log.mode")
        self._cards[card.id].show_card(card, locked, next_try, account, aside, waits, pace, log_mode)

    def _make(self, card: InboxCard) -> InboxCardView:
        view = InboxCardView(self._theme, card)
        view.reconnect_requested.connect(self.connect_requested)
        view.unlock_requested.connect(self._on_unlock)
        view.sync_requested.connect(self._on_sync)
        view.again_requested.connect(self._on_again)
        view.enable_requested.connect(self._on_enable)
        view.pause_requested.connect(self._on_pause)
        view.resume_requested.connect(self._on_resume)
        view.diagnose_requested.connect(self._on_diagnose)
        view.report_requested.connect(self._on_report)
        view.disable_requested.connect(self._on_disable)
        view.remove_requested.connect(self._on_remove)
        view.ledger_requested.connect(self._on_ledger)
        return view

    @Slot()
    def _on_connect(self) -> None:
        self.connect_requested.emit("")

    @Slot(int)
    def _on_sync(self, inbox_id: int) -> None:
        self._program.sync_now(InboxId(inbox_id))

    @Slot(int)
    def _on_unlock(self, inbox_id: int) -> None:
        """The encrypted file is asked for its passphrase here; a keyring asks by itself when its password is wanted."""
        if opens_by_passphrase(self._program.secret_status()):
            self.unlock_requested.emit()
        else:
            self._program.sync_now(InboxId(inbox_id))

    @Slot(int)
    def _on_again(self, inbox_id: int) -> None:
        self._program.try_again(InboxId(inbox_id))

    @Slot()
    def _on_why(self) -> None:
        from app.ui.dialogs.why_dialog import WhyDialog

        dialog = WhyDialog(self._theme, self._program, self.window())
        dialog.message_requested.connect(self.message_requested)
        dialog.open()

    @Slot(int)
    def _on_enable(self, inbox_id: int) -> None:
        self._program.enable(InboxId(inbox_id))

    @Slot(int)
    def _on_pause(self, inbox_id: int) -> None:
        self._program.pause(InboxId(inbox_id))

    @Slot(int)
    def _on_resume(self, inbox_id: int) -> None:
        self._program.resume(InboxId(inbox_id))

    @Slot(int)
    def _on_diagnose(self, inbox_id: int) -> None:
        from app.ui.dialogs.diagnosis_dialog import DiagnosisDialog

        view = self._cards.get(InboxId(inbox_id))
        account = self._program.inbox_account(InboxId(inbox_id))
        if view is not None and account is not None:
            DiagnosisDialog(self._theme, self._program, view.card, account, self.window()).open()

    @Slot(int)
    def _on_report(self, inbox_id: int) -> None:
        view = self._cards.get(InboxId(inbox_id))
        if view is not None:
            view.take_report(self._program.inbox_report(InboxId(inbox_id)))

    @Slot(int)
    def _on_disable(self, inbox_id: int) -> None:
        self._program.disable(InboxId(inbox_id))

    @Slot(int)
    def _on_remove(self, inbox_id: int) -> None:
        view = self._cards.get(InboxId(inbox_id))
        if view is None:
            return
        what, stays = removal_words(view.card)
        dialog = ConfirmDialog(
            self._theme, f"Remove {view.card.address}?", what, "Remove", self.window(), danger=True, safe=stays
        )
        dialog.accepted.connect(partial(self._remove, InboxId(inbox_id)))
        dialog.open()

    def _remove(self, inbox_id: InboxId) -> None:
        try:
            self._program.remove(inbox_id)
        except HitchpostError as fault:
            self._program.failed.emit("The inbox was not removed", str(fault))

    @Slot(str, str)
    def _on_sign_in_stands(self, address: str, page: str) -> None:
        """The provider keeps the sign-in of a removed inbox until its owner takes it back."""
        dialog = ConfirmDialog(
            self._theme,
            "Take the sign-in back at the provider",
            f"{address} is removed, and its sign-in is deleted here. The provider still lists Hitchpost among the programs "
            "that may read your mail; on its page you can take that back.",
            "Open the page",
            self.window(),
            keep="Not now",
            safe=page,
        )
        dialog.accepted.connect(partial(QDesktopServices.openUrl, QUrl(page)))
        dialog.open()

    @Slot(int)
    def _on_ledger(self, inbox_id: int) -> None:
        self._open_ledger(InboxId(inbox_id))

    def _open_ledger(self, inbox_id: InboxId | None) -> None:
        dialog = LedgerDialog(self._theme, self._program, inbox_id, self.window())
        dialog.message_requested.connect(self.message_requested)
        dialog.open()

    @Slot()
    def _on_whole_ledger(self) -> None:
        self._open_ledger(None)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.INBOXES, Area.LEDGER, Area.SETTINGS}:
            self._soon.start()

    @Slot(int)
    def _on_state(self, _inbox: int) -> None:
        self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
