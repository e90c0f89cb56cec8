"""The workspace's own servers per mail domain (C10): checked field by field, kept, and handed to detection, where they come
first. Used by the settings, the command line and `find_provider`."""

from __future__ import annotations

import re

from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.exchange_address import ews_url, is_exchange_online
from app.domain.hosts import ascii_domain, ascii_host, server_host
from app.domain.inboxes import Endpoint
from app.domain.presets import (
    BEFORE_THE_AT,
    WHOLE_ADDRESS,
    Preset,
    PresetFault,
    PresetField,
    PresetForm,
    PresetWay,
    TypedServer,
)
from app.domain.rights import Right
from app.providers.catalogue import DOMAIN, Catalogue, Service, load_catalogue, preset_service
from app.services.rights import require
from app.services.workspace import Workspace

F = PresetField
_MARKS = (WHOLE_ADDRESS, BEFORE_THE_AT)
_USERNAME = re.compile(r"[^\x00-\x20\x7f%:]{0,200}")  # what stands around the marks
_OTHER_PORTS = {
    ("IMAP", 110): "Port 110 is POP3. IMAP uses 993 or 143.",
    ("IMAP", 995): "Port 995 is POP3. IMAP uses 993 or 143.",
    ("SMTP", 25): "Port 25 is between servers. Use 465 or 587.",
}
_NO_PASSWORDS = (
    "Microsoft 365 takes no passwords from mail programs. Leave its domains out: they are recognised, and signed in to in "
    "the browser."
)


def read_form(form: PresetForm) -> Preset | tuple[PresetFault, ...]:
    """The preset, or what is wrong with each field."""
    domain, fault = _domain(form.domain)
    faults = [fault] if fault else []
    if form.way is PresetWay.EXCHANGE:
        url, fault = _url(form.url)
        faults += [fault] if fault else []
        return tuple(faults) or Preset(domain, ews_url=url)
    imap = _server(form.imap, F.IMAP_HOST, F.IMAP_PORT, faults)
    smtp = _server(form.smtp, F.SMTP_HOST, F.SMTP_PORT, faults)
    username = form.username.strip() or WHOLE_ADDRESS
    if fault := _username(username):
        faults.append(fault)
    return tuple(faults) or Preset(domain, imap, smtp, username)


def all_presets(workspace: Workspace) -> tuple[Preset, ...]:
    """By domain. Raises UsageError for one that cannot be read."""
    return tuple(map(_preset_of, _services(workspace)))


def keep_preset(workspace: Workspace, form: PresetForm, instead_of: str = "") -> tuple[PresetFault, ...]:
    """Keeps it for everyone in the workspace; returns what is wrong otherwise. `instead_of`: the domain of the preset
    that was edited; empty for a new one. A domain has one preset: IMAP servers or an Exchange URL, never both. Raises
    StoreError, AdminOnly."""
    require(workspace.store, Right.PRESETS)
    preset = read_form(form)
    if not isinstance(preset, Preset):
        return preset
    store = workspace.store
    with store.transaction(Area.SETTINGS, source="presets"):
        if preset.domain != instead_of and any(p.domain == preset.domain for p in all_presets(workspace)):
            return (PresetFault(F.DOMAIN, f"{preset.domain} has a preset already. Edit that one."),)
        if instead_of and instead_of != preset.domain:
            store.presets.remove(instead_of)
        store.presets.put(preset.domain, _document(preset))
    return ()


def add_preset(workspace: Workspace, form: PresetForm) -> Preset:
    """As `keep_preset` for scripts: the same domain again changes its servers, but does not make an Exchange domain of an
    IMAP one, or the other way round. Raises UsageError, AdminOnly, StoreError."""
    require(workspace.store, Right.PRESETS)
    preset = read_form(form)
    if not isinstance(preset, Preset):
        raise UsageError(" ".join(f.text for f in preset))
    with workspace.store.transaction(Area.SETTINGS, source="presets"):
        before = next((p for p in all_presets(workspace) if p.domain == preset.domain), None)
        if before is not None and before.way is not preset.way:
            has, not_too = "an Exchange URL", "IMAP settings"
            if before.way is PresetWay.SERVERS:
                has, not_too = not_too, has
            raise NotAllowed(
                f"{preset.domain} has {has}, and a domain cannot have {not_too} too: one of them would be guessed. Remove it "
                f"first: “hitchpost settings preset remove {preset.domain}”."
            )
        workspace.store.presets.put(preset.domain, _document(preset))
    return preset


def remove_preset(workspace: Workspace, domain: str) -> None:
    """Inboxes that are connected stay as they are. Raises UsageError where the domain has none, AdminOnly."""
    require(workspace.store, Right.PRESETS)
    name = ascii_domain(domain) or domain.strip().lower()
    with workspace.store.transaction(Area.SETTINGS, source="presets"):
        if not workspace.store.presets.remove(name):
            raise UsageError(f"{name} has no preset. See hitchpost settings preset list.")


def workspace_catalogue(workspace: Workspace) -> Catalogue:
    """What detection looks things up in: the presets first. Raises UsageError for presets that cannot be read."""
    return load_catalogue(_services(workspace))


def _services(workspace: Workspace) -> tuple[Service, ...]:
    return tuple(map(preset_service, workspace.store.presets.all()))


def _preset_of(service: Service) -> Preset:
    if service.ews_url:
        return Preset(service.domains[0], ews_url=service.ews_url)
    return Preset(service.domains[0], service.imap[0], service.smtp[0], service.username)


def _document(preset: Preset) -> dict[str, object]:
    """In the form of `resources/providers/mail`."""
    if preset.ews_url:
        return {"domains": [preset.domain], "ews_url": preset.ews_url}
    servers: dict[str, object] = {"imap": [str(preset.imap)], "smtp": [str(preset.smtp)]}
    return {"domains": [preset.domain], **servers, "username": preset.username}


def _domain(typed: str) -> tuple[str, PresetFault | None]:
    text = typed.strip()
    if not text:
        return "", PresetFault(F.DOMAIN, "Type the domain: what follows the @ in the addresses, as in example.com.")
    if "*" in text:
        why = "A wildcard would also catch names of others. Add each domain by itself, as in example.com."
        return "", PresetFault(F.DOMAIN, why)
    if "@" in text:
        return "", PresetFault(F.DOMAIN, "Type only what follows the @, as in example.com.")
    name = ascii_domain(text)
    return name, None if name else PresetFault(F.DOMAIN, f"“{text}” is not a mail domain such as example.com.")


def _server(typed: TypedServer, host_field: F, port_field: F, faults: list[PresetFault]) -> Endpoint | None:
    text, port = typed.host.strip(), typed.port.strip()
    protocol = "IMAP" if host_field is F.IMAP_HOST else "SMTP"
    host = server_host(text)
    if not text:
        faults.append(PresetFault(host_field, f"Type the name of the {protocol} server, as in mail.example.com."))
    elif not host:
        why = "This is not the name of a server such as mail.example.com; a port has a field of its own."
        faults.append(PresetFault(host_field, why))
    elif is_exchange_online(host):
        faults.append(PresetFault(host_field, _NO_PASSWORDS))
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        faults.append(PresetFault(port_field, f"An {protocol} port is a number from 1 to 65535."))
        return None
    if (protocol, int(port)) in _OTHER_PORTS:
        faults.append(PresetFault(port_field, _OTHER_PORTS[protocol, int(port)]))
    return Endpoint(host, int(port), typed.security)


def _username(template: str) -> PresetFault | None:
    """A name of one person, or a password, has no place in what is set for everyone."""
    around = template
    for mark in (*_MARKS, DOMAIN):
        around = around.replace(mark, "")
    if _USERNAME.fullmatch(around) and any(mark in template for mark in _MARKS):
        return None
    return PresetFault(
        F.USERNAME,
        f"A user name is made from the address, by {WHOLE_ADDRESS} or {BEFORE_THE_AT}, as in EXAMPLE\\{BEFORE_THE_AT}.",
    )


def _url(typed: str) -> tuple[str, PresetFault | None]:
    if not typed.strip():
        return "", PresetFault(F.URL, "Type the Exchange URL, or the address of the webmail.")
    if "@" in typed:  # a name or a password would be kept for everyone to read
        return "", PresetFault(F.URL, "An Exchange URL has no @ in it; names and passwords are not part of a preset.")
    try:
        url = ews_url(typed)
    except UsageError as error:
        return "", PresetFault(F.URL, str(error))
    host = url.partition("://")[2].partition("/")[0].partition(":")[0]
    if is_exchange_online(host):
        return "", PresetFault(F.URL, _NO_PASSWORDS)
    if not host.startswith("[") and not ascii_host(host):
        return "", PresetFault(F.URL, "This is not the address of a server such as https://mail.example.com.")
    return url, None
