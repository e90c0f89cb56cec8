"""The Settings page: a second navigation at the left, groups of rows at the right. Everything takes effect at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.domain.changes import Area, Change
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, centred, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Chip, button, label
from app.ui.settings.rows import (
    ChoiceControl,
    Control,
    SwitchControl,
    TextControl,
    WebAddressControl,
    group,
    setting,
)

if TYPE_CHECKING:
    from app.runtime.program import Program

SECTIONS = (
    ("email", "E-mail"),
    ("notifications", "Notifications"),
    ("tracking", "Tracking"),
    ("appearance", "Appearance"),
)
# other names by which the wizard and links ask for a section
ALIASES = {"log_track": "email", "font": "email"}
FONTS = (
    "Arial",
    "Calibri",
    "Courier New",
    "Georgia",
    "Helvetica",
    "Tahoma",
    "Times New Roman",
    "Trebuchet MS",
    "Verdana",
)
SIZES = (8, 9, 10, 11, 12, 14, 16, 18)
UNDO = ((0, "Off"), (5, "5 seconds"), (10, "10 seconds"), (20, "20 seconds"), (30, "30 seconds"))


class SettingsPage(QFrame):
    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "surface")
        self.controls: dict[str, Control] = {}
        self._tray_words = "Looking for a tray…"
        self._title = label(theme, "", "title")
        self.refusal = Banner(theme, "bad", "")
        self._dismiss = button(theme, "Dismiss", "quiet")
        self.refusal.set_actions(self._dismiss)
        self.refusal_row = host(row((self.refusal, 1), margins=(k.S6, k.S4, k.S6, 0)))
        self.refusal_row.hide()
        self._dismiss.clicked.connect(self.refusal_row.hide)
        self._sections = QStackedWidget()
        self._group = QButtonGroup(self)
        self._nav: dict[str, QPushButton] = {}
        navigation = column(gap=2, margins=(k.S3, k.S4, k.S3, k.S4))
        builders = {
            "email": self._email,
            "notifications": self._notifications,
            "tracking": self._tracking,
            "appearance": self._appearance,
        }
        for position, (key, text) in enumerate(SECTIONS):
            item = QPushButton(text)
            item.setProperty("kind", "subnav")
            item.setFont(theme.font("medium"))
            item.setCheckable(True)
            item.setAutoDefault(False)
            item.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(item, position)
            self._nav[key] = item
            navigation.addWidget(item)
            body = column(*builders[key](), None, gap=k.S5, margins=(k.S6, k.S5, k.S6, k.S6))
            self._sections.addWidget(scroll(host(centred(host(body), theme.px(k.W_SETTINGS)))))
        navigation.addStretch(1)
        self._group.idToggled.connect(self._on_section)

        own_bar = box("bar", row(label(theme, "Settings", "title"), None, margins=(k.S6, 0, 0, 0)))
        own_bar.setFixedHeight(theme.px(k.H_BAR))
        left = host(column(own_bar, (box("surface", navigation), 1), gap=0))
        left.setFixedWidth(theme.px(k.W_SUBNAV))
        note = label(theme, "Changes take effect at once", "small", "faint")
        bar = box("bar", row(self._title, None, note, gap=k.S3, margins=(k.S6, 0, k.S6, 0)))
        bar.setFixedHeight(theme.px(k.H_BAR))
        right = box("split", column(bar, self.refusal_row, (self._sections, 1), gap=0))
        self.setLayout(row(left, (right, 1), gap=0))
        self._tick = QTimer(self)
        self._tick.setInterval(10_000)
        self._tick.timeout.connect(self.show_tracking)
        program.changed.connect(self._on_changed)
        self.show_section("email")

    # --- sections

    def _switch(self, key: str) -> QWidget:
        control = SwitchControl(self._theme, self._program, key)
        return self._keep(control, control.switch)

    def _choice(self, key: str, name: str, options: list[tuple[str, object]]) -> QWidget:
        control = ChoiceControl(self._theme, self._program, key, name, options)
        return self._keep(control, control.box)

    def _text(self, key: str, name: str, hint: str = "", width: int = 240) -> QWidget:
        control = TextControl(self._theme, self._program, key, name, hint, width)
        return self._keep(control, control.edit)

    def _keep(self, control: Control, widget: QWidget) -> QWidget:
        control.refused.connect(self._on_refused)
        self.controls[control.key] = control
        return widget

    def _email(self) -> list[QVBoxLayout]:
        t = self._theme
        font = self._choice("default_font", "Default font", [(name, name) for name in FONTS])
        size = self._choice("default_font_size", "Size of the default font", [(f"{n} pt", n) for n in SIZES])
        undo = self._choice("undo_seconds", "Undo send", [(text, n) for n, text in UNDO])
        return [
            group(
                t,
                "Log and track",
                setting(
                    t,
                    "Log new messages",
                    "Keeps a copy on the timeline of each contact it goes to. The box in Compose starts ticked.",
                    self._switch("log_default"),
                ),
                setting(
                    t,
                    "Track new messages",
                    "Adds a picture and counted links. Your own copy carries neither.",
                    self._switch("track_default"),
                ),
                setting(t, "Log attachments", "Of messages under 50 MB.", self._switch("log_attachments")),
                setting(
                    t,
                    "Create contacts for new recipients",
                    "Only for people you write to, never for those in copy.",
                    self._switch("create_contacts"),
                ),
            ),
            group(
                t,
                "Writing",
                setting(
                    t,
                    "Your name",
                    "Stands before your address where an inbox has no name of its own.",
                    self._text("user_name", "Your name"),
                ),
                setting(t, "Default font", "For the text of new messages.", font, size),
                setting(t, "Undo send", "A message waits this long, so that it can be taken back.", undo),
            ),
        ]

    def _notifications(self) -> list[QVBoxLayout]:
        t = self._theme
        rows = [
            setting(t, name, text, self._switch(key))
            for key, name, text in (
                ("notify_open", "Opens", "When a person opens a tracked message. Machines never notify."),
                ("notify_click", "Clicks", "When a person follows a link."),
                ("notify_reply", "Replies", "When an answer was logged."),
                ("notify_bounce", "Bounces", "When a message could not be delivered."),
                ("notify_inbox", "Lost inboxes", "When an inbox needs you to sign in again."),
            )
        ]
        self.tray_text = label(t, self._tray_words, "small", "muted", wrap=True)
        tray = row(
            (column(label(t, "When the window is closed", "medium"), self.tray_text, gap=2), 1),
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        pause = setting(
            t,
            "Pause all notifications",
            "The feed goes on. Notifications come again when this is switched off.",
            self._switch("notify_paused"),
        )
        return [group(t, "Notify me of", *rows), group(t, "Quiet", pause), group(t, "Tray", tray)]

    def _tracking(self) -> list[QVBoxLayout]:
        t = self._theme
        self.tracking_chip = Chip(t, "")
        self.tracking_text = label(t, "", "small", "muted", wrap=True)
        status = row(
            (column(label(t, "Tracking server", "medium"), self.tracking_text, gap=2), 1),
            self.tracking_chip,
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        url = WebAddressControl(
            t, self._program, "tracking.url", "Address of a tracking server", "https://track.example.com", 280
        )
        token = TextControl(t, self._program, "tracking.token", "Token of the tracking server", "", 280, secret=True)
        return [
            group(t, "Status", status),
            group(
                t,
                "Server",
                setting(
                    t,
                    "Public address",
                    "By which recipients reach the server. Empty: this computer only. It takes effect with the next message.",
                    self._keep(url, url.edit),
                ),
                setting(
                    t,
                    "Token",
                    "Only for a server on another computer, run with “hitchpost serve tracking”: it stands there in the "
                    "file “token” of its tracking folder.",
                    self._keep(token, token.edit),
                ),
                setting(
                    t,
                    "Links to this computer",
                    "For trying it out: messages are tracked although nobody else can follow their links.",
                    self._switch("tracking.local"),
                ),
            ),
        ]

    def _appearance(self) -> list[QVBoxLayout]:
        t = self._theme
        options: list[tuple[str, object]] = [("As the system", "system"), ("Light", "light"), ("Dark", "dark")]
        return [
            group(
                t,
                "Colours",
                setting(
                    t, "Scheme", "Light, dark, or as the system has it.", self._choice("appearance", "Scheme", options)
                ),
            )
        ]

    # --- what is shown

    def show_section(self, name: str) -> bool:
        """By its key or one of the other names; False when there is none."""
        key = ALIASES.get(name, name)
        if key not in self._nav:
            return False
        self._nav[key].setChecked(True)
        return True

    def section(self) -> str:
        return SECTIONS[max(0, self._sections.currentIndex())][0]

    def set_tray(self, available: bool) -> None:
        """Says what closing the window does here."""
        self._tray_words = (
            "Hitchpost goes on in the tray and keeps listening. Quit it from the tray's menu."
            if available
            else "This desktop shows no tray. Closing the window asks whether to quit, because nothing is noticed then."
        )
        self.tray_text.setText(self._tray_words)

    @Slot(int, bool)
    def _on_section(self, position: int, on: bool) -> None:
        if on:
            self._sections.setCurrentIndex(position)
            self._title.setText(SECTIONS[position][1])
            self.refusal_row.hide()
            self.show_tracking()

    @Slot()
    def show_tracking(self) -> None:
        status = self._program.tracking_status()
        if status.available:
            local = status.local_only
            self.tracking_chip.set(*(("This computer only", "warn", "info") if local else ("Available", "ok", "check")))
            where = f"Listening: connected to {status.url}" if status.url else "Listening: connected"
            when = f" since {times.since(status.checked_at, times.now())}." if status.checked_at else "."
            more = (
                " Recipients elsewhere cannot reach it, so messages to them go out without tracking." if local else ""
            )
            self.tracking_text.setText(f"{where}{when}{more}")
        else:
            self.tracking_chip.set("Unavailable", "bad", "bounce")
            self.tracking_text.setText(status.text or "New messages go out without tracking until it answers.")

    @Slot(str)
    def _on_refused(self, text: str) -> None:
        self.refusal.set("bad", "Not changed", text)
        self.refusal_row.show()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if Area.SETTINGS in change.areas:
            for control in self.controls.values():
                widget = control.parent()
                if isinstance(widget, QWidget) and not widget.hasFocus():
                    control.read()
            self.show_tracking()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_tracking()
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    def take_focus(self) -> None:
        self._nav[self.section()].setFocus(Qt.FocusReason.OtherFocusReason)
