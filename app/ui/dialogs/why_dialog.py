"""“Why is this message (not) here?”: the decision step by step, with the ways to put a logged message elsewhere and to
take that back. Opened from the timeline, the feed and the inboxes page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.errors import HitchpostError
from app.domain.trace import Mark, Trace, TraceStep
from app.ui.dialogs.move_view import MoveView
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import entry
from app.ui.kit.labels import ZERO_WIDTH, Prose
from app.ui.kit.layout import box, clear, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, button, label, prose

if TYPE_CHECKING:
    from app.runtime.program import Program

MARKS = {Mark.YES: ("check", "ok", "Speaks for it"), Mark.NO: ("cross", "warn", "Speaks against it"),
         Mark.NOTE: ("info", "neutral", "Note")}  # fmt: skip
ASK = "Enter the address of the sender, or the message’s Message-ID (mail programs show it among all header lines)."
MOVE = "Move the message"
MOVING = "Choose whose timeline it belongs to, and there its conversation. The answers to it go with it."
EXPLAIN = "What was looked at, what matched, and what decided."


class WhyDialog(Dialog):
    """Open it with `open()`. `asked`: a Message-ID or an address; without one the dialog asks for it. Asking may take the
    servers some seconds; the dialog can be closed meanwhile."""

    message_requested = Signal(int)  # message_pk

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None, asked: str = "") -> None:
        title = "Why is it here?" if asked else "Where is a message?"
        super().__init__(theme, title, EXPLAIN if asked else ASK, parent, width=640, cancel="Close")
        self.setObjectName("why")
        self._program, self._asked = program, asked
        self._closed = False
        self.trace: Trace | None = None
        self.finished.connect(self._on_finished)
        self.field = entry(theme, hint="name@example.com or <id@mail.example.com>")
        self.field.setAccessibleName("Address or Message-ID")
        self.ask_button = button(theme, "Find out", "primary", "search")
        self.ask_button.clicked.connect(self._on_ask)
        self.field.returnPressed.connect(self._on_ask)
        self._asks = not asked
        self._line = host(row((self.field, 1), self.ask_button, gap=k.S2))
        self._line.setVisible(self._asks)
        self.add(self._line)
        self.trouble = label(theme, "", "small", "bad", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        self.verdict = label(theme, "", "strong", wrap=True)
        self.verdict.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._steps = column(gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3))
        area = scroll(host(self._steps))
        area.setAccessibleName("Steps of the decision")
        self._card = box("card", column(area, gap=0))
        self.move_button = button(theme, "Move to…", "", "chevron-right")
        self.split_button = button(theme, "Split off into its own thread")
        self.undo_button = button(theme, "Undo", "quiet", "undo")
        self.open_button = button(theme, "Open message", "quiet")
        self.move_button.clicked.connect(self._on_move)
        self.split_button.clicked.connect(self._on_split)
        self.undo_button.clicked.connect(self._on_undo)
        self.open_button.clicked.connect(self._on_open)
        self._actions = host(
            row(self.move_button, self.split_button, self.undo_button, None, self.open_button, gap=k.S2)
        )
        self.move_view = MoveView(theme, program)
        self.move_view.chosen.connect(self._on_moved)
        self.move_view.left.connect(self._show_decision)
        decision = host(column(self.verdict, (self._card, 1), self._actions, gap=k.S3))
        self._stack = QStackedWidget()
        self._stack.addWidget(decision)
        self._stack.addWidget(self.move_view)
        self._stack.setMinimumHeight(theme.px(300))
        self.add(self._stack, 1)
        self._card.hide()
        self._actions.hide()
        self.resize(theme.px(640), theme.px(560))
        if asked:
            self._look(asked)
        else:
            self.field.setFocus()

    @Slot()
    def _on_ask(self) -> None:
        text = self.field.text().replace(ZERO_WIDTH, "").strip()  # as it was copied from an answer
        if text:
            self._look(text)
        else:
            self._tell("Enter an address or a Message-ID first.")
            self._type_again()

    def _type_again(self) -> None:
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _look(self, asked: str) -> None:
        self._asked = asked
        self.trouble.hide()
        self.ask_button.set_busy("Looking…")
        self.verdict.setText("Looking at what is stored, and asking the mail servers where that says nothing…")
        self._program.explain(asked, self._on_explained)

    def _on_explained(self, trace: Trace | None, why: str) -> None:
        if self._closed:
            return
        self.ask_button.set_ready()
        self.trace = trace
        clear(self._steps)
        self._card.setVisible(trace is not None and bool(trace.steps))
        self._actions.setVisible(trace is not None and trace.message_pk is not None)
        if trace is None:
            self.verdict.setText("")
            self._tell(why or "It could not be found out.")
            if self._asks:
                self._type_again()
            return
        self.verdict.setText(trace.verdict)
        for step in trace.steps:
            if step.mark is Mark.NOTE and step.text.startswith("“") and step.text.endswith(":"):
                self._add_head(step.text.rstrip(":"))
            else:
                self._add_step(step)
        self._steps.addStretch(1)
        self.undo_button.setVisible(trace.can_undo)
        self.split_button.setEnabled(trace.can_split)
        self.split_button.setToolTip("" if trace.can_split else "It begins a conversation of its own already.")
        self.open_button.setVisible(self._asks)

    def _add_head(self, text: str) -> None:
        """A message that was found: what follows is about it."""
        if self._steps.count():
            self._steps.addSpacing(k.S2)
        self._steps.addWidget(Prose(self.theme, text, "", "strong"))

    def _add_step(self, step: TraceStep) -> None:
        icon, tone, spoken = MARKS[step.mark]
        text = prose(self.theme, step.text)
        text.setAccessibleName(f"{spoken}: {step.text}")
        sign = column(Glyph(self.theme, icon, tone, k.ICON_SMALL), None, gap=0, margins=(0, 3, 0, 0))
        self._steps.addLayout(row(sign, (text, 1), gap=k.S2))

    def _tell(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))

    def _do(self, call: Callable[[], object]) -> None:
        """What cannot be done is said; after what was done the decision is told anew."""
        try:
            call()
        except HitchpostError as fault:
            self._tell(str(fault))
            return
        self._show_decision()
        self._look(self._asked)

    def _set_head(self, title: str, text: str) -> None:
        self.heading.setText(title)
        self.sentence.setText(text)
        self._line.setVisible(title != MOVE and self._asks)

    @Slot()
    def _show_decision(self) -> None:
        self._stack.setCurrentIndex(0)
        self._set_head(self.windowTitle(), ASK if self._asks else EXPLAIN)
        self._tell("")

    @Slot()
    def _on_move(self) -> None:
        self._tell("")
        self._stack.setCurrentWidget(self.move_view)
        self._set_head(MOVE, MOVING)
        self.move_view.start(self.trace.message_pk if self.trace is not None else None)

    @Slot(object, object)
    def _on_moved(self, contact_id: int, to_message: int | None) -> None:
        pk = self.trace.message_pk if self.trace is not None else None
        if pk is not None:
            self._do(lambda: self._program.move_message(pk, to_message=to_message, to_contacts=(contact_id,)))

    @Slot()
    def _on_split(self) -> None:
        pk = self.trace.message_pk if self.trace is not None else None
        if pk is not None:
            self._do(lambda: self._program.split_message(pk))

    @Slot()
    def _on_undo(self) -> None:
        pk = self.trace.message_pk if self.trace is not None else None
        if pk is not None:
            self._do(lambda: self._program.undo_arrangement(pk))

    @Slot()
    def _on_open(self) -> None:
        if self.trace is not None and self.trace.message_pk is not None:
            self.message_requested.emit(self.trace.message_pk)
            self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self._closed = True
