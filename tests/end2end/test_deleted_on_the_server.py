"""Who is deleted for good on the command line is forgotten by the tracking server, too; at once, or with the next sync. What
is said of writing to them again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import httpx

from app.tracking.folder import TrackingFolder
from tests.end2end.conftest import Connected
from tests.protocol.tracking.tracking_servers import stored
from tests.support.mailbox import MailAccount

AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"}
SERVE = ("serve", "tracking", "--port", "0")
READY = "tracking server ready on "


def test_at_once_or_with_the_next_sync(connected: Connected, mailbox: Callable[..., MailAccount]) -> None:
    command, me = connected
    folder = TrackingFolder(command.home / "workspaces" / "default" / "tracking")
    bob, karin, ada = mailbox("bob"), mailbox("karin"), mailbox("ada")

    def send(*people: MailAccount) -> list[str]:
        to = [word for person in people for word in ("--to", person.address)]
        line = ("send", "--from", me.address, *to, "--subject", "Live", "--text-file", "-", "--track")
        return [t["pixel_url"] for t in command.json(*line, given="See https://example.com/offer")["tracked"]]

    with command.serving(*SERVE, ready=READY):
        for picture in (*send(bob), *send(karin, ada), *send(ada)):
            assert httpx.get(picture, headers=AGENT).status_code == 200
        assert command.json("sync", "--once")["events"] == 4
        assert len(stored(folder, "ip")) == 4
        gone = command.json("contacts", "delete", bob.address, "--permanently", "--yes")
        assert (gone["deleted"], gone["owed_to_tracking"]) == (True, 0)
        assert len(stored(folder, "ip")) == 3

    # the server is away; the message to Karin and Ada goes with Karin, and what Ada did with it on the server with her
    shown = command.run("contacts", "delete", karin.address, "--permanently", "--yes")
    assert shown.status == 0 and "still has what 2 recipients did" in shown.out and "hitchpost sync --once" in shown.out
    assert command.json("sync", "--once")["owed_to_tracking"] == 2
    assert len(stored(folder, "ip")) == 3
    with command.serving(*SERVE, ready=READY):
        assert command.json("sync", "--once")["owed_to_tracking"] == 0
        assert len(stored(folder, "ip")) == 1  # Ada's other message
        with closing(sqlite3.connect(folder.path.parent / "workspace.sqlite3")) as database:
            # by which the server was told that somebody is here (from this computer it is not kept: loopback is nobody's)
            named = database.execute("SELECT value_json FROM setting WHERE name = '_tracking.program'").fetchone()
        assert named is not None and len(named[0]) > 8
        assert command.json("contacts", "delete", ada.address, "--permanently", "--yes")["owed_to_tracking"] == 0
        assert stored(folder, "ip") == []


def test_what_is_said_before_and_after_writing_to_them_again(
    connected: Connected, mailbox: Callable[..., MailAccount]
) -> None:
    command, me = connected
    bob, karin = mailbox("bob"), mailbox("karin")
    command.json("contacts", "add", bob.address)
    command.json("contacts", "delete", bob.address, "--permanently", "--yes")
    line = ("send", "--from", me.address, "--subject", "Hej", "--text-file", "-", "--track", "--to", bob.address)
    with command.serving(*SERVE, ready=READY):
        said = command.json(*line, "--to", karin.address, "--preflight", given="See https://example.com/offer")
        of_bob, of_karin = said["recipients"]
        assert (of_bob["opens"], of_bob["clicks"], of_bob["logged"], of_bob["why"]) == ("no", "no", False, ["deleted"])
        assert (of_karin["opens"], of_karin["clicks"], of_karin["logged"]) == ("yes", "yes", True)
        assert [(r["about"], r["recipients"]) for r in said["remarks"]] == [("deleted", [bob.address])]
        sent = command.run(*line, "--json", given="See https://example.com/offer")
        assert sent.status == 0 and f"Not tracked. Deleted for good: {bob.address}." in sent.err
        assert "unavailable" not in sent.err and json.loads(sent.out)["tracked"] == []
        both = command.json(*line, "--to", karin.address, given="See https://example.com/offer")
        assert [t["recipient"] for t in both["tracked"]] == [karin.address]
        command.json("settings", "set", "privacy.on", "on")
        line = (*line[:-1], karin.address)
        sent = command.run(*line, given="See https://example.com/offer")
        assert sent.status == 0 and f"Not tracked. No legal basis is noted: {karin.address}." in sent.err
