"""The dialog *Manage blocked IP addresses* (S3, T4): what a change does to past events is shown before it is saved. Used by the
mail section of the settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.domain.blocked_networks import BlockedNetwork, BlockedTrial, enter_blocked, read_blocked, read_many
from app.domain.errors import UsageError
from app.domain.events import Verdict
from app.ui.kit import times
from app.ui.kit.focus import tab_in_order
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner, button, label
from app.ui.settings.list_dialog import ListDialog, Read

if TYPE_CHECKING:
    from app.domain.seen_address import SeenAddress
    from app.runtime.program import Program

TITLE = "Manage blocked IP addresses"
TEXT = "Opens and clicks from these addresses are kept, but never notify you."
HELP = "One address, a network such as 203.0.113.0/28, or a range such as 203.0.113.4-203.0.113.9. Paste as many as you like."
DYNAMIC = (
    "Does your address change now and then, as with most providers and telephones? Leave it out: the tracking server knows "
    "where you are signed in, and tells your own opens by that."
)
LOOK_AFTER = 400  # milliseconds without a change until the past is looked through
CALLED = {
    Verdict.PERSON: "of a person",
    Verdict.MACHINE: "of a machine",
    Verdict.OWN: "your own",
    Verdict.BLOCKED: "blocked",
    Verdict.INFERRED: "inferred",
}


def foreseen(trial: BlockedTrial) -> str:
    """What Save would change, as sentences."""
    if not trial.changed:
        return "No past open or click changes."
    parts = [
        f"{times.number(number)} now {CALLED.get(now, now.value)} would be {CALLED.get(then, then.value)}"
        for (now, then), number in sorted(trial.changes.items(), key=lambda pair: -pair[1])
    ]
    whole = times.count(trial.changed, "past open or click changes", "past opens and clicks change")
    return f"{whole}: {'; '.join(parts)}. Nothing is deleted."


class BlockedDialog(ListDialog):
    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        self._program = program
        self._run = 0
        self._foreseen: list[str] = []  # of which list the past was looked through
        self._looker = QTimer()
        super().__init__(
            theme, TITLE, TEXT, program.blocked_networks(), "&Address or range", "203.0.113.0/28", parent, HELP
        )
        self.setObjectName("blocked-ip")
        self._looker.setParent(self)
        self._looker.setSingleShot(True)
        self._looker.setInterval(LOOK_AFTER)
        self._looker.timeout.connect(self._look)
        self.mine = button(theme, "Add this computer’s address", "quiet", "plus")
        self.mine.clicked.connect(self._on_mine)
        self.below.insertWidget(1, self.mine)
        self.past = label(theme, "", "small", "muted", wrap=True)
        self.past.hide()
        self.add(self.past)
        self.add(banner(theme, "info", DYNAMIC))
        self.set_note(label(theme, "Takes effect at once", "small", "faint"))
        tab_in_order(self.edit, self.add_button, self.list, self.remove_button, self.mine, *self._foot_buttons())
        self.finished.connect(self._on_finished)

    def read(self, text: str) -> Read:
        given = text.strip()
        try:
            return Read((enter_blocked(given),))
        except UsageError as fault:
            entries, faults = read_many(given)
            return Read(entries, faults if entries or len(faults) > 1 else ((given, str(fault)),))

    def key(self, one: Any) -> str:
        return str(one.text)

    def shown(self, one: Any) -> str:
        return f"{one.text}  ({one.note})" if one.note else str(one.text)

    def save(self) -> None:
        self._program.save_blocked(self.entries)

    # --- the past

    def entries_changed(self) -> None:
        self._run += 1
        self._foreseen = []
        self._program.cancel_trial()
        wanted = self._keys(self._wanted())
        changed = wanted != self._keys(self._kept)
        self.past.setVisible(changed)
        if changed:
            self.past.setText("Looking through past opens and clicks…")
            self._looker.start()
        else:
            self._looker.stop()

    @Slot()
    def _on_typed(self) -> None:
        super()._on_typed()
        self.entries_changed()

    def may_save_typed(self) -> bool:
        """Only what it does to the past was shown of."""
        wanted = self._keys(self._wanted())
        return wanted == self._keys(self.entries) or wanted == self._foreseen

    def _wanted(self) -> list[BlockedNetwork]:
        """What Save would keep: what is typed counts, once it is an entry."""
        there = set(self._keys(self.entries))
        typed = self.read(self.edit.text()).entries if self.edit.text().strip() else ()
        return [*self.entries, *(entry for entry in typed if entry.text not in there)]

    def _keys(self, entries: Iterable[BlockedNetwork]) -> list[str]:
        return [entry.text for entry in entries]

    @Slot()
    def _look(self) -> None:
        run, wanted = self._run, self._wanted()

        def on_tried(trial: BlockedTrial | None, why: str) -> None:
            if isValid(self) and run == self._run:
                self._foreseen = self._keys(wanted)
                self.past.setText(
                    foreseen(trial) if trial is not None else f"The past could not be looked through. {why}"
                )

        self._program.try_blocked(tuple(wanted), on_tried)

    # --- this computer

    @Slot()
    def _on_mine(self) -> None:
        self.mine.set_busy("Asking the tracking server…")

        def on_known(found: SeenAddress | None, why: str) -> None:
            if not isValid(self):
                return
            self.mine.set_ready()
            if found is None or not found.address:
                self.told.set("warn", "This computer’s address is not known", why if found is None else found.why)
                self.told.show()
                return
            self.told.hide()
            entry = read_blocked(found.address)
            self.take(Read((BlockedNetwork(entry.text, entry.range, "This computer"),)))

        self._program.this_computers_address(on_known)

    @Slot()
    def _on_finished(self) -> None:
        self._program.cancel_trial()
        self._program.cancel_address()
