"""The client for a provider. Used by services; the libraries are loaded when a client is first made."""

from __future__ import annotations

from app.domain.inboxes import Provider
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.grants import OAuthClient
from app.oauth.provider_data import OAuthProvider


def client_for(provider: OAuthProvider, ca_pem: str = "") -> OAuthClient:
    """`ca_pem`: authorities trusted besides the system's. Raises SignInFault NO_CLIENT where none is configured."""
    if not provider.client_id:
        raise SignInFault(SignInTrouble.NO_CLIENT, host=provider.host)
    if provider.provider is Provider.OUTLOOK:
        from app.oauth.microsoft import MicrosoftClient

        return MicrosoftClient(provider, ca_pem)
    from app.oauth.google import GoogleClient

    return GoogleClient(provider, ca_pem)
