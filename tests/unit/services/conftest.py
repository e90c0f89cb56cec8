"""Workspaces for the tests of use cases. `workspace`: an empty one. `desk`: its inbox serves a BCC address and a forwarding
address. `mail`: with tracked mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.services.workspace import Workspace
from tests.support.copied import CopyDesk, open_copy_desk
from tests.support.tracked_mail import TrackedMail, tracked_mail


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    opened = open_workspace(home)
    yield opened
    opened.store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CopyDesk]:
    with open_copy_desk(tmp_path / "home") as made:
        yield made


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        yield made
