"""Mail that came to the other kind of logging address than it is for: the two commonest mistakes, and what to do instead.
Used by `plan_copied`; the sentences stand in the review list."""

from __future__ import annotations

from app.domain.addresses import is_complete
from app.domain.copied_mail import CopyKind, Refusal, Refused
from app.mime.forward import read_forward
from app.mime.reading import ReadMessage
from app.services.copied_mail import CopiedMail
from app.services.who_may_be_logged import rules_for
from app.services.workspace import Workspace

_NAMES = {CopyKind.BCC: "BCC", CopyKind.FORWARD: "forwarding"}


def hint_for_bcc(workspace: Workspace, refused: Refused, raw: bytes) -> str:
    """A sentence about a message that names nobody, where it is a forwarded one; else empty."""
    if refused.reason is not Refusal.NO_CONTACT or read_forward(raw).original is None:
        return ""
    right = _right(workspace, CopyKind.FORWARD)
    return f"It is a forwarded message, and came to the BCC address. Forward such a message to {right}."


def hint_for_forward(workspace: Workspace, copied: CopiedMail, message: ReadMessage) -> str:
    """A sentence about a message in which no forwarded one was found, where it was written to somebody else and names the
    forwarding address neither in To nor in Cc; else empty."""
    if copied.kind is not CopyKind.FORWARD:
        return ""
    named = (*message.headers.to, *message.headers.cc)
    if copied.address is not None and copied.address.key in {person.key for person in named}:
        return ""
    own = rules_for(workspace, ()).is_own
    if all(own(person.key) or not is_complete(person.addr_spec) for person in named):
        return ""
    right = _right(workspace, CopyKind.BCC)
    return f"It is an ordinary message, and came to the forwarding address. Into the Bcc of what you write belongs {right}."


def _right(workspace: Workspace, kind: CopyKind) -> str:
    """The address that serves this kind, named; where there is none, that one has to be added."""
    found = next((a.address for a in workspace.store.logging_addresses.all() if a.kind is kind and a.address), "")
    if found:
        return f"the {_NAMES[kind]} address, {found}"
    return f"a {_NAMES[kind]} address, which you add in the settings"
