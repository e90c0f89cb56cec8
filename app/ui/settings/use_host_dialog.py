"""The dialog *Use a tracking host*: the address and the token of a server elsewhere, checked before they are used; and what its
administrator has to do. Used by the section Tracking of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from app.domain.errors import HitchpostError
from app.domain.tracking_host import NO_ADDRESS, HostCheck, HostStep, StepState, is_host_address
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import row
from app.ui.kit.widgets import Banner, button
from app.ui.settings.host_board import HostBoard

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

TITLE = "Use a tracking host"
CHECK, USE, STOP = "Check", "Use it", "Stop"
COPY, COPIED = "Copy what its administrator needs", "Copied"
COPIED_FOR = 3_000  # milliseconds
BEFORE = (
    "Links in mail that was sent before go on leading to the server it was sent by. That one is asked for opens and clicks as "
    "long as it answers, every few minutes instead of at once; Settings › Tracking tells how it goes."
)
NO_TOKEN = "The administrator of the host gives it to you."


def for_administrator(workspace: str) -> str:
    """What to do on the host, as text to be sent."""
    return (
        f"Please add a workspace for Hitchpost on our tracking host. There, as the user that runs the server:\n\n"
        f'    hitchpost tracking add "{workspace}"\n\n'
        "Where the server has a database of its own, add --database URL, as for “hitchpost serve tracking”. The command shows "
        "a token, once. Send me that token by a safe way, and the public address of the host, which begins with https://.\n\n"
        "How a host is set up stands in packaging/tracking/README.md of Hitchpost. Each workspace has a token and keys of its "
        "own, and sees its own events alone; “hitchpost tracking revoke” ends it.\n"
    )


class UseHostDialog(FittingDialog):
    """Open it with `open()`. Nothing is kept before the verb *Use it*, which is there once the host has proved that it knows
    the token. `used`: it is this workspace's host now."""

    used = Signal()

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            TITLE,
            f"For a server that your organisation runs. {BEFORE}",
            parent,
            width=620,
        )
        self.setObjectName("use-host")
        self._program = program
        self.url = Field(theme, "Public &address", entry(theme, hint="https://track.example.com"))
        self.token = Field(theme, "&Token", entry(theme, password=True), NO_TOKEN)
        self.url.edit.setText(str(program.get_setting("tracking.url")))
        self.board = HostBoard(theme, program, 300)
        self.board.hide()
        self.told = Banner(theme, "bad", "")
        self.told.hide()
        self.copy_button = button(theme, COPY, "link", "copy")
        self.copy_button.clicked.connect(self._on_copy)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_FOR)
        self._copied.timeout.connect(self._offer_copy)
        self.add(self.url)
        self.add(self.token)
        self.add(row(self.copy_button, None, gap=k.S2))
        self.add(self.board, 1)
        self.add(self.told)
        self.verb = self.set_verb(CHECK)
        self.verb.clicked.connect(self._on_verb)
        self._using = False  # it proves once more that it knows the token, and is taken then
        self.board.stepped.connect(self._on_stepped)
        self.board.ended.connect(self._on_ended)
        for field in (self.url, self.token):
            field.edit.textEdited.connect(self._on_typed)
        self.finished.connect(self.board.stop)
        foot = (*((self.cancel,) if self.cancel is not None else ()), self.verb)
        tab_in_order(self.url.edit, self.token.edit, self.copy_button, *foot)
        self.url.edit.setFocus()

    def _given(self) -> tuple[str, str]:
        return self.url.edit.text().strip().rstrip("/"), self.token.edit.text().strip()

    @property
    def proved(self) -> bool:
        """Whether the host knows the token, whatever else was found."""
        return self.board.state_of(HostCheck.HEALTH) in (StepState.PASSED, StepState.WARNING)

    @Slot()
    def _on_typed(self) -> None:
        """What was found holds no longer."""
        for field in (self.url, self.token):
            field.clear_error()
        self.told.hide()
        self._using = False
        if self.board.isVisible() or self.board.steps:
            self.board.stop()
            self.board.steps = []
            self.board.hide()
        self.verb.set_verb(CHECK)

    @Slot()
    def _on_verb(self) -> None:
        if self.board.running:
            self._using = False
            self.board.stop()
            self.verb.set_verb(CHECK)
        elif self.proved:
            self._use()
        else:
            self._check()

    def _check(self) -> None:
        url, token = self._given()
        wrong = [(self.url, NO_ADDRESS)] if not is_host_address(url) else []
        if not token:
            wrong.append((self.token, f"Enter the token. {NO_TOKEN}"))
        for field, why in wrong:
            field.set_error(why)
        if wrong:
            wrong[0][0].edit.setFocus()
            return
        self.board.show()
        self.verb.set_verb(STOP)
        self.board.begin(url, token)

    @Slot(object)
    def _on_stepped(self, step: HostStep) -> None:
        if not self._using or step.check is not HostCheck.HEALTH:
            return
        self._using = False
        if self.proved:
            self._keep()
        else:
            self._tell("It has stopped answering as your tracking host since it was checked.")

    @Slot(str)
    def _on_ended(self, why: str) -> None:
        if self._using:
            self._using = False
            self._tell(why or "It could not be checked again.")
        self.verb.set_verb(USE if self.proved else CHECK)

    def _use(self) -> None:
        """A host that has gone since it was checked is not taken."""
        self._using = True
        self.told.hide()
        self.verb.set_verb(STOP)
        self.board.begin(*self._given())

    def _tell(self, why: str) -> None:
        self.told.set("bad", "Nothing was changed", why)
        self.told.show()

    def _keep(self) -> None:
        try:
            self._program.use_tracking_host(*self._given())
        except HitchpostError as fault:
            self._tell(str(fault))
            return
        self.used.emit()
        self.accept()

    @Slot()
    def _on_copy(self) -> None:
        name = next((one.name for one in self._program.workspaces() if one.current), "")
        QGuiApplication.clipboard().setText(for_administrator(name.replace('"', "'")))
        self.copy_button.set_verb(COPIED)
        self._copied.start()

    @Slot()
    def _offer_copy(self) -> None:
        self.copy_button.set_verb(COPY)
