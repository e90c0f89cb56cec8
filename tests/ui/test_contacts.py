"""Contacts and their timelines: paging, search, cards, files, what becomes of messages that did not simply go out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.events import Tracking
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.domain.outbox import OutboxState
from app.domain.problems import Problem, ProblemCode
from app.domain.records import RecordKind
from app.domain.views import ContactRow, TimelineAttachment, TimelineNote
from app.ui.contacts import words
from app.ui.contacts.add import AddContactDialog, what_is_missing
from app.ui.contacts.card import MessageCard
from app.ui.contacts.card_notes import LONG_NOTE, ForwardNote
from app.ui.contacts.files import AttachmentFiles, may_open, safe_filename
from app.ui.contacts.page import ContactsPage
from app.ui.kit.html_view import HtmlView
from app.ui.kit.layout import ScrollArea
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip
from app.ui.main_window import MainWindow
from app.ui.records.editors import LineEditor
from tests.ui.support.sample_program import KARIN, LONG_NAME, ME, SampleProgram, message

PNG = files("resources").joinpath("icons", "hitchpost-16.png").read_bytes()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> ContactsPage:
    made = ContactsPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 760)
    made.show()
    return made


def texts(widget: QWidget) -> str:
    shown = [w.text() for w in widget.findChildren(QLabel) if w.isVisibleTo(widget)]
    shown += [w.text() for w in widget.findChildren(QPushButton) if w.isVisibleTo(widget)]
    shown += [w.toPlainText() for w in widget.findChildren(HtmlView) if w.isVisibleTo(widget)]
    return "\n".join(shown)


def press(widget: QWidget, text: str) -> None:
    found = [b for b in widget.findChildren(QPushButton) if text in b.text() and b.isVisibleTo(widget)]
    assert len(found) == 1, [b.text() for b in widget.findChildren(QPushButton)]
    found[0].click()


# --- the table


def test_contacts_are_read_on_demand(page: ContactsPage, program: SampleProgram) -> None:
    program.people = [ContactRow(i, f"Person {i}", f"p{i}@example.com", "", None, 0) for i in range(450)]
    program.calls.clear()
    model = page.model
    model.reload()
    assert model.rowCount() == 200
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
    assert model.rowCount() == 450
    assert program.calls["contact_table"] == 3


def test_search_finds_and_says_when_nobody_matches(qtbot: QtBot, page: ContactsPage) -> None:
    page.search.setText("sofie")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.model.rowCount() == 1
    page.search.setText("nobody at all")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    qtbot.mouseClick(page.clear_button, Qt.MouseButton.LeftButton)
    assert page.model.rowCount() == 5


def test_enter_opens_and_escape_goes_back(qtbot: QtBot, page: ContactsPage) -> None:
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(0))
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert page.showing_record()
    assert page.detail.record_id == 1
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.showing_record()
    assert page.view.currentIndex().row() == 0


def test_adding_a_contact(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    page.add_record()
    dialog = page.findChild(AddContactDialog)
    dialog.address.edit.setText("ada@example")
    dialog.address.edit.editingFinished.emit()
    assert "not complete" in dialog.address.error()
    dialog.verb.click()
    assert program.wished("add_record") == []
    QTest.keyClicks(dialog.address.edit, ".org")
    assert dialog.address.error() == ""
    dialog.name.edit.setText("Ada")
    dialog.company_picker.edit.setText("havn & sø")
    dialog.verb.click()
    assert program.wished("add_record") == [
        (RecordKind.CONTACT, {"name": "Ada", "addresses": ["ada@example.org"], "companies": [2]})
    ]
    assert page.showing_record()
    assert page.detail.name.text() == "Ada"


def test_adding_someone_known_opens_them(page: ContactsPage, program: SampleProgram) -> None:
    page.add_record()
    dialog = page.findChild(AddContactDialog)
    dialog.address.edit.setText("KARIN.lindqvist@example.com")
    dialog.verb.click()
    assert program.wished("add_record") == []
    assert page.detail.record_id == 1


def test_a_change_elsewhere_shows(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    program.people[1] = replace(program.people[1], name="Somebody new")
    program.announce(Area.CONTACTS)
    qtbot.waitUntil(lambda: page.model.line_at(page.model.index(1)).name == "Somebody new")


# --- the timeline


def test_timeline_by_day_with_filters_and_search(qtbot: QtBot, page: ContactsPage) -> None:
    page.open_record(1)
    timeline = page.detail.timeline
    assert [c.message.pk for c in timeline.cards()] == [3, 2, 9, 8]  # at once; then what is below the window
    qtbot.waitUntil(lambda: [c.message.pk for c in timeline.cards()] == [3, 2, 9, 8, 1, 4, 5])
    page.detail.filters.choose("received")
    assert {c.message.direction for c in timeline.cards()} == {"received"}
    page.detail.filters.choose("files")
    assert all(c.message.attachments for c in timeline.cards())
    page.detail.filters.choose("all")
    page.detail.search.setText("permits")
    QTest.keyClick(page.detail.search, Qt.Key.Key_Return)
    assert [c.message.pk for c in timeline.cards()] == [4]
    page.detail.search.setText("no such words")
    QTest.keyClick(page.detail.search, Qt.Key.Key_Return)
    qtbot.mouseClick(timeline.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(timeline.cards()) == 7)


def test_older_messages_come_on_wish(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    program.messages = [
        message(i, program.now - timedelta(hours=i), KARIN, (ME,), f"Subject {i}") for i in range(1, 81)
    ]
    page.open_record(1)
    timeline = page.detail.timeline
    assert len(timeline.cards()) == 4  # what is in view, at once; the rest of the page follows
    first = timeline.cards()[0]
    qtbot.waitUntil(timeline.older_button.isVisible)
    assert len(timeline.cards()) == 30
    qtbot.mouseClick(timeline.older_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(timeline.older_button.isVisible)
    assert len(timeline.cards()) == 60
    assert timeline.cards()[0] is first  # what is shown is not built again
    timeline.show_older()
    qtbot.waitUntil(lambda: len(timeline.cards()) == 80)
    assert [c.message.pk for c in timeline.cards()] == list(range(1, 81))
    qtbot.waitUntil(lambda: timeline.cards()[-1].y() > 0)
    assert [c.y() for c in timeline.cards()] == sorted({c.y() for c in timeline.cards()})
    assert not timeline.older_button.isVisible()


def test_what_changes_while_cards_are_still_coming_is_shown_after_them(
    qtbot: QtBot, page: ContactsPage, program: SampleProgram
) -> None:
    page.open_record(1)
    timeline = page.detail.timeline
    assert timeline.reading_on
    gone = program.messages.pop(0)
    timeline.refresh()
    qtbot.waitUntil(lambda: gone.pk not in [card.message.pk for card in timeline.cards()])
    assert [card.message.pk for card in timeline.cards()] == [m.pk for m in program.messages[:30]]


def test_a_message_is_found_on_an_older_page(page: ContactsPage, program: SampleProgram) -> None:
    program.messages = [
        message(i, program.now - timedelta(hours=i), KARIN, (ME,), f"Subject {i}") for i in range(1, 81)
    ]
    assert page.open_record(1, 70)
    timeline = page.detail.timeline
    card = next(c for c in timeline.cards() if c.message.pk == 70)
    assert card.property("current") == "true"


def test_only_changed_cards_are_built_again(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    page.open_record(1)
    qtbot.waitUntil(lambda: len(page.detail.timeline.cards()) == 7)
    before = {c.message.pk: c for c in page.detail.timeline.cards()}
    program.messages[1] = replace(program.messages[1], opens=4)
    program.messages.insert(0, message(30, program.now, KARIN, (ME,), "New"))
    program.announce(Area.MESSAGES)
    qtbot.waitUntil(lambda: len(page.detail.timeline.cards()) == 8)
    after = {c.message.pk: c for c in page.detail.timeline.cards()}
    assert after[2] is not before[2]
    assert "Opened 4 times" in texts(after[2])
    assert all(after[pk] is before[pk] for pk in before if pk != 2)


def test_unknown_outcome_is_settled_by_the_user(page: ContactsPage, program: SampleProgram) -> None:
    page.open_record(1)
    card = next(c for c in page.detail.timeline.cards() if c.message.pk == 9)
    assert [chip.text() for chip in card.findChildren(Chip)] == ["Perhaps sent"]
    press(card, "It went out")
    assert program.wished("settle_unknown") == [(7, True, 0)]
    press(card, "Send again")
    assert program.wished("settle_unknown")[-1] == (7, False, 0)


def test_a_refused_message_can_be_mended(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    page.open_record(1)
    card = next(c for c in page.detail.timeline.cards() if c.message.pk == 8)
    press(card, "Try again")
    assert program.wished("retry") == [(6,)]
    with qtbot.waitSignal(page.draft_requested) as asked:
        press(card, "Edit")
    assert asked.args == [6]


def test_reply_and_write(qtbot: QtBot, page: ContactsPage) -> None:
    page.open_record(1)
    card = page.detail.timeline.cards()[0]
    with qtbot.waitSignal(page.compose_requested) as asked:
        qtbot.mouseClick(card.reply_button, Qt.MouseButton.LeftButton)
    assert asked.args[0] == (KARIN,)
    assert asked.args[1].pk == 3
    with qtbot.waitSignal(page.compose_requested) as asked:
        qtbot.mouseClick(page.detail.write_button, Qt.MouseButton.LeftButton)
    assert asked.args[0][0].addr_spec == KARIN.addr_spec
    assert asked.args[1] is None


def card_of(qtbot: QtBot, theme: Theme, **more: object) -> MessageCard:
    program = SampleProgram()
    sender = more.pop("sender", ME)
    assert isinstance(sender, Address)
    shown = replace(message(1, program.now, sender, (KARIN,), "Subject", text=str(more.pop("text", "Hello."))), **more)
    made = MessageCard(theme, shown, lambda _file: b"")
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    return made


def test_ctrl_r_answers_the_message_at_hand(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    program.messages.insert(0, message(30, program.now, KARIN, (ME,), "Newest"))
    page.open_record(1)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    cards = {c.message.pk: c for c in page.detail.timeline.cards()}
    for focus, wanted in ((page.detail.write_button, 30), (cards[3].reply_button, 3)):
        focus.setFocus()
        with qtbot.waitSignal(page.compose_requested) as asked:
            QTest.keyClick(focus, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
        assert asked.args[1].pk == wanted


def test_who_was_refused_is_named(qtbot: QtBot, theme: Theme) -> None:
    other = Address("nils@example.com", "Nils")
    card = card_of(
        qtbot,
        theme,
        sender=ME,
        direction="sent",
        to=(KARIN, other),
        outbox_id=5,
        outbox_state=OutboxState.PARTLY,
        refused=("nils@example.com",),
        problem=Problem(ProblemCode.RECIPIENT_REFUSED, "mail.example.org", 587, "550 5.1.1 no such user"),
    )
    assert "It did not go out to nils@example.com" in texts(card)
    press(card, "Send again to nils@example.com")


def test_an_address_that_is_not_the_contacts_is_shown(qtbot: QtBot, theme: Theme) -> None:
    private = Address("karin@example.net", "Karin L")
    assert "karin@example.net" in texts(card_of(qtbot, theme, sender=private, known={}))
    known = card_of(qtbot, theme, sender=private, known={"karin@example.net": "Karin Lindqvist"})
    assert "karin@example.net" not in texts(known)
    assert "Karin Lindqvist" in texts(known)


def test_who_may_not_be_named_is_counted(program: SampleProgram) -> None:
    gone, both = Address("", ""), Address("bo@example.net", "Bo")
    for people, said in (
        ((gone, both, gone), "You to Bo and 2 more"),
        ((both, gone), "You to Bo and 1 more"),
        ((gone,), "You to somebody whose name is not kept"),
        ((gone, gone), "You to 2 people whose names are not kept"),
    ):
        assert words.title(replace(message(1, program.now, ME, people, "Subject"), known={})) == said
    received = replace(message(1, program.now, gone, (ME,), "Subject"), direction="received", known={})
    assert words.title(received) == "Somebody whose name is not kept"


def test_a_foot_says_nothing_twice(theme: Theme, program: SampleProgram) -> None:
    sent = message(1, program.now, ME, (KARIN,), "Subject", match_reason="Sent from Hitchpost")
    assert words.foot(sent) == "Sent from Hitchpost"
    for by, why, said in (
        ("reply", "joined by In-Reply-To", "Logged as a reply"),
        ("contact", "mail with a known contact", "Logged as mail with a contact"),
        ("reply", "a delivery report", "Logged as a reply · a delivery report"),
    ):
        assert words.foot(replace(sent, logged_by=by, match_reason=why)) == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [("ada", "no @"), ("@example.com", "before the @"), ("ada@", "after the @"), ("ada@example", "ends as"),
     ("a b@example.com", "without spaces"), ("ada@-x.example", "not an address")],
)  # fmt: skip
def test_what_an_address_lacks_is_said(typed: str, said: str) -> None:
    assert said in what_is_missing(typed)


def test_a_picture_in_the_text_is_shown_there_and_not_listed(qtbot: QtBot, theme: Theme) -> None:
    logo = TimelineAttachment("logo.png", "image/png", 900, "0" * 64, "logo@example.com")
    other = TimelineAttachment("plan.png", "image/png", 900, "1" * 64)
    asked: list[TimelineAttachment] = []

    def read(file: TimelineAttachment) -> bytes:
        asked.append(file)
        return PNG

    made = MessageCard(
        theme,
        message(
            1,
            SampleProgram().now,
            KARIN,
            (ME,),
            "Subject",
            html='<p>Hi <img src="cid:logo@example.com" alt="Our logo"><img src="https://example.net/spy.png" alt="spy"></p>',
            attachments=(logo, other),
            quoted_lines=0,
        ),
        read,
    )
    qtbot.addWidget(made)
    made.show()
    assert asked == [logo]
    view = made.findChild(HtmlView)
    assert "cid:logo@example.com" in view.toHtml() and "spy.png" not in view.toHtml()
    names = [b.accessibleName() for b in made.findChildren(QAbstractButton)]
    assert any("plan.png" in n for n in names) and not any("logo.png" in n for n in names)


def test_a_note_above_a_forward_stands_apart_and_is_folded_when_long(qtbot: QtBot, theme: Theme) -> None:
    at = SampleProgram().now
    notes = (TimelineNote("Jonas Ahl", at, "Call <b>him</b>"), TimelineNote("", at, "long " * 400))
    made = card_of(qtbot, theme, notes=notes, text="The message itself", visible_text="The message itself")
    short, long = made.findChildren(ForwardNote)
    assert "Jonas Ahl wrote this when forwarding it" in texts(short) and "Call <b>him</b>" in texts(short)
    assert "Somebody wrote this" in texts(long) and "The message itself" not in texts(short)
    assert short.fold.isHidden() and len(long.text.text()) < LONG_NOTE + 3
    long.fold.click()
    assert long.text.text() == "long " * 400 and long.fold.accessibleName() == "Show less"
    assert short.accessibleName() == "Note above the forwarded message: Call <b>him</b>"


def test_a_card_says_that_files_were_not_kept(qtbot: QtBot, theme: Theme) -> None:
    said = {
        FilesLeftOut(WhyLeftOut.OVER_LIMIT, 3): "3 files were not kept: together they are larger than 50 MB.",
        FilesLeftOut(WhyLeftOut.OVER_LIMIT, 1): "1 file was not kept: it is larger than 50 MB.",
        FilesLeftOut(WhyLeftOut.OVER_LIMIT): "Its files were not kept: together they are larger than 50 MB.",
        FilesLeftOut(WhyLeftOut.LARGE_MESSAGE, 2): "2 files were not kept: the message has 50 MB or more.",
        FilesLeftOut(WhyLeftOut.SWITCHED_OFF, 1): "1 file was not kept: logging of attachments was switched off.",
        FilesLeftOut(WhyLeftOut.REMOVED, 1): "1 file was not kept: it is a message that was removed for good.",
    }
    for left_out, sentence in said.items():
        assert sentence in texts(card_of(qtbot, theme, left_out=left_out))
    assert {one.why for one in said} == set(WhyLeftOut)
    assert "not kept" not in texts(card_of(qtbot, theme))


def test_a_card_says_of_whom_unsubscribed_that_they_want_mail_again(qtbot: QtBot, theme: Theme) -> None:
    assert "Unsubscribed" in texts_of_chips(card_of(qtbot, theme, unsubscribed=True))
    assert "Had unsubscribed" in texts_of_chips(card_of(qtbot, theme, unsubscribed=True, wants_mail=True))


def texts_of_chips(card: MessageCard) -> list[str]:
    return [chip.accessibleName() for chip in card.findChildren(Chip)]


def test_quoted_text_is_folded(qtbot: QtBot, theme: Theme) -> None:
    card = card_of(qtbot, theme, text="New words\n> old words", visible_text="New words", quoted_lines=1, html="")
    assert "old words" not in texts(card)
    press(card, "Show quoted text (1 line)")
    assert "old words" in texts(card)
    press(card, "Hide quoted text")
    assert "old words" not in texts(card)


def test_a_formatted_answer_keeps_its_format_and_folds_its_quotation(qtbot: QtBot, theme: Theme) -> None:
    html = (
        '<p>Take <b>this</b> one</p><div class="gmail_quote">On 5 May 2025 Jo wrote:<blockquote>old</blockquote></div>'
    )
    card = card_of(qtbot, theme, html=html, text="Take this one\n> old", visible_text="Take this one", quoted_lines=2)
    view = card.findChild(HtmlView)
    assert view.toPlainText().strip() == "Take this one"
    assert "font-weight:700" in view.toHtml()
    press(card, "Show quoted text (2 lines)")
    assert "old" in texts(card)
    press(card, "Hide quoted text")
    assert "old" not in texts(card)


def test_a_quotation_that_the_markup_hides_is_folded_as_text(qtbot: QtBot, theme: Theme) -> None:
    html = "<p>New words</p><p>&gt; old words</p>"
    card = card_of(qtbot, theme, html=html, text="New words\n> old words", visible_text="New words", quoted_lines=1)
    assert "old words" not in texts(card)


def test_a_very_long_message_is_cut_until_asked(qtbot: QtBot, theme: Theme) -> None:
    card = card_of(qtbot, theme, text="word " * 4_000 + "the end")
    assert "the end" not in texts(card)
    press(card, "Show the whole message")
    assert "the end" in texts(card)


def test_mail_is_text_not_markup(qtbot: QtBot, theme: Theme) -> None:
    card = card_of(qtbot, theme, text="<b>bold</b> <img src='https://example.com/x.png'>")
    assert "<b>bold</b>" in texts(card)


def test_html_mail_is_sanitised(qtbot: QtBot, theme: Theme) -> None:
    card = card_of(qtbot, theme, html="<p>Seen</p><script>alert(1)</script><style>p{}</style><form>f</form>")
    assert "Seen" in texts(card)
    assert "alert" not in texts(card)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tracking": Tracking.OFF}, "No tracking data: sent without tracking"),
        ({"tracking": Tracking.UNAVAILABLE}, "No tracking data: tracking was unavailable"),
        ({"logged_by": "bcc"}, "No tracking data: logged by BCC"),
        ({"tracking": Tracking.ON, "opens": 0, "clicks": 0}, "Not opened yet"),
        ({"tracking": Tracking.ON, "opens": 1, "clicks": 1}, "Opened once"),
    ],
)
def test_counters_never_claim_zero(qtbot: QtBot, theme: Theme, more: dict[str, object], said: str) -> None:
    assert said in texts(card_of(qtbot, theme, **more))


def test_every_outgoing_state_is_explained() -> None:
    assert set(words.STATES) == set(OutboxState) - {OutboxState.SENT, OutboxState.DRAFT, OutboxState.DISCARDED}


# --- files


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.txt", "evil.txt"),
        ("in\u202evoice_fdp.exe", "in_voice_fdp.exe"),
        (".bashrc", "bashrc"),
        ("", "attachment"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("line\nbreak.txt", "line_break.txt"),
    ],
)
def test_names_of_files_are_made_safe(given: str, safe: str) -> None:
    assert safe_filename(given) == safe
    assert len(safe_filename(given)) <= 120


@pytest.mark.parametrize("name", ["setup.exe", "x.PDF.lnk", "a.desktop", "run.sh", "m.docm.js"])
def test_what_would_run_is_not_opened(name: str) -> None:
    assert not may_open(name)
    assert may_open("plan.pdf")


def test_a_file_is_opened_as_a_copy(
    qtbot: QtBot, page: ContactsPage, program: SampleProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tmp_path / ("ab" * 32)
    stored.write_bytes(b"terms")
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    page.open_record(1)
    card = page.detail.timeline.cards()[0]
    card.file_open_requested.emit(card.message.attachments[0])
    path = Path(opened[0].toLocalFile())
    assert path.name == "Delivery terms 2026.pdf"
    assert path.read_bytes() == b"terms"
    assert path != stored


def test_a_program_from_mail_is_only_saved(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: Theme
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    files = AttachmentFiles(parent)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: pytest.fail("opened"))
    stored = tmp_path / "x"
    stored.write_bytes(b"MZ")
    files.open(stored, "setup.exe")
    dialog = parent.findChild(QFileDialog)
    assert dialog is not None
    dialog.reject()


def test_saving_tells_what_went_wrong(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    files = AttachmentFiles(parent)
    stored = tmp_path / "x"
    stored.write_bytes(b"terms")
    assert files.save_as(stored, tmp_path / "kept.pdf")
    assert (tmp_path / "kept.pdf").read_bytes() == b"terms"
    with qtbot.waitSignal(files.failed) as told:
        assert not files.save_as(stored, tmp_path / "no" / "such" / "folder.pdf")
    assert "Choose another folder" in told.args[1]


# --- about


def test_about_is_edited_in_place(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    page.open_record(1)
    about = page.detail.about
    about.field("name").edit()
    editor = about.field("name").editor
    assert isinstance(editor, LineEditor)
    editor.edit.setText("Karin L.")
    program.announce(Area.CONTACTS)  # a change from elsewhere does not take away what is being typed
    qtbot.wait(120)
    assert about.editing
    assert editor.edit.text() == "Karin L."
    QTest.keyClick(editor.edit, Qt.Key.Key_Return)
    assert program.wished("edit_record") == [(RecordKind.CONTACT, 1, {"name": "Karin L."})]
    qtbot.waitUntil(lambda: page.detail.name.text() == "Karin L.")
    assert about.field("name").isAncestorOf(page.window().focusWidget())
    QTest.keyClick(page.window().focusWidget(), Qt.Key.Key_F2)
    again = about.field("name").editor
    assert isinstance(again, LineEditor)
    QTest.keyClicks(again.edit, "Nobody")
    QTest.keyClick(again.edit, Qt.Key.Key_Escape)
    assert not about.editing
    assert page.showing_record()
    assert len(program.wished("edit_record")) == 1


def test_a_narrow_window_shows_about_on_wish(qtbot: QtBot, page: ContactsPage) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    page.setParent(frame)
    page.setGeometry(0, 0, 1056, 700)
    frame.show()
    page.show()
    page.open_record(1)
    assert page.detail.about.isVisible()
    page.setGeometry(0, 0, 640, 700)
    assert not page.detail.about.isVisible()
    assert page.detail.about_button.isVisible()
    page.detail.about_button.setChecked(True)
    assert page.detail.about.isVisible()
    assert not page.detail.timeline.isVisible()
    page.setParent(None)  # the page outlives the frame


@pytest.mark.parametrize(("width", "scale", "beside"), [(1000, 1.0, False), (1000, 1.25, False), (1090, 1.0, True)])
def test_no_card_is_wider_than_a_narrow_window(
    qtbot: QtBot, qapp: QApplication, program: SampleProgram, same_look: None, width: int, scale: float, beside: bool
) -> None:
    her = replace(KARIN, display_name=LONG_NAME)
    subject = "Re: " + "a very long subject that goes on and on " * 5
    company = "Transcontinental Freight and Haulage Ltd"
    file = TimelineAttachment("a-file-with-a-very-long-name-" * 5 + ".pdf", "application/pdf", 12_345_678, "ab")
    shared = {"companies": (company,), "deals": ("A deal with a rather long name, too",), "attachments": (file,)}
    refused = "a-rather-long-address.of.someone@subdomain.example.org"
    counted = {"opens": 1200, "clicks": 340, "last_event_at": program.now, "thread_messages": 1234}
    stuck = {"outbox_id": 5, "refused": (refused,), "problem": Problem(ProblemCode.CONNECTION_REFUSED)}
    states = (OutboxState.FAILED, OutboxState.PARTLY, OutboxState.UNKNOWN, OutboxState.QUEUED)
    program.messages = [
        message(90, program.now, ME, (her,), subject, **counted, **shared),
        message(91, program.now, her, (ME,), subject, kind="auto_reply", changed_subject=True, **shared),
        message(92, program.now, her, (ME,), subject, match_reason="Answers " + "a long reason " * 9, **shared),
        *(message(93 + i, program.now, ME, (her,), subject, outbox_state=s, **stuck) for i, s in enumerate(states)),
    ]
    window = MainWindow(Theme(qapp, "light", scale), program)
    qtbot.addWidget(window)
    window.resize(width, 780)
    window.show()
    window.show_page("contacts")
    window.contacts.open_record(1)
    detail = window.contacts.detail
    assert (detail.about.isVisible(), detail.about_button.isVisible()) == (beside, not beside)
    area = detail.timeline.findChild(ScrollArea)
    qtbot.waitUntil(lambda: area.widget().height() > area.viewport().height())
    assert detail.width() <= window.width() - window.navigation.width()
    assert area.viewport().mapTo(detail, area.viewport().rect().topRight()).x() < detail.width()
    assert area.widget().width() <= area.viewport().width()
    for card in detail.timeline.cards():
        assert card.minimumSizeHint().width() <= card.width(), card.message.pk
        for part in card.findChildren(QWidget):
            if part.isVisible() and not isinstance(part.window(), QMenu):
                assert card.rect().right() >= part.mapTo(card, part.rect().topRight()).x(), (card.message.pk, part)


def test_a_contact_that_vanished(page: ContactsPage) -> None:
    assert not page.open_record(999)


def test_very_many_messages_are_counted_at_least(page: ContactsPage, program: SampleProgram) -> None:
    program.card_extra = {"sent": 2_311, "received": 2_689, "with_files": 120, "counted": 5_000}
    page.open_record(1)
    pill = page.detail.filters.pill("sent")
    assert pill.text() == "Sent 2,311+"
    assert pill.toolTip() == "So many among the newest 5,000 messages"
    program.card_extra = {}
    page.detail.refresh()
    assert (pill.text(), pill.toolTip()) == ("Sent 9", "")


def test_a_reply_is_parted_from_its_forward_and_that_is_taken_back(
    page: ContactsPage, program: SampleProgram, qtbot: QtBot
) -> None:
    first = next(m for m in program.messages if m.direction == "received")
    program.messages = [replace(m, joined=m.pk == first.pk) for m in program.messages]
    page.open_record(1)
    timeline = page.detail.timeline
    part = next(b for b in timeline.findChildren(QPushButton) if b.text() == "Part from its forward")
    part.click()
    assert program.wished("part_message") == [(first.pk,)]
    assert page.toast.text.text() == "The message and its forward are two again"
    qtbot.waitUntil(lambda: not timeline._cards[first.pk].message.joined)
    links = [b.text() for b in timeline._cards[first.pk].findChildren(QPushButton)]
    assert "Why here?" in links and "Part from its forward" not in links
    page.toast.undo()
    assert program.wished("join_message") == [(first.pk, 990)]


def test_tab_goes_down_the_messages_also_where_one_came_later(
    page: ContactsPage, program: SampleProgram, qtbot: QtBot
) -> None:
    page.activateWindow()
    page.open_record(1)
    timeline = page.detail.timeline
    qtbot.waitUntil(lambda: not timeline._go_on.isActive())
    newest = program.messages[0]
    program.messages = [
        replace(newest, pk=901, message_id="901@example.com", date=newest.date + timedelta(minutes=5)),
        *program.messages,
    ]
    timeline.refresh()
    qtbot.waitUntil(lambda: len(timeline._cards) == len(program.messages) and not timeline._go_on.isActive())
    cards = [timeline._cards[m.pk] for m in timeline._messages]
    assert cards[0].message.pk == 901
    page.detail.timeline.setFocus()
    cards[0].findChild(QPushButton, options=Qt.FindChildOption.FindChildrenRecursively).setFocus()
    seen: list[int | None] = [0]
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        inside = next((n for n, c in enumerate(cards) if c.isAncestorOf(QApplication.focusWidget())), None)
        if seen[-1] != inside:  # None: somewhere else on the page
            seen.append(inside)
        if inside == 2:
            break
    assert seen == [0, 1, 2]
    about = page.detail.about  # it stands at the right of all cards, so it comes after them
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if about.isAncestorOf(QApplication.focusWidget()):
            break
        now = next((n for n, c in enumerate(cards) if c.isAncestorOf(QApplication.focusWidget())), None)
        if now is not None and now != seen[-1]:
            seen.append(now)
    assert seen == list(range(len(cards)))
