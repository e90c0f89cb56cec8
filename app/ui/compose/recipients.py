"""A row of recipients: chips, typing with completion from the contacts, pasted lists. Used for To, Cc and Bcc."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QCompleter, QFrame, QLineEdit, QListView, QWidget

from app.domain.addresses import Address, is_complete
from app.domain.views import ContactRow
from app.mime.addresses import parse_address_list
from app.ui.kit.fields import entry
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Avatar, FittingElided, Glyph, initials, restyle, tool

ADDRESS_ROLE = Qt.ItemDataRole.UserRole + 1
LONGEST_CHIP = 260  # pixels
WIDEST_LIST = 520
MOST_SUGGESTIONS = 8

Find = Callable[[str], Sequence[ContactRow]]


class RecipientChip(QFrame):
    """One recipient. Delete or Backspace removes it, Enter or a double click turns it into text again."""

    removed = Signal(QObject)
    edited = Signal(QObject)
    stepped = Signal(QObject, int)  # -1: to the left, 1: to the right

    def __init__(self, theme: Theme, address: Address, parent: QWidget) -> None:
        super().__init__(parent)
        self.address = address
        self.complete = is_complete(address.addr_spec)
        self.setProperty("box", "sunken" if self.complete else "bad")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        name = FittingElided(theme, address.label, "body", "" if self.complete else "bad")
        name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        cross = tool(theme, "cross", f"Remove {address.label}")
        theme.bind_icon(cross, "cross", "muted", 12)
        cross.setFixedSize(theme.px(18), theme.px(18))
        cross.setStyleSheet("min-width: 0; max-width: 18px; min-height: 0; max-height: 18px")
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does it by key
        cross.clicked.connect(self._on_cross)
        if self.complete:
            mark: QWidget = Avatar(theme, initials(address.display_name or address.addr_spec), 20)
        else:
            mark = Glyph(theme, "bounce", "bad", 14, ground=20)
        self.setLayout(row(mark, (name, 1), cross, gap=6, margins=(4, 3, 5, 3)))
        self.setMaximumWidth(theme.px(LONGEST_CHIP))
        self.setToolTip(address.addr_spec if self.complete else f"{address.addr_spec} is not complete")
        state = "" if self.complete else ", not complete"
        self.setAccessibleName(f"{address.label}, {address.addr_spec}{state}")
        self.setAccessibleDescription("Delete removes, Enter edits")
        self.adjustSize()

    def sizeHint(self) -> QSize:
        wanted = super().sizeHint()
        return QSize(min(wanted.width(), self.maximumWidth()), wanted.height())

    @Slot()
    def _on_cross(self) -> None:
        self.removed.emit(self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.edited.emit(self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        restyle(self, "box", "info")
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        restyle(self, "box", "sunken" if self.complete else "bad")
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.removed.emit(self)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_F2:
                self.edited.emit(self)
            case Qt.Key.Key_Left:
                self.stepped.emit(self, -1)
            case Qt.Key.Key_Right:
                self.stepped.emit(self, 1)
            case _:
                super().keyPressEvent(event)


class RecipientField(QWidget):
    """`changed` when a recipient came or went. Typed text becomes a chip on Enter, Tab, comma, semicolon, and when the
    field is left. It grows with its rows up to `rows`, then scrolls by dropping nothing: all chips stay visible."""

    changed = Signal()

    def __init__(self, theme: Theme, name: str, find: Find) -> None:
        super().__init__()
        self._theme, self._find = theme, find
        self._chips: list[RecipientChip] = []
        self.setAccessibleName(name)
        self.edit: QLineEdit = entry(theme, "", "Name or address", "bare")
        self.edit.setParent(self)
        self.edit.setAccessibleName(f"{name}: add a recipient")
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(self._on_typed)
        self._model = QStandardItemModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self.edit)  # not setCompleter: that writes into the field
        self._popup = QListView()
        self._popup.setProperty("kind", "boxed")
        self._popup.setFont(theme.font("body"))
        self._popup.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._popup.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it is as high as its rows
        self._popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._popup.setAccessibleName(f"Suggestions for {name}")
        self._completer.setPopup(self._popup)
        self._completer.activated[QModelIndex].connect(self._on_suggestion)  # type: ignore[index]  # an overload
        self.setFocusProxy(self.edit)
        self._arrange()

    # what is in it

    def addresses(self) -> tuple[Address, ...]:
        return tuple(chip.address for chip in self._chips)

    def incomplete(self) -> tuple[str, ...]:
        return tuple(chip.address.addr_spec for chip in self._chips if not chip.complete)

    def set_addresses(self, addresses: Iterable[Address]) -> None:
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = []
        self.edit.clear()
        self._add(addresses)

    def add_addresses(self, addresses: Iterable[Address]) -> None:
        """Adds those that are not there yet."""
        if self._add(addresses):
            self.changed.emit()

    def take_typed(self) -> None:
        """What stands in the field becomes a chip."""
        text = self.edit.text().strip().strip(",;").strip()
        self.edit.clear()
        if text:
            self.add_addresses(parse_typed(text))

    # typing

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        if text.count("@") > 1 or (text.rstrip().endswith((",", ";")) and "@" in text):
            found = parse_typed(text)
            if all(is_complete(a.addr_spec) for a in found) and text.rstrip()[-1:] in ",;":
                self.edit.clear()
                self._popup.hide()
                self.add_addresses(found)
                return
        self._suggest(text.strip())

    def _suggest(self, text: str) -> None:
        self._model.clear()
        taken = {a.key for a in self.addresses()}
        for contact in self._find(text)[:MOST_SUGGESTIONS] if text else ():
            address = Address(contact.address, contact.name if contact.name != contact.address else "")
            if address.key in taken or not contact.address:
                continue
            item = QStandardItem(f"{address.display_name}   {address.addr_spec}".strip())
            item.setData(address, ADDRESS_ROLE)
            item.setToolTip(contact.company)
            self._model.appendRow(item)
        if not self._model.rowCount():
            self._popup.hide()
            return
        width = min(max(self._theme.px(360), self._popup.sizeHintForColumn(0) + 32), self._theme.px(WIDEST_LIST))
        self._completer.complete(QRect(0, 4, width, self.edit.height()))
        if "@" not in text:
            self._popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    @Slot(QModelIndex)
    def _on_suggestion(self, index: QModelIndex) -> None:
        address = index.data(ADDRESS_ROLE)
        if isinstance(address, Address):
            self.edit.clear()
            self.add_addresses([address])
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.edit:
            return False
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() != Qt.FocusReason.PopupFocusReason and not self._popup.isVisible():
                self.take_typed()
            return False
        return event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._on_key(event)

    def _on_key(self, event: QKeyEvent) -> bool:
        """Whether the key was used up."""
        if event.matches(QKeySequence.StandardKey.Paste):
            return self._paste(QGuiApplication.clipboard().text())
        if self._popup.isVisible() and self._popup.currentIndex().isValid():
            return False  # the list takes Enter and Tab itself
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._popup.hide()
            self.take_typed()
            return True
        if event.key() == Qt.Key.Key_Tab and self.edit.text().strip():
            self._popup.hide()
            self.take_typed()
            return True
        if self._chips and not self.edit.text() and event.key() == Qt.Key.Key_Backspace:
            self._on_removed(self._chips[-1])
            return True
        if self._chips and self.edit.cursorPosition() == 0 and event.key() == Qt.Key.Key_Left:
            self._chips[-1].setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def _paste(self, text: str) -> bool:
        """A list is taken whole; a single word is left to the field."""
        found = parse_typed(text)
        if len(found) < 2 and not (found and is_complete(found[0].addr_spec)):
            return False
        self.take_typed()
        self.add_addresses(found)
        return True

    # chips

    def _add(self, addresses: Iterable[Address]) -> bool:
        keys = {chip.address.key for chip in self._chips}
        added = False
        for address in addresses:
            if not address.key or address.key in keys:
                continue
            keys.add(address.key)
            chip = RecipientChip(self._theme, address, self)
            chip.removed.connect(self._on_removed)
            chip.edited.connect(self._on_edited)
            chip.stepped.connect(self._on_stepped)
            chip.show()
            self._chips.append(chip)
            added = True
        self._arrange()
        return added

    @Slot(QObject)
    def _on_removed(self, chip: RecipientChip) -> None:
        self._chips.remove(chip)
        chip.hide()
        chip.deleteLater()
        self._arrange()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    @Slot(QObject)
    def _on_edited(self, chip: RecipientChip) -> None:
        self.take_typed()
        self._on_removed(chip)
        self.edit.setText(str(chip.address))
        self.edit.selectAll()

    @Slot(QObject, int)
    def _on_stepped(self, chip: RecipientChip, step: int) -> None:
        at = self._chips.index(chip) + step
        if at >= len(self._chips):
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        elif at >= 0:
            self._chips[at].setFocus(Qt.FocusReason.OtherFocusReason)

    # places

    def _arrange(self) -> None:
        """Chips from left to right, row by row; the field takes what is left of the last row."""
        gap, x, y = 6, 0, 0
        height = self._theme.px(28)
        least = self._theme.px(110)
        for chip in self._chips:
            size = chip.sizeHint()
            width = min(size.width(), max(self.width(), 80))
            height = max(height, size.height())
            if x and x + width > self.width():
                x, y = 0, y + height + 4
            chip.setGeometry(x, y, width, size.height())
            x += width + gap
        if x and x + least > self.width():
            x, y = 0, y + height + 4
        self.edit.setGeometry(x, y + (height - self._theme.px(32)) // 2, max(self.width() - x, 40), self._theme.px(32))
        self.edit.setPlaceholderText("Add another" if self._chips else "Name or address")
        self.setFixedHeight(y + height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(320), self.height())


def parse_typed(text: str) -> tuple[Address, ...]:
    """Addresses as people type and paste them: separated by comma, semicolon, line, or, where every word is an address,
    by space."""
    words = text.split()
    if len(words) > 1 and all(is_complete(w.strip("<>,;")) for w in words):
        return tuple(Address(w.strip("<>,;")) for w in words)
    lines = "; ".join(line.strip().rstrip(",;") for line in text.splitlines() if line.strip())
    return parse_address_list(lines)
