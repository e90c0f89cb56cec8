"""A provider's client whose waiting ends when a person stops the sign-in. Used by `connect_oauth`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress

from app.domain.sign_in import SignInFault
from app.oauth.grants import Attempt, Grant, OAuthClient
from app.services.cancellable import unless_cancelled


class StoppableClient:
    """Fulfils `OAuthClient`; every method raises Cancelled within a moment of `cancel`, however silent the provider is."""

    def __init__(self, client: OAuthClient, cancel: threading.Event) -> None:
        self._client, self._cancel = client, cancel

    def begin(self, redirect_uri: str, login_hint: str) -> Attempt:
        return unless_cancelled(lambda: self._client.begin(redirect_uri, login_hint), self._cancel)

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Grant:
        """What comes when nobody waits any more is taken back."""

        def work() -> Grant:
            grant = self._client.finish(attempt, answer)
            if self._cancel.is_set():
                with suppress(SignInFault):
                    self._client.revoke(grant)
            return grant

        return unless_cancelled(work, self._cancel)

    def renew(self, grant: Grant, audience: str) -> Grant:
        return unless_cancelled(lambda: self._client.renew(grant, audience), self._cancel)

    def revoke(self, grant: Grant) -> bool:
        return unless_cancelled(lambda: self._client.revoke(grant), self._cancel)
