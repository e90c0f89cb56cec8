"""What changed in a folder since an earlier question: EWS's SyncFolderItems, a page at a time. Used by `standing`.

https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/syncfolderitems-operation
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from exchangelib import Account, Message
from exchangelib.fields import FieldPath
from exchangelib.folders import BaseFolder
from exchangelib.items import ID_ONLY
from exchangelib.services import SyncFolderItems
from exchangelib.services.common import EWSAccountService
from exchangelib.util import MNS, TNS

from app.backends.exchange.channel import ANSWER_LIMIT, Channel
from app.backends.exchange.faults import talking
from app.backends.exchange.properties import ImapNumber

MOST_CHANGES = 512  # what the server gives at most at once
STATE_LIMIT = 1 << 20  # characters; those of Exchange have a few thousand
_PAGE_LIMIT = 4 << 20  # bytes of an answer
_FIELDS = ("imap_number", "is_draft")
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}  # XML Schema 2, 3.2.2
_NUMBER = ImapNumber.property_tag_as_int()


@dataclass(frozen=True)
class Change:
    """`kind`: "create", "update", "delete" or "read_flag_change". `number` 0: not told,
    which is so of the last two. `draft` None: not told."""

    kind: str
    item_id: str
    change_key: str = ""
    number: int = 0
    draft: bool | None = None


@dataclass(frozen=True)
class ChangePage:
    """`state`: where the next question begins; empty: the server gave none that can be used. `last`: there is no more."""

    state: str
    last: bool
    changes: list[Change] = field(default_factory=list)


class _Sync(SyncFolderItems):  # type: ignore[misc]
    """The library's own, which makes a whole item of each line and fails where an error comes without a state."""

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        self.sync_state = message.findtext(f"{{{MNS}}}SyncState")
        last = message.findtext(self.last_in_range_name) or ""
        self.includes_last_item_in_range = last.strip().lower() in ("true", "1")
        return EWSAccountService._get_element_container(self, message=message, name=name)

    def _elem_to_obj(self, elem: Any) -> Change | None:
        kind = self.change_types_map.get(elem.tag)
        if kind is None:
            return None
        item = elem if kind in (self.DELETE, self.READ_FLAG_CHANGE) else next(iter(elem), None)
        told = None if item is None else item.find(f"{{{TNS}}}ItemId")
        if item is None or told is None or not told.get("Id"):
            return None
        draft = _BOOLEAN.get((item.findtext(f"{{{TNS}}}IsDraft") or "").strip().lower())
        return Change(kind, told.get("Id"), told.get("ChangeKey") or "", max(_numbers(item), default=0), draft)


def _numbers(item: Any) -> Iterator[int]:
    for extended in item.findall(f"{{{TNS}}}ExtendedProperty"):
        uri, value = extended.find(f"{{{TNS}}}ExtendedFieldURI"), extended.findtext(f"{{{TNS}}}Value") or ""
        tag = "" if uri is None else uri.get("PropertyTag") or ""
        if tag[:2].lower() == "0x" and int(tag, 16) == _NUMBER and value.isascii() and value.isdigit():
            yield int(value[:20])


def changes_since(channel: Channel, mailbox: Account, folder: BaseFolder, state: str) -> ChangePage:
    """At most `MOST_CHANGES`; with an empty state the folder is told from its beginning. Raises MailFault, and what the
    library has for a state that the server does not take: ErrorInvalidSyncStateData."""
    channel.limit = _PAGE_LIMIT
    asked = _Sync(account=mailbox)
    try:
        with talking(channel):
            told = asked.call(
                folder=folder,
                shape=ID_ONLY,
                additional_fields=[FieldPath(field=Message.get_field_by_fieldname(name)) for name in _FIELDS],
                sync_state=state,
                ignore=None,
                max_changes_returned=MOST_CHANGES,
                sync_scope=None,
            )
            changes = [change for change in told if isinstance(change, Change)]
    finally:
        channel.limit = ANSWER_LIMIT
    new_state = asked.sync_state or ""
    return ChangePage(
        new_state if len(new_state) <= STATE_LIMIT else "", bool(asked.includes_last_item_in_range), changes
    )
