"""What a sign-in gives: a refresh token that lasts, and access tokens by audience that do not. Used by this room and by
services."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

EARLY = 300.0  # seconds before its end at which an access token counts as used up


@dataclass(frozen=True)
class Access:
    """An access token and when it ends (Unix time)."""

    token: str = field(repr=False)
    expires_at: float

    @property
    def fresh(self) -> bool:
        return self.expires_at - time.time() > EARLY


@dataclass(frozen=True)
class Grant:
    """`account`: the name that the provider gives the person, an address nearly always. `name`: how the person is called
    there; known after a sign-in only, and not kept. Masks its tokens."""

    account: str
    refresh_token: str = field(repr=False)
    access: Mapping[str, Access] = field(default_factory=dict)
    name: str = ""

    def renewed(self, audience: str, answer: Mapping[str, Any]) -> Grant:
        """After a token answer (RFC 6749 5.1). A provider that rotates sends a new refresh token, which ends the old
        one; another sends none. Raises KeyError, ValueError for an answer without a token."""
        lasts = float(answer.get("expires_in") or 3600)
        access = Access(str(answer["access_token"]), time.time() + lasts)
        refresh_token = str(answer.get("refresh_token") or self.refresh_token)
        return replace(self, refresh_token=refresh_token, access={**self.access, audience: access})

    def to_json(self) -> str:
        access = {name: [a.token, a.expires_at] for name, a in self.access.items()}
        return json.dumps({"account": self.account, "refresh_token": self.refresh_token, "access": access})

    @classmethod
    def from_json(cls, text: str) -> Grant:
        data = json.loads(text)
        access = {name: Access(token, float(end)) for name, (token, end) in data["access"].items()}
        return cls(data["account"], data["refresh_token"], access)


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
        """With a new access token, and the refresh token to use from now on."""
        ...

    def revoke(self, grant: Grant) -> bool:
        """Ends the grant at the provider; False where only the person can do that."""
        ...
