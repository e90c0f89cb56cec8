"""Contacts who may be one person. Used by the contacts page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.domain.records import ContactLine
from app.ui.records.duplicates import DuplicatesView, DuplicateWords
from app.ui.records.words import name_of


class ContactDuplicates(DuplicatesView):
    WORDS = DuplicateWords(
        "All contacts",
        "Each pair may be one person. Compare them before they are merged; a merge can be undone.",
        "Comparing all contacts",
        "No two contacts look like one person.",
        "The contacts could not be compared",
    )

    def look_up(self, then: Callable[[Any, str], None]) -> None:
        self._program.find_duplicates(then)

    def keep_apart(self, one: int, other: int) -> None:
        self._program.not_duplicates(one, other)

    def name_of(self, line: ContactLine) -> str:
        return name_of(line)

    def details(self, line: ContactLine) -> tuple[str, str]:
        return line.address, " · ".join(p for p in (line.title, line.company) if p)
