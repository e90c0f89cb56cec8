"""That files of a message were not kept, in a sentence. Used by the timeline, the command line and the export."""

from __future__ import annotations

from app.domain.copied_mail import FILES_LIMIT, MEGABYTE
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.domain.logging_rules import LARGE_MESSAGE


def left_out_sentence(left_out: FilesLeftOut) -> str:
    """“3 files were not kept: together they are larger than 50 MB.”"""
    one = left_out.count == 1
    what = "Its files were" if not left_out.count else "1 file was" if one else f"{left_out.count:,} files were"
    return f"{what} not kept: {_why(left_out.why, one)}."


def _why(why: WhyLeftOut, one: bool) -> str:
    match why:
        case WhyLeftOut.OVER_LIMIT:
            limit = f"larger than {FILES_LIMIT // MEGABYTE} MB"
            return f"it is {limit}" if one else f"together they are {limit}"
        case WhyLeftOut.LARGE_MESSAGE:
            return f"the message has {LARGE_MESSAGE // MEGABYTE} MB or more"
        case WhyLeftOut.REMOVED:
            return (
                "it is a message that was removed for good" if one else "they are messages that were removed for good"
            )
        case WhyLeftOut.SWITCHED_OFF:
            return "logging of attachments was switched off"


def left_out_document(left_out: FilesLeftOut | None) -> dict[str, str | int] | None:
    """The same for JSON. `count` 0: nobody counted them."""
    if left_out is None:
        return None
    return {"count": left_out.count, "why": left_out.why.value, "sentence": left_out_sentence(left_out)}
