"""The sheet one writes on: head, formatting, text, quote, files, send bar, and the panel beside it. Part of the page."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.addresses import Address, is_complete
from app.domain.near_links import LinkFate
from app.domain.outbox import Draft
from app.domain.senders import answer_from
from app.domain.subjects import reply_subject
from app.domain.views import ContactRow, TimelineMessage
from app.mime.draft_quote import split_quote
from app.mime.sanitise import sanitise_html
from app.ui.compose import preflight
from app.ui.compose.attaching import Attaching
from app.ui.compose.before import Before
from app.ui.compose.document_html import MailFont, content_ids, link_targets, to_html, to_text
from app.ui.compose.editor import MessageEditor
from app.ui.compose.files_row import FilesRow
from app.ui.compose.format_bar import FormatBar
from app.ui.compose.head import Head
from app.ui.compose.link_dialog import LinkDialog
from app.ui.compose.notes import Notes
from app.ui.compose.program import ComposeProgram
from app.ui.compose.quote_part import QuotePart
from app.ui.compose.replying import (
    left_the_conversation,
    quote_body,
    quoted_html,
    quoted_text,
    reply_to,
)
from app.ui.compose.send_bar import SendBar
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label, menu_button


class WritingView(QWidget):
    """`changed` when the person changed something, `send_requested` by button or Ctrl+Enter. Knows nothing of drafts
    and of sending: it is filled by `clear`, `begin`, `load`, and read by `draft`."""

    changed = Signal()
    send_requested = Signal()

    def __init__(self, theme: Theme, program: ComposeProgram) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self._parent_message: TimelineMessage | None = None
        self._parent_id = ""
        self._others: tuple[Address, ...] = ()  # of the conversation, whom Reply to all would add
        self._loading = False
        self._refreshing: int | None = None  # the inbox whose aliases are asked for
        self.head = Head(theme, self._find_contacts)
        self.editor = MessageEditor(theme, self._clean)
        self.format = FormatBar(theme, self.editor)
        self.quote = QuotePart(theme)
        self.files = FilesRow(theme)
        self.bar = SendBar(theme)
        self.notes = Notes(theme)
        self.attaching = Attaching(self, program, self.editor, self.files, self.bar, self.notes)
        self.before = Before(self, theme, program, self._outgoing)
        self.panel, self.short_panel = self.before.panel, self.before.short
        self.title = label(theme, "New message", "title")
        self.drafts_menu = QMenu(self)
        self.drafts_menu.setFont(theme.font("body"))
        self.drafts = menu_button(theme, "Drafts", self.drafts_menu, "quiet")
        self.drafts.hide()
        self.another = button(theme, "New message", "quiet", "compose")
        self.another.setToolTip("Keep this one as a draft and begin a new message")
        self.another.hide()
        top = box(
            "bar",
            row(self.title, None, self.short_panel, self.another, self.drafts, margins=(k.S6, 0, k.S5, 0)),
        )
        top.setFixedHeight(theme.px(k.H_BAR))
        parts = (self.head, self.notes, self.format, (self.editor, 1), self.quote, self.files, self.bar)
        # one ground for all of the left side: notes and quote stand on the same surface as the text
        left = box("surface", column(*parts, gap=0))
        self.setLayout(column(top, (row((left, 1), self.panel, gap=0), 1), gap=0))
        self.setAcceptDrops(True)
        self._set_tab_order()
        self._wire()

    def _set_tab_order(self) -> None:
        """Who, about what, the text, and out; what is wanted now and then comes after that."""
        head, bar = self.head, self.bar
        people = (head.from_box, head.refresh, head.to.edit, head.cc.edit, head.bcc.edit, head.subject)
        out = (bar.send, bar.later, bar.log, bar.track, bar.discard)
        for before, after in pairwise((*people, self.editor, *out, head.all_button, head.cc_button, head.bcc_button)):
            QWidget.setTabOrder(before, after)

    def _wire(self) -> None:
        self.head.changed.connect(self._on_changed)
        self.head.recipients_changed.connect(self.look_at_people)
        self.head.subject_done.connect(self._on_subject_done)
        self.head.all_button.clicked.connect(self._on_reply_all)
        self.head.refresh.clicked.connect(self._on_refresh)
        self._program.aliases_refreshed.connect(self._on_refreshed)
        self.editor.textChanged.connect(self._on_changed)
        self.format.link_requested.connect(self._on_link)
        self.format.attach_requested.connect(self.attaching.choose)
        self.quote.changed.connect(self._on_changed)
        self.quote.taken.connect(self._on_quote_taken)
        self.files.changed.connect(self._on_changed)
        self.bar.changed.connect(self._on_changed)
        self.bar.send_requested.connect(self.send_requested)
        self.notes.fresh.clicked.connect(self._on_fresh)
        self._key("Ctrl+Return", self.send_requested)
        self._key("Ctrl+Enter", self.send_requested)
        for keys, made in self.format.keys:
            self._key(keys, made.click)

    def _key(self, keys: str, slot: Callable[[], None] | SignalInstance) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(slot)

    # -- filling -----------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """An empty message with the defaults of the settings."""
        self._loading = True
        setting = self._program.get_setting
        self._parent_message, self._parent_id, self._others = None, "", ()
        self.title.setText("New message")
        self.head.set_people((), (), ())
        self.head.subject.clear()
        font = MailFont(str(setting("default_font")), int(setting("default_font_size")))
        self.editor.set_mail_font(font)
        self.format.set_default(font)
        self.editor.set_content("", {})
        self.quote.set_quote("")
        self.attaching.begin(())
        self.bar.log.setChecked(bool(setting("log_default")))
        self.bar.track.setChecked(bool(setting("track_default")))
        self.bar.set_state("")
        self.notes.clear()
        self._loading = False

    def begin(self, to: tuple[Address, ...], parent: TimelineMessage | None) -> None:
        """After `clear`: a new message, or a reply."""
        self._loading = True
        self.head.set_people(to, (), ())
        if parent is None:
            self.head.from_box.choose_first()
        else:
            answered, self._others = reply_to(parent, self._own())
            self.head.set_people(to or answered, (), ())
            self._parent_message, self._parent_id = parent, parent.message_id
            self.title.setText("Reply")
            self.head.subject.setText(reply_subject(parent.subject))
            self.head.subject.setCursorPosition(0)
            addressed = (parent.sender,) if parent.direction == "sent" else (*parent.to, *parent.cc)
            answering = answer_from(self._program.senders(), addressed, parent.inbox_address)
            if answering is not None:
                self.head.from_box.choose(answering.inbox_id, answering.wanted)
            self.quote.set_quote(quoted_html(parent, self._program.clean_html), quoted_text(parent))
        self._loading = False
        self._shown()

    def load(self, draft: Draft) -> None:
        """After `clear`: a stored draft."""
        self._loading = True
        self._parent_id = draft.parent_message_id
        self.title.setText("Reply" if draft.parent_message_id else "New message")
        self.head.from_box.choose(draft.inbox_id, draft.sender)
        self.head.set_people(draft.to, draft.cc, draft.bcc)
        self.head.subject.setText(draft.subject)
        self.attaching.begin(draft.attachments)
        written, quote = split_quote(draft.html)
        if draft.html:
            clean = sanitise_html(written, cid_urls=self.attaching.known_pictures())
            self.editor.set_content(clean, self.attaching.pictures())
        else:
            self.editor.setPlainText(draft.text)
        self.quote.set_quote(quote)
        self.bar.log.setChecked(draft.log)
        self.bar.track.setChecked(draft.track)
        self.notes.show_unaddressed(draft.unaddressed)
        self._loading = False
        self._shown()

    def _shown(self) -> None:
        self.look_at_people()
        self.look()

    def take_focus(self) -> None:
        """To the first thing that is still to be filled in."""
        target: QWidget = self.editor
        if not self.head.to.addresses():
            target = self.head.to
        elif not self.head.subject.text():
            target = self.head.subject
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- reading -----------------------------------------------------------------------------------------------------

    def draft(self) -> Draft | None:
        """The message as it stands; None where there is no inbox to send from."""
        sender = self.head.sender_chosen()
        if sender is None:
            return None
        document = self.editor.mail
        text = to_text(document)
        if self.quote.text:
            text = f"{text}\n\n{self.quote.text}".strip("\n")
        return Draft(
            inbox_id=sender.inbox_id,
            sender=sender.wanted,
            to=self.head.to.addresses(),
            cc=self.head.cc.addresses(),
            bcc=self.head.bcc.addresses(),
            subject=" ".join(self.head.subject.text().split()),
            text=text,
            html=to_html(document, self.editor.font_of_mail) + self.quote.html,
            attachments=self.attaching.all_used(content_ids(document)),
            log=self.bar.log.isChecked(),
            track=self.bar.track.isChecked(),
            parent_message_id=self._parent_id,
        )

    def is_empty(self) -> bool:
        return not (self.head.recipients() or self.head.subject.text().strip() or self.has_content())

    def has_content(self) -> bool:
        """Whether something was written, or is attached; a quote alone says nothing."""
        document = self.editor.mail
        return bool(to_text(document).strip() or self.files.files() or content_ids(document))

    @Slot()
    def look(self) -> None:
        """Counts again what stands in the panel."""
        self.before.look()

    def look_soon(self) -> None:
        self.before.look_soon()

    def _outgoing(self) -> preflight.Outgoing:
        recipients = tuple(a for a in self.head.recipients() if is_complete(a.addr_spec))
        inbox_id = self.head.inbox_id()
        return preflight.Outgoing(
            recipients=recipients,
            addressed=sum(is_complete(a.addr_spec) for a in self.head.to.addresses()),
            track=self.bar.track.isChecked(),
            log=self.bar.log.isChecked(),
            links=link_targets(self.editor.mail) + self.quote.links,
            size=self.attaching.size(),
            known=tuple((a.key, self._contact_name(a)) for a in recipients[:20]),
            create_contacts=bool(self._program.get_setting("create_contacts")),
            fate=LinkFate() if inbox_id is None else self._program.fate_of_links(inbox_id, recipients),
            allowance=None if inbox_id is None else self._program.send_allowance(inbox_id),
            inbox_id=inbox_id,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.before.place(self.width())

    def _contact_name(self, address: Address) -> str:
        found = self._program.contacts(address.addr_spec, limit=5)
        return next((c.name or c.address for c in found if Address(c.address).key == address.key), "")

    def _find_contacts(self, text: str) -> tuple[ContactRow, ...]:
        return self._program.contacts(text, limit=12)

    def _own(self) -> tuple[str, ...]:
        return tuple(sender.address.addr_spec for sender in self._program.senders())

    def _clean(self, html: str) -> str:
        return sanitise_html(self._program.clean_html(html), cid_urls=self.attaching.known_pictures())

    # -- changes -----------------------------------------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        if self._loading:
            return
        if self.head.subject.text().strip():
            self.notes.show_no_subject(False)
        if not self.notes.no_text.isHidden() and self.has_content():
            self.notes.show_no_text(False)
        self.before.look_soon()
        self.changed.emit()

    @Slot()
    def look_at_people(self) -> None:
        """Whether the conversation was left (M8), and whom Reply to all would add."""
        people = self.head.recipients()
        parent = self._parent_message
        apart = parent is not None and left_the_conversation(parent, people, self._own())
        self.notes.show_apart(apart)
        present = {a.key for a in people}
        missing = [a for a in self._others if a.key not in present]
        self.head.all_button.setVisible(bool(missing) and not apart)
        self.head.all_button.set_verb(f"Reply to all (+{len(missing)})")

    @Slot()
    def _on_subject_done(self) -> None:
        self.editor.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_reply_all(self) -> None:
        present = {a.key for a in self.head.recipients()}
        self.head.show_more(cc=True, bcc=not self.head.bcc_row.isHidden())
        self.head.cc.add_addresses([a for a in self._others if a.key not in present])
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_fresh(self) -> None:
        """M8: the same people and text, without the thread of somebody else."""
        parent = self._parent_message
        if parent is not None and self.head.subject.text() == reply_subject(parent.subject):
            self.head.subject.clear()
        self._parent_message, self._parent_id, self._others = None, "", ()
        self.quote.set_quote("")
        self.title.setText("New message")
        self.look_at_people()
        self._on_changed()
        self.take_focus()

    @Slot(str)
    def _on_quote_taken(self, quote: str) -> None:
        cursor = self.editor.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertBlock()
        self.editor.setTextCursor(cursor)
        self.editor.insert_clean_html(quote_body(quote))
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_refresh(self) -> None:
        if (inbox_id := self.head.inbox_id()) is not None:
            self._refreshing = inbox_id
            self.head.set_refreshing(True)
            self._program.refresh_aliases(inbox_id)

    @Slot(int, str)
    def _on_refreshed(self, inbox_id: int, why: str) -> None:
        if inbox_id != self._refreshing:
            return
        self._refreshing = None
        self.head.set_refreshing(False)
        self.notes.show_trouble("The aliases were not refreshed" if why else "", why)
        if not why:
            self.bar.set_state("Aliases refreshed")

    # -- files and links ---------------------------------------------------------------------------------------------

    def attach(self, paths: list[str]) -> None:
        """Files by their paths; what cannot be taken in is told in a note."""
        self.attaching.attach(paths)

    def is_reading(self) -> bool:
        """Whether a file is still on its way into the message."""
        return self.attaching.is_reading()

    @Slot()
    def _on_link(self) -> None:
        dialog = LinkDialog(self._theme, self.window(), *self.editor.link_at_cursor())
        dialog.chosen.connect(self.editor.set_link)
        dialog.finished.connect(self._on_dialog_closed)
        dialog.open()

    @Slot()
    def _on_dialog_closed(self) -> None:
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(u.isLocalFile() for u in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [u.toLocalFile() for u in event.mimeData().urls() if u.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.attach(files)
