"""Tokens that end while an inbox is read, by the worker that reads it; sign-ins side by side; a browser that never comes."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pytestqt.qtbot import QtBot

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import Cancelled, MailFault, StoreError
from app.domain.inboxes import AccessToken, Credential, InboxId, InboxState, Provider
from app.domain.outbox import Draft
from app.domain.problems import ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.clients import client_for
from app.oauth.sign_in import sign_in
from app.runtime.inbox_worker import InboxWorker
from app.services.grants import _token_store, kept_tokens, provider_data
from app.services.send_message import send_due
from app.services.write_message import queue_message
from tests.protocol.oauth.conftest import World, fetch
from tests.support.fault_proxy import FaultProxy

BOTH = pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])


@pytest.fixture
def way(world: World) -> Iterator[FaultProxy]:
    """Between the program and the mail server."""
    with FaultProxy(world.dovecot.imaps_port) as proxy:
        with world.workspace.store.transaction(Area.SETTINGS, source="test"):
            for provider in ("gmail", "outlook"):
                world.workspace.store.settings.put(f"oauth.{provider}.imap", f"localhost:{proxy.port}:tls")
        yield proxy


@pytest.fixture
def read(world: World) -> Iterator[Callable[[InboxId], InboxWorker]]:
    started: list[InboxWorker] = []

    def start(inbox_id: InboxId) -> InboxWorker:
        worker = InboxWorker(world.workspace, inbox_id)
        started.append(worker)
        worker.start()
        return worker

    yield start
    ended = [worker.stop() for worker in started]
    assert all(ended)


def state(world: World, inbox_id: InboxId) -> InboxState:
    return world.workspace.store.inboxes.get(inbox_id).state


def next_uid(world: World, inbox_id: InboxId) -> int:
    cursor = world.workspace.store.inboxes.cursor(inbox_id, "INBOX")
    return cursor.next_uid if cursor else 0


@BOTH
def test_a_token_that_ends_while_waiting_for_mail(
    world: World, way: FaultProxy, read: Callable[[InboxId], InboxWorker], qtbot: QtBot, provider: Provider
) -> None:
    """As servers do when it ends: they hang up in IDLE, and take the old token no more. Nobody is asked for anything."""
    world.idp.rotate = True
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    read(inbox_id)
    qtbot.waitUntil(lambda: state(world, inbox_id) is InboxState.CONNECTED, timeout=20_000)
    before = next_uid(world, inbox_id)
    world.idp.expire_access(world.address)
    way.cut()
    world.deliver("After the token's end")
    qtbot.waitUntil(lambda: next_uid(world, inbox_id) == before + 1, timeout=20_000)
    qtbot.waitUntil(lambda: state(world, inbox_id) is InboxState.CONNECTED, timeout=20_000)
    renewed = [q for q in world.idp.asked("/token") if q["grant_type"] == "refresh_token"]
    assert len(renewed) >= 1
    assert all(q.get("scope") for q in renewed)  # AADSTS900144 without it


@BOTH
def test_a_grant_withdrawn_while_reading_and_the_way_back(
    world: World, way: FaultProxy, read: Callable[[InboxId], InboxWorker], qtbot: QtBot, provider: Provider
) -> None:
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    worker = read(inbox_id)
    qtbot.waitUntil(lambda: state(world, inbox_id) is InboxState.CONNECTED, timeout=20_000)
    before = world.workspace.store.inboxes.cursor(inbox_id, "INBOX")
    world.idp.revoke_user(world.address)
    with qtbot.waitSignal(worker.finished, timeout=20_000):
        way.cut()
    assert state(world, inbox_id) is InboxState.NEEDS_SIGN_IN
    world.deliver("While signed out")
    assert world.connect(provider).inbox_id == inbox_id
    assert world.workspace.store.inboxes.cursor(inbox_id, "INBOX") == before
    assert before is not None
    read(inbox_id)
    qtbot.waitUntil(lambda: next_uid(world, inbox_id) == before.next_uid + 2, timeout=20_000)  # and a test message
    qtbot.waitUntil(lambda: state(world, inbox_id) is InboxState.CONNECTED, timeout=20_000)


def test_a_token_that_ends_in_the_middle_of_a_sync(
    world: World, way: FaultProxy, read: Callable[[InboxId], InboxWorker], qtbot: QtBot
) -> None:
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    quote = Draft(inbox_id=inbox_id, to=(Address("karin@example.org"),), subject="Quote", text="Hi", track=False)
    queue_message(world.workspace, quote)  # something is known now: headers are read
    send_due(world.workspace, threading.Event())
    for number in range(60):
        world.deliver(f"Message {number} " + "x" * 400)
    signed_in = len(world.idp.asked("/introspect"))
    way.cut_after_received(12_000)
    connections = way.connections
    read(inbox_id)
    qtbot.waitUntil(lambda: len(world.idp.asked("/introspect")) > signed_in, timeout=20_000)
    world.idp.expire_access(world.address)
    qtbot.waitUntil(lambda: next_uid(world, inbox_id) == 63, timeout=20_000)  # with the check's message and a bounce
    qtbot.waitUntil(lambda: way.connections > connections + 1, timeout=20_000)  # the first look goes on with another
    qtbot.waitUntil(lambda: state(world, inbox_id) is InboxState.CONNECTED, timeout=20_000)
    assert [q for q in world.idp.asked("/token") if q["grant_type"] == "refresh_token"]


def test_a_new_refresh_token_is_kept_before_its_access_token_is_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room on the disk: the provider is not even asked, so nothing is lost, and it goes on when there is room."""
    world.idp.rotate = True
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    old = world.workspace.credential(inbox)
    assert isinstance(old, AccessToken)
    asked = len(world.idp.asked("/token"))
    sync = os.fsync

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        world.workspace.credential(inbox, refused=old)
    assert len(world.idp.asked("/token")) == asked
    monkeypatch.setattr(os, "fsync", sync)
    new = world.workspace.credential(inbox, refused=old)
    assert new != old
    assert_kept(world, new)


def test_a_disk_that_fills_up_in_mid_renewal_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new refresh token, which ended the old one, waits in memory until the disk takes it."""
    world.idp.rotate = True
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    first = world.workspace.credential(inbox)
    assert isinstance(first, AccessToken)
    sync = os.fsync
    calls = iter([sync])  # the room is there, and then what is written to it is not taken

    def full(handle: int) -> None:
        for works in calls:
            return works(handle)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    second = world.workspace.credential(inbox, refused=first)
    assert isinstance(second, AccessToken)
    assert world.idp.user_of(second.reveal()) == world.address
    assert world.workspace.credential(inbox) == second  # still full
    assert set(kept_tokens(world.workspace, world.address)) >= {second.reveal()}
    monkeypatch.setattr(os, "fsync", sync)
    assert world.workspace.credential(inbox) == second
    assert_kept(world, second)
    third = world.workspace.credential(inbox, refused=second)
    assert world.idp.user_of(third.reveal()) == world.address


def test_a_permission_that_is_missing_does_not_lose_the_new_refresh_token(world: World) -> None:
    world.idp.rotate = True
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    old = world.workspace.credential(inbox)
    assert isinstance(old, AccessToken)
    world.idp.leave_out = "https://mail.google.com/"
    for _ in range(2):  # asked for again each time, by the newest refresh token
        with pytest.raises(MailFault) as refused:
            world.workspace.credential(inbox, refused=old)
        assert refused.value.problem.code is ProblemCode.PERMISSION_MISSING
    for given in world.idp.refresh.values():  # allowed again
        given.scope = f"{given.scope} https://mail.google.com/"
    world.idp.leave_out = ""
    assert_kept(world, world.workspace.credential(inbox))


def assert_kept(world: World, token: Credential) -> None:
    """On the disk, with a refresh token that is good."""
    store = _token_store(world.workspace)
    assert store is not None
    kept = store.get(world.address)
    assert kept is not None
    assert kept.access["mail"].token == token.reveal()
    assert world.idp.refresh[kept.refresh_token].good


def test_each_audience_has_a_token_of_its_own(world: World) -> None:
    inbox_id = world.connect(Provider.OUTLOOK).inbox_id
    assert inbox_id is not None
    from app.services.grants import access_token

    inbox = world.workspace.store.inboxes.get(inbox_id)
    mail, graph = (access_token(world.workspace, inbox, audience) for audience in ("mail", "graph"))
    assert mail.reveal() != graph.reveal()
    assert "outlook.office.com" in world.idp.access[mail.reveal()].scope
    assert "graph.microsoft.com" not in world.idp.access[mail.reveal()].scope
    assert "graph.microsoft.com" in world.idp.access[graph.reveal()].scope


@BOTH
def test_two_sign_ins_at_once_and_answers_that_are_mixed_up(world: World, provider: Provider) -> None:
    """Each listens at a port of its own and takes its own state only: what belongs to the other changes nothing."""
    addresses = [world.address, f"second.{world.address}"]
    data = provider_data(world.workspace, provider)
    urls: dict[str, str] = {}
    both_opened = threading.Barrier(3)
    grants: dict[str, str] = {}

    def begin(address: str) -> None:
        def opened(url: str) -> None:
            urls[address] = url
            both_opened.wait(20)

        client = client_for(data, world.trust.ca_pem)
        grants[address] = sign_in(data, client, address, opened, threading.Event(), timeout=20).account

    threads = [threading.Thread(target=begin, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    both_opened.wait(20)
    queries = [parse_qs(urlsplit(urls[address]).query) for address in addresses]
    (one, other) = (q["redirect_uri"][0] for q in queries)
    assert one != other
    crossed = fetch(f"{one}/?code=a-code&state={queries[1]['state'][0]}")
    assert "no answer to a sign-in" in crossed
    assert "no answer to a sign-in" in fetch(f"{one}/favicon.ico")
    for address in addresses:
        world.idp.auto_login = address
        world.browser.open(urls[address])
        world.browser.close()
    for thread in threads:
        thread.join(20)
    assert grants == {address: address for address in addresses}


@BOTH
def test_a_browser_that_is_closed(world: World, provider: Provider) -> None:
    """Nobody comes back: until the time is over, or the person cancels. The port is free again then."""
    data = provider_data(world.workspace, provider)
    client = client_for(data, world.trust.ca_pem)
    seen: list[str] = []
    with pytest.raises(SignInFault) as late:
        sign_in(data, client, world.address, seen.append, threading.Event(), timeout=0.3)
    assert late.value.trouble is SignInTrouble.TIMED_OUT
    cancel = threading.Event()

    def closed(url: str) -> None:
        seen.append(url)
        cancel.set()

    with pytest.raises(Cancelled):
        sign_in(data, client, world.address, closed, cancel, timeout=20)
    for url in seen:
        with pytest.raises(OSError, match="refused"):
            fetch(parse_qs(urlsplit(url).query)["redirect_uri"][0])


def test_an_organisations_own_client(world: World) -> None:
    """The names of the settings that the settings page offers."""
    with world.workspace.store.transaction(Area.SETTINGS, source="test"):
        world.workspace.store.settings.put("oauth.gmail.client_id", "ours")
        world.workspace.store.settings.put("oauth.gmail.client_secret", "known to all")
    world.idp.clients["ours"] = "known to all"
    try:
        assert world.connect().inbox_id is not None
    finally:
        del world.idp.clients["ours"]
    assert world.idp.asked("/authorize")[0]["client_id"] == "ours"
    assert world.idp.asked("/token")[0]["client_secret"] == "known to all"
