"""Another tracking server is used by the command line: mail that was sent before is still heard of, and who is deleted for good
is deleted on both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from app.tracking.folder import TrackingFolder
from tests.end2end.conftest import Connected
from tests.protocol.tracking.tracking_servers import stored
from tests.support.command import Command
from tests.support.mailbox import MailAccount

AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"}
SERVE = ("serve", "tracking", "--port", "0")
READY = "tracking server ready on "


def test_both_are_asked_and_told(connected: Connected, mailbox: Callable[..., MailAccount], tmp_path: Path) -> None:
    command, me = connected
    folder = TrackingFolder(command.home / "workspaces" / "default" / "tracking")
    bob = mailbox("bob")
    other = Command(tmp_path / "elsewhere")
    token = other.json("tracking", "--create", "add", "Sales")["token"]

    def send() -> str:
        line = ("send", "--from", me.address, "--to", bob.address, "--subject", "Live", "--text-file", "-", "--track")
        return str(command.json(*line, given="See https://example.com/offer")["tracked"][0]["pixel_url"])

    def opened(*pictures: str) -> int:
        for picture in pictures:
            assert httpx.get(picture, headers=AGENT).status_code == 200
        return int(command.json("sync", "--once")["events"])

    with other.serving(*SERVE, ready=READY) as line:
        with command.serving(*SERVE, ready=READY):
            before = send()
            command.json("settings", "set", "tracking.url", line.split()[-1])
            command.json("settings", "set", "tracking.token", token)
            after = send()
            assert opened(before, after) == 2 and opened(before) == 1
            (host,) = command.json("tracking", "earlier")["earlier_hosts"]
            assert (host["own"], host["trouble"], host["owed"]) == (True, "", 0)
        shown = command.run("contacts", "delete", bob.address, "--permanently", "--yes")
        assert shown.status == 0 and "still has what" in shown.out and stored(folder, "ip")
        synced = command.json("sync", "--once")
        assert synced["owed_to_tracking"] == 2
        (host,) = synced["earlier_hosts"]
        assert host["owed"] == 2 and "not run" in host["trouble"]
        for words in (("settings",), ("sync", "--once"), ("tracking", "check")):
            assert (
                "This workspace’s own tracking server, which was used before: It does not run"
                in command.run(*words).out
            )
        with command.serving(*SERVE, ready=READY) as again:
            assert command.json("sync", "--once")["owed_to_tracking"] == 0
            assert stored(folder, "ip") == [] and opened(again.split()[-1] + urlsplit(before).path) == 0
            assert stored(folder, "ip") == []
        assert "never heard of again" in command.run("tracking", "earlier", "--forget", "own").out
        assert command.json("tracking", "earlier", "--forget", "own", "--yes")["forgotten"]
        assert command.json("tracking", "earlier") == {"earlier_hosts": []}
        assert "No such server" in command.fails("tracking", "earlier", "--forget", "own", status=2)
        assert "earlier_hosts" not in command.json("sync", "--once")
