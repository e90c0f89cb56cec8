"""Microsoft's sign-in, by MSAL: one grant for mail and for Graph, and an access token for each (lessons: one audience a
token, `scope` sent with each renewal). For `clients`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msal
import requests
from msal.exceptions import MsalError, MsalServiceError

from app.domain.redaction import Redactor
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.faults import fault_for, hiding, network_explained, require_scopes
from app.oauth.grants import Attempt, Grant
from app.oauth.http import prepare
from app.oauth.provider_data import MAIL, OAuthProvider

T = SignInTrouble


class MicrosoftClient:
    """Fulfils `OAuthClient`. For one thread at a time."""

    def __init__(self, provider: OAuthProvider, ca_pem: str = "") -> None:
        self._provider = provider
        self._http = prepare(requests.Session(), ca_pem)
        self._made: Any = None

    def begin(self, redirect_uri: str, login_hint: str) -> Attempt:
        """Consent is asked for all audiences at once; a token comes for one. Raises SignInFault for an address in a
        government's cloud, which the common sign-in would only meet with a number."""
        self._refuse_government(login_hint)
        every = [scope for scopes in self._provider.scopes.values() for scope in scopes]
        with self._explained():
            flow = self._app().initiate_auth_code_flow(
                every,
                redirect_uri=redirect_uri,
                login_hint=login_hint,
                prompt="select_account",
                response_mode="form_post",  # the code does not stay in the browser's history (RFC 9700 4.3.1)
            )
            self._raise_error(flow, hiding())
            return Attempt(flow["auth_uri"], flow["state"], flow)

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Grant:
        with self._explained():
            token = self._app().acquire_token_by_auth_code_flow(
                dict(attempt.memory), dict(answer), scopes=list(self._provider.scopes[MAIL])
            )
            verifier = str(attempt.memory.get("code_verifier") or "")
            self._raise_error(token, hiding(answer.get("code", ""), verifier))
            if not token.get("refresh_token"):
                raise SignInFault(T.BAD_ANSWER, "no refresh token", self._provider.host)
            granted = Grant("", "", issuer=self._provider.issuer).renewed(MAIL, token)
            require_scopes(self._provider, MAIL, granted)
            claims = token["id_token_claims"]
            name = " ".join(str(claims.get("name") or "").split())[:200]
            return replace(granted, account=str(claims.get("preferred_username") or claims["email"]), name=name)

    def renew(self, grant: Grant, audience: str) -> Grant:
        with self._explained():
            token = self._app().acquire_token_by_refresh_token(
                grant.refresh_token, list(self._provider.scopes[audience])
            )
            self._raise_error(token, hiding(*grant.tokens))
            return grant.renewed(audience, token)

    def revoke(self, grant: Grant) -> bool:
        return False  # Microsoft has no revocation endpoint: the person withdraws it at `grants_url`

    def _app(self) -> Any:
        if self._made is None:
            self._made = msal.PublicClientApplication(
                self._provider.client_id,
                authority=self._provider.authority,
                instance_discovery=False,  # the authority is configured, not found
                http_client=self._http,
            )
        return self._made

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Around MSAL, which has an error of its own for HTTP 5xx. What it raises otherwise may quote the answer."""
        try:
            with network_explained(self._provider.host):
                yield
        except MsalServiceError:
            raise SignInFault(T.SERVER_BUSY, "", self._provider.host) from None
        except MsalError:
            raise SignInFault(T.BAD_ANSWER, "", self._provider.host) from None

    def _raise_error(self, answer: Mapping[str, Any], masks: Redactor) -> None:
        if "error" in answer:
            raise fault_for(self._provider.host, answer["error"], answer.get("error_description"), masks)

    def _refuse_government(self, address: str) -> None:
        """The tenant's own metadata tells its cloud: `tenant_region_sub_scope` is DODCON for GCC High and DOD for DoD;
        GCC itself is in the common cloud. A domain without a tenant has no metadata."""
        domain = address.rpartition("@")[2]
        root = self._provider.authority.rpartition("/")[0]
        if not domain:
            return
        with network_explained(self._provider.host):
            answer = self._http.get(f"{root}/{domain}/v2.0/.well-known/openid-configuration")
            if answer.status_code != 200:
                return
            found = answer.json()
            region = str(found.get("tenant_region_sub_scope") or "").upper() if isinstance(found, dict) else ""
        if region in ("DODCON", "DOD"):
            trouble = T.GCC_HIGH if region == "DODCON" else T.DOD
            raise SignInFault(trouble, f"tenant_region_sub_scope {region}", self._provider.host)
