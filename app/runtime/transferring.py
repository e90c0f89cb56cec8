"""The part of the façade for imports and exports (X3). A base of `Connecting`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.records import RecordChange
from app.domain.transfer import ImportKind, ImportOptions, TablePreview

if TYPE_CHECKING:
    from app.domain.transfer import Stop, Tell
    from app.runtime.jobs import Jobs
    from app.runtime.transfer_worker import TransferWorker
    from app.services.workspace import Workspace
    from app.store import Store


class Transferring:
    """`import_file`, `undo_import` and `export_all` return a handle: connect its signals `progressed(Progress)` and
    `ended(report, why)`, which come on the main thread, then call its `start()`. `request_stop()` cancels it. Changes are
    broadcast as they come."""

    workspace: Workspace
    _store: Store
    _jobs: Jobs

    def kind_of_file(self, path: Path) -> ImportKind:
        """What a file holds, by its beginning and its name. Raises UnreadableFile."""
        from app.services.import_file import kind_of_file

        return kind_of_file(path)

    def table_fields(self, kind: ImportKind) -> dict[str, str]:
        """Field → its name for people, in the order in which to offer them."""
        from app.interchange.columns import field_names

        return field_names(kind)

    def preview_table(
        self,
        path: Path,
        kind: ImportKind,
        encoding: str,
        delimiter: str,
        then: Callable[[TablePreview | None, str], None],
    ) -> None:
        """The first rows of a table and what its columns are taken for; "" finds encoding and delimiter."""
        from app.services.import_table import preview_table

        self._jobs.run("preview-table", partial(preview_table, path, kind, encoding, delimiter), then)

    def unknown_stages(
        self,
        path: Path,
        encoding: str,
        delimiter: str,
        mapping: Sequence[str],
        then: Callable[[tuple[str, ...] | None, str], None],
    ) -> None:
        """Stages that a table of deals names and that are none here. `mapping`: the field of each column."""
        from app.services.import_stages import unknown_stages

        ask = partial(unknown_stages, self.workspace, path, encoding, delimiter, mapping)
        self._jobs.run("unknown-stages", ask, then)

    def import_file(self, kind: ImportKind, path: Path, options: ImportOptions) -> TransferWorker:
        from app.services.import_file import import_file

        workspace = self.workspace
        return self._transfer(lambda tell, stop: import_file(workspace, kind, path, options, tell, stop))

    def export_all(self, folder: Path, force: bool = False) -> TransferWorker:
        """Everything, into a folder that is made when it is not there."""
        from app.services.export_workspace import export_workspace

        workspace = self.workspace
        return self._transfer(lambda tell, stop: export_workspace(workspace, folder, tell, stop, force=force))

    def imports(self, limit: int = 20) -> tuple[RecordChange, ...]:
        """Newest first; `undone_at` is set where one was taken back."""
        from app.services.undo_import import imports

        return imports(self._store, limit)

    def undo_import(self, change_id: int) -> TransferWorker:
        """Of `imports`, or `change_id` of a report. Ends with an ImportUndone: what somebody changed or used since stays,
        and is told there. Who stops it can go on later."""
        from app.services.undo_import import undo_import

        store = self._store
        return self._transfer(lambda tell, stop: undo_import(store, change_id, tell, stop))

    def own_addresses(self) -> tuple[str, ...]:
        """What is known as one's own without being told: of inboxes, aliases and users."""
        store = self._store
        return tuple(sorted(store.inboxes.own_addresses() | store.credit.own_keys()))

    def _transfer(self, call: Callable[[Tell, Stop], Any]) -> TransferWorker:
        return self._jobs.stoppable(call)
