"""Two real tracking servers: one over the workspace's own folder, and one elsewhere that is used after it. What people do with
mail of before is still heard of, and deletions reach both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from pytestqt.qtbot import QtBot

from app.domain.earlier_hosts import PRESENT
from app.runtime.program import Program
from app.services.ask_earlier import ask_earlier
from app.services.change_tracking import forget_host, keep_token, use_address, use_host
from app.services.delete_permanently import delete_permanently
from app.services.forget_recipients import forget_owed, try_to_forget
from app.services.take_hits import pull_hits
from app.services.tracking_server import find_tracking, pixel_address, remote_token, token_of
from app.store import models as m
from app.tracking.serve import TrackingServer
from tests.support.scripted import ScriptedServer
from tests.support.tracked_mail import THUNDERBIRD, TrackedMail, ref, tracked_mail

NEVER = threading.Event()
Start = Callable[[Path, int], TrackingServer]


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        yield made


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[TrackingServer] = []

    def begin(folder: Path, port: int = 0) -> TrackingServer:
        server = TrackingServer("127.0.0.1", port, folder)
        server.start()
        started.append(server)
        return server

    yield begin
    for server in started:
        server.stop()


@pytest.fixture
def own(mail: TrackedMail, start: Start) -> TrackingServer:
    return start(mail.workspace.tracking.path, 0)


@pytest.fixture
def elsewhere(tmp_path: Path, start: Start) -> TrackingServer:
    return start(tmp_path / "elsewhere", 0)


def sent(mail: TrackedMail, name: str, server: TrackingServer) -> str:
    """The address of the picture in mail that went out by this server."""
    pk = mail.send(name)
    with mail.store.transaction():
        m.Message.update(tracking_url=server.url).where(m.Message.id == pk).execute()
    return pixel_address(server.keys, server.url, ref("m", name), ref("r", name))


def opened(picture: str) -> None:
    assert httpx.get(picture, headers={"User-Agent": THUNDERBIRD}, timeout=10).status_code == 200


def hits_at(server: TrackingServer, name: str) -> int:
    answer = httpx.get(
        f"{server.url}/api/v1/events", headers={"Authorization": f"Bearer {server.api_token}"}, timeout=10
    )
    return sum(hit["recipient_ref"] == ref("r", name) for hit in answer.json())


def deleted(mail: TrackedMail, name: str) -> None:
    contact = mail.store.contacts.find(f"{name}@example.com")
    assert contact is not None
    delete_permanently(mail.store, contact)


def pulled(mail: TrackedMail) -> int:
    target = find_tracking(mail.workspace)
    assert target is not None
    return len(pull_hits(mail.workspace, target, 10.0))


def test_mail_of_before_is_still_heard_of_each_hit_once(
    mail: TrackedMail, own: TrackingServer, elsewhere: TrackingServer
) -> None:
    karin = sent(mail, "karin", own)
    opened(karin)
    assert pulled(mail) == 1
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    (host,) = mail.store.earlier_hosts.all()
    assert host.own and host.asked_at is None
    ola = sent(mail, "ola", elsewhere)
    for picture in (karin, ola):
        opened(picture)
    assert pulled(mail) == 1
    assert len(ask_earlier(mail.workspace, NEVER)) == 1
    assert ask_earlier(mail.workspace, NEVER) == () and pulled(mail) == 0
    assert sorted(row.who for row in mail.feed()) == ["Karin", "Karin", "Ola"]
    opened(ola)
    opened(karin)
    assert len(ask_earlier(mail.workspace, NEVER)) == 1 and pulled(mail) == 1
    assert mail.store.earlier_hosts.all()[0].trouble == ""


def test_a_deletion_is_owed_to_each_until_it_said_yes(
    mail: TrackedMail, own: TrackingServer, elsewhere: TrackingServer, start: Start
) -> None:
    karin = sent(mail, "karin", own)
    opened(karin)
    pulled(mail)
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    (host,) = mail.store.earlier_hosts.all()
    deleted(mail, "karin")
    own.stop()
    target = find_tracking(mail.workspace)
    assert target is not None and forget_owed(mail.workspace, target, NEVER) == 1
    owed = mail.store.owed_forgetting
    assert owed.first(PRESENT) == () and owed.first(host.id) == (ref("r", "karin"),) and owed.count() == 1
    assert try_to_forget(mail.workspace, NEVER, 10.0) == 1
    assert ask_earlier(mail.workspace, NEVER) == ()
    (host,) = mail.store.earlier_hosts.all()
    assert "not run" in host.trouble and host.owed == 1
    own = start(mail.workspace.tracking.path, int(own.url.rsplit(":", 1)[1]))
    assert hits_at(own, "karin") == 1
    assert try_to_forget(mail.workspace, NEVER, 10.0) == 0
    opened(karin)
    assert hits_at(own, "karin") == 0 and mail.feed() == []
    ask_earlier(mail.workspace, NEVER)
    assert mail.store.earlier_hosts.all()[0].trouble == ""


def test_what_was_owed_before_the_change_stays_owed(
    mail: TrackedMail, own: TrackingServer, elsewhere: TrackingServer
) -> None:
    opened(sent(mail, "karin", own))
    sent(mail, "ola", own)
    deleted(mail, "karin")
    own.stop()
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    (host,) = mail.store.earlier_hosts.all()
    assert mail.store.owed_forgetting.first(PRESENT) == ()
    assert mail.store.owed_forgetting.first(host.id) == (ref("r", "karin"),)
    keep_token(mail.workspace, "")  # and back again
    assert mail.store.earlier_hosts.all() == ()
    assert mail.store.owed_forgetting.first(PRESENT) == (ref("r", "karin"),)


def test_a_joined_one_is_asked_with_its_own_token(
    mail: TrackedMail, elsewhere: TrackingServer, start: Start, tmp_path: Path
) -> None:
    """And where it is used again it goes on where it was."""
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    assert mail.store.earlier_hosts.all() == ()  # no mail went out yet
    karin = sent(mail, "karin", elsewhere)
    opened(karin)
    assert pulled(mail) == 1
    place = mail.store.events.stream_place()
    third = start(tmp_path / "third", 0)
    use_host(mail.workspace, third.url, third.api_token)
    (host,) = mail.store.earlier_hosts.all()
    assert host.url == elsewhere.url and token_of(mail.workspace, host) == elsewhere.api_token
    assert mail.store.earlier_hosts.place(host.id) == place
    opened(sent(mail, "ola", third))
    opened(karin)
    assert pulled(mail) == 1 and len(ask_earlier(mail.workspace, NEVER)) == 1
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    (host,) = mail.store.earlier_hosts.all()
    assert host.url == third.url and remote_token(mail.workspace) == elsewhere.api_token
    assert mail.store.events.stream_place().server == place.server and mail.store.events.stream_place() != place
    assert pulled(mail) == 0


def test_address_and_token_one_after_the_other_leave_no_server_between(
    mail: TrackedMail, own: TrackingServer, elsewhere: TrackingServer
) -> None:
    """As by `settings set`, in both orders."""
    use_address(mail.workspace, own.url.replace("127.0.0.1", "localhost"))
    sent(mail, "karin", own)
    assert mail.store.earlier_hosts.all() == ()  # the own one by another address
    keep_token(mail.workspace, elsewhere.api_token)
    use_address(mail.workspace, elsewhere.url)
    assert [host.own for host in mail.store.earlier_hosts.all()] == [True]
    keep_token(mail.workspace, "")
    use_address(mail.workspace, "")
    assert mail.store.earlier_hosts.all() == ()
    use_address(mail.workspace, elsewhere.url)
    keep_token(mail.workspace, elsewhere.api_token)
    assert [host.own for host in mail.store.earlier_hosts.all()] == [True]


def test_a_new_token_for_the_same_host_leaves_nothing_unpaid(mail: TrackedMail, elsewhere: TrackingServer) -> None:
    """It may be the same workspace there, whose token was made anew."""
    use_host(mail.workspace, elsewhere.url, "the one before")
    sent(mail, "karin", elsewhere)
    deleted(mail, "karin")
    sent(mail, "ola", elsewhere)
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    (host,) = mail.store.earlier_hosts.all()
    target = find_tracking(mail.workspace)
    assert target is not None and forget_owed(mail.workspace, target, NEVER) == 1
    assert mail.store.owed_forgetting.first(host.id) == (ref("r", "karin"),)
    ask_earlier(mail.workspace, NEVER)
    assert "token" in mail.store.earlier_hosts.all()[0].trouble


def test_one_is_given_up_with_what_it_is_owed(
    mail: TrackedMail, elsewhere: TrackingServer, own: TrackingServer
) -> None:
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    sent(mail, "karin", elsewhere)
    keep_token(mail.workspace, "")
    use_address(mail.workspace, "")
    (host,) = mail.store.earlier_hosts.all()
    deleted(mail, "karin")
    assert mail.store.earlier_hosts.all()[0].owed == 1
    forget_host(mail.workspace, host.id)
    assert mail.store.earlier_hosts.all() == () and token_of(mail.workspace, host) == ""
    assert mail.store.owed_forgetting.first(host.id) == ()
    assert try_to_forget(mail.workspace, NEVER, 10.0) == 0


def test_one_that_is_given_up_in_the_middle_ends_the_round(
    mail: TrackedMail, own: TrackingServer, elsewhere: TrackingServer
) -> None:
    sent(mail, "karin", own)
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    (host,) = mail.store.earlier_hosts.all()
    target = find_tracking(mail.workspace)
    assert target is not None
    forget_host(mail.workspace, host.id)
    assert pull_hits(mail.workspace, target, 10.0, host=host.id) == ()
    assert mail.store.events.stream_place().number == 0


def test_a_change_in_the_middle_pays_nobody_elses_debt(
    mail: TrackedMail, own: TrackingServer, elsewhere: TrackingServer
) -> None:
    sent(mail, "karin", own)
    before = find_tracking(mail.workspace)
    assert before is not None
    use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
    deleted(mail, "karin")
    assert forget_owed(mail.workspace, before, NEVER) == 0
    assert mail.store.owed_forgetting.first(PRESENT) == (ref("r", "karin"),)


def test_the_window_hears_of_both(
    qtbot: QtBot, mail: TrackedMail, elsewhere: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And runs the own one, which nobody else starts any more, where its links led before."""
    monkeypatch.setattr("app.runtime.earlier_worker.EVERY", 0.2)
    own = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path)
    own.start()
    karin = sent(mail, "karin", own)
    own.stop()
    with mail.store.transaction():
        mail.store.settings.put("_tracking.port", int(own.url.rsplit(":", 1)[1]))
    program = Program(mail.workspace)
    try:
        program.use_tracking_host(elsewhere.url, elsewhere.api_token)
        program.start()
        qtbot.waitUntil(lambda: program.tracking_status().url == elsewhere.url, timeout=20_000)
        ola = sent(mail, "ola", elsewhere)
        qtbot.waitUntil(lambda: mail.store.earlier_hosts.all()[0].asked_at is not None, timeout=20_000)
        qtbot.waitUntil(lambda: mail.store.earlier_hosts.all()[0].trouble == "", timeout=20_000)
        opened(karin)
        opened(ola)
        qtbot.waitUntil(lambda: sorted(row.who for row in mail.feed()) == ["Karin", "Ola"], timeout=20_000)
        deleted(mail, "karin")
        program.background.look_at_verdicts()
        qtbot.waitUntil(lambda: mail.store.owed_forgetting.count() == 0, timeout=20_000)
    finally:
        assert program.shut_down()


def test_one_that_never_answers_holds_up_nobody(qtbot: QtBot, mail: TrackedMail, elsewhere: TrackingServer) -> None:
    """It takes the connection and says nothing."""
    with ScriptedServer(lambda talk: talk.wait()) as silent:
        url = f"http://127.0.0.1:{silent.port}"
        use_host(mail.workspace, url, "t0ken")
        pk = mail.send("karin")
        with mail.store.transaction():
            m.Message.update(tracking_url=url).where(m.Message.id == pk).execute()
        use_host(mail.workspace, elsewhere.url, elsewhere.api_token)
        program = Program(mail.workspace)
        try:
            program.start()
            qtbot.waitUntil(lambda: program.tracking_status().available, timeout=20_000)
            opened(sent(mail, "ola", elsewhere))
            qtbot.waitUntil(lambda: [row.who for row in mail.feed()] == ["Ola"], timeout=20_000)
            qtbot.waitUntil(lambda: bool(mail.store.earlier_hosts.all()[0].trouble), timeout=30_000)
        finally:
            assert program.shut_down()
