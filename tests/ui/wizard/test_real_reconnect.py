"""Reconnect with a real server that shows another certificate than the one that was trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.inboxes import InboxKind, InboxState, ServerTrust
from app.domain.problems import Problem, ProblemCode
from app.runtime.program import Program
from app.services.account_passwords import secret_name
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.inbox_state import mark_trouble
from app.services.workspace import Workspace
from app.ui.wizard.disclosures import IMAP
from app.ui.wizard.flow import Page
from tests.support.authority import Issued
from tests.support.mailbox import MailAccount
from tests.support.running_program import running_program
from tests.ui.wizard.conftest import Open

OLD = "77aa" * 16


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


def connect(workspace: Workspace, person: MailAccount):
    """As it was before the server got another certificate."""
    account = replace(person.account, trust=ServerTrust(pin_sha256=OLD))
    result = CheckResult(True, sent_folder="Sent")
    inbox_id = connect_inbox(
        workspace, account, person.secret, None, result, disclosure_version=IMAP.version, automation=True
    )
    mark_trouble(workspace, inbox_id, Problem(ProblemCode.CERTIFICATE_CHANGED, "localhost", account.imap.port))
    return inbox_id


def test_the_new_certificate_is_trusted_with_the_password_that_is_kept(
    qtbot, opened: Open, program: Program, certificate: Issued, mailbox
):
    person: MailAccount = mailbox("ada")
    workspace = program.workspace
    inbox_id = connect(workspace, person)
    wizard = opened(program, person.address)
    check = wizard.pages[Page.CHECK]
    assert wizard.page is Page.CHECK
    qtbot.waitUntil(lambda: check.remedy is not None, timeout=15_000)
    assert check._board.failed.problem.code is ProblemCode.CERTIFICATE_CHANGED
    check.remedy.trust_any.click()
    with qtbot.waitSignal(wizard.connected, timeout=15_000) as told:
        check.remedy.trust.click()
    assert told.args == [inbox_id]
    inbox = workspace.store.inboxes.get(inbox_id)
    assert inbox.account.trust == ServerTrust(pin_sha256=certificate.sha256)
    assert inbox.state in (InboxState.CONNECTING, InboxState.CONNECTED)
    assert inbox.kind is InboxKind.PERSONAL
    assert workspace.store.inboxes.agreed(inbox_id) == (IMAP.version, True)
    assert len(workspace.store.inboxes.consents(inbox_id)) == 1
    assert workspace.password(inbox).reveal() == person.password


def test_a_password_that_is_gone_is_asked_for(qtbot, opened: Open, program: Program, mailbox):
    person: MailAccount = mailbox("ada")
    connect(program.workspace, person)
    program.workspace.secrets.store().delete(secret_name(person.address, "imap"))
    wizard = opened(program, person.address)
    check = wizard.pages[Page.CHECK]
    qtbot.waitUntil(lambda: check.remedy is not None, timeout=15_000)
    assert check._board.failed.problem.code is ProblemCode.NO_SECRET
    assert check.remedy._fields.password.hasFocus()
