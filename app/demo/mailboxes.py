"""pymap's in-memory IMAP server, dressed for the demo: special-use folders, IDLE without gaps. Used by `mail_server`.

Everything is done by subclasses handed to pymap's own constructors; nothing of pymap is replaced at run time. Two
attributes that pymap keeps to itself (`MailboxSet._inbox`, `MailboxSet._set`) are written, which is why its version
is pinned.
"""

from __future__ import annotations

import ssl
import uuid
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Event, Subsystem
from pymap.config import BackendCapability
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pymap.listtree import ListEntry, ListTree
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl import SASLAuth
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import BuiltinHash

# RFC 6154; every mailbox starts with these folders
SPECIAL_USE: Mapping[str, bytes] = {"Sent": b"Sent", "Drafts": b"Drafts", "Trash": b"Trash", "Archive": b"Archive"}
MAX_MESSAGE = 64 * 1024 * 1024  # bytes, for APPEND and for SMTP
_HASH_ROUNDS = 1000  # passwords are random, live for minutes and only in memory


@dataclass(frozen=True)
class _SpecialUseEntry(ListEntry):
    @property
    def attributes(self) -> Sequence[bytes]:
        use = SPECIAL_USE.get(self.name)
        return [*super().attributes, *([use] if use else [])]


class _SpecialUseTree(ListTree):
    def list_matching(self, ref_name: str, filter_: str) -> Iterable[ListEntry]:
        for entry in super().list_matching(ref_name, filter_):
            yield _SpecialUseEntry(entry.name, entry.exists, entry.marked, entry.has_children)


class _Folder(MailboxData):
    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        # pymap waits for the next change. One that came between the last answer and IDLE would not be told before the
        # one after it: what is already different is told at once.
        if selected.mod_sequence != self._mod_sequences.highest:
            wait_on = None
        return await super().update_selected(selected, wait_on=wait_on)


class _Folders(MailboxSet):
    def __init__(self) -> None:
        super().__init__()
        self._inbox = self._new_folder()
        for name in SPECIAL_USE:
            self._set[name] = self._new_folder()

    def _new_folder(self) -> _Folder:
        return _Folder(self._content_cache, self._thread_cache)

    async def list_mailboxes(self) -> ListTree:
        plain = await super().list_mailboxes()
        return _SpecialUseTree(self.delimiter).update(*(entry.name for entry in plain.list() if entry.exists))

    async def add_mailbox(self, name: str) -> ObjectId:
        async with self._set_lock.write_lock():
            if name in self._set:
                raise ValueError(name)
            self._set[name] = folder = self._new_folder()
            return folder.mailbox_id


class _Config(Config):
    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            demo_data=False,
            demo_user="",
            demo_password="",
            host=None,
            port=0,
            ssl_context=tls,
            tls_enabled=False,  # no STARTTLS: the listening socket itself speaks TLS
            subsystem=Subsystem.for_asyncio(),
            cpu_subsystem=Subsystem.for_asyncio(),  # no threads of its own that nobody would end
            hash_context=BuiltinHash(rounds=_HASH_ROUNDS),
            invalid_user_sleep=0.0,
            reject_dnsbl=False,
            max_append_len=MAX_MESSAGE,
        )

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=True, multi_append=True, custom=[b"SPECIAL-USE"])

    @property
    def tls_auth(self) -> SASLAuth:
        return SASLAuth.named([b"PLAIN", b"LOGIN"])

    @property
    def greeting(self) -> bytes:
        return b"Hitchpost demo mail server ready"  # pymap's own asks the resolver for this computer's name


class _Login(Login):
    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        try:
            return await super().authenticate(credentials)
        except ValueError as e:  # SASLprep (RFC 4013) refuses some characters: then it is not the password either
            raise InvalidAuth() from e


class Mailboxes:
    """The users' mailboxes and the server of one connection. All methods belong to the loop's thread."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._config = _Config(tls)
        self._config.apply_context()
        self._login = _Login(self._config)
        self._server = IMAPServer(self._login, self._config)
        self._folders: dict[str, _Folders] = {}

    def add_user(self, address: str, password: str) -> None:
        """`address` is the login name too, compared exactly."""
        hashed = self._config.hash_context.hash(self._config.password_prep(password))
        self._login.users_dict[address] = UserMetadata(self._config, address, password=hashed)
        self._folders[address] = _Folders()
        self._config.set_cache[address] = (self._folders[address], FilterSet())

    async def append(self, address: str, folder: str, raw: bytes, *, flags: Iterable[str], when: datetime) -> int:
        """Puts a message into a folder; those who IDLE on it hear of it. Returns its UID."""
        mailbox = await self._folders[address].get_mailbox(folder)
        message = AppendMessage(raw, when, frozenset(Flag(f.encode("ascii")) for f in flags))
        return (await mailbox.append(message, recent=True)).uid

    async def read(self, address: str, folder: str) -> tuple[bytes, ...]:
        """All messages of a folder, oldest first."""
        mailbox = await self._folders[address].get_mailbox(folder)
        return tuple([bytes(m._content) async for m in mailbox.messages() if m._content is not None])

    async def converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serves one IMAP connection to its end."""
        await self._server(reader, writer, SocketInfo.get(writer, None, unique_id=uuid.uuid4().bytes))
