"""Wrong ports, wrong certificates, missing TLS, silence: each is told apart, and no credential leaves before TLS."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.backends import secure
from app.backends.imap import open_imap
from app.backends.smtp import open_smtp
from app.backends.transport import Timeouts, open_socket
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed
from app.domain.errors import Cancelled, MailFault, UsageError
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import Problem, ProblemCode
from app.words.problems import explain
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import endpoint
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer, Talk
from tests.support.submission import Submission

SECRET = Secret("correct horse")
QUICK = Timeouts(connect=2, read=2)
Open = Callable[..., object]


def account(port: int, security: str = "tls", trust: ServerTrust | None = None, host: str = "localhost") -> ImapAccount:
    server = endpoint(port, security, host)
    return ImapAccount("ada@example.com", server, server, "ada@example.com", trust=trust or ServerTrust())


def fault(open_session: Open, who: ImapAccount, timeouts: Timeouts = QUICK, **options: object) -> Problem:
    with pytest.raises(MailFault) as caught:
        open_session(who, SECRET, timeouts=timeouts, **options)
    assert "correct horse" not in f"{caught.value!r} {caught.value.problem}"
    return caught.value.problem


@pytest.fixture
def trust(authority: Authority) -> ServerTrust:
    return ServerTrust(ca_pem=authority.ca_pem)


@pytest.fixture
def soon_suspicious(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent server is looked at after half a second instead of three."""
    monkeypatch.setattr(secure, "_SILENCE", 0.5)


def starttls_script(protocol: str) -> Callable[[Talk], None]:
    """Up to the handshake, which the server answers; then it says nothing."""

    def script(talk: Talk) -> None:
        if protocol == "imap":
            talk.say("* OK ready")
            talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED")
            talk.answer("STARTTLS")
        else:
            talk.say("220 mail.example.com ESMTP")
            talk.expect("EHLO")
            talk.say("250-mail.example.com", "250 STARTTLS")
            talk.expect("STARTTLS")
            talk.say("220 go on")
        talk.start_tls()
        talk.wait()

    return script


# -- certificates


@pytest.mark.parametrize(("protocol", "open_session"), [("imap", open_imap), ("smtp", open_smtp)])
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("flaw", "expected"),
    [
        ("expired", ProblemCode.CERTIFICATE_EXPIRED),
        ("not_yet_valid", ProblemCode.CERTIFICATE_NOT_YET_VALID),
        ("self_signed", ProblemCode.CERTIFICATE_UNTRUSTED),
        ("other_authority", ProblemCode.CERTIFICATE_UNTRUSTED),
        ("other_name", ProblemCode.CERTIFICATE_NAME_MISMATCH),
        ("changed", ProblemCode.CERTIFICATE_CHANGED),
    ],
)
def test_certificates_are_told_apart(
    authority: Authority,
    trust: ServerTrust,
    tmp_path_factory: pytest.TempPathFactory,
    protocol: str,
    open_session: Open,
    security: str,
    flaw: str,
    expected: ProblemCode,
) -> None:
    if flaw == "other_authority":
        issued = Authority(tmp_path_factory.mktemp("other"), "Unknown authority").issue()
    elif flaw == "other_name":
        issued = authority.issue("mail.example.org", "imap.example.org")
    elif flaw == "changed":
        issued, trust = authority.issue(), ServerTrust(ca_pem=authority.ca_pem, pin_sha256=authority.issue().sha256)
    else:
        issued = authority.issue(**{flaw: True})

    def at_once(talk: Talk) -> None:
        talk.wait()

    script = at_once if security == "tls" else starttls_script(protocol)
    told: list[CheckEvent] = []
    with ScriptedServer(script, context=issued.server_context(), implicit_tls=security == "tls") as server:
        problem = fault(open_session, account(server.port, security, trust), on_step=told.append)
        assert not [line for talk in server.talks for line in talk.heard if "AUTH" in line or "LOGIN" in line.split()]
    assert problem.code is expected
    assert problem.certificate is not None
    assert problem.certificate.sha256 == issued.sha256
    assert problem.certificate.names == issued.names
    assert problem.certificate.subject == f"CN={issued.names[0]}"
    assert problem.certificate.not_after > problem.certificate.not_before > "2020"
    step = CheckStep.IMAP_TLS if protocol == "imap" else CheckStep.SMTP_TLS
    assert told[-1] == StepFailed(step, problem)


def test_address_in_the_certificate_counts_for_an_address(authority: Authority, trust: ServerTrust) -> None:
    only_name, only_address = authority.issue("localhost"), authority.issue("127.0.0.1")
    script = scripted_imap
    with ScriptedServer(script, context=only_name.server_context()) as server:
        problem = fault(open_imap, account(server.port, "tls", trust, "127.0.0.1"))
        assert problem.code is ProblemCode.CERTIFICATE_NAME_MISMATCH
    with ScriptedServer(script, context=only_address.server_context()) as server:
        open_imap(account(server.port, "tls", trust, "127.0.0.1"), SECRET, timeouts=QUICK).close()


def scripted_imap(talk: Talk) -> None:
    talk.imap_login()
    talk.wait()


def test_pin_accepts_one_certificate_whoever_issued_it(authority: Authority) -> None:
    issued = authority.issue("other.example.org", self_signed=True, expired=True)
    pin = ":".join(issued.sha256[i : i + 2] for i in range(0, 64, 2)).upper()
    with ScriptedServer(scripted_imap, context=issued.server_context()) as server:
        open_imap(account(server.port, "tls", ServerTrust(pin_sha256=pin)), SECRET, timeouts=QUICK).close()
        assert any("AUTHENTICATE" in line or "LOGIN" in line for line in server.talks[0].heard)


def test_authorities_of_the_system_alone_do_not_know_the_private_one(dovecot: Dovecot) -> None:
    assert fault(open_imap, account(dovecot.imaps_port)).code is ProblemCode.CERTIFICATE_UNTRUSTED


def test_file_without_a_certificate_is_a_mistake_of_the_person(dovecot: Dovecot) -> None:
    with pytest.raises(UsageError):
        open_imap(account(dovecot.imaps_port, trust=ServerTrust(ca_pem="not a certificate")), SECRET)


def test_old_tls_is_refused(authority: Authority, trust: ServerTrust) -> None:
    context = authority.issue().server_context()
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with ScriptedServer(scripted_imap, context=context) as server:
        assert fault(open_imap, account(server.port, "tls", trust)).code is ProblemCode.TLS_FAILED


# -- STARTTLS


@pytest.mark.parametrize("answer", ["stripped", "refused", "preauth"])
def test_imap_without_starttls_ends_before_any_credential(trust: ServerTrust, answer: str) -> None:
    def script(talk: Talk) -> None:
        if answer == "preauth":
            talk.say("* PREAUTH welcome back")
            return talk.wait()
        offered = "" if answer == "stripped" else " STARTTLS"
        talk.say(f"* OK [CAPABILITY IMAP4rev1{offered} AUTH=PLAIN] ready")
        if offered:
            talk.answer("STARTTLS", status="NO not now")
        talk.wait()

    with ScriptedServer(script) as server:
        assert fault(open_imap, account(server.port, "starttls", trust)).code is ProblemCode.TLS_NOT_OFFERED
        assert {line.split()[1] for line in server.talks[0].heard} <= {"CAPABILITY", "STARTTLS"}


@pytest.mark.parametrize("answer", ["stripped", "454", "502"])
def test_smtp_without_starttls_ends_before_any_credential(trust: ServerTrust, answer: str) -> None:
    def script(talk: Talk) -> None:
        talk.say("220 mail.example.com ESMTP")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250-AUTH PLAIN", "250 8BITMIME" if answer == "stripped" else "250 STARTTLS")
        if answer != "stripped":
            talk.expect("STARTTLS")
            talk.say(f"{answer} TLS not available")
        talk.wait()

    with ScriptedServer(script) as server:
        assert fault(open_smtp, account(server.port, "starttls", trust)).code is ProblemCode.TLS_NOT_OFFERED
        assert {line.split()[0] for line in server.talks[0].heard} <= {"ehlo", "STARTTLS"}


def test_data_injected_behind_the_starttls_answer_is_refused(certificate: Issued, trust: ServerTrust) -> None:
    def imap(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS")
        tag = talk.expect("STARTTLS")
        talk.raw(f"{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n".encode())
        talk.start_tls()
        talk.wait()

    def smtp(talk: Talk) -> None:
        talk.say("220 mail.example.com ESMTP")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250 STARTTLS")
        talk.expect("STARTTLS")
        talk.raw(b"220 go\r\n250-evil.example.org\r\n250 AUTH PLAIN\r\n")
        talk.start_tls()
        talk.wait()

    for script, open_session in ((imap, open_imap), (smtp, open_smtp)):
        with ScriptedServer(script, context=certificate.server_context(), implicit_tls=False) as server:
            problem = fault(open_session, account(server.port, "starttls", trust))
            assert problem.code is ProblemCode.TLS_FAILED
            assert len(server.talks[0].heard) == 2


def test_capabilities_from_before_tls_are_forgotten(certificate: Issued, trust: ServerTrust) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready")
        talk.answer("STARTTLS")
        talk.start_tls()
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context(), implicit_tls=False) as server:
        assert fault(open_imap, account(server.port, "starttls", trust)).code is ProblemCode.LOGIN_DISABLED


def test_preauth_under_tls_is_nobody_we_know(certificate: Issued, trust: ServerTrust) -> None:
    def script(talk: Talk) -> None:
        talk.say("* PREAUTH hello root")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        assert fault(open_imap, account(server.port, "tls", trust)).code is ProblemCode.PROTOCOL_ERROR


# -- wrong ports


def test_tls_asked_of_a_port_that_has_starttls(dovecot: Dovecot, submission: Submission, trust: ServerTrust) -> None:
    problem = fault(open_imap, account(dovecot.imap_port, "tls", trust))
    assert problem.code is ProblemCode.TLS_FAILED and problem.server_says.startswith("* OK")
    problem = fault(open_smtp, account(submission.port, "tls", trust))
    assert problem.code is ProblemCode.TLS_FAILED and problem.server_says.startswith("220")


def test_starttls_asked_of_a_port_that_has_tls_at_once(
    dovecot: Dovecot, trust: ServerTrust, soon_suspicious: None
) -> None:
    began = time.monotonic()
    patient = Timeouts(connect=5, read=30)
    problem = fault(open_imap, account(dovecot.imaps_port, "starttls", trust), patient)
    assert problem.code is ProblemCode.TLS_FROM_START
    assert time.monotonic() - began < 6
    assert "Choose TLS for this port" in explain(problem).remedy


@pytest.mark.parametrize("open_session", [open_imap, open_smtp])
@pytest.mark.parametrize("alert", [b"", b"\x15\x03\x01\x00\x02\x02\x28"])
def test_a_tls_port_that_hangs_up_on_plain_words(
    open_session: Open, alert: bytes, certificate: Issued, trust: ServerTrust
) -> None:
    """The first connection hears nothing of use (a server that is tired of waiting); only the second begins with TLS."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        first, _ = listener.accept()
        first.sendall(alert)
        first.shutdown(socket.SHUT_WR)
        second, _ = listener.accept()
        with first, certificate.server_context().wrap_socket(second, server_side=True) as secured:
            heard.append(secured.recv(100))
            heard.append(first.recv(100))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        problem = fault(open_session, account(listener.getsockname()[1], "starttls", trust))
        server.join(5)
    assert problem.code is ProblemCode.TLS_FROM_START
    assert heard == [b"", b""]  # nothing was said, least of all a password


def test_a_server_that_hangs_up_and_speaks_no_tls_is_lost(trust: ServerTrust) -> None:
    with ScriptedServer(lambda talk: None) as server:
        assert fault(open_imap, account(server.port, "starttls", trust)).code is ProblemCode.CONNECTION_LOST


def test_slow_greeting_is_waited_for(certificate: Issued, trust: ServerTrust, soon_suspicious: None) -> None:
    def slow(talk: Talk) -> None:
        threading.Event().wait(1.5)
        talk.imap_login()
        talk.wait()

    with ScriptedServer(slow, context=certificate.server_context()) as server:
        open_imap(account(server.port, "tls", trust), SECRET, timeouts=Timeouts(2, 5)).close()


class _Web(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(params=["http", "https"])
def web_port(request: pytest.FixtureRequest, certificate: Issued) -> Iterator[int]:
    class Quiet(HTTPServer):
        def handle_error(self, *_: object) -> None:
            pass

        def finish_request(self, connection: socket.socket, address: object) -> None:
            connection.settimeout(5)
            if request.param == "https":
                context = certificate.server_context()
                connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            with connection:
                if isinstance(connection, ssl.SSLSocket):
                    connection.do_handshake()
                _Web(connection, address, self)

        def process_request(self, connection: socket.socket, address: object) -> None:
            def serve() -> None:
                try:
                    self.finish_request(connection, address)
                except OSError:
                    pass
                finally:
                    self.shutdown_request(connection)

            threading.Thread(target=serve, daemon=True).start()

    with Quiet(("127.0.0.1", 0), _Web) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("open_session", [open_imap, open_smtp])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_web_server(
    web_port: int, open_session: Open, security: str, trust: ServerTrust, soon_suspicious: None
) -> None:
    problem = fault(open_session, account(web_port, security, trust), Timeouts(2, 5))
    assert problem.code is ProblemCode.NOT_A_MAIL_SERVER
    assert problem.server_says.startswith("HTTP/")


@pytest.mark.parametrize(
    "greeting", ["SSH-2.0-OpenSSH_9.2", "220 ftp.example.com FTP", "+OK POP3 ready", "\x15\x03\x01"]
)
def test_other_protocols_are_no_imap_servers(greeting: str, trust: ServerTrust) -> None:
    def script(talk: Talk) -> None:
        talk.say(greeting)
        talk.wait()

    told: list[CheckEvent] = []
    with ScriptedServer(script) as server:
        problem = fault(open_imap, account(server.port, "starttls", trust), on_step=told.append)
    assert problem.code is ProblemCode.NOT_A_MAIL_SERVER
    assert isinstance(told[-1], StepFailed) and told[-1].step is CheckStep.IMAP_CONNECT


def test_imap_server_is_no_smtp_server(dovecot: Dovecot, trust: ServerTrust) -> None:
    problem = fault(open_smtp, account(dovecot.imaps_port, "tls", trust))
    assert problem.code is ProblemCode.NOT_A_MAIL_SERVER and problem.server_says.startswith("* OK")


# -- no connection


def test_closed_port(trust: ServerTrust) -> None:
    told: list[CheckEvent] = []
    problem = fault(open_imap, account(free_port(), "tls", trust), on_step=told.append)
    assert problem.code is ProblemCode.CONNECTION_REFUSED
    assert isinstance(told[-1], StepFailed) and told[-1].step is CheckStep.IMAP_CONNECT


@pytest.mark.parametrize(
    "host", ["no-such-host.invalid", "", "a" * 70 + ".example.com", "två ord.invalid", "..", "[::1"]
)
def test_unknown_host(host: str, trust: ServerTrust) -> None:
    assert fault(open_imap, account(993, "tls", trust, host)).code is ProblemCode.HOST_NOT_FOUND


@pytest.mark.parametrize("port", [0, -1, 70_000])
def test_port_that_is_none(port: int, trust: ServerTrust) -> None:
    assert fault(open_imap, account(port, "tls", trust)).code is ProblemCode.HOST_NOT_FOUND


def test_second_address_of_a_host_is_tried(
    monkeypatch: pytest.MonkeyPatch, dovecot: Dovecot, trust: ServerTrust
) -> None:
    real = socket.getaddrinfo

    def two_addresses(host: str, port: int, *args: object, **options: object) -> object:
        closed = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", free_port()))
        return [closed, *real("127.0.0.1", port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
    open_socket(endpoint(dovecot.imap_port, "tls"), QUICK).close()


def full_backlog() -> Iterator[int]:
    """A port whose queue is full: the kernel drops what wants in, as a firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            waiting.append(client)
        time.sleep(0.1)
        yield listener.getsockname()[1]
        for client in waiting:
            client.close()


blackhole = pytest.fixture(full_backlog, name="blackhole")


def test_port_behind_a_firewall(blackhole: int, trust: ServerTrust) -> None:
    began = time.monotonic()
    problem = fault(open_imap, account(blackhole, "tls", trust, "127.0.0.1"), Timeouts(0.7, 2))
    assert problem.code is ProblemCode.CONNECT_TIMEOUT
    assert 0.5 < time.monotonic() - began < 2


def test_connecting_is_cancelled(blackhole: int, trust: ServerTrust) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    told: list[CheckEvent] = []
    began = time.monotonic()
    with pytest.raises(Cancelled):
        open_imap(
            account(blackhole, "tls", trust, "127.0.0.1"), SECRET, timeouts=Timeouts(20, 20), cancel=cancel,
            on_step=told.append,
        )  # fmt: skip
    assert time.monotonic() - began < 1.3
    assert not any(isinstance(event, StepFailed | StepPassed) for event in told)


def test_name_look_up_is_cancelled(monkeypatch: pytest.MonkeyPatch, trust: ServerTrust) -> None:
    answer = threading.Event()

    def slow(*_: object, **__: object) -> object:
        answer.wait(10)
        raise socket.gaierror(-3, "later")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        open_imap(account(993, "tls", trust, "mail.example.com"), SECRET, cancel=cancel)
    assert time.monotonic() - began < 1.2
    began = time.monotonic()
    problem = fault(open_imap, account(993, "tls", trust, "mail.example.com"), Timeouts(0.5, 1))
    assert problem.code is ProblemCode.HOST_NOT_FOUND
    assert time.monotonic() - began < 1.5
    answer.set()


def test_cancel_while_a_silent_server_is_looked_at(trust: ServerTrust, soon_suspicious: None) -> None:
    cancel = threading.Event()
    with ScriptedServer(lambda talk: talk.wait()) as server:
        threading.Timer(0.8, cancel.set).start()  # the second connection is up by then
        began = time.monotonic()
        with pytest.raises(Cancelled):
            patient = Timeouts(20, 20)
            open_imap(account(server.port, "starttls", trust), SECRET, timeouts=patient, cancel=cancel)
        assert time.monotonic() - began < 1.8


@pytest.mark.parametrize("stage", ["handshake", "greeting", "login"])
def test_silence_at_each_stage_ends_by_time_or_cancel(certificate: Issued, trust: ServerTrust, stage: str) -> None:
    def script(talk: Talk) -> None:
        if stage != "handshake":
            talk.start_tls()
        if stage == "login":
            talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")
        talk.wait()

    context = certificate.server_context()
    with ScriptedServer(script, context=context, implicit_tls=False) as server:
        who = account(server.port, "tls", trust)
        assert fault(open_imap, who, Timeouts(2, 0.5)).code is ProblemCode.READ_TIMEOUT
        cancel = threading.Event()
        threading.Timer(0.3, cancel.set).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            open_imap(who, SECRET, timeouts=Timeouts(20, 20), cancel=cancel)
        assert time.monotonic() - began < 1.3


def test_connection_cut_at_once(dovecot: Dovecot, trust: ServerTrust) -> None:
    with FaultProxy(dovecot.imaps_port) as proxy:
        proxy.mode = "refuse"
        code = fault(open_imap, account(proxy.port, "tls", trust)).code
        # the reset comes while the connection is made, or just after
        assert code in (ProblemCode.CONNECTION_LOST, ProblemCode.CONNECTION_REFUSED)


def test_greeting_without_end_is_not_read_for_ever(certificate: Issued, trust: ServerTrust) -> None:
    def script(talk: Talk) -> None:
        talk.raw(b"* OK " + b"x" * (4 << 20))
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        problem = fault(open_imap, account(server.port, "tls", trust))
        assert problem.code is ProblemCode.ANSWER_TOO_LARGE
    with ScriptedServer(script, context=certificate.server_context()) as server:
        problem = fault(open_smtp, account(server.port, "tls", trust))
        assert problem.code is ProblemCode.NOT_A_MAIL_SERVER
        assert len(problem.server_says) == 500
