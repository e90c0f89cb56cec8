"""Asks DNS, web servers and mail servers about a domain, without ever sending a password. Used by `look_up`.

Everything is asyncio in the caller's thread: whoever loses is cancelled at once, in the middle of a connection too."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import dns.asyncresolver
import dns.exception
import dns.resolver
import httpx

from app.domain.hosts import within
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.providers.config_xml import MAX_BYTES

log = logging.getLogger(__name__)

_LINE = 8192
_MAX_REDIRECTS = 3
_MAX_LINES = 50


class Loop(asyncio.SelectorEventLoop):
    """Looks names up in threads that nobody waits for: `getaddrinfo` can be neither interrupted nor limited, and the
    loop's own executor would be waited for at the end. `hosts`: names with addresses of their own, as in /etc/hosts."""

    def __init__(self, hosts: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._hosts = hosts or {}
        self._opened: list[asyncio.BaseTransport] = []

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        made = await super().create_connection(*args, **options)
        self._opened.append(made[0])
        return made

    async def drop_connections(self) -> None:
        """Ends what cancelled conversations have left open: in mid-handshake nobody else does."""
        for transport in self._opened:
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        for _ in range(3):  # transports close in the loop's next rounds
            await asyncio.sleep(0)

    async def getaddrinfo(
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        answer: asyncio.Future[Any] = self.create_future()
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        name = self._hosts.get(name, name)

        def tell(set_it: Callable[[Any], None], value: Any) -> None:
            if not answer.done():
                set_it(value)

        def ask() -> None:
            try:
                found: Any = socket.getaddrinfo(name, port, family, type, proto, flags)
                act = answer.set_result
            except (OSError, UnicodeError) as error:
                found, act = OSError(str(error)), answer.set_exception
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self.call_soon_threadsafe(tell, act, found)

        threading.Thread(target=ask, name="name look-up", daemon=True).start()
        return await answer


class NoAnswer(Exception):
    """Nobody could be asked: no resolver, no network, no answer in time."""


class NoSuchName(Exception):
    """The domain does not exist (NXDOMAIN)."""


@dataclass(frozen=True)
class Page:
    """An answer of a web server. `url`: where it came from, after redirects. `location`: of a redirect that was not
    followed, because it leads to plain http, to somebody else, or to too many."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    location: str = ""


@dataclass
class Network:
    """`ca_pem`: authorities trusted besides the system's. `nameservers`, `dns_port`: instead of the system's resolver.
    `hosts`: as in `Loop`. Time limits in seconds."""

    ca_pem: str = ""
    nameservers: tuple[str, ...] = ()
    dns_port: int = 53
    hosts: Mapping[str, str] = field(default_factory=dict)
    dns_limit: float = 4.0
    http_limit: float = 6.0
    probe_limit: float = 5.0

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca_pem:
            context.load_verify_locations(cadata=self.ca_pem)
        return context

    async def ask_dns(self, name: str, kind: str) -> list[Any]:
        """The records, without those that are missing. Raises NoSuchName, NoAnswer."""
        try:
            resolver = dns.asyncresolver.Resolver(configure=not self.nameservers)
            if self.nameservers:
                resolver.nameservers = list(self.nameservers)
                resolver.port = self.dns_port
            answer = await resolver.resolve(name, kind, lifetime=self.dns_limit, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as error:
            raise NoSuchName(name) from error
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswer(str(error)) from error
        return list(answer.rrset or ())

    async def fetch(self, url: str, domain: str, post: bytes | None = None) -> Page | None:
        """None where nothing answered with a valid certificate in time. Redirects are followed over https only, and only to
        the host itself or into `domain`: whoever else is named must not be told who is looked for. A POST is not sent on.
        Answers end at 256 kB."""
        headers = {
            "User-Agent": "Hitchpost",
            "Accept": "text/xml, application/xml, application/json, */*",
            "Accept-Encoding": "identity",  # a small answer cannot become a large one
        }
        if post is not None:
            headers["Content-Type"] = "text/xml; charset=utf-8"
        try:
            async with (
                asyncio.timeout(self.http_limit),
                httpx.AsyncClient(verify=self.tls_context(), timeout=self.http_limit, headers=headers) as client,
            ):
                for _ in range(_MAX_REDIRECTS + 1):
                    page = await _one_answer(client, url, post)
                    if post is not None or not _may_follow(url, page.location, domain):
                        return page
                    url = page.location
                return page
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, UnicodeError, ValueError):
            return None
        except ImportError:  # the environment names a SOCKS proxy, for which httpx needs a library more
            log.info("%s was not asked: the environment’s proxy is of an unknown kind", urlsplit(url).hostname)
            return None

    async def probe(self, endpoint: Endpoint, protocol: str) -> bool | None:
        """Whether a mail server ("imap" or "smtp") answers there under TLS with a valid certificate for its name; None
        where one answers, and the certificate is not valid."""
        context = self.tls_context()
        try:
            async with asyncio.timeout(self.probe_limit):
                reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port, limit=_LINE)
                try:
                    if endpoint.security is ConnectionSecurity.IMPLICIT_TLS:
                        await writer.start_tls(context, server_hostname=endpoint.host)
                    return await _talk(reader, writer, endpoint, protocol, context)
                finally:
                    writer.transport.abort()
        except ssl.SSLCertVerificationError:
            return None
        except (OSError, ValueError, EOFError, TimeoutError):  # ssl.SSLError is an OSError; ValueError: an endless line
            return False


def _may_follow(url: str, location: str, domain: str) -> bool:
    target = (urlsplit(location).hostname or "").lower()
    same = target == (urlsplit(url).hostname or "").lower()
    return location.startswith("https://") and (same or within(target, domain))


async def _one_answer(client: httpx.AsyncClient, url: str, post: bytes | None) -> Page:
    method = "GET" if post is None else "POST"
    async with client.stream(method, url, content=post) as answer:
        location = ""
        if answer.is_redirect and answer.next_request is not None:
            location = str(answer.next_request.url)
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MAX_BYTES:
                body.clear()
                break
        return Page(url, answer.status_code, dict(answer.headers), bytes(body), location)


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    endpoint: Endpoint,
    protocol: str,
    context: ssl.SSLContext,
) -> bool:
    greeting = await reader.readline()
    if not greeting.startswith(b"* OK" if protocol == "imap" else b"220"):
        return False
    if endpoint.security is ConnectionSecurity.IMPLICIT_TLS:
        return True
    if protocol == "imap":
        writer.write(b"a STARTTLS\r\n")
        agreed = await _until(reader, b"a ")
        consents = agreed[2:].upper().startswith(b"OK")
    else:
        await _smtp_answer(reader, greeting)
        writer.write(b"EHLO localhost\r\n")
        await _smtp_answer(reader)
        writer.write(b"STARTTLS\r\n")
        consents = (await _smtp_answer(reader)).startswith(b"220")
    if not consents:
        return False
    await writer.start_tls(context, server_hostname=endpoint.host)
    return True


async def _smtp_answer(reader: asyncio.StreamReader, line: bytes = b"") -> bytes:
    """The last line of an answer (RFC 5321 4.2.1)."""
    for _ in range(_MAX_LINES):
        line = line or await reader.readline()
        if not line or line[3:4] != b"-":
            return line
        line = b""
    return b""


async def _until(reader: asyncio.StreamReader, begin: bytes) -> bytes:
    for _ in range(_MAX_LINES):
        line = await reader.readline()
        if not line or line.startswith(begin):
            return line
    return b""
