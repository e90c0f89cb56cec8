"""The feed narrowed to a contact or a message, its totals, what was not told, who unsubscribed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from app.domain.events import EventId, EventKind, Verdict
from app.domain.feed_filter import FeedFilter, FeedTotals
from app.domain.notices import IN_QUIET, Notice, decide_notice
from app.runtime.untold import find_untold
from app.store import feed
from app.store.events import COUNTED, NewEvent
from app.ui.activity import words
from tests.support.tracked_mail import SENT, TrackedMail, tracked_mail

KINDS = (EventKind.OPEN, EventKind.CLICK, EventKind.REPLY, EventKind.UNSUBSCRIBE)
VERDICTS = (Verdict.PERSON, Verdict.MACHINE, Verdict.OWN, Verdict.BLOCKED, Verdict.INFERRED)


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        yield made


def add(mail: TrackedMail, number: int, kind: EventKind, verdict: Verdict, name: str, pk: int, **more: object) -> int:
    contact = mail.store.contacts.find(f"{name}@example.com")
    who = str(more.pop("who_", name.title()))
    new = NewEvent(
        kind, SENT + timedelta(minutes=number), mail.store.user_id, verdict, ("Because.",), who,
        recipient=f"{name}@example.com", subject="Quote", message_pk=pk, contact_id=contact, server="s", number=number,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    with mail.store.transaction():
        made = mail.store.events.add(new)
    assert made is not None
    return made


@pytest.fixture
def full(mail: TrackedMail) -> TrackedMail:
    """120 events of three people, and a honeypot's."""
    names = {name: mail.send(name) for name in ("karin", "marek", "sofie")}
    for number, (name, kind, verdict, _) in enumerate(product(names, KINDS, VERDICTS, range(2))):
        add(mail, number, kind, verdict, name, names[name])
    add(mail, 1_000, EventKind.CLICK, Verdict.MACHINE, "karin", names["karin"], honeypot=True)
    return mail


@pytest.mark.parametrize("slice_", [7, 40, 10_000])
def test_totals_are_those_of_the_rows(full: TrackedMail, monkeypatch: pytest.MonkeyPatch, slice_: int) -> None:
    monkeypatch.setattr(feed, "SLICE", slice_)
    karin = full.store.contacts.find("karin@example.com")
    pk = full.store.feed.rows(contact_id=karin, limit=1)[0].message_pk
    for kinds, people, search, contact, message in product(
        (None, frozenset({EventKind.CLICK})),
        (False, True),
        ("", "karin", "quote marek", "nobody"),
        (None, karin),
        (None, pk),
    ):
        wanted = FeedFilter(kinds, people, search, contact, message)
        rows = full.store.feed.rows(
            kinds, people_only=people, search=search, contact_id=contact, message_pk=message, limit=1000
        )
        by_people = [row.kind for row in rows if row.verdict.value in COUNTED]
        machines = [r for r in rows if r.verdict is Verdict.MACHINE and r.kind in (EventKind.OPEN, EventKind.CLICK)]
        told = FeedTotals(len(rows), by_people.count(EventKind.OPEN), by_people.count(EventKind.CLICK), len(machines))
        assert full.store.feed.totals(wanted) == told
        paged, before = [], None
        while True:
            page = full.store.feed.page(
                kinds, people_only=people, search=search, contact_id=contact, message_pk=message, before=before, limit=9,
                most=slice_,
            )  # fmt: skip
            paged += [row.id for row in page.rows]
            if (before := page.reached) is None:
                break
        assert paged == [row.id for row in rows]


def test_a_count_ends_when_it_is_not_wanted_any_more(full: TrackedMail) -> None:
    assert full.store.feed.totals(FeedFilter(), lambda: False) is None


def test_what_was_not_told_is_found_once_it_is_known_where_to_begin(mail: TrackedMail) -> None:
    pk = mail.send("karin")
    old = add(mail, 1, EventKind.OPEN, Verdict.PERSON, "karin", pk)
    assert find_untold(mail.workspace) == ()  # from before there were such looks
    late = [add(mail, n, EventKind.CLICK, Verdict.PERSON, "karin", pk) for n in (2, 3, 4)]
    with mail.store.transaction():
        mail.store.events.mark_notified(late[0], True, "shown")
        mail.store.events.mark_notified(late[1], False, IN_QUIET)
    add(mail, 5, EventKind.CLICK, Verdict.MACHINE, "karin", pk, honeypot=True)
    assert find_untold(mail.workspace) == (late[1], late[2])
    assert find_untold(mail.workspace) == (late[1], late[2])  # they were not told yet: a crash loses none
    with mail.store.transaction():
        for event_id in late:
            mail.store.events.mark_notified(event_id, True, "in one summary")
    assert find_untold(mail.workspace) == ()
    assert old not in late


def test_a_new_workspace_is_told_all(mail: TrackedMail) -> None:
    assert find_untold(mail.workspace) == ()
    pk = mail.send("karin")
    first = add(mail, 1, EventKind.OPEN, Verdict.PERSON, "karin", pk)
    assert find_untold(mail.workspace) == (first,)


def test_who_unsubscribed_is_marked(mail: TrackedMail) -> None:
    pk, other = mail.send("karin"), mail.send("marek")
    add(mail, 9, EventKind.UNSUBSCRIBE, Verdict.PERSON, "karin", pk)
    karin, marek = (mail.store.contacts.find(f"{name}@example.com") for name in ("karin", "marek"))
    assert mail.store.feed.unsubscribed_at(karin) == SENT + timedelta(minutes=9)
    assert mail.store.feed.unsubscribed_at(marek) is None
    assert [mail.store.timeline.message(n).unsubscribed for n in (pk, other)] == [True, False]


def test_a_message_tells_that_who_unsubscribed_by_it_wants_mail_again(mail: TrackedMail) -> None:
    def marks() -> tuple[bool, bool]:
        message = mail.store.timeline.message(pk)
        assert message is not None
        return message.unsubscribed, message.wants_mail

    pk, other = mail.send("karin"), mail.send("marek")
    add(mail, 1, EventKind.RESUBSCRIBE, Verdict.PERSON, "karin", other)  # before they unsubscribed
    add(mail, 9, EventKind.UNSUBSCRIBE, Verdict.PERSON, "karin", pk)
    assert marks() == (True, False)
    add(mail, 10, EventKind.RESUBSCRIBE, Verdict.PERSON, "marek", other)
    assert marks() == (True, False)
    add(mail, 11, EventKind.RESUBSCRIBE, Verdict.PERSON, "karin", other)
    assert marks() == (True, True)
    add(mail, 12, EventKind.UNSUBSCRIBE, Verdict.PERSON, "karin", pk)
    assert marks() == (True, False)


def test_counts_of_one_contact_and_of_one_message(full: TrackedMail) -> None:
    karin = full.store.contacts.find("karin@example.com")
    (row,) = full.store.feed.rows(contact_id=karin, limit=1)
    today = SENT.replace(hour=0) + timedelta(days=1)
    for scope, opens in (({}, 12), ({"contact_id": karin}, 4), ({"message_pk": row.message_pk}, 4)):
        found = full.store.feed.counts(3, today.date(), today, **scope)
        assert [(count.opens, count.clicks) for count in found] == [(0, 0), (opens, opens), (0, 0)]


def test_of_an_address_that_several_people_read_it_is_someone_and_why(mail: TrackedMail) -> None:
    office, karin = mail.send("info"), mail.send("karin")
    with mail.store.transaction():
        mail.store.contacts.edit(mail.store.contacts.find("info@example.com"), name="")
    person = add(mail, 1, EventKind.OPEN, Verdict.PERSON, "info", office, who_="info@example.com")
    machine = add(mail, 2, EventKind.CLICK, Verdict.MACHINE, "info", office, who_="info@example.com")
    replied = add(mail, 3, EventKind.REPLY, Verdict.PERSON, "info", office, who_="info@example.com")
    named = add(mail, 4, EventKind.OPEN, Verdict.PERSON, "karin", karin)
    rows = {row.id: row for row in mail.store.feed.rows()}
    assert rows[person].who == "Someone at info@example.com"
    assert rows[person].reasons[-1].endswith("several people read: which of them it was is not known.")
    assert rows[person].reasons[0] == "Because."
    assert rows[machine].who == "info@example.com" and rows[machine].reasons == ("Because.",)
    assert rows[replied].who != "Someone at info@example.com" and rows[replied].reasons == ("Because.",)
    assert rows[named].who == "Karin" and rows[named].reasons == ("Because.",)
    story = mail.store.feed.message_events(office)
    assert story is not None and story.events[-1].who == "Someone at info@example.com"
    notice = decide_notice(rows[person], {})
    assert isinstance(notice, Notice) and notice.title == "Someone at info@example.com opened your message"
    assert words.step(rows[person]) == ("open", "Opened by someone at info@example.com")

    with mail.store.transaction():
        mail.store.contacts.edit(mail.store.contacts.find("info@example.com"), name="The office")
    told = mail.store.feed.get(EventId(person))
    assert (
        told is not None and told.who == "The office" and "not known" in told.reasons[-1]
    )  # the name that a person gave


def test_what_is_for_machines_in_a_link_is_found_by_its_signs_alone(mail: TrackedMail) -> None:
    pk = mail.send()
    for number, url in enumerate(("https://example.net/Offer/7?b=2&Name=x", "https://example.net/2", "")):
        add(mail, number, EventKind.CLICK, Verdict.PERSON, "karin", pk, url=url)

    def found(search: str) -> list[str]:
        assert mail.store.feed.totals(FeedFilter(search=search)).events == len(mail.store.feed.rows(search=search))
        return [row.url[-4:] for row in mail.store.feed.rows(search=search)]

    assert found("quote 2") == found("2") == ["et/2"]
    assert found("b=2") == ["me=x"] and found("name") == [] and found("offer/7") == ["me=x"]
    assert len(found("quote")) == 3
