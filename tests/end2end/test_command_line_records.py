"""`contacts`, `companies`, `deals`, `users` and `settings alias` as processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.command import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


def test_a_contact_from_its_first_day_to_its_last(command: Command) -> None:
    ada = command.json(
        "contacts", "add", "Ada Berg <ada@northlight.example>", "--title", "Head", "--phone", "08-123 45 67"
    )
    assert ada["contact"]["company"] == "Northlight"
    assert ada["contact"]["phones"] == [{"number": "08-123 45 67", "kind": "work"}]
    edited = command.json(
        "contacts", "edit", "ada@northlight.example", "--name", "Ada Moen", "--add-phone", "mobile:+46 70 111 22 33",
        "--add-address", "ada@home.example", "--primary-address", "ada@home.example", "--postal-address", "Kajen 1",
    )["contact"]  # fmt: skip
    assert edited["addresses"] == ["ada@home.example", "ada@northlight.example"]
    assert [phone["kind"] for phone in edited["phones"]] == ["work", "mobile"]
    undone = command.json("contacts", "undo", "ada@home.example")
    assert undone["contact"] == ada["contact"] | {"sources": undone["contact"]["sources"]}
    changes = command.json("contacts", "changes", str(ada["contact"]["id"]))["changes"]
    assert changes[0]["what"] == "Changed the name, address, addresses and phones"
    assert changes[0]["undone_at"]
    shown = command.run("contacts", "show", "ada@northlight.example").out
    assert re.search(r"^created_at: \d{4}-\d\d-\d\d \d\d:\d\d$", shown, re.MULTILINE) and "+00:00" not in shown
    command.json("contacts", "remove", "ada@northlight.example")
    assert command.json("contacts") == {"contacts": []}
    assert "no contact" in command.fails("contacts", "show", "ada@northlight.example", status=2)
    command.json("contacts", "undo", "Ada@Northlight.example")
    command.json("contacts", "remove", "ada@northlight.example")
    command.json("contacts", "restore", "ada@northlight.example")
    counted = command.json("contacts", "delete", "ada@northlight.example", "--permanently")
    assert (counted["deleted"], counted["messages"]) == (False, 0)
    assert "--permanently" in command.fails("contacts", "delete", "ada@northlight.example", status=2)
    assert command.json("contacts", "delete", "ada@northlight.example", "--permanently", "--yes")["deleted"]
    assert "permanently deleted" in command.fails("contacts", "add", "ada@northlight.example", status=1)


def test_two_contacts_become_one_and_two_again(command: Command) -> None:
    command.json("contacts", "add", "Karin L <karin.l@gmail.com>")
    command.json("contacts", "add", "Karin <karinl@gmail.com>")
    (pair,) = command.json("contacts", "duplicates")["duplicates"]
    assert pair["reasons"] == ["Their addresses reach one mailbox."]
    assert "Karin L and Karin are one contact now." in command.run("contacts", "merge", "karin.l@gmail.com", "2").out
    assert "sources" not in command.run("contacts", "show", "1").out
    merged = command.json("contacts", "show", "1")
    assert merged["contact"]["addresses"] == ["karin.l@gmail.com", "karinl@gmail.com"]
    command.json("contacts", "undo", "karin.l@gmail.com")
    said = command.fails("contacts", "add", "Other <karinl@gmail.com>", "--title", "Chief", status=1)
    assert (
        "Karin is a contact already: karinl@gmail.com. Change it with hitchpost contacts edit karinl@gmail.com." in said
    )
    assert not command.json("contacts", "show", "karinl@gmail.com")["contact"]["title"]
    assert len(command.json("contacts")["contacts"]) == 2
    different = command.json("contacts", "duplicates", "--different", "karin.l@gmail.com", "karinl@gmail.com")
    assert different == {"duplicates": []}


def test_companies_and_deals(command: Command) -> None:
    command.json("contacts", "add", "ada@northlight.example", "--name", "Ada")
    company = command.json(
        "companies", "edit", "northlight.example", "--name", "Northlight AB", "--domain", "nl.example"
    )
    assert company["company"]["domains"] == ["northlight.example", "nl.example"]
    assert [c["contacts"] for c in command.json("companies", "--search", "northl")["companies"]] == [1]
    deal = command.json(
        "deals", "add", "Winter", "--amount", "1 250,50", "--currency", "sek", "--company", "northlight ab", "--contact",
        "ada@northlight.example",
    )["deal"]  # fmt: skip
    assert (deal["amount"], deal["currency"], deal["stage"], deal["outcome"]) == ("1250.50", "SEK", "New", "open")
    assert (deal["company"], deal["contacts"][0]["name"]) == ("Northlight AB", "Ada")
    won = command.json("deals", "edit", "winter", "--stage", "Won")["deal"]
    assert won["outcome"] == "won" and won["closed_at"]
    assert [d["name"] for d in command.json("contacts", "show", "ada@northlight.example")["contact"]["deals"]] == [
        "Winter"
    ]
    assert "no stage" in command.fails("deals", "edit", "winter", "--stage", "Nowhere", status=2)
    assert "decimal places" in command.fails("deals", "edit", "winter", "--amount", "1.2345", status=2)
    command.json("deals", "add", "winter")
    assert "2 deals" in command.fails("deals", "show", "Winter", status=2)
    assert command.json("deals", "stages")["stages"][-1] == {"name": "Lost", "outcome": "lost", "deals": 0}
    assert "Winter  Won  1250.50 SEK  Northlight AB" in command.run("deals", "--order", "amount").out


def test_a_domain_with_other_letters_is_shown_as_it_is_written(command: Command) -> None:
    command.json("contacts", "add", "eva@straße.example")
    (company,) = command.json("companies")["companies"]
    assert (company["name"], company["domain"]) == ("Straße", "straße.example")
    assert command.json("companies", "show", "straße.example")["company"]["domains"] == ["straße.example"]
    assert "straße.example (xn--strae-oqa.example)" in command.run("companies").out


def test_several_of_one_name_are_told_apart_by_their_numbers(command: Command) -> None:
    one, other = (
        command.json("companies", "add", "Dup", "--domain", domain)["company"]["id"]
        for domain in ("one.example", "two.example")
    )
    said = f"2 companies are called 'Dup'. Say which one by its number: {one}, {other}."
    for words in (["edit", "Dup", "--phone", "1"], ["remove", "Dup"], ["merge", "Dup", str(one)], ["show", "Dup"]):
        assert said in command.fails("companies", *words, status=2)
    assert said in command.fails("deals", "add", "Winter", "--company", "Dup", status=2)
    assert said in command.fails("contacts", "add", "ada@gmail.com", "--company", "Dup", status=2)
    assert command.json("contacts") == {"contacts": []}
    listed = command.run("companies").out
    assert f"{one:>4}  Dup  one.example" in listed and f"{other:>4}  Dup  two.example" in listed
    command.json("companies", "remove", str(other))
    assert command.json("companies", "show", "Dup")["company"]["id"] == one
    assert command.json("companies", "restore", "Dup")["company"]["id"] == other
    command.json("companies", "remove", "two.example")
    assert command.json("companies", "restore", "two.example")["company"]["id"] == other
    command.json("companies", "remove", "two.example")
    assert command.json("companies", "undo", "two.example")["company"]["id"] == other
    for number in (one, other):
        command.json("companies", "remove", str(number))
    assert "2 removed companies are called 'Dup'" in command.fails("companies", "restore", "Dup", status=2)


def test_users_and_aliases(command: Command) -> None:
    (me,) = command.json("users")["users"]
    assert (me["role"], me["signed_in"], me["personal_email_access"]) == ("admin", True, True)
    command.json("users", "edit", str(me["id"]), "--name", "Jonas", "--login-address", "jonas@example.org")
    maja = command.json("users", "add", "maja@example.org", "--name", "Maja", "--personal-email", "off")["user"]
    assert (maja["role"], maja["personal_email_access"]) == ("member", False)
    assert command.json("settings", "alias", "add", "sales@example.org")["aliases"] == ["sales@example.org"]
    assert command.json("settings", "alias", "list", "--user", "maja@example.org") == {"aliases": []}
    assert command.json("settings", "alias", "remove", "SALES@example.org") == {"aliases": []}
    assert "no alias" in command.fails("settings", "alias", "remove", "sales@example.org", status=2)
    assert command.json("users", "remove", "maja@example.org")["user"]["active"] is False
    assert command.json("users", "restore", "maja@example.org")["user"]["active"] is True
    assert "needs a login address" in command.fails(
        "users", "edit", "maja@example.org", "--login-address", "", status=2
    )
    assert "signed in" in command.fails("users", "remove", "jonas@example.org", status=1)
    assert "Jonas <jonas@example.org>  administrator, signed in here" in command.run("users").out


def test_companies_become_one_and_stages_are_edited(command: Command) -> None:
    for name, domain in (("Northlight", "northlight.example"), ("Northlight AB", "northlight.test")):
        command.json("companies", "add", name, "--domain", domain)
    command.json("deals", "add", "Winter", "--company", "Northlight AB", "--stage", "Proposal")
    merged = command.json("companies", "merge", "Northlight", "northlight.test")
    assert merged["company"]["domains"] == ["northlight.example", "northlight.test"]
    assert merged["change"]["what"] == "Merged with Northlight AB"
    assert command.json("deals", "show", "Winter")["deal"]["company"] == "Northlight"
    command.json("companies", "undo", "Northlight")
    assert command.json("deals", "show", "Winter")["deal"]["company"] == "Northlight AB"

    stages = command.json("deals", "stages", "add", "Trial", "--before", "proposal")["stages"]
    assert [s["name"] for s in stages][:4] == ["New", "Meeting", "Trial", "Proposal"]
    assert "1 deal" not in command.fails("deals", "stages", "remove", "Nowhere", status=2)
    assert "--move-to STAGE" in command.fails("deals", "stages", "remove", "Proposal", status=1)
    moved = command.json("deals", "stages", "remove", "Proposal", "--move-to", "won")
    assert moved["change"]["what"] == "Removed the stage “Proposal”; its deal went to “Won”"
    assert command.json("deals", "show", "Winter")["deal"]["outcome"] == "won"
    undone = command.json("deals", "stages", "undo")
    assert {"name": "Proposal", "outcome": "open", "deals": 1} in undone["stages"]
    edited = command.json("deals", "stages", "edit", "Trial", "--name", "Pilot", "--outcome", "lost", "--before", "")
    assert edited["stages"][-1] == {"name": "Pilot", "outcome": "lost", "deals": 0}


def test_members_are_told_what_administrators_do(command: Command) -> None:
    (me,) = command.json("users")["users"]
    command.json("users", "add", "ada@example.org", "--name", "Ada Berg", "--role", "admin")
    command.json("users", "edit", str(me["id"]), "--role", "member")
    for asked in (
        ("users", "edit", str(me["id"]), "--role", "admin"),
        ("settings", "never-log", "add", "example.com"),
        ("settings", "privacy", "on"),
        ("settings", "set", "send.daily_limit", "5"),
        ("deals", "stages", "add", "Trial"),
    ):
        assert "Administrators are: Ada Berg" in command.fails(*asked, status=1), asked
    command.json("settings", "never-log", "add", "example.com", "--mine")


def test_companies_that_may_be_one(command: Command) -> None:
    command.json("companies", "add", "Northlight Cargo AB", "--domain", "northlight.example")
    command.json("companies", "add", "Northlight Cargo Ltd", "--domain", "mail.northlight.example")
    command.json("companies", "add", "Havn & Sø")
    (pair,) = command.json("companies", "duplicates")["duplicates"]
    assert [pair["keep"]["name"], pair["other"]["name"]] == ["Northlight Cargo AB", "Northlight Cargo Ltd"]
    assert pair["reasons"] == ["They have a domain in common.", "They have the same name."]
    one, other = str(pair["keep"]["id"]), str(pair["other"]["id"])
    assert command.json("companies", "duplicates", "--different", one, other) == {"duplicates": []}
    command.json("companies", "undo", one)
    assert len(command.json("companies", "duplicates", "--limit", "5")["duplicates"]) == 1
    command.json("companies", "merge", one, other)
    assert command.json("companies", "duplicates")["duplicates"] == []
