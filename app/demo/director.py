"""Plays the demo through the program itself: checks and connects the account as the wizard does, then writes the story's
messages. Used by `hitchpost demo`, in a window and without one."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.demo.run import DemoWorld
from app.demo.scenes import Action, StepDone
from app.domain.checks import CheckEvent
from app.domain.errors import HitchpostError
from app.domain.events import EventKind, Verdict
from app.domain.inboxes import InboxId, InboxState
from app.domain.outbox import Draft
from app.runtime.connecting import CheckOutcome
from app.runtime.program import Program

LOOK_MILLISECONDS = 100
BETWEEN_MESSAGES = 5  # looks between two messages, so that a person can watch
DEADLINE_SECONDS = 28
_COUNTED = {
    Action.OPEN: EventKind.OPEN,
    Action.CLICK: EventKind.CLICK,
    Action.REPLY: EventKind.REPLY,
    Action.BOUNCE: EventKind.BOUNCE,
}


class Director(QObject):
    """`finished(ok, text)` comes when everything that people did is in the feed, or says what is missing."""

    finished = Signal(bool, str)
    told = Signal(str)  # a line on what happens

    def __init__(self, program: Program, world: DemoWorld, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._world = world
        self._steps: list[StepDone] = []
        self._inbox_id: InboxId | None = None
        self._unsent = list(world.messages)
        self._pause = 0
        self._looks = 0
        self._over = False
        self.checks: list[CheckEvent] = []
        program.check_event.connect(self._on_check_event)
        program.check_finished.connect(self._on_checked)
        world.on_step(self._steps.append)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        self.told.emit("Checking the account, step by step, as the connection wizard does")
        self._program.set_setting("undo_seconds", 0)
        self._program.set_setting("tracking.local", True)  # its people live on this computer
        self._program.check_account(self._world.account, self._world.password, None)
        self._timer.start()

    @Slot(object)
    def _on_check_event(self, event: CheckEvent) -> None:
        self.checks.append(event)

    @Slot(object)
    def _on_checked(self, outcome: CheckOutcome) -> None:
        if not outcome.ok:
            self._end(False, f"The check of the demo account did not pass: {outcome.problem}")
            return
        try:
            self._inbox_id = self._program.connect_inbox(
                self._world.account, self._world.password, None, disclosure_version="demo"
            )
            self._program.set_setting("create_companies", False)  # they share the domains that are kept for examples
            for person in self._world.people:
                contact = self._program.add_contact(person.address.display_name, person.address.addr_spec)
                self._program.edit_contact(contact, title=person.title, company=person.company, phone=person.phone)
            self._program.set_setting("create_companies", True)
        except HitchpostError as error:
            self._end(False, str(error))
            return
        self.told.emit(f"{self._world.account.address} is connected; people wait for mail")
        self._world.start_correspondents()

    @Slot()
    def _look(self) -> None:
        """Ten times a second: send the next message, or see whether all is done."""
        self._looks += 1
        if self._looks * LOOK_MILLISECONDS > DEADLINE_SECONDS * 1000:
            self._end(False, f"Not everything arrived within {DEADLINE_SECONDS} seconds: {self._missing()}")
            return
        if self._inbox_id is None or not self._is_ready():
            return
        self._pause -= 1
        if self._unsent and self._pause <= 0:
            self._send()
            self._pause = BETWEEN_MESSAGES
        elif not self._unsent and self._world.wait(0) and not self._missing():
            self._end(True, "Everything that people did has arrived")

    def _is_ready(self) -> bool:
        """The first look at the mailbox is over, and the tracking server listens."""
        connected = any(card.state == InboxState.CONNECTED for card in self._program.inboxes())
        return connected and self._program.tracking_status().available

    def _send(self) -> None:
        message = self._unsent.pop(0)
        assert self._inbox_id is not None
        files = tuple(self._program.store_attachment(path) for path in self._world.attachments(message))
        draft = Draft(
            inbox_id=self._inbox_id,
            to=message.to,
            subject=message.subject,
            text=message.text,
            html=message.html,
            attachments=files,
        )
        self._program.send(draft)
        names = ", ".join(a.display_name or a.addr_spec for a in message.to)
        self.told.emit(f"Sending “{message.subject}” to {names}")

    def _missing(self) -> str:
        """What people did that is not in the feed yet."""
        did = Counter(_COUNTED[s.step.action] for s in self._steps if s.ok and s.step.action in _COUNTED)
        rows = self._program.feed(limit=1000)
        arrived = Counter(row.kind for row in rows if row.verdict != Verdict.INFERRED)
        return ", ".join(f"{n - arrived[kind]} {kind.value}" for kind, n in did.items() if arrived[kind] < n)

    def _end(self, ok: bool, text: str) -> None:
        if self._over:
            return
        self._over = True
        self._timer.stop()
        self.finished.emit(ok, text)
