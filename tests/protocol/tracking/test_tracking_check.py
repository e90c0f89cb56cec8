"""*Check my tracking host* against real servers: alone, behind proxies that do it right and wrong, and where none is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.errors import Cancelled, TrackingError
from app.domain.near_links import OTHERS_TRACKED, OTHERS_UNTRACKED
from app.domain.tracking_host import TITLES, HostCheck, HostStep, StepState
from app.main import main
from app.services import check_tracking_host as checking
from app.services.check_tracking_host import check_tracking_host
from app.services.workspace import Workspace
from app.tracking import probe
from app.tracking.client import fetch_events
from app.tracking.serve import TrackingServer
from tests.support.authority import Authority
from tests.support.ports import free_port
from tests.support.tracking_proxy import TrackingProxy

PASSED, WARNING, FAILED, SKIPPED = StepState.PASSED, StepState.WARNING, StepState.FAILED, StepState.SKIPPED
OUTSIDE = "127.0.0.2"  # taken for a public address in the tests that need one
READER = "203.0.113.7"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "home", environ={})
    yield opened
    opened.store.close()


@pytest.fixture
def server(workspace: Workspace) -> Iterator[TrackingServer]:
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path, trusted_proxies=["127.0.0.9"])
    server.start()
    yield server
    server.stop()


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "is_public", lambda address: address in (OUTSIDE, READER))
    monkeypatch.setattr(checking, "is_local_host", lambda host: host != OUTSIDE)


def check(workspace: Workspace, url: str, **options: str) -> dict[HostCheck, HostStep]:
    steps = list(check_tracking_host(workspace, url, threading.Event(), **options))
    assert [step.check for step in steps] == list(HostCheck) == list(TITLES)
    assert all(step.advice for step in steps if step.state in (WARNING, FAILED))
    return {step.check: step for step in steps}


def states(steps: dict[HostCheck, HostStep]) -> dict[HostCheck, StepState]:
    return {name: step.state for name, step in steps.items() if step.state is not PASSED}


def test_server_of_this_computer_is_well_but_for_those_elsewhere(workspace: Workspace, server: TrackingServer) -> None:
    steps = check(workspace, server.url + "/")
    assert states(steps) == {HostCheck.TLS: SKIPPED, HostCheck.REACH: WARNING}  # no tick for an encryption that is not
    assert steps[HostCheck.REACH].detail == "127.0.0.1 is an address of this computer or this network only."
    assert steps[HostCheck.CLIENT_ADDRESS].detail == "It sees this computer as 127.0.0.1."
    assert steps[HostCheck.REACH].advice.endswith(OTHERS_UNTRACKED)
    with workspace.store.transaction():
        workspace.store.settings.put("tracking.local", True)
    assert check(workspace, server.url)[HostCheck.REACH].advice.endswith(OTHERS_TRACKED)
    assert fetch_events(server.url, server.api_token, 0) == []  # it leaves no event


def test_nothing_there_and_no_such_name(workspace: Workspace) -> None:
    nothing = check(workspace, f"http://127.0.0.1:{free_port()}")
    assert nothing[HostCheck.HEALTH].state is FAILED
    assert nothing[HostCheck.HEALTH].detail == "It cannot be asked: Connection refused."
    assert {nothing[name].state for name in (HostCheck.PICTURE, HostCheck.LINK, HostCheck.CLIENT_ADDRESS)} == {SKIPPED}
    unknown = check(workspace, "https://tracking.invalid")
    assert unknown[HostCheck.NAME].state is FAILED
    assert set(states(unknown).values()) == {FAILED, SKIPPED}
    for address in ("tracking.example.com", "ftp://example.com", "http://[", "https://example.com:99999"):
        with pytest.raises(TrackingError):
            check(workspace, address)


def test_a_name_that_is_not_known_is_not_taken_for_this_computer(workspace: Workspace) -> None:
    steps = check(workspace, "http://track.invalid")
    assert (steps[HostCheck.NAME].state, steps[HostCheck.TLS].state) == (FAILED, FAILED)
    assert "on this computer" not in steps[HostCheck.TLS].detail


def test_another_workspaces_server_is_told_from_ones_own(workspace: Workspace, server: TrackingServer) -> None:
    assert states(check(workspace, server.url, token="another"))[HostCheck.HEALTH] is FAILED
    assert HostCheck.HEALTH not in states(check(workspace, server.url, token=server.api_token))


def test_certificate_is_looked_at(
    workspace: Workspace, server: TrackingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path / "authority")
    with TrackingProxy(server.url, tls=authority.issue().server_context()) as proxy:
        refused = check(workspace, proxy.url)
        assert refused[HostCheck.TLS].state is FAILED
        assert "not accepted" in refused[HostCheck.TLS].detail
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        assert HostCheck.TLS not in states(check(workspace, proxy.url))


def test_unencrypted_host_for_everybody_is_refused(workspace: Workspace, server: TrackingServer, outside: None) -> None:
    with TrackingProxy(server.url, host=OUTSIDE, client=READER) as proxy:
        assert states(check(workspace, proxy.url))[HostCheck.TLS] is FAILED


@pytest.mark.parametrize("trusted", [False, True])
def test_proxy_that_is_not_trusted_is_told(workspace: Workspace, outside: None, trusted: bool) -> None:
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path, trusted_proxies=["127.0.0.1"] if trusted else [])
    server.start()
    try:
        with TrackingProxy(server.url, host=OUTSIDE, client=READER) as proxy:
            step = check(workspace, proxy.url)[HostCheck.CLIENT_ADDRESS]
    finally:
        server.stop()
    assert (step.state is PASSED) is trusted
    assert (READER if trusted else "proxy in front") in step.detail
    assert ("--trusted-proxy 127.0.0.1" in step.advice) is not trusted


@pytest.mark.parametrize("headers", [{"Age": "12"}, {"X-Cache": "HIT from cdn"}, {"Cache-Control": "max-age=3600"}])
def test_cache_in_front_is_told(workspace: Workspace, server: TrackingServer, headers: dict[str, str]) -> None:
    with TrackingProxy(server.url, headers=headers) as proxy:
        assert states(check(workspace, proxy.url))[HostCheck.CACHING] is FAILED


def test_changed_link_and_picture_are_told(workspace: Workspace, server: TrackingServer) -> None:
    wrong = {"Location": "https://example.net/", "Content-Type": "text/html"}
    with TrackingProxy(server.url, headers=wrong) as proxy:
        found = states(check(workspace, proxy.url))
    assert (found[HostCheck.LINK], found[HostCheck.PICTURE]) == (FAILED, FAILED)


def test_clock_that_is_wrong_is_told(
    workspace: Workspace, server: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = probe.ask_health

    def late(url: str, token: str, timeout: float) -> probe.Health:
        health = asked(url, token, timeout)
        return probe.Health(health.ours, health.proved, health.spooling, 99, "9.9", (health.ahead or 0.0) - 90)

    monkeypatch.setattr(probe, "ask_health", late)
    steps = check(workspace, server.url)
    assert "90 seconds behind" in steps[HostCheck.CLOCK].detail
    assert steps[HostCheck.VERSION].state is WARNING


def test_check_can_be_stopped(workspace: Workspace) -> None:
    cancel = threading.Event()
    steps = check_tracking_host(workspace, f"http://127.0.0.1:{free_port()}", cancel)
    next(steps)
    cancel.set()
    with pytest.raises(Cancelled):
        list(steps)


def test_command_tells_each_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path / "home"))
    opened = open_workspace(tmp_path / "home", environ={})
    folder = opened.tracking.path
    opened.store.close()
    assert main(["tracking", "check"]) == 2
    capsys.readouterr()
    assert main(["tracking", "check", "track.example.com"]) == 2
    assert "begins with https:// or http://, not like “track.example.com”." in capsys.readouterr().err
    server = TrackingServer("127.0.0.1", 0, folder)
    server.start()
    try:
        capsys.readouterr()
        assert main(["tracking", "check", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["url"], told["well"], len(told["steps"])) == (server.url, True, len(HostCheck))
    finally:
        server.stop()
    assert main(["tracking", "check", server.url]) == 1
    assert "✗ Your tracking server answers" in capsys.readouterr().out
