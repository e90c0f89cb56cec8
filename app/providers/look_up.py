"""Asks all sources about an address at once, and takes the best answer: by the order of `Source`, each within a time
limit of its own, losers cancelled. Used by `app.services.find_provider`.

Only the domain of the address is asked about. The whole address goes to the domain's own servers alone: to Autodiscover,
which answers nothing without it, and to an autoconfig server that has no answer for the domain. The autoconfig database is
told the domain. A password is never sent."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from app.domain.addresses import spelled
from app.domain.detection import Detected, Finding, Nothing, NothingFound, Source, Unsupported
from app.domain.errors import Cancelled
from app.domain.exchange_address import is_microsoft_worldwide
from app.domain.hosts import within
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.providers import decide, records
from app.providers.catalogue import Catalogue
from app.providers.config_xml import Config, https_url, read_config
from app.providers.network import Loop, Network, NoAnswer, NoSuchName, Page

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
PATIENCE = 2.5  # seconds that better sources get once a worse one has answered
PATIENCE_WITHIN = 1.0  # the same among the places of one source
LIMIT = 12.0  # seconds for all of it
_LOOK = 0.1  # seconds between looks at the cancel event
_POX = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>'
    "<EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>"
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
    "</AcceptableResponseSchema></Request></Autodiscover>"
)


@dataclass(frozen=True)
class Places:
    """Where is asked; {domain} and {address} are put in, and the {target} and {port} of a DNS record. Hosts of `incoming`,
    `outgoing` in order of preference."""

    autoconfig: tuple[str, ...] = (
        "https://autoconfig.{domain}/mail/config-v1.1.xml",
        "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )
    with_address: str = "?emailaddress={address}"  # behind the first of `autoconfig`
    database: str = "https://autoconfig.thunderbird.net/v1.1/{domain}"
    autodiscover: tuple[str, ...] = (
        "https://autodiscover.{domain}/autodiscover/autodiscover",
        "https://{domain}/autodiscover/autodiscover",
    )
    autodiscover_srv: str = "https://{target}:{port}/autodiscover/autodiscover"
    incoming: tuple[tuple[str, int, ConnectionSecurity], ...] = (
        ("imap.{domain}", 993, TLS),
        ("mail.{domain}", 993, TLS),
        ("imap.{domain}", 143, STARTTLS),
        ("mail.{domain}", 143, STARTTLS),
        ("{domain}", 993, TLS),
    )
    outgoing: tuple[tuple[str, int, ConnectionSecurity], ...] = (
        ("smtp.{domain}", 465, TLS),
        ("mail.{domain}", 465, TLS),
        ("smtp.{domain}", 587, STARTTLS),
        ("mail.{domain}", 587, STARTTLS),
        ("{domain}", 465, TLS),
    )


_Found = Finding | Unsupported | None


@dataclass
class _Search:
    """One detection under way. What the sources notice besides: why nothing may be found."""

    address: str
    domain: str
    catalogue: Catalogue
    network: Network
    places: Places
    no_such_domain: bool = False
    dns_answered: bool = False
    somebody_answered: bool = False
    reasons: set[Nothing] = field(default_factory=set)
    untrusted: dict[str, str] = field(default_factory=dict)  # protocol → the most preferred such host

    def fill(self, template: str) -> str:
        return template.format(domain=self.domain, address=quote(self.address, safe="@"))

    async def published(self) -> _Found:
        """The domain's own autoconfig, the first address that has one."""
        first, *others = map(self.fill, self.places.autoconfig)
        return await _first_found([self._published_first(first), *map(self._published_at, others)])

    async def _published_first(self, url: str) -> _Found:
        """Servers that make the file up for each address get the address, after they had nothing for the domain."""
        page = await self.network.fetch(url, self.domain)
        found = self._config(page, Source.AUTOCONFIG)
        answered = page is not None and not page.location
        if found is not None or not answered or self.reasons & {Nothing.POP3_ONLY, Nothing.NO_TLS}:
            return found
        return await self._published_at(url + self.fill(self.places.with_address))

    async def _published_at(self, url: str) -> _Found:
        return self._config(await self.network.fetch(url, self.domain), Source.AUTOCONFIG)

    async def in_database(self) -> _Found:
        if not self.places.database:
            return None
        return self._config(await self.network.fetch(self.fill(self.places.database), ""), Source.DATABASE)

    def _config(self, page: Page | None, source: Source) -> _Found:
        if page is None:
            return None
        self.somebody_answered = True
        config = read_config(page.body, self.address) if page.status == 200 else None
        return self._of_config(config, source, urlsplit(page.url).hostname or "") if config else None

    def _of_config(self, config: Config, source: Source, where: str) -> _Found:
        found = decide.finding_of_config(self.address, config, source, where, self.catalogue)
        if found is None and config.pop3:
            self.reasons.add(Nothing.POP3_ONLY)
        if found is None and config.without_tls:
            self.reasons.add(Nothing.NO_TLS)
        return found

    async def _dns(self, name: str, kind: str) -> list[Any]:
        try:
            answer = await self.network.ask_dns(name, kind)
        except NoAnswer:
            return []
        except NoSuchName:
            self.dns_answered = True
            raise
        self.dns_answered = True
        return answer

    async def in_srv(self) -> _Found:
        async def ask(label: str) -> list[records.Srv]:
            with suppress(NoSuchName):
                return [
                    records.Srv(label, r.priority, r.weight, r.port, r.target.to_text(omit_final_dot=True).lower())
                    for r in await self._dns(f"{label}._tcp.{self.domain}", "SRV")
                ]
            return []

        answers = await asyncio.gather(*(ask(label) for label in records.SERVICES))
        srv = [
            records.Srv(r.service, r.priority, r.weight, r.port, "" if r.target == "." else r.target)
            for answer in answers
            for r in answer
        ]
        if any(r.service in records.POP3 and r.target for r in srv):
            self.reasons.add(Nothing.POP3_ONLY)
        return decide.finding_of_srv(self.address, srv, self.catalogue)

    async def in_mx(self) -> _Found:
        try:
            answer = await self._dns(self.domain, "MX")
        except NoSuchName:
            self.no_such_domain = True
            return None
        mx = [records.Mx(r.preference, r.exchange.to_text(omit_final_dot=True).lower().rstrip(".")) for r in answer]
        if mx and not any(m.host for m in mx):
            self.reasons.add(Nothing.TAKES_NO_MAIL)
        return decide.finding_of_mx(self.address, mx, self.catalogue)

    async def in_autodiscover(self) -> _Found:
        """Exchange tells its EWS address without a password in the JSON form (2016 and newer); an older one shows itself by
        how it asks for one. Some hosters answer the XML form with IMAP settings."""
        places = [self._discover(self.fill(base)) for base in self.places.autodiscover]
        return await _first_found([*places, self._discover_by_srv()])

    async def _discover_by_srv(self) -> _Found:
        """Where the domain's DNS says that its Autodiscover is (MS-OXDISCO 3.1.5.3); a host of somebody else is not told
        the address."""
        with suppress(NoSuchName):
            answer = await self._dns(f"{records.AUTODISCOVER}._tcp.{self.domain}", "SRV")
            for record in sorted(answer, key=lambda r: (r.priority, -r.weight)):
                target = record.target.to_text(omit_final_dot=True).lower()
                if within(target, self.domain):
                    return await self._discover(self.places.autodiscover_srv.format(target=target, port=record.port))
        return None

    async def _discover(self, base: str) -> _Found:
        address = quote(self.address, safe="@")
        ask_json = self.network.fetch(f"{base}.json?Email={address}&Protocol=EWS&RedirectCount=1", self.domain)
        ask_xml = self.network.fetch(f"{base}.xml", self.domain, _POX.format(address=escape(self.address)).encode())
        by_json, by_xml = await asyncio.gather(ask_json, ask_xml)
        self.somebody_answered = self.somebody_answered or bool(by_json or by_xml)
        if by_json is not None and by_json.status == 200 and (url := _ews_url(by_json.body)):
            where = urlsplit(by_json.url).hostname or ""
            return decide.finding_of_exchange(self.address, url, where, self.catalogue)
        for page in (by_json, by_xml):
            if page is not None and is_microsoft_worldwide(urlsplit(page.location).hostname or ""):
                where = urlsplit(page.url).hostname or ""
                return decide.finding_of_exchange(self.address, page.location, where, self.catalogue)
        if by_xml is None:
            return None
        where = urlsplit(by_xml.url).hostname or ""
        if by_xml.status == 401 and _is_exchange(by_xml):
            return decide.finding_of_exchange(self.address, "", where, self.catalogue)
        config = read_config(by_xml.body, self.address) if by_xml.status == 200 else None
        return self._of_config(config, Source.AUTODISCOVER, where) if config else None

    async def at_usual_hosts(self) -> _Found:
        incoming, outgoing = await asyncio.gather(
            self._first(self.places.incoming, "imap"), self._first(self.places.outgoing, "smtp")
        )
        return decide.finding_of_hosts(self.address, incoming, outgoing, self.catalogue)

    async def _first(
        self, hosts: tuple[tuple[str, int, ConnectionSecurity], ...], protocol: str
    ) -> tuple[Endpoint, ...]:
        """The most preferred that answers; nobody waits for those after it."""
        endpoints = [Endpoint(self.fill(host), port, security) for host, port, security in hosts]
        probes = [asyncio.ensure_future(self.network.probe(e, protocol)) for e in endpoints]
        try:
            for endpoint, probe in zip(endpoints, probes, strict=True):
                answer = await probe
                self.somebody_answered = self.somebody_answered or answer is not False
                if answer:
                    return (endpoint,)
                if answer is None:
                    self.untrusted.setdefault(protocol, endpoint.host)
            return ()
        finally:
            for probe in probes:
                probe.cancel()

    def nothing(self) -> NothingFound:
        for why in (Nothing.TAKES_NO_MAIL, Nothing.POP3_ONLY, Nothing.NO_TLS):
            if why in self.reasons:
                return NothingFound(self.address, why)
        if self.untrusted:
            host = self.untrusted.get("imap") or self.untrusted["smtp"]  # whichever answered first
            return NothingFound(self.address, Nothing.UNTRUSTED, host)
        if self.no_such_domain:
            return NothingFound(self.address, Nothing.NO_SUCH_DOMAIN)
        asked = self.dns_answered or self.somebody_answered
        return NothingFound(self.address, Nothing.NO_SERVER if asked else Nothing.OFFLINE)


def detect(
    address: str,
    catalogue: Catalogue,
    network: Network | None = None,
    places: Places | None = None,
    cancel: threading.Event | None = None,
) -> Detected:
    """What leads from the address to its servers. Takes 12 s at most; a known service is answered at once and nobody is
    asked. Raises Cancelled within a moment of `cancel`."""
    address = spelled(address)
    domain = decide.domain_of(address)
    if not domain:
        return NothingFound(address, Nothing.NOT_AN_ADDRESS)
    if known := decide.from_catalogue(address, catalogue):
        return known
    network = network or Network()
    search = _Search(address, domain, catalogue, network, places or Places())
    with asyncio.Runner(loop_factory=lambda: Loop(network.hosts)) as runner:
        return runner.run(_all(search, cancel))


async def _all(search: _Search, cancel: threading.Event | None) -> Detected:
    sources: tuple[Callable[[], Awaitable[_Found]], ...] = (
        search.published,
        search.in_database,
        search.in_srv,
        search.in_mx,
        search.in_autodiscover,
        search.at_usual_hosts,
    )
    tasks = [asyncio.ensure_future(source()) for source in sources]
    end = time.monotonic() + LIMIT
    try:
        while True:
            if cancel is not None and cancel.is_set():
                raise Cancelled(search.domain)
            await asyncio.wait({t for t in tasks if not t.done()}, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)
            if search.no_such_domain:
                return search.nothing()
            found = decide.best(search.address, (t.result() for t in tasks if t.done()))
            if found is not None and (isinstance(found, Unsupported) or found.complete):
                better = tasks[: next(i for i, t in enumerate(tasks) if t.done() and t.result() is found)]
                if all(t.done() for t in better):
                    return found
                end = min(end, time.monotonic() + PATIENCE)
            if all(t.done() for t in tasks) or time.monotonic() > end:
                return found or search.nothing()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        loop = asyncio.get_running_loop()
        if isinstance(loop, Loop):
            await loop.drop_connections()


async def _first_found(sources: Iterable[Coroutine[Any, Any, _Found]]) -> _Found:
    """All are asked at once. The most preferred that leads somewhere ends the others; those before it get a moment once
    it has answered."""
    tasks = [asyncio.ensure_future(source) for source in sources]
    end: float | None = None
    try:
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            await asyncio.wait({t for t in tasks if not t.done()}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for position, task in enumerate(tasks):
                found = task.result() if task.done() else None
                if found is None:
                    continue
                if all(t.done() for t in tasks[:position]) or (end is not None and time.monotonic() >= end):
                    return found
                end = end if end is not None else time.monotonic() + PATIENCE_WITHIN
                break
            if all(t.done() for t in tasks):
                return None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _ews_url(body: bytes) -> str:
    """Of the JSON answer {"Protocol": "EWS", "Url": "https://…"}; empty where it is none."""
    try:
        url = json.loads(body)["Url"]
        return https_url(url) if isinstance(url, str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _is_exchange(page: Page) -> bool:
    """By the sign-in that only Microsoft's servers ask for, or by their own headers."""
    ways = page.headers.get("www-authenticate", "").lower()
    own = ("x-feserver", "x-owa-version", "x-calculatedbetarget", "x-diaginfo")
    return "ntlm" in ways or "negotiate" in ways or any(name in page.headers for name in own)
