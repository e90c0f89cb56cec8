"""Messages out of mailbox files and single files onto the timelines of the people in them (X3). Used by the façade and the
command line.

They pass the same reader and rules as mail that is synced: never-log, permanent deletions, the privacy switch; attachments as
the setting says, and none of messages of 50 MB. Who sent from an address of one's own wrote to the others; any other message
came from its sender. It never notifies, is no event, and has no tracking data. What is here already under its Message-ID is
not stored a second time. A batch is one transaction; at no time more than a batch is in memory. Connected mailboxes are looked
through for what answers them with their next look, as quietly as at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.addresses import Address, address_key
from app.domain.attribution import Credited, attribute
from app.domain.changes import Area
from app.domain.copied_mail import LogTo, Refusal, Refused, Rules, check_people
from app.domain.errors import PermanentlyDeleted, UsageError
from app.domain.left_out import WhyLeftOut
from app.domain.logging_rules import LARGE_MESSAGE
from app.domain.subjects import base_subject
from app.domain.transfer import ImportKind, ImportOptions, ImportReport, Stop, Tell
from app.interchange.mail_files import MailReader
from app.mime.reading import ReadMessage, read_message
from app.services.associate import associate_message
from app.services.exported_marks import Exported
from app.services.import_run import ImportRun
from app.services.imported_mail import Letter, becomes_contact, read_letter
from app.services.join_forwarded import join_forwarded
from app.services.kept_files import KeptFiles, keep_files, leave_files
from app.services.removed_for_good import may_not_come_back
from app.services.who_may_be_logged import rules_for, without_refused
from app.services.workspace import Workspace
from app.store import journal
from app.store.messages import KnownMessage, NewMessage

AREAS = (Area.MESSAGES, Area.CONTACTS, Area.COMPANIES)
_BATCH = 100  # messages of a transaction, or so many bytes
_BATCH_BYTES = 32_000_000
_WHY = {
    Refusal.NEVER_LOG: "Everyone it would be logged to is on the never-log list.",
    Refusal.DELETED: "The address was permanently deleted from this workspace.",
    Refusal.NO_LEGAL_BASIS: "There is no legal basis for the people in it, and the privacy switch is on.",
    Refusal.NO_CONTACT: "Nobody but you is in it.",
}
_REMOVED = "It was removed from this workspace for good, with a contact or by the never-log list."
_NO_SENDER = "It says nothing about who sent it."
_NOBODY = "Nobody in it is a contact, and none is made of lists, machines, or by your choice."


@dataclass(frozen=True)
class _Read:
    letter: Letter
    message: ReadMessage
    files: KeptFiles
    sent: bool
    people: tuple[Address, ...]
    user_id: int


def import_messages(
    workspace: Workspace,
    kind: ImportKind,
    path: Path,
    options: ImportOptions,
    tell: Tell,
    stop: Stop,
    exported: Exported | None = None,
) -> ImportReport:
    """`kind`: MBOX or EML; folders and archives hold either. `exported`: the file is of an export of this program, whose
    marks are believed. Raises UnreadableFile, DiskFull, StoreError: what was in by then stays."""
    with ImportRun(kind, path, options.rejected, tell, stop) as run, MailReader(path, kind) as reader:
        run.columns(("File", "Date", "From", "Subject", "Message-ID"))
        taker = _Messages(workspace, options, run, exported)
        items = _letters(reader, run)
        done = False
        while not done and run.going_on(reader.place, reader.size, "Importing messages"):
            batch: list[Letter] = []
            size = 0
            done = True
            for letter in items:
                batch.append(letter)
                size += len(letter.item.raw)
                if len(batch) >= _BATCH or size > _BATCH_BYTES:
                    done = False
                    break
                if not run.going_on(reader.place, reader.size, "Importing messages"):
                    break
            taker.take(batch)
        return run.report()


def _letters(reader: MailReader, run: ImportRun) -> Iterator[Letter]:
    """Those that may be imported; the others are set aside with their reason."""
    for item in reader:
        run.read += 1
        found = read_letter(item)
        if isinstance(found, Letter):
            yield found
        elif found.mendable:
            run.skip(item.number, item.where or f"message {item.number}", found.why, (item.where,))
        else:
            run.leave(item.number, item.where or f"message {item.number}", found.why)
        if run.stopped or not run.going_on(reader.place, reader.size, "Importing messages"):
            return


class _Messages:
    def __init__(self, workspace: Workspace, options: ImportOptions, run: ImportRun, exported: Exported | None) -> None:
        self._workspace, self._store, self._options, self._run = workspace, workspace.store, options, run
        self._exported = exported
        self._own = frozenset(address_key(a) for a in options.own)
        self._create = bool(workspace.store.settings.get("create_contacts"))
        self._rules: dict[tuple[int, bool], Rules] = {}
        self._users: dict[str, int] = {}

    def take(self, letters: Sequence[Letter]) -> None:
        """Reads outside the transaction and stores inside, so that others may write meanwhile."""
        known = self._store.messages.known([x.message_id for x in letters])
        read: list[_Read] = []
        seen: set[str] = set()
        for letter in letters:
            if letter.message_id in known or letter.message_id in seen or self._was_sent_here(letter):
                self._run.same += 1
                continue
            seen.add(letter.message_id)
            if (one := self._read(letter)) is not None:
                read.append(one)
        if not read:
            return
        with self._store.transaction(*AREAS, source="import"):
            for one in read:
                self._store_one(one)
            self._store.inboxes.put_off_ended()  # what answers them may lie in mailboxes that were looked through

    def _was_sent_here(self, letter: Letter) -> bool:
        """The sender's copy of what went out from here, to which a provider gave another Message-ID."""
        mark, sender = letter.facts.copy_mark, letter.facts.sender
        if not mark or sender is None or not self._rules_of(self._store.user_id).is_own(sender.key):
            return False
        return self._store.outbox.logged_by_copy(mark) is not None

    def _read(self, letter: Letter) -> _Read | None:
        sender = letter.facts.sender
        exported = self._exported if self._believed(letter) else None
        if sender is None and exported is None:
            place = letter.item.number
            self._run.skip(place, letter.item.where or f"message {place}", _NO_SENDER, (letter.item.where,))
            return None
        user_id = self._user(letter)
        rules = self._rules_of(user_id, exported)
        mine = sender is not None and (rules.is_own(sender.key) or sender.key in self._own)
        sent = exported.direction(letter) == "sent" if exported is not None else mine
        by = () if sender is None else (sender,)
        people = (*letter.facts.to, *letter.facts.cc, *letter.bcc) if sent else by
        decision = check_people([p for p in people if p.key not in self._own], rules)
        if exported is not None and isinstance(decision, Refused) and decision.reason is Refusal.NO_CONTACT:
            decision = LogTo(())  # nobody in it is named any more, or it is on nobody's timeline: as it was there
        if not isinstance(decision, LogTo):
            self._refuse(letter, _WHY[decision.reason], nothing=decision.reason is not Refusal.NO_LEGAL_BASIS)
            return None
        if not self._anybody(letter, decision.people, sent):
            self._refuse(letter, _NOBODY)
            return None
        if self._store.gone.holds(letter.message_id):
            self._refuse(letter, _REMOVED, nothing=True)
            return None
        message = read_message(letter.item.raw)
        files = KeptFiles()
        if exported is not None or len(letter.item.raw) < LARGE_MESSAGE:  # it was under the limit when it was logged
            wished = exported.own.log_attachments if exported is not None else None
            files = keep_files(self._workspace, message.attachments, wished)
        elif message.attachments:
            self._run.count("without_files")
            files = leave_files(WhyLeftOut.LARGE_MESSAGE, message.attachments)
        letter = replace(letter, item=replace(letter.item, raw=b""))
        return _Read(letter, replace(message, attachments=()), files, sent, decision.people, user_id)

    def _believed(self, letter: Letter) -> bool:
        return self._exported is not None and self._exported.believes(letter)

    def _anybody(self, letter: Letter, people: Sequence[Address], sent: bool) -> bool:
        if self._believed(letter) or self._store.contacts.find_many([p.addr_spec for p in people]):
            return True
        return self._create and any(becomes_contact(letter, p, sent=sent, wish=self._options.people) for p in people)

    def _refuse(self, letter: Letter, why: str, *, nothing: bool = False) -> None:
        """`nothing`: no more than that there was one may be written down."""
        place, sender = letter.item.number, letter.facts.sender
        if nothing:
            self._run.leave(place, f"message {place}", why)
            return
        said = (letter.item.where, letter.date.isoformat(), str(sender or ""), letter.facts.subject, letter.message_id)
        self._run.skip(place, letter.facts.subject or f"message {place}", why, said)

    def _user(self, letter: Letter) -> int:
        """Who is credited: for what was sent the user of that address (L7), else who imports."""
        if self._believed(letter) and self._exported is not None:
            return self._exported.user(letter)
        sender = letter.facts.sender
        key = sender.key if sender is not None else ""
        if key not in self._users:
            credit = self._store.credit
            found = attribute(credit.holders(key), letter.date, credit.sign_ins(letter.date), None)
            self._users[key] = found.user_id if isinstance(found, Credited) else self._store.user_id
        return self._users[key]

    def _rules_of(self, user_id: int, exported: Exported | None = None) -> Rules:
        key = (user_id, exported is not None)
        if key not in self._rules:
            self._rules[key] = rules_for(self._workspace, [user_id], exported.own if exported is not None else None)
        return self._rules[key]

    # -- inside the transaction

    def _store_one(self, one: _Read) -> None:
        store, letter = self._store, one.letter
        if store.messages.known([letter.message_id]):  # another process was faster
            self._run.same += 1
            return
        new = self._message(one)
        if may_not_come_back(self._workspace, new):
            self._refuse(letter, _REMOVED, nothing=True)
            return
        believed = self._exported if self._believed(letter) else None
        contacts = believed.contacts(letter) if believed is not None else self._contacts(one)
        if not contacts and believed is None:
            self._refuse(letter, _NOBODY)
            return
        if believed is not None:
            new = believed.applied(letter, new)
        else:
            thread, changed = self._thread(new)
            new = replace(new, thread_id=thread, changed_subject=changed)
        own = believed.own if believed is not None else None
        pk = store.messages.add(without_refused(self._workspace, new, own=own), contacts)
        journal.enter(journal.MESSAGE, pk)
        if believed is not None:
            believed.associate(letter, pk, new.date)
        else:
            associate_message(self._workspace, pk, contacts, new.date)
            self._join(pk, new)
            join_forwarded(self._workspace, pk)
        self._run.added += 1

    def _contacts(self, one: _Read) -> list[int]:
        store = self._store
        known = store.contacts.find_many([p.addr_spec for p in one.people])
        found: dict[int, None] = {}
        for person in one.people:
            contact = known.get(person.key)
            makes = self._create and becomes_contact(one.letter, person, sent=one.sent, wish=self._options.people)
            if contact is None and makes:
                try:
                    contact = store.contacts.add(person, created_by="import")
                    self._run.count("contacts")
                except (PermanentlyDeleted, UsageError):
                    continue  # the address is not complete
            if contact is not None:
                found.setdefault(contact)
        return list(found)

    def _message(self, one: _Read) -> NewMessage:
        letter, message = one.letter, one.message
        facts = message.headers
        return NewMessage(
            message_id=letter.message_id,
            raw_message_id=facts.raw_message_id,
            direction="sent" if one.sent else "received",
            kind=message.kind,
            thread_id=0,
            user_id=one.user_id,
            date=letter.date,
            sender=facts.sender or Address("", ""),
            to=facts.to,
            cc=facts.cc,
            bcc=letter.bcc if one.sent else (),
            subject=facts.subject,
            text=message.text,
            html=message.html,
            visible_text=message.visible_text,
            quoted_lines=message.quoted_lines,
            size=message.size,
            in_reply_to=facts.in_reply_to[-1] if facts.in_reply_to else "",
            references=facts.references,
            logged=True,
            logged_by="import",
            match_reason="imported",
            attachments=one.files.refs,
            left_out=one.files.left_out,
        )

    def _thread(self, new: NewMessage) -> tuple[int, bool]:
        """(its thread, whether its subject sets it apart from what it answers): by what it names, else by what names it, else
        by what answers the same message (R6)."""
        messages, base = self._store.messages, base_subject(new.subject)
        named = [i for i in (new.in_reply_to, *reversed(new.references)) if i]
        known = messages.known(named)
        parent: KnownMessage | None = next((known[i] for i in named if i in known), None)
        if parent is not None:
            if not base or not parent.base_subject or base in (parent.base_subject, base_subject(parent.subject)):
                return parent.thread_id, False
            return messages.new_thread(base, split_from=parent.thread_id), True
        near = (
            *messages.answers_to(new.message_id),
            *(messages.answers_to(new.in_reply_to) if new.in_reply_to else ()),
        )
        thread = next((t for t, subject in near if subject == base), None)
        return (messages.new_thread(base), False) if thread is None else (thread, False)

    def _join(self, pk: int, new: NewMessage) -> None:
        """Answers to it that came first, each in a thread of its own, are in its thread from now on."""
        messages, base = self._store.messages, base_subject(new.subject)
        for thread, subject in messages.answers_to(new.message_id):
            if thread != new.thread_id and subject == base:
                for other in messages.of_thread(thread):
                    messages.arrange(other, new.thread_id, messages.contacts_of(other))
