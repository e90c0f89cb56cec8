"""exchangelib's two protocols, EWS and autodiscover, each over one `Channel`. Used by `opening`, `autodiscover` and
`streaming`."""

from __future__ import annotations

import logging
from typing import Any

from exchangelib import Configuration, Credentials
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.protocol import Protocol
from requests.auth import HTTPBasicAuth

from app.backends.exchange.channel import Channel

# It writes requests, which are people's mail, and headers, which hold the password, into its log.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL + 1)


class _EwsOverChannel(Protocol):  # type: ignore[misc]
    channel: Channel

    def create_session(self) -> Any:
        return _signing_in(super().create_session(), self.credentials)

    def raw_session(self, prefix: str, *_: Any, **__: Any) -> Any:
        return _session(self.channel)


class _AutodiscoverOverChannel(AutodiscoverProtocol):  # type: ignore[misc]
    channel: Channel

    def create_session(self) -> Any:
        return _signing_in(super().create_session(), self.credentials)

    def raw_session(self, prefix: str, *_: Any, **__: Any) -> Any:
        return _session(self.channel)


def _session(channel: Channel) -> Any:
    session = channel.session()
    session.headers["Content-Type"] = "text/xml; charset=utf-8"
    session.headers["User-Agent"] = "Hitchpost"
    return session


def _signing_in(session: Any, credentials: Credentials) -> Any:
    """Basic authentication. `requests` cannot write what is not in Latin-1; RFC 7617 2.1 has UTF-8 for that."""
    name, password = credentials.username, credentials.password
    try:
        f"{name}{password}".encode("latin-1")
    except UnicodeEncodeError:
        session.auth = HTTPBasicAuth(name.encode(), password.encode())
    return session


def signed_in(channel: Channel, credentials: Credentials) -> Any:
    """A `requests.Session` that is not the library's, for what it cannot do."""
    session = _session(channel)
    session.auth = HTTPBasicAuth(credentials.username, credentials.password)
    return _signing_in(session, credentials)


def ews_over(channel: Channel, config: Configuration) -> Any:
    # calling the class itself would keep it, with its password, in the library's cache for ever
    protocol = type.__call__(_EwsOverChannel, config=config)
    protocol.channel = channel
    return protocol


def autodiscover_over(channel: Channel, config: Configuration) -> Any:
    protocol = _AutodiscoverOverChannel(config=config)
    protocol.channel = channel
    return protocol
