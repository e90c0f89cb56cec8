"""The proxy that the environment names: sign-in goes through it as carefully as without it, and one of a kind that is not
known is no crash."""

from __future__ import annotations

import socket
import time

import pytest

from app.domain.detection import NothingFound
from app.domain.errors import MailFault, TrackingError
from app.domain.inboxes import AccessToken, Provider
from app.domain.problems import ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth import http
from app.oauth.clients import client_for
from app.oauth.grants import Grant
from app.oauth.send_as import list_send_as
from app.providers.catalogue import load_catalogue
from app.providers.look_up import detect
from app.providers.network import Network
from app.services.grants import provider_data
from app.tracking import client as tracking
from tests.protocol.oauth.conftest import World
from tests.protocol.oauth.test_tending import connected
from tests.support.authority import Authority
from tests.support.connect_proxy import ConnectProxy


def by_proxy(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    for known in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        for spelt in (known, known.lower()):
            monkeypatch.delenv(spelt, raising=False)
    monkeypatch.setenv(name, url)


def port_of(origin: str) -> int:
    return int(origin.rsplit(":", 1)[1])


@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])
def test_signing_in_by_a_proxy(provider: Provider, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an authority of one's own, which the tunnel has to be judged by. Mail goes straight to its servers."""
    with ConnectProxy(port_of(world.idp.origin)) as proxy:
        by_proxy(monkeypatch, "HTTPS_PROXY", proxy.url)
        world.browser.open = lambda url: _without_proxy(world, url)  # type: ignore[method-assign]
        inbox = connected(world, provider)
        token = world.workspace.credential(inbox)
        assert isinstance(token, AccessToken)
        before = len(proxy.asked)
        world.workspace.credential(inbox, refused=token)
    assert len(proxy.asked) > before > 0
    assert set(proxy.asked) == {world.idp.origin.removeprefix("https://")}


def _without_proxy(world: World, url: str) -> None:
    type(world.browser).open(world.browser, url)


def test_a_stranger_behind_the_proxy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the authority of one's own the tunnel leads to somebody unknown."""
    data = provider_data(world.workspace, Provider.GMAIL)
    with ConnectProxy(port_of(world.idp.origin)) as proxy:
        by_proxy(monkeypatch, "HTTPS_PROXY", proxy.url)
        with pytest.raises(SignInFault) as fault:
            client_for(data).renew(Grant(world.address, "rt.sent"), "mail")
    assert fault.value.trouble is SignInTrouble.CERTIFICATE
    assert not world.idp.asked("/token")


def test_an_answer_by_the_proxy_ends_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with silent, ConnectProxy(silent.getsockname()[1]) as proxy:
        by_proxy(monkeypatch, "HTTPS_PROXY", proxy.url)
        monkeypatch.setattr(http.Adapter.__init__, "__defaults__", ("", (0.5, 0.5, 1.0)))
        began = time.monotonic()
        with pytest.raises(SignInFault) as fault:
            client_for(provider_data(world.workspace, Provider.GMAIL), authority.ca_pem).renew(
                Grant(world.address, "rt.sent"), "mail"
            )
    assert fault.value.trouble is SignInTrouble.UNREACHABLE
    assert time.monotonic() - began < 5


def test_no_proxy_for_whom_the_environment_exempts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with ConnectProxy(port_of(world.idp.origin)) as proxy:
        by_proxy(monkeypatch, "HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "localhost")
        with pytest.raises(SignInFault):
            client_for(provider_data(world.workspace, Provider.GMAIL), world.trust.ca_pem).renew(
                Grant(world.address, "rt.unknown"), "mail"
            )
    assert not proxy.asked
    assert world.idp.asked("/token")


def test_a_socks_proxy_is_no_crash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    by_proxy(monkeypatch, "ALL_PROXY", "socks5://127.0.0.1:9")
    network = Network(nameservers=("127.0.0.1",), dns_port=9, dns_limit=0.5, probe_limit=0.5)
    assert isinstance(detect("info@example.test", load_catalogue(), network), NothingFound)
    with pytest.raises(TrackingError, match="SOCKS"):
        tracking._get("https://tracking.example.com", "/health", {}, "", 1.0)
    with pytest.raises(SignInFault) as fault:
        client_for(provider_data(world.workspace, Provider.GMAIL)).renew(Grant(world.address, "rt.sent"), "mail")
    assert fault.value.trouble is SignInTrouble.UNREACHABLE
    with pytest.raises(MailFault) as refused:
        list_send_as(world.idp.origin, AccessToken("at.sent"), world.trust.ca_pem)
    assert refused.value.problem.code is ProblemCode.CONNECT_TIMEOUT
