"""The table of known mail services (resources/providers/mail/*.json), and the workspace's own presets in the same form.
Used by `decide`; presets come from the store by way of `app.services.presets`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from app.domain.detection import ServiceFacts, Source
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, Provider

EMAIL, LOCAL_PART, DOMAIN = "%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%"
_WAYS = {**{p.value: p for p in Provider}, "none": None}


@dataclass(frozen=True)
class Service:
    """One row. `mx`: a mail exchanger below one of these names, or like one with a `*`, leads here. `way` is None for a
    service that cannot be connected; `idle_seconds`: how long its servers let one IDLE stand, less a little; 0: nobody
    knows. `refused` says why, `hosts` which servers are its own, in the same way. `sources`: for
    each fact the page that says so; a domain or mail exchanger that this page does not name has its own one, under its name.
    An entry of Thunderbird's database for a domain speaks for the exchangers below it, too: it is looked up by them
    (https://github.com/thunderbird/autoconfig/blob/master/docs/index.md, Mechanisms). A preset has either servers or an
    `ews_url` (C10)."""

    id: str
    facts: ServiceFacts
    way: Provider | None
    domains: tuple[str, ...]
    mx: tuple[str, ...] = ()
    imap: tuple[Endpoint, ...] = ()
    smtp: tuple[Endpoint, ...] = ()
    username: str = EMAIL
    ews_url: str = ""
    idle_seconds: int = 0
    refused: str = ""
    hosts: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source.KNOWN


class Catalogue:
    """Looks services up by domain, by mail exchanger, and by host. Earlier rows come before later ones."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.services = tuple(services)
        self._by_domain: dict[str, Service] = {}
        self._by_mx: dict[str, Service] = {}
        self._by_host: dict[str, Service] = {}
        for service in self.services:
            for domain in service.domains:
                self._by_domain.setdefault(domain, service)
            for name in service.mx:
                self._by_mx.setdefault(name, service)
            if service.source is not Source.PRESET:  # what was set for one domain makes nobody else's host known
                for endpoint in (*service.imap, *service.smtp):
                    self._by_host.setdefault(endpoint.host, service)

    def of_domain(self, domain: str) -> Service | None:
        """`domain` in ASCII, lower case."""
        return self._by_domain.get(domain) or self._tenant(domain)

    def _tenant(self, domain: str) -> Service | None:
        """`example.onmicrosoft.com`, the first name of every Microsoft 365 organisation, and names in the domains of
        services that cannot be connected."""
        if domain.endswith(".onmicrosoft.com"):
            return self._by_domain.get("onmicrosoft.com")
        return self.refused_host(domain)

    def of_mx(self, host: str) -> Service | None:
        """By the longest ending that is known."""
        name = host.rstrip(".").lower()
        like = next((s for s in self.services for m in s.mx if "*" in m and fnmatchcase(name, m)), None)
        while name and like is None:
            if found := self._by_mx.get(name):
                return found
            name = name.partition(".")[2]
        return like

    def refused_host(self, host: str) -> Service | None:
        """The service that cannot be connected to which this server belongs."""
        name = host.rstrip(".").lower()
        refused = (s for s in self.services if s.way is None)
        return next((s for s in refused if any(fnmatchcase(name, h) for h in s.hosts)), None)

    def of_host(self, host: str) -> Service | None:
        """The service one of whose servers this is."""
        return self._by_host.get(host.rstrip(".").lower())


@cache
def known_services() -> tuple[Service, ...]:
    folder = files("resources") / "providers" / "mail"
    found: list[Service] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name, reverse=True):  # "worldwide" first
        if entry.name.endswith(".json"):
            found += services_of(json.loads(entry.read_text(encoding="utf-8")), Source.KNOWN)
    return tuple(found)


@cache
def _known_catalogue() -> Catalogue:
    return Catalogue(known_services())


def load_catalogue(presets: Iterable[Service] = ()) -> Catalogue:
    """The workspace's presets, where it has any, before the known services."""
    before = tuple(presets)
    return Catalogue((*before, *known_services())) if before else _known_catalogue()


def preset_service(document: Mapping[str, Any]) -> Service:
    """What is kept of a preset. Raises UsageError for what makes no sense."""
    try:
        (service,) = services_of({"providers": [document]}, Source.PRESET)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"A preset of this workspace cannot be read: {error}.") from error
    if len(service.domains) != 1 or service.way is None:
        raise UsageError("A preset of this workspace cannot be read: it is for one domain, with its servers.")
    return service


def services_of(document: Mapping[str, Any], source: Source) -> tuple[Service, ...]:
    """Raises ValueError, KeyError, TypeError for what is no such table."""
    return tuple(_service(row, source) for row in document["providers"])


def _service(row: Mapping[str, Any], source: Source) -> Service:
    app_password = row.get("app_password", {})
    way = _WAYS[row.get("way", "imap")]
    service = Service(
        id=row.get("id", row.get("name", "")),
        facts=ServiceFacts(
            name=row.get("name", ""),
            app_password_page=app_password.get("page", ""),
            app_password_needed=app_password.get("needed") == "always",
            switch_on_page=row.get("switch_on", ""),
            passwords_refused=way is Provider.OUTLOOK,
        ),
        way=way,
        domains=tuple(str(d).lower() for d in row["domains"]),
        mx=tuple(str(m).lower() for m in row.get("mx", ())),
        imap=tuple(map(_endpoint, row.get("imap", ()))),
        smtp=tuple(map(_endpoint, row.get("smtp", ()))),
        username=row.get("username", EMAIL),
        ews_url=row.get("ews_url", ""),
        idle_seconds=int(row.get("idle_seconds", 0)),
        refused=row.get("refused", ""),
        hosts=tuple(row.get("hosts", ())),
        sources=dict(row.get("sources", {})),
        source=source,
    )
    name = ", ".join(service.domains) or service.id
    if service.ews_url and (service.imap or service.smtp):
        raise ValueError(f"{name} has both IMAP settings and an Exchange address; it takes one of them")
    if service.ews_url and not service.ews_url.startswith("https://"):
        raise ValueError(f"{name} has an Exchange address without https")
    if way is None and not service.refused:
        raise ValueError(f"{name} does not say why it cannot be connected")
    if way is not None and not service.ews_url and not (service.imap and service.smtp):
        raise ValueError(f"{name} has no servers for incoming and outgoing mail")
    return service


def _endpoint(text: str) -> Endpoint:
    host, port, security = text.rsplit(":", 2)
    return Endpoint(host.lower(), int(port), ConnectionSecurity(security))
