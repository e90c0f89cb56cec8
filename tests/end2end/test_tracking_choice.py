"""Which tracking server outgoing mail uses (T7): one that recipients can reach, proved to be ours, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Inbox
from app.domain.near_links import is_local_host
from app.services.change_tracking import keep_token
from app.services.tracking_server import (
    TrackingTarget,
    find_tracking,
    find_tracking_for,
    remote_token,
)
from app.services.workspace import Workspace
from app.tracking.serve import TrackingServer


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    opened = open_workspace(home)
    yield opened
    opened.store.close()


def inbox_at(workspace: Workspace, smtp_host: str) -> Inbox:
    imap = Endpoint("imap.example.com", 993, ConnectionSecurity.IMPLICIT_TLS)
    account = ImapAccount("jonas@example.com", imap, replace(imap, host=smtp_host, port=465), "jonas")
    with workspace.store.transaction():
        inbox_id = workspace.store.inboxes.add(account, user_id=workspace.store.user_id)
    return workspace.store.inboxes.get(inbox_id)


KARIN, ELSEWHERE = Address("karin@example.com"), Address("x@icloud.com")


def chosen(workspace: Workspace, inbox: Inbox, *people: Address) -> TrackingTarget | None:
    target, fate = find_tracking_for(workspace, inbox, people or (KARIN,))
    assert bool(fate.untracked) is (target is None)
    return target


def put(workspace: Workspace, name: str, value: object) -> None:
    with workspace.store.transaction():
        workspace.store.settings.put(name, value)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.168.1.5", True), ("10.0.0.1", True),
        ("169.254.3.4", True), ("0.0.0.0", True), ("fe80::1", True), ("laptop.local", True), ("server", True),
        ("mail.internal", True), ("", True), ("mail.example.com", False), ("93.184.216.34", False),
        ("2606:2800:220:1:248:1893:25c8:1946", False),
    ],
)  # fmt: skip
def test_what_counts_as_near(host: str, local: bool) -> None:
    assert is_local_host(host) is local


def test_the_programs_own_server_serves_nobody_elsewhere(workspace: Workspace) -> None:
    """Not even by a mail program's bridge on this computer, whose mail goes to the whole world."""
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path, inside=True)
    server.start()
    try:
        bridge, provider = inbox_at(workspace, "127.0.0.1"), inbox_at(workspace, "smtp.example.com")
        assert find_tracking(workspace) is not None
        assert chosen(workspace, bridge) is None
        assert chosen(workspace, provider) is None
        put(workspace, "tracking.local", True)
        target = chosen(workspace, provider)
        assert target is not None and target.public_url == server.url
    finally:
        server.stop()


def test_a_server_that_a_person_started_serves_what_is_near(workspace: Workspace) -> None:
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path)
    server.start()
    try:
        local = inbox_at(workspace, "localhost")
        near = chosen(workspace, local)
        assert near is not None and near.public_url == server.url
        assert chosen(workspace, inbox_at(workspace, "smtp.example.com")) is None
        assert chosen(workspace, local, ELSEWHERE) is None  # a near mail server sends to the whole world
        assert chosen(workspace, local, KARIN, ELSEWHERE) is None
        assert find_tracking_for(workspace, local, (KARIN, ELSEWHERE))[1].untracked == (
            "The tracking address leads to this computer or network only: x@icloud.com could not follow its links."
        )
        put(workspace, "tracking.local", True)
        target, fate = find_tracking_for(workspace, local, (ELSEWHERE,))
        assert target is not None and "nobody elsewhere" in fate.remark
    finally:
        server.stop()


def test_an_address_that_is_not_ours_is_never_put_into_mail(workspace: Workspace, tmp_path: Path) -> None:
    ours = TrackingServer("127.0.0.1", 0, workspace.tracking.path)
    stranger = TrackingServer("127.0.0.1", 0, tmp_path / "another")
    ours.start()
    stranger.start()
    try:
        put(workspace, "tracking.url", stranger.url)
        assert find_tracking(workspace) is None
        put(workspace, "tracking.url", ours.url.replace("127.0.0.1", "localhost"))
        target = find_tracking(workspace)
        assert target is not None and target.public_url.startswith("http://localhost:")
    finally:
        ours.stop()
        stranger.stop()


@pytest.mark.parametrize(
    "text", ["garbage", "ftp://mail.example.com", "https://", "https://a b", 'https://x/"onclick', "https://x/?a=1"]
)
def test_only_an_address_can_be_set(workspace: Workspace, text: str) -> None:
    with pytest.raises(UsageError, match=r"tracking\.url"):
        put(workspace, "tracking.url", text)


def test_the_token_of_a_server_elsewhere_is_kept_with_the_passwords(workspace: Workspace, tmp_path: Path) -> None:
    elsewhere = TrackingServer("127.0.0.1", 0, tmp_path / "elsewhere")
    elsewhere.start()
    try:
        put(workspace, "tracking.url", elsewhere.url)
        keep_token(workspace, elsewhere.api_token)
        target = find_tracking(workspace)
        assert target is not None and (target.api_url, target.token) == (elsewhere.url, elsewhere.api_token)
        for path in workspace.home.rglob("*"):
            assert not path.is_file() or elsewhere.api_token.encode() not in path.read_bytes(), path
        keep_token(workspace, "another token")
        assert find_tracking(workspace) is None
        keep_token(workspace, "")
        assert remote_token(workspace) == ""
    finally:
        elsewhere.stop()
