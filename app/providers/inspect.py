"""What `hitchpost inspect provider` prints: a detection as JSON. Asks nobody by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.detection import Detected, Finding, FoundServer
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity
from app.providers.decide import Facts
from app.providers.records import read_mx, read_srv

_SECURITY = {ConnectionSecurity.IMPLICIT_TLS: "SSL", ConnectionSecurity.STARTTLS: "STARTTLS"}
_FACTS = ("mx", "xml", "srv")


def facts_of(value: Any) -> tuple[str, Facts | None]:
    """The address, and the facts that were given with it; None where there were none. Raises UsageError."""
    email = value.get("email") if isinstance(value, Mapping) else None
    if not isinstance(email, str):
        raise UsageError(
            'The input of inspect provider is JSON: {"email": "…"}, with "mx", "xml" and "srv" where known.'
        )
    if not any(name in value for name in _FACTS):
        return email, None
    xml = value.get("xml")
    if xml is not None and not isinstance(xml, str):
        raise UsageError('"xml" is the text of an autoconfig file.')
    return email, Facts(
        mx=tuple(read_mx(v) for v in _list(value, "mx")), xml=xml, srv=tuple(read_srv(v) for v in _list(value, "srv"))
    )


def as_json(found: Detected, explain: Callable[[Detected], str]) -> dict[str, Any]:
    """`explain` gives the sentence for what is no finding."""
    if not isinstance(found, Finding):
        return {"error": explain(found)}
    return {
        "provider": found.provider.value,
        "incoming": [_server("imap", s) for s in found.incoming],
        "outgoing": [_server("smtp", s) for s in found.outgoing],
        "ews_url": found.ews_url or None,
        "source": found.source.value,
    }


def _server(kind: str, server: FoundServer) -> dict[str, Any]:
    endpoint = server.endpoint
    return {
        "type": kind,
        "host": endpoint.host,
        "port": endpoint.port,
        "security": _SECURITY[endpoint.security],
        "username": server.username,
    }


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name) or []
    if isinstance(found, Mapping) and name == "srv":  # {"_imaps._tcp": […]}
        return [
            _named(key, item)
            for key, items in found.items()
            for item in (items if isinstance(items, list) and not _is_record(items) else [items])
        ]
    if not isinstance(found, list):
        raise UsageError(f'"{name}" is a list of records.')
    return found


def _is_record(items: list[Any]) -> bool:
    """[0, 1, 993, "mail.example.com"] itself, and no list of records."""
    return bool(items) and isinstance(items[0], int)


def _named(service: str, item: Any) -> Any:
    if isinstance(item, Mapping):
        return {"service": service, **item}
    return [service, *item] if isinstance(item, list) else f"{service} {item}"
