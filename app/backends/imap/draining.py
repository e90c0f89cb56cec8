"""The fast way to read many FETCH answers: straight from the wire, in large pieces, with one expression. Used by `pipeline`.

Whatever the expression does not know goes the ordinary way, line by line: imaplib's own reader, then `fetching`, which
hands to IMAPClient's parser what is not usual. Both ways must give the same.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from app.backends.date_time import EPOCH, date_time
from app.backends.imap import fetching
from app.backends.imap.connection import Client
from app.backends.protocol import ScannedHeader

# Up to the literal: the usual items in any order, then one section. Text in quotes with a backslash in it is not usual.
_ITEM = (
    rb'UID (\d{1,10})|RFC822\.SIZE (\d{1,19})|INTERNALDATE "([^"\\\r\n]{1,40})"'
    rb"|FLAGS \([^()\"{}\r\n]{0,500}\)|MODSEQ \(\d{1,20}\)"
)
_HEAD = re.compile(
    rb"\* \d{1,10} FETCH \((?:(?:" + _ITEM + rb") ){0,8}"
    rb'BODY\[(?:HEADER\.FIELDS \([^\]()"{}\\\r\n]{0,2000}\))?\] \{(\d{1,9})\}\r\n'
)
_TAIL = re.compile(rb"(?: (?:" + _ITEM + rb")){1,8}\)\r\n")
_FAR = 1 << 16  # of a literal that lacks more than this, the ordinary way keeps fewer copies


class Answers:
    """What the server told, by UID, whatever it was asked. `unread`: there was an answer of which not even the UID
    could be read."""

    def __init__(self) -> None:
        self.found: dict[int, ScannedHeader] = {}
        self.unread = False

    def take_out(self, wanted: Container[int]) -> list[ScannedHeader]:
        """Those with these UIDs, ascending: servers may answer in any order (RFC 3501 7.4.2)."""
        uids = [uid for uid in self.found if uid in wanted]
        uids.sort()
        return list(map(self.found.pop, uids))

    def keep_only(self, wanted: Sequence[Container[int]]) -> None:
        """Forgets all others."""
        self.found = {uid: h for uid, h in self.found.items() if any(uid in those for those in wanted)}

    def take(self, data: bytes, keep: int) -> int:
        """Reads the usual answers at the beginning of `data`; gives where the first one begins that is not, or is not
        there as a whole. `keep`: longer literals are not usual."""
        found, match, make = self.found, _HEAD.match, ScannedHeader._make
        position = 0
        while head := match(data, position):
            uid, size, date, length = head.group(1, 2, 3, 4)
            begin = head.end()
            end = begin + int(length)
            position_after = end + 3
            if end - begin > keep:
                return position
            if data[end:position_after] != b")\r\n":
                tail = _TAIL.match(data, end)
                if tail is None:
                    return position
                position_after = tail.end()
                last = tail.group(1, 2, 3)
                uid, size, date = last[0] or uid, last[1] or size, last[2] or date
            if uid is None:
                return position
            number = int(uid)
            found[number] = make((number, data[begin:end], int(size or 0), date or b""))
            position = position_after
        return position

    def take_records(self, data: list[bytes | tuple[bytes, bytes] | None]) -> None:
        """Reads answers as imaplib collected them."""
        for record in fetching.records(data):
            try:
                item = fetching.read_record(record)
            except ValueError:
                uid = fetching.record_uid(record)
                if uid is None:
                    self.unread = True
                else:
                    self.found[uid] = ScannedHeader(uid, b"", 0, b"")
                continue
            if item and (item.data is not None or item.uid not in self.found):
                date = b"" if item.internal_date == EPOCH else date_time(item.internal_date)
                self.found[item.uid] = ScannedHeader(item.uid, item.data or b"", item.size, date)


def drain(client: Client, tag: bytes, answers: Answers) -> tuple[str, list[bytes]]:
    """Reads up to the tagged answer, and gives that as imaplib does: status and text. Inside of `client.talking()`."""
    wire, imap = client.wire, client.imap
    while imap.tagged_commands[tag] is None:
        data = wire.waiting()
        position = answers.take(data, imap.keep_limit)
        wire.drop(position)
        if _rest_is_near(data, position, imap.keep_limit):
            wire.wait_for_more()
            continue
        imap._check_bye()
        imap._get_response()
        answers.take_records(client.pop("FETCH"))
    imap._check_bye()
    status, text = imap.tagged_commands.pop(tag)
    return status, text


def _rest_is_near(data: bytes, position: int, keep: int) -> bool:
    """Whether what stands at `position` may be a usual answer of which only a little is not there yet."""
    left = len(data) - position
    head = _HEAD.match(data, position)
    if head is None:
        return left < _FAR and data.find(b"\n", position) < 0
    end = head.end() + int(head.group(4))
    if end - head.end() > keep or end + 3 - len(data) > _FAR:
        return False
    return end + 3 > len(data) or (len(data) - end < _FAR and data.find(b"\n", end) < 0)
