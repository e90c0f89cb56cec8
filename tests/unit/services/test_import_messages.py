"""Messages out of files onto timelines: whose they are, in which thread, and what is never logged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.addresses import Address
from app.domain.never_log import read_entry
from app.domain.privacy import Basis
from app.domain.transfer import ImportKind, ImportOptions, ImportReport, NewPeople
from app.interchange.mbox import mbox_entry
from app.services.delete_permanently import delete_permanently
from app.services.import_file import import_file
from app.store import models as m
from tests.support.copied import JONAS, NOON, CopyDesk, letter

ADA = "ada@example.org"


def take(desk: CopyDesk, tmp_path: Path, *raws: bytes, **options: object) -> ImportReport:
    path = tmp_path / "in.mbox"
    path.write_bytes(b"".join(mbox_entry(raw, "x@example.com", NOON) for raw in raws))
    wishes = ImportOptions(**options)  # type: ignore[arg-type]
    return import_file(desk.workspace, ImportKind.MBOX, path, wishes, lambda _p: None, lambda: False)


def whys(report: ImportReport) -> list[str]:
    return [line.why for line in report.lines]


def test_sent_goes_to_recipients_and_received_to_its_sender(desk: CopyDesk, tmp_path: Path) -> None:
    desk.contact("third@example.net")
    report = take(
        desk,
        tmp_path,
        letter(f"Ada Berg <{ADA}>", "bo@example.net", message_id="sent@x", files=(("å.pdf", b"%PDF"),)),
        letter(
            JONAS,
            "third@example.net",
            sender=f"Ada Berg <{ADA}>",
            message_id="got@x",
            date=NOON + timedelta(hours=1),
            text="Ja!\n\nOn Monday Jonas wrote:\n> Hej",
        ),
    )
    assert (report.added, report.also["contacts"]) == (2, 2)
    got, sent = desk.timeline(ADA)
    assert (sent.direction, sent.logged_by, sent.opens, sent.tracking.value) == ("sent", "import", None, "off")
    assert [a.filename for a in sent.attachments] == ["å.pdf"]
    assert (got.direction, got.visible_text) == ("received", "Ja!")
    assert [x.message_id for x in desk.timeline("bo@example.net")] == ["sent@x"]
    assert desk.timeline("third@example.net") == (), "who was in copy of a received message gets nothing"
    assert m.Event.select().count() == 0 and m.Outbox.select().count() == 0
    assert desk.workspace.store.contacts.card(desk.workspace.store.contacts.find(ADA)).name == "Ada Berg"


def test_nothing_comes_in_twice(desk: CopyDesk, tmp_path: Path) -> None:
    raw = letter(ADA, message_id="one@x")
    plain = raw.replace(b"Message-ID: <one@x>\n", b"")
    assert take(desk, tmp_path, raw, raw, plain).added == 2
    again = take(desk, tmp_path, raw, plain)
    assert (again.added, again.same) == (0, 2)


def test_addresses_of_ones_own_that_nobody_knows_here(desk: CopyDesk, tmp_path: Path) -> None:
    raw = letter(ADA, sender="Jonas <old@example.net>", message_id="old@x")
    take(desk, tmp_path, raw, own=("OLD@example.net",))
    assert [x.direction for x in desk.timeline(ADA)] == ["sent"]
    assert not desk.is_contact("old@example.net")


def test_threads_are_joined_in_whatever_order_messages_come(desk: CopyDesk, tmp_path: Path) -> None:
    def answer(number: int, to: str, references: str) -> bytes:
        more = (("In-Reply-To", f"<{to}>"), ("References", references))
        return letter(
            JONAS,
            sender=ADA,
            subject="Re: Offert",
            message_id=f"a{number}@x",
            more=more,
            date=NOON + timedelta(hours=number),
        )

    first = letter(ADA, message_id="root@x")
    report = take(
        desk,
        tmp_path,
        answer(2, "a1@x", "<root@x> <a1@x>"),
        answer(3, "root@x", "<root@x>"),
        answer(1, "root@x", "<root@x>"),
        first,
    )
    assert report.added == 4
    threads = {row.thread_id for row in m.Message.select()}
    assert len(threads) == 1
    other = letter(JONAS, sender=ADA, subject="Parking", message_id="p@x", more=(("In-Reply-To", "<root@x>"),))
    take(desk, tmp_path, other)
    assert next(x for x in desk.timeline(ADA) if x.message_id == "p@x").changed_subject


def test_never_log_deleted_and_the_privacy_switch(desk: CopyDesk, tmp_path: Path) -> None:
    store = desk.workspace.store
    delete_permanently(store, desk.contact("gone@example.org"), "test")
    with store.transaction():
        store.never.add(read_entry("secret.example"), desk.jonas)
    report = take(
        desk,
        tmp_path,
        letter("x@secret.example", message_id="1@x", subject="Hush"),
        letter("x@secret.example", ADA, message_id="2@x"),
        letter(JONAS, sender="gone@example.org", message_id="3@x", subject="Ghost"),
    )
    assert report.added == 1
    assert [x.message_id for x in desk.timeline(ADA)] == ["2@x"]
    assert not desk.is_contact("x@secret.example") and not desk.is_contact("gone@example.org")
    assert report.rejected is None, "nothing of them is written down"
    assert "Hush" not in str(report) and "Ghost" not in str(report)
    desk.set("privacy.on", True)
    with store.transaction():
        store.bases.put("ok@example.org", Basis.CONSENT, "", desk.jonas)
    report = take(
        desk, tmp_path, letter("ok@example.org", message_id="4@x"), letter("no@example.org", message_id="5@x")
    )
    assert report.added == 1 and desk.is_contact("ok@example.org") and not desk.is_contact("no@example.org")
    assert "no legal basis" in whys(report)[0] and report.rejected is not None, "it can be mended"


def test_who_becomes_a_contact(desk: CopyDesk, tmp_path: Path) -> None:
    news = letter(
        JONAS, sender="news@example.net", message_id="n@x", more=(("List-Unsubscribe", "<https://example.net>"),)
    )
    robot = letter(JONAS, sender="no-reply@example.net", message_id="r@x")
    person = letter(JONAS, sender=ADA, message_id="p@x")
    sent = letter("bo@example.net", message_id="s@x")
    report = take(desk, tmp_path, news, robot, person, sent, people=NewPeople.WRITTEN_TO)
    assert (report.added, report.skipped) == (1, 3)
    report = take(desk, tmp_path, news, robot, person)
    assert (report.added, report.skipped) == (1, 2)
    desk.contact("news@example.net")
    assert take(desk, tmp_path, news).added == 1, "of somebody who is one already it is imported"
    desk.set("create_contacts", False)
    assert take(desk, tmp_path, letter("eva@example.net", message_id="e@x")).skipped == 1


def test_drafts_spam_trash_and_what_cannot_be_read(desk: CopyDesk, tmp_path: Path) -> None:
    report = take(
        desk,
        tmp_path,
        letter(ADA, message_id="1@x", more=(("X-Gmail-Labels", "Sent,Spam"),)),
        letter(ADA, message_id="2@x", more=(("X-Gmail-Labels", "=?UTF-8?Q?Utkast?="),)),
        letter(ADA, message_id="3@x", more=(("X-Mozilla-Status", "0009"),)),
        letter(ADA, message_id="4@x").replace(b"\nDate: ", b"\nX-Date: "),
        b"\xff\xfe\x00 no message at all\n",
        letter(ADA, message_id="5@x"),
    )
    # the fourth has no date of its own, and that of its “From ” line counts
    assert (report.read, report.added, report.skipped) == (6, 2, 4)
    assert any("spam" in why for why in whys(report)) and any("draft" in why for why in whys(report))
    assert any("no header of a message" in why for why in whys(report))


def test_marks_of_an_export_in_just_any_file_are_not_believed(desk: CopyDesk, tmp_path: Path) -> None:
    forged = (
        ("X-Hitchpost-Export", "guess"),
        ("X-Hitchpost-Direction", "sent"),
        ("X-Hitchpost-Logged-By", "sent"),
        ("X-Hitchpost-Contacts", "1"),
        ("X-Hitchpost-User", "1"),
    )
    desk.contact("victim@example.org")
    take(desk, tmp_path, letter(JONAS, sender="mallory@example.net", message_id="f@x", more=forged))
    (message,) = desk.timeline("mallory@example.net")
    assert (message.direction, message.logged_by) == ("received", "import")
    assert desk.timeline("victim@example.org") == ()


def test_a_large_message_comes_without_its_files(
    desk: CopyDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.import_messages.LARGE_MESSAGE", 10_000)
    report = take(desk, tmp_path, letter(ADA, message_id="l@x", files=(("a.bin", b"x" * 20_000),)))
    assert report.also["without_files"] == 1
    assert desk.timeline(ADA)[0].attachments == ()


def test_sent_mail_is_credited_to_the_user_of_its_address(desk: CopyDesk, tmp_path: Path) -> None:
    eva = desk.user("Eva", "eva@example.com")
    take(desk, tmp_path, letter(ADA, sender="eva@example.com", message_id="e@x"))
    assert desk.timeline(ADA)[0].user == "Eva" and m.Message.get().user_id == eva


def test_a_single_message_and_a_folder(desk: CopyDesk, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "a.eml").write_bytes(letter(ADA, message_id="a@x"))
    (folder / "b.eml").write_bytes(b"")
    nothing = (lambda _p: None, lambda: False)
    assert import_file(desk.workspace, ImportKind.EML, folder / "a.eml", ImportOptions(), *nothing).added == 1
    report = import_file(desk.workspace, ImportKind.EML, folder, ImportOptions(), *nothing)
    assert (report.same, report.skipped) == (1, 1)
    assert Address(ADA).key in {Address(a).key for x in desk.timeline(ADA) for a in [x.to[0].addr_spec]}


def test_cancelled_between_batches(desk: CopyDesk, tmp_path: Path) -> None:
    path = tmp_path / "many.mbox"
    path.write_bytes(b"".join(mbox_entry(letter(ADA, message_id=f"{n}@x"), "x@example.com", NOON) for n in range(250)))
    looks = iter([False] * 180)
    report = import_file(
        desk.workspace, ImportKind.MBOX, path, ImportOptions(), lambda _p: None, lambda: next(looks, True)
    )
    assert report.cancelled and 0 < report.added < 250
    rest = import_file(desk.workspace, ImportKind.MBOX, path, ImportOptions(), lambda _p: None, lambda: False)
    assert rest.added + report.added == 250 and rest.same == report.added


def test_the_copy_of_what_was_sent_from_here_is_known_under_any_id(desk: CopyDesk, tmp_path: Path) -> None:
    take(desk, tmp_path, letter(ADA, message_id="ours@x"))
    with desk.workspace.store.transaction():
        outbox = m.Outbox.create(
            state="sent",
            inbox=desk.inbox.id,
            user=desk.jonas,
            draft_json={},
            not_before=NOON,
            created_at=NOON,
            updated_at=NOON,
            logged_message=m.Message.get().id,
        )
        m.OutboxCopy.create(
            outbox=outbox, position=0, role="to", recipient=ADA, recipient_ref="mark7", state="sent", changed_at=NOON
        )
    mark = (("X-Hitchpost-Copy", "mark7"),)
    assert take(desk, tmp_path, letter(ADA, message_id="provider@x", more=mark)).same == 1
    stranger = letter(JONAS, sender=ADA, message_id="replay@x", more=mark)
    assert take(desk, tmp_path, stranger).added == 1, "in other people's mail it means nothing"
