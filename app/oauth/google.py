"""Google's sign-in for desktop programs, by Authlib. Source: developers.google.com/identity/protocols/oauth2/native-app.

For `clients`; any OpenID provider with the same three endpoints can stand behind it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from app.domain.redaction import Redactor
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.faults import fault_for, hiding, network_explained, require_scopes
from app.oauth.grants import Attempt, Grant
from app.oauth.http import prepare
from app.oauth.provider_data import MAIL, OAuthProvider


class GoogleClient:
    """Fulfils `OAuthClient`. For one thread at a time."""

    def __init__(self, provider: OAuthProvider, ca_pem: str = "") -> None:
        self._provider = provider
        self._ca_pem = ca_pem
        self._scopes = ("openid", "email", *provider.scopes[MAIL])

    def begin(self, redirect_uri: str, login_hint: str) -> Attempt:
        verifier, nonce = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
        url, state = self._session(redirect_uri).create_authorization_url(
            self._provider.authorize_url,
            code_verifier=verifier,
            nonce=nonce,
            login_hint=login_hint,
            access_type="offline",
            prompt="consent select_account",  # without it Google sends a refresh token only the first time
        )
        return Attempt(url, state, {"verifier": verifier, "nonce": nonce, "redirect_uri": redirect_uri})

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Grant:
        host = self._provider.host
        if not secrets.compare_digest(answer.get("state", ""), attempt.state):
            raise SignInFault(SignInTrouble.BAD_ANSWER, "another state", host)
        if "error" in answer:
            raise fault_for(
                host, answer["error"], answer.get("error_description"), self._masks(attempt.memory["verifier"])
            )
        secret = answer.get("code", ""), attempt.memory["verifier"]
        with self._explained(*secret), self._session(attempt.memory["redirect_uri"]) as session:
            token = session.fetch_token(
                self._provider.token_url,
                grant_type="authorization_code",
                code=answer["code"],
                code_verifier=attempt.memory["verifier"],
            )
            if not token.get("refresh_token"):
                raise SignInFault(SignInTrouble.BAD_ANSWER, "no refresh token", host)
            granted = Grant("", "", issuer=self._provider.issuer).renewed(MAIL, token)
            require_scopes(self._provider, MAIL, granted)
            claims = self._claims(str(token["id_token"]), attempt.memory["nonce"])
            return replace(granted, account=str(claims["email"]))

    def renew(self, grant: Grant, audience: str) -> Grant:
        with self._explained(*grant.tokens), self._session() as session:
            token = session.refresh_token(self._provider.token_url, refresh_token=grant.refresh_token)
            return grant.renewed(audience, token)

    def revoke(self, grant: Grant) -> bool:
        with self._explained(*grant.tokens), self._session() as session:
            answer = session.revoke_token(
                self._provider.revoke_url, token=grant.refresh_token, token_type_hint="refresh_token"
            )
            if answer.status_code >= 500:
                answer.raise_for_status()
            return True  # 400: it was revoked before

    def _session(self, redirect_uri: str | None = None) -> Any:
        provider = self._provider
        session = OAuth2Session(
            provider.client_id,
            provider.client_secret or None,
            token_endpoint_auth_method="client_secret_post" if provider.client_secret else "none",
            revocation_endpoint_auth_method="none",
            scope=" ".join(self._scopes),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        return prepare(session, self._ca_pem)

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """Straight from the token endpoint by TLS, which stands in for the signature (OpenID Connect Core 3.1.3.7)."""
        payload = id_token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        audience = claims["aud"]
        known = self._provider.client_id in (audience if isinstance(audience, list) else [audience])
        if not known or claims.get("nonce") != nonce or claims.get("email_verified") is False:
            raise SignInFault(SignInTrouble.BAD_ANSWER, "an identity for somebody else", self._provider.host)
        return claims

    @contextmanager
    def _explained(self, *secrets: str) -> Iterator[None]:
        """`secrets`: what is sent meanwhile."""
        try:
            with network_explained(self._provider.host):
                yield
        except AuthlibBaseError as error:
            masks = self._masks(*secrets)
            raise fault_for(self._provider.host, error.error, error.description, masks) from None

    def _masks(self, *secrets: str) -> Redactor:
        return hiding(self._provider.client_secret, *secrets)
