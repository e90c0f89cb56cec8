"""The section Tracking of the settings: whether a tracking server answers, and which one."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from app.ui.compose.preflight import listed
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import Chip, button, label
from app.ui.settings.rows import WebAddressControl, group, setting
from app.ui.settings.section import Section, keep_from

KEPT: list[tuple[str, object]] = [("30 days", 30), ("90 days", 90), ("A year", 365), ("For good", 0)]


class TrackingSection(Section):
    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        self.chip = Chip(t, "")
        self.status = label(t, "", "small", "muted", wrap=True)
        self.check_button = button(t, "Check…", name="Check my tracking host")
        self.check_button.clicked.connect(self.check_host)
        status = row(
            (column(label(t, "Tracking server", "medium"), self.status, gap=2), 1),
            self.chip,
            self.check_button,
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        self.use_button = button(t, "Use a host…", name="Use a tracking host")
        self.use_button.clicked.connect(self.use_host)
        url = WebAddressControl(
            t, self.program, "tracking.url", "Address of a tracking server", "https://track.example.com", 280
        )
        token = self.text("tracking.token", "Token of the tracking server", width=280, secret=True)
        return [
            group(t, "Status", status),
            group(
                t,
                "Server",
                setting(
                    t,
                    "A host of your organisation",
                    "Enter its address and token; they are checked before they are used.",
                    self.use_button,
                ),
                setting(
                    t,
                    "Public address",
                    "By which recipients reach the server. Empty: this computer only. It takes effect with the next message.",
                    self.keep(url, url.input),
                ),
                setting(
                    t,
                    "Token",
                    "For a server on another computer; it is kept with the passwords.",
                    token,
                ),
                setting(
                    t,
                    "Links to this computer",
                    "For trying it out: messages are tracked although nobody else can follow their links.",
                    self.switch("tracking.local"),
                ),
            ),
            group(
                t,
                "Privacy",
                setting(
                    t,
                    "Keep addresses",
                    "How long the IP address and the program of an open or a click are kept. Its verdict stays.",
                    self.choice("tracking.keep_addresses_days", "Keep addresses of opens and clicks", KEPT),
                ),
                setting(
                    t,
                    "Offer to unsubscribe",
                    "Tracked mail tells the recipient’s mail program how to ask for no more. Compose tells of those who did.",
                    self.switch("tracking.unsubscribe"),
                ),
            ),
        ]

    @Slot()
    def use_host(self) -> None:
        from app.ui.settings.use_host_dialog import UseHostDialog

        dialog = UseHostDialog(self.theme, self.program, self.window())
        dialog.used.connect(self.read)
        dialog.open()

    def tell_rights(self) -> None:
        super().tell_rights()
        keep_from(self.use_button, self.program.why_not_set("tracking.token"))

    @Slot()
    def check_host(self) -> None:
        from app.ui.settings.host_check_dialog import HostCheckDialog

        HostCheckDialog(self.theme, self.program, self.window()).open()

    @Slot()
    def refresh(self) -> None:
        status = self.program.tracking_status()
        if not status.available:
            self.chip.set("Unavailable", "bad", "bounce")
            self.status.setText(status.text or "New messages go out without tracking until it answers.")
            return
        local = status.local_only
        self.chip.set(*(("This computer only", "warn", "info") if local else ("Available", "ok", "check")))
        where = f"Listening: connected to {status.url}" if status.url else "Listening: connected"
        when = f" since {times.since(status.checked_at, times.now())}." if status.checked_at else "."
        self.status.setText(f"{where}{when}{self._near_only() if local else ''}")

    def _near_only(self) -> str:
        """What a server that can be reached from here alone means, as `find_tracking_for` has it."""
        if self.program.get_setting("tracking.local"):
            return " Recipients elsewhere cannot reach it; messages are tracked all the same, as it is set below."
        near = [card.address for card in self.program.inboxes() if self.program.tracks_locally(card.id)]
        but = f", but for mail of {listed(near)}, whose mail server is as near" if near else ""
        return f" Recipients elsewhere cannot reach it, so messages go out without tracking{but}."
