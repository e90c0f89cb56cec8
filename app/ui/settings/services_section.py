"""The section Mail services of the settings: servers per domain, for everyone in the workspace (C10)."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from app.domain.errors import HitchpostError
from app.domain.presets import BEFORE_THE_AT, WHOLE_ADDRESS, Preset
from app.domain.rights import Right
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import button, label
from app.ui.settings.entries import Action, Entries, Entry
from app.ui.settings.preset_dialog import PresetDialog
from app.ui.settings.section import Section, keep_from

ABOUT = (
    "Set the servers of a mail domain once, and everyone in this workspace connects an inbox of it with address and password "
    "alone. They come before everything that Hitchpost finds out by itself. Inboxes that are connected stay as they are."
)
EMPTY = (
    "No domain has servers of its own yet. Most are found without: add those of your organisation when they are not, or when "
    "the wrong ones are."
)


class ServicesSection(Section):
    RIGHT = Right.PRESETS

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        self.add = button(t, "Add a domain…", icon="plus")
        self.add.clicked.connect(self._on_add)
        self.entries = Entries(t, EMPTY)
        head = column(label(t, "Servers by domain", "strong"), label(t, ABOUT, "small", "muted", wrap=True), gap=2)
        return [column(head, self.entries, row(self.add, None), gap=k.S3)]

    @Slot()
    def refresh(self) -> None:
        keep_from(self.add, self.why_not)
        try:
            presets = self.program.presets()
        except HitchpostError as fault:
            self.refused.emit(str(fault))
            return
        self.entries.show_entries(tuple(map(self._entry, presets)))

    def _entry(self, preset: Preset) -> Entry:
        edit = Action("Edit…", f"Edit {preset.domain}", partial(self._edit, preset), "", self.why_not)
        remove = Action(
            "Remove", f"Remove {preset.domain}", partial(self._ask_to_remove, preset), "danger", self.why_not
        )
        return Entry(preset.domain, about(preset), (edit, remove))

    @Slot()
    def _on_add(self) -> None:
        PresetDialog(self.theme, self.program, None, self.window()).open()

    def _edit(self, preset: Preset) -> None:
        PresetDialog(self.theme, self.program, preset, self.window()).open()

    def _ask_to_remove(self, preset: Preset) -> None:
        dialog = ConfirmDialog(
            self.theme,
            f"Remove the servers of {preset.domain}?",
            "Everyone in this workspace connects inboxes of this domain by what Hitchpost finds out again.",
            "Remove",
            self.window(),
            keep="Keep them",
            danger=True,
            safe="Inboxes that are connected stay as they are.",
        )
        dialog.accepted.connect(partial(self._remove, preset.domain))
        dialog.open()

    def _remove(self, domain: str) -> None:
        try:
            self.program.remove_preset(domain)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
        self.refresh()
        self.add.setFocus()


def about(preset: Preset) -> tuple[str, ...]:
    """The servers, a line each, and an unusual form of user names."""
    if preset.imap is None or preset.smtp is None:
        return (f"Exchange: {preset.ews_url}",)
    names = {WHOLE_ADDRESS: (), BEFORE_THE_AT: ("User name: what stands before the @",)}
    servers = (
        f"{kind}: {e.host}, port {e.port}, {'TLS' if e.security.value == 'tls' else 'STARTTLS'}"
        for kind, e in (("IMAP", preset.imap), ("SMTP", preset.smtp))
    )
    return (*servers, *names.get(preset.username, (f"User name: {preset.username}",)))
