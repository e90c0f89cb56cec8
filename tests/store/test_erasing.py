"""A permanent deletion (T9) leaves nothing in the workspace's folder but a digest, and nobody brings the contact back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.addresses import Address
from app.domain.errors import NotAllowed, PermanentlyDeleted, UsageError
from app.domain.inboxes import InboxId
from app.domain.outbox import AttachmentRef, Draft
from app.services.delete_permanently import delete_permanently, plan_deletion
from app.services.edit_record import add_record, edit_record, undo_change
from app.services.merge_contacts import merge_contacts
from app.store import Store
from app.store import models as m
from app.store.fields import now
from app.store.messages import NewMessage
from tests.store.test_records import CONTACT, DEAL, NOW, contact, log

GONE = "astrid.quillfeather@northlight.example"
ALSO = "a.quillfeather@home.example"
TRACES = (b"uillfeather", b"confidential", b"0701112233", b"gone-1@example.org")


@pytest.fixture
def lived(store: Store, inbox_id: InboxId) -> tuple[Store, int, int]:
    """(store, the contact to delete, another one with a shared message and a mention)"""
    gone = contact(store, GONE, "Astrid Quillfeather", phones=["070-111 22 33"], title="Confidential adviser")
    double = contact(store, ALSO, "A. Quillfeather")
    merge_contacts(store, gone, double)
    other = contact(store, "bo@northlight.example", "Bo")
    edit_record(store, CONTACT, gone, {"title": "Adviser"})
    add_record(store, DEAL, {"name": "Winter", "contacts": [gone, other]})
    only, both = store.files.add(b"confidential paper"), store.files.add(b"a price list")
    paper = AttachmentRef("paper.txt", "text/plain", 18, only)
    with store.transaction():
        first = store.messages.add(
            NewMessage(
                message_id="gone-1@example.org", direction="sent", thread_id=store.messages.new_thread("confidential"),
                user_id=store.user_id, date=NOW, sender=Address("jonas@example.org"), to=(Address(GONE, "Astrid"),),
                subject="Confidential matter", logged=True, logged_by="sent", text="confidential " * 30,
                visible_text="confidential " * 30, inbox_id=inbox_id,
                attachments=(paper, AttachmentRef("list.txt", "text/plain", 12, both)),
            ),
            [gone],
        )  # fmt: skip
        store.messages.locate(first, inbox_id, "Sent", 1, 7)
        store.messages.add_tracking(first, [("ref-1", Address(GONE, "Astrid"))], ["https://example.com"])
        m.LedgerBody.create(inbox=inbox_id, folder="Sent", uid_validity=1, uid=7, message_id="gone-1@example.org",
                            why="x", at=NOW)  # fmt: skip
        m.Event.create(kind="open", at=NOW, user=store.user_id, message=first, contact=gone, recipient=GONE, verdict="person",
                       rule_version=1, who="Astrid Quillfeather", search_key="astrid quillfeather", created_at=NOW)  # fmt: skip
        mentioned = store.messages.add(
            NewMessage(
                message_id="stays@example.org", direction="sent", thread_id=store.messages.new_thread("prices"),
                user_id=store.user_id, date=NOW, sender=Address("jonas@example.org"),
                to=(Address("bo@northlight.example"),), cc=(Address(GONE, "Astrid Quillfeather"),), subject="Prices",
                logged=True, logged_by="sent", visible_text="the prices",
                attachments=(AttachmentRef("l", "text/plain", 12, both),),
            ),
            [other],
        )  # fmt: skip
        m.LegalBasis.create(address_key=GONE, basis="consent", at=NOW, user=store.user_id)
        m.ReviewItem.create(kind="bcc", reason="no_access", sender="jonas@example.org", recipients_json=[ALSO], subject="x",
                            raw_sha256=store.files.add(b"To: " + ALSO.encode()), created_at=NOW)  # fmt: skip
        store.outbox.save_draft(Draft(inbox_id, (Address(GONE),), "My draft", f"Mine, to {GONE}", ""), store.user_id)
    log(store, gone, other, subject="Both")
    assert mentioned
    return store, gone, other


def test_what_goes_is_counted_before(lived: tuple[Store, int, int]) -> None:
    store, gone, _ = lived
    plan = plan_deletion(store, gone)
    assert (plan.name, plan.addresses) == ("Astrid Quillfeather", (GONE, ALSO))
    assert (plan.messages, plan.shared, plan.mentions, plan.files) == (2, 1, 1, 2)
    assert (plan.events, plan.review_items, plan.ledger_lines) == (1, 1, 1)
    assert (plan.queued, plan.drafts) == (0, 1)
    assert store.contacts.find(GONE) == gone and len(store.timeline.of_contact(gone)) == 2
    assert delete_permanently(store, gone) == plan
    with pytest.raises(UsageError, match="no such contact"):
        plan_deletion(store, gone)


def test_nothing_of_the_contact_is_left_in_any_file(lived: tuple[Store, int, int]) -> None:
    store, gone, other = lived
    copy = store.path.with_name(store.path.name + ".before-0005")
    copy.write_bytes(b"Quillfeather")  # as it was before an update
    before = b"".join(p.read_bytes() for p in store.path.parent.rglob("*") if p.is_file())
    assert all(trace in before for trace in TRACES)
    delete_permanently(store, gone)
    left = {p.name: p.read_bytes() for p in store.path.parent.rglob("*") if p.is_file()}
    store.close()
    closed = {p.name: p.read_bytes() for p in store.path.parent.rglob("*") if p.is_file()}
    for trace in TRACES:
        assert not [name for name, content in (*left.items(), *closed.items()) if trace in content], trace
    opened = Store.open(store.path)
    assert [x.subject for x in opened.timeline.of_contact(other)] == ["Prices"]
    assert opened.search.found("astrid").messages == () and len(opened.search.found("prices").messages) == 1
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    m.database.execute_sql("INSERT INTO message_search (message_search) VALUES ('integrity-check')")
    assert [line.name for line in opened.record_tables.deals().lines] == ["Winter"]
    (file,) = opened.timeline.of_contact(other)[0].attachments
    assert opened.files.read(file.sha256) == b"a price list"
    opened.close()


def test_it_cannot_come_back_in_any_way(lived: tuple[Store, int, int]) -> None:
    """[S004] “Epostadressen ble ikke tidligere slettet permanent.”"""
    store, gone, other = lived
    delete_permanently(store, gone)
    for address in (GONE, GONE.upper(), ALSO.title()):
        assert store.tombstones.holds(address)
        with pytest.raises(PermanentlyDeleted), store.transaction():
            store.contacts.add(Address(address), created_by="bcc")
        with pytest.raises(PermanentlyDeleted):
            edit_record(store, CONTACT, other, {"addresses": ["bo@northlight.example", address]})
        with pytest.raises(PermanentlyDeleted):
            add_record(store, CONTACT, {"addresses": [address]})
    assert not store.tombstones.holds("astrid@northlight.example")
    assert all(len(row.address_digest) == 64 for row in m.Tombstone.select())


def test_not_while_a_message_is_on_its_way(lived: tuple[Store, int, int]) -> None:
    store, gone, _ = lived
    m.Outbox.update(lease_until=int((now() + timedelta(minutes=1)).timestamp()), lease_owner="x").execute()
    with pytest.raises(NotAllowed, match="being sent"):
        delete_permanently(store, gone)
    assert store.contacts.find(GONE) == gone


def test_a_merge_that_was_undone_names_nobody_any_more(store: Store) -> None:
    keep, gone = contact(store, "ada@example.com", "Ada"), contact(store, GONE, "Astrid Quillfeather")
    change = merge_contacts(store, keep, gone)
    undo_change(store, change.id)
    assert "Quillfeather" in str(store.record_changes.of(CONTACT, keep))
    delete_permanently(store, gone)
    assert store.record_changes.of(CONTACT, keep) == ()


def test_other_workspaces_have_other_digests(store: Store) -> None:
    with store.transaction():
        store.tombstones.add([GONE], store.user_id)
        assert store.tombstones.holds(GONE)
        m.Workspace.update(uid="another").execute()
        assert not store.tombstones.holds(GONE)
