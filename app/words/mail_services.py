"""What is known of the mail service behind a host: its name, where app passwords are made, where IMAP is switched on.
From resources/providers/mail, as `app.providers` has it for addresses. Used by `server_hints`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class MailService:
    """Pages are empty where there are none. `app_password_always`: no other password is taken; `no_passwords`: only a
    sign-in in the browser."""

    name: str
    app_password_page: str = ""
    app_password_always: bool = False
    switch_on_page: str = ""
    no_passwords: bool = False


def service_at(host: str) -> MailService | None:
    """The service one of whose servers this is."""
    return _by_host().get(host.rstrip(".").lower())


@cache
def _by_host() -> dict[str, MailService]:
    found: dict[str, MailService] = {}
    folder = files("resources") / "providers" / "mail"
    for entry in sorted(folder.iterdir(), key=lambda e: e.name, reverse=True):  # "worldwide" first
        if not entry.name.endswith(".json"):
            continue
        for row in json.loads(entry.read_text(encoding="utf-8"))["providers"]:
            app_password = row.get("app_password", {})
            service = MailService(
                name=row["name"],
                app_password_page=app_password.get("page", ""),
                app_password_always=app_password.get("needed") == "always",
                switch_on_page=row.get("switch_on", ""),
                no_passwords=row.get("way") == "outlook",
            )
            for server in (*row.get("imap", ()), *row.get("smtp", ())):
                found.setdefault(server.rsplit(":", 2)[0].lower(), service)
    return found
