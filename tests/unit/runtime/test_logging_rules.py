"""The façade for copied mail, and that the screens' stand-in has all of it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.copied_mail import CopyKind
from app.domain.errors import UsageError
from app.domain.logging_addresses import Way
from app.domain.privacy import Basis
from app.runtime.logging_rules import LoggingRules
from app.runtime.program import Program
from tests.support.copied import letter, open_copy_desk
from tests.ui.support.sample_logging import SampleLogging


def test_the_stand_in_has_every_method() -> None:
    wanted = {name for name, _ in inspect.getmembers(LoggingRules, inspect.isfunction) if not name.startswith("_")}
    offered = {name for name, _ in inspect.getmembers(SampleLogging, inspect.isfunction)}
    assert wanted <= offered
    for name in wanted:
        assert list(inspect.signature(getattr(LoggingRules, name)).parameters) == list(
            inspect.signature(getattr(SampleLogging, name)).parameters
        ), name


def test_quick_calls_and_jobs(qtbot: QtBot, home: Path) -> None:
    with open_copy_desk(home) as desk:
        program = Program(desk.workspace)
        try:
            desk.take(letter("ada@example.org", sender="stranger@example.net"))
            assert program.review_count() == 1 and program.logging_addresses()[0].address == desk.bcc
            added = program.add_logging_address(CopyKind.BCC, Way.PLUS, desk.inbox.id)
            program.remove_logging_address(added.id)
            (item,) = program.review_items()
            answers: list[tuple[object, str]] = []

            def then(found: object, why: str) -> None:
                answers.append((found, why))

            program.read_review(item.id, then)
            qtbot.waitUntil(lambda: len(answers) == 1)
            assert "offerten" in str(answers[0][0])
            entry = program.add_never(program.read_never("example.org"))
            program.try_never(entry, then)
            program.log_by_hand(item.id, (), then, address="ada@example.org")
            qtbot.waitUntil(lambda: len(answers) == 3)
            assert any("never-log list" in why for _, why in answers)
            program.remove_never(entry)
            program.log_by_hand(item.id, (), then, address="ada@example.org")
            qtbot.waitUntil(lambda: len(answers) == 4)
            assert program.review_count() == 0 and len(desk.timeline("ada@example.org")) == 1
            program.remove_never_logged(entry, then)
            qtbot.waitUntil(lambda: len(answers) == 5)
            assert desk.timeline("ada@example.org") == ()
            program.put_legal_basis(["ada@example.org"], Basis.CONSENT)
            assert [basis.address for basis in program.legal_bases()] == ["ada@example.org"]
            program.remove_legal_basis("ada@example.org")
            with pytest.raises(UsageError):
                program.review_item(99)
            program.cancel_proof()
        finally:
            assert program.shut_down()


def test_a_proof_tells_what_it_does(qtbot: QtBot, home: Path) -> None:
    """Its inbox has no password here: it gets as far as the first step."""
    with open_copy_desk(home) as desk:
        program = Program(desk.workspace)
        try:
            steps: list[str] = []
            ended: list[tuple[object, str]] = []
            (address, *_) = program.logging_addresses()
            program.prove_logging_address(address.id, lambda found, why: ended.append((found, why)), steps.append)
            qtbot.waitUntil(lambda: bool(ended))
            assert steps == [f"Looking at {desk.inbox.address}"] and ended[0][0] is None
        finally:
            assert program.shut_down()
