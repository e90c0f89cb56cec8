"""The foot of a message's card: what became of it, how it came here, and where it is logged. Used by `card`."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app.domain.outbox import OutboxState
from app.domain.views import TimelineMessage
from app.ui.contacts import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.flow import FlowLayout
from app.ui.kit.layout import fill, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, FittingElided, Glyph, button, label

LOGGED_WIDTH = 210  # px at 100 % of what it is logged to
BY_WIDTH = 90  # px at 100 % that are left at least to how it came here, else the links go below


class CardFoot(QWidget):
    """Counters at the left, links at the right; in a narrow card the links stand in a line of their own below."""

    events_requested = Signal()
    associations_requested = Signal()
    why_requested = Signal()
    part_requested = Signal()

    def __init__(self, theme: Theme, message: TimelineMessage) -> None:
        super().__init__()
        self._theme, self._message = theme, message
        left = self._counters() if self._is_out() else []
        if message.thread_messages > 1:
            left.append(self._fact("link", f"In this thread: {times.number(message.thread_messages)} messages"))
        by = Elided(theme, words.foot(message), "small", "faint")
        by.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._links: list[QWidget] = [self._where()]
        if message.outbox_state is None:
            why = button(theme, "Why here?", "link", name=f"Why is “{message.subject}” here?")
            why.clicked.connect(self.why_requested)
            self._links.append(why)
        if message.joined:
            part = button(theme, "Part from its forward", "link", name=f"Part “{message.subject}” from its forward")
            part.setToolTip("It came here, and was forwarded here, too. The two are shown as one.")
            part.clicked.connect(self.part_requested)
            self._links.insert(0, part)
        self._counts = host(FlowLayout(*left, gap=k.S3)) if left else None
        self._right = host(row((by, 1), *self._links, gap=k.S4))
        counts = [self._counts] if self._counts is not None else []
        self._parts = fill(
            QBoxLayout(QBoxLayout.Direction.LeftToRight), (*counts, (self._right, 1)), k.S4, (0, 0, 0, 0)
        )
        self.setLayout(self._parts)

    def minimumSizeHint(self) -> QSize:
        """As narrow as it gets with the links below the counters."""
        parts = [part.minimumSizeHint() for part in (self._counts, self._right) if part is not None]
        return QSize(max(part.width() for part in parts), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._counts is None:
            return
        needed = self._counts.sizeHint().width() + sum(part.sizeHint().width() + k.S4 for part in self._links)
        below = needed + k.S4 + self._theme.px(BY_WIDTH) > event.size().width()
        self._parts.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._parts.setSpacing(k.S1 if below else k.S4)

    def _is_out(self) -> bool:
        unsent = (OutboxState.FAILED, OutboxState.UNKNOWN)
        return self._message.direction == "sent" and self._message.outbox_state not in unsent

    def _where(self) -> QWidget:
        theme, message = self._theme, self._message
        logged_to = words.logged_to(message)
        shown = self.fontMetrics().elidedText(logged_to, Qt.TextElideMode.ElideRight, theme.px(LOGGED_WIDTH))
        made = button(theme, shown, "link", name=f"{logged_to}: change where “{message.subject}” is logged")
        made.setToolTip(logged_to)
        made.clicked.connect(self.associations_requested)
        return made

    def _fact(self, icon: str, text: str) -> QWidget:
        words_ = FittingElided(self._theme, text, "small", "faint")
        return host(row(Glyph(self._theme, icon, "faint", k.ICON_SMALL), (words_, 1), gap=5))

    def _counters(self) -> list[QWidget]:
        theme, message = self._theme, self._message
        if message.opens is None and message.clicks is None:
            return [self._fact("infer", words.no_tracking(message))]
        made: list[QWidget] = []
        for icon, count, text in (
            ("open", message.opens, words.opened),
            ("click", message.clicks, words.clicked),
        ):
            if count is None or (icon == "click" and not count):
                continue
            if count:
                link = button(theme, text(count), "link", icon, name=f"{text(count)}: show what happened")
                link.setFont(theme.font("small"))
                link.clicked.connect(self.events_requested)
                made.append(link)
            else:
                made.append(self._fact(icon, text(count)))
        if message.last_event_at is not None and (message.opens or message.clicks):
            when = times.moment_brief(message.last_event_at, times.today())
            made.append(label(theme, f"Last {when}", "small", "faint"))
        return made
