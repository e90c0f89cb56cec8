"""DNS records as values, and as text in the usual ways of writing them: MX (RFC 5321 5.1, RFC 7505), and the SRV records
of mail services (RFC 6186; RFC 8314 5.1 for `_submissions`; `_autodiscover` of Exchange). Pure; used by `decide`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
INCOMING = {"_imaps": TLS, "_imap": STARTTLS}
OUTGOING = {"_submissions": TLS, "_submission": STARTTLS}
POP3 = ("_pop3s", "_pop3")
AUTODISCOVER = "_autodiscover"
SERVICES = (*INCOMING, *OUTGOING, *POP3, AUTODISCOVER)
_IMPLICIT_PORTS = (993, 465)  # whatever the label says


@dataclass(frozen=True)
class Mx:
    preference: int
    host: str  # lower case, without a final dot; empty: takes no mail (RFC 7505)


@dataclass(frozen=True)
class Srv:
    service: str  # "_imaps"
    priority: int
    weight: int
    port: int
    target: str  # as `Mx.host`; empty: not offered here (RFC 6186 3.4)


def endpoints(records: Iterable[Srv], labels: Mapping[str, ConnectionSecurity]) -> tuple[Endpoint, ...]:
    """What the records of these labels offer, the preferred first: by priority, TLS at once before STARTTLS (RFC 8314
    3), then by weight. The choice by chance among equals (RFC 2782) is left out: an account keeps its server."""
    usable = [r for r in records if r.service in labels and r.target and 0 < r.port < 65536]
    usable.sort(key=lambda r: (r.priority, _security(r, labels) is not TLS, -r.weight))
    return tuple(dict.fromkeys(Endpoint(r.target, r.port, _security(r, labels)) for r in usable))


def _security(record: Srv, labels: Mapping[str, ConnectionSecurity]) -> ConnectionSecurity:
    return TLS if record.port in _IMPLICIT_PORTS else labels[record.service]


def read_mx(value: Any) -> Mx:
    """`"10 mx.example.com."`, `"mx.example.com"`, a whole zone line, a pair, or an object. Raises UsageError."""
    if isinstance(value, Mapping):
        host = _first(value, "host", "exchange", "target", "name", "value")
        return Mx(_number(_first(value, "preference", "priority", "pref"), 0), _host(host))
    words = _words(value)
    if len(words) == 2 and words[1].isdigit():
        words.reverse()
    numbers = [w for w in words[:-1] if w.isdigit()]
    if not words:
        raise UsageError(f"{value!r} is no MX record such as '10 mx.example.com'.")
    return Mx(int(numbers[-1]) if numbers else 0, _host(words[-1]))


def read_srv(value: Any) -> Srv:
    """`"_imaps._tcp.example.com. 0 1 993 imap.example.com."`, with TTL and IN SRV or without, a list, or an object.
    Raises UsageError."""
    if isinstance(value, Mapping):
        service = _first(value, "service", "name", "label", "owner", "type")
        target = _first(value, "target", "host", "value")
        port = _number(_first(value, "port"), 0)
        return Srv(
            _label(service),
            _number(_first(value, "priority"), 0),
            _number(_first(value, "weight"), 0),
            port,
            _host(target),
        )
    words = _words(value)
    if len(words) >= 5 and words[0].startswith("_") and all(w.isdigit() for w in words[-4:-1]):
        priority, weight, port = (int(w) for w in words[-4:-1])
        return Srv(_label(words[0]), priority, weight, port, _host(words[-1]))
    if len(words) == 3 and words[0].startswith("_") and words[1].isdigit() != words[2].isdigit():
        number, host = (words[1], words[2]) if words[1].isdigit() else (words[2], words[1])
        return Srv(_label(words[0]), 0, 0, int(number), _host(host))
    raise UsageError(f"{value!r} is no SRV record such as '_imaps._tcp.example.com 0 1 993 imap.example.com'.")


def _words(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [str(v) for v in value]
    return value.replace(":", " ").split() if isinstance(value, str) else []


def _first(value: Mapping[str, Any], *names: str) -> Any:
    return next((value[n] for n in names if n in value), "")


def _number(value: Any, default: int) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default


def _label(name: Any) -> str:
    label = str(name).strip().lower().split(".")[0]
    return label if label.startswith("_") or not label else f"_{label}"


def _host(name: Any) -> str:
    return str(name).strip().rstrip(".").lower()
