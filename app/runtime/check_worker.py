"""Runs the checks of an account for the wizard, off the main thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.domain.errors import HitchpostError
from app.domain.inboxes import Account, Secret
from app.runtime.jobs import BUG
from app.runtime.worker import Worker
from app.services.check_account import CheckResult, check_account
from app.services.workspace import Workspace


class CheckWorker(Worker):
    check_event = Signal(object)  # CheckEvent
    check_done = Signal(object)  # CheckResult of app.services.check_account

    def __init__(
        self,
        workspace: Workspace,
        account: Account,
        secret: Secret,
        smtp_secret: Secret | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__("check", workspace.store, parent)
        self.account = account
        self.secret = secret
        self.smtp_secret = smtp_secret

    def work(self) -> None:
        result = CheckResult(False, text=BUG)
        try:
            result = check_account(
                self.account, self.secret, self.smtp_secret, on_event=self.check_event.emit, cancel=self.cancel
            )
        except HitchpostError as error:
            result = CheckResult(False, text=str(error))
        finally:  # whoever waits for the end of the check hears of it, whatever happened
            self.check_done.emit(result)
