"""What is said of a message before it goes out: never more than is known, and never less than what is sure to fail."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.addresses import Address
from app.domain.preflight import Concern, Measure, Message, Person, preflight
from app.domain.readers import is_shared

KARIN, ADA, INFO = Address("karin@example.com", "Karin"), Address("ada@example.org", "Ada"), Address("info@example.net")
TRACKED = Message(track=True, log=True, links=2)


def test_nothing_special_is_measured_in_full():
    report = preflight(TRACKED, [Person(KARIN)])
    assert report.remarks == ()
    (reading,) = report.readings
    assert (reading.opens, reading.clicks, reading.logged, reading.why) == (Measure.YES, Measure.YES, True, ())


def test_without_a_tracking_host_nothing_is_and_it_is_said_once():
    message = Message(True, True, 2, why_not="No tracking server answers.")
    apple = Person(KARIN, proxies=frozenset({"apple"}))
    report = preflight(message, [apple, Person(ADA)])
    assert [r.concern for r in report.remarks] == [Concern.UNAVAILABLE] and report.remarks[0].grave
    assert {r.opens for r in report.readings} == {Measure.NO} and all(r.logged for r in report.readings)


def test_each_is_judged_alone():
    people = [
        Person(KARIN, proxies=frozenset({"apple", "google"}), scanned=True),
        Person(ADA, without_basis=True, never_logged=True),
        Person(INFO),
    ]
    report = preflight(TRACKED, people)
    karin, ada, info = report.readings
    assert (karin.opens, karin.clicks) == (Measure.PARTLY, Measure.PARTLY)
    assert (ada.opens, ada.clicks, ada.logged) == (Measure.NO, Measure.NO, False)
    assert (info.opens, info.why) == (Measure.YES, (Concern.SHARED,))
    told = {r.concern: [p.key for p in r.people] for r in report.remarks}
    assert told[Concern.NO_BASIS] == [ADA.key] and told[Concern.NOT_LOGGED] == [ADA.key]
    assert told[Concern.APPLE] == told[Concern.GATEWAY] == told[Concern.PROXY] == [KARIN.key]
    assert told[Concern.SHARED] == [INFO.key]


def test_who_was_deleted_for_good_is_neither_tracked_nor_logged():
    people = [Person(ADA, deleted=True, never_logged=True, without_basis=True, scanned=True), Person(KARIN)]
    report = preflight(TRACKED, people)
    ada, karin = report.readings
    assert (ada.opens, ada.clicks, ada.logged) == (Measure.NO, Measure.NO, False)
    assert ada.why[0] is Concern.DELETED and karin.opens is Measure.YES
    (remark,) = report.remarks
    assert (remark.concern, remark.grave, remark.people) == (Concern.DELETED, True, (ADA,))
    untracked = preflight(Message(track=False, log=True, links=0), people[:1])
    assert [r.concern for r in untracked.remarks] == [Concern.DELETED] and not untracked.readings[0].logged


def test_another_system_is_no_reader():
    report = preflight(TRACKED, [Person(INFO, other_system=True), Person(KARIN)])
    info, karin = report.readings
    assert (info.opens, info.clicks, info.logged, info.why) == (Measure.NO, Measure.NO, True, (Concern.OTHER_SYSTEM,))
    assert karin.opens is Measure.YES
    (remark,) = report.remarks
    assert (remark.concern, remark.title) == (Concern.OTHER_SYSTEM, "info@example.net gets one copy, untracked")


def test_who_left_or_cannot_be_reached_comes_first_also_untracked():
    people = [
        Person(ADA, bounced="The mailbox does not exist."),
        Person(KARIN, unsubscribed_at=datetime(2026, 3, 4, tzinfo=UTC), proxies=frozenset({"apple"})),
    ]
    report = preflight(Message(track=False, log=True, links=0), people)
    assert [(r.concern, r.grave) for r in report.remarks] == [(Concern.UNSUBSCRIBED, True), (Concern.BOUNCED, True)]
    assert "2026-03-04" in report.remarks[0].text and report.remarks[0].title == "Karin asked for no more mail"


def test_where_mail_came_back_before_nothing_is_promised():
    reading = preflight(TRACKED, [Person(ADA, bounced="The mailbox does not exist.")]).readings[0]
    assert (reading.opens, reading.clicks, reading.why) == (Measure.PARTLY, Measure.PARTLY, (Concern.BOUNCED,))
    without_links = preflight(Message(True, True, 0), [Person(ADA, bounced="The mailbox is full.")]).readings[0]
    assert (without_links.opens, without_links.clicks) == (Measure.PARTLY, Measure.NO)


def test_what_is_to_be_minded_of_links_is_said_only_where_there_are_some():
    minded = Message(True, True, 1, remark="Nobody elsewhere can follow them.")
    assert [(r.concern, r.grave) for r in preflight(minded, [Person(KARIN)]).remarks] == [(Concern.LOCAL_LINKS, True)]
    untracked = Message(True, True, 1, "No server.", remark="Nobody elsewhere can follow them.")
    assert [r.concern for r in preflight(untracked, [Person(KARIN)]).remarks] == [Concern.UNAVAILABLE]


def test_without_links_only_opens_are_seen():
    report = preflight(Message(True, False, 0), [Person(KARIN)])
    assert [r.concern for r in report.remarks] == [Concern.NO_LINKS]
    assert (report.readings[0].opens, report.readings[0].clicks, report.readings[0].logged) == (
        Measure.YES,
        Measure.NO,
        False,
    )


def test_other_systems_are_told_of():
    report = preflight(Message(True, True, 1, extra=2), [Person(KARIN)])
    assert report.remarks[-1].title == "2 other systems get a copy"
    assert preflight(Message(True, True, 1, extra=2), []).remarks == ()


def test_names_with_braces_and_many_names():
    people = [Person(Address(f"{n}@example.com", f"{{{n}}}"), scanned=True) for n in range(9)]
    (remark,) = preflight(TRACKED, people).remarks
    assert remark.title == "Links to {0}, {1} and 7 more are followed by a scanner"


def test_addresses_of_several_people():
    assert is_shared(Address("Customer.Service+web@example.com")) and not is_shared(Address("infona@example.com"))
