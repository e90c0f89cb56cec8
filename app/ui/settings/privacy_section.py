"""The section Privacy of the settings: the switch, what changes with it, and the legal bases (T9)."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from app.domain.errors import HitchpostError
from app.domain.privacy import LegalBasis
from app.domain.rights import Right
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Search
from app.ui.kit.layout import box, column, line, row
from app.ui.kit.widgets import Glyph, banner, button, label
from app.ui.settings.entries import Action, Entries, Entry
from app.ui.settings.rows import setting
from app.ui.settings.section import Section

CHANGES = (
    "Messages to somebody without a legal basis still go out, but are neither tracked nor logged.",
    "Answers of somebody without one are not logged, and their text is not read.",
    "What is copied or forwarded here about them waits under Review until you note one.",
    "What was logged before stays. To remove it, put the address on the never-log list, or delete the contact for good.",
)
BASES = (
    "Why you may write to somebody, by Article 6 of the General Data Protection Regulation. Each address needs its own."
)
MOST = 100
SEARCHABLE = 8


class PrivacySection(Section):
    RIGHT = Right.PRIVACY

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        switch = setting(
            t,
            "Only with a legal basis",
            "Tracks and logs only people for whom a legal basis is noted.",
            self.switch("privacy.on"),
        )
        changes = column(
            label(t, "What changes while it is on", "small_strong", "muted"), gap=6, margins=(k.S4, 10, k.S4, k.S3)
        )
        for text in CHANGES:
            mark = column(2, Glyph(t, "shield", "neutral", k.ICON_SMALL), None, gap=0)
            changes.addLayout(row(mark, (label(t, text, "small", "muted", wrap=True), 1), gap=k.S2))
        self.nobody = banner(
            t,
            "warn",
            "Nothing is logged or tracked until you note a legal basis for the people you write to.",
            title="Nobody has a legal basis yet",
        )
        self.search = Search(t, "Search addresses and notes", 280)
        self.search.searched.connect(self.refresh)
        self.entries = Entries(t, "No legal basis is noted for anybody yet.")
        self.count = label(t, "", "small", "faint")
        self.add = button(t, "Add…", icon="plus", name="Add legal bases")
        self.add.clicked.connect(self.ask)
        head = column(
            row(label(t, "Legal bases", "strong"), None, self.count),
            label(t, BASES, "small", "muted", wrap=True),
            gap=2,
        )
        card = box("card", column(switch, line(), changes, gap=0))
        return [
            column(label(t, "Privacy", "strong"), card, self.nobody, gap=k.S2),
            column(head, self.search, self.entries, row(self.add, None), gap=k.S3),
        ]

    @Slot()
    def refresh(self) -> None:
        bases = self.program.legal_bases()
        self.search.setVisible(len(bases) >= SEARCHABLE or bool(self.search.text()))
        self.nobody.setVisible(bool(self.program.get_setting("privacy.on")) and not bases)
        wanted = self.search.text().strip().casefold()
        found = [b for b in bases if wanted in f"{b.address} {b.note} {b.basis.words}".casefold()]
        rows = [self._entry(b) for b in found[:MOST]]
        if len(found) > MOST:
            rows.append(
                Entry(f"{times.count(len(found) - MOST, 'more address', 'more addresses')}: search for them", (), ())
            )
        elif bases and not found:
            rows.append(Entry("No address fits this search", (), ()))
        self.entries.show_entries(tuple(rows))
        self.count.setText(times.count(len(bases), "address", "addresses") if bases else "")

    def _entry(self, basis: LegalBasis) -> Entry:
        since = f"since {times.day_short(times.local(basis.at).date(), times.today())}"
        about = " · ".join(part for part in (basis.basis.words, basis.note, since) if part)
        return Entry(
            basis.address,
            (about,),
            (
                Action("Change…", f"Change the legal basis of {basis.address}", partial(self._change, basis), "quiet"),
                Action(
                    "Remove",
                    f"Remove the legal basis of {basis.address}",
                    partial(self._ask_to_remove, basis),
                    "danger",
                ),
            ),
        )

    @Slot()
    def ask(self) -> None:
        self._open("", None)

    def _change(self, basis: LegalBasis) -> None:
        self._open(basis.address, basis)

    def _open(self, typed: str, known: LegalBasis | None) -> None:
        from app.ui.settings.basis_dialog import BasisDialog

        dialog = BasisDialog(self.theme, self.program, self.window(), typed, known)
        dialog.finished.connect(self.refresh)
        dialog.open()

    def _ask_to_remove(self, basis: LegalBasis) -> None:
        dialog = ConfirmDialog(
            self.theme,
            f"Remove the legal basis of {basis.address}?",
            "While the switch is on, their mail is neither logged nor tracked from then on.",
            "Remove",
            self.window(),
            keep="Keep it",
            danger=True,
            safe="What was logged stays on the timeline.",
        )
        dialog.accepted.connect(partial(self._remove, basis.address))
        dialog.open()

    def _remove(self, address: str) -> None:
        try:
            self.program.remove_legal_basis(address)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
        self.refresh()
        self.add.setFocus()
