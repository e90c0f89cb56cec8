"""What an export notes in the header of each message, and how an import of the same folder takes it up again. Used by
`export_workspace` and `import_messages`.

Such fields in just any mailbox file are not believed: anybody may have written them into a message. Those of an export bear a
word that was thrown for it and stands in its list of contents, which no sender can know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.association import Association
from app.domain.subjects import base_subject
from app.services.imported_mail import Letter
from app.services.workspace import Workspace
from app.store.exporting import StoredMessage
from app.store.messages import NewMessage


def _as_long(text: str, length: int) -> str:
    """As many line ends at its end as there were: what carries a message adds and takes away some."""
    plain = text.rstrip("\n")
    ends = length - len(plain)
    return plain + "\n" * ends if 0 <= ends <= _MOST_ENDS else text


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else otherwise


_MOST_ENDS = 1_000


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
    }
    return tuple((f"X-Hitchpost-{name}", value) for name, value in values.items() if value)


def _own_letters(new: NewMessage) -> int:
    """How many letters of the text are its own, where what is quoted comes last; else -1, and the reader decides anew."""
    return len(new.visible_text) if new.text.startswith(new.visible_text) else -1


@dataclass
class Exported:
    """An export in hand. The tables were imported: the numbers of records there → here."""

    workspace: Workspace
    token: str
    records: dict[str, dict[str, int]]
    _threads: dict[str, int] = field(default_factory=dict)

    def believes(self, letter: Letter) -> bool:
        return bool(self.token) and letter.marks.get("export", "") == self.token

    def direction(self, letter: Letter) -> str:
        return letter.marks.get("direction", "")

    def user(self, letter: Letter) -> int:
        store = self.workspace.store
        found = self.records.get("users", {}).get(letter.marks.get("user", ""))
        if found is None and (login := letter.marks.get("login", "")):
            found = store.users.find(login)
        return store.user_id if found is None else found

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
        )
        lengths = marks.get("text", "").split()
        if len(lengths) != 3:
            return new
        own, text, html = (_number(length, -1) for length in lengths)
        new = replace(new, text=_as_long(new.text, text), html=_as_long(new.html, html))
        if own < 0:
            return new
        return replace(new, visible_text=new.text[:own], quoted_lines=_number(marks.get("quoted-lines", ""), 0))

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
