"""The rich text editor: what is pasted, what is typed, and that nothing is ever loaded."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QTextCursor

from app.mime.cleaning import strip_tracking
from app.mime.sanitise import sanitise_html
from app.ui.compose.document_html import MailFont, link_targets, to_html, to_text
from app.ui.compose.editor import MessageEditor

FONT = MailFont()


@pytest.fixture
def editor(qtbot, theme) -> MessageEditor:
    made = MessageEditor(theme, lambda html: sanitise_html(strip_tracking(html, {"t.example.org"})))
    qtbot.addWidget(made)
    made.resize(600, 400)
    with qtbot.waitActive(made):
        made.show()
    made.setFocus()
    return made


def body(editor: MessageEditor) -> str:
    return to_html(editor.mail, FONT).split(">", 1)[1].removesuffix("</div>")


def paste_html(editor: MessageEditor, html: str) -> None:
    data = QMimeData()
    data.setHtml(html)
    editor.insertFromMimeData(data)


def test_pasted_html_loses_tracking_scripts_colours_and_fonts(editor):
    paste_html(
        editor,
        '<html><body style="background:#000"><p style="margin:0;color:#fff;font-family:Comic Sans MS;font-size:30pt">Hello '
        '<b>you</b> <a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fplan&amp;data=x">'
        'plan</a><img src="https://t.example.org/o/x.gif" width="1" height="1"><script>alert(1)</script></p></body></html>',
    )
    assert body(editor) == '<div>Hello <b>you</b> <a href="https://example.com/plan">plan</a></div>'


def test_pasted_plain_text_loses_wrapped_links(editor):
    data = QMimeData()
    data.setText("see https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com%2Fplan&data=x now")
    editor.insertFromMimeData(data)
    assert to_text(editor.mail) == "see https://example.com/plan now"


def test_typing_goes_on_plainly_after_a_paste(qtbot, editor):
    paste_html(editor, '<p style="margin:0"><b><a href="https://example.com">x</a></b></p>')
    qtbot.keyClicks(editor, " y")
    assert body(editor) == '<div><a href="https://example.com"><b>x</b></a> y</div>'


def test_no_picture_from_outside_and_no_file_is_ever_read(editor, tmp_path):
    secret = tmp_path / "secret.png"
    QImage(4, 4, QImage.Format.Format_RGB32).save(str(secret))
    for name in (QUrl("https://example.net/x.png"), QUrl.fromLocalFile(str(secret)), QUrl("x.png"), QUrl("qrc:/x.png")):
        for kind in (1, 2, 3):
            assert not editor.mail.loadResource(kind, name)
    editor.setHtml(f'<img src="{secret}"><img src="https://example.net/x.png"><link rel="stylesheet" href="x.css">')
    assert "<img" not in to_html(editor.mail, FONT)


def test_a_pasted_picture_is_offered_to_the_page_and_goes_by_its_id(qtbot, editor):
    image = QImage(1200, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    data = QMimeData()
    data.setImageData(image)
    with qtbot.waitSignal(editor.picture_pasted) as told:
        editor.insertFromMimeData(data)
    editor.insert_picture("abc@inline", told.args[0], "Picture 1")
    assert '<img src="cid:abc@inline" alt="Picture 1" width="560" height="140">' in body(editor)
    assert editor.mail.loadResource(2, QUrl("cid:abc@inline")).width() == 1200


def test_dropped_files_are_told(qtbot, editor, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.pdf")), QUrl("https://example.com/b")])
    with qtbot.waitSignal(editor.files_dropped) as told:
        editor.insertFromMimeData(data)
    assert told.args == [[str(tmp_path / "a.pdf")]]


def test_a_dash_and_a_space_begin_a_list_and_an_empty_item_ends_it(qtbot, editor):
    qtbot.keyClicks(editor, "- one")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "two")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "after")
    assert "<li>one</li><li>two</li></ul><div>after</div>" in body(editor)
    assert to_text(editor.mail) == "• one\n• two\nafter"


def test_a_number_begins_a_numbered_list(qtbot, editor):
    qtbot.keyClicks(editor, "1. first")
    assert body(editor).startswith("<ol")


def test_a_quote_is_switched_on_and_left_by_an_empty_line(qtbot, editor):
    qtbot.keyClicks(editor, "theirs")
    editor.toggle_quote()
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "mine")
    assert to_text(editor.mail) == "> theirs\nmine"


def test_links_are_set_changed_and_removed(qtbot, editor):
    qtbot.keyClicks(editor, "see the plan")
    cursor = editor.textCursor()
    cursor.setPosition(8)
    cursor.setPosition(12, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    assert editor.link_at_cursor() == ("plan", "")
    editor.set_link("plan", "https://example.com/a")
    assert link_targets(editor.mail) == ("https://example.com/a",)
    cursor = editor.textCursor()
    cursor.setPosition(10)
    editor.setTextCursor(cursor)
    assert editor.link_at_cursor() == ("plan", "https://example.com/a")
    editor.set_link("drawing", "https://example.com/b")
    assert body(editor) == '<div>see the <a href="https://example.com/b">drawing</a></div>'
    cursor.setPosition(10)
    editor.setTextCursor(cursor)
    editor.set_link("drawing", "")
    assert body(editor) == "<div>see the drawing</div>"


def test_a_draft_comes_back_as_it_was(editor):
    paste_html(
        editor,
        "<div>Hi</div><div><br></div><ul><li>a</li><li>b</li></ul><blockquote><div>q</div><blockquote><div>r</div>"
        '</blockquote></blockquote><div>end <b>bold</b> <a href="https://example.com">x</a></div>',
    )
    first = to_html(editor.mail, FONT)
    editor.set_content(sanitise_html(first), {})
    assert to_html(editor.mail, FONT) == first
    assert not editor.mail.isModified()


def test_links_follow_the_scheme_without_counting_as_a_change(editor, theme):
    editor.set_content('<div><a href="https://example.com">x</a></div>', {})
    theme.set_appearance("dark")
    try:
        form = editor.mail.begin().begin().fragment().charFormat()
        assert form.foreground().color() == theme.c("link")
        assert not editor.mail.isModified()
    finally:
        theme.set_appearance("light")


def test_tab_leaves_the_text(editor):
    assert editor.tabChangesFocus()


def test_typed_addresses_look_like_links_while_writing(qtbot, page):
    page.start()
    page._forget_changes()
    editor = page.writing.editor
    qtbot.keyClicks(editor, "see www.example.com/x, ok")
    (shown,) = editor.mail.firstBlock().layout().formats()
    assert (shown.start, shown.length) == (4, len("www.example.com/x"))
    assert shown.format.fontUnderline()
    assert "<u>" not in to_html(editor.mail, editor.font_of_mail)


def test_showing_links_changes_nothing(qtbot, page):
    page.start()
    page.writing.editor.set_content("<p>www.example.com</p>", {})
    page._forget_changes()
    qtbot.wait(50)
    assert not page._changed
