"""The compose page: a message from its beginning to its sending, with drafts that keep themselves (M1, M7, M8).

What becomes of it after Send, and Undo, stand in the main window's bar: it is seen on every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.outbox import Draft, OutboxId
from app.domain.views import TimelineMessage
from app.ui.compose.preflight import listed
from app.ui.compose.program import ComposeProgram
from app.ui.compose.time_dialog import TimeDialog
from app.ui.compose.writing_view import WritingView
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit.layout import column, host
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button
from app.ui.page import hero

SAVE_AFTER = 2000  # milliseconds after a change; who types on is saved every so often, too
NOT_SAVED = "The draft could not be saved"
LONGEST_NAME = 80  # characters of a draft in the menu


class _DraftEntry(QObject):
    """A draft in the menu."""

    chosen = Signal(int)

    def __init__(self, outbox_id: OutboxId, action: QAction) -> None:
        super().__init__(action)
        self._outbox_id = outbox_id
        action.triggered.connect(self.tell)

    @Slot()
    def tell(self) -> None:
        self.chosen.emit(self._outbox_id)


class ComposePage(QWidget):
    """`start` begins a message: a new one, a reply to `parent`, or the draft `outbox_id`. Without any of these it goes on
    with what was being written when the page was left.

    Signals: `finished` when the person is done here; `sent` with the OutboxId once it is queued (then a new message is
    begun; one that was taken back comes here by `start(outbox_id=…)`); `outbox_requested` for the list of what is
    scheduled and waits; `connect_requested` where there is no
    inbox to send from. What was written is saved as a draft by itself, and whenever the page is left; where that fails
    (a full disk), the page keeps it and says so, and nothing else takes its place."""

    finished = Signal()
    sent = Signal(int)
    outbox_requested = Signal()
    connect_requested = Signal()

    def __init__(self, theme: Theme, program: ComposeProgram, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compose")
        self._theme, self._program = theme, program
        self._outbox_id: OutboxId | None = None
        self._send_at: datetime | None = None
        self._subject_asked = False
        self._text_asked = False
        self._changed = False
        self._save_failed = False  # and the note that says so is shown
        self._open = False  # begun, and neither sent, discarded nor closed
        self.writing = WritingView(theme, program)
        connect = button(theme, "Connect an inbox", "primary", "plus")
        connect.clicked.connect(self.connect_requested)
        text = "Messages go out through your own mail server. Connect an inbox, and write from there."
        self.empty = host(column(None, hero(theme, "compose", "No inbox to send from", text, connect), None, None))
        self.stack = QStackedWidget()
        for view in (self.writing, self.empty):
            self.stack.addWidget(view)
        self.setLayout(column(self.stack, gap=0))
        self._saver = QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.setInterval(SAVE_AFTER)
        self._saver.timeout.connect(self.save)
        self.writing.changed.connect(self._on_changed)
        self.writing.send_requested.connect(self.send)
        self.writing.bar.later_requested.connect(self._on_later)
        self.writing.bar.discard_requested.connect(self._on_discard)
        self.writing.notes.anyway.clicked.connect(self._on_anyway)
        self.writing.notes.empty.clicked.connect(self._on_anyway)
        self.writing.drafts_menu.aboutToShow.connect(self._fill_drafts)
        self.writing.another.clicked.connect(self.start_another)
        program.changed.connect(self._on_program_changed)
        self.writing.head.set_senders(program.senders())
        self._clear()
        self._show_view()
        self._look_for_drafts()

    def start(
        self,
        to: Iterable[Address] = (),
        parent: TimelineMessage | None = None,
        outbox_id: OutboxId | None = None,
    ) -> None:
        """What was being written is saved first."""
        people = tuple(to)
        if not people and parent is None and outbox_id is None and self._open and not self.writing.is_empty():
            self.writing.another.show()
            self._show_view()
            self.writing.take_focus()
            return
        if not self.save():
            self._show_view()
            return
        self._clear()
        self._open = True
        if outbox_id is not None:
            self.writing.load(self._program.draft(outbox_id))
            self._outbox_id = outbox_id
            self.writing.bar.set_state("Draft")
        else:
            self.writing.begin(people, parent)
        self._forget_changes()
        self._show_view()
        self._look_for_drafts()
        self.writing.take_focus()

    @Slot()
    def start_another(self) -> None:
        """A new message; the one that was being written is kept as a draft."""
        if self.save():
            self._open = False
            self.start()

    def _clear(self) -> None:
        self._outbox_id, self._send_at, self._open = None, None, False
        self._subject_asked = self._text_asked = False
        self.writing.another.hide()
        self.writing.clear()
        self._forget_changes()

    def _forget_changes(self) -> None:
        self._changed = self._save_failed = False
        self._saver.stop()

    def _show_view(self) -> None:
        if self.writing.head.from_box.count() == 0:
            self.stack.setCurrentWidget(self.empty)
        else:
            self.stack.setCurrentWidget(self.writing)

    # -- drafts ------------------------------------------------------------------------------------------------------

    def draft(self) -> Draft | None:
        """The message as it stands; None where there is no inbox to send from."""
        return self.writing.draft()

    @Slot()
    def _on_changed(self) -> None:
        self._changed = True
        if not self._saver.isActive():
            self._saver.start()

    @Slot(result=bool)
    def save(self) -> bool:
        """Keeps what changed as a draft. False when it could not be kept: it must not be cleared then."""
        self._saver.stop()
        if not self._changed or (self._outbox_id is None and self.writing.is_empty()):
            return True
        draft = self.draft()
        if draft is None:
            return True
        try:
            self._outbox_id = self._program.save_draft(draft, self._outbox_id)
        except HitchpostError as error:
            self._save_failed = True
            self.writing.notes.show_trouble(NOT_SAVED, f"{error} What you wrote stays here.")
            return False
        if self._save_failed:
            self.writing.notes.show_trouble("", "")
        self._changed, self._save_failed = False, False
        self.writing.bar.set_state(f"Draft saved {times.clock(times.now())}")
        return True

    def _look_for_drafts(self) -> None:
        drafts = any(d.id != self._outbox_id for d in self._program.drafts())
        waiting = bool(self._program.waiting())
        self.writing.drafts.setVisible(drafts or waiting)
        name = "Drafts" if drafts or not waiting else "Waiting"
        self.writing.drafts.set_verb(name)
        self.writing.drafts.setAccessibleName(name)

    @Slot()
    def _fill_drafts(self) -> None:
        menu = self.writing.drafts_menu
        menu.clear()
        for draft in self._program.drafts():
            if draft.id != self._outbox_id:
                people = listed(draft.to, 1) if draft.to else "nobody yet"
                name = f"{draft.subject or '(no subject)'} · to {people}"
                name = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
                entry = _DraftEntry(draft.id, menu.addAction(name.replace("&", "&&")))
                entry.chosen.connect(self._on_draft_chosen)
        if count := len(self._program.waiting()):
            if menu.actions():
                menu.addSeparator()
            menu.addAction(f"Scheduled and waiting ({count})…").triggered.connect(self._on_outbox_wished)

    @Slot()
    def _on_outbox_wished(self) -> None:
        self.outbox_requested.emit()

    @Slot(int)
    def _on_draft_chosen(self, outbox_id: int) -> None:
        self.start(outbox_id=OutboxId(outbox_id))

    @Slot()
    def _on_discard(self) -> None:
        if self.writing.is_empty() and not self.writing.quote.html:
            self._discard()
            return
        dialog = ConfirmDialog(
            self._theme,
            "Discard this message?",
            "What you wrote and its files are thrown away.",
            "Discard",
            self.window(),
            keep="Keep writing",
            danger=True,
        )
        dialog.accepted.connect(self._discard)
        dialog.open()

    @Slot()
    def _discard(self) -> None:
        if self._outbox_id is not None and not self._program.discard_draft(self._outbox_id):
            return  # the program says why
        self._clear()
        self.finished.emit()

    # -- sending -----------------------------------------------------------------------------------------------------

    @Slot()
    def send(self) -> None:
        """Send now."""
        self._send_at = None
        self._try_to_send()

    def _try_to_send(self) -> None:
        head, notes = self.writing.head, self.writing.notes
        if self.writing.is_reading():
            return
        head.take_typed()
        if head.problems():
            return
        if not head.subject.text().strip() and not self._subject_asked:
            self._subject_asked = True  # once; the next press sends
            notes.show_no_subject(True)
            head.subject.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        notes.show_no_subject(False)
        if not self.writing.has_content() and not self._text_asked:
            self._text_asked = True
            notes.show_no_text(True)
            self.writing.editor.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        draft = self.draft()
        if draft is None:
            return
        try:
            outbox_id = self._program.send(replace(draft, send_at=self._send_at), self._outbox_id)
        except HitchpostError as error:
            notes.show_trouble("Not sent", str(error))
            return
        self._clear()
        self._open = True  # what is typed from here on is a message of its own
        self.writing.begin((), None)
        self._look_for_drafts()
        self.writing.take_focus()
        self.sent.emit(outbox_id)

    @Slot()
    def _on_anyway(self) -> None:
        """Without what was just asked for; at the time that was chosen."""
        self._subject_asked = True
        self._try_to_send()

    @Slot(object)
    def _on_later(self, at: datetime | None) -> None:
        if at is not None:
            self._send_at = at
            self._try_to_send()
            return
        hour = datetime.now(UTC).timestamp() // 3600 * 3600 + 7200
        dialog = TimeDialog(self._theme, self.window(), datetime.fromtimestamp(hour, UTC))
        dialog.chosen.connect(self._on_later)
        dialog.open()

    # -- the program, keys, leaving ----------------------------------------------------------------------------------

    @Slot(object)
    def _on_program_changed(self, change: Change) -> None:
        if change.areas & {Area.INBOXES, Area.SETTINGS}:
            self.writing.head.set_senders(self._program.senders())
            self._show_view()
        if change.areas & {Area.SETTINGS, Area.CONTACTS, Area.INBOXES}:
            self.writing.look_soon()
        if Area.OUTBOX in change.areas:
            self._look_for_drafts()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.stack.currentWidget() is self.writing:
            if self.save():
                self._clear()
                self.finished.emit()
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.save()
