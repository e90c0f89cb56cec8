"""One inbox: its state, its numbers, and the one thing to do about it. Used by the inboxes page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QMenu, QWidget

from app.domain.inboxes import Account, InboxKind, InboxState
from app.domain.logging_rules import LogMode
from app.domain.pace import Pace
from app.domain.views import InboxCard
from app.ui.dialogs.secret_words import LOCKED
from app.ui.help.link import HelpLink
from app.ui.inboxes import words
from app.ui.inboxes.reading_words import bodies_read, folder_lines, unread_folders
from app.ui.inboxes.words import ACTIVE, Mend
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.flow import FlowLayout
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import (
    Avatar,
    Banner,
    Chip,
    Elided,
    FittingElided,
    Glyph,
    ToolButton,
    button,
    label,
    progress,
)

QUIET_PADDING = 9  # px at every scale between a quiet button's edge and its words
BUSY_FOR = 3_000  # ms: "Syncing…" at least as long as it takes to read it
_IN_TROUBLE = (
    InboxState.UNREACHABLE,
    InboxState.NEEDS_SIGN_IN,
    InboxState.NEEDS_PERMISSION,
    InboxState.CERTIFICATE,
)
_PAUSABLE = (InboxState.CONNECTING, InboxState.CONNECTED, InboxState.UNREACHABLE)


class NumberCell(QWidget):
    """A value over its name."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._value = label(theme, "", "strong")
        self.setLayout(column(self._value, label(theme, name, "small", "faint"), gap=0))
        self._name = name

    def keep_room(self, widest: str) -> None:
        """So that nothing beside it moves while the value changes."""
        self._value.setMinimumWidth(QFontMetrics(self._theme.font("strong")).horizontalAdvance(widest))

    def set_value(self, text: str) -> None:
        self._value.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")


class InboxCardView(QFrame):
    reconnect_requested = Signal(str)  # address
    enable_requested = Signal(int)
    pause_requested = Signal(int)
    resume_requested = Signal(int)
    diagnose_requested = Signal(int)
    report_requested = Signal(int)  # `take_report` is the answer
    unlock_requested = Signal(int)
    sync_requested = Signal(int)
    again_requested = Signal(int)  # what was set aside
    ledger_requested = Signal(int)
    disable_requested = Signal(int)
    remove_requested = Signal(int)

    def __init__(self, theme: Theme, card: InboxCard) -> None:
        super().__init__()
        self._theme = theme
        self.card = card
        self._by_passphrase = False
        self._pace: Pace | None = None
        self._pace_before: Pace | None = None  # while it was connected last
        self.setProperty("box", "card")
        name, letter = words.PROVIDERS[card.provider]
        kind = "Team" if card.kind is InboxKind.TEAM else "Personal"
        self.address = FittingElided(theme, card.address, "heading")
        self.chip = Chip(theme, "")
        self.sync_button = button(theme, "Sync now", name=f"Sync {card.address} now")
        self.sync_button.clicked.connect(self._on_sync)
        self.more = ToolButton(theme, "more", f"More actions for {card.address}")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self._menu)
        indent = theme.px(40) + k.S3
        head = row(
            Avatar(theme, letter, 40, square=True),
            (
                column(
                    row(self.address, self.chip, None, gap=10),
                    Elided(theme, f"{name} · {kind}", "small", "muted"),
                    gap=2,
                ),
                1,
            ),
            self.sync_button,
            self.more,
            gap=k.S3,
        )
        self.mend_button = button(theme, "Reconnect")
        self.mend_button.clicked.connect(self._on_mend)
        self.diagnose_button = button(theme, "Diagnose…", "quiet", name=f"Diagnose {card.address}")
        self.diagnose_button.clicked.connect(self._on_diagnose)
        self.report_button = button(theme, "Copy a report for your administrator", "quiet", "copy")
        self.report_button.clicked.connect(self._on_report)
        self.trouble = Banner(theme, "warn", "", self.mend_button)
        self.help_link = HelpLink(theme)
        self._more_help = host(FlowLayout(self.diagnose_button, self.report_button, self.help_link))
        inside = QUIET_PADDING  # so that words, not the frame of a quiet button, stand below the banner's edge
        self._trouble = host(
            column(
                row((self.trouble, 1), margins=(indent, 0, 0, 0)),
                row((self._more_help, 1), margins=(indent - inside, 0, 0, 0)),
                gap=k.S1,
            )
        )
        self._look_text = label(theme, "First look: reading headers", "medium")
        self._look_count = label(theme, "", "small", "muted")
        self._bar = progress(theme, "First look")
        self.pause_button = button(theme, "Pause", "quiet", "pause", name=f"Pause the first look at {card.address}")
        self.pause_button.setToolTip("Pauses the inbox. Reading goes on from the same place when you resume it.")
        self.pause_button.clicked.connect(self._on_pause)
        self._look_waits = label(theme, "", "small", "muted", wrap=True)
        self._look_bodies = label(theme, "", "small", "faint", wrap=True)
        self._look = host(
            column(
                row(self._look_text, None, self._look_count, self.pause_button),
                self._bar,
                self._look_waits,
                self._look_bodies,
                gap=6,
                margins=(indent, 0, 0, 0),
            )
        )
        self._last = NumberCell(theme, "Last sync")
        self._last.keep_room("88 seconds ago")
        self._folders = NumberCell(theme, "Folders")
        self._headers = NumberCell(theme, "Headers read")
        self._bodies = NumberCell(theme, "Bodies read")
        self._numbers = host(FlowLayout(self._last, self._folders, self._headers, self._bodies, gap=40))
        numbers = row((self._numbers, 1), margins=(indent, 0, 0, 0))
        self.nothing_yet = label(theme, words.NOTHING_YET, "small", "muted", wrap=True)
        sign = column(1, Glyph(theme, "info", "faint", k.ICON_SMALL), None, gap=0)
        self._nothing = host(row(sign, (self.nothing_yet, 1), gap=k.S2, margins=(indent, 0, 0, 0)))
        self.again_button = button(theme, "Try again", name=f"Try the messages of {card.address} again")
        self.again_button.clicked.connect(self._on_again)
        self.aside = Banner(theme, "warn", "", self.again_button)
        self._aside = host(row((self.aside, 1), margins=(indent, 0, 0, 0)))
        self._aside.hide()
        self.folders_button = button(theme, "Show folders", "link", name=f"Folders of {card.address}")
        self.folders_button.clicked.connect(self._on_folders)
        self._folder_rows = QGridLayout()
        self._folder_rows.setHorizontalSpacing(theme.px(24))
        self._folder_rows.setVerticalSpacing(k.S1)
        self._folder_rows.setColumnMinimumWidth(0, theme.px(120))
        self._folder_rows.setColumnStretch(1, 1)
        self._folder_list = host(column(self._folder_rows, gap=0))
        self._folder_list.hide()
        self._folder_labels: list[tuple[Elided, QLabel]] = []
        self.unread_folders = label(theme, "", "small", "muted", wrap=True)
        of_folders = (self.unread_folders, row(self.folders_button, None), self._folder_list)
        folders = host(column(*of_folders, gap=k.S1, margins=(indent, 0, 0, 0)))
        parts = (head, self._trouble, self._aside, self._look, self._nothing, numbers, folders)
        self.setLayout(column(*parts, gap=k.S3, margins=(k.S4, k.S4, k.S4, k.S4)))
        self._ready = QTimer(self)
        self._ready.setSingleShot(True)
        self._ready.setInterval(BUSY_FOR)
        self._ready.timeout.connect(self.sync_button.set_ready)
        self._ready.timeout.connect(self.again_button.set_ready)
        self.show_card(card)

    def show_card(
        self,
        card: InboxCard,
        by_passphrase: bool = False,
        next_try: datetime | None = None,
        account: Account | None = None,
        aside: tuple[tuple[str, int, str], ...] = (),
        waits: str = "",
        pace: Pace | None = None,
        log_mode: object = LogMode.REPLIES.value,
    ) -> None:
        """`aside`: (folder, UID, reason) of what could not be read. `waits`: why old mail is not looked at. `by_passphrase`:
        its password is in the encrypted file, which waits for its passphrase. `next_try`: when it is tried again by itself.
        `account`: for the certificate that was trusted so far. `pace`: how its folders are watched, None while it is not
        connected. `log_mode`: the setting, for whose bodies are read."""
        self._pace = pace
        self._pace_before = pace or self._pace_before
        self._by_passphrase = by_passphrase
        synced = card.last_sync_at != self.card.last_sync_at
        self.card = card
        text, tone, icon = words.state_words(card)
        self.chip.set(text, tone, icon)
        self.setAccessibleName(f"{card.address}, {text}")
        self._show_trouble(next_try, account)
        self._show_look()
        self._look_bodies.setText(f"{bodies_read(log_mode)} You can go on working.")
        self._look_bodies.setVisible(card.state in ACTIVE)
        self._look_waits.setText(waits)
        self._look_waits.setVisible(bool(waits) and card.state in ACTIVE)
        self._nothing.setVisible(card.nothing_to_seek and card.state in ACTIVE)
        self._aside.setVisible(bool(aside))
        if aside:
            self.aside.set("warn", *words.aside_words(aside))
        self._show_folders()
        self.sync_button.setVisible(words.mend_of(card) is Mend.SYNC)
        if synced and self._ready.isActive():
            self._ready.stop()
            self.sync_button.set_ready()
        self._last.set_value(words.last_sync(card, times.now()))
        self._folders.set_value(words.folder_names(card))
        self._headers.set_value(times.number(card.headers_read))
        self._bodies.set_value(times.number(card.bodies_read))
        self._numbers.setVisible(card.state not in ACTIVE or not self._look.isVisibleTo(self))

    def _show_trouble(self, next_try: datetime | None, account: Account | None) -> None:
        card = self.card
        mend = words.mend_of(card)
        told = words.trouble_of(card, times.now(), next_try, account)
        if mend is Mend.UNLOCK and self._by_passphrase:
            told = ("warn", *LOCKED)
        self._trouble.setVisible(told is not None)
        if told is None:
            return
        self.trouble.set(*told)
        self.mend_button.setVisible(mend not in (Mend.SYNC, Mend.NOTHING))  # "Sync now" stands above
        self.mend_button.set_verb(mend.value)
        self.mend_button.setAccessibleName(f"{mend.value} {card.address}")
        self._more_help.setVisible(card.state in _IN_TROUBLE and mend is not Mend.UNLOCK)
        self.report_button.setVisible(card.state is InboxState.NEEDS_PERMISSION)
        self.help_link.set_about(card.problem)

    def _show_look(self) -> None:
        looking = words.first_look(self.card)
        active = self.card.state in ACTIVE
        begun = self.card.state is InboxState.CONNECTING and not words.is_coming_back(self.card)
        self._look.setVisible(looking is not None or begun)
        self.pause_button.setVisible(active)
        if looking is None:
            self._bar.setRange(0, 0)
            self._look_text.setText("First look: finding folders")
            self._look_count.setText("")
            return
        done, total = looking
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._look_text.setText("First look: reading headers" if active else words.halted(self.card, done, total))
        count = f"{times.number(done)} of {times.number(total)}"
        self._look_count.setText(count)
        self._bar.setAccessibleName(f"First look: {count} headers")

    def _show_folders(self) -> None:
        left_out = unread_folders(self._pace)
        self.unread_folders.setText(left_out)
        self.unread_folders.setVisible(bool(left_out))
        lines = folder_lines(self.card, times.now(), self._pace, self._pace_before)
        self.folders_button.setVisible(bool(lines))
        if self._folder_list.isHidden():
            return
        while len(self._folder_labels) < len(lines):
            pair = (Elided(self._theme, "", "small", ""), label(self._theme, "", "small", "muted", wrap=True))
            pair[0].setFixedWidth(self._theme.px(120))
            self._folder_rows.addWidget(pair[0], len(self._folder_labels), 0, Qt.AlignmentFlag.AlignTop)
            self._folder_rows.addWidget(pair[1], len(self._folder_labels), 1)
            self._folder_labels.append(pair)
        for position, (name, state) in enumerate(self._folder_labels):
            there = position < len(lines)
            name.setVisible(there)
            state.setVisible(there)
            if there:
                line = lines[position]
                name.setText(line.name)
                state.setText(times.capitalised(line.state))
                state.setToolTip(line.why)

    @Slot()
    def _on_folders(self) -> None:
        shown = self._folder_list.isHidden()
        self._folder_list.setVisible(shown)
        self.folders_button.set_verb("Hide folders" if shown else "Show folders")
        self._show_folders()

    @Slot()
    def _on_again(self) -> None:
        self.again_button.set_busy("Reading…")
        self._ready.start()
        self.again_requested.emit(self.card.id)

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        state = self.card.state
        self._action("What was read…", self._on_ledger)
        self._action("Diagnose…", self._on_diagnose)
        self._menu.addSeparator()
        if state is InboxState.PAUSED:
            self._action("Resume", self._on_resume)
        elif state in _PAUSABLE:
            self._action("Pause", self._on_pause)
        if state is InboxState.DISABLED:
            self._action("Enable", self._on_enable)
        else:
            self._action("Sign in again…", self._on_reconnect)
            self._action("Disable", self._on_disable)
        self._action("Remove…", self._on_remove)

    def _action(self, text: str, slot: Callable[[], None]) -> None:
        action = QAction(text, self._menu)
        action.triggered.connect(slot)
        self._menu.addAction(action)

    # --- wishes

    @Slot()
    def _on_sync(self) -> None:
        self.sync_button.set_busy("Syncing…")
        self._ready.start()
        self.sync_requested.emit(self.card.id)

    @Slot()
    def _on_mend(self) -> None:
        match words.mend_of(self.card):
            case Mend.UNLOCK:
                self.unlock_requested.emit(self.card.id)
            case Mend.ENABLE:
                self._on_enable()
            case Mend.RESUME:
                self._on_resume()
            case _:
                self._on_reconnect()

    @Slot()
    def _on_reconnect(self) -> None:
        self.reconnect_requested.emit(self.card.address)

    @Slot()
    def _on_enable(self) -> None:
        self.enable_requested.emit(self.card.id)

    @Slot()
    def _on_pause(self) -> None:
        self.pause_requested.emit(self.card.id)

    @Slot()
    def _on_resume(self) -> None:
        self.resume_requested.emit(self.card.id)

    @Slot()
    def _on_diagnose(self) -> None:
        self.diagnose_requested.emit(self.card.id)

    @Slot()
    def _on_report(self) -> None:
        self.report_requested.emit(self.card.id)

    def take_report(self, report: str) -> None:
        """For the clipboard."""
        QGuiApplication.clipboard().setText(report)
        self.report_button.set_verb("Copied")

    @Slot()
    def _on_ledger(self) -> None:
        self.ledger_requested.emit(self.card.id)

    @Slot()
    def _on_disable(self) -> None:
        self.disable_requested.emit(self.card.id)

    @Slot()
    def _on_remove(self) -> None:
        self.remove_requested.emit(self.card.id)
