"""The panel beside a timeline: what is known about the contact, editable in place. Used by the contact's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame

from app.domain.errors import HitchpostError
from app.domain.views import ContactCard
from app.ui.activity.detail import fact
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Chip, Elided, button, label

if TYPE_CHECKING:
    from app.runtime.program import Program


class AboutPanel(QFrame):
    edited = Signal()

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self._card: ContactCard | None = None
        self.editing = False
        self.setProperty("box", "panel")
        self.setMinimumWidth(theme.px(k.W_SIDE))
        self.setMaximumWidth(theme.px(k.W_SIDE))
        self._content = column(gap=k.S4, margins=(k.S5, k.S5, k.S5, k.S5))
        self.setLayout(column((scroll(host(self._content)), 1), gap=0, margins=(1, 0, 0, 0)))

    def show_card(self, card: ContactCard) -> None:
        """Leaves what is being typed alone, unless it is another contact."""
        if self.editing and self._card is not None and self._card.id == card.id:
            self._card = card
            return
        focused = not self.editing and self._card is not None and self.window().focusWidget() is self.edit_button
        self._card = card
        self.editing = False
        self._read_view()
        if focused:
            self._focus_edit()

    def _focus_edit(self) -> None:
        self.edit_button.show()  # at once, not when the layout gets round to it: what is hidden takes no focus
        self.edit_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _read_view(self) -> None:
        theme, card = self._theme, self._card
        assert card is not None
        clear(self._content)
        self.edit_button = button(theme, "Edit", "link", name="Edit what is known about this contact")
        self.edit_button.clicked.connect(self.start_editing)
        about = column(row(label(theme, "About", "strong"), None, self.edit_button), gap=6)
        about.addLayout(fact(theme, "E-mail", card.addresses[0] if card.addresses else "Not known"))
        for address in card.addresses[1:]:
            about.addLayout(fact(theme, "Also", address))
        for name, value in (("Phone", card.phone), ("Title", card.title), ("Company", card.company)):
            if value:
                about.addLayout(fact(theme, name, value))
        created = times.local(card.created_at).date()
        about.addLayout(fact(theme, "Known since", f"{created.day} {created:%B} {created.year}"))
        for address, why in card.bounced.items():
            self._content.addWidget(
                Banner(
                    theme, "warn", why or "The server said that the mailbox does not exist.", title=f"{address} bounces"
                )
            )
        self._content.addLayout(about)
        if card.deals:
            self._content.addWidget(line())
            deals = column(label(theme, "Deals", "strong"), gap=k.S3)
            for name, stage, is_open in card.deals:
                deals.addLayout(
                    column(
                        Elided(theme, name, "medium"),
                        row(Chip(theme, stage, "accent" if is_open else "neutral"), None),
                        gap=k.S1,
                    )
                )
            self._content.addLayout(deals)
        self._content.addStretch(1)

    @Slot()
    def start_editing(self) -> None:
        theme, card = self._theme, self._card
        if card is None:
            return
        self.editing = True
        clear(self._content)
        self.name = Field(theme, "Name", entry(theme, card.name))
        self.title = Field(theme, "Title", entry(theme, card.title, "Head of logistics"))
        self.company = Field(theme, "Company", entry(theme, card.company))
        self.phone = Field(theme, "Phone", entry(theme, card.phone))
        self.save_button = button(theme, "Save")
        self.save_button.clicked.connect(self.save)
        self.cancel_button = button(theme, "Cancel", "quiet")
        self.cancel_button.clicked.connect(self.cancel)
        for field in (self.name, self.title, self.company, self.phone):
            field.edit.returnPressed.connect(self.save)
        self._content.addLayout(
            column(
                label(theme, "About", "strong"),
                self.name,
                self.title,
                self.company,
                self.phone,
                row(self.save_button, self.cancel_button, None),
                gap=k.S3,
            )
        )
        self._content.addStretch(1)
        self.name.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def save(self) -> None:
        assert self._card is not None
        name, title, company, phone = [f.edit.text().strip() for f in (self.name, self.title, self.company, self.phone)]
        try:
            self._program.edit_contact(self._card.id, name=name, title=title, phone=phone, company=company)
        except HitchpostError as fault:
            self.name.set_error(str(fault))
            return
        self._done()

    @Slot()
    def cancel(self) -> None:
        self._done()

    def _done(self) -> None:
        self.editing = False
        self._read_view()
        self.edited.emit()  # what is shown anew may be read anew once more
        self._focus_edit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.editing:
            self.cancel()
            return
        super().keyPressEvent(event)
