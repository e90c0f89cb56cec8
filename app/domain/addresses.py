"""E-mail addresses as values. Reading them out of headers is the work of `app.mime`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.domain.hosts import ascii_domain

# What a local part may hold without quotation marks (RFC 5322 3.2.3, RFC 6531 3.3). Dots stand wherever they like: there are
# mailboxes with two in a row, written with and without marks.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]+")
_MARKED = re.compile(r'"((?:[^"\\]|\\.)*)"|\\(.)', re.DOTALL)


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
    (`hosts`), so that two domains never have one key; the name before the @ as `unquoted` says. RFC 5321 lets the local part
    depend on case; no mail service in use does, so case is ignored throughout."""
    local, at, domain = addr_spec.strip().strip("<>").strip().rstrip(".").rpartition("@")
    if '"' in local or "\\" in local:
        local = _unquoted(local)
    return (
        local.casefold() + at + (domain.casefold() if domain.isascii() else ascii_domain(domain) or domain.casefold())
    )


def unquoted(addr_spec: str) -> str:
    """Without quotation marks and backslashes that it does not need: `"ada"@example.org` and `ad\\a@example.org` are the
    mailbox ada@example.org (RFC 5321 4.1.2: a quoted string stands for what is in it)."""
    local, at, domain = addr_spec.rpartition("@")
    return _unquoted(local) + at + domain if '"' in local or "\\" in local else addr_spec


def quoted_spelling(key: str) -> str:
    """The other form in which somebody may have written an address: its name in quotation marks."""
    local, at, domain = key.rpartition("@")
    return f'"{local}"{at}{domain}' if at and _PLAIN.fullmatch(local) else key


def person_key(key: str) -> str:
    """Of an address whose name may have a detail behind a plus sign (RFC 5233), or full-width letters: the address of the same
    person without. By the standard it is another one; most mail services deliver both to one mailbox."""
    local, at, domain = key.rpartition("@")
    name = unicodedata.normalize("NFKC", local).casefold()
    return (name.partition("+")[0] or name) + at + domain


def _unquoted(local: str) -> str:
    """One that needs marks has them around the whole of it, with a backslash where there must be one."""
    bare = _MARKED.sub(lambda found: re.sub(r"\\(.)", r"\1", found[1] or "", flags=re.DOTALL) + (found[2] or ""), local)
    if _PLAIN.fullmatch(bare) and '"' not in _MARKED.sub("", local):
        return bare
    if not (len(local) > 1 and local[0] == local[-1] == '"' and _MARKED.fullmatch(local)):
        return local
    inside = bare.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'


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
