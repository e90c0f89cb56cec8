"""In the background the past is judged again, and nobody is told; woken, it does what has changed at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.blocked_networks import read_blocked
from app.runtime.verdict_worker import VerdictWorker
from app.services.blocked_networks import save_blocked
from app.services.rescore_events import Rescored
from app.store import models as m
from tests.support.tracked_mail import HOME, OFFICE, TrackedMail, tracked_mail


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        yield made


def test_at_the_start_and_when_woken(qtbot, mail: TrackedMail, request: pytest.FixtureRequest) -> None:  # type: ignore[no-untyped-def]
    mail.send()
    mail.arrive(mail.open(400, OFFICE), mail.open(500, HOME, "curl/8"))
    with mail.store.transaction():
        today = datetime.now(UTC)
        m.Event.update(verdict="person", first_verdict="person", rule_version=1, at=today).execute()
        m.Event.update(at=today - timedelta(days=200)).where(m.Event.ip == OFFICE).execute()
    worker = VerdictWorker(mail.workspace)
    request.addfinalizer(worker.stop)
    with qtbot.waitSignal(worker.progressed, check_params_cb=_finished, timeout=20_000):
        worker.start()
    qtbot.waitUntil(lambda: "" in {row.ip for row in mail.feed()}, timeout=20_000)
    rows = mail.feed()
    assert [(row.verdict.value, row.ip, row.notified) for row in rows] == [
        ("person", "", False), ("machine", HOME, False),
    ]  # fmt: skip
    save_blocked(mail.workspace, [read_blocked(HOME)])
    with qtbot.waitSignal(worker.progressed, check_params_cb=_finished, timeout=20_000):
        worker.wake()
    assert [v for _, v in mail.verdicts()] == ["person", "blocked"]
    assert worker.stop()


def _finished(done: Rescored) -> bool:
    return done.finished
