"""Deleting a contact for good: what goes is shown first, and the address is typed to confirm it. Used by the contacts page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.records import DeletionPlan
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.layout import box, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Glyph, label, progress
from app.words.deletion import companies_sentence, drafts_sentence, near_sentence, shared_sentence

if TYPE_CHECKING:
    from app.runtime.program import Program

SENTENCE = (
    "This cannot be undone. None of the addresses can come back: mail with them is not logged here any more, and what was "
    "deleted stays away."
)
LEAST_LIST, MOST_LIST = 160, 480  # px at 100 % of the list of what goes; a longer one is scrolled
NOT_ELSEWHERE = (
    "Mail servers, other people’s mailboxes and backups of this workspace keep what they have. An address with a detail, "
    "such as ada+news@example.org, is another one: delete it, too, where it is a contact."
)


def plan_lines(plan: DeletionPlan) -> list[tuple[str, str]]:
    """(icon, sentence) for what goes. Only what there is."""
    lines = [("mail", f"The contact with {_list(plan.addresses)}")]
    for number, icon, one, many in (
        (plan.messages, "logged", "logged message, with its text", "logged messages, with their texts"),
        (plan.mentions, "quote", "other message, which no longer names the address",
         "other messages, which no longer name the addresses"),
        (plan.files, "attach", "attachment that nothing else has", "attachments that nothing else has"),
        (plan.events, "activity", "line of the feed", "lines of the feed"),
        (plan.review_items, "list", "entry of the review list", "entries of the review list"),
        (plan.ledger_lines, "folder", "line of what was read of the mailbox", "lines of what was read of the mailbox"),
        (plan.queued, "sent", "message that waits to go out", "messages that wait to go out"),
    ):  # fmt: skip
        if number:
            lines.append((icon, times.count(number, one, many)))
        if icon == "logged" and plan.shared:
            lines.append(("contacts", shared_sentence(plan)))
    if plan.drafts:
        lines.append(("compose", drafts_sentence(plan)))
    if plan.companies:
        sentence = companies_sentence(plan)
        lines.append(("company", sentence[0].upper() + sentence[1:]))
    if plan.near:
        lines.append(("info", near_sentence(plan.near)))
    return lines


def _list(addresses: tuple[str, ...]) -> str:
    return addresses[0] if len(addresses) == 1 else f"{', '.join(addresses[:-1])} and {addresses[-1]}"


class DeletionDialog(FittingDialog):
    deleted = Signal(str)  # its name

    def __init__(self, theme: Theme, program: Program, contact_id: int, parent: QWidget | None) -> None:
        record = program.contact_record(contact_id)
        self._name = (
            record.name or next(iter(record.addresses), "this contact") if record is not None else "this contact"
        )
        super().__init__(theme, f"Delete {self._name} for good", SENTENCE, parent, width=640)
        self._program, self._id = program, contact_id
        self._plan: DeletionPlan | None = None
        self._wanted = ""
        self._open = True
        self.trouble = Banner(theme, "bad", "")
        self.trouble.hide()
        self.add(self.trouble)
        self._going = column(gap=0)
        busy = column(
            label(theme, "Counting what would go…", "body", "muted"), progress(theme, "Counting what would go"), None
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(host(busy))
        self.typed = entry(theme)
        self.confirm = Field(theme, "Type the address to confirm", self.typed)
        safe = label(theme, NOT_ELSEWHERE, "small", "faint", wrap=True)
        self._all = host(column(box("card", self._going), safe, None, gap=k.S3))
        self._area = scroll(self._all, beside=k.S2)
        self._area.setMinimumHeight(theme.px(LEAST_LIST))
        self._stack.addWidget(host(column((self._area, 1), self.confirm, gap=k.S3)))
        self.add(self._stack, 1)
        self.verb = self.set_verb("Delete for good", "danger")
        self.verb.setEnabled(False)
        self.verb.clicked.connect(self.delete)
        self.typed.textEdited.connect(self._on_typed)
        program.plan_deletion(contact_id, self._on_plan)

    def done(self, result: int) -> None:
        self._open = False
        super().done(result)

    def _on_plan(self, plan: DeletionPlan | None, why: str) -> None:
        if not self._open:
            return
        if plan is None:
            self._fail("What would go could not be counted", why)
            return
        self._plan = plan
        for position, (icon, text) in enumerate(plan_lines(plan)):
            if position:
                self._going.addWidget(line())
            words = label(self.theme, text, "body", wrap=True)
            self._going.addLayout(
                row(Glyph(self.theme, icon, "muted"), (words, 1), gap=k.S3, margins=(k.S4, k.S2, k.S4, k.S2))
            )
        needed, most = self._all.heightForWidth(self.width() - 2 * k.S6), self.theme.px(MOST_LIST)
        self._area.setMinimumHeight(min(max(needed, self.theme.px(LEAST_LIST)), most))
        self._wanted = plan.addresses[0] if plan.addresses else plan.name
        self.confirm.title.setText(f"Type {self._wanted} to confirm")
        self.typed.setAccessibleName(self.confirm.title.text())
        self._stack.setCurrentIndex(1)
        self.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        self.verb.setEnabled(text.strip().casefold() == self._wanted.casefold())

    @Slot()
    def delete(self) -> None:
        if self._plan is None or self.typed.text().strip().casefold() != self._wanted.casefold():
            return
        self.trouble.hide()
        self.verb.set_busy("Deleting…")
        self.typed.setEnabled(False)
        if self.cancel is not None:
            self.cancel.setEnabled(False)
        self._program.delete_permanently(self._id, self._on_deleted)

    def _on_deleted(self, plan: DeletionPlan | None, why: str) -> None:
        if not self._open:
            return
        if plan is None:
            self.verb.set_ready()
            self.typed.setEnabled(True)
            if self.cancel is not None:
                self.cancel.setEnabled(True)
            self._fail("Nothing was deleted", why)
            return
        self.accept()
        self.deleted.emit(self._name)

    def reject(self) -> None:
        """Not while it is being deleted."""
        if self.cancel is None or self.cancel.isEnabled():
            super().reject()

    def _fail(self, title: str, why: str) -> None:
        self.trouble.set("bad", title, why)
        self.trouble.show()
