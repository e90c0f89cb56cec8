"""The two ways to sign in with an access token: XOAUTH2 (Google's, also Microsoft's) and OAUTHBEARER (RFC 7628), and the
reason that a server gives when it refuses. Used by `imap` and `smtp`."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from app.domain.inboxes import AccessToken, Endpoint


@dataclass
class TokenSignIn:
    """One exchange. `mechanism`: XOAUTH2 or OAUTHBEARER. `first` is what is sent at once; every challenge after it is a
    refusal with its reason, answered by `answer` so that the server can say NO (RFC 7628 3.2.3)."""

    mechanism: str
    first: bytes = field(repr=False)
    reason: str = ""
    _sent: bool = False

    def answer(self, challenge: bytes) -> bytes:
        """To the server's challenge, decoded: the token, once, then the end. Raises ValueError for a server that goes on
        asking."""
        if not self._sent:
            self._sent = True
            return self.first
        if self.reason:
            raise ValueError("a challenge after the refusal")
        self.reason = read_reason(challenge) or "refused"
        return b"\x01" if self.mechanism == "OAUTHBEARER" else b""


def token_sign_in(
    offered: Collection[str], username: str, token: AccessToken, endpoint: Endpoint
) -> TokenSignIn | None:
    """XOAUTH2 where it is offered, else OAUTHBEARER; None where the server takes no tokens."""
    secret = token.reveal()
    if "XOAUTH2" in offered:
        return TokenSignIn("XOAUTH2", f"user={username}\1auth=Bearer {secret}\1\1".encode())
    if "OAUTHBEARER" in offered:
        name = username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 4
        text = f"n,a={name},\1host={endpoint.host}\1port={endpoint.port}\1auth=Bearer {secret}\1\1"
        return TokenSignIn("OAUTHBEARER", text.encode())
    return None


def read_reason(challenge: bytes) -> str:
    """From `{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`: the fields in one line."""
    try:
        found = json.loads(challenge)
        if not isinstance(found, dict):
            return str(found)[:200]
        return ", ".join(f"{name} {value}" for name, value in list(found.items())[:6])[:200]
    except (ValueError, RecursionError):
        return challenge.decode("utf-8", "replace")[:200]
