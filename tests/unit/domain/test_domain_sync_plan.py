"""What is read of a folder and which folders are read: tables."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.folder_names import DRAFTS, JUNK, SENT, TRASH
from app.domain.folders import MOST_FOLDERS, FolderFacts, FolderJob, LeftOut, choose_folders, is_named
from app.domain.logging_rules import FolderRole
from app.domain.sync_plan import (
    RESETS_BEARABLE,
    RESETS_WITHIN,
    Begin,
    BeginAgain,
    FolderPlan,
    Hold,
    LocalFolder,
    NothingNew,
    ReadOn,
    ServerFolder,
    has_come,
    plan_folder_sync,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
READ = LocalFolder(7, 10, 1, True, seen_uid_next=10, seen_exists=9, seen_modseq=40)
BADLY = replace(READ, resets=RESETS_BEARABLE, reset_at=AT - timedelta(hours=2))


@pytest.mark.parametrize(
    ("server", "local", "known", "expected"),
    [
        (ServerFolder(7, 10, 9), None, False, Begin(7, False)),
        (ServerFolder(7, 10, 9), None, True, Begin(7, True)),
        (ServerFolder(7, 10, 9), READ, True, NothingNew()),
        (ServerFolder(7, 10, 4), READ, True, NothingNew()),  # some were deleted
        (ServerFolder(7, 12, 9), READ, True, ReadOn(up=True, down=False)),
        (ServerFolder(7, 10, 10), READ, True, ReadOn(up=True, down=False)),  # UIDNEXT is told too low
        (ServerFolder(7, 4, 9), READ, True, ReadOn(up=True, down=False)),  # UIDNEXT goes back
        (ServerFolder(7, 0, 9), replace(READ, seen_uid_next=0), True, ReadOn(up=True, down=False)),  # and never told
        (ServerFolder(7, 0, 9, 40), replace(READ, seen_uid_next=0), True, NothingNew()),
        (ServerFolder(7, 0, 9, 41), replace(READ, seen_uid_next=0), True, ReadOn(up=True, down=False)),
        (ServerFolder(7, 10, 9, 40), READ, True, NothingNew()),
        (ServerFolder(7, 10, 9, 39), READ, True, NothingNew()),
        (ServerFolder(7, 10, 9, 99), READ, True, ReadOn(up=True, down=False)),  # a flag; or one came, and UIDNEXT is stuck
        (ServerFolder(7, 10, 9, 99), replace(READ, seen_modseq=None), True, NothingNew()),
        (ServerFolder(7, 10, 9), replace(READ, seen_exists=-1), True, ReadOn(up=True, down=False)),
        (ServerFolder(7, 10, 9), replace(READ, low_uid=5, first_look_done=False), True, ReadOn(up=False, down=True)),
        (ServerFolder(8, 12, 9), READ, True, BeginAgain(8, 1)),
        (ServerFolder(8, 12, 9), replace(READ, resets=2, reset_at=AT - timedelta(hours=1)), True, BeginAgain(8, 3)),
        (ServerFolder(8, 12, 9), BADLY, True, Hold(AT - timedelta(hours=2) + RESETS_WITHIN)),
        (ServerFolder(8, 12, 9), replace(BADLY, reset_at=AT - timedelta(days=2)), True, BeginAgain(8, 1)),
        (ServerFolder(7, 10, 9), BADLY, True, NothingNew()),
    ],
)  # fmt: skip
def test_plan_folder_sync(server: ServerFolder, local: LocalFolder | None, known: bool, expected: FolderPlan) -> None:
    assert plan_folder_sync(server, local, anything_known=known, at=AT) == expected


@pytest.mark.parametrize(
    ("server", "local", "come"),
    [
        (ServerFolder(7, 10, 9), READ, False),
        (ServerFolder(7, 10, 9, 99), READ, False),  # a flag
        (ServerFolder(7, 10, 4), READ, False),  # some were deleted
        (ServerFolder(7, 11, 9), READ, True),
        (ServerFolder(7, 10, 10), READ, True),  # UIDNEXT is told too low
        (ServerFolder(7, 0, 9), replace(READ, seen_uid_next=0), False),
        (ServerFolder(7, 0, 10), replace(READ, seen_uid_next=0), True),
        (ServerFolder(8, 10, 9), READ, True),
        (ServerFolder(7, 10, 9), replace(READ, seen_exists=-1), True),
    ],
)
def test_a_quick_look_cares_about_new_messages_alone(server: ServerFolder, local: LocalFolder, come: bool) -> None:
    assert has_come(server, local) is come


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 9)), max_size=60))
def test_a_folder_that_is_numbered_anew_for_ever_is_read_rarely(looks: list[tuple[int, int]]) -> None:
    """However often it happens, and whenever it is looked at: at most as often a day as is bearable."""
    begun: list[datetime] = []
    local, at = READ, AT
    for minutes, uid_validity in looks:
        at += timedelta(minutes=minutes)
        plan = plan_folder_sync(ServerFolder(uid_validity, 10, 9), local, anything_known=True, at=at)
        if isinstance(plan, BeginAgain):
            begun.append(at)
            local = replace(local, uid_validity=uid_validity, resets=plan.resets, reset_at=at)
        elif isinstance(plan, Hold):
            assert plan.until > at
    for first, later in zip(begun, begun[RESETS_BEARABLE:], strict=False):
        assert later - first >= RESETS_WITHIN


def folder(path: str, use: str = "", *, opens: bool = True, delimiter: str = "/", personal: bool = True) -> FolderFacts:
    return FolderFacts(path, use, opens, delimiter, personal)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (folder("Junk", "\\Junk"), LeftOut.JUNK),
        (folder("Werbung", "\\Junk"), LeftOut.JUNK),
        (folder("INBOX.Skräppost", delimiter="."), LeftOut.JUNK),
        (folder("Courrier indésirable"), LeftOut.JUNK),
        (folder("Courrier inde\u0301sirable"), LeftOut.JUNK),  # with the accent as a sign of its own
        (folder("[Gmail]/Корзина"), LeftOut.TRASH),
        (folder("DELETED ITEMS"), LeftOut.TRASH),
        (folder("Papierkorb"), LeftOut.TRASH),
        (folder("ゴミ箱"), LeftOut.TRASH),
        (folder("已删除邮件"), LeftOut.TRASH),
        (folder("Entwürfe"), LeftOut.DRAFTS),
        (folder("Luonnokset"), LeftOut.DRAFTS),
        (folder("Wersje robocze", "\\Drafts"), LeftOut.DRAFTS),
        (folder("Postausgang"), LeftOut.NO_MAIL),
        (folder("Starred", "\\Flagged"), LeftOut.VIRTUAL),
        (folder("virtual/All", "\\All"), LeftOut.VIRTUAL),
        (folder("Projects", opens=False), LeftOut.NOT_OPEN),
        (folder("shared/sales", personal=False), LeftOut.OTHERS),
        (folder("Trash/2024"), LeftOut.TRASH),
        (folder("Archive", "\\Archive"), None),
        (folder("Spam", "\\Archive"), None),  # what the server says of it counts more than its name
        (folder("Spamfilter project"), None),
        (folder("Kunden/Spam GmbH"), None),
        (folder("INBOX/Kunden"), None),
    ],
)  # fmt: skip
def test_which_folders_are_left_out(facts: FolderFacts, why: LeftOut | None) -> None:
    listed = [folder("INBOX"), folder("Trash", "\\Trash"), facts]
    choice = choose_folders(listed, "Sent")
    assert choice.left_out.get(facts.path) == why
    assert (facts.path in [job.path for job in choice.jobs]) == (why is None)
    assert choice.jobs[0] == FolderJob("INBOX", FolderRole.INBOX)


def test_every_folder_for_sent_mail_is_one() -> None:
    listed = [folder("INBOX"), folder("Sent", "\\Sent"), folder("Gesendete Objekte"), folder("Kunden")]
    roles = {job.path: job.role for job in choose_folders(listed, "Sent").jobs}
    assert roles == {
        "INBOX": FolderRole.INBOX, "Sent": FolderRole.SENT, "Gesendete Objekte": FolderRole.SENT, "Kunden": FolderRole.OTHER,
    }  # fmt: skip


def test_of_gmail_all_mail_is_read_and_no_label() -> None:
    gmail = [
        folder("INBOX"), folder("[Gmail]", opens=False), folder("[Gmail]/All Mail", "\\All"), folder("[Gmail]/Spam", "\\Junk"),
        folder("[Gmail]/Sent Mail", "\\Sent"), folder("[Gmail]/Trash", "\\Trash"), folder("Kunden"), folder("Kunden/Norr"),
        folder("[Gmail]/Important"),
    ]  # fmt: skip
    choice = choose_folders(gmail, "[Gmail]/Sent Mail", gmail=True)
    assert choice.jobs == (
        FolderJob("INBOX", FolderRole.INBOX, deep=False),
        FolderJob("[Gmail]/Sent Mail", FolderRole.SENT, deep=False),
        FolderJob("[Gmail]/All Mail", FolderRole.OTHER),
    )
    # where All Mail is hidden from IMAP, labels are read as folders are
    paths = [job.path for job in choose_folders(gmail[:2] + gmail[4:], "[Gmail]/Sent Mail", gmail=True).jobs]
    assert "Kunden/Norr" in paths


def test_thousands_of_folders_have_a_limit() -> None:
    listed = [folder("INBOX"), *(folder(f"Kunde {n}") for n in range(1000))]
    choice = choose_folders(listed)
    assert len(choice.jobs) == MOST_FOLDERS + 1
    assert set(choice.left_out.values()) == {LeftOut.TOO_MANY}
    assert len(choice.left_out) == 1000 - MOST_FOLDERS == choice.too_many


def test_thousands_of_folders_are_chosen_from_at_once() -> None:
    """In the trash, too: each is looked at once, not each with each."""
    listed = [folder("INBOX"), folder("Trash", "\\Trash"), *(folder(f"Kunden/{n // 20}/Sak {n}") for n in range(6000))]
    listed += [folder(f"Trash/{n}/Junk") for n in range(2000)]
    begun = time.process_time()
    choice = choose_folders(listed)
    assert time.process_time() - begun < 1.0
    assert choice.too_many == 6000 - MOST_FOLDERS
    assert sum(why is LeftOut.TRASH for why in choice.left_out.values()) == 1
    assert choose_folders([*listed, folder("Trash/7/Kunden")]).left_out["Trash/7/Kunden"] is LeftOut.TRASH


def test_what_lies_in_the_inbox_or_beside_the_trash_is_read() -> None:
    listed = [folder("INBOX"), folder("Trash"), folder("Trashed"), folder("Trash.x", delimiter="."), folder("INBOX/a")]
    assert set(choose_folders(listed).left_out) == {"Trash"}


def test_no_name_means_two_things() -> None:
    assert not (JUNK & DRAFTS) and not (JUNK & SENT) and not (TRASH & SENT) and not (DRAFTS & SENT)
    for names in (JUNK, TRASH, DRAFTS, SENT):
        assert len(names) > 60
        assert all(is_named(folder(f"A/{name.upper()}"), names) for name in names if name.upper().casefold() == name)
