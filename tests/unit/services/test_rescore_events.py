"""The past is judged again: what a change would do, doing it, stopping in the middle, going on; and what stays as it is."""

from __future__ import annotations

import threading

import pytest

from app.domain.blocked_networks import BlockedNetwork, read_blocked
from app.domain.changes import Change
from app.domain.errors import UsageError
from app.domain.events import RULE_VERSION, Verdict
from app.services import rescore_events
from app.services.blocked_networks import blocked_networks, save_blocked, try_blocked, with_entry, without_entry
from app.services.note_event import mark_verdict
from app.services.rescore_events import Rescored, ask_for_new_rules, rescore
from app.store import models as m
from tests.support.tracked_mail import HOME, OFFICE, SCANNER, TrackedMail

PERSON, MACHINE, BLOCKED, INFERRED = Verdict.PERSON, Verdict.MACHINE, Verdict.BLOCKED, Verdict.INFERRED
NEVER = threading.Event()


def entries(*texts: str) -> tuple[BlockedNetwork, ...]:
    return tuple(read_blocked(text) for text in texts)


def test_a_trial_tells_what_saving_does(mail: TrackedMail) -> None:
    """Also the open that was concluded from a click, which goes with it."""
    pk, other = mail.send(), mail.send("ola")
    mail.arrive(
        mail.click(300, 0, OFFICE), mail.open(400, HOME), mail.open(500, SCANNER, "curl/8"),
        mail.open(300, OFFICE, name="ola"), mail.click(320, 1, HOME, name="ola"),
    )  # fmt: skip
    assert (mail.counts(pk), mail.counts(other)) == ((2, 1), (1, 1))
    before = mail.feed()
    wanted = entries("198.51.100.0/24", "192.0.2.70-192.0.2.80")
    trial = try_blocked(mail.workspace, wanted)
    assert trial.changes == {(PERSON, BLOCKED): 2, (INFERRED, MACHINE): 1, (MACHINE, BLOCKED): 1}
    assert (trial.changed, trial.looked_at) == (4, 5)
    assert mail.feed() == before and blocked_networks(mail.workspace) == ()

    assert save_blocked(mail.workspace, wanted)
    assert rescore(mail.workspace, NEVER) == Rescored(2, 2, 3, finished=True)
    then = {row.id: row for row in mail.feed()}
    moved = [(row.verdict, then[row.id].verdict) for row in before if row.verdict is not then[row.id].verdict]
    assert sorted(moved, key=str) == sorted(
        [(PERSON, BLOCKED)] * 2 + [(INFERRED, MACHINE), (MACHINE, BLOCKED)], key=str
    )
    assert set(then) >= {row.id for row in before}  # nothing is deleted
    assert mail.counts(pk) == (1, 0)
    assert mail.counts(other) == (1, 1)  # the click is a person's, so there is an open that is concluded
    blocked = next(row for row in then.values() if row.verdict is BLOCKED)
    assert "blocked by" in blocked.reasons[0] and "At first it was taken for" in blocked.reasons[-1]

    assert save_blocked(mail.workspace, ())
    assert try_blocked(mail.workspace, ()).changed == 0
    rescore(mail.workspace, NEVER)
    back = {row.id: row for row in mail.feed()}
    assert {row.id: row.verdict for row in before} == {row.id: back[row.id].verdict for row in before}
    assert {row.id: row.reasons for row in before} == {row.id: back[row.id].reasons for row in before}
    assert (mail.counts(pk), mail.counts(other)) == ((2, 1), (1, 1))


def test_saving_the_same_again_asks_for_nothing(mail: TrackedMail) -> None:
    mail.send()
    mail.arrive(mail.open(400, OFFICE))
    assert save_blocked(mail.workspace, entries("198.51.100.9"))
    rescore(mail.workspace, NEVER)
    assert not save_blocked(mail.workspace, entries("198.51.100.9/32"))
    assert rescore(mail.workspace, NEVER) == Rescored(0, 0, 0, finished=True)
    with pytest.raises(UsageError, match="already"):
        with_entry(mail.workspace, "198.51.100.9/32")
    with pytest.raises(UsageError, match="not blocked"):
        without_entry(mail.workspace, "198.51.100.0/24")
    assert without_entry(mail.workspace, " 198.51.100.9 ") == ()
    assert [v for _, v in mail.verdicts()] == ["blocked"]


def test_notes_and_dates_of_what_stays(mail: TrackedMail) -> None:
    save_blocked(mail.workspace, [read_blocked("192.0.2.1", "the office")])
    (kept,) = blocked_networks(mail.workspace)
    assert kept.note == "the office" and kept.added_at is not None
    save_blocked(mail.workspace, [read_blocked("192.0.2.1", "the old office"), read_blocked("192.0.2.2")])
    first, second = blocked_networks(mail.workspace)
    assert (first.note, first.added_at, second.text) == ("the old office", kept.added_at, "192.0.2.2")


def test_what_is_not_judged_again(mail: TrackedMail) -> None:
    """The user's own word, and what has lost its address."""
    mail.send()
    marked, cut = mail.arrive(mail.open(400, OFFICE), mail.open(500, OFFICE))
    with mail.store.transaction():
        mark_verdict(mail.workspace, marked, MACHINE)
        m.Event.update(cut=True).where(m.Event.id == cut).execute()
    wanted = entries(OFFICE)
    assert try_blocked(mail.workspace, wanted).changed == 0
    save_blocked(mail.workspace, wanted)
    assert rescore(mail.workspace, NEVER).changed == 0
    assert [v for _, v in mail.verdicts()] == ["machine", "person"]


def many(mail: TrackedMail, number: int = 12) -> None:
    for i in range(number):
        mail.send(f"n{i:02d}")
        mail.arrive(mail.open(400, OFFICE, name=f"n{i:02d}"))


def test_stopped_and_gone_on(mail: TrackedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescore_events, "AT_ONCE", 5)
    many(mail)
    save_blocked(mail.workspace, entries(OFFICE))
    stop, seen = threading.Event(), []

    def progress(done: Rescored) -> None:
        seen.append(done)
        stop.set()

    assert rescore(mail.workspace, stop, progress) == Rescored(5, 12, 5, finished=False)
    assert [v for _, v in mail.verdicts()].count("blocked") == 5
    assert rescore(mail.workspace, NEVER) == Rescored(7, 7, 7, finished=True)
    assert {v for _, v in mail.verdicts()} == {"blocked"}
    assert seen == [Rescored(5, 12, 5, finished=False)]


def test_changed_again_in_the_middle(mail: TrackedMail, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another window takes the block off while the first change is carried out: in the end all is as the last one says."""
    monkeypatch.setattr(rescore_events, "AT_ONCE", 5)
    many(mail)
    save_blocked(mail.workspace, entries(OFFICE))
    once = [True]

    def progress(_: Rescored) -> None:
        if once:
            once.clear()
            save_blocked(mail.workspace, ())

    assert rescore(mail.workspace, NEVER, progress).finished
    assert {v for _, v in mail.verdicts()} == {"person"}
    assert rescore(mail.workspace, NEVER).looked_at == 0


def test_an_eager_reader_of_the_past_is_believed_again(mail: TrackedMail) -> None:
    """Whom an older version took for a scanner."""
    pk = mail.send()
    mail.arrive(mail.open(300), *(mail.click(310 + 3 * i, i) for i in range(3)))
    with mail.store.transaction():
        m.Event.update(verdict="machine", first_verdict="person", rules_json=["all-links"], rule_version=2).execute()
    assert mail.counts(pk) == (0, 0)
    assert ask_for_new_rules(mail.store)
    assert rescore(mail.workspace, NEVER).changed == 4
    assert mail.counts(pk) == (1, 3)
    assert {(row.rules, row.rule_version) for row in mail.feed()} == {(("ordinary",), RULE_VERSION)}


def test_newer_rules_judge_the_past(mail: TrackedMail) -> None:
    """What an older version believed: no rules kept, its verdicts and version of then."""
    pk = mail.send()
    mail.arrive(mail.click(300, 0, SCANNER), mail.click(300.4, 1, SCANNER), mail.open(500))
    with mail.store.transaction():
        m.Event.update(verdict="person", first_verdict="person", rules_json=[], rule_version=1).where(
            m.Event.server.is_null(False)
        ).execute()
    assert mail.counts(pk) == (1, 2)
    told: list[Change] = []
    mail.store.add_listener(told.append)
    assert ask_for_new_rules(mail.store)
    assert rescore(mail.workspace, NEVER).changed == 2
    assert mail.counts(pk) == (1, 0)
    assert {row.rule_version for row in mail.feed()} == {RULE_VERSION}
    assert any(change.areas for change in told)
    assert not ask_for_new_rules(mail.store)


def test_a_new_workspace_has_nothing_to_judge(mail: TrackedMail) -> None:
    assert not ask_for_new_rules(mail.store)
    assert rescore(mail.workspace, NEVER) == Rescored(0, 0, 0, finished=True)
