"""`desk`: a workspace without inboxes; `me`: somebody who may connect one. For the tests of the threads and the façade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Desk, Mailboxes, open_desk
from tests.support.mailbox import MailAccount


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with open_desk(home) as opened:
        yield opened


@pytest.fixture
def me(mailbox: Mailboxes) -> MailAccount:
    return mailbox("jonas", from_name="Jonas Ahl")
