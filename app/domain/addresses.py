"""E-mail addresses as values. Reading them out of headers is the work of `app.mime`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.domain.hosts import ascii_domain

# What a local part may hold without quotation marks (RFC 5322 3.2.3, RFC 6531 3.3). Dots stand wherever they like: there are
# mailboxes with two in a row, written with and without marks.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]+")
# What nobody sees in an address (Unicode: Default_Ignorable_Code_Point); the two joiners are letters of some domains
# (RFC 5892 A.1, A.2).
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_NO_JOINERS = dict.fromkeys(map(ord, _JOINERS))
_APOSTROPHES = "'`´‘’‚‛“”„‹›«»"
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
    """Case-folded, without surrounding space, angle brackets, or the final dot of a domain name, and without what `plain_spec`
    takes away; the domain in ASCII
    (`hosts`), so that two domains never have one key; the name before the @ as `unquoted` says. RFC 5321 lets the local part
    depend on case; no mail service in use does, so case is ignored throughout."""
    bare = plain_spec(addr_spec.strip().strip("<>").strip())
    local, at, domain = bare.rstrip(".").rpartition("@")
    if '"' in local or "\\" in local:
        local = _unquoted(local)
    return (
        local.casefold() + at + (domain.casefold() if domain.isascii() else ascii_domain(domain) or domain.casefold())
    )


def plain_spec(addr_spec: str) -> str:
    """Without letters that nobody sees, such as soft hyphens, and without apostrophes or typographic quotation marks around the
    whole of it, as some programs write addresses. No domain ends with such a mark; a name may begin with one."""
    if addr_spec.isascii() and not addr_spec.endswith(("'", "`")):
        return addr_spec
    local, at, domain = addr_spec.rpartition("@")
    domain = _INVISIBLE.sub(lambda found: found[0] if found[0] in _JOINERS else "", domain).strip()
    bare = domain.rstrip(_APOSTROPHES + _JOINERS)
    wrapped = any(mark in _APOSTROPHES for mark in domain[len(bare) :])
    if (plain := bare.translate(_NO_JOINERS)).isascii():
        bare = plain
    local = _INVISIBLE.sub("", local).strip()
    return (local.lstrip(_APOSTROPHES) if wrapped else local) + at + bare


def unquoted(addr_spec: str) -> str:
    """As `plain_spec`, and without quotation marks and backslashes that it does not need: `"ada"@example.org` and
    `ad\\a@example.org` are the mailbox ada@example.org (RFC 5321 4.1.2: a quoted string stands for what is in it)."""
    addr_spec = plain_spec(addr_spec)
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
