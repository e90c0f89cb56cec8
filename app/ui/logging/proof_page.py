"""The page of the logging wizard that sends a test message and waits for it, and the last page, with the address to copy."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.copied_mail import CopyKind
from app.domain.logging_addresses import Recognised
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Elided, Glyph, button, disc, label, progress
from app.ui.logging import words
from app.ui.logging.copying import CopyButton
from app.ui.logging.flow import Step
from app.ui.logging.pages import LoggingPage
from app.ui.logging.session import STOPPED, LoggingSession
from app.ui.wizard.step_list import Turning

PATIENCE = 120  # seconds that the façade waits at most
STARTING = "Connecting"


class DoneStep(QWidget):
    """One thing that the test does: it turns while it is done, and has a check mark afterwards."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self.text = text
        self._mark = Glyph(theme, "check", "ok_text", 12, "ok", 20)
        self._turning = Turning(theme)
        marks = column(self._mark, self._turning, None, gap=0)
        self.setLayout(row(marks, (label(theme, text, wrap=True), 1), gap=10))

    def show_done(self, done: bool) -> None:
        self._mark.setVisible(done)
        self._turning.setVisible(not done)
        self._turning.set_turning(not done)
        self.setAccessibleName(f"{self.text}: {'done' if done else 'running'}")


class ProofPage(LoggingPage):
    step = Step.TEST

    def __init__(self, theme: Theme, run: LoggingSession) -> None:
        super().__init__(
            theme,
            run,
            "Does mail to it come, and is it recognised?",
            "A test message is sent the way you will use the address. It stays in your inbox; delete it when you like.",
        )
        self._steps = column(gap=k.S2)
        self._shown_steps: tuple[str, ...] | None = None
        self.steps: list[DoneStep] = []
        self.left = label(theme, "", "small", "faint")
        self.bar = progress(theme, "Time that the test message has taken", 0, PATIENCE)
        self.stop_button = button(theme, "Stop")
        self.stop_button.clicked.connect(self._on_stop)
        self.running = box(
            "inset",
            column(
                self._steps,
                self.bar,
                row(self.left, None, self.stop_button),
                gap=k.S3,
                margins=(k.S4, k.S4, k.S4, k.S4),
            ),
        )
        self.outcome = Banner(theme, "ok", "")
        self.again = button(theme, "Test again", icon="refresh")
        self.again.clicked.connect(self._on_again)
        self.hint = label(theme, "", "small", "muted", wrap=True)
        self._again_row = host(row(self.again, None))
        self.add(self.running, self.outcome, self.hint, self._again_row, None)
        self._tick = QTimer(self)
        self._tick.setInterval(500)
        self._tick.timeout.connect(self._on_tick)
        self._since = 0.0
        run.changed.connect(self._show)
        self._show()

    def enter(self) -> None:
        if self.run.answers.proof is None and not self.run.answers.testing:
            self._on_again()
        self._show()

    def leave(self) -> None:
        self.run.stop()
        self._tick.stop()

    @Slot()
    def _on_again(self) -> None:
        self._since = time.monotonic()
        self.run.test()
        if self.run.answers.testing:
            self._tick.start()
            self.stop_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_tick()

    @Slot()
    def _on_stop(self) -> None:
        self.run.stop()
        self.again.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_tick(self) -> None:
        gone = min(PATIENCE, round(time.monotonic() - self._since)) if self._since else 0
        self.bar.setValue(gone)
        self.left.setText(f"{times.count(gone, 'second', 'seconds')}; it may take two minutes")
        if not self.run.answers.testing:
            self._tick.stop()

    @Slot()
    def _show(self) -> None:
        a = self.run.answers
        self._show_steps(a.steps or (STARTING,), a.testing)
        self.running.setVisible(a.testing)
        self._again_row.setVisible(not a.testing and not a.proved)
        told = words.outcome(a.proof) if a.proof is not None else None
        if told is not None:
            self.outcome.set(told.kind, told.title, told.text)
        elif a.ended:
            title = "The test was stopped" if a.ended == STOPPED else "The test could not be carried out"
            what = "Whether mail to this address comes is not known." if a.ended == STOPPED else a.ended
            self.outcome.set("warn", title, what)
        self.outcome.setVisible(told is not None or (bool(a.ended) and not a.testing))
        self.hint.setText(self._next_step())
        self.hint.setVisible(bool(self.hint.text()) and not a.testing)

    def _show_steps(self, texts: tuple[str, ...], running: bool) -> None:
        if texts != self._shown_steps:
            self._shown_steps = texts
            clear(self._steps)
            self.steps = [DoneStep(self.theme, text) for text in texts]
            for step in self.steps:
                self._steps.addWidget(step)
                step.show()  # at once, not at the next turn of the loop
        for position, step in enumerate(self.steps):
            step.show_done(position < len(texts) - 1 or not running)

    def _next_step(self) -> str:
        a = self.run.answers
        if a.proved or a.testing:
            return ""
        if a.may_keep:
            return (
                "You can keep the address as it is and test it later in the settings. What comes to it until then is logged "
                "all the same, where it can be recognised."
            )
        return "" if a.known else "Go back to choose another way. This address is not kept."


class DonePage(LoggingPage):
    step = Step.DONE
    other_wished = Signal()

    def __init__(self, theme: Theme, run: LoggingSession) -> None:
        super().__init__(theme, run, "", "")
        self._content_column = column(gap=k.S4)
        self.copy: CopyButton | None = None
        self.other = button(theme, "", icon="plus")
        self.other.clicked.connect(self.other_wished)
        self._other_row = host(row(self.other, None))
        self.add(self._content_column, self._other_row, None)

    def enter(self) -> None:
        theme, a, kept = self.theme, self.run.answers, self.run.kept
        assert kept is not None  # the page comes after it was added
        told = words.KINDS[a.kind]
        ready = isinstance(a.proof, Recognised) or not kept.address
        self.set_heading("", "")
        self.title.hide()
        clear(self._content_column)
        title = f"{told.title} is ready" if ready else f"{told.title} is set up, untested"
        mark = disc(theme, *(("check", "ok") if ready else ("warn", "warn")), 40)
        self._content_column.addLayout(row(mark, (label(theme, title, "title", wrap=True), 1), gap=k.S3))
        if kept.address:
            self.copy = CopyButton(theme, kept.address, kept.address)
            shown = box("sunken", row((Elided(theme, kept.address, "strong"), 1), margins=(k.S3, k.S2, k.S3, k.S2)))
            self._content_column.addLayout(row((shown, 1), self.copy, gap=k.S2))
            self._content_column.addWidget(label(theme, told.use, wrap=True))
        else:
            self._content_column.addWidget(
                label(theme, f"Move or copy what is to be logged into the folder “{kept.folder}”.", wrap=True)
            )
        facts = column(gap=k.S2)
        for text in words.conditions(a.kind)[:1] + words.conditions(a.kind)[-1:]:
            facts.addLayout(
                row(column(2, Glyph(theme, "check", "ok", k.ICON_SMALL), None, gap=0),
                    (label(theme, text, "small", "muted", wrap=True), 1), gap=k.S2)
            )  # fmt: skip
        self._content_column.addLayout(facts)
        other = CopyKind.FORWARD if a.kind is CopyKind.BCC else CopyKind.BCC
        missing = not any(one.kind is other for one in self.run.program.logging_addresses())
        self._other_row.setVisible(missing)
        self.other.set_verb(f"Set up {words.KINDS[other].name}…")
        self.other.setAccessibleName(f"Set up {words.KINDS[other].name}")
