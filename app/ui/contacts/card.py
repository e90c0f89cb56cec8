"""One message on the timeline: who, when, what, its files, and what became of it. Used by the contact's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from app.domain.outbox import OutboxState
from app.domain.views import TimelineAttachment, TimelineMessage
from app.mime.html_quote import split_html_reply
from app.mime.html_text import text_to_html
from app.mime.sanitise import sanitise_html
from app.ui.contacts import words
from app.ui.contacts.card_foot import CardFoot
from app.ui.contacts.files import may_open
from app.ui.help.link import HelpLink
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.flow import FlowLayout
from app.ui.kit.html_view import HtmlView
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Button, Chip, Elided, FittingElided, button, disc, label, tool
from app.words.problems import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONG_TEXT = 6_000  # characters shown before "Show the whole message"
LONG_HTML = 300_000  # more is shown as text first: laying it out takes seconds
LONGEST_TEXT = 400_000
LARGEST_PICTURE = 5_000_000  # bytes of a picture shown in the text; a larger one stays a file


class FileButton(Button):
    files_menu: QMenu

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.setDown(False)
            self.show_menu()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.show_menu()
            return
        super().keyPressEvent(event)

    def show_menu(self) -> None:
        self.files_menu.popup(self.mapToGlobal(self.rect().bottomLeft()))


def file_button(theme: Theme, attachment: TimelineAttachment, menu: QMenu) -> Button:
    """Clip, name and size; a click offers to open or save it. Not `setMenu`: its hidden arrow would shift the text."""
    made = FileButton(theme, "", "file", "attach", name=f"{attachment.filename}, {times.size(attachment.size)}")
    made.set_verb(made.fontMetrics().elidedText(attachment.filename, Qt.TextElideMode.ElideMiddle, theme.px(300)))
    made.setText(f"{made.text()}   {times.size(attachment.size)}")
    made.setToolTip(attachment.filename)
    made.files_menu = menu
    return made


class FileAction(QAction):
    """Knows its file and whether to open or to save it."""

    def __init__(self, text: str, attachment: TimelineAttachment, opens: bool, parent: QMenu) -> None:
        super().__init__(text, parent)
        self.attachment, self.opens = attachment, opens


class MessageCard(QFrame):
    reply_requested = Signal(int)  # pk
    edit_requested = Signal(int)  # outbox_id
    retry_requested = Signal(int)  # outbox_id
    settled = Signal(int, bool)  # outbox_id, it went out
    decide_requested = Signal(int)  # outbox_id: of which copies did
    undo_requested = Signal(int)  # outbox_id
    why_requested = Signal(int)  # pk
    associations_requested = Signal(int)  # pk
    events_requested = Signal(int)  # pk
    link_requested = Signal(object)  # QUrl
    file_open_requested = Signal(object)  # TimelineAttachment
    file_save_requested = Signal(object)

    def __init__(
        self,
        theme: Theme,
        message: TimelineMessage,
        read_file: Callable[[TimelineAttachment], bytes],
        parent: QWidget | None = None,
    ) -> None:
        """`read_file`: the bytes of a picture in the text; empty when it is gone."""
        super().__init__(parent)
        self._theme = theme
        self._read_file = read_file
        self.message = message
        self._whole = False
        self._answer = self._without_quotation(message)
        self.setProperty("box", "card")
        self.setAccessibleName(
            f"{words.title(message)}, {message.subject}, "
            f"{times.day_short(times.local(message.date).date(), times.today())} {times.clock(message.date)}"
        )
        indent = theme.px(28) + k.S3
        self._body = column(gap=k.S2, margins=(indent, 0, 0, 0))
        self._text: QWidget | None = None
        self._fold: Button | None = None
        whole = column(self._head(), self._body, gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3))
        trouble = self._trouble()
        if trouble is not None:
            whole.insertLayout(1, row((trouble, 1), margins=(indent, 2, 0, 2)))
            if message.problem is not None:
                whole.insertLayout(2, row(HelpLink(theme, message.problem), None, margins=(indent, 0, 0, 0)))
        self._show_text()
        self._add_fold()
        self._add_files()
        foot = CardFoot(theme, message)
        foot.events_requested.connect(self._on_events)
        foot.associations_requested.connect(self._on_associations)
        foot.why_requested.connect(self._on_why)
        whole.addLayout(row((foot, 1), margins=(indent, 2, 0, 0)))
        self.setLayout(whole)

    # --- parts

    def _head(self) -> QHBoxLayout:
        theme, message = self._theme, self.message
        who = FittingElided(theme, words.title(message), "strong")
        if message.direction == "sent":
            who.setToolTip("\n".join(str(a) for a in (*message.to, *message.cc)))
        top = row((who, 0), gap=k.S2)
        if address := words.strange_address(message):
            top.addWidget(FittingElided(theme, address, "small", "muted"))
        for chip in words.chips(message):
            top.addWidget(Chip(theme, *chip))
        top.addStretch(1)
        top.addWidget(label(theme, times.clock(message.date), "small", "faint"))
        lines = column(top, Elided(theme, message.subject or "(no subject)", "body", "muted"), gap=0)
        head = row(disc(theme, *words.disc_of(message), 28), (lines, 1), gap=k.S3)
        if message.direction == "received" and message.kind == "normal":
            self.reply_button = tool(theme, "reply", f"Reply to {words.called(message, message.sender)} (Ctrl+R)")
            self.reply_button.clicked.connect(self._on_reply)
            head.addWidget(self.reply_button)
        return head

    def _trouble(self) -> Banner | None:
        """Why it did not simply go out, and the buttons that settle it."""
        message, theme = self.message, self._theme
        state = message.outbox_state
        if state is None or message.outbox_id is None:
            return self._not_copied()
        told = explain(message.problem) if message.problem is not None else None
        cause = f"{told.cause} {told.remedy}".strip() if told else ""
        missed = words.missed(message)
        if state is OutboxState.FAILED:
            return Banner(
                theme,
                "bad",
                f"It did not go out to {missed}. {cause}".strip() if missed else cause or "The mail server refused it.",
                self._act("Edit", "", self._on_edit),
                self._act(words.again(message), "", self._on_retry),
                title=told.title if told else "It was not sent",
            )
        if state is OutboxState.PARTLY:
            return Banner(
                theme,
                "warn",
                f"{told.title}. {cause}" if told else "The mail server accepted it for the other recipients only.",
                self._act(words.again(message), "", self._on_retry),
                title=f"It did not go out to {missed}" if missed else "It did not go out to everyone",
            )
        if state is OutboxState.UNKNOWN:
            about = f" about {missed}" if missed else ""
            one = (self._act("It went out", "", self._on_went_out), self._act("Send again", "", self._on_send_again))
            several = (self._act("Decide…", "", self._on_decide),)
            return Banner(
                theme,
                "warn",
                f"The connection ended before the server answered{about}. It is not sent again by itself, so that nobody "
                "gets it twice.",
                *(several if len(message.refused) > 1 else one),
                title="It is not known whether the message went out",
            )
        if state is OutboxState.QUEUED:
            undo = self._act("Undo", "", self._on_undo)
            if told is not None:
                return Banner(theme, "warn", f"{told.cause} It is tried again by itself.", undo, title=told.title)
            return Banner(theme, "info", "It goes out by itself. Until then it can be taken back.", undo)
        return None

    def _act(self, text: str, kind: str, slot: Callable[[], None]) -> Button:
        made = button(self._theme, text, kind)
        made.clicked.connect(slot)
        return made

    def _not_copied(self) -> Banner | None:
        """It went out, but other systems did not get their copies (S2)."""
        if not self.message.not_copied:
            return None
        whom = ", ".join(address for address, _ in self.message.not_copied)
        problem = next((why for _, why in self.message.not_copied if why is not None), None)
        cause = explain(problem).cause if problem is not None else "The mail server did not take it."
        title = f"The additional BCC to {whom} did not go out"
        return Banner(self._theme, "warn", f"{cause} Its recipients have the message.", title=title)

    def _show_text(self) -> None:
        if self._text is not None:
            self._body.removeWidget(self._text)
            self._text.hide()
            self._text.deleteLater()
        self._text = self._whole_text() if self._whole else self._short_text()
        self._body.insertWidget(0, self._text)

    def _short_text(self) -> QWidget:
        message = self.message
        plain = message.visible_text or message.text
        if self._answer:
            return self._formatted(self._answer)
        if not plain.strip():
            return label(self._theme, "This message has no text", "body", "faint")
        if len(plain) > LONG_TEXT:
            plain = plain[:LONG_TEXT].rstrip() + " …"
        return self._view(text_to_html(plain.strip()))

    def _whole_text(self) -> QWidget:
        message = self.message
        if message.html and len(message.html) <= LONG_HTML:
            return self._formatted(message.html)
        return self._view(text_to_html(message.text[:LONGEST_TEXT].strip()))

    @staticmethod
    def _without_quotation(message: TimelineMessage) -> str:
        """Its HTML as far as the person wrote it; empty where that is not known, or it is too long to lay out."""
        if not message.html or len(message.html) > LONG_HTML:
            return ""
        if not message.quoted_lines:
            return message.html
        answer, quotation = split_html_reply(message.html)
        return answer if quotation else ""

    def _formatted(self, html: str) -> HtmlView:
        """HTML of the message with the pictures that came with it, and nothing from elsewhere."""
        held = {a.content_id: a for a in self._pictures()}
        clean = sanitise_html(html, cid_urls={cid: f"cid:{cid}" for cid in held})
        return self._view(clean, {cid: self._read_file(a) for cid, a in held.items()})

    def _pictures(self) -> list[TimelineAttachment]:
        """Those that the text shows: not listed as files."""
        return [
            a
            for a in self.message.attachments
            if a.content_id
            and a.content_type.startswith("image/")
            and a.size <= LARGEST_PICTURE
            and f"cid:{a.content_id}" in self.message.html
        ]

    def _view(self, clean: str, pictures: Mapping[str, bytes] | None = None) -> HtmlView:
        view = HtmlView(self._theme)
        view.set_html(clean, pictures)
        view.link_requested.connect(self._on_link)
        return view

    def _add_fold(self) -> None:
        message = self.message
        cut = len(message.visible_text or message.text) > LONG_TEXT and not self._answer
        if not message.quoted_lines and not cut:
            return
        self._fold = button(self._theme, "", "fold", "more")
        self._fold.clicked.connect(self._on_fold)
        self._body.addLayout(row(self._fold, None))
        self._name_fold()

    def _name_fold(self) -> None:
        if self._fold is None:
            return
        lines = self.message.quoted_lines
        if lines:
            count = times.count(lines, "line", "lines")
            text = "Hide quoted text" if self._whole else f"Show quoted text ({count})"
        else:
            text = "Show less" if self._whole else "Show the whole message"
        self._fold.set_verb(text)
        self._fold.setAccessibleName(text)

    def _add_files(self) -> None:
        shown = self._pictures() if self.message.html else []
        files = [a for a in self.message.attachments if a not in shown]
        if not files:
            return
        flow = FlowLayout()
        for attachment in files:
            menu = QMenu(self)
            if may_open(attachment.filename):
                menu.addAction(FileAction("Open", attachment, True, menu))
            menu.addAction(FileAction("Save as…", attachment, False, menu))
            menu.triggered.connect(self._on_file)
            flow.addWidget(file_button(self._theme, attachment, menu))
        self._body.addWidget(host(flow))

    # --- wishes

    @Slot()
    def _on_fold(self) -> None:
        self._whole = not self._whole
        self._show_text()
        assert self._text is not None
        self._text.show()  # at once, not when the layout gets round to it
        self._name_fold()

    @Slot()
    def _on_reply(self) -> None:
        self.reply_requested.emit(self.message.pk)

    @Slot()
    def _on_why(self) -> None:
        self.why_requested.emit(self.message.pk)

    @Slot()
    def _on_associations(self) -> None:
        self.associations_requested.emit(self.message.pk)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.message.outbox_state is not None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Reply").triggered.connect(self._on_reply)
        menu.addAction("Change where it is logged…").triggered.connect(self._on_associations)
        menu.addAction("Why is this message here?…").triggered.connect(self._on_why)
        menu.popup(event.globalPos())

    @Slot()
    def _on_events(self) -> None:
        self.events_requested.emit(self.message.pk)

    @Slot(QUrl)
    def _on_link(self, url: QUrl) -> None:
        self.link_requested.emit(url)

    @Slot(QAction)
    def _on_file(self, action: QAction) -> None:
        assert isinstance(action, FileAction)
        signal = self.file_open_requested if action.opens else self.file_save_requested
        signal.emit(action.attachment)

    @Slot()
    def _on_edit(self) -> None:
        self.edit_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_retry(self) -> None:
        self.retry_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_undo(self) -> None:
        self.undo_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_went_out(self) -> None:
        self.settled.emit(self.message.outbox_id, True)

    @Slot()
    def _on_decide(self) -> None:
        self.decide_requested.emit(self.message.outbox_id)

    @Slot()
    def _on_send_again(self) -> None:
        self.settled.emit(self.message.outbox_id, False)
