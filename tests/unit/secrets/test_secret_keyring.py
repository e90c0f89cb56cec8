"""The system keyring: a real GNOME Keyring on a private bus, none at all, a locked one, and one that never answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import keyring
import keyring.core
import pytest
import secretstorage
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from keyring.backend import KeyringBackend
from keyring.backends import fail

from app.domain.errors import SecretError
from app.domain.inboxes import Secret
from app.secrets.keyring_store import KeyringSecrets
from app.secrets.protocol import NoUsableKeyring
from tests.support.desktop_bus import DesktopBus
from tests.support.secret_service import SecretService
from tests.support.xdisplay import XDisplay


@pytest.fixture(autouse=True)
def backend_is_chosen_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Neither the machine's keyring nor the choice of another test gets in."""
    for name in ("PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY", "KDE_FULL_SESSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def bus() -> Iterator[DesktopBus]:
    with DesktopBus(notification_service=False, tray=False) as private_bus:
        yield private_bus


@pytest.fixture
def service(bus: DesktopBus, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    with SecretService(bus) as keeper:
        for name, value in keeper.env().items():
            monkeypatch.setenv(name, value)
        yield keeper


def listed(service: SecretService) -> str:
    """What another program of the same person sees."""
    found = subprocess.run(
        ["secret-tool", "search", "--all", "service", "Hitchpost w1"],
        env=os.environ | service.env(),
        capture_output=True,
        text=True,
        timeout=20,
    )
    return found.stdout + found.stderr


def lock(service: SecretService) -> None:
    """As the desktop does it. (Debian's `secret-tool lock` crashes after its work.)"""
    with closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


@contextmanager
def stopped(bus: DesktopBus) -> Iterator[None]:
    """The keyring's process stands still: it takes calls and answers none, as while it waits for a person."""
    with open_dbus_connection(bus.address) as connection:
        pid = connection.send_and_get_reply(message_bus.GetConnectionUnixProcessID("org.freedesktop.secrets")).body[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_keeps_replaces_and_forgets_in_a_real_keyring(service: SecretService) -> None:
    store = KeyringSecrets("w1")
    store.probe()
    assert store.get("imap") is None
    store.delete("imap")
    store.set("imap", Secret("pässword\n"))
    store.set("imap", Secret("another"))
    store.set("smtp", Secret("x" * 200_000))
    again = KeyringSecrets("w1")
    assert again.get("imap") == Secret("another") and again.get("smtp") == Secret("x" * 200_000)
    assert "secret = another" in listed(service) and "username = imap" in listed(service)
    again.delete("imap")
    assert store.get("imap") is None and "another" not in listed(service)


def test_workspaces_do_not_see_each_others(service: SecretService) -> None:
    KeyringSecrets("w1").set("imap", Secret("one"))
    KeyringSecrets("w2").set("imap", Secret("two"))
    assert KeyringSecrets("w1").get("imap") == Secret("one")
    KeyringSecrets("w2").delete("imap")
    assert KeyringSecrets("w1").get("imap") == Secret("one")


def test_the_probe_leaves_nothing_behind(service: SecretService) -> None:
    KeyringSecrets("w1").probe()
    assert "probe" not in listed(service)


def test_threads_may_use_it_at_once(service: SecretService) -> None:
    store = KeyringSecrets("w1")

    def work(name: str) -> None:
        for number in range(5):
            store.set(f"{name}-{number}", Secret(name))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(store.get(f"{name}-{number}") == Secret(name) for name in "abc" for number in range(5))


def test_no_keyring_at_all_says_what_to_install() -> None:
    with pytest.raises(NoUsableKeyring, match=r"no keyring.*Install one.*apt install gnome-keyring") as caught:
        KeyringSecrets("w1").probe()
    assert isinstance(caught.value, SecretError)


# keyring's own Secret Service backend drops the connection of a call that fails for the garbage collector to close
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_locked_keyring_says_to_unlock_it_and_works_afterwards(
    bus: DesktopBus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "keyring"
    with SecretService(bus, folder=folder) as service:
        for name, value in service.env().items():
            monkeypatch.setenv(name, value)
        store = KeyringSecrets("w1")
        store.set("imap", Secret("kept"))
        lock(service)
        began = time.monotonic()
        for attempt in (store.probe, lambda: store.get("imap"), lambda: store.set("imap", Secret("x"))):
            with pytest.raises(NoUsableKeyring, match=r"keyring is locked.*Unlock it.*try again"):
                attempt()
        assert time.monotonic() - began < 10
    with SecretService(bus, folder=folder):
        store.probe()
        assert store.get("imap") == Secret("kept")
    with pytest.raises(NoUsableKeyring, match=r"does not work \(InitError\)\. Unlock it"):  # its daemon is gone
        store.get("imap")
    with SecretService(bus, folder=folder):
        assert store.get("imap") == Secret("kept")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_keyring_that_hangs_is_given_up_at_the_deadline(service: SecretService, bus: DesktopBus) -> None:
    store = KeyringSecrets("w1", deadline=0.5)
    store.set("imap", Secret("kept"))
    with stopped(bus):
        began = time.monotonic()
        for attempt in (store.probe, lambda: store.get("imap"), lambda: store.delete("imap")):
            with pytest.raises(NoUsableKeyring, match=r"did not answer in 0\.5 seconds.*another window"):
                attempt()
        assert time.monotonic() - began < 5
        waiting = [thread for thread in threading.enumerate() if thread.name == "keyring"]
        assert len(waiting) == 1  # they do not pile up
    waiting[0].join(10)
    assert store.get("imap") == Secret("kept")


LOCKED = "import secretstorage as s; s.get_default_collection(s.dbus_init()).lock()"
PROMPTED = """
from app.domain.errors import SecretError
from app.secrets.keyring_store import KeyringSecrets
try:
    KeyringSecrets("w1", deadline=3).probe()
except SecretError as fault:
    print(fault)
"""


def test_a_prompt_on_the_screen_does_not_keep_the_program_from_ending() -> None:
    """GNOME Keyring asks for its password in a window, and nobody is there to type it."""
    with (
        XDisplay() as display,
        DesktopBus(notification_service=False, tray=False, activatable_services=True) as bus,
        SecretService(bus) as service,
    ):
        environment = os.environ | service.env() | display.env()
        variables = [f"{name}={environment[name]}" for name in ("DISPLAY", "XDG_RUNTIME_DIR")]
        started = ["dbus-update-activation-environment", *variables]  # for what the bus starts: the prompt
        subprocess.run(started, env=environment, check=True, timeout=20)
        subprocess.run([sys.executable, "-c", LOCKED], env=environment, check=True, timeout=20)
        asked = subprocess.Popen([sys.executable, "-c", PROMPTED], env=environment, stdout=subprocess.PIPE, text=True)
        display.xdotool("search", "--sync", "--onlyvisible", "--class", "gcr-prompter")
        said, _ = asked.communicate(timeout=20)
        assert asked.returncode == 0 and "did not answer in 3 seconds" in said


class Backend(KeyringBackend):
    """In memory, in this process. `keyring` never picks by itself what needs arguments."""

    priority = 9

    def __init__(
        self, kept: dict[tuple[str, str], str], forgetful: bool = False, fault: Exception | None = None
    ) -> None:
        super().__init__()
        self.kept = kept
        self.forgetful, self.fault = forgetful, fault

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fault:
            raise self.fault
        if not self.forgetful:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class NotRecommended(Backend):
    priority = 0.5


def test_a_backend_that_was_set_is_used() -> None:
    backend = Backend({})
    keyring.set_keyring(backend)
    KeyringSecrets("w1").probe()
    KeyringSecrets("w1").set("imap", Secret("kept"))
    assert backend.kept == {("Hitchpost w1", "imap"): "kept"}


def test_a_plain_text_backend_is_not_picked_by_itself() -> None:
    keyring.set_keyring(NotRecommended({}))  # as `keyring` would pick keyrings.alt where there is nothing else
    with pytest.raises(NoUsableKeyring, match="no keyring that can be used"):
        KeyringSecrets("w1").probe()


def test_a_backend_that_keeps_nothing_is_noticed() -> None:
    keyring.set_keyring(Backend({}, forgetful=True))
    with pytest.raises(NoUsableKeyring, match=r"Backend does not keep what is given to it\. Unlock it"):
        KeyringSecrets("w1").probe()


def test_the_null_backend_named_in_the_environment_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    keyring.core.init_backend()
    with pytest.raises(NoUsableKeyring, match=r"null\.Keyring does not keep.*PYTHON_KEYRING_BACKEND=.*unset that"):
        KeyringSecrets("w1").probe()


def test_a_foreign_fault_is_translated_without_its_text() -> None:
    keyring.set_keyring(Backend({}, fault=ValueError("cannot store 'hunter2'")))
    with pytest.raises(NoUsableKeyring, match=r"does not work \(ValueError\)") as caught:
        KeyringSecrets("w1").set("imap", Secret("hunter2"))
    assert "hunter2" not in str(caught.value)
