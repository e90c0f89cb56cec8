"""`desk`: a workspace whose inbox serves a BCC address and a forwarding address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.copied import CopyDesk, open_copy_desk


@pytest.fixture
def desk(home: Path) -> Iterator[CopyDesk]:
    with open_copy_desk(home) as opened:
        yield opened
