"""Messages in files: mailbox files, single messages (EML, Apple's emlx), folders and zip archives of either. Nothing is ever
written while they are read, so a name in an archive can point nowhere. Used by the import of messages."""

from __future__ import annotations

import codecs
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from app.domain.transfer import ImportKind, UnreadableFile
from app.interchange.mbox import LARGEST, MailItem, read_mbox

MOST_FILES = 2_000_000
MOST_RATIO = 200  # how much larger than packed a message may be; text packs to a tenth
_MESSAGES = (".eml", ".emlx", ".mht", ".mail")


class MailReader:
    """Iterate over it for the messages; `place` of `size` bytes were read. Raises UnreadableFile."""

    def __init__(self, path: Path, kind: ImportKind) -> None:
        self._path, self._kind = path, kind
        self.size, self.place = 0, 0
        self._open: list[BinaryIO] = []
        try:
            if not path.exists():
                raise UnreadableFile(f"There is no file {path.name}.")
            if path.is_dir():
                self.size = sum(p.stat().st_size for p in self._files(path))
            elif path.is_file():
                self.size = path.stat().st_size
            else:
                raise UnreadableFile(f"{path} is neither an ordinary file nor a folder.")
        except OSError as error:
            raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error

    def close(self) -> None:
        for file in self._open:
            file.close()

    def __enter__(self) -> MailReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[MailItem]:
        try:
            if self._path.is_dir():
                yield from self._folder()
            elif _is_archive(self._path):
                yield from self._archive()
            elif self._kind is ImportKind.MBOX:
                yield from self._mbox(self._path, "", 1)
            else:
                yield self._single(self._path, 1, "")
        except OSError as error:
            raise UnreadableFile(f"{self._path.name} cannot be read: {error.strerror or error}.") from error

    # -- plain files

    def _mbox(self, path: Path, where: str, first: int) -> Iterator[MailItem]:
        before = self.place
        with path.open("rb") as file:
            for item in read_mbox(file, path.name, first=first):
                self.place = before + file.tell()
                yield replace(item, where=where)
            self.place = before + file.tell()

    def _single(self, path: Path, number: int, where: str) -> MailItem:
        size = path.stat().st_size
        self.place += size
        if size > LARGEST:
            return MailItem(number, where=where, problem=_too_large(size))
        with path.open("rb") as file:
            return _message(number, file.read(LARGEST + 1), where, path.suffix.lower() == ".emlx")

    # -- folders

    def _files(self, folder: Path) -> Iterator[Path]:
        """Messages and mailbox files below a folder, in order; links are not followed."""
        count = 0
        for at, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                path = Path(at) / name
                if path.is_symlink() or not path.is_file():
                    continue
                count += 1
                if count > MOST_FILES:
                    raise UnreadableFile(f"The folder has more than {MOST_FILES:,} files.")
                in_maildir = path.parent.name in ("cur", "new")
                if path.suffix.lower() in _MESSAGES or in_maildir or _is_mailbox_name(path):
                    yield path

    def _folder(self) -> Iterator[MailItem]:
        number = 0
        for path in self._files(self._path):
            where = str(path.relative_to(self._path))
            if _is_mailbox_name(path):
                for item in self._mbox(path, where, number + 1):
                    number = item.number
                    yield item
            else:
                number += 1
                try:
                    yield self._single(path, number, where)
                except OSError as error:
                    yield MailItem(number, where=where, problem=f"The file cannot be read: {error.strerror}.")
        if not number:
            raise UnreadableFile(f"The folder {self._path.name} holds no messages (.eml, .emlx, .mbox).")

    # -- archives

    def _archive(self) -> Iterator[MailItem]:
        number, packed = 0, 0
        try:
            with zipfile.ZipFile(self._path) as archive:
                members = [m for m in archive.infolist() if not m.is_dir()]
                if len(members) > MOST_FILES:
                    raise UnreadableFile(f"{self._path.name} has more than {MOST_FILES:,} files.")
                for member in members:
                    packed += member.compress_size
                    name = member.filename.rpartition("/")[2].lower()
                    if name.endswith((*_MESSAGES, ".mbox")):
                        for item in self._member(archive, member, number + 1):
                            number = item.number
                            yield item
                    self.place = min(packed, self.size)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise UnreadableFile(
                f"{self._path.name} is a damaged archive, or one of an unknown kind ({error})."
            ) from error
        if not number:
            raise UnreadableFile(f"{self._path.name} holds no messages (.eml, .emlx, .mbox).")

    def _member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, number: int) -> Iterator[MailItem]:
        where = member.filename
        if member.flag_bits & 1:
            yield MailItem(number, where=where, problem="It is encrypted with a password.")
            return
        try:
            with archive.open(member) as file:
                if where.lower().endswith(".mbox"):
                    for item in read_mbox(cast(BinaryIO, file), where, seekable=False, first=number):
                        yield replace(item, where=where)
                    return
                allowed = min(LARGEST, max(1_000_000, member.compress_size * MOST_RATIO))
                raw = file.read(allowed + 1)
                if len(raw) > allowed:
                    yield MailItem(number, where=where, problem=_too_large(max(member.file_size, len(raw))))
                else:
                    yield _message(number, raw, where, where.lower().endswith(".emlx"))
        except UnreadableFile as error:
            yield MailItem(number, where=where, problem=str(error))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            yield MailItem(number, where=where, problem=f"It is damaged in the archive ({error}).")


def _message(number: int, raw: bytes, where: str, is_emlx: bool) -> MailItem:
    raw = raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")  # editors put them there; a header begins without
    if is_emlx:  # a line with the length, the message, a property list of Apple Mail
        length, newline, rest = raw.partition(b"\n")
        if newline and length.strip().isdigit() and len(length) < 12:
            raw = rest[: int(length)]
    if not raw.strip():
        return MailItem(number, where=where, problem="It is empty.")
    return MailItem(number, raw, where)


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".zip" or (path.suffix.lower() not in _MESSAGES and zipfile.is_zipfile(path))


def _is_mailbox_name(path: Path) -> bool:
    """x.mbox, and the file mbox in Apple Mail's folder x.mbox."""
    return path.suffix.lower() == ".mbox" or (path.name == "mbox" and path.parent.suffix.lower() == ".mbox")


def _too_large(size: int) -> str:
    return f"It has {size // 1_000_000:,} MB; messages of up to {LARGEST // 1_000_000} MB can be read."
