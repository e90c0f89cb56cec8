"""Sequences of requests, each labelled: `judge` says of each request what is true, but for what no rule can tell apart
(`known_miss`), which is counted, too.

`HITCHPOST_SEQUENCES_REPORT=FILE pytest …` writes precision and recall."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.domain.events import Verdict
from app.domain.hit_facts import Context
from app.domain.verdicts import Judgement, judge
from tests.unit.domain.hit_sequences import CASES, SENT, Case


def judged(case: Case) -> tuple[Judgement, ...]:
    return judge(case.hits, Context(sent_at=SENT, links=case.links))


def truth(case: Case) -> list[tuple[bool, bool]]:
    """For each request: whether it is a person's, and whether it was judged so."""
    return [(place not in case.machines, found.verdict is Verdict.PERSON) for place, found in enumerate(judged(case))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case(case: Case) -> None:
    wrong = [judged(case)[i] for i, (is_person, said) in enumerate(truth(case)) if is_person is not said]
    assert bool(wrong) is case.known_miss, wrong
    assert len({c.name for c in CASES}) == len(CASES)


def report() -> str:
    lines = []
    for unit, pairs in (
        ("requests", [pair for case in CASES for pair in truth(case)]),
        ("cases", [(not case.machines, not any(not said for _, said in truth(case))) for case in CASES]),
    ):
        for name, human in (("people", True), ("machines", False)):
            right = sum(is_ is human and said is human for is_, said in pairs)
            said_so, are = sum(said is human for _, said in pairs), sum(is_ is human for is_, _ in pairs)
            lines.append(f"{name:<10}{are:>5} {unit:<9} precision {right / said_so:.3f}  recall {right / are:.3f}")
    return "\n".join(lines) + "\n"


def test_few_are_missed() -> None:
    assert sum(case.known_miss for case in CASES) <= len(CASES) * 0.05
    text = report()
    assert text.startswith("people")
    if target := os.environ.get("HITCHPOST_SEQUENCES_REPORT"):
        Path(target).write_text(text, encoding="utf-8")
