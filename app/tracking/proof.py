"""How a server shows that it knows a workspace's API token without telling it. Used by the server and its client. The
server keeps nothing of a token but its SHA-256."""

from __future__ import annotations

import hashlib
import hmac


def token_hash(api_token: str) -> str:
    """What a server keeps of a token: 32 random bytes need no salt. Hex."""
    return hashlib.sha256(api_token.encode()).hexdigest()


def proof_mark(hashed_token: str) -> str:
    """Which of its workspaces a server is asked about; says nothing about the token itself."""
    return hashlib.sha256(b"hitchpost mark " + hashed_token.encode()).hexdigest()[:16]


def health_proof(hashed_token: str, nonce: str) -> str:
    """What only a server that keeps this token's hash can answer to `nonce`: HMAC-SHA-256, hex."""
    return hmac.new(hashed_token.encode(), b"hitchpost health " + nonce.encode(), hashlib.sha256).hexdigest()
