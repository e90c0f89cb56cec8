"""The main window: navigation at the left, one page at the right. Built by the bootstrap, closed to the tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.events import EventId
from app.domain.outbox import OutboxId
from app.ui.activity.page import ActivityPage
from app.ui.kit import tokens as k
from app.ui.kit.focus import FocusRing
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.room import keep_within_screen
from app.ui.kit.widgets import label
from app.ui.navigation import PAGES, Navigation
from app.ui.record_pages import RecordPages
from app.ui.sending_bar import SendingBar
from app.ui.trouble_bar import TroubleBar

if TYPE_CHECKING:
    from app.domain.addresses import Address
    from app.domain.views import FeedRow, TimelineMessage
    from app.runtime.program import Program
    from app.ui.compose.compose_page import ComposePage
    from app.ui.help.page import HelpPage
    from app.ui.inboxes.page import InboxesPage
    from app.ui.kit.theme import Theme
    from app.ui.review.page import ReviewPage
    from app.ui.settings.page import SettingsPage

LEAST = QSize(816, 512)  # at 100 %: with its frame and at 125 % it fits on 1024 × 700


class MainWindow(RecordPages):
    """Pages: activity, contacts, companies, deals, inboxes, settings, help, search, compose; all but the first are built when
    they are first wanted."""

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__(theme, program)
        self._before_compose = "activity"
        self.setWindowTitle("Hitchpost")
        self.setMinimumSize(theme.px(LEAST.width()), theme.px(LEAST.height()))
        self.resize(1280, 800)

        self._stack = QStackedWidget()
        self._right = column((self._stack, 1), gap=0)
        beside = row((host(self._right), 1), gap=0)
        whole = host(beside)
        self.setCentralWidget(whole)
        self.navigation = Navigation(theme, program, whole)
        self.activity = ActivityPage(theme, program, self._stack)
        self._inboxes: InboxesPage | None = None
        self._review: ReviewPage | None = None
        self._settings: SettingsPage | None = None
        self._help: HelpPage | None = None
        self.compose_page: ComposePage | None = None
        self.sending = SendingBar(theme, program)
        self.trouble_bar = TroubleBar(theme, program, self)
        self.trouble, self.unlock_button = self.trouble_bar.banner, self.trouble_bar.unlock_button
        self._stack.addWidget(self.activity)
        self._right.insertWidget(0, self.trouble_bar)
        self._right.insertWidget(1, self.sending)
        beside.insertWidget(0, self.navigation)
        self.ring = FocusRing(theme, self)
        self._connect()
        self._add_shortcuts()
        self.restore_place()
        self.show_page("activity")
        self.set_tray(False)
        self.sending.show_waiting()

    def _connect(self) -> None:
        self.navigation.page_requested.connect(self._on_page)
        self.navigation.compose_requested.connect(self.compose)
        self.navigation.search_requested.connect(self.show_search)
        self.activity.compose_requested.connect(self.compose)
        self.activity.connect_requested.connect(self.connect_inbox)
        self.activity.message_requested.connect(self.show_message)
        self.activity.inboxes_requested.connect(self._on_inboxes)
        self.activity.review_requested.connect(self.show_review)
        self.sending.undone.connect(self._on_draft)
        self.sending.shown_requested.connect(self._on_show_sent)
        self.sending.list_requested.connect(self.show_outbox)
        self._program.failed.connect(self.show_trouble)
        self._program.message_requested.connect(self._on_message_requested)
        self._program.changed.connect(self._on_changed)

    def _add_shortcuts(self) -> None:
        for position, (name, _) in enumerate(PAGES):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{position + 1}"), self)
            shortcut.setObjectName(name)
            shortcut.activated.connect(self._on_page_shortcut)
        QShortcut(QKeySequence("F1"), self).activated.connect(self.show_help)
        QShortcut(QKeySequence("Ctrl+N"), self).activated.connect(self.compose)
        QShortcut(QKeySequence("Ctrl+Shift+F"), self).activated.connect(self.show_search)
        QShortcut(QKeySequence("Ctrl+Q"), self).activated.connect(self.quit)

    # --- pages

    def show_page(self, name: str) -> None:
        """A page by its name in `PAGES`, search or compose; another name is taken as a section of the settings."""
        if name == "compose":
            self.compose()
            return
        if name not in dict(PAGES) and name != "search":
            self.settings.show_section(name)
            name = "settings"
        page: QWidget = getattr(self, name)
        self._stack.setCurrentWidget(page)
        self.navigation.set_page(name)

    def page(self) -> str:
        """The name of the page that is shown."""
        current = self._stack.currentWidget()
        built = {
            "activity": self.activity,
            **self._records,
            "inboxes": self._inboxes,
            "review": self._review,
            "settings": self._settings,
            "help": self._help,
            "search": self._search,
        }
        return next((name for name, page in built.items() if page is current), "compose")

    @property
    def inboxes(self) -> InboxesPage:
        if self._inboxes is None:
            from app.ui.inboxes.page import InboxesPage

            self._inboxes = InboxesPage(self._theme, self._program)
            self._inboxes.connect_requested.connect(self.connect_inbox)
            self._inboxes.unlock_requested.connect(self.ask_passphrase)
            self._inboxes.message_requested.connect(self.show_message)
            self._stack.addWidget(self._inboxes)
        return self._inboxes

    @property
    def review(self) -> ReviewPage:
        if self._review is None:
            from app.ui.review.page import ReviewPage

            self._review = ReviewPage(self._theme, self._program)
            self._review.message_requested.connect(self.show_message)
            self._review.section_requested.connect(self.show_page)
            self._stack.addWidget(self._review)
        return self._review

    @property
    def settings(self) -> SettingsPage:
        if self._settings is None:
            from app.ui.settings.page import SettingsPage

            self._settings = SettingsPage(self._theme, self._program)
            self._settings.set_tray(self.has_tray)
            self._settings.connect_requested.connect(self.connect_inbox)
            self._settings.review_requested.connect(self._on_review)
            self._stack.addWidget(self._settings)
        return self._settings

    @property
    def help(self) -> HelpPage:
        if self._help is None:
            from app.ui.help.page import HelpPage

            self._help = HelpPage(self._theme)
            self._help.inboxes_requested.connect(self._on_inboxes)
            self._stack.addWidget(self._help)
        return self._help

    @Slot()
    @Slot(str)
    def show_help(self, text: str = "") -> None:
        """Troubleshooting, at what fits a text: an error message, or what `find_for` makes of a problem."""
        if text:
            self.help.look_up(text)
        self.show_page("help")
        self.help.take_focus()

    @Slot(str)
    def _on_page(self, name: str) -> None:
        if name == self.page() and name in self._records:
            self._records[name].show_table()
        self.show_page(name)

    @Slot()
    def _on_page_shortcut(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._on_page(sender.objectName())
            self.navigation.page_button(self.page()).setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _on_inboxes(self) -> None:
        self.show_page("inboxes")

    @Slot()
    def _on_review(self) -> None:
        self.show_page("review")

    @Slot(object)
    def show_review(self, event: FeedRow) -> None:
        """The entry of the review list that an event told of, where it is still there."""
        self.show_page("review")
        found = self._program.review_of_event(event)
        if found is not None:
            self.review.show_item(found)

    @Slot(int)
    def _on_message_requested(self, message_pk: int) -> None:
        """A notification was clicked."""
        self.raise_to_front()
        self.show_message(message_pk)

    def show_event(self, event_id: int) -> None:
        """Opens an event of the feed, as a notification asks for."""
        self.show_page("activity")
        self.activity.choose(EventId(event_id))

    @Slot(str)
    def _on_show_sent(self, address: str) -> None:
        """A message that did not go out: on its timeline, else in the list of what waits."""
        if self._program.find_contact(address) is None:
            self.show_outbox()
        else:
            self.show_address(address)

    @Slot()
    def show_outbox(self) -> None:
        """What is scheduled, waits, or did not go out."""
        from app.ui.dialogs.outbox_dialog import OutboxDialog

        dialog = OutboxDialog(self._theme, self._program, self)
        dialog.edit_requested.connect(self._on_draft)
        dialog.open()

    @Slot()
    def raise_to_front(self) -> None:
        if self.isMinimized():
            self.showNormal()
        keep_within_screen(self)  # the screen may be another one by now
        self.show()
        self.raise_()
        self.activateWindow()

    def show_notice(self, text: str) -> None:
        """A slim line over all pages that stays: what kind of workspace this is."""
        line = box(
            "info", row(None, label(self._theme, text, "small", "accent"), None, margins=(k.S6, k.S1, k.S6, k.S1))
        )
        line.setAccessibleName(text)
        self._right.insertWidget(0, line)

    @Slot(str, str)
    def show_trouble(self, title: str, text: str) -> None:
        self.trouble_bar.tell(title, text)

    @Slot()
    def ask_passphrase(self) -> None:
        self.trouble_bar.ask_passphrase()

    # --- compose, connect

    @Slot()
    def compose(self) -> None:
        """A new message, or the one that is being written."""
        self._open_compose().start()

    @Slot(object, object)
    def _on_compose_to(self, to: tuple[Address, ...], parent: TimelineMessage | None) -> None:
        self._open_compose().start(to=to, parent=parent)

    @Slot(int)
    def _on_draft(self, outbox_id: int) -> None:
        self._open_compose().start(outbox_id=OutboxId(outbox_id))

    def _open_compose(self) -> ComposePage:
        if self.compose_page is None:
            from app.ui.compose.compose_page import ComposePage  # heavy, and not needed to see the feed

            self.compose_page = ComposePage(self._theme, self._program, self)
            self.compose_page.finished.connect(self._on_compose_finished)
            self.compose_page.sent.connect(self._on_sent)
            self.compose_page.outbox_requested.connect(self.show_outbox)
            self.compose_page.connect_requested.connect(self.connect_inbox)
            self._stack.addWidget(self.compose_page)
        if self.page() != "compose":
            self._before_compose = self.page()
        self._stack.setCurrentWidget(self.compose_page)
        self.navigation.set_page("")
        return self.compose_page

    @Slot(int)
    def _on_sent(self, outbox_id: int) -> None:
        """Back to where writing began: the timeline shows the message, and the bar what becomes of it."""
        self.sending.follow(outbox_id)
        self._on_compose_finished()

    @Slot()
    def _on_compose_finished(self) -> None:
        if self.page() == "compose":
            self.show_page(self._before_compose)

    @Slot()
    @Slot(str)
    def connect_inbox(self, address: str = "") -> None:
        from app.ui.wizard.connect_wizard import ConnectWizard

        wizard = ConnectWizard(self._theme, self._program, self, address=address)
        wizard.open_settings_requested.connect(self.show_page)
        wizard.write_requested.connect(self.compose)
        wizard.another_requested.connect(self.connect_inbox)
        wizard.connected.connect(self.trouble_bar.settle)  # nothing is connected while passwords are locked
        wizard.open()

    # --- the window itself

    def set_tray(self, available: bool) -> None:
        super().set_tray(available)
        if self._settings is not None:
            self._settings.set_tray(available)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lean = self.width() < self._theme.px(k.W_LEAN)
        self.navigation.setFixedWidth(self._theme.px(k.W_NAV_LEAN if lean else k.W_NAV))

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if Area.SETTINGS in change.areas:
            wanted = str(self._program.get_setting("appearance"))
            if wanted != self._theme.appearance:
                self._theme.set_appearance(wanted)
