"""What first looks remember of messages that they passed over."""

from __future__ import annotations

from array import array

import pytest

from app.services.recall import Recall, SievedWindow

IDS = [b"one@x", b"two@x", b"three@x", b"four@x"]
HASHES = [hash(i) for i in IDS]


def remembering(*hashes: int) -> Recall:
    recall = Recall()
    for number, value in enumerate(hashes):
        recall.add("INBOX", SievedWindow(10 * number + 1, 10 * number + 10, array("q", [value, -value])))
    return recall


def test_a_window_is_found_by_what_its_messages_name() -> None:
    recall = remembering(*HASHES)
    assert recall.naming("INBOX", {HASHES[1], HASHES[3], hash(b"nobody@x")}) == [(11, 20), (31, 40)]
    assert recall.naming("INBOX", {-HASHES[0]}) == [(1, 10)]
    assert recall.naming("INBOX", set()) == recall.naming("Sent", set(HASHES)) == []
    recall.forget(["INBOX"])
    assert recall.naming("INBOX", set(HASHES)) == []


def test_what_there_is_no_room_for_is_known_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recall, "MOST", 5)
    recall = remembering(*HASHES[:3])
    assert recall.naming("INBOX", set(HASHES)) == [(1, 10), (11, 20)]
    assert recall.incomplete == {"INBOX"}
    recall.forget(["INBOX"])
    recall.add("INBOX", SievedWindow(1, 5, array("q", HASHES)))
    assert recall.naming("INBOX", {HASHES[2]}) == [(1, 5)] and not recall.incomplete
