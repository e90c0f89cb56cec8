"""Gmail shows one message in each of its labels and in All Mail, by other UIDs: by its own number for it (X-GM-MSGID, see
https://developers.google.com/workspace/gmail/imap/imap-extensions) a header that was read in the
Inbox or in Sent is known again in All Mail, and not read twice. Used by `session`.

The numbers are kept for as long as the connection: what comes is met in both places within minutes. Later ones do no
harm: the store knows each message by its Message-ID. The number of the conversation (X-GM-THRID) is not asked for: Gmail
puts messages together by subject, too, and no body is read for that reason (R1, R2).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from app.backends.imap import careful
from app.backends.imap.connection import Client
from app.backends.imap.fetching import uid_set
from app.backends.protocol import FetchedHeader, FolderInfo
from app.domain.errors import MailFault

NUMBER = "X-GM-MSGID"
_MOST = 2000  # headers that are kept, of some 600 bytes
_RECORD_BYTES = 200  # of an answer that holds two numbers
_UID, _NUMBER = re.compile(rb"\bUID (\d{1,10})\b", re.I), re.compile(rb"\bX-GM-MSGID (\d{1,20})\b", re.I)


class Twins:
    """`all_mail`: the path of the folder that shows everything, once the folders were listed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.all_mail = ""
        self._kept: OrderedDict[tuple[int, str], FetchedHeader] = OrderedDict()
        self._offered: bool | None = None

    def fetch_batch(self, path: str, uids: Sequence[int], items: str) -> list[FetchedHeader]:
        """As `careful` gives them, of the selected folder; those that are known already are not read. `items`: in
        parentheses."""
        if not self._is_offered():
            return careful.fetch_batch(self._client, uids, items)
        known = self._known(path, items, uids)
        rest = sorted(set(uids) - {header.uid for header in known})
        read = careful.fetch_batch(self._client, rest, f"({NUMBER} {items[1:]}") if rest else []
        self._keep(path, items, read)
        return sorted((*known, *read), key=lambda header: header.uid)

    def note_folders(self, found: tuple[FolderInfo, ...]) -> tuple[FolderInfo, ...]:
        """The same."""
        self.all_mail = next((folder.path for folder in found if folder.special_use == "\\All"), "")
        return found

    def _is_offered(self) -> bool:
        if self._offered is None:
            with self._client.talking():
                self._offered = b"X-GM-EXT-1" in {c.upper() for c in self._client.capabilities()}
        return self._offered

    def _keep(self, path: str, items: str, headers: Sequence[FetchedHeader]) -> None:
        """Those that were read in a label. A draft changes, and what could not be read may be read next time."""
        if path == self.all_mail:
            return
        for header in headers:
            if header.number and header.header and not header.draft:
                self._kept[header.number, items] = header
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def _known(self, path: str, items: str, uids: Sequence[int]) -> list[FetchedHeader]:
        """Those of these messages of All Mail whose headers were read before, under the UIDs that they have here."""
        if path != self.all_mail or not any(asked == items for _, asked in self._kept):
            return []
        found = []
        for uid, number in self._numbers(uids).items():
            twin = self._kept.pop((number, items), None)
            if twin is not None:
                found.append(replace(twin, uid=uid))
        return found

    def _numbers(self, uids: Sequence[int]) -> dict[int, int]:
        """Empty where the server refuses: the headers are read then, as everywhere."""
        try:
            with self._client.talking(expecting=_RECORD_BYTES * len(uids) + (1 << 20)):
                self._client.pop("FETCH")
                asked = self._client.imap._simple_command("UID", "FETCH", uid_set(uids), f"(UID {NUMBER})")
                self._client._checkok("fetch", *asked)
        except MailFault:
            if self._client.wire.closed:
                raise
        lines = [line for line in self._client.pop("FETCH") if isinstance(line, bytes)]
        pairs = [(_UID.search(line), _NUMBER.search(line)) for line in lines]
        wanted = set(uids)
        return {int(u[1]): int(n[1]) for u, n in pairs if u and n and int(u[1]) in wanted}
