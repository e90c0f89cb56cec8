"""`send --preflight`: what could be measured and logged of a message, without sending it."""

from __future__ import annotations

import threading
from argparse import Namespace
from typing import Any

from app.cli.output import emit
from app.domain.near_links import LinkFate
from app.domain.preflight import Concern, Measure, PreflightReport, Reading
from app.domain.senders import Sender
from app.mime.addresses import parse_address_list
from app.mime.html_text import text_to_html
from app.services.preflight import look_before
from app.services.workspace import Workspace

_UNTRACKED = {
    Concern.DELETED: "Deleted for good",
    Concern.NO_BASIS: "No legal basis is noted",
    Concern.OTHER_SYSTEM: "One of your additional BCC addresses",
}
_SEEN = {Measure.YES: "seen", Measure.PARTLY: "seen in part", Measure.NO: "not seen"}


def tell_preflight(
    options: Namespace, workspace: Workspace, sender: Sender, text: str, html: str, stop: threading.Event
) -> int:
    from app.services.tracking_server import find_tracking_for
    from app.tracking.rewrite import instrument_html

    people = [a for texts in (options.to, options.cc, options.bcc) for t in texts for a in parse_address_list(t)]
    _, urls = instrument_html(html or text_to_html(text), pixel_url="", wrap=lambda _i, url: url)
    fate = LinkFate()
    if options.track:
        _, fate = find_tracking_for(workspace, workspace.store.inboxes.get(sender.inbox_id), people, stop)
    report = look_before(
        workspace,
        sender.inbox_id,
        people,
        track=options.track,
        log=not options.no_log,
        links=len(urls),
        why_not=fate.untracked,
        remark=fate.remark,
    )
    emit(options, preflight_document(report), lambda: _lines(report))
    return 0


def preflight_document(report: PreflightReport) -> dict[str, Any]:
    return {
        "recipients": [
            {
                "recipient": r.address.addr_spec,
                "opens": r.opens.value,
                "clicks": r.clicks.value,
                "logged": r.logged,
                "why": [c.value for c in r.why],
            }
            for r in report.readings
        ],
        "remarks": [
            {
                "about": r.concern.value,
                "title": r.title,
                "text": r.text,
                "grave": r.grave,
                "recipients": [p.addr_spec for p in r.people],
            }
            for r in report.remarks
        ],
    }


def why_nobody(report: PreflightReport) -> str:
    """Why nobody of these is tracked, though a server answers."""
    whose: dict[Concern, list[str]] = {}
    for reading in report.readings:
        for concern in reading.why:
            if concern in _UNTRACKED:
                whose.setdefault(concern, []).append(reading.address.addr_spec)
    causes = [f"{_UNTRACKED[concern]}: {', '.join(some)}" for concern, some in whose.items()]
    return f"Not tracked. {'; '.join(causes) or 'Nobody whom the message goes to may be tracked'}."


def _seen(reading: Reading, measure: Measure) -> str:
    doubtful = measure is Measure.PARTLY and Concern.BOUNCED in reading.why
    return "seen if it arrives" if doubtful else _SEEN[measure]


def _lines(report: PreflightReport) -> list[str]:
    lines = [
        f"{r.address.addr_spec}: opens {_seen(r, r.opens)}, clicks {_seen(r, r.clicks)}, "
        f"{'logged' if r.logged else 'not logged'}"
        for r in report.readings
    ]
    return lines + [f"{'! ' if r.grave else '  '}{r.title}. {r.text}" for r in report.remarks]
