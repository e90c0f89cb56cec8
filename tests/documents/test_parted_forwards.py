"""A reply that was forwarded here, too, is shown as one message, and is two again where a person says so; and one after all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import run_command
from app.domain.copied_mail import CopyKind
from app.domain.errors import NotAllowed
from app.services.join_forwarded import join_again, join_forwarded, part_forwarded
from tests.support.copied import CopyDesk, forwarded, open_copy_desk

ADA = "ada@example.org"


def joined(desk: CopyDesk) -> int:
    """The number of a reply that came after it had been forwarded here."""
    desk.take(forwarded(desk.forward), CopyKind.FORWARD)
    store = desk.workspace.store
    (twin,) = desk.timeline(ADA)
    with store.transaction():
        own = replace(store.exporting.message(twin.pk).message, message_id="real@example.org", logged_by="reply")
        pk = store.messages.add(own, store.messages.contacts_of(twin.pk))
        assert join_forwarded(desk.workspace, pk)
    return pk


def test_the_timeline_says_which_one_is_joined(desk: CopyDesk) -> None:
    pk = joined(desk)
    assert [(m.pk, m.joined) for m in desk.timeline(ADA)] == [(pk, True)]
    twin = part_forwarded(desk.workspace, pk)
    assert {m.pk: m.joined for m in desk.timeline(ADA)} == {pk: False, twin: False}
    join_again(desk.workspace, pk, twin)
    assert [(m.pk, m.joined) for m in desk.timeline(ADA)] == [(pk, True)]
    assert part_forwarded(desk.workspace, pk) is not None and part_forwarded(desk.workspace, pk) is None


def test_what_is_gone_is_not_joined_again(desk: CopyDesk) -> None:
    pk = joined(desk)
    twin = part_forwarded(desk.workspace, pk)
    with pytest.raises(NotAllowed):
        join_again(desk.workspace, twin, pk)  # the reply is no forward
    with desk.workspace.store.transaction():
        desk.workspace.store.messages.forget(twin)
    with pytest.raises(NotAllowed):
        join_again(desk.workspace, pk, twin)


def test_the_command_line_parts_and_joins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path))
    with open_copy_desk(tmp_path) as desk:
        joined(desk)

    def why(*more: str) -> tuple[int, str]:
        code = run_command(["why", "<real@example.org>", *more])
        told = capsys.readouterr()
        return code, told.out + told.err

    assert why("--part") == (0, "The message and its forward are two again.\n")
    assert "not joined with a forward" in why("--part")[1]
    assert why("--join") == (0, "The message and its forward are one again.\n")
    assert "no forward of its own" in why("--join")[1]
    assert "undo parts the two again" in why("--offline")[1]


def test_it_says_where_they_cannot_be_parted_any_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept of the forward named somebody who was deleted since."""
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path))
    with open_copy_desk(tmp_path) as desk:
        pk = joined(desk)
        store = desk.workspace.store
        with store.transaction():
            store.unnaming.strip([pk], {"jonas@example.com"}, tracked=True)
        assert part_forwarded(desk.workspace, pk) is None
    for more in ("--part", "--offline"):
        run_command(["why", "<real@example.org>", more])
        told = capsys.readouterr()
        assert "cannot be parted any more" in told.out + told.err
