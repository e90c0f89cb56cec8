"""The spool: on the disk, in order, bounded, readable after a kill at any byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking.server.rows import HitRow
from app.tracking.server.spool import Spool, SpoolFull, SpoolPlace


def row(number: int, agent: str = "Mozilla/5.0 (é)") -> HitRow:
    return HitRow(
        f"u-{number}", "click", number, "0" * 16, "1" * 16, 3, "https://example.com/\n", "192.0.2.1", agent, "GET"
    )


def all_of(spool: Spool) -> list[HitRow]:
    return spool.waiting(10_000)[0]


def test_rows_wait_in_order_and_are_taken_in_parts(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s.jsonl", reserve=4096)
    assert spool.empty
    spool.append([row(1), row(2)])
    spool.append([row(3)])
    first, place = spool.waiting(2)
    assert first == [row(1), row(2)]
    spool.taken(place)
    assert not spool.empty
    rest, place = spool.waiting(2)
    assert rest == [row(3)]
    spool.taken(place)
    assert spool.empty
    assert all_of(spool) == []
    spool.append([row(4)])
    assert all_of(spool) == [row(4)]
    spool.close()


def test_what_waits_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    spool = Spool(path, reserve=4096)
    spool.append([row(n) for n in range(100)])
    spool.close()
    again = Spool(path, reserve=4096)
    assert all_of(again) == [row(n) for n in range(100)]
    again.taken(again.waiting(200)[1])
    again.close()
    third = Spool(path, reserve=4096)
    assert third.empty
    assert path.stat().st_size == 4096
    assert path.stat().st_mode & 0o777 == 0o600
    third.close()


@given(st.integers(0, 400), st.binary(max_size=20).filter(lambda garbage: b"\n" not in garbage))
def test_cut_at_any_byte_gives_whole_lines_only(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes
) -> None:
    path = tmp_path_factory.mktemp("spool") / "s.jsonl"
    rows = [row(1), row(2), row(3)]
    lines = [r.to_line() for r in rows]
    content = b"".join(lines)
    cut = min(cut, len(content))
    path.write_bytes(content[:cut] + garbage)
    whole = [r for i, r in enumerate(rows) if len(b"".join(lines[: i + 1])) <= cut]
    spool = Spool(path, reserve=1024)
    assert all_of(spool) == whole
    spool.append([row(9, agent="x")])  # shorter than what was cut: nothing of that may show behind it
    spool.close()
    again = Spool(path, reserve=1024)
    assert all_of(again) == [*whole, row(9, agent="x")]
    again.close()


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[]", b"null", b'["u","open",1,"m","r",null,"","","",""', row(1)._replace(at=-1).to_line(),
     row(1)._replace(at=2**63).to_line(), row(1)._replace(url="\0").to_line(), row(1)._replace(ip="\ud800").to_line(),
     row(1)._replace(link=True).to_line(), row(1)._replace(kind=None).to_line(), row(1)._replace(workspace="1").to_line()],
)  # fmt: skip
def test_what_a_database_would_refuse_is_no_hit(line: bytes) -> None:
    assert HitRow.from_line(line) is None


def test_lines_from_before_there_were_workspaces_are_hits() -> None:
    old = json.dumps(list(row(1))[:10]).encode()
    assert HitRow.from_line(old) == row(1)


def test_damaged_line_in_the_middle_costs_only_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "s.jsonl"
    bad = b'["u-2",null,1,"","",null,"","","","GET"]\n'
    path.write_bytes(row(1).to_line() + b"{broken\n" + bad + row(3).to_line())
    spool = Spool(path, reserve=1024)
    rows, place = spool.waiting(10)
    assert rows == [row(1), row(3)]
    spool.taken(place)
    assert spool.empty
    assert "damaged line" in caplog.text
    spool.close()


def test_full_spool_refuses_a_group_as_a_whole(tmp_path: Path) -> None:
    size = len(row(1).to_line())
    spool = Spool(tmp_path / "s.jsonl", reserve=100, limit=3 * size)
    spool.append([row(1), row(2)])
    with pytest.raises(SpoolFull):
        spool.append([row(3), row(4)])
    assert all_of(spool) == [row(1), row(2)]
    spool.append([row(3)])
    assert len(all_of(spool)) == 3
    spool.taken(spool.waiting(10)[1])
    spool.append([row(5), row(6)])
    assert all_of(spool) == [row(5), row(6)]
    spool.close()


def test_each_process_has_its_own_and_inherits_what_a_dead_one_left(tmp_path: Path) -> None:
    one, two = SpoolPlace(tmp_path / "spool"), SpoolPlace(tmp_path / "spool")
    assert one.path != two.path
    for place in (one, two):
        spool = Spool(place.path, reserve=100)
        spool.append([row(1)])
        spool.close()
    assert one.orphans() == []
    two.close()
    assert one.orphans() == [two.path]
    assert one.orphans() == []  # ours now
    three = SpoolPlace(tmp_path / "spool")
    assert three.path not in (one.path, two.path)
    one.close()
    three.close()
