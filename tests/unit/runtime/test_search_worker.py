"""What an older version left becomes searchable in the background, stops at once when asked, and goes on the next time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.runtime.search_worker import SearchWorker
from app.services.workspace import Workspace
from app.store import models as m

CONTACTS = 450


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(home=tmp_path, name="grown")
    with opened.store.transaction():
        for n in range(CONTACTS):
            opened.store.contacts.add(Address(f"p{n}@example.com", f"Person {n}"), created_by="user")
        m.database.execute_sql("DELETE FROM record_search")
        m.SearchProgress.update(low=CONTACTS).where(m.SearchProgress.kind == "contact").execute()
    yield opened
    opened.store.close()


def test_it_ends_when_all_is_searchable(qtbot, workspace: Workspace) -> None:  # type: ignore[no-untyped-def]
    worker = SearchWorker(workspace)
    with qtbot.waitSignal(worker.finished, timeout=20_000):
        worker.start()
    assert not workspace.store.search.is_behind()
    assert m.database.execute_sql("SELECT count(*) FROM record_search").fetchone()[0] == CONTACTS


def test_it_stops_between_two_slices_and_goes_on(qtbot, workspace: Workspace) -> None:  # type: ignore[no-untyped-def]
    worker = SearchWorker(workspace)
    worker.cancel.set()  # asked to stop before it has begun
    with qtbot.waitSignal(worker.finished, timeout=20_000):
        worker.start()
    assert workspace.store.search.left("contact") == CONTACTS
    slices = iter([False, True])
    assert workspace.store.catch_up_search(lambda: next(slices))
    assert 0 < workspace.store.search.left("contact") < CONTACTS
    again = SearchWorker(workspace)
    with qtbot.waitSignal(again.finished, timeout=20_000):
        again.start()
    assert not workspace.store.search.is_behind()
