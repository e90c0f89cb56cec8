"""One message on the timeline: who, when, what, its files, and what became of it. Used by the contact's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from app.domain.outbox import OutboxState
from app.domain.views import TimelineAttachment, TimelineMessage
from app.ui.contacts import words
from app.ui.contacts.card_files import CardFiles, listed_files
from app.ui.contacts.card_foot import CardFoot
from app.ui.contacts.card_notes import ForwardNote, left_out_note
from app.ui.contacts.card_text import CardText
from app.ui.help.link import HelpLink
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Button, Chip, Elided, FittingElided, button, disc, label, tool
from app.words.problems import explain

if TYPE_CHECKING:
    from collections.abc import Callable


class MessageCard(QFrame):
    reply_requested = Signal(int)  # pk
    edit_requested = Signal(int)  # outbox_id
    retry_requested = Signal(int)  # outbox_id
    settled = Signal(int, bool)  # outbox_id, it went out
    decide_requested = Signal(int)  # outbox_id: of which copies did
    undo_requested = Signal(int)  # outbox_id
    why_requested = Signal(int)  # pk
    associations_requested = Signal(int)  # pk
    events_requested = Signal(int)  # pk
    part_requested = Signal(int)  # pk
    link_requested = Signal(object)  # QUrl
    file_open_requested = Signal(object)  # TimelineAttachment
    file_save_requested = Signal(object)

    def __init__(
        self,
        theme: Theme,
        message: TimelineMessage,
        read_file: Callable[[TimelineAttachment], bytes],
        parent: QWidget | None = None,
    ) -> None:
        """`read_file`: the bytes of a picture in the text; empty when it is gone."""
        super().__init__(parent)
        self._theme = theme
        self.message = message
        self.setProperty("box", "card")
        self.setAccessibleName(
            f"{words.title(message)}, {message.subject}, "
            f"{times.day_short(times.local(message.date).date(), times.today())} {times.clock(message.date)}"
        )
        indent = theme.px(28) + k.S3
        text = CardText(theme, message, read_file)
        text.link_requested.connect(self.link_requested)
        notes = [ForwardNote(theme, note) for note in message.notes]
        body = column(*notes, text, gap=k.S2, margins=(indent, 0, 0, 0))
        if listed := listed_files(message):
            files = CardFiles(theme, listed)
            files.open_requested.connect(self.file_open_requested)
            files.save_requested.connect(self.file_save_requested)
            body.addWidget(files)
        if message.left_out is not None:
            body.addWidget(left_out_note(theme, message.left_out))
        whole = column(self._head(), body, gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3))
        trouble = self._trouble()
        if trouble is not None:
            whole.insertLayout(1, row((trouble, 1), margins=(indent, 2, 0, 2)))
            if message.problem is not None:
                whole.insertLayout(2, row(HelpLink(theme, message.problem), None, margins=(indent, 0, 0, 0)))
        foot = CardFoot(theme, message)
        foot.events_requested.connect(self._on_events)
        foot.associations_requested.connect(self._on_associations)
        foot.why_requested.connect(self._on_why)
        foot.part_requested.connect(self._on_part)
        whole.addLayout(row((foot, 1), margins=(indent, 2, 0, 0)))
        self.setLayout(whole)

    # --- parts

    def _head(self) -> QHBoxLayout:
        theme, message = self._theme, self.message
        who = FittingElided(theme, words.title(message), "strong")
        if message.direction == "sent":
            who.setToolTip("\n".join(str(a) for a in (*message.to, *message.cc)))
        top = row((who, 0), gap=k.S2)
        if address := words.strange_address(message):
            top.addWidget(FittingElided(theme, address, "small", "muted"))
        for chip in words.chips(message):
            top.addWidget(Chip(theme, *chip))
        top.addStretch(1)
        top.addWidget(label(theme, times.clock(message.date), "small", "faint"))
        lines = column(top, Elided(theme, message.subject or "(no subject)", "body", "muted"), gap=0)
        head = row(disc(theme, *words.disc_of(message), 28), (lines, 1), gap=k.S3)
        if message.direction == "received" and message.kind == "normal":
            self.reply_button = tool(theme, "reply", f"Reply to {words.called(message, message.sender)} (Ctrl+R)")
            self.reply_button.clicked.connect(self._on_reply)
            head.addWidget(self.reply_button)
        return head

    def _trouble(self) -> Banner | None:
        """Why it did not simply go out, and the buttons that settle it."""
        message, theme = self.message, self._theme
        state = message.outbox_state
        if state is None or message.outbox_id is None:
            return self._not_copied()
        told = explain(message.problem) if message.problem is not None else None
        cause = f"{told.cause} {told.remedy}".strip() if told else ""
        missed = words.missed(message)
        if state is OutboxState.FAILED:
            return Banner(
                theme,
                "bad",
                f"It did not go out to {missed}. {cause}".strip() if missed else cause or "The mail server refused it.",
                self._act("Edit", "", self._on_edit),
                self._act(words.again(message), "", self._on_retry),
                title=told.title if told else "It was not sent",
            )
        if state is OutboxState.PARTLY:
            return Banner(
                theme,
                "warn",
                f"{told.title}. {cause}" if told else "The mail server accepted it for the other recipients only.",
                self._act(words.again(message), "", self._on_retry),
                title=f"It did not go out to {missed}" if missed else "It did not go out to everyone",
            )
        if state is OutboxState.UNKNOWN:
            about = f" about {missed}" if missed else ""
            one = (self._act("It went out", "", self._on_went_out), self._act("Send again", "", self._on_send_again))
            several = (self._act("Decide…", "", self._on_decide),)
            return Banner(
                theme,
                "warn",
                f"The connection ended before the server answered{about}. It is not sent again by itself, so that nobody "
                "gets it twice.",
                *(several if len(message.refused) > 1 else one),
                title="It is not known whether the message went out",
            )
        if state is OutboxState.QUEUED:
            undo = self._act("Undo", "", self._on_undo)
            if told is not None:
                return Banner(theme, "warn", f"{told.cause} It is tried again by itself.", undo, title=told.title)
            return Banner(theme, "info", "It goes out by itself. Until then it can be taken back.", undo)
        return None

    def _act(self, text: str, kind: str, slot: Callable[[], None]) -> Button:
        made = button(self._theme, text, kind)
        made.clicked.connect(slot)
        return made

    def _not_copied(self) -> Banner | None:
        """It went out, but other systems did not get their copies, or not yet (S2)."""
        if self.message.extras_waiting:
            whom = ", ".join(self.message.extras_waiting)
            text = "Its recipients have the message. The copy is tried again by itself."
            return Banner(self._theme, "info", text, title=f"The additional BCC to {whom} waits")
        if not self.message.not_copied:
            return None
        whom = ", ".join(address for address, _ in self.message.not_copied)
        problem = next((why for _, why in self.message.not_copied if why is not None), None)
        cause = explain(problem).cause if problem is not None else "The mail server did not take it."
        title = f"The additional BCC to {whom} did not go out"
        return Banner(self._theme, "warn", f"{cause} Its recipients have the message.", title=title)

    # --- wishes

    @Slot()
    def _on_reply(self) -> None:
        self.reply_requested.emit(self.message.pk)

    @Slot()
    def _on_why(self) -> None:
        self.why_requested.emit(self.message.pk)

    @Slot()
    def _on_part(self) -> None:
        self.part_requested.emit(self.message.pk)

    @Slot()
    def _on_associations(self) -> None:
        self.associations_requested.emit(self.message.pk)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.message.outbox_state is not None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Reply").triggered.connect(self._on_reply)
        menu.addAction("Change where it is logged…").triggered.connect(self._on_associations)
        if self.message.joined:
            menu.addAction("Part it from its forward").triggered.connect(self._on_part)
        menu.addAction("Why is this message here?…").triggered.connect(self._on_why)
        menu.popup(event.globalPos())

    @Slot()
    def _on_events(self) -> None:
        self.events_requested.emit(self.message.pk)

    @Slot()
    def _on_edit(self) -> None:
        self.edit_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_retry(self) -> None:
        self.retry_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_undo(self) -> None:
        self.undo_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_went_out(self) -> None:
        self.settled.emit(self.message.outbox_id, True)

    @Slot()
    def _on_decide(self) -> None:
        self.decide_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_send_again(self) -> None:
        self.settled.emit(self.message.outbox_id, False)
