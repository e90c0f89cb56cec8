"""The MAPI properties that EWS has no names for ([MS-OXPROPS]), made known to exchangelib. Used by `session`."""

from __future__ import annotations

import threading

from exchangelib import ExtendedProperty
from exchangelib.items import MESSAGE_ITEM_CLASSES, Item, MeetingMessage, PostItem


class ImapNumber(ExtendedProperty):  # type: ignore[misc]
    """PidTagInternetArticleNumber: the UID under which Exchange's own IMAP server shows a message. The store gives it
    when a message comes into a folder, ascending and never twice; a message that is moved gets a new one."""

    property_tag = 0x0E23
    property_type = "Integer"


class MessageFlags(ExtendedProperty):  # type: ignore[misc]
    """PidTagMessageFlags: without mfUnsent (8), which can be left out at creation only, an item is no draft."""

    property_tag = 0x0E07
    property_type = "Integer"


class DeliveryTime(ExtendedProperty):  # type: ignore[misc]
    """PidTagMessageDeliveryTime: what EWS shows as DateTimeReceived and lets nobody set."""

    property_tag = 0x0E06
    property_type = "SystemTime"


READ = 1  # mfRead

_KINDS = (Item, MeetingMessage, PostItem, *MESSAGE_ITEM_CLASSES)
_one_at_a_time = threading.Lock()


def _make_known(name: str, what: type[ExtendedProperty]) -> None:
    for kind in _KINDS:
        if name not in {f.name for f in kind.FIELDS}:  # some kinds share the fields of their parent
            kind.register(name, what)


def header_property(field: str) -> str:
    """The name for exchangelib's searches of a field of the header that Exchange itself has no use for, such as "X-…":
    it keeps those under their own names (PS_INTERNET_HEADERS, [MS-OXPROPS])."""
    name = "header_" + field.lower().replace("-", "_")
    told = {"distinguished_property_set_id": "InternetHeaders", "property_name": field, "property_type": "String"}
    with _one_at_a_time:
        _make_known(name, type(name, (ExtendedProperty,), told))
    return name


for _name, _property in (
    ("imap_number", ImapNumber),
    ("message_flags", MessageFlags),
    ("delivery_time", DeliveryTime),
):
    _make_known(_name, _property)
