"""A contact deleted for good is deleted on the tracking server, too; on one that is away, as soon as it is back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.domain.addresses import Address
from app.domain.errors import TrackingError
from app.services.delete_permanently import delete_permanently
from app.services.forget_recipients import forget_owed, try_to_forget
from app.services.take_hits import pull_hits
from app.services.tell_presence import tell_presence
from app.services.tracking_server import TrackingTarget, find_tracking, pixel_address
from app.store import models as m
from app.tracking.serve import TrackingServer
from tests.support.tracked_mail import SENT, TrackedMail, ref, tracked_mail

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


def test_a_message_that_goes_takes_along_what_all_its_recipients_did(mail: TrackedMail) -> None:
    """Karin's deletion erases by which name the server knows Ada in their message: she is owed with it, or never again."""
    shared, own = mail.send("karin"), mail.send("ada")
    store = mail.store
    ada, karin = store.contacts.find("ada@example.com"), store.contacts.find("karin@example.com")
    assert ada is not None and karin is not None
    with store.transaction():
        store.messages.add_tracking(shared, [(ref("r", "ada in it"), Address("ada@example.com"))], ())
        m.MessageContact.create(message=shared, contact=ada, date=SENT)
    delete_permanently(store, karin)
    assert set(store.owed_forgetting.first()) == {ref("r", "karin"), ref("r", "ada in it")}
    assert store.owed_forgetting.count() == 2
    delete_permanently(store, ada)
    assert set(store.owed_forgetting.first()) == {ref("r", "karin"), ref("r", "ada in it"), ref("r", "ada")}
    assert store.messages.tracked_recipients(own) == ()


def test_of_a_message_that_stays_only_who_goes_is_owed(mail: TrackedMail) -> None:
    """Ola's message names Karin in a copy line and stays his."""
    pk = mail.send("ola", cc=[Address("karin@example.com")])
    mail.send("karin")
    store = mail.store
    karin = store.contacts.find("karin@example.com")
    assert karin is not None
    with store.transaction():
        store.messages.add_tracking(pk, [(ref("r", "karin in it"), Address("karin@example.com"))], ())
    delete_permanently(store, karin)
    assert set(store.owed_forgetting.first()) == {ref("r", "karin"), ref("r", "karin in it")}


def test_there_is_a_time_limit(mail: TrackedMail) -> None:
    for name in ("karin", "ola"):
        mail.send(name)
        contact = mail.store.contacts.find(f"{name}@example.com")
        assert contact is not None
        delete_permanently(mail.store, contact)
    server = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path)
    server.start()
    try:
        assert try_to_forget(mail.workspace, NEVER, 0.0) == 2
        assert try_to_forget(mail.workspace, NEVER, 10.0) == 0
    finally:
        server.stop()
    assert try_to_forget(mail.workspace, NEVER, 10.0) == 0


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
