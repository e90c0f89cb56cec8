"""The tracking server of a workspace is changed: the one that was used until now is remembered where mail went out by it,
with its token and the place in its hits, and what it is owed stays owed. Used by the façade and the command line."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from app.domain.changes import Area
from app.domain.earlier_hosts import EarlierHost
from app.domain.errors import HitchpostError, UsageError
from app.domain.inboxes import Secret
from app.services.rights import require_for_setting
from app.services.tracking_server import TOKEN_NAME, remote_token, token_of
from app.services.workspace import Workspace
from app.store.fields import now

JOINED_AT = "_tracking.joined_at"


@dataclass(frozen=True)
class _Server:
    """`token` is empty for the own one, whose `url` is only what links begin with."""

    url: str
    token: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.url, self.token) if self.token else ("", "")


def use_host(workspace: Workspace, url: str, token: str) -> None:
    """A server elsewhere is this workspace's from the next message on: its address and its token, together. Raises
    AdminOnly, UsageError for what cannot be its address, SecretError; then nothing has changed."""
    if not token or not (parts := urlsplit(url)).hostname or parts.scheme not in ("http", "https"):
        raise UsageError("A tracking host has an address that begins with https://, and a token.")
    _change(workspace, url, token)


def use_address(workspace: Workspace, url: str) -> None:
    """What links begin with; of a server elsewhere, where it is. Raises AdminOnly, UsageError, SecretError; then nothing has
    changed."""
    _change(workspace, url, None)


def keep_token(workspace: Workspace, token: str) -> None:
    """Of a server elsewhere; empty: the own one is used. The settings only say that there is one. Raises AdminOnly,
    SecretError; then nothing has changed."""
    _change(workspace, None, token)


def forget_host(workspace: Workspace, host: int) -> None:
    """An earlier one is given up, with what it is owed. Raises AdminOnly, UsageError, SecretError."""
    require_for_setting(workspace.store, "tracking.token")
    known = workspace.store.earlier_hosts.get(host)
    if known is None:
        raise UsageError("This tracking server is not among the earlier ones any more.")
    _drop_token(workspace, known)
    with workspace.store.transaction(Area.SETTINGS, source="settings"):
        workspace.store.earlier_hosts.remove(host)


def _change(workspace: Workspace, url: str | None, token: str | None) -> None:
    store = workspace.store
    for name, value in (("tracking.url", url), ("tracking.token", token)):
        if value is not None:
            require_for_setting(store, name)
    joined = bool(store.settings.get("tracking.token"))
    before = _Server(str(store.settings.get("tracking.url")), remote_token(workspace) if joined else "")
    address = before.url if url is None else str(store.settings.check("tracking.url", url))
    after = _Server(address, before.token if token is None else token)
    if after == before:
        return
    moved = after.key != before.key
    again = _known(workspace, after) if moved else None
    kept_as = ""
    if moved and joined and store.earlier_hosts.sent_by(before.url, _joined_at(workspace)):
        kept_as = f"{TOKEN_NAME}:{secrets.token_hex(8)}"
        workspace.secrets.store().set(kept_as, Secret(before.token))
    try:
        _keep_token(workspace, before.token, after.token)
        with store.transaction(Area.SETTINGS, source="settings"):
            if moved:
                _remember(workspace, before, after, kept_as, again)
            store.settings.put("tracking.url", after.url)
            store.settings.put("tracking.token", "set" if after.token else "")
    except HitchpostError:
        _keep_token(workspace, after.token, before.token)
        if kept_as:
            workspace.secrets.store().delete(kept_as)
        raise
    if again is not None:
        _drop_token(workspace, again)


def _keep_token(workspace: Workspace, before: str, after: str) -> None:
    if after and after != before:
        workspace.secrets.store().set(TOKEN_NAME, Secret(after))
    elif before and not after:
        workspace.secrets.store().delete(TOKEN_NAME)


def _drop_token(workspace: Workspace, host: EarlierHost) -> None:
    if host.token_name:
        workspace.secrets.store().delete(host.token_name)


def _joined_at(workspace: Workspace) -> datetime | None:
    text = str(workspace.store.settings.get(JOINED_AT))
    return datetime.fromisoformat(text) if text else None


def _known(workspace: Workspace, server: _Server) -> EarlierHost | None:
    """The earlier one that it is."""
    for host in workspace.store.earlier_hosts.all():
        if host.own is (not server.token) and (
            host.own or (host.url == server.url and token_of(workspace, host) == server.token)
        ):
            return host
    return None


def _remember(workspace: Workspace, before: _Server, after: _Server, kept_as: str, again: EarlierHost | None) -> None:
    """The one of `before`, where mail went out by it. A server that is used again goes on where it was."""
    store = workspace.store
    hosts = store.earlier_hosts
    place = hosts.place(again.id) if again is not None else None
    if kept_as or (not before.token and hosts.sent_by_own()):
        left = hosts.add(
            own=not before.token,
            url=before.url if before.token else "",
            token_name=kept_as,
            place=store.events.stream_place(),
        )
        if before.token and before.url == after.url:  # perhaps the same server with another token
            store.owed_forgetting.add_as_to(left)
    if again is not None:
        hosts.make_present(again.id)
        if place is not None and place.server:
            store.events.set_stream_place(place.server, place.number)
    store.settings.put(JOINED_AT, now().isoformat() if after.token else "")
