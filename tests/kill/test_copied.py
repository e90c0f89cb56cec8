"""Killed while mail that was copied here is logged, refused, or answered with a notice (L2, L4): logged once, one entry in the
review list, one notice that goes out once, and the ledger tells of each body."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.copied_mail import CopyKind, Refusal
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import Way
from app.domain.review import ReviewState
from app.services.logging_addresses import add_logging_address
from app.store import models as m
from app.store.ledger import ASKED_FOR
from tests.kill.conftest import World
from tests.support.copied import letter
from tests.support.killer import Kill

ADA = "ada@example.org"
FEW = {"app.domain.copied_mail:FILES_LIMIT": 1000}
LOGGING = "app.services.log_copied_message:"

POINTS = [
    pytest.param(Kill("app.backends.imap.session:ImapSession.fetch_body", "after"), id="after the body"),
    pytest.param(Kill("app.store.files:FileStore.add", "after"), id="after the first file"),
    pytest.param(Kill("app.store.contacts:Contacts.add", "after"), id="after the contact"),
    pytest.param(Kill("app.store.messages:Messages.add", "after"), id="after the message"),
    pytest.param(Kill(LOGGING + "queue_notice", "after"), id="after the notice"),
    pytest.param(Kill("app.store.review:Reviews.add", "after"), id="after the entry"),
    pytest.param(Kill("app.store.review:Reviews.add", "after", 2), id="after the second entry"),
    pytest.param(Kill("app.store.ledger:Ledgers.body_read", "before"), id="before the ledger"),
    pytest.param(Kill("app.services.take_copied:log_copied_message", "after"), id="after the commit"),
    pytest.param(Kill("app.services.take_copied:log_copied_message", "after", 2), id="after the second commit"),
    pytest.param(Kill("app.services.send_message:record_message", "before"), id="before the notice goes out"),
]


@pytest.mark.parametrize("kill", POINTS)
def test_each_is_settled_once(world: Callable[..., World], kill: Kill) -> None:
    w = world()
    store = w.workspace.store
    bcc = add_logging_address(w.workspace, CopyKind.BCC, Way.PLUS, InboxId(w.inbox.id)).address
    assert w.run().status == 0
    for raw in (
        letter(ADA, sender=w.me.address, message_id="film@example.com", files=(("film.bin", b"\0" * 1001),)),
        letter(ADA, sender="mallory@example.net", message_id="forged@example.net"),
        letter("bo@example.net", sender=w.me.address, message_id="small@example.com", files=(("a.bin", b"12345"),)),
    ):
        w.me.append("INBOX", f"Delivered-To: {bcc}\n".encode() + raw)
    assert w.run(kill, **FEW).killed or w.run(kill, **FEW).killed  # what is queued goes out in the next run
    for _ in range(3):
        ended = w.run(**FEW)
        assert ended.status == 0, ended.said
    for address, files in ((ADA, 0), ("bo@example.net", 1)):
        contact = store.contacts.find(address)
        assert contact is not None
        (message,) = store.timeline.of_contact(contact)
        assert len(message.attachments) == files
    items = store.reviews.items(None)
    assert sorted((i.reason.value, i.state) for i in items) == [
        (Refusal.FILES_LEFT_OUT.value, ReviewState.LOGGED), (Refusal.UNKNOWN_SENDER.value, ReviewState.OPEN),
    ]  # fmt: skip
    notices = [r for r in w.me.messages() if b"multipart/report" in r]
    assert len(notices) == 1 and m.Outbox.select().count() == 1
    bodies = [b for b in store.ledgers.read(w.inbox.id)[0].bodies if b.why != ASKED_FOR]
    ours = [b.message_id for b in bodies if "Copied to be logged" in b.why]
    assert sorted(ours) == ["film@example.com", "forged@example.net", "small@example.com"]
