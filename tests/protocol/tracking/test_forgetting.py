"""A contact deleted for good is deleted on the tracking server, too; on one that is away, as soon as it is back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.domain.errors import TrackingError
from app.services.delete_permanently import delete_permanently
from app.services.forget_recipients import forget_owed
from app.services.take_hits import pull_hits
from app.services.tell_presence import tell_presence
from app.services.tracking_server import TrackingTarget, find_tracking, pixel_address
from app.store import models as m
from app.tracking.serve import TrackingServer
from tests.support.tracked_mail import TrackedMail, ref, tracked_mail

NEVER = threading.Event()


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        yield made


def open_of(mail: TrackedMail, target: TrackingTarget, name: str) -> str:
    return pixel_address(mail.workspace.tracking.keys(), target.public_url, ref("m", name), ref("r", name))


def test_the_server_forgets_whom_the_program_forgot(mail: TrackedMail) -> None:
    mail.send("karin")
    mail.send("ola")
    server = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path)
    server.start()
    try:
        target = find_tracking(mail.workspace)
        assert target is not None
        for name in ("karin", "ola"):
            httpx.get(open_of(mail, target, name), headers={"User-Agent": "Thunderbird"})
        assert len(pull_hits(mail.workspace, target, 5.0)) == 2
        contact = mail.store.contacts.find("karin@example.com")
        assert contact is not None
        delete_permanently(mail.store, contact)
        assert mail.store.owed_forgetting.first() == (ref("r", "karin"),)
        away = TrackingTarget("http://127.0.0.1:9", "http://127.0.0.1:9", target.token)
        with pytest.raises(TrackingError):
            forget_owed(mail.workspace, away, NEVER)
        assert mail.store.owed_forgetting.first() == (ref("r", "karin"),)
        assert forget_owed(mail.workspace, target, NEVER) == 1
        assert mail.store.owed_forgetting.first() == ()
        httpx.get(open_of(mail, target, "karin"), headers={"User-Agent": "Thunderbird"})
        with mail.store.transaction():
            m.Setting.delete().where(m.Setting.name == "_stream.place").execute()
            m.Event.delete().execute()
        assert len(pull_hits(mail.workspace, target, 5.0)) == 1
        assert [row.who for row in mail.feed()] == ["Ola"]
    finally:
        server.stop()


def test_the_server_is_told_that_this_program_is_here(mail: TrackedMail) -> None:
    """From this computer it sees loopback, which is nobody's own address."""
    server = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path)
    server.start()
    try:
        target = find_tracking(mail.workspace)
        assert target is not None
        assert tell_presence(mail.workspace, target, NEVER) == 0
        name = mail.store.settings.get("_tracking.program")
        assert name and tell_presence(mail.workspace, target, NEVER) == 0
        assert mail.store.settings.get("_tracking.program") == name
        assert m.OwnAddress.select().count() == 0
    finally:
        server.stop()
