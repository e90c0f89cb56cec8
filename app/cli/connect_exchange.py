"""`connect exchange`: finds the server, checks the account step by step, keeps it when every step has passed."""

from __future__ import annotations

from argparse import Namespace

from app.cli.checking import StepReport, sentence, trust_of, trust_options
from app.cli.opening import opened
from app.cli.output import emit, password_from_stdin
from app.cli.parsing import Parser
from app.domain.addresses import is_complete
from app.domain.errors import MailFault, UsageError
from app.domain.inboxes import InboxKind, Provider, Secret
from app.domain.problems import Problem
from app.services import connect_inbox as inboxes
from app.services.workspace import Workspace
from app.words.problems import explain

_DISCLOSURE = "command-line"


def add_exchange(kinds: object, common: Parser) -> None:
    """`kinds`: what `add_subparsers` gave."""
    exchange: Parser = kinds.add_parser(  # type: ignore[attr-defined]
        "exchange",
        parents=[common],
        help="a mailbox on an Exchange server of the organisation (2010 SP2 or newer)",
        description="Finds the server by autodiscover, checks it, sends a test message to the account itself, and keeps "
        "the account when all of it worked. The password goes to servers of the address’s own domain only, unless --url "
        "names another. Microsoft 365 takes no passwords: use connect outlook.",
    )
    exchange.add_argument("--email", required=True, metavar="ADDRESS")
    exchange.add_argument(
        "--password-stdin", action="store_true", required=True, help="the password is the first line of standard input"
    )
    exchange.add_argument(
        "--username", default="", metavar="NAME", help="such as DOMAIN\\name, where it is not the address"
    )
    exchange.add_argument("--name", default="", help="your name, as recipients see it")
    exchange.add_argument(
        "--url", default="", metavar="URL", help="the Exchange URL, the address of the webmail, or the server’s name"
    )
    trust_options(exchange)
    exchange.set_defaults(run=_connect)


def _connect(options: Namespace) -> int:
    address = options.email.strip()
    if not is_complete(address):
        raise UsageError(f"The address {options.email!r} is not complete.")
    with opened(options) as workspace:
        inboxes.refuse_kind(workspace, address, InboxKind.PERSONAL)
        secret = password_from_stdin()
        workspace.secrets.store()  # nowhere to keep the password: said before anything is asked of a server
        domain = address.rpartition("@")[2]
        report = StepReport(options, domain, domain)
        state, problem = _check_and_keep(options, workspace, address, secret, report)
    reason = explain(problem).title if problem is not None else ""
    ok = state != "not connected"
    inbox = {
        "address": address,
        "provider": Provider.EXCHANGE.value,
        "kind": InboxKind.PERSONAL.value,
        "state": state,
        "reason": reason,
    }
    text = f"{address} is connected." if ok else sentence(f"{address} is not connected: {reason}")
    emit(options, {"inbox": inbox, "steps": report.steps}, lambda: [text])
    return 0 if ok else 1


def _check_and_keep(
    options: Namespace, workspace: Workspace, address: str, secret: Secret, report: StepReport
) -> tuple[str, Problem | None]:
    from app.services.check_account import check_account  # the mail libraries, which help texts do without
    from app.services.find_exchange import find_exchange_account

    try:
        account = find_exchange_account(
            address,
            secret,
            username=options.username,
            url=options.url,
            trust=trust_of(options),
            from_name=options.name.strip(),
            on_event=report.take,
        )
    except MailFault as fault:
        return "not connected", fault.problem
    report.at(account.read_host)
    result = check_account(account, secret, None, on_event=report.take)
    if not result.ok:
        return "not connected", result.problem
    inboxes.connect_inbox(workspace, account, secret, None, result, disclosure_version=_DISCLOSURE)
    return inboxes.the_inbox(workspace, address).state.value, None
