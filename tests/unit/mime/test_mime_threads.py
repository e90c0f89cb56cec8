"""Messages put together into threads: by ids, through a message that nobody has, and by subject only where that is safe."""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

from app.mime.headers import HeaderFacts, parse_header_block
from app.mime.threads import threads_of


def facts(
    own: str,
    *,
    refs: str = "",
    reply_to: str = "",
    subject: str = "Offer",
    day: int = 1,
    sender: str = "a",
    to: str = "b",
) -> HeaderFacts:
    fields = [f"Subject: {subject}", f"From: {sender}@example.com", f"To: {to}@example.com"]
    fields += [f"Message-ID: <{own}>"] if own else []
    fields += [f"References: {' '.join(f'<{r}>' for r in refs.split())}"] if refs else []
    fields += [f"In-Reply-To: <{reply_to}>"] if reply_to else []
    fields += [f"Date: {day} Oct 2021 09:00:00 +0000"] if day else []
    return parse_header_block(("\r\n".join(fields) + "\r\n").encode())


def test_by_references_and_in_reply_to_whatever_the_order() -> None:
    messages = [
        facts("c", refs="a b", day=3), facts("x", day=1), facts("a", day=1), facts("b", reply_to="a", day=2), facts("y", refs="x", day=5),
    ]  # fmt: skip
    assert threads_of(messages) == [[2, 3, 0], [1, 4]]


def test_two_answers_to_a_message_that_nobody_has() -> None:
    assert threads_of([facts("b", refs="lost"), facts("z"), facts("c", reply_to="lost", day=2)]) == [[0, 2], [1]]


def test_the_same_message_twice_and_messages_without_an_id() -> None:
    assert threads_of([facts("a"), facts("a"), facts(""), facts("")]) == [[0, 1], [2], [3]]


def test_equal_subjects_alone_join_nothing() -> None:
    assert threads_of([facts("a"), facts("b", day=2), facts("c", subject="Fwd: Offer", day=3)]) == [[0], [1], [2]]


def test_an_answer_that_lost_its_ids_goes_by_its_subject() -> None:
    assert threads_of([facts("a"), facts("b", subject="SV: Offer", sender="b", to="a", day=2)]) == [[0, 1]]


def test_the_subject_does_not_decide_where_it_could_be_wrong() -> None:
    answer = facts("z", subject="Re: Offer", sender="b", to="a", day=9)
    assert threads_of([facts("a"), facts("b", day=2), answer]) == [[0], [1], [2]]  # two threads have that subject
    assert threads_of([facts("a", sender="c", to="d"), answer]) == [[0], [1]]  # other people
    assert threads_of([facts("a", day=20), answer]) == [[0], [1]]  # it was earlier
    assert threads_of([facts("a", day=0), answer]) == [[0], [1]]  # nobody knows when
    assert threads_of([facts("a", subject="Hi"), facts("z", subject="Re: Hi", sender="b", to="a", day=2)]) == [[0], [1]]
    assert threads_of([]) == []
