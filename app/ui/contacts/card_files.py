"""The files of a message's card: a button each, which offers to open or to save it. Used by `card`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.views import TimelineAttachment, TimelineMessage
from app.ui.contacts.card_text import pictures_in_text
from app.ui.contacts.files import may_open
from app.ui.kit import times
from app.ui.kit.flow import FlowLayout
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button


def listed_files(message: TimelineMessage) -> list[TimelineAttachment]:
    """Those that its text does not show as pictures."""
    shown = pictures_in_text(message)
    return [a for a in message.attachments if a not in shown]


class FileButton(Button):
    files_menu: QMenu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.setDown(False)
            self.show_menu()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.show_menu()
            return
        super().keyPressEvent(event)

    def show_menu(self) -> None:
        self.files_menu.popup(self.mapToGlobal(self.rect().bottomLeft()))


def file_button(theme: Theme, attachment: TimelineAttachment, menu: QMenu) -> Button:
    """Clip, name and size; a click offers to open or save it. Not `setMenu`: its hidden arrow would shift the text."""
    made = FileButton(theme, "", "file", "attach", name=f"{attachment.filename}, {times.size(attachment.size)}")
    made.set_verb(made.fontMetrics().elidedText(attachment.filename, Qt.TextElideMode.ElideMiddle, theme.px(300)))
    made.setText(f"{made.text()}   {times.size(attachment.size)}")
    made.setToolTip(attachment.filename)
    made.files_menu = menu
    return made


class FileAction(QAction):
    """Knows its file and whether to open or to save it."""

    def __init__(self, text: str, attachment: TimelineAttachment, opens: bool, parent: QMenu) -> None:
        super().__init__(text, parent)
        self.attachment, self.opens = attachment, opens


class CardFiles(QWidget):
    open_requested = Signal(object)  # TimelineAttachment
    save_requested = Signal(object)

    def __init__(self, theme: Theme, files: Sequence[TimelineAttachment]) -> None:
        super().__init__()
        flow = FlowLayout()
        for attachment in files:
            menu = QMenu(self)
            if may_open(attachment.filename):
                menu.addAction(FileAction("Open", attachment, True, menu))
            menu.addAction(FileAction("Save as…", attachment, False, menu))
            menu.triggered.connect(self._on_file)
            flow.addWidget(file_button(theme, attachment, menu))
        self.setLayout(flow)

    @Slot(QAction)
    def _on_file(self, action: QAction) -> None:
        assert isinstance(action, FileAction)
        signal = self.open_requested if action.opens else self.save_requested
        signal.emit(action.attachment)
