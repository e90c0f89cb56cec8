"""Messages put together into threads by what their headers say. Used by `inspect threads`.

By ids first, as Jamie Zawinski's algorithm has it (jwz.org/doc/threading.html): a message belongs to those that its
References and In-Reply-To name, and two that name the same message belong together although nobody has that one. Subjects
are a way out only for an answer that names nothing at all (some programs and gateways lose the ids), and only where it is
safe: it says “Re:”, one earlier thread alone has its subject, and the two have people in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.subjects import base_subject
from app.mime.forward_words import REPLY, subject_sign
from app.mime.headers import HeaderFacts

SUBJECT_REACH = timedelta(days=60)  # how long after a thread's last message an answer without ids still belongs to it
MIN_SUBJECT = 4  # letters; “hi” is everybody's


def threads_of(messages: Sequence[HeaderFacts]) -> list[list[int]]:
    """Indexes of `messages` by thread: in each the oldest first (by date, then as given; without a date where it was given),
    threads by their first message given. The same message twice stands twice in its thread. Work grows with the number of
    messages and ids."""
    joined = _Joined(len(messages))
    by_id: dict[str, int] = {}
    for index, facts in enumerate(messages):
        ids = {facts.message_id, *facts.references, *facts.in_reply_to} - {""}
        for one in ids:
            joined.join(by_id.setdefault(one, index), index)
    _join_by_subject(messages, joined)
    groups: dict[int, list[int]] = {}
    for index in range(len(messages)):
        groups.setdefault(joined.root(index), []).append(index)
    return [_ordered(group, messages) for group in groups.values()]


class _Joined:
    """Sets that grow together (union-find with path halving)."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def root(self, index: int) -> int:
        parent = self.parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(self, one: int, other: int) -> None:
        a, b = sorted((self.root(one), self.root(other)))
        self.parent[b] = a


def _ordered(group: list[int], messages: Sequence[HeaderFacts]) -> list[int]:
    if all(messages[index].date for index in group):
        return sorted(group, key=lambda index: (messages[index].date, index))
    return group


def _join_by_subject(messages: Sequence[HeaderFacts], joined: _Joined) -> None:
    """Answers that name no message, to the one thread with their subject."""
    lost = [i for i, facts in enumerate(messages) if not facts.references and not facts.in_reply_to and _answers(facts)]
    if not lost:
        return
    by_subject: dict[str, list[int]] = {}
    for index, facts in enumerate(messages):
        by_subject.setdefault(base_subject(facts.subject), []).append(index)
    for index in lost:
        subject = base_subject(messages[index].subject)
        if len(subject) < MIN_SUBJECT:
            continue
        candidates = {
            joined.root(other)
            for other in by_subject[subject][:1_000]
            if other != index and _may_follow(messages[index], messages[other])
        } - {joined.root(index)}
        if len(candidates) == 1:
            joined.join(candidates.pop(), index)


def _answers(facts: HeaderFacts) -> bool:
    return subject_sign(facts.subject)[0] == REPLY


def _may_follow(answer: HeaderFacts, earlier: HeaderFacts) -> bool:
    """Whether `earlier` may be what `answer` answers: it was not later, not long ago, and its people are the answer's."""
    if answer.date is None or earlier.date is None or not _near(earlier.date, answer.date):
        return False
    mine, theirs = _people(answer), _people(earlier)
    author = answer.sender.key if answer.sender else ""
    return author in theirs and len(mine & theirs) >= 2


def _near(earlier: datetime, later: datetime) -> bool:
    return timedelta(0) <= later - earlier <= SUBJECT_REACH


def _people(facts: HeaderFacts) -> set[str]:
    return {address.key for address in (*((facts.sender,) if facts.sender else ()), *facts.to, *facts.cc)}
