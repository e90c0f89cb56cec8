"""`hitchpost feed`: the filters of the screen, on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.domain.events import EventKind, UnknownHit, Verdict
from app.store.events import NewEvent
from tests.support.command import Command
from tests.support.tracked_mail import SCANNER, SENT, tracked_mail


@pytest.fixture
def busy(command: Command) -> Command:
    """Karin opened and clicked, a scanner clicked Marek's three links at once."""
    with tracked_mail(command.home) as mail:
        mail.send("karin")
        mail.send("marek")
        mail.arrive(mail.open(600), mail.click(660, 1))
        mail.arrive(*(mail.click(5 + link / 10, link, SCANNER, name="marek") for link in range(3)))
    return command


def told(command: Command, *words: str) -> list[tuple[str, str]]:
    return [(event["kind"], event["recipient"].split("@")[0]) for event in command.json("feed", *words)["events"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--contact", "karin@example.com"], [("click", "karin"), ("open", "karin")]),
        (["--message", "<karin@example.org>", "--kind", "open"], [("open", "karin")]),
        (["--kind", "open", "--kind", "reply", "--contact", "karin@example.com"], [("open", "karin")]),
        (["--verdict", "machine", "--kind", "click"], [("click", "marek")] * 3),
        (["--verdict", "person", "--verdict", "inferred"], [("click", "karin"), ("open", "karin")]),
        (["--search", "KARIN example.net/1"], [("click", "karin")]),
        (["--search", "nobody"], []),
        (["--limit", "1"], [("click", "karin")]),
        (["--since", (SENT + timedelta(seconds=600)).isoformat()], [("click", "karin"), ("open", "karin")]),
        (
            [
                "--since", (SENT + timedelta(seconds=600)).isoformat(),
                "--until", (SENT + timedelta(seconds=660)).isoformat(),
            ],
            [("open", "karin")],
        ),
    ],
)  # fmt: skip
def test_filters(busy: Command, words: Sequence[str], expected: list[tuple[str, str]]) -> None:
    assert told(busy, *words) == expected


def test_a_mail_system_that_bounces_is_no_person(busy: Command) -> None:
    with tracked_mail(busy.home) as mail, mail.store.transaction():
        (pk,) = {row.message_pk for row in mail.feed(["click"]) if row.address.startswith("karin")}
        bounce = NewEvent(
            kind=EventKind.BOUNCE, at=SENT, user_id=mail.store.user_id, verdict=Verdict.PERSON, reasons=("No such mailbox.",),
            who="Karin", recipient="karin@example.com", subject="Quote", message_pk=pk,
        )  # fmt: skip
        mail.store.events.add(bounce)
    (event,) = busy.json("feed", "--kind", "bounce")["events"]
    assert (event["verdict"], event["reason"]) == (None, "No such mailbox.")


def test_more_than_is_told(busy: Command) -> None:
    assert busy.json("feed", "--limit", "2")["more"] is True
    everything = busy.json("feed")
    assert "more" not in everything
    assert "more" not in busy.json("feed", "--limit", str(len(everything["events"])))
    assert "which are older" in busy.run("feed", "--limit", "1").out
    assert busy.run("feed", "--search", "nobody").out == "Nothing of this kind has happened.\n"


def test_what_a_newer_server_told(busy: Command) -> None:
    assert "not_understood" not in busy.json("feed")
    with tracked_mail(busy.home) as mail:
        mail.arrive(UnknownHit("s", 900, "reaction"), UnknownHit("s", 901, "reaction"))  # type: ignore[arg-type]
    assert busy.json("feed")["not_understood"] == {"reaction": 2}
    assert "2 events of kinds that only a newer Hitchpost knows" in busy.run("feed").out


def test_what_makes_no_sense(busy: Command) -> None:
    for words, said in (
        (["--kind", "wave"], "one of 'open', 'click'"),
        (["--verdict", "perhaps"], "one of 'person', 'machine'"),
        (["--limit", "0"], "not a whole number from 1 on"),
        (["--limit", "10001"], "the most that is told at once"),
        (["--until", "soon"], "no time such as"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "no time after --since and before --until"),
        (["--contact", "nobody@example.com"], "no contact with the address"),
        (["--message", "none@example.org"], "no message with the ID"),
    ):
        assert said in busy.fails("feed", *words, status=2)
