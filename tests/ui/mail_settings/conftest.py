"""`real`: the façade of a workspace with tracked mail, `mail`; `host`: the window over which a dialog opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.runtime.program import Program
from tests.support.tracked_mail import TrackedMail, tracked_mail


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path) as made:
        yield made


@pytest.fixture
def real(qtbot: QtBot, mail: TrackedMail) -> Iterator[Program]:
    made = Program(mail.workspace)
    yield made
    assert made.shut_down()
