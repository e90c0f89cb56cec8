"""What a sign-in gives: a refresh token that lasts, and access tokens by audience that do not. Used by this room and by
services."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

EARLY = 300.0  # seconds before its end at which an access token counts as used up
_LONGEST = 7 * 86_400.0  # seconds that an access token is believed to last


@dataclass(frozen=True)
class Issuer:
    """Whose a grant is: no token of it goes to anybody else. `provider`: Provider's value. `host`: host and port of the
    token endpoint, or of the authority."""

    provider: str = ""
    client_id: str = ""
    host: str = ""

    def to_json(self) -> str:
        return json.dumps([self.provider, self.client_id, self.host])

    @classmethod
    def from_json(cls, text: str) -> Issuer:
        """Raises ValueError, TypeError."""
        provider, client_id, host = json.loads(text)
        return cls(str(provider), str(client_id), str(host))


@dataclass(frozen=True)
class Access:
    """An access token and when it ends (Unix time). `scope`: what it allows, as the token answer said it; known after that
    answer only, and not kept."""

    token: str = field(repr=False)
    expires_at: float
    scope: str = ""

    @property
    def fresh(self) -> bool:
        return self.expires_at - time.time() > EARLY


@dataclass(frozen=True)
class Grant:
    """`account`: the name that the provider gives the person, an address nearly always. `name`: how the person is called
    there; known after a sign-in only, and not kept. `issuer`: who gave it, to which client. Masks its tokens."""

    account: str
    refresh_token: str = field(repr=False)
    access: Mapping[str, Access] = field(default_factory=dict)
    name: str = ""
    issuer: Issuer = Issuer()

    @property
    def tokens(self) -> tuple[str, ...]:
        """All of them, so that none is shown."""
        return (self.refresh_token, *(access.token for access in self.access.values()))

    def renewed(self, audience: str, answer: Mapping[str, Any]) -> Grant:
        """After a token answer (RFC 6749 5.1). A provider that rotates sends a new refresh token, which ends the old
        one; another sends none. Raises KeyError, ValueError, TypeError, OverflowError for an answer without a token, or
        with one that is none."""
        lasts, scope = float(answer.get("expires_in") or 3600), answer.get("scope") or ""
        if not math.isfinite(lasts) or not isinstance(scope, str):
            raise ValueError("no token answer")
        access = Access(_token(answer["access_token"]), time.time() + min(max(lasts, 0.0), _LONGEST), scope)
        refresh_token = _token(answer.get("refresh_token") or self.refresh_token)
        return replace(self, refresh_token=refresh_token, access={**self.access, audience: access})

    def without(self, audience: str) -> Grant:
        """Its access token for `audience` left out."""
        return replace(self, access={name: found for name, found in self.access.items() if name != audience})

    def to_json(self) -> str:
        access = {name: [a.token, a.expires_at] for name, a in self.access.items()}
        kept = {"issuer": self.issuer.to_json(), "account": self.account, "refresh_token": self.refresh_token}
        return json.dumps({**kept, "access": access})

    @classmethod
    def from_json(cls, text: str) -> Grant:
        """Raises ValueError, KeyError, TypeError."""
        data = json.loads(text)
        access = {name: Access(token, float(end)) for name, (token, end) in data["access"].items()}
        return cls(data["account"], data["refresh_token"], access, issuer=Issuer.from_json(data["issuer"]))


def _token(found: object) -> str:
    """RFC 6749 A.12 and A.17: visible ASCII, nothing that could end a line or a field. Raises ValueError."""
    if not isinstance(found, str) or not found or not all("!" <= c <= "~" for c in found):
        raise ValueError("no token")
    return found


@dataclass(frozen=True)
class Attempt:
    """A sign-in that was begun: the address to open, and what has to come back. `memory` is the library's own."""

    url: str
    state: str
    memory: Mapping[str, Any] = field(repr=False)


class OAuthClient(Protocol):
    """One provider's library. Every method but `begin` talks to the provider; all raise SignInFault."""

    def begin(self, redirect_uri: str, login_hint: str) -> Attempt:
        """PKCE with S256 (RFC 7636), and a state of its own."""
        ...

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Grant:
        """`answer`: what the browser brought. Its state was compared already, and is again."""
        ...

    def renew(self, grant: Grant, audience: str) -> Grant:
        """With a new access token, and the refresh token to use from now on, which has to be kept whatever the new one
        allows: `faults.require_scopes` judges that afterwards."""
        ...

    def revoke(self, grant: Grant) -> bool:
        """Ends the grant at the provider; False where only the person can do that."""
        ...
