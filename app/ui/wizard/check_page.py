"""Fifth page: the servers are asked, each step is shown as it passes or fails, and the inbox is connected (C8)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from app.domain.checks import CheckEvent, CheckStep
from app.domain.inboxes import Account, ExchangeAccount, InboxId
from app.domain.problems import ProblemCode
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import clear, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button
from app.ui.wizard.check_board import Board, StepRow, board_for, is_outgoing, report, step_title
from app.ui.wizard.flow import Page
from app.ui.wizard.mending import ExchangeMending, ImapMending, Mending
from app.ui.wizard.page import WizardPage
from app.ui.wizard.program import CheckOutcome
from app.ui.wizard.remedy_box import RemedyBox
from app.ui.wizard.session import Session
from app.ui.wizard.sign_in_form import SignInForm
from app.ui.wizard.step_list import StepList
from app.ui.wizard.ways import way_of


class CheckPage(WizardPage):
    """Begins with the check when it is shown, and stops it when it is left. `passed` once the inbox is connected;
    `options_requested` leads back to the advanced options."""

    page = Page.CHECK
    passed = Signal()
    options_requested = Signal()

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, "", "")
        self._board = Board()
        self._running = False  # a check_finished is still to come
        self._wanted = False  # begin once the check before has ended
        self._cancelled = False
        self._keeping = False  # inbox_kept is still to come
        self.steps = StepList(theme)
        self.remedy: RemedyBox | None = None
        self.again = button(theme, "Try again", "primary")
        self.again.clicked.connect(self._on_again)
        self.trouble = Banner(theme, "bad", "")
        self.trouble.set_actions(self.again)
        self.copy = button(theme, "Copy report", "link", "copy")
        self.copy.setAccessibleDescription("A text about servers and steps, without passwords")
        self.copy.clicked.connect(self._on_copy)
        self.add(self.steps, self.trouble, row(self.copy, None), None)
        session.program.check_event.connect(self._on_event)
        session.program.check_finished.connect(self._on_finished)
        session.program.inbox_kept.connect(self._on_kept)

    @property
    def account(self) -> Account:
        return self.session.account()

    def enter(self) -> None:
        self.area.setFocus(Qt.FocusReason.OtherFocusReason)  # not on a button that is off while the servers are asked
        self._begin()

    def may_be_left(self) -> bool:
        """Not while the password and the inbox are kept: a Cancel would come too late, and seem to have come in time."""
        return not self._keeping

    def leave(self) -> None:
        self._wanted = False
        if self._running:
            self._cancelled = True
            self.session.program.cancel_check()
            self._board = self._board.stopped()
        self.session.answer(checking=False)

    def _begin(self) -> None:
        """Starts the check; after one that is still ending, once that has ended."""
        self._drop_remedy()
        self.trouble.hide()
        self.copy.hide()
        self._board = board_for(self.account)
        self._wanted = self._running
        self.session.answer(checking=True, check_passed=False)
        self.set_heading(
            "Checking the connection",
            f"The last step sends a short message from {self.session.address} to itself. Nothing is kept until all pass.",
        )
        self._show()
        if not self._running:
            self._running, self._cancelled = True, False
            secret, smtp_secret = self.session.secrets()
            self.session.program.check_account(self.account, secret, smtp_secret)

    def _show(self) -> None:
        self.steps.show_board(self._board, self._title)

    def _title(self, step: CheckStep) -> str:
        return step_title(step, self.account)

    @Slot(object)
    def _on_event(self, event: CheckEvent) -> None:
        if self._running and not self._cancelled:
            self._board = self._board.after(event)
            self._show()
            self.area.ensureWidgetVisible(self.steps.line_of(event.step), 0, 40)

    @Slot(object)
    def _on_finished(self, outcome: CheckOutcome) -> None:
        if not self._running:
            return
        self._running = False
        if self._wanted:
            self._begin()
            return
        if self._cancelled:
            return
        self.session.answer(checking=False, check_passed=outcome.ok)
        self.copy.show()
        if outcome.ok:
            self.session.sent_folder = outcome.sent_folder
            self._connect()
        else:
            self._explain(outcome)

    def _explain(self, outcome: CheckOutcome) -> None:
        failed = self._board.failed
        self.set_heading(
            "One step did not pass", f"Checked {self.session.address}. Nothing is kept until every step passes."
        )
        if failed is None or failed.problem is None:
            text = outcome.text or "It did not come to a result."
            self.trouble.set("bad", "The check ended early", f"{text} Nothing was kept.")
            self.trouble.show()
            return
        if self._other_certificate(failed):
            self.session.form = replace(self.session.form, smtp_by_itself=True)
            self._begin()
            return
        self.remedy = RemedyBox(self.theme, failed, self._mending(failed), self.session.servers.service)
        self.remedy.mended.connect(self._on_mended)
        self.remedy.options_requested.connect(self.options_requested)
        line = self.steps.line_of(failed.step)
        line.below.addWidget(self.remedy)
        self.remedy.show()
        tab_in_order(self.area, *self.remedy.stops(), self.again, self.copy)
        self.remedy.take_focus()
        self.area.ensureWidgetVisible(self.remedy, 0, 8)

    def _other_certificate(self, failed: StepRow) -> bool:
        """The outgoing server has another certificate than the incoming one, whose was trusted just now for both: it is
        judged by itself before anybody is asked."""
        form = self.session.form
        by_form = not isinstance(self.account, ExchangeAccount)
        changed = failed.problem is not None and failed.problem.code is ProblemCode.CERTIFICATE_CHANGED
        return by_form and changed and is_outgoing(failed.step) and bool(form.pin_sha256) and not form.smtp_by_itself

    def _mending(self, failed: StepRow) -> Mending:
        account = self.account
        if isinstance(account, ExchangeAccount):
            return ExchangeMending(account, self.session.secrets()[0])
        return ImapMending(self.session.form, is_outgoing(failed.step))

    def _connect(self) -> None:
        """The last step: the secret goes to its place, the inbox into the workspace."""
        session = self.session
        secret, smtp_secret = session.secrets()
        self._keeping = True
        session.answer(checking=True)
        self.set_heading("Keeping the password", f"Every step passed for {session.address}. This ends by itself.")
        session.program.keep_inbox(
            self.account,
            secret,
            smtp_secret,
            kind=session.answers.kind,
            disclosure_version=session.agreed_to(way_of(session).disclosure.version),
            automation=session.automation,
            known=session.known.id if session.known is not None else None,
        )

    @Slot(object, str)
    def _on_kept(self, inbox_id: InboxId | None, why: str) -> None:
        if not self._keeping:
            return
        self._keeping = False
        session = self.session
        if inbox_id is None:
            session.answer(checking=False)
            self.set_heading("The inbox could not be kept", f"Every step passed for {session.address}.")
            self.trouble.set("bad", "Nothing was kept", why)
            self.trouble.show()
            return
        session.inbox_id = InboxId(inbox_id)
        session.answer(checking=False, saved=True)
        self.passed.emit()

    def _drop_remedy(self) -> None:
        if self.remedy is not None:
            self.remedy.hide()
            failed = self._board.failed
            if failed is not None:
                clear(self.steps.line_of(failed.step).below)
            self.remedy = None

    @Slot(object)
    def _on_mended(self, mended: object) -> None:
        if isinstance(mended, SignInForm):
            self.session.form = mended
        elif isinstance(mended, tuple):
            self.session.made = mended
        self._begin()

    @Slot()
    def _on_again(self) -> None:
        if self.session.answers.check_passed:
            self.trouble.hide()
            self._connect()
        else:
            self._begin()

    @Slot()
    def _on_copy(self) -> None:
        secrets = tuple(secret.reveal() for secret in self.session.secrets() if secret is not None)
        text = report(self._board, self.account, secrets)
        QGuiApplication.clipboard().setText(text)
        self.copy.set_verb("Report copied")
        self.copy.setAccessibleName("Report copied")
