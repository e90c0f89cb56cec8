"""The folder of a tracking server: keys, API token, database, spool, and the note that says where it is being served.
Used by the server, and by programs on the same machine that want to reach it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import TrackingError

if TYPE_CHECKING:
    from app.tracking.tokens import TrackingKey, TrackingKeys


@dataclass(frozen=True)
class Serving:
    """`serving.json`: where programs on this machine reach the server, and what its mail links begin with. `inside`: it
    runs in the desktop program, for this computer; nobody has said that other people can reach it."""

    url: str
    public_url: str
    pid: int
    inside: bool = False


@dataclass(frozen=True)
class TrackingFolder:
    path: Path

    @property
    def database(self) -> Path:
        return self.path / "tracking.sqlite3"

    def spool(self, mark: str = "") -> Path:
        """`mark`: of another database than the one in this folder; what waits for one must not get into the other."""
        return self.path / (f"spool-{mark}" if mark else "spool")

    def directory(self, mark: str = "") -> Path:
        """What a server knew when its database was last there."""
        return self.path / (f"known-{mark}.json" if mark else "known.json")

    @property
    def has_secrets(self) -> bool:
        return (self.path / "keys.json").exists() and (self.path / "token").exists()

    def create(self) -> None:
        """Makes the folder, readable by its owner only. Raises TrackingError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise TrackingError(f"The folder {self.path} for tracking cannot be used: {error.strerror}.") from error

    def keys(self) -> TrackingKeys:
        """The keys that seal this server's tokens; made at the first call. Raises TrackingError."""
        from app.tracking.tokens import TrackingKeys  # with the ciphers, which a window does without

        text = self._made_once("keys.json", TrackingKeys.fresh().to_json)
        try:
            return TrackingKeys.from_json(text)
        except TrackingError as error:
            raise TrackingError(f"{self.path / 'keys.json'}: {error}") from error

    def add_keys(self, others: Sequence[TrackingKey]) -> None:
        """Takes in keys that were made elsewhere, in this order behind those that are here; the last one seals. What is
        here stays; a file that is damaged stays as keys.json.damaged. Raises TrackingError."""
        from app.tracking.tokens import TrackingKeys

        file = self.path / "keys.json"
        try:
            known = self.keys().all
        except TrackingError:
            if not others:
                raise
            _replace(file, TrackingKeys(others).to_json(), kept=file.with_name(f"{file.name}.damaged"))
            return
        new = [key for key in others if key.id not in {own.id for own in known}]
        if new:
            replace_file(file, TrackingKeys((*known, *new)).to_json())

    def api_token(self) -> str:
        """The secret that a program shows to read events; made at the first call. Raises TrackingError."""
        token = self._made_once("token", lambda: secrets.token_urlsafe(32)).strip()
        if len(token) < 16 or not token.isascii() or not token.isprintable():
            raise TrackingError(f"The token in {self.path / 'token'} is not usable. Delete the file to get a new one.")
        return token

    def write_serving(self, serving: Serving) -> None:
        replace_file(self.path / "serving.json", json.dumps(asdict(serving)))

    def read_serving(self) -> Serving | None:
        try:
            value = json.loads((self.path / "serving.json").read_text())
            inside = bool(value.get("inside", False))
            return Serving(str(value["url"]), str(value["public_url"]), int(value["pid"]), inside)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def clear_serving(self, serving: Serving) -> None:
        """Removes the note if it is still this one."""
        if self.read_serving() == serving:
            with contextlib.suppress(OSError):
                (self.path / "serving.json").unlink()

    def _made_once(self, name: str, make: Callable[[], str]) -> str:
        """The text of a secret file. Of several programs that start at once, the first one's file stays."""
        path = self.path / name
        try:
            with contextlib.suppress(FileNotFoundError):
                return path.read_text()
            self.create()
            fresh = _written(path, make())
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
            return path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise TrackingError(f"{path} cannot be read or written: {error}") from error


def _written(path: Path, text: str) -> Path:
    """A new file beside `path`, mode 0600, on the disk; none where there is no room for it."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def replace_file(path: Path, text: str) -> None:
    """Puts a file with this text, mode 0600, in the place of another. Raises TrackingError."""
    _replace(path, text)


def _replace(path: Path, text: str, kept: Path | None = None) -> None:
    """`kept`: where the other one stays. Without room for the new one nothing changes."""
    try:
        fresh = _written(path, text)
        if kept is not None:
            path.replace(kept)
        fresh.replace(path)
    except OSError as error:
        raise TrackingError(f"{path} cannot be written: {error.strerror}.") from error
