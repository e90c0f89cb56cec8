"""Xvfb on a free display, with a window manager where one is wanted (apt: xvfb openbox xdotool imagemagick)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path


class XDisplay:
    """`env()` is what a program needs to open its windows there. `clients`: commands started on it, such as
    `["openbox"]`; it is ready when a window manager among them answers."""

    def __init__(self, *clients: Sequence[str], size: str = "1280x800x24") -> None:
        self._clients, self._size = clients, size
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> XDisplay:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", self._size, "-nolisten", "tcp", "-noreset"]
        self._processes.append(
            subprocess.Popen(command, pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        os.close(writing)
        # up to the line's end: closing the pipe after the first byte ends Xvfb
        with os.fdopen(reading) as pipe:
            self.display = ":" + pipe.readline().strip()
        if self.display == ":":
            raise RuntimeError("Xvfb did not start")
        for client in self._clients:
            self._processes.append(
                subprocess.Popen(client, env=self._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
        if self._clients:
            self._wait_for_window_manager(10)
        return self

    def _wait_for_window_manager(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while subprocess.run(["xdotool", "get_desktop"], env=self._environment(), capture_output=True).returncode:
            if time.monotonic() > deadline:
                raise TimeoutError("no window manager came up")
            time.sleep(0.02)

    def env(self) -> dict[str, str]:
        return {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.env()}

    def screenshot(self, path: Path) -> None:
        subprocess.run(["import", "-window", "root", str(path)], env=self._environment(), check=True, timeout=20)

    def xdotool(self, *arguments: str) -> str:
        """Keys, clicks and window searches; gives what it prints."""
        done = subprocess.run(
            ["xdotool", *arguments], env=self._environment(), check=True, timeout=20, capture_output=True, text=True
        )
        return done.stdout.strip()

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
