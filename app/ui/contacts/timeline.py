"""The cards of the messages of a contact, company or deal by day, newest first, a page at a time. Used by their pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from app.domain.addresses import Address
from app.domain.errors import HitchpostError
from app.domain.outbox import OutboxId
from app.domain.records import RecordKind
from app.domain.views import TimelineAttachment, TimelineMessage, TimelinePage
from app.ui.contacts.card import MessageCard
from app.ui.contacts.files import AttachmentFiles
from app.ui.dialogs.settle_dialog import SettleDialog, doubtful
from app.ui.dialogs.why_dialog import WhyDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.focus import tab_through
from app.ui.kit.html_view import ask_to_open
from app.ui.kit.layout import column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label, restyle
from app.ui.page import hero, in_the_middle
from app.ui.records.associations import AssociationsDialog

if TYPE_CHECKING:
    from app.runtime.program import Program

PAGE = 30
AT_ONCE = 4  # cards made in one go: more than are in view; those of the same page below them follow in slices
BREATH = 25  # ms between two of these goes: time for the window to paint and to hear the person
BLANK = {
    RecordKind.CONTACT: "What you send to this person from here, and the replies, stand here.",
    RecordKind.COMPANY: "Mail with the people of this company stands here.",
    RecordKind.DEAL: "Mail with the contacts of this deal stands here, while it is open.",
}


@dataclass(frozen=True)
class TimelineFilter:
    direction: str | None = None
    with_files: bool = False
    search: str = ""

    @property
    def active(self) -> bool:
        return self != TimelineFilter()


class Timeline(QWidget):
    compose_requested = Signal(object, object)
    draft_requested = Signal(int)
    events_requested = Signal(int)
    failed = Signal(str, str)
    clear_requested = Signal()
    told = Signal(str, object)  # what was done, and the call that takes it back

    def __init__(self, theme: Theme, program: Program, kind: RecordKind = RecordKind.CONTACT) -> None:
        super().__init__()
        self._theme, self._program, self._kind = theme, program, kind
        self._record_id = 0
        self._filter = TimelineFilter()
        self._messages: tuple[TimelineMessage, ...] = ()
        self._cards: dict[int, MessageCard] = {}
        self._marked: int | None = None
        self._reached: tuple[datetime, int] | None = None  # where older ones go on
        self._wanted = PAGE  # how many are to be shown, when there are so many
        self._look_again = False  # something changed while more was being read
        self._go_on = QTimer(self)  # the window lives between two slices of a search
        self._go_on.setSingleShot(True)
        self._go_on.timeout.connect(self._read_on)
        self.files = AttachmentFiles(self)
        self.files.failed.connect(self.failed)
        self._list = column(gap=k.S3, margins=(k.S6, k.S4, k.S4, k.S6))
        self._scroll = scroll(host(self._list))
        self._scroll.setAccessibleName("Timeline")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.older_button = button(theme, "Show older messages")
        self.older_button.clicked.connect(self.show_older)
        self._older = host(row(None, self.older_button, None))
        self.write_button = button(theme, "Write e-mail", "", "compose")
        self.write_button.clicked.connect(self._on_write)
        self._address = ""
        self.clear_button = button(theme, "Show all messages")
        self.clear_button.clicked.connect(self.clear_requested)
        blank = hero(
            theme,
            "mail",
            "No messages yet",
            BLANK[kind],
            *([self.write_button] if kind is RecordKind.CONTACT else []),
        )
        nothing = hero(theme, "search", "Nothing matches", "No message fits this search and filter.", self.clear_button)
        self._stack = QStackedWidget()
        searching = in_the_middle(label(theme, "Searching older messages…", "body", "muted"))
        for part in (
            self._scroll,
            host(column(None, blank, None, None)),
            host(column(None, nothing, None, None)),
            host(column(None, searching, None)),
        ):
            self._stack.addWidget(part)
        self.setLayout(column(self._stack, gap=0))
        QShortcut(QKeySequence("Ctrl+R"), self).activated.connect(self.reply)

    @property
    def filter(self) -> TimelineFilter:
        return self._filter

    @property
    def reading_on(self) -> bool:
        """More of the page that was asked for is still to come."""
        return self._go_on.isActive()

    def cards(self) -> list[MessageCard]:
        return [self._cards[m.pk] for m in self._messages]

    def show_record(self, record_id: int, wanted: TimelineFilter) -> None:
        """Filters are for contacts only."""
        same = record_id == self._record_id and wanted == self._filter
        self._record_id, self._filter = record_id, wanted
        if same:
            self.refresh()
            return
        self._marked, self._wanted, self._look_again = None, PAGE, False
        page = self._page(None, AT_ONCE)
        self._take(page.messages, page.reached)
        self._scroll.verticalScrollBar().setValue(0)

    def let_go(self) -> None:
        """The record is left: its cards take a third of a megabyte each."""
        self._go_on.stop()
        self._look_again = False
        self._clear(())
        self._record_id, self._reached, self._marked = 0, None, None

    def refresh(self) -> None:
        """Looks again at as many messages as are shown; cards that did not change stay as they are.
        While more of them are being read it waits until these are there."""
        self._look_again = self._go_on.isActive()
        if self._look_again:
            return
        fresh = self._page(None, max(PAGE, len(self._messages)))
        tail = self._messages[len(fresh.messages) :] if fresh.reached is not None else ()
        if self._filter.search and tail and fresh.messages == self._messages[: len(fresh.messages)]:
            return  # what lies further back was found by looking through many
        self._take(fresh.messages, fresh.reached)

    @Slot()
    def show_older(self) -> None:
        self._wanted = len(self._messages) + PAGE
        self._read_on()

    def show_message(self, message_pk: int) -> bool:
        """Brings a message into view, reading older pages until it is found or there are no more."""
        while message_pk not in self._cards and self._reached is not None:
            before = len(self._messages)
            self._wanted = max(self._wanted, before + PAGE)
            self._read_on()
            if len(self._messages) == before:
                break
        card = self._cards.get(message_pk)
        if card is None:
            return False
        if self._marked in self._cards:
            restyle(self._cards[self._marked], "current", "false")
        self._marked = message_pk
        restyle(card, "current", "true")
        QTimer.singleShot(0, card, self._scroll_to_marked)
        return True

    @Slot()
    def _scroll_to_marked(self) -> None:
        card = self._cards.get(self._marked) if self._marked is not None else None
        inner = self._scroll.widget()
        if card is not None and inner is not None:
            layout = inner.layout()
            if layout is not None:
                layout.activate()
            self._scroll.verticalScrollBar().setValue(max(0, card.y() - 2 * k.S6))

    def _page(self, before: tuple[datetime, int] | None, limit: int) -> TimelinePage:
        if self._kind is not RecordKind.CONTACT:
            return self._program.record_timeline(self._kind, self._record_id, before, limit)
        wanted = self._filter
        return self._program.timeline_page(
            self._record_id,
            direction=wanted.direction,
            with_files=wanted.with_files,
            search=wanted.search,
            limit=limit,
            before=before,
        )

    @Slot()
    def _read_on(self) -> None:
        if self._reached is not None:
            page = self._page(self._reached, min(AT_ONCE, max(1, self._wanted - len(self._messages))))
            self._take((*self._messages, *page.messages), page.reached)

    def _take(self, messages: tuple[TimelineMessage, ...], reached: tuple[datetime, int] | None) -> None:
        """Goes on by itself while there may be more and fewer are found than wanted."""
        self._reached = reached
        looking = reached is not None and len(messages) < self._wanted
        self._show(messages, reached is not None and not looking, looking)
        if looking:  # what is there is painted first; a search that finds nothing has nothing to paint
            self._go_on.start(BREATH if messages else 0)
            return
        self._go_on.stop()
        if self._look_again:
            self.refresh()

    def _show(self, messages: tuple[TimelineMessage, ...], more: bool, looking: bool) -> None:
        self._stack.setCurrentIndex(0 if messages else 3 if looking else 2 if self._filter.active else 1)
        if messages == self._messages and self._older.isVisibleTo(self) == more and self._list.count():
            return
        if self._messages and messages[: len(self._messages)] == self._messages:
            self._list.takeAt(self._list.count() - 1)  # what stretches below the last
            self._list.removeWidget(self._older)
        else:
            self._clear(messages)
        made_later = [m.pk not in self._cards for m in messages]
        day = times.local(self._messages[-1].date).date() if self._messages else None
        for message in messages[len(self._messages) :]:
            at = times.local(message.date).date()
            if at != day:
                if day is not None:
                    self._list.addSpacing(k.S1)
                words = times.day_head(at, times.today())
                self._list.addWidget(label(self._theme, words, "small_strong", "muted"))
                day = at
            card = self._cards.get(message.pk) or self._card(message)
            self._cards[message.pk] = card
            self._list.addWidget(card)
        if any(made_later):  # Qt visits last what came last, so behind what stands beside all cards
            first = made_later.index(True)
            reached = [self._cards[m.pk] for m in messages[max(0, first - 1) :]]
            tab_through([*reached, self._older], None if first else self._scroll)
        self._messages = messages
        self._list.addWidget(self._older)
        self._older.setVisible(more)
        self._list.addStretch(1)

    def _clear(self, messages: tuple[TimelineMessage, ...]) -> None:
        """Takes all off the list; the cards of `messages` that did not change are kept for it."""
        keep = {m.pk: self._cards[m.pk] for m in messages if m.pk in self._cards and self._cards[m.pk].message == m}
        for card in self._cards.values():
            self._list.removeWidget(card)
        for pk, card in self._cards.items():
            if pk not in keep:
                card.hide()
                card.deleteLater()
        self._list.removeWidget(self._older)
        while (item := self._list.takeAt(0)) is not None:
            if (head := item.widget()) is not None:
                head.hide()
                head.deleteLater()
        self._messages, self._cards = (), keep

    def _card(self, message: TimelineMessage) -> MessageCard:
        card = MessageCard(self._theme, message, self._read_file)
        card.reply_requested.connect(self._on_reply)
        card.edit_requested.connect(self.draft_requested)
        card.retry_requested.connect(self._on_retry)
        card.settled.connect(self._on_settled)
        card.decide_requested.connect(self._on_decide)
        card.undo_requested.connect(self._on_undo)
        card.events_requested.connect(self.events_requested)
        card.why_requested.connect(self._on_why)
        card.associations_requested.connect(self._on_associations)
        card.part_requested.connect(self._on_part)
        card.link_requested.connect(self._on_link)
        card.file_open_requested.connect(self._on_file_open)
        card.file_save_requested.connect(self._on_file_save)
        return card

    # --- wishes

    def set_address(self, address: str) -> None:
        self._address = address

    @Slot()
    def _on_write(self) -> None:
        self.compose_requested.emit((Address(self._address),), None)

    @Slot(int)
    def _on_reply(self, pk: int) -> None:
        message = self._cards[pk].message
        self.compose_requested.emit((message.sender,), message)

    @Slot()
    def reply(self) -> None:
        """Answers the message on which the keyboard is, else the one that was asked for, else the newest that came."""
        at: QWidget | None = QApplication.focusWidget()
        while at is not None and not isinstance(at, MessageCard):
            at = at.parentWidget()
        asked = [at.message.pk] if at is not None else [] if self._marked is None else [self._marked]
        newest = [m.pk for m in self._messages if m.direction == "received" and m.kind == "normal"][:1]
        for pk in (*asked, *newest):
            if pk in self._cards and self._cards[pk].message.kind == "normal":
                self._on_reply(pk)
                return

    @Slot(int)
    def _on_retry(self, outbox_id: int) -> None:
        try:
            self._program.retry(OutboxId(outbox_id))
        except HitchpostError as fault:
            self.failed.emit("It could not be sent again", str(fault))

    @Slot(int)
    def _on_decide(self, outbox_id: int) -> None:
        SettleDialog(self._theme, self._program, OutboxId(outbox_id), self.window()).open()

    @Slot(int, bool)
    def _on_settled(self, outbox_id: int, sent: bool) -> None:
        """The one copy that is in doubt; what was refused to others is not sent again with it."""
        number = OutboxId(outbox_id)
        try:
            for copy in doubtful(self._program.outbox(number)):
                self._program.settle_unknown(number, sent, copy.position)
        except HitchpostError as fault:
            self.failed.emit("It could not be settled", str(fault))

    @Slot(int)
    def _on_undo(self, outbox_id: int) -> None:
        if self._program.undo_send(OutboxId(outbox_id)):
            self.draft_requested.emit(outbox_id)
        else:
            self.failed.emit("It cannot be taken back", "The message is already on its way.")

    @Slot(int)
    def _on_why(self, pk: int) -> None:
        WhyDialog(self._theme, self._program, self.window(), f"<{self._cards[pk].message.message_id}>").open()

    @Slot(int)
    def _on_associations(self, pk: int) -> None:
        dialog = AssociationsDialog(self._theme, self._program, self._cards[pk].message, self.window())
        dialog.changed.connect(self._on_associated)
        dialog.open()

    @Slot(int)
    def _on_associated(self, pk: int) -> None:
        self.told.emit("Changed where the message is logged", partial(self._program.undo_arrangement, pk))
        self.refresh()

    @Slot(int)
    def _on_part(self, pk: int) -> None:
        try:
            forwarded = self._program.part_message(pk)
        except HitchpostError as fault:
            self.failed.emit("Not parted", str(fault))
            return
        self.told.emit("The message and its forward are two again", partial(self._program.join_message, pk, forwarded))
        self.refresh()

    @Slot(object)
    def _on_link(self, url: QUrl) -> None:
        ask_to_open(self._theme, url, self.window())

    def _read_file(self, attachment: TimelineAttachment) -> bytes:
        try:
            return self._program.attachment_path(attachment.sha256).read_bytes()
        except OSError:
            return b""  # the card shows the picture's words instead

    @Slot(object)
    def _on_file_open(self, attachment: TimelineAttachment) -> None:
        self.files.open(self._program.attachment_path(attachment.sha256), attachment.filename)

    @Slot(object)
    def _on_file_save(self, attachment: TimelineAttachment) -> None:
        self.files.save(self._program.attachment_path(attachment.sha256), attachment.filename)
