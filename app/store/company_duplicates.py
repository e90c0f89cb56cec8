"""Companies that may be one, and those of which a person said that they are two. That is a change in the one with the smaller
number, and is taken back as others are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from peewee import fn

from app.domain.company_domains import is_public_mail_domain, registered_domain
from app.domain.duplicates import MOST_PAIRS, Alike, company_key, near_pairs, pairs_of
from app.domain.errors import NotAllowed, UsageError
from app.domain.record_words import phone_key
from app.domain.records import CompanyPair, RecordChange, RecordKind
from app.store import models as m
from app.store.record_changes import RecordChanges
from app.store.record_tables import RecordTables

SAME_DOMAIN = "They have a domain in common."
SAME_NAME = "They have the same name."
NEAR_NAME = "Their names are nearly the same."
SAME_PHONE = "They have the same telephone number."
APART = "Not the same company as "
Pair = tuple[int, int]


class CompanyDuplicates:
    _tables = RecordTables()
    _changes = RecordChanges()

    def pairs(self, limit: int = MOST_PAIRS) -> tuple[CompanyPair, ...]:
        """Those with more reasons first. Some seconds for a hundred thousand companies."""
        told = self._apart()
        alike = Alike(told)
        reasons: dict[Pair, list[str]] = defaultdict(list)
        for reason, found in self._found(alike):
            for pair in found:
                if reason not in reasons[pair]:
                    reasons[pair].append(reason)
        ranked = sorted((p for p in reasons if p not in told), key=lambda p: (-len(reasons[p]), p))[:limit]
        lines = {line.id: line for line in self._tables.company_lines(sorted({pk for pair in ranked for pk in pair}))}
        mail = self._mail(list(lines))
        result = []
        for one, other in ranked:
            weight = {pk: (lines[pk].contacts, mail.get(pk, 0)) for pk in (one, other)}
            keep, rest = (other, one) if weight[other] > weight[one] else (one, other)
            result.append(CompanyPair(lines[keep], lines[rest], (*reasons[one, other], *alike.note((one, other)))))
        return tuple(result)

    def not_duplicates(self, one: int, other: int, user_id: int) -> RecordChange:
        """Inside a transaction. Raises NotAllowed for one and the same, UsageError where one of them is not there."""
        if one == other:
            raise NotAllowed("This is one company, and not two.")
        first, second = sorted((one, other))
        names = dict(m.Company.select(m.Company.id, m.Company.name).where(m.Company.id.in_([first, second])).tuples())
        if len(names) < 2:
            raise UsageError("There is no such company.")
        change = self._changes.note(
            RecordKind.COMPANY, first, user_id=user_id, what=f"{APART}{names[second]}", before={"apart": None},
            after={"apart": second},
        )  # fmt: skip
        return self._changes.get(change)

    def _found(self, alike: Alike) -> Iterator[tuple[str, Iterable[Pair]]]:
        yield SAME_DOMAIN, alike.pairs(self._domains())
        yield SAME_PHONE, self._phones()
        shown = m.Company.select(m.Company.id, m.Company.name).where(m.Company.hidden_at.is_null())
        keys = [(pk, key) for pk, name in shown.tuples() if (key := company_key(name))]
        same: dict[str, list[int]] = defaultdict(list)
        for pk, key in keys:
            same[key].append(pk)
        yield SAME_NAME, alike.pairs(same.values())
        yield NEAR_NAME, near_pairs(keys)

    def _domains(self) -> Iterable[list[int]]:
        """Under one registered domain: of their mail, or of their website."""
        groups: dict[str, list[int]] = defaultdict(list)
        shown = m.Company.hidden_at.is_null()
        held = m.CompanyDomain.select(m.CompanyDomain.company_id, m.CompanyDomain.domain).join(m.Company).where(shown)
        sites = m.Company.select(m.Company.id, m.Company.website).where(shown & (m.Company.website != ""))
        for pk, domain in [*held.tuples(), *((pk, _host(site)) for pk, site in sites.tuples())]:
            registered = registered_domain(domain) if domain else ""
            if registered and not is_public_mail_domain(registered):
                groups[registered].append(pk)
        return groups.values()

    def _phones(self) -> Iterator[Pair]:
        groups: dict[str, list[int]] = defaultdict(list)
        rows = m.Company.select(m.Company.id, m.Company.phone).where(
            m.Company.hidden_at.is_null() & (m.Company.phone != "")
        )
        for pk, number in rows.tuples():
            if key := phone_key(number):
                groups[key].append(pk)
        return pairs_of([group for group in groups.values() if len(group) > 1])

    def _apart(self) -> set[Pair]:
        x = m.RecordChange
        said = x.select(x.record_id, x.after_json).where(
            (x.kind == RecordKind.COMPANY.value) & x.what.startswith(APART) & x.undone_at.is_null()
        )
        return {(first, int(after["apart"])) for first, after in said.tuples() if "apart" in after}

    def _mail(self, ids: list[int]) -> dict[int, int]:
        x = m.MessageCompany
        counted = x.select(x.company_id, fn.COUNT(x.id)).where(x.company.in_(ids)).group_by(x.company_id)
        return dict(counted.tuples())


def _host(site: str) -> str:
    return urlsplit(site if "://" in site else f"//{site}").hostname or ""
