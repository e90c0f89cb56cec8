"""Puts the tracking server together: the two hot paths in front, the API behind. Used by `app.tracking.serve`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.tracking.folder import TrackingFolder
from app.tracking.server.addresses import ClientAddresses, network_of
from app.tracking.server.api import create_api
from app.tracking.server.counts import Count, Counts, SharedCounts
from app.tracking.server.directory import LiveDirectory
from app.tracking.server.feed import HitFeed
from app.tracking.server.hit_log import HitLog
from app.tracking.server.hot_paths import PREFIXES, HotPaths, plain
from app.tracking.server.joining import join
from app.tracking.server.keeper import Keeper
from app.tracking.server.limits import Buckets, Limits, Places
from app.tracking.server.places import DatabasePlace
from app.tracking.server.rows import uid_maker
from app.tracking.server.wire import Wire

KEEP_ADDRESSES_DAYS = 90
_BUSY = b"Too many requests\n"


class Application:
    """An ASGI application with things to close. `stop_streams` is called in the event loop, `close` after its end."""

    def __init__(
        self, hot: HotPaths, api: ASGIApp, feed: HitFeed, log: HitLog, keeper: Keeper, server_uid: str, limits: Limits
    ) -> None:
        self._hot = hot
        self._api = api
        self._feed = feed
        self._log = log
        self._keeper = keeper
        self.server_uid = server_uid
        self.wire = Wire(hot)
        self._api_per_address = Buckets(limits.api_per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self._hot.answer(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            self._hot.counts.numbers[Count.API] += 1
            if wait := self._api_per_address.wait(network_of(self._hot.addresses.of(scope))):
                self._hot.counts.numbers[Count.LIMITED] += 1
                await plain(send, 429, _BUSY, [(b"retry-after", str(wait).encode())])
                return
        with contextlib.suppress(ClientDisconnect):  # in the middle of what it sent: nobody is there to be told
            await self._api(scope, receive, send)

    def stop_streams(self) -> None:
        self._feed.stop()

    def close(self, timeout: float) -> bool:
        """Everything that was answered is written. False when the disk took longer than `timeout` seconds."""
        end = time.monotonic() + timeout
        done = self._log.close(timeout)
        self._keeper.close(max(0.1, end - time.monotonic()))
        self._feed.close(max(0.1, end - time.monotonic()))
        return done


def create_app(
    folder: TrackingFolder,
    database: str = "",
    *,
    trusted_proxies: Iterable[str] = (),
    keep_addresses_days: int = KEEP_ADDRESSES_DAYS,
    limits: Limits | None = None,
    metrics_token: str = "",
    counts: Counts | None = None,
) -> Application:
    """Opens or makes the database: the file in the folder, or what `database` names. `counts`: where several processes share
    them. Raises TrackingError with a sentence for a person."""
    addresses = ClientAddresses(trusted_proxies)
    limits = limits or Limits()
    counts = counts or SharedCounts().of(0)
    place = DatabasePlace.of(database, folder.database)
    directory = LiveDirectory(join(folder, place))
    feed = HitFeed(place.open(busy=1.0, patience=5.0))
    keeper = Keeper(folder, place, directory, keep_addresses_days)
    log = HitLog(
        lambda: place.open(busy=0.25, patience=2.0),
        folder.spool(place.mark),
        saved=feed.wake,
        counts=counts,
        patient=place.path is not None,
    )
    keeper.start()
    hot = HotPaths(directory, keeper.ask, log, addresses, uid_maker(), counts, Buckets(limits.hits_per_address))
    api = create_api(
        feed,
        directory,
        addresses,
        lambda: place.open(busy=5.0, patience=60.0),
        keeper.ask,
        lambda: log.spooling,
        counts=counts,
        per_token=Buckets(limits.api_per_token),
        streams=Places(limits.streams_per_token),
        metrics_token=metrics_token,
    )
    return Application(hot, api, feed, log, keeper, directory.current.server_uid, limits)
