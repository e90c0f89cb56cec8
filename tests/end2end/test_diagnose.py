"""The diagnosis of a connected inbox against real servers: what its report says, what it never holds, what it leaves alone;
and the way through the states: refused, paused, reconnected, always at the same place."""

from __future__ import annotations

import base64
import re
import threading
from dataclasses import replace

from app.domain.checks import CheckEvent, StepFailed, StepPassed
from app.domain.diagnosis import Diagnosis
from app.domain.events import EventKind
from app.domain.inboxes import ExchangeAccount, Inbox, InboxState, Secret, ServerTrust
from app.domain.presets import PresetForm, PresetWay, TypedServer
from app.domain.problems import Problem, ProblemCode
from app.services.account_passwords import secret_name
from app.services.check_account import CheckResult, check_account
from app.services.connect_inbox import connect_inbox, pause_inbox, resume_inbox
from app.services.diagnose_inbox import diagnose_inbox
from app.services.diagnosis_report import write_report
from app.services.inbox_state import mark_connected, mark_trouble
from app.services.presets import add_preset
from app.services.send_message import send_due
from tests.end2end.conftest import Connected
from tests.support.authority import Authority, Issued
from tests.support.desk import NEVER, Desk, Mailboxes, written
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import endpoint
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer, Talk
from tests.support.submission import Submission

LADDER = ["imap_connect", "imap_tls", "imap_login", "smtp_connect", "smtp_tls", "smtp_login"]


def diagnosed(desk: Desk, inbox: Inbox, test_message: bool = False) -> tuple[Diagnosis, list[CheckEvent]]:
    events: list[CheckEvent] = []
    found = diagnose_inbox(desk.workspace, inbox, on_event=events.append, test_message=test_message)
    return found, events


def ended(events: list[CheckEvent]) -> list[str]:
    return [e.step.value for e in events if isinstance(e, StepPassed | StepFailed)]


def flat(report: str) -> str:
    """Without the line breaks of its paragraphs."""
    return " ".join(report.split())


def test_a_sound_inbox_and_what_its_servers_show(desk: Desk, mailbox: Mailboxes, submission: Submission) -> None:
    me = mailbox("ada", from_name="Ada Lovelace")
    me.dovecot.append(me.address, "INBOX", b"Subject: x\r\n\r\nprivate words\r\n")
    inbox = desk.connect(me)
    before = desk.inbox(inbox.id), desk.workspace.store.inboxes.cards()
    found, events = diagnosed(desk, inbox)
    assert found.ok and ended(events) == LADDER
    assert submission.taken == []  # nothing is sent unasked
    assert (desk.inbox(inbox.id), desk.workspace.store.inboxes.cards()) == before
    report = flat(found.report)
    for part in (
        f"Address: {me.address}",
        "State: connecting, since 20",
        "UTC+",
        "Result: every step passed",
        f"localhost, port {me.account.imap.port}, TLS from the start",
        f"localhost, port {me.account.smtp.port}, STARTTLS",
        "TLS: TLS 1.3, TLS_AES_256_GCM_SHA384",
        "Sign-in methods offered: PLAIN, LOGIN",
        "Sign-in method that Hitchpost uses: PLAIN",
        "Greeting: 220 mail.example.com ESMTP test",
        "Certificate 1 of 2, the server’s own: Subject: CN=localhost Issuer: CN=Hitchpost test authority",
        "Folders that hold messages: 5; for sent mail: marked by the server",
        "IDLE",
    ):
        assert part in report, part
    assert re.search(r"Addresses: (::1, )?127\.0\.0\.1\b", report)  # what localhost leads to differs by machine
    assert "needs to be changed" not in report
    for part in (me.password, "Ada Lovelace", "private words", "Hitchpost is connected", "a passphrase for tests"):
        assert part not in report, part
    imap = found.servers[0]
    assert [c.subject[:12] for c in imap.chain] == ["CN=localhost", "CN=Hitchpost"]
    assert all(len(c.sha256) == 64 for c in imap.chain) and "LOGINDISABLED" not in imap.capabilities


def test_a_test_message_goes_out_when_it_is_asked_for(desk: Desk, mailbox: Mailboxes, submission: Submission) -> None:
    me = mailbox("ada")
    found, events = diagnosed(desk, desk.connect(me), test_message=True)
    assert found.ok and ended(events) == [*LADDER, "test_message"]
    assert [taken.recipients for taken in submission.taken] == [(me.address,)]


def test_a_refused_password_is_tried_once(desk: Desk, mailbox: Mailboxes, submission: Submission) -> None:
    """At the next server the same password would count as another failure: that locks accounts."""
    me = mailbox("ada")
    inbox = desk.connect(me)
    me.dovecot.change_password(me.address, "another one")
    found, events = diagnosed(desk, inbox)
    assert not found.ok and ended(events) == LADDER[:3]
    assert submission.logins == []
    report = flat(found.report)
    assert "FAILED Sign in to incoming mail" in report
    assert "wrong_credentials at localhost" in report
    assert "[AUTHENTICATIONFAILED] Authentication failed." in report
    assert "not run Outgoing mail was not signed in to: incoming mail refused the same password." in report
    assert "Those who run the server or the network: Look in the sign-in log" in report
    assert "Greeting: 220 mail.example.com ESMTP test" in report  # it was looked at all the same
    desk.workspace.secrets.store().set(secret_name(me.address, "smtp"), Secret("another one"))
    found, events = diagnosed(desk, inbox)  # a password of its own
    assert ended(events) == LADDER and [s.step.value for s in found.steps if s.problem] == ["imap_login"]


def test_outgoing_mail_is_looked_at_though_incoming_is_not_reached(desk: Desk, mailbox: Mailboxes) -> None:
    me, closed = mailbox("ada"), free_port()
    inbox = desk.move(desk.connect(me), imap_port=closed)
    found, events = diagnosed(desk, inbox)
    assert ended(events) == ["imap_connect", *LADDER[3:]]
    assert found.problem is not None and found.problem.code is ProblemCode.CONNECTION_REFUSED
    report = flat(found.report)
    assert f"Let the server listen on TCP port {closed} of localhost" in report
    assert f"localhost, port {closed} (IMAP), seen without signing in The look ended early" in report


def test_a_certificate_that_changed_is_shown_with_its_facts(desk: Desk, mailbox: Mailboxes) -> None:
    me = mailbox("ada")
    account = replace(me.account, trust=ServerTrust(pin_sha256="1f" * 32))
    inbox = desk.connect(me, account=account)
    found, _ = diagnosed(desk, inbox)
    report = flat(found.report)
    assert "certificate_changed" in report
    assert "Trust in localhost (incoming mail): pinned, only the certificate with SHA-256 1F:1F:" in report
    assert report.count("; the server’s differs") == 2  # a pin counts for outgoing mail, too
    facts = found.problem.certificate if found.problem else None
    assert facts is not None and facts.subject == "CN=localhost"
    pairs = ":".join(facts.sha256.upper()[i : i + 2] for i in range(0, 64, 2))
    assert f"SHA-256: {pairs}" in report
    assert "Say whether you changed the certificate of localhost" in report


def test_trust_is_told_for_each_server(desk: Desk, mailbox: Mailboxes, certificate: Issued) -> None:
    me = mailbox("ada")
    pinned = ServerTrust(pin_sha256=certificate.sha256.upper())
    inbox = desk.connect(me, account=replace(me.account, trust=pinned, smtp_trust=me.account.trust))
    found, _ = diagnosed(desk, inbox)
    report = flat(found.report)
    assert "Trust in localhost (incoming mail): pinned, only the certificate with SHA-256" in report
    assert "; it matches" in report and "differs" not in report
    assert (
        "Trust in localhost (outgoing mail): certificates of the authorities that this computer knows, and of one given by "
        "the owner of the mailbox" in report
    )
    assert "the server’s was not seen" in flat(write_report(desk.workspace, inbox))


def service_of(desk: Desk, inbox: Inbox) -> str:
    report = flat(write_report(desk.workspace, inbox))
    return report.partition("Service: ")[2].partition(" What needs")[0].partition(" Servers ---")[0]


def test_the_report_says_how_the_servers_came_to_be(desk: Desk, mailbox: Mailboxes) -> None:
    me = mailbox("ada")
    inbox = desk.connect(me)
    account = me.account
    domain = me.address.rpartition("@")[2]
    by_hand = "The servers were found in the network, or entered by hand."
    assert service_of(desk, inbox) == f"No preset, and no service that is known for {domain}. {by_hand}"
    servers = [TypedServer(server.host, str(server.port), server.security) for server in (account.imap, account.smtp)]
    add_preset(desk.workspace, PresetForm(domain, PresetWay.SERVERS, servers[0], servers[1]))
    assert service_of(desk, inbox) == f"The servers are those of the workspace’s preset for {domain}."
    other = TypedServer("imap.example.org", "993")
    add_preset(desk.workspace, PresetForm(domain, PresetWay.SERVERS, other, servers[1]))
    told = service_of(desk, inbox)
    assert told.startswith(
        f"The servers are not those of the workspace’s preset for {domain} (imap.example.org:993:tls,"
    )
    assert "entered by hand, or the preset is newer" in told
    fastmail = replace(inbox, account=replace(account, address="ada@fastmail.com"))
    assert "Fastmail. The servers are not those that are known for fastmail.com (imap.fastmail.com:" in service_of(
        desk, fastmail
    )
    imap, smtp = (replace(server, host=f"{kind}.fastmail.com") for server, kind in (
        (endpoint(993, "tls"), "imap"), (endpoint(465, "tls"), "smtp")
    ))  # fmt: skip
    usual = replace(inbox, account=replace(account, address="ada@fastmail.com", imap=imap, smtp=smtp))
    assert service_of(desk, usual) == "Fastmail. The servers are those that are known for fastmail.com."
    own_domain = replace(inbox, account=replace(account, address="ada@example.net", imap=imap, smtp=smtp))
    assert service_of(desk, own_domain).startswith("Fastmail, as its servers tell")


ECHOED = "hunter22 and more"


def _echo(talk: Talk) -> None:
    """Says every secret it hears, in every form, and those in its greeting that it heard before."""
    blob = base64.b64encode(f"\0ada@example.com\0{ECHOED}".encode()).decode()
    talk.say(f"* OK welcome {ECHOED} {blob}")
    while line := talk.hear():
        tag, _, command = line.partition(" ")
        word = command.split(" ")[0].upper()
        if word == "CAPABILITY":
            talk.say(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN X-{ECHOED.split()[0]} X={blob}", f"{tag} OK done")
        elif word == "AUTHENTICATE":
            talk.say("+ ")
            heard = talk.hear()
            talk.say(f"{tag} NO [ALERT] no {ECHOED} for you: {heard} {blob}")
        else:
            talk.say(f"{tag} BAD {command}")


def test_no_secret_is_in_the_report_though_the_server_repeats_it(
    desk: Desk, mailbox: Mailboxes, certificate: Issued
) -> None:
    me = mailbox("ada", password=ECHOED)
    with ScriptedServer(_echo, context=certificate.server_context()) as server:
        account = replace(me.account, imap=endpoint(server.port, "tls"), username="corp\\ada-lovelace")
        found, events = diagnosed(desk, desk.connect(me, account=account))
    assert not found.ok
    assert "[ALERT] no ••• for you" in flat(found.report)
    text = f"{found} {events}"
    blob = base64.b64encode(f"\0ada@example.com\0{ECHOED}".encode()).decode()
    own = base64.b64encode(f"\0corp\\ada-lovelace\0{ECHOED}".encode()).decode()
    assert not any(form in text for form in (ECHOED, own))
    assert "corp" not in found.report and "another name than the address" in found.report
    assert blob  # of another name: nobody can know that form


def test_a_cancel_ends_it_at_once(desk: Desk, mailbox: Mailboxes, certificate: Issued) -> None:
    me, reached, cancel = mailbox("ada"), threading.Event(), threading.Event()

    def hang(talk: Talk) -> None:
        reached.set()
        talk.hear()

    with ScriptedServer(hang, context=certificate.server_context()) as server:
        inbox = desk.connect(me, account=replace(me.account, imap=endpoint(server.port, "tls")))

        def stop() -> None:
            reached.wait(10)
            cancel.set()

        threading.Thread(target=stop).start()
        found = diagnose_inbox(desk.workspace, inbox, on_event=lambda _event: None, cancel=cancel)
    assert found.ended and not found.ok and found.report == ""


def test_an_exchange_server(desk: Desk, exchange: FakeExchange, authority: Authority) -> None:
    exchange.add_person("ada@example.com", "open sesame")
    account = ExchangeAccount("ada@example.com", exchange.url, "ada@example.com", ServerTrust(ca_pem=authority.ca_pem))
    result = CheckResult(True, account=account)
    inbox_id = connect_inbox(desk.workspace, account, Secret("open sesame"), None, result)
    found, events = diagnosed(desk, desk.inbox(inbox_id))
    assert found.ok and ended(events) == ["ews_connect", "ews_tls", "ews_login"]
    report = flat(found.report)
    assert "(HTTPS), seen without signing in" in report and "Its clock: as this computer’s" in report
    assert "Sign-in method that Hitchpost uses: Basic" in report
    assert "open sesame" not in found.report


def test_a_report_without_asking_anybody(desk: Desk, mailbox: Mailboxes) -> None:
    inbox = desk.connect(mailbox("ada"))
    problem = Problem(ProblemCode.PERMISSION_MISSING, "login.microsoftonline.com", 443, "AADSTS65001: no consent")
    mark_trouble(desk.workspace, inbox.id, problem)
    report = flat(write_report(desk.workspace, desk.inbox(inbox.id)))
    assert "State: needs permission, since" in report and "AADSTS65001: no consent" in report
    assert "In Microsoft Entra: grant admin consent" in report
    assert "Steps" not in report


# -- states


def test_a_changed_password_then_reconnect_goes_on_at_the_same_place(desk: Desk, mailbox: Mailboxes) -> None:
    me, other = mailbox("ada"), mailbox("bob")
    inbox = desk.connect(me)
    desk.sync(inbox)
    desk.send(inbox, other)
    sent = other.dovecot.wait_for_messages(other.address, 1)[0].decode()
    message_id = sent.split("Message-ID: <")[1].split(">")[0]
    desk.sync(inbox)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    me.dovecot.change_password(me.address, "another one")
    found, _ = diagnosed(desk, inbox)
    assert found.problem is not None
    assert desk.inbox(inbox.id).state is InboxState.CONNECTED  # a diagnosis changes nothing
    assert len(mark_trouble(desk.workspace, inbox.id, found.problem)) == 1
    lost = desk.inbox(inbox.id)
    assert lost.state is InboxState.NEEDS_SIGN_IN and lost.problem == found.problem
    assert "State: needs sign in, since" in flat(diagnosed(desk, lost)[0].report)
    me.dovecot.deliver(me.address, written(other.address, me.address, parent=message_id).encode())
    secret = Secret("another one")
    result = check_account(me.account, secret, on_event=lambda _event: None)
    assert connect_inbox(desk.workspace, me.account, secret, None, result) == inbox.id
    assert desk.workspace.store.inboxes.cursor(inbox.id, "INBOX") == cursor
    desk.sync(desk.inbox(inbox.id))
    assert [m.subject for m in desk.received(other.address)] == ["Re: Offert"]  # what came meanwhile
    assert desk.inbox(inbox.id).state is InboxState.CONNECTED


def test_a_paused_inbox_sends_and_reads_on_later(desk: Desk, mailbox: Mailboxes, submission: Submission) -> None:
    me, other = mailbox("ada"), mailbox("bob")
    inbox = desk.connect(me)
    desk.sync(inbox)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    pause_inbox(desk.workspace, inbox.id)
    assert not mark_connected(desk.workspace, inbox.id)  # a sync that was on its way
    unreachable = Problem(ProblemCode.CONNECT_TIMEOUT, "localhost", 993)
    assert mark_trouble(desk.workspace, inbox.id, unreachable) == ()
    assert desk.inbox(inbox.id).state is InboxState.PAUSED and desk.inbox(inbox.id).problem is None
    desk.queue(desk.inbox(inbox.id), other)
    send_due(desk.workspace, NEVER)
    assert len(submission.taken) == 1
    resume_inbox(desk.workspace, inbox.id)
    assert desk.inbox(inbox.id).state is InboxState.CONNECTING
    assert desk.workspace.store.inboxes.cursor(inbox.id, "INBOX") == cursor
    pause_inbox(desk.workspace, inbox.id)
    refused = Problem(ProblemCode.WRONG_CREDENTIALS, "localhost", 993)
    assert len(mark_trouble(desk.workspace, inbox.id, refused)) == 1  # that needs its person all the same
    assert desk.inbox(inbox.id).state is InboxState.NEEDS_SIGN_IN


def test_a_missing_permission_is_told_once(desk: Desk, mailbox: Mailboxes) -> None:
    inbox = desk.connect(mailbox("ada"))
    problem = Problem(ProblemCode.PERMISSION_MISSING, "imap.gmail.com", 993, "IMAP is off")
    assert len(mark_trouble(desk.workspace, inbox.id, problem)) == 1
    since = desk.inbox(inbox.id).since
    assert mark_trouble(desk.workspace, inbox.id, replace(problem, server_says="still off")) == ()
    now = desk.inbox(inbox.id)
    assert now.state is InboxState.NEEDS_PERMISSION and now.since == since and now.problem is not None
    assert now.problem.server_says == "still off"
    assert [e.inbox_address for e in desk.feed(EventKind.INBOX)] == [inbox.address]


# -- the command line


def test_commands(connected: Connected, submission: Submission) -> None:
    command, me = connected
    assert command.json("sync", "--once")["inboxes"][0]["error"] is None
    document = command.json("pause", me.address)
    assert document["inboxes"][0]["state"] == "paused" and document["inboxes"][0]["since"]
    document = command.json("sync", "--once")
    assert document["inboxes"][0]["folders"] == [] and document["inboxes"][0]["error"] is None
    assert "hitchpost resume" in document["inboxes"][0]["passed_over"]
    assert "It is paused and was not read." in command.run("sync", "--once").out
    document = command.json("diagnose", me.address)
    assert list(document) == ["inboxes", "steps", "report"]
    assert [s["step"] for s in document["steps"]] == LADDER and submission.taken == []
    assert document["inboxes"][0]["state"] == "paused" and "State:    paused, since" in document["report"]
    assert [s["step"] for s in command.json("diagnose", me.address, "--test-message")["steps"]] == [
        *LADDER,
        "test_message",
    ]
    assert [taken.recipients for taken in submission.taken] == [(me.address,)]
    assert command.json("resume", me.address)["inboxes"][0]["state"] == "connecting"
    assert "is not paused" in command.fails("resume", me.address, status=1)
    assert "passed_over" not in command.json("sync", "--once")["inboxes"][0]
    me.dovecot.change_password(me.address, "another one")
    told = command.run("diagnose", me.address)
    assert told.status == 1 and "Hitchpost connection report" in told.out and "A check failed" in told.out
    assert "FAILED" in told.err and me.password not in told.out + told.err
    document = command.json("diagnose", me.address, status=1)
    assert [s["ok"] for s in document["steps"]] == [True, True, False]
