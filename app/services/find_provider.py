"""From an address to the servers it is connected with (C2, C7). Used by the wizard and the command line."""

from __future__ import annotations

import threading
from dataclasses import replace

from app.domain.detection import Detected, Finding, Source, Unsupported
from app.domain.errors import NoMailServer, NotAllowed
from app.domain.inboxes import Endpoint, ImapAccount, Provider, ServerTrust
from app.providers import decide
from app.services.presets import workspace_catalogue
from app.services.workspace import Workspace
from app.words.detection import consent, explain_detection


def known_provider(workspace: Workspace, address: str) -> Finding | Unsupported | None:
    """What the workspace's presets and the table of known services say; quick, asks nobody. Raises UsageError for presets
    that cannot be read."""
    return decide.from_catalogue(address.strip(), workspace_catalogue(workspace))


def preset_url(workspace: Workspace, address: str) -> str:
    """The Exchange URL that is set for the address's domain; empty where none is."""
    found = known_provider(workspace, address)
    return found.ews_url if isinstance(found, Finding) and found.source is Source.PRESET else ""


def find_provider(workspace: Workspace, address: str, cancel: threading.Event | None = None) -> Detected:
    """All sources, in 12 s at most. Raises Cancelled, UsageError."""
    from app.providers.look_up import detect  # brings libraries that the first window does not need

    return detect(address, workspace_catalogue(workspace), cancel=cancel)


def imap_account(found: Detected, imap: Endpoint | None, smtp: Endpoint | None) -> ImapAccount:
    """The account for IMAP and SMTP, from what was found and what a person gave (which comes first). Raises NoMailServer
    when that is not enough, NotAllowed when a host outside the domain was not agreed to by naming it."""
    if not isinstance(found, Finding):
        raise NoMailServer(f"{explain_detection(found)} Servers can be given with --imap and --smtp.")
    if found.service is not None and found.service.passwords_refused:
        raise NoMailServer(f"{found.service.name} takes no passwords: use `hitchpost connect {found.provider.value}`.")
    if found.provider is Provider.EXCHANGE:
        raise NoMailServer("This address is on an Exchange server: use `hitchpost connect exchange`.")
    incoming = found.incoming[0] if found.incoming else None
    outgoing = found.outgoing[0] if found.outgoing else None
    used_imap = imap or (incoming.endpoint if incoming else None)
    used_smtp = smtp or (outgoing.endpoint if outgoing else None)
    if used_imap is None or used_smtp is None:
        missing = "--imap" if used_imap is None else "--smtp"
        raise NoMailServer(f"{explain_detection(found)} One server is missing: give it with {missing}.")
    detected = {e.host for e, given in ((used_imap, imap), (used_smtp, smtp)) if given is None}
    outside = tuple(host for host in found.outside if host in detected)
    if outside:
        asked = consent(replace(found, outside=outside))
        raise NotAllowed(
            f"{asked} Your password would go there. To agree, name the servers: --imap {used_imap} --smtp {used_smtp}"
        )
    username = incoming.username if incoming and imap is None else found.address
    smtp_username = outgoing.username if outgoing and smtp is None and outgoing.username != username else ""
    return ImapAccount(found.address, used_imap, used_smtp, username, smtp_username, ServerTrust())
