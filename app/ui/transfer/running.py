"""A transfer that runs, and its end: the pages that the dialogs of import and export share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.domain.transfer import ImportReport, Progress
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Elided, WrappedLabel, label, progress
from app.ui.transfer.words import how_far, import_counts, import_title

_SHOWN = 100  # lines of those left out


class RunningPage(QWidget):
    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.bar = progress(theme, name)
        self.text = label(theme, "Beginning…", "body", "muted", wrap=True)
        self.setLayout(column(None, self.text, self.bar, None, gap=k.S3))

    def show_progress(self, now: Progress) -> None:
        self.bar.setRange(0, 1000 if now.total else 0)
        self.bar.setValue(1000 * now.done // now.total if now.total else 0)
        self.text.setText(how_far(now))

    def stopping(self) -> None:
        self.text.setText("Stopping after the part in hand…")


class ReportPage(QWidget):
    """What became of it: a banner, notes, and the first of what was left out with its reasons."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.banner = Banner(theme, "ok", "")
        self._notes = column(gap=k.S1)
        self._lines = column(gap=k.S2, margins=(k.S3, k.S2, k.S3, k.S2))
        self._area = scroll(host(column(self._lines, None, gap=0)))
        self._box = box("sunken", column((self._area, 1), gap=0))
        self.setLayout(column(self.banner, self._notes, (self._box, 1), None, gap=k.S3))
        self._box.hide()

    def show_end(self, kind: str, title: str, text: str, notes: tuple[str, ...] = ()) -> None:
        self.banner.set(kind, title, text)
        clear(self._notes)
        for note in notes:
            self._notes.addWidget(label(self._theme, note, "small", "muted", wrap=True))

    def show_import(self, report: ImportReport) -> None:
        kind, title = import_title(report)
        notes = list(report.notes)
        if report.rejected is not None:
            notes.append(
                f"What was left out is in {report.rejected}, with the reasons: mend it there, and import that file."
            )
        self.show_end(kind, title, import_counts(report), tuple(notes))
        found = [
            (f"{times.number(line.place)}  {line.what}".strip(), line.why)
            for part in (report, *report.parts)
            for line in part.lines
        ]
        self.show_lines(found, report.skipped)

    def show_lines(self, found: Sequence[tuple[str, str]], count: int) -> None:
        """What, and why; of `count`, where the list does not hold all."""
        clear(self._lines)
        for what, why in found[:_SHOWN]:
            self._lines.addWidget(self._line(what, why))
        if len(found) > _SHOWN or count > len(found):
            rest = max(count, len(found)) - min(len(found), _SHOWN)
            self._lines.addWidget(label(self._theme, f"… and {times.number(rest)} more", "small", "muted"))
        self._box.setVisible(bool(found))
        self._area.setMinimumHeight(self._theme.px(200) if found else 0)

    def _line(self, what: str, reason: str) -> QWidget:
        why = WrappedLabel(reason)
        why.setFont(self._theme.font("small"))
        why.setProperty("tone", "muted")
        return host(column(Elided(self._theme, what, "small_strong"), why, gap=0, margins=(0, 0, 0, 0)))


def side_by_side(*parts: QWidget) -> QWidget:
    return host(row(*((part, 1) for part in parts), gap=k.S3))
