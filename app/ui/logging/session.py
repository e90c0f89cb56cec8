"""What the pages of the logging wizard share: the answers, the address as it is kept, and the running test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.domain.copied_mail import CopyKind
from app.domain.errors import HitchpostError
from app.domain.inboxes import Provider
from app.domain.logging_addresses import FolderLook, LoggingAddress, Proof
from app.domain.views import InboxCard
from app.ui.logging import words
from app.ui.logging.flow import Answers

if TYPE_CHECKING:
    from app.runtime.program import Program

STOPPED = "The test was stopped."


class LoggingSession(QObject):
    """`kept`: the address, from the moment it is added. One that this wizard added, and that neither passed its test nor was
    kept by the person, is taken back when the wizard is left or another way is chosen."""

    changed = Signal()

    def __init__(self, program: Program, kind: CopyKind, known: LoggingAddress | None, parent: QObject) -> None:
        super().__init__(parent)
        self.program = program
        self.kept = known
        self._look = 0  # which look for a folder is meant
        self._run = 0  # which test is meant: the outcome of one that was left is not listened to
        cards = self.inboxes()
        self.answers = Answers(kind, inboxes=len(cards))
        if known is not None:
            self.answers = replace(
                self.answers,
                way=known.way,
                known=True,
                inbox_id=known.inbox_id,
                folder=known.folder,
                address=known.address,
            )
        elif cards:
            self.answers = replace(
                self.answers,
                way=words.recommended(cards[0].provider, cards[0].address),
                inbox_id=cards[0].id,
                inbox_address=cards[0].address,
            )

    def inboxes(self) -> tuple[InboxCard, ...]:
        """Those that could serve an address."""
        return tuple(card for card in self.program.inboxes() if words.serves(card))

    def inbox(self) -> InboxCard | None:
        return next((c for c in self.program.inboxes() if c.id == self.answers.inbox_id), None)

    @property
    def provider(self) -> Provider:
        card = self.inbox()
        return card.provider if card is not None else Provider.IMAP

    def answer(self, **changes: Any) -> None:
        before, self.answers = self.answers, replace(self.answers, **changes)
        if before != self.answers:
            self.changed.emit()

    def keep(self) -> str:
        """Adds the address as it was answered; why not, where it is refused. One that was added before is taken back."""
        self.take_back()
        a = self.answers
        assert a.inbox_id is not None  # the page is not left without
        try:
            self.kept = self.program.add_logging_address(
                a.kind, a.way, a.inbox_id, folder=a.folder.strip(), address=a.address.strip()
            )
        except HitchpostError as fault:
            return str(fault)
        self.answer(proof=None, ended="")
        return ""

    def take_back(self) -> None:
        if self.kept is None or self.answers.known:
            return
        taken, self.kept = self.kept, None
        with self.program.wish("The address was not removed"):
            self.program.remove_logging_address(taken.id)

    # --- the folder

    def look_for_folder(self, then: Callable[[FolderLook | None, str], None], *, create: bool = False) -> None:
        """Asks the mail server for the answered folder, or makes it. `then`: what it said, or None and why not."""
        a = self.answers
        assert a.inbox_id is not None
        self._look += 1
        look = self._look
        self.answer(looking=True, look=None)

        def looked(found: FolderLook | None, why: str) -> None:
            if look == self._look:  # not one that was left
                self.answer(looking=False, look=found)
                then(found, why)

        self.program.look_for_folder(a.inbox_id, a.folder, looked, create=create)

    def forget_look(self) -> None:
        """Another folder is answered, or the page is left."""
        self._look += 1
        if self.answers.looking:
            self.program.cancel_look()
        self.answer(looking=False, look=None)

    # --- the test

    def test(self) -> None:
        assert self.kept is not None
        self._run += 1
        run = self._run
        self.answer(testing=True, proof=None, ended="", steps=())

        def on_step(text: str) -> None:
            if run == self._run:
                self.answer(steps=(*self.answers.steps, text))

        def then(found: Proof | None, why: str) -> None:
            if run == self._run:
                self._on_tested(found, why)

        self.program.prove_logging_address(self.kept.id, then, on_step)

    def stop(self) -> None:
        """Ends a running test; what is found out afterwards counts for nothing here."""
        if self.answers.testing:
            self._run += 1
            self.program.cancel_proof()
            self.answer(testing=False, ended=STOPPED)

    def _on_tested(self, found: Proof | None, why: str) -> None:
        if found is not None:
            self.kept = found.address
        self.answer(testing=False, proof=found, ended="" if found is not None else why or STOPPED)
