"""Whose certificate it was that a sign-in server was not believed for. Used by `faults`, so that a person is told of the
proxy or the virus scanner that stands in between, and not that the computer is offline."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from cryptography import x509

_TIMEOUT = 5.0  # seconds, for the connection, and for the handshake


def certificate_fault(error: requests.RequestException) -> ssl.SSLCertVerificationError | None:
    """What OpenSSL found wrong with a certificate, where that is what the library failed on."""
    return next((e for e in _causes(error) if isinstance(e, ssl.SSLCertVerificationError)), None)


def issuer_of(error: requests.RequestException, host: str) -> str:
    """Who issued what was shown (RFC 4514), by a second connection that sends nothing; empty where that does not work
    out, as behind a proxy that has to be asked."""
    parts = urlsplit(str(error.request.url) if error.request is not None else "")
    try:
        pem = ssl.get_server_certificate((parts.hostname or host, parts.port or 443), timeout=_TIMEOUT)
        return x509.load_pem_x509_certificate(pem.encode()).issuer.rfc4514_string()[:200]
    except (OSError, ValueError):
        return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The library wraps what happened three times, each time in another way."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
