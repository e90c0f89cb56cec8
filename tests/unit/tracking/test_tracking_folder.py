"""The folder: secrets made once, readable by their owner only, whoever comes first."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.domain.errors import TrackingError
from app.tracking.folder import Serving, TrackingFolder
from app.tracking.tokens import make_open_token, new_ref, read_token


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    folder = TrackingFolder(tmp_path / "tracking")
    token, keys = folder.api_token(), folder.keys().to_json()
    assert folder.api_token() == token
    assert folder.keys().to_json() == keys
    assert (tmp_path / "tracking").stat().st_mode & 0o777 == 0o700
    for name in ("keys.json", "token"):
        assert (tmp_path / "tracking" / name).stat().st_mode & 0o777 == 0o600
    assert len(list((tmp_path / "tracking").iterdir())) == 2


def test_programs_that_start_at_once_agree(tmp_path: Path) -> None:
    gate, found = threading.Barrier(8), []

    def program() -> None:
        gate.wait()
        found.append(TrackingFolder(tmp_path / "tracking").keys().to_json())

    threads = [threading.Thread(target=program) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_rotation_keeps_old_links_alive(tmp_path: Path) -> None:
    folder = TrackingFolder(tmp_path)
    token = make_open_token(folder.keys(), new_ref(), new_ref())
    before = folder.keys().all
    added = folder.keys().rotated().all[-1]
    folder.add_keys([added, *before])
    folder.add_keys([added])
    assert read_token(folder.keys(), token) is not None
    assert folder.keys().all == (*before, added)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_note_of_another_server_is_not_removed(tmp_path: Path) -> None:
    folder = TrackingFolder(tmp_path)
    mine, other = Serving("http://a", "http://a", 1), Serving("http://b", "http://b", 2)
    assert folder.read_serving() is None
    folder.write_serving(other)
    folder.clear_serving(mine)
    assert folder.read_serving() == other
    folder.clear_serving(other)
    assert folder.read_serving() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": "x"}', "\x00"])
def test_broken_note_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "serving.json").write_text(text)
    assert TrackingFolder(tmp_path).read_serving() is None


def test_broken_secrets_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("short")
    with pytest.raises(TrackingError, match="not usable"):
        TrackingFolder(tmp_path).api_token()
    (tmp_path / "keys.json").write_bytes(b"\xff\xfe")
    with pytest.raises(TrackingError, match="cannot be read"):
        TrackingFolder(tmp_path).keys()


def test_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrackingError, match="cannot be used"):
        TrackingFolder(tmp_path / "file" / "tracking").create()
