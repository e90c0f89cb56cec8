"""The program notes since when its user is signed in, and until when (L7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.runtime.presence_worker import PresenceWorker
from app.store import models as m
from app.store.credit import BEAT
from tests.support.command import Command


def test_from_start_to_end(home: Path, qtbot: object, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = open_workspace(home)
    waits: list[float] = []
    monkeypatch.setattr(PresenceWorker, "pause", lambda worker, seconds: (waits.append(seconds), worker.cancel.wait(5)))
    worker = PresenceWorker(workspace)
    worker.start()
    qtbot.waitUntil(lambda: m.SignInPeriod.select().count() == 1)  # type: ignore[attr-defined]
    assert m.SignInPeriod.get().until_at is None
    assert worker.stop()
    (row,) = m.SignInPeriod.select()
    assert row.user_id == workspace.store.user_id and row.until_at is not None and row.from_at <= row.until_at
    assert waits == [BEAT.total_seconds()]
    workspace.store.close()


def test_sync_without_a_window_notes_it_too(home: Path) -> None:
    Command(home).json("sync", "--once")
    workspace = open_workspace(home)
    (row,) = m.SignInPeriod.select()
    assert row.user_id == workspace.store.user_id and row.until_at is not None and row.from_at <= row.until_at
    assert [s.user_id for s in workspace.store.credit.sign_ins(row.from_at)] in ([], [row.user_id])
    workspace.store.close()
