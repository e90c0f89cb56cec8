"""What somebody wrote to a person who is then deleted for good, and has not sent: the text stays, the address does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.outbox import AttachmentRef, CopyState, Draft, OutboxId, OutboxState
from app.services.delete_permanently import delete_permanently, plan_deletion
from app.services.workspace import Workspace
from app.services.write_message import queue_message, save_draft, undo_send
from app.store import models as m
from app.store.fields import now
from app.ui.compose.replying import quoted_html, quoted_text
from app.words.deletion import drafts_sentence
from tests.store.test_page_gaps import left
from tests.store.test_records import contact, log
from tests.support.copied import CopyDesk, open_copy_desk

GONE, BO = "astrid@quillfeather.example", "bo@example.net"
TRACE = "quillfeather"


@pytest.fixture
def desk(tmp_path: Path):
    with open_copy_desk(tmp_path / "home") as made:
        yield made


def draft(desk: CopyDesk, *to: str, **more: object) -> Draft:
    made = Draft(desk.inbox.id, tuple(Address(a, "Astrid" if a == GONE else "") for a in to), "Hej", "Min text")
    return replace(made, **more)  # type: ignore[arg-type]


def kept(desk: CopyDesk, number: OutboxId) -> Draft:
    found = desk.workspace.store.outbox.get(number)
    assert found is not None and found.state is OutboxState.DRAFT and found.copies == ()
    return found.draft


def test_a_draft_keeps_its_text_and_loses_the_address(desk: CopyDesk) -> None:
    store = desk.workspace.store
    paper = AttachmentRef("plan.txt", "text/plain", 4, store.files.add(b"plan"))
    gone = desk.contact(GONE)
    written = draft(desk, BO, cc=(Address(GONE.upper(), "Astrid"),), bcc=(Address(GONE),), html="<p>Min text</p>",
                    attachments=(paper,))  # fmt: skip
    number = save_draft(desk.workspace, written)
    other = save_draft(desk.workspace, draft(desk, BO))
    plan = plan_deletion(store, gone)
    assert (plan.drafts, plan.queued, plan.files) == (1, 0, 0)
    assert (
        drafts_sentence(plan) == "1 message that is not sent yet stays as a draft with your text, without the address."
    )
    assert delete_permanently(store, gone) == plan
    assert kept(desk, number) == replace(written, cc=(), bcc=(), unaddressed=True)
    assert kept(desk, other) == draft(desk, BO)
    assert store.files.read(paper.sha256) == b"plan"
    assert left(store, TRACE) == []


def test_the_address_goes_out_of_subject_text_links_and_names_of_files(desk: CopyDesk) -> None:
    gone = desk.contact(GONE)
    file = AttachmentRef(f"{GONE}.txt", "text/plain", 4, desk.workspace.store.files.add(b"plan"))
    html = f'<p>Skriv till <a href="mailto:{GONE.replace("@", "%40")}">{GONE.replace("@", "&#64;")}</a> eller not.{GONE}</p>'
    text = f"Skriv till {GONE}, eller not.{GONE}"
    number = save_draft(
        desk.workspace, draft(desk, GONE, subject=f"Till {GONE.title()}", text=text, html=html, attachments=(file,))
    )
    delete_permanently(desk.workspace.store, gone)
    found = kept(desk, number)
    assert (found.to, found.subject) == ((), "Till [address removed]")
    assert found.text == f"Skriv till [address removed], eller not.{GONE}"
    assert found.html == f'<p>Skriv till <a href="mailto:[address removed]">[address removed]</a> eller not.{GONE}</p>'
    assert found.attachments[0].filename == "[address removed].txt"


def test_an_answer_loses_what_it_quotes_of_a_message_that_goes(desk: CopyDesk) -> None:
    store = desk.workspace.store
    gone = contact(store, GONE, "Astrid")
    pk = log(store, gone, subject="Secret", text="En hemlighet av Astrid")
    (parent,) = store.timeline.messages([pk])
    answer = draft(
        desk, BO, parent_message_id=parent.message_id, text=f"Mitt svar\n\n{quoted_text(parent)}",
        html=f"<p>Mitt svar</p>{quoted_html(parent, lambda html: html)}",
    )  # fmt: skip
    number = save_draft(desk.workspace, answer)
    assert left(store, "hemlighet")
    delete_permanently(store, gone)
    found = kept(desk, number)
    assert (found.text.strip(), found.html, found.parent_message_id) == ("Mitt svar", "<p>Mitt svar</p>", "")
    assert found.to == answer.to and left(store, "hemlighet") == []


def test_what_waits_to_go_out_is_a_draft_again(desk: CopyDesk) -> None:
    """To be looked at before it goes to the others: it may be about the one who is gone."""
    store = desk.workspace.store
    gone = desk.contact(GONE)
    later = now() + timedelta(days=3)
    number = queue_message(desk.workspace, draft(desk, GONE, BO, send_at=later))
    others = queue_message(desk.workspace, draft(desk, BO, text=f"Fråga {GONE}", send_at=later))
    plan = delete_permanently(store, gone)
    assert (plan.drafts, plan.queued) == (1, 0)
    found = kept(desk, number)
    assert (found.to, found.text, found.send_at, found.unaddressed) == ((Address(BO),), "Min text", None, True)
    waiting = store.outbox.get(others)
    assert waiting is not None and waiting.state is OutboxState.QUEUED  # as mail that was sent keeps its text
    assert store.outbox.due(later + timedelta(days=1)) == (others,)


def test_a_message_that_was_tried_goes_with_its_timeline(desk: CopyDesk) -> None:
    store = desk.workspace.store
    gone = desk.contact(GONE)
    number = queue_message(desk.workspace, draft(desk, GONE))
    with store.transaction():
        store.outbox.set_copy(number, 0, CopyState.IN_FLIGHT)
        store.outbox.set_copy(number, 0, CopyState.REFUSED, reply=f"550 <{GONE}> is unknown")
    plan = delete_permanently(store, gone)
    assert (plan.drafts, plan.queued) == (0, 1)
    assert store.outbox.get(number) is None and left(store, TRACE) == []


def test_a_draft_that_was_sent_and_taken_back_names_nobody(desk: CopyDesk) -> None:
    """Its copies are kept until it is sent anew."""
    gone = desk.contact(GONE)
    number = queue_message(desk.workspace, draft(desk, GONE), undo_seconds=60)
    assert undo_send(desk.workspace, number) and m.OutboxCopy.select().count() == 1
    delete_permanently(desk.workspace.store, gone)
    assert kept(desk, number).to == () and left(desk.workspace.store, TRACE) == []


# -- written to them afterwards


def test_a_draft_is_kept_without_the_address_afterwards_too(desk: CopyDesk) -> None:
    store = desk.workspace.store
    delete_permanently(store, desk.contact(GONE))
    number = save_draft(desk.workspace, draft(desk, GONE, BO, text=f"Hej {GONE}!"))
    found = kept(desk, number)
    assert (found.to, found.text, found.unaddressed) == ((Address(BO),), "Hej [address removed]!", True)
    assert save_draft(desk.workspace, draft(desk, BO), number) == number and not kept(desk, number).unaddressed
    assert left(store, TRACE) == []


def test_what_is_sent_to_them_keeps_the_address_until_it_is_gone(desk: CopyDesk) -> None:
    store = desk.workspace.store
    delete_permanently(store, desk.contact(GONE))
    number = queue_message(desk.workspace, draft(desk, GONE, BO))
    waiting = store.outbox.get(number)
    assert waiting is not None and [c.recipient for c in waiting.copies] == [GONE, BO]
    with store.transaction():
        for copy in waiting.copies:
            store.outbox.set_copy(number, copy.position, CopyState.ACCEPTED, reply=f"250 <{copy.recipient}> taken")
        store.outbox.finish(number, OutboxState.SENT)
    half = store.outbox.get(number)
    assert half is not None and [p.addr_spec for p in half.draft.to] == [GONE, BO]  # its copy in Sent is still to come
    with store.transaction():
        store.outbox.release_filing(number, filed=True)
    done = store.outbox.get(number)
    assert done is not None and done.draft.to == (Address(BO),) and done.draft.text == "Min text"
    assert [c.recipient for c in done.copies] == ["", BO]
    assert [row.server_reply for row in m.OutboxCopy.select()] == ["", f"250 <{BO}> taken"]


def test_taken_back_it_is_a_draft_without_them(desk: CopyDesk) -> None:
    store = desk.workspace.store
    delete_permanently(store, desk.contact(GONE))
    number = queue_message(desk.workspace, draft(desk, GONE, BO), undo_seconds=60)
    assert undo_send(desk.workspace, number)
    assert kept(desk, number).to == (Address(BO),)
    other = queue_message(desk.workspace, draft(desk, BO), undo_seconds=60)
    assert undo_send(desk.workspace, other)
    found = store.outbox.get(other)
    assert found is not None and len(found.copies) == 1 and not found.draft.unaddressed


def test_what_waits_and_names_somebody_deleted_loses_that_when_it_is_a_draft_again(desk: CopyDesk) -> None:
    """To Bo, about Astrid: it goes out as it is. Once Bo is deleted, too, it is kept as a draft that names neither."""
    store, bo = desk.workspace.store, desk.contact(BO)
    page = f'<p>Hi <a href="mailto:{GONE.replace("@", "%40")}">{GONE}</a></p>'
    paper = AttachmentRef(f"{GONE}.pdf", "text/plain", 4, store.files.add(b"plan"))
    written = draft(desk, BO, subject=f"About {GONE}", text=f"Hi {GONE}.", html=page, attachments=(paper,))
    number, other = queue_message(desk.workspace, written), queue_message(desk.workspace, written, undo_seconds=60)
    delete_permanently(store, desk.contact(GONE))
    waiting = store.outbox.get(number)
    assert waiting is not None and waiting.draft.text == f"Hi {GONE}."
    assert undo_send(desk.workspace, other) and kept(desk, other).to == (Address(BO),)
    delete_permanently(store, bo)
    for one in (number, other):
        found = kept(desk, one)
        assert (found.to, found.subject, found.text) == ((), "About [address removed]", "Hi [address removed].")
        assert found.unaddressed and found.attachments[0].filename == "[address removed].pdf"
    assert left(store, TRACE) == []


def test_it_is_the_same_workspace_after_a_start(tmp_path: Path) -> None:
    with open_copy_desk(tmp_path / "home") as desk:
        gone = desk.contact(GONE)
        number = save_draft(desk.workspace, draft(desk, GONE))
        delete_permanently(desk.workspace.store, gone)
    workspace: Workspace = open_workspace(tmp_path / "home")
    found = workspace.store.outbox.get(number)
    assert found is not None and found.draft.unaddressed and found.draft.text == "Min text"
    workspace.store.close()


# -- forwards that wait in the review list


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "ascii, as HTML writes it", "in an attached message"])
def test_a_forward_that_waits_goes_with_whom_its_text_names(desk: CopyDesk, charset: str) -> None:
    store = desk.workspace.store
    gone = desk.contact(GONE)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "jonas@example.com", desk.forward, "Fwd: x"
    copied = f"From: Bo <{BO}>\nCc: Astrid <{GONE.upper()}>\n\nHej"
    if charset == "in an attached message":
        inner = EmailMessage()
        inner["From"], inner["Subject"] = BO, "x"
        inner.set_content(copied, cte="base64")
        message.set_content("Se nedan")
        message.add_attachment(inner)
    elif charset.startswith("ascii"):
        message.set_content(f"<p>{copied.replace('@', '&#64;')}</p>", subtype="html", cte="base64")
    else:
        message.set_content(copied, charset=charset, cte="base64")
    raw = message.as_bytes()
    with store.transaction():
        kept_raw = store.files.add(raw)
        m.ReviewItem.create(kind="forward", reason="one_form", sender="jonas@example.com", raw_sha256=kept_raw,
                            created_at=now())  # fmt: skip
        other = store.files.add(raw.replace(b"Fwd: x", b"Fwd: y").partition(b"\n\n")[0] + b"\n\nnothing")
        m.ReviewItem.create(kind="forward", reason="one_form", sender="jonas@example.com", raw_sha256=other,
                            created_at=now())  # fmt: skip
    assert plan_deletion(store, gone).review_items == 1
    delete_permanently(store, gone)
    assert not store.files.path(kept_raw).exists() and store.files.path(other).exists()
