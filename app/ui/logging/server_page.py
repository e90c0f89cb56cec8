"""The page of the logging wizard that tells what is to be done at the mail server. Used by `wizard`."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, line, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, label
from app.ui.logging import words
from app.ui.logging.copying import CopyButton
from app.ui.logging.flow import Step
from app.ui.logging.pages import LoggingPage
from app.ui.logging.session import LoggingSession


class ServerPage(LoggingPage):
    """What is done outside of Hitchpost, step by step."""

    step = Step.SERVER

    def __init__(self, theme: Theme, run: LoggingSession) -> None:
        super().__init__(theme, run, "", "")
        self._steps = column(gap=0)
        self._address = host(row())
        self.add(self._address, box("card", self._steps), None)

    def enter(self) -> None:
        a = self.run.answers
        self.set_heading(
            "Set up a rule at the mail server" if a.address else "How to use the folder",
            "Hitchpost cannot do that for you. Once it is done, go on: a test message shows whether it works."
            if a.address
            else "Nothing has to be set up at the server.",
        )
        clear(self._steps)
        told = words.server_steps(self.run.provider, a.address, a.folder)
        for number, text in enumerate(told, start=1):
            if number > 1:
                self._steps.addWidget(line())
            mark = label(self.theme, f"{number}.", "strong", "muted")
            mark.setFixedWidth(self.theme.px(18))
            self._steps.addLayout(
                row(
                    column(mark, None, gap=0),
                    (label(self.theme, text, wrap=True), 1),
                    gap=k.S2,
                    margins=(k.S4, 10, k.S4, 10),
                )
            )
        fresh = host(row())
        if a.address:
            copy = CopyButton(self.theme, a.address, a.address)
            shown = box("sunken", row((Elided(self.theme, a.address, "medium"), 1), margins=(k.S3, k.S2, k.S3, k.S2)))
            fresh = host(row((shown, 1), copy, gap=k.S2))
            copy.setFocus(Qt.FocusReason.OtherFocusReason)
        self.replace(self._address, fresh)
        fresh.setVisible(bool(a.address))
        self._address = fresh
