"""The dialogs of the mail settings in their states, for the pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.domain.blocked_networks import read_blocked
from app.domain.earlier_hosts import EarlierHost
from app.domain.errors import StoreError
from app.domain.seen_address import SeenAddress
from app.domain.tracking_host import HostCheck, HostStep, StepState
from app.services.network_lists import ListInUse
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from app.ui.settings.bcc_dialog import BccDialog
from app.ui.settings.blocked_dialog import BlockedDialog
from app.ui.settings.earlier_servers import EarlierServers
from app.ui.settings.host_check_dialog import HostCheckDialog
from app.ui.settings.network_dialog import NetworkDialog
from app.ui.settings.sync_account_dialog import SyncAccountDialog
from app.ui.settings.use_host_dialog import UseHostDialog
from tests.ui.support.sample_program import SampleProgram
from tests.ui.support.windows import dialog, window

Make = Callable[[Theme, SampleProgram], QWidget]


def settings(section: str) -> Make:
    def make(theme: Theme, program: SampleProgram) -> QWidget:
        made = window(theme, program, "settings")
        made.settings.show_section(section)
        return made

    return make


def bcc(typed: str = "", save: bool = False) -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        if save:
            program.save_fault = StoreError("The disk is full. Nothing was changed.")
        made = BccDialog(theme, program, parent)
        made.open()
        made.edit.setText(typed)
        if typed:
            made.add_button.click()
        if save:
            made.verb.click()
        return made

    return dialog(make)


def blocked(typed: str = "", *, mine: SeenAddress | None = None, many: bool = False, save: str = "") -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        if many:
            program.blocked_list = [
                read_blocked(f"198.51.{n // 250}.{n % 250}", "Somebody’s " * 8) for n in range(2000)
            ]
        if mine is not None:
            program.own_address = mine
        made = BlockedDialog(theme, program, parent)
        made.open()
        made.edit.setText(typed)
        if typed:
            made.add_button.click()
            made._look()
        if mine is not None:
            made.mine.click()
        if save:
            QTest.keyClicks(made.edit, save)
            made.verb.click()
            made._look()
        return made

    return dialog(make)


def account(name: str = "", *, alone: bool = False) -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        if alone:
            program.workspace_list = program.workspace_list[:1]
        made = SyncAccountDialog(theme, program, parent)
        made.open()
        if name:
            made.radios[name].click()
        return made

    return dialog(make)


def host_check(*steps: HostStep, ends: bool = True) -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        if steps:
            program.host_steps = list(steps)
        program.host_ends = ends
        made = HostCheckDialog(theme, program, parent)
        made.open()
        return made

    return dialog(make)


def use_host(typed: bool = False, *steps: HostStep) -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        if steps:
            program.host_steps = list(steps)
        made = UseHostDialog(theme, program, parent)
        made.open()
        if typed:
            made.url.edit.setText("https://track.northlight.example.com")
            made.token.edit.setText("k3v9x2m7ab")
        if typed or not steps:
            made.verb.click()
        return made

    return dialog(make)


LIST = Path(__file__).parent / "network_list.json"


def network_list(path: Path | None) -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        made = NetworkDialog(theme, program, path, parent)
        made.open()
        return made

    return dialog(make)


_LEFT = datetime(2026, 11, 20, 12, tzinfo=UTC)
_EARLIER = [
    EarlierHost(1, True, "", "", _LEFT, _LEFT),
    EarlierHost(2, False, "https://tracking.a-subsidiary-with-a-long-name.northlight.example.com/mail", "t", _LEFT, _LEFT,
                "It does not answer, or no longer knows the token that was used then.", 2),
]  # fmt: skip


def tracking_with_earlier(theme: Theme, program: SampleProgram) -> QWidget:
    program.earlier_list = list(_EARLIER)
    made = settings("tracking")(theme, program)
    made.resize(made.width(), 1100)
    return made


def forget_host(theme: Theme, program: SampleProgram) -> QWidget:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        program.earlier_list = list(_EARLIER)
        servers = EarlierServers(theme, program)
        servers.setParent(parent)
        servers.refresh()
        servers.buttons[1].click()
        return parent.findChildren(ConfirmDialog)[-1]

    return dialog(make)(theme, program)


def tracking_with_list(theme: Theme, program: SampleProgram) -> QWidget:
    program.list_in_use = ListInUse("networks-of-northlight-2027.json", "2027-01-15", 21, 1312, "2026-10")
    return settings("tracking")(theme, program)


_FOUND = HostStep(HostCheck.NAME, StepState.PASSED, "track.example.com is 203.0.113.9, 2001:db8::9.")
_SILENT = HostStep(
    HostCheck.TLS,
    StepState.FAILED,
    "Not encrypted. Mail programs warn of such links, and many do not load such pictures.",
    "Let a proxy with a certificate stand in front (Caddy gets one by itself), and begin the address with https://.",
)
_LATE = HostStep(HostCheck.CLOCK, StepState.WARNING, "The certificate ends in 9 days.", "Have it renewed.")

SCREENS: dict[str, Make] = {
    "settings-tracking": settings("tracking"),
    "settings-tracking-list": tracking_with_list,
    "settings-tracking-earlier": tracking_with_earlier,
    "dialog-forget-host": forget_host,
    "dialog-network-list": network_list(LIST),
    "dialog-network-list-wrong": network_list(Path(__file__)),
    "dialog-use-host": use_host(True),
    "dialog-use-host-wrong": use_host(),
    "dialog-use-host-failed": use_host(True, _FOUND, _SILENT),
    "dialog-host-check": host_check(),
    "dialog-host-check-running": host_check(_FOUND, ends=False),
    "dialog-host-check-failed": host_check(
        _FOUND, _SILENT, _LATE, *(HostStep(c, StepState.SKIPPED) for c in list(HostCheck)[5:])
    ),
    "dialog-sync-account": account(),
    "dialog-sync-account-chosen": account("Northlight Sales"),
    "dialog-sync-account-alone": account(alone=True),
    "settings-email": settings("email"),
    "dialog-bcc": bcc(),
    "dialog-bcc-wrong": bcc("crm-intake@example"),
    "dialog-bcc-not-saved": bcc("crm@example.net", save=True),
    "dialog-blocked-ip": blocked(),
    "dialog-blocked-ip-wrong": blocked("192.0.2.0/33"),
    "dialog-blocked-ip-past": blocked("192.0.2.0/24, 192.0.2.10-192.0.2.20"),
    "dialog-blocked-ip-many": blocked(many=True),
    "dialog-blocked-ip-typed": blocked(save="192.0.2.0/24"),
    "dialog-blocked-ip-mine": blocked(mine=SeenAddress("203.0.113.77")),
    "dialog-blocked-ip-local": blocked(
        mine=SeenAddress(
            "",
            "Your tracking server runs on this computer, so it sees no address of it. What others see, your network’s "
            "administrator knows, or a web page such as ip4.me.",
        )
    ),
}
