"""The section Tracking of the settings: whether a tracking server answers, and which one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from app.domain.near_links import others
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import Chip, button, label
from app.ui.settings.earlier_servers import EarlierServers
from app.ui.settings.mail_section import Progress
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
        self.earlier = EarlierServers(t, self.program)
        self.earlier.refused.connect(self.refused)
        self.lists_text = label(t, "", "small", "muted", wrap=True)
        self.load_button = button(t, "Load a file…", name="Load a list of networks from a file")
        self.load_button.clicked.connect(self.load_list)
        self.built_in_button = button(t, "Built-in…", name="Use the built-in list of networks again")
        self.built_in_button.clicked.connect(self.use_built_in)
        self.program.rescored.connect(self._on_rescored)
        lists = row(
            (column(label(t, "Networks of proxies and scanners", "medium"), self.lists_text, gap=2), 1),
            self.built_in_button,
            self.load_button,
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
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
                    "For trying it out: messages are tracked although nobody elsewhere can follow their links.",
                    self.switch("tracking.local"),
                ),
            ),
            column(self.earlier, gap=0),  # `tell_rights` fills it
            group(t, "Machines", lists),
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
        for reserved in (self.use_button, self.load_button, self.built_in_button):
            keep_from(reserved, self.program.why_not_set("tracking.token"))
        self.earlier.refresh()

    @Slot()
    def load_list(self) -> None:
        self.chooser = QFileDialog(
            self.window(), "A list of networks", str(Path.home()), "Lists (*.json);;All files (*)"
        )
        self.chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        self.chooser.fileSelected.connect(self._on_list_chosen)
        self.chooser.open()

    @Slot(str)
    def _on_list_chosen(self, path: str) -> None:
        self._open_list(Path(path))

    @Slot()
    def use_built_in(self) -> None:
        self._open_list(None)

    def _open_list(self, path: Path | None) -> None:
        from app.ui.settings.network_dialog import NetworkDialog

        dialog = NetworkDialog(self.theme, self.program, path, self.window())
        dialog.accepted.connect(self.refresh)
        dialog.open()

    @Slot(object)
    def _on_rescored(self, done: Progress) -> None:
        """How far the past is judged again, and then the list once more."""
        if done.finished:
            self._tell_list()
        else:
            self.lists_text.setText(
                f"Judging past opens and clicks again: {100 * done.looked_at // max(1, done.total)} %."
            )

    def _tell_list(self) -> None:
        used = self.program.network_list()
        called = f"{used.name}," if used.name else "Built in,"
        counted = (
            f"{times.count(used.networks, 'network', 'networks')} of {times.count(used.owners, 'owner', 'owners')}"
        )
        bots = f"Names of bots: built in, of {times.dated(used.bots_date)}."
        self.lists_text.setText(f"{called} of {times.dated(used.date)}: {counted}. {bots}")
        self.built_in_button.setVisible(bool(used.name))

    @Slot()
    def check_host(self) -> None:
        from app.ui.settings.host_check_dialog import HostCheckDialog

        HostCheckDialog(self.theme, self.program, self.window()).open()

    @Slot()
    def refresh(self) -> None:
        self._tell_list()
        self.earlier.refresh()
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
        """What a server that can be reached from here alone means, as it is decided when a message goes out."""
        return f" Recipients elsewhere cannot reach it. {others(bool(self.program.get_setting('tracking.local')))}"
