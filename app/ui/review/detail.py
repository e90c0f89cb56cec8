"""The panel beside the review list: why a message was not logged, what to do, what it is, and its text. Used by the page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QVBoxLayout
from shiboken6 import isValid

from app.domain.copied_mail import KEEP_NOTHING
from app.domain.review import ReviewItem, ReviewState
from app.ui.activity.detail import fact
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, Elided, Prose, button, disc, label, progress, prose, tool
from app.ui.review import words
from app.words.review import review_words

if TYPE_CHECKING:
    from app.runtime.program import Program

ACTIVE = (ReviewState.OPEN, ReviewState.KEPT_OUT)  # nobody has settled them: their reasons count
LONGEST = 4_000  # letters of the text that are shown
WHAT_IT_IS = (
    "What you copy or forward to a logging address is logged by itself. What cannot be comes here, with the reason, so that "
    "nothing is lost."
)


class ReviewDetail(QFrame):
    """`show_items(())` explains the list. Its foot with the actions stays in view."""

    log_wished = Signal()
    dismiss_wished = Signal()
    undo_wished = Signal()
    message_requested = Signal(int)  # message_pk
    mend_wished = Signal(object)  # Mend
    closed = Signal()

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self.items: tuple[ReviewItem, ...] = ()
        self._overlay = False
        self._text: QVBoxLayout | None = None
        self.setProperty("box", "panel")
        self.setAccessibleName("About the chosen message")
        self._content = column(gap=k.S4, margins=(k.S5, k.S5, k.S5, k.S4))
        self._scroll = scroll(host(self._content))
        self.close_button = tool(theme, "cross", "Close the detail")
        self.close_button.clicked.connect(self.closed)
        self.close_button.hide()
        self.log_button = button(theme, "Log by hand…", "primary")
        self.log_button.clicked.connect(self.log_wished)
        self.open_button = button(theme, "Open message")
        self.open_button.clicked.connect(self._on_open)
        self.undo_button = button(theme, "Undo", icon="undo")
        self.undo_button.clicked.connect(self.undo_wished)
        self.dismiss_button = button(theme, "Dismiss", "quiet")
        self.dismiss_button.clicked.connect(self.dismiss_wished)
        self._foot = host(
            row(
                self.log_button,
                self.open_button,
                self.undo_button,
                self.dismiss_button,
                None,
                gap=k.S2,
                margins=(k.S5, k.S3, k.S4, k.S3),
            )
        )
        self.setLayout(column((self._scroll, 1), self._foot, gap=0, margins=(1, 0, 0, 0)))
        self.show_items(())

    def set_overlay(self, overlay: bool) -> None:
        """Over the list it can be closed; beside it there is nothing to close."""
        self._overlay = overlay
        self.close_button.setVisible(overlay and bool(self.items))

    def show_items(self, items: tuple[ReviewItem, ...]) -> None:
        self.items = items
        self._text = None
        self.close_button.setParent(self)  # it moves into each new head
        self.close_button.hide()
        clear(self._content)
        if len(items) == 1:
            self._fill(items[0])
        elif items:
            self._several(items)
        else:
            self._content.addLayout(
                column(
                    label(self._theme, "Choose a message", "heading"), prose(self._theme, WHAT_IT_IS, "muted"), gap=k.S1
                )
            )
        self._content.addStretch(1)
        self._scroll.verticalScrollBar().setValue(0)
        self._show_foot()

    def _show_foot(self) -> None:
        one = self.items[0] if len(self.items) == 1 else None
        waiting = [i for i in self.items if i.state is ReviewState.OPEN]
        self.log_button.setVisible(one is not None and one.can_be_logged)
        self.dismiss_button.setVisible(bool(waiting))
        many = len(waiting) > 1
        self.dismiss_button.set_verb(f"Dismiss {times.number(len(waiting))}" if many else "Dismiss")
        undo = [i for i in self.items if words.undoable(i)]
        self.undo_button.setVisible(bool(undo) and not waiting)
        self.undo_button.set_verb("Put back" if one is None or one.state is ReviewState.DISMISSED else "Undo logging")
        self.undo_button.setAccessibleName("Back to the messages that wait")
        self.open_button.setVisible(one is not None and one.message_pk is not None)
        self._foot.setVisible(bool(self.items))

    def _several(self, items: tuple[ReviewItem, ...]) -> None:
        theme = self._theme
        title = label(theme, times.count(len(items), "message", "messages") + " chosen", "heading")
        self._content.addLayout(row((title, 1), self.close_button))
        self.close_button.setVisible(self._overlay)
        reasons: dict[str, int] = {}
        for item in items:
            reasons[words.reason_title(item)] = reasons.get(words.reason_title(item), 0) + 1
        facts = column(gap=6)
        for text, many in reasons.items():
            facts.addLayout(row((Elided(theme, text, "body"), 1), label(theme, times.number(many), "small", "muted")))
        self._content.addLayout(facts)

    def _fill(self, item: ReviewItem) -> None:
        theme, told = self._theme, review_words(item.reason, item.facts, item.sender)
        icon, tone = words.MARKS[item.reason]
        came = item.created_at or times.now()
        when = f"Came {times.day_short(times.local(came).date(), times.today())} at {times.clock(came)}"
        title = label(theme, told.title, "heading", wrap=True)
        second = label(theme, f"{when}, {words.COPIED[item.kind]}", "small", "muted", wrap=True)
        mark = column(disc(theme, icon, tone), None, gap=0)
        self._content.addLayout(row(mark, (column(title, second, gap=0), 1), self.close_button, gap=k.S3))
        self.close_button.setVisible(self._overlay)
        if item.state is not ReviewState.OPEN:
            state = row(Chip(theme, *words.STATES[item.state]), gap=k.S2)
            if item.settled_at is not None:
                state.addWidget(label(theme, times.ago(item.settled_at, times.now()), "small", "muted"))
            state.addStretch(1)
            self._content.addLayout(state)
        self._content.addLayout(self._why(item, told.sentence, told.remedy))
        if item.reason in KEEP_NOTHING and not item.raw_sha256:
            self._name_entry(item)
            return
        self._content.addWidget(line())
        self._content.addLayout(self._facts(item))
        if item.raw_sha256:
            self._text = column(gap=k.S2)
            self._content.addLayout(self._text)
            self._read(item)

    def _name_entry(self, item: ReviewItem) -> None:
        """Which entry of a list kept it out; those of other people's own lists are nobody's business."""
        value = item.facts.get("entry")
        entry = next((e for e in self._program.never_entries() if e.value == value), None)
        if entry is not None:
            self._content.addWidget(line())
            self._content.addLayout(fact(self._theme, "Entry", entry.words))

    def _why(self, item: ReviewItem, sentence: str, remedy: str) -> QVBoxLayout:
        theme = self._theme
        why = column(prose(theme, sentence), gap=k.S2)
        if remedy and item.state in ACTIVE:
            why.addWidget(label(theme, "What to do", "small_strong", "muted"))
            why.addWidget(prose(theme, remedy))
        mend = words.MENDS.get(item.reason)
        if mend is not None and item.state in ACTIVE:
            go = button(theme, mend[1], "link", name=mend[1])
            go.setObjectName("mend")
            go.clicked.connect(partial(self.mend_wished.emit, mend[0]))
            why.addLayout(row(go, None))
        return why

    def _facts(self, item: ReviewItem) -> QVBoxLayout:
        theme = self._theme
        facts = column(gap=6)
        facts.addWidget(Elided(theme, item.subject or "(no subject)", "strong"))
        facts.addLayout(fact(theme, "From", item.sender or "Unknown"))
        facts.addLayout(fact(theme, "To", ", ".join(item.recipients) or "Nobody it names"))
        if item.date is not None:
            day = times.day_short(times.local(item.date).date(), times.today())
            facts.addLayout(fact(theme, "Date", f"{times.capitalised(day)} at {times.clock(item.date)}"))
        if item.size:
            facts.addLayout(fact(theme, "Size", times.size(item.size)))
        inbox = next((card.address for card in self._program.inboxes() if card.id == item.inbox_id), "")
        if inbox:
            facts.addLayout(fact(theme, "Lies in", f"{item.folder or 'Inbox'} of {inbox}".replace("INBOX", "Inbox")))
        return facts

    # --- the text

    def _read(self, item: ReviewItem) -> None:
        assert self._text is not None  # made just before
        self._text.addWidget(label(self._theme, "Reading its text…", "small", "muted"))
        self._text.addWidget(progress(self._theme, "Reading its text"))

        def then(text: str | None, why: str) -> None:
            if isValid(self) and [i.id for i in self.items] == [item.id]:
                self._show_text(text, why)

        self._program.read_review(item.id, then)

    def _show_text(self, text: str | None, why: str) -> None:
        if self._text is None:
            return
        clear(self._text)
        theme = self._theme
        if text is None:
            self._text.addWidget(label(theme, f"Its text cannot be read. {why}", "small", "bad", wrap=True))
            return
        shown = text.strip()[:LONGEST]
        if not shown:
            self._text.addWidget(label(theme, "It has no text.", "small", "muted"))
            return
        body = Prose(theme, shown + ("…" if len(text.strip()) > LONGEST else ""))
        self._text.addWidget(label(theme, "Text", "small_strong", "muted"))
        self._text.addWidget(box("sunken", column(body, gap=0, margins=(k.S3, 10, k.S3, 10))))

    @Slot()
    def _on_open(self) -> None:
        if self.items and self.items[0].message_pk is not None:
            self.message_requested.emit(self.items[0].message_pk)
