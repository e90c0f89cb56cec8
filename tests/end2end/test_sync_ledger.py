"""The ledger tells of every body that the server gave away (R2), also where a full disk or a lost connection ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.domain.errors import DiskFull, MailFault
from app.domain.inboxes import Inbox
from app.store import models
from app.store.files import FileStore
from app.store.ledger import ASKED_FOR
from tests.faults.step_proxy import StepProxy
from tests.support.authority import Issued
from tests.support.desk import Desk, foreign
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"
LONG = ("So it goes on and on. " * 3 + "\n") * 90  # pages of the database, for each message


@pytest.fixture
def proxy(me: MailAccount, certificate: Issued) -> Iterator[StepProxy]:
    with StepProxy(me.dovecot.imaps_port, certificate, protocol="imap") as started:
        yield started


@pytest.fixture
def through(desk: Desk, me: MailAccount, ours: str, proxy: StepProxy) -> Inbox:
    """Connected by way of the proxy, and looked at once."""
    inbox = desk.move(desk.connect(me), imap_port=proxy.port)
    desk.sync(inbox)
    return inbox


def put(me: MailAccount, parent: str, *names: str, text: str = "Tack!") -> None:
    """Answers with a file each."""
    for name in names:
        me.append(
            "INBOX",
            f"From: Ada <{ADA}>\nTo: {me.address}\nSubject: Re: Offert\nMessage-ID: <{name}>\nIn-Reply-To: <{parent}>\n"
            f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
            f"{text} {name}\n{LONG}--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename={name}.txt\n\n"
            f"file of {name}\n--b--\n",
        )


def given_away(proxy: StepProxy) -> set[str]:
    """Ids of the messages whose text came over the wire."""
    found = [re.search(rb"^Message-ID: <([^>]*)>", raw, re.MULTILINE) for raw in proxy.bodies]
    return {name.group(1).decode() for name in found if name is not None}


def told(desk: Desk, inbox: Inbox, *, interrupted: bool | None = None) -> list[str]:
    bodies = desk.workspace.store.ledgers.read(inbox.id)[0].bodies
    return sorted(b.message_id for b in bodies if interrupted is None or (b.why == ASKED_FOR) is interrupted)


NAMES = tuple(f"a{number}@x.example" for number in range(8))


@pytest.fixture
def many(desk: Desk, me: MailAccount, through: Inbox, ours: str, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """Eight answers, whose bodies are read together."""
    monkeypatch.setattr("app.services.read_upwards.MANY", 5)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 2)
    foreign(me, 2)
    put(me, ours, *NAMES)
    foreign(me, 4, 20)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 4)
    return through


@pytest.mark.parametrize("after", [0, 3])
def test_no_room_for_a_file(
    desk: Desk, proxy: StepProxy, many: Inbox, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    add, left = FileStore.add, [after]

    def full(self: FileStore, *arguments: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise DiskFull("There is no room on the disk.")
        return add(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(FileStore, "add", full)
    with pytest.raises(DiskFull):
        desk.sync(many)
    gone = given_away(proxy)
    assert len(gone) >= 4 and told(desk, many) == told(desk, many, interrupted=True) == sorted(gone)
    monkeypatch.setattr(FileStore, "add", add)
    desk.sync(many)
    assert told(desk, many, interrupted=False) == sorted(NAMES)
    assert told(desk, many, interrupted=True) == sorted(gone)  # they were read twice, and that is what it says
    assert {m.message_id for m in desk.received(ADA)} == set(NAMES)


def test_a_full_disk_is_not_read_into(desk: Desk, proxy: StepProxy, many: Inbox) -> None:
    """SQLite itself says that it is full: what cannot be told is not asked for, and nothing that came is untold."""
    limit = models.database.execute_sql("PRAGMA page_count").fetchone()[0]
    failed = 0
    for room in range(0, 40, 2):
        models.database.execute_sql(f"PRAGMA max_page_count = {limit + room}")
        proxy.bodies.clear()
        try:
            desk.sync(many)
        except DiskFull:
            failed += 1
        else:
            break
        finally:
            models.database.execute_sql("PRAGMA max_page_count = 1073741823")
        assert given_away(proxy) <= set(told(desk, many))
    assert failed >= 2
    desk.sync(many)
    assert told(desk, many, interrupted=False) == sorted(NAMES)


def test_a_connection_that_ends_among_the_bodies(desk: Desk, proxy: StepProxy, many: Inbox) -> None:
    """Those that came are told, and of the others that nobody knows."""
    proxy.damaged.add(b"Tack! a2@x.example")
    with pytest.raises(MailFault):
        desk.sync(many)
    proxy.damaged.clear()
    gone = given_away(proxy)
    assert gone and gone < set(told(desk, many))
    assert "a2@x.example" in told(desk, many, interrupted=True)
    desk.sync(many)
    assert set(told(desk, many, interrupted=False)) >= set(NAMES)
    assert {m.message_id for m in desk.received(ADA)} == set(NAMES)
