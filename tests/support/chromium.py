"""A real browser, driven over a pipe (Chrome DevTools Protocol, --remote-debugging-pipe), and the person before it.

`python -m tests.support.chromium FOLDER URL` is a browser command for `webbrowser`: it opens the address, does what
FOLDER/person.json says, and leaves what it saw in FOLDER/seen.json. Needs Debian's package chromium."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

PATIENCE = 30.0  # seconds for a page
_END = b"\0"


def key_hash(certificate_pem: bytes) -> str:
    """Of a certificate's public key, as --ignore-certificate-errors-spki-list takes it: this key is trusted, no other."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


class Chromium:
    """Headless, with a profile of its own, on one page; reaches this computer only."""

    def __init__(self, trusted_key: str = "", *, agent: str = "") -> None:
        """`agent`: by which name it goes, where it is not to say that it is headless."""
        program = shutil.which("chromium")
        assert program, "the package chromium is missing: packaging/test installs it"
        self._profile = tempfile.mkdtemp(prefix="chromium-", dir="/tmp")
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        options = [
            "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self._profile}", "--no-first-run",
            "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-extensions", "--disable-quic", "--no-proxy-server", "--password-store=basic",
            f"--ignore-certificate-errors-spki-list={trusted_key}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            "--no-sandbox",  # which needs what containers and root do not have; it sees our own pages only
        ]  # fmt: skip
        if agent:
            options.append(f"--user-agent={agent}")
        # the pipe is to be on the numbers 3 and 4: a shell of its own puts it there
        wiring = f'exec 3<&{to_read} 4>&{to_write}; exec "$@" 2>/dev/null'
        self._process = subprocess.Popen(
            ["bash", "-c", wiring, "bash", program, *options, "about:blank"],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        self._numbers, self._waiting = 0, b""
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = str(attached["sessionId"])
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command's result; events that come before it are passed over."""
        self._numbers += 1
        message: dict[str, Any] = {"id": self._numbers, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + _END)
        while True:
            answer = self._hear()
            if answer.get("id") == self._numbers:
                assert "error" not in answer, (method, answer)
                result: dict[str, Any] = answer["result"]
                return result

    def _hear(self) -> dict[str, Any]:
        while _END not in self._waiting:
            data = os.read(self._read, 65536)
            assert data, "the browser has ended"
            self._waiting += data
        line, _, self._waiting = self._waiting.partition(_END)
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, expression: str) -> Any:
        """A JavaScript expression's value; None while a page is being exchanged."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (value := self.ask(expression)):
            assert time.monotonic() < deadline, (expression, self.ask("document.documentElement.outerHTML"))
            time.sleep(0.05)
        return value

    def click(self, selector: str) -> None:
        """With the mouse, where the element is."""
        box = f"document.querySelector({json.dumps(selector)})"
        found = self.wait_for(f"{box} && (r => [r.x + r.width / 2, r.y + r.height / 2])({box}.getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=found[0], y=found[1], button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        self.click(selector)
        self.call("Input.insertText", text=text)

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)
        shutil.rmtree(self._profile, ignore_errors=True)


def browser_command(folder: Path, certificate_pem: bytes, **person: str) -> str:
    """For the environment's BROWSER; it returns at once, as xdg-open does. `person`: login, password, and press, the id of
    the button on the last page."""
    known = {"trusted_key": key_hash(certificate_pem), **person}
    (folder / "person.json").write_text(json.dumps(known))
    starter = folder / "browser"
    root = Path(__file__).parents[2]
    starter.write_text(
        f'#!/bin/sh\ncd "{root}" || exit 1\n'
        f'"{sys.executable}" -m tests.support.chromium "{folder}" "$1" >"{folder}/said" 2>&1 &\n'
    )
    starter.chmod(0o700)
    return f"{starter} %s"


def _be_the_person(folder: Path, url: str) -> None:
    person = json.loads((folder / "person.json").read_text())
    with Chromium(person["trusted_key"]) as browser:
        browser.open(url)
        browser.type("#login", person["login"])
        browser.type("#password", person["password"])
        browser.click("#next")
        asked = browser.wait_for("document.querySelector('#consent') && document.querySelector('#consent').innerText")
        browser.picture(folder / "consent.png")
        browser.click(f"#{person['press']}")
        browser.wait_for("location.port && document.title.length && document.querySelector('h1 + p') !== null")
        browser.picture(folder / "back.png")
        text = browser.ask("document.body.innerText")
    seen = folder / "seen.json.new"
    seen.write_text(json.dumps({"asked": asked, "back": text}))
    seen.rename(folder / "seen.json")


if __name__ == "__main__":
    _be_the_person(Path(sys.argv[1]), sys.argv[2])
