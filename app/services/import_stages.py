"""Stages of deals as other programs call them: which one of this workspace each becomes. Used by the import of deals, and by
the dialog and the command that ask for the others beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.domain.errors import UsageError
from app.domain.quoting import quoted
from app.domain.record_words import sort_key
from app.domain.records import Outcome, Stage
from app.interchange.table import TableReader, look_at_table
from app.services.workspace import Workspace

MOST_STAGES = 50  # different names that are asked for
_MOST_ROWS = 200_000  # that are looked through for them
# HubSpot's own stages and other common words, by what they mean
_WON = ("closed won", "closedwon", "won", "vunnen", "vunnet", "wygrana")
_LOST = ("closed lost", "closedlost", "lost", "förlorad", "tabt", "tapt", "przegrana")


class StageNames:
    """`chosen`: (name in the file, stage here). Raises UsageError where there is no such stage here."""

    def __init__(self, stages: Iterable[Stage], chosen: Sequence[tuple[str, str]] = ()) -> None:
        self._stages = tuple(stages)
        by_key = {sort_key(stage.name): stage.name for stage in self._stages}
        self._known = dict(by_key)
        for outcome, words in ((Outcome.WON, _WON), (Outcome.LOST, _LOST)):
            first = next((stage.name for stage in self._stages if stage.outcome is outcome), None)
            for word in words if first is not None else ():
                self._known.setdefault(sort_key(word), str(first))
        for there, here in chosen:
            if sort_key(here) not in by_key:
                raise UsageError(f"There is no stage {quoted(here)}. Stages: {self._listed()}.")
            self._known[sort_key(there)] = by_key[sort_key(here)]

    def find(self, name: str) -> str | None:
        """The stage that a name in the file means; None where nobody knows."""
        return self._known.get(sort_key(name))

    def named(self, name: str) -> str:
        """Raises UsageError, with what to do."""
        found = self.find(name)
        if found is None:
            raise UsageError(
                f"There is no stage {quoted(name)}. Choose which one it becomes, or make it first. Stages: {self._listed()}."
            )
        return found

    def _listed(self) -> str:
        return ", ".join(stage.name for stage in self._stages)


def unknown_stages(
    workspace: Workspace, path: Path, encoding: str, delimiter: str, mapping: Sequence[str]
) -> tuple[str, ...]:
    """Names in the column that is the stage which mean none here, in the order of the file. Raises UnreadableFile."""
    if "stage" not in mapping:
        return ()
    column = list(mapping).index("stage")
    names = StageNames(workspace.store.deals.stages())
    found: dict[str, str] = {}
    with TableReader(look_at_table(path, encoding, delimiter)) as reader:
        for number, row in enumerate(reader):
            if number >= _MOST_ROWS or len(found) >= MOST_STAGES:
                break
            name = row.cells[column] if number and not row.problem and column < len(row.cells) else ""
            if name and names.find(name) is None:
                found.setdefault(sort_key(name), name)
    return tuple(found.values())
