"""From what was found out to a finding: which source counts, which provider it is, which hosts need a person's consent.
Pure; used by `look_up` (facts from the network) and `inspect` (facts that were given)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.addresses import is_complete, spelled
from app.domain.detection import Detected, Finding, FoundServer, Nothing, NothingFound, Source, Unsupported
from app.domain.exchange_address import is_microsoft_worldwide
from app.domain.hosts import ascii_domain, within
from app.domain.inboxes import Endpoint, Provider
from app.providers import records
from app.providers.catalogue import EMAIL, Catalogue, Service
from app.providers.config_xml import Config, fill_in, read_config


@dataclass(frozen=True)
class Facts:
    """What is known of a domain from outside. None: not asked; empty: asked, and there is nothing."""

    mx: tuple[records.Mx, ...] | None = None
    xml: str | bytes | None = None
    srv: tuple[records.Srv, ...] | None = None


def domain_of(address: str) -> str:
    """In ASCII (RFC 5891), lower case; empty for what is no address of a domain."""
    return ascii_domain(address.strip().rpartition("@")[2]) if is_complete(address) else ""


def from_catalogue(address: str, catalogue: Catalogue) -> Finding | Unsupported | None:
    """What is known of the address's domain without asking anybody."""
    address = spelled(address)
    domain = domain_of(address)
    service = catalogue.of_domain(domain) if domain else None
    return finding_of_service(address, service, service.source, domain) if service else None


def from_facts(address: str, facts: Facts, catalogue: Catalogue) -> Detected:
    """The first source that leads to servers, in the order of `Source`; else the best reason why none does."""
    address = spelled(address)
    if not domain_of(address):
        return NothingFound(address, Nothing.NOT_AN_ADDRESS)
    if known := from_catalogue(address, catalogue):
        return known
    config = read_config(facts.xml, address) if facts.xml else None
    candidates: list[Finding | Unsupported | None] = [
        finding_of_config(address, config, Source.AUTOCONFIG, "", catalogue) if config else None,
        finding_of_srv(address, facts.srv or (), catalogue),
        finding_of_mx(address, facts.mx or (), catalogue),
    ]
    return best(address, candidates) or NothingFound(address, _why(config, facts))


def best(address: str, candidates: Iterable[Finding | Unsupported | None]) -> Finding | Unsupported | None:
    """The first that is complete; else the first that is there."""
    found = [c for c in candidates if c is not None]
    complete = (c for c in found if isinstance(c, Unsupported) or c.complete)
    return next(complete, None) or next(iter(found), None)


def _why(config: Config | None, facts: Facts) -> Nothing:
    if facts.mx and not any(m.host for m in facts.mx):
        return Nothing.TAKES_NO_MAIL
    offered = {r.service for r in facts.srv or () if r.target}
    if (config and config.pop3) or offered & set(records.POP3):
        return Nothing.POP3_ONLY
    if config and config.without_tls:
        return Nothing.NO_TLS
    return Nothing.NO_SERVER


def finding_of_service(address: str, service: Service, source: Source, where: str) -> Finding | Unsupported:
    """A mail exchanger says which service it is, but not its user names: there the whole address is one."""
    if service.way is None:
        return Unsupported(address, service.facts.name, service.refused)
    template = EMAIL if source is Source.MX else service.username
    username = fill_in(template, address)
    return Finding(
        address,
        Provider.EXCHANGE if service.ews_url else service.way,
        source,
        where,
        incoming=tuple(FoundServer(e, username) for e in service.imap),
        outgoing=tuple(FoundServer(e, username) for e in service.smtp),
        ews_url=service.ews_url,
        service=service.facts if service.facts.name else None,
    )


def finding_of_config(
    address: str, config: Config, source: Source, where: str, catalogue: Catalogue
) -> Finding | Unsupported | None:
    if not config.useful:
        return None
    return _finding(address, source, where, config.incoming, config.outgoing, config.ews_url, catalogue)


def finding_of_srv(address: str, srv: Iterable[records.Srv], catalogue: Catalogue) -> Finding | Unsupported | None:
    """RFC 6186 4: the whole address is the user name that is tried first."""
    found = tuple(srv)
    incoming = records.endpoints(found, records.INCOMING)
    outgoing = records.endpoints(found, records.OUTGOING)
    if not incoming:
        target = next((r.target for r in found if r.service == records.AUTODISCOVER and r.target), "")
        if is_microsoft_worldwide(target):
            return _hosted_by_microsoft(address, Source.SRV, target, catalogue)
        return None
    servers = tuple(tuple(FoundServer(e, address) for e in side) for side in (incoming, outgoing))
    return _finding(address, Source.SRV, domain_of(address), servers[0], servers[1], "", catalogue)


def finding_of_mx(address: str, mx: Iterable[records.Mx], catalogue: Catalogue) -> Finding | Unsupported | None:
    """The most preferred exchanger that is known. One of the domain itself ends the look: those after it only keep mail
    for it, and have no mailbox there. (A stranger before it may be a filter.)"""
    for record in sorted(mx, key=lambda m: m.preference):
        if service := catalogue.of_mx(record.host):
            return finding_of_service(address, service, Source.MX, record.host)
        if within(record.host, domain_of(address)):
            return None
    return None


def finding_of_exchange(address: str, url: str, where: str, catalogue: Catalogue) -> Finding | Unsupported | None:
    """An Exchange server that answered Autodiscover; with its EWS address, or without."""
    if is_microsoft_worldwide(urlsplit(url).hostname or where):
        return _hosted_by_microsoft(address, Source.AUTODISCOVER, where, catalogue)
    hosts = [h for h in (urlsplit(url).hostname,) if h]
    if refused := next((r for r in map(catalogue.refused_host, hosts) if r), None):
        return Unsupported(address, refused.facts.name, refused.refused)
    return Finding(
        address,
        Provider.EXCHANGE,
        Source.AUTODISCOVER,
        where,
        ews_url=url,
        outside=outside_hosts(domain_of(address), hosts, catalogue),
    )


def finding_of_hosts(
    address: str, incoming: tuple[Endpoint, ...], outgoing: tuple[Endpoint, ...], catalogue: Catalogue
) -> Finding | Unsupported | None:
    """Usual names that answered."""
    if not incoming:
        return None
    servers = tuple(tuple(FoundServer(e, address) for e in side) for side in (incoming, outgoing))
    return _finding(address, Source.COMMON, incoming[0].host, servers[0], servers[1], "", catalogue)


def outside_hosts(domain: str, hosts: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Those that belong neither to the domain nor to a service of the catalogue, in order."""
    inside = (h for h in hosts if not (within(h, domain) or catalogue.of_host(h)))
    return tuple(dict.fromkeys(inside))


def _finding(
    address: str,
    source: Source,
    where: str,
    incoming: tuple[FoundServer, ...],
    outgoing: tuple[FoundServer, ...],
    ews_url: str,
    catalogue: Catalogue,
) -> Finding | Unsupported:
    hosts = [s.endpoint.host for s in (*incoming, *outgoing)]
    ews_host = urlsplit(ews_url).hostname or ""
    if refused := next((r for r in map(catalogue.refused_host, (*hosts, ews_host)) if r), None):
        return Unsupported(address, refused.facts.name, refused.refused)
    service = catalogue.of_host(hosts[0]) if incoming else None
    if service is None and any(map(is_microsoft_worldwide, (*hosts, ews_host))):
        service = catalogue.of_domain("office365.com")
    way = service.way if service is not None and service.way is not None else Provider.IMAP
    if way is Provider.IMAP and not incoming and ews_url:
        way = Provider.EXCHANGE
    return Finding(
        address,
        way,
        source,
        where,
        incoming,
        outgoing,
        ews_url,
        service.facts if service else None,
        outside_hosts(
            domain_of(address), (*hosts, *([ews_host] if ews_host and way is Provider.EXCHANGE else [])), catalogue
        ),
    )


def _hosted_by_microsoft(
    address: str, source: Source, where: str, catalogue: Catalogue
) -> Finding | Unsupported | None:
    service = catalogue.of_domain("office365.com")
    if service is None:
        return None
    found = finding_of_service(address, service, Source.MX, where)
    return Finding(**{**vars(found), "source": source}) if isinstance(found, Finding) else found
