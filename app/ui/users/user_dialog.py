"""The dialog that adds a user or changes one: name, login address, role, permission and aliases. Used by the section Users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.addresses import address_key, is_complete
from app.domain.errors import HitchpostError
from app.domain.records import RecordChange, RecordKind, UserRecord
from app.domain.rights import Right
from app.ui.contacts.add import what_is_missing
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, Glyph, Switch, banner, button, label, tool
from app.ui.records.words import ROLE_WORDS

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = "Mail that is copied or forwarded to the workspace is credited to the user it comes from."
ACCESS = "Mail that this user copies or forwards to the workspace is logged. Without it, it goes to the review list."
ONESELF = "You can change your name and your aliases."
ALIASES = "Other addresses from which this user writes, and which no inbox here has."


class UserDialog(Dialog):
    """`user` None adds one. `kept`: the number, and the change where there was one. Who is no administrator changes their own
    name and aliases alone."""

    kept = Signal(int, object)

    def __init__(self, theme: Theme, program: Program, user: UserRecord | None, parent: QWidget | None) -> None:
        title = "Add a user" if user is None else f"Edit {user.name or user.login_address or 'this user'}"
        super().__init__(theme, title, SENTENCE, parent, width=520)
        self._program, self._user = program, user
        self.aliases: list[str] = list(user.aliases) if user is not None else []
        self.name = Field(theme, "Name", entry(theme, user.name if user else ""))
        self.login = Field(theme, "Login address", entry(theme, user.login_address if user else "", "name@example.com"))
        self.role = Field(theme, "Role", combo(theme, [(text, key) for key, text in ROLE_WORDS.items()], "Role"))
        self.role.edit.setCurrentIndex(self.role.edit.findData(user.role if user else "member"))
        self.access = Switch(theme, "", user.personal_email_access if user else True, "Personal e-mail access")
        self.access.setAccessibleDescription(ACCESS)
        inside = column(row((self.name, 3), (self.role, 2), gap=k.S3), self.login, gap=k.S4)
        self._why_not = program.why_not(Right.USERS)
        for control in (self.role.edit, self.login.edit, self.access):
            control.setEnabled(not self._why_not)
            control.setToolTip(self._why_not)
        reserved = banner(theme, "info", f"{ONESELF} {self._why_not}", title="Some of this is for administrators")
        reserved.setVisible(bool(self._why_not))
        self.add(reserved)
        words = column(
            label(theme, "Personal e-mail access", "medium"), label(theme, ACCESS, "small", "muted", wrap=True), gap=2
        )
        inside.addWidget(box("card", row((words, 1), self.access, gap=k.S4, margins=(k.S4, 10, k.S4, 10))))
        self._list = column(gap=0)
        self._card = box("card", self._list)
        add = button(theme, "Add", name="Add this alias")
        add.clicked.connect(self.add_alias)
        self.alias = Field(theme, "Another address", entry(theme, hint="name@example.net"), side=add)
        self.alias.edit.returnPressed.connect(self.add_alias)
        head = column(label(theme, "Aliases", "strong"), label(theme, ALIASES, "small", "muted", wrap=True), gap=2)
        inside.addLayout(column(head, self._card, self.alias, gap=k.S2))
        inside.addStretch(1)
        area = scroll(host(inside), beside=k.S2)
        area.setMinimumHeight(theme.px(476))
        self.add(area, 1)
        self.verb = self.set_verb("Add" if user is None else "Save")
        self.verb.clicked.connect(self._on_verb)
        self.login.edit.editingFinished.connect(self._on_login_left)
        self._show_aliases()
        self.name.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_aliases(self) -> None:
        clear(self._list)
        self._card.setVisible(bool(self.aliases))
        for position, address in enumerate(self.aliases):
            if position:
                self._list.addWidget(line())
            cross = tool(self.theme, "cross", f"Remove {address}")
            cross.setProperty("address", address)
            cross.clicked.connect(self._on_remove)
            notes = self._program.alias_notes(address, self._user.id if self._user is not None else None)
            lines = column(Elided(self.theme, address, "body"), *map(self._note, notes), gap=2)
            parts = row((lines, 1), column(cross, None, gap=0), gap=k.S2, margins=(k.S4, 4 if notes else 2, k.S1, 2))
            self._list.addLayout(parts)

    def _note(self, text: str) -> QHBoxLayout:
        """What the address means for whom mail is credited to (L7)."""
        glyph = column(1, Glyph(self.theme, "info", "warn", k.ICON_SMALL), None, gap=0)
        return row(glyph, (label(self.theme, text, "small", "muted", wrap=True), 1), gap=6, margins=(0, 0, 0, 4))

    @Slot()
    def _on_remove(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.aliases.remove(sender.property("address"))
            self._show_aliases()
            self.alias.edit.setFocus()

    @Slot()
    def add_alias(self) -> bool:
        """Takes what is typed; False when it is no address."""
        typed = self.alias.edit.text().strip()
        if not is_complete(typed):
            self.alias.set_error(what_is_missing(typed))
            self.alias.edit.setFocus()
            return False
        if address_key(typed) not in {address_key(a) for a in self.aliases}:
            self.aliases.append(typed)
        self.alias.edit.clear()
        self._show_aliases()
        return True

    @Slot()
    def _on_login_left(self) -> None:
        typed = self.login.edit.text().strip()
        if typed and not is_complete(typed):
            self.login.set_error(what_is_missing(typed))

    @Slot()
    def _on_verb(self) -> None:
        if self.alias.edit.hasFocus() and not self.alias.edit.text().strip():
            self.alias.clear_error()
        if self.alias.edit.text().strip() and not self.add_alias():
            return
        login = self.login.edit.text().strip()
        if not is_complete(login) and (login or self._user is None):
            self.login.set_error(what_is_missing(login) if login else "A user needs a login address.")
            self.login.edit.setFocus()
            return
        fields: dict[str, Any] = {"name": self.name.edit.text().strip(), "aliases": self.aliases}
        if not self._why_not:
            fields |= {
                "login_address": login,
                "role": self.role.edit.currentData(),
                "personal_email_access": self.access.isChecked(),
            }
        change: RecordChange | None = None
        try:
            if self._user is None:
                number = self._program.add_record(RecordKind.USER, fields)
            else:
                number = self._user.id
                change = self._program.edit_record(RecordKind.USER, number, fields)
        except HitchpostError as fault:
            told = self.role if "administrator" in str(fault) else self.login
            told.set_error(str(fault))
            return
        self.accept()
        self.kept.emit(number, change)
