"""What of the feed is shown: the search, the kinds, people alone, one contact or one message; and how much that is. Used by the
activity page, which puts its parts where they belong."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.events import EventKind
from app.domain.feed_filter import FeedFilter, FeedTotals
from app.ui.activity import words
from app.ui.activity.plot import DAYS, PERIOD, days_since
from app.ui.activity.scope import ScopeBar
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Pill, Search
from app.ui.kit.layout import column, host, row
from app.ui.kit.overflow import OverflowRow
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label

KINDS: tuple[tuple[str, str, frozenset[EventKind] | None], ...] = (
    ("all", "All", None),
    ("open", "Opens", frozenset({EventKind.OPEN})),
    ("click", "Clicks", frozenset({EventKind.CLICK})),
    ("reply", "Replies", frozenset({EventKind.REPLY})),
    ("bounce", "Bounces", frozenset({EventKind.BOUNCE})),
    ("inbox", "Inboxes", frozenset({EventKind.INBOX})),
    ("unsubscribe", "Unsubscribed", frozenset({EventKind.UNSUBSCRIBE, EventKind.RESUBSCRIBE})),
    ("review", "Not logged", frozenset({EventKind.REVIEW})),
)


class Narrowing(QObject):
    """`changed` once for each change. `strip` holds all parts but `search`. `plot_of`: title and days of the plot that goes
    with it."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.search = Search(theme, "Search people, subjects, links", 280)
        self.filters = OverflowRow(theme, [(key, text) for key, text, _ in KINDS], "Kind of event")
        self.people_only = Pill(theme, "People only")
        self.scope = ScopeBar(theme)
        self.totals = label(theme, "", "small", "faint", wrap=True)
        self.contact: int | None = None
        self.message: int | None = None
        self.plot_of: tuple[str, int] = (f"Last {DAYS} days", DAYS)
        below = row((self.totals, 1), self.people_only, gap=k.S2)
        self.strip = host(column(self.scope, self.filters, below, gap=k.S2, margins=(k.S6, k.S3, k.S6, k.S1)))
        self.search.searched.connect(self._on_changed)
        self.filters.chosen.connect(self._on_changed)
        self.people_only.toggled.connect(self._on_changed)
        self.scope.left.connect(self.leave_scope)

    def filter(self) -> FeedFilter:
        kinds = next(kinds for key, _, kinds in KINDS if key == self.filters.key())
        return FeedFilter(kinds, self.people_only.isChecked(), self.search.text().strip(), self.contact, self.message)

    def by_tab(self) -> tuple[QWidget, ...]:
        """The strip's controls in the order of the Tab key."""
        pills = [self.filters.pill(key) for key, _, _ in KINDS]
        return (self.scope.button, *pills, self.filters.more, self.people_only)

    def show_contact(self, contact_id: int, name: str) -> None:
        self._narrow(contact_id, None, (f"Last {PERIOD} weeks", PERIOD * 7), f"Only {name}")

    def show_message(self, message_pk: int, subject: str, sent_at: datetime | None) -> None:
        days = DAYS if sent_at is None else days_since(times.local(sent_at).date())
        self._narrow(None, message_pk, ("Since it was sent", days), f"Only “{subject or '(no subject)'}”")

    @Slot()
    def leave_scope(self) -> None:
        self._narrow(None, None, (f"Last {DAYS} days", DAYS), "")

    def clear(self) -> None:
        """Everything is shown again."""
        self.search.clear()
        self.people_only.setChecked(False)
        self.filters.choose("all")
        if self.contact is not None or self.message is not None:
            self.leave_scope()

    def tell(self, found: FeedTotals) -> None:
        self.totals.setText(words.totals(found))

    def _narrow(self, contact: int | None, message: int | None, plot_of: tuple[str, int], said: str) -> None:
        self.contact, self.message, self.plot_of = contact, message, plot_of
        self.scope.set(said)
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        self.totals.setText(" ")  # those of the filter before are not shown beside this one's rows
        self.changed.emit()
