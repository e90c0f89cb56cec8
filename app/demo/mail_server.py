"""The demo's mail server: IMAP and submission over TLS on the loopback address, one asyncio thread. Used by `run`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, TypeVar

from app.demo.authority import Authority
from app.demo.bounces import Failure, delivery_report
from app.demo.mailboxes import Mailboxes
from app.demo.submission import SubmissionHandler, SubmissionProtocol, abort
from app.domain.addresses import address_key
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Secret, ServerTrust

HOST = "127.0.0.1"
_MAIL_HOST = "mail.example.org"  # the name in Received and in delivery reports
_FAREWELL = 0.4  # seconds that open conversations get for their last words
_READY = 10.0  # seconds
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Delivery:
    """A message that the server took: `raw` as it lies in the mailbox, with Return-Path and Received. `sender` is the
    envelope's, empty for a delivery report. `known` False: there is no such mailbox, and a report goes back."""

    sender: str
    recipient: str
    raw: bytes
    at: datetime
    known: bool


class MailServer:
    """Users with INBOX, Sent, Drafts, Trash and Archive (RFC 6154). Mail between them is delivered at once; to any
    other address it is accepted with 250 and comes back as a report (RFC 3464) after `bounce_after` seconds. Nothing
    ever leaves this computer. `passwords` by address; the address is the login name."""

    def __init__(self, authority: Authority, passwords: Mapping[str, Secret], *, bounce_after: float = 0.5) -> None:
        self._authority = authority
        self._passwords = {address_key(a): p for a, p in passwords.items()}
        self._bounce_after = bounce_after
        self._listeners: list[Callable[[Delivery], None]] = []
        self._conversations: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._submissions: list[SubmissionProtocol] = []
        self._errands: set[asyncio.Task[Any]] = set()
        self._ready: Future[tuple[int, int]] = Future()
        self._ports = (0, 0)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="demo-mail", daemon=True)

    # Called from any thread

    def start(self) -> None:
        """Returns when both ports accept connections. Raises UsageError where this computer does not allow that."""
        self._thread.start()
        try:
            self._ports = self._ready.result(_READY)
        except OSError as e:
            self._thread.join()
            raise UsageError(
                f"The demo's mail server could not open a port on {HOST} ({e.strerror or e}). "
                "Check that local connections are allowed, then start the demo again."
            ) from e

    def stop(self) -> None:
        """Ends all conversations and errands; back within 2 seconds. May be called twice, or without `start`."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(2.0)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def account(self, address: str, from_name: str = "") -> ImapAccount:
        """How a mail program reaches one of the mailboxes."""
        imap_port, smtp_port = self._ports
        return ImapAccount(
            address=address,
            imap=Endpoint(HOST, imap_port, ConnectionSecurity.IMPLICIT_TLS),
            smtp=Endpoint(HOST, smtp_port, ConnectionSecurity.IMPLICIT_TLS),
            username=address,
            trust=ServerTrust(ca_pem=self._authority.pem),
            from_name=from_name,
        )

    def password(self, address: str) -> Secret:
        return self._passwords[address_key(address)]

    def on_delivery(self, listener: Callable[[Delivery], None]) -> None:
        """`listener` is called on the server's thread for each message taken; it must not block."""
        self._listeners.append(listener)

    def put(self, address: str, raw: bytes, *, when: datetime, folder: str = "INBOX", flags: Iterable[str] = ()) -> int:
        """Puts a message straight into a folder (what lay there before the demo began). Returns its UID."""
        return self._ask(self._mailboxes.append(address_key(address), folder, raw, flags=tuple(flags), when=when))

    def messages(self, address: str, folder: str = "INBOX") -> tuple[bytes, ...]:
        """All messages of a folder, oldest first."""
        return self._ask(self._mailboxes.read(address_key(address), folder))

    def _ask(self, question: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(_READY)

    # Called on the server's thread

    def spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        """Runs `errand` beside the servers; `stop` cancels it."""
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: asyncio.Task[Any]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            context = {"message": "an errand of the demo's mail server failed", "exception": bug, "task": task}
            self._loop.call_exception_handler(context)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        tls = self._authority.server_context()
        self._mailboxes = Mailboxes(tls)
        for address, password in self._passwords.items():
            self._mailboxes.add_user(address, password.reveal())
        handler = SubmissionHandler({a: p.reveal() for a, p in self._passwords.items()}, self._take)
        try:
            imap = await asyncio.start_server(self._converse, HOST, 0, ssl=tls)
            smtp = await self._loop.create_server(lambda: self._submission(handler), HOST, 0, ssl=tls)
        except OSError as e:
            self._ready.set_exception(e)
            return
        self._ready.set_result((imap.sockets[0].getsockname()[1], smtp.sockets[0].getsockname()[1]))
        await self._stopping.wait()
        imap.close()
        smtp.close()
        await self._wind_up()

    async def _wind_up(self) -> None:
        """Cancels what runs (pymap says BYE then), and cuts off who does not listen. The order matters: a transport
        that is still open when the loop closes is reported as a leak."""
        tasks = {*self._errands, *self._conversations}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_FAREWELL)
        for writer in self._writers:
            abort(writer.transport)
        for submission in self._submissions:
            submission.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest, timeout=_FAREWELL)
        await asyncio.sleep(0)  # the last connection_lost calls

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        self._writers.add(writer)
        try:
            await self._mailboxes.converse(reader, writer)
            await writer.wait_closed()
        except OSError:
            pass  # also ssl.SSLError: the client went away without a word
        except asyncio.CancelledError:
            pass  # by `_wind_up`; asyncio's own streams stumble over a conversation that ends as cancelled (3.11, 3.12)
        finally:
            abort(writer.transport)
            self._conversations.discard(task)
            self._writers.discard(writer)

    def _submission(self, handler: SubmissionHandler) -> SubmissionProtocol:
        self._submissions = [s for s in self._submissions if s.transport is not None]
        protocol = SubmissionProtocol(handler, self._loop)
        self._submissions.append(protocol)
        return protocol

    async def _take(self, sender: str, recipient: str, content: bytes) -> None:
        now = datetime.now(UTC)
        raw = _trace(sender, recipient, now) + content
        known = address_key(recipient) in self._passwords
        if known:
            await self._mailboxes.append(address_key(recipient), "INBOX", raw, flags=(), when=now)
        elif address_key(sender) in self._passwords:
            self.spawn(self._bounce(sender, recipient, content))
        delivery = Delivery(sender, recipient, raw, now, known)
        for listener in self._listeners:
            listener(delivery)

    async def _bounce(self, sender: str, recipient: str, content: bytes) -> None:
        await asyncio.sleep(self._bounce_after)
        own_domains = {a.rpartition("@")[2] for a in self._passwords}
        if address_key(recipient).rpartition("@")[2] in own_domains:
            why = Failure(recipient, "5.1.1", f"<{recipient}>: Recipient address rejected: User unknown")
        else:
            why = Failure(recipient, "5.1.2", f"<{recipient}>: The demo's mail server sends nothing to other computers")
        now = datetime.now(UTC)
        await self._take("", sender, delivery_report(content, why, to=sender, host=_MAIL_HOST, when=now))


def _trace(sender: str, recipient: str, now: datetime) -> bytes:
    """RFC 5321 4.4. A report brings its own Return-Path."""
    path = f"Return-Path: <{sender}>\r\n" if sender else ""
    return (
        f"{path}Received: from [{HOST}] by {_MAIL_HOST} with ESMTPSA\r\n\tfor <{recipient}>; {format_datetime(now)}\r\n"
    ).encode()
