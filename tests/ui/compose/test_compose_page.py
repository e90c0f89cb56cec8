"""Writing, drafts, sending, undo: the page as a person uses it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit

from app.domain.changes import Area, Change
from app.domain.errors import DiskFull, UsageError
from app.domain.outbox import OutboxState
from app.ui.compose.compose_page import ComposePage
from app.ui.compose.link_dialog import LinkDialog, complete_link
from app.ui.compose.preflight_panel import PreflightDialog
from app.ui.compose.time_dialog import TimeDialog
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from tests.ui.compose.stand_in import ANDERS, KARIN, LONG, ComposeProgram, TrackingStatus, received
from tests.ui.support.clipping import clipped


def last(program: ComposeProgram):
    return list(program.kept.values())[-1]


def write(qtbot, page: ComposePage, text: str = "Hi Karin") -> None:
    page.start(to=(KARIN,))
    qtbot.keyClicks(page.writing.head.subject, "Quote")
    qtbot.keyClicks(page.writing.editor, text)


def test_a_message_goes_out_as_it_was_written(qtbot, page, program):
    write(qtbot, page, "See https://example.com/plan")
    page.writing.bar.track.click()
    with qtbot.waitSignal(page.sent) as told:
        page.writing.bar.send.click()
    draft = program.kept[told.args[0]].draft
    assert draft.to == (KARIN,)
    assert draft.subject == "Quote"
    assert draft.text == "See https://example.com/plan"
    assert '<a href="https://example.com/plan">' in draft.html
    assert (draft.log, draft.track, draft.send_at, draft.parent_message_id) == (True, False, None, "")
    assert draft.inbox_id == 1


def test_ctrl_enter_sends(qtbot, page, program):
    write(qtbot, page)
    page.writing.editor.setFocus()
    with qtbot.waitSignal(page.sent):
        qtbot.keyClick(page.writing.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_typed_but_unfinished_recipients_are_taken_along(qtbot, page, program):
    page.start()
    qtbot.keyClicks(page.writing.head.to.edit, "new@example.net")
    qtbot.keyClicks(page.writing.head.subject, "Hello")
    page.writing.editor.setPlainText("Hello")
    page.send()
    assert [a.addr_spec for a in last(program).draft.to] == ["new@example.net"]


def test_without_recipients_it_says_so_beside_the_field(page, program):
    page.start()
    page.send()
    assert page.writing.head.to_row.error() == "Add at least one recipient."
    assert page.writing.head.to.edit.hasFocus()
    assert program.kept == {}


def test_an_address_that_is_not_complete_stops_it(qtbot, page, program):
    page.start(to=(KARIN,))
    page.writing.head.show_more(cc=True, bcc=False)
    qtbot.keyClicks(page.writing.head.cc.edit, "bob")
    page.send()
    assert "bob is not complete" in page.writing.head.cc_row.error()
    assert all(m.state is OutboxState.DRAFT for m in program.kept.values())


def test_an_empty_subject_asks_once(qtbot, page, program):
    page.start(to=(KARIN,))
    qtbot.keyClicks(page.writing.editor, "Hi")
    page.send()
    assert page.writing.notes.no_subject.isVisible()
    assert page.stack.currentWidget() is page.writing
    qtbot.keyClicks(page.writing.head.subject, "Q")
    assert not page.writing.notes.no_subject.isVisible()
    page.writing.head.subject.clear()
    with qtbot.waitSignal(page.sent):
        page.send()
    assert last(program).draft.subject == ""


def test_a_refused_message_stays_with_the_reason(qtbot, page, program):
    write(qtbot, page)
    program.refuse = UsageError("The inbox is disabled. Choose another sender.")
    page.send()
    assert page.writing.notes.trouble.text.text() == "The inbox is disabled. Choose another sender."
    assert page.stack.currentWidget() is page.writing
    assert page.draft().text == "Hi Karin"


def test_after_sending_the_page_is_empty_and_what_is_taken_back_comes_again(qtbot, page, program):
    write(qtbot, page)
    with qtbot.waitSignal(page.sent) as told:
        page.send()
    assert page.writing.is_empty()
    assert last(program).state is OutboxState.QUEUED
    assert program.undo_send(told.args[0])
    page.start(outbox_id=told.args[0])
    assert page.draft().text == "Hi Karin"
    page.send()
    assert len(program.kept) == 1


def test_coming_back_goes_on_with_what_was_being_written(qtbot, page, program):
    write(qtbot, page)
    page.hide()
    page.show()
    page.start()
    assert page.draft().text == "Hi Karin"
    assert page.writing.another.isVisible()
    page.writing.another.click()
    assert page.writing.is_empty()
    assert not page.writing.another.isVisible()
    assert len(program.drafts()) == 1


def test_the_menu_offers_later_times_and_they_are_kept(qtbot, page, program):
    write(qtbot, page)
    page.writing.bar.menu.aboutToShow.emit()
    entries = [a for a in page.writing.bar.menu.actions() if a.text()]
    assert entries[0].text().startswith("In an hour, ")
    assert entries[-1].text() == "Choose a time…"
    entries[1].trigger()
    draft = last(program).draft
    assert draft.send_at is not None
    assert draft.send_at.astimezone().hour == 8
    program.undo_send(last(program).id)
    page.start(outbox_id=last(program).id)
    page.send()
    assert last(program).draft.send_at is None


def test_a_time_of_ones_own(qtbot, page, program):
    write(qtbot, page)
    page.writing.bar.menu.aboutToShow.emit()
    page.writing.bar.menu.actions()[-1].trigger()
    dialog = page.findChild(TimeDialog)
    dialog.day.setCurrentIndex(3)
    dialog.clock.setText("25:00")
    assert not dialog.verb.isEnabled()
    dialog.clock.setText("9:30")
    dialog.verb.click()
    at = last(program).draft.send_at.astimezone()
    assert (at.hour, at.minute) == (9, 30)
    assert (at.date() - datetime.now().astimezone().date()).days == 3


def test_a_time_that_is_over_cannot_be_chosen(qtbot, theme, page):
    dialog = TimeDialog(theme, page, datetime.now(UTC) + timedelta(hours=2))
    qtbot.addWidget(dialog)
    dialog.day.setCurrentIndex(0)
    dialog.clock.setText("00:00")
    assert not dialog.verb.isEnabled()
    assert dialog.words.text() == "This time is over."
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)


def test_drafts_save_themselves_and_come_back(qtbot, page, program, tmp_path):
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"x" * 2000)
    write(qtbot, page)
    page.writing.attach([str(file)])
    page.writing.head.show_more(cc=True, bcc=False)
    page.writing.head.cc.add_addresses([ANDERS])
    page.writing.bar.log.click()
    qtbot.waitUntil(lambda: len(program.drafts()) == 1, timeout=5000)
    assert page.writing.bar.state.text().startswith("Draft saved ")
    kept = page.draft()
    page.start_another()
    assert page.writing.is_empty()
    assert page.writing.drafts.isVisible()
    page.start(outbox_id=program.drafts()[0].id)
    assert page.draft() == kept
    assert [f.filename for f in page.writing.files.files()] == ["plan.pdf"]
    assert not page.writing.drafts.isVisible()


def test_who_types_on_without_a_pause_is_saved_too(qtbot, page, program):
    page.start(to=(KARIN,))
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while not program.drafts() and datetime.now(UTC) < deadline:
        qtbot.keyClicks(page.writing.editor, "word ", delay=20)
    assert len(program.drafts()) == 1


def test_leaving_the_page_saves(qtbot, page, program):
    write(qtbot, page)
    with qtbot.waitSignal(page.finished):
        qtbot.keyClick(page.writing.head.subject, Qt.Key.Key_Escape)
    assert len(program.drafts()) == 1
    page.start()
    assert page.writing.is_empty()
    page.start(outbox_id=program.drafts()[0].id)
    qtbot.keyClicks(page.writing.editor, " and more")
    page.hide()
    assert "and more" in last(program).draft.text
    assert len(program.drafts()) == 1


def test_nothing_written_leaves_no_draft(qtbot, page, program):
    page.start()
    page.hide()
    page.start(to=())
    assert program.kept == {}


def test_discarding_asks_when_something_would_be_lost(qtbot, page, program):
    page.start()
    with qtbot.waitSignal(page.finished):
        page.writing.bar.discard.click()
    write(qtbot, page)
    page.save()
    page.writing.bar.discard.click()
    dialog = page.findChild(ConfirmDialog)
    assert program.drafts() != ()
    with qtbot.waitSignal(page.finished):
        dialog.verb.click()
    assert program.drafts() == ()
    assert page.writing.is_empty()


def test_the_menu_of_drafts_opens_one(qtbot, page, program):
    write(qtbot, page)
    page.start_another()
    page.writing.drafts_menu.aboutToShow.emit()
    actions = page.writing.drafts_menu.actions()
    assert [a.text() for a in actions] == ["Quote · to Karin Lindqvist"]
    actions[0].trigger()
    assert page.writing.head.subject.text() == "Quote"


def test_a_reply_quotes_names_its_parent_and_goes_to_the_sender(qtbot, page, program):
    parent = received(html='<p>Can you?<img src="https://t.example.org/o/1.gif" width="1" height="1"></p>')
    page.start(parent=parent)
    assert page.writing.title.text() == "Reply"
    assert page.writing.head.subject.text() == "Re: Quote 4410"
    assert page.writing.editor.hasFocus()
    qtbot.keyClicks(page.writing.editor, "Yes.")
    draft = page.draft()
    assert draft.to == (KARIN,)
    assert draft.parent_message_id == "answer-5@example.com"
    assert "t.example.org" not in draft.html
    assert "Can you?" in draft.html
    assert draft.text.startswith("Yes.\n\nOn ")
    assert "\n> Can you" in draft.text


def test_reply_to_all_adds_the_others(qtbot, page):
    page.start(parent=received())
    assert page.writing.head.all_button.text() == "Reply to all (+1)"
    page.writing.head.all_button.click()
    assert page.writing.head.cc.addresses() == (ANDERS,)
    assert not page.writing.head.all_button.isVisible()


def test_a_reply_to_strangers_offers_a_fresh_message(qtbot, page):
    page.start(parent=received())
    qtbot.keyClicks(page.writing.editor, "Hello")
    assert not page.writing.notes.apart.isVisible()
    page.writing.head.to.set_addresses(())
    page.writing.head.to.add_addresses([LONG])
    assert page.writing.notes.apart.isVisible()
    page.writing.notes.fresh.click()
    draft = page.draft()
    assert draft.parent_message_id == ""
    assert draft.subject == ""
    assert draft.to == (LONG,)
    assert draft.text == "Hello"
    assert not page.writing.notes.apart.isVisible()


def test_the_quote_can_be_left_out_or_edited(qtbot, page):
    page.start(parent=received())
    page.writing.quote.fold.click()
    assert page.writing.quote.area.isVisible()
    page.writing.quote.take.click()
    assert not page.writing.quote.isVisible()
    assert "> Can you move the start to Monday?" in page.draft().text
    page.start(parent=received())
    page.writing.quote.drop.click()
    assert "Monday" not in page.draft().html


def test_a_draft_of_a_reply_keeps_its_quote_apart(qtbot, page, program):
    page.start(parent=received())
    qtbot.keyClicks(page.writing.editor, "Yes.")
    page.save()
    kept = page.draft()
    page.start_another()
    page.start(outbox_id=program.drafts()[0].id)
    assert page.writing.quote.isVisible()
    assert "Monday" not in page.writing.editor.toPlainText()
    assert page.draft().html == kept.html
    assert page.draft().parent_message_id == kept.parent_message_id


def test_files_by_dropping_and_one_that_cannot_be_read(qtbot, page, program, tmp_path):
    page.start(to=(KARIN,))
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"x" * 2000)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)), QUrl.fromLocalFile(str(tmp_path / "gone.pdf"))])
    how = (data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    page.writing.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, *how))
    assert [f.filename for f in page.writing.files.files()] == ["plan.pdf"]
    assert "gone.pdf cannot be read" in page.writing.notes.trouble.text.text()
    page.writing.attach([str(file)])
    assert len(page.writing.files.files()) == 1
    next(b for b in page.writing.files.findChildren(QAbstractButton)).click()
    assert page.writing.files.files() == ()
    assert not page.writing.files.isVisible()


def test_a_pasted_picture_goes_and_comes_back_by_its_id(qtbot, page, program):
    write(qtbot, page)
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    data = QMimeData()
    data.setImageData(image)
    page.writing.editor.insertFromMimeData(data)
    page.save()
    draft = page.draft()
    assert len(draft.attachments) == 1
    assert f'src="cid:{draft.attachments[0].content_id}"' in draft.html
    assert page.writing.files.files() == ()
    page.start_another()
    page.start(outbox_id=program.drafts()[0].id)
    assert page.draft() == draft
    page.writing.editor.selectAll()
    qtbot.keyClick(page.writing.editor, Qt.Key.Key_Delete)
    assert page.draft().attachments == ()


def test_the_panel_follows_what_is_written(qtbot, page, program):
    page.start(to=(KARIN, ANDERS))
    qtbot.keyClicks(page.writing.editor, "https://example.com/a https://example.com/b ")
    qtbot.waitUntil(lambda: "2 links will be counted" in [f.title for f in page.writing.panel.facts()], timeout=3000)
    program.tracking = TrackingStatus(available=False, text="No tracking server answers.")
    program.changed.emit(Change(frozenset({Area.SETTINGS})))
    qtbot.waitUntil(lambda: page.writing.panel.facts()[0].title == "Tracking unavailable", timeout=3000)


def test_the_defaults_come_from_the_settings(page, program):
    program.values.update(log_default=False, track_default=False, default_font="Georgia", default_font_size=12)
    page.start()
    assert not page.writing.bar.log.isChecked()
    assert not page.writing.bar.track.isChecked()
    assert page.writing.format.family.currentText() == "Georgia"
    assert page.writing.format.points.currentText() == "12"
    assert page.draft().html.startswith('<div style="font-family:Georgia, serif;font-size:12pt">')


def test_without_an_inbox_it_leads_to_connecting_one(qtbot, theme, tmp_path):
    program = ComposeProgram(tmp_path, inboxes=False)
    page = ComposePage(theme, program, None)
    qtbot.addWidget(page)
    page.show()
    page.start()
    assert page.stack.currentWidget() is page.empty
    with qtbot.waitSignal(page.connect_requested):
        next(b for b in page.empty.findChildren(QAbstractButton)).click()
    program.sender_list = ComposeProgram(tmp_path).sender_list
    program.changed.emit(Change(frozenset({Area.INBOXES})))
    assert page.stack.currentWidget() is page.writing


def test_formatting_keys(qtbot, page):
    page.start(to=(KARIN,))
    editor = page.writing.editor
    editor.setFocus()
    qtbot.keyClicks(editor, "a ")
    qtbot.keyClick(editor, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert page.writing.format.bold.isChecked()
    qtbot.keyClicks(editor, "b")
    qtbot.keyClick(editor, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(editor, " c")
    assert "a <b>b</b> c" in page.draft().html


def test_the_link_dialog_completes_addresses(qtbot, page):
    write(qtbot, page)
    page.writing.editor.selectAll()
    page.writing.format.link.click()
    dialog = page.findChild(LinkDialog)
    assert dialog.shown.text() == "Hi Karin"
    dialog.href.setText("not an address")
    dialog.verb.click()
    assert dialog.isVisible()
    assert dialog.href_field.error()
    dialog.href.setText("example.com/plan")
    dialog.verb.click()
    assert '<a href="https://example.com/plan">Hi Karin</a>' in page.draft().html


@pytest.mark.parametrize(
    ("typed", "complete"),
    [
        (" https://example.com/a?b=c#d ", "https://example.com/a?b=c#d"),
        ("example.com", "https://example.com"),
        ("karin@example.com", "mailto:karin@example.com"),
        ("mailto:karin@example.com?subject=x", "mailto:karin@example.com?subject=x"),
        ("http://localhost:8000/x", "http://localhost:8000/x"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("word", ""),
        ("https://", ""),
    ],
)
def test_addresses_of_links(typed, complete):
    assert complete_link(typed) == complete


def test_everything_that_takes_keys_has_a_name(page):
    page.start(to=(KARIN,))
    for kind in (QAbstractButton, QLineEdit, QComboBox):
        for widget in page.findChildren(kind):
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.objectName().startswith("qt_"):
                assert widget.accessibleName(), widget


def test_tab_goes_from_the_head_to_the_text_to_send(qtbot, page):
    page.start(to=(KARIN,))
    page.writing.head.to.edit.setFocus()
    seen = []
    for _ in range(9):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    head, bar = page.writing.head, page.writing.bar
    out = [bar.send, bar.later, bar.log, bar.track, bar.discard]
    assert seen == [head.subject, page.writing.editor, *out, head.cc_button, head.bcc_button]
    for button, field in ((head.bcc_button, head.bcc), (head.cc_button, head.cc)):
        button.click()
        assert QApplication.focusWidget() is field.edit
    qtbot.keyClick(head.cc.edit, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is head.bcc.edit
    qtbot.keyClick(head.bcc.edit, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is head.subject


def on_a_full_disk(qtbot, page, program) -> None:
    write(qtbot, page, "an hour of work")
    program.refuse = DiskFull("There is no room on the disk.")


def nothing_is_lost(page, program) -> None:
    assert page.draft().text == "an hour of work"
    assert page.draft().to == (KARIN,)
    assert page.writing.notes.trouble.isVisible()
    assert "There is no room on the disk." in page.writing.notes.trouble.text.text()
    program.refuse = None
    assert page.save()
    assert last(program).draft.text == "an hour of work"
    assert not page.writing.notes.trouble.isVisible()


def test_escape_on_a_full_disk_stays_with_what_was_written(qtbot, page, program):
    on_a_full_disk(qtbot, page, program)
    with qtbot.assertNotEmitted(page.finished):
        qtbot.keyClick(page, Qt.Key.Key_Escape)
    nothing_is_lost(page, program)


@pytest.mark.parametrize("begin", ["to somebody else", "a reply", "a draft", "another"])
def test_another_message_on_a_full_disk_does_not_take_its_place(qtbot, page, program, begin):
    page.start(to=(ANDERS,))
    qtbot.keyClicks(page.writing.head.subject, "Earlier")
    page.save()
    earlier = last(program).id
    on_a_full_disk(qtbot, page, program)
    if begin == "to somebody else":
        page.start(to=(ANDERS,))
    elif begin == "a reply":
        page.start(parent=received())
    elif begin == "a draft":
        page.start(outbox_id=earlier)
    else:
        page.start_another()
    nothing_is_lost(page, program)


def test_a_draft_that_cannot_be_discarded_stays(qtbot, page, program):
    write(qtbot, page, "an hour of work")
    page.save()
    program.refuse = DiskFull("There is no room on the disk.")
    page.writing.bar.discard.click()
    with qtbot.assertNotEmitted(page.finished):
        page.window().findChild(ConfirmDialog).accept()
    assert page.draft().text == "an hour of work"


@pytest.mark.parametrize("width", [636, 676, 776])
def test_nothing_is_cut_in_a_narrow_window(qtbot, page, program, width):
    page.setMinimumSize(1, 1)  # as the window says its own least size
    page.resize(width, 560)
    page.start(to=(KARIN,))
    page.writing.head.subject.setText("Quote")
    page.writing.editor.setPlainText("Hello")
    page.save()
    page.writing.look()
    qtbot.wait(20)
    assert page.width() == width
    assert clipped(page) == []
    assert not page.writing.panel.isVisible()
    assert page.writing.short_panel.text().endswith("Opens will be seen")
    page.writing.short_panel.click()
    dialog = page.window().findChild(PreflightDialog)
    assert dialog.isVisible()
    assert clipped(dialog) == []


def test_links_of_the_quote_are_counted_too(page, program):
    page.start(parent=received(html='<p>See <a href="https://example.com/a?b=1&amp;c=2">this</a></p>'))
    assert page.writing.quote.links == ("https://example.com/a?b=1&c=2",)
    assert "1 link will be counted" in [f.title for f in page.writing.panel.facts()]
    page.writing.quote.drop.click()
    page.writing.look()
    assert "No links to count" in [f.title for f in page.writing.panel.facts()]


def test_an_empty_message_is_asked_about_once(page, program):
    page.start(to=(KARIN,))
    page.writing.head.subject.setText("Quote")
    page.send()
    assert page.writing.notes.no_text.isVisible()
    assert program.kept == {}
    page.writing.editor.setPlainText("Hello")
    assert not page.writing.notes.no_text.isVisible()
    page.writing.editor.setPlainText("")
    page.send()
    assert last(program).state is OutboxState.QUEUED


def test_an_empty_message_goes_by_the_button_too(page, program):
    page.start(to=(KARIN,))
    page.writing.head.subject.setText("Quote")
    page.send()
    page.writing.notes.empty.click()
    assert last(program).state is OutboxState.QUEUED
    assert page.writing.head.to.isAncestorOf(page.focusWidget()) or page.writing.head.to.hasFocus()
    assert [f.text for f in page.writing.panel.facts()][-1] == "On the timeline of each recipient."


def test_what_is_typed_after_a_send_is_gone_on_with(page, program):
    page.start(to=(KARIN,))
    page.writing.head.subject.setText("Quote")
    page.writing.editor.setPlainText("Hello")
    page.send()
    page.writing.editor.setPlainText("Another")
    page.start()
    assert page.writing.editor.toPlainText() == "Another"


def test_the_menu_leads_to_what_is_scheduled(qtbot, page, program):
    page.start(to=(KARIN,))
    page.writing.head.subject.setText("Quote")
    page.writing.editor.setPlainText("Hello")
    page.send()
    assert page.writing.drafts.isVisible()
    page.writing.drafts_menu.aboutToShow.emit()
    action = page.writing.drafts_menu.actions()[-1]
    assert action.text() == "Scheduled and waiting (1)…"
    with qtbot.waitSignal(page.outbox_requested):
        action.trigger()


def test_a_message_waits_for_a_file_that_is_slow_to_read(qtbot, page, program, tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text("plan")
    write(qtbot, page)
    program.slow_files = True
    page.writing.attach([str(file)])
    assert page.writing.bar.state.text() == "Reading plan.txt"
    assert not page.writing.bar.send.isEnabled()
    with qtbot.assertNotEmitted(page.sent):
        qtbot.keyClick(page.writing.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    page.writing.attach([str(tmp_path / "gone.txt"), str(file)])
    assert page.writing.bar.state.text() == "Reading 3 files"
    program.read_files()
    assert page.writing.bar.send.isEnabled()
    assert "gone.txt cannot be read" in page.writing.notes.trouble.text.text()
    with qtbot.waitSignal(page.sent):
        page.send()
    assert [a.filename for a in last(program).draft.attachments] == ["plan.txt"]


def test_a_file_that_is_read_too_late_is_not_put_into_the_next_message(qtbot, page, program, tmp_path):
    file = tmp_path / "plan.txt"
    file.write_text("plan")
    write(qtbot, page)
    program.slow_files = True
    page.writing.attach([str(file)])
    page.start(to=(ANDERS,))
    assert page.writing.bar.send.isEnabled()
    program.read_files()
    assert page.draft().attachments == ()
