"""What an export notes in the header of each message, and how an import of the same folder takes it up again. Used by
`export_workspace` and `import_messages`.

Such fields in just any mailbox file are not believed: anybody may have written them into a message. Those of an export bear a
word that was thrown for it and stands in its list of contents, which no sender can know."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.domain.addresses import Address
from app.domain.association import Association
from app.domain.forward_notes import ForwardNote
from app.domain.left_out import FilesLeftOut, left_out_from
from app.domain.subjects import base_subject
from app.services.imported_mail import Letter
from app.services.who_may_be_logged import OwnRules
from app.services.workspace import Workspace
from app.store.exporting import StoredMessage
from app.store.fields import from_micros, to_micros
from app.store.messages import NewMessage


def _as_long(text: str, length: int) -> str:
    """As many line ends at its end as there were: what carries a message adds and takes away some."""
    plain = text.rstrip("\n")
    ends = length - len(plain)
    return plain + "\n" * ends if 0 <= ends <= _MOST_ENDS else text


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else otherwise


_MOST_ENDS = 1_000
_WORD = 60  # letters


def marks_of(stored: StoredMessage, token: str, users: dict[int, str]) -> tuple[tuple[str, str], ...]:
    """(name, value) of the header fields."""
    new = stored.message
    values = {
        "Export": token,
        "Direction": new.direction,
        "Kind": new.kind,
        "Logged-By": new.logged_by,
        "Match-Reason": new.match_reason,
        "Credited-By": stored.credited_by,
        "User": str(new.user_id),
        "Login": users.get(new.user_id, ""),
        "Thread": str(new.thread_id),
        "Split": "1" if new.changed_subject else "",
        "Contacts": " ".join(map(str, stored.contacts)),
        "Companies": " ".join(map(str, stored.companies)),
        "Deals": " ".join(map(str, stored.deals)),
        "Size": str(new.size),
        "Quoted-Lines": str(new.quoted_lines),
        "Text": f"{_own_letters(new)} {len(new.text)} {len(new.html)}",
        "Aliases": " ".join(stored.aliases),
        "Left-Out": f"{new.left_out.why.value} {new.left_out.count}" if new.left_out is not None else "",
        "Notes": _packed([[n.user_id, n.text, to_micros(n.at), n.copied_id] for n in new.notes]),
        "People": _packed(_people(new)),
    }
    return tuple((f"X-Hitchpost-{name}", value) for name, value in values.items() if value)


def _people(new: NewMessage) -> dict[str, list[list[str]]]:
    """Where a header cannot tell them: somebody whose name is not kept, or of whom there is only a name. Without the sender,
    whom a header names if anybody does."""
    groups = {"to": new.to, "cc": new.cc, "bcc": new.bcc}
    if all(person.addr_spec for people in groups.values() for person in people):
        return {}
    return {role: [[p.addr_spec, p.display_name] for p in people] for role, people in groups.items()}


def _packed(value: list[Any] | dict[str, Any]) -> str:
    """In words that a header carries as they are; empty where there is nothing."""
    if not value:
        return ""
    text = base64.b64encode(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")).decode("ascii")
    return " ".join(text[at : at + _WORD] for at in range(0, len(text), _WORD))


def _unpacked(text: str) -> Any:
    """None where it is damaged."""
    try:
        return json.loads(base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None


def _own_letters(new: NewMessage) -> int:
    """How many letters of the text are its own, where what is quoted comes last; else -1, and the reader decides anew."""
    return len(new.visible_text) if new.text.startswith(new.visible_text) else -1


def _left_out(mark: str) -> FilesLeftOut | None:
    why, _, count = mark.partition(" ")
    return left_out_from(why, _number(count, 0))


def _people_from(found: Any) -> dict[str, Any]:
    """By field of `NewMessage`; those that are told."""
    told: dict[str, Any] = {}
    for role in ("to", "cc", "bcc"):
        rows = found.get(role) if isinstance(found, dict) else None
        if isinstance(rows, list) and all(isinstance(row, list) and _is_pair(row) for row in rows):
            told[role] = tuple(Address(address, name) for address, name in rows)
    return told


def _is_pair(row: list[Any]) -> bool:
    return len(row) == 2 and all(isinstance(text, str) for text in row)


@dataclass
class Exported:
    """An export in hand. The tables were imported: the numbers of records there → here. `own`: the rules that there were here
    before it."""

    workspace: Workspace
    token: str
    records: dict[str, dict[str, int]]
    own: OwnRules
    _threads: dict[str, int] = field(default_factory=dict)

    def believes(self, letter: Letter) -> bool:
        return bool(self.token) and letter.marks.get("export", "") == self.token

    def direction(self, letter: Letter) -> str:
        return letter.marks.get("direction", "")

    def user(self, letter: Letter) -> int:
        store = self.workspace.store
        found = self._user_of(letter.marks.get("user", ""))
        if found is None and (login := letter.marks.get("login", "")):
            found = store.users.find(login)
        return store.user_id if found is None else found

    def _user_of(self, number: str) -> int | None:
        return self.records.get("users", {}).get(number)

    def contacts(self, letter: Letter) -> list[int]:
        return self._numbers(letter, "contacts")

    def _numbers(self, letter: Letter, name: str) -> list[int]:
        known = self.records.get(name, {})
        return [known[number] for number in letter.marks.get(name, "").split() if number in known]

    def applied(self, letter: Letter, new: NewMessage) -> NewMessage:
        """With what was noted in place of what the reader concludes. In its old thread, which is made at its first
        message."""
        marks = letter.marks
        new = replace(
            new,
            thread_id=self._thread(letter, new),
            changed_subject="split" in marks,
            kind=marks.get("kind", new.kind),
            logged_by=marks.get("logged-by", new.logged_by),
            match_reason=marks.get("match-reason", ""),
            size=_number(marks.get("size", ""), new.size),
            left_out=_left_out(marks.get("left-out", "")) or new.left_out,
            notes=self._notes(letter),
            **_people_from(_unpacked(marks.get("people", ""))),
        )
        lengths = marks.get("text", "").split()
        if len(lengths) != 3:
            return new
        own, text, html = (_number(length, -1) for length in lengths)
        new = replace(new, text=_as_long(new.text, text), html=_as_long(new.html, html))
        if own < 0:
            return new
        return replace(new, visible_text=new.text[:own], quoted_lines=_number(marks.get("quoted-lines", ""), 0))

    def _notes(self, letter: Letter) -> tuple[ForwardNote, ...]:
        """Of a user who is none here: of whoever imports."""
        found = _unpacked(letter.marks.get("notes", ""))
        notes = []
        for row in found if isinstance(found, list) else ():
            match row:
                case [int() as user, str() as text, int() as at, str() as copied_id]:
                    by = self._user_of(str(user))
                    mine = self.workspace.store.user_id
                    notes.append(ForwardNote(mine if by is None else by, text, from_micros(at), copied_id))
        return tuple({note.copied_id: note for note in notes}.values())

    def _thread(self, letter: Letter, new: NewMessage) -> int:
        number = letter.marks.get("thread", "")
        if number not in self._threads:
            messages = self.workspace.store.messages
            named = messages.known([i for i in (new.in_reply_to, *new.references) if i])
            near = next(iter(named.values()), None) if not letter.marks.get("split") else None
            same = near is not None and near.base_subject == base_subject(new.subject)
            self._threads[number] = (
                near.thread_id if near is not None and same else messages.new_thread(base_subject(new.subject))
            )
        return self._threads[number]

    def associate(self, letter: Letter, pk: int, date: datetime) -> None:
        to = Association((), tuple(self._numbers(letter, "companies")), tuple(self._numbers(letter, "deals")))
        copied, messages = self.workspace.store.copied, self.workspace.store.messages
        copied.link(pk, to, date)
        if credited := letter.marks.get("credited-by", ""):
            copied.credit(pk, self.user(letter), credited)
        for alias in letter.marks.get("aliases", "").split():
            if alias not in messages.known([alias]):
                messages.add_alias(pk, alias)
