"""One contact, company or deal: its head, its timeline, and the panel in which it is edited. A base of the three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.records import Named, RecordChange, RecordKind
from app.ui.contacts.timeline import Timeline, TimelineFilter
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Avatar, Banner, Elided, FittingElided, button, initials, tool
from app.ui.records import words
from app.ui.records.editors import ChoiceEditor
from app.ui.records.history import HistoryDialog
from app.ui.records.in_place import Choice, Spec
from app.ui.records.panel import Panel, Part

if TYPE_CHECKING:
    from app.runtime.program import Program

QWIDGETSIZE_MAX = (1 << 24) - 1  # Qt's own, which PySide does not name
BESIDE = 860  # px at 100 %: with less, timeline and panel would both be too narrow to read
AREAS = frozenset({Area.CONTACTS, Area.COMPANIES, Area.DEALS, Area.USERS, Area.MESSAGES, Area.OUTBOX, Area.EVENTS})


class RecordView(QFrame):
    """`told`: what was just done, and the call that takes it back. A subclass says what it reads and shows."""

    KIND: RecordKind
    ALL = ""  # what the button that goes back is called

    back_requested = Signal()
    compose_requested = Signal(object, object)
    draft_requested = Signal(int)
    events_requested = Signal(int)
    record_requested = Signal(object, int)  # RecordKind, its number
    told = Signal(str, object)

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self._record: Any = None
        self._besides: object = None
        self.setProperty("box", "window")
        self.back_button = tool(theme, "chevron-left", self.ALL)
        self.avatar = Avatar(theme, "", 48, square=self.KIND is not RecordKind.CONTACT)
        self.name = FittingElided(theme, "", "title")
        self.line = Elided(theme, "", "body", "muted")
        self.more_button = tool(theme, "more", "More actions")
        self.about_button = tool(theme, "info", f"Show what is known about this {self.KIND.value}", checkable=True)
        self.about_button.hide()
        self._chips = row(gap=6)
        head = row((self.name, 0), self._chips, None, gap=k.S3)
        self.head = box(
            "bar",
            row(
                self.back_button,
                self.avatar,
                (column(head, self.line, gap=0), 1),
                *self.head_buttons(),
                self.about_button,
                self.more_button,
                gap=k.S3,
                margins=(k.S4, k.S4, k.S5, k.S4),
            ),
        )
        self.trouble = Banner(theme, "bad", "")
        self.trouble_close = button(theme, "Dismiss", "quiet")
        self.trouble.set_actions(self.trouble_close)
        self._trouble_row = host(row((self.trouble, 1), margins=(k.S6, k.S3, k.S4, 0)))
        self._trouble_row.hide()
        self.restore_button = button(theme, "Bring back")
        self.gone = Banner(
            theme, "info", "It is in no table and in no search. What was logged is kept.", self.restore_button,
            title=f"This {self.KIND.value} was removed",
        )  # fmt: skip
        self._gone_row = host(row((self.gone, 1), margins=(k.S6, k.S3, k.S4, 0)))
        self._gone_row.hide()
        self.timeline = Timeline(theme, program, self.KIND)
        self.about = Panel(theme)
        left = [part for part in (self.strip(), self._gone_row, self._trouble_row) if part is not None]
        self._left = host(column(*left, (self.timeline, 1), gap=0))
        self.setLayout(column(self.head, (host(row((self._left, 1), self.about, gap=0)), 1), gap=0))
        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(60)
        self._refresh_soon.timeout.connect(self.refresh)
        self._connect()

    def _connect(self) -> None:
        self.about_button.toggled.connect(self._place_about)
        self.back_button.clicked.connect(self.back_requested)
        self.restore_button.clicked.connect(self.restore)
        self.timeline.compose_requested.connect(self.compose_requested)
        self.timeline.draft_requested.connect(self.draft_requested)
        self.timeline.events_requested.connect(self.events_requested)
        self.timeline.failed.connect(self.show_trouble)
        self.timeline.told.connect(self.told)
        self.trouble_close.clicked.connect(self._trouble_row.hide)
        self.about.edited.connect(self._refresh_soon.start)
        self._program.changed.connect(self._on_changed)

    # --- what a subclass says

    def read(self, record_id: int) -> Any:
        """The record, or None."""
        raise NotImplementedError

    def title_of(self, record: Any) -> str:
        return str(record.name)

    def line_of(self, record: Any) -> str:
        raise NotImplementedError

    def parts(self, record: Any) -> Sequence[Part]:
        raise NotImplementedError

    def above(self, _record: Any) -> Sequence[QWidget]:
        """What stands over the panel's fields."""
        return ()

    def besides(self, _record: Any) -> object:
        """What is shown of it that the record itself does not say: when that is another one, it is shown anew."""
        return None

    def chips(self, _record: Any) -> Sequence[QWidget]:
        """What stands behind the name."""
        return ()

    def head_buttons(self) -> Sequence[QWidget]:
        return ()

    def strip(self) -> QWidget | None:
        """What stands over the timeline."""
        return None

    def choices(self, _record: Any) -> Sequence[Choice]:
        """Lines of the menu, before History and Remove."""
        return ()

    def last_choices(self, _record: Any) -> Sequence[Choice]:
        return ()

    def wanted(self) -> TimelineFilter:
        return TimelineFilter()

    # --- showing

    @property
    def record_id(self) -> int | None:
        return self._record.id if self._record is not None else None

    @property
    def record(self) -> Any:
        return self._record

    def take_focus(self) -> None:
        self.back_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def edit_first(self) -> None:
        """Begins with the first field that can be edited."""
        if self.about_button.isVisibleTo(self):
            self.about_button.setChecked(True)
        self.about.edit_first()

    def show_record(self, record_id: int, message_pk: int | None = None) -> bool:
        record = self.read(record_id)
        if record is None:
            return False
        if self.record_id != record_id or message_pk is not None:
            self._trouble_row.hide()
            self.start_over()
        self._record = record
        self._show()
        self.timeline.show_record(record_id, self.wanted())
        if message_pk is not None:
            self.timeline.show_message(message_pk)
        return True

    def start_over(self) -> None:
        """Another record is about to be shown."""

    def _show(self) -> None:
        record, title = self._record, self.title_of(self._record)
        self._besides = self.besides(record)
        self.avatar.set_text(initials(title))
        self.name.setText(title)
        self.name.updateGeometry()
        self.line.setText(self.line_of(record))
        self.line.setVisible(bool(self.line.text()))
        while (item := self._chips.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for chip in self.chips(record):
            self._chips.addWidget(chip)
        self._gone_row.setVisible(record.removed)
        self._fill_menu()
        self.about.show_parts(self.parts(record), self.above(record))

    @staticmethod
    def _offer(menu: QMenu, choice: Choice) -> None:
        action = menu.addAction(choice.text)
        action.triggered.connect(choice.act)
        action.setEnabled(not choice.why_not)
        action.setToolTip(choice.why_not)

    def _fill_menu(self) -> None:
        record = self._record
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for choice in self.choices(record):
            self._offer(menu, choice)
        menu.addAction("History…").triggered.connect(self.show_history)
        menu.addSeparator()
        if record.removed:
            menu.addAction("Bring back").triggered.connect(self.restore)
        else:
            menu.addAction("Remove").triggered.connect(self.remove)
        for choice in self.last_choices(record):
            self._offer(menu, choice)
        old = self.more_button.menu()
        self.more_button.setMenu(menu)
        if old is not None:
            old.deleteLater()

    @Slot()
    def refresh(self) -> None:
        if self._record is None or not self.isVisible():
            return
        record = self.read(self._record.id)
        if record is None:
            self._record = None
            self.back_requested.emit()
            return
        if (record, self.besides(record)) != (self._record, self._besides) and not self.about.editing:
            self._record = record
            self._show()
        self.timeline.refresh()

    @Slot(str, str)
    def show_trouble(self, title: str, text: str) -> None:
        self.trouble.set("bad", title, text)
        self._trouble_row.show()

    def refused(self, text: str) -> None:
        self.show_trouble("Not changed", text)

    # --- wishes

    def edit(self, fields: Mapping[str, Any]) -> None:
        """Raises what is told beside the field."""
        change = self._program.edit_record(self.KIND, self._record.id, fields)
        if change is not None:
            self._done(change)

    def _done(self, change: RecordChange) -> None:
        self.told.emit(words.told(change, self.title_of(self._record)), partial(self._program.undo_change, change.id))
        self._refresh_soon.start()

    @Slot()
    def remove(self) -> None:
        self._change_whole(self._program.remove_record)

    @Slot()
    def restore(self) -> None:
        self._change_whole(self._program.restore_record)

    def _change_whole(self, act: Any) -> None:
        try:
            change = act(self.KIND, self._record.id)
        except HitchpostError as fault:
            self.refused(str(fault))
            return
        if change is not None:
            self._done(change)

    @Slot()
    def show_history(self) -> None:
        made = HistoryDialog(
            self._theme, self._program, self.KIND, self._record.id, self.title_of(self._record), self.window()
        )
        made.undone.connect(self._refresh_soon.start)
        made.open()

    def owner_spec(self, owner: Named | None) -> Spec:
        def editor() -> ChoiceEditor:
            people = [u for u in self._program.users() if u.active or (owner is not None and u.id == owner.id)]
            options: list[tuple[str, object]] = [("Nobody", None)]
            options += [(u.name or u.login_address, u.id) for u in people]
            return ChoiceEditor(self._theme, options, owner.id if owner is not None else None, "Owner")

        return Spec(
            "owner",
            "Owner",
            owner.name if owner is not None else "",
            "Nobody",
            editor,
            lambda v: self.edit({"owner": v}),
        )

    # --- the window's wishes

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & AREAS:
            self._refresh_soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._record is not None:
            self._refresh_soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_about()

    @Slot()
    def _place_about(self) -> None:
        """Beside the timeline where there is room for both; else instead of it, on wish."""
        narrow = self.width() < self._theme.px(BESIDE)
        self.about_button.setVisible(narrow)
        shown = not narrow or self.about_button.isChecked()
        self.about.setMaximumWidth(QWIDGETSIZE_MAX if narrow else self._theme.px(k.W_SIDE))
        self.about.setVisible(shown)
        self._left.setVisible(not (narrow and shown))
