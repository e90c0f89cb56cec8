"""Whoever stops a sign-in, or ends the program, does not wait for a provider that says nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from app.domain.changes import Area
from app.domain.errors import Cancelled
from app.domain.inboxes import Provider
from app.services.connect_oauth import Wish, connect_by_sign_in
from app.services.refresh_aliases import why_not_refreshed
from tests.protocol.oauth.conftest import World
from tests.protocol.oauth.test_tending import connected
from tests.protocol.oauth.test_whose_grant import kept_files

_PROGRAM = """
from app.domain.inboxes import Provider
from app.oauth.grants import Grant
from app.oauth.provider_data import load_provider
from app.services.revocations import revoke_later

data = load_provider(Provider.GMAIL, {"client_id": "c", "revoke_url": "https://127.0.0.1:PORT/revoke"})
revoke_later(data, "", Grant("ada@example.com", "rt.1"), print)
"""


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def stopped(world: World, provider: Provider, cancel: threading.Event) -> float:
    """Seconds from the wish to stop to its end."""
    at = time.monotonic()
    with pytest.raises(Cancelled):
        connect_by_sign_in(
            world.workspace,
            Wish(provider, world.address, trust=world.trust),
            open_browser=world.browser.open,
            on_event=world.events.append,
            cancel=cancel,
            on_signed_in=lambda _: pytest.fail("nobody was signed in"),
        )
    return time.monotonic() - at


def lead_to(world: World, name: str, port: int) -> None:
    with world.workspace.store.transaction(Area.SETTINGS, source="test"):
        world.workspace.store.settings.put(name, f"https://localhost:{port}/common")


def test_stopped_before_the_browser_opens(world: World, silent: int) -> None:
    lead_to(world, "oauth.outlook.authority", silent)
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    assert stopped(world, Provider.OUTLOOK, cancel) < 2
    assert not world.browser.opened


def test_stopped_after_the_browser_came_back(world: World, silent: int) -> None:
    lead_to(world, "oauth.gmail.token_url", silent)
    cancel = threading.Event()
    threading.Timer(1.0, cancel.set).start()
    assert stopped(world, Provider.GMAIL, cancel) < 3
    assert world.browser.opened
    assert not world.workspace.store.inboxes.all()
    assert not kept_files(world)


def test_stopped_while_aliases_are_read(world: World, silent: int) -> None:
    inbox = connected(world, Provider.GMAIL)
    lead_to(world, "oauth.gmail.api_url", silent)
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    assert why_not_refreshed(world.workspace, inbox.id, cancel) == "You stopped it."
    assert time.monotonic() - began < 2


def test_the_end_of_the_program_waits_two_seconds(silent: int) -> None:
    """And says what was not taken back by then."""
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", f"import time\n{_PROGRAM.replace('PORT', str(silent))}\nprint(time.time())"],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    at_the_end, page = ended.stdout.split()
    assert page == "https://myaccount.google.com/connections"
    assert 1.5 < time.time() - float(at_the_end) < 5, f"after {time.monotonic() - began:.1f} s"
