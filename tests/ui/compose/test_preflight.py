"""What the panel says before a message goes out: never more than is known."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.addresses import Address
from app.domain.near_links import LinkFate
from app.domain.preflight import Message, Person, preflight
from app.domain.send_limits import Allowance
from app.ui.compose.preflight import Fact, Outgoing, facts, listed, short_link
from app.ui.compose.readings import readings, unnamed
from tests.ui.compose.stand_in import ANDERS, KARIN, TrackingStatus

NEXT = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
ONE = Outgoing((KARIN,), track=True, log=True, links=(), known=((KARIN.key, "Karin Lindqvist"),))


def titles(found: tuple[Fact, ...]) -> list[str]:
    return [f.title for f in found]


def test_one_recipient_with_a_link():
    message = Outgoing((KARIN,), True, True, ("https://www.example.com/quote?x=1",), known=((KARIN.key, "Karin"),))
    found = facts(message, TrackingStatus())
    assert titles(found) == ["Opens will be seen", "1 link will be counted", "Will be logged to"]
    assert found[1].text == "example.com/quote"
    assert found[2].text == "Karin"


def test_no_tracking_server_says_so_with_its_reason():
    found = facts(ONE, TrackingStatus(available=False, text="It refuses the token."))
    assert titles(found)[0] == "Tracking unavailable"
    assert "It refuses the token." in found[0].text
    assert "counted" not in " ".join(titles(found))


def test_a_local_tracking_address_tracks_local_mail_only():
    local = TrackingStatus(local_only=True)
    far = Outgoing((KARIN,), True, True, (), fate=LinkFate("karin@example.com could not follow its links."))
    found = facts(far, local)
    assert titles(found)[0] == "Tracking unavailable" and "Opens will be seen" not in titles(found)
    assert found[0].text.startswith("karin@example.com could not follow its links.")
    here = Outgoing((KARIN,), True, True, ())
    assert titles(facts(here, local))[0] == "Opens will be seen"
    as_set = Outgoing((KARIN,), True, True, (), fate=LinkFate(remark="Nobody elsewhere can follow them."))
    assert titles(facts(as_set, local))[:2] == ["Links lead to this computer only", "Opens will be seen"]


def test_switched_off_is_told_plainly():
    found = facts(Outgoing((KARIN,), track=False, log=False, links=("https://example.com",)), TrackingStatus())
    assert titles(found) == ["Not tracked", "Not logged"]


def test_several_recipients_get_copies_of_their_own():
    message = Outgoing((KARIN, ANDERS), True, True, ())
    found = facts(message, TrackingStatus())
    assert "2 recipients, 2 copies" in titles(found)
    assert "clicks have a name" in found[2].text
    quiet = facts(message, TrackingStatus(available=False, text="No."))
    assert "clicks" not in quiet[1].text


def test_who_has_no_contact_becomes_one_or_not():
    message = Outgoing((KARIN, Address("new@example.net")), True, True, (), known=((KARIN.key, "Karin"),))
    assert facts(message, TrackingStatus())[-1].text == "Karin, and 1 new contact"
    silent = Outgoing((Address("new@example.net"),), True, True, (), create_contacts=False)
    assert titles(facts(silent, TrackingStatus()))[-1] == "Logged on no timeline"


def test_only_whom_it_is_addressed_to_becomes_a_contact():
    message = Outgoing((Address("new@example.net"), Address("copy@example.net")), True, True, (), addressed=1)
    assert facts(message, TrackingStatus())[-1].text == "1 new contact; 1 recipient without a contact"


def test_large_files_are_told():
    message = Outgoing((KARIN,), True, True, (), size=31_000_000)
    found = facts(message, TrackingStatus())
    assert "31.0 MB of files" in titles(found)


def test_lists_and_links_stay_short():
    assert listed([]) == ""
    assert listed(["A"]) == "A"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed(["A", "B", "C", "D", "E"]) == "A, B, C and 2 more"
    assert len(short_link("https://example.com/" + "x" * 300)) == 48


def test_what_is_left_of_the_days_limit() -> None:
    def limits(used: int, *people: Address) -> list[str]:
        message = Outgoing(people or (KARIN,), True, True, (), allowance=Allowance(100, used, NEXT))
        return [f"{f.title}: {f.text}" for f in facts(message, TrackingStatus()) if f.tone == "warn" and "24" in f.text]

    assert limits(0) == limits(89) == []
    assert limits(90) == ["10 recipients left today: 90 of 100 went out in the last 24 hours."]
    assert limits(99, KARIN, ANDERS)[0].endswith("The others get theirs by and by, as the limit allows.")
    assert limits(100)[0].startswith("Today’s limit is reached: 100 of 100 went out")


def test_what_is_known_of_the_recipients_is_told_first_when_it_is_grave():
    people = [Person(KARIN, bounced="The mailbox is full."), Person(ANDERS, proxies=frozenset({"apple"}))]
    report = preflight(Message(True, True, 0), people)
    found = facts(Outgoing((KARIN, ANDERS), True, True, ()), TrackingStatus(), report)
    assert titles(found)[0] == "Karin Lindqvist could not be reached before" and found[0].tone == "warn"
    assert titles(found)[1] == "Opens will be seen" and titles(found)[-1] == "Opens of Anders Berg may be a machine’s"
    assert titles(found).count("No links to count") == 1


def test_nothing_is_promised_where_nobody_may_be_tracked():
    report = preflight(Message(True, True, 1), [Person(KARIN, without_basis=True)])
    found = facts(Outgoing((KARIN,), True, True, ("https://example.com",)), TrackingStatus(), report)
    assert titles(found)[0] == "Karin Lindqvist will not be tracked"
    assert not [t for t in titles(found) if "will be seen" in t or "will be counted" in t]


# --- person by person


def of(*people: Person, links: int = 1, track: bool = True, why_not: str = "") -> list[tuple[str, str, str]]:
    report = preflight(Message(track, True, links, why_not), people)
    return [(line.name, line.tone, line.text) for line in readings(report)]


def test_each_of_several_is_told_by_name_with_the_reason():
    info, apple = Address("info@example.net"), Address("mia@example.net", "Mia")
    people = (
        Person(KARIN),
        Person(ANDERS, without_basis=True, never_logged=True),
        Person(info),
        Person(apple, proxies=frozenset({"apple"}), scanned=True),
    )
    assert of(*people) == [
        (KARIN.label, "ok", "Opens and clicks"),
        (ANDERS.label, "neutral", "Nothing: no legal basis is noted; not logged"),
        ("info@example.net", "ok", "Opens and clicks; perhaps several people"),
        ("Mia", "warn", "Opens, perhaps a machine’s; clicks, perhaps a scanner’s"),
    ]
    assert of(Person(KARIN), Person(ANDERS), links=0)[0][2] == "Opens; there is no link"
    assert of(Person(KARIN, bounced="It is full."), Person(ANDERS))[0][1:] == (
        "warn",
        "Opens and clicks, if it arrives: mail came back before",
    )
    assert of(Person(apple, proxies=frozenset({"apple"})), Person(ANDERS))[0][1:] == (
        "warn",
        "Opens, perhaps a machine’s; clicks",
    )


def test_what_is_the_same_for_all_is_told_once_above():
    assert of(Person(KARIN)) == []
    assert of(Person(KARIN), Person(ANDERS), track=False) == []
    assert of(Person(KARIN), Person(ANDERS), why_not="No server.") == []


def test_of_very_many_the_rest_is_counted():
    many = [Person(Address(f"p{n}@example.net")) for n in range(20)]
    lines = readings(preflight(Message(True, True, 1), many))
    assert len(lines) == 20 and unnamed(lines) == "and 8 more, 8 of them with opens and clicks"
    assert unnamed(lines[:12]) == ""
