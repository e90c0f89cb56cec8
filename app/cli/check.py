"""`check imap|smtp`: one server alone, from the connection to the sign-in. Nothing is kept, nothing is sent."""

from __future__ import annotations

from argparse import Namespace

from app.backends.imap import open_imap
from app.backends.smtp import open_smtp
from app.cli.checking import StepReport, trust_of, trust_options
from app.cli.output import emit, password_from_stdin
from app.cli.parsing import Parser, endpoint
from app.domain.checks import IMAP_STEPS, SMTP_STEPS
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount
from app.words.commands import explain_by_command
from app.words.quoting import said, sentence
from app.words.refused_servers import why_refused


def add_check(command: Parser, common: Parser) -> None:
    kinds = command.add_subparsers(dest="server_kind", metavar="imap|smtp", required=True)
    for kind, text in (("imap", "a server of incoming mail"), ("smtp", "a server of outgoing mail")):
        server = kinds.add_parser(
            kind,
            parents=[common],
            help=text,
            description=f"Connects to {text}, secures the connection and signs in. Nothing is kept, and nothing is sent.",
        )
        server.add_argument(
            "server", type=endpoint, metavar="HOST:PORT:tls|starttls", help="such as imap.example.com:993:tls"
        )
        server.add_argument("--username", required=True, metavar="NAME", help="as the server wants it")
        server.add_argument(
            "--password-stdin",
            action="store_true",
            required=True,
            help="the password is the first line of standard input",
        )
        trust_options(server)
        server.set_defaults(run=_check)


def _check(options: Namespace) -> int:
    kind, server = options.server_kind, options.server
    trust = trust_of(options)
    secret = password_from_stdin()
    steps = IMAP_STEPS if kind == "imap" else SMTP_STEPS
    document: dict[str, object] = {
        "ok": False, "step": steps[0].value, "error": "", "remedy": "", "capabilities": [], "folders": [],
    }  # fmt: skip
    report = StepReport(options, server.host, server.host)
    account = ImapAccount(options.username, server, server, options.username, trust=trust)
    try:
        if refused := why_refused(server.host, server.port, kind):
            document["error"] = refused
        elif kind == "imap":
            with open_imap(account, secret, on_step=report.take) as incoming:
                folders = [folder.path for folder in incoming.folders()]
                document |= {"ok": True, "capabilities": sorted(incoming.capabilities()), "folders": folders}
        else:
            with open_smtp(account, secret, on_step=report.take) as outgoing:
                document |= {"ok": True, "capabilities": list(outgoing.capabilities)}
    except MailFault as fault:
        words = explain_by_command(fault.problem)
        cause = f"{words.cause}{said(fault.problem)}"
        document |= {"error": f"{sentence(words.title)} {cause}", "remedy": words.remedy}
        document["problem"] = fault.problem.code.value
    if report.steps:
        last = report.steps[-1]
        document["step"] = last["step"]
        if "certificate" in last:
            document["certificate"] = last["certificate"]
    emit(options, document, lambda: _lines(options, document))
    return 0 if document["ok"] else 1


def _lines(options: Namespace, document: dict[str, object]) -> list[str]:
    if not document["ok"]:
        return [f"{options.server}: {document['error']} {document['remedy']}".strip()]
    lines = [f"{options.server}: every check passed."]
    for name in ("capabilities", "folders"):
        found = document[name]
        if isinstance(found, list) and found:
            lines.append(f"  {name}: {', '.join(map(str, found))}")
    return lines
