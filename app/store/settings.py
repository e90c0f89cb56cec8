"""Settings of the workspace, each with a name, a type and a default. Secrets are never among them."""

from __future__ import annotations

import json
from typing import Any

from app.domain.errors import UsageError
from app.domain.quiet_hours import parse_clock
from app.domain.quoting import quoted
from app.domain.tracking_host import is_host_address
from app.store.fields import now
from app.store.models import Setting
from app.store.prepared import Prepared

# name → default; the default's type is the setting's type. What begins with "_" is the program's own memory.
DEFAULTS: dict[str, bool | int | str] = {
    "user_name": "",
    "log_default": True,
    "track_default": True,
    "log.mode": "replies",  # answers alone, or all mail with known contacts (R7)
    "log_attachments": True,
    "create_contacts": True,
    "create_companies": True,  # for the domain of a new contact's address
    "log.forward_both_forms": True,  # a forwarded message is logged with HTML and plain text only (L6)
    "privacy.on": False,  # only people with a legal basis are tracked and logged (T9)
    "undo_seconds": 5,
    "send.daily_limit": 0,  # recipients of an inbox in 24 hours; 0: what its provider allows
    "sync.first_look_days": 0,  # 0: all that the mailbox holds
    "sync.daily_megabytes": 2000,  # that are read of an inbox at most; 0: no limit
    "sync.pause_on_metered": True,
    "sync.pause_on_battery_saver": True,
    "default_font": "Arial",
    "default_font_size": 11,
    "appearance": "system",
    "notify_open": True,
    "notify_click": True,
    "notify_reply": True,
    "notify_bounce": True,
    "notify_inbox": True,
    "notify_review": True,
    "notify_unsubscribe": True,
    "notify_paused": False,
    "notify_group_seconds": 10,  # in which several events are one notice; 0: each is its own
    "quiet_hours.on": False,
    "quiet_hours.from": "20:00",
    "quiet_hours.to": "07:00",
    "tracking.url": "",
    "tracking.local": False,
    "tracking.token": "",
    "team.any_provider": False,  # team inboxes also by IMAP and Exchange (P4)
    # an OAuth client of one's own, or another provider: what is empty is as in resources/providers/oauth.json
    "oauth.gmail.client_id": "",
    "oauth.gmail.client_secret": "",
    "oauth.gmail.authorize_url": "",
    "oauth.gmail.token_url": "",
    "oauth.gmail.revoke_url": "",
    "oauth.gmail.api_url": "",
    "oauth.gmail.imap": "",
    "oauth.gmail.smtp": "",
    "oauth.outlook.client_id": "",
    "oauth.outlook.authority": "",
    "oauth.outlook.api_url": "",
    "oauth.outlook.imap": "",
    "oauth.outlook.smtp": "",
    "tracking.unsubscribe": False,  # tracked mail offers to ask for no more (RFC 8058)
    "tracking.keep_addresses_days": 90,  # of opens and clicks; 0: for good. The verdict stays
    "_notify.looked_below": 0,  # the number of the first event that may not have been told; 0: nobody has looked yet
    "_tracking.program": "",  # by which a tracking server knows this program
    "_tracking.networks": "",  # a list in place of the built-in one: see services.networks_in_use
    "_tracking.networks_mark": "",
    "_rescore.state": "",  # which events are to be judged again: see services.rescore_events
    "_tracking.port": 0,
    "_tracking.joined_at": "",  # since when the server elsewhere is used; empty: none, or unknown
    "_sync.read_by": "",
    "_erase.unfinished": "",  # what a permanent deletion leaves to be done: see Store.leave_no_trace
    "_erase.salts": "",  # of workspaces whose deletions were imported: see Tombstones
    "_window.geometry": "",
}
CHOICES: dict[str, tuple[str, ...]] = {"appearance": ("system", "light", "dark"), "log.mode": ("replies", "contacts")}
RANGES: dict[str, tuple[int, int]] = {
    "undo_seconds": (0, 60),
    "send.daily_limit": (0, 1_000_000),
    "sync.first_look_days": (0, 36_500),
    "sync.daily_megabytes": (0, 1_000_000),
    "default_font_size": (6, 48),
    "tracking.keep_addresses_days": (0, 36_500),
    "_tracking.port": (0, 65535),
    "notify_group_seconds": (0, 3600),
}


class Settings:
    def get(self, name: str) -> Any:
        """The stored value or the default. Raises UsageError for a name that does not exist."""
        if name not in DEFAULTS:
            raise UsageError(f"There is no setting {name}. Settings: {', '.join(public_names())}.")
        row = _VALUE.row(name)
        return DEFAULTS[name] if row is None else json.loads(row[0])

    def put(self, name: str, value: object) -> None:
        """Inside a transaction. Raises UsageError for a wrong name, type or value."""
        checked = self.check(name, value)
        Setting.insert(name=name, value_json=checked, changed_at=now()).on_conflict(
            conflict_target=[Setting.name], update={Setting.value_json: checked, Setting.changed_at: now()}
        ).execute()

    def check(self, name: str, value: object) -> bool | int | str:
        """The value in the setting's type; texts such as "on" and "12" are read as a person means them."""
        if name not in DEFAULTS:
            raise UsageError(f"There is no setting {name}. Settings: {', '.join(public_names())}.")
        default = DEFAULTS[name]
        if isinstance(default, bool):
            if isinstance(value, bool):
                return value
            word = str(value).strip().lower()
            if word in ("on", "true", "yes", "1"):
                return True
            if word in ("off", "false", "no", "0"):
                return False
            raise UsageError(f"{name} is on or off, not {quoted(value)}.")
        if isinstance(default, int):
            try:
                number = int(str(value))
            except ValueError:
                raise UsageError(f"{name} is a whole number, not {quoted(value)}.") from None
            low, high = RANGES.get(name, (0, 2**31))
            if not low <= number <= high:
                raise UsageError(f"{name} lies between {low} and {high}.")
            return number
        text = str(value)
        if name == "tracking.url" and text:
            text = text.strip().rstrip("/")
            if not is_host_address(text):
                raise UsageError("tracking.url is an address such as https://mail.example.com, without ? and #.")
        if name in ("quiet_hours.from", "quiet_hours.to"):
            try:
                text = parse_clock(text).isoformat("minutes")
            except ValueError:
                raise UsageError(f"{name} is a time of day such as 22:00, not {quoted(text)}.") from None
        if name in CHOICES and text not in CHOICES[name]:
            raise UsageError(f"{name} is one of {', '.join(CHOICES[name])}, not {quoted(text)}.")
        return text

    def all(self) -> dict[str, Any]:
        stored = {row.name: row.value_json for row in Setting.select() if row.name in DEFAULTS}
        return {name: stored.get(name, DEFAULTS[name]) for name in public_names()}


_VALUE = Prepared(1, lambda name: Setting.select(Setting.value_json).where(Setting.name == name))


def public_names() -> list[str]:
    return [name for name in DEFAULTS if not name.startswith("_")]
