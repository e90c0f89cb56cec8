"""This computer's address as the tracking server sees it, for *Add this computer's address* (S3). Used by the façade and the
command line."""

from __future__ import annotations

import threading

from app.domain.networks import address_of
from app.domain.seen_address import SeenAddress
from app.services.cancellable import unless_cancelled
from app.services.tracking_server import find_tracking
from app.services.workspace import Workspace

SECONDS = 10.0


def this_computers_address(workspace: Workspace, cancel: threading.Event) -> SeenAddress:
    """Asks the tracking server. Raises TrackingError, SecretError; Cancelled soon after `cancel` is set."""
    from app.tracking import client  # with the web libraries, which are seldom needed

    target = find_tracking(workspace, cancel)
    if target is None:
        return SeenAddress("", "No tracking server answers, so nobody can say how this computer is seen from outside.")
    seen = unless_cancelled(lambda: client.fetch_address(target.api_url, target.token, SECONDS), cancel)
    address = address_of(seen)
    if address is None:
        return SeenAddress("", "The tracking server cannot tell the addresses of those who come to it.")
    if address.is_loopback:
        return SeenAddress(
            "",
            "Your tracking server runs on this computer, so it sees no address of it. What others see, your network’s "
            "administrator knows, or a web page such as ip4.me.",
        )
    if not target.local_only and (address.is_private or address.is_link_local):
        return SeenAddress(
            "",
            f"The tracking server sees this computer as {seen}, which is the address of a proxy in front of it, so everybody "
            "who opens a message has it. Check the tracking host in the section Tracking.",
        )
    return SeenAddress(str(address))
