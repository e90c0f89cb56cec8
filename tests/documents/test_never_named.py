"""Who is on the never-log list is not named beside others either, by whatever way a message comes, and is taken out of the
heads of what was logged before where a person asks for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.inboxes import InboxKind
from app.domain.outbox import Draft
from app.domain.review import ReviewState
from app.domain.transfer import ImportKind, ImportOptions
from app.services.import_messages import import_messages
from app.services.never_log_rules import add_entry, entry_of, remove_entry, remove_logged, try_entry
from app.services.prepare_message import record_message
from app.services.review_copied import log_by_hand
from app.services.tracking_server import TrackingTarget
from app.services.who_may_be_logged import may_be_named
from app.services.write_message import queue_message
from tests.documents.test_deleted_stay_out import nowhere, parties
from tests.support.copied import JONAS, CopyDesk, forwarded, letter

NEVER, BO, ADA = "astrid@quillfeather.example", "bo@example.net", "ada@example.org"
WHO = f'"Quillfeather, Astrid" <{NEVER.upper()}>'


def never(desk: CopyDesk, typed: str = NEVER, *, mine: bool = False) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, typed, mine=mine))


def unlist(desk: CopyDesk) -> None:
    """Else the list itself holds the address."""
    remove_entry(desk.workspace, entry_of(desk.workspace, NEVER))


@pytest.mark.parametrize("typed", [NEVER, "quillfeather.example"])
@pytest.mark.parametrize("mine", [False, True])
def test_beside_another_by_bcc(desk: CopyDesk, typed: str, mine: bool) -> None:
    never(desk, typed, mine=mine)
    desk.take(letter(WHO, f"Bo <{BO}>", cc=JONAS))
    assert parties(desk) == [("", ""), ("Bo", BO), ("", JONAS)]
    assert desk.workspace.store.search.found("quillfeather").messages == ()


def test_nothing_of_them_is_in_any_file(desk: CopyDesk) -> None:
    never(desk)
    desk.take(letter(WHO, BO))
    desk.take(letter(WHO, BO, files=(("a.bin", b"x"),)), whole=False)
    assert len(desk.timeline(BO)) == 2 and desk.reviews(ReviewState.LOGGED)[0].recipients == (BO,)
    unlist(desk)
    nowhere(desk, b"quillfeather, astrid")
    store = desk.workspace.store
    assert not [f for f in (store.path.parent / "attachments").rglob("*") if f.is_file() and b"uill" in f.read_bytes()]


def test_of_a_domain_of_ones_own_nobody_but_oneself_is_named(desk: CopyDesk) -> None:
    never(desk, "example.com")
    desk.take(letter(BO, cc=f"colleague@example.com, {JONAS}"))
    assert parties(desk) == [("", BO), ("", ""), ("", JONAS)]
    (message,) = desk.timeline(BO)
    assert message.sender.addr_spec == JONAS


def test_beside_the_sender_of_a_forward(desk: CopyDesk) -> None:
    never(desk)
    desk.take(forwarded(desk.forward, original_from=f"Bo <{BO}>", original_cc=WHO.replace('"', "")), CopyKind.FORWARD)
    assert parties(desk) == [("Jonas Ahl", JONAS), ("", "")]


def test_imported_and_sent_from_here(desk: CopyDesk, tmp_path: Path) -> None:
    never(desk)
    desk.contact(BO)
    file = tmp_path / "one.eml"
    file.write_bytes(letter(WHO, BO))
    report = import_messages(
        desk.workspace, ImportKind.EML, file, ImportOptions(), lambda _progress: None, lambda: False
    )
    assert report.added == 1 and parties(desk) == [("", ""), ("", BO)]


def test_sent_from_here_its_sender_still_hears_of_it(desk: CopyDesk) -> None:
    """L8: it goes out, and the feed shows what became of it."""
    never(desk)
    store = desk.workspace.store
    draft = Draft(desk.inbox.id, (Address(NEVER, "Astrid"), Address(BO)), "Hej", "", "Hej", track=True)
    message = store.outbox.get(queue_message(desk.workspace, draft))
    assert message is not None and [c.recipient for c in message.copies] == [NEVER, BO]
    record_message(desk.workspace, message, TrackingTarget("https://t.example.org", "https://t.example.org", "token"))
    (found,) = desk.timeline(BO)
    assert parties(desk) == [("", ""), ("", BO)]
    assert [r.address for r in store.messages.tracked_recipients(found.pk)] == [NEVER, BO]


def test_a_team_inbox_has_no_such_list(desk: CopyDesk) -> None:
    never(desk)
    people = (Address(NEVER, "Astrid"), Address(BO))
    assert may_be_named(desk.workspace, people, team=True) == people
    assert may_be_named(desk.workspace, people, team=False) == (Address("", ""), people[1])
    desk.connect("team@example.com", desk.jonas, InboxKind.TEAM)
    assert may_be_named(desk.workspace, people, team=False, users=[999])[0] == Address("", "")


def test_another_user_s_list_takes_no_name_from_mine(desk: CopyDesk) -> None:
    other = desk.user("Eva", "eva@example.com")
    with desk.workspace.store.transaction():
        entry = entry_of(desk.workspace, NEVER, mine=True)
        desk.workspace.store.never.add(type(entry)(**{**vars(entry), "user_id": other}), other)
    desk.take(letter(f"Astrid <{NEVER}>", BO))
    assert parties(desk) == [("Astrid", NEVER), ("", BO)]


@pytest.mark.parametrize("kind", list(CopyKind))
def test_what_waits_in_the_review_list_keeps_no_copy_that_names_them(desk: CopyDesk, kind: CopyKind) -> None:
    never(desk)
    stranger = "stranger@example.net"
    if kind is CopyKind.BCC:
        desk.take(letter(f"Astrid <{NEVER}>", BO, sender=stranger))
    else:
        desk.take(forwarded(desk.forward, original_from=BO, original_cc=f"Astrid <{NEVER}>", html=False), kind)
    (item,) = desk.reviews()
    assert item.reason is (Refusal.UNKNOWN_SENDER if kind is CopyKind.BCC else Refusal.ONE_FORM)
    assert (item.raw_sha256, item.subject) == ("", "") and NEVER not in item.recipients
    assert item.can_be_logged  # it is read from its mailbox again
    unlist(desk)
    nowhere(desk, b"astrid <")


def test_what_waits_from_before_is_logged_by_hand_without_them(desk: CopyDesk) -> None:
    desk.take(letter(f"Astrid <{NEVER}>", BO, sender="stranger@example.net"))
    (item,) = desk.reviews()
    assert item.raw_sha256
    never(desk)
    log_by_hand(desk.workspace, item.id, [desk.contact(BO)])
    assert parties(desk) == [("", ""), ("", BO)]


def test_what_was_logged_before_names_them_until_a_person_asks(desk: CopyDesk) -> None:
    desk.take(letter(f"Astrid <{NEVER}>", subject="To Astrid"))
    desk.take(letter(f"Astrid <{NEVER}>", f"Bo <{BO}>", subject="To both"))
    desk.take(forwarded(desk.forward, original_from=f"Bo <{BO}>", original_cc=f"Astrid <{NEVER}>", subject="From Bo"),
              CopyKind.FORWARD)  # fmt: skip
    never(desk)
    store = desk.workspace.store
    entry = entry_of(desk.workspace, NEVER)
    trial = try_entry(desk.workspace, entry)
    assert [[m.subject for m in some] for some in (trial.would_go, trial.would_stay, trial.would_unname)] == [
        ["To Astrid"], ["To both"], ["From Bo"],
    ]  # fmt: skip
    assert len(store.search.found("quillfeather").messages) == 3
    done = remove_logged(desk.workspace, entry)
    assert (done.gone, done.stayed, done.unnamed) == (1, 1, 1)
    found = {m.subject: m for m in desk.timeline(BO)}
    assert [p.addr_spec for p in found["To both"].to] == ["", BO] and found["From Bo"].cc[0].addr_spec == ""
    assert store.search.found("quillfeather").messages == () == store.search.found("astrid").messages
    assert len(store.search.found("both").messages) == 1
    again = remove_logged(desk.workspace, entry)
    assert (again.gone, again.stayed, again.unnamed) == (0, 0, 0)


def test_what_waited_before_loses_them_where_a_person_asks(desk: CopyDesk) -> None:
    desk.take(letter(f"Astrid <{NEVER}>", BO, sender="stranger@example.net"))
    desk.take(letter(f"Astrid <{NEVER}>", sender="stranger@quillfeather.example", subject="Hers alone"))
    hers = forwarded(desk.forward, original_from=f"Bo <{BO}>", original_cc=f"A <{NEVER}>", sender="x@example.net")
    desk.take(hers, CopyKind.FORWARD)
    never(desk, "quillfeather.example")
    entry = entry_of(desk.workspace, "quillfeather.example")
    trial = try_entry(desk.workspace, entry)
    done = remove_logged(desk.workspace, entry)
    assert (len(trial.waiting_go), len(trial.waiting_unname)) == (done.waiting_gone, done.waiting_unnamed) == (1, 1)
    again = remove_logged(desk.workspace, entry)
    assert (again.waiting_gone, again.waiting_unnamed) == (0, 0)
    item = desk.reviews(ReviewState.OPEN)[-1]
    assert (item.recipients, item.subject) == ((BO,), "Offert")
    kept = desk.workspace.store.files.read(item.raw_sha256)
    assert NEVER.encode() not in kept and b"Astrid" not in kept
    log_by_hand(desk.workspace, item.id, [desk.contact(BO)])
    (message,) = desk.timeline(BO)
    assert (message.text.strip(), [p.addr_spec for p in message.to]) == ("Hej Ada, här är offerten.", [BO])
