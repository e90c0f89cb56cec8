"""What is allowed and may surprise is told of: own addresses, contacts, public domains; and a deleted person in `why`."""

from __future__ import annotations

from app.services.address_notes import notes_on_alias, notes_on_entry
from app.services.delete_permanently import delete_permanently
from app.services.explain_message import explain_message
from app.services.never_log_rules import entry_of, try_entry
from app.ui.contacts.words import title
from app.words.public_domains import public_domain_note
from tests.support.copied import JONAS, CopyDesk, letter

ADA = "ada@example.org"


def test_a_public_domain_is_no_company(desk: CopyDesk) -> None:
    assert public_domain_note("gmail.com").startswith("gmail.com is a public mail domain")
    assert public_domain_note("@GMail.com") and not public_domain_note("northlight.example")


def test_never_log_of_oneself_and_of_contacts(desk: CopyDesk) -> None:
    w = desk.workspace
    (mine,) = notes_on_entry(w, entry_of(w, JONAS))
    assert mine == f"{JONAS} is an address of this workspace’s own: nothing is logged to it anyway."
    assert try_entry(w, entry_of(w, JONAS)).own == (JONAS,) and not try_entry(w, entry_of(w, ADA)).own
    desk.contact(ADA)
    (theirs,) = notes_on_entry(w, entry_of(w, ADA))
    assert theirs == f"{ADA} is a contact: what is logged with that one stays, and nothing more is added."
    for n in range(5):
        desk.contact(f"c{n}@example.org")
    (many,) = notes_on_entry(w, entry_of(w, "example.org"))
    assert "and 3 more are contacts" in many
    assert notes_on_entry(w, entry_of(w, "example.net")) == ()


def test_an_alias_that_is_somebody_s(desk: CopyDesk) -> None:
    w = desk.workspace
    desk.contact(ADA, "Ada Berg")
    (note,) = notes_on_alias(w, ADA, desk.jonas)
    assert "belongs to the contact Ada Berg" in note
    other = desk.user("Bo", "bo@example.com")
    assert notes_on_alias(w, "bo@example.com", desk.jonas) == ("bo@example.com is also an address of Bo.",)
    (own,) = notes_on_alias(w, "Bo@example.com", other)
    assert "login address of this user already" in own
    assert notes_on_alias(w, "new@example.com", desk.jonas) == ()


def test_why_of_somebody_deleted_says_one_thing(desk: CopyDesk) -> None:
    delete_permanently(desk.workspace.store, desk.contact(ADA))
    for look in (True, False):
        trace = explain_message(desk.workspace, ADA, look=look)
        assert trace.verdict == "Nothing with this address is logged: it was permanently deleted from this workspace."
        assert f"{ADA} was permanently deleted from this workspace." in [step.text for step in trace.steps]


def test_a_logging_address_in_to_is_nobody(desk: CopyDesk) -> None:
    desk.take(letter("Ada Berg <ada@example.org>", desk.bcc, cc=desk.forward))
    (message,) = desk.timeline(ADA)
    assert title(message) == "You to Ada Berg"
    (talk,) = desk.workspace.store.conversations.of_contact(desk.contact(ADA))
    assert talk.people == ("Ada Berg",)
