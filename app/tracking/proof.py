"""How a server shows that it knows a folder's API token without telling it. Used by the server and its client."""

from __future__ import annotations

import hashlib
import hmac


def health_proof(api_token: str, nonce: str) -> str:
    """What only a server with this API token can answer to `nonce`: HMAC-SHA-256, hex."""
    return hmac.new(api_token.encode(), b"hitchpost health " + nonce.encode(), hashlib.sha256).hexdigest()
