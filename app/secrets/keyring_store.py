"""Secrets in the system keyring: Secret Service, KWallet, macOS Keychain, Windows Credential Locker. The only importer
of `keyring`; for `choose_secret_store`.

A keyring names a backend even when every call to it will fail, and a locked one may open a prompt and wait for ever. So
it is tried with a real value first, and each call is made on a thread of its own that nobody waits for longer than the
deadline. (The one place outside `runtime` that starts threads: they end with their call, and a daemon thread stuck in
somebody's prompt does not keep the program from ending.)"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import keyring
import keyring.core
from keyring.backend import KeyringBackend, get_all_keyring
from keyring.errors import KeyringLocked, NoKeyringError

from app.domain.errors import SecretError
from app.domain.inboxes import Secret
from app.secrets.protocol import NoUsableKeyring

DEADLINE_SECONDS = 15.0

T = TypeVar("T")

_INSTALL = (
    "Install one and sign in to the desktop again (Debian and Ubuntu: sudo apt install gnome-keyring; KDE: switch on "
    "KWallet in System Settings)."
)
_UNLOCK = (
    "Unlock it (in GNOME with Passwords and Keys, in KDE with KWalletManager, or by signing in to the desktop again) "
    "and try again."
)


class KeyringSecrets:
    """The backend that the `keyring` library selects, PYTHON_KEYRING_BACKEND and keyringrc.cfg included.

    A backend that keeps plain text, or is otherwise not recommended by `keyring`, is used only when the person named
    it there; it is never picked because it happens to be installed. Calls go one by one; each raises NoUsableKeyring
    after `deadline` seconds."""

    name = "system keyring"

    def __init__(self, workspace_uid: str, deadline: float = DEADLINE_SECONDS) -> None:
        self._service = f"Hitchpost {workspace_uid}"
        self._deadline = deadline
        self._turn = threading.Lock()
        self._backend: KeyringBackend | None = None  # once it was tried

    def probe(self) -> None:
        """Keep, read, and delete a random value. Raises NoUsableKeyring, whose text says what to do."""
        name, value = f"probe-{os.getpid()}-{uuid.uuid4().hex}", uuid.uuid4().hex

        def try_out(backend: KeyringBackend) -> tuple[KeyringBackend, bool]:
            backend.set_password(self._service, name, value)
            found = backend.get_password(self._service, name)
            if found is not None:
                backend.delete_password(self._service, name)
            return backend, found == value and backend.get_password(self._service, name) is None

        self._backend = None
        backend, kept = self._call(try_out)
        if not kept:
            raise NoUsableKeyring(
                f"The keyring {_label(backend)} does not keep what is given to it. {_choose_another()}"
            )
        self._backend = backend

    def get(self, key: str) -> Secret | None:
        value = self._call(lambda backend: backend.get_password(self._service, key))
        return None if value is None else Secret(value)

    def set(self, key: str, secret: Secret) -> None:
        self._call(lambda backend: backend.set_password(self._service, key, secret.reveal()))

    def delete(self, key: str) -> None:
        def forget(backend: KeyringBackend) -> None:
            # deleting what is not there is an error in `keyring`, the same one as a real failure
            if backend.get_password(self._service, key) is not None:
                backend.delete_password(self._service, key)

        self._call(forget)

    def _call(self, action: Callable[[KeyringBackend], T]) -> T:
        until = time.monotonic() + self._deadline
        if not self._turn.acquire(timeout=self._deadline):
            raise _no_answer(self._deadline)
        results: list[T] = []
        faults: list[Exception] = []

        def work() -> None:
            try:
                results.append(action(self._backend or _select_backend()))
            except Exception as fault:  # noqa: BLE001 - backends are anybody's code; the waiting thread gets the fault
                faults.append(fault.with_traceback(None))  # its frames hold secrets, and connections left open
            finally:
                self._turn.release()

        thread = threading.Thread(target=work, name="keyring", daemon=True)
        thread.start()
        thread.join(max(0.0, until - time.monotonic()))
        if faults:
            raise _explained(faults[0]) from faults[0]
        if not results:
            raise _no_answer(self._deadline)
        return results[0]


def _select_backend() -> KeyringBackend:
    """What `keyring` chose, if a person named it or `keyring` recommends it; else the best that works by now.

    `keyring` looks only once in a process: one that was installed or started since then would never be found."""
    backend = keyring.get_keyring()
    if "PYTHON_KEYRING_BACKEND" in os.environ or keyring.core.load_config() or _is_recommended(type(backend)):
        return backend
    get_all_keyring()  # loads them
    kinds = [kind for kind in KeyringBackend.get_viable_backends() if _is_recommended(kind)]
    for kind in sorted(kinds, key=lambda kind: kind.priority, reverse=True):
        with suppress(TypeError):  # wants arguments: not meant to be picked
            keyring.set_keyring(kind())
            return keyring.get_keyring()
    raise NoKeyringError("no recommended backend")


def _is_recommended(kind: type[KeyringBackend]) -> bool:
    """`priority` looks at the machine: RuntimeError means unsuitable, and a bus that has gone is an OSError."""
    try:
        return kind.priority >= 1
    except (RuntimeError, OSError):
        return False


def _label(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _explained(fault: Exception) -> SecretError:
    """Only the kind of a foreign fault is named: its text may hold what it was given."""
    if isinstance(fault, KeyringLocked) or type(fault).__name__ in ("LockedException", "PromptDismissedException"):
        return NoUsableKeyring(f"The system keyring is locked. {_UNLOCK}")
    if isinstance(fault, NoKeyringError):
        return NoUsableKeyring(f"This computer has no keyring that can be used. {_INSTALL}")
    return NoUsableKeyring(f"The system keyring does not work ({type(fault).__name__}). {_choose_another()}")


def _choose_another() -> str:
    if named := os.environ.get("PYTHON_KEYRING_BACKEND"):
        return f"It was chosen by PYTHON_KEYRING_BACKEND={named}: correct or unset that."
    return f"{_UNLOCK} Where there is none: {_INSTALL[0].lower()}{_INSTALL[1:]}"


def _no_answer(seconds: float) -> NoUsableKeyring:
    return NoUsableKeyring(
        f"The system keyring did not answer in {seconds:g} seconds; it may be waiting for its password in another "
        f"window. {_UNLOCK}"
    )
