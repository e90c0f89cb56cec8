"""The façade for imports and exports: the stand-in has the same methods, and the real one works on a thread that ends."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bootstrap import open_workspace
from app.domain.changes import Area
from app.domain.transfer import ImportKind, ImportOptions
from app.runtime.program import Program
from app.runtime.transferring import Transferring
from tests.ui.support.sample_transfers import SampleTransfers


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Program]:
    program = Program(open_workspace(home=tmp_path / "home", name="facade"))
    program.workspace.store.add_listener(program._tell_commit)
    yield program
    assert program.shut_down()
    program.workspace.store.close()


def test_the_stand_in_has_every_method_with_the_same_arguments() -> None:
    for name, method in vars(Transferring).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            stand_in = getattr(SampleTransfers, name, None)
            assert stand_in is not None, name
            assert list(inspect.signature(method).parameters) == list(inspect.signature(stand_in).parameters), name


def test_an_import_and_an_export_off_the_main_thread(qtbot: QtBot, real: Program, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Email\n" + "".join(f"p{n}@example.org\n" for n in range(700)))
    looked: list[object] = []
    real.preview_table(path, real.kind_of_file(path), "", "", lambda found, why: looked.append(found))
    qtbot.waitUntil(lambda: bool(looked))
    changes: list[frozenset[Area]] = []
    real.changed.connect(lambda change: changes.append(change.areas))
    worker = real.import_file(ImportKind.CONTACTS, path, ImportOptions())
    with qtbot.waitSignal(worker.ended) as ended:
        worker.start()
    report, why = ended.args
    assert (report.added, why) == (700, "")
    assert any(Area.CONTACTS in areas for areas in changes)
    worker = real.export_all(tmp_path / "out")
    with qtbot.waitSignal(worker.ended) as ended:
        worker.start()
    assert dict(ended.args[0].files)["contacts.csv"] == 700
    (imported,) = real.imports()
    assert (imported.id, imported.what) == (report.change_id, "Imported in.csv")
    worker = real.undo_import(imported.id)
    with qtbot.waitSignal(worker.progressed), qtbot.waitSignal(worker.ended) as ended:
        worker.start()
    undone, why = ended.args
    assert (dict(undone.removed)["contact"], undone.kept_count, why) == (700, 0, "")
    assert real.contact_table().lines == () and real.imports()[0].undone_at is not None
    worker = real.export_all(tmp_path / "out")
    with qtbot.waitSignal(worker.ended) as ended:
        worker.start()
    assert ended.args[0] is None and "Choose an empty folder" in ended.args[1]


def test_the_end_of_the_program_ends_an_import(qtbot: QtBot, real: Program, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Email\n" + "".join(f"p{n}@example.org\n" for n in range(60_000)))
    worker = real.import_file(ImportKind.CONTACTS, path, ImportOptions())
    with qtbot.waitSignal(worker.progressed):
        worker.start()
    with qtbot.waitSignal(worker.ended) as ended:
        worker.request_stop()
    assert ended.args[0].cancelled and ended.args[0].added < 60_000
    real.import_file(ImportKind.CONTACTS, path, ImportOptions()).start()  # `shut_down` ends it
    real.export_all(tmp_path / "never begun")
