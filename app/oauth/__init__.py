"""Signing in at Google and Microsoft: authorization code with PKCE in the system browser (RFC 8252), tokens, renewal.

`sign_in` is the way in; `token_store` keeps what comes of it. Used by services."""
