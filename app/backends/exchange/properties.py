"""The MAPI properties that EWS has no names for ([MS-OXPROPS]), made known to exchangelib. Used by `session`."""

from __future__ import annotations

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

for _kind in (Item, MeetingMessage, PostItem, *MESSAGE_ITEM_CLASSES):
    for _name, _property in (
        ("imap_number", ImapNumber),
        ("message_flags", MessageFlags),
        ("delivery_time", DeliveryTime),
    ):
        if _name not in {f.name for f in _kind.FIELDS}:  # some kinds share the fields of their parent
            _kind.register(_name, _property)
