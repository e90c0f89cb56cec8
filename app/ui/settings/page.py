"""The Settings page: a second navigation at the left, one section of rows at the right. Everything takes effect at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.changes import Area, Change
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, centred, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button, label
from app.ui.settings.logging_section import LoggingSection
from app.ui.settings.mail_section import AppearanceSection, MailSection
from app.ui.settings.never_section import NeverSection
from app.ui.settings.notification_section import NotificationSection
from app.ui.settings.privacy_section import PrivacySection
from app.ui.settings.rows import Control
from app.ui.settings.section import Section
from app.ui.settings.services_section import ServicesSection
from app.ui.settings.sign_in_section import SignInSection
from app.ui.settings.team_section import TeamSection
from app.ui.settings.tracking_section import TrackingSection
from app.ui.transfer.section import TransferSection
from app.ui.users.section import UsersSection

if TYPE_CHECKING:
    from app.runtime.program import Program

# heading of the navigation → (key, title, section)
PARTS: dict[str, tuple[tuple[str, str, type[Section]], ...]] = {
    "General": (
        ("email", "E-mail", MailSection),
        ("logging", "BCC and forwarding", LoggingSection),
        ("never", "Never log", NeverSection),
        ("notifications", "Notifications", NotificationSection),
    ),
    "Workspace": (
        ("privacy", "Privacy", PrivacySection),
        ("services", "Mail services", ServicesSection),
        ("clients", "Google and Microsoft", SignInSection),
        ("team", "Team inboxes", TeamSection),
        ("users", "Users", UsersSection),
        ("tracking", "Tracking", TrackingSection),
        ("transfer", "Import and export", TransferSection),
    ),
    "Program": (("appearance", "Appearance", AppearanceSection),),
}
SECTIONS = tuple((key, title) for part in PARTS.values() for key, title, _ in part)
# other names by which the wizard and links ask for a section
ALIASES = {
    "log_track": "email",
    "font": "email",
    "presets": "services",
    "meetings": "team",
    "oauth": "clients",
    "bcc": "logging",
}


class SettingsPage(QFrame):
    """`connect_requested`, `review_requested`: a section leads to the wizard of inboxes, or to the review list."""

    connect_requested = Signal()
    review_requested = Signal()

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")
        self._title = label(theme, "", "title")
        self.refusal = Banner(theme, "bad", "")
        self._dismiss = button(theme, "Dismiss", "quiet")
        self.refusal.set_actions(self._dismiss)
        self.refusal_row = host(row((self.refusal, 1), margins=(k.S6, k.S4, k.S6, 0)))
        self.refusal_row.hide()
        self._dismiss.clicked.connect(self.refusal_row.hide)
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._nav: dict[str, QPushButton] = {}
        self.sections: dict[str, Section] = {}
        navigation = self._navigation()
        self._group.idToggled.connect(self._on_section)

        own_bar = box("bar", row(label(theme, "Settings", "title"), None, margins=(k.S6, 0, 0, 0)))
        own_bar.setFixedHeight(theme.px(k.H_BAR))
        self._left = host(column(own_bar, (box("surface", navigation), 1), gap=0))
        note = label(theme, "Changes take effect at once", "small", "faint")
        bar = box("bar", row(self._title, None, note, gap=k.S3, margins=(k.S6, 0, k.S6, 0)))
        bar.setFixedHeight(theme.px(k.H_BAR))
        right = box("split", column(bar, self.refusal_row, (self._stack, 1), gap=0))
        self.setLayout(row(self._left, (right, 1), gap=0))
        theme.tick.follow(self, self._show_shown)
        program.changed.connect(self._on_changed)
        self.show_section("email")

    def _navigation(self) -> QVBoxLayout:
        """The headings and items, and a section behind each item."""
        theme = self._theme
        navigation = column(gap=2, margins=(k.S3, k.S4, k.S3, k.S4))
        for position, (heading, part) in enumerate(PARTS.items()):
            if position:
                navigation.addSpacing(k.S3)
            navigation.addLayout(row(label(theme, heading, "small_strong", "muted"), margins=(10, 0, 0, 2)))
            for key, title, kind in part:
                item = QPushButton(title)
                item.setProperty("kind", "subnav")
                item.setFont(theme.font("medium"))
                item.setCheckable(True)
                item.setAutoDefault(False)
                item.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
                self._group.addButton(item, len(self._nav))
                self._nav[key] = item
                navigation.addWidget(item)
                section = kind(theme, self._program)
                section.refused.connect(self._on_refused)
                if isinstance(section, LoggingSection):
                    section.connect_requested.connect(self.connect_requested)
                    section.review_requested.connect(self.review_requested)
                if isinstance(section, MailSection):
                    section.never_requested.connect(self._on_never_requested)
                section.refresh()
                self.sections[key] = section
                self._stack.addWidget(scroll(host(centred(section, theme.px(k.W_SETTINGS)))))
        navigation.addStretch(1)
        return navigation

    @property
    def controls(self) -> dict[str, Control]:
        """By the name of the setting, of every section."""
        return {key: control for section in self.sections.values() for key, control in section.controls.items()}

    @property
    def tray_text(self) -> QLabel:
        section = self.sections["notifications"]
        assert isinstance(section, NotificationSection)
        return section.tray_text

    # --- what is shown

    def show_section(self, name: str) -> bool:
        """By its key or one of the other names; False when there is none."""
        key = ALIASES.get(name, name)
        if key not in self._nav:
            return False
        self._nav[key].setChecked(True)
        return True

    def section(self) -> str:
        return SECTIONS[max(0, self._stack.currentIndex())][0]

    def set_tray(self, available: bool) -> None:
        """Says what closing the window does here."""
        section = self.sections["notifications"]
        assert isinstance(section, NotificationSection)
        section.set_tray(available)

    @Slot()
    def _on_never_requested(self) -> None:
        self.show_section("never")

    @Slot(int, bool)
    def _on_section(self, position: int, on: bool) -> None:
        if on:
            self._stack.setCurrentIndex(position)
            self._title.setText(SECTIONS[position][1])
            self.refusal_row.hide()
            self._show_shown()

    def _show_shown(self) -> None:
        shown = self.sections[self.section()]
        shown.tell_rights()
        shown.refresh()

    @Slot(str)
    def _on_refused(self, text: str) -> None:
        self.refusal.set("bad", "Not changed", text)
        self.refusal_row.show()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if Area.SETTINGS in change.areas:
            for section in self.sections.values():
                section.read()
        elif change.areas & {Area.INBOXES, Area.REVIEW} and self.isVisible():
            self.sections["logging"].refresh()
        if Area.USERS in change.areas and self.isVisible():
            self._show_shown()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        lean = self.window().width() < self._theme.px(k.W_LEAN)
        self._left.setFixedWidth(self._theme.px(k.W_SUBNAV_LEAN if lean else k.W_SUBNAV))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_shown()

    def take_focus(self) -> None:
        self._nav[self.section()].setFocus(Qt.FocusReason.OtherFocusReason)
