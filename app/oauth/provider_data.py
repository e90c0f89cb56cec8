"""Where each provider signs people in, with which client and for what: data of `resources/providers/oauth.json`, each
field overridable by a setting `oauth.PROVIDER.FIELD`, so that an organisation uses its own client (C14)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, Provider
from app.oauth.grants import Issuer

MAIL, GRAPH = "mail", "graph"  # audiences: who a token is for; Microsoft gives each its own

PROVIDERS = (Provider.GMAIL, Provider.OUTLOOK)
_URLS = ("authorize_url", "token_url", "revoke_url", "authority", "api_url")
FIELDS = ("client_id", "client_secret", *_URLS, "imap", "smtp")


@dataclass(frozen=True)
class OAuthProvider:
    """`scopes` by audience. Google has `authorize_url`, `token_url`, `revoke_url`; Microsoft an `authority`, from which
    its library reads the rest. `client_secret`: of a desktop client, which is not confidential (RFC 8252 8.5).
    `redirect_host`: of the loopback redirect, as the provider registers it. `grants_url`: where a person withdraws a
    grant."""

    provider: Provider
    name: str
    client_id: str
    client_secret: str
    authorize_url: str
    token_url: str
    revoke_url: str
    authority: str
    api_url: str
    redirect_host: str
    scopes: Mapping[str, tuple[str, ...]]
    imap: Endpoint
    smtp: Endpoint
    grants_url: str

    @property
    def host(self) -> str:
        """Who signs people in."""
        return urlsplit(self.token_url or self.authority).hostname or ""

    @property
    def issuer(self) -> Issuer:
        """Of the grants that this client gets there."""
        return Issuer(self.provider.value, self.client_id, urlsplit(self.token_url or self.authority).netloc.lower())


def load_provider(provider: Provider, settings: Mapping[str, str] | None = None) -> OAuthProvider:
    """`settings`: field → value, what is empty changes nothing. Raises UsageError for an address that is not https (or of
    this computer), and for servers that are not HOST:PORT:tls|starttls."""
    data = {**_data()[provider.value], **{name: value for name, value in (settings or {}).items() if value}}
    for name in _URLS:
        _must_be_private(f"oauth.{provider.value}.{name}", data.get(name, ""))
    return OAuthProvider(
        provider=provider,
        name=data["name"],
        client_id=data["client_id"].strip(),
        client_secret=data.get("client_secret", "").strip(),
        authorize_url=data.get("authorize_url", ""),
        token_url=data.get("token_url", ""),
        revoke_url=data.get("revoke_url", ""),
        authority=data.get("authority", "").rstrip("/"),
        api_url=data["api_url"].rstrip("/"),
        redirect_host=data["redirect_host"],
        scopes={audience: tuple(scopes) for audience, scopes in data["scopes"].items()},
        imap=_endpoint(f"oauth.{provider.value}.imap", data["imap"]),
        smtp=_endpoint(f"oauth.{provider.value}.smtp", data["smtp"]),
        grants_url=data["grants_url"],
    )


@cache
def _data() -> dict[str, Any]:
    text = files("resources").joinpath("providers/oauth.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def _must_be_private(setting: str, url: str) -> None:
    """Tokens travel by TLS; without it only inside this computer."""
    parts = urlsplit(url)
    if not url or (parts.scheme == "https" and parts.hostname):
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return
    raise UsageError(f"{setting} has to begin with https://, not {url!r}.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _endpoint(setting: str, text: str) -> Endpoint:
    try:
        host, port, security = text.strip().rsplit(":", 2)
        if not host or not 0 < int(port) < 65536:
            raise ValueError
        return Endpoint(host, int(port), ConnectionSecurity(security))
    except ValueError:
        raise UsageError(f"{setting} is HOST:PORT:tls or HOST:PORT:starttls, not {text!r}.") from None
