"""Which addresses tracked links can begin with."""

from __future__ import annotations

import pytest

from app.domain.tracking_host import is_host_address


@pytest.mark.parametrize(
    "text",
    [
        "https://t.example.com",
        "http://127.0.0.1:18890",
        "https://t.example.com:65535/mail/",
        "http://[2001:db8::1]:8725",
    ],
)
def test_one_that_can_be_used(text: str) -> None:
    assert is_host_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "t.example.com", "ftp://t.example.com", "https://", "https://:80", "https://t.example.com/?x=1",
     "https://t.example.com#x", "https://a:b@t.example.com", "https://t.example.com:99999", "https://t.example.com:0",
     "https://t.example.com:x", "https://[::1", "https://t example.com"],
)  # fmt: skip
def test_one_that_cannot(text: str) -> None:
    assert not is_host_address(text)
