"""The order in which the window starts: picture first, libraries afterwards; and that a start may be broken off anywhere."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.application import AFTER_FIRST_PAINT, BEFORE_THEY_ARE_WANTED
from app.ui.first_paint import FirstPaint

HEAVY = ("imapclient", "httpx", "asyncio", "uvicorn", "starlette", "cryptography", "exchangelib", "dns", "authlib")

BEGIN = """
import json, sys
from app.bootstrap import open_workspace
from app.ui.application import Desktop, make_application
app = make_application()
desktop = Desktop(app, open_workspace())
def tell(value):
    print(json.dumps(value), flush=True)
"""
LOOK = """
started = []
begin = desktop.program.start
def start():
    started.append(sorted(sys.modules))
    begin()
    tell([at_paint, started[0]])
    app.exit(0)
desktop.program.start = start
at_paint = []
desktop._first_paint.came.connect(lambda: at_paint.extend(sorted(sys.modules)))
desktop.start()
tell(["running", desktop.program.background._running])
status = app.exec()
ended = desktop.close()
tell([status, ended])
"""
CLOSE = """
desktop.start()
for _ in range(ROUNDS):
    app.processEvents()
tell([desktop.close(), desktop.close()])
"""


def told(code: str, home: Path) -> list[object]:
    environ = {
        **os.environ,
        "HITCHPOST_HOME": str(home),
        "HITCHPOST_PASSPHRASE": "test",
        "QT_QPA_PLATFORM": "offscreen",
    }
    run = subprocess.run([sys.executable, "-c", BEGIN + code], env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_the_window_is_painted_before_the_mail_and_web_libraries_are_loaded(tmp_path: Path) -> None:
    running, (at_paint, at_start), (status, ended) = told(LOOK, tmp_path)  # type: ignore[misc]
    assert running == ["running", False]
    assert not set(HEAVY) & set(at_paint) and "PySide6" in at_paint
    assert not set(AFTER_FIRST_PAINT) & set(at_paint)
    assert set(AFTER_FIRST_PAINT) <= set(at_start)  # on another thread, and before the work begins
    assert status == 0 and ended


MADE = """
def look():
    from PySide6 import QtCore, QtGui, QtWidgets, QtSvg, QtNetwork
    tell([f"{m.__name__}.{n}" for m in (QtCore, QtGui, QtWidgets, QtSvg, QtNetwork) for n in vars(m)])
    app.exit(0)
desktop.program.load = lambda modules, then: look()
desktop.start()
app.exec()
desktop.close()
"""


def test_qt_classes_are_made_on_the_main_thread_before_another_one_names_them(tmp_path: Path) -> None:
    """PySide makes them when they are first asked for, and two threads that ask at once end the program."""
    named = set()
    for path in Path(importlib.import_module("app").__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
                named |= {f"{node.module}.{alias.name}" for alias in node.names}
    (made,) = told(MADE, tmp_path)
    assert named - set(made) == {"PySide6.QtTest.QTest"}  # type: ignore[call-overload]  # for pictures of a demo only


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_start_that_is_broken_off_ends_all_threads(tmp_path: Path, rounds: int) -> None:
    assert told(CLOSE.replace("ROUNDS", str(rounds)), tmp_path) == [[True, True]]


@pytest.mark.parametrize("name", [*AFTER_FIRST_PAINT, *BEFORE_THEY_ARE_WANTED])
def test_what_is_loaded_later_is_there(name: str) -> None:
    assert find_spec(name) is not None


def test_the_first_paint_is_told_once(qtbot: QtBot) -> None:
    window, owner = QWidget(), QWidget()
    qtbot.addWidget(window)
    qtbot.addWidget(owner)
    came: list[int] = []
    first = FirstPaint(window, owner)
    first.came.connect(lambda: came.append(1))
    with qtbot.waitSignal(first.came):
        window.show()
    window.repaint()
    qtbot.wait(20)
    assert came == [1]


def test_a_first_paint_that_nobody_waits_for_is_not_told(qtbot: QtBot) -> None:
    window, owner = QWidget(), QWidget()
    qtbot.addWidget(window)
    qtbot.addWidget(owner)
    first = FirstPaint(window, owner)
    first.stop()
    with qtbot.assertNotEmitted(first.came, wait=50):
        window.show()
        window.repaint()
