"""Companies that may be one. Used by the companies page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from app.domain.records import CompanyLine
from app.ui.kit import times
from app.ui.records.duplicates import DuplicatesView, DuplicateWords
from app.ui.records.words import last_mail


class CompanyDuplicates(DuplicatesView):
    SQUARE = True
    WORDS = DuplicateWords(
        "All companies",
        "Each pair may be one company. Compare them before they are merged; a merge can be undone.",
        "Comparing all companies",
        "No two companies look like one.",
        "The companies could not be compared",
    )

    def look_up(self, then: Callable[[Any, str], None]) -> None:
        self._program.find_company_duplicates(then)

    def keep_apart(self, one: int, other: int) -> Callable[[], object]:
        return partial(self._together, self._program.not_one_company(one, other).id)

    def _together(self, change_id: int) -> None:
        self._program.undo_change(change_id)
        self.look()

    def name_of(self, line: CompanyLine) -> str:
        return line.name

    def details(self, line: CompanyLine) -> tuple[str, str]:
        people = times.count(line.contacts, "person", "people")
        return line.domain or "No domain", f"{people} · {last_mail(line.last_at)}"
