"""What will be seen of each recipient, in a line of words. Pure; used by the panel of Compose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.preflight import Concern, Measure, PreflightReport, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE = "Who can be seen"
MOST = 12  # people that are named
_CAUSES = (Concern.DELETED, Concern.NO_BASIS, Concern.OTHER_SYSTEM, Concern.UNAVAILABLE)  # for which nothing is seen

_WHY = {
    Concern.DELETED: "deleted for good",
    Concern.OTHER_SYSTEM: "one of your additional BCC addresses",
    Concern.NO_BASIS: "no legal basis is noted",
    Concern.UNAVAILABLE: "no tracking server that they reach",
    Concern.SHARED: "perhaps several people",
    Concern.NOT_LOGGED: "not logged",
}


@dataclass(frozen=True)
class PersonLine:
    """`name`: of the recipient, `address` in full. `tone`: ok, warn, neutral."""

    name: str
    address: str
    icon: str
    tone: str
    text: str


def readings(report: PreflightReport | None) -> tuple[PersonLine, ...]:
    """Empty where there is nothing that differs from person to person: one recipient, or nothing is tracked at all."""
    if report is None or len(report.readings) < 2 or not any(_told(r) for r in report.readings):
        return ()
    return tuple(_line(r) for r in report.readings)


def unnamed(lines: Sequence[PersonLine]) -> str:
    """What stands in place of those that are too many to be named."""
    rest = lines[MOST:]
    if not rest:
        return ""
    seen = sum(line.tone == "ok" for line in rest)
    return f"and {len(rest)} more, {seen} of them with opens and clicks" if seen else f"and {len(rest)} more"


def _told(reading: Reading) -> bool:
    return reading.opens is not Measure.NO or bool(set(reading.why) - {Concern.UNAVAILABLE})


def _line(reading: Reading) -> PersonLine:
    why = [_WHY[c] for c in reading.why if c in _WHY]
    if reading.opens is Measure.NO and reading.clicks is Measure.NO:
        cause = next((_WHY[c] for c in reading.why if c in _CAUSES), "not tracked")
        rest = [w for w in why if w != cause]
        icon, tone, text = "minus", "neutral", "; ".join([f"Nothing: {cause}", *rest])
    else:
        icon, tone = ("check", "ok") if reading.opens is Measure.YES else ("info", "warn")
        if reading.clicks is Measure.PARTLY:
            icon, tone = "info", "warn"
        text = "; ".join([_seen(reading), *why])
    address = reading.address
    return PersonLine(address.label, address.addr_spec, icon, tone, text)


def _seen(reading: Reading) -> str:
    if Concern.BOUNCED in reading.why:
        return f"Opens{'' if reading.clicks is Measure.NO else ' and clicks'}, if it arrives: mail came back before"
    opens = {Measure.YES: "Opens", Measure.PARTLY: "Opens, perhaps a machine’s"}.get(reading.opens, "")
    clicks = {Measure.YES: "clicks", Measure.PARTLY: "clicks, perhaps a scanner’s"}.get(reading.clicks, "")
    if not clicks:
        return f"{opens}; there is no link"
    if not opens:
        return clicks.capitalize()
    joined = " and " if Measure.PARTLY not in (reading.opens, reading.clicks) else "; "
    return f"{opens}{joined}{clicks}"
