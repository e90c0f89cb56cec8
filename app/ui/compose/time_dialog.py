"""Asks when a message should go out ("Choose a time…")."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.ui.compose.send_times import said
from app.ui.kit import times
from app.ui.kit.dialog import Dialog
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label

DAYS_AHEAD = 90
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)")


class TimeDialog(Dialog):
    """`chosen` carries a UTC datetime in the future."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget, proposed: datetime) -> None:
        super().__init__(
            theme, "When should it go out?", "Hitchpost has to be running at that time.", parent, width=420
        )
        self.setObjectName("send-time")
        here = times.local(proposed)
        today = times.local(times.now()).date()
        days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
        names = ["Today", "Tomorrow"]
        options = [(names[n] if n < 2 else times.day_long(d), d.toordinal()) for n, d in enumerate(days)]
        self.day = combo(theme, options, "Day")
        self.day.setMaxVisibleItems(12)
        self.day.setCurrentIndex(max(0, (here.date() - today).days))
        self.clock = entry(theme, f"{here:%H:%M}", "08:00")
        self.clock_field = Field(theme, "Time", self.clock)
        self.clock_field.setFixedWidth(theme.px(120))
        self.words = label(theme, "", "small", "faint", wrap=True)
        self.add(row((Field(theme, "Day", self.day), 1), self.clock_field))
        self.add(self.words)
        self.verb = self.set_verb("Send then")
        self.verb.clicked.connect(self._on_verb)
        self.day.currentIndexChanged.connect(self._on_changed)
        self.clock.textChanged.connect(self._on_changed)
        self.clock.editingFinished.connect(self._on_left)
        self._on_changed()

    def moment(self) -> datetime | None:
        """None while the time is not one."""
        found = _TIME.fullmatch(self.clock.text().strip())
        if found is None:
            return None
        day = date.fromordinal(int(self.day.currentData()))
        return datetime.combine(day, time(int(found[1]), int(found[2]))).astimezone(UTC)

    @Slot()
    def _on_changed(self) -> None:
        now, moment = times.now(), self.moment()
        late = moment is not None and moment <= now
        self.verb.setEnabled(moment is not None and not late)
        if moment is None:
            self.words.setText("")
        else:
            self.words.setText("This time is over." if late else f"It goes out {said(moment, now)}.")

    @Slot()
    def _on_left(self) -> None:
        if self.moment() is None:
            self.clock_field.set_error("Hours and minutes, as 08:00.")

    @Slot()
    def _on_verb(self) -> None:
        moment = self.moment()
        if moment is None or moment <= times.now():
            self._on_changed()
            return
        self.chosen.emit(moment)
        self.accept()
