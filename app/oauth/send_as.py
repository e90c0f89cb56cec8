"""The addresses that a Gmail account may send as, from Gmail's settings API. Used by services.

Source: developers.google.com/workspace/gmail/api/reference/rest/v1/users.settings.sendAs (list). The scope for mail,
https://mail.google.com/, is one of those that it takes: no further permission is asked for. The list has no pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from app.domain.addresses import address_key, is_complete
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, SendAs
from app.domain.problems import Problem, ProblemCode
from app.oauth.faults import hiding
from app.oauth.http import Adapter, prepare

PATH = "/gmail/v1/users/me/settings/sendAs"
LIMITS = (5.0, 10.0, 15.0)  # seconds; connecting an inbox waits for it, and does without
_MOST = 200  # Gmail lets an account have 99
_LONGEST_NAME = 200  # characters

C = ProblemCode
_BY_REASON = {  # `errors[].reason`, or the reason of `details` (cloud.google.com/apis/design/errors)
    "accessNotConfigured": C.PERMISSION_MISSING,
    "SERVICE_DISABLED": C.PERMISSION_MISSING,
    "insufficientPermissions": C.PERMISSION_MISSING,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": C.PERMISSION_MISSING,
    "domainPolicy": C.PERMISSION_MISSING,
    "rateLimitExceeded": C.THROTTLED,
    "userRateLimitExceeded": C.THROTTLED,
    "dailyLimitExceeded": C.THROTTLED,
}


def list_send_as(api_url: str, token: AccessToken, ca_pem: str = "") -> tuple[SendAs, ...]:
    """Those that may be used: the account's primary address, and what was verified (`verificationStatus` accepted).

    An alias without a name of its own bears that of the primary address, as Gmail does it. Raises MailFault:
    WRONG_CREDENTIALS for a token that is not taken, PERMISSION_MISSING, THROTTLED, SERVER_BUSY, CONNECT_TIMEOUT,
    TLS_FAILED, PROTOCOL_ERROR."""
    parts = urlsplit(api_url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        with prepare(requests.Session(), ca_pem) as session:
            session.mount("https://", Adapter(ca_pem, LIMITS))
            # `auth`: else requests takes what ~/.netrc has for the host
            answer = session.get(f"{api_url}{PATH}", auth=_Bearer(token), headers={"Accept": "application/json"})
    except requests.exceptions.SSLError as error:
        raise MailFault(Problem(C.TLS_FAILED, host, port)) from error
    except requests.exceptions.TooManyRedirects as error:
        raise MailFault(
            Problem(C.PROTOCOL_ERROR, host, port, "a redirect where a list was expected", own_words=True)
        ) from error
    except requests.RequestException as error:
        raise MailFault(Problem(C.CONNECT_TIMEOUT, host, port)) from error
    document = _document(answer.content)
    if answer.status_code != 200:
        raise MailFault(_refusal(host, port, answer.status_code, document, token))
    listed = document.get("sendAs")
    if not isinstance(listed, list):
        raise MailFault(Problem(C.PROTOCOL_ERROR, host, port, "no list of addresses", own_words=True))
    return _usable([entry for entry in listed if isinstance(entry, dict)])


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


def _document(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _usable(listed: list[dict[str, Any]]) -> tuple[SendAs, ...]:
    primary = next((_text(e, "displayName") for e in listed if e.get("isPrimary") is True), "")
    found: dict[str, SendAs] = {}
    for entry in listed[:_MOST]:
        address = _text(entry, "sendAsEmail")
        verified = entry.get("isPrimary") is True or entry.get("verificationStatus") == "accepted"
        if verified and is_complete(address):
            name = _text(entry, "displayName") or primary
            found.setdefault(address_key(address), SendAs(address, name, entry.get("isDefault") is True))
    return tuple(found.values())


def _text(entry: Mapping[str, Any], name: str) -> str:
    """One line, whatever was sent."""
    value = entry.get(name)
    return " ".join(value.split())[:_LONGEST_NAME] if isinstance(value, str) else ""


def _refusal(host: str, port: int, status: int, document: Mapping[str, Any], token: AccessToken) -> Problem:
    """By Google's own reason, else by the status (developers.google.com/workspace/gmail/api/guides/handle-errors)."""
    error = document.get("error")
    facts: Mapping[str, Any] = error if isinstance(error, dict) else {}
    lists = [found for name in ("details", "errors") if isinstance(found := facts.get(name), list)]
    entries = [entry for found in lists for entry in found if isinstance(entry, dict)]
    reasons = [str(entry["reason"]) for entry in entries if entry.get("reason")]
    by_status = {401: C.WRONG_CREDENTIALS, 403: C.PERMISSION_MISSING, 429: C.THROTTLED}
    otherwise = C.SERVER_BUSY if status >= 500 else C.PROTOCOL_ERROR
    code = next((_BY_REASON[r] for r in reasons if r in _BY_REASON), by_status.get(status, otherwise))
    says = " ".join(f"{status} {' '.join(dict.fromkeys(reasons))} {facts.get('message') or ''}".split())
    return Problem(code, host, port, hiding(token.reveal()).clean(says))
