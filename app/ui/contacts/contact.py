"""One contact: header, filters and search, timeline, and the panel About. Used by the contacts page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.views import ContactCard
from app.ui.contacts.about import AboutPanel
from app.ui.contacts.timeline import Timeline, TimelineFilter
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import FilterRow, Search
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Avatar, Banner, Elided, FittingElided, button, initials, tool

QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own, which PySide does not name

if TYPE_CHECKING:
    from app.runtime.program import Program


class ContactView(QFrame):
    back_requested = Signal()
    compose_requested = Signal(object, object)
    draft_requested = Signal(int)
    events_requested = Signal(int)

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self._card: ContactCard | None = None
        self.setProperty("box", "window")
        self.back_button = tool(theme, "chevron-left", "All contacts")
        self.avatar = Avatar(theme, "", 48)
        self.name = FittingElided(theme, "", "title")
        self.line = Elided(theme, "", "body", "muted")
        self.write_button = button(theme, "Write e-mail", "primary", "compose")
        self.about_button = tool(theme, "info", "Show what is known about this contact", checkable=True)
        self.about_button.hide()
        self.head = box(
            "bar",
            row(
                self.back_button,
                self.avatar,
                (column(self.name, self.line, gap=0), 1),
                self.write_button,
                self.about_button,
                gap=k.S3,
                margins=(k.S4, k.S4, k.S5, k.S4),
            ),
        )
        self.filters = FilterRow(
            theme,
            [("all", "All"), ("sent", "Sent"), ("received", "Received"), ("files", "With files")],
            "Which messages",
        )
        self.search = Search(theme, "Search this timeline", 220)
        strip = box("bar", row((self.filters, 1), self.search, gap=6, margins=(k.S6, k.S2, k.S4, k.S2)))
        self.trouble = Banner(theme, "bad", "")
        self.trouble_close = button(theme, "Dismiss", "quiet")
        self.trouble.set_actions(self.trouble_close)
        self._trouble_row = host(row((self.trouble, 1), margins=(k.S6, k.S3, k.S4, 0)))
        self._trouble_row.hide()
        self.timeline = Timeline(theme, program)
        self.about = AboutPanel(theme, program)
        self._left = host(column(strip, self._trouble_row, (self.timeline, 1), gap=0))
        self.setLayout(column(self.head, (host(row((self._left, 1), self.about, gap=0)), 1), gap=0))

        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(60)
        self._refresh_soon.timeout.connect(self.refresh)
        self.about_button.toggled.connect(self._place_about)
        self.back_button.clicked.connect(self.back_requested)
        self.write_button.clicked.connect(self._on_write)
        self.filters.chosen.connect(self._on_filter)
        self.search.searched.connect(self._on_filter)
        self.timeline.compose_requested.connect(self.compose_requested)
        self.timeline.draft_requested.connect(self.draft_requested)
        self.timeline.events_requested.connect(self.events_requested)
        self.timeline.failed.connect(self._on_failed)
        self.timeline.clear_requested.connect(self.clear_filters)
        self.trouble_close.clicked.connect(self._trouble_row.hide)
        self.about.edited.connect(self.refresh)
        self._program.changed.connect(self._on_changed)

    @property
    def contact_id(self) -> int | None:
        return self._card.id if self._card is not None else None

    def take_focus(self) -> None:
        self.write_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_contact(self, contact_id: int, message_pk: int | None = None) -> bool:
        card = self._program.contact(contact_id)
        if card is None:
            return False
        if self._card is None or self._card.id != contact_id or message_pk is not None:
            self.clear_filters()
            self._trouble_row.hide()
        self._show_card(card)
        self.timeline.show_contact(contact_id, self._wanted())
        if message_pk is not None:
            self.timeline.show_message(message_pk)
        return True

    def _show_card(self, card: ContactCard) -> None:
        self._card = card
        address = card.addresses[0] if card.addresses else ""
        name = card.name or address
        self.avatar.set_text(initials(name))
        self.name.setText(name)
        self.name.updateGeometry()
        parts = [card.title, card.company, address if card.name else ""]
        self.line.setText("  ·  ".join(p for p in parts if p))
        self.line.setVisible(bool(self.line.text()))
        self.write_button.setAccessibleName(f"Write e-mail to {name}")
        for key, text, count in (
            ("sent", "Sent", card.sent),
            ("received", "Received", card.received),
            ("files", "With files", card.with_files),
        ):
            more = card.counted is not None
            self.filters.set_text(key, f"{text} {times.number(count)}{'+' if more else ''}")
            tip = f"So many among the newest {times.number(card.counted)} messages" if card.counted is not None else ""
            self.filters.pill(key).setToolTip(tip)
        self.about.show_card(card)
        self.timeline.set_address(address)

    def _wanted(self) -> TimelineFilter:
        key = self.filters.key()
        direction = key if key in ("sent", "received") else None
        return TimelineFilter(direction, key == "files", self.search.text().strip())

    @Slot()
    def refresh(self) -> None:
        if self._card is None or not self.isVisible():
            return
        card = self._program.contact(self._card.id)
        if card is None:
            self.back_requested.emit()
            return
        if card != self._card:
            self._show_card(card)
        self.timeline.refresh()

    @Slot()
    def clear_filters(self) -> None:
        self.search.clear()
        self.filters.choose("all")

    @Slot()
    def _on_filter(self) -> None:
        if self._card is not None:
            self.timeline.show_contact(self._card.id, self._wanted())

    @Slot()
    def _on_write(self) -> None:
        if self._card is not None and self._card.addresses:
            self.compose_requested.emit((Address(self._card.addresses[0], self._card.name),), None)

    @Slot(str, str)
    def _on_failed(self, title: str, text: str) -> None:
        self.trouble.set("bad", title, text)
        self._trouble_row.show()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.CONTACTS, Area.MESSAGES, Area.OUTBOX, Area.EVENTS}:
            self._refresh_soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._card is not None:
            self._refresh_soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_about()

    @Slot()
    def _place_about(self) -> None:
        """Beside the timeline where there is room for both; else instead of it, on wish."""
        narrow = self.width() < self._theme.px(740)
        self.about_button.setVisible(narrow)
        shown = not narrow or self.about_button.isChecked()
        self.about.setMaximumWidth(QWIDGETSIZE_MAX if narrow else self._theme.px(k.W_SIDE))
        self.about.setVisible(shown)
        self._left.setVisible(not (narrow and shown))
