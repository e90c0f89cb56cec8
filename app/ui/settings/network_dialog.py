"""The dialog in which another list of networks takes the place of the one in use: what is in it, and what it would change in
the past, before it is used. Used by the section Tracking of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from shiboken6 import isValid

from app.domain.errors import HitchpostError
from app.domain.known_networks import built_in, read_list
from app.ui.kit import times
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.widgets import Banner, label
from app.ui.settings.blocked_dialog import foreseen

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.domain.blocked_networks import BlockedTrial
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

TEXT = (
    "Pictures that are fetched from these networks are a proxy’s or a scanner’s. Past opens and clicks are judged again; "
    "nothing is deleted."
)


def about_list(date: str, networks: int, owners: int) -> str:
    return f"of {times.dated(date)}: {times.count(networks, 'network', 'networks')} of {times.count(owners, 'owner', 'owners')}"


class NetworkDialog(FittingDialog):
    """Open it with `open()`. `path` None: the built-in list. A file that is no such list is told, and cannot be used."""

    def __init__(self, theme: Theme, program: Program, path: Path | None, parent: QWidget | None) -> None:
        title = "Use the built-in list?" if path is None else "Use this list?"
        super().__init__(theme, title, TEXT, parent, width=520)
        self.setObjectName("network-list")
        self._program = program
        self._name = path.name if path is not None else ""
        self._text = ""
        self.what = label(theme, "", "medium", wrap=True)
        self.past = label(theme, "Looking through past opens and clicks…", "small", "muted", wrap=True)
        self.told = Banner(theme, "bad", "")
        self.told.hide()
        for part in (self.what, self.past, self.told):
            self.add(part)
        self.verb = self.set_verb("Use it")
        self.verb.clicked.connect(self._on_verb)
        self.finished.connect(program.cancel_trial)
        try:
            self._text = program.read_network_list(path) if path is not None else ""
        except HitchpostError as fault:
            self.what.hide()
            self.past.hide()
            self.verb.setEnabled(False)
            self.told.set("bad", "This is no list of networks", str(fault))
            self.told.show()
            return
        known = read_list(self._text) if self._text else built_in()
        called = self._name or "The built-in list"
        self.what.setText(f"{called}, {about_list(known.date, known.networks, known.owners)}.")
        program.try_networks(self._text, self._on_tried)

    def _on_tried(self, trial: BlockedTrial | None, why: str) -> None:
        if isValid(self):
            found = foreseen(trial) if trial is not None else f"The past could not be looked through. {why}"
            self.past.setText(found)

    @Slot()
    def _on_verb(self) -> None:
        try:
            self._program.use_networks(self._text, self._name)
        except HitchpostError as fault:
            self.told.set("bad", "Nothing was changed", str(fault))
            self.told.show()
            return
        self.accept()
