"""The pages of contacts, companies, deals and users over the sample program: order, choosing several, editing in place, undo,
merging, duplicates, deletion, and where a message is logged."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.changes import Area
from app.domain.records import ManyChosen, Outcome, RecordKind, RecordOrder
from app.domain.rights import Right
from app.ui.companies.merge import MergeDialog as MergeCompaniesDialog
from app.ui.companies.merge import MergeWithDialog as MergeWithCompany
from app.ui.companies.page import CompaniesPage
from app.ui.contacts.add import AddContactDialog
from app.ui.contacts.deletion import DeletionDialog
from app.ui.contacts.merge import MergeDialog
from app.ui.contacts.page import ContactsPage
from app.ui.deals.page import DealsPage
from app.ui.deals.stages import StagesDialog
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Prose
from app.ui.main_window import MainWindow
from app.ui.records import words
from app.ui.records.associations import AssociationsDialog
from app.ui.records.editors import AmountEditor, LineEditor
from app.ui.records.history import HistoryDialog
from app.ui.records.page import RecordsPage
from app.ui.records.picker import RecordPicker
from app.ui.records.removed import RemovedDialog
from app.ui.users.section import UsersSection
from app.ui.users.user_dialog import UserDialog
from tests.ui.support.sample_program import SampleProgram


def shown(qtbot: QtBot, page: RecordsPage) -> RecordsPage:
    qtbot.addWidget(page)
    page.resize(1056, 760)
    page.show()
    return page


@pytest.fixture
def contacts(qtbot: QtBot, theme: Theme, program: SampleProgram) -> ContactsPage:
    made = ContactsPage(theme, program)
    shown(qtbot, made)
    return made


@pytest.fixture
def deals(qtbot: QtBot, theme: Theme, program: SampleProgram) -> DealsPage:
    made = DealsPage(theme, program)
    shown(qtbot, made)
    return made


def names(page: RecordsPage) -> list[str]:
    return [page.model.line_at(page.model.index(i)).name for i in range(page.model.rowCount())]


def type_in(page: RecordsPage, key: str, text: str) -> None:
    """Types into a field of the panel and presses Enter."""
    row = page.detail.about.field(key)
    row.edit()
    editor = row.editor
    assert isinstance(editor, LineEditor | AmountEditor)
    editor.edit.setText(text)
    QTest.keyClick(editor.edit, Qt.Key.Key_Return)


def choose(page: RecordsPage, *positions: int) -> None:
    model = page.view.selectionModel()
    model.clearSelection()
    for position in positions:
        model.select(page.model.index(position), model.SelectionFlag.Select)


def test_a_click_on_a_head_puts_the_table_in_its_order(qtbot: QtBot, deals: DealsPage) -> None:
    assert names(deals)[0] == "Hamnen depot, phase 2"
    qtbot.mouseClick(deals.head.button(RecordOrder.AMOUNT), Qt.MouseButton.LeftButton)
    assert [deals.model.line_at(deals.model.index(i)).amount_minor for i in (0, 1)] == [123_456_789_012, 4_800_000]
    qtbot.mouseClick(deals.head.button(RecordOrder.NAME), Qt.MouseButton.LeftButton)
    assert names(deals) == sorted(names(deals), key=str.casefold)


def test_several_are_chosen_removed_and_taken_back_at_once(qtbot: QtBot, contacts: ContactsPage) -> None:
    before = names(contacts)
    choose(contacts, 0, 2)
    assert contacts.chosen_bar.text.text() == "2 contacts chosen"
    assert contacts.chosen_bar.buttons["Merge…"].isVisible()
    contacts.view.setFocus()
    QTest.keyClick(contacts.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: contacts.model.rowCount() == 3)
    assert contacts.toast.text.text() == "2 people were removed"
    QTest.keyClick(contacts.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(contacts) == before)
    assert contacts.toast.text.text() == "Taken back"


def test_what_is_wrong_is_told_beside_the_field_until_it_is_mended(
    contacts: ContactsPage, program: SampleProgram
) -> None:
    contacts.open_record(1)
    row = contacts.detail.about.field("addresses.1")
    type_in(contacts, "addresses.1", "k.lindqvist@example")
    assert "not complete" in row.fault()
    assert row.editing
    assert program.wished("edit_record") == []
    type_in(contacts, "addresses.1", "marek@example.net")
    assert "belongs to another contact" in row.fault()
    type_in(contacts, "addresses.1", "k.l@example.org")
    assert not row.editing
    assert program.contact_record(1).addresses == ("karin.lindqvist@example.com", "k.l@example.org")


def test_another_address_becomes_the_primary_one(qtbot: QtBot, contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(1)
    first = next(c for c in contacts.detail.about.field("addresses.1").spec.menu if c.text == "Make primary")
    first.act()
    assert program.contact_record(1).addresses[0] == "k.lindqvist@example.org"
    qtbot.mouseClick(contacts.toast.undo_button, Qt.MouseButton.LeftButton)
    assert program.contact_record(1).addresses[0] == "karin.lindqvist@example.com"


def test_a_number_is_added_in_place(contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(2)
    contacts.detail.about.adder("+ Phone").click()
    editor = contacts.detail.about.field("phones.new").editor
    editor.edit.setText("+46 8 555 010")
    editor.kind.setCurrentIndex(1)
    QTest.keyClick(editor.edit, Qt.Key.Key_Return)
    assert [(p.number, p.kind) for p in program.contact_record(2).phones] == [("+46 8 555 010", "mobile")]


def test_a_company_is_chosen_while_typing_or_made(qtbot: QtBot, contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(2)
    contacts.detail.about.adder("+ Company").click()
    picker = contacts.detail.about.field("companies.new").editor
    assert isinstance(picker, RecordPicker)
    QTest.keyClicks(picker.edit, "nordisk")
    qtbot.waitUntil(lambda: len(picker.finds()) == 2)
    assert picker.finds()[1] == "Add “nordisk” as a new company"
    picker.choose(4, "Nordisk Scanner")
    assert [c.name for c in program.contact_record(2).companies] == ["Nordisk Scanner"]


def test_the_history_takes_a_change_back(contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(1)
    type_in(contacts, "title", "Head of purchasing")
    contacts.detail.show_history()
    dialog = contacts.findChild(HistoryDialog)
    undo = next(b for b in dialog.findChildren(QPushButton) if b.accessibleName() == "Undo: Changed the title")
    undo.click()
    assert program.contact_record(1).title == "Head of logistics"
    assert contacts.detail.title_of(program.contact_record(1)) == "Karin Lindqvist"


def test_what_was_removed_is_brought_back_from_the_list(contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(1)
    contacts.detail.remove()
    contacts.detail.refresh()
    assert contacts.detail.gone.isVisible()
    contacts.show_removed()
    dialog = contacts.findChild(RemovedDialog)
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Bring back").click()
    assert not program.contact_record(1).removed


def test_many_are_removed_only_after_a_question_and_come_back_at_any_time(
    contacts: ContactsPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.records.chosen.MOST_UNASKED", 1)
    before = contacts.model.rowCount()
    contacts.view.selectAll()
    contacts.remove_chosen()
    ask = contacts.findChild(ConfirmDialog)
    assert f"Remove {before} people" in ask.verb.text() and not program.removed_records(RecordKind.CONTACT)
    ask.verb.click()
    assert len(program.removed_records(RecordKind.CONTACT)) == before
    contacts.toast.hide()  # its time is over
    QTest.keyClick(contacts, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not program.removed_records(RecordKind.CONTACT)
    contacts.refresh()
    program.remove_many(RecordKind.CONTACT, ManyChosen()).start()
    contacts.show_removed()
    contacts.findChild(RemovedDialog).all_button.click()
    assert not program.removed_records(RecordKind.CONTACT)
    assert contacts.toast.text.text() == f"{before} people are back"


def test_one_change_after_the_other_is_taken_back(contacts: ContactsPage) -> None:
    seen: list[str] = []
    contacts.toast.done("The title was changed", lambda: seen.append("title"))
    contacts.toast.done("The name was changed", lambda: seen.append("name"))
    contacts.toast.hide()
    for _ in range(3):
        QTest.keyClick(contacts, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert seen == ["name", "title"]


def test_the_dialog_for_a_contact_grows_with_what_is_wrong(contacts: ContactsPage, qtbot: QtBot) -> None:
    contacts.add_record()
    dialog = contacts.findChild(AddContactDialog)
    dialog.verb.click()
    assert dialog.address.error() == "Type the e-mail address, as in name@example.com."
    qtbot.waitUntil(lambda: dialog.height() >= dialog.layout().totalHeightForWidth(dialog.width()))


def test_two_companies_become_one(theme: Theme, program: SampleProgram, qtbot: QtBot) -> None:
    page = CompaniesPage(theme, program)
    shown(qtbot, page)
    page.open_record(1)
    page.detail.merge_requested.emit(1)
    asked = page.findChild(MergeWithCompany)
    asked.verb.click()
    assert "Type a name or a domain" in asked.other.error()
    asked.chosen.emit(3)
    dialog = page.findChild(MergeCompaniesDialog)
    rows = {row.title: row for row in dialog.rows(program.company_record(1), program.company_record(3))}
    assert rows["Name"].lost and rows["Name"].result == program.company_record(1).name
    assert not rows["Domains"].lost, "all domains are kept"
    dialog.swap()
    dialog.verb.click()
    assert program.wished("merge_companies") == [(3, 1)]
    assert page.detail.record_id == 3 and page.toast.isVisibleTo(page)
    page.toast.undo()
    assert not program.company_record(1).removed


def test_duplicates_are_compared_or_told_apart(contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.show_duplicates()
    view = contacts.duplicates
    assert len(view.pairs) == 2
    next(b for b in view.findChildren(QPushButton) if b.text() == "Not a duplicate").click()
    assert len(program.wished("not_duplicates")) == 1
    assert len(view.pairs) == 1
    pair = view.pairs[0]
    contacts.compare(pair.keep.id, pair.other.id)
    dialog = contacts.findChild(MergeDialog)
    dialog.swap()
    dialog.verb.click()
    assert program.wished("merge_contacts") == [(pair.other.id, pair.keep.id)]
    program.trouble = "The disk is full."
    view.look()
    assert view.state() == "trouble"
    assert view.trouble.text.text() == "The disk is full."


def test_companies_are_compared_or_told_apart_and_that_is_taken_back(
    qtbot: QtBot, theme: Theme, program: SampleProgram
) -> None:
    page = shown(qtbot, CompaniesPage(theme, program))
    page.show_duplicates()
    view = page.duplicates
    assert view.count.text() == "2 pairs"
    next(b for b in view.findChildren(QPushButton) if b.text() == "Not a duplicate").click()
    assert program.apart == [(1, 4)] and len(view.pairs) == 1
    page.toast.undo()
    assert program.apart == [] and len(view.pairs) == 2
    pair = view.pairs[0]
    page.compare(pair.keep.id, pair.other.id)
    page.findChild(MergeCompaniesDialog).verb.click()
    assert program.wished("merge_companies") == [(1, 4)]
    assert view.state() == "none" and page._stack.currentWidget() is view


def test_a_public_mail_domain_is_told_below_it_while_it_is_a_companys(
    qtbot: QtBot, theme: Theme, program: SampleProgram
) -> None:
    page = shown(qtbot, CompaniesPage(theme, program))
    page.open_record(2)
    type_in(page, "domains.0", "gmail.com")
    page.detail.refresh()
    told = page.detail.about.field("domains.0").findChildren(QLabel)
    assert any("gmail.com is a public mail domain" in t.text() for t in told if t.isVisible())
    type_in(page, "domains.0", "havn.example.com")
    page.detail.refresh()
    told = page.detail.about.field("domains.0").findChildren(QLabel)
    assert not any("public mail domain" in t.text() for t in told)


def test_an_alias_that_is_a_contacts_is_told_before_it_is_kept(
    theme: Theme, program: SampleProgram, qtbot: QtBot
) -> None:
    dialog = UserDialog(theme, program, program.users()[0], None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.alias.edit.setText("karin.lindqvist@example.com")
    dialog.alias.edit.returnPressed.emit()
    (note,) = (t for t in dialog.findChildren(QLabel) if "belongs to the contact Karin Lindqvist" in t.text())
    qtbot.waitUntil(note.isVisible)
    assert "counts as the user’s own" in note.text()
    assert program.wished("edit_record") == []


def test_deleting_for_good_wants_the_address_typed(contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(1)
    contacts.delete_for_good(1)
    dialog = contacts.findChild(DeletionDialog)
    dialog.typed.setText("karin")
    QTest.keyClicks(dialog.typed, ".lindqvist")
    assert not dialog.verb.isEnabled()
    dialog.typed.clear()
    QTest.keyClicks(dialog.typed, "Karin.Lindqvist@example.com")
    assert dialog.verb.isEnabled()
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.typed.text() == "Karin.Lindqvist@example.com"
    program.trouble = "Somebody writes just now."
    dialog.verb.click()
    assert dialog.isVisible() and dialog.trouble.text.text() == "Somebody writes just now."
    program.trouble = ""
    dialog.verb.click()
    assert not dialog.isVisible()
    assert contacts.toast.text.text() == "Karin Lindqvist was deleted for good"
    assert not contacts.toast.undo_button.isVisible()


def test_a_deals_amount_and_stage(deals: DealsPage, program: SampleProgram) -> None:
    deals.open_record(1)
    type_in(deals, "amount", "12.345,678")
    assert "decimal places" in deals.detail.about.field("amount").fault()
    type_in(deals, "amount", "52 500,50")
    assert program.deal_record(1).amount_minor == 5_250_050
    deals.detail._stages.aboutToShow.emit()
    next(a for a in deals.detail._stages.actions() if a.text() == "Won").trigger()
    assert program.deal_record(1).outcome is Outcome.WON


def test_a_message_is_logged_elsewhere(contacts: ContactsPage, program: SampleProgram) -> None:
    contacts.open_record(1)
    contacts.detail.timeline.cards()[0].associations_requested.emit(3)
    dialog = contacts.findChild(AssociationsDialog)
    assert not dialog.verb.isEnabled()
    part = dialog.parts[RecordKind.DEAL]
    part.picker.choose(4, "Ferry terminal")
    assert list(part.records.values())[-1] == "Ferry terminal"
    part._remove(1)
    dialog.verb.click()
    assert program.wished("set_associations") == [(3, [1], [1], [2, 4])]
    assert contacts.toast.text.text() == "Changed where the message is logged"
    contacts.toast.undo()
    assert program.wished("undo_arrangement") == [(3,)]


def test_records_lead_to_each_other(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    window.show()
    window.show_record(RecordKind.CONTACT, 1)
    window.contacts.detail.about.field("companies.0").spec.opens()
    assert (window.page(), window.companies.detail.record_id) == ("companies", 1)
    window.companies.detail.record_requested.emit(RecordKind.DEAL, 1)
    assert (window.page(), window.deals.detail.record_id) == ("deals", 1)
    window.navigation.page_requested.emit("deals")
    assert not window.deals.showing_record()


def test_a_user_is_added_changed_removed_and_brought_back(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    section = UsersSection(theme, program)
    qtbot.addWidget(section)
    section.resize(760, 700)
    section.refresh()
    section.show()
    section.add_user()
    dialog = section.findChild(UserDialog)
    dialog.verb.click()
    assert dialog.login.error() == "A user needs a login address."
    dialog.login.edit.setText("maja@example.org")
    dialog.alias.edit.setText("maja@example")
    dialog.verb.click()
    assert "not complete" in dialog.alias.error()
    dialog.alias.edit.setText("maja@example.net")
    dialog.access.setChecked(False)
    dialog.verb.click()
    added = next(u for u in program.users() if u.login_address == "maja@example.org")
    assert (added.aliases, added.personal_email_access, added.role) == (("maja@example.net",), False, "member")
    section._act(program.remove_record, added)
    assert not next(u for u in program.users() if u.id == added.id).active
    section.toast.undo()
    assert next(u for u in program.users() if u.id == added.id).active


def test_empty_companies_say_where_they_come_from(qtbot: QtBot, theme: Theme, empty_program: SampleProgram) -> None:
    page = shown(qtbot, CompaniesPage(theme, empty_program))
    assert page.empty_add.isVisible()
    assert not page.search.isVisible()


@pytest.mark.parametrize(
    ("minor", "currency", "read"),
    [(4_800_000, "EUR", "48,000 EUR"), (123_450, "EUR", "1,234.50 EUR"), (500, "JPY", "500 JPY"), (None, "", "")],
)
def test_amounts_read_as_people_write_them(minor: int | None, currency: str, read: str) -> None:
    assert words.amount(minor, currency) == read


def test_who_is_no_administrator_sees_why_users_cannot_be_changed(
    theme: Theme, program: SampleProgram, qtbot: QtBot
) -> None:
    program.not_admin = "Administrators are: Karin Lindqvist."
    section = UsersSection(theme, program)
    qtbot.addWidget(section)
    section.refresh()
    section.show()
    assert "Administrators are: Karin Lindqvist." in section.reserved.text.text()
    own = f"Edit {next(u for u in program.users() if u.signed_in).name}"
    changing = [b for b in section.findChildren(QPushButton) if b.text() in ("Add a user", "Edit…", "Bring back")]
    changing = [b for b in changing if b.accessibleName() != own]
    assert len(changing) > 2 and not any(b.isEnabled() for b in changing)
    program.not_admin = ""
    program.announce(Area.USERS)
    assert section.add_button.isEnabled() and not section.reserved.isVisible()


@pytest.mark.parametrize("admin", [True, False])
def test_only_administrators_delete_for_good(contacts: ContactsPage, program: SampleProgram, admin: bool) -> None:
    program.not_admin = "" if admin else "Administrators are: Karin Lindqvist."
    contacts.open_record(1)
    menu = contacts.detail.more_button.menu()
    found = {action.text(): action for action in menu.actions()}
    assert found["Delete for good…"].isEnabled() is admin and found["Remove"].isEnabled()
    assert menu.toolTipsVisible()
    found["Delete for good…"].trigger()
    assert bool(contacts.findChildren(DeletionDialog)) is admin
    if not admin:
        assert found["Delete for good…"].toolTip() == program.why_not(Right.DELETION)


def test_stages_are_renamed_moved_added_and_removed_with_their_deals(deals: DealsPage, program: SampleProgram) -> None:
    deals.edit_stages()
    dialog = deals.findChild(StagesDialog)
    used = next(place for place, stage in enumerate(dialog.stages) if stage.deals)
    gone = dialog.stages[used]
    dialog.remove_stage(used)
    dialog.targets[gone.id] = next(place for place, stage in enumerate(dialog.stages) if stage.name == "Won")
    dialog.move_stage(0, 1)
    dialog.add_stage()
    dialog._rename(next(place for place, stage in enumerate(dialog.stages) if stage.id is None), "Contract")
    dialog.verb.click()
    ((saved, moves),) = program.wished("set_stages")
    assert moves == {gone.id: "Won"}, "it goes where it was told, wherever that stands now"
    assert [name for _, name, _ in saved].index("Contract") == len(saved) - 3, "behind the last open one"
    deals.toast.undo()
    assert gone.name in {stage.name for stage in program.stage_list()}


def test_who_is_no_administrator_sees_the_stages_only(deals: DealsPage, program: SampleProgram) -> None:
    program.not_admin = "Administrators are: Karin Lindqvist."
    deals.edit_stages()
    dialog = deals.findChild(StagesDialog)
    assert not dialog.verb.isEnabled() and not dialog.add_button.isEnabled()
    assert "Karin Lindqvist" in dialog.trouble.text.text()


def test_the_longest_address_is_whole_when_two_contacts_are_compared(
    qapp: QApplication, program: SampleProgram, qtbot: QtBot
) -> None:
    """Also of the widest letters, and with larger text."""
    dialog = MergeDialog(Theme(qapp, "light", 1.25), program, 5, 1, None)
    qtbot.addWidget(dialog)
    dialog.show()
    QApplication.processEvents()
    addresses = [p for p in dialog.findChildren(Prose) if "wwwwwwwwww" in p.plain_text()]
    assert len(addresses) == 2
    for shown_ in addresses:
        needed = QTextDocument()
        needed.setDocumentMargin(0)
        needed.setDefaultFont(shown_.font())
        needed.setHtml(shown_.text())
        needed.setTextWidth(shown_.contentsRect().width())
        assert needed.idealWidth() <= shown_.contentsRect().width()
