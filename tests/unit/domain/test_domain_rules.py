"""What is logged, and what is read of a folder: tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.logging_rules import (
    AlreadyStored,
    FolderRole,
    Ignore,
    Joined,
    LogDecision,
    LogInThread,
    ReadReport,
    decide_logging,
)

KNOWN = {"ours@x": 1, "older@x": 2, "stored@x": 3}


@pytest.mark.parametrize(
    ("message_id", "in_reply_to", "references", "report", "role", "sent", "expected"),
    [
        ("new@x", ("ours@x",), (), False, FolderRole.INBOX, True, LogInThread(1, "ours@x", Joined.IN_REPLY_TO)),
        ("new@x", ("theirs@x",), ("older@x", "ours@x", "theirs@x"), False, FolderRole.INBOX, True,
         LogInThread(1, "ours@x", Joined.REFERENCES)),
        ("new@x", ("older@x",), ("ours@x",), False, FolderRole.INBOX, True,
         LogInThread(2, "older@x", Joined.IN_REPLY_TO)),
        ("new@x", ("older@x", "ours@x"), (), False, FolderRole.SENT, True,
         LogInThread(1, "ours@x", Joined.IN_REPLY_TO)),
        ("stored@x", ("ours@x",), (), False, FolderRole.INBOX, True, AlreadyStored(3)),
        ("new@x", ("theirs@x",), ("others@x",), False, FolderRole.INBOX, True, Ignore()),
        ("", (), (), False, FolderRole.INBOX, True, Ignore()),
        ("new@x", (), (), True, FolderRole.INBOX, True, ReadReport()),
        ("new@x", (), (), True, FolderRole.INBOX, False, Ignore()),
        ("new@x", (), (), True, FolderRole.SENT, True, Ignore()),
        ("new@x", (), (), True, FolderRole.OTHER, True, ReadReport()),
        ("new@x", ("ours@x",), (), True, FolderRole.INBOX, True, LogInThread(1, "ours@x", Joined.IN_REPLY_TO)),
    ],
)  # fmt: skip
def test_decide_logging(
    message_id: str,
    in_reply_to: tuple[str, ...],
    references: tuple[str, ...],
    report: bool,
    role: FolderRole,
    sent: bool,
    expected: LogDecision,
) -> None:
    decision = decide_logging(
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        is_delivery_report=report,
        role=role,
        known=KNOWN,
        anything_sent=sent,
    )
    assert decision == expected


_IDS = st.lists(st.sampled_from(["ours@x", "older@x", "stored@x", "a@x", "b@x", ""]), max_size=6).map(tuple)


@given(st.sampled_from(["", "new@x", "stored@x"]), _IDS, _IDS, st.booleans(), st.booleans())
def test_a_body_is_read_only_for_a_reason(
    message_id: str, in_reply_to: tuple[str, ...], references: tuple[str, ...], report: bool, sent: bool
) -> None:
    decision = decide_logging(
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        is_delivery_report=report,
        role=FolderRole.INBOX,
        known=KNOWN,
        anything_sent=sent,
    )
    named = {*in_reply_to, *references} & set(KNOWN)
    if isinstance(decision, LogInThread):
        assert decision.parent_id in named and KNOWN[decision.parent_id] == decision.parent_pk
    elif isinstance(decision, ReadReport):
        assert report and sent and not named
    elif isinstance(decision, Ignore):
        assert not named and message_id not in KNOWN
