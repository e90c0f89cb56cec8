"""What is stored comes back: contacts, messages and aliases, events once each, the outbox' leases, cursors, settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.addresses import Address
from app.domain.errors import StoreError, UsageError
from app.domain.events import EventKind, Tracking, Verdict
from app.domain.inboxes import InboxId, InboxState, Provider, SendAs
from app.domain.outbox import AttachmentRef, CopyState, Draft, OutboxState
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.store import Store, models
from app.store.codec import draft_from_json, draft_to_json
from app.store.cursors import FolderCursor
from app.store.events import NewEvent
from app.store.messages import NewMessage
from app.tracking.tokens import new_ref

NOW = datetime(2026, 11, 20, 14, 26, 8, tzinfo=UTC)
KARIN = Address("Karin.Lindqvist@example.com", "Karin Lindqvist")


def new_message(store: Store, inbox_id: InboxId, message_id: str, **more: object) -> NewMessage:
    thread = store.messages.new_thread("quote")
    base = NewMessage(
        message_id, "sent", thread, store.user_id, NOW, Address("jonas@example.org"), (KARIN,), "Quote", True, "sent",
        inbox_id=inbox_id, text="The text",
    )  # fmt: skip
    return replace(base, **more)


def test_a_contact_is_found_by_any_case_of_its_address(store: Store) -> None:
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="sent")
        assert store.contacts.add(Address("karin.lindqvist@EXAMPLE.com"), created_by="sent") == karin
        store.contacts.add_address(karin, "k.lindqvist@example.org")
        store.contacts.edit(karin, title="Head of logistics", company="Northlight Cargo AB")
        with pytest.raises(UsageError, match="not complete"):
            store.contacts.add(Address("karin@"), created_by="user")
    assert store.contacts.find(" <KARIN.lindqvist@example.com> ") == karin
    card = store.contacts.card(karin)
    assert card is not None
    assert card.addresses == ("Karin.Lindqvist@example.com", "k.lindqvist@example.org")
    assert (card.title, card.company) == ("Head of logistics", "Northlight Cargo AB")
    for search in ("lindqvist", "LOGISTICS cargo", "example.org"):
        assert [r.id for r in store.contacts.rows(search)] == [karin], search
    assert store.contacts.rows("lindqvist nobody") == ()


def test_an_address_belongs_to_one_contact(store: Store) -> None:
    with store.transaction():
        store.contacts.add(KARIN, created_by="user")
        other = store.contacts.add(Address("anders@example.com"), created_by="user")
        with pytest.raises(UsageError, match="another contact"):
            store.contacts.add_address(other, KARIN.addr_spec)


def test_a_message_is_known_by_all_its_ids(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        pk = store.messages.add(new_message(store, inbox_id, "a@example.org"), [])
        store.messages.add_alias(pk, "rewritten@provider.example")
        store.messages.add_alias(pk, "rewritten@provider.example")
    known = store.messages.known(["x@example.org", "rewritten@provider.example", "a@example.org", ""])
    assert {alias: k.pk for alias, k in known.items()} == {"a@example.org": pk, "rewritten@provider.example": pk}
    assert len(store.messages.known([f"{n}@example.org" for n in range(5000)] + ["a@example.org"])) == 1


def test_what_is_not_logged_keeps_no_text(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="sent")
        file = AttachmentRef("a.pdf", "application/pdf", 3, "0" * 64)
        new = new_message(store, inbox_id, "a@example.org", logged=False, html="<p>x", attachments=(file,))
        pk = store.messages.add(new, [karin])
    assert store.timeline.of_contact(karin) == ()
    row = models.Message.get_by_id(pk)
    assert (row.text, row.html, row.visible_text) == ("", "", "")
    assert models.Attachment.select().count() == 0
    assert "a@example.org" in store.messages.known(["a@example.org"])


def test_tracking_off_is_no_data_not_zero(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="sent")
        store.messages.add(new_message(store, inbox_id, "off@example.org"), [karin])
        store.messages.add(new_message(store, inbox_id, "on@example.org", tracking=Tracking.ON), [karin])
    counts = {m.message_id: (m.opens, m.clicks) for m in store.timeline.of_contact(karin)}
    assert counts == {"off@example.org": (None, None), "on@example.org": (0, 0)}


def test_a_hit_comes_in_once_and_only_people_count(store: Store, inbox_id: InboxId) -> None:
    event = NewEvent(
        EventKind.OPEN, NOW, store.user_id, Verdict.PERSON, ("r",), "Karin", KARIN.addr_spec, server="s", number=7
    )
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="sent")
        pk = store.messages.add(new_message(store, inbox_id, "a@example.org", tracking=Tracking.ON), [karin])
        event = replace(event, message_pk=pk)
        assert store.events.add(event) is not None
        assert store.events.add(event) is None
        assert store.events.add(replace(event, server="other")) is not None
        assert store.events.add(replace(event, number=8, verdict=Verdict.MACHINE)) is not None
        store.events.set_stream_place("s", 8)
    assert store.timeline.of_contact(karin)[0].opens == 2
    assert store.events.unseen() == 2
    assert (store.events.stream_place().server, store.events.stream_place().number) == ("s", 8)
    story = store.feed.message_events(pk)
    assert story is not None
    assert (story.opens_person, story.opens_machine) == (2, 1)


def test_the_feed_pages_without_gap_or_repeat(store: Store) -> None:
    with store.transaction():
        for n in range(57):
            at = NOW + timedelta(seconds=n // 3)  # several in the same second
            store.events.add(NewEvent(EventKind.CLICK, at, store.user_id, Verdict.PERSON, (), f"P{n}"))
    seen: list[int] = []
    last = None
    while page := store.feed.rows(before=last, limit=10):
        seen += [row.id for row in page]
        last = page[-1].id
    assert len(seen) == len(set(seen)) == 57
    times = [store.feed.get(i).at for i in seen]
    assert times == sorted(times, reverse=True)
    assert [r.who for r in store.feed.rows(search="p12")] == ["P12"]
    assert store.feed.rows(kinds={EventKind.OPEN}) == ()


def draft(inbox_id: InboxId, **more: object) -> Draft:
    return replace(Draft(inbox_id, (KARIN,), "Quote", text="Hej"), **more)


def queued(store: Store, inbox_id: InboxId) -> int:
    with store.transaction():
        outbox_id = store.outbox.save_draft(draft(inbox_id), store.user_id)
        store.outbox.queue(
            outbox_id,
            not_before=NOW,
            message_id="m@example.org",
            message_ref=new_ref(),
            copies=[("to", KARIN, new_ref())],
        )
    return outbox_id


def test_a_draft_comes_back_as_it_was(store: Store, inbox_id: InboxId) -> None:
    whole = draft(
        inbox_id,
        cc=(Address("a@example.com", "Ånders"),),
        bcc=(Address("b@example.com"),),
        html="<p>Hej</p>",
        attachments=(AttachmentRef("ö.pdf", "application/pdf", 5, "0" * 64, "cid1"),),
        log=False,
        track=False,
        parent_message_id="p@example.org",
        send_at=NOW,
    )
    with store.transaction():
        outbox_id = store.outbox.save_draft(whole, store.user_id)
        assert store.outbox.save_draft(replace(whole, subject="New"), store.user_id, outbox_id) == outbox_id
    message = store.outbox.get(outbox_id)
    assert message is not None
    assert message.draft == replace(whole, subject="New")
    assert [r.subject for r in store.outbox.rows(OutboxState.DRAFT)] == ["New"]


def test_only_one_may_send(store: Store, inbox_id: InboxId) -> None:
    outbox_id = queued(store, inbox_id)
    with store.transaction():
        assert not store.outbox.claim(outbox_id, NOW - timedelta(seconds=1))
        assert store.outbox.claim(outbox_id, NOW)
        assert not store.outbox.claim(outbox_id, NOW)
        assert not store.outbox.undo(outbox_id)
    assert store.outbox.due(NOW) == ()


def test_a_lease_ends_with_its_process(store: Store, inbox_id: InboxId) -> None:
    """A process that was killed while sending leaves its lease behind: the next one goes on at once."""
    outbox_id = queued(store, inbox_id)
    code = (
        "import os, sys; from pathlib import Path; from datetime import datetime, UTC; from app.store import Store\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "with store.transaction(): assert store.outbox.claim(int(sys.argv[2]), datetime.now(UTC))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(store.path), str(outbox_id)], timeout=60, check=False)
    assert ended.returncode == -9
    assert store.outbox.get(outbox_id).state == OutboxState.SENDING
    assert store.outbox.due(NOW) == (outbox_id,)
    with store.transaction():
        assert store.outbox.claim(outbox_id, NOW)


def test_undo_and_retry(store: Store, inbox_id: InboxId) -> None:
    outbox_id = queued(store, inbox_id)
    problem = Problem(ProblemCode.RECIPIENT_REFUSED, "mail.example.org", 587, "550 5.1.1 no such user", 550)
    with store.transaction():
        assert store.outbox.undo(outbox_id)
        assert not store.outbox.undo(outbox_id)
    assert store.outbox.get(outbox_id).state == OutboxState.DRAFT
    outbox_id = queued(store, inbox_id)
    with store.transaction():
        store.outbox.claim(outbox_id, NOW)
        store.outbox.set_copy(outbox_id, 0, CopyState.REFUSED, problem)
        store.outbox.finish(outbox_id, OutboxState.FAILED, problem)
    failed = store.outbox.get(outbox_id)
    assert (failed.problem, failed.copies[0].problem) == (problem, problem)
    with store.transaction():
        assert store.outbox.retry(outbox_id, CopyState.REFUSED)
    assert store.outbox.get(outbox_id).copies[0].state == CopyState.PENDING


def test_nothing_is_undone_once_its_content_may_be_out(store: Store, inbox_id: InboxId) -> None:
    steps: list[tuple[tuple[CopyState, ...], bool]] = [
        ((), True),
        ((CopyState.PENDING,), True),  # the server could not be reached
        ((CopyState.IN_FLIGHT, CopyState.PENDING), True),  # refused for now, after DATA
        ((CopyState.IN_FLIGHT,), False),
        ((CopyState.IN_FLIGHT, CopyState.ACCEPTED), False),
        ((CopyState.IN_FLIGHT, CopyState.IN_FLIGHT, CopyState.PENDING), False),
        ((CopyState.IN_FLIGHT, CopyState.UNKNOWN), False),
    ]
    for states, expected in steps:
        outbox_id = queued(store, inbox_id)
        with store.transaction():
            assert store.outbox.claim(outbox_id, NOW)
            for state in states:
                store.outbox.set_copy(outbox_id, 0, state)
            store.outbox.defer(outbox_id, NOW, None)
            assert store.outbox.undo(outbox_id) == expected, states


def test_what_a_person_sends_again_in_doubt_cannot_be_undone(store: Store, inbox_id: InboxId) -> None:
    outbox_id = queued(store, inbox_id)
    with store.transaction():
        store.outbox.claim(outbox_id, NOW)
        store.outbox.set_copy(outbox_id, 0, CopyState.IN_FLIGHT)
        store.outbox.set_copy(outbox_id, 0, CopyState.UNKNOWN)
        store.outbox.finish(outbox_id, OutboxState.UNKNOWN)
        assert store.outbox.retry(outbox_id, CopyState.UNKNOWN)
        assert not store.outbox.undo(outbox_id)


def test_a_message_is_forgotten_without_a_trace(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="sent")
        first = store.messages.add(new_message(store, inbox_id, "first@example.org"), [karin])
        file = AttachmentRef("a.pdf", "application/pdf", 3, "0" * 64)
        later = NOW + timedelta(days=1)
        new = new_message(store, inbox_id, "a@example.org", attachments=(file,), tracking=Tracking.ON, date=later)
        pk = store.messages.add(new, [karin])
        store.messages.add_tracking(pk, [(new_ref(), KARIN)], ["https://example.net/"])
        store.messages.forget(pk)
    assert [m.pk for m in store.timeline.of_contact(karin)] == [first]
    assert store.contacts.rows()[0].last_at == NOW
    assert store.messages.known(["a@example.org"]) == {}
    for table in (models.Attachment, models.TrackedRecipient, models.TrackedLink):
        assert table.select().count() == 0
    assert models.Thread.select().count() == 1


def test_only_files_that_nothing_names_are_deleted(store: Store, inbox_id: InboxId) -> None:
    names = {word: store.files.add(word.encode()) for word in ("logged", "draft", "discarded", "fresh")}
    refs = {word: AttachmentRef(word, "text/plain", len(word), name) for word, name in names.items()}
    with store.transaction():
        store.messages.add(new_message(store, inbox_id, "a@example.org", attachments=(refs["logged"],)), [])
        store.outbox.save_draft(draft(inbox_id, attachments=(refs["draft"],)), store.user_id)
        gone = store.outbox.save_draft(draft(inbox_id, attachments=(refs["discarded"],)), store.user_id)
        assert store.outbox.discard(gone)
    old = time.time() - 7200
    for word in ("logged", "draft", "discarded"):
        os.utime(store.files.path(names[word]), (old, old))
    assert store.collect_files() == 1
    assert {word for word, name in names.items() if store.files.path(name).exists()} == {"logged", "draft", "fresh"}
    assert store.collect_files() == 0  # not before an hour has gone by


def test_a_file_that_is_kept_again_counts_as_new(store: Store) -> None:
    name = store.files.add(b"again")
    old = time.time() - 7200
    os.utime(store.files.path(name), (old, old))
    assert store.files.older_than(3600) == {name}
    store.files.add(b"again")
    assert store.files.older_than(3600) == set()
    assert store.files.remove({name}, 3600) == 0


def test_a_cursor_never_goes_back_unless_renumbered(store: Store, inbox_id: InboxId) -> None:
    def at(uid_validity: int, next_uid: int) -> FolderCursor:
        return FolderCursor("INBOX", "inbox", uid_validity, next_uid, 10, False, low_uid=10)

    def found() -> tuple[int, int, int, int]:
        cursor = store.inboxes.cursor(inbox_id, "INBOX")
        assert cursor is not None
        return cursor.uid_validity, cursor.next_uid, cursor.low_uid, cursor.first_look_at

    with store.transaction():
        store.inboxes.put_cursor(inbox_id, at(1, 20))
        assert store.inboxes.put_cursor(inbox_id, at(1, 25)).next_uid == 20  # begun by another process
        for next_uid, expected in ((15, 20), (25, 25)):
            store.inboxes.read_up(inbox_id, "INBOX", 1, next_uid)
            assert found() == (1, expected, 10, 0)
        for low_uid, expected in ((8, (1, 25, 8, 2)), (9, (1, 25, 8, 2)), (4, (1, 25, 4, 4))):
            store.inboxes.read_down(inbox_id, "INBOX", 1, low_uid, 2)
            assert found() == expected
        store.inboxes.read_up(inbox_id, "INBOX", 7, 99)  # of other numbers
        assert found() == (1, 25, 4, 4)
        store.inboxes.put_cursor(inbox_id, at(2, 3))
        assert found() == (2, 3, 10, 0)
    assert store.inboxes.cursor(inbox_id, "Sent") is None


def test_an_inbox_keeps_its_problem_and_refuses_wrong_moves(store: Store, inbox_id: InboxId) -> None:
    facts = CertificateFacts("CN=mail", "CN=ca", "2026-01-01", "2026-02-01", "ab" * 32, ("mail.example.org",))
    problem = Problem(ProblemCode.CERTIFICATE_EXPIRED, "mail.example.org", 993, certificate=facts, retry_after=2.5)
    with store.transaction():
        assert store.inboxes.set_state(inbox_id, InboxState.CERTIFICATE, problem)
        assert not store.inboxes.set_state(inbox_id, InboxState.CERTIFICATE, problem)
    assert store.inboxes.get(inbox_id).problem == problem
    with store.transaction():
        store.inboxes.set_state(inbox_id, InboxState.REMOVED)
        with pytest.raises(UsageError):
            store.inboxes.set_state(inbox_id, InboxState.CONNECTED)
    assert store.inboxes.find("jonas@example.org") is None
    assert store.inboxes.cards() == ()


@pytest.mark.parametrize("removed", [False, True])
def test_connecting_again_keeps_cursors_unless_it_was_removed(store: Store, inbox_id: InboxId, removed: bool) -> None:
    with store.transaction():
        store.inboxes.put_cursor(inbox_id, FolderCursor("INBOX", "inbox", 1, 20, 10, True))
        if removed:
            store.inboxes.set_state(inbox_id, InboxState.REMOVED)
        account = store.inboxes.get(inbox_id).account
        again = store.inboxes.add(replace(account, username="new"), user_id=store.user_id)
    assert again == inbox_id
    assert store.inboxes.get(inbox_id).account.username == "new"
    cursor = store.inboxes.cursor(inbox_id, "INBOX")
    assert cursor is None if removed else cursor is not None and cursor.next_uid == 20


def test_the_ledger_adds_up(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        store.ledgers.add_headers(inbox_id, "INBOX", 3)
        store.ledgers.add_headers(inbox_id, "INBOX", 4)
        store.ledgers.add_headers(inbox_id, "Sent", 5)
        store.ledgers.body_read(
            store.ledgers.ask_bodies(inbox_id, "INBOX", 1, {17: "m@example.org"})[17], "Answers a@example.org"
        )
    ledger = store.ledgers.read(inbox_id)[0]
    assert ledger.headers_read == 12
    assert [(b.folder, b.uid, b.why) for b in ledger.bodies] == [("INBOX", 17, "Answers a@example.org")]
    card = store.inboxes.cards()[0]
    assert (card.headers_read, card.bodies_read) == (12, 1)


def test_settings_have_types(store: Store) -> None:
    with store.transaction():
        store.settings.put("track_default", "off")
        store.settings.put("undo_seconds", "12")
        for name, value in (
            ("undo_seconds", "soon"),
            ("undo_seconds", 61),
            ("appearance", "pink"),
            ("nothing", 1),
            ("log_default", "maybe"),
        ):
            with pytest.raises(UsageError):
                store.settings.put(name, value)
    assert store.settings.get("track_default") is False
    assert store.settings.get("undo_seconds") == 12
    assert not [name for name in store.settings.all() if name.startswith("_")]


def test_attachments_are_kept_once_and_checked(store: Store) -> None:
    first, second = store.files.add(b"the same"), store.files.add(b"the same")
    assert first == second
    assert store.files.read(first) == b"the same"
    assert len([p for p in (store.path.parent / "attachments").rglob("*") if p.is_file()]) == 1
    store.files.path(first).write_bytes(b"changed!")
    with pytest.raises(StoreError, match="changed"):
        store.files.read(first)
    with pytest.raises(ValueError, match="SHA-256"):
        store.files.path("../../etc/passwd")
    assert isinstance(store.files.path(first), Path)


def test_the_aliases_of_an_inbox_are_as_the_provider_lists_them_now(store: Store, inbox_id: InboxId) -> None:
    with store.transaction():
        store.inboxes.replace_aliases(inbox_id, (SendAs("Sales@Example.org", "Sales"), SendAs("info@example.org")))
    with store.transaction():
        store.inboxes.replace_aliases(
            inbox_id, (SendAs("sales@example.org", "Sales"), SendAs("hello@example.org", "Hi", is_default=True))
        )
    assert store.inboxes.aliases(inbox_id) == (
        SendAs("hello@example.org", "Hi", is_default=True),
        SendAs("sales@example.org", "Sales"),
    )


def test_every_consent_is_kept_with_its_text_and_time(store: Store, inbox_id: InboxId) -> None:
    account = store.inboxes.get(inbox_id).account
    for provider, version in ((Provider.IMAP, "1"), (Provider.GMAIL, "2"), (Provider.GMAIL, "")):
        with store.transaction():
            store.inboxes.add(account, user_id=store.user_id, provider=provider, disclosure_version=version)
    kept = store.inboxes.consents(inbox_id)
    assert [(provider, version) for provider, version, _at in kept] == [(Provider.IMAP, "1"), (Provider.GMAIL, "2")]
    assert kept[0][2] <= kept[1][2]


def test_one_preset_a_domain(store: Store) -> None:
    with store.transaction():
        store.presets.put("example.org", {"name": "one"})
        store.presets.put("example.com", {"name": "two"})
        store.presets.put("example.org", {"name": "three"})
    assert store.presets.all() == ({"name": "two"}, {"name": "three"})
    with store.transaction():
        assert store.presets.remove("example.org") and not store.presets.remove("example.org")


def test_addresses_for_meetings(store: Store) -> None:
    with store.transaction():
        store.presets.add_meetings("Meet@Example.org")
    assert store.presets.is_for_meetings("meet@example.org") and not store.presets.is_for_meetings("x@example.org")
    with store.transaction():
        assert store.presets.remove_meetings("MEET@example.org")
    assert store.presets.meetings() == ()


def test_a_draft_keeps_whom_it_is_from(store: Store, inbox_id: InboxId) -> None:
    draft = Draft(inbox_id, (Address("karin@example.com"),), "Hello", sender=Address("sales@example.org", "Sales"))
    assert draft_from_json(inbox_id, draft_to_json(draft)) == draft


def test_a_contact_with_very_many_messages_is_counted_among_the_newest(
    store: Store, inbox_id: InboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.contacts.BUSY", 3)
    with store.transaction():
        karin = store.contacts.add(KARIN, created_by="sent")
        file = AttachmentRef("a.pdf", "application/pdf", 3, "0" * 64)
        store.messages.add(new_message(store, inbox_id, "0@example.org", attachments=(file,), date=NOW), [karin])
        for number in range(1, 4):
            store.messages.add(
                new_message(store, inbox_id, f"{number}@example.org", date=NOW + timedelta(days=number)), [karin]
            )
    card = store.contacts.card(karin)
    assert card is not None
    assert (card.counted, card.sent, card.with_files) == (3, 3, 0)  # the oldest, with the file, is not among them
    assert store.contacts.totals(karin) == (4, 0, 1)
