"""The table of errors that servers and providers give (resources/troubleshooting), each with cause and remedy, and the
search in it. Used by `problems`, the help page and the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any


class Who(Enum):
    """Who can mend it."""

    YOU = "you"
    ADMINISTRATOR = "administrator"
    PROVIDER = "provider"
    ITSELF = "itself"


@dataclass(frozen=True)
class Row:
    """One error. `codes`: as it is called by those who give it, each found in a text by `patterns`, which are not told
    apart by case. `title`, `cause` and `remedy` may name the server as {host}.

    `hosts`, `protocols`: where it is said; a text from elsewhere does not match. Where the place is not known, it does,
    unless the row is `bound`: then its words are so common that the place has to fit. `not_hosts`: never there.
    `general`: any server may say it, so that what is known of the provider comes first. `fallback`: only where no other
    row has a word to say. `readme`: common enough to stand in the README. `example_host`, `example_port`: where `example`
    was said, for a bound row."""

    codes: tuple[str, ...]
    group: str
    title: str
    cause: str
    remedy: str
    who: Who
    source: str
    patterns: tuple[re.Pattern[str], ...]
    example: str
    example_host: str = ""
    example_port: int = 0
    hosts: tuple[str, ...] = ()
    not_hosts: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    bound: bool = False
    general: bool = False
    fallback: bool = False
    readme: bool = False

    @property
    def code(self) -> str:
        return ", ".join(self.codes)

    def words(self, host: str = "") -> tuple[str, str, str]:
        """(title, cause, remedy) about this server; "the server" where none is named."""
        title, cause, remedy = (about_server(text, host) for text in (self.title, self.cause, self.remedy))
        if not host or not title.startswith(host):  # a host's name is written as it is
            title = title[:1].upper() + title[1:]
        return title, cause, remedy

    def is_named_in(self, line: str) -> bool:
        """Whether a text in lower case has one of `hosts` in it, or what the service is called there ("gmx")."""
        words = {name for host in self.hosts for name in (host, host.split(".")[-2])} - _NO_NAMES
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line) for word in words)


# Where "the server" would make no sense in the place of its name
_UNNAMED = (
    ("server called {host}", "server of that name"),
    ("the name {host}", "this name"),
    ("another server than {host}", "another server than this one"),
    ("server is at {host}, outside", "server is outside"),
    ("Exchange server {host}", "Exchange server"),
    ("{host}", "the server"),
)
_NO_NAMES = frozenset({"mail", "live"})  # in the names of hosts, and in everything else that is said about mail


def about_server(text: str, host: str) -> str:
    """With the server's name for {host}; without a name as it is said of some server."""
    for named, unnamed in (("{host}", host),) if host else _UNNAMED:
        text = text.replace(named, unnamed)
    return text


_WEB = ("gmail", "graph", "ews", "oauth")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_SMTP = re.compile(r"(\d{3}) ([245]\.\d{1,3}\.\d{1,3})")


@cache
def table() -> tuple[Row, ...]:
    """All rows, in the order of the files' names and within them."""
    folder = files("resources") / "troubleshooting"
    rows: list[Row] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            rows += _rows(tomllib.loads(entry.read_text(encoding="utf-8")))
    return tuple(rows)


def _rows(document: Mapping[str, Any]) -> Iterable[Row]:
    for row in document["row"]:
        codes = tuple(row["codes"])
        texts = row.get("match") or [code_pattern(code) for code in codes]
        yield Row(
            codes=codes,
            group=document["group"],
            title=row["title"],
            cause=row["cause"],
            remedy=row["remedy"],
            who=Who(row["who"]),
            source=document["sources"][row["source"]],
            patterns=tuple(re.compile(text, re.IGNORECASE) for text in texts),
            example=row["example"],
            example_host=row.get("example_host", ""),
            example_port=row.get("example_port", 0),
            hosts=tuple(row.get("hosts", document.get("hosts", ()))),
            not_hosts=tuple(row.get("not_hosts", ())),
            protocols=tuple(row.get("protocols", document.get("protocols", ()))),
            bound=row.get("bound", False),
            general=row.get("general", document.get("general", False)),
            fallback=row.get("fallback", False),
            readme=row.get("readme", False),
        )


def code_pattern(code: str) -> str:
    """How a code is found in a text: an enhanced status code (RFC 3463) as a whole, also after 550- or 550 and a space,
    and not in the middle of an IP address; a response code (RFC 5530) with whatever stands behind its name; others as
    whole words."""
    if full := _SMTP.fullmatch(code):
        return rf"\b{full[1]}[- ]{re.escape(full[2])}(?!\.?\d)"
    if _ENHANCED.fullmatch(code):
        return rf"(?<![\d.]){re.escape(code)}(?!\.?\d)"
    if code.startswith("[") and code.endswith("]"):
        return rf"\[{re.escape(code[1:-1])}[\] ]"
    return rf"(?<!\w){re.escape(code)}(?!\w)"


def protocol_of(host: str, port: int, smtp_code: int = 0) -> str:
    """imap, smtp, ews, graph or gmail; empty where the port does not tell."""
    if smtp_code or port in (25, 465, 587):
        return "smtp"
    if port in (143, 993):
        return "imap"
    if port == 443:
        return "graph" if host.startswith("graph.") else "gmail" if host.startswith("gmail.") else "ews"
    return ""


def look_up(text: str, host: str = "", protocol: str = "") -> tuple[Row, ...]:
    """The rows whose words are in a server's text, the most exact first: those of the server's own provider, then those
    of one provider, then what any server may say; among these the longest match."""
    line = " ".join(text.split())
    found: list[tuple[int, int, int, Row]] = []
    for number, row in enumerate(table()):
        place = _place(row, host.lower().rstrip("."), protocol)
        if place is None:
            continue
        spans = [match.end() - match.start() for pattern in row.patterns if (match := pattern.search(line))]
        if spans:
            found.append((place, max(spans), -number, row))
    if not all(each[3].fallback for each in found):
        found = [each for each in found if not each[3].fallback]
    found.sort(key=lambda each: each[:3], reverse=True)
    return tuple(each[3] for each in found)


def _place(row: Row, host: str, protocol: str) -> int | None:
    """How well the place fits: 3 its own provider, 2 one provider, 1 any server, 0 a provider that is not known here;
    None where it does not fit."""
    if protocol and row.protocols and protocol not in row.protocols and not _both_web(row, protocol):
        return None
    if row.general:
        return 1
    if host and any(_within(host, name) for name in row.not_hosts):
        return None
    if host and row.hosts:
        if any(_within(host, name) for name in row.hosts):
            return 3
        return None if row.bound else 2
    if row.bound and row.protocols and not row.hosts:
        return 3 if protocol in row.protocols else 0
    return 0 if row.bound else 2


def _both_web(row: Row, protocol: str) -> bool:
    """A port does not tell one web service from another."""
    return not row.bound and protocol in _WEB and any(name in _WEB for name in row.protocols)


def _within(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def row_for(text: str, host: str = "", port: int = 0, smtp_code: int = 0) -> Row | None:
    """The one row that explains what a server said, for certain: no guess about a place that is not known."""
    said = f"{smtp_code} {text}" if smtp_code and not text.startswith(str(smtp_code)) else text
    protocol = protocol_of(host, port, smtp_code)
    for row in look_up(said, host, protocol):
        if _place(row, host.lower().rstrip("."), protocol):
            return row
    return None
