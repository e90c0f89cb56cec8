"""A copied message that is here already, or comes again: one message on the timeline, however it came (L2)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.events import Tracking
from app.services.copied_mail import KeptForReview, Logged
from app.store.messages import NewMessage
from tests.support.copied import JONAS, NOON, CopyDesk, forwarded, letter

ADA = "ada@example.org"


def sent(desk: CopyDesk, *, logged: bool, contacts: tuple[str, ...] = (), message_id: str = "here@example.com") -> int:
    """A tracked message that was sent from the program."""
    store = desk.workspace.store
    with store.transaction():
        thread = store.messages.new_thread("offert")
        new = NewMessage(
            message_id, "sent", thread, desk.jonas, NOON, Address(JONAS), (Address(ADA), Address("bo@example.net")), "Offert",
            logged, "sent", text="Hej", message_ref="0123456789abcdef", tracking=Tracking.ON,
            tracking_url="https://track.example.com",
        )  # fmt: skip
        pk = store.messages.add(new, [store.contacts.add(Address(a), created_by="sent") for a in contacts])
        store.messages.add_tracking(pk, [("fedcba9876543210", Address(ADA))], [])
        return pk


def test_the_same_copy_twice(desk: CopyDesk) -> None:
    raw = letter(message_id="twice@example.com")
    first, second = desk.take(raw), desk.take(raw)
    assert isinstance(first, Logged) and isinstance(second, Logged)
    assert first.new and not second.new and second.added == () and first.message_pk == second.message_pk
    assert len(desk.timeline(ADA)) == 1


def test_what_was_sent_from_here_gets_its_missing_contacts_and_keeps_its_tracking(desk: CopyDesk) -> None:
    pk = sent(desk, logged=True, contacts=(ADA,))
    outcome = desk.take(letter(ADA, "bo@example.net", message_id="here@example.com", text="another text"))
    assert isinstance(outcome, Logged) and not outcome.new and outcome.message_pk == pk
    (message,) = desk.timeline("bo@example.net")
    assert (message.logged_by, message.tracking, message.opens, message.text) == ("sent", Tracking.ON, 0, "Hej")


def test_what_was_sent_from_here_without_logging_is_logged_by_its_copy(desk: CopyDesk) -> None:
    pk = sent(desk, logged=False)
    outcome = desk.take(letter(ADA, message_id="here@example.com", text="Hej Ada", files=(("a.bin", b"12345"),)))
    assert isinstance(outcome, Logged) and outcome.new and outcome.message_pk == pk
    (message,) = desk.timeline(ADA)
    assert (message.logged_by, message.text.strip(), [a.size for a in message.attachments]) == ("bcc", "Hej Ada", [5])
    assert message.tracking is Tracking.ON and message.opens == 0
    assert desk.workspace.store.messages.tracked_recipient("0123456789abcdef", "fedcba9876543210") is not None


def test_by_bcc_and_forwarded_later(desk: CopyDesk) -> None:
    """The user forwards what he sent himself: it is the message that was copied then."""
    desk.take(letter(message_id="mine@example.com", subject="Tilbud", text="Hej Ada"))
    raw = forwarded(desk.forward, original_from=f"Jonas Ahl <{JONAS}>", original_to=f"Ada Berg <{ADA}>", subject="Tilbud",
                    text="Hej Ada", more=(("In-Reply-To", "<mine@example.com>"),))  # fmt: skip
    outcome = desk.take(raw, CopyKind.FORWARD)
    assert isinstance(outcome, Logged) and not outcome.new and len(desk.timeline(ADA)) == 1


def test_a_message_of_one_s_own_is_logged_to_those_it_was_sent_to(desk: CopyDesk) -> None:
    raw = forwarded(
        desk.forward, original_from=f"Jonas Ahl <{JONAS}>", original_to=f"Ada Berg <{ADA}>, Bo <bo@example.net>"
    )
    assert isinstance(desk.take(raw, CopyKind.FORWARD), Logged)
    for address in (ADA, "bo@example.net"):
        (message,) = desk.timeline(address)
        assert (message.direction, message.sender.addr_spec) == ("sent", JONAS)


def test_the_same_original_forwarded_by_two_people(desk: CopyDesk) -> None:
    desk.user("Karin", "karin@example.com")
    first = desk.take(forwarded(desk.forward), CopyKind.FORWARD)
    second = desk.take(forwarded(desk.forward, sender="karin@example.com", note="See below"), CopyKind.FORWARD)
    assert isinstance(first, Logged) and isinstance(second, Logged) and not second.new
    assert len(desk.timeline(ADA)) == 1


def test_an_id_that_names_another_message_is_not_believed(desk: CopyDesk) -> None:
    """In-Reply-To of a forward may name the user's own message, to which the original was an answer."""
    desk.take(letter("bo@example.net", message_id="question@example.com", subject="Svar om offerten"))
    outcome = desk.take(forwarded(desk.forward, more=(("In-Reply-To", "<question@example.com>"),)), CopyKind.FORWARD)
    assert isinstance(outcome, Logged) and outcome.new
    (message,) = desk.timeline(ADA)
    assert message.sender.addr_spec == ADA and message.message_id.endswith("@forwarded.invalid")


def test_forwarded_as_an_attachment(desk: CopyDesk) -> None:
    """It is there whole, so that one form of its text is enough, and its Message-ID is known."""
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = JONAS, desk.forward, "Fwd: Svar"
    outer["Message-ID"] = "<outer@example.com>"
    outer.set_content("See the attached message.")
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "Ada Berg <ada@example.org>", JONAS, "Svar"
    inner["Message-ID"], inner["Date"] = "<inner@example.org>", "Mon, 02 Mar 2026 10:15:00 +0100"
    inner.set_content("Tack, vi tar den.")
    inner.add_attachment(b"12345", maintype="application", subtype="pdf", filename="Ordre.pdf")
    outer.add_attachment(inner)
    assert isinstance(desk.take(outer.as_bytes(), CopyKind.FORWARD), Logged)
    (message,) = desk.timeline(ADA)
    assert (message.message_id, message.text.strip(), message.sender.display_name) == (
        "inner@example.org", "Tack, vi tar den.", "Ada Berg",
    )  # fmt: skip
    assert [a.filename for a in message.attachments] == ["Ordre.pdf"]
    # the sync meets both ids: the forward itself is no message of its own
    known = desk.workspace.store.messages.known(["inner@example.org", "outer@example.com"])
    assert {k.pk for k in known.values()} == {message.pk} and len(known) == 2


def test_answers_and_questions_share_a_thread(desk: CopyDesk) -> None:
    desk.take(letter(message_id="q@example.com", subject="Offert"))
    desk.take(letter(subject="Re: Offert", more=(("In-Reply-To", "<q@example.com>"),)))
    desk.take(letter(subject="Something else", more=(("In-Reply-To", "<q@example.com>"),)))
    assert [m.thread_messages for m in desk.timeline(ADA)] in ([1, 2, 2], [2, 2, 1], [2, 1, 2])


def test_refused_twice_is_one_entry(desk: CopyDesk) -> None:
    raw = letter(sender="mallory@example.net", message_id="m@example.net")
    assert isinstance(desk.take(raw), KeptForReview)
    again = desk.take(raw)
    assert isinstance(again, KeptForReview) and again.item_id is None and len(desk.reviews()) == 1


@pytest.mark.parametrize("kind", list(CopyKind))
def test_machines_are_not_logged(desk: CopyDesk, kind: CopyKind) -> None:
    more = (("Auto-Submitted", "auto-replied"),)
    outcome = desk.take(letter(more=more) if kind is CopyKind.BCC else forwarded(desk.forward, more=more), kind)
    assert isinstance(outcome, KeptForReview) and outcome.reason is Refusal.AUTOMATIC


def test_mail_to_nobody_but_colleagues(desk: CopyDesk) -> None:
    desk.user("Karin", "karin@example.com")
    outcome = desk.take(letter("karin@example.com", desk.bcc))
    assert isinstance(outcome, KeptForReview) and outcome.reason is Refusal.NO_CONTACT


def test_dates_of_tomorrow_are_not_believed(desk: CopyDesk) -> None:
    desk.take(letter(date=NOON.replace(year=2099)))
    assert desk.timeline(ADA)[0].date <= datetime.now(UTC)
