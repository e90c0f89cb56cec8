"""Which servers to trust, and the report of a check, step by step. Used by `connect`, `diagnose`, `reconnect`."""

from __future__ import annotations

import ssl
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from app.cli.output import say
from app.cli.parsing import Parser
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepStarted
from app.domain.errors import UsageError
from app.domain.inboxes import ServerTrust
from app.domain.problems import Problem
from app.words.problems import check_step_title, explain

_INCOMING = (CheckStep.IMAP_CONNECT, CheckStep.IMAP_TLS, CheckStep.IMAP_LOGIN)


def trust_options(command: Parser) -> None:
    command.add_argument(
        "--ca", type=Path, metavar="FILE", help="PEM file of a certificate authority to trust besides the system's"
    )
    command.add_argument(
        "--pin", default="", metavar="SHA256", help="accept this one certificate, by its SHA-256 fingerprint"
    )


def trust_of(options: Namespace) -> ServerTrust:
    """Raises UsageError for a file that holds no certificate, or a fingerprint that is none."""
    pem = ""
    if options.ca is not None:
        try:
            pem = options.ca.read_text(encoding="ascii")
            ssl.create_default_context().load_verify_locations(cadata=pem)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            reason = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else ""
            raise UsageError(
                f"{options.ca} cannot be read: {reason}."
                if reason
                else f"{options.ca} is not a PEM file with certificates: it has none between BEGIN CERTIFICATE and END."
            ) from error
    pin = options.pin.replace(":", "").replace(" ", "").lower()
    if pin and (len(pin) != 64 or any(c not in "0123456789abcdef" for c in pin)):
        raise UsageError("--pin takes the SHA-256 fingerprint of a certificate: 64 hexadecimal digits.")
    return ServerTrust(ca_pem=pem, pin_sha256=pin)


def reason_of(problem: Problem) -> str:
    """What happened and what to do, in sentences, with the server's own words."""
    words = explain(problem)
    said = f" The server says: {problem.server_says}" if problem.server_says else ""
    return f"{sentence(words.title)} {words.cause}{said} {words.remedy}".strip()


def sentence(title: str) -> str:
    return title if title.endswith((".", "!", "?")) else f"{title}."


class StepReport:
    """Collects the steps for JSON, and tells each as it comes to a person."""

    def __init__(self, options: Namespace, incoming_host: str, outgoing_host: str) -> None:
        self._quiet = options.json
        self._hosts = incoming_host, outgoing_host
        self.steps: list[dict[str, object]] = []

    def take(self, event: CheckEvent) -> None:
        if isinstance(event, StepStarted):
            return
        title = check_step_title(event.step, self._hosts[event.step not in _INCOMING])
        if isinstance(event, StepFailed):
            self._failed(event, title)
        else:
            self.steps.append({"step": event.step.value, "ok": True, "detail": event.detail, "remedy": ""})
            if not self._quiet:
                say(f"  ok      {title}  {event.detail}")

    def _failed(self, event: StepFailed, title: str) -> None:
        problem = event.problem
        words = explain(problem)
        said = f" The server says: {problem.server_says}" if problem.server_says else ""
        detail = f"{sentence(words.title)} {words.cause}{said}".strip()
        step = {"step": event.step.value, "ok": False, "detail": detail, "remedy": words.remedy}
        facts = asdict(problem.certificate) if problem.certificate is not None else None
        self.steps.append({**step, "problem": problem.code.value, **({"certificate": facts} if facts else {})})
        if not self._quiet:
            say(f"  FAILED  {title}\n          {detail}\n          {words.remedy}")
            for name, value in (facts or {}).items():
                say(f"          {name}: {', '.join(value) if isinstance(value, tuple) else value}")
