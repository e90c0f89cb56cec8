"""The section Never log of the settings: the workspace's list and the user's own (L8)."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from app.domain.errors import HitchpostError
from app.domain.never_log import NeverEntry
from app.domain.rights import Right
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Search
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import button, label
from app.ui.settings.entries import Action, Entries, Entry
from app.ui.settings.section import Section, keep_from

EVERYBODY = (
    "Mail from and to these people is never kept in this workspace, whoever of you writes to them. What you send to them "
    "still goes out, and other recipients of the same message are logged as usual."
)
MINE = "The same, for mail of your own inboxes only. Others see neither this list nor what it keeps out."
MOST = 100  # entries that are drawn; a search finds the others
SEARCHABLE = 8  # from so many entries on there is a search


class NeverSection(Section):
    RIGHT = Right.NEVER_LOG

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        self.search = Search(t, "Search never-log entries", 280)
        self.search.searched.connect(self.refresh)
        self.search.hide()
        self.lists = {
            False: Entries(t, "Nobody is on the list of the workspace."),
            True: Entries(t, "Nobody is on your own list."),
        }
        self.counts = {mine: label(t, "", "small", "faint") for mine in self.lists}
        self.adds = {}
        parts = [column(self.search)]
        for mine, title, about in ((False, "For everybody", EVERYBODY), (True, "For you alone", MINE)):
            add = button(t, "Add…", icon="plus", name=f"Add to the list {title.lower()}")
            add.clicked.connect(partial(self.ask, mine))
            self.adds[mine] = add
            head = column(
                row(label(t, title, "strong"), None, self.counts[mine]),
                label(t, about, "small", "muted", wrap=True),
                gap=2,
            )
            parts.append(column(head, self.lists[mine], row(add, None), gap=k.S3))
        return parts

    @Slot()
    def refresh(self) -> None:
        keep_from(self.adds[False], self.why_not)
        entries = self.program.never_entries()
        self.search.setVisible(len(entries) >= SEARCHABLE or bool(self.search.text()))
        wanted = self.search.text().strip().casefold()
        for mine, shown in self.lists.items():
            own = [e for e in entries if (e.user_id is not None) is mine]
            found = [e for e in own if wanted in f"{e.value} {e.note}".casefold()]
            rows = [self._entry(e) for e in found[:MOST]]
            if len(found) > MOST:
                more = times.count(len(found) - MOST, "more entry", "more entries")
                rows.append(Entry(f"{more}: search for them", (), ()))
            elif own and not found:
                rows.append(Entry("No entry fits this search", (), ()))
            shown.show_entries(tuple(rows))
            self.counts[mine].setText(times.count(len(own), "entry", "entries") if own else "")

    def _entry(self, entry: NeverEntry) -> Entry:
        since = (
            f"Since {times.day_short(times.local(entry.created_at).date(), times.today())}" if entry.created_at else ""
        )
        about = " · ".join(part for part in (entry.note, since) if part)
        why_not = self.why_not if entry.user_id is None else ""
        return Entry(
            entry.words,
            (about,) if about else (),
            (
                Action("Try…", f"Try {entry.value}", partial(self._try, entry), "quiet"),
                Action("Remove", f"Remove {entry.value}", partial(self._ask_to_remove, entry), "danger", why_not),
            ),
        )

    def ask(self, mine: bool, typed: str = "") -> None:
        """Opens the dialog that adds entries, with `typed` in it."""
        from app.ui.settings.never_dialog import NeverDialog

        dialog = NeverDialog(self.theme, self.program, mine, self.window(), typed)
        dialog.finished.connect(self.refresh)
        dialog.open()

    def _try(self, entry: NeverEntry) -> None:
        from app.ui.settings.never_trial import TrialDialog

        TrialDialog(self.theme, self.program, entry, self.window()).open()

    def _ask_to_remove(self, entry: NeverEntry) -> None:
        dialog = ConfirmDialog(
            self.theme,
            f"Log mail of {entry.value} again?",
            "What comes and goes from now on is logged as usual. What was kept out before stays out.",
            "Remove from the list",
            self.window(),
            keep="Keep it",
        )
        dialog.accepted.connect(partial(self._remove, entry))
        dialog.open()

    def _remove(self, entry: NeverEntry) -> None:
        try:
            self.program.remove_never(entry)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
        self.refresh()
        self.adds[entry.user_id is not None].setFocus()
