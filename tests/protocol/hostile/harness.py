"""A client under attack: how it ended, how much it took in and kept, and what it gave away. Used by the tests beside it."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from app.backends.transport import Timeouts
from app.domain.errors import MailFault
from app.domain.problems import Problem
from app.words.problems import explain
from tests.support.scripted import ScriptedServer, Talk

NAME, PASSWORD = "ada@example.com", "correct horse battery"
BRIEF = Timeouts(connect=2, read=1, final_answer=0.4, answer=0.4)  # a drip is ended by `answer`, a silence by `read`
MEGABYTE = 1 << 20

Weapon = Callable[[Talk, str], object]  # what the server does instead of an answer to the command of this tag


def closes(talk: Talk, tag: str) -> None:
    talk.close()


def resets(talk: Talk, tag: str) -> None:
    talk.cut()


def nul_bytes(talk: Talk, tag: str) -> None:
    talk.raw(b"\x00\x00\xff\xfe\x00\r\n")


def line_without_end(talk: Talk, tag: str) -> None:
    talk.flood(b"* OK " + b"x" * 1000)


def line_that_drips(talk: Talk, tag: str) -> None:
    talk.drip(b"x")


@contextmanager
def within(megabytes: float) -> Iterator[None]:
    """What Python holds grows by no more than this at any moment (the scripted server of the test included)."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE, f"{peak / MEGABYTE:.1f} MB"


def ending(act: Callable[[], object]) -> Problem:
    """The fault that it ends with, which has a sentence and a remedy and holds no password."""
    with pytest.raises(MailFault) as caught:
        act()
    problem = caught.value.problem
    assert explain(problem).remedy
    assert not holds_password(f"{caught.value} {problem!r}".encode())
    return problem


def holds_password(data: bytes) -> bool:
    forms = [PASSWORD, f"\0{NAME}\0{PASSWORD}", f"{NAME}:{PASSWORD}"]
    written = [form.encode() for form in forms] + [base64.b64encode(form.encode()) for form in forms]
    return any(form.rstrip(b"=") in data for form in written)


def given_away(server: ScriptedServer) -> int:
    """How often the password came over any connection, in any form."""
    return sum(line_count(bytes(talk.received)) for talk in server.talks)


def line_count(data: bytes) -> int:
    return sum(holds_password(line) for line in data.split(b"\r\n"))


def cases(
    stages: Sequence[str], weapons: dict[str, Weapon], not_at: Sequence[tuple[str, str]] = ()
) -> pytest.MarkDecorator:
    """Every weapon at every stage, but those that make no difference there."""
    pairs = [(s, w) for s in stages for w in weapons if (s, w) not in not_at]
    return pytest.mark.parametrize(("stage", "weapon"), pairs, ids=[f"{s}: {w}" for s, w in pairs])
