"""Which tracking server outgoing mail uses, and the tracked addresses of a message (T7). Used when sending and syncing."""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.inboxes import Inbox
from app.domain.views import TrackedCopy
from app.services.cancellable import unless_cancelled
from app.services.workspace import Workspace
from app.tracking.client import check_health, fetch_keys, find_running
from app.tracking.tokens import TrackingKeys, make_click_token, make_open_token

HEALTH_SECONDS = 3.0


@dataclass(frozen=True)
class TrackingTarget:
    """`public_url`: what links in mail begin with. `api_url`, `token`: where events are read."""

    public_url: str
    api_url: str
    token: str

    @property
    def local_only(self) -> bool:
        """Whether only this computer can reach the links: recipients elsewhere would see them fail."""
        return is_loopback(self.public_url)


def is_loopback(url: str) -> bool:
    return is_loopback_host(urlsplit(url).hostname or "")


def is_loopback_host(host: str) -> bool:
    """Whether a host name or address means this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def find_tracking_for(
    workspace: Workspace, inbox: Inbox, cancel: threading.Event | None = None
) -> TrackingTarget | None:
    """The server that outgoing mail of this inbox may use. A server that only this computer can reach serves an inbox
    whose mail server is on this computer, too; other people's links would lead nowhere. None means "tracking
    unavailable" (T7): mail then goes out without picture and counted links."""
    target = find_tracking(workspace, cancel)
    if target is not None and target.local_only and not is_loopback_host(inbox.account.send_host):
        return None
    return target


def find_tracking(workspace: Workspace, cancel: threading.Event | None = None) -> TrackingTarget | None:
    """The server of this workspace if one answers now: the one that is set, else the one running over this home.
    Cancelled soon after `cancel` is set."""
    set_url = str(workspace.store.settings.get("tracking.url")).rstrip("/")
    set_token = str(workspace.store.settings.get("tracking.token"))
    if set_token:  # a server elsewhere, joined by its address and token
        answers = bool(set_url) and unless_cancelled(lambda: check_health(set_url, HEALTH_SECONDS), cancel)
        return TrackingTarget(set_url, set_url, set_token) if answers else None
    running = unless_cancelled(lambda: find_running(workspace.tracking.path), cancel)
    if running is None:
        return None
    note = workspace.tracking.read_serving()
    public = set_url or (note.public_url if note else "") or running
    return TrackingTarget(public, running, workspace.tracking.api_token())


def sealing_keys(workspace: Workspace, cancel: threading.Event | None = None) -> TrackingKeys:
    """The keys that seal this workspace's links. Raises TrackingError when a server elsewhere does not hand them out;
    Cancelled soon after `cancel` is set."""
    token = str(workspace.store.settings.get("tracking.token"))
    if not token:
        return workspace.tracking.keys()
    url = str(workspace.store.settings.get("tracking.url")).rstrip("/")
    return unless_cancelled(lambda: fetch_keys(url, token, HEALTH_SECONDS), cancel)


def pixel_address(keys: TrackingKeys, base: str, message_ref: str, recipient_ref: str) -> str:
    return f"{base}/o/{make_open_token(keys, message_ref, recipient_ref)}.gif"


def link_address(keys: TrackingKeys, base: str, message_ref: str, recipient_ref: str, link: int, url: str) -> str:
    return f"{base}/c/{make_click_token(keys, message_ref, recipient_ref, link, url)}"


def tracked_copies(workspace: Workspace, message_pk: int) -> tuple[TrackedCopy, ...]:
    """The tracked addresses of every recipient's copy; they can be made again at any time. Empty when untracked."""
    message_ref, base = workspace.store.messages.tracking_of(message_pk)
    if not base:
        return ()
    urls = workspace.store.messages.tracked_links(message_pk)
    keys = sealing_keys(workspace)
    return tuple(
        TrackedCopy(
            recipient=r.address,
            pixel_url=pixel_address(keys, base, message_ref, r.recipient_ref),
            links=tuple(
                (url, link_address(keys, base, message_ref, r.recipient_ref, i, url)) for i, url in enumerate(urls)
            ),
        )
        for r in workspace.store.messages.tracked_recipients(message_pk)
    )
