"""Rich text as e-mail HTML and as plain text, by real Qt documents."""

from __future__ import annotations

import re

import pytest
from lxml import etree
from lxml import html as lxml_html
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextListFormat,
)

from app.ui.compose.document_html import MailFont, content_ids, font_stack, link_targets, to_html, to_text

FONT = MailFont("Arial", 11)


@pytest.fixture
def document(qapp) -> QTextDocument:
    made = QTextDocument()
    made.setDefaultFont(QFont("Arial", 11))
    return made


def body(document: QTextDocument) -> str:
    """What stands inside the outer div."""
    out = to_html(document, FONT)
    start = '<div style="font-family:Arial, Helvetica, sans-serif;font-size:11pt">'
    assert out.startswith(start)
    assert out.endswith("</div>")
    # every tag that is opened is closed, in order: a strict parser takes it
    strict = re.sub(r"<(br|hr|img)([^>]*)>", r"<\1\2/>", out).replace("&nbsp;", "&#160;")
    etree.fromstring(f"<x>{strict}</x>")
    return out[len(start) : -6]


def test_paragraphs_and_empty_lines(document):
    QTextCursor(document).insertText("Hi Karin,\n\nsee you.")
    assert body(document) == "<div>Hi Karin,</div><div><br></div><div>see you.</div>"
    assert to_text(document) == "Hi Karin,\n\nsee you."


def test_an_empty_document(document):
    assert body(document) == "<div><br></div>"
    assert to_text(document) == ""


def test_markup_that_is_typed_stays_text(document):
    QTextCursor(document).insertText("1 < 2 && <script>alert(1)</script>")
    assert body(document) == "<div>1 &lt; 2 &amp;&amp; &lt;script&gt;alert(1)&lt;/script&gt;</div>"


def test_bold_italic_underline_and_strike_out(document):
    document.setHtml("<p style='margin:0'>a <b>b</b> <i>c</i> <u>d</u> <s>e</s> <b><i>f</i></b></p>")
    assert body(document) == "<div>a <b>b</b> <i>c</i> <u>d</u> <s>e</s> <i><b>f</b></i></div>"


def test_colours_of_the_screen_do_not_go_out(document):
    document.setHtml("<p style='margin:0;color:#fff;background:#000'>white <span style='color:red'>red</span></p>")
    assert body(document) == "<div>white red</div>"


def test_fonts_that_differ_from_the_default_only(document):
    cursor = QTextCursor(document)
    same = QTextCharFormat()
    same.setFontFamilies(["Arial"])
    same.setFontPointSize(11)
    cursor.insertText("same ", same)
    other = QTextCharFormat()
    other.setFontFamilies(["Georgia"])
    other.setFontPointSize(18)
    cursor.insertText("other", other)
    assert body(document) == '<div>same <span style="font-family:Georgia, serif;font-size:18pt">other</span></div>'


def test_a_font_name_cannot_break_out():
    assert font_stack('x";color:red') == "'xcolorred', sans-serif"


def test_lists_nested_and_numbered(document):
    document.setHtml(
        "<ul><li>one</li><li>two<ol><li>first</li></ol></li><li>three</li></ul><p style='margin:0'>end</p>"
    )
    out = body(document)
    tree = lxml_html.fragment_fromstring(out, create_parent=True)
    assert [li.text for li in tree.xpath("./ul/li")] == ["one", "two", "three"]
    assert [li.text for li in tree.xpath("./ul/li[2]/ul/ol/li | ./ul/li[2]/ol/li")] == ["first"]
    assert tree.xpath("./div")[0].text == "end"
    assert to_text(document).split("\n")[:4] == ["• one", "• two", "   1. first", "• three"]


def test_list_type_of_letters(document):
    cursor = QTextCursor(document)
    cursor.insertList(QTextListFormat.Style.ListLowerAlpha)
    cursor.insertText("one")
    assert '<ol style="margin:0 0 0 24px;padding:0" type="a"><li>one</li></ol>' in body(document)


def test_links_keep_their_text_and_bold_inside(document):
    document.setHtml('<p style="margin:0">see <a href="https://example.com/a?b=1&amp;c=2">the <b>plan</b></a>.</p>')
    assert body(document) == '<div>see <a href="https://example.com/a?b=1&amp;c=2">the <b>plan</b></a>.</div>'
    assert to_text(document) == "see the plan <https://example.com/a?b=1&c=2>."
    assert link_targets(document) == ("https://example.com/a?b=1&c=2",)


def test_links_that_could_run_something_lose_their_target(document):
    document.setHtml('<p style="margin:0"><a href="javascript:alert(1)">x</a> <a href="file:///etc/passwd">y</a></p>')
    assert body(document) == "<div>x y</div>"


def test_addresses_that_are_written_out_become_links(document):
    QTextCursor(document).insertText("See (https://example.com/plan), or www.example.org/a_(b). Not example.com.")
    assert body(document) == (
        '<div>See (<a href="https://example.com/plan">https://example.com/plan</a>), or '
        '<a href="http://www.example.org/a_(b)">www.example.org/a_(b)</a>. Not example.com.</div>'
    )
    assert link_targets(document) == ("https://example.com/plan", "http://www.example.org/a_(b)")


def test_mail_links_are_not_counted(document):
    document.setHtml('<p style="margin:0"><a href="mailto:karin@example.com">Karin</a></p>')
    assert link_targets(document) == ()
    assert to_text(document) == "Karin <karin@example.com>"


def test_quotes_nest(document):
    cursor = QTextCursor(document)
    cursor.insertText("mine")
    for level, text in ((1, "yours"), (2, "theirs"), (1, "yours again")):
        form = QTextBlockFormat()
        form.setProperty(QTextFormat.Property.BlockQuoteLevel, level)
        cursor.insertBlock(form)
        cursor.insertText(text)
    out = body(document)
    assert out.count("<blockquote") == out.count("</blockquote>") == 2
    tree = lxml_html.fragment_fromstring(out, create_parent=True)
    assert tree.xpath("string(./blockquote/blockquote/div)") == "theirs"
    assert to_text(document) == "mine\n> yours\n> > theirs\n> yours again"


def test_pictures_go_by_their_content_id_only(document):
    document.setHtml(
        '<p style="margin:0"><img src="cid:abc@example.org" width="80" height="40" alt="Plan">'
        '<img src="https://tracker.example.net/p.gif"></p>'
    )
    assert body(document) == '<div><img src="cid:abc@example.org" alt="Plan" width="80" height="40"></div>'
    assert content_ids(document) == frozenset({"abc@example.org"})


def test_tables(document):
    document.setHtml(
        "<table><tr><td colspan='2'>head</td></tr><tr><td>a</td><td>b</td></tr></table><p style='margin:0'>after</p>"
    )
    tree = lxml_html.fragment_fromstring(body(document), create_parent=True)
    assert tree.xpath("//td[1]/@colspan") == ["2"]
    assert [td.text_content() for td in tree.xpath("//td")] == ["head", "a", "b"]
    assert "after" in to_text(document)


def test_line_breaks_and_runs_of_spaces(document):
    document.setHtml("<p style='margin:0'>a<br>b&nbsp;&nbsp;&nbsp;c</p>")
    assert body(document) == "<div>a<br>b&nbsp;&nbsp;&nbsp;c</div>"
    assert to_text(document) == "a\nb   c"
    document.setPlainText("a    b")
    assert body(document) == "<div>a&nbsp;&nbsp;&nbsp; b</div>"


def test_text_from_right_to_left_says_so(document):
    QTextCursor(document).insertText("שלום וברכה")
    assert body(document) == '<div dir="rtl">שלום וברכה</div>'


def test_headings_and_rulers(document):
    document.setHtml("<h2>Offer</h2><hr><p>text</p>")
    out = body(document)
    assert "<h2" in out
    assert "<hr>" in out


def test_a_long_document_is_quick(document):
    QTextCursor(document).insertText("word https://example.com/x " * 20_000)
    assert len(link_targets(document)) == 20_000
    assert to_html(document, FONT).count("<a ") == 20_000
