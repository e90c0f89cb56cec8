"""`inboxes`, `diagnose`, `pause`, `resume`, `disable`, `reconnect`, `remove`: the connected inboxes, and what may be done
with one."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.cli.checking import StepReport, is_checked, reason_of
from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit, instant, password_from_stdin, say
from app.cli.parsing import Parser
from app.domain.checks import CheckEvent
from app.domain.errors import HitchpostError, NotAllowed
from app.domain.inboxes import AuthMethod, ImapAccount, Inbox, InboxState, Secret
from app.domain.views import InboxCard
from app.services import connect_inbox as inboxes
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.services.check_account import CheckResult


def add_inboxes(command: Parser, common: Parser) -> None:
    command.set_defaults(run=_inboxes)


def add_diagnose(command: Parser, common: Parser) -> None:
    command.description = (
        "Runs every check of an inbox again, and writes a report for the people who run its servers. Nothing about the "
        "inbox changes, and nothing is sent unless --test-message is given."
    )
    _address(command, _diagnose)
    command.add_argument("--test-message", action="store_true", help="send one to the inbox’s own address, too")


def add_pause(command: Parser, common: Parser) -> None:
    _address(command, _pause)


def add_resume(command: Parser, common: Parser) -> None:
    _address(command, _resume)


def add_disable(command: Parser, common: Parser) -> None:
    _address(command, _disable)


def add_reconnect(command: Parser, common: Parser) -> None:
    _address(command, _reconnect)
    command.add_argument("--password-stdin", action="store_true", help="a new password on standard input")


def add_remove(command: Parser, common: Parser) -> None:
    _address(command, _remove)


def _address(command: Parser, run: object) -> None:
    command.add_argument("address", metavar="ADDRESS", help="the address of a connected inbox")
    command.set_defaults(run=run)


def inbox_document(card: InboxCard) -> dict[str, object]:
    """As `inboxes` shows it. `first_look` only while one is going on: how many headers were read, and of how many."""
    document: dict[str, object] = {
        "address": card.address,
        "provider": card.provider.value,
        "kind": card.kind.value,
        "state": card.state.value,
        "reason": reason_of(card.problem, worked=card.last_sync_at is not None) if card.problem else "",
        "since": instant(card.since),
    }
    if card.first_look is not None:
        read, of = card.first_look
        document["first_look"] = {"headers_read": read, "headers": of}
    return document


def _card(workspace: Workspace, inbox: Inbox) -> InboxCard:
    return next(card for card in workspace.store.inboxes.cards() if card.id == inbox.id)


def inbox_line(card: InboxCard, reason: str) -> str:
    state = card.state.value
    if card.first_look is not None:
        read, of = card.first_look
        look = f"first look, {100 * read // of}%"
        state = look if card.state in (InboxState.CONNECTING, InboxState.CONNECTED) else f"{state}, {look}"
    return f"{card.address}  {card.provider.value}  {card.kind.value}  {state}" + (f"  ({reason})" if reason else "")


def _inboxes(options: Namespace) -> int:
    with opened(options) as workspace:
        cards = workspace.store.inboxes.cards()
    documents = [inbox_document(card) for card in cards]
    lines = [inbox_line(card, str(document["reason"])) for card, document in zip(cards, documents, strict=True)]
    emit(
        options,
        {"inboxes": documents},
        lambda: lines or ["No inbox is connected yet. See hitchpost connect imap --help."],
    )
    return 0


def _diagnose(options: Namespace) -> int:
    from app.services.diagnose_inbox import diagnose_inbox  # the mail libraries, which listing inboxes does without

    with opened(options) as workspace, stop_on_signals() as stop:
        inbox = inboxes.the_inbox(workspace, options.address)
        report = StepReport(
            options, inbox.account.read_host, inbox.account.send_host, worked=inbox.last_sync_at is not None
        )

        def take(event: CheckEvent) -> None:
            """The steps end with the first that fails; the report has those after it, too."""
            if all(step["ok"] for step in report.steps):
                report.take(event)

        found = diagnose_inbox(workspace, inbox, on_event=take, cancel=stop, test_message=options.test_message)
        card = _card(workspace, inbox)
    if found.ended:
        raise HitchpostError("Stopped. Nothing about the inbox has changed.")
    document = {"inboxes": [inbox_document(card)], "steps": report.steps, "report": found.report}
    end = "Every check passed." if found.ok else "A check failed; see above."
    emit(options, document, lambda: [*found.report.splitlines(), "", end])
    return 0 if found.ok else 1


def _reconnect(options: Namespace) -> int:
    with opened(options) as workspace:
        inbox = inboxes.the_inbox(workspace, options.address)
        if _signs_in_at_provider(inbox):
            if options.password_stdin:
                raise NotAllowed(
                    f"{inbox.address} signs in at its provider in the browser and has no password here. Leave out "
                    "--password-stdin."
                )
            from app.cli.connect_oauth import sign_in_again  # the sign-in libraries, which the others do without

            return sign_in_again(options, workspace, inbox)
        if options.password_stdin:
            secret = password_from_stdin()
            smtp_secret = workspace.smtp_password(inbox)
        else:
            secret, smtp_secret = _kept_secrets(workspace, inbox)
        report, result = _check(options, inbox, secret, smtp_secret)
        if result.ok:
            inboxes.connect_inbox(workspace, inbox.account, secret, smtp_secret, result, kind=inbox.kind)
        card = _card(workspace, inbox)
    text = is_checked(inbox.address) if result.ok else f"{inbox.address} is not connected; see above."
    _emit(options, card, report, text)
    return 0 if result.ok else 1


def _signs_in_at_provider(inbox: Inbox) -> bool:
    return isinstance(inbox.account, ImapAccount) and inbox.account.auth is AuthMethod.OAUTH


def _kept_secrets(workspace: Workspace, inbox: Inbox) -> tuple[Secret, Secret | None]:
    """The passwords for incoming and, where it has one of its own, outgoing mail."""
    return workspace.password(inbox), workspace.smtp_password(inbox)


def _check(
    options: Namespace, inbox: Inbox, secret: Secret, smtp_secret: Secret | None
) -> tuple[StepReport, CheckResult]:
    from app.services.check_account import check_account  # the mail libraries, which listing inboxes does without

    report = StepReport(
        options, inbox.account.read_host, inbox.account.send_host, worked=inbox.last_sync_at is not None
    )
    return report, check_account(inbox.account, secret, smtp_secret, on_event=report.take)


def _emit(options: Namespace, card: InboxCard, report: StepReport | None, text: str) -> None:
    document: dict[str, object] = {"inboxes": [inbox_document(card)]}
    if report is not None:
        document["steps"] = report.steps
    emit(options, document, lambda: [text])


def _disable(options: Namespace) -> int:
    with opened(options) as workspace:
        inbox = inboxes.the_inbox(workspace, options.address)
        inboxes.disable_inbox(workspace, inbox.id)
        card = _card(workspace, inbox)
    _emit(options, card, None, f"{inbox.address} is disabled. Nothing is read or sent until it is reconnected.")
    return 0


def _pause(options: Namespace) -> int:
    with opened(options) as workspace:
        inbox = inboxes.the_inbox(workspace, options.address)
        inboxes.pause_inbox(workspace, inbox.id)
        card = _card(workspace, inbox)
    _emit(options, card, None, f"{inbox.address} is paused: nothing is read until it is resumed. Mail still goes out.")
    return 0


def _resume(options: Namespace) -> int:
    with opened(options) as workspace:
        inbox = inboxes.the_inbox(workspace, options.address)
        inboxes.resume_inbox(workspace, inbox.id)
        card = _card(workspace, inbox)
    _emit(options, card, None, f"{inbox.address} is read again, from the same place on.")
    return 0


def _remove(options: Namespace) -> int:
    def by_hand(page: str) -> None:
        say(f"The sign-in of {options.address} was not taken back at the provider. You can do that yourself: {page}")

    with opened(options) as workspace:
        inbox = inboxes.the_inbox(workspace, options.address)
        card = _card(workspace, inbox)
        inboxes.remove_inbox(workspace, inbox.id, by_hand)
    gone = replace(card, state=InboxState.REMOVED, problem=None, since=datetime.now(UTC))
    what = "sign-in" if _signs_in_at_provider(inbox) else "password"
    _emit(options, gone, None, f"{inbox.address} is removed and its {what} forgotten. Logged mail stays.")
    return 0
