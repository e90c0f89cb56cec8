"""Brings a server's folder and its database together at a start: the folder's keys and token become the workspace
“default”, and what the database knows is kept in the folder for a start while the database is away."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

from app.domain.errors import TrackingError
from app.tracking.folder import TrackingFolder
from app.tracking.proof import proof_mark, token_hash
from app.tracking.server.database import DatabaseAway, DatabaseDamaged, HitDatabase, SigningKey, Workspace
from app.tracking.server.directory import Directory
from app.tracking.server.places import DatabasePlace
from app.tracking.tokens import TrackingKey

DEFAULT = "default"
_FIRST = 1  # the number of the workspace that is made first
_BUSY = 5.0  # seconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_log = logging.getLogger(__name__)


def join(folder: TrackingFolder, place: DatabasePlace) -> Directory:
    """Makes what is missing in both. While the database is away it is what it was. Raises TrackingError."""
    kept = folder.directory(place.mark)
    known = Directory.load(kept)
    try:
        place.prepare()
        database = place.open(busy=_BUSY, patience=_BUSY)
        try:
            damaged = _take_in(folder, database, own=place.own) if place.own or folder.has_secrets else ""
            directory = read_directory(database)
            if damaged:
                _go_without(folder, directory if known is None else directory.with_keys_of(known), damaged)
        finally:
            database.close()
    except DatabaseAway as error:
        if known is None:
            raise TrackingError(f"The database of the tracking server cannot be reached: {error}.") from error
        _log.warning("the tracking database is away, links are answered from what was known: %s", error)
        return known
    except DatabaseDamaged as error:
        known = known or _by_folder(folder, place)
        if known is None:
            raise
        _log.error("%s Links lead on, and hits wait on the disk until a copy of it is put in its place.", error)
        return known
    if known is not None:
        directory = directory.with_keys_of(known)
    if directory != known:
        try:
            directory.save(kept)
        except TrackingError as error:  # it serves; a start while the database is away would not know the newest keys
            _log.warning("what is known of the tracking database was not kept: %s", error)
    return directory


def _by_folder(folder: TrackingFolder, place: DatabasePlace) -> Directory | None:
    """What the folder's own keys and token are enough for: the links of its own mail lead on, and their hits wait for a
    database. None where they are not there, or damaged as well."""
    if not folder.has_secrets:
        return None
    try:
        hashed, held = token_hash(folder.api_token()), folder.keys().all
    except TrackingError:
        return None
    # In the file of a folder its own workspace is the first one; whose they are in another database nobody knows.
    whose = _FIRST if place.own else 0
    workspaces = (Workspace(_FIRST, DEFAULT, hashed, 0),) if place.own else ()
    return Directory("", workspaces, tuple(SigningKey(key.id, whose, key.secret, 0, 0) for key in held))


def read_directory(database: HitDatabase) -> Directory:
    """Raises DatabaseAway."""
    workspaces, keys = database.workspaces(), database.signing_keys()
    uid, former = database.names()
    return Directory(uid, tuple(workspaces), tuple(keys), former)


def give_back(folder: TrackingFolder, directory: Directory) -> None:
    """Keys of the workspace “default” that seal by now go into the folder, from which programs on this machine take
    theirs. Raises TrackingError."""
    default = directory.workspace_of(token_hash(folder.api_token()))
    if default is not None:
        ready = directory.sealing_keys(default.id, now())
        folder.add_keys([TrackingKey(key.id, key.secret, instant(key.created)) for key in ready])


def now() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def instant(at: int) -> str:
    """ISO 8601, of microseconds since 1970 UTC."""
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="seconds")


def _go_without(folder: TrackingFolder, directory: Directory, damaged: str) -> None:
    """Where the keys are known here all links in mail lead on; the file is written anew where there is room for it. Raises
    TrackingError where they are not."""
    if not directory.keys:
        raise TrackingError(damaged)
    _log.error("%s The server goes on with what it knows.", damaged)
    try:
        give_back(folder, directory)
    except TrackingError as error:  # the keeper tries again
        _log.warning("the keys in the folder were not written anew: %s", error)


def _take_in(folder: TrackingFolder, database: HitDatabase, *, own: bool) -> str:
    """What is wrong with the folder's secrets; empty when they are in the database."""
    try:
        hashed = token_hash(folder.api_token())
        held = folder.keys().all
    except TrackingError as error:
        return str(error)
    owner = _owner(database, hashed, own=own)
    keys = [SigningKey(key.id, owner.id, key.secret, now(), 0) for key in held]
    if foreign := database.take_in(keys):
        raise TrackingError(
            f"The keys in {folder.path / 'keys.json'} cannot be used with this database: another workspace has a key "
            f"with the number {foreign[0]}. Move the file away if no mail was sent with it."
        )
    return ""


def _owner(database: HitDatabase, hashed: str, *, own: bool) -> Workspace:
    known = database.workspaces()
    for workspace in known:
        if workspace.token_hash == hashed:
            return workspace
    named = next((workspace for workspace in known if workspace.name == DEFAULT), None)
    if named is not None and own:  # the token in the folder was replaced
        database.set_token(named.id, hashed)
        return named
    name = DEFAULT if named is None else f"{DEFAULT}-{proof_mark(hashed)[:6]}"
    made = database.add_workspace(name, hashed, now())
    return made if made is not None else _owner(database, hashed, own=own)  # another process was quicker
