"""Mail is shown without a way to the network or to files, readable in both schemes, and links tell where they lead."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl
from PySide6.QtGui import QColor, QImage, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.ui.kit.html_view import MAX_TEXT, VERY_LONG, HtmlView, ask_to_open
from app.ui.kit.theme import Theme
from app.ui.kit.tokens import contrast


@pytest.fixture
def listener():
    """A server that counts who comes."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    came: list[object] = []
    stop = threading.Event()

    def wait() -> None:
        while not stop.is_set():
            try:
                connection, address = server.accept()
            except TimeoutError:
                continue
            came.append(address)
            connection.close()

    thread = threading.Thread(target=wait)
    thread.start()
    yield server.getsockname()[1], came
    stop.set()
    thread.join()
    server.close()


def png(color: str = "red") -> bytes:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def shown(qtbot: QtBot, theme: Theme, html: str, pictures: dict[str, bytes] | None = None) -> HtmlView:
    view = HtmlView(theme)
    qtbot.addWidget(view)
    view.set_html(html, pictures)
    view.resize(400, 300)
    view.show()
    return view


def test_nothing_is_fetched_and_no_file_is_read(
    qtbot: QtBot, qapp: QApplication, theme: Theme, listener, tmp_path: Path
) -> None:
    port, came = listener
    picture = tmp_path / "a.png"
    picture.write_bytes(png())
    sheet = tmp_path / "a.css"
    sheet.write_text("p { font-size: 90px }")
    base = f"http://127.0.0.1:{port}"
    view = shown(
        qtbot,
        theme,
        f"<html><head><link rel='stylesheet' href='{base}/a.css'><link rel='stylesheet' href='{sheet.as_uri()}'>"
        f"<style>@import url({base}/b.css); p {{ background: url({base}/c.png) }}</style></head>"
        f"<body background='{base}/d.png'><p>Hello<img src='{base}/e.png'><img src='{picture.as_uri()}'>"
        f"<img src='{picture}'><img src='//127.0.0.1:{port}/f.png'></p><iframe src='{base}/g'></iframe></body></html>",
    )
    with qtbot.waitExposed(view):
        view.show()
    view.grab()
    qtbot.wait(300)
    assert came == []
    for url in (f"{base}/e.png", picture.as_uri(), str(picture), sheet.as_uri(), f"{base}/a.css", "qrc:/x.png"):
        for kind in QTextDocument.ResourceType:
            answer = view.loadResource(kind.value, QUrl(url))
            assert answer == b"" or (isinstance(answer, QImage) and answer.width() == 1), url
    assert view.document().firstBlock().charFormat().font().pixelSize() != 90


def test_only_pictures_that_were_given_are_shown(qtbot: QtBot, theme: Theme) -> None:
    view = shown(qtbot, theme, "<p>x<img src='cid:plan@example.org'></p>", {"plan@example.org": png()})
    image = view.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl("cid:plan@example.org"))
    assert isinstance(image, QImage)
    assert image.width() == 40
    other = view.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl("cid:other@example.org"))
    assert isinstance(other, QImage)
    assert other.width() == 1


def test_a_picture_of_absurd_size_is_not_read(qtbot: QtBot, theme: Theme) -> None:
    header = png()[:16] + (60_000).to_bytes(4, "big") * 2 + png()[24:]
    view = shown(qtbot, theme, "<img src='cid:a'>", {"a": header})
    answer = view.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl("cid:a"))
    assert isinstance(answer, QImage)
    assert answer.width() == 1


def test_links_are_told_and_do_not_open(qtbot: QtBot, theme: Theme) -> None:
    view = shown(qtbot, theme, "<a href='https://example.com/x'>shown as something else</a>")
    with qtbot.waitSignal(view.link_requested) as told:
        view.anchorClicked.emit(QUrl("https://example.com/x"))
    assert told.args == [QUrl("https://example.com/x")]
    assert not view.openLinks()
    assert not view.openExternalLinks()
    view.highlighted.emit(QUrl("https://example.com/x"))
    assert view.viewport().toolTip() == "https://example.com/x"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://example.com/"])
def test_other_links_do_nothing(qtbot: QtBot, theme: Theme, url: str) -> None:
    view = shown(qtbot, theme, f"<a href='{url}'>x</a>")
    with qtbot.assertNotEmitted(view.link_requested):
        view.anchorClicked.emit(QUrl(url))
    view.highlighted.emit(QUrl(url))
    assert view.viewport().toolTip() == ""


def test_the_dialog_shows_the_true_destination(qtbot: QtBot, theme: Theme, qapp: QApplication) -> None:
    parent = HtmlView(theme)
    qtbot.addWidget(parent)
    dialog = ask_to_open(theme, QUrl("http://tracking.example.com/?to=bank.example.org"), parent)
    assert dialog.isVisible()
    assert "tracking.example.com" in dialog.sentence.text()
    assert dialog.findChild(QPlainTextEdit).toPlainText() == "http://tracking.example.com/?to=bank.example.org"
    copy = next(b for b in dialog.findChildren(QPushButton) if "Copy" in b.text())
    copy.click()
    assert qapp.clipboard().text() == "http://tracking.example.com/?to=bank.example.org"
    dialog.reject()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ink_of_mail_is_readable_on_our_ground(qtbot: QtBot, qapp: QApplication, same_look: None, scheme: str) -> None:
    theme = Theme(qapp, scheme)
    view = shown(
        qtbot,
        theme,
        "<p style='color:#000000'>black</p><p style='color:#ffffff'>white</p><p style='color:#777777'>grey</p>"
        "<table bgcolor='#000000'><tr><td style='background:#102030'><font color='white'>cell</font></td></tr></table>",
    )
    ground = theme.colors["surface"]
    cursor = QTextCursor(view.document())
    seen = 0
    while not cursor.atEnd():
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        brush = cursor.charFormat().foreground()
        if brush.style().value:
            assert contrast(brush.color().name(), ground) >= 4.5
        seen += 1
    assert seen > 15


def test_it_is_as_high_as_its_text_and_follows_the_width(qtbot: QtBot, theme: Theme) -> None:
    view = shown(qtbot, theme, "<p>" + "word " * 200 + "</p>")
    wide = view.height()
    view.resize(200, 10)
    assert view.height() > wide
    view.set_html("<p>short</p>")
    assert view.height() < 60


def test_an_empty_line_is_one_line(qtbot: QtBot, theme: Theme) -> None:
    without = shown(qtbot, theme, "<div>a</div><div>b</div>").height()
    with_one = shown(qtbot, theme, "<div>a</div><div><br></div><div>b</div>").height()
    assert 15 <= with_one - without <= 25


@pytest.mark.parametrize(
    "end",
    ["<p>&nbsp;</p>" * 3, "<br><br><br>", "<div><br></div><div>&nbsp; </div>", "<p></p>" * 5000],
    ids=["paragraphs", "breaks", "divisions", "thousands"],
)
def test_empty_lines_at_the_end_take_no_room(qtbot: QtBot, theme: Theme, end: str) -> None:
    plain, ended = shown(qtbot, theme, "<p>One</p><p>Two</p>"), shown(qtbot, theme, f"<p>One</p><p>Two</p>{end}")
    assert ended.toPlainText().strip() == "One\nTwo"
    assert ended.height() <= plain.height() + theme.line("body") // 2


@pytest.mark.parametrize(
    "html",
    ["<p>One</p>", "<table><tr><td>a</td><td></td></tr></table>", "<ul><li>a</li><li></li></ul>", "", "<p>&nbsp;</p>",
     '<p>a</p><p><img src="cid:x"></p>'],
)  # fmt: skip
def test_what_ends_otherwise_is_left_as_it_is(qtbot: QtBot, theme: Theme, html: str) -> None:
    view = shown(qtbot, theme, html, {"x": png()})
    kept = shown(qtbot, theme, f"{html}<p>end</p>", {"x": png()}).toPlainText().removesuffix("end").strip()
    assert view.toPlainText().strip() == kept


def test_long_words_do_not_widen_it(qtbot: QtBot, theme: Theme) -> None:
    view = shown(qtbot, theme, f"<p>{'x' * 3000}</p><pre>{'y' * 3000}</pre>")
    assert view.document().idealWidth() <= view.viewport().width() + 1


PAINTED = "<p>" + "<span style='color:#f4f4f4'>a</span><i>b</i>" * 400 + "</p>"


def test_what_is_wider_than_the_view_is_reached_by_scrolling_sideways(qtbot: QtBot, theme: Theme) -> None:
    view = HtmlView(theme)
    qtbot.addWidget(view)
    view.resize(400, 100)
    cells = "".join(f"<td width=200>Cell {i}</td>" for i in range(6))
    view.set_html(f"<table width=1200><tr>{cells}</tr></table><p>Last line</p>")
    view.show()
    bar = view.horizontalScrollBar()
    qtbot.waitUntil(bar.isVisible)
    assert view.document().size().width() <= view.viewport().width() + bar.maximum() + 1
    assert view.verticalScrollBar().maximum() == 0  # the bar takes nothing of the text away
    view.set_html("<p>Narrow</p>")
    qtbot.waitUntil(lambda: not bar.isVisible())


def test_a_mail_full_of_colours_is_laid_out_a_few_times_only(qtbot: QtBot, theme: Theme) -> None:
    """Each change of a document outside of an edit block lays out all of it."""
    view = shown(qtbot, theme, "<p>x</p>")
    changes: list[None] = []
    view.document().contentsChanged.connect(lambda: changes.append(None))
    view.set_html(PAINTED)
    few = len(changes)
    assert 0 < few < 10
    view.set_html(PAINTED + PAINTED)
    assert len(changes) == 2 * few  # as often, though there are twice as many spans


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "<span style='color:red'>a</span><i>b</i>" * 40_000 + "</p>",
        "<p>" + "x" * 1_500_000 + "</p>",
        "<table>" + ("<tr>" + "<td>a</td>" * 50 + "</tr>") * 1_500 + "</table>",
    ],
)
def test_a_very_long_mail_is_shown_as_the_beginning_of_its_text(qtbot: QtBot, theme: Theme, html: str) -> None:
    view = shown(qtbot, theme, html)
    text = view.toPlainText()
    assert text.startswith(VERY_LONG)
    assert 1_000 < len(text) <= MAX_TEXT + len(VERY_LONG) + 10


def test_a_hidden_mail_takes_on_the_scheme_when_it_is_seen(qtbot: QtBot, qapp: QApplication, same_look: None) -> None:
    theme = Theme(qapp, "light")
    view = shown(qtbot, theme, "<p>Hello</p><p><a href='https://example.com/'>link</a></p>")
    view.hide()
    reads: list[None] = []
    view.textChanged.connect(lambda: reads.append(None))
    theme.set_appearance("dark")
    assert reads == []
    view.show()
    assert reads
    cursor = QTextCursor(view.document())
    cursor.movePosition(QTextCursor.MoveOperation.End)
    assert cursor.charFormat().foreground().color() == theme.c("link")
