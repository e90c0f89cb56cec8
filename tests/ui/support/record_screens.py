"""The screens of contacts, companies, deals and users for the gallery, each in one of its states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from PySide6.QtWidgets import QWidget

from app.domain.records import ManyChosen, RecordKind, RecordOrder
from app.domain.views import ContactRow
from app.ui.companies.add import AddCompanyDialog
from app.ui.companies.merge import MergeDialog as MergeCompaniesDialog
from app.ui.contacts.deletion import DeletionDialog
from app.ui.contacts.merge import MergeDialog, MergeWithDialog
from app.ui.deals.add import AddDealDialog
from app.ui.deals.stages import StagesDialog
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.records.associations import AssociationsDialog
from app.ui.records.history import HistoryDialog
from app.ui.records.page import RecordsPage
from app.ui.records.removed import RemovedDialog
from app.ui.users.user_dialog import UserDialog
from tests.ui.support.sample_program import LONG_NAME, SampleProgram
from tests.ui.support.sample_records import SampleWork

Make = Callable[[Theme, SampleProgram], QWidget]


def page(name: str, shape: Callable[[RecordsPage, SampleProgram], None] = lambda _page, _program: None) -> Make:
    """A page of records in the window; `shape` brings it into its state."""

    def make(theme: Theme, program: SampleProgram) -> QWidget:
        made = MainWindow(theme, program)
        made.show_page(name)
        shape(getattr(made, name), program)
        return made

    return make


def empty(name: str) -> Make:
    return lambda theme, _program: page(name)(theme, SampleProgram(full=False))


def record(name: str, number: int, *then: Callable[[RecordsPage], None], width: int = 0) -> Make:
    def make(theme: Theme, program: SampleProgram) -> QWidget:
        made = MainWindow(theme, program)
        made.show_page(name)
        if width:
            made.resize(width, 700)
        shown = getattr(made, name)
        shown.open_record(number)
        for act in then:
            act(shown)
        return made

    return make


def editing(key: str, wrong: str = "") -> Callable[[RecordsPage], None]:
    def act(shown: RecordsPage) -> None:
        row = shown.detail.about.field(key)
        row.edit()
        if wrong:
            row.editor.edit.setText(wrong)
            row.save()

    return act


def many(shown: RecordsPage, program: SampleProgram) -> None:
    program.people = [
        ContactRow(i, f"Person {i}", f"person{i}@example.com", "", program.now - timedelta(hours=7 * i), i)
        for i in range(1, 900)
    ]
    shown.model.reload()
    shown.head.button(RecordOrder.NAME).click()
    shown.view.setCurrentIndex(shown.model.index(1))
    chosen = shown.view.selectionModel()
    for position in (1, 2, 4):
        chosen.select(shown.model.index(position), chosen.SelectionFlag.Select)


def two_chosen(shown: RecordsPage, _program: SampleProgram) -> None:
    chosen = shown.view.selectionModel()
    for position in (0, 1):
        chosen.select(shown.model.index(position), chosen.SelectionFlag.Select)


def nothing_found(shown: RecordsPage, _program: SampleProgram) -> None:
    shown.search.setText("nobody at all")
    shown.search.returnPressed.emit()


def removed_with_toast(shown: RecordsPage, _program: SampleProgram) -> None:
    shown.view.setCurrentIndex(shown.model.index(1))
    shown.remove_chosen()


def in_the_row(position: int, tabs: int = 0, wrong: str = "") -> Callable[[RecordsPage, SampleProgram], None]:
    """A cell is edited; `wrong` is typed and refused."""

    def act(shown: RecordsPage, _program: SampleProgram) -> None:
        shown.window().resize(1280, 800)
        shown.window().show()  # places are known then
        index = shown.model.index(position)
        shown.view.setCurrentIndex(index)
        shown.cells.begin(index, shown.cells.shown()[tabs])
        if wrong:
            shown.cells.editor.edit.setText(wrong)
            shown.cells.save()

    return act


def all_chosen(shown: RecordsPage, program: SampleProgram) -> None:
    many(shown, program)
    shown.chosen.choose_all()


def removing_many(shown: RecordsPage, program: SampleProgram) -> None:
    many(shown, program)
    SampleWork.held = True
    shown.chosen._remove_many(ManyChosen())
    SampleWork.held = False


def duplicates(shown: RecordsPage, _program: SampleProgram) -> None:
    shown.show_duplicates()


def duplicates_busy(shown: RecordsPage, program: SampleProgram) -> None:
    program.held = []
    shown.show_duplicates()


def duplicates_none(shown: RecordsPage, program: SampleProgram) -> None:
    program.duplicate_pairs = ()
    shown.show_duplicates()


def duplicates_trouble(shown: RecordsPage, program: SampleProgram) -> None:
    program.trouble = "The workspace’s file cannot be read: the disk reports an error. Nothing was changed."
    shown.show_duplicates()


def saved(shown: RecordsPage) -> None:
    shown.detail.edit({"title": "Head of purchasing"})
    shown.detail.refresh()


def long_contact(theme: Theme, program: SampleProgram) -> QWidget:
    program.entries[RecordKind.CONTACT][1] |= {
        "name": LONG_NAME,
        "title": "Executive Vice President of Cross-Departmental Logistics",
        "addresses": [f"a-rather-long-address-{i}.of.someone@subdomain.example.org" for i in range(3)],
        "companies": [3, 1, 2],
    }
    return record("contacts", 1)(theme, program)


def public_domain(shown: RecordsPage) -> None:
    shown.window().show()  # what is not seen is not drawn anew
    shown.detail.edit({"domains": ["gmail.com", "havn.example.com"]})
    shown.detail.refresh()


def parted(theme: Theme, program: SampleProgram) -> QWidget:
    """A reply that was forwarded here, too."""
    first = next(m for m in program.messages if m.direction == "received")
    program.messages = [replace(m, joined=m.pk == first.pk) for m in program.messages]
    return record("contacts", 1)(theme, program)


def user_with_notes(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = UserDialog(theme, program, program.users()[0], parent)
    made.alias.edit.setText("karin.lindqvist@example.com")
    made.add_alias()
    return made


def users(theme: Theme, program: SampleProgram) -> QWidget:
    made = MainWindow(theme, program)
    made.show_page("users")
    return made


def users_reserved(theme: Theme, program: SampleProgram) -> QWidget:
    program.not_admin = "Administrators are: Karin Lindqvist and Marek Wójcik."
    return users(theme, program)


def users_removed(theme: Theme, program: SampleProgram) -> QWidget:
    made = users(theme, program)
    assert isinstance(made, MainWindow)
    section = made.settings.sections["users"]
    section._act(program.remove_record, program.users()[1])  # type: ignore[attr-defined]
    made.resize(1000, 800)
    return made


def deletion(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = DeletionDialog(theme, program, 1, parent)
    made.typed.setText("karin.lindqvist@example.com")
    made.typed.textEdited.emit(made.typed.text())
    return made


def deletion_busy(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.held = []
    return DeletionDialog(theme, program, 1, parent)


def deletion_failed(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = deletion(theme, program, parent)
    program.trouble = "A sync writes just now. Try again in a minute."
    made.delete()
    return made


def merging(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.entries[RecordKind.CONTACT][2] = {
        "name": "Karin Lindkvist", "title": "Logistics", "addresses": ["karin@example.net"],
        "phones": [["+46 70 555 09 00", "mobile"]],
    }  # fmt: skip
    return MergeDialog(theme, program, 1, 2, parent)


def merging_long(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    return MergeDialog(theme, program, 5, 1, parent)


def merging_companies(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    return MergeCompaniesDialog(theme, program, 1, 3, parent)


def stages(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = StagesDialog(theme, program, parent)
    made.remove_stage(next(place for place, stage in enumerate(made.stages) if stage.deals))
    return made


def stages_reserved(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.not_admin = "Administrators are: Karin Lindqvist and Marek Wójcik."
    return StagesDialog(theme, program, parent)


def merge_with(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = MergeWithDialog(theme, program, 1, parent)
    made.picker.edit.setText("somebody unknown")
    made.verb.click()
    return made


def add_company_wrong(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = AddCompanyDialog(theme, program, parent)
    made.name.edit.setText("Northlight")
    made.domain.edit.setText("not a domain")
    made.verb.click()
    return made


def add_company_public(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = AddCompanyDialog(theme, program, parent)
    made.name.edit.setText("Northlight Cargo AB")
    made.domain.edit.setText("gmail.com")
    made.domain.edit.editingFinished.emit()
    return made


def add_deal(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = AddDealDialog(theme, program, parent, contact=1)
    made.name.edit.setText("Summer maintenance")
    made.amount_editor.edit.setText("12.345,678")
    made.verb.click()
    return made


def history(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    for fields in (
        {"title": "Head of purchasing"},
        {"addresses": ["karin.lindqvist@example.com"]},
        {"name": LONG_NAME},
    ):
        program.edit_record(RecordKind.CONTACT, 1, fields)
    program.undo_change(program.changes[1].id)
    program.changes[0] = replace(program.changes[0], at=program.now - timedelta(days=3))
    return HistoryDialog(theme, program, RecordKind.CONTACT, 1, "Karin Lindqvist", parent)


def removed(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    for number in (2, 5):
        program.remove_record(RecordKind.CONTACT, number)
    return RemovedDialog(theme, program, RecordKind.CONTACT, parent)


def removed_coming_back(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = removed(theme, program, parent)
    SampleWork.held = True
    made.all_button.click()
    SampleWork.held = False
    return made


def associated(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    return AssociationsDialog(theme, program, program.messages[1], parent)


def user_wrong(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = UserDialog(theme, program, program.users()[2], parent)
    made.login.edit.setText("wilhelmina@example")
    made.verb.click()
    return made


PAGES: dict[str, Make] = {
    "contacts": page("contacts"),
    "contacts-empty": empty("contacts"),
    "contacts-many-chosen": page("contacts", many),
    "contacts-two-chosen": page("contacts", two_chosen),
    "contacts-nothing-found": page("contacts", nothing_found),
    "contacts-removed": page("contacts", removed_with_toast),
    "contacts-in-the-row": page("contacts", in_the_row(1, 1)),
    "companies-in-the-row-wrong": page("companies", in_the_row(3, 1, "no domain at all")),
    "deals-in-the-row-stage": page("deals", in_the_row(1, 1)),
    "deals-in-the-row-wrong": page("deals", in_the_row(4, 3, "12.345,678")),
    "contacts-all-chosen": page("contacts", all_chosen),
    "contacts-removing-many": page("contacts", removing_many),
    "companies-duplicates": page("companies", duplicates),
    "company-public-domain": record("companies", 2, public_domain),
    "contacts-duplicates": page("contacts", duplicates),
    "contacts-duplicates-busy": page("contacts", duplicates_busy),
    "contacts-duplicates-none": page("contacts", duplicates_none),
    "contacts-duplicates-trouble": page("contacts", duplicates_trouble),
    "contact-saved": record("contacts", 1, saved),
    "contact-editing": record("contacts", 1, editing("title")),
    "contact-editing-wrong": record("contacts", 1, editing("addresses.1", "k.lindqvist@example")),
    "contact-editing-phone": record("contacts", 1, editing("phones.0")),
    "contact-editing-address": record("contacts", 1, editing("postal_address")),
    "contact-removed": record("contacts", 1, lambda p: p.detail.remove(), lambda p: p.detail.refresh()),
    "contact-full": long_contact,
    "contact-joined": parted,
    "companies": page("companies"),
    "companies-empty": empty("companies"),
    "company": record("companies", 1),
    "company-narrow": record("companies", 3, width=900),
    "company-full": record("companies", 3),
    "deals": page("deals"),
    "deals-empty": empty("deals"),
    "deal": record("deals", 1),
    "deal-editing-amount": record("deals", 1, editing("amount", "12.345,678")),
    "deal-won": record("deals", 3),
    "deal-full": record("deals", 5),
    "users": users,
    "users-removed": users_removed,
    "users-reserved": users_reserved,
}
DIALOGS: dict[str, Callable[[Theme, SampleProgram, QWidget], QWidget]] = {
    "dialog-delete": deletion,
    "dialog-delete-counting": deletion_busy,
    "dialog-delete-failed": deletion_failed,
    "dialog-merge": merging,
    "dialog-merge-long": merging_long,
    "dialog-merge-with": merge_with,
    "dialog-stages": stages,
    "dialog-stages-reserved": stages_reserved,
    "dialog-merge-companies": merging_companies,
    "dialog-add-company": add_company_wrong,
    "dialog-add-company-public": add_company_public,
    "dialog-add-deal": add_deal,
    "dialog-history": history,
    "dialog-history-empty": lambda t, p, w: HistoryDialog(t, p, RecordKind.DEAL, 1, "Hamnen depot, phase 2", w),
    "dialog-removed": removed,
    "dialog-removed-coming-back": removed_coming_back,
    "dialog-logged-to": associated,
    "dialog-user": lambda t, p, w: UserDialog(t, p, None, w),
    "dialog-user-wrong": user_wrong,
    "dialog-user-notes": user_with_notes,
}
