"""The panel beside the feed: one event, why it is believed, its facts, and its message's whole story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.events import EventKind, Verdict
from app.domain.inboxes import InboxState
from app.domain.views import FeedRow, MessageEvents
from app.ui.activity import words
from app.ui.activity.plot import PlotPanel, days_since
from app.ui.dialogs.wants_mail import VERB, ask_wants_mail
from app.ui.help.link import HelpLink
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, Elided, Glyph, button, disc, label, prose, tool
from app.words.problems import explain

if TYPE_CHECKING:
    from app.runtime.program import Program

STORY_LINES = 40


def fact(theme: Theme, name: str, value: str, *, whole: bool = False) -> QHBoxLayout:
    """A line of name and value; the value is elided with its tool tip, and selectable by copy of the tip. `whole`: a sentence,
    in as many lines as it needs."""
    title = label(theme, name, "small", "faint")
    title.setFixedWidth(theme.px(80))
    if whole:
        return row(column(title, None, gap=0), (label(theme, value, "small", wrap=True), 1), gap=k.S2)
    text = Elided(theme, value, "small")
    text.setAccessibleName(f"{name}: {value}")
    return row(title, (text, 1), gap=k.S2)


def reason(theme: Theme, icon: str, tone: str, text: str) -> QHBoxLayout:
    return row(column(3, Glyph(theme, icon, tone, k.ICON_SMALL), None, gap=0), (prose(theme, text), 1), gap=k.S2)


def _came(story: MessageEvents) -> bool:
    """Whether the message came to us: then that it did is among its events, and it was not sent from here."""
    return any(event.kind is EventKind.REPLY for event in story.events)


class EventDetail(QFrame):
    """`show_event(None)` explains the panel itself. Its foot with the actions stays in view."""

    message_requested = Signal(int)  # message_pk
    inboxes_requested = Signal()
    review_requested = Signal(object)  # FeedRow
    verdict_given = Signal(object, object)  # EventId, Verdict
    closed = Signal()
    person_chosen = Signal(object)  # FeedRow: the feed is to show its contact alone
    message_chosen = Signal(object)  # FeedRow: its message alone

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self._row: FeedRow | None = None
        self._overlay = False
        self._only: tuple[int | None, int | None] = (None, None)
        self.person_button: QWidget | None = None
        self.message_button: QWidget | None = None
        self.setProperty("box", "panel")
        self.setAccessibleName("About the chosen event")
        self._content = column(gap=k.S4, margins=(k.S5, k.S5, k.S5, k.S4))
        self._scroll = scroll(host(self._content))
        self.close_button = tool(theme, "cross", "Close the detail")
        self.close_button.clicked.connect(self.closed)
        self.close_button.hide()
        self.open_button = button(theme, "Open message")
        self.open_button.clicked.connect(self._on_open)
        self.judge_button = button(theme, "This was not a person", "quiet")
        self.judge_button.clicked.connect(self._on_judge)
        self.why_button = button(theme, "Why is it here?", "quiet")
        self.why_button.clicked.connect(self._on_why)
        self.again_button = button(theme, VERB, "quiet")
        self.again_button.clicked.connect(self._on_again)
        self._foot = host(
            row(
                self.open_button,
                self.judge_button,
                self.why_button,
                self.again_button,
                None,
                gap=k.S1,
                margins=(k.S5, k.S3, k.S4, k.S3),
            )
        )
        self.setLayout(column((self._scroll, 1), self._foot, gap=0, margins=(1, 0, 0, 0)))
        self.show_event(None)

    @property
    def event_row(self) -> FeedRow | None:
        return self._row

    def set_overlay(self, overlay: bool) -> None:
        """Over the list it can be closed; beside it there is nothing to close."""
        self._overlay = overlay
        self.close_button.setVisible(overlay and self._row is not None)

    def set_only(self, contact: int | None, message: int | None) -> None:
        """To what the feed is narrowed already: that is not offered any more."""
        if (contact, message) != self._only:
            self._only = contact, message
            if self._row is not None:
                self.show_event(self._row)

    def show_event(self, event: FeedRow | None) -> None:
        self._row = event
        self.close_button.setParent(self)  # it moves into each new head
        self.close_button.hide()
        clear(self._content)
        self._foot.setVisible(event is not None)
        if event is None:
            self._explain()
        else:
            self._fill(event)
        self._content.addStretch(1)
        self._scroll.verticalScrollBar().setValue(0)

    def _explain(self) -> None:
        theme = self._theme
        title = label(theme, "Choose an event", "heading")
        text = prose(
            theme,
            "Here stands who it was, why we believe it, and everything that happened to the message.",
            "muted",
        )
        self._content.addLayout(column(title, text, gap=k.S1))
        self._content.addWidget(line())
        legend = column(label(theme, "How sure we are", "strong"), gap=k.S3)
        for verdict, meaning in (
            (Verdict.PERSON, "Nothing speaks against a person."),
            (Verdict.INFERRED, "Not seen, but concluded from a click or a reply."),
            (Verdict.MACHINE, "A scanner or a proxy that fetches by itself. Never notifies you."),
            (Verdict.OWN, "You looked at your own message."),
            (Verdict.BLOCKED, "From an address that you blocked."),
        ):
            chip = Chip(theme, *words.VERDICTS[verdict])
            holder = host(row(chip, None, gap=0))
            holder.setFixedWidth(theme.px(88))
            words_ = label(theme, meaning, "small", "muted", wrap=True)
            top = column(2, words_, gap=0)
            legend.addLayout(row(column(holder, None, gap=0), (top, 1), gap=k.S2))
        self._content.addLayout(legend)

    def _fill(self, event: FeedRow) -> None:
        theme = self._theme
        icon, tone = words.sign(event)
        when = f"{times.day_short(times.local(event.at).date(), times.today())} at {times.clock_exact(event.at)}"
        mark = words.chip(event)
        first = row((Elided(theme, words.who(event), "heading"), 1), gap=k.S2)
        if mark is not None:
            first.addWidget(Chip(theme, *mark))
        second = Elided(theme, f"{words.headline(event)} {when}", "small", "muted")
        head = row(disc(theme, icon, tone), (column(first, second, gap=0), 1), self.close_button, gap=k.S3)
        self.close_button.setVisible(self._overlay)
        self._content.addLayout(head)

        story = self._program.message_events(event.message_pk) if event.message_pk is not None else None
        if event.kind is not EventKind.INBOX:
            self._content.addWidget(self._message_box(event, story))
        if (narrowing := self._narrowing(event)) is not None:
            self._content.addLayout(narrowing)
        if event.problem is not None:
            self._content.addLayout(self._trouble(event))
        if event.reasons and event.kind is not EventKind.INBOX:
            missing = "Why its attachments were not logged" if event.lost_files else "Why it was not logged"
            title = missing if event.kind is EventKind.REVIEW else "Why we believe this"
            reasons = column(label(theme, title, "strong"), gap=k.S2)
            sure = event.verdict in (Verdict.PERSON, Verdict.INFERRED) and event.kind is not EventKind.REVIEW
            for text in event.reasons:
                limit = " not known" in text or " cannot " in text
                sign = ("check", "ok") if sure and not limit else ("info", "neutral")
                reasons.addLayout(reason(theme, *sign, text))
            self._content.addLayout(reasons)
        self._content.addWidget(line())
        self._content.addLayout(self._facts(event, story))
        if story is not None and story.events and not (_came(story) and len(story.events) == 1):
            self._content.addWidget(line())
            self._content.addLayout(self._story(story))
            if not _came(story):
                self._content.addWidget(self._plot(story))

        verbs = {EventKind.INBOX: "Show inboxes", EventKind.REVIEW: "Open the review list"}
        self.open_button.setVisible(event.message_pk is not None or event.kind in verbs)
        self.open_button.set_verb(verbs.get(event.kind, "Open message"))
        judged = event.kind in words.JUDGED and event.verdict is not Verdict.OWN
        self.judge_button.setVisible(judged)
        self.why_button.setVisible(event.kind is EventKind.REPLY and bool(event.message_id))
        gone = event.kind is EventKind.UNSUBSCRIBE and event.contact_id is not None
        self.again_button.setVisible(gone and self._program.unsubscribed_at(event.contact_id or 0) is not None)
        machine = event.verdict in (Verdict.MACHINE, Verdict.BLOCKED)
        self.judge_button.set_verb("This was a person" if machine else "This was not a person")
        self._foot.setVisible(any(not b.isHidden() for b in (self.open_button, self.judge_button, self.again_button)))

    def _message_box(self, event: FeedRow, story: MessageEvents | None) -> QWidget:
        theme = self._theme
        if story is not None:
            sent = story.sent_at
            verb = "Received" if _came(story) else "Sent"
            about = f"{verb} {times.day_short(times.local(sent).date(), times.today())} {times.clock(sent)}"
            if story.from_address:
                about += f" from {story.from_address}"
            subject, icon = story.subject, "reply" if _came(story) else "sent"
        else:
            subject, about, icon = event.subject, event.address, "sent"
        lines = column(
            Elided(theme, subject or "(no subject)", "medium"), Elided(theme, about, "small", "muted"), gap=0
        )
        return box(
            "sunken",
            row(Glyph(theme, icon, "faint"), (lines, 1), gap=10, margins=(k.S3, k.S2, k.S3, k.S2)),
        )

    def _trouble(self, event: FeedRow) -> QHBoxLayout:
        assert event.problem is not None
        if event.kind is EventKind.INBOX and (now := self._connected_since(event)):
            glyph = Glyph(self._theme, "check", "ok")
            text = prose(
                self._theme, f"It is connected again since {now}, and has gone on reading from the same place."
            )
            return row(column(2, glyph, None, gap=0), (text, 1), gap=k.S2)
        told = explain(event.problem, worked=event.kind is EventKind.INBOX)
        safe = " ".join(event.reasons) if event.kind is EventKind.INBOX else ""
        words_ = column(
            label(self._theme, told.title, "strong", wrap=True),
            prose(self._theme, f"{told.cause} {told.remedy} {safe}".strip()),
            row(HelpLink(self._theme, event.problem), None),
            gap=2,
        )
        tone = "warn" if event.kind is EventKind.INBOX else "bad"
        glyph = Glyph(self._theme, "warn" if tone == "warn" else "bounce", tone)
        return row(column(2, glyph, None, gap=0), (words_, 1), gap=k.S2)

    def _connected_since(self, event: FeedRow) -> str:
        """When the inbox of an event came back; empty while it has not."""
        for card in self._program.inboxes():
            if card.address == event.inbox_address and card.state is InboxState.CONNECTED:
                return times.since(card.since, times.now())
        return ""

    def _facts(self, event: FeedRow, story: MessageEvents | None) -> QVBoxLayout:
        theme = self._theme
        facts = column(gap=6)
        if event.kind is EventKind.CLICK and event.url:
            facts.addLayout(fact(theme, "Link", event.url))
        if event.kind is EventKind.BOUNCE and event.address and event.address != event.who:
            facts.addLayout(fact(theme, "Address", event.address))
        if event.user_agent:
            facts.addLayout(fact(theme, "Seen from", words.seen_from(event)))
        if event.proxy:
            facts.addLayout(fact(theme, "By way of", words.proxy(event)))
        if network := words.network(event):
            facts.addLayout(fact(theme, "Network", network))
        if event.inbox_address and event.kind is not EventKind.INBOX:
            facts.addLayout(fact(theme, "Inbox", event.inbox_address))
        told = "Yes" if event.notified else "No"
        if event.notified_why:
            told += f", {event.notified_why}"
        facts.addLayout(fact(theme, "Notified", told, whole=True))
        if story is not None and event.kind in words.JUDGED:
            opens = f"{times.number(story.opens_person)} by a person, {times.number(story.opens_machine)} by a machine"
            facts.addLayout(fact(theme, "Opens so far", opens))
        if event.rule_version and event.kind in words.JUDGED:
            facts.addLayout(fact(theme, "Judged by", words.by_rule(event)))
        if event.first_verdict and event.first_verdict != event.verdict.value:
            facts.addLayout(fact(theme, "At first", words.VERDICTS[Verdict(event.first_verdict)][0]))
        return facts

    def _story(self, story: MessageEvents) -> QVBoxLayout:
        theme = self._theme
        steps = column(label(theme, "This message", "strong"), gap=k.S2)
        today = times.today()

        def add(icon: str, text: str, when: str) -> None:
            steps.addLayout(
                row(
                    Glyph(theme, icon, "faint", k.ICON_SMALL),
                    (Elided(theme, text, "small"), 1),
                    label(theme, when, "small", "faint"),
                    gap=k.S2,
                )
            )

        for event in story.events[:STORY_LINES]:
            add(*words.step(event), times.moment_brief(event.at, today))
        if len(story.events) > STORY_LINES:
            add("more", f"{times.number(len(story.events) - STORY_LINES)} earlier events", "")
        if not _came(story):
            add("sent", "Sent", times.moment_brief(story.sent_at, today))
        return steps

    def _plot(self, story: MessageEvents) -> QWidget:
        days = days_since(times.local(story.sent_at).date())
        made = PlotPanel(self._theme, (0, k.S1, 0, 0))
        made.set_counts(self._program.feed_counts(days, message_pk=story.message_pk), "Since it was sent", brief=True)
        return made

    def _narrowing(self, event: FeedRow) -> QHBoxLayout | None:
        """What the feed can be narrowed to from here."""
        self.person_button = self.message_button = None
        parts: list[QWidget] = []
        contact, message = self._only
        if event.contact_id is not None and event.contact_id != contact:
            self.person_button = button(self._theme, "Only this person", "link")
            self.person_button.clicked.connect(self._on_person)
            parts.append(self.person_button)
        if event.message_pk is not None and event.message_pk != message:
            self.message_button = button(self._theme, "Only this message", "link")
            self.message_button.clicked.connect(self._on_message)
            parts.append(self.message_button)
        return row(*parts, None, gap=k.S4) if parts else None

    @Slot()
    def _on_person(self) -> None:
        if self._row is not None:
            self.person_chosen.emit(self._row)

    @Slot()
    def _on_message(self) -> None:
        if self._row is not None:
            self.message_chosen.emit(self._row)

    @Slot()
    def _on_open(self) -> None:
        if self._row is None:
            return
        if self._row.kind is EventKind.INBOX:
            self.inboxes_requested.emit()
        elif self._row.kind is EventKind.REVIEW:
            self.review_requested.emit(self._row)
        elif self._row.message_pk is not None:
            self.message_requested.emit(self._row.message_pk)

    @Slot()
    def _on_why(self) -> None:
        from app.ui.dialogs.why_dialog import WhyDialog  # not needed to see the feed

        if self._row is not None:
            WhyDialog(self._theme, self._program, self.window(), f"<{self._row.message_id}>").open()

    @Slot()
    def _on_again(self) -> None:
        if (event := self._row) is not None and event.contact_id is not None:
            ask_wants_mail(self._theme, self._program, event.contact_id, words.who(event), self.window())

    @Slot()
    def _on_judge(self) -> None:
        if self._row is not None:
            machine = self._row.verdict in (Verdict.MACHINE, Verdict.BLOCKED)
            self.verdict_given.emit(self._row.id, Verdict.PERSON if machine else Verdict.MACHINE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.close_button.isVisible():
            self.closed.emit()
            return
        super().keyPressEvent(event)
