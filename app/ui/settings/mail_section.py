"""The sections E-mail and Appearance of the settings: other systems' and blocked addresses, what is logged, how messages are
written, how it all looks."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout

from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import Chip, Elided, button, label
from app.ui.settings.rows import group, setting
from app.ui.settings.section import Section


class Progress(Protocol):
    """How far past opens and clicks are judged again."""

    @property
    def looked_at(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def finished(self) -> bool: ...


BLOCKED = "Opens and clicks from them are kept, but never notify you."

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
LOGGED: list[tuple[str, object]] = [("Answers only", "replies"), ("All mail with known contacts", "contacts")]
DAYS: list[tuple[str, object]] = [
    ("All mail", 0),
    ("The last 90 days", 90),
    ("The last year", 365),
    ("The last 3 years", 1096),
]
BYTES: list[tuple[str, object]] = [("200 MB a day", 200), ("500 MB a day", 500), ("2 GB a day", 2000), ("No limit", 0)]
RECIPIENTS: list[tuple[str, object]] = [
    ("As the provider allows", 0),
    ("At most 500", 500),
    ("At most 200", 200),
    ("At most 100", 100),
    ("At most 50", 50),
]
UNDO = ((0, "Off"), (5, "5 seconds"), (10, "10 seconds"), (20, "20 seconds"), (30, "30 seconds"))
SCHEMES: list[tuple[str, object]] = [("As the system", "system"), ("Light", "light"), ("Dark", "dark")]


class MailSection(Section):
    """`never_requested`: the list of those whose mail is never logged is wanted."""

    never_requested = Signal()

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        font = self.choice("default_font", "Default font", [(name, name) for name in FONTS])
        size = self.choice("default_font_size", "Size of the default font", [(f"{n} pt", n) for n in SIZES])
        undo = self.choice("undo_seconds", "Undo send", [(text, n) for n, text in UNDO])
        self.bcc_chip, self.blocked_chip = Chip(t, ""), Chip(t, "")
        self.bcc_button = button(t, "Manage…", name="Manage additional BCC addresses")
        self.bcc_button.clicked.connect(self.manage_bcc)
        self.blocked_button = button(t, "Manage…", name="Manage blocked IP addresses")
        self.blocked_button.clicked.connect(self.manage_blocked)
        blocked = setting(t, "Blocked IP addresses", BLOCKED, self.blocked_chip, self.blocked_button)
        self.never_chip = Chip(t, "")
        self.never_button = button(t, "Manage…", name="Manage never-log entries")
        self.never_button.clicked.connect(self.never_requested)
        self.program.rescored.connect(self._on_rescored)
        self.account_text = Elided(t, "", "small", "muted")
        self.account_button = button(t, "Change…", name="Change the sync account")
        self.account_button.clicked.connect(self.change_account)
        account = row(
            (column(label(t, "Sync account", "medium"), self.account_text, gap=2), 1),
            self.account_button,
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        return [
            group(t, "Account", account),
            group(
                t,
                "Addresses",
                setting(
                    t,
                    "Additional BCC addresses",
                    "Added to every message sent here, so that another system logs it too.",
                    self.bcc_chip,
                    self.bcc_button,
                ),
                blocked,
            ),
            group(
                t,
                "Log and track",
                setting(
                    t,
                    "Log new messages",
                    "Keeps a copy on the timeline of each contact it goes to. The box in Compose starts ticked.",
                    self.switch("log_default"),
                ),
                setting(
                    t,
                    "Track new messages",
                    "Adds a picture and counted links. Your own copy carries neither.",
                    self.switch("track_default"),
                ),
                setting(t, "Log attachments", "Of messages under 50 MB.", self.switch("log_attachments")),
                setting(
                    t,
                    "Create contacts for new recipients",
                    "For people you write to; of mail that is logged by BCC for those in copy, too.",
                    self.switch("create_contacts"),
                ),
                setting(
                    t,
                    "Create companies for new contacts",
                    "By the domain of their address; never for domains where anybody can have a mailbox.",
                    self.switch("create_companies"),
                ),
                setting(
                    t, "Never log", "People and domains whose mail is never kept.", self.never_chip, self.never_button
                ),
            ),
            group(
                t,
                "Writing",
                setting(
                    t,
                    "Your name",
                    "Stands before your address where a personal inbox has no name of its own.",
                    self.text("user_name", "Your name"),
                ),
                setting(t, "Default font", "For the text of new messages.", font, size),
                setting(t, "Undo send", "A message waits this long, so that it can be taken back.", undo),
                setting(
                    t,
                    "Recipients a day",
                    "Of each inbox, in 24 hours. What is over the limit waits in the outbox.",
                    self.choice("send.daily_limit", "Recipients a day", RECIPIENTS),
                ),
            ),
            group(
                t,
                "Reading mailboxes",
                setting(
                    t,
                    "Log",
                    "Answers to what you sent or logged, or all mail from and to your contacts. What was looked through "
                    "before stays as it is.",
                    self.choice("log.mode", "Log", LOGGED),
                ),
                setting(
                    t,
                    "First look",
                    "How far back a newly connected mailbox is looked through, newest first; header lines alone.",
                    self.choice("sync.first_look_days", "First look", DAYS),
                ),
                setting(
                    t,
                    "Read at most",
                    "Of each inbox. Mail services close a mailbox of which too much is read; it goes on the next day (UTC).",
                    self.choice("sync.daily_megabytes", "Read at most", BYTES),
                ),
                setting(
                    t,
                    "Spare metered networks",
                    "New mail is read there, too; old mail waits for another network.",
                    self.switch("sync.pause_on_metered"),
                ),
                setting(
                    t,
                    "Spare the battery",
                    "New mail is read all the same; old mail waits until the battery is not spared any more.",
                    self.switch("sync.pause_on_battery_saver"),
                ),
            ),
        ]

    @Slot()
    def refresh(self) -> None:
        extras, blocked = len(self.program.additional_bcc()), len(self.program.blocked_networks())
        current = next((one for one in self.program.workspaces() if one.current), None)
        if current is not None:
            parts = [current.name, *((current.inside.domain, current.inside.uid) if current.inside else ())]
            self.account_text.setText(f"{' · '.join(filter(None, parts))}. Messages are logged to this workspace.")
        never = len(self.program.never_entries())
        self.never_chip.set(times.count(never, "entry", "entries") if never else "None", "neutral")
        self.bcc_chip.set(times.count(extras, "entry", "entries") if extras else "None", "neutral")
        self.blocked_chip.set(times.count(blocked, "entry", "entries") if blocked else "None", "neutral")

    @Slot()
    def change_account(self) -> None:
        from app.ui.settings.sync_account_dialog import SyncAccountDialog

        SyncAccountDialog(self.theme, self.program, self.window()).open()

    @Slot()
    def manage_bcc(self) -> None:
        from app.ui.settings.bcc_dialog import BccDialog

        dialog = BccDialog(self.theme, self.program, self.window())
        dialog.finished.connect(self.refresh)
        dialog.open()

    @Slot()
    def manage_blocked(self) -> None:
        from app.ui.settings.blocked_dialog import BlockedDialog

        dialog = BlockedDialog(self.theme, self.program, self.window())
        dialog.finished.connect(self.refresh)
        dialog.open()

    @Slot(object)
    def _on_rescored(self, done: Progress) -> None:
        """The chip tells how far the past is judged again, and then the number of entries once more."""
        if done.finished:
            self.refresh()
        else:
            self.blocked_chip.set(f"Judging {100 * done.looked_at // max(1, done.total)} %", "neutral")


class AppearanceSection(Section):
    def groups(self) -> list[QVBoxLayout]:
        scheme = self.choice("appearance", "Scheme", SCHEMES)
        return [
            group(
                self.theme,
                "Colours",
                setting(self.theme, "Scheme", "Light, dark, or as the system has it.", scheme),
            )
        ]
