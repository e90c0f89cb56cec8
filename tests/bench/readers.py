"""One participant of `tests.bench.sync`, in a process of its own: `python -m tests.bench.readers KIND PLAN.json`.

Prints, as the last line: seconds of work (from before the connection to after the last answer), messages, matches.
KINDS is the list of them.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_ID = re.compile(rb"<([^<>\s]{1,998})>")


@dataclass(frozen=True)
class Plan:
    """What to read. `tls`: on a port for it; else in the clear, which the program itself never does. `known`: a file of
    ids, one a line. `home`: a workspace for those that store."""

    port: int
    tls: bool
    user: str
    password: str
    ca_pem: str
    fields: tuple[str, ...]
    known: str
    home: str

    def known_ids(self) -> set[bytes]:
        return set(Path(self.known).read_bytes().split())


@dataclass(frozen=True)
class Done:
    messages: int
    matches: int


def _session(plan: Plan):  # type: ignore[no-untyped-def]
    """Signed in by the program's own ways."""
    from app.backends.imap import open_imap, opening
    from app.backends.imap.connection import Client
    from app.backends.imap.session import ImapSession
    from app.backends.transport import Timeouts, open_socket
    from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Secret, ServerTrust

    place = Endpoint("localhost", plan.port, ConnectionSecurity.IMPLICIT_TLS)
    if plan.tls:
        account = ImapAccount(plan.user, place, place, plan.user, trust=ServerTrust(ca_pem=plan.ca_pem))
        return open_imap(account, Secret(plan.password))
    client = Client(open_socket(place, Timeouts()))
    opening._sign_in(client, plan.user, Secret(plan.password))
    return ImapSession(client)


def scan(plan: Plan) -> Done:
    """The program's loop, and every id compared with a set of known ones."""
    known = plan.known_ids()
    messages = matches = 0
    with _session(plan) as session:
        session.select("INBOX")
        for window in session.scan_headers(1, None, plan.fields):
            messages += len(window.headers)
            for header in window.headers:
                matches += not known.isdisjoint(_ID.findall(header.header))
    return Done(messages, matches)


def scan_and_bodies(plan: Plan) -> Done:
    """`scan`, then the whole messages that matched."""
    known = plan.known_ids()
    messages = 0
    hits: dict[int, int] = {}
    read = 0
    with _session(plan) as session:
        session.select("INBOX")
        for window in session.scan_headers(1, None, plan.fields):
            messages += len(window.headers)
            for header in window.headers:
                if not known.isdisjoint(_ID.findall(header.header)):
                    hits[header.uid] = header.size
        for _ in session.fetch_bodies(hits):
            read += 1
    return Done(messages, read)


def drained(plan: Plan) -> Done:
    """What no client can beat over a long way: one question, COMPRESS, and what comes is unpacked and thrown away."""
    import socket
    import ssl
    import zlib

    context = ssl.create_default_context(cadata=plan.ca_pem)
    sock = context.wrap_socket(socket.create_connection(("localhost", plan.port), 60), server_hostname="localhost")
    came = b""

    def ask(line: str) -> None:
        nonlocal came
        sock.sendall(f"a {line}\r\n".encode())
        came = b""
        while b"\na " not in b"\n" + came or not came.endswith(b"\r\n"):
            came += sock.recv(65536)

    sock.recv(65536)
    ask(f"LOGIN {plan.user} {plan.password}")
    ask("EXAMINE INBOX")
    ask("COMPRESS DEFLATE")
    packer, unpacker = zlib.compressobj(-1, zlib.DEFLATED, -15), zlib.decompressobj(-15)
    line = (
        f"b UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS ({' '.join(plan.fields).upper()})])\r\n"
    )
    sock.sendall(packer.compress(line.encode()) + packer.flush(zlib.Z_SYNC_FLUSH))
    end = b""
    while b"\nb OK" not in end:
        end = (end + unpacker.decompress(sock.recv(65536)))[-200:]
    sock.close()
    return Done(0, 0)


def library(plan: Plan) -> Done:
    """Plain IMAPClient.fetch, a thousand messages a time."""
    import ssl

    from imapclient import IMAPClient

    known = plan.known_ids()
    context = ssl.create_default_context(cadata=plan.ca_pem)
    client = IMAPClient("localhost", plan.port, ssl=plan.tls, ssl_context=context if plan.tls else None, timeout=60)
    client.login(plan.user, plan.password)
    client.select_folder("INBOX", readonly=True)
    uids = client.search("ALL")
    items = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[HEADER.FIELDS ({' '.join(plan.fields)})]"]
    messages = matches = 0
    for start in range(0, len(uids), 1000):
        for answer in client.fetch(uids[start : start + 1000], items).values():
            messages += 1
            header = next(value for name, value in answer.items() if name.startswith(b"BODY["))
            matches += not known.isdisjoint(_ID.findall(header))
    client.logout()
    return Done(messages, matches)


def first_look(plan: Plan) -> Done:
    """All that the program does: into an empty workspace that knows what was sent from it, bodies and storing included."""
    return _sync(plan)


def poll(plan: Plan) -> Done:
    """The same into a workspace that has seen everything: from the start of a process to its end."""
    return _sync(plan)


def poll_alone(plan: Plan) -> Done:
    """Only the connection and the question whether there is something new."""
    with _session(plan) as session:
        return Done(session.select("INBOX").uid_next, 0)


def _sync(plan: Plan) -> Done:
    import threading

    from app.bootstrap import open_workspace
    from app.services.sync_inbox import sync_folders

    workspace = open_workspace(Path(plan.home), None, {"HITCHPOST_PASSPHRASE": "bench"})
    try:
        (inbox,) = workspace.store.inboxes.all()
        with _session(plan) as session:
            reports = sync_folders(workspace, inbox, session, threading.Event())
    finally:
        workspace.store.close()
    return Done(sum(r.headers_read for r in reports), sum(r.logged for r in reports))


KINDS: dict[str, Callable[[Plan], Done]] = {
    "scan": scan,
    "scan_and_bodies": scan_and_bodies,
    "drained": drained,
    "library": library,
    "first_look": first_look,
    "poll": poll,
    "poll_alone": poll_alone,
}


_PROGRAM = ("app.bootstrap", "app.services.sync_inbox", "app.backends.imap")
NEEDS = {"drained": ("ssl", "zlib"), "library": ("imapclient", "ssl"), "first_look": _PROGRAM, "poll": _PROGRAM}


def prepare(plan: Plan) -> None:
    """Makes the workspace: an inbox, connected, and the messages that were sent from it."""
    from datetime import UTC, datetime

    from app.bootstrap import open_workspace
    from app.domain.addresses import Address
    from app.domain.inboxes import ImapAccount, Secret, ServerTrust
    from app.services.check_account import CheckResult
    from app.services.connect_inbox import connect_inbox
    from app.store.messages import NewMessage
    from tests.support.mailbox import endpoint

    workspace = open_workspace(Path(plan.home), None, {"HITCHPOST_PASSPHRASE": "bench"})
    place = endpoint(plan.port, "tls")
    account = ImapAccount(plan.user, place, place, plan.user, trust=ServerTrust(ca_pem=plan.ca_pem))
    inbox = connect_inbox(workspace, account, Secret(plan.password), None, CheckResult(True, sent_folder="Sent"))
    store = workspace.store
    with store.transaction(source="bench"):
        user = store.inboxes.get(inbox).user_id
        for number, message_id in enumerate(sorted(plan.known_ids())):
            thread = store.messages.new_thread(f"offer {number}")
            sender, to = Address(plan.user), Address(f"person{number}@example.org")
            when = datetime(2024, 1, 1, tzinfo=UTC)
            new = NewMessage(
                message_id.decode(), "sent", thread, user, when, sender, (to,), "offer", True, "sent", inbox_id=inbox
            )
            store.messages.add(new, [])
    store.close()


def main() -> None:
    kind, file = sys.argv[1:3]
    raw = json.loads(Path(file).read_text())
    plan = Plan(**{**raw, "fields": tuple(raw["fields"])})
    if kind == "prepare":
        return prepare(plan)
    for module in NEEDS.get(kind, ("app.backends.imap",)):
        importlib.import_module(module)  # a program that runs has done so already
    began = time.perf_counter()
    done = KINDS[kind](plan)
    print(f"{time.perf_counter() - began:.4f} {done.messages} {done.matches}")
    return None


if __name__ == "__main__":
    main()
