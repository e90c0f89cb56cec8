"""The benchmark's own participants find the same: the program's loop, plain IMAPClient, and the lean reader in C."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.folder import append, big_folder, known_ids, messages
from tests.bench.link import Link
from tests.bench.sync import THREE, Bench

COUNT = 1500


@pytest.fixture
def kept() -> Iterator[Path]:
    """Where the server's own user can go."""
    with tempfile.TemporaryDirectory(prefix="hitchpost-bench-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_all_find_the_same_messages(tmp_path: Path, kept: Path) -> None:
    with big_folder(COUNT, kept, tmp_path) as (dovecot, authority):
        bench = Bench(dovecot, authority.ca_pem, tmp_path, COUNT, 1)
        append(dovecot, messages(10, COUNT, known_ids(COUNT)))
        known = {i.encode() for i in known_ids(COUNT)}
        raws = [*messages(COUNT), *messages(10, COUNT, known_ids(COUNT))]
        hits = sum(any(b"<%s>" % i in raw for i in known) for raw in raws)
        assert COUNT // 100 < hits < COUNT // 10
        wanted = (str(COUNT + 10), str(hits))
        secure = replace(bench.plan, tls=True, port=dovecot.imaps_port)
        assert bench.python("library", bench.plan).said[1:3] == wanted
        assert bench.python("scan", secure).said[1:3] == wanted
        assert bench.python("scan_and_bodies", replace(bench.plan, fields=THREE)).said[1:3] == wanted
        if bench.lean:
            assert bench.c(bench.plan).said[1:3] == wanted
        with Link(dovecot.imaps_port, round_trip=0.03) as link:
            assert bench.python("scan", replace(secure, port=link.port)).said[1:3] == wanted
            assert 100 * COUNT < link.received < 800 * COUNT  # one window is not worth compressing
