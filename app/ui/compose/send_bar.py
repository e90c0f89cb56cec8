"""The foot of the compose page: Send with its menu, Log and Track, the state of the draft, Discard."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu

from app.ui.compose.send_times import later_options
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, Switch, button


class _At(QObject):
    """A menu entry with its moment."""

    chosen = Signal(object)

    def __init__(self, at: datetime, action: QAction) -> None:
        super().__init__(action)
        self._at = at
        action.triggered.connect(self.tell)

    @Slot()
    def tell(self) -> None:
        self.chosen.emit(self._at)


class SendBar(QFrame):
    """`later_requested` carries a UTC datetime, or None for "Choose a time…"."""

    send_requested = Signal()
    later_requested = Signal(object)
    discard_requested = Signal()
    changed = Signal()  # Log or Track

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._draft = self._reading = ""
        self.setProperty("box", "foot")
        self.send = button(theme, "Send", "primary", "sent")
        self.send.setToolTip("Send (Ctrl+Enter)")
        self.send.setProperty("join", "left")
        self.later = button(theme, "", "primary", name="Send later")
        theme.bind_icon(self.later, "chevron-down", "on_accent", k.ICON_SMALL)
        self.later.setProperty("join", "right")
        self.later.setToolTip("Send later")
        self.menu = QMenu(self)
        self.menu.setFont(theme.font("body"))
        self.menu.aboutToShow.connect(self._fill_menu)
        self.later.setMenu(self.menu)
        self.log = Switch(theme, "Log", True)
        self.track = Switch(theme, "Track", True)
        self.log.setToolTip("Keep this message and its replies on the timeline of its recipients")
        self.track.setToolTip("See when it is opened and which links are clicked")
        self.state = Elided(theme, "", "small", "faint")  # gives way where the window is narrow
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.discard = button(theme, "Discard", "quiet")
        self.setLayout(
            row(
                row(self.send, self.later, gap=1),
                self.log,
                self.track,
                (self.state, 1),
                self.discard,
                gap=k.S4,
                margins=(k.S6, k.S3, k.S5, k.S3),
            )
        )
        self.send.clicked.connect(self.send_requested)
        self.discard.clicked.connect(self.discard_requested)
        self.log.toggled.connect(self.changed)
        self.track.toggled.connect(self.changed)

    def set_state(self, text: str) -> None:
        """What is known of the draft."""
        self._draft = text
        self.state.setText(self._reading or text)

    def set_reading(self, text: str) -> None:
        """What is being read; nothing can be sent meanwhile."""
        self._reading = text
        self.state.setText(text or self._draft)
        self.send.setEnabled(not text)
        self.later.setEnabled(not text)

    @Slot()
    def _fill_menu(self) -> None:
        """Times count from when the menu opens."""
        self.menu.clear()
        for option in later_options(datetime.now(UTC)):
            action = self.menu.addAction(option.text)
            _At(option.at, action).chosen.connect(self.later_requested)
        self.menu.addSeparator()
        self.menu.addAction("Choose a time…").triggered.connect(self._on_choose)

    @Slot()
    def _on_choose(self) -> None:
        self.later_requested.emit(None)
