"""A password goes to the servers that it was typed for, whatever is interrupted while an inbox gets new ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest

from app.bootstrap import open_workspace
from app.domain.errors import DiskFull, MailFault, SecretError
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Secret
from app.domain.problems import ProblemCode
from app.secrets.choose import keyring_note
from app.secrets.protocol import SecretStore
from app.services.account_passwords import secret_name
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox, remove_inbox
from app.services.workspace import Workspace
from app.store.inboxes import Inboxes
from tests.support.file_keyring import FileKeyring

TLS = ConnectionSecurity.IMPLICIT_TLS
OLD = ImapAccount(
    "jonas@example.org",
    Endpoint("imap.old.example", 993, TLS),
    Endpoint("smtp.old.example", 465, TLS),
    "jonas",
    "sender",
)
NEW = replace(OLD, imap=Endpoint("imap.new.example", 993, TLS), smtp=Endpoint("smtp.new.example", 465, TLS))
OLD_PASSWORD, OLD_SMTP, NEW_PASSWORD = Secret("the old one"), Secret("the old one for sending"), Secret("the new one")
OK = CheckResult(True)


class Ending:
    """A secret store that ends, as a killed process does, after so many calls that change something."""

    name = "encrypted file"

    def __init__(self, kept: SecretStore, calls: int) -> None:
        self.kept, self.calls = kept, calls

    def get(self, key: str) -> Secret | None:
        return self.kept.get(key)

    def _count(self) -> None:
        self.calls -= 1
        if self.calls < 0:
            raise SecretError("ended")

    def set(self, key: str, secret: Secret) -> None:
        self._count()
        self.kept.set(key, secret)

    def delete(self, key: str) -> None:
        self._count()
        self.kept.delete(key)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "home", environ={"HITCHPOST_PASSPHRASE": "four words or more"})
    yield opened
    opened.store.close()


def names(workspace: Workspace) -> list[str]:
    """Of all places where a password of this address could be, those that hold one."""
    store = workspace.secrets.store()
    places = [secret_name(OLD.address, server) + place for server in ("imap", "smtp") for place in ("", ":second")]
    return [place for place in places if store.get(place) is not None]


def goes(workspace: Workspace) -> tuple[str, str, str]:
    """Where the inbox is read, and the passwords that would be given there and to the outgoing server."""
    inbox = workspace.store.inboxes.find(OLD.address)
    assert inbox is not None
    passwords = workspace.password(inbox), workspace.password(inbox, "smtp")
    return inbox.account.read_host, passwords[0].reveal(), passwords[1].reveal()


BEFORE = ("imap.old.example", "the old one", "the old one for sending")
AFTER = ("imap.new.example", "the new one", "the new one")


@pytest.mark.parametrize("earlier_version", [False, True])
@pytest.mark.parametrize("calls", range(9))
def test_killed_at_any_moment_no_password_changes_its_server(
    workspace: Workspace, calls: int, earlier_version: bool
) -> None:
    connect_inbox(workspace, OLD, OLD_PASSWORD, OLD_SMTP, OK)
    kept = workspace.secrets.store()
    if earlier_version:
        kept.set(secret_name(OLD.address, "imap"), OLD_PASSWORD)
        kept.set(secret_name(OLD.address, "smtp"), OLD_SMTP)
    workspace.secrets.use(Ending(kept, calls))
    try:
        connect_inbox(workspace, NEW, NEW_PASSWORD, None, OK)
    except SecretError:
        assert workspace.store.inboxes.find(OLD.address).account == OLD  # type: ignore[union-attr]
    workspace.secrets.use(kept)
    assert goes(workspace) in (BEFORE, AFTER)
    connect_inbox(workspace, NEW, NEW_PASSWORD, None, OK)  # once more, and nothing is left of what was
    assert goes(workspace) == AFTER and len(names(workspace)) == 1


def test_with_the_new_password_kept_the_old_account_still_gets_its_own(workspace: Workspace) -> None:
    """What a worker meets that signs in between the two halves."""
    connect_inbox(workspace, OLD, OLD_PASSWORD, OLD_SMTP, OK)
    seen = []

    class Looking(Ending):
        def _count(self) -> None:
            workspace.secrets.use(self.kept)
            seen.append(goes(workspace))
            workspace.secrets.use(self)

    workspace.secrets.use(Looking(workspace.secrets.store(), 0))
    connect_inbox(workspace, NEW, NEW_PASSWORD, None, OK)
    assert set(seen) == {BEFORE, AFTER}


def test_on_a_full_disk_everything_is_as_before(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    connect_inbox(workspace, OLD, OLD_PASSWORD, OLD_SMTP, OK)

    def full(*_: object, **__: object) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(Inboxes, "add", full)
        with pytest.raises(DiskFull):
            connect_inbox(workspace, NEW, NEW_PASSWORD, None, OK)
    assert goes(workspace) == BEFORE and len(names(workspace)) == 2


def test_a_password_for_other_servers_is_none(workspace: Workspace) -> None:
    connect_inbox(workspace, OLD, OLD_PASSWORD, None, OK)
    inbox = workspace.store.inboxes.find(OLD.address)
    assert inbox is not None
    for other in (
        NEW,
        replace(OLD, username="karin"),
        replace(OLD, smtp=NEW.smtp),
        replace(OLD, smtp_username="somebody"),
    ):
        with pytest.raises(MailFault) as caught:
            workspace.password(replace(inbox, account=other))
        assert caught.value.problem.code is ProblemCode.NO_SECRET
    same = replace(OLD, imap=replace(OLD.imap, port=143, security=ConnectionSecurity.STARTTLS))
    assert workspace.password(replace(inbox, account=same)) == OLD_PASSWORD


def test_one_of_an_earlier_version_is_bound_when_it_is_used(workspace: Workspace) -> None:
    connect_inbox(workspace, OLD, OLD_PASSWORD, None, OK)
    store = workspace.secrets.store()
    store.set(secret_name(OLD.address, "imap"), OLD_PASSWORD)
    inbox = workspace.store.inboxes.find(OLD.address)
    assert inbox is not None and workspace.password(inbox) == OLD_PASSWORD
    with pytest.raises(MailFault):
        workspace.password(replace(inbox, account=NEW))


def test_one_of_a_domain_beyond_ascii_moves_to_the_name_of_now(workspace: Workspace) -> None:
    account = replace(OLD, address="info@MÜNCHEN.example")
    connect_inbox(workspace, account, OLD_PASSWORD, None, OK)
    store = workspace.secrets.store()
    store.delete("info@xn--mnchen-3ya.example:imap")
    store.set("info@münchen.example:imap", OLD_PASSWORD)
    inbox = workspace.store.inboxes.find("info@münchen.example")
    assert inbox is not None and workspace.password(inbox) == OLD_PASSWORD
    assert store.get("info@münchen.example:imap") is None and workspace.password(inbox) == OLD_PASSWORD


def test_a_removed_inbox_leaves_none_behind(workspace: Workspace) -> None:
    inbox_id = connect_inbox(workspace, OLD, OLD_PASSWORD, OLD_SMTP, OK)
    kept = workspace.secrets.store()
    workspace.secrets.use(Ending(kept, 1))
    with pytest.raises(SecretError):
        connect_inbox(workspace, NEW, NEW_PASSWORD, NEW_PASSWORD, OK)
    workspace.secrets.use(kept)
    assert len(names(workspace)) == 3, "the interrupted attempt leaves one, which is for nobody"
    remove_inbox(workspace, inbox_id)
    assert names(workspace) == []


def test_a_passphrase_set_in_one_shell_loses_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the keyring was used by a version that left no note of it."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.support.file_keyring.FileKeyring")
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())
    try:
        first = open_workspace(tmp_path / "home", environ={})
        inbox_id = connect_inbox(first, OLD, OLD_PASSWORD, None, OK)
        keyring_note(first.home, first.store.workspace_uid).unlink()
        first.store.close()
        second = open_workspace(tmp_path / "home", environ={"HITCHPOST_PASSPHRASE": "four words or more"})
        assert second.password(second.store.inboxes.get(inbox_id)) == OLD_PASSWORD
        remove_inbox(second, inbox_id)
        second.store.close()
        assert json.loads((tmp_path / "keyring.json").read_text()) == {}
    finally:
        keyring.set_keyring(before)
