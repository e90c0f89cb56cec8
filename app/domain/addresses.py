"""E-mail addresses as values. Reading them out of headers is the work of `app.mime`."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.hosts import ascii_domain


@dataclass(frozen=True)
class Address:
    """RFC 5322 mailbox: `display_name` decoded, may be empty; `addr_spec` as written."""

    addr_spec: str
    display_name: str = ""

    @property
    def key(self) -> str:
        """The form by which addresses are compared and stored."""
        return address_key(self.addr_spec)

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]

    @property
    def label(self) -> str:
        """What a person reads: the name, or the address where there is none."""
        return self.display_name or self.addr_spec

    def __str__(self) -> str:
        return f"{self.display_name} <{self.addr_spec}>" if self.display_name else self.addr_spec


def address_key(addr_spec: str) -> str:
    """Case-folded, without surrounding space, angle brackets, or the final dot of a domain name; the domain in ASCII
    (`hosts`), so that two domains never have one key. RFC 5321 lets the local part depend on case; no mail service in use
    does, so case is ignored throughout."""
    local, at, domain = addr_spec.strip().strip("<>").strip().rstrip(".").rpartition("@")
    return (
        local.casefold() + at + (domain.casefold() if domain.isascii() else ascii_domain(domain) or domain.casefold())
    )


def spelled(addr_spec: str) -> str:
    """As typed, without space around it and without the final dot of its domain, which no server expects in a user name."""
    return addr_spec.strip().rstrip(".")


def wire_address(addr_spec: str) -> str:
    """As it goes to servers: the domain in ASCII (`hosts`); a local part that is not ASCII stays (RFC 6531). Empty where
    the domain cannot be written so."""
    local, at, domain = addr_spec.strip().rpartition("@")
    if not at or domain.isascii():
        return local + at + domain
    plain = ascii_domain(domain)
    return f"{local}@{plain}" if plain else ""


def is_complete(addr_spec: str) -> bool:
    """Whether it can be an internet address: one @, a local part, and a domain of at least two labels (or a
    bracketed literal, RFC 5321 4.1.3)."""
    local, at, domain = addr_spec.strip().rpartition("@")
    if not at or not local or any(c in addr_spec for c in " \t\r\n,;<>"):
        return False
    if "@" in local and not (local.startswith('"') and local.endswith('"')):
        return False
    if domain.startswith("[") and domain.endswith("]"):
        return len(domain) > 2
    labels = domain.rstrip(".").split(".")
    return len(labels) >= 2 and all(label and not label.startswith("-") and not label.endswith("-") for label in labels)
