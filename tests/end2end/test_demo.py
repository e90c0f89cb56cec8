"""`hitchpost demo` without a display: the whole story in seconds, and nothing of it left behind."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from tests.support.command import Command, await_line, finish

SCREENS = ("activity", "contacts", "contact", "inboxes", "settings", "compose")


@pytest.fixture
def demo(command: Command, tmp_path: Path) -> Command:
    """Its temporary files go to a folder of its own, so that what is left can be seen."""
    temporary = Path(tempfile.mkdtemp(prefix="hp", dir="/tmp"))  # short: socket paths are limited to 107 bytes
    yield command.but(TMPDIR=str(temporary), HITCHPOST_PASSPHRASE=None)
    left = [p.name for p in temporary.iterdir()]
    temporary.rmdir() if not left else None
    assert left == []
    assert list(command.home.iterdir()) == []  # the person's own workspace was not touched


def children() -> set[int]:
    """Processes of this test's that still run."""
    return {int(p) for task in Path("/proc/self/task").iterdir() for p in (task / "children").read_text().split()}


def different_colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)})


def mean_light(image: QImage) -> float:
    small = image.scaled(64, 64)
    return sum(small.pixelColor(x, y).lightness() for x in range(64) for y in range(64)) / 64**2


def test_the_whole_story(demo: Command, tmp_path: Path) -> None:
    before = children()
    document = demo.json("demo", "--pictures", tmp_path / "new" / "pictures", cwd=tmp_path, timeout=100)
    assert children() <= before
    assert document["ok"] and all(c["ok"] for c in document["checks"]) and len(document["checks"]) == 7
    kinds = [e["kind"] for e in document["events"]]
    assert {"open", "click", "reply", "bounce"} <= set(kinds)
    messages = [m for timeline in document["timelines"] for m in timeline["messages"]]
    assert {m["direction"] for m in messages} == {"sent", "received"} and sum(m["opens"] or 0 for m in messages) >= 4
    assert {"bounce", "normal"} <= {m["kind"] for m in messages}
    expected = {f"{name}-{scheme}.png" for name in SCREENS for scheme in ("light", "dark")}
    assert {Path(p).name for p in document["pictures"]} == expected
    for path in map(Path, document["pictures"]):
        image = QImage(str(path))
        assert image.width() >= 900 and image.height() >= 600, path
        assert different_colours(image) > 12, f"{path} is blank"
        assert (mean_light(image) > 128) == ("light" in path.name), path
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "new"]


def test_some_steps_for_a_person(demo: Command, tmp_path: Path) -> None:
    ended = demo.run("demo", "--steps", "3", cwd=tmp_path)
    assert ended.status == 0, ended.err
    for part in (
        "Checks of the account:\n  ok  imap_connect",
        "Timelines:\n",
        "Feed, newest first:\n",
        "Pictures of the",
    ):
        assert part in ended.out, ended.out
    assert "Sending “" in ended.err and ended.err.count("Sending “") == 1
    assert len(list((tmp_path / "pictures").iterdir())) == 2 * len(SCREENS)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("without a window", signal.SIGINT),
        ("Checking the account", signal.SIGINT),
        ("Checking the account", signal.SIGTERM),
        ("Sending", signal.SIGINT),
    ],
)
def test_stopped_in_the_middle(line: str, number: signal.Signals, demo: Command, tmp_path: Path) -> None:
    before = children()
    process = demo.start("demo", "--json", cwd=tmp_path)
    await_line(process, line)
    process.send_signal(number)
    began = time.monotonic()
    ended = finish(process, 10)
    assert time.monotonic() - began < 5
    assert ended.status == 1
    document = json.loads(ended.out)
    assert "topped" in document.get("text", "") + document.get("error", "")
    assert children() <= before


def test_pictures_that_cannot_be_saved(demo: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    began = time.monotonic()
    assert "--pictures" in demo.fails("demo", "--pictures", tmp_path / "file", status=2)
    assert "--pictures" in demo.fails("demo", "--pictures", "/proc/nowhere", status=2)
    assert time.monotonic() - began < 5
    assert os.listdir(tmp_path / "home") == []
