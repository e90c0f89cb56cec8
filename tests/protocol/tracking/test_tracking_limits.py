"""What a server counts of itself, who may see that, and how much one may ask of it."""

from __future__ import annotations

import re
import threading

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.domain.errors import TrackingError
from app.tracking.client import stream_events
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server.limits import BURST, MAX_KNOWN, Buckets, Limits, Places
from app.tracking.tokens import make_unsubscribe_token
from tests.protocol.tracking.tracking_servers import MESSAGE, RECIPIENT, Links, ServerProcess, stored, until


def numbers(url: str, **options: object) -> dict[str, float]:
    answer = httpx.get(f"{url}/metrics", **options)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    return {
        sample.name.removeprefix("hitchpost_tracking_")
        + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_metrics_count_what_happened(folder: TrackingFolder, server: TrackingServer, links: Links) -> None:
    httpx.get(links.picture())
    httpx.head(links.picture())
    httpx.get(links.link())
    unsubscribe = f"{server.url}/u/{make_unsubscribe_token(folder.keys(), MESSAGE, RECIPIENT)}"
    httpx.get(unsubscribe)
    httpx.post(unsubscribe, data={"unsubscribe": "yes"})
    httpx.get(f"{server.url}/c/nonsense")
    httpx.get(f"{server.url}/api/v1/events", headers={"Authorization": "Bearer wrong"})
    found = numbers(server.url)
    assert (found["hits_total open"], found["hits_total click"], found["hits_total unsubscribe"]) == (2, 1, 1)
    assert (found["hits_written_total"], found["hits_lost_total"], found["hits_spooled_total"]) == (4, 0, 0)
    assert (found["not_found_total"], found["api_requests_total"], found["api_unauthorized_total"]) == (1, 1, 1)
    assert found["commit_seconds_bucket +Inf"] == found["commit_seconds_count"] >= 1
    assert found["commit_seconds_sum"] > 0
    assert found["spooling 0"] == 0
    assert found["connections"] >= 1


def test_metrics_are_for_this_machine_or_the_token(folder: TrackingFolder) -> None:
    server = TrackingServer("127.0.0.1", 0, folder.path, trusted_proxies=["127.0.0.1"], metrics_token="m" * 20)
    server.start()
    try:
        for headers in (
            {"X-Forwarded-For": "203.0.113.7"},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Bearer {server.api_token}"},
        ):
            answer = httpx.get(f"{server.url}/metrics", headers=headers)
            assert (answer.status_code, answer.content) == (404, b"Not found\n")
        far = {"X-Forwarded-For": "203.0.113.7", "Authorization": f"Bearer {'m' * 20}"}
        assert numbers(server.url, headers=far)
        assert numbers(server.url)
    finally:
        server.stop()


def test_proxy_on_this_machine_does_not_open_the_metrics(server: TrackingServer) -> None:
    assert httpx.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


def test_numbers_are_those_of_all_processes(folder: TrackingFolder) -> None:
    process = ServerProcess(folder.path, processes=2)
    try:
        links = Links(folder, process.url)
        for _ in range(40):
            assert httpx.get(links.link()).status_code == 302  # a connection each: now one process, now the other
        for _ in range(6):
            assert numbers(process.url)["hits_total click"] == 40
        assert {"spooling 0", "spooling 1"} <= set(numbers(process.url))
    finally:
        assert process.terminate() == 0


def test_hits_of_one_address_have_a_limit_and_links_lead_on(folder: TrackingFolder) -> None:
    server = TrackingServer(
        "127.0.0.1", 0, folder.path, trusted_proxies=["127.0.0.1"], limits=Limits(hits_per_address=1, api_per_address=0)
    )
    server.start()
    try:
        links = Links(folder, server.url)
        with httpx.Client() as client:
            for path in (links.link(), links.picture()):
                for _ in range(10):
                    answer = client.get(path, headers={"X-Forwarded-For": "203.0.113.7"})
                    assert answer.status_code in (200, 302)
            assert client.get(links.link(), headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 302
        found = numbers(server.url)
    finally:
        server.stop()
    kept = [ip for ip in stored(folder, "ip") if ip == "203.0.113.7"]
    assert BURST <= len(kept) < 20
    assert found["hits_not_kept_total"] == 20 - len(kept)
    assert len(stored(folder, "ip")) == len(kept) + 1


@pytest.mark.parametrize("limits", [Limits(api_per_token=1), Limits(api_per_address=1)], ids=["token", "address"])
def test_api_has_a_limit(folder: TrackingFolder, limits: Limits) -> None:
    server = TrackingServer("127.0.0.1", 0, folder.path, trusted_proxies=["127.0.0.1"], limits=limits)
    server.start()
    try:
        headers = {"Authorization": f"Bearer {server.api_token}", "X-Forwarded-For": "203.0.113.7"}
        with httpx.Client(headers=headers) as client:
            answers = [client.get(f"{server.url}/api/v1/events") for _ in range(12)]
            assert answers[0].status_code == 200
            assert answers[-1].status_code == 429
            assert int(answers[-1].headers["retry-after"]) >= 1
            assert client.get(f"{server.url}/healthz").status_code == 200
        assert numbers(server.url)["api_limited_total"] >= 1
    finally:
        server.stop()


def test_buckets_fill_again_and_stay_few() -> None:
    now = 0.0
    buckets = Buckets(2.0, lambda: now)
    assert [buckets.wait("a") for _ in range(12)] == [0] * 10 + [1, 1]
    now = 1.0
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 1]
    assert [Buckets(0.0).wait("a") for _ in range(100)] == [0] * 100
    assert [buckets.wait("") for _ in range(100)] == [0] * 100
    for number in range(3 * MAX_KNOWN):
        buckets.wait(f"n{number}")
    assert len(buckets._known) <= MAX_KNOWN


def test_metrics_tell_of_no_person(server: TrackingServer, links: Links) -> None:
    httpx.get(links.link(0, "https://example.com/private"))
    text = httpx.get(f"{server.url}/metrics").text
    assert not re.search(r"127\.0\.0\.1|example\.com|" + MESSAGE + "|" + RECIPIENT, text)


def test_spooling_is_told(folder: TrackingFolder, server: TrackingServer, links: Links) -> None:
    folder.database.rename(folder.path / "away")
    try:
        assert httpx.get(links.link()).status_code == 302
        until(lambda: numbers(server.url)["spooling 0"] == 1)
        assert numbers(server.url)["hits_spooled_total"] == 1
    finally:
        (folder.path / "away").rename(folder.database)
    until(lambda: numbers(server.url)["spooling 0"] == 0)


def test_streams_of_one_token_have_a_limit(folder: TrackingFolder) -> None:
    server = TrackingServer("127.0.0.1", 0, folder.path, limits=Limits(streams_per_token=2))
    server.start()
    url = f"{server.url}/api/v1/stream"
    headers = {"Authorization": f"Bearer {server.api_token}"}
    try:
        with httpx.Client(headers=headers, timeout=5) as client:
            with client.stream("GET", url) as first, client.stream("GET", url) as second:
                assert (first.status_code, second.status_code) == (200, 200)
                refused = client.get(url)
                assert (refused.status_code, refused.text) == (429, "Too Many Requests\n")
                assert int(refused.headers["retry-after"]) >= 1
                with pytest.raises(TrackingError, match="try again later"):
                    next(stream_events(server.url, server.api_token, 0, threading.Event()))
                assert client.head(url).status_code == 200
                assert client.get(f"{server.url}/api/v1/events").status_code == 200  # by which hits come all the same
                found = numbers(server.url)
                assert (found["streams"], found["streams_refused_total"]) == (2, 2)
            until(lambda: numbers(server.url)["streams"] == 0)
            with client.stream("GET", url) as again:
                assert again.status_code == 200
    finally:
        server.stop()


def test_places_of_others_are_their_own() -> None:
    places = Places(2)
    assert [places.take("a") for _ in range(3)] == [True, True, False]
    assert places.take("b")
    places.leave("a")
    assert places.take("a") and not places.take("a")
    for key in ("a", "a", "b"):
        places.leave(key)
    assert places._taken == {}
    assert all(Places(0).take("a") for _ in range(1000))


def ready(url: str) -> tuple[int, str]:
    answer = httpx.get(f"{url}/readyz")
    return answer.status_code, answer.json()["status"]


def test_being_alive_and_being_ready_are_two_things(
    folder: TrackingFolder, server: TrackingServer, links: Links
) -> None:
    assert ready(server.url) == (200, "ready")
    folder.database.rename(folder.path / "away")
    try:
        until(lambda: ready(server.url) == (503, "away"))  # before any hit finds out
        assert httpx.get(f"{server.url}/readyz").headers["retry-after"] == "1"
        assert httpx.get(links.link()).status_code == 302
        assert ready(server.url) == (503, "spooling")
        assert httpx.get(f"{server.url}/healthz").status_code == 200  # which nobody is to be started anew for
    finally:
        (folder.path / "away").rename(folder.database)
    until(lambda: ready(server.url) == (200, "ready"))
    for _ in range(3):
        assert httpx.get(links.link()).status_code == 302
        assert ready(server.url) == (200, "ready")
