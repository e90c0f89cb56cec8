"""After Send: the seconds in which it can be taken back, then what became of the message."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.domain.outbox import CopyState, OutboxId, OutboxMessage, OutboxState
from app.ui.compose.preflight import listed
from app.ui.compose.program import ComposeProgram
from app.ui.compose.send_times import said
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, disc, label, progress
from app.words.problems import explain


@dataclass(frozen=True)
class Stage:
    """What the view says. `actions`: names of the buttons that are shown, the first one primary where it is Done."""

    icon: str
    tone: str
    title: str
    text: str
    actions: tuple[str, ...]
    moving: bool = False


class _Named(Protocol):
    @property
    def label(self) -> str: ...


def stage_of(message: OutboxMessage, now: datetime) -> Stage:
    """The words for an outgoing message at a moment."""
    draft = message.draft
    people = listed(_labels((*draft.to, *draft.cc, *draft.bcc)))
    subject = draft.subject or "(no subject)"
    seconds = (message.not_before - now).total_seconds()
    state = message.state
    if state is OutboxState.QUEUED and draft.send_at and seconds > 0:
        text = (
            f"“{subject}” to {people}. Hitchpost has to be running then; if it is not, it goes out at the next start."
        )
        return Stage("clock", "accent", f"Goes out {said(message.not_before, now)}", text, ("done", "undo"))
    if state is OutboxState.QUEUED and message.problem is not None:
        words = explain(message.problem)
        text = f"{words.title}. The message is kept and tried again by itself."
        return Stage("clock", "warn", "Waiting for the mail server", text, ("done", "undo"))
    if state is OutboxState.QUEUED and seconds > 0:
        return Stage("sent", "accent", f"Sends in {math.ceil(seconds)} s", f"“{subject}” to {people}", ("undo",), True)
    if state in (OutboxState.QUEUED, OutboxState.SENDING):
        return Stage("sent", "accent", "Sending…", f"“{subject}” to {people}", ("done",), True)
    if state is OutboxState.SENT:
        kept = "Replies appear on the timeline by themselves." if draft.log else "It is not logged, as you chose."
        return Stage("check", "ok", f"Sent to {people}", f"“{subject}”. {kept}", ("done", "again"))
    if state is OutboxState.PARTLY:
        refused = [c.recipient for c in message.copies if c.state is CopyState.REFUSED]
        text = f"The mail server refused {listed(refused)}. Everyone else has it."
        return Stage("warn", "warn", "Not everyone got it", text, ("retry", "done"))
    if state is OutboxState.FAILED:
        words_text = "The mail server refused it."
        if message.problem is not None:
            words = explain(message.problem)
            words_text = f"{words.title}. {words.cause} {words.remedy}"
        return Stage("bounce", "bad", "It was not sent", f"{words_text} The message is kept.", ("retry", "done"))
    if state is OutboxState.UNKNOWN:
        text = (
            "The connection ended before the mail server answered, and the Sent folder does not tell. "
            "Sending again could deliver it twice."
        )
        return Stage("infer", "infer", "Nobody knows whether it went out", text, ("arrived", "resend", "done"))
    return Stage("undo", "neutral", "Taken back", f"“{subject}” is a draft again.", ("edit", "done"))


def _labels(people: Sequence[_Named]) -> list[str]:
    return list(dict.fromkeys(p.label for p in people))


class SendingView(QWidget):
    """`follow` an outbox id; it looks again when the program says that it changed, and counts while it is seen."""

    undo_requested = Signal(int)
    write_again_requested = Signal()
    done_requested = Signal()

    TEXTS = (
        ("undo", "Undo"),
        ("edit", "Go on writing"),
        ("retry", "Try again"),
        ("arrived", "It arrived"),
        ("resend", "Send again"),
        ("again", "Write another"),
        ("done", "Done"),
    )

    def __init__(self, theme: Theme, program: ComposeProgram) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self.outbox_id: OutboxId | None = None
        self.stage: Stage | None = None
        self._total = 1.0
        self._disc = disc(theme, "sent", "accent", 72)
        self.title = label(theme, "", "display", wrap=True)
        self.text = label(theme, "", "body", "muted", wrap=True)
        for words in (self.title, self.text):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            words.setFixedWidth(theme.px(460))
        self.bar = progress(theme, "Until it is sent", 0, 100)
        self.bar.setFixedWidth(theme.px(240))
        self.buttons = {name: button(theme, text) for name, text in self.TEXTS}
        self.buttons["done"] = button(theme, "Done", "primary")
        self.buttons["undo"].setToolTip("Undo (Ctrl+Z)")
        for name, made in self.buttons.items():
            made.setObjectName(name)
            made.hide()
        order = ("undo", "edit", "retry", "arrived", "resend", "again", "done")
        inner = column(
            row(None, self._disc, None),
            k.S3,
            row(None, self.title, None),
            row(None, self.text, None),
            k.S2,
            row(None, self.bar, None),
            k.S2,
            row(None, *(self.buttons[name] for name in order), None),
            gap=k.S2,
        )
        self.setLayout(column(None, host(inner), None, None, gap=0))
        self._timer = QTimer(self)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self.look)
        self.buttons["undo"].clicked.connect(self._on_undo)
        self.buttons["edit"].clicked.connect(self._on_undo)
        self.buttons["retry"].clicked.connect(self._on_retry)
        self.buttons["arrived"].clicked.connect(self._on_arrived)
        self.buttons["resend"].clicked.connect(self._on_resend)
        self.buttons["again"].clicked.connect(self.write_again_requested)
        self.buttons["done"].clicked.connect(self.done_requested)
        program.outbox_changed.connect(self._on_outbox_changed)

    def follow(self, outbox_id: OutboxId) -> None:
        self.outbox_id = outbox_id
        message = self._program.outbox(outbox_id)
        self._total = max(0.5, (message.not_before - datetime.now(UTC)).total_seconds())
        self.stage = None
        self.look()
        self._timer.start()

    def forget(self) -> None:
        self.outbox_id = None
        self._timer.stop()

    @Slot()
    def look(self) -> None:
        if self.outbox_id is None:
            return
        now = times.now()
        message = self._program.outbox(self.outbox_id)
        stage = stage_of(message, now)
        counting = stage.actions == ("undo",)
        left = (message.not_before - now).total_seconds()
        self.bar.setVisible(stage.moving)
        if counting:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * (1 - max(0.0, left) / self._total)))
        elif stage.moving:
            self.bar.setRange(0, 0)
        else:
            self._timer.stop()
        if stage == self.stage:
            return
        before, self.stage = self.stage, stage
        self._disc.set(stage.icon, self._theme.ink(stage.tone), stage.tone)
        self.title.setText(stage.title)
        self.text.setText(stage.text)
        self.setAccessibleName(f"{stage.title}. {stage.text}")
        if before is None or before.actions != stage.actions:
            for name, made in self.buttons.items():
                made.setVisible(name in stage.actions)
            self.buttons[stage.actions[0]].setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(int)
    def _on_outbox_changed(self, outbox_id: int) -> None:
        if outbox_id == self.outbox_id:
            self.look()
            if self.stage is not None and self.stage.moving:
                self._timer.start()

    @Slot()
    def _on_undo(self) -> None:
        if self.outbox_id is not None:
            self.undo_requested.emit(self.outbox_id)

    @Slot()
    def _on_retry(self) -> None:
        if self.outbox_id is not None:
            self._program.retry(self.outbox_id)

    @Slot()
    def _on_arrived(self) -> None:
        if self.outbox_id is not None:
            self._program.settle_unknown(self.outbox_id, True)

    @Slot()
    def _on_resend(self) -> None:
        if self.outbox_id is not None:
            self._program.settle_unknown(self.outbox_id, False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        can_undo = self.stage is not None and "undo" in self.stage.actions
        if can_undo and event.key() == Qt.Key.Key_Z and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._on_undo()
        elif event.key() == Qt.Key.Key_Escape:
            self.done_requested.emit()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.outbox_id is not None:
            self.look()
            self._timer.start()
