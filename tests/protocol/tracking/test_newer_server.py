"""A server that tells of things this program does not know: they are passed and counted, and hide nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.services.take_hits import PAGE, follow_hits, pull_hits
from app.services.tracking_server import TrackingTarget
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server.rows import HitRow
from app.tracking.server.sqlite import SqliteDatabase
from tests.support.tracked_mail import HOME, SENT, THUNDERBIRD, TrackedMail, ref, tracked_mail


class Teller:
    def __init__(self, folder: TrackingFolder) -> None:
        self._database = SqliteDatabase(folder.database, busy=5.0)
        self._told = 0

    def tell(self, kind: str, count: int = 1) -> None:
        at = int((SENT + timedelta(minutes=5)).timestamp() * 1e6)
        refs = ref("m", "karin"), ref("r", "karin")
        rows = [
            HitRow(f"u-{n}", kind, at + n * 1_000_000, *refs, None, "", HOME, THUNDERBIRD, "GET")
            for n in range(self._told, self._told + count)
        ]
        self._told += count
        self._database.insert(rows)

    def close(self) -> None:
        self._database.close()


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        made.send()
        yield made


@pytest.fixture
def teller(server: TrackingServer, folder: TrackingFolder) -> Iterator[Teller]:
    made = Teller(folder)
    yield made
    made.close()


@pytest.fixture
def target(server: TrackingServer) -> TrackingTarget:
    return TrackingTarget(server.url, server.url, server.api_token)


def test_pages_made_of_nothing_else_are_passed(mail: TrackedMail, teller: Teller, target: TrackingTarget) -> None:
    teller.tell("reaction", 2 * PAGE)
    teller.tell("open")
    teller.tell("wave", 3)
    teller.tell("reaction", PAGE - 1)
    teller.tell("open")
    assert len(pull_hits(mail.workspace, target, 30.0)) == 2
    assert mail.store.events.unknown_kinds() == {"reaction": 3 * PAGE - 1, "wave": 3}
    assert [kind for kind, _ in mail.verdicts()] == ["open", "open"]
    place = mail.store.events.stream_place()
    assert pull_hits(mail.workspace, target, 10.0) == ()
    assert mail.store.events.stream_place() == place
    teller.tell("wave")
    assert pull_hits(mail.workspace, target, 10.0) == ()
    assert mail.store.events.stream_place().number > place.number
    assert mail.store.events.unknown_kinds()["wave"] == 4


def test_in_the_stream_each_is_passed_once(mail: TrackedMail, teller: Teller, target: TrackingTarget) -> None:
    cancel = threading.Event()
    following = follow_hits(mail.workspace, target, cancel)
    teller.tell("reaction", 2)
    teller.tell("open")
    made: list[int] = []
    while not made:
        made += next(following)
    teller.tell("reaction")
    while mail.store.events.unknown_kinds() != {"reaction": 3}:
        made += next(following)
    assert len(made) == 1
    cancel.set()
    assert next(following, None) is None
    assert pull_hits(mail.workspace, target, 10.0) == ()
    assert mail.store.events.unknown_kinds() == {"reaction": 3}


def test_a_thousand_names_take_no_room(mail: TrackedMail) -> None:
    with mail.store.transaction():
        for number in range(100):
            mail.store.events.count_unknown([f"kind {number} {'x' * 1000}"] * 2)
    counts = mail.store.events.unknown_kinds()
    assert sum(counts.values()) == 200 and len(counts) <= 21 and max(map(len, counts)) <= 40
