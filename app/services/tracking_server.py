"""Which tracking server outgoing mail uses, and the tracked addresses of a message (T7). Used when sending and syncing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.addresses import Address
from app.domain.earlier_hosts import EarlierHost
from app.domain.inboxes import Inbox
from app.domain.near_links import NO_SERVER, LinkFate, LinkReach, is_local_host, link_fate
from app.domain.views import TrackedCopy
from app.services.cancellable import unless_cancelled
from app.services.workspace import Workspace
from app.tracking.client import fetch_keys, find_running, is_server_of
from app.tracking.tokens import TrackingKeys, make_click_token, make_open_token, make_unsubscribe_token

HEALTH_SECONDS = 3.0


TOKEN_NAME = "tracking:token"  # under which the token of a server elsewhere is kept, with the passwords


@dataclass(frozen=True)
class TrackingTarget:
    """`public_url`: what links in mail begin with. `api_url`, `token`: where events are read. `inside`: the server runs
    in the desktop program, and nobody has given it an address that others can reach."""

    public_url: str
    api_url: str
    token: str
    inside: bool = False

    @property
    def local_only(self) -> bool:
        """Whether the links lead to this computer or this network only: elsewhere they would fail."""
        return is_local_host(urlsplit(self.public_url).hostname or "")


def is_local(url: str) -> bool:
    return is_local_host(urlsplit(url).hostname or "")


def find_tracking_for(
    workspace: Workspace, inbox: Inbox, recipients: Sequence[Address], cancel: threading.Event | None = None
) -> tuple[TrackingTarget | None, LinkFate]:
    """The server that a message of this inbox to these people may use, and what is to be said of it; None means "tracking
    unavailable" (T7). Links that recipients cannot follow are worse than none; see `domain.near_links`."""
    target = find_tracking(workspace, cancel)
    if target is None:
        return None, LinkFate(NO_SERVER)
    fate = fate_of_links(workspace, target.public_url, target.inside, inbox, recipients)
    return (None if fate.untracked else target), fate


def fate_of_links(
    workspace: Workspace, url: str, inside: bool, inbox: Inbox, recipients: Sequence[Address]
) -> LinkFate:
    """Of links that begin with `url`, in a message of this inbox to these people."""
    reach = LinkReach(urlsplit(url).hostname or "", inside, bool(workspace.store.settings.get("tracking.local")))
    return link_fate(reach, inbox.address, inbox.account.send_host, recipients)


def find_tracking(workspace: Workspace, cancel: threading.Event | None = None) -> TrackingTarget | None:
    """The server of this workspace if one answers now: the one that is set, else the one running over this home. An
    address that is set has to lead to the very server that is meant. Cancelled soon after `cancel` is set."""
    set_url = str(workspace.store.settings.get("tracking.url")).rstrip("/")
    if workspace.store.settings.get("tracking.token"):  # a server elsewhere, joined by its address and token
        token = remote_token(workspace)
        answers = bool(set_url) and unless_cancelled(lambda: is_server_of(set_url, token, HEALTH_SECONDS), cancel)
        return TrackingTarget(set_url, set_url, token) if answers else None
    running = unless_cancelled(lambda: find_running(workspace.tracking.path), cancel)
    if running is None:
        return None
    token = workspace.tracking.api_token()
    note = workspace.tracking.read_serving()
    public = set_url or (note.public_url if note else "") or running
    if public != running and not unless_cancelled(lambda: is_server_of(public, token, HEALTH_SECONDS), cancel):
        return None
    return TrackingTarget(public, running, token, inside=note.inside if note and public == running else False)


def find_earlier(
    workspace: Workspace, host: EarlierHost, cancel: threading.Event | None = None
) -> TrackingTarget | None:
    """A server that was used before, where it answers now and has proved that it is that one. Raises SecretError;
    Cancelled soon after `cancel` is set."""
    token = token_of(workspace, host)
    if host.own:
        running = unless_cancelled(lambda: find_running(workspace.tracking.path), cancel)
        return None if running is None else TrackingTarget(running, running, token)
    answers = bool(token) and unless_cancelled(lambda: is_server_of(host.url, token, HEALTH_SECONDS), cancel)
    return TrackingTarget(host.url, host.url, token) if answers else None


def is_present(workspace: Workspace, target: TrackingTarget) -> bool:
    """Whether this is still the server that is used: another one may have been chosen meanwhile."""
    settings = workspace.store.settings
    if not settings.get("tracking.token"):
        return target.token == workspace.tracking.api_token()
    return target.api_url == str(settings.get("tracking.url")).rstrip("/")


def token_of(workspace: Workspace, host: EarlierHost) -> str:
    """Of one that was used before. Raises SecretError."""
    if host.own:
        return workspace.tracking.api_token()
    kept = workspace.secrets.store().get(host.token_name)
    return kept.reveal() if kept else ""


def own_address(workspace: Workspace) -> str:
    """Where links of this workspace lead, whether or not something answers there: the address that is set, else that of the
    server that runs over this home. Empty without either."""
    set_url = str(workspace.store.settings.get("tracking.url")).rstrip("/")
    note = None if set_url else workspace.tracking.read_serving()
    return set_url or (note.public_url or note.url if note else "")


def remote_token(workspace: Workspace) -> str:
    """The token of a server elsewhere. Raises SecretError."""
    kept = workspace.secrets.store().get(TOKEN_NAME)
    return kept.reveal() if kept else ""


def sealing_keys(workspace: Workspace, cancel: threading.Event | None = None) -> TrackingKeys:
    """The keys that seal this workspace's links. Raises TrackingError when a server elsewhere does not hand them out;
    Cancelled soon after `cancel` is set."""
    if not workspace.store.settings.get("tracking.token"):
        return workspace.tracking.keys()
    token = remote_token(workspace)
    url = str(workspace.store.settings.get("tracking.url")).rstrip("/")
    return unless_cancelled(lambda: fetch_keys(url, token, HEALTH_SECONDS), cancel)


def pixel_address(keys: TrackingKeys, base: str, message_ref: str, recipient_ref: str) -> str:
    return f"{base}/o/{make_open_token(keys, message_ref, recipient_ref)}.gif"


def link_address(keys: TrackingKeys, base: str, message_ref: str, recipient_ref: str, link: int, url: str) -> str:
    return f"{base}/c/{make_click_token(keys, message_ref, recipient_ref, link, url)}"


def unsubscribe_address(keys: TrackingKeys, base: str, message_ref: str, recipient_ref: str) -> str:
    return f"{base}/u/{make_unsubscribe_token(keys, message_ref, recipient_ref)}"


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
