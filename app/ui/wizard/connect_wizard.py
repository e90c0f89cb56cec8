"""The wizard that connects an inbox, and that Reconnect opens with the address fixed (C1–C3, C7, C8, C11, C13). The order of
the pages is `flow.next_page`."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.inboxes import Provider
from app.ui.kit.theme import Theme
from app.ui.wizard.address_page import AddressPage
from app.ui.wizard.check_page import CheckPage
from app.ui.wizard.done_page import DonePage
from app.ui.wizard.expect_page import ExpectPage
from app.ui.wizard.flow import Page, first_page, next_page, previous_page, steps
from app.ui.wizard.frame import WizardFrame
from app.ui.wizard.kind_page import KindPage
from app.ui.wizard.page import WizardPage
from app.ui.wizard.passphrase_page import PassphrasePage
from app.ui.wizard.program import ConnectProgram
from app.ui.wizard.session import Session
from app.ui.wizard.ways import choose, way_of


class ConnectWizard(WizardFrame):
    """`connected` carries the InboxId, at the moment it is kept. `open_settings_requested`: "log_track" or "font",
    `write_requested` and `another_requested` (the address of an inbox to reconnect, or empty for a new one): the wizard has
    closed then.

    `address`: that of an inbox to reconnect; empty for a new one."""

    connected = Signal(int)
    open_settings_requested = Signal(str)
    write_requested = Signal()
    another_requested = Signal(str)

    def __init__(self, theme: Theme, program: ConnectProgram, parent: QWidget | None, address: str = "") -> None:
        super().__init__(theme, parent)
        self.setObjectName("connect-wizard")
        self.session = Session(program, address, self)
        self.pages: dict[Page, WizardPage] = {}
        check, done = CheckPage(theme, self.session), DonePage(theme, self.session)
        passphrase = PassphrasePage(theme, self.session)
        kind, expect = KindPage(theme, self.session), ExpectPage(theme, self.session)
        address_page = AddressPage(theme, self.session)
        for page in (kind, address_page, expect, passphrase, check, done):
            self.pages[page.page] = page
            self.stack.addWidget(page)
        self._sign_ins: dict[Provider, WizardPage] = {}
        choose(self.session, self.session.answers.provider)
        self._take_way()
        verb = "Reconnect" if self.session.answers.reconnect else "Connect"
        self.lay_out(f"{verb} an inbox", verb)
        self.setMinimumSize(theme.px(672), 440)
        self.session.changed.connect(self._on_answers)
        check.passed.connect(self._on_passed)
        check.options_requested.connect(self._on_options)
        address_page.reconnect_requested.connect(self._on_reconnect)
        done.settings_wished.connect(self._on_settings)
        self.finished.connect(self._on_closed)
        self.page = first_page(self.session.answers)
        self.stack.setCurrentWidget(self.pages[self.page])
        self.show_frame()

    @property
    def current(self) -> WizardPage:
        return self.pages[self.page]

    @Slot()
    def go_on(self) -> None:
        if self.page is Page.DONE:
            self.accept()
            return
        if not self.current.ready() or not self.current.commit():
            return
        following = next_page(self.page, self.session.answers)
        if following is Page.DONE:
            self._on_passed()
        elif following is not None:
            self._go(following)

    @Slot()
    def go_back(self) -> None:
        before = previous_page(self.page, self.session.answers)
        if before is not None:
            self._go(before)

    def _go(self, page: Page) -> None:
        self.current.leave()
        self.page = page
        self.show_current()

    def show_frame(self) -> None:
        self.rail.show_steps(steps(self.session.answers), self.page)
        if not self.session.answers.secrets_known:
            note = "Looking for your system’s keyring. It may ask for its password in another window."
        elif self.session.answers.secrets_ready:
            note = f"Passwords stay in {self.session.secret_place()}."
        else:
            note = "Passwords are kept encrypted, never as plain text."
        self.rail.set_note(note)
        done = self.page is Page.DONE
        self.cancel.setVisible(not done)
        self.back.setVisible(not done and previous_page(self.page, self.session.answers) is not None)
        self._show_buttons()

    @Slot()
    def _on_answers(self) -> None:
        """What is found out about the keyring while pages are shown may take away the page of the passphrase, or put it
        before the sign-in. A sign-in page that has connected the inbox itself leads on."""
        self._take_way()
        answers = self.session.answers
        if self.page not in steps(answers):
            self._go(Page.SIGN_IN)
        elif self.page is Page.SIGN_IN and answers.saved:
            self.go_on()
        elif self.page in (Page.SIGN_IN, Page.CHECK) and answers.passphrase_step and not answers.secrets_ready:
            self._go(Page.PASSPHRASE)
        else:
            self.show_frame()

    def _take_way(self) -> None:
        """The sign-in page is that of the chosen way; each is built once."""
        provider = self.session.answers.provider
        if provider not in self._sign_ins:
            page = way_of(self.session).sign_in_page(self._theme, self.session)
            self._sign_ins[provider] = page
            self.stack.addWidget(page)
        self.pages[Page.SIGN_IN] = self._sign_ins[provider]

    def _show_buttons(self) -> None:
        self.show_forward(self.current.forward, enabled=self.page is Page.DONE or self.current.ready())
        for leaving in (self.cancel, self.back):
            leaving.setEnabled(self.current.may_be_left())

    @Slot()
    def reject(self) -> None:
        """Cancel, Esc, and the window’s own button."""
        if self.current.may_be_left():
            super().reject()

    @Slot()
    def _on_passed(self) -> None:
        if self.session.inbox_id is not None:
            self.connected.emit(self.session.inbox_id)
        self._go(Page.DONE)
        self.forward.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_options(self) -> None:
        self.session.show_options = True
        self.go_back()

    @Slot(str)
    def _on_reconnect(self, address: str) -> None:
        self.reject()
        self.another_requested.emit(address)

    @Slot(str)
    def _on_settings(self, key: str) -> None:
        self.accept()
        if key == "compose":
            self.write_requested.emit()
        elif key == "connect":
            self.another_requested.emit("")
        else:
            self.open_settings_requested.emit(key)

    @Slot()
    def _on_closed(self) -> None:
        self.current.leave()
