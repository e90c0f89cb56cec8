"""A contact's primary company and its five most recently changed open deals (L3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.association import Association, ContactFacts, DealFacts, associate, latest_open

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def deal(number: int, minutes: int, is_open: bool = True) -> DealFacts:
    return DealFacts(number, is_open, NOON + timedelta(minutes=minutes))


def test_five_most_recently_changed() -> None:
    deals = [deal(n, minutes=n * 7 % 11) for n in range(1, 9)]  # 7 3 10 6 2 9 5 1
    assert latest_open(deals) == (3, 6, 1, 4, 7)


def test_closed_ones_do_not_count() -> None:
    assert latest_open([deal(1, 5, is_open=False), deal(2, 1), deal(3, 4, is_open=False)]) == (2,)
    assert latest_open([]) == ()


def test_of_deals_changed_at_once_the_younger_come_first() -> None:
    assert latest_open([deal(n, 0) for n in (4, 9, 2, 7, 1, 3)]) == (9, 7, 4, 3, 2)


def test_each_contact_brings_its_company_and_its_five() -> None:
    facts = {
        1: ContactFacts(1, 10, tuple(deal(n, n) for n in range(1, 8))),
        2: ContactFacts(2, 10, (deal(7, 7), deal(8, 8))),
        3: ContactFacts(3, None),
    }
    assert associate([1, 2, 3, 1, 4], facts) == Association((1, 2, 3, 4), (10,), (7, 6, 5, 4, 3, 8))
