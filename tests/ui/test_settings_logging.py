"""BCC and forwarding, never-log and privacy in the settings: over the stand-in, and over the real façade and a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.domain.changes import Area
from app.domain.logging_addresses import AddressState, Way
from app.domain.never_log import CoveredMessage, NeverEntry, NeverRemoved, NeverTrial, read_entry
from app.domain.privacy import Basis
from app.runtime.program import Program
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.banner import Banner
from app.ui.kit.dialog import Dialog
from app.ui.kit.theme import Theme
from app.ui.logging.copying import CopyButton
from app.ui.logging.wizard import LoggingWizard
from app.ui.review.log_dialog import LogDialog
from app.ui.settings.basis_dialog import BasisDialog
from app.ui.settings.never_dialog import NeverDialog
from app.ui.settings.never_section import MOST, NeverSection
from app.ui.settings.never_trial import TrialDialog
from app.ui.settings.never_words import (
    Touched,
    removal_counts,
    removal_question,
    removed,
    sentences,
    split_typed,
    together,
)
from app.ui.settings.page import SettingsPage
from tests.support.copied import CopyDesk, letter, open_copy_desk
from tests.ui.support.keyboard import Keyboard
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> SettingsPage:
    made = SettingsPage(theme, program)
    made.resize(1100, 900)
    qtbot.addWidget(made)
    made.show()
    return made


def press(where: QWidget, name: str) -> None:
    """The shown button that says this to a screen reader."""
    QApplication.processEvents()  # what was put in just now is shown then
    found = [b for b in where.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible()]
    assert found, [b.accessibleName() for b in where.findChildren(QPushButton)]
    found[-1].click()


# --- BCC and forwarding


def test_an_address_is_copied_and_says_so(qtbot: QtBot, page: SettingsPage, program: SampleProgram) -> None:
    page.show_section("bcc")
    copy = page.sections["logging"].findChildren(CopyButton)[0]
    copy.click()
    assert QGuiApplication.clipboard().text() == program.logging[0].address
    assert copy.text().strip().endswith("Copied") and copy.accessibleName().startswith("Copied ")
    qtbot.waitUntil(lambda: copy.text().strip().endswith("Copy"), timeout=4000)


def test_an_address_is_tested_and_removed(page: SettingsPage, program: SampleProgram) -> None:
    page.show_section("logging")
    address = program.logging[1]
    press(page, f"Test {address.address}")
    (wizard,) = page.window().findChildren(LoggingWizard)
    assert wizard.run.answers.known and wizard.run.answers.proved
    wizard.go_on()
    wizard.forward.click()
    press(page, f"Remove {address.address}")
    (ask,) = page.window().findChildren(ConfirmDialog)
    ask.verb.click()
    assert [a.id for a in program.logging] == [1]
    press(page, "Set up the forwarding address")  # there is none any more


def test_states_are_shown_as_they_change(page: SettingsPage, program: SampleProgram) -> None:
    page.show_section("logging")
    program.logging[0] = replace(program.logging[0], state=AddressState.BROKEN)
    program.announce(Area.SETTINGS)
    shown = page.sections["logging"].findChild(QWidget, "address-1")
    assert shown is not None
    named = {part.accessibleName() for part in shown.findChildren(QWidget)}
    assert "Does not work" in named and any("It is not lost" in name for name in named)


def test_a_folder_that_is_gone_is_told_on_its_card_until_it_is_there_again(
    page: SettingsPage, program: SampleProgram
) -> None:
    page.show_section("logging")
    works = replace(program.logging[0], way=Way.FOLDER, address="bcc@example.com", folder="Projects/Log")
    gone = replace(works, state=AddressState.BROKEN, folder_gone=True, gone_since=program.now)
    section = page.sections["logging"]
    for address, shown in ((works, False), (gone, True), (works, False)):
        program.logging[0] = address
        program.announce(Area.INBOXES)  # the sync has looked
        QApplication.processEvents()
        card = section.findChild(QWidget, "address-1")
        told = [b for b in card.findChildren(Banner) if b.isVisible()]
        assert bool(told) is shown
        if shown:
            assert told[0].title.text() == "Its folder is gone"
            assert "no folder “Projects/Log”" in told[0].accessibleName()
            assert "Create it again under the same name, or remove this address" in told[0].accessibleName()
            assert "Does not work" in {part.accessibleName() for part in card.findChildren(QWidget)}


def test_it_leads_to_the_review_list(qtbot: QtBot, page: SettingsPage) -> None:
    page.show_section("logging")
    with qtbot.waitSignal(page.review_requested):
        page.sections["logging"].review_button.click()


# --- never log


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ()),
        ("ada@example.org", ("ada@example.org",)),
        ("a@example.org, b@example.org;c@example.org\nexample.com",
         ("a@example.org", "b@example.org", "c@example.org", "example.com")),
        ("Ada Berg <ada@example.org>, Lin <lin@example.org>", ("ada@example.org", "lin@example.org")),
        ("example.com  example.com\n\n example.net ", ("example.com", "example.net")),
    ],
)  # fmt: skip
def test_pasted_text_becomes_entries(typed: str, found: tuple[str, ...]) -> None:
    assert split_typed(typed) == found


def message(number: int, program: SampleProgram) -> CoveredMessage:
    return CoveredMessage(
        number, "sent", program.now, f"Subject {number}", "me@example.org", ("me@example.org", "a@b.example"), False
    )


def test_a_dry_run_counts_nobody_twice(program: SampleProgram) -> None:
    one, two, three = (message(n, program) for n in (1, 2, 3))
    entry = read_entry("example.org")
    found = together([NeverTrial(entry, (one,), (two, three), ("a@b.example",), False),
                      NeverTrial(entry, (one, two), (), ("a@b.example",), False)])  # fmt: skip
    assert {m.pk for m in found.go} == {1, 2} and {m.pk for m in found.stay} == {3}
    assert sentences(found) == (
        "It would have kept out 2 logged messages.",
        "1 message stays on the timelines of other people in them.",
        "1 contact is covered: a@b.example.",
    )
    assert removal_question(found).startswith("2 messages are deleted for good")
    assert "1 more is taken off their timelines, and stays with others." in removal_question(found)
    assert Touched((), (), ()).nothing and not found.nothing


def test_a_dry_run_tells_of_own_addresses() -> None:
    entry = read_entry("example.org")
    waits = together([NeverTrial(entry, (), (), (), False, waiting_go=(1,), waiting_unname=(2, 3)),
                      NeverTrial(entry, (), (), (), False, waiting_go=(2,))])  # fmt: skip
    assert (waits.logged, waits.waiting_go, waits.waiting_unname) == (3, 2, 1)
    assert "2 messages that wait in Review are about nobody else." in sentences(waits)
    assert "1 message in Review loses their names" in removal_question(waits)
    assert "2 messages that waited in Review" in removed(NeverRemoved(0, 0, 0, 2, 1))
    found = together([NeverTrial(entry, (), (), (), False, own=("me@example.org",))])
    assert not found.nothing  # so that it is read before it is added
    assert sentences(found) == (
        "Nothing that is logged here is about it.",
        "me@example.org is an address of this workspace’s own: nothing is logged to it anyway.",
    )
    both = together([NeverTrial(entry, (), (), (), False, own=(f"{n}@example.org",)) for n in "abcd"])
    assert "a@example.org, b@example.org, c@example.org and 1 more are addresses" in sentences(both)[1]


def adding(page: SettingsPage, typed: str, mine: bool = False) -> NeverDialog:
    page.show_section("never")
    section = page.sections["never"]
    assert isinstance(section, NeverSection)
    section.adds[mine].click()
    dialog = page.window().findChildren(NeverDialog)[-1]
    dialog.lines.setPlainText(typed)
    return dialog


def test_what_touches_nothing_is_added_at_once(page: SettingsPage, program: SampleProgram) -> None:
    before = len(program.never)
    dialog = adding(page, "school.example.edu\nnursery.example.edu", mine=True)
    dialog.below.setChecked(False)
    dialog.note.edit.setText("The children")
    dialog.verb.click()
    assert not dialog.isVisible() and len(program.never) == before + 2
    assert [(e.value, e.user_id, e.subdomains, e.note) for e in program.never[before:]] == [
        ("school.example.edu", 1, False, "The children"),
        ("nursery.example.edu", 1, False, "The children"),
    ]


def test_what_goes_and_what_stays_with_others_is_counted_as_in_the_dry_run() -> None:
    message = CoveredMessage(1, "sent", datetime(2026, 11, 1, tzinfo=UTC), "Quote", "jonas@example.com", (), True)
    assert removal_counts(Touched((message,), (), ())) == "1 goes"
    assert removal_counts(Touched((message,), (message,), ())) == "1 goes, 1 stays with others"
    assert removal_counts(Touched((), (message, message), ())) == "0 go, 2 stay with others"


def test_what_touches_something_is_shown_before_it_is_added(page: SettingsPage, program: SampleProgram) -> None:
    before = len(program.never)
    dialog = adding(page, "example.com")
    dialog.verb.click()
    assert dialog.isVisible() and len(program.never) == before, "the dry run comes first"
    assert not dialog.view.isHidden() and "too (2 go);" in dialog.also.text()
    dialog.lines.setPlainText("example.net")  # other ones: the dry run of before says nothing about them
    assert dialog.view.isHidden()
    dialog.verb.click()
    assert len(program.never) == before and not dialog.view.isHidden()
    dialog.verb.click()
    assert not dialog.isVisible() and program.never[-1].value == "example.net"
    assert program.wished("remove_never_logged") == []


def test_other_addresses_that_were_seen_are_added_with_one_press(page: SettingsPage, program: SampleProgram) -> None:
    tried = []

    def try_never(entry: NeverEntry, then: Callable[..., None], *, also: tuple[NeverEntry, ...] = ()) -> None:
        tried.append((entry.key, tuple(e.key for e in also)))
        near = () if also else ("karin+news@example.org",)
        then(NeverTrial(entry, (), (), (), False, near=near), "")

    program.try_never = try_never  # type: ignore[method-assign]
    dialog = adding(page, "karin@example.org")
    dialog.verb.click()
    assert dialog.isVisible() and dialog.near.text() == "Add this address, too" and not dialog.near.isHidden()
    dialog.near.click()
    assert dialog.near.isHidden() and dialog.lines.toPlainText().split() == [
        "karin@example.org",
        "karin+news@example.org",
    ]
    assert tried[1:] == [
        ("karin@example.org", ("karin+news@example.org",)),
        ("karin+news@example.org", ("karin@example.org",)),
    ]
    dialog.verb.click()
    assert [e.value for e in program.never[-2:]] == ["karin@example.org", "karin+news@example.org"]


def test_what_is_logged_is_removed_only_after_a_question(page: SettingsPage, program: SampleProgram) -> None:
    dialog = adding(page, "example.com")
    dialog.verb.click()
    dialog.also.setChecked(True)
    dialog.verb.click()
    (ask,) = dialog.findChildren(ConfirmDialog)
    assert ask.cancel is not None and not ask.verb.isDefault()
    assert "messages are deleted for good" in ask.sentence.text() and program.wished("remove_never_logged") == []
    ask.verb.click()
    assert program.never[-1].value == "example.com" and len(program.wished("remove_never_logged")) == 1
    assert dialog.isVisible() and "3 messages were deleted. 1 message stays with others." in dialog.told.text.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_what_is_no_entry_is_told_beside_the_field(page: SettingsPage, program: SampleProgram) -> None:
    before = len(program.never)
    dialog = adding(page, "ada@example\n@\nexample.org")
    dialog.try_button.click()
    assert "ada@example" in dialog.field.error() and "The same goes for 1 more." in dialog.field.error()
    assert dialog.lines.accessibleDescription().startswith("Error: ")
    dialog.lines.setPlainText("")
    assert dialog.field.error() == ""
    dialog.verb.click()
    assert dialog.field.error() == "Type an address or a domain." and len(program.never) == before


def test_the_dialogs_go_by_keys(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    """From the first field to the last, then the foot; nothing catches Tab."""
    never = NeverDialog(theme, program, False, None, "example.com")
    basis = BasisDialog(theme, program, None)
    log = LogDialog(theme, program, program.review_list[1], None)
    orders: dict[Dialog, list[QWidget]] = {
        never: [never.lines, never.below, never.note.edit, never.try_button],
        basis: [basis.lines, basis.basis, basis.note.edit],
        log: [log.search, log.list],
    }
    for dialog, order in orders.items():
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        with qtbot.waitActive(dialog):
            dialog.show()
        keys = Keyboard(dialog)
        for stop in (*order, dialog.cancel, dialog.verb, order[0]):
            assert keys.focus is stop, (type(dialog).__name__, keys.focus.accessibleName())
            keys.press(Qt.Key.Key_Tab)
        assert never.lines.accessibleName() == "Addresses and domains"
        dialog.close()


def test_what_was_closed_meanwhile_hears_nothing(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    waiting = []
    program.try_never = lambda _entry, then: waiting.append(then)
    trial = TrialDialog(theme, program, read_entry("example.com"), None)
    never = NeverDialog(theme, program, False, None, "example.com")
    never.try_button.click()
    for dialog in (trial, never):
        dialog.open()
        dialog.reject()
    qtbot.waitUntil(lambda: not isValid(trial) and not isValid(never), timeout=3000)
    for then in waiting:
        then(NeverTrial(read_entry("example.com"), (), (), (), False), "")


def test_long_lists_are_searched(page: SettingsPage, program: SampleProgram) -> None:
    program.never = [read_entry(f"school{n}.example.edu") for n in range(MOST + 20)]
    page.show_section("never")
    section = page.sections["never"]
    assert isinstance(section, NeverSection)
    section.refresh()
    assert section.counts[False].text() == "120 entries" and not section.search.isHidden()
    names = [entry.name for entry in section.lists[False]._shown or ()]
    assert len(names) == MOST + 1 and names[-1] == "20 more entries: search for them"
    section.search.setText("school117")
    section.search.returnPressed.emit()
    assert [entry.name for entry in section.lists[False]._shown or ()] == [
        "school117.example.edu and the domains below it"
    ]


# --- privacy


def test_the_switch_and_the_bases(page: SettingsPage, program: SampleProgram) -> None:
    page.show_section("privacy")
    section = page.sections["privacy"]
    page.controls["privacy.on"].switch.click()
    assert program.values["privacy.on"] is True and section.nobody.isHidden()
    press(page, "Remove the legal basis of karin@example.org")
    page.window().findChildren(ConfirmDialog)[-1].verb.click()
    assert program.bases == {} and not section.nobody.isHidden()
    press(page, "Add legal bases")
    (dialog,) = page.window().findChildren(BasisDialog)
    dialog.lines.setPlainText("ada@example.org, lin@example")
    dialog.verb.click()
    assert "lin@example is not complete" in dialog.field.error()
    dialog.lines.setPlainText("ada@example.org\nlin@example.org")
    dialog.basis.setCurrentIndex(dialog.basis.findData(Basis.LEGITIMATE_INTEREST.value))
    assert "weighed" in dialog.basis_field._line.text()
    dialog.verb.click()
    assert {a: b.basis for a, b in program.bases.items()} == dict.fromkeys(
        ("ada@example.org", "lin@example.org"), Basis.LEGITIMATE_INTEREST
    )
    assert section.count.text() == "2 addresses"


# --- over a real store


@pytest.fixture
def desk(home: Path) -> Iterator[CopyDesk]:
    with open_copy_desk(home) as opened:
        yield opened


@pytest.fixture
def real(qtbot: QtBot, theme: Theme, desk: CopyDesk) -> Iterator[SettingsPage]:
    program = Program(desk.workspace)
    desk.workspace.store.add_listener(program.changed.emit)
    made = SettingsPage(theme, program)
    qtbot.addWidget(made)
    made.show()
    yield made
    assert program.shut_down()


def test_a_domain_is_tried_added_and_cleared_of_what_was_logged(
    qtbot: QtBot, desk: CopyDesk, real: SettingsPage
) -> None:
    desk.take(letter(subject="To Ada"))
    desk.take(letter("Ada <ada@example.org>", "Lin <lin@example.net>", subject="To both"))
    assert len(desk.timeline("ada@example.org")) == 2
    dialog = adding(real, "example.org")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.verb.click()
    qtbot.waitUntil(lambda: not dialog.view.isHidden(), timeout=10_000)
    assert not desk.workspace.store.never.any(), "the dry run comes first"
    assert dialog._touched is not None
    assert [m.subject for m in dialog._touched.go] == ["To Ada"]
    assert [m.subject for m in dialog._touched.stay] == ["To both"]
    dialog.also.setChecked(True)
    dialog.verb.click()
    (ask,) = dialog.findChildren(ConfirmDialog)
    ask.verb.click()
    qtbot.waitUntil(lambda: "deleted" in dialog.told.text.text(), timeout=10_000)
    assert [e.value for e in desk.workspace.store.never.all()] == ["example.org"]
    assert desk.timeline("ada@example.org") == ()
    assert [m.subject for m in desk.timeline("lin@example.net")] == ["To both"]
    dialog.close()
    section = real.sections["never"]
    assert isinstance(section, NeverSection) and section.counts[False].text() == "1 entry"
    press(real, "Try example.org")
    (trial,) = real.window().findChildren(TrialDialog)
    qtbot.waitUntil(lambda: not trial.view.isHidden(), timeout=10_000)
    assert trial._touched is not None and trial._touched.go == ()
    dialog.deleteLater()


def test_the_switch_and_a_basis_count_at_once(desk: CopyDesk, real: SettingsPage) -> None:
    real.show_section("privacy")
    real.controls["privacy.on"].switch.click()
    desk.take(letter(subject="Without"))
    assert not desk.is_contact("ada@example.org") and len(desk.reviews()) == 1
    press(real, "Add legal bases")
    (dialog,) = real.window().findChildren(BasisDialog)
    dialog.lines.setPlainText("Ada Berg <ada@example.org>")
    dialog.verb.click()
    desk.take(letter(subject="With"))
    assert [m.subject for m in desk.timeline("ada@example.org")] == ["With"]
