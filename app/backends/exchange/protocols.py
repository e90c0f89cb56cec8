"""exchangelib's two protocols, EWS and autodiscover, each over one `Channel`. Used by `opening` and `autodiscover`."""

from __future__ import annotations

import logging
from typing import Any

from exchangelib import Configuration
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.protocol import Protocol

from app.backends.exchange.channel import Channel

# It writes requests, which are people's mail, and headers, which hold the password, into its log.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL + 1)


class _EwsOverChannel(Protocol):  # type: ignore[misc]
    channel: Channel

    def raw_session(self, prefix: str, *_: Any, **__: Any) -> Any:
        return _session(self.channel)


class _AutodiscoverOverChannel(AutodiscoverProtocol):  # type: ignore[misc]
    channel: Channel

    def raw_session(self, prefix: str, *_: Any, **__: Any) -> Any:
        return _session(self.channel)


def _session(channel: Channel) -> Any:
    session = channel.session()
    session.headers["Content-Type"] = "text/xml; charset=utf-8"
    session.headers["User-Agent"] = "Hitchpost"
    return session


def ews_over(channel: Channel, config: Configuration) -> Any:
    # calling the class itself would keep it, with its password, in the library's cache for ever
    protocol = type.__call__(_EwsOverChannel, config=config)
    protocol.channel = channel
    return protocol


def autodiscover_over(channel: Channel, config: Configuration) -> Any:
    protocol = _AutodiscoverOverChannel(config=config)
    protocol.channel = channel
    return protocol
