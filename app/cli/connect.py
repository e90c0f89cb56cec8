"""`connect imap`: checks an account step by step, and keeps it when every step has passed."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from app.cli.checking import (
    StepReport,
    is_checked,
    smtp_trust_of,
    smtp_trust_options,
    tell_of_oneself,
    tell_of_team,
    trust_of,
    trust_options,
)
from app.cli.connect_exchange import add_exchange
from app.cli.connect_oauth import add_sign_in_ways
from app.cli.disclosure import agreed_version
from app.cli.opening import opened
from app.cli.output import emit, password_from_stdin, say
from app.cli.parsing import Parser, endpoint
from app.domain.addresses import is_complete
from app.domain.errors import UsageError
from app.domain.inboxes import ImapAccount, InboxKind, Provider
from app.services import connect_inbox as inboxes
from app.services.check_account import check_account, refuse_unsupported
from app.services.inbox_rules import refuse_kind
from app.services.workspace import Workspace
from app.words.detection import explain_detection
from app.words.problems import explain
from app.words.quoting import sentence


def add_connect(command: Parser, common: Parser) -> None:
    kinds = command.add_subparsers(dest="provider", metavar="PROVIDER", required=True)
    imap = kinds.add_parser(
        "imap",
        parents=[common],
        help="any IMAP and SMTP server",
        description="Checks both servers, sends a test message to the account itself, and keeps the account when all "
        "of it worked. Connecting an address again changes its servers and password; its place in every folder stays.",
    )
    imap.add_argument("--email", required=True, metavar="ADDRESS", help="the address of the mailbox")
    imap.add_argument(
        "--password-stdin", action="store_true", required=True, help="the password is the first line of standard input"
    )
    imap.add_argument("--username", default="", metavar="NAME", help="where it is not the address")
    imap.add_argument("--name", default="", help="your name, as recipients see it")
    imap.add_argument(
        "--imap",
        type=endpoint,
        metavar="HOST:PORT:tls|starttls",
        help="without it the server is found from the address",
    )
    imap.add_argument("--smtp", type=endpoint, metavar="HOST:PORT:tls|starttls", help="likewise, for outgoing mail")
    imap.add_argument(
        "--smtp-username", default="", metavar="NAME", help="where outgoing mail signs in by another name"
    )
    imap.add_argument(
        "--smtp-password-stdin",
        action="store_true",
        help="outgoing mail has a password of its own, which is the second line of standard input",
    )
    trust_options(imap)
    smtp_trust_options(imap)
    imap.add_argument(
        "--kind",
        choices=[k.value for k in InboxKind],
        default=InboxKind.PERSONAL.value,
        help="personal (default): yours alone; team: everyone in the workspace sees its mail",
    )
    imap.set_defaults(run=_connect, makes_workspace=True)
    add_exchange(kinds, common)
    add_sign_in_ways(kinds, common)


def _account(options: Namespace, workspace: Workspace, address: str) -> ImapAccount:
    """With the servers that were given, or that are found from the address."""
    given = {"username": options.username, "smtp_username": options.smtp_username}
    if options.imap is not None and options.smtp is not None:
        account = ImapAccount(address, options.imap, options.smtp, username=address)
    else:
        from app.services.find_provider import find_provider, imap_account

        found = find_provider(workspace, address)
        account = imap_account(found, options.imap, options.smtp)
        if not options.json:
            say(f"{explain_detection(found)} {account.imap}, {account.smtp}")
    return replace(account, **{name: value for name, value in given.items() if value})


def _connect(options: Namespace) -> int:
    address = options.email.strip().rstrip(".")
    if not is_complete(address):
        raise UsageError(f"The address {options.email!r} is not complete.")
    trust, smtp_trust = trust_of(options), smtp_trust_of(options)
    kind = InboxKind(options.kind)
    with opened(options) as workspace:
        refuse_kind(workspace, address, kind, Provider.IMAP)
        tell_of_team(kind)
        account = replace(
            _account(options, workspace, address), trust=trust, smtp_trust=smtp_trust, from_name=options.name.strip()
        )
        refuse_unsupported(account)
        agreed = agreed_version(Provider.IMAP)
        secret = password_from_stdin()
        smtp_secret = password_from_stdin("for outgoing mail", "second") if options.smtp_password_stdin else None
        workspace.secrets.store()  # nowhere to keep the password: said before anything is asked of a server
        report = StepReport(options, account.imap.host, account.smtp.host)
        result = check_account(account, secret, smtp_secret, on_event=report.take)
        state, reason = "not connected", ""
        if result.ok:
            inboxes.connect_inbox(workspace, account, secret, smtp_secret, result, kind=kind, disclosure_version=agreed)
            state = inboxes.the_inbox(workspace, address).state.value
            tell_of_oneself(workspace, address)
            if not result.sent_folder and not options.json:
                say("The mailbox has no Sent folder yet: “Sent” is made with the first message.")
        elif result.problem is not None:
            reason = explain(result.problem).title
    inbox = {"address": address, "provider": "imap", "kind": kind.value, "state": state, "reason": reason}
    text = is_checked(address) if result.ok else sentence(f"{address} is not connected: {reason}")
    emit(options, {"inbox": inbox, "steps": report.steps}, lambda: [text])
    return 0 if result.ok else 1
