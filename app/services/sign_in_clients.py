"""The settings of sign-in at Google and Microsoft: an organisation's own client, other endpoints (C14). Used by the settings
screen and the command line; `grants.provider_data` reads what is kept here, at every use.

The client secret of a desktop program is part of every copy of it and not confidential (RFC 8252 8.5): it lies with the other
settings, in a file that its user alone can read, and is masked wherever settings are shown."""

from __future__ import annotations

from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.inboxes import Provider
from app.oauth.provider_data import FIELDS, load_provider
from app.services.grants import provider_data
from app.services.rights import require_for_setting
from app.services.workspace import Workspace

PREFIX = "oauth."


def set_client_field(workspace: Workspace, name: str, value: str) -> str:
    """`name`: `oauth.PROVIDER.FIELD`. Returns what is kept; empty is as in `resources/providers`. Takes effect with the next
    sign-in or renewal. Raises UsageError for a value that could not be used, and for a name that does not exist."""
    require_for_setting(workspace.store, name)
    text = value.strip()
    settings = workspace.store.settings
    settings.check(name, text)
    if any(c.isspace() or not c.isprintable() for c in text):
        raise UsageError(f"{name} has no spaces in it. Copy it anew, without what stands around it.")
    _, provider, field = name.split(".", 2)
    stored = {f: str(settings.all().get(f"{PREFIX}{provider}.{f}", "")) for f in FIELDS}
    load_provider(Provider(provider), {**stored, field: text})
    with workspace.store.transaction(Area.SETTINGS, source="settings"):
        settings.put(name, text)
    return text


def has_client(workspace: Workspace, provider: Provider) -> bool:
    """Whether sign-in at the provider is set up, here or by whoever built the program. False also for settings that cannot be
    used."""
    try:
        return bool(provider_data(workspace, provider).client_id)
    except UsageError:
        return False
