"""`/metrics`: what a server counts of itself, in the format of Prometheus. Only for whoever asks from this machine, or shows
the token for it; everybody else finds nothing there. Names no recipient, no workspace and no address."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app import __version__
from app.tracking.server.addresses import ClientAddresses
from app.tracking.server.counts import BOUNDS, Count, SharedCounts
from app.tracking.server.hot_paths import NOT_FOUND

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_COUNTERS = (
    (Count.NOT_FOUND, "not_found", "Requests for pictures and links that no token of this server is behind"),
    (Count.NOT_KEPT, "hits_not_kept", "Hits that were answered and not written: too many from one address"),
    (Count.API, "api_requests", "Requests to the API"),
    (Count.UNAUTHORIZED, "api_unauthorized", "Requests to the API without a valid token"),
    (Count.LIMITED, "api_limited", "Requests to the API that were told to come later"),
    (Count.STREAMS_REFUSED, "streams_refused", "Streams that were refused: too many open with one token"),
    (Count.SLOW, "slow_connections", "Connections that were closed because the client was too slow"),
    (Count.TOO_LARGE, "large_requests", "Requests whose headers were too large"),
    (Count.WRITTEN, "hits_written", "Hits that went to the database at once"),
    (Count.SPOOLED, "hits_spooled", "Hits that went to the spool, as the database was away"),
    (Count.LOST, "hits_lost", "Hits that could be written nowhere"),
)


def metrics_page(
    counts: SharedCounts, addresses: ClientAddresses, token: str
) -> Callable[[Request], Awaitable[Response]]:
    """`token`: empty where only this machine may ask."""

    async def metrics(request: Request) -> Response:
        if not _may_see(request, addresses, token):
            return PlainTextResponse(NOT_FOUND, 404, {"Cache-Control": "no-store"})
        # not needed by a server that nobody watches
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(counts))
        return Response(generate_latest(registry), 200, {"Cache-Control": "no-store"}, CONTENT_TYPE_PLAIN_0_0_4)

    return metrics


def _may_see(request: Request, addresses: ClientAddresses, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if given:
        return (
            bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
        )
    # a proxy on this machine that passes on the requests of others is not this machine asking
    if addresses.disbelieves(request.scope):
        return False
    client = addresses.of(request.scope)
    return bool(client) and ip_address(client).is_loopback


class _Collector:
    def __init__(self, counts: SharedCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        numbers = self._counts.totals()
        hits = CounterMetricFamily(
            "hitchpost_tracking_hits", "Pictures, links and wishes that were answered", labels=["kind"]
        )
        for kind, count in (("open", Count.OPENS), ("click", Count.CLICKS), ("unsubscribe", Count.UNSUBSCRIBES)):
            hits.add_metric([kind], numbers[count])
        yield hits
        for count, name, text in _COUNTERS:
            yield CounterMetricFamily(f"hitchpost_tracking_{name}", text, numbers[count])
        spooling = GaugeMetricFamily(
            "hitchpost_tracking_spooling", "Whether hits wait for the database", labels=["process"]
        )
        for process, state in enumerate(self._counts.of_each(Count.SPOOLING)):
            spooling.add_metric([str(process)], state)
        yield spooling
        yield GaugeMetricFamily("hitchpost_tracking_connections", "Open connections", numbers[Count.CONNECTIONS])
        yield GaugeMetricFamily("hitchpost_tracking_streams", "Programs that follow the stream", numbers[Count.STREAMS])
        groups = HistogramMetricFamily(
            "hitchpost_tracking_commit_seconds", "How long a group of hits took to be on the disk"
        )
        passed, buckets = 0, []
        for place, bound in enumerate((*map(str, BOUNDS), "+Inf")):
            passed += numbers[Count.BUCKETS + place]
            buckets.append((bound, passed))
        groups.add_metric([], buckets, numbers[Count.GROUP_MICROSECONDS] / 1e6)
        yield groups
        version = GaugeMetricFamily("hitchpost_tracking_info", "The version that runs", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
