"""The façade for records: the screens' stand-in has the same methods, and the real one answers from a store and tells of
changes."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.changes import Area, Change
from app.domain.errors import NotAllowed
from app.domain.records import RecordKind, RecordOrder
from app.runtime.program import Program
from app.runtime.recording import Recording
from tests.ui.support.sample_program import SampleProgram
from tests.ui.support.sample_records import SampleRecords

CONTACT, COMPANY, DEAL, USER = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL, RecordKind.USER


def test_the_stand_in_has_every_method_with_the_same_arguments() -> None:
    for name, method in vars(Recording).items():
        if inspect.isfunction(method):
            stand_in = getattr(SampleRecords, name, None)
            assert stand_in is not None, name
            assert list(inspect.signature(method).parameters) == list(inspect.signature(stand_in).parameters), name


def test_the_stand_in_edits_and_undoes(qtbot) -> None:  # type: ignore[no-untyped-def]
    program = SampleProgram()
    before = program.contact_record(1)
    change = program.edit_record(CONTACT, 1, {"name": "Karin Berg", "phones": [["08-1", "work"]]})
    assert program.contact_record(1).name == "Karin Berg"
    program.undo_change(change.id)
    assert program.contact_record(1) == before
    merged = program.merge_contacts(1, 2)
    assert 2 not in {line.id for line in program.contact_table().lines}
    program.undo_change(merged.id)
    assert 2 in {line.id for line in program.contact_table().lines}
    assert [page.name for page in program.deal_table(order=RecordOrder.STAGE).lines][
        -1
    ] == "Ferry terminal"  # which is lost: the last stage


def test_the_facade_answers_and_tells(qtbot, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    program = Program(open_workspace(home=tmp_path, name="facade"))
    try:
        program.workspace.store.add_listener(program._tell_commit)
        with qtbot.waitSignal(program.changed) as told:
            ada = program.add_record(CONTACT, {"addresses": ["ada@northlight.example"], "name": "Ada"})
        change: Change = told.args[0]
        assert {Area.CONTACTS, Area.COMPANIES} <= change.areas
        company = program.contact_record(ada).companies[0].id
        deal = program.add_record(DEAL, {"name": "Winter", "company": company, "contacts": [ada]})
        assert [line.id for line in program.company_contacts(company).lines] == [ada]
        assert program.deal_record(deal).contacts[0].name == "Ada"
        assert [f.kind for f in program.find_records("northl")] == [CONTACT, COMPANY, DEAL]
        assert program.record_timeline(COMPANY, company).messages == ()
        assert program.record_count(DEAL) == 1 and program.users()[0].signed_in
        with pytest.raises(NotAllowed):
            program.remove_record(USER, program.users()[0].id)
        plans: list[object] = []
        program.plan_deletion(ada, lambda plan, why: plans.append((plan, why)))
        qtbot.waitUntil(lambda: bool(plans))
        program.delete_permanently(ada, lambda plan, why: plans.append((plan, why)))
        qtbot.waitUntil(lambda: len(plans) == 2)
        assert plans[0] == plans[1] and plans[0][1] == ""
        assert program.contact_record(ada) is None
        found: list[object] = []
        program.find_duplicates(lambda pairs, why: found.append(pairs))
        qtbot.waitUntil(lambda: bool(found))
        assert found == [()]
    finally:
        program.shut_down()
        program.workspace.store.close()
