"""Unsubscribing at the server: a page that asks, the button's POST, and a mail program's one click (RFC 8058)."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx
import pytest

from app.domain.events import EventKind
from app.tracking.client import fetch_events
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server.limits import Limits
from app.tracking.tokens import TEST_REF, make_click_token, make_open_token, make_unsubscribe_token
from tests.protocol.tracking.tracking_servers import MESSAGE, RECIPIENT, stored

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def address(folder: TrackingFolder, server: TrackingServer) -> str:
    return f"{server.url}/u/{make_unsubscribe_token(folder.keys(), MESSAGE, RECIPIENT)}"


def test_page_asks_and_changes_nothing(folder: TrackingFolder, address: str) -> None:
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, address, headers={"User-Agent": "Scanner"})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "no-store" in answer.headers["cache-control"]
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
    page = httpx.get(address).text
    assert '<form method="post">' in page
    assert "<script" not in page
    assert "http" not in page  # nothing from elsewhere
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    allowed = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{allowed}'" in policy
    assert policy.startswith("default-src 'none'")
    assert stored(folder, "kind") == []


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"data": {"unsubscribe": "yes"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
    ],
    ids=["one click", "button", "multipart"],
)
def test_post_is_a_wish(server: TrackingServer, address: str, body: dict[str, object]) -> None:
    answer = httpx.post(address, **body)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert "You have unsubscribed" in answer.text
    assert "no-store" in answer.headers["cache-control"]
    (hit,) = fetch_events(server.url, server.api_token, 0)
    assert (hit.kind, hit.method, hit.message_ref, hit.recipient_ref, hit.link, hit.url) == (
        EventKind.UNSUBSCRIBE, "POST", MESSAGE, RECIPIENT, None, "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"unsubscribe=no", 400),
        (b"List-Unsubscribe=", 400),
        (b"xList-Unsubscribe=One-Click", 400),
        (b"a" * 5_000, 413),
    ],
)
def test_other_posts_are_none(folder: TrackingFolder, address: str, content: bytes, status: int) -> None:
    assert httpx.post(address, content=content).status_code == status
    assert stored(folder, "kind") == []


def test_other_methods_and_tokens_are_refused(folder: TrackingFolder, server: TrackingServer, address: str) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = httpx.request(method, address)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    keys = folder.keys()
    unsubscribe = address.rpartition("/")[2]
    for path in (
        f"/u/{make_open_token(keys, MESSAGE, RECIPIENT)}",
        f"/u/{make_click_token(keys, MESSAGE, RECIPIENT, 0, 'https://example.com/')}",
        f"/c/{unsubscribe}",
        f"/o/{unsubscribe}.gif",
        f"/u/{unsubscribe}.gif",
        f"/u/{unsubscribe[:-1]}",
        "/u/",
    ):
        assert httpx.get(server.url + path).status_code == 404
        if path.startswith("/u/"):
            assert httpx.post(server.url + path, data=ONE_CLICK).status_code == 404
    assert stored(folder, "kind") == []


def test_test_token_is_answered_and_not_kept(folder: TrackingFolder, server: TrackingServer) -> None:
    token = make_unsubscribe_token(folder.keys(), TEST_REF, TEST_REF)
    assert httpx.post(f"{server.url}/u/{token}", data=ONE_CLICK).status_code == 200
    assert stored(folder, "kind") == []


def test_nobody_is_told_that_a_wish_was_noted_that_was_not(folder: TrackingFolder) -> None:
    server = TrackingServer(
        "127.0.0.1", 0, folder.path, trusted_proxies=["127.0.0.1"], limits=Limits(hits_per_address=1)
    )
    server.start()
    try:
        address = f"{server.url}/u/{make_unsubscribe_token(folder.keys(), MESSAGE, RECIPIENT)}"
        test = f"{server.url}/u/{make_unsubscribe_token(folder.keys(), TEST_REF, TEST_REF)}"
        with httpx.Client(headers={"X-Forwarded-For": "203.0.113.7"}) as client:
            answers = [client.post(address, data=ONE_CLICK) for _ in range(8)]
            assert client.post(test, data=ONE_CLICK).status_code == 200
            assert client.get(address).status_code == 200
        noted = [answer for answer in answers if answer.status_code == 200]
        assert len(noted) < len(answers) and all("You have unsubscribed" in answer.text for answer in noted)
        assert {(a.status_code, a.headers["retry-after"]) for a in answers if a not in noted} == {(429, "1")}
        assert stored(folder, "kind") == ["unsubscribe"] * len(noted)
    finally:
        server.stop()
