"""The tracking servers that were used before, in the section Tracking of the settings: how each goes, and giving one up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.earlier_hosts import EarlierHost, state_of, what_is_lost
from app.domain.errors import HitchpostError
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import box, clear, column, line, row
from app.ui.kit.widgets import Elided, button, label
from app.ui.settings.section import keep_from

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

TITLE = "Servers that were used before"
ABOUT = "Mail that was sent by them still leads there. They are asked for opens and clicks every few minutes."
FORGET = "Forget this host…"


class EarlierServers(QWidget):
    """Not there where there are none; `refresh` it once it is in its place. `refused` carries a sentence."""

    refused = Signal(str)

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self._rows = column(gap=0)
        self._drawn: object = None
        self.buttons: list[QWidget] = []
        head = column(label(theme, TITLE, "strong"), label(theme, ABOUT, "small", "muted", wrap=True), gap=2)
        self.setLayout(column(head, box("card", self._rows), gap=k.S2))

    def refresh(self) -> None:
        hosts = self._program.earlier_hosts()
        why = self._program.why_not_set("tracking.token")
        self.setVisible(bool(hosts))
        drawn = tuple((host.id, _about(host), why) for host in hosts)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        clear(self._rows)
        self.buttons = []
        for position, host in enumerate(hosts):
            if position:
                self._rows.addWidget(line())
            forget = button(self._theme, FORGET, "danger", name=f"Forget {host.name}…")
            forget.clicked.connect(partial(self._ask, host))
            keep_from(forget, why)
            forget.setAccessibleDescription(_about(host))
            words = column(
                Elided(self._theme, _called(host), "medium"),
                label(self._theme, _about(host), "small", "muted", wrap=True),
                gap=2,
            )
            self._rows.addLayout(row((words, 1), forget, gap=k.S4, margins=(k.S4, 10, k.S4, 10)))
            self.buttons.append(forget)
        tab_in_order(self, *self.buttons)

    def _ask(self, host: EarlierHost) -> None:
        dialog = ConfirmDialog(
            self._theme,
            f"Forget {host.name}?",
            what_is_lost(host),
            "Forget it",
            self.window(),
            keep="Keep it",
            danger=True,
            safe="What was heard of stays. Links in that mail lead on for as long as the server runs.",
        )
        dialog.accepted.connect(partial(self._forget, host.id))
        dialog.open()

    def _forget(self, host: int) -> None:
        try:
            self._program.forget_earlier_host(host)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
        self.refresh()


def _called(host: EarlierHost) -> str:
    return "This workspace’s own server" if host.own else host.url


def _about(host: EarlierHost) -> str:
    return f"Used until {times.day_short(times.local(host.left_at).date(), times.today())}. {state_of(host)}"
