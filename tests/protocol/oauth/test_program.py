"""The façade's sign-in, as the wizard uses it: events in order, and an inbox that goes on at its place."""

from __future__ import annotations

import pytest

from app.domain.checks import StepPassed
from app.domain.inboxes import InboxState, Provider
from app.domain.sign_in import BrowserWanted, SignedIn, SignInEnded, SignInEvent, SignInTrouble
from app.runtime.program import Program
from tests.protocol.oauth.conftest import World


@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])
def test_signing_in_again(world: World, provider: Provider, qtbot) -> None:  # type: ignore[no-untyped-def]
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    world.idp.revoke_user(world.address)
    program = Program(world.workspace)
    seen: list[SignInEvent] = []

    def take(event: SignInEvent) -> None:
        seen.append(event)
        if isinstance(event, BrowserWanted):
            world.browser.open(event.url)

    program.sign_in_event.connect(take)
    try:
        program.sign_in(provider, world.address)
        qtbot.waitUntil(lambda: bool(seen) and isinstance(seen[-1], SignInEnded), timeout=30000)
        assert seen[-1] == SignInEnded(inbox_id, sent_folder="Sent")
        assert [type(e) for e in seen[:2]] == [BrowserWanted, SignedIn]
        assert len([e for e in seen if isinstance(e, StepPassed)]) == 7
        world.idp.deny = True
        program.sign_in(provider, world.address)
        qtbot.waitUntil(lambda: isinstance(seen[-1], SignInEnded) and seen[-1].fault is not None, timeout=30000)
        assert seen[-1].fault.trouble is SignInTrouble.DENIED  # type: ignore[union-attr]
        program.sign_in_event.disconnect(take)
        program.sign_in_event.connect(seen.append)  # nobody opens the browser
        program.sign_in(provider, world.address)
        qtbot.waitUntil(lambda: isinstance(seen[-1], BrowserWanted), timeout=30000)
        program.cancel_sign_in()
        qtbot.waitUntil(lambda: seen[-1] == SignInEnded(), timeout=5000)
    finally:
        assert program.shut_down()
    assert world.workspace.store.inboxes.get(inbox_id).state in (InboxState.CONNECTING, InboxState.CONNECTED)
