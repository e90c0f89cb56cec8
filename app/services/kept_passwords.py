"""The passwords that a connected inbox has already, for checking and keeping it again without asking. Used by the façade."""

from __future__ import annotations

from app.domain.inboxes import Secret
from app.services.connect_inbox import the_inbox
from app.services.workspace import Workspace


def kept_passwords(workspace: Workspace, address: str) -> tuple[Secret, Secret | None]:
    """For incoming mail, and for outgoing mail where it has one of its own. Waits for the secret store.

    Raises UsageError for an address that is not connected, MailFault NO_SECRET, SecretError."""
    inbox = the_inbox(workspace, address)
    return workspace.password(inbox), workspace.smtp_password(inbox)
