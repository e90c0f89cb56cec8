"""Which store is chosen, and what is said when none can be: never plain text, always a way on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from app.domain.errors import WrongPassphrase
from app.domain.inboxes import Secret
from app.secrets.choose import choose_secret_store, keyring_note, open_file, secrets_path
from app.secrets.file_store import FileSecrets
from app.secrets.protocol import NoUsableKeyring, PassphraseNeeded
from tests.support.desktop_bus import DesktopBus
from tests.support.secret_service import SecretService

WITH_PASSPHRASE = {"HITCHPOST_PASSPHRASE": "correct horse battery staple"}


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def real_keyring(no_keyring: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with DesktopBus(notification_service=False, tray=False) as bus, SecretService(bus) as service:
        for name, value in service.env().items():
            monkeypatch.setenv(name, value)
        yield


def test_a_passphrase_means_the_encrypted_file(tmp_path: Path, real_keyring: None) -> None:
    store = choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE)
    assert store.name == "encrypted file"
    store.set("imap", Secret("hunter2"))
    assert choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE).get("imap") == Secret("hunter2")
    assert choose_secret_store(tmp_path, "w2", WITH_PASSPHRASE).get("imap") is None


def test_a_wrong_passphrase_is_noticed_at_once(tmp_path: Path) -> None:
    choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE).set("imap", Secret("hunter2"))
    with pytest.raises(WrongPassphrase):
        choose_secret_store(tmp_path, "w1", {"HITCHPOST_PASSPHRASE": "wrong"})


def test_without_one_it_is_the_keyring(tmp_path: Path, real_keyring: None) -> None:
    store = choose_secret_store(tmp_path, "w1", {})
    assert store.name == "system keyring"
    store.set("imap", Secret("hunter2"))
    assert choose_secret_store(tmp_path, "w1", {}).get("imap") == Secret("hunter2")
    assert list(tmp_path.rglob("secrets*")) == [keyring_note(tmp_path, "w1")]


@pytest.mark.parametrize("environ", [{}, {"HITCHPOST_PASSPHRASE": ""}])
def test_without_either_it_says_both_ways_on(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(NoUsableKeyring) as caught:
        choose_secret_store(tmp_path, "w1", environ)
    said = str(caught.value)
    assert "no keyring" in said and "apt install gnome-keyring" in said
    assert "HITCHPOST_PASSPHRASE" in said and str(secrets_path(tmp_path, "w1")) in said and "plain text" in said
    assert list(tmp_path.iterdir()) == []


def test_the_file_without_its_passphrase_is_asked_for(tmp_path: Path, real_keyring: None) -> None:
    FileSecrets(secrets_path(tmp_path, "w1"), Secret("correct horse")).set("imap", Secret("hunter2"))
    with pytest.raises(PassphraseNeeded, match=r"encrypted file, .*secrets-w1\.json.*HITCHPOST_PASSPHRASE"):
        choose_secret_store(tmp_path, "w1", {})
    assert choose_secret_store(tmp_path, "w2", {}).name == "system keyring"


def test_a_passphrase_beside_a_keyring_in_use_begins_no_empty_file(
    tmp_path: Path, real_keyring: None, caplog: pytest.LogCaptureFixture
) -> None:
    choose_secret_store(tmp_path, "w1", {}).set("imap", Secret("hunter2"))
    store = choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE)
    assert store.name == "system keyring" and store.get("imap") == Secret("hunter2")
    assert "HITCHPOST_PASSPHRASE is set, but the passwords of this workspace are in the system keyring" in caplog.text
    assert not secrets_path(tmp_path, "w1").exists()


def test_a_keyring_used_before_there_were_notes_is_found_by_what_is_in_it(tmp_path: Path, real_keyring: None) -> None:
    choose_secret_store(tmp_path, "w1", {}).set("imap", Secret("hunter2"))
    keyring_note(tmp_path, "w1").unlink()
    assert choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE, lambda: ["other"]).name == "encrypted file"
    assert choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE, lambda: ["imap"]).name == "system keyring"
    assert keyring_note(tmp_path, "w1").exists()


def test_a_keyring_in_use_that_cannot_be_asked_is_said(tmp_path: Path) -> None:
    keyring_note(tmp_path, "w1").touch()
    with pytest.raises(NoUsableKeyring, match=r"does not begin an empty file.*delete .*secrets-w1\.keyring"):
        choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE)
    keyring_note(tmp_path, "w1").unlink()
    assert choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE, lambda: ["imap"]).name == "encrypted file"


def test_with_both_in_use_all_is_found_and_forgotten_in_both(tmp_path: Path, real_keyring: None) -> None:
    keyring_store = choose_secret_store(tmp_path, "w1", {})
    keyring_store.set("old", Secret("hunter2"))
    open_file(tmp_path, "w1", Secret("correct horse battery staple")).set("new", Secret("hunter3"))
    both = choose_secret_store(tmp_path, "w1", WITH_PASSPHRASE)
    assert (both.name, both.get("old"), both.get("new")) == ("encrypted file", Secret("hunter2"), Secret("hunter3"))
    both.set("old", Secret("hunter4"))
    assert both.get("old") == Secret("hunter4")
    both.delete("old")
    assert both.get("old") is None and keyring_store.get("old") is None


def test_what_may_still_be_in_a_keyring_is_not_told_to_be_forgotten(tmp_path: Path) -> None:
    both = open_file(tmp_path, "w1", Secret("correct horse battery staple"))
    both.set("imap", Secret("hunter2"))
    keyring_note(tmp_path, "w1").touch()
    with pytest.raises(NoUsableKeyring, match=r"may still be in the system keyring.*secrets-w1\.keyring"):
        both.delete("imap")
    assert both.get("imap") is None
    keyring_note(tmp_path, "w1").unlink()
    both.delete("imap")


def test_a_workspace_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    assert secrets_path(tmp_path, "../../etc/x").parent == tmp_path
