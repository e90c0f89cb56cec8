"""The part of the façade that the wizard uses, in memory; the test says what the servers answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from app.domain.checks import ALL_STEPS, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.detection import Detected, Finding, FoundServer, Source
from app.domain.errors import HitchpostError
from app.domain.inbox_kinds import Ask, Holder, refuse
from app.domain.inboxes import (
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    Secret,
    SendAs,
)
from app.domain.problems import CertificateFacts, Problem
from app.domain.views import InboxCard
from app.ui.wizard.ways import WAYS
from app.words.inbox_kinds import why_not

DETAILS = {
    CheckStep.IMAP_CONNECT: "84 ms",
    CheckStep.IMAP_TLS: "TLS 1.3",
    CheckStep.SMTP_CONNECT: "91 ms",
    CheckStep.SMTP_TLS: "TLS 1.3",
    CheckStep.TEST_MESSAGE: "accepted by smtp.example.org",
}


@dataclass(frozen=True)
class Status:
    kind: str
    text: str = ""


@dataclass(frozen=True)
class Outcome:
    ok: bool
    inbox_address: str = ""
    problem: Problem | None = None
    certificate: CertificateFacts | None = None
    sent_folder: str = "Sent"
    files_sent_copies: bool = False
    text: str = ""


def card(address: str, state: InboxState = InboxState.CONNECTED) -> InboxCard:
    now = datetime.now(UTC)
    return InboxCard(
        InboxId(7), address, Provider.IMAP, InboxKind.PERSONAL, state, None, now, now, 0, 0, (), "Jonas Ahl"
    )


def published(address: str, imap: str = "", smtp: str = "", outside: tuple[str, ...] = ()) -> Finding:
    """Servers that the address's domain publishes."""
    domain = address.rpartition("@")[2]
    return Finding(
        address,
        Provider.IMAP,
        Source.AUTOCONFIG,
        domain,
        (FoundServer(Endpoint(imap or f"imap.{domain}", 993, ConnectionSecurity.IMPLICIT_TLS), address),),
        (FoundServer(Endpoint(smtp or f"smtp.{domain}", 587, ConnectionSecurity.STARTTLS), address),),
        outside=outside,
    )


class WizardProgram(QObject):
    """Knows every address at once, but those in `detected`: it says what stands there, and None leaves the search to
    the test (`provider_found`). A check does nothing until the test calls `step`, `fail`, `finish` or `pass_all`."""

    check_event = Signal(object)
    check_finished = Signal(object)
    secrets_checked = Signal()
    inbox_kept = Signal(object, str)
    provider_found = Signal(object)
    sign_in_event = Signal(object)

    def __init__(self, secrets: str = "keyring", cards: tuple[InboxCard, ...] = ()) -> None:
        super().__init__()
        self.status = Status(secrets)
        self.cards = cards
        self.known: ImapAccount | None = None
        self.detected: dict[str, Detected | None] = {}
        self.searches: list[str] = []
        self.searches_cancelled = 0
        self.right_passphrase = "correct horse battery"
        self.checks: list[tuple[ImapAccount, Secret | None, Secret | None]] = []
        self.cancelled = 0
        self.sign_ins: list[dict[str, object]] = []
        self.sign_ins_cancelled = 0
        self.connected: list[dict[str, object]] = []
        self.keeping_fails: HitchpostError | None = None
        self.keeping_hangs = False
        self.looks = 0
        self.settings: dict[str, object] = {"user_name": "Jonas Ahl", "team.any_provider": False}
        self.agreed_to = ("", False)
        self.send_as: tuple[SendAs, ...] = ()
        self.refusals: dict[tuple[str, InboxKind], str] = {}

    def get_setting(self, key: str) -> object:
        return self.settings[key]

    def agreed(self, inbox_id: InboxId) -> tuple[str, bool]:
        """Where the test says nothing: the text as it is now."""
        provider = next(c.provider for c in self.cards if c.id == inbox_id)
        return self.agreed_to if self.agreed_to[0] else (WAYS[provider].disclosure.version, self.agreed_to[1])

    def aliases(self, inbox_id: InboxId) -> tuple[SendAs, ...]:
        return self.send_as

    def kind_refusal(self, address: str, kind: InboxKind, provider: Provider) -> str:
        """What the test refuses, and the rule of P4 as the program has it."""
        refused = self.refusals.get((address, kind), "")
        holder = next((Holder(c.kind, c.provider, "") for c in self.cards if c.address == address), None)
        ask = Ask(kind, provider, holder, any_provider=bool(self.settings["team.any_provider"]))
        found = refuse(ask)
        return refused or (why_not(address, ask, found) if found is not None else "")

    def secret_status(self) -> Status:
        return self.status

    def look_at_secrets(self) -> None:
        self.looks += 1

    def find_secrets(self, kind: str) -> None:
        """What came of "checking"."""
        self.status = Status(kind)
        self.secrets_checked.emit()

    def unlock_secrets(self, passphrase: str, create: bool) -> str:
        if not create and passphrase != self.right_passphrase:
            return "The passphrase does not open the file."
        self.status = Status("file")
        return ""

    def inboxes(self) -> tuple[InboxCard, ...]:
        return self.cards

    def inbox_account(self, inbox_id: InboxId) -> ImapAccount | None:
        return self.known

    def known_provider(self, address: str) -> Detected | None:
        return self.detected[address] if address in self.detected else published(address)

    def find_provider(self, address: str) -> None:
        self.searches.append(address)

    def cancel_find(self) -> None:
        self.searches_cancelled += 1

    def check_account(self, account: ImapAccount, secret: Secret | None, smtp_secret: Secret | None) -> None:
        self.checks.append((account, secret, smtp_secret))

    def cancel_check(self) -> None:
        self.cancelled += 1

    def sign_in(self, provider, address, **wish) -> None:
        self.sign_ins.append({"provider": provider, "address": address, **wish})

    def cancel_sign_in(self) -> None:
        self.sign_ins_cancelled += 1

    def keep_inbox(self, account, secret, smtp_secret, *, kind, disclosure_version, automation, known=None) -> None:
        if self.keeping_hangs:
            return
        if self.keeping_fails:
            self.inbox_kept.emit(None, str(self.keeping_fails))
            return
        if known is None:
            self.connected.append(
                {"account": account, "kind": kind, "version": disclosure_version, "automation": automation}
            )
        else:
            agreed = {"version": disclosure_version, "automation": automation} if disclosure_version else {}
            self.connected.append({"account": account, "again": known, **agreed})
        self.inbox_kept.emit(InboxId(3) if known is None else known, "")

    # What the servers answer

    def pass_until(self, step: CheckStep) -> None:
        """All steps before `step` pass, and it begins."""
        for each in ALL_STEPS:
            self.check_event.emit(StepStarted(each))
            if each is step:
                return
            self.check_event.emit(StepPassed(each, DETAILS.get(each, "")))

    def fail(self, step: CheckStep, problem: Problem) -> None:
        self.pass_until(step)
        self.check_event.emit(StepFailed(step, problem))
        self.check_finished.emit(Outcome(False, problem=problem, certificate=problem.certificate))

    def pass_all(self) -> None:
        for each in ALL_STEPS:
            self.check_event.emit(StepStarted(each))
            self.check_event.emit(StepPassed(each, DETAILS.get(each, "")))
        self.check_finished.emit(Outcome(True))
