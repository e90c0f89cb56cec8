"""Mail about people who are written with an address of an Exchange server: nobody becomes a contact of such a name."""

from __future__ import annotations

from app.domain.copied_mail import CopyKind, Refusal
from tests.support.copied import CopyDesk, forwarded, letter

INSIDE = "IMCEAEX-_O=EXCH_OU=EUROPE_CN=KIM@acme.example"
BEHIND = "IMCEASMTP-kim+40kim+2Eexample@acme.example"


def contacts(desk: CopyDesk) -> list[str]:
    return [line.address for line in desk.workspace.store.record_tables.contacts("").lines]


def test_a_forward_of_somebody_without_an_internet_address_waits(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.forward, original_from=f"Kim <{INSIDE}>"), CopyKind.FORWARD)
    assert contacts(desk) == []
    (item,) = desk.workspace.store.reviews.items(None)
    assert item.reason is Refusal.NOT_A_FORWARD and "only known inside of an Exchange server" in str(item.facts)


def test_the_internet_address_behind_it_counts(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.forward, original_from=f"Kim <{BEHIND}>"), CopyKind.FORWARD)
    assert contacts(desk) == ["kim@kim.example"] and desk.workspace.store.reviews.items(None) == ()


def test_by_bcc_the_others_get_it(desk: CopyDesk) -> None:
    desk.take(letter(f"Kim <{INSIDE}>, Ada <ada@example.org>"), CopyKind.BCC)
    assert contacts(desk) == ["ada@example.org"]
    desk.take(letter(f"Kim <{INSIDE}>"), CopyKind.BCC)
    assert contacts(desk) == ["ada@example.org"]
    (item,) = desk.workspace.store.reviews.items(None)
    assert item.reason is Refusal.NO_CONTACT
