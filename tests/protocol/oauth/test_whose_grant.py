"""Whose a kept sign-in is, and what ends it: another provider, a password instead, a removal in mid-renewal, two sign-ins at
once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from app.domain.errors import MailFault, NotAllowed
from app.domain.inboxes import AuthMethod, InboxState, Provider, Secret
from app.domain.problems import ProblemCode
from app.oauth import sign_in as signing
from app.oauth.google import GoogleClient
from app.oauth.grants import Access, Grant
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox, disable_inbox, remove_inbox
from app.services.connect_oauth import Wish, connect_by_sign_in
from app.services.grants import KEY_NAME, keeping_grant, kept_tokens, provider_data
from tests.protocol.oauth.conftest import World
from tests.protocol.oauth.test_tending import connected, removed

ALIAS = {"sendAsEmail": "boss@example.com", "displayName": "Boss", "verificationStatus": "accepted"}


def kept_files(world: World) -> list[str]:
    return [path.name for path in (world.workspace.folder / "sign-ins").glob("*.grant")]


def revoked(world: World) -> int:
    for thread in threading.enumerate():
        if thread.name == "revoke":
            thread.join(20)
    return len(world.idp.asked("/revoke"))


def keep(world: World, grant: Grant) -> None:
    with keeping_grant(world.workspace, world.address) as put:
        put(grant)


def test_no_token_goes_to_another_provider(world: World) -> None:
    """A worker that still knows the inbox as Gmail's, when it has just become Outlook's."""
    inbox = connected(world, Provider.GMAIL)
    issuer = provider_data(world.workspace, Provider.OUTLOOK).issuer
    access = {"mail": Access("at.of-microsoft", time.time() + 3600)}
    for tokens in (access, {}):
        keep(world, Grant(world.address, "rt.of-microsoft", tokens, issuer=issuer))
        with pytest.raises(MailFault) as fault:
            world.workspace.credential(inbox)
        assert fault.value.problem.code is ProblemCode.NO_SECRET
    assert not [sent for sent in world.idp.asked("/token") if sent.get("refresh_token") == "rt.of-microsoft"]


def test_no_token_goes_to_another_client_or_server(world: World) -> None:
    inbox = connected(world, Provider.GMAIL)
    grant_of = provider_data(world.workspace, Provider.GMAIL).issuer
    for changed in (replace(grant_of, client_id="another"), replace(grant_of, host="login.example.com")):
        keep(world, Grant(world.address, "rt.elsewhere", {}, issuer=changed))
        with pytest.raises(MailFault) as fault:
            world.workspace.credential(inbox)
        assert fault.value.problem.code is ProblemCode.NO_SECRET


def test_gmail_becomes_outlook(world: World) -> None:
    world.idp.aliases[:] = [ALIAS]
    inbox = connected(world, Provider.GMAIL)
    assert world.workspace.store.inboxes.aliases(inbox.id)
    now = connected(world, Provider.OUTLOOK)
    assert now.id == inbox.id
    assert revoked(world) == 1
    assert world.workspace.store.inboxes.aliases(inbox.id) == ()


def test_the_same_account_again_keeps_what_is_its_own(world: World) -> None:
    """Google ends all of a person's grants to a client when one of them is taken back."""
    world.idp.aliases[:] = [ALIAS]
    inbox = connected(world, Provider.GMAIL)
    assert connected(world, Provider.GMAIL).id == inbox.id
    assert revoked(world) == 0
    assert world.workspace.store.inboxes.aliases(inbox.id)


def test_a_password_instead_ends_the_sign_in(world: World) -> None:
    world.idp.aliases[:] = [ALIAS]
    inbox = connected(world, Provider.GMAIL)
    account = replace(inbox.account, auth=AuthMethod.PASSWORD)  # type: ignore[arg-type]
    connect_inbox(world.workspace, account, Secret("app password"), None, CheckResult(True))
    assert revoked(world) == 1
    assert kept_files(world) == []
    assert world.workspace.store.inboxes.aliases(inbox.id) == ()
    assert not any(given.good for given in world.idp.refresh.values() if given.user == world.address)


def test_removing_forgets_a_sign_in_that_nobody_can_read_any_more(world: World) -> None:
    inbox = connected(world, Provider.GMAIL)
    world.workspace.secrets.store().delete(KEY_NAME)
    removed(world, inbox)
    assert kept_files(world) == []


def test_removed_while_it_is_renewed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = connected(world, Provider.GMAIL)
    world.idp.rotate = True
    token = world.workspace.credential(inbox)
    renew = GoogleClient.renew
    inside, go_on = threading.Event(), threading.Event()

    def slow(self: GoogleClient, grant: Grant, audience: str) -> Grant:
        renewed = renew(self, grant, audience)
        inside.set()
        go_on.wait(20)
        return renewed

    monkeypatch.setattr(GoogleClient, "renew", slow)
    renewing = threading.Thread(target=lambda: world.workspace.credential(inbox, refused=token))  # type: ignore[arg-type]
    removing = threading.Thread(target=lambda: remove_inbox(world.workspace, inbox.id))
    renewing.start()
    assert inside.wait(20)
    removing.start()
    go_on.set()
    renewing.join(20)
    removing.join(20)
    assert revoked(world) == 1
    assert kept_files(world) == []
    assert world.workspace.store.inboxes.get(inbox.id).state is InboxState.REMOVED
    assert not any(given.good for given in world.idp.refresh.values() if given.user == world.address)
    with pytest.raises(MailFault):
        world.workspace.credential(inbox)


def in_mid_sign_in(world: World, act: Callable[[], None]) -> Callable[[str], None]:
    """The person is in the browser meanwhile."""

    def opened(url: str) -> None:
        act()
        world.browser.open(url)

    return opened


@pytest.mark.parametrize(("stop", "state"), [(remove_inbox, InboxState.REMOVED), (disable_inbox, InboxState.DISABLED)])
def test_what_was_stopped_during_a_sign_in_stays_stopped(
    stop: Callable[..., None], state: InboxState, world: World
) -> None:
    inbox = connected(world, Provider.GMAIL)

    def sign_in_meanwhile(act: Callable[[], None]) -> None:
        connect_by_sign_in(
            world.workspace,
            Wish(Provider.GMAIL, world.address, trust=world.trust),
            open_browser=in_mid_sign_in(world, act),
            on_event=world.events.append,
            cancel=threading.Event(),
            timeout=20,
        )

    with pytest.raises(NotAllowed, match=f"{state.value} meanwhile"):
        sign_in_meanwhile(lambda: stop(world.workspace, inbox.id))
    assert world.workspace.store.inboxes.get(inbox.id).state is state
    assert revoked(world) == (2 if state is InboxState.REMOVED else 1)
    assert bool(kept_files(world)) is (state is InboxState.DISABLED)
    sign_in_meanwhile(lambda: None)  # on purpose
    assert world.workspace.store.inboxes.get(inbox.id).state is InboxState.CONNECTING


def test_removed_while_a_password_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = connected(world, Provider.GMAIL)
    secrets = world.workspace.secrets.store()
    put = secrets.set

    def slow(name: str, secret: Secret) -> None:  # a keyring asks its person
        put(name, secret)
        if world.workspace.store.inboxes.find(world.address) is not None:
            remove_inbox(world.workspace, inbox.id)

    monkeypatch.setattr(secrets, "set", slow)
    account = replace(inbox.account, auth=AuthMethod.PASSWORD)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="removed meanwhile"):
        connect_inbox(world.workspace, account, Secret("app password"), None, CheckResult(True))
    assert world.workspace.store.inboxes.get(inbox.id).state is InboxState.REMOVED
    connect_inbox(world.workspace, account, Secret("app password"), None, CheckResult(True))
    assert world.workspace.store.inboxes.get(inbox.id).state is InboxState.CONNECTING


def test_two_first_sign_ins_agree_on_a_key(world: World) -> None:
    secrets = world.workspace.secrets.store()
    get = secrets.get
    together = threading.Barrier(2)

    def both_see_none(name: str) -> Secret | None:
        found = get(name)
        if name == KEY_NAME and found is None:
            with suppress(threading.BrokenBarrierError):
                together.wait(0.5)
        return found

    class Watched:
        name = secrets.name
        set, delete = secrets.set, secrets.delete
        get = staticmethod(both_see_none)

    world.workspace.secrets.use(Watched())
    issuer = provider_data(world.workspace, Provider.GMAIL).issuer
    addresses = ("ada@example.com", "bert@example.com")

    def keep_one(address: str) -> None:
        with keeping_grant(world.workspace, address) as put:
            put(Grant(address, "rt.1", issuer=issuer))

    threads = [threading.Thread(target=keep_one, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for address in addresses:
        with keeping_grant(world.workspace, address):
            pass
    assert [kept_tokens(world.workspace, address) for address in addresses] == [("rt.1",), ("rt.1",)]


@pytest.mark.parametrize(
    ("provider", "one", "other", "same"),
    [
        (Provider.GMAIL, "ada.lovelace@gmail.com", "AdaLovelace@googlemail.com", True),
        (Provider.GMAIL, "ada@gmail.com", "adam@gmail.com", False),
        (Provider.GMAIL, "ada.lovelace@example.com", "adalovelace@example.com", False),
        (Provider.OUTLOOK, "ada.lovelace@gmail.com", "adalovelace@gmail.com", False),
    ],
)
def test_one_google_account_has_many_addresses(
    provider: Provider, one: str, other: str, same: bool, world: World
) -> None:
    data = provider_data(world.workspace, provider)
    assert (signing._account_key(data, one) == signing._account_key(data, other)) is same
