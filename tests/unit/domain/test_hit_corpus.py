"""Real requests by people, proxies, scanners and bots, each labelled and with the place where it was learned: `inspect hit`
says of each what is true, but for those that one request alone cannot give away (`known_miss`), which are counted, too.

`HITCHPOST_REPORT=FILE pytest …` writes precision and recall of each class."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli import run_command
from app.cli.inspect_hit import inspect_hit
from app.domain.errors import UsageError

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "hit_corpus.jsonl").read_text("utf-8").splitlines()
]
ASKED = ("ua", "ip", "method", "headers", "kind", "seconds_after_send")


def asked(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ASKED if name in row}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_each_row(row: dict[str, Any]) -> None:
    result = inspect_hit(asked(row))
    found = {name: result[name] for name in ("human", "proxy", "geo_reliable")}
    expected = {name: row[name] for name in found}
    assert (found == expected) is not row.get("known_miss", False), (result, row["learned"])
    assert result["reason"].endswith(".") and result["verdict"] == ("person" if result["human"] else "machine")


def report() -> str:
    """Of people and machines, and of each class how many were told rightly."""
    truth = [(row["human"], inspect_hit(asked(row))["human"]) for row in ROWS]
    lines = []
    for name, human in (("people", True), ("machines", False)):
        right = sum(t is human and said is human for t, said in truth)
        said_so, are = sum(said is human for _, said in truth), sum(t is human for t, _ in truth)
        lines.append(f"{name:<22}{are:>5} rows  precision {right / said_so:.3f}  recall {right / are:.3f}")
    for proxy in ("google", "yahoo", "apple"):
        pairs = [(row["proxy"] == proxy, inspect_hit(asked(row))["proxy"] == proxy) for row in ROWS]
        right, said_so, are = (sum(map(all, pairs)), sum(s for _, s in pairs), sum(t for t, _ in pairs))
        lines.append(
            f"{'by way of ' + proxy:<22}{are:>5} rows  precision {right / said_so:.3f}  recall {right / are:.3f}"
        )
    classes = Counter(row["class"] for row in ROWS)
    right_of = Counter(row["class"] for row in ROWS if inspect_hit(asked(row))["human"] is row["human"])
    lines += [f"{name:<22}{number:>5} rows  recall {right_of[name] / number:.3f}" for name, number in classes.items()]
    return "\n".join(lines) + "\n"


def test_the_corpus_is_large_and_says_where_it_was_learned() -> None:
    assert len(ROWS) >= 300 and len({row["id"] for row in ROWS}) == len(ROWS)
    assert all(row["learned"] for row in ROWS)
    assert sum(row.get("known_miss", False) for row in ROWS) <= len(ROWS) * 0.05
    text = report()
    assert text.startswith("people")
    if target := os.environ.get("HITCHPOST_REPORT"):
        Path(target).write_text(text, encoding="utf-8")


def test_by_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({"id": row["id"], "input": asked(row)}) for row in ROWS[:20]]
    lines += ['{"id": "none", "input": {"kind": "reply"}}', "nonsense"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()), encoding="utf-8"))
    assert run_command(["inspect", "hit", "--batch"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["id"] for a in answers[:20]] == [row["id"] for row in ROWS[:20]]
    assert {"human", "proxy", "geo_reliable", "verdict", "reason"} <= set(answers[0]["result"])
    assert answers[20]["id"] == "none" and "kind is open or click" in answers[20]["error"]
    assert "not JSON" in answers[21]["error"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ASKED, "accept"]), inner, max_size=6),
    max_leaves=12,
)


@given(_JSON)
def test_any_input_is_judged_or_explained(value: Any) -> None:
    try:
        result = inspect_hit(value)
    except UsageError as error:
        assert str(error).endswith("}.")
    else:
        assert result == inspect_hit(value) and result["reason"]
