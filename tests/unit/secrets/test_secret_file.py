"""The encrypted file on a disk: modes, wrong passphrases, damage, several writers, and death in mid-write."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.domain.errors import SecretError, WrongPassphrase
from app.domain.inboxes import Secret
from app.secrets import file_store
from app.secrets.file_lock import exclusive
from app.secrets.file_store import FileSecrets

PASSPHRASE = Secret("correct horse battery staple")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "secrets.json"


@pytest.fixture
def store(path: Path) -> FileSecrets:
    return FileSecrets(path, PASSPHRASE)


def again(path: Path) -> FileSecrets:
    """As another start of the program would see it."""
    return FileSecrets(path, PASSPHRASE)


def value(store: FileSecrets, key: str) -> str | None:
    secret = store.get(key)
    return None if secret is None else secret.reveal()


def test_keeps_replaces_and_forgets(store: FileSecrets, path: Path) -> None:
    assert store.get("imap") is None and not path.exists()
    store.delete("imap")
    assert not path.exists()
    store.set("imap", Secret("pä\0ss\n"))
    store.set("smtp", Secret(""))
    assert (value(again(path), "imap"), value(again(path), "smtp")) == ("pä\0ss\n", "")
    store.set("imap", Secret("other"))
    assert value(again(path), "imap") == "other"
    store.delete("imap")
    assert again(path).get("imap") is None and value(again(path), "smtp") == ""


def test_a_large_secret_is_kept(store: FileSecrets, path: Path) -> None:
    token = "eyJ" * 100_000
    store.set("oauth", Secret(token))
    assert value(again(path), "oauth") == token


def test_nobody_else_can_read_any_of_its_files(path: Path) -> None:
    before = os.umask(0)
    try:
        again(path).set("imap", Secret("hunter2"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"secrets.json": 0o600, "secrets.json.lock": 0o600}
    assert all(b"hunter2" not in file.read_bytes() for file in path.parent.iterdir())


def test_a_file_opened_to_others_is_closed_again(store: FileSecrets, path: Path) -> None:
    store.set("imap", Secret("hunter2"))
    path.chmod(0o644)
    assert value(store, "imap") == "hunter2"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_wrong_passphrase_neither_reads_nor_destroys(store: FileSecrets, path: Path) -> None:
    store.set("imap", Secret("hunter2"))
    before = path.read_bytes()
    other = FileSecrets(path, Secret("wrong"))
    for attempt in (
        other.probe,
        lambda: other.get("imap"),
        lambda: other.set("x", Secret("y")),
        lambda: other.delete("imap"),
    ):
        with pytest.raises(WrongPassphrase, match=r"does not open .*secrets\.json.*[Tt]ry again"):
            attempt()
    assert path.read_bytes() == before and value(store, "imap") == "hunter2"


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b"half"])
def test_a_damaged_file_is_told_from_a_wrong_passphrase_and_left_alone(
    store: FileSecrets, path: Path, content: bytes
) -> None:
    store.set("imap", Secret("hunter2"))
    path.write_bytes(path.read_bytes()[:100] if content == b"half" else content)
    before = path.read_bytes()
    for attempt in (store.probe, lambda: store.set("x", Secret("y")), lambda: store.delete("imap")):
        with pytest.raises(SecretError, match=r"is damaged.*backup.*connect the inboxes again") as caught:
            attempt()
        assert not isinstance(caught.value, WrongPassphrase)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_left_alone(store: FileSecrets, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"format": "hitchpost-secrets", "version": 99}')
    with pytest.raises(SecretError, match="newer version of Hitchpost"):
        store.set("imap", Secret("x"))
    assert "99" in path.read_text()


def test_an_empty_passphrase_is_refused(path: Path) -> None:
    with pytest.raises(SecretError, match="passphrase is empty"):
        FileSecrets(path, Secret(""))


def test_the_passphrase_shows_nowhere(store: FileSecrets) -> None:
    store.set("imap", Secret("hunter2"))
    assert "battery" not in f"{store!r} {vars(store)!r}"


def test_a_link_stays_a_link(store: FileSecrets, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    real = tmp_path / "elsewhere.json"
    path.symlink_to(real)
    store.set("imap", Secret("hunter2"))
    store.set("imap", Secret("hunter3"))
    assert path.is_symlink() and value(again(real), "imap") == "hunter3"


WRITER = """
import sys
from pathlib import Path
from app.domain.inboxes import Secret
from app.secrets.file_store import FileSecrets
store = FileSecrets(Path(sys.argv[1]), Secret("correct horse battery staple"))
for number in range(25):
    store.set(f"{sys.argv[2]}-{number}", Secret(str(number)))
    if number % 5 == 4:
        store.delete(f"{sys.argv[2]}-{number}")
"""


def test_two_processes_lose_nothing_of_each_others(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("a", "b")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    store = again(path)
    found = {(name, number) for name in "ab" for number in range(25) if store.get(f"{name}-{number}")}
    assert found == {(name, number) for name in "ab" for number in range(25) if number % 5 != 4}


def test_two_stores_in_one_process_lose_nothing_of_each_others(path: Path) -> None:
    again(path).set("first", Secret("1"))

    def write(name: str) -> None:
        store = again(path)
        for number in range(20):
            store.set(f"{name}-{number}", Secret("x"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    store = again(path)
    assert all(store.get(f"{name}-{number}") for name in "ab" for number in range(20)) and store.get("first")


def test_a_writer_waits_no_longer_than_its_deadline(
    store: FileSecrets, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set("imap", Secret("hunter2"))
    monkeypatch.setattr(file_store, "LOCK_SECONDS", 0.1)
    with exclusive(path.with_name(path.name + ".lock"), 1):
        with pytest.raises(SecretError, match="Another Hitchpost is busy"):
            store.set("imap", Secret("other"))
        assert value(store, "imap") == "hunter2"  # reading never waits
    store.set("imap", Secret("other"))
    assert value(store, "imap") == "other"


# Each line takes the process away at another point of a write.
DEATHS = {
    "half written": "os.fdopen = lambda fd, mode: (os.write(fd, b'{'), die())",
    "not yet on the disk": "os.fsync = lambda fd: die()",
    "not yet in place": "pathlib.Path.replace = lambda old, new: die()",
    "in place, not yet durable": "file_store._sync_folder = lambda folder: die()",
}
DYING_WRITER = """
import os, pathlib, signal, sys
from app.domain.inboxes import Secret
from app.secrets import file_store
def die(): os.kill(os.getpid(), signal.SIGKILL)
{death}
store = file_store.FileSecrets(pathlib.Path(sys.argv[1]), Secret("correct horse battery staple"))
store.set("imap", Secret("new"))
"""


@pytest.mark.parametrize("moment", DEATHS)
def test_death_in_the_middle_of_a_write_leaves_the_old_file_or_the_new_one(
    store: FileSecrets, path: Path, moment: str
) -> None:
    store.set("imap", Secret("old"))
    store.set("smtp", Secret("same"))
    dying = subprocess.run([sys.executable, "-c", DYING_WRITER.format(death=DEATHS[moment]), str(path)], timeout=60)
    assert dying.returncode == -signal.SIGKILL
    assert value(again(path), "imap") == ("new" if moment.startswith("in place") else "old")
    again(path).set("next", Secret("1"))  # the dead one's lock is gone, and so are its left-overs
    assert value(again(path), "smtp") == "same"
    assert {file.name for file in path.parent.iterdir()} == {"secrets.json", "secrets.json.lock"}


def test_a_full_disk_changes_nothing_and_says_so(
    store: FileSecrets, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set("imap", Secret("old"))

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SecretError, match=r"unchanged.*no room on the disk.*free some space"):
            store.set("imap", Secret("new"))
    assert value(again(path), "imap") == "old"
    assert {file.name for file in path.parent.iterdir()} == {"secrets.json", "secrets.json.lock"}


def test_a_file_size_limit_is_a_fault_with_a_text(store: FileSecrets, path: Path) -> None:
    store.set("imap", Secret("old"))
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n" + WRITER
    outcome = subprocess.run(
        [sys.executable, "-c", limited, str(path), "a"], capture_output=True, text=True, timeout=60
    )
    assert outcome.returncode == 1
    assert "SecretError: The password was not kept; what was stored before is unchanged." in outcome.stderr
    assert value(again(path), "imap") == "old" and again(path).get("a-0") is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = again(tmp_path / "file" / "secrets.json")
    with pytest.raises(SecretError, match=r"unchanged.*secrets\.json: (File exists|Not a directory)"):
        store.set("imap", Secret("x"))
    with pytest.raises(SecretError, match="Not a directory"):
        store.get("imap")
