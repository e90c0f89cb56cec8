"""The section Notifications of the settings, and what closing the window does."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from app.domain.quiet_hours import FROM, NEVER, TO, never_quiet
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import label
from app.ui.settings.rows import TextControl, group, setting
from app.ui.settings.section import Section

KINDS = (
    ("notify_open", "Opens", "When a person opens a tracked message. Machines never notify."),
    ("notify_click", "Clicks", "When a person follows a link."),
    ("notify_reply", "Replies", "When an answer was logged."),
    ("notify_bounce", "Bounces", "When a message could not be delivered."),
    ("notify_inbox", "Lost inboxes", "When an inbox needs you to sign in again."),
    ("notify_unsubscribe", "Unsubscribing", "When somebody asks for no more mail."),
    ("notify_review", "Mail that was not logged", "When a message that you copied here could not be logged."),
)

TIMES = "Such as 20:00 and 07:00: over midnight, too."


class NotificationSection(Section):
    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        rows = [setting(t, name, text, self.switch(key)) for key, name, text in KINDS]
        self.tray_text = label(t, "Looking for a tray…", "small", "muted", wrap=True)
        tray = row(
            (column(label(t, "When the window is closed", "medium"), self.tray_text, gap=2), 1),
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        pause = setting(
            t,
            "Pause all notifications",
            "The feed goes on. Notifications come again when this is switched off.",
            self.switch("notify_paused"),
        )
        quiet = setting(
            t,
            "Quiet hours",
            "What comes in them is told afterwards, in one summary. By this computer’s clock.",
            self.switch("quiet_hours.on"),
        )
        begins, ends = (self.text(key, name, "hh:mm", 90) for key, name in ((FROM, "Quiet from"), (TO, "Quiet until")))
        self.times_text = label(t, TIMES, "small", "muted", wrap=True)
        words = column(None, label(t, "From and until", "medium"), self.times_text, None, gap=2)
        times = row((words, 1), (begins, 1), (ends, 1), gap=k.S4, margins=(k.S4, 10, k.S4, 10))
        together = self.choice(
            "notify_group_seconds",
            "Several at once",
            [("Each by itself", 0), ("Within 10 seconds", 10), ("Within a minute", 60), ("Within 5 minutes", 300)],
        )
        bursts = setting(
            t, "Several at once", "What happens within this time is one notification, which grows.", together
        )
        self.service_text = label(t, "", "small", "muted", wrap=True)
        shown = row(
            (column(label(t, "How they are shown", "medium"), self.service_text, gap=2), 1),
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        self.program.notifications_changed.connect(self.refresh)
        self.refresh()
        return [
            group(t, "Notify me of", *rows),
            group(t, "Quiet", pause, quiet, times),
            group(t, "How", bursts, shown, tray),
        ]

    @Slot()
    def refresh(self) -> None:
        self.service_text.setText(
            "This desktop has neither a notification service nor a tray: look at the feed."
            if self.program.lacks_notifications()
            else "As notifications of this desktop. A click on one opens the message."
        )
        times = NEVER if never_quiet({key: self.program.get_setting(key) for key in (FROM, TO)}) else TIMES
        self.times_text.setText(times)
        for control in (self.controls[key] for key in (FROM, TO)):
            if isinstance(control, TextControl) and not control.input.fault():
                control.edit.setAccessibleDescription(times)

    def set_tray(self, available: bool) -> None:
        self.tray_text.setText(
            "Hitchpost goes on in the tray and keeps listening. Quit it from the tray’s menu."
            if available
            else "This desktop shows no tray. Closing the window asks whether to quit, because nothing is noticed then."
        )
