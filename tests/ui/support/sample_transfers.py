"""Imports and exports of the in-memory `Program`: the real reading of tables, and transfers that a test moves on by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.domain.errors import HitchpostError
from app.domain.records import RecordChange
from app.domain.transfer import ImportKind, ImportOptions, TablePreview
from app.interchange.columns import field_names
from app.services.import_file import kind_of_file
from app.services.import_table import preview_table


class SampleTransfer(QObject):
    progressed = Signal(object)
    ended = Signal(object, str)

    def __init__(self, what: tuple[object, ...]) -> None:
        super().__init__()
        self.what = what
        self.started = self.stop_asked = False

    def start(self) -> None:
        self.started = True

    def request_stop(self) -> None:
        self.stop_asked = True


class SampleTransfers:
    transfer: SampleTransfer
    import_list: tuple[RecordChange, ...] = ()

    def kind_of_file(self, path: Path) -> ImportKind:
        return kind_of_file(path)

    def table_fields(self, kind: ImportKind) -> dict[str, str]:
        return field_names(kind)

    def preview_table(
        self,
        path: Path,
        kind: ImportKind,
        encoding: str,
        delimiter: str,
        then: Callable[[TablePreview | None, str], None],
    ) -> None:
        try:
            then(preview_table(path, kind, encoding, delimiter), "")
        except HitchpostError as error:
            then(None, str(error))

    def unknown_stages(self, path, encoding, delimiter, mapping, then) -> None:
        """Of a workspace with the stages of the sample: all names in the column that are none of these."""
        rows = preview_table(path, ImportKind.DEALS, encoding, delimiter).rows
        column = list(mapping).index("stage") if "stage" in mapping else -1
        here = {stage.name for stage in self.deal_stages()}
        then(tuple(dict.fromkeys(r[column] for r in rows if column >= 0 and r[column] not in here)), "")

    def import_file(self, kind: ImportKind, path: Path, options: ImportOptions) -> SampleTransfer:
        self.transfer = SampleTransfer((kind, path, options))
        return self.transfer

    def imports(self, limit: int = 20) -> tuple[RecordChange, ...]:
        return self.import_list[:limit]

    def undo_import(self, change_id: int) -> SampleTransfer:
        self.transfer = SampleTransfer(("undo", change_id))
        return self.transfer

    def export_all(self, folder: Path, force: bool = False) -> SampleTransfer:
        self.transfer = SampleTransfer((folder, force))
        return self.transfer

    def own_addresses(self) -> tuple[str, ...]:
        return ("jonas@example.org", "jonas.ahl@example.com")
