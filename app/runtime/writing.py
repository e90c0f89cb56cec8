"""The part of the façade by which mail is written and sent: drafts, files, the outbox. The base of `Program`; what Compose
talks to."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.domain.errors import UsageError
from app.runtime.tending import Tending

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId
    from app.domain.outbox import AttachmentRef, Draft, OutboxId
    from app.domain.send_limits import Allowance
    from app.services.workspace import Workspace


class Writing(Tending):
    outbox_changed = Signal(int)  # OutboxId
    file_taken = Signal(int, object, str)  # the number given to `take_file`, AttachmentRef, or None and why

    def send_allowance(self, inbox_id: InboxId) -> Allowance:
        """How many recipients the inbox may still write to in these 24 hours (M5)."""
        from app.services.send_allowance import send_allowance

        return send_allowance(self._store, self._store.inboxes.get(inbox_id))

    def clean_html(self, html: str) -> str:
        """Pasted or quoted HTML without tracking; our own links lead to their destinations again."""
        from app.services.clean_body import clean_html

        return clean_html(self.workspace, html)

    def take_file(self, number: int, path: Path) -> None:
        """As `store_attachment`, off the main thread; `file_taken` brings what became of it."""

        def taken(ref: AttachmentRef | None, why: str) -> None:
            self.file_taken.emit(number, ref, why)

        self._jobs.run("take-file", partial(_store_attachment, self.workspace, path), taken)

    def save_draft(self, draft: Draft, outbox_id: OutboxId | None = None) -> OutboxId:
        from app.services import write_message as writing

        return writing.save_draft(self.workspace, draft, outbox_id)

    def discard_draft(self, outbox_id: OutboxId) -> bool:
        """False, and `failed`, when it could not be written down: the draft is still there."""
        from app.services import write_message as writing

        done = False
        with self.wish("The draft was not discarded"):
            writing.discard_draft(self.workspace, outbox_id)
            done = True
        return done

    def store_attachment(self, path: Path) -> AttachmentRef:
        """Reads the file where it is called: a window calls `take_file`. Raises UsageError, StoreError."""
        return _store_attachment(self.workspace, path)

    def store_content(self, filename: str, content_type: str, content: bytes, content_id: str = "") -> AttachmentRef:
        from app.services import write_message as writing

        return writing.store_content(self.workspace, filename, content_type, content, content_id)

    def send(self, draft: Draft, outbox_id: OutboxId | None = None) -> OutboxId:
        """Queued, with the seconds for undoing. Raises UsageError with what is to be mended."""
        from app.services import write_message as writing

        seconds = int(self._store.settings.get("undo_seconds"))
        queued = writing.queue_message(self.workspace, draft, outbox_id, undo_seconds=seconds)
        self.background.wake_outbox()
        self.outbox_changed.emit(queued)
        return queued

    def undo_send(self, outbox_id: OutboxId) -> bool:
        from app.services import write_message as writing

        undone = writing.undo_send(self.workspace, outbox_id)
        self.outbox_changed.emit(outbox_id)
        return undone

    def settle_unknown(self, outbox_id: OutboxId, sent: bool, position: int | None = None) -> None:
        """`position`: one recipient's copy alone, of several that are in doubt."""
        from app.services import write_message as writing

        if position is None:
            writing.settle_unknown(self.workspace, outbox_id, sent=sent)
        else:
            writing.settle_unknown_copy(self.workspace, outbox_id, position, sent=sent)
        self.background.wake_outbox()
        self.outbox_changed.emit(outbox_id)

    def retry(self, outbox_id: OutboxId) -> None:
        from app.services import write_message as writing

        writing.retry(self.workspace, outbox_id)
        self.background.wake_outbox()
        self.outbox_changed.emit(outbox_id)


def _store_attachment(workspace: Workspace, path: Path) -> AttachmentRef:
    from app.services import write_message as writing

    with suppress(OSError):  # what cannot be looked at cannot be read either, and that is told then
        if path.exists() and not path.is_file():  # a pipe or a device would be read for ever
            raise UsageError(f"{path.name} is not a file. Folders can be attached as an archive (zip).")
    return writing.store_attachment(workspace, path)
