"""What becomes of a message that was just sent: a few seconds to take it back, then on its way, out, or not. Used by
the main window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.outbox import OutboxId, OutboxMessage, OutboxState
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button
from app.words.problems import explain

if TYPE_CHECKING:
    from app.runtime.program import Program

GONE_AFTER = 5_000  # ms


class SendingBar(QWidget):
    """Hidden until `follow`, and while Compose is shown, which says the same by itself (`set_quiet`). Shows one message,
    the last one sent; what went wrong with others stands on the timeline."""

    undone = Signal(int)  # outbox_id, a draft again
    shown_requested = Signal(str)  # the address whose timeline shows the message

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._program = program
        self._outbox_id: OutboxId | None = None
        self._address = ""
        self._quiet = False
        self.banner = Banner(theme, "info", "")
        self.undo_button = button(theme, "Undo", "", "undo")
        self.show_button = button(theme, "Show message")
        self.close_button = button(theme, "Dismiss", "quiet")
        self.banner.set_actions(self.undo_button, self.show_button, self.close_button)
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
        self.close_button.clicked.connect(self.leave)
        program.outbox_changed.connect(self._on_outbox)
        self.hide()

    @Slot(int)
    def follow(self, outbox_id: int) -> None:
        self._outbox_id = OutboxId(outbox_id)
        self._gone.stop()
        self._show()

    def set_quiet(self, quiet: bool) -> None:
        if quiet == self._quiet:
            return
        self._quiet = quiet
        if self._outbox_id is None:
            return
        if self._program.outbox(self._outbox_id).state is OutboxState.SENT:
            self.leave()  # it was seen there
        else:
            self._show()

    @Slot()
    def leave(self) -> None:
        self._outbox_id = None
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
        waiting = message.state is OutboxState.QUEUED
        self.banner.set(kind, title, text)
        self.undo_button.setVisible(waiting)
        stuck = message.state in (OutboxState.FAILED, OutboxState.PARTLY, OutboxState.UNKNOWN)
        self.show_button.setVisible(stuck and bool(self._address))
        self.close_button.setVisible(not waiting and message.state is not OutboxState.SENDING)
        if waiting and not self._tick.isActive():
            self._tick.start()
        elif not waiting:
            self._tick.stop()
        if message.state is OutboxState.SENT and not self._gone.isActive():
            self._gone.start()
        self.setVisible(not self._quiet)

    def _words(self, message: OutboxMessage) -> tuple[str, str, str]:
        subject = message.draft.subject or "(no subject)"
        told = explain(message.problem) if message.problem is not None else None
        if message.state is OutboxState.QUEUED:
            if told is not None:
                return "warn", told.title, f"“{subject}” waits and is tried again by itself. Nothing is lost."
            left = (message.not_before - times.now()).total_seconds()
            if left > 90:
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
                "Nobody knows whether it went out",
                f"“{subject}”: the connection ended before the answer came.",
            )
        return "info", "", ""
