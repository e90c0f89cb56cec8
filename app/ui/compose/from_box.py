"""The choice of the address that a message comes from: inboxes with their aliases. Part of the compose page's head."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.domain.senders import Sender
from app.ui.kit.theme import Theme

LEAST, MOST, LIST = 200, 560, 640  # pixels: of the box, and of a line of its list
_LEAST_NAME = 64
_INSET = 6  # that the style leaves beside the text


class FromBox(QComboBox):
    """`sender` is the chosen one; `currentIndexChanged` tells. An alias that is gone stays as long as it is chosen
    (`is_gone`): nothing else takes its place by itself."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._senders: list[Sender] = []
        self._gone: Sender | None = None
        self._several = False  # inboxes: an alias says whose it is
        self._list, self._least_name, self._inset = theme.px(LIST), theme.px(_LEAST_NAME), theme.px(_INSET)
        self.setFont(theme.font("body"))
        self.setProperty("kind", "bare")
        self.setAccessibleName("From")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumWidth(theme.px(LEAST))
        self.setMaximumWidth(theme.px(MOST))
        self.currentIndexChanged.connect(self._on_chosen)

    def sender_chosen(self) -> Sender | None:
        at = self.currentIndex()
        return self._senders[at] if 0 <= at < len(self._senders) else None

    def is_gone(self) -> bool:
        return self._gone is not None and self.sender_chosen() is self._gone

    def set_senders(self, senders: tuple[Sender, ...]) -> None:
        """Keeps the chosen one; tells no change."""
        chosen = self.sender_chosen()
        self._senders, self._gone = list(senders), None
        self.blockSignals(True)
        self._fill()
        if chosen is not None:
            self.choose(chosen.inbox_id, chosen.wanted)
        self.blockSignals(False)
        self._on_chosen()

    def choose(self, inbox_id: InboxId, wanted: Address | None) -> None:
        """`wanted`: an alias of the inbox; None: its own address. Without that inbox the choice stays as it is."""
        of_inbox = [s for s in self._senders if s.inbox_id == inbox_id]
        if not of_inbox:
            return
        key = (wanted or Address(of_inbox[0].inbox_address)).key
        if all(s.address.key != key for s in of_inbox):
            one = of_inbox[0]
            self._gone = Sender(inbox_id, wanted or Address(key), one.inbox_address, True, one.refreshable)
            self._senders.append(self._gone)
            before = self.blockSignals(True)
            self._fill()
            self.blockSignals(before)
        at = next(i for i, s in enumerate(self._senders) if s.inbox_id == inbox_id and s.address.key == key)
        self.setCurrentIndex(at)

    def choose_first(self) -> None:
        """Of the chosen inbox the address that comes first, for a message of its own."""
        chosen = self.sender_chosen()
        at = next((i for i, s in enumerate(self._senders) if chosen and s.inbox_id == chosen.inbox_id), 0)
        self.setCurrentIndex(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chosen one as far as it fits just now: Qt would cut the address off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        if shown := self.fitting_now():
            option.currentText = shown
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def fitting_now(self) -> str:
        """The chosen one as it is shown; empty where none is."""
        chosen = self.sender_chosen()
        return self._fitting(chosen, self._room(self.rect()) - self._inset) if chosen is not None else ""

    def _room(self, rect: QRect) -> int:
        """For the text, where the box has this size."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.rect = rect
        field = QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()

    def sizeHint(self) -> QSize:
        """As wide as the longest of the list; Qt leaves out what the style puts beside the text."""
        hint = super().sizeHint()
        widest = max((self.fontMetrics().horizontalAdvance(self.itemText(at)) for at in range(self.count())), default=0)
        missing = widest + self._inset + 1 - self._room(QRect(QPoint(), hint))
        return QSize(min(hint.width() + max(0, missing), self.maximumWidth()), hint.height())

    def showPopup(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 2 * self._inset)
        super().showPopup()

    def _fill(self) -> None:
        self._several = len({s.inbox_id for s in self._senders}) > 1
        self.clear()
        for at, sender in enumerate(self._senders):
            self.addItem(self._fitting(sender, self._list))
            self.setItemData(at, self._full(sender), Qt.ItemDataRole.ToolTipRole)
            self.setItemData(at, self._full(sender), Qt.ItemDataRole.AccessibleTextRole)

    @Slot()
    def _on_chosen(self) -> None:
        chosen = self.sender_chosen()
        self.setToolTip(self._full(chosen) if chosen is not None else "")

    def _behind(self, sender: Sender) -> str:
        return f" · alias of {sender.inbox_address}" if sender.alias and self._several else ""

    def _full(self, sender: Sender) -> str:
        return f"{sender.address}{self._behind(sender)}"

    def _fitting(self, sender: Sender, room: int) -> str:
        """A long name gives way, so that the address is seen whole; then what stands behind it, then its middle."""
        metrics, address = self.fontMetrics(), sender.address
        for behind in dict.fromkeys((self._behind(sender), "")):
            text = f"{address}{behind}"
            if metrics.horizontalAdvance(text) <= room:
                return text
            left = room - metrics.horizontalAdvance(f" <{address.addr_spec}>{behind}")
            if address.display_name and left >= self._least_name:
                name = metrics.elidedText(address.display_name, Qt.TextElideMode.ElideRight, left)
                return f"{name} <{address.addr_spec}>{behind}"
        return metrics.elidedText(address.addr_spec, Qt.TextElideMode.ElideMiddle, room)
