"""The façade's search for a mail service, with its worker thread, as the Address page uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.detection import Finding, Source
from app.domain.inboxes import Provider
from app.domain.presets import PresetForm, TypedServer
from app.runtime.program import Program
from app.services.presets import keep_preset
from tests.support.running_program import running_program


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


def test_what_is_known_comes_at_once_and_a_search_tells_once(qtbot, program: Program):
    known = program.known_provider("ann@gmail.com")
    assert isinstance(known, Finding) and known.provider is Provider.GMAIL
    assert program.known_provider("ann@example.org") is None
    with qtbot.waitSignal(program.provider_found, timeout=5000) as told:
        program.find_provider("ann@gmail.com")
    assert told.args == [known]


def test_a_cancelled_search_tells_nothing(qtbot, program: Program):
    with qtbot.assertNotEmitted(program.provider_found, wait=300):
        program.find_provider("ann@gmail.com")
        program.cancel_find()
        program.cancel_find()  # once more is no matter


def test_what_was_found_just_before_the_cancelling_is_not_told(qtbot, program: Program):
    with qtbot.assertNotEmitted(program.provider_found, wait=100):
        program.find_provider("ann@gmail.com")
        assert program._find.wait(5000)  # its thread has ended, and what it told lies in the queue
        program.cancel_find()


def test_a_new_search_ends_the_one_before(qtbot, program: Program):
    with qtbot.waitSignal(program.provider_found, timeout=5000) as told:
        program.find_provider("ann@example.invalid")
        program.find_provider("ann@gmx.net")
    assert told.args[0].address == "ann@gmx.net"


def test_presets_that_cannot_be_read_are_told_of(qtbot, program: Program):
    with program.workspace.store.transaction():
        program.workspace.store.presets.put("example.org", {"domains": ["example.org"], "imap": ["mail.example.org"]})
    with qtbot.waitSignal(program.failed) as told:
        assert program.known_provider("ann@gmail.com") is None
    assert "presets" in told.args[0]
    with qtbot.waitSignal(program.provider_found, timeout=5000):
        program.find_provider("ann@gmail.com")


def test_a_preset_is_for_everyone_in_the_workspace(program: Program):
    server = TypedServer("mail.example.org", "993")
    assert keep_preset(program.workspace, PresetForm("example.org", imap=server, smtp=server)) == ()
    found = program.known_provider("ann@Example.org")
    assert isinstance(found, Finding) and found.source is Source.PRESET
