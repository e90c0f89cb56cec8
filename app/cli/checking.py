"""Which servers to trust, and the report of a check, step by step. Used by `connect`, `check`,
`diagnose`, `reconnect`."""

from __future__ import annotations

import ssl
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from app.cli.output import say
from app.cli.parsing import Parser
from app.domain.checks import EWS_STEPS, IMAP_STEPS, SMTP_STEPS, CheckEvent, CheckStep, StepFailed, StepStarted
from app.domain.errors import UsageError
from app.domain.inboxes import InboxKind, ServerTrust
from app.domain.problems import Problem
from app.services.workspace import Workspace
from app.words.commands import explain_by_command
from app.words.inbox_kinds import TEAM_WARNING
from app.words.problems import check_step_title
from app.words.quoting import said, sentence


def trust_options(command: Parser) -> None:
    command.add_argument(
        "--ca", type=Path, metavar="FILE", help="PEM file of a certificate authority to trust besides the system’s"
    )
    command.add_argument(
        "--pin", default="", metavar="SHA256", help="accept this one certificate, by its SHA-256 fingerprint"
    )


def smtp_trust_options(command: Parser) -> None:
    command.add_argument("--smtp-ca", type=Path, metavar="FILE", help="as --ca, for the server of outgoing mail alone")
    command.add_argument(
        "--smtp-pin",
        default="",
        metavar="SHA256|none",
        help="as --pin, for the server of outgoing mail alone; none: --pin does not count for it",
    )


def trust_of(options: Namespace) -> ServerTrust:
    """Raises UsageError for a file that holds no certificate, or a fingerprint that is none."""
    return ServerTrust(_authorities(options.ca), _fingerprint(options.pin, "--pin"))


def smtp_trust_of(options: Namespace) -> ServerTrust | None:
    """None: as for incoming mail. Raises as `trust_of` does."""
    if options.smtp_ca is None and not options.smtp_pin:
        return None
    pin = "" if options.smtp_pin.strip().lower() == "none" else _fingerprint(options.smtp_pin, "--smtp-pin")
    return ServerTrust(_authorities(options.smtp_ca or options.ca), pin)


def _authorities(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        pem = file.read_text(encoding="ascii")
        ssl.create_default_context().load_verify_locations(cadata=pem)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else ""
        raise UsageError(
            f"{file} cannot be read: {reason}."
            if reason
            else f"{file} is not a PEM file with certificates: it has none between BEGIN CERTIFICATE and END."
        ) from error
    return pem


def _fingerprint(text: str, option: str) -> str:
    pin = text.replace(":", "").replace(" ", "").lower()
    if pin and (len(pin) != 64 or any(c not in "0123456789abcdef" for c in pin)):
        raise UsageError(f"{option} takes the SHA-256 fingerprint of a certificate: 64 hexadecimal digits.")
    return pin


def tell_of_team(kind: InboxKind) -> None:
    """Before a team inbox is connected: who will see its mail (P3)."""
    if kind is InboxKind.TEAM:
        say(TEAM_WARNING)


def tell_of_oneself(workspace: Workspace, address: str) -> None:
    """After an inbox is connected whose address a contact has: of mail that was imported before, as a rule."""
    contact = workspace.store.contacts.find(address)
    if contact is not None:
        say(
            f"{workspace.store.contacts.name(contact) or address} is a contact here, with the address of this inbox. What was "
            "imported before as mail from there stays on that timeline; answers to it are not put there."
        )


def reason_of(problem: Problem, *, worked: bool = False) -> str:
    """What happened and what to do, in sentences, with the server's own words. `worked`: as `explain` has it."""
    words = explain_by_command(problem, worked=worked)
    return f"{sentence(words.title)} {words.cause}{said(problem)} {words.remedy}".strip()


def is_checked(address: str) -> str:
    """Said of an inbox that is connected, and not read yet."""
    return f"{address}: every check passed, and it is kept. The first look at its mail comes with hitchpost sync."


class StepReport:
    """Collects the steps for JSON, and tells each as it comes to a person."""

    def __init__(self, options: Namespace, incoming_host: str, outgoing_host: str, *, worked: bool = False) -> None:
        """`worked`: as `explain` has it."""
        self._quiet = options.json
        self._own_trust = hasattr(options, "smtp_pin")
        self._worked = worked
        self._hosts = incoming_host, outgoing_host
        self.steps: list[dict[str, object]] = []

    def take(self, event: CheckEvent) -> None:
        if isinstance(event, StepStarted):
            return
        title = self._title(event.step)
        if isinstance(event, StepFailed):
            self._failed(event, title)
        else:
            self.steps.append({"step": event.step.value, "ok": True, "detail": event.detail, "remedy": ""})
            if not self._quiet:
                say(f"  ok      {title}  {event.detail}")

    def _title(self, step: CheckStep) -> str:
        """Where one server takes both ways, the steps say which way."""
        twofold = step not in EWS_STEPS and self._hosts[0] == self._hosts[1]
        return check_step_title(step, self._hosts[step not in IMAP_STEPS], twofold)

    def _failed(self, event: StepFailed, title: str) -> None:
        problem = event.problem
        words = explain_by_command(problem, worked=self._worked)
        remedy = words.remedy
        if self._own_trust and event.step in SMTP_STEPS and "--pin" in remedy:
            remedy += " For the server of outgoing mail alone these are --smtp-ca and --smtp-pin."
        detail = f"{sentence(words.title)} {words.cause}{said(problem)}".strip()
        step = {"step": event.step.value, "ok": False, "detail": detail, "remedy": remedy}
        facts = asdict(problem.certificate) if problem.certificate is not None else None
        self.steps.append({**step, "problem": problem.code.value, **({"certificate": facts} if facts else {})})
        if not self._quiet:
            say(f"  FAILED  {title}\n          {detail}\n          {remedy}")
            for name, value in (facts or {}).items():
                say(f"          {name}: {', '.join(value) if isinstance(value, tuple) else value}")
