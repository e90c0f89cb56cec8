"""What stands beside the text before it goes out: the panel, or in a narrow window the button that opens it, counted again a
moment after each change. Used by `writing_view`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from app.ui.compose import preflight
from app.ui.compose.preflight_panel import TITLE, PreflightDialog, PreflightPanel
from app.ui.compose.program import ComposeProgram
from app.ui.compose.readings import readings
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button

WIDE = 860  # pixels of the page from which on the panel stands beside the text
LOOK_AFTER = 250  # milliseconds without a change until the panel is counted again


class Before(QObject):
    """`outgoing`: the message as it stands."""

    def __init__(
        self, view: QWidget, theme: Theme, program: ComposeProgram, outgoing: Callable[[], preflight.Outgoing]
    ) -> None:
        super().__init__(view)
        self._view, self._theme, self._program, self._outgoing = view, theme, program, outgoing
        self.panel = PreflightPanel(theme)
        self.short = button(theme, TITLE, "quiet", "info")
        self.short.clicked.connect(self._on_short)
        self.short.hide()
        self._looker = QTimer(self)
        self._looker.setSingleShot(True)
        self._looker.setInterval(LOOK_AFTER)
        self._looker.timeout.connect(self.look)

    @Slot()
    def look(self) -> None:
        message, tracking = self._outgoing(), self._program.tracking_status()
        report = self._program.preflight(
            message.inbox_id,
            message.recipients,
            track=message.track,
            log=message.log,
            links=len(message.links),
            why_not=preflight.why_not(message, tracking),
        )
        people = readings(report) if message.track else ()
        self.panel.show_facts(preflight.facts(message, tracking, report), people)
        self._show_short()

    def look_soon(self) -> None:
        self._looker.start()

    def place(self, width: int) -> None:
        """Where the window is narrow, the text gets the room of the panel, which a button opens then."""
        wide = width >= self._theme.px(WIDE)
        self.panel.setVisible(wide)
        self.short.setVisible(not wide)

    def _show_short(self) -> None:
        """The most important fact, in the colour of what is to be minded."""
        facts = self.panel.facts()
        if not facts:
            return
        warn = next((f for f in facts if f.tone == "warn"), None)
        shown = warn or facts[0]
        self.short.set_verb(shown.title)
        self._theme.bind_icon(self.short, shown.icon, "warn" if warn else "muted")
        self.short.setAccessibleName(f"{TITLE}: {shown.title}")
        self.short.setToolTip(f"{TITLE}: {shown.text}")

    @Slot()
    def _on_short(self) -> None:
        self.look()
        PreflightDialog(self._theme, self.panel.facts(), self.panel.people(), self._view.window()).open()
