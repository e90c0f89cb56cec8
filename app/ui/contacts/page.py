"""The Contacts page: the table with search, behind it the chosen contact, and the list of duplicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.domain.records import ContactLine, RecordKind, RecordOrder
from app.ui.contacts.add import AddContactDialog
from app.ui.contacts.contact import ContactView
from app.ui.contacts.deletion import DeletionDialog
from app.ui.contacts.duplicates import ContactDuplicates
from app.ui.contacts.merge import MergeDialog, MergeWithDialog
from app.ui.kit.theme import Theme
from app.ui.records.columns import Cell, Column
from app.ui.records.editors import Editor, LineEditor
from app.ui.records.merging_page import MergingPage
from app.ui.records.model import Read
from app.ui.records.picker import RecordPicker
from app.ui.records.words import last_mail, moment, name_of, spoken

if TYPE_CHECKING:
    from app.runtime.program import Program

MOST_WRITTEN = 500  # people to whom one message is begun: more than that no provider sends in a day
COLUMNS = (
    Column("Name", lambda c: Cell(name_of(c), c.address if c.name else ""), RecordOrder.NAME, share=42, key="name"),
    Column("Company", lambda c: Cell(c.company), RecordOrder.COMPANY, share=34, key="company"),
    Column("Title", lambda c: Cell(c.title, color="muted"), share=24, least=720, key="title"),
    Column("Last mail", lambda c: Cell(moment(c.last_at), color="muted"), RecordOrder.MAIL, width=104, right=True),
)


class ContactsPage(MergingPage):
    KIND = RecordKind.CONTACT
    TITLE = "Contacts"
    COUNTED = ("person", "people")
    SEARCH = "Search people, companies, numbers"
    EMPTY = (
        "contacts",
        "Nobody here yet",
        "People you write to from Hitchpost become contacts by themselves. You can add someone first, too.",
    )
    ADD = "Add a contact"

    detail: ContactView

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(theme, program, parent)
        self.chosen.changed.connect(self._on_chosen)
        self.detail.deletion_requested.connect(self.delete_for_good)

    def pages(self) -> Read:
        return self._program.contact_table

    def columns(self) -> Sequence[Column]:
        return COLUMNS

    def mark(self, line: ContactLine) -> str:
        return name_of(line)

    def name_of(self, line: ContactLine) -> str:
        return name_of(line)

    def spoken(self, line: ContactLine) -> str:
        return spoken(
            name_of(line), line.address if line.name else "", line.title, line.company, last_mail(line.last_at)
        )

    def cell_editor(self, key: str, line: ContactLine) -> Editor:
        if key != "company":
            return LineEditor(self._theme, line.title if key == "title" else line.name)
        made = RecordPicker(self._theme, self._program, RecordKind.COMPANY, make=self._program.company_named)
        made.set(line.company_id, line.company)
        return made

    def cell_fields(self, key: str, line: ContactLine, value: Any) -> Mapping[str, Any]:
        """The primary company takes the place of the one before; the others stay."""
        if key != "company":
            return {key: value}
        record = self._program.contact_record(line.id)
        others = [c.id for c in record.companies if c.id not in (value, line.company_id)] if record is not None else []
        return {"companies": [*([] if value is None else [value]), *others]}

    def make_detail(self) -> ContactView:
        return ContactView(self._theme, self._program)

    def make_adder(self) -> AddContactDialog:
        return AddContactDialog(self._theme, self._program, self)

    def chosen_actions(self) -> Sequence[tuple[str, Callable[[], None], str]]:
        return (("Write e-mail", self.write_chosen, ""), *super().chosen_actions())

    @Slot()
    def _on_chosen(self) -> None:
        many = self.chosen.count > MOST_WRITTEN
        write = self.chosen_bar.buttons["Write e-mail"]
        write.setEnabled(not many)
        write.setToolTip(f"One message goes to {MOST_WRITTEN} people at most. Choose fewer." if many else "")

    @Slot()
    def write_chosen(self) -> None:
        people = self._program.contact_addresses(self.chosen.chosen(), MOST_WRITTEN)
        if people:
            self.compose_requested.emit(people, None)

    # --- merging

    def make_duplicates(self) -> ContactDuplicates:
        return ContactDuplicates(self._theme, self._program)

    def make_chooser(self, record_id: int) -> MergeWithDialog:
        return MergeWithDialog(self._theme, self._program, record_id, self.window())

    def make_comparison(self, keep: int, other: int) -> MergeDialog:
        return MergeDialog(self._theme, self._program, keep, other, self.window())

    # --- for good

    @Slot(int)
    def delete_for_good(self, contact_id: int) -> None:
        dialog = DeletionDialog(self._theme, self._program, contact_id, self.window())
        dialog.deleted.connect(self._on_deleted)
        dialog.open()

    @Slot(str)
    def _on_deleted(self, name: str) -> None:
        self.show_table()
        self.toast.done(f"{name} was deleted for good")
