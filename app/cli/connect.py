"""`connect imap`, `check`, `inboxes`, `diagnose`, `disable`, `reconnect`, `remove`."""

from __future__ import annotations

import argparse
import ssl
from argparse import Namespace
from pathlib import Path
from typing import Any

from app.bootstrap import open_workspace
from app.cli.output import emit, instant, password_from_stdin, say
from app.domain.addresses import is_complete
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.errors import UsageError
from app.domain.inboxes import (
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    InboxKind,
    InboxState,
    Secret,
    ServerTrust,
)
from app.domain.views import InboxCard
from app.services import connect_inbox as inboxes
from app.services.check_account import check_account
from app.services.workspace import Workspace
from app.words.problems import check_step_title, explain


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    kinds = commands.add_parser("connect", parents=[common], help="connect an inbox").add_subparsers(
        dest="provider", metavar="PROVIDER", required=True
    )
    imap = kinds.add_parser("imap", parents=[common], help="any IMAP and SMTP server")
    imap.add_argument("--email", required=True, metavar="ADDRESS")
    imap.add_argument(
        "--password-stdin", action="store_true", required=True, help="the password is the first line of standard input"
    )
    imap.add_argument("--username", default="", help="where it is not the address")
    imap.add_argument("--name", default="", help="your name, as recipients see it")
    imap.add_argument("--imap", required=True, type=endpoint, metavar="HOST:PORT:tls|starttls")
    imap.add_argument("--smtp", required=True, type=endpoint, metavar="HOST:PORT:tls|starttls")
    imap.add_argument("--smtp-username", default="", help="where outgoing mail signs in by another name")
    _trust_options(imap)
    imap.add_argument("--kind", choices=[k.value for k in InboxKind], default=InboxKind.PERSONAL.value)
    imap.set_defaults(run=_connect)

    commands.add_parser("inboxes", parents=[common], help="the connected inboxes").set_defaults(run=_inboxes)
    for name, run, text in (
        ("diagnose", _diagnose, "run every check of an inbox again"),
        ("disable", _disable, "stop reading and sending"),
        ("reconnect", _reconnect, "check again and go on from the same place"),
        ("remove", _remove, "forget the password; logged mail stays"),
    ):
        command = commands.add_parser(name, parents=[common], help=text)
        command.add_argument("address")
        if name == "reconnect":
            command.add_argument("--password-stdin", action="store_true", help="a new password on standard input")
        command.set_defaults(run=run)


def _trust_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ca", type=Path, metavar="FILE", help="PEM file of a certificate authority to trust besides the system's"
    )
    command.add_argument(
        "--pin", default="", metavar="SHA256", help="accept this one certificate, by its SHA-256 fingerprint"
    )


def endpoint(text: str) -> Endpoint:
    """`HOST:PORT:tls|starttls`; an IPv6 address stands in brackets."""
    try:
        host, port, security = text.rsplit(":", 2)
        number = int(port)
        if not host or not 0 < number < 65536:
            raise ValueError
        return Endpoint(host.strip("[]"), number, ConnectionSecurity(security.lower()))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not HOST:PORT:tls or HOST:PORT:starttls, such as imap.example.com:993:tls"
        ) from None


def trust_of(options: Namespace) -> ServerTrust:
    """Raises UsageError for a file that holds no certificate, or a fingerprint that is none."""
    pem = ""
    if options.ca is not None:
        try:
            pem = options.ca.read_text(encoding="ascii")
            ssl.create_default_context().load_verify_locations(cadata=pem)
        except (OSError, ValueError, ssl.SSLError) as error:
            raise UsageError(f"{options.ca} is not a PEM file with certificates: {error}.") from error
    pin = options.pin.replace(":", "").replace(" ", "").lower()
    if pin and (len(pin) != 64 or any(c not in "0123456789abcdef" for c in pin)):
        raise UsageError("--pin takes the SHA-256 fingerprint of a certificate: 64 hexadecimal digits.")
    return ServerTrust(ca_pem=pem, pin_sha256=pin)


class StepReport:
    """Collects the steps for JSON, and tells each as it comes to a person."""

    def __init__(self, options: Namespace, account: ImapAccount) -> None:
        self._quiet = options.json
        self._account = account
        self.steps: list[dict[str, object]] = []

    def take(self, event: CheckEvent) -> None:
        if isinstance(event, StepStarted):
            return
        imap = event.step in (CheckStep.IMAP_CONNECT, CheckStep.IMAP_TLS, CheckStep.IMAP_LOGIN)
        host = (self._account.imap if imap else self._account.smtp).host
        title = check_step_title(event.step, host)
        if isinstance(event, StepPassed):
            self.steps.append({"step": event.step.value, "ok": True, "detail": event.detail, "remedy": ""})
            if not self._quiet:
                say(f"  ok      {title}  {event.detail}")
        elif isinstance(event, StepFailed):
            words = explain(event.problem)
            said = f" The server says: {event.problem.server_says}" if event.problem.server_says else ""
            detail = f"{words.title}. {words.cause}{said}".strip()
            step: dict[str, object] = {"step": event.step.value, "ok": False, "detail": detail, "remedy": words.remedy}
            step["problem"] = event.problem.code.value
            if event.problem.certificate is not None:
                step["certificate"] = {**vars(event.problem.certificate)}
            self.steps.append(step)
            if not self._quiet:
                say(f"  FAILED  {title}\n          {detail}\n          {words.remedy}")


def _connect(options: Namespace) -> int:
    if not is_complete(options.email):
        raise UsageError(f"The address {options.email!r} is not complete.")
    account = ImapAccount(
        address=options.email.strip(),
        imap=options.imap,
        smtp=options.smtp,
        username=options.username or options.email.strip(),
        smtp_username=options.smtp_username,
        trust=trust_of(options),
        from_name=options.name,
    )
    kind = InboxKind(options.kind)
    workspace = open_workspace(name=options.workspace)
    try:
        inboxes.refuse_kind(workspace, account.address, kind)
        workspace.secrets.store()  # nowhere to keep the password: said before anything is asked of a server
        return _check_and_keep(options, workspace, account, password_from_stdin(), kind)
    finally:
        workspace.store.close()


def _check_and_keep(
    options: Namespace, workspace: Workspace, account: ImapAccount, secret: Secret, kind: InboxKind
) -> int:
    report = StepReport(options, account)
    result = check_account(account, secret, None, on_event=report.take)
    state, reason = "not connected", None
    if result.ok:
        inboxes.connect_inbox(workspace, account, secret, None, result, kind=kind, disclosure_version="command-line")
        state = inboxes.the_inbox(workspace, account.address).state.value
        if not result.sent_folder and not options.json:
            say('The mailbox has no Sent folder yet: "Sent" is made with the first message.')
    elif result.problem is not None:
        reason = explain(result.problem).title
    inbox = {"address": account.address, "provider": "imap", "kind": kind.value, "state": state}
    if reason:
        inbox["reason"] = reason
    emit(
        options,
        {"inbox": inbox, "steps": report.steps},
        lambda: [f"{account.address} is connected." if result.ok else f"{account.address} is not connected: {reason}."],
    )
    return 0 if result.ok else 1


def inbox_document(card: InboxCard) -> dict[str, object]:
    """As `inboxes` shows it."""
    reason = ""
    if card.problem is not None:
        words = explain(card.problem)
        reason = f"{words.title}. {words.remedy}"
    return {
        "address": card.address,
        "provider": card.provider.value,
        "kind": card.kind.value,
        "state": card.state.value,
        "reason": reason,
        "since": instant(card.since),
    }


def _inboxes(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        cards = workspace.store.inboxes.cards()
    finally:
        workspace.store.close()
    documents = [inbox_document(card) for card in cards]
    emit(
        options,
        {"inboxes": documents},
        lambda: (
            [
                f"{d['address']}  {d['provider']}  {d['kind']}  {d['state']}"
                + (f"  ({d['reason']})" if d["reason"] else "")
                for d in documents
            ]
            or ["No inbox is connected yet. See hitchpost connect imap --help."]
        ),
    )
    return 0


def _diagnose(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        inbox = inboxes.the_inbox(workspace, options.address)
        report = StepReport(options, inbox.account)
        result = check_account(
            inbox.account,
            workspace.password(inbox),
            workspace.password(inbox, "smtp"),
            on_event=report.take,
        )
        card = next(c for c in workspace.store.inboxes.cards() if c.id == inbox.id)
    finally:
        workspace.store.close()
    emit(
        options,
        {"inbox": inbox_document(card), "steps": report.steps},
        lambda: ["Every check passed." if result.ok else "A check failed; see above."],
    )
    return 0 if result.ok else 1


def _reconnect(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        inbox = inboxes.the_inbox(workspace, options.address)
        secret = password_from_stdin() if options.password_stdin else workspace.password(inbox)
        return _check_and_keep(options, workspace, inbox.account, secret, inbox.kind)
    finally:
        workspace.store.close()


def _disable(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        inbox = inboxes.the_inbox(workspace, options.address)
        inboxes.disable_inbox(workspace, inbox.id)
    finally:
        workspace.store.close()
    document = {"address": inbox.address, "state": InboxState.DISABLED.value}
    emit(options, {"inbox": document}, lambda: [f"{inbox.address} is disabled. Nothing is read or sent."])
    return 0


def _remove(options: Namespace) -> int:
    workspace = open_workspace(name=options.workspace)
    try:
        inbox = inboxes.the_inbox(workspace, options.address)
        inboxes.remove_inbox(workspace, inbox.id)
    finally:
        workspace.store.close()
    document = {"address": inbox.address, "state": InboxState.REMOVED.value}
    emit(options, {"inbox": document}, lambda: [f"{inbox.address} is removed. Logged mail stays."])
    return 0
