"""Takes sign-ins back at their providers, in threads that nobody has to wait for. Used by `grants`.

The end of the program waits two seconds for them. A sign-in that was not taken back by then is told of, in the log and to
who asked, with the page where a person does it: its tokens are deleted already, and are not kept for another try."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable

from app.domain.sign_in import SignInFault
from app.oauth.clients import client_for
from app.oauth.grants import Grant
from app.oauth.provider_data import OAuthProvider

log = logging.getLogger(__name__)

ByHand = Callable[[str], None]  # gets the page where a person takes a sign-in back

_AT_THE_END = 2.0  # seconds
_running: set[_Revocation] = set()


class _Revocation(threading.Thread):
    def __init__(self, data: OAuthProvider, ca_pem: str, grant: Grant, by_hand: ByHand) -> None:
        super().__init__(name="revoke", daemon=True)
        self._data, self._ca_pem, self._grant, self._by_hand = data, ca_pem, grant, by_hand
        self._told = threading.Lock()

    def run(self) -> None:
        try:
            if not client_for(self._data, self._ca_pem).revoke(self._grant):
                self.tell()
        except SignInFault as fault:  # offline, say
            log.warning("%s: the grant could not be taken back: %s", self._grant.account, fault)
            self.tell()
        finally:
            _running.discard(self)

    def tell(self) -> None:
        """Once, whoever is first: the provider’s answer or the end of the program."""
        if self._told.acquire(blocking=False):
            self._by_hand(self._data.grants_url)


def revoke_later(data: OAuthProvider, ca_pem: str, grant: Grant, by_hand: ByHand) -> None:
    """`by_hand` is called in that thread, or at the end of the program."""
    revocation = _Revocation(data, ca_pem, grant, by_hand)
    _running.add(revocation)
    revocation.start()


def take_back_by_hand(data: OAuthProvider, grant: Grant, by_hand: ByHand) -> None:
    """For a grant of a provider that the settings do not name any more."""
    log.warning("%s: the grant was not taken back: the settings name another provider now", grant.account)
    by_hand(data.grants_url)


def _wait() -> None:
    deadline = time.monotonic() + _AT_THE_END
    for revocation in tuple(_running):
        revocation.join(max(0.0, deadline - time.monotonic()))
        if revocation.is_alive():
            revocation.tell()


atexit.register(_wait)
