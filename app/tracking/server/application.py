"""Puts the tracking server together: the two hot paths in front, the API behind. Used by `app.tracking.serve`."""

from __future__ import annotations

import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.tracking.folder import TrackingFolder
from app.tracking.server.addresses import ClientAddresses
from app.tracking.server.api import create_api
from app.tracking.server.directory import LiveDirectory
from app.tracking.server.feed import HitFeed
from app.tracking.server.hit_log import HitLog
from app.tracking.server.hot_paths import PREFIXES, HotPaths
from app.tracking.server.joining import join
from app.tracking.server.keeper import Keeper
from app.tracking.server.places import DatabasePlace
from app.tracking.server.rows import uid_maker
from app.tracking.server.wire import Wire

KEEP_ADDRESSES_DAYS = 90


class Application:
    """An ASGI application with things to close. `stop_streams` is called in the event loop, `close` after its end."""

    def __init__(
        self, hot: HotPaths, api: ASGIApp, feed: HitFeed, log: HitLog, keeper: Keeper, server_uid: str
    ) -> None:
        self._hot = hot
        self._api = api
        self._feed = feed
        self._log = log
        self._keeper = keeper
        self.server_uid = server_uid
        self.wire = Wire(hot)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIXES):
            await self._hot.answer(scope, receive, send)
        else:
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
) -> Application:
    """Opens or makes the database: the file in the folder, or what `database` names. Raises TrackingError with a sentence
    for a person."""
    addresses = ClientAddresses(trusted_proxies)
    place = DatabasePlace.of(database, folder.database)
    directory = LiveDirectory(join(folder, place))
    feed = HitFeed(place.open(busy=1.0, patience=5.0))
    keeper = Keeper(folder, place, directory, keep_addresses_days)
    log = HitLog(lambda: place.open(busy=0.25, patience=2.0), folder.spool(place.mark), saved=feed.wake)
    keeper.start()
    hot = HotPaths(directory, keeper.ask, log, addresses, uid_maker())
    api = create_api(
        feed, directory, addresses, lambda: place.open(busy=5.0, patience=60.0), keeper.ask, lambda: log.spooling
    )
    return Application(hot, api, feed, log, keeper, directory.current.server_uid)
