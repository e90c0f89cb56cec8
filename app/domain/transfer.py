"""Import and export (X3): what is asked for, how far it is, and what became of it. Values only; used by `app.interchange`,
the services behind imports and exports, the façade and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from app.domain.errors import UsageError


class ImportKind(Enum):
    """`EXPORT` is a folder that Hitchpost has exported."""

    CONTACTS = "contacts"
    COMPANIES = "companies"
    DEALS = "deals"
    USERS = "users"
    VCARD = "vcard"
    MBOX = "mbox"
    EML = "eml"
    EXPORT = "export"


TABLES = (ImportKind.CONTACTS, ImportKind.COMPANIES, ImportKind.DEALS, ImportKind.USERS)
MAIL = (ImportKind.MBOX, ImportKind.EML)


class Existing(Enum):
    """What is done with a record that is there already: its empty fields are filled, the file's values replace what it has,
    or it stays as it is."""

    FILL = "fill"
    OVERWRITE = "overwrite"
    SKIP = "skip"


class NewPeople(Enum):
    """Who becomes a contact by importing mail: everybody who writes or is written to, only those whom the user wrote to, or
    nobody. Machines and lists never do."""

    ALL = "all"
    WRITTEN_TO = "written-to"
    NONE = "none"


@dataclass(frozen=True)
class ImportOptions:
    """`mapping`: for each column of a table the field it fills, "" for none; None: as recognised. `encoding`, `delimiter`: of
    a table; "" as found. `own`: addresses that are the user's besides those known here. `currency`: of amounts that name
    none. `rejected`: where the rows that were not imported are written to; None: beside the file. `stages`: of deals, (name in
    the file, stage here)."""

    existing: Existing = Existing.FILL
    mapping: tuple[str, ...] | None = None
    encoding: str = ""
    delimiter: str = ""
    own: tuple[str, ...] = ()
    people: NewPeople = NewPeople.ALL
    currency: str = ""
    rejected: Path | None = None
    stages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Skipped:
    """`place`: the line of a table or card, or the number of a message, from 1; `what`: by which a person knows it."""

    place: int
    what: str
    why: str


@dataclass(frozen=True)
class Progress:
    """`done` of `total`, in bytes for a file and in records for an export; `total` 0: not known. `records`: so many were
    read or written by now. `stage`: what is being done, in words."""

    done: int
    total: int
    records: int
    stage: str


@dataclass(frozen=True)
class RecordDates:
    """Of a record in the workspace that it was exported from. `changed`, `closed`: of deals; `closed` None where it is open."""

    created: datetime
    changed: datetime
    closed: datetime | None = None


@dataclass(frozen=True)
class ImportReport:
    """`read` records; of these `added` are new, `changed` were there and have more or other fields now, `same` were there and
    stay as they are; the rest was `skipped`. `lines`: of those skipped the first ones. `rejected`: the file with all of them
    and the reasons; None where there is none. `also`: more counts, such as contacts that were made for messages. `notes`:
    sentences. `cancelled`: what was read until then is in. `change_id`: by which `undo_import` takes all of it back; None
    where nothing came of it."""

    kind: ImportKind
    file: str
    read: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0
    lines: tuple[Skipped, ...] = ()
    rejected: Path | None = None
    also: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cancelled: bool = False
    parts: tuple[ImportReport, ...] = ()
    change_id: int | None = None


@dataclass(frozen=True)
class Kept:
    """What the undo of an import left as it is. `kind`: contact, company, deal, user, message; change: fields of a record that
    was there before."""

    kind: str
    id: int
    name: str
    why: str


@dataclass(frozen=True)
class ImportUndone:
    """`removed`: kind → how many that the import had made; users are inactive. `restored`: records that have the fields again
    which they had before. `kept`: the first ones of `kept_count`. `stopped`: the rest can be undone later."""

    removed: Mapping[str, int]
    restored: int
    kept: tuple[Kept, ...]
    kept_count: int
    stopped: bool = False
    what: str = ""


@dataclass(frozen=True)
class ExportReport:
    """`files`: name and how many records it holds. `cancelled`: then nothing was written."""

    folder: Path
    files: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True)
class TablePreview:
    """A table before it is imported. `rows`: the first ones. `mapping`: the field of each column, "" for none. `guessed`: the
    encoding is a guess, which a person should look at."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mapping: tuple[str, ...]
    guessed: bool = False


Tell = Callable[[Progress], None]
Stop = Callable[[], bool]


class UnreadableFile(UsageError):
    """The file cannot be read at all, or is not what it was given as; the text says what it is instead where that can be
    told."""
