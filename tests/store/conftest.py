"""A real store on a temporary SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxId
from app.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "home" / "workspace.sqlite3", "Northlight Sales")
    yield opened
    opened.close()


@pytest.fixture
def inbox_id(store: Store) -> InboxId:
    server = Endpoint("mail.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)
    account = ImapAccount("jonas@example.org", server, server, "jonas", from_name="Jonas Ahl")
    with store.transaction():
        return store.inboxes.add(account, user_id=store.user_id)
