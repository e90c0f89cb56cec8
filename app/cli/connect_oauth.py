"""`connect gmail`, `connect outlook`: sign-in in the browser, then the same checks as for every account."""

from __future__ import annotations

import webbrowser
from argparse import Namespace

from app.cli.aliases import alias_documents
from app.cli.checking import StepReport, is_checked, tell_of_oneself, tell_of_team, trust_of, trust_options
from app.cli.disclosure import agreed_version
from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit, say
from app.cli.parsing import Parser, count
from app.domain.errors import Cancelled
from app.domain.inboxes import ImapAccount, Inbox, InboxKind, Provider
from app.domain.sign_in import SignInFault
from app.oauth.sign_in import TIMEOUT
from app.services import connect_inbox as inboxes
from app.services.connect_oauth import Connected, Wish, connect_by_sign_in
from app.services.grants import provider_data
from app.services.workspace import Workspace
from app.words.oauth import explain_sign_in
from app.words.problems import explain
from app.words.quoting import quoted, sentence

_NAMES = {Provider.GMAIL: "Gmail and Google Workspace", Provider.OUTLOOK: "Outlook.com and Microsoft 365"}


def add_sign_in_ways(kinds: object, common: Parser) -> None:
    """`kinds`: the subparsers of `connect`."""
    for provider, name in _NAMES.items():
        command: Parser = kinds.add_parser(  # type: ignore[attr-defined]  # argparse's own class is private
            provider.value,
            parents=[common],
            help=name,
            description=f"Connects {name}: opens the sign-in page in the browser, waits for you to come back, checks "
            "both servers with a test message to the account itself, and keeps the account. Connecting an address again "
            "signs in again; its place in every folder stays.",
        )
        command.add_argument("--email", required=True, metavar="ADDRESS", help="the address of the mailbox")
        command.add_argument(
            "--username", default="", metavar="NAME", help="as whom to sign in, where it is not ADDRESS"
        )
        command.add_argument("--name", default="", help="your name, as recipients see it")
        command.add_argument("--no-browser", action="store_true", help="only print the address to open")
        command.add_argument(
            "--timeout",
            type=count,
            default=int(TIMEOUT),
            metavar="SECONDS",
            help="to wait for the browser; default: 600",
        )
        trust_options(command)
        command.add_argument(
            "--kind",
            choices=[k.value for k in InboxKind],
            default=InboxKind.PERSONAL.value,
            help="personal (default): yours alone; team: everyone in the workspace sees its mail",
        )
        command.set_defaults(run=_connect, oauth_provider=provider, makes_workspace=True)


def _connect(options: Namespace) -> int:
    wish = Wish(
        provider=options.oauth_provider,
        address=options.email.strip(),
        kind=InboxKind(options.kind),
        username=options.username.strip(),
        from_name=options.name.strip(),
        trust=trust_of(options),
        disclosure_version=agreed_version(options.oauth_provider),
    )
    with opened(options) as workspace:
        tell_of_team(wish.kind)
        return _run(options, workspace, wish, only_print=options.no_browser, timeout=options.timeout)


def sign_in_again(options: Namespace, workspace: Workspace, inbox: Inbox) -> int:
    """`reconnect` of an inbox that signs in at its provider: what was agreed to, and its place, stay."""
    account = inbox.account
    assert isinstance(account, ImapAccount)
    wish = Wish(
        provider=inbox.provider,
        address=inbox.address,
        kind=inbox.kind,
        username=account.username,
        from_name=account.from_name,
        trust=account.trust,
    )
    return _run(options, workspace, wish, only_print=False, timeout=TIMEOUT)


def _run(options: Namespace, workspace: Workspace, wish: Wish, *, only_print: bool, timeout: float) -> int:
    data = provider_data(workspace, wish.provider)
    report = StepReport(options, data.imap.host, data.smtp.host)
    try:
        with stop_on_signals() as stop:
            connected = connect_by_sign_in(
                workspace,
                wish,
                open_browser=lambda url: _open(url, only_print=only_print),
                on_event=report.take,
                cancel=stop,
                on_signed_in=lambda account: say(f"Signed in as {account}."),
                timeout=timeout,
            )
    except SignInFault as fault:
        return _refused(options, wish, fault, data.client_id)
    except Cancelled:
        say("Stopped. Nothing was kept.")
        return 1
    return _finish(options, workspace, wish, connected, report)


def _open(url: str, *, only_print: bool) -> None:
    """The address stands on a line of its own: it can be opened by hand, on this computer."""
    say(f"Sign in with this address, in a browser on this computer:\n{url}")
    if not only_print and not webbrowser.open(url):
        say("No browser could be opened; open the address yourself.")


def _refused(options: Namespace, wish: Wish, fault: SignInFault, client_id: str) -> int:
    words = explain_sign_in(fault, wish.provider.value, wish.address, client_id)
    said = f" The provider says: {quoted(fault.says)}" if fault.says else ""
    reason = f"{sentence(words.title)} {words.cause}{said}"
    step = {"step": "sign_in", "ok": False, "detail": reason, "remedy": words.remedy, "problem": fault.trouble.value}
    document = {"inbox": _document(wish, "not connected", words.title), "steps": [step]}
    emit(options, document, lambda: [f"{wish.address} is not connected. {reason}", words.remedy])
    return 1


def _finish(options: Namespace, workspace: Workspace, wish: Wish, connected: Connected, report: StepReport) -> int:
    state, reason = "not connected", ""
    if connected.inbox_id is not None:
        state = inboxes.the_inbox(workspace, wish.address).state.value
        tell_of_oneself(workspace, wish.address)
    elif connected.result.problem is not None:
        reason = explain(connected.result.problem).title
    ok = connected.inbox_id is not None
    inbox = _document(wish, state, reason)
    if connected.inbox_id is not None and wish.provider is Provider.GMAIL:
        aliases = workspace.store.inboxes.aliases(connected.inbox_id)
        inbox |= {"aliases": alias_documents(aliases), "note": connected.note}
        if connected.note:
            say(connected.note)
    text = is_checked(wish.address) if ok else sentence(f"{wish.address} is not connected: {reason}")
    signed_in: dict[str, object] = {"step": "sign_in", "ok": True, "detail": connected.account.username, "remedy": ""}
    emit(options, {"inbox": inbox, "steps": [signed_in, *report.steps]}, lambda: [text])
    return 0 if ok else 1


def _document(wish: Wish, state: str, reason: str) -> dict[str, object]:
    return {
        "address": wish.address,
        "provider": wish.provider.value,
        "kind": wish.kind.value,
        "state": state,
        "reason": reason,
    }
