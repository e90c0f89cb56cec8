"""`connect exchange`: finds the server, checks the account step by step, keeps it when every step has passed."""

from __future__ import annotations

from argparse import Namespace

from app.cli.checking import StepReport, is_checked, tell_of_oneself, tell_of_team, trust_of, trust_options
from app.cli.disclosure import agreed_version
from app.cli.opening import opened
from app.cli.output import emit, password_from_stdin
from app.cli.parsing import Parser
from app.domain.addresses import is_complete
from app.domain.errors import UsageError
from app.domain.exchange_address import ews_url
from app.domain.inboxes import ExchangeAccount, InboxKind, Provider
from app.services import connect_inbox as inboxes
from app.services.check_account import check_account
from app.services.find_provider import preset_url
from app.services.inbox_rules import refuse_kind
from app.words.problems import explain
from app.words.quoting import sentence


def add_exchange(kinds: object, common: Parser) -> None:
    """`kinds`: what `add_subparsers` gave."""
    exchange: Parser = kinds.add_parser(  # type: ignore[attr-defined]
        "exchange",
        parents=[common],
        help="a mailbox on an Exchange server of the organisation (2010 SP2 or newer)",
        description="Finds the server by the workspace’s presets or by autodiscover, checks it, sends a test message to the "
        "account itself, and keeps the account when all of it worked. The password goes to servers of the address’s own "
        "domain only, unless a preset or --url names another. Microsoft 365 takes no passwords: use connect outlook.",
    )
    exchange.add_argument("--email", required=True, metavar="ADDRESS", help="the address of the mailbox")
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
    exchange.add_argument(
        "--kind",
        choices=[k.value for k in InboxKind],
        default=InboxKind.PERSONAL.value,
        help="personal (default): yours alone; team: everyone in the workspace sees its mail",
    )
    exchange.set_defaults(run=_connect, makes_workspace=True)


def _connect(options: Namespace) -> int:
    address = options.email.strip().rstrip(".")
    if not is_complete(address):
        raise UsageError(f"The address {options.email!r} is not complete.")
    kind = InboxKind(options.kind)
    with opened(options) as workspace:
        refuse_kind(workspace, address, kind, Provider.EXCHANGE)
        tell_of_team(kind)
        agreed = agreed_version(Provider.EXCHANGE)
        secret = password_from_stdin()
        workspace.secrets.store()  # nowhere to keep the password: said before anything is asked of a server
        account = ExchangeAccount(
            address=address,
            url=ews_url(options.url) if options.url.strip() else preset_url(workspace, address),
            username=options.username.strip() or address,
            trust=trust_of(options),
            from_name=options.name.strip(),
        )
        host = account.read_host or address.rpartition("@")[2]
        report = StepReport(options, host, host)
        result = check_account(account, secret, None, on_event=report.take)
        state, reason = "not connected", ""
        if result.ok:
            inboxes.connect_inbox(workspace, account, secret, None, result, kind=kind, disclosure_version=agreed)
            state = inboxes.the_inbox(workspace, address).state.value
            tell_of_oneself(workspace, address)
        elif result.problem is not None:
            reason = explain(result.problem).title
    inbox = {
        "address": address,
        "provider": Provider.EXCHANGE.value,
        "kind": kind.value,
        "state": state,
        "reason": reason,
    }
    text = is_checked(address) if result.ok else sentence(f"{address} is not connected: {reason}")
    emit(options, {"inbox": inbox, "steps": report.steps}, lambda: [text])
    return 0 if result.ok else 1
