"""The text of a diagnosis, for an IT department: what was tried, what each server showed and said, what is to be changed on
their side. No secrets, and no more about the person than the address: no names of folders, people or files."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata

from app import __version__
from app.domain.addresses import address_key
from app.domain.detection import Finding, Source
from app.domain.diagnosis import Diagnosis, MailboxFacts, ServerFacts, Speaks, StepTaken
from app.domain.errors import UsageError
from app.domain.inboxes import Account, AuthMethod, ConnectionSecurity, ExchangeAccount, ImapAccount, Inbox, ServerTrust
from app.domain.problems import CertificateFacts, Problem
from app.services.find_provider import known_provider
from app.services.presets import workspace_catalogue
from app.services.workspace import Workspace
from app.words.administrators import asked_of_administrators
from app.words.detection import explain_detection
from app.words.problems import Explanation, check_step_title, explain
from app.words.quoting import said, sentence, server_says

_WIDTH = 100
_SECURITY = {ConnectionSecurity.IMPLICIT_TLS: "TLS from the start", ConnectionSecurity.STARTTLS: "STARTTLS"}
_CLOCK_OFF = 60  # seconds that two clocks may differ


def write_report(workspace: Workspace, inbox: Inbox, found: Diagnosis | None = None) -> str:
    """Without a diagnosis: what is known of the inbox, asking nobody."""
    lines = ["Hitchpost connection report", "=" * 27, "", *_head(workspace, inbox, found)]
    problems = _problems(inbox, found)
    if problems:
        lines += _title("What needs to be changed")
        lines += [line for number, problem in enumerate(problems, 1) for line in _change(number, problem, inbox)]
    if found is not None:
        lines += _title("Steps")
        lines += [line for step in found.steps for line in _step(step, inbox)]
        lines += [f"not run  {note}" for note in found.notes]
    lines += _title("Servers")
    lines += _settings(inbox, found.servers if found is not None else ())
    if found is not None:
        for server in found.servers:
            lines += ["", *_server(server, inbox)]
        if found.mailbox is not None:
            lines += _title("Mailbox, after the sign-in")
            lines += _mailbox(found.mailbox)
    lines += ["", "Passwords and tokens are not in this report."]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _title(text: str) -> list[str]:
    return ["", text, "-" * len(text)]


def _wrapped(text: str, indent: str = "  ", first: str | None = None) -> list[str]:
    start = indent if first is None else first
    return textwrap.wrap(
        text, _WIDTH, initial_indent=start, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _when(moment: datetime) -> str:
    """In the computer's own zone, named by its distance from UTC."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S UTC%z")


def _head(workspace: Workspace, inbox: Inbox, found: Diagnosis | None) -> Iterator[str]:
    yield f"Address:  {inbox.address}"
    yield f"Made:     {_when(datetime.now().astimezone())}"
    yield f"Program:  Hitchpost {__version__}"
    yield f"System:   {platform.platform()}, Python {platform.python_version()}, Qt {_qt_version()}"
    yield f"Inbox:    {inbox.provider.value}, {inbox.kind.value}"
    yield f"State:    {inbox.state.value.replace('_', ' ')}, since {_when(inbox.since)}"
    if inbox.problem is not None:
        yield from _wrapped(f"{sentence(_of(inbox, inbox.problem).title)}{said(inbox.problem)}", " " * 10, "Reason:   ")
    yield f"Read:     last {_when(inbox.last_sync_at)}" if inbox.last_sync_at else "Read:     not yet"
    if found is not None:
        failed = sum(step.problem is not None for step in found.steps)
        what = "every step passed" if not failed else f"{failed} of {len(found.steps)} steps did not pass"
        yield f"Result:   {what}"
    yield from _wrapped(_service(workspace, inbox), " " * 10, "Service:  ")


def _service(workspace: Workspace, inbox: Inbox) -> str:
    """How this inbox's servers came to be, as far as the workspace and the table of known services tell."""
    try:
        known = known_provider(workspace, inbox.address)
    except UsageError as error:
        return str(error)
    domain = inbox.address.rpartition("@")[2]
    if isinstance(known, Finding):
        name = f"{known.service.name}. " if known.service is not None else ""
        preset = known.source is Source.PRESET
        what = f"those of the workspace’s preset for {domain}" if preset else f"those that are known for {domain}"
        if _uses(inbox.account, known):
            return f"{name}The servers are {what}."
        theirs = ", ".join(str(s.endpoint) for s in (*known.incoming[:1], *known.outgoing[:1])) or known.ews_url
        newer = ", or the preset is newer than the inbox" if preset else ""
        return f"{name}The servers are not {what} ({theirs}): they were entered by hand{newer}."
    if isinstance(inbox.account, ImapAccount):
        at_host = workspace_catalogue(workspace).of_host(inbox.account.imap.host)
        if at_host is not None:
            return f"{at_host.facts.name}, as its servers tell; they were found for {domain}, or entered by hand."
    how = explain_detection(known) if known is not None else f"No preset, and no service that is known for {domain}."
    return f"{how} The servers were found in the network, or entered by hand."


def _uses(account: Account, known: Finding) -> bool:
    if isinstance(account, ExchangeAccount):
        return account.url == known.ews_url
    incoming, outgoing = ([s.endpoint for s in side] for side in (known.incoming, known.outgoing))
    return account.imap in incoming and (bool(account.graph_url) or account.smtp in outgoing)


def _qt_version() -> str:
    """That of its Python bindings, which follows Qt's own."""
    for name in ("PySide6_Essentials", "PySide6"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "not installed"


def _problems(inbox: Inbox, found: Diagnosis | None) -> list[Problem]:
    """Of this diagnosis; without one, that of the inbox. Each once."""
    if found is None:
        return [inbox.problem] if inbox.problem is not None else []
    kept: list[Problem] = []
    for step in found.steps:
        if step.problem is not None and not any(_same(step.problem, other) for other in kept):
            kept.append(step.problem)
    return kept


def _same(one: Problem, other: Problem) -> bool:
    return (one.code, one.host, one.port) == (other.code, other.host, other.port)


def _of(inbox: Inbox, problem: Problem) -> Explanation:
    return explain(problem, worked=inbox.last_sync_at is not None)


def _change(number: int, problem: Problem, inbox: Inbox) -> list[str]:
    told = _of(inbox, problem)
    asked = asked_of_administrators(problem) or "Nothing on the side of the server."
    return [
        *_wrapped(f"{told.title}. {told.cause}", "   ", f"{number}. "),
        *_wrapped(f"Those who run the server or the network: {asked}", "   "),
        *_wrapped(f"The owner of the mailbox: {told.remedy}", "   "),
    ]


def _step(step: StepTaken, inbox: Inbox) -> list[str]:
    outgoing = step.step.value.startswith(("smtp", "test"))
    host = inbox.account.send_host if outgoing else inbox.account.read_host
    way = "outgoing mail" if outgoing else "incoming mail"
    title = check_step_title(step.step, host)
    title = title if way in title or host in title else f"{title} ({way})"
    took = f"{step.seconds:.2f} s"
    if step.problem is None:
        return [f"passed   {title}: {step.detail or 'done'}, {took}"]
    p = step.problem
    lines = [f"FAILED   {title}, {took}"]
    number = f", SMTP code {p.smtp_code}" if p.smtp_code else ""
    lines.append(f"         {p.code.value} at {p.host or host}, port {p.port or 'unknown'}{number}")
    if p.server_says:  # for technicians: also what the sentences for people leave out
        lines += _wrapped(server_says(p) or f"Noted here: {sentence(p.note)}", "         ")
    if p.certificate is not None:
        lines += ["         The certificate that was shown:", *_certificate(p.certificate, "           ")]
    return lines


def _settings(inbox: Inbox, seen: tuple[ServerFacts, ...]) -> list[str]:
    account = inbox.account
    own = address_key(account.username or account.address) == address_key(account.address)
    lines = [f"Signs in as: {'the address' if own else 'another name than the address'}"]
    if isinstance(account, ExchangeAccount):
        lines += [f"Exchange Web Services: {account.url}", "Sign-in: password (Basic, over TLS)"]
    else:
        lines.append(
            f"Incoming mail (IMAP): {account.imap.host}, port {account.imap.port}, {_SECURITY[account.imap.security]}"
        )
        if account.graph_url:
            lines.append(f"Outgoing mail: Microsoft Graph, {account.graph_url}")
        else:
            smtp = account.smtp
            lines.append(f"Outgoing mail (SMTP): {smtp.host}, port {smtp.port}, {_SECURITY[smtp.security]}")
        lines.append(f"Sign-in: {'OAuth 2.0 (access token)' if _by_token(inbox) else 'password, over TLS'}")
    lines += _trusts(account, seen)
    return [part for line in lines for part in _wrapped(line, "  ", "")]


def _trusts(account: Account, seen: tuple[ServerFacts, ...]) -> Iterator[str]:
    """What each server's certificate is measured by, and whether a pinned one is the one that the server shows."""
    if isinstance(account, ExchangeAccount):
        sides = [("Exchange", account.read_host, account.trust, seen[:1])]
    else:
        sending = account.trust if account.smtp_trust is None else account.smtp_trust
        if account.graph_url:
            sending = ServerTrust(ca_pem=account.trust.ca_pem)  # as `backends.graph` has it
        sides = [
            ("incoming mail", account.read_host, account.trust, seen[:1]),
            ("outgoing mail", account.send_host, sending, seen[1:]),
        ]
    for way, host, trust, facts in sides:
        if not trust.pin_sha256:
            more = ", and of one given by the owner of the mailbox" if trust.ca_pem else ""
            yield f"Trust in {host} ({way}): certificates of the authorities that this computer knows{more}"
            continue
        pin = "".join(c for c in trust.pin_sha256.lower() if c in "0123456789abcdef")
        shown = next((f.chain[0].sha256 for f in facts if f.chain), "")
        verdict = "the server’s was not seen" if not shown else "it matches" if shown == pin else "the server’s differs"
        yield f"Trust in {host} ({way}): pinned, only the certificate with SHA-256 {_pairs(pin)}; {verdict}"


def _by_token(inbox: Inbox) -> bool:
    return isinstance(inbox.account, ImapAccount) and inbox.account.auth is AuthMethod.OAUTH


def _server(facts: ServerFacts, inbox: Inbox) -> Iterator[str]:
    end = facts.endpoint
    yield f"{end.host}, port {end.port} ({facts.speaks.value}), seen without signing in"
    if facts.addresses:
        yield from _wrapped(f"Addresses: {', '.join(facts.addresses)}")
    if facts.answered_ms:
        yield f"  TCP connection: after {facts.answered_ms} ms"
    if facts.greeting:
        yield from _wrapped(f"Greeting: {facts.greeting}", "    ", "  ")
    if facts.tls:
        yield f"  TLS: {facts.tls}, {facts.cipher}"
    if facts.sign_ins:
        yield from _wrapped(f"Sign-in methods offered: {', '.join(facts.sign_ins)}", "    ", "  ")
    if facts.tls:
        yield f"  Sign-in method that Hitchpost uses: {_used(facts, inbox)}"
    if facts.capabilities:
        yield from _wrapped(f"It announces: {', '.join(facts.capabilities)}", "    ", "  ")
    if facts.clock is not None:
        off = abs(facts.clock)
        side = "ahead of" if facts.clock > 0 else "behind"
        yield f"  Its clock: {off} s {side} this computer’s" if off > _CLOCK_OFF else "  Its clock: as this computer’s"
    if facts.problem is not None:
        yield from _wrapped(f"The look ended early: {explain(facts.problem).title}.{said(facts.problem)}", "    ", "  ")
    for number, certificate in enumerate(facts.chain, 1):
        whose = "the server’s own" if number == 1 else "sent with it"
        yield f"  Certificate {number} of {len(facts.chain)}, {whose}:"
        yield from _certificate(certificate, "    ")


def _used(facts: ServerFacts, inbox: Inbox) -> str:
    offered = {name.upper() for name in facts.sign_ins}
    if facts.speaks is Speaks.HTTPS:
        return "Bearer" if _by_token(inbox) else "Basic"
    wanted = ("XOAUTH2", "OAUTHBEARER") if _by_token(inbox) else ("PLAIN", "LOGIN", "LOGIN (THE COMMAND)")
    used = next((name for name in wanted if name in offered), "")
    return used.replace("THE COMMAND", "the command") or f"none: it needs {' or '.join(wanted[:2])}"


def _certificate(facts: CertificateFacts, indent: str) -> Iterator[str]:
    more = indent + "  "
    yield from _wrapped(f"Subject: {facts.subject or 'cannot be read'}", more, indent)
    yield from _wrapped(f"Issuer: {facts.issuer or 'cannot be read'}", more, indent)
    yield f"{indent}Valid: {facts.not_before} to {facts.not_after}"
    if facts.names:
        yield from _wrapped(f"Names: {', '.join(facts.names[:20])}", more, indent)
    yield f"{indent}SHA-256: {_pairs(facts.sha256)}"


def _pairs(sha256: str) -> str:
    text = sha256.upper()
    return ":".join(text[i : i + 2] for i in range(0, len(text), 2))


def _mailbox(facts: MailboxFacts) -> Iterator[str]:
    sent = "marked by the server" if facts.sent_marked else "found by its name" if facts.sent else "none yet"
    yield f"Folders that hold messages: {facts.folders}; for sent mail: {sent}"
    if facts.capabilities:
        yield from _wrapped(f"Capabilities: {', '.join(facts.capabilities)}", "  ", "")
