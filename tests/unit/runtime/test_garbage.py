"""Cyclic garbage of every thread ends on the main thread, and no worker holds everybody up by collecting."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.runtime import garbage
from app.runtime.garbage import YOUNG, GarbageCollector
from app.runtime.spare_memory import give_back


class Knot:
    """Garbage in a cycle, which tells on which thread it ends."""

    ended: list[threading.Thread] = []  # noqa: RUF012

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        self.ended.append(threading.current_thread())


@pytest.fixture
def collector() -> Iterator[GarbageCollector]:
    gc.collect()
    Knot.ended.clear()
    made = GarbageCollector()
    made.start()
    yield made
    made.stop()


def in_a_thread(count: int) -> None:
    def make() -> None:
        for _ in range(count):
            Knot()

    worker = threading.Thread(target=make)
    worker.start()
    worker.join()


def test_what_workers_leave_ends_on_the_main_thread(qtbot: QtBot, collector: GarbageCollector) -> None:
    collected: list[threading.Thread] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        collected.append(threading.current_thread())

    gc.callbacks.append(note)
    try:
        in_a_thread(20 * YOUNG)
        assert collected == [] and Knot.ended == []
        qtbot.waitUntil(lambda: len(Knot.ended) >= 20 * YOUNG)
    finally:
        gc.callbacks.remove(note)
    assert set(Knot.ended) == set(collected) == {threading.main_thread()}


def test_what_was_there_at_the_start_is_not_looked_at_again(collector: GarbageCollector) -> None:
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < gc.get_freeze_count()


def test_afterwards_python_collects_as_before(qtbot: QtBot, collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled() and gc.get_freeze_count() == 0
    in_a_thread(20 * YOUNG)
    assert Knot.ended
    collector.stop()  # twice is no harm
    assert gc.isenabled()


def test_freed_memory_is_given_back_after_a_collection_and_not_each_time(
    qtbot: QtBot, collector: GarbageCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[bool] = []
    monkeypatch.setattr(garbage, "give_back", lambda: given.append(True))
    for _ in range(2):
        Knot.ended.clear()
        held = [Knot() for _ in range(YOUNG + 100)]
        del held
        qtbot.waitUntil(lambda: len(Knot.ended) > YOUNG)
    assert given == [True]


def test_memory_is_given_back_wherever_the_system_can_take_it() -> None:
    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    held = [
        b"x" * 60_000 for _ in range(500)
    ]  # small enough to come from the heap, and not from a mapping of their own
    del held[::2]
    first, second = give_back(), give_back()
    assert isinstance(first, bool) and isinstance(second, bool)
    if not hasattr(libc, "malloc_trim"):
        assert not first and not second
