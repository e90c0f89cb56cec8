"""Fields of which a record has several: one line each, the first one the primary. Used by panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.domain.errors import HitchpostError
from app.ui.records.editors import Editor
from app.ui.records.in_place import Choice, Spec


@dataclass(frozen=True)
class Several:
    """`write` keeps a whole list and raises what is told; `refused` shows what it raised when no editor is there to show it.
    `text(item)` is what a line reads; `opens(item)` what a click does instead of editing; `note(item)` what stands below."""

    key: str
    titles: Callable[[int, Any], str]
    items: Sequence[Any]
    text: Callable[[Any], str]
    editor: Callable[[Any], Editor]
    write: Callable[[list[Any]], None]
    refused: Callable[[str], None]
    check: Callable[[Any], None] = lambda _item: None
    opens: Callable[[Any], None] | None = None
    note: Callable[[Any], str] = lambda _item: ""
    ordered: bool = True
    editable: bool = True

    def specs(self) -> tuple[Spec, ...]:
        return tuple(self._spec(position, item) for position, item in enumerate(self.items))

    def new(self, title: str) -> Spec:
        """The line that adds one; `editor(None)` edits it."""
        return Spec(f"{self.key}.new", title, "", editor=partial(self.editor, None), save=self._append)

    def _spec(self, position: int, item: Any) -> Spec:
        menu = [Choice("Make primary", partial(self._try, self._first(position)))] if self.ordered and position else []
        menu.append(Choice("Remove", partial(self._try, [v for i, v in enumerate(self.items) if i != position])))
        return Spec(
            f"{self.key}.{position}",
            self.titles(position, item),
            self.text(item),
            editor=partial(self.editor, item) if self.editable else None,
            save=partial(self._replace, position),
            opens=partial(self.opens, item) if self.opens is not None else None,
            menu=tuple(menu),
            note=self.note(item),
        )

    def _first(self, position: int) -> list[Any]:
        return [self.items[position], *(v for i, v in enumerate(self.items) if i != position)]

    def _append(self, value: Any) -> None:
        if value and value != ["", "work"]:
            self.check(value)
            self.write([*self.items, value])

    def _replace(self, position: int, value: Any) -> None:
        rest = [v for i, v in enumerate(self.items) if i != position]
        if not value or value[0] == "":
            self.write(rest)
            return
        self.check(value)
        self.write([value if i == position else v for i, v in enumerate(self.items)])

    def _try(self, items: list[Any]) -> None:
        try:
            self.write(items)
        except HitchpostError as fault:
            self.refused(str(fault))
