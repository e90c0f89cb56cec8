"""The review list, never-log with its dry run, and the privacy switch, over a real store."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli import run_command
from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.errors import NotAllowed, UsageError
from app.domain.events import EventKind, Tracking
from app.domain.logging_addresses import AddressState, Way
from app.domain.outbox import Draft
from app.domain.privacy import Basis
from app.domain.review import NewReview, ReviewState
from app.services.legal_bases import put_legal_basis, read_basis, remove_legal_basis
from app.services.logging_addresses import add_logging_address, prove_address, remove_logging_address
from app.services.never_log_rules import (
    add_entry,
    entry_of,
    never_entries,
    remove_entry,
    remove_logged,
    try_entry,
)
from app.services.prepare_message import recipient_copy, record_message
from app.services.review_copied import dismiss, log_by_hand, review_text, undo_review
from app.services.tracking_server import TrackingTarget
from app.services.write_message import queue_message
from app.store.fields import now
from app.words.review import review_words
from tests.support.copied import JONAS, CopyDesk, forwarded, letter, open_copy_desk

ADA, BO = "ada@example.org", "bo@example.net"
HTML = "<p>Hej <a href='https://example.com/'>her</a></p>"


def test_every_reason_has_words() -> None:
    for reason in Refusal:
        words = review_words(reason, {"addresses": ["ada@example.org"], "detail": "Detail."}, "jonas@example.com")
        assert words.title and words.sentence.endswith(".") and "{" not in words.sentence + words.remedy
        assert words.remedy.endswith(".") or reason in (Refusal.DELETED, Refusal.REMOVED)


# -- by hand


@pytest.fixture
def item(desk: CopyDesk) -> int:
    """A message of Jonas's under an address that nobody knows here."""
    desk.take(letter(ADA, sender="Jonas <jonas@example.net>", text="Hej Ada", message_id="unknown@example.net"))
    return desk.reviews()[0].id


def test_log_by_hand_and_take_it_back(desk: CopyDesk, item: int) -> None:
    ada = desk.contact(ADA)
    desk.company_of(ada, "Fjord")
    assert review_text(desk.workspace, item).strip() == "Hej Ada"
    logged = log_by_hand(desk.workspace, item, [ada])
    (message,) = desk.timeline(ADA)
    assert logged.new and (message.direction, message.logged_by, message.companies) == ("sent", "bcc", ("Fjord",))
    assert desk.workspace.store.copied.credited_by(message.pk) == "logged by hand" and desk.reviews() == ()
    with pytest.raises(UsageError, match="settled already"):
        log_by_hand(desk.workspace, item, [ada])
    undo_review(desk.workspace, item)
    assert desk.timeline(ADA) == () and [i.id for i in desk.reviews()] == [item]
    assert log_by_hand(desk.workspace, item, [ada]).new


def test_logging_to_one_more_contact_is_taken_back_without_the_message(desk: CopyDesk) -> None:
    desk.take(letter(ADA, message_id="m@example.com"))
    with desk.workspace.store.transaction():  # the list had it from before, when Jonas lacked access
        kept = desk.workspace.store.files.add(letter(ADA, message_id="m@example.com"))
        item = desk.workspace.store.reviews.add(
            NewReview(CopyKind.BCC, Refusal.NO_ACCESS, "m@example.com", inbox_id=desk.inbox.id, raw_sha256=kept)
        )
    log_by_hand(desk.workspace, item, [desk.contact(BO)])
    assert len(desk.timeline(ADA)) == len(desk.timeline(BO)) == 1
    undo_review(desk.workspace, item)
    assert len(desk.timeline(ADA)) == 1 and desk.timeline(BO) == ()


def test_who_is_no_contact_becomes_one(desk: CopyDesk, item: int) -> None:
    with pytest.raises(UsageError, match="Choose the contact"):
        log_by_hand(desk.workspace, item, [])
    log_by_hand(desk.workspace, item, [], [ADA])
    assert len(desk.timeline(ADA)) == 1


def test_dismissed_and_back(desk: CopyDesk, item: int) -> None:
    assert dismiss(desk.workspace, [item]) == 1 and dismiss(desk.workspace, [item]) == 0
    assert desk.reviews() == () and [i.id for i in desk.reviews(ReviewState.DISMISSED)] == [item]
    undo_review(desk.workspace, item)
    assert desk.reviews()[0].can_be_logged
    with pytest.raises(UsageError, match="waits already"):
        undo_review(desk.workspace, item)
    with pytest.raises(UsageError, match="no entry 99"):
        dismiss(desk.workspace, [99])


def test_rules_about_people_hold_by_hand_too(desk: CopyDesk, item: int) -> None:
    ada = desk.contact(ADA)
    entry = add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    with pytest.raises(NotAllowed, match="never-log list"):
        log_by_hand(desk.workspace, item, [ada])
    remove_entry(desk.workspace, entry)
    desk.set("privacy.on", True)
    with pytest.raises(NotAllowed, match="no legal basis"):
        log_by_hand(desk.workspace, item, [ada])
    put_legal_basis(desk.workspace, [ADA], Basis.CONSENT)
    desk.change_user(desk.jonas, personal_email_access=False)
    with pytest.raises(NotAllowed, match="no personal e-mail access"):
        log_by_hand(desk.workspace, item, [ada])
    desk.change_user(desk.jonas, personal_email_access=True)
    assert log_by_hand(desk.workspace, item, [ada]).new


def test_nobody_becomes_a_contact_who_may_not_be_logged(desk: CopyDesk, item: int) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    with pytest.raises(NotAllowed):
        log_by_hand(desk.workspace, item, [], [ADA])
    assert not desk.is_contact(ADA)


def test_what_was_kept_out_cannot_be_logged_by_hand(desk: CopyDesk) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    desk.take(letter(ADA))
    with pytest.raises(NotAllowed, match="Nothing of this message was kept"):
        log_by_hand(desk.workspace, desk.reviews()[0].id, [desk.contact(BO)])


def test_copies_of_the_list_stay_and_those_of_long_dismissed_ones_go(desk: CopyDesk, item: int) -> None:
    from datetime import timedelta

    store = desk.workspace.store
    sha256 = store.reviews.get(item).raw_sha256  # type: ignore[union-attr]
    assert sha256 in store.reviews.file_names()
    dismiss(desk.workspace, [item])
    with store.transaction():
        assert store.reviews.expire(now() + timedelta(days=29)) == 0
        assert store.reviews.expire(now() + timedelta(days=31)) == 1
    assert sha256 not in store.reviews.file_names() and not desk.reviews(ReviewState.DISMISSED)[0].can_be_logged


# -- never-log


def test_a_dry_run_says_what_it_would_have_kept_out(desk: CopyDesk) -> None:
    desk.take(letter(ADA, subject="to Ada"))
    desk.take(letter(BO, subject="to Bo"))
    desk.take(letter(ADA, BO, subject="to both"))
    desk.take(letter("cy@mail.example.org", subject="below"))
    desk.take(forwarded(desk.forward, subject="from Ada"), CopyKind.FORWARD)
    desk.take(
        forwarded(desk.forward, original_from=f"Bo <{BO}>", original_cc=ADA, subject="from Bo", text="x"),
        CopyKind.FORWARD,
    )
    trial = try_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    assert {m.subject for m in trial.would_go} == {"to Ada", "below", "from Ada"}
    assert {m.subject for m in trial.would_stay} == {"to both"}  # “from Bo” only names Ada
    assert trial.contacts == (ADA, "cy@mail.example.org") and not trial.exists
    exact = try_entry(desk.workspace, entry_of(desk.workspace, "example.org", subdomains=False))
    assert "below" not in {m.subject for m in exact.would_go}
    assert len(desk.timeline(ADA)) == 3  # nothing was changed
    assert try_entry(desk.workspace, entry_of(desk.workspace, "ample.org")).would_go == ()


def test_removing_what_was_logged(desk: CopyDesk) -> None:
    desk.take(letter(ADA, subject="to Ada"))
    desk.take(letter(ADA, BO, subject="to both"))
    entry = add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    removed = remove_logged(desk.workspace, entry)
    assert (removed.gone, removed.stayed) == (1, 1)
    assert desk.timeline(ADA) == () and [m.subject for m in desk.timeline(BO)] == ["to both"]
    assert remove_logged(desk.workspace, entry).gone == 0


def test_removing_what_was_sent_from_here_keeps_its_events(desk: CopyDesk) -> None:
    """The sender's own feed still shows them (L8)."""
    pk = _sent(desk, ADA, track=True)
    store = desk.workspace.store
    assert desk.timeline(ADA)[0].tracking is Tracking.ON
    remove_logged(desk.workspace, add_entry(desk.workspace, entry_of(desk.workspace, ADA)))
    assert desk.timeline(ADA) == () and not store.copied.is_logged(pk)
    assert store.messages.get(pk).tracking is Tracking.ON and store.messages.tracked_recipients(pk)


def test_entries(desk: CopyDesk) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, "Example.org", note="Lawyers"))
    add_entry(desk.workspace, entry_of(desk.workspace, ADA, mine=True))
    add_entry(
        desk.workspace, entry_of(desk.workspace, "example.org", subdomains=False)
    )  # the same, with another choice
    entries = never_entries(desk.workspace)
    assert [(e.value, e.subdomains, e.user_id, e.note) for e in entries] == [
        ("Example.org", False, None, "Lawyers"), (ADA, False, desk.jonas, ""),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="not in the never-log list"):
        remove_entry(desk.workspace, entry_of(desk.workspace, "example.net"))
    with pytest.raises(UsageError, match="neither an address nor a domain"):
        entry_of(desk.workspace, "nonsense")


def test_the_entries_of_others_are_not_shown(desk: CopyDesk) -> None:
    from dataclasses import replace

    karin = desk.user("Karin")
    add_entry(desk.workspace, replace(entry_of(desk.workspace, ADA), user_id=karin))
    assert never_entries(desk.workspace) == ()


# -- what is sent from here


def _sent(desk: CopyDesk, *to: str, track: bool = False) -> int:
    """Recorded as it is before its first byte goes out, with a tracking server at hand."""
    store = desk.workspace.store
    people = tuple(Address(a) for a in to)
    outbox_id = queue_message(
        desk.workspace,
        Draft(desk.inbox.id, people, "Offert", html=HTML, track=track),
    )
    message = store.outbox.get(outbox_id)
    assert message is not None
    return record_message(
        desk.workspace, message, TrackingTarget("https://track.example.com", "https://track.example.com", "token")
    )


def test_mail_to_somebody_on_never_log_goes_out_and_is_not_logged(desk: CopyDesk) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    pk = _sent(desk, ADA, track=True)
    store = desk.workspace.store
    assert not store.copied.is_logged(pk) and not desk.is_contact(ADA)
    assert store.messages.get(pk).tracking is Tracking.ON and store.messages.tracked_recipients(pk)
    assert len(store.outbox.due(now())) == 1  # it waits to go out, as ever
    both = _sent(desk, ADA, BO)
    assert store.copied.is_logged(both) and desk.is_contact(BO) and not desk.is_contact(ADA)


def test_with_the_privacy_switch_only_who_has_a_basis_is_tracked_and_logged(desk: CopyDesk) -> None:
    desk.set("privacy.on", True)
    put_legal_basis(desk.workspace, [BO], Basis.CONTRACT, "Order 12")
    store = desk.workspace.store
    pk = _sent(desk, ADA, BO, track=True)
    assert not desk.is_contact(ADA) and len(desk.timeline(BO)) == 1
    assert [r.address for r in store.messages.tracked_recipients(pk)] == [BO]
    message = store.outbox.get(store.outbox.due(now())[0])
    assert message is not None
    copies = {c.recipient: recipient_copy(desk.workspace, message, c) for c in message.copies}
    assert b"track.example.com" in copies[BO] and b"track.example.com" not in copies[ADA]
    alone = _sent(desk, ADA, track=True)
    assert store.messages.get(alone).tracking is Tracking.OFF and not store.copied.is_logged(alone)


def test_legal_bases(desk: CopyDesk) -> None:
    put_legal_basis(desk.workspace, [ADA.upper()], read_basis("legitimate-interest"), "Asked at the fair")
    put_legal_basis(desk.workspace, [ADA], Basis.CONSENT, "Form of March")
    (kept,) = desk.workspace.store.bases.all()
    assert (kept.address, kept.basis, kept.note) == (ADA, Basis.CONSENT, "Form of March")
    remove_legal_basis(desk.workspace, ADA)
    for wrong in (lambda: remove_legal_basis(desk.workspace, ADA), lambda: read_basis("because"),
                  lambda: put_legal_basis(desk.workspace, [BO, "bo"], Basis.CONSENT)):  # fmt: skip
        with pytest.raises(UsageError):
            wrong()
    assert desk.workspace.store.bases.all() == ()


# -- logging addresses


def test_addresses_that_cannot_be(desk: CopyDesk) -> None:
    add = add_logging_address
    made = add(desk.workspace, CopyKind.BCC, Way.PLUS, desk.inbox.id)
    assert made.address != desk.bcc and made.state is AddressState.NEW
    for options, text in (
        ({"way": Way.PLUS, "address": JONAS}, "own address"),
        ({"way": Way.PLUS, "address": "nonsense"}, "not complete"),
        ({"way": Way.PLUS, "address": desk.bcc}, "serves already"),
        ({"way": Way.PLUS, "address": desk.forward}, "serves for forwarding already"),
        ({"way": Way.FOLDER}, "Choose the folder"),
    ):
        with pytest.raises(UsageError, match=text):
            add(desk.workspace, CopyKind.BCC, options["way"], desk.inbox.id, address=options.get("address", ""))
    for name in ("Log this", "And this"):
        add(desk.workspace, CopyKind.BCC, Way.FOLDER, desk.inbox.id, folder=name)
    with pytest.raises(NotAllowed):
        add(desk.workspace, CopyKind.BCC, Way.FOLDER, desk.inbox.id, folder="Log this")
    folder = next(a for a in desk.workspace.store.logging_addresses.all() if a.folder)
    with pytest.raises(UsageError, match="needs no test"):
        prove_address(desk.workspace, folder.id, threading.Event())
    remove_logging_address(desk.workspace, folder.id)
    with pytest.raises(UsageError):
        remove_logging_address(desk.workspace, folder.id)


def test_the_feed_tells_of_what_the_user_wanted_and_of_nothing_else(desk: CopyDesk) -> None:
    desk.take(letter(sender="mallory@example.net"))
    desk.take(letter(more=(("Auto-Submitted", "auto-replied"),)))
    assert desk.workspace.store.feed.rows() == ()
    desk.take(letter(desk.forward, subject="Fwd: x"), CopyKind.FORWARD)
    assert [e.kind for e in desk.workspace.store.feed.rows()] == [EventKind.REVIEW]


# -- the other address than it is for


def said(desk: CopyDesk) -> str:
    item = desk.reviews()[0]
    return review_words(item.reason, item.facts, item.sender).sentence


def test_a_forward_to_the_bcc_address_is_told_where_it_belongs(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.bcc))
    assert said(desk).endswith(f"Forward such a message to the forwarding address, {desk.forward}.")
    assert desk.reviews()[0].reason is Refusal.NO_CONTACT
    desk.take(letter(JONAS))
    assert "orward" not in said(desk)


def test_an_ordinary_message_with_the_forwarding_address_in_bcc_is_told_which_it_should_have_been(
    desk: CopyDesk,
) -> None:
    desk.take(letter(ADA), CopyKind.FORWARD)
    assert said(desk).endswith(f"Into the Bcc of what you write belongs the BCC address, {desk.bcc}.")
    assert desk.reviews()[0].reason is Refusal.NOT_A_FORWARD
    for to in ([desk.forward], [desk.forward, ADA]):
        desk.take(letter(*to), CopyKind.FORWARD)
        assert "Bcc" not in said(desk)
    bcc = next(a for a in desk.workspace.store.logging_addresses.all() if a.kind is CopyKind.BCC)
    remove_logging_address(desk.workspace, bcc.id)
    desk.take(letter(BO), CopyKind.FORWARD)
    assert said(desk).endswith("a BCC address, which you add in the settings.")


# -- what the command line knows of an entry


def test_the_command_line_knows_whom_an_entry_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path))
    with open_copy_desk(tmp_path) as desk:
        desk.take(letter(ADA, sender="Jonas <jonas@example.net>", message_id="unknown@example.net"))
        desk.take(letter(JONAS, sender=f"Jonas Ahl <{JONAS}>", message_id="nobody@example.com"))
        nobody, unknown = (item.id for item in desk.reviews())

    def run(*words: str) -> tuple[int, str]:
        code = run_command(list(words))
        told = capsys.readouterr()
        return code, told.out + told.err

    waits = run("why", "<unknown@example.net>", "--offline")[1]
    assert "It is in the review list, and was not logged." in waits
    assert f"is entry {unknown} of the review list. It was sent from jonas@example.net" in waits
    assert run("review", "log", str(unknown)) == (0, f"It is on the timeline of {ADA}.\n")
    status, said = run("review", "log", str(nobody))
    assert status == 2 and "Name them with --contact ADDRESS." in said
    run("review", "dismiss", str(nobody))
    assert "was dismissed there" in run("why", "<nobody@example.com>", "--offline")[1]
    assert "Nothing is known of it here" in run("why", "<other@example.net>", "--offline")[1]


def test_a_date_that_no_clock_knew_is_the_arrival(desk: CopyDesk) -> None:
    desk.take(letter(ADA, date=datetime(1970, 1, 1, tzinfo=UTC)))
    (message,) = desk.timeline(ADA)
    assert now() - message.date < timedelta(minutes=5)


def test_the_command_that_removes_says_nothing_of_staying(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path))
    with open_copy_desk(tmp_path) as desk:
        desk.take(letter(ADA))
        desk.take(letter("ada+news@example.org"))

    def run(*words: str) -> str:
        run_command(["settings", "never-log", *words])
        return capsys.readouterr().out

    near = "ada+news@example.org is another address, perhaps of the same person: this is not about it."
    assert near in run("try", ADA)
    said = run("add", ADA, "--remove-logged")
    assert f"{ADA} is a contact: nothing more is logged." in said and near in said
    assert "1 logged message is gone.\nWhat is gone stays away, also when the entry is removed later." in said
    assert "What was taken away with --remove-logged stays away." in run("remove", ADA)
    assert "what is logged with that one stays, and nothing more is added" in run("add", "ada+news@example.org")
