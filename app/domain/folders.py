"""Which folders of a mailbox are read, in which role, and why the others are not (R9). Pure, used by the sync."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from app.domain.folder_names import DRAFTS, JUNK, NO_MAIL, SENT, TRASH
from app.domain.logging_rules import FolderRole

MOST_FOLDERS = 300  # beyond INBOX and Sent; each costs a line in every poll


class LeftOut(Enum):
    """Why a folder is not read."""

    JUNK = "it holds junk mail"
    TRASH = "it holds deleted messages"
    DRAFTS = "it holds drafts"
    NO_MAIL = "it holds no mail"
    NOT_OPEN = "it cannot be opened"
    VIRTUAL = "it only shows messages of other folders"
    OTHERS = "it belongs to other people"
    TOO_MANY = "there are too many folders"


@dataclass(frozen=True)
class FolderFacts:
    """As the server lists it. `special_use`: RFC 6154 attribute such as "\\\\Junk", or empty."""

    path: str
    special_use: str
    selectable: bool
    delimiter: str = "/"
    personal: bool = True


@dataclass(frozen=True)
class FolderJob:
    """`deep` False: what is there already is found in another folder, so that only what comes is read."""

    path: str
    role: FolderRole
    deep: bool = True


@dataclass(frozen=True)
class FolderChoice:
    jobs: tuple[FolderJob, ...]  # INBOX first, then Sent
    left_out: dict[str, LeftOut]

    @property
    def too_many(self) -> int:
        """Folders that would be read if there were fewer."""
        return sum(why is LeftOut.TOO_MANY for why in self.left_out.values())


_BY_USE = {"\\Junk": LeftOut.JUNK, "\\Trash": LeftOut.TRASH, "\\Drafts": LeftOut.DRAFTS, "\\Flagged": LeftOut.VIRTUAL}
_BY_NAME = ((JUNK, LeftOut.JUNK), (TRASH, LeftOut.TRASH), (DRAFTS, LeftOut.DRAFTS), (NO_MAIL, LeftOut.NO_MAIL))


def choose_folders(folders: Sequence[FolderFacts], sent: str = "", *, gmail: bool = False) -> FolderChoice:
    """`sent`: where sent mail is kept; empty: nobody knows. `gmail` (X-GM-EXT-1): labels are views of All Mail, so that is
    read instead of them; Inbox and Sent besides, for what comes there is told at once."""
    left_out: dict[str, LeftOut] = {}
    every = next((f.path for f in folders if f.special_use == "\\All" and f.selectable), "") if gmail else ""
    bad = _BadPlaces(folders)
    others: list[FolderJob] = []
    also_sent: list[FolderJob] = []
    for folder in folders:
        if folder.path.upper() == "INBOX" or folder.path == sent:
            continue
        why = _why_not(folder, bad)
        if why is None and gmail and every and folder.path != every:
            why = LeftOut.VIRTUAL
        if why is None and folder.special_use == "\\All" and folder.path != every:
            why = LeftOut.VIRTUAL
        if why is not None:
            left_out[folder.path] = why
        elif folder.special_use == "\\Sent" or (not folder.special_use and is_named(folder, SENT)):
            also_sent.append(FolderJob(folder.path, FolderRole.SENT))
        else:
            others.append(FolderJob(folder.path, FolderRole.OTHER))
    rest = [*also_sent, *others]
    left_out.update({job.path: LeftOut.TOO_MANY for job in rest[MOST_FOLDERS:]})
    main = [FolderJob("INBOX", FolderRole.INBOX, not every)]
    if sent:
        main.append(FolderJob(sent, FolderRole.SENT, not every))
    return FolderChoice((*main, *rest[:MOST_FOLDERS]), left_out)


class _BadPlaces:
    """Folders in which everything is what they are for: what lies in the trash is trash."""

    def __init__(self, folders: Sequence[FolderFacts]) -> None:
        self._insides: dict[str, LeftOut] = {}  # by path with delimiter
        for above in folders:
            use = _use_of(above) if above.delimiter and above.path.upper() != "INBOX" else None
            if use is not None and use is not LeftOut.VIRTUAL:
                self._insides[above.path + above.delimiter] = use
        self._lengths = sorted({len(inside) for inside in self._insides})

    def use_above(self, path: str) -> LeftOut | None:
        """Of the outermost one that this path lies in."""
        insides = (path[:length] for length in self._lengths if length < len(path))
        return next((self._insides[inside] for inside in insides if inside in self._insides), None)


def _why_not(folder: FolderFacts, bad: _BadPlaces) -> LeftOut | None:
    if not folder.personal:
        return LeftOut.OTHERS
    own = _use_of(folder)
    if own is not None:
        return own
    above = bad.use_above(folder.path)
    if above is not None:
        return above
    return None if folder.selectable else LeftOut.NOT_OPEN


def _use_of(folder: FolderFacts) -> LeftOut | None:
    if folder.special_use in _BY_USE:
        return _BY_USE[folder.special_use]
    if folder.special_use:  # the server says what it is for: its name says nothing more
        return None
    return next((why for names, why in _BY_NAME if is_named(folder, names)), None)


def is_named(folder: FolderFacts, names: frozenset[str]) -> bool:
    """Whether the last part of its path is one of these names, in whatever case and with whatever accents written how."""
    last = folder.path.rsplit(folder.delimiter, 1)[-1] if folder.delimiter else folder.path
    return plain(last) in names


def plain(name: str) -> str:
    """For comparing names of folders: one case, one way of writing accents, single spaces, no brackets around."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("-", " ").replace("_", " ")
    return " ".join(text.strip("[]() ").split())
