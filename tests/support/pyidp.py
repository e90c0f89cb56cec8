"""An OAuth 2 and OpenID provider in this process: authorization code with PKCE, renewal with or without rotation,
revocation, introspection; like Google (three endpoints) and like Microsoft (an authority with a tenant). HTTPS only."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.support.authority import Issued

TENANT = "common"
_NO_TOKEN: tuple[int, Any] = (401, {"error": {"code": "InvalidAuthenticationToken", "message": "no good token"}})


@dataclass
class _Given:
    user: str
    client: str
    scope: str
    ends: float
    revoked: bool = False

    @property
    def good(self) -> bool:
        return not self.revoked and self.ends > time.time()


_LOGIN = (
    '<label>Address <input id="login" name="login"></label>'
    '<label>Password <input id="password" name="password" type="password"></label><button id="next">Next</button>'
)
_CONSENT = (
    '<button id="allow" name="allowed" value="1">Allow</button>'
    '<button id="cancel" name="cancel" value="1">Cancel</button>'
)


def _page(title: str, form: str) -> str:
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    return f'{head}<h1>{title}</h1><form method="post" action="/authorize">{form}</form></html>'


def google_error(status: int, reason: str, message: str) -> tuple[int, dict[str, Any]]:
    """As developers.google.com/workspace/gmail/api/guides/handle-errors shows it."""
    entry = {"domain": "global", "reason": reason, "message": message}
    return status, {"error": {"code": status, "message": message, "errors": [entry]}}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _hidden(fields: dict[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in fields.items())


class PyIdP:
    """`clients`: id → secret or None. Knobs: `access_ttl` in seconds; `rotate`: each renewal gives a new refresh token,
    and an old one that comes back ends the whole grant (RFC 9700 4.14.2); `auto_login`: who presses Allow, else pages ask
    for the person and for consent; `deny`: that person presses Cancel; `refuse`: (error, error_description) with which the
    browser is sent back; `leave_out`: a scope that is not allowed, or not any more; `name`: of every person, for who asks
    for "profile"; `fail[path]`: (status, JSON) answers, taken from front to back; `regions`: domain →
    tenant_region_sub_scope; `aliases`: what the Gmail settings API lists. `requests`: (method, path, parameters); `sent`:
    the MIME messages that Graph took; `deliver(user, raw)` is what becomes of each."""

    def __init__(self, certificate: Issued) -> None:
        self.clients: dict[str, str | None] = {"desktop-google": "not confidential", "desktop-microsoft": None}
        self.access_ttl, self.rotate, self.auto_login, self.deny, self.leave_out = 3600.0, False, "", False, ""
        self.refuse, self.name = ("", ""), ""
        self.fail: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.regions: dict[str, str] = {}
        self.aliases: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.sent: list[bytes] = []
        self.deliver: Callable[[str, bytes], None] = lambda user, raw: None
        self.access: dict[str, _Given] = {}
        self.refresh: dict[str, _Given] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.introspection = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())  # plain: Dovecot asks it
        self.introspection.daemon_threads = True
        self._server.socket = certificate.server_context().wrap_socket(self._server.socket, server_side=True)
        self.origin = f"https://localhost:{self._server.server_port}"
        self.introspection_url = f"http://127.0.0.1:{self.introspection.server_port}/introspect"

    def __enter__(self) -> PyIdP:
        for server in (self._server, self.introspection):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._server, self.introspection):
            server.shutdown()
            server.server_close()

    # -- for tests

    def settings(self) -> dict[str, str]:
        """Those that lead Hitchpost here, but for the mail servers."""
        o = self.origin
        return {
            "oauth.gmail.client_id": "desktop-google",
            "oauth.gmail.client_secret": "not confidential",
            "oauth.gmail.authorize_url": f"{o}/authorize",
            "oauth.gmail.token_url": f"{o}/token",
            "oauth.gmail.revoke_url": f"{o}/revoke",
            "oauth.gmail.api_url": o,
            "oauth.outlook.client_id": "desktop-microsoft",
            "oauth.outlook.authority": f"{o}/{TENANT}",
            "oauth.outlook.api_url": o,
        }

    def revoke_user(self, user: str) -> None:
        with self._lock:
            for given in (*self.access.values(), *self.refresh.values()):
                given.revoked = given.revoked or given.user == user

    def expire_access(self, user: str) -> None:
        with self._lock:
            for given in self.access.values():
                given.ends = 0 if given.user == user else given.ends

    def asked(self, path: str) -> list[dict[str, str]]:
        with self._lock:
            return [parameters for _, seen, parameters in self.requests if seen == path]

    def user_of(self, token: str) -> str:
        """Whose access token this is; empty when it is none, or not good any more."""
        given = self.access.get(token)
        return given.user if given is not None and given.good else ""

    # -- the provider

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parameters = dict(parse_qsl(urlsplit(self.path).query))
                if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
                    parameters |= dict(parse_qsl(body.decode()))
                bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
                path = urlsplit(self.path).path
                path = path.removeprefix(f"/{TENANT}")
                with owner._lock:
                    owner.requests.append((self.command, path, parameters))
                    waiting = owner.fail.get(path)
                    status, answer = waiting.pop(0) if waiting else owner._answer(path, parameters, bearer, body)
                data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", data.decode())
                    data = b""
                self.send_header("Content-Type", "text/html" if isinstance(answer, str) else "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _answer(self, path: str, q: dict[str, str], bearer: str, body: bytes) -> tuple[int, Any]:
        if path.endswith("/v2.0/.well-known/openid-configuration"):
            return self._discovery(path.split("/")[1])
        match path:
            case "/authorize":
                return self._authorize(q)
            case "/token":
                return self._token(q)
            case "/revoke":
                given = self.refresh.get(q.get("token", "")) or self.access.get(q.get("token", ""))
                if given:
                    self.revoke_user(given.user)
                return (200, {}) if given else (400, {"error": "invalid_token"})
            case "/introspect":
                user = self.user_of(q.get("token", ""))
                return 200, {"active": True, "email": user, "username": user} if user else {"active": False}
            case "/gmail/v1/users/me/settings/sendAs":
                return self._send_as(bearer)
            case "/v1.0/me":
                return (403, {"error": {"code": "Authorization_RequestDenied"}}) if self.user_of(bearer) else _NO_TOKEN
            case "/v1.0/me/sendMail":
                if not self.user_of(bearer) or "Mail.Send" not in self.access[bearer].scope:
                    return _NO_TOKEN
                self.sent.append(base64.b64decode(body))
                self.deliver(self.user_of(bearer), self.sent[-1])
                return 202, ""
        return 404, {"error": "not_found"}

    def _send_as(self, bearer: str) -> tuple[int, Any]:
        """users.settings.sendAs.list: all at once, without pages."""
        if not self.user_of(bearer):
            return google_error(401, "authError", "Invalid Credentials")
        if "https://mail.google.com/" not in self.access[bearer].scope.split():
            return google_error(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return 200, {"sendAs": self.aliases}

    def _discovery(self, tenant: str) -> tuple[int, Any]:
        if tenant != "v2.0" and "." in tenant and tenant not in self.regions:
            return 400, {"error": "invalid_tenant"}
        o = self.origin
        return 200, {
            "issuer": f"{o}/{TENANT}",
            "authorization_endpoint": f"{o}/authorize",
            "token_endpoint": f"{o}/token",
            "tenant_region_sub_scope": self.regions.get(tenant),
        }

    def _authorize(self, q: dict[str, str]) -> tuple[int, Any]:
        redirect = q.get("redirect_uri", "")
        if q.get("client_id") not in self.clients or not redirect.startswith(
            ("http://127.0.0.1:", "http://localhost:")
        ):
            return 400, "<h1>Error 400: redirect_uri_mismatch</h1>"

        def back(**answer: str) -> tuple[int, Any]:
            answer["state"] = q.get("state", "")
            if q.get("response_mode") != "form_post":
                return 302, f"{redirect}?{urlencode(answer)}"
            form = f'<form method="post" action="{html.escape(redirect)}">{_hidden(answer)}</form>'
            return 200, f'<body onload="document.forms[0].submit()">{form}</body>'

        if q.get("code_challenge_method") != "S256" or not q.get("code_challenge"):
            return back(error="invalid_request", error_description="PKCE is required")
        if self.refuse[0]:
            return back(error=self.refuse[0], error_description=self.refuse[1])
        if self.deny or "cancel" in q:
            return back(error="access_denied", error_description="The person said no")
        user = self.auto_login or q.get("login", "")
        if not self.auto_login and (not user or not q.get("password")):
            return 200, _page("Sign in", _hidden(q) + _LOGIN)
        if not self.auto_login and "allowed" not in q:
            wanted = "".join(f"<li>{html.escape(scope)}</li>" for scope in q.get("scope", "").split())
            who = f"<p>{html.escape(user)}, Hitchpost wants to</p><ul>{wanted}</ul>"
            return 200, _page("Allow?", _hidden(q) + f'<div id="consent">{who}</div>{_CONSENT}')
        code = secrets.token_urlsafe(24)
        self._codes[code] = {**q, "user": user}
        return back(code=code)

    def _token(self, q: dict[str, str]) -> tuple[int, Any]:
        client = q.get("client_id", "")
        if client not in self.clients or (self.clients[client] or "") != q.get("client_secret", ""):
            return 401, {"error": "invalid_client", "error_description": "The client is not known"}
        if q.get("grant_type") == "authorization_code":
            return self._by_code(client, q)
        if q.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type"}
        given = self.refresh.get(q.get("refresh_token", ""))
        if given is not None and given.revoked and self.rotate:
            self.revoke_user(given.user)
        if given is None or not given.good or given.client != client:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        given.revoked = self.rotate
        scope = self._allowed(q.get("scope") or given.scope)
        return 200, self._issue(given.user, client, scope, refresh=self.rotate)

    def _allowed(self, scope: str) -> str:
        return " ".join(s for s in scope.split() if s != self.leave_out)

    def _by_code(self, client: str, q: dict[str, str]) -> tuple[int, Any]:
        begun = self._codes.pop(q.get("code", ""), {})
        challenge = _b64(hashlib.sha256(q.get("code_verifier", "").encode()).digest())
        same = all(begun.get(name) == q.get(name) for name in ("client_id", "redirect_uri"))
        if not begun or not same or begun["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant", "error_description": "The code is not good"}
        audiences = {s.split("/")[2] for s in q.get("scope", "").split() if s.startswith("https://")}
        if len(audiences) > 1:
            return 400, {"error": "invalid_request", "error_description": "AADSTS28000: more than one resource"}
        user = begun["user"]
        scope = self._allowed(q.get("scope") or begun["scope"])
        now = int(time.time())
        claims = {"iss": f"{self.origin}/{TENANT}", "sub": user, "aud": client, "exp": now + 3600, "iat": now}
        claims |= {"email": user, "preferred_username": user, "email_verified": True, "tid": "t"}
        claims |= {"nonce": begun["nonce"]} if "nonce" in begun else {}
        claims |= {"name": self.name} if self.name and "profile" in begun["scope"].split() else {}
        identity = ".".join((_b64(b'{"alg":"none"}'), _b64(json.dumps(claims).encode()), ""))
        return 200, {**self._issue(user, client, scope, refresh=True), "id_token": identity}

    def _issue(self, user: str, client: str, scope: str, *, refresh: bool) -> dict[str, Any]:
        access = f"at.{secrets.token_urlsafe(24)}"
        self.access[access] = _Given(user, client, scope, time.time() + self.access_ttl)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": int(self.access_ttl), "scope": scope}
        if refresh:
            answer["refresh_token"] = f"rt.{secrets.token_urlsafe(24)}"
            self.refresh[answer["refresh_token"]] = _Given(user, client, scope, time.time() + 86400)
        return answer
