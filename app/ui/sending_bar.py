"""What becomes of a message that was just sent: a few seconds to take it back, then on its way, out, or not; and at the
start, what waits. Used by the main window, above every page."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.domain.outbox import OutboxId, OutboxMessage, OutboxState
from app.ui.dialogs.outbox_dialog import outbox_words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.widgets import Banner, button
from app.words.problems import explain

if TYPE_CHECKING:
    from app.domain.views import OutboxRow
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

GONE_AFTER = 5_000  # ms
SOON = 90  # seconds: until then they are counted down, and the bar stays
TOLD_FOR = timedelta(days=7)  # what was refused longer ago is not spoken of at each start; the list keeps it
_STUCK = (OutboxState.FAILED, OutboxState.PARTLY, OutboxState.UNKNOWN)


class SendingBar(QWidget):
    """Hidden until `follow` or `show_waiting`. Shows one message, the last one sent, or how many wait; another one that
    did not go out takes its place. Undo: the button, Alt+U, or Ctrl+Z where nothing is being typed."""

    undone = Signal(int)  # outbox_id, a draft again
    shown_requested = Signal(str)  # the address whose timeline shows the message
    list_requested = Signal()  # all that is scheduled and waits

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._program = program
        self._outbox_id: OutboxId | None = None
        self._address = ""
        self._told: set[tuple[int, OutboxState]] = set()  # what was dismissed
        self._counting = False  # how many wait is shown, rather than one message
        self.banner = Banner(theme, "info", "")
        self.undo_button = button(theme, "Undo", "", "undo")
        self.undo_button.setToolTip("Take it back and go on writing (Alt+U)")
        self.show_button = button(theme, "Show message")
        self.list_button = button(theme, "Show", name="Show what is scheduled and waits")
        self.close_button = button(theme, "Dismiss", "quiet")
        self.banner.set_actions(self.undo_button, self.show_button, self.list_button, self.close_button)
        self._keys = [QShortcut(QKeySequence(keys), self) for keys in ("Alt+U", "Ctrl+Z")]
        for shortcut in self._keys:
            shortcut.setEnabled(False)
            shortcut.activated.connect(self.undo)
        self.setLayout(row((self.banner, 1), margins=(k.S6, k.S3, k.S6, k.S3)))
        self._tick = QTimer(self)
        self._tick.setInterval(250)
        self._tick.timeout.connect(self._show)
        self._gone = QTimer(self)
        self._gone.setSingleShot(True)
        self._gone.setInterval(GONE_AFTER)
        self._gone.timeout.connect(self.leave)
        self.undo_button.clicked.connect(self.undo)
        self.show_button.clicked.connect(self._on_show_message)
        self.list_button.clicked.connect(self.list_requested)
        self.close_button.clicked.connect(self.dismiss)
        program.outbox_changed.connect(self._on_outbox)
        self.hide()

    @Slot(int)
    def follow(self, outbox_id: int) -> None:
        self._outbox_id = OutboxId(outbox_id)
        self._counting = False
        self._gone.stop()
        self._show()

    @Slot()
    def show_waiting(self) -> None:
        """What waited when the program began; nothing when nothing does."""
        now = times.now()
        rows = [r for r in self._program.waiting() if r.state is not OutboxState.PARTLY]
        rows = [r for r in rows if r.state is not OutboxState.FAILED or now - r.updated_at < TOLD_FOR]
        if not rows:
            self.leave()
            return
        self._outbox_id, self._counting = None, True
        rows.sort(key=lambda r: (r.state not in _STUCK, r.not_before))
        stuck = any(r.state in _STUCK for r in rows)
        title = f"{times.count(len(rows), 'message waits', 'messages wait')}"
        self.banner.set("warn" if stuck else "info", title, self._listed(rows))
        self._set_actions(undo=False, show=False, listed=True, close=True)
        self.show()

    @staticmethod
    def _listed(rows: list[OutboxRow]) -> str:
        now = times.now()
        parts = [f"“{r.subject or '(no subject)'}”: {outbox_words(r, now)[1].rstrip('.')}." for r in rows[:1]]
        if len(rows) > 1:
            parts.append(f"And {len(rows) - 1} more.")
        return " ".join(parts)

    def _set_actions(self, *, undo: bool, show: bool, listed: bool, close: bool) -> None:
        self.undo_button.setVisible(undo)
        self.show_button.setVisible(show)
        self.list_button.setVisible(listed)
        self.close_button.setVisible(close)
        for shortcut in self._keys:
            shortcut.setEnabled(undo)

    @Slot()
    def dismiss(self) -> None:
        """The person has read it."""
        if self._outbox_id is not None:
            self._told.add((self._outbox_id, self._program.outbox(self._outbox_id).state))
        self.leave()

    @Slot()
    def leave(self) -> None:
        self._outbox_id = None
        self._counting = False
        self._set_actions(undo=False, show=False, listed=False, close=False)
        self._tick.stop()
        self._gone.stop()
        self.hide()

    @Slot()
    def undo(self) -> None:
        number = self._outbox_id
        if number is None:
            return
        if self._program.undo_send(number):
            self.leave()
            self.undone.emit(int(number))
        else:
            self._show()

    @Slot()
    def _on_show_message(self) -> None:
        if self._address:
            self.shown_requested.emit(self._address)

    @Slot(int)
    def _on_outbox(self, outbox_id: int) -> None:
        if self._outbox_id is not None and outbox_id == self._outbox_id:
            self._show()
            return
        state = self._program.outbox(OutboxId(outbox_id)).state
        if state in _STUCK and (outbox_id, state) not in self._told and not self.undo_button.isVisibleTo(self):
            self.follow(outbox_id)
        elif self._counting:
            self.show_waiting()

    @Slot()
    def _show(self) -> None:
        if self._outbox_id is None:
            return
        message = self._program.outbox(self._outbox_id)
        people = message.draft.to + message.draft.cc + message.draft.bcc
        self._address = people[0].addr_spec if people else ""
        kind, title, text = self._words(message)
        if not title:
            self.leave()
            return
        out = bool(message.extras_waiting)
        waiting = message.state is OutboxState.QUEUED and not out
        self.banner.set(kind, title, text)
        stuck = message.state in _STUCK
        urgent = waiting and message.problem is None and message.not_before - times.now() <= timedelta(seconds=SOON)
        self._set_actions(
            undo=waiting and message.attempts == 0,
            show=stuck and bool(self._address),
            listed=waiting and not urgent,
            close=not urgent and (out or message.state is not OutboxState.SENDING),
        )
        if waiting and not self._tick.isActive():
            self._tick.start()
        elif not waiting:
            self._tick.stop()
        if (out or message.state is OutboxState.SENT) and not self._gone.isActive():
            self._gone.start()
        self.show()

    def _words(self, message: OutboxMessage) -> tuple[str, str, str]:
        subject = message.draft.subject or "(no subject)"
        told = explain(message.problem) if message.problem is not None else None
        if extras := message.extras_waiting:
            later = f"The additional BCC to {', '.join(extras)} is tried again by itself."
            return "ok", "Sent", f"“{subject}” went out. {later}"
        if message.state is OutboxState.QUEUED:
            if told is not None:
                return "warn", told.title, f"“{subject}” waits and is tried again by itself. Nothing is lost."
            left = (message.not_before - times.now()).total_seconds()
            if left > SOON:
                day = times.day_short(times.local(message.not_before).date(), times.today())
                return "info", f"Goes out {day} at {times.clock(message.not_before)}", f"“{subject}”"
            if left > 0:
                return "info", f"Goes out in {math.ceil(left)} s", f"“{subject}”"
            return "info", "Going out…", f"“{subject}”"
        if message.state is OutboxState.SENDING:
            return "info", "Going out…", f"“{subject}”"
        if message.state is OutboxState.SENT:
            return "ok", "Sent", f"“{subject}” went out and a copy is in Sent."
        if message.state is OutboxState.PARTLY:
            return "warn", "It did not reach everyone", f"“{subject}”: {told.title if told else 'some were refused'}."
        if message.state is OutboxState.FAILED:
            return "bad", told.title if told else "It was not sent", f"“{subject}” is kept; nothing is lost."
        if message.state is OutboxState.UNKNOWN:
            return (
                "warn",
                "It is not known whether the message went out",
                f"“{subject}”: the connection ended before the answer came.",
            )
        return "info", "", ""
