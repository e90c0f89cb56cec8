"""As much of Gmail's IMAP as a sync talks to: labels over one store of messages, All Mail, X-GM-EXT-1. The form of what it says
is that of https://developers.google.com/workspace/gmail/imap/imap-extensions; no real server for tests has these."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from tests.support.scripted import Talk

CAPABILITIES = "IMAP4rev1 UNSELECT LITERAL+ IDLE NAMESPACE QUOTA ID XLIST CHILDREN UIDPLUS X-GM-EXT-1 AUTH=PLAIN"
ALL_MAIL, SENT = "[Gmail]/All Mail", "[Gmail]/Sent Mail"
_FOLDERS = {
    "INBOX": r"\HasNoChildren",
    "[Gmail]": r"\Noselect \HasChildren",
    ALL_MAIL: r"\HasNoChildren \All",
    "[Gmail]/Drafts": r"\HasNoChildren \Drafts",
    "[Gmail]/Important": r"\HasNoChildren \Important",
    SENT: r"\HasNoChildren \Sent",
    "[Gmail]/Spam": r"\HasNoChildren \Junk",
    "[Gmail]/Trash": r"\HasNoChildren \Trash",
    "Customers": r"\HasNoChildren",
}


@dataclass(frozen=True)
class _Stored:
    number: int  # X-GM-MSGID
    raw: bytes


class GmailBox:
    """`asked`: the folder and the items of each UID FETCH. `refuses_numbers`: X-GM-MSGID alone is answered with BAD."""

    def __init__(self) -> None:
        self._labels: dict[str, list[_Stored]] = {path: [] for path in _FOLDERS}
        self._stored = 0
        self._lock = threading.Lock()
        self.asked: list[tuple[str, str]] = []
        self.refuses_numbers = False

    def arrive(self, raw: str, *labels: str) -> None:
        """Under these labels, and in All Mail."""
        with self._lock:
            self._stored += 1
            data = raw.replace("\r\n", "\n").replace("\n", "\r\n").encode()
            stored = _Stored(1278455344230334865 + self._stored, data)
            for path in (*labels, ALL_MAIL):
                self._labels[path].append(stored)

    def play(self, talk: Talk) -> None:
        """The script of a `ScriptedServer`: one connection from its greeting to its end."""
        talk.imap_login(CAPABILITIES)
        selected = ""
        while line := talk.hear():
            tag, _, said = line.partition(" ")
            word = said.split(" ", 1)[0].upper()
            if word in ("EXAMINE", "SELECT"):
                selected = _path(said)
                there = self._labels[selected]
                talk.say(
                    r"* FLAGS (\Answered \Flagged \Draft \Deleted \Seen)",
                    "* OK [UIDVALIDITY 11] UIDs valid.",
                    f"* {len(there)} EXISTS",
                    "* 0 RECENT",
                    f"* OK [UIDNEXT {len(there) + 1}] Predicted next UID.",
                    f"{tag} OK [READ-ONLY] {selected} selected. (Success)",
                )
                continue
            if word == "LOGOUT":
                talk.say("* BYE LOGOUT Requested", f"{tag} OK 73 good day (Success)")
                return
            self._answer(talk, said, selected)
            alone = re.search(r"UID FETCH \S+ \(UID X-GM-MSGID\)", said) and self.refuses_numbers
            talk.say(f"{tag} BAD Could not parse command" if alone else f"{tag} OK Success")

    def _answer(self, talk: Talk, said: str, selected: str) -> None:
        with self._lock:
            if said.startswith("LIST"):
                talk.say(*(f'* LIST ({flags}) "/" "{path}"' for path, flags in _FOLDERS.items()))
            elif said.startswith("NAMESPACE"):
                talk.say('* NAMESPACE (("" "/")) NIL NIL')
            elif said.startswith("STATUS"):
                count = len(self._labels[_path(said)])
                numbers = f"(MESSAGES {count} UIDNEXT {count + 1} UIDVALIDITY 11)"
                talk.say(f'* STATUS "{_path(said)}" {numbers}')
            elif said.startswith("UID SEARCH"):
                last = len(self._labels[selected])
                first = re.search(r"UID (\d+):\*", said)
                low = min(int(first[1]), last) if first else last
                talk.say(f"* SEARCH {' '.join(map(str, range(low, last + 1)))}")
            elif said.startswith("UID FETCH"):
                _, _, uids, items = said.split(" ", 3)
                self.asked.append((selected, items))
                if not (self.refuses_numbers and items == "(UID X-GM-MSGID)"):
                    for uid in _within(uids, len(self._labels[selected])):
                        talk.raw(_fetched(uid, self._labels[selected][uid - 1], items))


def _path(said: str) -> str:
    found = re.search(r'"([^"]+)"', said)
    return found[1] if found else said.split()[1]


def _within(uids: str, last: int) -> list[int]:
    wanted: list[int] = []
    for part in uids.split(","):
        low, _, high = part.partition(":")
        wanted += range(int(low), (last if high == "*" else int(high or low)) + 1)
    return [uid for uid in wanted if uid <= last]


def _fetched(uid: int, stored: _Stored, items: str) -> bytes:
    header = stored.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    said = []
    if "X-GM-MSGID" in items:
        said.append(b"X-GM-MSGID %d" % stored.number)
    said.append(b"UID %d" % uid)
    if "RFC822.SIZE" in items:
        said.append(b'RFC822.SIZE %d INTERNALDATE "01-Mar-2026 10:00:00 +0000"' % len(stored.raw))
    if "FLAGS " in items:
        said.append(b"FLAGS ()")
    fields = re.search(r"BODY\.PEEK\[(HEADER\.FIELDS \([^)]*\))\]", items)
    part = re.search(r"BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?", items)
    if fields:
        wanted = {name.lower() for name in re.findall(r"[\w-]+", fields[1].partition("(")[2])}
        lines = [line for line in header.split(b"\r\n") if line.partition(b":")[0].decode().lower() in wanted]
        text = b"".join(line + b"\r\n" for line in lines) + b"\r\n"
        said.append(b"BODY[%s] {%d}\r\n%s" % (fields[1].encode(), len(text), text))
    elif part:
        text = stored.raw[: int(part[2])] if part[2] else stored.raw
        said.append(b"BODY[]%s {%d}\r\n%s" % (b"<0>" if part[2] else b"", len(text), text))
    return b"* %d FETCH (%s)\r\n" % (uid, b" ".join(said))
