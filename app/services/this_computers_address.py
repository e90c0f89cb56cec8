"""This computer's address as the tracking server sees it, for *Add this computer's address* (S3). Used by the façade and the
command line."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from app.domain.networks import address_of
from app.services.cancellable import unless_cancelled
from app.services.tracking_server import find_tracking
from app.services.workspace import Workspace

SECONDS = 10.0


@dataclass(frozen=True)
class OwnAddress:
    """`address`: empty where it is not known. `why`: a sentence that then says why not, or what has to be known about it."""

    address: str
    why: str = ""


def this_computers_address(workspace: Workspace, cancel: threading.Event) -> OwnAddress:
    """Asks the tracking server. Raises TrackingError, SecretError; Cancelled soon after `cancel` is set."""
    from app.tracking import client  # with the web libraries, which are seldom needed

    target = find_tracking(workspace, cancel)
    if target is None:
        return OwnAddress("", "No tracking server answers, so nobody can say how this computer is seen from outside.")
    seen = unless_cancelled(lambda: client.fetch_address(target.api_url, target.token, SECONDS), cancel)
    address = address_of(seen)
    if address is None:
        return OwnAddress("", "The tracking server cannot tell the addresses of those who come to it.")
    if address.is_loopback:
        return OwnAddress(
            "",
            "Your tracking server runs on this computer, so it sees no address of it. What others see, your network’s "
            "administrator knows, or a web page such as ip4.me.",
        )
    if not target.local_only and (address.is_private or address.is_link_local):
        return OwnAddress(
            "",
            f"The tracking server sees this computer as {seen}, which is the address of a proxy in front of it, so everybody "
            "who opens a message has it. Check the tracking host in the section Tracking.",
        )
    return OwnAddress(str(address))
