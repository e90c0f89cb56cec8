"""Conditions and limits of logging by BCC and by forwarding (L4, L5), and how a copied message is recognised (L1)."""

from __future__ import annotations

import pytest

from app.domain.addresses import Address
from app.domain.copied_mail import (
    CONTENT_LIMIT,
    FILES_LIMIT,
    CopyKind,
    LogTo,
    Refusal,
    Refused,
    Rules,
    SenderRights,
    Sizes,
    check_people,
    check_sender,
    leaves_files_out,
    too_large,
)
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import (
    CopyFacts,
    LoggingAddress,
    Way,
    plus_address,
    recognise_copied,
)
from app.domain.logging_rules import FolderRole
from app.domain.never_log import NeverList, read_entry
from app.domain.sender_proof import looks_forged

ADA, BO, CY, DI = (Address(f"{name}@example.org") for name in ("ada", "bo", "cy", "di"))


def rules(never: tuple[str, ...] = (), deleted: tuple[str, ...] = (), basis: tuple[str, ...] | None = None) -> Rules:
    return Rules(
        never=NeverList([read_entry(n) for n in never]),
        deleted=lambda key: key in deleted,
        has_basis=lambda key: key in (basis or ()),
        is_own=lambda key: key == "jonas@example.com",
        privacy_on=basis is not None,
    )


def test_a_megabyte_is_2_to_the_20() -> None:
    assert (CONTENT_LIMIT, FILES_LIMIT) == (2_097_152, 52_428_800)


@pytest.mark.parametrize(("content", "over"), [(0, False), (CONTENT_LIMIT, False), (CONTENT_LIMIT + 1, True)])
def test_content_limit(content: int, over: bool) -> None:
    assert too_large(Sizes(content, FILES_LIMIT * 10)) is over


@pytest.mark.parametrize(("files", "over"), [(0, False), (FILES_LIMIT, False), (FILES_LIMIT + 1, True)])
def test_files_limit(files: int, over: bool) -> None:
    assert leaves_files_out(Sizes(CONTENT_LIMIT * 10, files)) is over


def test_sender() -> None:
    assert check_sender(SenderRights(1, True)) is None
    assert check_sender(SenderRights(1, False)) == Refused(Refusal.NO_ACCESS)
    assert check_sender(SenderRights(1, True, active=False)) == Refused(Refusal.USER_REMOVED)


def test_everybody_who_may_be_logged_is() -> None:
    assert check_people([ADA, BO, ADA, Address("jonas@example.com")], rules()) == LogTo((ADA, BO))


def test_who_may_not_takes_nothing_from_the_others() -> None:
    found = check_people([ADA, BO, CY, DI], rules(("ada@example.org",), ("bo@example.org",), ("di@example.org",)))
    assert found == LogTo((DI,), ((ADA, Refusal.NEVER_LOG), (BO, Refusal.DELETED), (CY, Refusal.NO_LEGAL_BASIS)))


def test_nobody_left() -> None:
    assert check_people([], rules()) == Refused(Refusal.NO_CONTACT)
    assert check_people([Address("jonas@example.com")], rules()) == Refused(Refusal.NO_CONTACT)
    never = check_people([ADA, BO], rules(("example.org",)))
    assert isinstance(never, Refused) and never.reason is Refusal.NEVER_LOG
    assert never.entry is not None and never.entry.key == "example.org" and never.addresses == ()
    assert check_people([ADA], rules(deleted=("ada@example.org",))) == Refused(Refusal.DELETED)
    both = check_people([ADA, BO], rules(("bo@example.org",), ("ada@example.org",)))
    assert isinstance(both, Refused) and both.reason is Refusal.NEVER_LOG
    assert check_people([ADA], rules(basis=())) == Refused(Refusal.NO_LEGAL_BASIS, ("ada@example.org",))
    assert check_people([ADA, BO], rules(("bo@example.org",), basis=())) == Refused(
        Refusal.NO_LEGAL_BASIS, ("ada@example.org",)
    )


def test_a_basis_is_asked_for_only_with_the_switch_on() -> None:
    assert check_people([ADA], rules()) == LogTo((ADA,))
    assert check_people([ADA], rules(basis=("ada@example.org",))) == LogTo((ADA,))


INBOX = InboxId(7)
BCC = LoggingAddress(1, CopyKind.BCC, Way.PLUS, "anna+log-k3@example.com", INBOX)
FORWARD = LoggingAddress(2, CopyKind.FORWARD, Way.PLUS, "anna+forward-k3@example.com", INBOX)
FOLDER = LoggingAddress(3, CopyKind.BCC, Way.FOLDER, "", INBOX, "Log this")
MAILBOX = LoggingAddress(4, CopyKind.FORWARD, Way.MAILBOX, "log@example.com", InboxId(8))


def met(facts: CopyFacts, *addresses: LoggingAddress, inbox: int = 7, folder: str = "INBOX",
        role: FolderRole = FolderRole.INBOX) -> tuple[int, str] | None:  # fmt: skip
    found = recognise_copied(
        facts, addresses or (BCC, FORWARD, FOLDER, MAILBOX), inbox_id=InboxId(inbox), folder=folder, role=role
    )
    return None if found is None else (found.address.id, found.seen_in)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CopyFacts(envelope=("anna@example.com", "ANNA+log-k3@Example.com")), (1, "the envelope")),
        (CopyFacts(received_for=("anna+log-k3@example.com",)), (1, "Received")),
        (CopyFacts(named=("ada@example.org", "anna+forward-k3@example.com")), (2, "To or Cc")),
        (CopyFacts(hidden=("anna+log-k3@example.com",)), (1, "Bcc")),
        # the envelope says which of two copies it is, whatever To says
        (CopyFacts(envelope=("anna+log-k3@example.com",), named=("anna+forward-k3@example.com",)), (1, "the envelope")),
        (CopyFacts(named=("anna+log-k3@example.com", "anna+forward-k3@example.com")), (2, "To or Cc")),
        (CopyFacts(envelope=("anna@example.com",), named=("anna+log-other@example.com",)), None),
        (CopyFacts(), None),
    ],
)
def test_recognised_by_its_header(facts: CopyFacts, expected: tuple[int, str] | None) -> None:
    assert met(facts) == expected


def test_in_sent_only_what_the_sender_wrote_counts() -> None:
    assert met(CopyFacts(hidden=("anna+log-k3@example.com",)), role=FolderRole.SENT) == (1, "Bcc")
    assert met(CopyFacts(named=("anna+forward-k3@example.com",)), role=FolderRole.SENT) == (2, "To or Cc")
    assert met(CopyFacts(envelope=("anna+log-k3@example.com",)), role=FolderRole.SENT) is None
    assert met(CopyFacts(), FOLDER, folder="Log this", role=FolderRole.SENT) is None


def test_a_folder_and_a_mailbox_of_its_own() -> None:
    assert met(CopyFacts(), folder="Log this", role=FolderRole.OTHER) == (3, "the folder Log this")
    assert met(CopyFacts(), folder="Log this", role=FolderRole.OTHER, inbox=8) is None
    assert met(CopyFacts(), inbox=8) == (4, "its own mailbox")
    assert met(CopyFacts(), inbox=8, folder="Archive", role=FolderRole.OTHER) is None
    # an address tells more than the place
    assert met(CopyFacts(envelope=("anna+forward-k3@example.com",)), folder="Log this", role=FolderRole.OTHER) == (
        2,
        "the envelope",
    )


@pytest.mark.parametrize(
    ("results", "forged"),
    [
        ("", False),
        ("mx.example.com; dmarc=pass header.from=example.com; spf=fail", False),
        ("mx.example.com; dkim=pass; spf=pass; dmarc=fail (p=reject) header.from=example.com", True),
        ("mx.example.com; spf=fail smtp.mailfrom=example.com", True),
        ("mx.example.com; spf=hardfail", True),
        ("mx.example.com; spf=fail; dkim=pass header.d=example.com", False),
        ("mx.example.com; spf=softfail; dkim=none; dmarc=none", False),
        ("mx.example.com; dkim=fail", False),
        ("mx.example.com; none", False),
        ("mx.example.com (said; dmarc=fail); dmarc=none", False),
        ("MX.example.com;\tDMARC=FAIL", True),
        ("(" * 30_000, False),
    ],
)
def test_what_the_server_found_about_the_sender(results: str, forged: bool) -> None:
    assert looks_forged(results) is forged


def test_plus_addresses() -> None:
    assert plus_address("Anna@example.com", CopyKind.BCC, "k3") == "Anna+log-k3@example.com"
    assert plus_address("anna+work@example.com", CopyKind.FORWARD, "k3") == "anna+forward-k3@example.com"
