"""The sign-in itself: the system's browser, and the way back. Used by services; runs in a thread that may wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.domain.addresses import address_key
from app.domain.errors import Cancelled
from app.domain.inboxes import Provider
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.grants import Grant, OAuthClient
from app.oauth.loopback import Landing
from app.oauth.provider_data import OAuthProvider

TIMEOUT = 600.0  # seconds; a person looks for a phone, or asks an administrator
_SLICE = 0.2


def sign_in(
    provider: OAuthProvider,
    client: OAuthClient,
    address: str,
    open_browser: Callable[[str], None],
    cancel: threading.Event,
    *,
    username: str = "",
    timeout: float = TIMEOUT,
) -> Grant:
    """`open_browser` is given the address to open. `username`: as whom the person signs in, where that is not `address`.
    Raises SignInFault; Cancelled within a second of `cancel`, as long as `client` looks at it, too."""
    expected = username or address
    with Landing(provider.redirect_host).open() as landing:
        attempt = client.begin(landing.uri, expected)
        landing.expect(attempt.state)
        open_browser(attempt.url)
        deadline = time.monotonic() + timeout
        while (answer := landing.wait(_SLICE)) is None:
            if cancel.is_set():
                raise Cancelled
            if time.monotonic() > deadline:
                raise SignInFault(SignInTrouble.TIMED_OUT, host=provider.host)
    grant = client.finish(attempt, answer)
    if _account_key(provider, grant.account) != _account_key(provider, expected):
        raise SignInFault(SignInTrouble.OTHER_ACCOUNT, host=provider.host, account=grant.account)
    return grant


def _account_key(provider: OAuthProvider, address: str) -> str:
    """One Google account has many addresses: gmail.com and googlemail.com are the same, and dots before them do not count
    (support.google.com/mail/answer/7436150 and 10313)."""
    local, _, domain = address_key(address).rpartition("@")
    if provider.provider is not Provider.GMAIL or domain not in ("gmail.com", "googlemail.com"):
        return address_key(address)
    return f"{local.replace('.', '')}@gmail.com"
