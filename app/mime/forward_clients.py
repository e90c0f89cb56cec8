"""Which mail program forwarded a message (resources/forwards/clients.toml). Used by `forward`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.mime.forward_copies import BARE, RULED, Copy
from app.mime.forward_words import DATE, SUBJECT

_MAILERS = frozenset({"x-mailer", "user-agent", "x-mimeole", "x-originating-client"})
_HTML_LOOKED_AT = 300_000


@dataclass(frozen=True)
class Client:
    name: str
    mailer: tuple[str, ...]
    message_id: tuple[str, ...]
    html: tuple[str, ...]
    style: tuple[str, ...]
    learned: str


@cache
def clients() -> tuple[Client, ...]:
    raw = tomllib.loads((files("resources") / "forwards" / "clients.toml").read_text(encoding="utf-8"))
    return tuple(
        Client(
            entry["name"],
            tuple(entry.get("mailer", ())),
            tuple(entry.get("message_id", ())),
            tuple(entry.get("html", ())),
            tuple(entry.get("style", ())),
            entry["learned"],
        )
        for entry in raw["client"]
    )


def client_of(fields: list[tuple[str, str]], html: str, copy: Copy | None, line: str) -> str:
    """The name of the program, or empty where nothing tells. `fields`: of the message's header; `line`: the one above the
    copied header, as written."""
    mailer = " ".join(value.casefold() for name, value in fields if name in _MAILERS)
    for client in clients():
        if mailer and any(word in mailer for word in client.mailer):
            return client.name
    own_id = next((value.casefold() for name, value in fields if name == "message-id"), "")
    named = [client for client in clients() if own_id and any(word in own_id for word in client.message_id)]
    if named:  # of two with ids of one form, the one whose line it is
        return next(
            (client.name for client in named if copy is not None and _has_style(client, copy, line)), named[0].name
        )
    if any(name in ("x-ms-exchange-organization-authas", "x-ms-has-attach", "thread-topic") for name, _ in fields):
        return "Outlook.com" if copy is not None and copy.kind == RULED else "Outlook desktop"
    look = html[:_HTML_LOOKED_AT].casefold()
    for client in clients():
        if look and any(word in look for word in client.html):
            return client.name
    return _by_style(copy, line) if copy is not None else ""


def _by_style(copy: Copy, line: str) -> str:
    if copy.kind == RULED:
        return "Outlook.com"
    if copy.mark is None:
        if copy.kind != BARE:
            return ""
        return "GMX and WEB.DE" if copy.block.order[0] == DATE else "Outlook desktop"
    if copy.mark.style == "line":
        return "MailMate" if copy.mark.said == "forwarded message" else "Apple Mail"
    left = copy.mark.style.partition("|")[0]
    if not copy.mark.sure and left == "-" * 8 and copy.block.order[:1] == [SUBJECT] and DATE in copy.block.values:
        return "Roundcube"
    for client in clients():
        if _has_style(client, copy, line):
            return client.name
    return ""


def _has_style(client: Client, copy: Copy, line: str) -> bool:
    if copy.mark is None:
        return False
    left, _, right = copy.mark.style.partition("|")
    return any(_fits(style, line.strip("> "), copy.mark.sure, left, right) for style in client.style)


def _fits(style: str, bare: str, sure: bool, left: str, right: str) -> bool:
    """Whether a line with these letters around its words is of a client's style."""
    front, braced, behind = style.partition("{}")
    if braced:
        spaced = ("  " in front) == ("  " in bare)
        return sure and spaced and left == front.strip() and right == behind.strip()
    if "|" in style:
        return not sure and style.rstrip("|") in (f"{left}|{right}", left)
    return bare.startswith(style)
