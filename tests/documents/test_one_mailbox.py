"""An address is the same mailbox with its name in quotation marks (RFC 5321 4.1.2), whatever asks: the never-log list, a
permanent deletion, the records."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.addresses import Address, address_key, plain_spec, quoted_spelling, unquoted
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.errors import PermanentlyDeleted
from app.mime.addresses import parse_address_list
from app.mime.forward_parties import party
from app.services.delete_permanently import delete_permanently
from app.services.never_log_rules import add_entry, entry_of, remove_entry, remove_logged, try_entry
from app.store import migrate, sqlite
from app.store import models as m
from tests.store.test_upgrade_verdicts import put
from tests.support.copied import CopyDesk, forwarded, letter

SAME = ['"karin"@kund.example', r"ka\rin@kund.example", '"Ka\\rin"@KUND.example.']
KARIN = "karin@kund.example"


@pytest.mark.parametrize("written", [*SAME, '"k"arin@kund.example'])
def test_needless_marks_are_none(written: str) -> None:
    assert address_key(written) == KARIN
    assert unquoted(written).casefold().rstrip(".") == KARIN
    assert quoted_spelling(KARIN) == SAME[0]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('"Karin Kund"@kund.example', '"karin kund"@kund.example'),
        ('"a@b"@kund.example', '"a@b"@kund.example'),
        (r'"a\@b"@kund.example', '"a@b"@kund.example'),
        (r'"a\"b"@kund.example', r'"a\"b"@kund.example'),
        ('""@kund.example', '""@kund.example'),
        ('"karin@kund.example', '"karin@kund.example'),  # an open mark is no quoted string
        ("karin..k@kund.example", "karin..k@kund.example"),
        ("karin+x@kund.example", "karin+x@kund.example"),
    ],
)
def test_marks_that_are_needed_stay(written: str, key: str) -> None:
    assert address_key(written) == key
    assert address_key(key) == key


@pytest.mark.parametrize("written", SAME)
def test_the_never_log_list_keeps_it_out(desk: CopyDesk, written: str) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, KARIN))
    desk.take(letter(f"Karin Kund <{written}>"))
    desk.take(forwarded(desk.forward, original_from=f"Karin <{written}>"), CopyKind.FORWARD)
    assert not desk.is_contact(KARIN)
    forward, copy = desk.reviews()
    assert copy.reason is Refusal.NEVER_LOG
    assert forward.reason in (Refusal.NEVER_LOG, Refusal.NOT_A_FORWARD)  # not every line of a forward is read
    assert (forward.raw_sha256, forward.subject) == ("", "")


@pytest.mark.parametrize("written", SAME)
def test_a_permanent_deletion_holds_for_it(desk: CopyDesk, written: str) -> None:
    delete_permanently(desk.workspace.store, desk.contact(KARIN))
    desk.take(letter(f"Karin Kund <{written}>"))
    assert [item.reason for item in desk.reviews()] == [Refusal.DELETED]
    with pytest.raises(PermanentlyDeleted):
        desk.contact(written)


@pytest.mark.parametrize("written", SAME)
def test_what_names_it_so_goes_with_it(desk: CopyDesk, written: str) -> None:
    desk.take(letter(written))
    desk.take(letter("bo@example.net", written, subject="To both"))
    store = desk.workspace.store
    entry = entry_of(desk.workspace, KARIN)
    trial = try_entry(desk.workspace, entry)
    assert (len(trial.would_go), len(trial.would_stay)) == (1, 1)
    removed = remove_logged(desk.workspace, entry)
    assert (removed.gone, removed.stayed) == (1, 1)
    contact = store.contacts.find(KARIN)
    assert contact is not None
    delete_permanently(store, contact)
    assert m.MessageParty.select().where(m.MessageParty.address_key.contains("karin")).count() == 0


def test_a_text_that_names_it_so_is_not_kept(desk: CopyDesk) -> None:
    delete_permanently(desk.workspace.store, desk.contact(KARIN))
    desk.take(letter(desk.forward, subject="Fwd: x", text=f"Hej, se nedan\n\n{SAME[0]} skrev\n"), CopyKind.FORWARD)
    (item,) = desk.reviews()
    assert (item.reason, item.raw_sha256) == (Refusal.DELETED, "")


# -- others by the standard, the same person's by practice


NEAR = ["karin+news@kund.example", "ｋａｒｉｎ@kund.example"]


def test_other_spellings_that_were_seen_are_told(desk: CopyDesk) -> None:
    desk.contact(NEAR[1])
    for address in (NEAR[0], "karin@other.example", "karina@kund.example", "karin+x@other.example"):
        desk.take(letter(address, subject=address))
    desk.take(letter(KARIN))
    store = desk.workspace.store
    assert list(try_entry(desk.workspace, entry_of(desk.workspace, KARIN)).near) == NEAR
    assert try_entry(desk.workspace, entry_of(desk.workspace, NEAR[0])).near == (KARIN, NEAR[1])
    assert try_entry(desk.workspace, entry_of(desk.workspace, "kund.example")).near == ()
    contact = store.contacts.find(KARIN)
    assert contact is not None
    assert list(store.erasing.plan(contact).near) == NEAR
    add_entry(desk.workspace, entry_of(desk.workspace, NEAR[0]))
    assert list(try_entry(desk.workspace, entry_of(desk.workspace, KARIN)).near) == NEAR[1:]


def test_entries_that_are_added_together_are_tried_together(desk: CopyDesk) -> None:
    """Who is on the message besides is covered by the other one: it stays with nobody."""
    desk.take(letter(KARIN, NEAR[0]))
    desk.take(letter(KARIN, "bo@example.net"))
    one, two = (entry_of(desk.workspace, address) for address in (KARIN, NEAR[0]))
    trial = try_entry(desk.workspace, one, (two,))
    assert (len(trial.would_go), len(trial.would_stay)) == (1, 1)
    first, second = remove_logged(desk.workspace, one, (two,)), remove_logged(desk.workspace, two, (one,))
    assert (first.gone, first.stayed, second.gone, second.stayed) == (1, 1, 0, 0)


def test_what_an_older_version_kept_is_found(tmp_path: Path) -> None:
    path = tmp_path / "workspaces" / "old" / "workspace.sqlite3"
    path.parent.mkdir(parents=True)
    database = sqlite.connect(path)
    migrate.migrate(database, path, {n: f for n, f in migrate.migrations().items() if n <= 9})
    quoted, plain = '"karin"@kund.example', "bo@example.net"
    connection = database.connection()
    put(connection, "workspace", uid="w", name="Old")
    put(connection, "user", name="Jonas", role="admin")
    for number, address in enumerate((quoted, plain, f'"{plain[:2]}"@example.net'), start=1):
        put(connection, "contact", id=number, name=address, created_by="user")
        put(connection, "contact_address", contact_id=number, address=address, address_key=address)
    for number, address in enumerate((quoted, plain, '"bo"@example.net'), start=1):
        put(connection, "never_log", id=number, kind="address", value=address, value_key=address, created_by_id=1)
    put(connection, "legal_basis", address_key=quoted, basis="consent", user_id=1)
    put(connection, "thread", id=1)
    put(connection, "message", id=1, thread_id=1, user_id=1, message_id="1@x", logged=1, direction="received",
        logged_by="reply", references_json="[]", kind="normal", tracking="off", from_address=quoted)  # fmt: skip
    put(connection, "message_party", message_id=1, role="to", address=quoted, address_key=quoted)
    connection.commit()
    database.close()
    workspace = open_workspace(tmp_path, "old")
    store = workspace.store
    try:
        assert (store.contacts.find(KARIN), store.contacts.find(quoted)) == (1, 1)
        assert store.contacts.find(plain) == 2  # the third one, with the same address, stays in the list of contacts
        assert m.Contact.select().count() == 3
        assert sorted(entry.key for entry in store.never.all()) == [plain, KARIN]
        assert store.bases.get(KARIN) is not None
        assert [one.pk for one in store.copied.covered_by(entry_of(workspace, KARIN))] == [1]
        with store.transaction():
            m.Tombstone.insert(address_digest=_old_digest('"eva"@example.net'), at=0, user=1).execute()
        assert store.tombstones.holds("eva@example.net")
        assert not store.tombstones.holds(Address(plain).addr_spec)
    finally:
        store.close()


def _old_digest(address: str) -> str:
    """As a version made it that took the quoted form for another address."""
    import hashlib

    return hashlib.sha256(f"w\n{address}".encode()).hexdigest()


# -- apostrophes around it, and letters that nobody sees


HIDDEN = [
    f"'{KARIN}'",
    f"‘{KARIN}’",
    f"`{KARIN}´",
    f"\u200b{KARIN}",
    "ka\u00adrin@kund.example",
    "karin@ku\u2060nd.example",
    "karin\ufeff@kund.example\u200b",
    "\u202akarin@kund\u200d.example\u202c",
]


@pytest.mark.parametrize("written", HIDDEN)
def test_what_is_not_part_of_it_is_taken_away(written: str) -> None:
    assert address_key(written) == KARIN
    assert [a.addr_spec for a in parse_address_list(f"Karin <{written}>, x@example.org")] == [KARIN, "x@example.org"]
    assert [a.addr_spec for a in parse_address_list(written)] == [KARIN]
    assert party(f"Karin <{written}>").key == KARIN


@pytest.mark.parametrize(
    "written", ["o'brien@kund.example", "'karin@kund.example", "karin'@kund.example", "karin@نامه\u200cای.example"]
)
def test_what_is_part_of_it_stays(written: str) -> None:
    assert plain_spec(written) == written
    assert address_key(address_key(written)) == address_key(written)


def test_two_domains_that_differ_by_a_joiner_are_two() -> None:
    assert address_key("karin@نامه\u200cای.example") != address_key("karin@نامهای.example")


@pytest.mark.parametrize("written", HIDDEN)
def test_it_is_kept_out_in_that_form(desk: CopyDesk, written: str) -> None:
    raw = letter("Karin <X>").replace(b"Karin <X>", f"Karin <{written}>".encode())
    entry = add_entry(desk.workspace, entry_of(desk.workspace, written))
    assert entry.key == KARIN
    desk.take(raw)
    assert [item.reason for item in desk.reviews()] == [Refusal.NEVER_LOG]
    remove_entry(desk.workspace, entry)
    delete_permanently(desk.workspace.store, desk.contact(written))
    desk.take(raw.replace(b"Message-ID: <", b"Message-ID: <again"))
    assert desk.reviews()[0].reason is Refusal.DELETED
    with pytest.raises(PermanentlyDeleted):
        desk.contact(written)


@pytest.mark.parametrize("written", HIDDEN)
def test_the_contact_is_called_as_it_is_reached(desk: CopyDesk, written: str) -> None:
    desk.take(letter("Karin <X>").replace(b"Karin <X>", f"Karin <{written}>".encode()))
    assert [row.address for row in m.ContactAddress.select()] == [KARIN]
    assert [row.address for row in m.MessageParty.select()] == [KARIN]
