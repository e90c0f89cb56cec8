"""Which domain of an address names a company: not one where anybody can have a mailbox. Used by the store, which puts new
contacts to companies, and by whoever asks whether a domain is public.

The domain under which people register is told by the Public Suffix List (https://publicsuffix.org, with its private part:
tenants of github.io are not one company); the public mail domains are data in `resources/records`."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from publicsuffixlist import PublicSuffixList

from app.domain.addresses import address_key
from app.domain.hosts import ascii_domain, unicode_domain


def registered_domain(domain: str) -> str:
    """example.co.uk of mail.example.co.uk. Empty for a public suffix alone, an address literal, and what is no domain."""
    plain = ascii_domain(domain)
    return str(_suffixes().privatesuffix(plain) or "") if plain else ""


def is_public_mail_domain(domain: str) -> bool:
    """Whether anybody can have a mailbox there: in the domain itself, or in the one that it is registered under."""
    plain = ascii_domain(domain)
    registered = registered_domain(plain)
    exact, families = _public()
    if plain in exact or registered in exact:
        return True
    return registered.partition(".")[0] in families if registered else False


def company_domain(address: str) -> str:
    """The domain by which an address belongs to a company, in ASCII: ada@mail.example.co.uk → example.co.uk. Empty where it
    tells nothing."""
    domain = registered_domain(address_key(address).rpartition("@")[2])
    return "" if not domain or is_public_mail_domain(domain) else domain


def name_from_domain(domain: str) -> str:
    """What a company is called until somebody knows better: “Northlight-cargo” of northlight-cargo.example."""
    shown = unicode_domain(domain).partition(".")[0]
    return shown[:1].upper() + shown[1:]


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=1)
def _public() -> tuple[frozenset[str], frozenset[str]]:
    """(domains, first labels of domains that are public in every country)"""
    text = files("resources").joinpath("records/public_mail_domains.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    families = frozenset(line.removesuffix(".*") for line in lines if line.endswith(".*"))
    return frozenset(line for line in lines if not line.endswith(".*")), families
