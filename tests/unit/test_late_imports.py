"""What a look at a mailbox loads before it has found something: a large library more is seen by everybody who starts it."""

from __future__ import annotations

import subprocess
import sys

import pytest

LARGE = {
    "asyncio", "authlib", "cryptography", "dns", "exchangelib", "httpx", "inscriptis", "keyring", "lxml", "msal", "nh3",
    "requests", "uvicorn", "PySide6", "app.mime.composing", "app.mime.reading", "app.backends.exchange", "app.backends.graph",
}  # fmt: skip


@pytest.mark.parametrize(
    "started",
    ["import app.backends.imap", "import app.bootstrap, app.services.sync_inbox, app.backends.imap"],
    ids=["connection", "sync"],
)
def test_large_libraries_come_when_they_are_needed(started: str) -> None:
    told = f"{started}\nimport sys\nprint(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(ran.stdout.split())
    assert "app.backends.imap.scanning" in loaded
    assert not loaded & LARGE
