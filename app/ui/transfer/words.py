"""What an import or export did, in words. Used by its dialogs."""

from __future__ import annotations

from app.domain.transfer import Existing, ExportReport, ImportKind, ImportReport, ImportUndone, NewPeople, Progress
from app.ui.kit import times

KINDS = {
    ImportKind.CONTACTS: "Contacts",
    ImportKind.COMPANIES: "Companies",
    ImportKind.DEALS: "Deals",
    ImportKind.USERS: "Users",
    ImportKind.VCARD: "Cards of an address book",
    ImportKind.MBOX: "Messages",
    ImportKind.EML: "Messages",
    ImportKind.EXPORT: "An export of Hitchpost",
}
EXISTING = (
    ("Fill what is empty", Existing.FILL),
    ("Replace by what the file says", Existing.OVERWRITE),
    ("Leave as they are", Existing.SKIP),
)
PEOPLE = (
    ("Everybody but lists and machines", NewPeople.ALL),
    ("Those whom I wrote to", NewPeople.WRITTEN_TO),
    ("Nobody", NewPeople.NONE),
)
DELIMITERS = (("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Vertical bar", "|"))
_ALSO = {
    "companies": ("company was made", "companies were made"),
    "contacts": ("contact was made", "contacts were made"),
    "without_files": ("message was too large for its attachments", "messages were too large for their attachments"),
    "review": ("entry of the review list was added", "entries of the review list were added"),
    "rules": ("never-log entry or legal basis was added", "never-log entries and legal bases were added"),
}


def how_far(progress: Progress) -> str:
    share = f", {100 * progress.done // progress.total} %" if progress.total else ""
    return f"{progress.stage}: {times.number(progress.records)}{share}"


def import_title(report: ImportReport) -> tuple[str, str]:
    """(kind of banner, its bold line)"""
    if report.cancelled:
        return "warn", "Cancelled. What was read until then is in."
    if report.skipped and not report.added and not report.changed and not report.same:
        return "bad", "Nothing was imported"
    return ("warn", "Imported, with some left out") if report.skipped else ("ok", "Imported")


def import_counts(report: ImportReport) -> str:
    n = times.number
    counts = [f"{n(report.read)} read", f"{n(report.added)} added", f"{n(report.changed)} changed",
              f"{n(report.same)} as they were", f"{n(report.skipped)} left out"]  # fmt: skip
    also = [
        f"{n(number)} {one if number == 1 else many}"
        for key, (one, many) in _ALSO.items()
        if (number := report.also.get(key, 0))
    ]
    return ", ".join(counts) + "." + (f" {', '.join(also)}." if also else "")


def export_text(report: ExportReport) -> str:
    files = dict(report.files)
    parts = [f"{times.number(files[f'{name}.csv'])} {name}" for name in ("contacts", "companies", "deals", "messages")]
    return f"{', '.join(parts)}, and the rest, in {report.folder}."


_REMOVED = {
    "contact": ("contact", "contacts"), "company": ("company", "companies"), "deal": ("deal", "deals"),
    "user": ("user", "users"), "message": ("message", "messages"),
}  # fmt: skip


def undone_title(report: ImportUndone) -> tuple[str, str]:
    """(kind of banner, its bold line)"""
    if report.stopped:
        return "warn", "Stopped. The rest can be undone later."
    return ("warn", "Undone, but for what was used since") if report.kept_count else ("ok", "The import was undone")


def undone_counts(report: ImportUndone) -> str:
    gone = [times.count(number, *_REMOVED[kind]) for kind, number in report.removed.items() if number]
    parts = [f"Removed: {', '.join(gone)}." if gone else "Nothing had to be removed."]
    if report.restored:
        parts.append(f"{times.count(report.restored, 'record has', 'records have')} again what stood there before.")
    if report.kept_count:
        parts.append(f"Left as they are: {times.number(report.kept_count)}, with the reasons below.")
    return " ".join(parts)
