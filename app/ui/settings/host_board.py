"""The check of a tracking host as it goes on: a row a step, with what to do where one is not well, and the outcome below. Used
by the dialogs that check one and that use one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.domain.tracking_host import TITLES, HostCheck, HostStep, StepState
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Glyph, label, restyle
from app.ui.wizard.step_list import Turning

if TYPE_CHECKING:
    from app.runtime.program import Program

MARKS = {
    StepState.PASSED: ("check", "ok_text", "ok"),
    StepState.WARNING: ("info", "warn_text", "warn"),
    StepState.FAILED: ("cross", "bad_text", "bad"),
    StepState.SKIPPED: ("minus", "faint", "neutral"),
}
SPOKEN = {
    StepState.PASSED: "passed",
    StepState.WARNING: "passed, with a remark",
    StepState.FAILED: "did not pass",
    StepState.SKIPPED: "not tried",
}


class HostLine(QWidget):
    """One step: waiting, running, then what became of it."""

    def __init__(self, theme: Theme, check: HostCheck) -> None:
        super().__init__()
        self._theme, self._check = theme, check
        self._mark = Glyph(theme, "minus", "faint", 12, "neutral", 20)
        self._turning = Turning(theme)
        self.title = label(theme, TITLES[check], "body", "faint", wrap=True)
        self.detail = label(theme, "", "small", "muted", wrap=True)
        self.advice = label(theme, "", "small", "", wrap=True)
        texts = column(self.title, self.detail, self.advice, gap=2)
        self.setLayout(row(column(self._mark, self._turning, None, gap=0), (texts, 1), gap=10))
        self.wait()

    def wait(self) -> None:
        self._show(False, "", "")
        self._mark.set("minus", "faint", "neutral")
        restyle(self.title, "tone", "faint")
        self.setAccessibleName(f"{TITLES[self._check]}: waiting")

    def run(self) -> None:
        self._show(True, "", "")
        restyle(self.title, "tone", "")
        self.setAccessibleName(f"{TITLES[self._check]}: running")

    def show_step(self, step: HostStep) -> None:
        self._show(False, step.detail, step.advice)
        self._mark.set(*MARKS[step.state])
        restyle(self.title, "tone", "faint" if step.state is StepState.SKIPPED else "")
        self.setAccessibleName(f"{TITLES[step.check]}: {SPOKEN[step.state]}. {step.detail} {step.advice}".strip())

    def _show(self, running: bool, detail: str, advice: str) -> None:
        self._mark.setVisible(not running)
        self._turning.setVisible(running)
        self._turning.set_turning(running)
        for part, text in ((self.detail, detail), (self.advice, advice)):
            part.setText(text)
            part.setVisible(bool(text))


class HostBoard(QWidget):
    """`begin` goes through all steps, `stop` ends that. `ended` once for each `begin` that came to its end: why it could not be
    carried out, empty where it was; then `steps` has what was found."""

    stepped = Signal(object)  # HostStep that is done
    ended = Signal(str)

    def __init__(self, theme: Theme, program: Program, least_height: int = 400) -> None:
        super().__init__()
        self._program = program
        self._run = 0
        self.running = False
        self.steps: list[HostStep] = []
        self.lines = {check: HostLine(theme, check) for check in HostCheck}
        self.outcome = Banner(theme, "info", "")
        area = scroll(host(column(*self.lines.values(), None, gap=k.S3, margins=(0, 0, k.S2, 0))))
        area.setMinimumHeight(theme.px(least_height))
        self.setLayout(column((area, 1), self.outcome, gap=k.S4))

    def begin(self, url: str, token: str | None = None) -> None:
        """`token`: one that is not saved; else that of the workspace."""
        self._run += 1
        run, self.steps, self.running = self._run, [], True
        for each in self.lines.values():
            each.wait()
        self.outcome.set("info", "Going through the steps", f"At {url}. Each has a time limit.")
        self._next()

        def on_step(step: HostStep) -> None:
            if isValid(self) and run == self._run:
                self.steps.append(step)
                self.lines[step.check].show_step(step)
                self._next()
                self.stepped.emit(step)

        def on_end(_done: object, why: str) -> None:
            if isValid(self) and run == self._run:
                self._on_end(url, why)

        self._program.check_tracking_host(url, on_step, on_end, token=token)

    def stop(self) -> None:
        """Nothing more is told of what runs."""
        self._run += 1
        self._program.cancel_host_check()
        self.end("info", "Stopped", "Steps that were not made stay open.")

    def end(self, kind: str, title: str, text: str) -> None:
        self.running = False
        done = {step.check for step in self.steps}
        for check, each in self.lines.items():
            if check not in done:
                each.wait()
        self.outcome.set(kind, title, text)

    def state_of(self, check: HostCheck) -> StepState | None:
        """None: it was not made."""
        return next((step.state for step in self.steps if step.check is check), None)

    def _next(self) -> None:
        done = {step.check for step in self.steps}
        waiting = [check for check in HostCheck if check not in done]
        if waiting and self.running:
            self.lines[waiting[0]].run()

    def _on_end(self, url: str, why: str) -> None:
        failed = [s for s in self.steps if s.state is StepState.FAILED]
        remarks = [s for s in self.steps if s.state is StepState.WARNING]
        if why:
            self.end("bad", "The check could not be carried out", why)
        elif failed:
            said = times.count(len(failed), "step did not pass", "steps did not pass")
            self.end("bad", said, f"The first is: {TITLES[failed[0].check].lower()}. What to do stands there.")
        elif remarks:
            self.end("warn", "It works, with a remark", remarks[0].detail)
        else:
            self.end("ok", "All is well", f"Tracked mail leads to {url}.")
        self.ended.emit(why)
