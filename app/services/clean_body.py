"""Takes old tracking out of what is about to be sent: pictures and wrapped links, ours or foreign (M6). Used when a
message is queued and when something is pasted or quoted."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.mime.cleaning import strip_tracking
from app.services.workspace import Workspace
from app.tracking.tokens import ClickToken, read_token


def clean_html(workspace: Workspace, html: str) -> str:
    """Our own links lead to their destinations again. Addresses that merely share a host with our tracking server are
    left alone."""
    bases = [b for b in workspace.store.messages.tracking_bases() if f"{b}/o/" in html or f"{b}/c/" in html]
    hosts = {urlsplit(base).hostname or "" for base in bases}
    keys = workspace.tracking.keys() if bases else None

    def resolve(url: str) -> str | None:
        if keys is None or not any(url.startswith(f"{base}/c/") for base in bases):
            return url
        found = read_token(keys, urlsplit(url).path.rpartition("/")[2])
        return found.url if isinstance(found, ClickToken) else None

    return strip_tracking(html, hosts, resolve=resolve)
