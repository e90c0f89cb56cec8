"""Puts the tracking server together: the two hot paths in front, the API behind. Used by `app.tracking.serve`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from app.tracking.server.addresses import ClientAddresses
from app.tracking.server.api import create_api
from app.tracking.server.database import prepare_database
from app.tracking.server.feed import HitFeed
from app.tracking.server.hit_log import HitLog
from app.tracking.server.hot_paths import HotPaths
from app.tracking.server.rows import uid_maker
from app.tracking.tokens import TrackingKeys


class Application:
    """An ASGI application with things to close. `stop_streams` is called in the event loop, `close` after its end."""

    def __init__(self, hot: HotPaths, api: ASGIApp, feed: HitFeed, log: HitLog, server_uid: str) -> None:
        self._hot = hot
        self._api = api
        self._feed = feed
        self._log = log
        self.server_uid = server_uid

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/o/", "/c/")):
            await self._hot.answer(scope, send)
        else:
            await self._api(scope, receive, send)

    def stop_streams(self) -> None:
        self._feed.stop()

    def close(self, timeout: float) -> bool:
        """Everything that was answered is written. False when the disk took longer than `timeout` seconds."""
        done = self._log.close(timeout)
        self._feed.close()
        return done


def create_app(
    database: Path, spool: Path, keys: TrackingKeys, api_token: str, *, trusted_proxies: Iterable[str] = ()
) -> Application:
    """Opens or makes the database. Raises TrackingError with a sentence for a person."""
    addresses = ClientAddresses(trusted_proxies)
    server_uid = prepare_database(database)
    feed = HitFeed(database)
    log = HitLog(database, spool, saved=feed.wake)
    hot = HotPaths(keys, log, addresses, uid_maker())
    api = create_api(feed, keys, api_token, server_uid, lambda: log.spooling)
    return Application(hot, api, feed, log, server_uid)
