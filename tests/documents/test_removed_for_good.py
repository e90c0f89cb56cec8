"""What was removed for good stays away: the message itself, with all that it says, whichever way it would come (T9, L8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.errors import NotAllowed
from app.domain.review import NewReview, ReviewState
from app.domain.transfer import ImportKind, ImportOptions
from app.services.delete_permanently import delete_permanently
from app.services.explain_message import explain_message
from app.services.export_workspace import export_workspace
from app.services.import_file import import_file
from app.services.never_log_rules import add_entry, entry_of, remove_entry, remove_logged, try_entry
from app.services.removed_for_good import may_not_come_back
from app.services.review_copied import log_by_hand
from app.store import models as m
from app.store.messages import NewMessage
from app.words.left_out import left_out_sentence
from tests.support.copied import JONAS, NOON, CopyDesk, forwarded, letter
from tests.unit.services.test_export import never, quiet
from tests.unit.services.test_import_messages import take, whys

KARIN, ADA, BO = "karin@kund.example", "ada@example.org", "bo@example.net"
TEXT = f"Dear Karin Kund ({KARIN}), your number is 555-7788."
TO_BOTH = letter(f"Karin Kund <{KARIN}>", ADA, subject="For Karin Kund", text=TEXT, message_id="both@example.com")


def delete(desk: CopyDesk, address: str = KARIN) -> None:
    contact = desk.workspace.store.contacts.find(address)
    assert contact is not None
    delete_permanently(desk.workspace.store, contact)


def take_away(desk: CopyDesk, address: str = KARIN) -> None:
    """By a never-log entry that is removed again."""
    entry = add_entry(desk.workspace, entry_of(desk.workspace, address))
    remove_logged(desk.workspace, entry)
    remove_entry(desk.workspace, entry)


def nothing_of_her(desk: CopyDesk) -> None:
    for row in m.Message.select():
        assert "555-7788" not in row.text and "Karin" not in row.subject
    for item in desk.reviews(None):
        assert (item.raw_sha256, item.subject, item.sender) == ("", "", "")


def told_once(desk: CopyDesk) -> None:
    (item,) = desk.reviews(None)
    assert (item.reason, item.state, item.recipients) == (Refusal.REMOVED, ReviewState.KEPT_OUT, ())


def test_a_second_look_brings_nothing_back(desk: CopyDesk) -> None:
    desk.take(TO_BOTH)
    assert len(desk.timeline(ADA)) == 1
    delete(desk)
    desk.take(TO_BOTH)
    assert desk.timeline(ADA) == ()
    told_once(desk)
    desk.take(TO_BOTH)
    told_once(desk)
    nothing_of_her(desk)


def test_nor_where_a_provider_gave_it_another_id(desk: CopyDesk) -> None:
    desk.take(TO_BOTH)
    delete(desk)
    desk.take(TO_BOTH.replace(b"both@example.com", b"other@provider.example"))
    assert desk.timeline(ADA) == ()
    nothing_of_her(desk)
    desk.take(letter(ADA, subject="For Ada", text="Hej Ada, något annat."))
    assert [message.subject for message in desk.timeline(ADA)] == ["For Ada"]


def test_the_same_words_to_somebody_else_are_another_message(desk: CopyDesk) -> None:
    desk.take(letter(f"Karin Kund <{KARIN}>", text="Hej, här är årets katalog.", message_id="karin@example.com"))
    delete(desk)
    desk.take(letter(ADA, text="Hej, här är årets katalog.", message_id="ada@example.com"))
    assert [message.message_id for message in desk.timeline(ADA)] == ["ada@example.com"]


def test_a_letter_that_came_is_known_by_what_it_says(desk: CopyDesk) -> None:
    """Forwarded again under another id, and with less of its head."""
    desk.take(forwarded(desk.forward, original_from=f"Karin <{KARIN}>", original_cc=ADA), CopyKind.FORWARD)
    take_away(desk)
    desk.take(forwarded(desk.forward, original_from=f"Karin <{KARIN}>", original_cc=f"A <{ADA}>"), CopyKind.FORWARD)
    assert desk.timeline(KARIN) == ()
    assert [item.reason for item in desk.reviews()] == [Refusal.REMOVED]
    # without Cc it may be another one, with the same words to somebody else
    desk.take(forwarded(desk.forward, original_from=f"Karin <{KARIN}>"), CopyKind.FORWARD)
    assert len(desk.timeline(KARIN)) == 1


SEMINAR = (
    "Hello! We would like to invite you to our autumn seminar in Lund on 3 December at nine, with coffee and buns. "
)


def test_one_wording_to_many_is_as_many_messages(desk: CopyDesk, tmp_path: Path) -> None:
    desk.take(letter(KARIN, subject="Invitation", text=SEMINAR, message_id="i1@example.com"))
    take_away(desk)
    others = [letter(f"p{n}@p{n}.example", subject="Invitation", text=f"{SEMINAR} {n}") for n in range(3)]
    report = take(desk, tmp_path, *others)
    assert (report.added, report.skipped) == (3, 0)
    at = NOON + timedelta(seconds=40)
    desk.take(letter(ADA, subject="Invitation", text=f"{SEMINAR} Ada, bring your slides!", date=at))
    desk.take(letter(BO, subject="Invitation", text=SEMINAR))
    assert len(desk.timeline(ADA)) == len(desk.timeline(BO)) == 1


@pytest.mark.parametrize("change", ["second", "text", "people", "subject", "nothing"])
def test_without_its_id_it_is_known_by_all_that_it_says(desk: CopyDesk, change: str) -> None:
    def said(changed: str, message_id: str) -> bytes:
        return letter(
            f"Karin <{KARIN}>",
            *([BO] if changed == "people" else []),
            cc=ADA,
            subject="Other" if changed == "subject" else "For both",
            text=f"{SEMINAR}\nBye{' now' if changed == 'text' else ''}",
            date=NOON + timedelta(seconds=changed == "second"),
            message_id=message_id,
        )

    desk.take(said("", "one@example.com"))
    delete(desk)
    desk.take(said(change, "two@provider.example"))
    logged = change != "nothing"
    assert len(desk.timeline(ADA)) == logged
    assert [item.reason for item in desk.reviews()] == [Refusal.REMOVED] * (not logged)
    if not logged:
        trace = explain_message(desk.workspace, "two@provider.example", look=False)
        assert trace.verdict == "It is not here because it was removed from this workspace for good."


def test_bcc_alone_tells_whom_it_was_written_to(desk: CopyDesk) -> None:
    """Each in its sender's own Sent folder, with nobody in To."""
    store = desk.workspace.store
    hers = NewMessage(
        message_id="hers@example.com", raw_message_id="", direction="sent", kind="normal", thread_id=0,
        user_id=desk.jonas, date=NOON, sender=Address(JONAS), to=(), cc=(), bcc=(Address(KARIN),), subject="Hi",
        text="See attached.", html="", visible_text="", quoted_lines=0, size=1, logged=True, logged_by="bcc",
    )  # fmt: skip
    with store.transaction():
        pk = store.messages.add(replace(hers, thread_id=store.messages.new_thread("Hi")), [desk.contact(KARIN)])
        store.gone.remember([pk])
        store.messages.forget(pk)
    again = replace(hers, message_id="again@example.com")
    assert may_not_come_back(desk.workspace, again)
    assert not may_not_come_back(desk.workspace, replace(again, bcc=(Address(BO),)))
    assert not may_not_come_back(desk.workspace, replace(again, bcc=()))


@pytest.mark.parametrize("removed", [delete, take_away])
def test_an_import_leaves_it_out_and_says_so(
    desk: CopyDesk, tmp_path: Path, removed: Callable[[CopyDesk], None]
) -> None:
    desk.take(letter(KARIN, text=TEXT, message_id="alone@example.com"))
    desk.take(forwarded(desk.forward, original_from=f"Karin Kund <{KARIN}>"), CopyKind.FORWARD)
    removed(desk)
    desk.contact(ADA)
    hers = letter(JONAS, sender=f"Bo <{BO}>", message_id="bo@example.net")
    report = take(desk, tmp_path, letter(KARIN, ADA, text=TEXT, message_id="alone@example.com"), hers)
    assert (report.added, report.skipped) == (1, 1)
    assert whys(report) == ["It was removed from this workspace for good, with a contact or by the never-log list."]
    assert report.rejected is None, "nothing of it is written down"
    assert desk.timeline(ADA) == ()
    nothing_of_her(desk)


def test_what_a_never_log_entry_took_away_stays_away(desk: CopyDesk) -> None:
    raw = letter(KARIN, text=TEXT, message_id="alone@example.com")
    desk.take(raw)
    desk.take(forwarded(desk.forward, original_from=f"Karin <{KARIN}>", message_id="f@example.com"), CopyKind.FORWARD)
    entry = add_entry(desk.workspace, entry_of(desk.workspace, KARIN))
    assert remove_logged(desk.workspace, entry).gone == 2
    desk.take(raw)
    remove_entry(desk.workspace, entry)
    desk.take(raw)
    told_once(desk)
    for message_id in ("f@example.com", "g@example.com"):
        raw = forwarded(desk.forward, original_from=f"Karin <{KARIN}>", message_id=message_id)
        desk.take(raw, CopyKind.FORWARD)
    assert desk.timeline(KARIN) == ()
    assert [(item.reason, item.raw_sha256, item.sender) for item in desk.reviews()] == [(Refusal.REMOVED, "", "")] * 3
    desk.take(letter(KARIN, text="Något nytt", message_id="new@example.com"))
    assert [message.message_id for message in desk.timeline(KARIN)] == ["new@example.com"], "new mail is logged again"


def test_what_waited_for_a_person_stays_away_too(desk: CopyDesk) -> None:
    raw = letter(KARIN, ADA, sender="Jonas <jonas@example.net>", text=TEXT, message_id="waits@example.net")
    desk.take(raw)
    (item,) = desk.reviews()
    desk.contact(KARIN)
    delete(desk)
    assert desk.reviews(None) == ()
    desk.take(raw)
    told_once(desk)
    with desk.workspace.store.transaction():  # as where it was kept by another way
        kept = desk.workspace.store.files.add(raw)
        again = desk.workspace.store.reviews.add(
            NewReview(CopyKind.BCC, Refusal.UNKNOWN_SENDER, item.message_id, inbox_id=desk.inbox.id, raw_sha256=kept)
        )
    with pytest.raises(NotAllowed, match="removed from this workspace for good"):
        log_by_hand(desk.workspace, again, [desk.contact(ADA)])


def test_it_stays_away_from_where_an_export_goes(desk: CopyDesk, tmp_path: Path) -> None:
    desk.take(TO_BOTH)
    delete(desk)
    export_workspace(desk.workspace, tmp_path / "out", quiet, never)
    text = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "out").iterdir())
    assert "both@example.com" not in text and KARIN not in text
    desk.workspace.store.close()
    other = open_workspace(tmp_path / "other")
    try:
        import_file(other, ImportKind.EXPORT, tmp_path / "out", ImportOptions(), quiet, never)
        assert other.store.gone.holds("both@example.com")
        assert not other.store.gone.holds("hers@kund.example")
        with other.store.transaction():
            other.store.contacts.add(Address(ADA), created_by="user")
        path = tmp_path / "old.mbox"
        path.write_bytes(b"From x Mon Mar  2 12:00:00 2026\n" + TO_BOTH + b"\n")
        options = ImportOptions(own=(JONAS,))
        report = import_file(other, ImportKind.MBOX, path, options, quiet, never)
        assert (report.added, report.skipped) == (0, 1)
    finally:
        other.store.close()


def test_a_message_that_is_here_stays_though_another_workspace_removed_it(desk: CopyDesk) -> None:
    desk.take(TO_BOTH)
    with desk.workspace.store.transaction():
        desk.workspace.store.gone.remember([desk.timeline(ADA)[0].pk])
    desk.take(TO_BOTH)
    assert len(desk.timeline(ADA)) == 1


# -- the dry run tells what removing does


@pytest.mark.parametrize("second", ["never", "deleted", "nobody", "contact"])
def test_the_dry_run_promises_what_is_removed(desk: CopyDesk, second: str) -> None:
    """A message to two: the other one is on the never-log list, was deleted, is no contact, or is one."""
    other = "s@secret.example"
    if second == "never":
        add_entry(desk.workspace, entry_of(desk.workspace, "secret.example"))
    if second == "deleted":
        delete_permanently(desk.workspace.store, desk.contact(other))
    if second == "nobody":
        desk.set("create_contacts", False)
        desk.contact("a@fine.example")
        desk.contact("c@fine.example")
    desk.take(letter("a@fine.example", cc=other, subject="One"))
    desk.take(letter("b@fine.example", "c@fine.example", subject="Two"))
    desk.take(letter("c@fine.example", "x@third.example", subject="Three"))
    entry = entry_of(desk.workspace, "fine.example")
    trial = try_entry(desk.workspace, entry)
    removed = remove_logged(desk.workspace, add_entry(desk.workspace, entry))
    promised = (len(trial.would_go), len(trial.would_stay), len(trial.would_unname))
    assert promised == (removed.gone, removed.stayed, removed.unnamed)
    assert removed.gone == {"never": 2, "deleted": 2, "nobody": 3, "contact": 1}[second]
    left = {message.subject for message in desk.timeline(other)} | {x.subject for x in desk.timeline("x@third.example")}
    assert "Three" in left or second == "nobody"
    assert ("One" in left) == (second == "contact")


# -- within other mail


def test_attached_to_new_mail_it_stays_away_too(desk: CopyDesk) -> None:
    desk.take(TO_BOTH)
    delete(desk)
    new = EmailMessage()
    new["From"], new["To"], new["Subject"] = f"Jonas <{JONAS}>", ADA, "See attached"
    new["Date"], new["Message-ID"] = format_datetime(NOON), "<new@example.com>"
    new.set_content("Hej Ada")
    for raw in (TO_BOTH, letter(BO, text="Another", message_id="bo@example.com")):
        new.add_attachment(message_from_bytes(raw, policy=policy.default))
    desk.take(new.as_bytes())
    (message,) = desk.timeline(ADA)
    (file,) = message.attachments
    assert b"Another" in desk.workspace.store.files.read(file.sha256)
    assert message.left_out is not None
    assert left_out_sentence(message.left_out) == "1 file was not kept: it is a message that was removed for good."
    kept = [p.read_bytes() for p in (desk.workspace.store.path.parent / "attachments").rglob("*") if p.is_file()]
    assert not any(b"555-7788" in content for content in kept)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("removed", [delete, take_away])
def test_a_note_above_a_forward_does_not_name_them(
    desk: CopyDesk, when: str, removed: Callable[[CopyDesk], None]
) -> None:
    desk.take(letter(KARIN))
    if when == "before":
        delete(desk) if removed is delete else add_entry(desk.workspace, entry_of(desk.workspace, KARIN))
    desk.take(forwarded(desk.forward, note=f"Fyi, {KARIN} and {BO} know."), CopyKind.FORWARD)
    if when == "after":
        removed(desk)
    (message,) = desk.timeline(ADA)
    assert [note.text for note in message.notes] == [f"Fyi, [address removed] and {BO} know."]
    found = desk.workspace.store.search.found
    assert [one.pk for one in found("know").messages] == [message.pk]
    assert message.pk not in [one.pk for one in found("kund").messages]
