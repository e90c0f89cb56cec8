"""What is scheduled, waits, or did not go out, with the way on for each: edit, send now, decide. Opened from Compose and
from the bar above the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.outbox import OutboxId, OutboxMessage, OutboxState
from app.domain.views import OutboxRow
from app.ui.compose.send_times import said
from app.ui.dialogs.settle_dialog import SettleDialog, doubtful
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import box, clear, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button, Elided, Glyph, button, label
from app.words.problems import explain

if TYPE_CHECKING:
    from app.runtime.program import Program


def outbox_words(message: OutboxMessage | OutboxRow, now: datetime) -> tuple[str, str]:
    """(tone, one line) for a message that is on its way or needs a decision."""
    told = explain(message.problem).title if message.problem is not None else ""
    if extras := message.extras_waiting:
        return "neutral", f"The recipients have it. The additional BCC to {', '.join(extras)} is tried again by itself."
    match message.state:
        case OutboxState.QUEUED if told:
            return "warn", f"{told}. It is tried again by itself."
        case OutboxState.QUEUED if message.not_before > now:
            return "neutral", f"Goes out {said(message.not_before, now)}"
        case OutboxState.QUEUED | OutboxState.SENDING:
            return "neutral", "Going out…"
        case OutboxState.PARTLY:
            return "warn", f"It did not reach everyone: {told or 'some were refused'}."
        case OutboxState.UNKNOWN:
            return "warn", "It is not known whether the message went out: the connection ended before the answer came."
        case OutboxState.FAILED:
            return "bad", f"Not sent: {told or 'it was refused'}."
        case _:
            return "neutral", ""


class OutboxDialog(Dialog):
    """Open it with `open()`; it follows what changes. `edit_requested`: the message is a draft again, or opens as one."""

    edit_requested = Signal(int)  # outbox_id

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            "Scheduled and waiting",
            "Messages that are still to go out, and those that did not. They go out while Hitchpost runs.",
            parent,
            width=640,
            cancel="Close",
        )
        self.setObjectName("outbox")
        self._program = program
        self._shown: tuple[tuple[OutboxRow, tuple[str, str]], ...] | None = None
        self.trouble = label(theme, "", "small", "bad", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        self._list = column(gap=k.S2, margins=(0, 4, 0, 4))
        area = scroll(host(column(self._list, None, gap=0)))
        area.setMinimumHeight(theme.px(260))
        self.add(area, 1)
        self._tick = QTimer(self)  # a message's time comes
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self.refresh)
        self._tick.start()
        program.outbox_changed.connect(self._on_outbox)
        program.changed.connect(self._on_changed)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Those that go next come first, then what needs a decision."""
        now = times.now()
        rows = self._program.waiting()
        on_their_way = (OutboxState.QUEUED, OutboxState.SENDING)
        rows = tuple(sorted(rows, key=lambda r: (r.state not in on_their_way, r.not_before)))
        fresh = tuple((r, outbox_words(r, now)) for r in rows)
        if fresh == self._shown:
            return
        self._shown = fresh
        clear(self._list)
        for each, (tone, words) in fresh:
            self._list.addWidget(self._line(each, tone, words))
        if not rows:
            self._list.addWidget(label(self.theme, "Nothing waits. All that was sent is out.", "body", "muted"))

    def _line(self, each: OutboxRow, tone: str, words: str) -> QWidget:
        subject = each.subject or "(no subject)"
        people = ", ".join(each.to[:3]) + (f" and {len(each.to) - 3} more" if len(each.to) > 3 else "")
        icon = {"bad": "bounce", "warn": "warn"}.get(tone, "clock")
        text = column(
            Elided(self.theme, subject, "strong"),
            Elided(self.theme, f"To {people}" if people else "To nobody", "small", "muted"),
            label(self.theme, words, "small", tone if tone in ("warn", "bad") else "muted", wrap=True),
            gap=2,
        )
        made = box(
            "card",
            row(
                column(2, Glyph(self.theme, icon, tone if tone in ("warn", "bad") else "muted"), None, gap=0),
                (text, 1),
                *self._actions(each, subject),
                gap=k.S3,
                margins=(k.S3, k.S3, k.S3, k.S3),
            ),
        )
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        made.setAccessibleName(f"{subject}. {words}")
        return made

    def _actions(self, each: OutboxRow, subject: str) -> list[Button]:
        match each.state:
            case OutboxState.QUEUED:
                verbs: list[tuple[str, Callable[[OutboxId], None]]] = [("Send now", self._retry)]
                if self._program.outbox(each.id).attempts == 0:  # nothing of it can have gone out
                    verbs.insert(0, ("Edit", self._undo))
            case OutboxState.FAILED:
                verbs = [("Edit", self._edit), ("Try again", self._retry)]
            case OutboxState.PARTLY:
                verbs = [("Try again", self._retry)]
            case OutboxState.UNKNOWN:
                if len(doubtful(self._program.outbox(each.id))) > 1:
                    verbs = [("Decide…", self._decide)]
                else:
                    verbs = [
                        ("It went out", partial(self._settle, sent=True)),
                        ("Send again", partial(self._settle, sent=False)),
                    ]
            case _:
                verbs = []
        made = []
        for verb, action in verbs:
            one = button(self.theme, verb, name=f"{verb}: {subject}")
            one.clicked.connect(partial(self._do, action, each.id))
            made.append(one)
        return made

    def _do(self, action: Callable[[OutboxId], None], outbox_id: OutboxId, *_checked: bool) -> None:
        self.trouble.hide()
        try:
            action(outbox_id)
        except HitchpostError as error:
            self._say(str(error))
        self.refresh()
        if self.cancel is not None:
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undo(self, outbox_id: OutboxId) -> None:
        if self._program.undo_send(outbox_id):
            self._edit(outbox_id)
        else:
            self._say("It is on its way already.")

    def _edit(self, outbox_id: OutboxId) -> None:
        self.accept()
        self.edit_requested.emit(int(outbox_id))

    def _retry(self, outbox_id: OutboxId) -> None:
        self._program.retry(outbox_id)

    def _settle(self, outbox_id: OutboxId, *, sent: bool) -> None:
        """The one copy that is in doubt; what was refused to others is not sent again with it."""
        for copy in doubtful(self._program.outbox(outbox_id)):
            self._program.settle_unknown(outbox_id, sent, copy.position)

    def _decide(self, outbox_id: OutboxId) -> None:
        SettleDialog(self.theme, self._program, outbox_id, self).open()

    def _say(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.show()

    @Slot(int)
    def _on_outbox(self, _outbox_id: int) -> None:
        self.refresh()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if Area.OUTBOX in change.areas:
            self.refresh()
