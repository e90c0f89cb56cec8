"""An inbox that was signed in to in the browser: its diagnosis, and what becomes of the sign-in when it is removed."""

from __future__ import annotations

import threading

import pytest

from app.domain.checks import CheckEvent, StepFailed
from app.domain.diagnosis import Diagnosis
from app.domain.inboxes import Inbox, InboxState, Provider
from app.domain.problems import ProblemCode
from app.services.connect_inbox import remove_inbox
from app.services.diagnose_inbox import diagnose_inbox
from tests.protocol.oauth.conftest import World

BOTH = pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])


def connected(world: World, provider: Provider) -> Inbox:
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None, world.events
    return world.workspace.store.inboxes.get(inbox_id)


def diagnosed(world: World, inbox: Inbox) -> tuple[Diagnosis, list[CheckEvent]]:
    events: list[CheckEvent] = []
    return diagnose_inbox(world.workspace, inbox, on_event=events.append), events


def no_token_in(world: World, *things: object) -> bool:
    text = " ".join(str(thing) for thing in things)
    return not any(token in text for token in (*world.idp.access, *world.idp.refresh))


def removed(world: World, inbox: Inbox) -> list[str]:
    """The pages that were named, once the provider was asked."""
    pages: list[str] = []
    remove_inbox(world.workspace, inbox.id, pages.append)
    for thread in threading.enumerate():
        if thread.name == "revoke":
            thread.join(20)
    assert world.workspace.store.inboxes.get(inbox.id).state is InboxState.REMOVED
    return pages


@BOTH
def test_diagnosis_by_token(world: World, provider: Provider) -> None:
    inbox = connected(world, provider)
    found, events = diagnosed(world, inbox)
    assert found.ok, events
    assert "Sign-in: OAuth 2.0 (access token)" in found.report
    assert found.report.count("Sign-in method that Hitchpost uses: XOAUTH2") == 2
    assert no_token_in(world, found, events)


def test_a_token_that_ended_early_is_no_fault(world: World) -> None:
    inbox = connected(world, Provider.GMAIL)
    before = world.workspace.credential(inbox)
    world.idp.expire_access(world.address)
    found, events = diagnosed(world, inbox)
    assert found.ok, events
    assert not any(isinstance(e, StepFailed) for e in events)
    assert world.workspace.credential(inbox) != before


@BOTH
def test_a_grant_that_was_withdrawn(world: World, provider: Provider) -> None:
    inbox = connected(world, provider)
    kept = next(token for token, given in world.idp.refresh.items() if given.user == world.address)
    world.idp.revoke_user(world.address)
    world.idp.fail["/token"] = [
        (400, {"error": "invalid_grant", "error_description": f"The token {kept} has been revoked."})
    ]
    found, events = diagnosed(world, inbox)
    assert not found.ok
    assert found.problem is not None and found.problem.code is ProblemCode.GRANT_ENDED
    assert "grant_ended at localhost" in found.report
    assert no_token_in(world, found, events)
    assert world.workspace.store.inboxes.get(inbox.id).state is InboxState.CONNECTING


def test_google_takes_the_sign_in_back(world: World) -> None:
    assert removed(world, connected(world, Provider.GMAIL)) == []
    assert len(world.idp.asked("/revoke")) == 1


def test_the_page_is_named_when_google_does_not_answer(world: World) -> None:
    inbox = connected(world, Provider.GMAIL)
    world.idp.fail["/revoke"] = [(503, {})] * 9
    assert removed(world, inbox) == ["https://myaccount.google.com/connections"]


def test_the_page_is_named_for_microsoft(world: World) -> None:
    pages = removed(world, connected(world, Provider.OUTLOOK))
    assert len(pages) == 1 and pages[0].startswith("https://my")
