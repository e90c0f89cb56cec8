"""Who uses a server and whose keys there are, as one process has it in memory; and the file that keeps it for a start
while the database is away. Filled by the keeper, read by the hot paths and the API."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from app.tracking.folder import replace_file
from app.tracking.proof import proof_mark
from app.tracking.server.database import SigningKey, Workspace
from app.tracking.tokens import Token, TrackingKey, TrackingKeys, key_id_of, read_token_and_key


@dataclass(frozen=True)
class Directory:
    """One state. `server_uid` names the database, `former_uid` is how it was called before it was restored."""

    server_uid: str
    workspaces: tuple[Workspace, ...]
    keys: tuple[SigningKey, ...] = field(repr=False)
    former_uid: str = ""

    @cached_property
    def _all_keys(self) -> TrackingKeys | None:
        return TrackingKeys([TrackingKey(key.id, key.secret) for key in self.keys]) if self.keys else None

    @cached_property
    def _owners(self) -> dict[int, int]:
        return {key.id: key.workspace for key in self.keys}

    @cached_property
    def _by_hash(self) -> dict[str, Workspace]:
        return {workspace.token_hash: workspace for workspace in self.workspaces if workspace.revoked is None}

    @cached_property
    def _by_mark(self) -> dict[str, Workspace]:
        return {proof_mark(hashed): workspace for hashed, workspace in self._by_hash.items()}

    def read(self, token: str) -> tuple[int, Token] | None:
        """Whose it is and what it says; None for everything that no key of this server sealed."""
        if self._all_keys is None:
            return None
        found = read_token_and_key(self._all_keys, token)
        return (self._owners[found[0]], found[1]) if found is not None else None

    def lacks_key_of(self, token: str) -> bool:
        """Whether it looks like a token, of a key that is not known here."""
        key_id = key_id_of(token)
        return key_id is not None and key_id not in self._owners

    def workspace_of(self, hashed_token: str) -> Workspace | None:
        return self._by_hash.get(hashed_token)

    def marked(self, mark: str) -> Workspace | None:
        """See `proof_mark`."""
        return self._by_mark.get(mark)

    def sealing_keys(self, workspace: int, now: int) -> Sequence[SigningKey]:
        """The keys of a workspace that programs may know by now; the last one seals."""
        return [key for key in self.keys if key.workspace == workspace and key.seals_from <= now]

    def with_keys_of(self, older: Directory) -> Directory:
        """No link stops leading on because a database was restored from before its key was made, or made anew: nobody ever
        takes a key away. Where it is another database, nobody reads the hits of such links."""
        known = {key.id for key in self.keys}
        nobody = not {older.server_uid, older.former_uid or None} & {self.server_uid, self.former_uid}
        missing = [replace(key, workspace=0) if nobody else key for key in older.keys if key.id not in known]
        return replace(self, keys=(*missing, *self.keys)) if missing else self

    def save(self, path: Path) -> None:
        """Raises TrackingError."""
        replace_file(path, json.dumps(_document(self)))

    @classmethod
    def load(cls, path: Path) -> Directory | None:
        """None where there is no such file, or it is damaged."""
        try:
            value = json.loads(path.read_text())
            workspaces = tuple(Workspace(*workspace) for workspace in value["workspaces"])
            keys = tuple(SigningKey(k[0], k[1], base64.b64decode(k[2]), k[3], k[4]) for k in value["keys"])
            return cls(str(value["server"]), workspaces, keys, str(value.get("former", "")))
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None


def _document(directory: Directory) -> dict[str, object]:
    return {
        "server": directory.server_uid,
        "former": directory.former_uid,
        "workspaces": [[w.id, w.name, w.token_hash, w.created, w.revoked] for w in directory.workspaces],
        "keys": [
            [k.id, k.workspace, base64.b64encode(k.secret).decode(), k.created, k.seals_from] for k in directory.keys
        ],
    }


class LiveDirectory:
    """The newest state, replaced as a whole; any thread may read it."""

    def __init__(self, current: Directory) -> None:
        self.current = current
