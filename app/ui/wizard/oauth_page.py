"""Sign-in page of Gmail and Outlook: the browser opens, and when the person comes back the servers are checked and the
inbox is connected (C4, C5)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.domain.addresses import address_key, is_complete
from app.domain.checks import CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.inboxes import ImapAccount, Provider
from app.domain.problems import Problem
from app.domain.sign_in import BrowserWanted, SignedIn, SignInEnded, SignInEvent, SignInFault, SignInTrouble
from app.ui.help.link import HelpLink
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Glyph, button, label
from app.ui.wizard.check_board import Board
from app.ui.wizard.disclosures import Disclosure
from app.ui.wizard.flow import Page, Repair
from app.ui.wizard.name_field import NameField
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.step_list import StepList
from app.ui.wizard.why_banner import WhyBanner
from app.words.oauth import explain_sign_in
from app.words.problems import check_step_title, explain
from app.words.quoting import said

_COMPANIES = {Provider.GMAIL: "Google", Provider.OUTLOOK: "Microsoft"}
_OTHER_NAMES = {
    Provider.GMAIL: "The main address of the account, where the inbox’s address is an alias of it.",
    Provider.OUTLOOK: "The user name at Microsoft, where it is not the inbox’s address.",
}


class OAuthPage(WizardPage):
    """Forward begins the sign-in; while it runs it is off, and the page can be opened again or the waiting stopped. Once
    the inbox is connected, the wizard goes on by itself."""

    page = Page.SIGN_IN

    def __init__(self, theme: Theme, session: Session, provider: Provider, disclosure: Disclosure) -> None:
        company = _COMPANIES[provider]
        super().__init__(theme, session, f"Sign in at {company}", "")
        self.forward = f"Sign in with {company}"
        self._provider, self._company, self._disclosure = provider, company, disclosure
        self._running = False
        self._url = ""
        self._account = ""
        self._board = Board()
        self.state = label(theme, "", "medium", wrap=True)
        self.hint = label(theme, "", "small", "muted", wrap=True)
        self.open_again = button(theme, "Open the page again", "link", "external")
        self.copy = button(theme, "Copy the address", "link", "copy")
        self.stop = button(theme, "Stop waiting", "link")
        self.open_again.clicked.connect(self._on_open)
        self.copy.clicked.connect(self._on_copy)
        self.stop.clicked.connect(self._on_stop)
        words = column(self.state, self.hint, row(self.open_again, self.copy, self.stop, None, gap=k.S3), gap=k.S1)
        mark = column(2, Glyph(theme, "shield", "accent_soft_text", 18), None, gap=0)
        self.name_field = NameField(theme)
        self.username = entry(theme)
        self.username.setAccessibleName(f"Sign-in name at {company}")
        self.username_field = Field(theme, "&Sign-in name", self.username)
        self.other_name = button(theme, f"I sign in at {company} by another name", "link")
        self.other_name.clicked.connect(self._on_other_name)
        self._asks_name = False
        self.why = WhyBanner(theme, session)
        self.trouble = Banner(theme, "bad", "")
        self.help_link = HelpLink(theme)
        self._more_help = host(row(self.help_link, None))
        self._more_help.hide()
        self.steps = StepList(theme)
        self._named_for = ""
        self.add(
            self.why,
            box("info", row(mark, (words, 1), gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3))),
            self.trouble,
            self._more_help,
            self.name_field,
            self.username_field,
            row(self.other_name, None),
            self.steps,
            None,
        )
        session.program.sign_in_event.connect(self._on_event)

    def enter(self) -> None:
        again = self.session.answers.reconnect
        if self._named_for != self.session.address:
            self._named_for = self.session.address
            self.name_field.fill(self.session)
            self._fill_username()
        permission = self.session.answers.repair is Repair.PERMISSION
        title = "Permission is needed" if permission else "Sign in again"
        self.set_heading(
            title if again else f"Sign in at {self._company}",
            "The inbox goes on from where it stopped. Nothing that was logged is lost."
            if again
            else f"The password is entered on {self._company}’s own page; Hitchpost never sees it.",
        )
        self.trouble.hide()
        self._more_help.hide()
        self.steps.hide()
        self._show_waiting()
        self.name_field.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        if self._running:
            self.session.program.cancel_sign_in()

    def ready(self) -> bool:
        answers = self.session.answers
        return answers.saved or (not self._running and answers.secrets_known)

    def commit(self) -> bool:
        """Begins the sign-in; only once the inbox is connected the page may be left forwards."""
        if self.session.answers.saved:
            return True
        if why := self._username_error():
            self.username_field.set_error(why)
            self.username.setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        self._running, self._url, self._account, self._board = True, "", "", Board()
        self.trouble.hide()
        self._more_help.hide()
        self.steps.hide()
        self._show_waiting()
        session = self.session
        session.set_name(self.name_field.edit.text())
        session.program.sign_in(
            self._provider,
            session.address,
            kind=session.answers.kind,
            disclosure_version=session.agreed_to(self._disclosure.version),
            automation=session.automation,
            from_name=session.from_name,
            username=self._username(),
        )
        self.stop.setFocus(Qt.FocusReason.OtherFocusReason)  # the forward button is off now
        session.changed.emit()
        return False

    def _fill_username(self) -> None:
        """An inbox that signs in again does so by the name that it has; for another it is the address."""
        account = self.session.known_account
        name = account.username if isinstance(account, ImapAccount) else ""
        self.username.setText(name if address_key(name) != address_key(self.session.address) else "")
        self.username.setPlaceholderText(self.session.address)
        self.username_field.clear_error()
        self.username_field.set_help(_OTHER_NAMES[self._provider])
        self._asks_name = bool(self.username.text())

    def _username(self) -> str:
        """Empty where it is the address."""
        return self.username.text().strip() if self._asks_name else ""

    def _username_error(self) -> str:
        name = self._username()
        return "It looks like an address, as in jonas@example.com." if name and not is_complete(name) else ""

    @Slot()
    def _on_other_name(self) -> None:
        self._asks_name = True
        self._show_waiting()
        self.username.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_waiting(self) -> None:
        address = self._username() or self.session.address
        if self._account:
            self.state.setText(f"Signed in as {self._account}")
            self.hint.setText("The servers are asked now. The last step sends a short message to yourself.")
        elif self._running:
            self.state.setText("Waiting for you to come back from the browser")
            self.hint.setText(
                f"Choose {address} there and allow access to mail. Where {self._company} says that access is blocked, "
                "come back and stop waiting: an administrator, or Google’s Advanced Protection, keeps programs out."
                if self._provider is Provider.GMAIL
                else f"Choose {address} there and accept. Where {self._company} asks for an administrator’s approval, "
                "come back and stop waiting: the administrator has to allow Hitchpost first."
            )
        else:
            self.state.setText(f"Your browser opens {self._company}’s sign-in page")
            self.hint.setText(f"Choose {address} there and allow access to mail. You come back here by yourself.")
        waiting = self._running and bool(self._url) and not self._account
        for part in (self.open_again, self.copy):
            part.setVisible(waiting)
        self.stop.setVisible(self._running)
        self.name_field.setVisible(not self._running)
        self.username_field.setVisible(self._asks_name and not self._running)
        self.other_name.setVisible(not self._asks_name and not self._running)

    @Slot(object)
    def _on_event(self, event: SignInEvent) -> None:
        if not self._running:
            return
        match event:
            case BrowserWanted(url):
                self._url = url
                self._on_open()
            case SignedIn(account):
                self._account = account
                self.steps.show()
                self._show_board()
            case StepStarted() | StepPassed() | StepFailed():
                self._board = self._board.after(event)
                self._show_board()
                self.area.ensureWidgetVisible(self.steps.line_of(event.step), 0, 40)
            case SignInEnded():
                self._end(event)
        self._show_waiting()

    def _show_board(self) -> None:
        self.steps.show_board(self._board, self._title)

    def _title(self, step: CheckStep) -> str:
        return check_step_title(step, self._company, same_host=True)

    def _end(self, ended: SignInEnded) -> None:
        self._running, self._account = False, ""
        if ended.inbox_id is not None:
            self.session.inbox_id = ended.inbox_id
            self.session.sent_folder, self.session.note = ended.sent_folder, ended.note
            self.session.answer(sign_in_ok=True, saved=True)
            return
        if ended.fault is not None:
            self._explain(ended.fault)
        elif ended.problem is not None:
            words = explain(ended.problem)
            told = f"{words.cause}{said(ended.problem)} {words.remedy}".strip()
            self._show_trouble(words.title, told, ended.problem)
        elif ended.error:
            self._show_trouble("Nothing was kept", ended.error)
        else:
            self.steps.hide()
        self._show_waiting()
        other = ended.fault is not None and ended.fault.trouble is SignInTrouble.OTHER_ACCOUNT
        first = self.username if other else self.name_field.edit
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.session.changed.emit()

    def _explain(self, fault: SignInFault) -> None:
        self._asks_name = self._asks_name or fault.trouble is SignInTrouble.OTHER_ACCOUNT
        words = explain_sign_in(fault, self._provider.value, self.session.address, by_command=False)
        said = f" {self._company} says: {fault.says}" if fault.says else ""
        self._show_trouble(words.title, f"{words.cause} {words.remedy}{said}", fault.says)

    def _show_trouble(self, title: str, text: str, about: Problem | str = "") -> None:
        self.trouble.set("bad", title, text)
        self.trouble.show()
        self.help_link.set_about(about)
        self._more_help.setVisible(bool(about))
        self.area.ensureWidgetVisible(self.trouble, 0, 8)

    @Slot()
    def _on_open(self) -> None:
        QDesktopServices.openUrl(QUrl(self._url))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._url)
        self.copy.set_verb("Address copied")
        self.copy.setAccessibleName("Address copied")

    @Slot()
    def _on_stop(self) -> None:
        self.session.program.cancel_sign_in()
        self.stop.setFocus(Qt.FocusReason.OtherFocusReason)


def oauth_page(provider: Provider, disclosure: Disclosure) -> Callable[[Theme, Session], OAuthPage]:
    """For the table of ways."""
    return lambda theme, session: OAuthPage(theme, session, provider, disclosure)
