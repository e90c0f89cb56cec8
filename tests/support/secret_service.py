"""GNOME Keyring on a private bus with a private folder, unlocked without a prompt."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from tests.support.desktop_bus import DesktopBus, without_desktop


class SecretService:
    """`env()` is what a program needs to find it. `folder`: its data, kept when given, so that a second one finds the
    secrets of the first. A wrong `password` for such a folder leaves it locked."""

    def __init__(self, bus: DesktopBus, password: str = "a test keyring", folder: Path | None = None) -> None:
        self._bus, self._password = bus, password
        self._own = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="ks", dir="/tmp"))

    def env(self) -> dict[str, str]:
        return {
            **self._bus.env(),
            "XDG_DATA_HOME": str(self._folder / "data"),
            "XDG_RUNTIME_DIR": str(self._folder / "run"),
            "XDG_CONFIG_HOME": str(self._folder / "config"),
            "XDG_CACHE_HOME": str(self._folder / "cache"),
        }

    def __enter__(self) -> SecretService:
        for name in ("data", "run", "config", "cache"):
            (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        # --foreground keeps it our child; --unlock reads the password from standard input to its end
        self._process = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            env=without_desktop() | self.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(self._password.encode())
        self._process.stdin.close()
        deadline = time.monotonic() + 10
        with open_dbus_connection(self._bus.address) as connection:
            while not connection.send_and_get_reply(message_bus.NameHasOwner("org.freedesktop.secrets")).body[0]:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("gnome-keyring-daemon did not start")
                time.sleep(0.02)
        return self

    def lock(self) -> None:
        environment = without_desktop() | self.env()
        subprocess.run(["secret-tool", "lock", "--collection=login"], env=environment, timeout=10, check=True)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._own:
            shutil.rmtree(self._folder, ignore_errors=True)
