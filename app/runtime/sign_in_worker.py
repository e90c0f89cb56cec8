"""A sign-in at Google or Microsoft for the wizard, off the main thread: it waits for the browser as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.errors import Cancelled, HitchpostError
from app.domain.inboxes import ImapAccount, InboxKind, Provider
from app.domain.sign_in import BrowserWanted, SignedIn, SignInEnded, SignInFault
from app.runtime.jobs import BUG
from app.runtime.worker import Worker
from app.services.connect_oauth import Wish, connect_by_sign_in

if TYPE_CHECKING:
    from app.services.workspace import Workspace


class SignInWorker(Worker):
    happened = Signal(object)  # SignInEvent; a SignInEnded is the last

    def __init__(
        self,
        workspace: Workspace,
        provider: Provider,
        address: str,
        kind: InboxKind,
        disclosure_version: str,
        automation: bool,
        from_name: str,
        username: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__("sign-in", workspace.store, parent)
        self._workspace = workspace
        self._asked = provider, address, kind, disclosure_version, automation
        self._from_name, self._username = from_name, username

    def work(self) -> None:
        ended = SignInEnded(error=BUG)
        try:
            connected = connect_by_sign_in(
                self._workspace,
                self._wish(),
                open_browser=lambda url: self.happened.emit(BrowserWanted(url)),
                on_event=self.happened.emit,
                cancel=self.cancel,
                on_signed_in=lambda account: self.happened.emit(SignedIn(account)),
            )
            result = connected.result
            ended = SignInEnded(
                connected.inbox_id, problem=result.problem, sent_folder=result.sent_folder, note=connected.note
            )
        except SignInFault as fault:
            ended = SignInEnded(fault=fault)
        except Cancelled:
            ended = SignInEnded()
        except HitchpostError as error:
            ended = SignInEnded(error=str(error))
        finally:  # whoever waits for the end of the sign-in hears of it, whatever happened
            self.happened.emit(ended)

    def _wish(self) -> Wish:
        """A known inbox signs in again as the same person, and is trusted as before."""
        provider, address, kind, disclosure_version, automation = self._asked
        wish = Wish(
            provider,
            address,
            kind=kind,
            username=self._username,
            from_name=self._from_name,
            disclosure_version=disclosure_version,
            automation=automation,
        )
        known = self._workspace.store.inboxes.find(address)
        if known is None or known.provider is not provider or not isinstance(known.account, ImapAccount):
            return wish
        account = known.account
        return Wish(
            provider,
            address,
            kind=known.kind,
            username=self._username or account.username,
            from_name=self._from_name,
            trust=account.trust,
            disclosure_version=disclosure_version,
            automation=automation,
        )
