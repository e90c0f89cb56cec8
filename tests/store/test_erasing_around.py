"""A permanent deletion says whose timelines lose mail with it, and takes along a company that the address alone has made."""

from __future__ import annotations

from app.domain.records import RecordKind
from app.services.delete_permanently import delete_permanently, plan_deletion
from app.services.edit_record import edit_record
from app.store import Store
from app.words.deletion import companies_sentence, shared_sentence
from tests.store.test_records import COMPANY, contact, log


def test_it_is_said_whose_timelines_lose_mail(store: Store) -> None:
    gone = contact(store, "astrid@northlight.example", "Astrid")
    ada, bo = contact(store, "ada@example.org", "Ada Berg"), contact(store, "bo@example.net", "")
    more = [contact(store, f"c{n}@example.com", f"C {n}") for n in (1, 2)]
    log(store, gone, ada, bo, subject="Three")
    log(store, gone, ada, subject="Two")
    log(store, gone, subject="One")
    plan = plan_deletion(store, gone)
    assert plan.messages == 3 and plan.shared == 2 and plan.shared_with == ("Ada Berg", "bo@example.net")
    assert shared_sentence(plan) == "2 of them also vanish from the timelines of Ada Berg and bo@example.net."
    log(store, gone, *more, subject="Four")
    said = shared_sentence(plan_deletion(store, gone))
    assert said == "3 of them also vanish from the timelines of Ada Berg, bo@example.net, C 1 and 1 other contact."
    delete_permanently(store, gone)
    assert [len(store.timeline.of_contact(pk)) for pk in (ada, bo, *more)] == [0, 0, 0, 0]


def test_one_message_is_told_of_as_one(store: Store) -> None:
    gone, ada = contact(store, "astrid@northlight.example", "Astrid"), contact(store, "ada@example.org", "Ada Berg")
    log(store, gone, ada, subject="Both")
    assert shared_sentence(plan_deletion(store, gone)) == "It also vanishes from the timeline of Ada Berg."
    log(store, gone, subject="One")
    assert shared_sentence(plan_deletion(store, gone)) == "1 of them also vanishes from the timeline of Ada Berg."
    assert shared_sentence(plan_deletion(store, contact(store, "no@example.net", "No"))) == ""


def test_a_company_of_that_domain_alone_goes_too(store: Store) -> None:
    gone = contact(store, "astrid@quillfeather.example", "Astrid")
    log(store, gone, subject="One")
    company = store.companies.find_domain("quillfeather.example")
    assert company is not None
    plan = plan_deletion(store, gone)
    assert plan.companies == ("Quillfeather",)
    assert companies_sentence(plan) == "the company Quillfeather, which was made from the address alone"
    assert delete_permanently(store, gone) == plan
    assert store.companies.record(company) is None and store.companies.find_domain("quillfeather.example") is None
    assert store.record_tables.companies("quillfeather").lines == ()


def test_a_company_that_is_more_stays(store: Store) -> None:
    first, second = contact(store, "a@quill.example", "A"), contact(store, "b@quill.example", "B")
    company = store.companies.find_domain("quill.example")
    assert company is not None
    assert plan_deletion(store, first).companies == () and delete_permanently(store, first).companies == ()
    change = edit_record(store, COMPANY, company, {"phone": "070-123"})
    assert change is not None and plan_deletion(store, second).companies == ()
    edit_record(store, RecordKind.COMPANY, company, {"phone": ""})
    assert plan_deletion(store, second).companies == ()  # a person has had it in hand
    delete_permanently(store, second)
    assert store.companies.record(company) is not None
