"""Companies that become one and two again, and the stages of deals as a person edits them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.errors import NotAllowed, UsageError
from app.domain.records import Outcome, RecordKind, RecordOrder, StageUse
from app.domain.rights import AdminOnly
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record, remove_record, restore_record, undo_change
from app.services.edit_stages import set_stages
from app.services.merge_companies import merge_companies
from app.store import Store
from app.store import models as m
from tests.store.test_records import NOW, contact, log

CONTACT, COMPANY, DEAL, USER = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL, RecordKind.USER


def company(store: Store, name: str, *domains: str, **fields: object) -> int:
    return add_record(store, COMPANY, {"name": name, "domains": list(domains), **fields})


def mail_of(store: Store, company_id: int) -> list[int]:
    return [message.pk for message in store.timeline.of_record(COMPANY, company_id).messages]


def logged(store: Store, *people: int, days: int = 0) -> int:
    """A message on their timelines and on those of their companies."""
    pk = log(store, *people, days=days)
    with store.transaction():
        store.copied.put_records(pk, [c for p in people for c in store.contacts.companies(p)[:1]], [])
    return pk


# -- merging


def test_companies_become_one_and_two_again(store: Store) -> None:
    keep = company(store, "Northlight", "northlight.example", phone="+46 8 123")
    other = company(store, "Northlight AB", "northlight.test", "nl.example", phone="+46 8 999", website="nl.example")
    ada, bo = contact(store, "ada@northlight.example"), contact(store, "bo@northlight.test")
    both = contact(store, "cy@gmail.com", companies=[other, keep])
    deal = add_record(store, DEAL, {"name": "Winter", "company": other})
    own, theirs, shared = logged(store, ada), logged(store, bo, days=3), logged(store, ada, bo, days=1)
    states = [(store.companies.snapshot(pk), store.company_record(pk), mail_of(store, pk)) for pk in (keep, other)]
    assert states[1][1].contacts == 2 and states[1][2] == [theirs, shared]

    change = merge_companies(store, keep, other)

    record = store.company_record(keep)
    assert record is not None and change.what == "Merged with Northlight AB"
    assert record.domains == ("northlight.example", "northlight.test", "nl.example")
    assert (record.name, record.phone, record.website) == ("Northlight", "+46 8 123", "nl.example")
    assert record.contacts == 3 and [d.id for d in record.deals] == [deal]
    assert record.last_at == NOW + timedelta(days=3)
    assert mail_of(store, keep) == [theirs, shared, own]
    assert store.contacts.companies(both) == (keep,) and store.contacts.primary_company(bo) == keep
    assert [line.company for line in store.record_tables.contacts(order=RecordOrder.COMPANY).lines] == [
        "Northlight"
    ] * 3
    assert [line.company for line in store.record_tables.deals().lines] == ["Northlight"]
    assert [line.id for line in store.record_tables.companies().lines] == [keep]
    assert store.record_tables.removed(COMPANY, 10) == ()
    gone = store.company_record(other)
    assert gone is not None and gone.merged_into == keep
    new = contact(store, "dee@nl.example")  # whose domain the other had
    assert store.contacts.primary_company(new) == keep

    with pytest.raises(NotAllowed, match="merged"):
        restore_record(store, COMPANY, other)
    with pytest.raises(NotAllowed, match="removed"):
        merge_companies(store, keep, other)

    late = logged(store, ada, days=9)
    undo_change(store, change.id)

    assert [store.companies.snapshot(pk) for pk in (keep, other)] == [snapshot for snapshot, _, _ in states]
    assert mail_of(store, keep) == [late, shared, own] and mail_of(store, other) == [theirs, shared]
    assert store.contacts.companies(both) == (other, keep)
    assert store.company_record(other).deals == states[1][1].deals  # type: ignore[union-attr]
    assert store.company_record(other).last_at == NOW + timedelta(days=3)  # type: ignore[union-attr]
    assert store.company_record(keep).last_at == NOW + timedelta(days=9)  # type: ignore[union-attr]
    assert store.contacts.primary_company(new) == keep  # came after the two were one


def test_what_was_edited_after_a_merge_stays(store: Store) -> None:
    keep, other = company(store, "Northlight"), company(store, "Nordljus", "nordljus.example", website="one.example")
    ada = contact(store, "ada@nordljus.example")
    change = merge_companies(store, keep, other)
    edit_record(store, COMPANY, keep, {"website": "two.example", "domains": ["northlight.example"]})
    edit_record(store, CONTACT, ada, {"companies": []})
    undo_change(store, change.id)
    assert store.companies.snapshot(keep)["website"] == "two.example"
    assert store.companies.domains(keep) == ("northlight.example",) and store.companies.domains(other) == ()
    assert store.contacts.companies(ada) == ()


def test_a_merge_is_not_undone_where_it_cannot_be(store: Store) -> None:
    one, two, three = (company(store, name) for name in ("One", "Two", "Three"))
    with pytest.raises(NotAllowed, match="itself"):
        merge_companies(store, one, one)
    first = merge_companies(store, one, two)
    second = merge_companies(store, three, one)
    with pytest.raises(NotAllowed, match="Undo that first"):
        undo_change(store, first.id)
    undo_change(store, second.id)
    undo_change(store, first.id)
    with pytest.raises(NotAllowed, match="already"):
        undo_change(store, first.id)
    assert [line.name for line in store.record_tables.companies().lines] == ["One", "Three", "Two"]


def test_an_older_edit_that_is_undone_names_the_company_that_is_there(store: Store) -> None:
    keep, other = company(store, "Keep"), company(store, "Other")
    ada = contact(store, "ada@gmail.com", companies=[other])
    deal = add_record(store, DEAL, {"name": "Winter", "company": other})
    taken = [edit_record(store, CONTACT, ada, {"companies": []}), edit_record(store, DEAL, deal, {"company": None})]
    merge_companies(store, keep, other)
    for change in taken:
        assert change is not None
        undo_change(store, change.id)
    assert store.contacts.companies(ada) == (keep,) and store.deals.snapshot(deal)["company"] == keep


def test_a_person_who_is_deleted_for_good_does_not_come_back_with_a_company(store: Store) -> None:
    keep, other = company(store, "Keep"), company(store, "Other", "other.example")
    ada = contact(store, "ada@other.example", "Ada Berg")
    logged(store, ada)
    change = merge_companies(store, keep, other)
    delete_permanently(store, ada)
    undo_change(store, change.id)
    assert store.companies.contacts_of(other) == () and mail_of(store, other) == []
    assert not m.RecordChange.select().where(m.RecordChange.what.contains("Ada")).exists()


# -- stages


def names(store: Store) -> list[str]:
    return [stage.name for stage in store.stages.all()]


def test_stages_are_added_renamed_and_put_in_order(store: Store) -> None:
    deals = [add_record(store, DEAL, {"name": f"Deal {n}", "stage": stage}) for n, stage in enumerate(("New", "Won"))]
    before = {pk: store.deals.record(pk) for pk in deals}
    new, meeting, proposal, negotiation, won, lost = store.stages.all()
    assert (new.deals, won.deals, meeting.deals) == (1, 1, 0)
    wanted = [
        meeting, replace(new, name="Fresh"), StageUse(None, "  Trial ", Outcome.OPEN), proposal, negotiation,
        replace(won, name="Signed"), lost,
    ]  # fmt: skip
    change = set_stages(store, wanted)
    assert change is not None and change.what == (
        "Added the stage “Trial” (open), renamed the stage “New” to “Fresh”, renamed the stage “Won” to “Signed”, changed the "
        "order of the stages"
    )
    assert names(store) == ["Meeting", "Fresh", "Trial", "Proposal", "Negotiation", "Signed", "Lost"]
    after = [store.deals.record(pk) for pk in deals]
    assert [d.stage for d in after] == ["Fresh", "Signed"] and [d.changed_at for d in after] == [
        before[pk].changed_at for pk in deals
    ]
    assert [line.id for line in store.record_tables.deals(order=RecordOrder.STAGE).lines] == deals
    assert [line.id for line in store.record_tables.deals("signed").lines] == [deals[1]]
    assert store.record_tables.deals("won").lines == ()
    assert set_stages(store, store.stages.all()) is None
    undo_change(store, change.id)
    assert names(store) == ["New", "Meeting", "Proposal", "Negotiation", "Won", "Lost"]
    assert {pk: store.deals.record(pk) for pk in deals} == before


def test_two_stages_change_their_names(store: Store) -> None:
    deal = add_record(store, DEAL, {"name": "Winter", "stage": "New"})
    new, meeting, *rest = store.stages.all()
    set_stages(store, [replace(new, name="Meeting"), replace(meeting, name="New"), *rest])
    assert names(store)[:2] == ["Meeting", "New"] and store.deals.snapshot(deal)["stage"] == "Meeting"


def test_a_stage_that_is_won_from_now_on_closes_its_deals_and_an_undo_opens_them(store: Store) -> None:
    open_deal, lost_deal = (
        add_record(store, DEAL, {"name": name, "stage": stage}) for name, stage in (("A", "Negotiation"), ("B", "Lost"))
    )
    lost_at = store.deals.record(lost_deal).closed_at  # type: ignore[union-attr]
    stages = store.stages.all()
    means = {"Negotiation": Outcome.WON, "Lost": Outcome.OPEN}
    change = set_stages(store, [replace(s, outcome=means.get(s.name, s.outcome)) for s in stages])
    assert change is not None and change.what == "Made the stage “Negotiation” won, made the stage “Lost” open"
    record = store.deals.record(open_deal)
    assert record is not None and record.outcome is Outcome.WON and record.closed_at is not None
    assert store.deals.record(lost_deal).closed_at is None  # type: ignore[union-attr]
    undo_change(store, change.id)
    assert store.deals.record(open_deal).closed_at is None  # type: ignore[union-attr]
    assert store.deals.record(lost_deal).closed_at == lost_at  # type: ignore[union-attr]


def test_a_stage_in_use_goes_only_where_its_deals_have_a_place(store: Store) -> None:
    deals = [add_record(store, DEAL, {"name": f"Deal {n}", "stage": "Proposal"}) for n in range(3)]
    remove_record(store, DEAL, deals[2])  # holds its stage all the same, as it can be brought back
    stages = store.stages.all()
    proposal = next(s for s in stages if s.name == "Proposal")
    left = [s for s in stages if s is not proposal]
    with pytest.raises(NotAllowed, match="3 deals are in “Proposal”"):
        set_stages(store, left)
    with pytest.raises(NotAllowed, match="3 deals are in “Proposal”"):
        set_stages(store, left, {proposal.id: "Proposal"})  # type: ignore[dict-item]
    change = set_stages(store, left, {proposal.id: "won"})  # type: ignore[dict-item]
    assert change is not None and change.what == "Removed the stage “Proposal”; its 3 deals went to “Won”"
    assert {store.deals.snapshot(pk)["stage"] for pk in deals} == {"Won"}
    edit_record(store, DEAL, deals[0], {"stage": "Lost"})
    restore_record(store, DEAL, deals[2])
    undo_change(store, change.id)
    assert [store.deals.snapshot(pk)["stage"] for pk in deals] == ["Lost", "Proposal", "Proposal"]
    assert names(store) == [s.name for s in stages]
    assert store.deals.record(deals[1]).outcome is Outcome.OPEN  # type: ignore[union-attr]


def test_a_stage_that_holds_deals_by_now_is_not_taken_back(store: Store) -> None:
    change = set_stages(store, [*store.stages.all(), StageUse(None, "Trial", Outcome.OPEN)])
    assert change is not None
    deal = add_record(store, DEAL, {"name": "Winter", "stage": "Trial"})
    with pytest.raises(NotAllowed, match="Deals are in “Trial” by now"):
        undo_change(store, change.id)
    edit_record(store, DEAL, deal, {"stage": "New"})
    undo_change(store, change.id)
    assert "Trial" not in names(store)


def test_stages_that_cannot_be(store: Store) -> None:
    stages = store.stages.all()
    for wanted, said in (
        ([*stages, StageUse(None, "wÓn", Outcome.OPEN)], "two stages"),
        ([s for s in stages if s.outcome is not Outcome.OPEN], "has to be open"),
        ([*stages, StageUse(None, " ", Outcome.OPEN)], "needs a name"),
        ([*stages, StageUse(999, "Elsewhere", Outcome.OPEN)], "changed elsewhere"),
    ):
        with pytest.raises(UsageError, match=said):
            set_stages(store, wanted)
    assert store.stages.all() == stages


def test_members_do_not_change_the_stages(store: Store) -> None:
    add_record(store, USER, {"login_address": "ada@example.org", "name": "Ada Berg", "role": "admin"})
    change = set_stages(store, [*store.stages.all(), StageUse(None, "Trial", Outcome.OPEN)])
    edit_record(store, USER, store.user_id, {"role": "member"})
    with pytest.raises(AdminOnly, match="Administrators are: Ada Berg"):
        set_stages(store, store.stages.all()[:-1])
    assert change is not None
    with pytest.raises(AdminOnly):
        undo_change(store, change.id)
