"""Windows are no larger than the screen: by their geometry, and on real displays that are small or scaled."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QRect, QSize

from app.ui.kit.room import centred_in, fitted
from tests.support.xdisplay import XDisplay

SCREEN = QRect(0, 28, 1092, 558)
PROGRAM = """
import json, sys
from PySide6.QtCore import QTimer
from app.ui.application import make_application
from app.ui.dialogs.why_dialog import WhyDialog
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.wizard.connect_wizard import ConnectWizard
from tests.ui.support.sample_program import SampleProgram

app = make_application()
theme = Theme(app, "light", float(sys.argv[1]))
program = SampleProgram()
told = {}

def show(name, window):
    window.show()
    looks, handle = [], window.windowHandle()

    def look():  # the window manager frames and places it some time after it was asked to
        looks.append((handle.frameGeometry().getRect(), handle.geometry().getRect()))
        framed = looks[-1][0][1] < looks[-1][1][1] and looks[-8:] == looks[-1:] * 8
        if framed or len(looks) == 400:
            app.exit(0)

    timer = QTimer(interval=50)
    timer.timeout.connect(look)
    timer.start()
    app.exec()
    timer.stop()
    outer, inner = handle.frameGeometry(), handle.geometry()
    told[name] = [outer.getRect(), inner.getRect(), window.screen().availableGeometry().getRect()]
    window.hide()

first = MainWindow(theme, program)
show("first", first)
show("why", WhyDialog(theme, program, None))
first.setMinimumSize(0, 0)
first.setGeometry(900, 500, 2400, 1500)  # as on the larger screen of yesterday
first._keep_place()
show("remembered", MainWindow(theme, program))
print(json.dumps(told))
sys.stdout.flush()
import os
os._exit(0)
"""


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (QRect(20, 40, 800, 500), QRect(20, 40, 800, 500)),
        (QRect(0, 0, 1280, 800), QRect(0, 28, 1092, 558)),
        (QRect(700, 300, 600, 400), QRect(492, 186, 600, 400)),
        (QRect(-300, -90, 600, 400), QRect(0, 28, 600, 400)),
    ],
)
def test_a_window_is_made_to_fit_and_moved_into_view(wanted: QRect, shown: QRect) -> None:
    assert fitted(wanted, SCREEN) == shown
    assert SCREEN.contains(fitted(wanted, SCREEN))


def test_the_first_time_it_stands_in_the_middle() -> None:
    place = centred_in(QSize(1000, 500), SCREEN)
    assert (place.width(), place.height()) == (1000, 500)
    assert abs((place.left() - SCREEN.left()) - (SCREEN.right() - place.right())) <= 1
    assert centred_in(QSize(3000, 3000), SCREEN) == SCREEN


@pytest.mark.parametrize(
    ("size", "scale", "text"), [("1366x768", "1.25", "1"), ("1024x700", "1.25", "1"), ("1024x700", "1", "1.25")]
)
def test_on_a_small_screen_every_window_is_wholly_in_view(size: str, scale: str, text: str) -> None:
    with XDisplay(["openbox"], size=f"{size}x24") as display:
        env = {**os.environ, **display.env(), "QT_SCALE_FACTOR": scale}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, text], env=env, capture_output=True, text=True, timeout=110, check=True
        )
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == {"first", "why", "remembered"}
    for name, (outer, inner, available) in told.items():
        frame, room = QRect(*outer), QRect(*available)
        assert room.contains(frame), f"{name}: {frame} on {room}"
        assert inner[1] > outer[1], f"{name}: its frame was not there yet"
    first, room = QRect(*told["first"][1]), QRect(*told["first"][2])
    assert abs(first.center().x() - room.center().x()) <= 2
