"""The files of a message that is logged: written into the workspace, or left out and why. Used by whatever logs mail, before
and outside the transaction that names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.left_out import COUNT_FIELD, FilesLeftOut, WhyLeftOut
from app.domain.outbox import AttachmentRef
from app.mime.fields import split_fields
from app.mime.structure import header_end
from app.services.removed_for_good import removed_files
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.mime.bodies import ReadAttachment


@dataclass(frozen=True)
class KeptFiles:
    """Of a message: those that were kept, or that none were and why; of removed messages among them, that these were not."""

    refs: tuple[AttachmentRef, ...] = ()
    left_out: FilesLeftOut | None = None


def keep_files(workspace: Workspace, files: Sequence[ReadAttachment], wished: bool | None = None) -> KeptFiles:
    """Writes them where the workspace wishes that; `wished`: what counts instead of its setting. Raises DiskFull."""
    if not files:
        return KeptFiles()
    if not (workspace.store.settings.get("log_attachments") if wished is None else wished):
        return leave_files(WhyLeftOut.SWITCHED_OFF, files)
    gone = removed_files(workspace, files)
    return KeptFiles(
        tuple(
            AttachmentRef(
                a.filename,
                a.content_type,
                len(a.content),
                workspace.store.files.add(a.content),
                a.content_id if a.inline else "",
            )
            for a in files
            if a not in gone
        ),
        FilesLeftOut(WhyLeftOut.REMOVED, len(gone)) if gone else None,
    )


def leave_files(why: WhyLeftOut, files: Sequence[ReadAttachment]) -> KeptFiles:
    """None of these. Pictures in the text are counted only where there is nothing else."""
    return KeptFiles(left_out=FilesLeftOut(why, sum(not f.inline for f in files) or len(files)))


def never_fetched(why: WhyLeftOut, raw: bytes) -> KeptFiles:
    """Of a message that was read without its files, as `fetch_text_parts` gives it."""
    fields = split_fields(raw[: header_end(raw, 0, len(raw))[0]])
    told = next((value.strip() for name, value in fields if name == COUNT_FIELD.lower()), "")
    count = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
    return KeptFiles() if count == 0 else KeptFiles(left_out=FilesLeftOut(why, count or 0))
