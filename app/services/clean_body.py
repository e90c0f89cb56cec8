"""Takes old tracking out of what is about to be sent: pictures and wrapped links, ours or foreign (M6). Used when a
message is queued and when something is pasted or quoted."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.domain.errors import HitchpostError
from app.mime.cleaning import strip_tracking
from app.services.tracking_server import sealing_keys
from app.services.workspace import Workspace
from app.tracking.tokens import ClickToken, TrackingKeys, read_token


def _keys(workspace: Workspace) -> TrackingKeys | None:
    try:
        return sealing_keys(workspace)
    except HitchpostError:  # the server elsewhere does not answer: links lose their address, nothing else
        return None


def clean_html(workspace: Workspace, html: str) -> str:
    """Our own links lead to their destinations again. Addresses that merely share a host with our tracking server are
    left alone."""
    bases = [b for b in workspace.store.messages.tracking_bases() if f"{b}/o/" in html or f"{b}/c/" in html]
    hosts = {urlsplit(base).hostname or "" for base in bases}
    keys = _keys(workspace) if bases else None

    def resolve(url: str) -> str | None:
        if not any(url.startswith(f"{base}/c/") for base in bases):
            return url
        if keys is None:
            return None
        found = read_token(keys, urlsplit(url).path.rpartition("/")[2])
        return found.url if isinstance(found, ClickToken) else None

    return strip_tracking(html, hosts, resolve=resolve)
