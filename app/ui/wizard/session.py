"""What one run of the wizard knows, shared by its pages: the answers, the sign-in form, the inbox that came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.addresses import address_key
from app.domain.detection import Detected
from app.domain.inboxes import (
    Account,
    ExchangeAccount,
    ImapAccount,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    Secret,
    SendAs,
)
from app.domain.views import InboxCard
from app.ui.wizard.flow import Answers, repair_of
from app.ui.wizard.mail_services import Servers, servers_of
from app.ui.wizard.program import ConnectProgram
from app.ui.wizard.sign_in_form import SignInForm, form_for, form_of


class Session(QObject):
    """`changed` when an answer changed: the dialog looks at its buttons again."""

    changed = Signal()

    def __init__(self, program: ConnectProgram, address: str, parent: QObject) -> None:
        super().__init__(parent)
        self.program = program
        self.automation = False
        self.inbox_id: InboxId | None = None
        self.sent_folder = ""
        self.note = ""  # what did not come along with the inbox, which works without it, too
        self.made: tuple[Account, Secret | None] | None = (
            None  # by another sign-in page than IMAP’s; None: the kept one
        )
        self.show_options = False  # the check sends people to the advanced options
        self.known = self.inbox_of(address) if address else None
        self.known_account = program.inbox_account(self.known.id) if self.known else None
        self.found: Detected | None = program.known_provider(address) if address else None
        self.form: SignInForm = form_for(address, servers_of(address, self.found))
        self.from_name = self.known_account.from_name if self.known_account else ""
        self.accepted_before = ""  # the version of the disclosure
        self.secret_kind = "checking"
        self.answers = Answers()
        if self.known is not None:
            self._take_known(self.known)
        program.secrets_checked.connect(self.refresh_secrets)
        self.refresh_secrets()
        if not self.answers.secrets_ready:
            program.look_at_secrets()

    def _take_known(self, known: InboxCard) -> None:
        account = self.known_account
        if isinstance(account, ImapAccount):
            self.form = form_of(account)
        self.accepted_before, self.automation = self.program.agreed(known.id)
        self.answers = Answers(
            kind=known.kind,
            provider=known.provider,
            repair=repair_of(known.state, known.problem),
            # the second password of the two would have to be typed: both are asked for then
            password_kept=isinstance(account, ExchangeAccount)
            or (isinstance(account, ImapAccount) and not account.smtp_username),
        )

    @property
    def address(self) -> str:
        return self.form.address

    @property
    def servers(self) -> Servers:
        return servers_of(self.address, self.found)

    def answer(self, **changes: Any) -> None:
        """Changes fields of `answers`."""
        new = replace(self.answers, **changes)
        if new != self.answers:
            self.answers = new
            self.changed.emit()

    @property
    def user_name(self) -> str:
        """What recipients see where an inbox has no name of its own."""
        return str(self.program.get_setting("user_name"))

    def set_found(self, address: str, found: Detected | None) -> None:
        """What is known of the address; None: still to be found out. Other servers start the form anew; what was typed
        for the same ones stays."""
        same = address_key(address) == address_key(self.form.address)
        if same and servers_of(address, found) == self.servers:
            self.found = found
            return
        self.found, self.made = found, None
        self.form = replace(form_for(address.strip(), servers_of(address, found)), from_name=self.from_name)

    def inbox_of(self, address: str) -> InboxCard | None:
        """The inbox that has this address already (P2)."""
        key = address_key(address)
        cards = self.program.inboxes()
        return next((c for c in cards if address_key(c.address) == key and c.state is not InboxState.REMOVED), None)

    @property
    def usual_name(self) -> str:
        """What recipients see unless another name is given: the user's own, but not for a team; Gmail has a name itself."""
        by_gmail = self.answers.provider is Provider.GMAIL
        return "" if by_gmail or self.answers.kind is InboxKind.TEAM else self.user_name

    @property
    def gmail_name(self) -> str:
        """The name that Gmail has for the address, as far as it is known."""
        known = self.inbox_id if self.known is None else self.known.id
        listed = self.program.aliases(known) if known is not None else ()
        return next((a.name for a in listed if address_key(a.address) == address_key(self.address)), "")

    @property
    def name_seen(self) -> str:
        """What recipients of the connected inbox see; empty: its address alone."""
        own = self.user_name if self.answers.kind is InboxKind.PERSONAL else ""
        return self.from_name or self.gmail_name or own

    def set_name(self, typed: str) -> None:
        """As whom recipients see the person. Empty where it is the usual name: then it goes along when that changes."""
        name = " ".join(typed.split())
        self.from_name = "" if name == self.usual_name else name
        self.form = replace(self.form, from_name=self.from_name)

    def account(self) -> Account:
        """The account as the sign-in page left it; where that was passed over, as it is known."""
        if self.made is not None:
            return self.made[0]
        if isinstance(self.known_account, ExchangeAccount):
            return self.known_account
        return self.form.account()

    def secrets(self) -> tuple[Secret | None, Secret | None]:
        """The passwords for incoming and, where they are others, for outgoing mail. The first is None for those that are
        kept already: nothing was typed."""
        if self.made is not None:
            return self.made[1], None
        form = self.form
        if not form.password and self.answers.password_kept:
            return None, None
        return Secret(form.password), None if form.same_credentials else Secret(form.smtp_password)

    def agreed_to(self, version: str) -> str:
        """The version of the disclosure to keep with the inbox; empty where nothing new was shown."""
        return version if self.answers.repair is None or self.answers.consent_due else ""

    def aliases(self) -> tuple[SendAs, ...]:
        """Further addresses that the connected inbox can send as."""
        return self.program.aliases(self.inbox_id) if self.inbox_id is not None else ()

    def secret_place(self) -> str:
        return "your system’s keyring" if self.secret_kind == "keyring" else "an encrypted file on this computer"

    @Slot()
    def refresh_secrets(self) -> None:
        """Where passwords will be kept, as far as it is known."""
        self.secret_kind = kind = self.program.secret_status().kind
        known, ready = kind != "checking", kind in ("keyring", "file")
        # A passphrase that was set on its page has had its step; a keyring that answers after all needs none.
        step = self.answers.passphrase_step if kind == "file" else known and not ready
        self.answer(secrets_known=known, secrets_ready=ready, passphrase_step=step)
