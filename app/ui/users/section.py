"""The section Users of the settings: who is in the workspace, what each may do, and from which addresses (S5, S6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.records import RecordChange, RecordKind, UserRecord
from app.domain.rights import Right
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, line, row
from app.ui.kit.widgets import Avatar, Chip, Elided, FittingElided, button, initials, label, tool
from app.ui.records.history import HistoryDialog
from app.ui.records.toast import Toast
from app.ui.records.words import ROLE_WORDS, told
from app.ui.settings.section import Section, keep_from
from app.ui.users.user_dialog import UserDialog

ABOUT = "Mail that is copied or forwarded to the workspace is credited to one of them, by the address it comes from."
GONE = "They cannot be credited with mail. What they logged stays."


def name_of(user: UserRecord) -> str:
    return user.name or user.login_address or "No name yet"


def about(user: UserRecord) -> str:
    """login · alias · alias"""
    return " · ".join([*([user.login_address] if user.name and user.login_address else []), *user.aliases])


class UsersSection(Section):
    RIGHT = Right.USERS

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        self.toast: Toast | None = None
        self._shown: tuple[UserRecord, ...] | None = None
        self._kept_from: str | None = None
        self.add_button = button(t, "Add a user", "", "plus")
        self.add_button.clicked.connect(self.add_user)
        head = row(
            (column(label(t, "Users", "strong"), label(t, ABOUT, "small", "muted", wrap=True), gap=2), 1),
            self.add_button,
            gap=k.S4,
        )
        self._active = column(gap=0)
        self._removed = column(gap=0)
        self._removed_card = box("card", self._removed)
        self._removed_head = label(t, "Removed", "strong")
        self._removed_words = label(t, GONE, "small", "muted", wrap=True)
        self.program.changed.connect(self._on_changed)
        return [
            column(head, box("card", self._active), gap=k.S3),
            column(column(self._removed_head, self._removed_words, gap=2), self._removed_card, gap=k.S2),
        ]

    @Slot()
    def refresh(self) -> None:
        users = self.program.users()
        if users == self._shown and self.why_not == self._kept_from:
            return
        self._shown, self._kept_from = users, self.why_not
        keep_from(self.add_button, self.why_not)
        for part, wanted in ((self._active, True), (self._removed, False)):
            clear(part)
            for position, user in enumerate(u for u in users if u.active is wanted):
                if position:
                    part.addWidget(line())
                part.addLayout(self._row(user))
        gone = any(not user.active for user in users)
        for widget in (self._removed_head, self._removed_words, self._removed_card):
            widget.setVisible(gone)

    def _row(self, user: UserRecord) -> QHBoxLayout:
        t = self.theme
        top = row((FittingElided(t, name_of(user), "medium"), 0), gap=6)
        if user.signed_in:
            top.addWidget(Chip(t, "You", "accent"))
        if user.role == "admin":
            top.addWidget(Chip(t, ROLE_WORDS["admin"], "neutral", "shield"))
        if not user.personal_email_access:
            top.addWidget(Chip(t, "No e-mail access", "warn", "lock"))
        top.addStretch(1)
        words = column(top, gap=2)
        if text := about(user):
            words.addWidget(Elided(t, text, "small", "muted"))
        if user.inboxes:
            inboxes = times.count(len(user.inboxes), "inbox", "inboxes")
            words.addWidget(Elided(t, f"Connected {inboxes}: {', '.join(user.inboxes)}", "small", "faint"))
        return row(
            Avatar(t, initials(name_of(user)), 32), (words, 1), *self._buttons(user), gap=k.S3,
            margins=(k.S4, 10, k.S3, 10),
        )  # fmt: skip

    def _buttons(self, user: UserRecord) -> list[QWidget]:
        t, name = self.theme, name_of(user)
        more = tool(t, "more", f"More for {name}")
        menu = QMenu(more)
        menu.addAction("History…").triggered.connect(partial(self._history, user))
        more.setMenu(menu)
        if not user.active:
            back = button(t, "Bring back", name=f"Bring back {name}")
            back.clicked.connect(partial(self._act, self.program.restore_record, user))
            keep_from(back, self.why_not)
            return [back, more]
        edit = button(t, "Edit…", name=f"Edit {name}")
        edit.clicked.connect(partial(self.edit_user, user))
        keep_from(edit, "" if user.signed_in else self.why_not)
        if not user.signed_in and not self.why_not:
            menu.addAction("Remove").triggered.connect(partial(self._act, self.program.remove_record, user))
        return [edit, more]

    # --- wishes

    @Slot()
    def add_user(self) -> None:
        self._open(None)

    def edit_user(self, user: UserRecord) -> None:
        self._open(user)

    def _open(self, user: UserRecord | None) -> None:
        dialog = UserDialog(self.theme, self.program, user, self.window())
        dialog.kept.connect(self._on_kept)
        dialog.open()

    @Slot(int, object)
    def _on_kept(self, user_id: int, change: RecordChange | None) -> None:
        name = next((name_of(u) for u in self.program.users() if u.id == user_id), "")
        if change is not None:
            self._tell(told(change, name), partial(self.program.undo_change, change.id))
        elif name and self._shown is not None and user_id not in {u.id for u in self._shown}:
            self._tell(f"{name} was added", partial(self.program.remove_record, RecordKind.USER, user_id))
        self.refresh()

    def _act(self, act: Callable[[RecordKind, int], RecordChange | None], user: UserRecord, *_checked: Any) -> None:
        try:
            change = act(RecordKind.USER, user.id)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
            return
        if change is not None:
            self._tell(told(change, name_of(user)), partial(self.program.undo_change, change.id))
        self.refresh()
        self.add_button.setFocus()

    def _tell(self, text: str, undo: Callable[[], object]) -> None:
        if self.toast is None:
            self.toast = Toast(self.theme, self.window())
        self.toast.done(text, undo)

    def _history(self, user: UserRecord, *_checked: Any) -> None:
        HistoryDialog(self.theme, self.program, RecordKind.USER, user.id, name_of(user), self.window()).open()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.USERS, Area.INBOXES}:
            self.tell_rights()
            self.refresh()
