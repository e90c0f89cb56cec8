"""Runs a program and measures it: wall time, processor time, peak memory. Used by `tests.bench.sync`."""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Run:
    """`seconds`: of the whole process; `work`: those that it says itself that the work took, without its start. `cpu`:
    seconds of processor time, user and system. `peak`: MB. `said`: the words of its last line."""

    seconds: float
    cpu: float
    peak: float
    said: tuple[str, ...]
    work: float


@dataclass
class Runs:
    """Of one participant, a run a round."""

    name: str
    runs: list[Run] = field(default_factory=list)
    received: list[int] = field(default_factory=list)  # bytes, where they were counted

    def median(self, what: str) -> float:
        return statistics.median(getattr(run, what) for run in self.runs)


def run(
    command: Sequence[str], *, environ: Mapping[str, str] | None = None, terminal: bool = False, timeout: float = 900
) -> Run:
    """Raises RuntimeError with what it printed when it fails. `terminal`: it wants one, and what it shows is dropped."""
    with contextlib.ExitStack() as stack:
        screen: int = subprocess.DEVNULL
        if terminal:
            ours, screen = os.openpty()
            stack.callback(os.close, ours)
            stack.callback(os.close, screen)
            threading.Thread(target=_drop, args=(os.dup(ours),), daemon=True).start()
        return _run(command, environ, screen, timeout)


def _drop(terminal: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(terminal, 65536):
            pass
    os.close(terminal)


def _run(command: Sequence[str], environ: Mapping[str, str] | None, screen: int, timeout: float) -> Run:
    began = time.perf_counter()
    out_to = subprocess.PIPE if screen == subprocess.DEVNULL else screen
    process = subprocess.Popen(command, env=environ, stdin=screen, stdout=out_to, stderr=subprocess.PIPE)
    peak = 0.0
    over = threading.Event()

    def watch() -> None:
        nonlocal peak
        # not ru_maxrss: that of a child begins with its parent's
        while not over.wait(0.005):
            try:
                found = _PEAK.search(Path(f"/proc/{process.pid}/status").read_text())
            except OSError:
                return
            if found:
                peak = int(found.group(1)) / 1024

    before = os.times()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        out, errors = process.communicate(timeout=timeout)
    finally:
        over.set()
        if process.poll() is None:
            process.kill()
            process.wait()
        watcher.join()
    seconds = time.perf_counter() - began
    after = os.times()
    if process.returncode:
        raise RuntimeError(
            f"{command[0]} ended with {process.returncode}: {(errors or out or b'').decode(errors='replace')[-2000:]}"
        )
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    said = tuple((out or b"").decode(errors="replace").strip().rpartition("\n")[2].split())
    try:
        work = float(said[0])
    except (IndexError, ValueError):
        work = seconds
    return Run(seconds, cpu, peak, said, work)


def ratio(ours: Runs, theirs: Runs, what: str = "work") -> tuple[float, float, float]:
    """Median, least and greatest of the ratios of the runs of each round."""
    pairs = [getattr(a, what) / getattr(b, what) for a, b in zip(ours.runs, theirs.runs, strict=True)]
    return statistics.median(pairs), min(pairs), max(pairs)
