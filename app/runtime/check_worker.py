"""Runs the checks of an account for the wizard, off the main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.checks import CheckStep, StepFailed
from app.domain.errors import HitchpostError, MailFault
from app.domain.inboxes import Account, ExchangeAccount, Secret
from app.runtime.jobs import BUG
from app.runtime.worker import Worker
from app.services.check_account import CheckResult, check_account
from app.services.kept_passwords import kept_passwords

if TYPE_CHECKING:
    from app.services.workspace import Workspace


class CheckWorker(Worker):
    check_event = Signal(object)  # CheckEvent
    check_done = Signal(object)  # CheckResult of app.services.check_account

    def __init__(
        self,
        workspace: Workspace,
        account: Account,
        secret: Secret | None,
        smtp_secret: Secret | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__("check", workspace.store, parent)
        self._workspace = workspace
        self.account = account
        self.secret = secret
        self.smtp_secret = smtp_secret

    def work(self) -> None:
        result = CheckResult(False, text=BUG)
        try:
            secrets = self._secrets()
            result = check_account(self.account, *secrets, on_event=self.check_event.emit, cancel=self.cancel)
        except MailFault as fault:  # of the passwords that are kept: the step they are for
            step = CheckStep.EWS_LOGIN if isinstance(self.account, ExchangeAccount) else CheckStep.IMAP_LOGIN
            self.check_event.emit(StepFailed(step, fault.problem))
            result = CheckResult(False, problem=fault.problem, failed_step=step)
        except HitchpostError as error:
            result = CheckResult(False, text=str(error))
        finally:  # whoever waits for the end of the check hears of it, whatever happened
            self.check_done.emit(result)

    def _secrets(self) -> tuple[Secret, Secret | None]:
        if self.secret is not None:
            return self.secret, self.smtp_secret
        return kept_passwords(self._workspace, self.account.address)
