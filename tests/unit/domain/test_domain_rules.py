"""What is logged, what is read of a folder, and how far a hit is believed: tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import EventKind, Verdict
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
from app.domain.verdicts import judge_hit

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


SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0"


@pytest.mark.parametrize(
    ("agent", "method", "bounced", "verdict"),
    [
        (THUNDERBIRD, "GET", None, Verdict.PERSON),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "GET", None,
         Verdict.PERSON),
        (THUNDERBIRD, "HEAD", None, Verdict.MACHINE),
        (THUNDERBIRD, "head", None, Verdict.MACHINE),
        ("", "GET", None, Verdict.MACHINE),
        ("   ", "GET", None, Verdict.MACHINE),
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", "GET", None, Verdict.MACHINE),
        ("curl/8.5.0", "GET", None, Verdict.MACHINE),
        ("Go-http-client/2.0", "GET", None, Verdict.MACHINE),
        ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", "GET", None, Verdict.MACHINE),
        (THUNDERBIRD, "GET", SENT + timedelta(seconds=10), Verdict.MACHINE),
        (THUNDERBIRD, "GET", SENT + timedelta(days=2), Verdict.PERSON),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [EventKind.OPEN, EventKind.CLICK])
def test_judge_hit(kind: EventKind, agent: str, method: str, bounced: datetime | None, verdict: Verdict) -> None:
    judged = judge_hit(
        kind=kind, at=SENT + timedelta(minutes=5), method=method, user_agent=agent, sent_at=SENT, bounced_at=bounced
    )
    assert judged.verdict == verdict
    assert judged.reasons and all(reason.endswith(".") for reason in judged.reasons)
    assert ("picture" if kind == EventKind.OPEN else "link") in judged.reasons[0] or "program" in judged.reasons[0]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-3), "within a second"),
        (timedelta(seconds=45), "45 seconds after"),
        (timedelta(minutes=30), "30 minutes after"),
        (timedelta(hours=20), "20 hours after"),
        (timedelta(days=9), "9 days after"),
    ],
)
def test_reason_says_how_long_after(span: timedelta, words: str) -> None:
    judged = judge_hit(
        kind=EventKind.OPEN, at=SENT + span, method="GET", user_agent=THUNDERBIRD, sent_at=SENT, bounced_at=None
    )
    assert words in judged.reasons[0]


@given(st.text(max_size=300), st.sampled_from(["GET", "HEAD", "POST", ""]))
def test_any_user_agent_is_judged(agent: str, method: str) -> None:
    judged = judge_hit(kind=EventKind.OPEN, at=SENT, method=method, user_agent=agent, sent_at=SENT, bounced_at=None)
    assert judged.reasons and all(len(reason) < 200 for reason in judged.reasons)
