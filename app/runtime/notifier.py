"""Decides whether an event notifies, and shows it: over D-Bus where a notification service answers, else by the tray."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.events import EventId
from app.domain.notices import (
    CAME_AWAY,
    CAME_IN_QUIET,
    GROUP_SECONDS,
    IN_QUIET,
    NO_DESKTOP,
    NOWHERE,
    TAKEN_BACK,
    Bursts,
    Note,
    Notice,
    Quiet,
    decide_notice,
    summary,
)
from app.domain.quiet_hours import quiet_hours
from app.runtime.second_looks import SecondLooks

if TYPE_CHECKING:
    from app.domain.views import FeedRow
    from app.runtime.desktop_notifications import DesktopNotifications
    from app.services.workspace import Workspace

AGAIN = 300  # milliseconds between two states of a notice that grows
GATHER, GATHER_AT_MOST = 1_000, 5_000  # milliseconds for what came while nobody was here
SAME_ABSENCE = 120.0  # seconds in which what comes later joins that summary
LOOK_AT_CLOCK = 15_000  # milliseconds, while something waits for the end of the quiet hours

Settled = tuple[tuple[EventId, bool, str], ...]  # whether it was shown, and how or why not


class Notifier(QObject):
    """`show` answers whether a notice was shown and why (not); what is only known later comes by `settled`. The feed in the
    program is the truth; a notice that cannot be shown is no fault."""

    clicked = Signal(str)  # key of the note: an event's number or FEED
    tray_requested = Signal(str, str)  # title, body: for a tray icon to show; plain text
    settled = Signal(object)  # Settled
    availability_changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = workspace.store
        self._desktop: DesktopNotifications | None = None
        self._tray = False
        self._last_key = NOWHERE
        self._bursts = Bursts()
        self.second_looks = SecondLooks(workspace.store, self)
        self.second_looks.released.connect(self._on_released)
        self.second_looks.withdrawn.connect(self._on_withdrawn)
        self._growing: dict[str, Note] = {}  # by topic: shown when the one before had its moment
        self._ids: dict[str, list[EventId]] = {}  # by topic
        self._grow = self._timer(AGAIN, self._show_grown)
        self._quiet: list[FeedRow] = []
        self._clock = self._timer(LOOK_AT_CLOCK, self.look_at_clock)
        self._away: list[FeedRow] = []
        self._absence, self._absence_told, self._absence_new = "", 0.0, 0
        self._gathering = 0.0
        self._gather = self._timer(GATHER, self._tell_absence)

    def _timer(self, milliseconds: int, slot: object) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(milliseconds)
        made.timeout.connect(slot)
        return made

    def start(self) -> None:
        if sys.platform == "linux":
            from app.runtime.desktop_notifications import DesktopNotifications  # jeepney is there on Linux only

            self._desktop = DesktopNotifications("Hitchpost", "hitchpost", self)
            self._desktop.clicked.connect(self._on_clicked)
            self._desktop.refused.connect(self._on_refused)
            self._desktop.availability.connect(self._on_availability)
            self._desktop.start()
        else:
            self.availability_changed.emit()

    def stop(self) -> bool:
        for timer in (self._grow, self._clock, self._gather):
            timer.stop()
        self.second_looks.stop()
        desktop, self._desktop = self._desktop, None
        return desktop is None or desktop.stop()

    @property
    def has_tray(self) -> bool:
        return self._tray

    @has_tray.setter
    def has_tray(self, there: bool) -> None:
        """Set by the program's window: whether there is a tray that shows messages."""
        self._tray = there
        self.availability_changed.emit()

    @property
    def available(self) -> bool:
        return self.has_tray or (self._desktop is not None and self._desktop.available)

    @property
    def probed(self) -> bool:
        """Whether `available` is known by now."""
        return sys.platform != "linux" or (self._desktop is not None and self._desktop.probed)

    def show(self, row: FeedRow, *, away: bool = False) -> tuple[bool, str]:
        """`away`: it happened while nobody was here, or while the tracking server could not be reached. (False, "") where it is
        not known yet: one of several waits for a second look, and is `settled` then."""
        several = self.second_looks.is_one_of_several(row)
        settings = self._store.settings.all()
        decided = decide_notice(row, settings)
        if isinstance(decided, Quiet):
            return False, decided.why
        if self._is_quiet():
            self._quiet.append(row)
            if not self._clock.isActive():
                self._clock.start()
            return False, IN_QUIET
        if away:
            self._put_away(row)
            return False, CAME_AWAY
        if several:
            self.second_looks.hold(row)
            return False, ""
        return self._show_at_once(row, decided, float(str(settings[GROUP_SECONDS])))

    def tell(self, title: str, body: str) -> None:
        """A notice of the program itself; clicking it leads nowhere."""
        self._show(Note(NOWHERE, title, body))

    # -- as it comes

    def _show_at_once(self, row: FeedRow, notice: Notice, within: float) -> tuple[bool, str]:
        note, before = self._bursts.add(row, notice, time.monotonic(), within)
        if not self.available:
            return False, NO_DESKTOP
        self._remember(note.topic, [row])
        self.second_looks.remember(row)
        if before and self._grow.isActive():
            self._growing[note.topic] = note
        else:
            self._show(note)
            self._grow.start()
        if not before:
            return True, self._how()
        return True, f"{self._how()}, in one with {'another' if before == 1 else f'{before} others'} before it"

    @Slot()
    def _show_grown(self) -> None:
        growing, self._growing = self._growing, {}
        for note in growing.values():
            self._show(note)
            self._grow.start()

    @Slot(object)
    def _on_released(self, rows: tuple[FeedRow, ...]) -> None:
        settings = self._store.settings.all()
        found = []
        for row in rows:
            decided = decide_notice(row, settings)
            if isinstance(decided, Quiet):
                found.append((row.id, False, decided.why))
            else:
                found.append((row.id, *self._show_at_once(row, decided, float(str(settings[GROUP_SECONDS])))))
        self.settled.emit(tuple(found))

    @Slot(object)
    def _on_withdrawn(self, rows: tuple[FeedRow, ...]) -> None:
        """They were told as a person's. What a tray has shown stays."""
        notes = self._bursts.remove(rows)
        for note in notes:
            self._growing.pop(note.topic, None)
        if self._desktop is None or not self._desktop.available:
            return
        for note in notes:
            self._desktop.show(note)
        self.settled.emit(tuple((row.id, True, f"{self._how()}, {TAKEN_BACK}") for row in rows))

    # -- what came while nobody was here

    def _put_away(self, row: FeedRow) -> None:
        now = time.monotonic()
        if self._absence and now - self._absence_told > SAME_ABSENCE:
            self._away, self._absence = [], ""
        self._away.append(row)
        self._absence_new += 1
        if not self._gather.isActive():
            self._gathering = now
        left = GATHER_AT_MOST - (now - self._gathering) * 1000
        self._gather.start(max(0, min(GATHER, int(left))))

    @Slot()
    def _tell_absence(self) -> None:
        if not self._absence:
            self._absence, self._absence_told = f"away-{time.monotonic_ns()}", time.monotonic()
        new, self._absence_new = self._away[-self._absence_new :], 0
        self._summarise(self._away, new, "While you were away", self._absence, CAME_AWAY)

    # -- quiet hours

    def _is_quiet(self) -> bool:
        hours = quiet_hours(self._store.settings.all())
        return hours is not None and hours.until(datetime.now(UTC)) is not None

    @Slot()
    def look_at_clock(self) -> None:
        """Looks whether the quiet hours are over. The wall clock is asked each time: it may be set, and people travel."""
        if self._is_quiet():
            self._clock.start()
            return
        rows, self._quiet = self._quiet, []
        if rows:
            topic = f"quiet-{time.monotonic_ns()}"
            self._summarise(rows, rows, "In your quiet hours", topic, CAME_IN_QUIET)

    # -- showing

    def _summarise(self, rows: Sequence[FeedRow], new: Sequence[FeedRow], lead: str, topic: str, came: str) -> None:
        paused = bool(self._store.settings.get("notify_paused"))
        shown = self.available and not paused
        if shown:
            self._remember(topic, new)
            self._show(summary(rows, lead, topic))
        why = f"in one summary, for {came}"
        if not shown:
            why = f"{came}, and {'notifications were paused' if paused else NO_DESKTOP}"
        self.settled.emit(tuple((row.id, shown, why) for row in new))

    def _remember(self, topic: str, rows: Sequence[FeedRow]) -> None:
        self._ids.setdefault(topic, []).extend(row.id for row in rows)
        while len(self._ids) > 8:
            del self._ids[next(iter(self._ids))]

    def _how(self) -> str:
        by_desktop = self._desktop is not None and self._desktop.available
        return "shown as a desktop notification" if by_desktop else "shown by the tray icon"

    def _show(self, note: Note) -> None:
        if self._desktop is not None and self._desktop.available:
            self._desktop.show(note)
        elif self.has_tray:
            self._last_key = note.key
            self.tray_requested.emit(note.title, note.body)

    @Slot(object)
    def _on_refused(self, note: Note) -> None:
        """The service took it and did not show it."""
        if note.takes_away:
            return
        if self.has_tray:
            self._last_key = note.key
            self.tray_requested.emit(note.title, note.body)
        elif ids := self._ids.pop(note.topic, None):
            self.settled.emit(tuple((event_id, False, NO_DESKTOP) for event_id in ids))

    @Slot(bool)
    def _on_availability(self, _available: bool) -> None:
        self.availability_changed.emit()

    @Slot()
    def tray_message_clicked(self) -> None:
        """The tray cannot say which one was clicked: it is taken for the last one."""
        if self._last_key:
            self.clicked.emit(self._last_key)

    @Slot(str, str)
    def _on_clicked(self, key: str, token: str) -> None:
        if token:
            os.environ["XDG_ACTIVATION_TOKEN"] = token  # Qt hands it to the desktop when the window comes forward
        if key:
            self.clicked.emit(key)
