"""Whose mail may carry links that lead to this computer or network only: those who surely read there."""

from __future__ import annotations

import pytest

from app.domain.addresses import Address
from app.domain.near_links import AS_SET, LinkFate, LinkReach, link_fate


def fate(
    *to: str, host: str = "127.0.0.1", by: str = "127.0.0.1", sender: str = "jonas@firm.se", inside: bool = False,
    allowed: bool = False,
) -> LinkFate:  # fmt: skip
    return link_fate(LinkReach(host, inside, allowed), sender, by, [Address(person) for person in to])


@pytest.mark.parametrize(
    ("to", "more", "tracked"),
    [
        ("x@icloud.com", {"host": "track.example.com", "by": "smtp.example.com"}, True),
        ("karin@example.com", {}, True),  # nowhere on the internet: the near mail server keeps it
        ("karin@mail.firm.test", {}, True),
        ("karin@desk.local", {}, True),
        ("karin@example.com", {"by": "smtp.example.com"}, False),
        ("karin@example.com", {"inside": True}, False),
        ("x@icloud.com", {}, False),
        ("x@notexample.com", {}, False),
        ("eva@firm.se", {}, False),  # a bridge on this computer: the colleague reads elsewhere
        ("eva@firm.se", {"host": "10.0.0.5"}, False),
        ("eva@firm.se", {"host": "10.0.0.5", "by": "10.0.0.9"}, True),
        ("x@icloud.com", {"host": "10.0.0.5", "by": "10.0.0.9"}, False),
        ("eva@gmail.com", {"host": "10.0.0.5", "by": "10.0.0.9", "sender": "jonas@gmail.com"}, False),
    ],
)
def test_who_is_near(to: str, more: dict[str, object], tracked: bool) -> None:
    found = fate(to, **more)  # type: ignore[arg-type]
    assert (found.untracked == "") is tracked and found.remark == ""
    assert tracked or found.untracked.endswith(f"network only: {to} could not follow its links.")


def test_one_who_is_elsewhere_keeps_local_links_from_all() -> None:
    assert (
        "x@icloud.com, y@gmx.net and 1 more could"
        in fate("karin@example.com", "x@icloud.com", "y@gmx.net", "z@web.de").untracked
    )
    assert fate() == LinkFate()
    assert "recipients elsewhere could" in fate(by="smtp.example.com").untracked


def test_trying_it_out_is_said() -> None:
    assert fate("karin@example.com", allowed=True, inside=True) == LinkFate()
    assert fate("karin@example.com", "x@icloud.com", allowed=True) == LinkFate(remark=AS_SET)
    assert fate("x@icloud.com", host="track.example.com", allowed=True) == LinkFate()
