"""The hairline rows above the text: From, To, Cc, Bcc, Subject, with their errors beside them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.domain.senders import Sender
from app.ui.compose.from_box import FromBox
from app.ui.compose.recipients import Find, RecipientField
from app.ui.kit import tokens as k
from app.ui.kit.fields import entry
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, button, label

REFRESH = "Refresh aliases"


class HeadRow(QFrame):
    """Name, content, buttons at the right; below them the error."""

    def __init__(self, theme: Theme, name: str, content: QWidget, *right: QWidget) -> None:
        super().__init__()
        self.setProperty("box", "bar")
        title = label(theme, name, "body", "faint")
        title.setFixedWidth(theme.px(60))
        title.setBuddy(content)
        title.setMinimumHeight(theme.px(32))
        self._error = label(theme, "", "small", "bad", wrap=True)
        glyph = column(1, Glyph(theme, "bounce", "bad", k.ICON_SMALL), None, gap=0)
        self._below = host(row(theme.px(60) + k.S2, glyph, (self._error, 1), gap=6))
        self._below.hide()
        self._content = content
        top = row(column(title, None, gap=0), (column(None, content, None, gap=0), 1), *right, gap=k.S2)
        self.setLayout(column(top, self._below, gap=2, margins=(k.S6, 5, k.S5, 5)))
        self.setMinimumHeight(theme.px(44))

    def set_error(self, text: str) -> None:
        self._error.setText(text)
        self._below.setVisible(bool(text))
        self._content.setAccessibleDescription(f"Error: {text}" if text else "")

    @Slot()
    def clear_error(self) -> None:
        self.set_error("")

    def error(self) -> str:
        return self._error.text()


class Head(QWidget):
    """`changed` when anything in it changed; `recipients_changed` when people came or went."""

    changed = Signal()
    recipients_changed = Signal()
    subject_done = Signal()  # Enter in the subject: on to the text

    def __init__(self, theme: Theme, find: Find) -> None:
        super().__init__()
        self.from_box = FromBox(theme)
        self.to = RecipientField(theme, "To", find)
        self.cc = RecipientField(theme, "Cc", find)
        self.bcc = RecipientField(theme, "Bcc", find)
        self.subject = entry(theme, "", "", "bare")
        self.subject.setAccessibleName("Subject")
        self.subject.setFont(theme.font("strong"))
        self.subject.setMaxLength(998)  # RFC 5322 2.1.1
        self.cc_button = button(theme, "Cc", "quiet", name="Add Cc")
        self.bcc_button = button(theme, "Bcc", "quiet", name="Add Bcc")
        self.all_button = button(theme, "Reply to all", "quiet")
        self.all_button.hide()
        self.refresh = button(theme, REFRESH, "quiet")
        self.refresh.setToolTip("Ask Gmail which addresses this account may send as")
        self.refresh.hide()
        self.from_row = HeadRow(theme, "From", host(row(self.from_box, None)), self.refresh)
        self.to_row = HeadRow(theme, "To", self.to, self.all_button, self.cc_button, self.bcc_button)
        self.cc_row = HeadRow(theme, "Cc", self.cc)
        self.bcc_row = HeadRow(theme, "Bcc", self.bcc)
        self.subject_row = HeadRow(theme, "Subject", self.subject)
        rows = (self.from_row, self.to_row, self.cc_row, self.bcc_row, self.subject_row)
        self.setLayout(column(*rows, gap=0))
        self.show_more(cc=False, bcc=False)
        self.cc_button.clicked.connect(self._on_cc)
        self.bcc_button.clicked.connect(self._on_bcc)
        self.from_box.currentIndexChanged.connect(self._on_sender)
        self.from_box.currentIndexChanged.connect(self.changed)
        self.subject.textEdited.connect(self._on_subject)
        self.subject.returnPressed.connect(self.subject_done)
        for field, shown in ((self.to, self.to_row), (self.cc, self.cc_row), (self.bcc, self.bcc_row)):
            field.changed.connect(self._on_people)
            field.edit.textEdited.connect(shown.clear_error)

    def recipients(self) -> tuple[Address, ...]:
        """All of To, Cc and Bcc, each once."""
        found: dict[str, Address] = {}
        for field in (self.to, self.cc, self.bcc):
            for address in field.addresses():
                found.setdefault(address.key, address)
        return tuple(found.values())

    def take_typed(self) -> None:
        for field in (self.to, self.cc, self.bcc):
            field.take_typed()

    def set_people(self, to: Iterable[Address], cc: Iterable[Address], bcc: Iterable[Address]) -> None:
        cc, bcc = tuple(cc), tuple(bcc)
        self.to.set_addresses(to)
        self.cc.set_addresses(cc)
        self.bcc.set_addresses(bcc)
        self.show_more(cc=bool(cc), bcc=bool(bcc))
        for shown in (self.to_row, self.cc_row, self.bcc_row, self.subject_row):
            shown.set_error("")

    def show_more(self, cc: bool, bcc: bool) -> None:
        self.cc_row.setVisible(cc)
        self.bcc_row.setVisible(bcc)
        self.cc_button.setVisible(not cc)
        self.bcc_button.setVisible(not bcc)

    def set_senders(self, senders: tuple[Sender, ...]) -> None:
        """Keeps the chosen one. An alias that is gone stays, and says so."""
        self.from_box.set_senders(senders)
        self._on_sender()

    def sender_chosen(self) -> Sender | None:
        return self.from_box.sender_chosen()

    def inbox_id(self) -> InboxId | None:
        chosen = self.sender_chosen()
        return None if chosen is None else chosen.inbox_id

    @Slot()
    def _on_sender(self) -> None:
        chosen = self.sender_chosen()
        self.refresh.setVisible(chosen is not None and chosen.refreshable)
        text = ""
        if chosen is not None and self.from_box.is_gone():
            text = f"{chosen.inbox_address} may no longer send as {chosen.address.addr_spec}. Choose another."
        self.from_row.set_error(text)

    def set_refreshing(self, running: bool) -> None:
        if running:
            self.refresh.set_busy("Asking Gmail")
        else:
            self.refresh.set_ready()

    def problems(self) -> str:
        """Shows what is missing beside its row; the first one is returned, empty when all is well."""
        first = ""
        for field, shown in ((self.to, self.to_row), (self.cc, self.cc_row), (self.bcc, self.bcc_row)):
            wrong = field.incomplete()
            text = ""
            if wrong:
                text = f"{wrong[0]} is not complete. Add its ending, as in example.com, or remove it."
            shown.set_error(text)
            if text and not first:
                first = text
                field.setFocus(Qt.FocusReason.OtherFocusReason)
        if not first and not self.recipients():
            first = "Add at least one recipient."
            self.to_row.set_error(first)
            self.to.setFocus(Qt.FocusReason.OtherFocusReason)
        return first

    @Slot()
    def _on_people(self) -> None:
        for field, shown in ((self.to, self.to_row), (self.cc, self.cc_row), (self.bcc, self.bcc_row)):
            wrong = field.incomplete()
            shown.set_error(f"{wrong[0]} is not complete. Add its ending, as in example.com." if wrong else "")
        self.recipients_changed.emit()
        self.changed.emit()

    @Slot()
    def _on_subject(self) -> None:
        self.subject_row.set_error("")
        self.changed.emit()

    @Slot()
    def _on_cc(self) -> None:
        self.show_more(cc=True, bcc=not self.bcc_row.isHidden())
        self.cc.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_bcc(self) -> None:
        self.show_more(cc=not self.cc_row.isHidden(), bcc=True)
        self.bcc.setFocus(Qt.FocusReason.OtherFocusReason)
