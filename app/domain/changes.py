"""The broadcast after a commit: what changed and who did it. Screens decide whether to look again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Area(Enum):
    INBOXES = "inboxes"
    CONTACTS = "contacts"
    COMPANIES = "companies"
    DEALS = "deals"
    USERS = "users"
    MESSAGES = "messages"
    OUTBOX = "outbox"
    EVENTS = "events"
    SETTINGS = "settings"
    LEDGER = "ledger"
    REVIEW = "review"


@dataclass(frozen=True)
class Change:
    areas: frozenset[Area]
    source: str = ""  # the worker or screen that did it
