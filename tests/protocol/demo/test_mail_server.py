"""The demo's IMAP and submission servers, spoken to with the standard library's clients over verified TLS."""

from __future__ import annotations

import base64
import email
import email.policy
import imaplib
import queue
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from app.demo.authority import Authority
from app.demo.mail_server import Delivery, MailServer

from .conftest import JONAS, KARIN, PASSWORD

TIMEOUT = 5.0


def letter(to: str, subject: str = "Notes from our call", text: str = "Short notes below.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Jonas Ahl <{JONAS}>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<notes-1@example.org>"
    message.set_content(text)
    return message


@contextmanager
def imap(server: MailServer, tls: ssl.SSLContext, address: str = JONAS) -> Iterator[imaplib.IMAP4_SSL]:
    port = server.account(address).imap.port
    client = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=tls, timeout=TIMEOUT)
    try:
        client.login(address, PASSWORD)
        yield client
    finally:
        client.logout()


def submit(server: MailServer, tls: ssl.SSLContext, message: EmailMessage, to: str, sender: str = JONAS) -> None:
    port = server.account(sender).smtp.port
    with smtplib.SMTP_SSL("localhost", port, context=tls, timeout=TIMEOUT) as client:
        client.login(sender, PASSWORD)
        client.send_message(message, sender, [to])


def deliveries(server: MailServer) -> queue.Queue[Delivery]:
    taken: queue.Queue[Delivery] = queue.Queue()
    server.on_delivery(taken.put)
    return taken


def test_mail_between_users_arrives_with_its_trace(server: MailServer, trusting: ssl.SSLContext) -> None:
    taken = deliveries(server)
    submit(server, trusting, letter(KARIN, subject="Möte i Göteborg"), KARIN)
    delivery = taken.get(timeout=TIMEOUT)
    assert (delivery.sender, delivery.recipient, delivery.known) == (JONAS, KARIN, True)
    with imap(server, trusting, KARIN) as client:
        assert client.select("INBOX", readonly=True) == ("OK", [b"1"])
        assert client.uid("SEARCH", "HEADER", "Message-ID", "<notes-1@example.org>") == ("OK", [b"101"])
        (_, raw), _ = client.uid("FETCH", "101", "(BODY.PEEK[])")[1]
    assert raw == delivery.raw == server.messages(KARIN)[0]
    received = email.message_from_bytes(raw, policy=email.policy.default)
    assert received["Return-Path"] == f"<{JONAS}>"
    assert "ESMTPSA" in received["Received"]
    assert received["Subject"] == "Möte i Göteborg"


def test_headers_alone_can_be_fetched(server: MailServer, trusting: ssl.SSLContext) -> None:
    server.put(JONAS, letter(JONAS).as_bytes(policy=email.policy.SMTP), when=datetime(2025, 11, 3, 9, 30, tzinfo=UTC))
    with imap(server, trusting) as client:
        client.select("INBOX", readonly=True)
        (facts, header), _ = client.uid(
            "FETCH", "1:*", "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
        )[1]
    assert header == b"Subject: Notes from our call\r\n\r\n"
    assert b"UID 101" in facts and b'"03-Nov-2025 09:30:00 +0000"' in facts


def test_folders_tell_their_use(server: MailServer, trusting: ssl.SSLContext) -> None:
    with imap(server, trusting) as client:
        assert {"IDLE", "SPECIAL-USE", "UIDPLUS"} <= set(client.capability()[1][0].decode().split())
        client.create("Depots")
        lines = [line.decode() for line in client.list()[1] if isinstance(line, bytes)]
    folders = {line.rpartition(" ")[2].strip('"'): line for line in lines}
    assert set(folders) == {"INBOX", "Sent", "Drafts", "Trash", "Archive", "Depots"}
    assert "\\" in folders["Sent"]
    assert all(f"\\{name}" in folders[name] for name in ("Sent", "Drafts", "Trash", "Archive"))
    assert "\\Sent" not in folders["INBOX"] and "\\Depots" not in folders["Depots"]


def test_append_to_sent_gives_the_uid(server: MailServer, trusting: ssl.SSLContext) -> None:
    raw = letter(KARIN).as_bytes(policy=email.policy.SMTP)
    with imap(server, trusting) as client:
        status, answer = client.append("Sent", "(\\Seen)", None, raw)
        assert status == "OK" and answer[0] is not None and b"APPENDUID" in answer[0]
        client.select("Sent", readonly=True)
        assert client.uid("SEARCH", "SEEN")[1] == [b"101"]
    assert server.messages(JONAS, "Sent") == (raw,)


def test_idle_tells_of_new_mail_at_once(server: MailServer, trusting: ssl.SSLContext) -> None:
    with imap(server, trusting) as client:
        client.select("INBOX")
        client.send(b"i1 IDLE\r\n")
        assert client.readline().startswith(b"+ ")
        for number in (1, 2):
            before = time.monotonic()
            submit(server, trusting, letter(JONAS), JONAS)
            while b"EXISTS" not in (line := client.readline()):
                assert line, "the server closed the connection"
            assert line == b"* %d EXISTS\r\n" % number
            assert time.monotonic() - before < 2.0
        client.send(b"DONE\r\n")
        while not (line := client.readline()).startswith(b"i1 "):
            assert line
        assert line.startswith(b"i1 OK")


def test_mail_that_came_just_before_idle_is_told(server: MailServer, trusting: ssl.SSLContext) -> None:
    with imap(server, trusting) as client:
        client.select("INBOX")
        server.put(JONAS, letter(JONAS).as_bytes(policy=email.policy.SMTP), when=datetime.now(UTC))
        client.send(b"i1 IDLE\r\n")
        assert client.readline().startswith(b"+ ")
        while b"EXISTS" not in (line := client.readline()):
            assert line, "the server closed the connection"
        client.send(b"DONE\r\n")
        while not client.readline().startswith(b"i1 OK"):
            pass


@pytest.mark.parametrize("password", ["guessed", "", "gissat-lösenord", "\u200b\u0007"])
def test_a_wrong_password_is_refused_by_both_servers(
    server: MailServer, trusting: ssl.SSLContext, password: str
) -> None:
    account = server.account(JONAS)
    plain = f"\0{JONAS}\0{password}".encode()
    with imaplib.IMAP4_SSL("127.0.0.1", account.imap.port, ssl_context=trusting, timeout=TIMEOUT) as client:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.authenticate("PLAIN", lambda _: plain)
    with smtplib.SMTP_SSL("127.0.0.1", account.smtp.port, context=trusting, timeout=TIMEOUT) as smtp:
        smtp.ehlo()
        assert smtp.docmd("AUTH", "PLAIN " + base64.b64encode(plain).decode("ascii"))[0] == 535
        assert smtp.mail(JONAS)[0] == 530


def test_nothing_is_taken_without_sign_in_or_in_another_name(server: MailServer, trusting: ssl.SSLContext) -> None:
    with smtplib.SMTP_SSL("127.0.0.1", server.account(JONAS).smtp.port, context=trusting, timeout=TIMEOUT) as client:
        client.ehlo()
        assert client.mail(JONAS)[0] == 530
        client.login(JONAS, PASSWORD)
        assert client.mail(KARIN)[0] == 553
        assert client.mail(JONAS)[0] == 250


@pytest.mark.parametrize(
    ("recipient", "status"), [("p.nowak@example.org", "5.1.1"), ("someone@elsewhere.example.net", "5.1.2")]
)
def test_an_unknown_recipient_is_accepted_and_comes_back(
    server: MailServer, trusting: ssl.SSLContext, recipient: str, status: str
) -> None:
    taken = deliveries(server)
    submit(server, trusting, letter(recipient, text="Välkommen till depån."), recipient)
    assert taken.get(timeout=TIMEOUT).known is False
    back = taken.get(timeout=TIMEOUT)
    assert (back.sender, back.recipient, back.known) == ("", JONAS, True)
    report = email.message_from_bytes(server.messages(JONAS)[0], policy=email.policy.default)
    assert not report.defects and not any(part.defects for part in report.walk())
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert report["Return-Path"] == "<>" and report["Auto-Submitted"] == "auto-replied"
    words, machine, original = report.iter_parts()
    assert recipient in words.get_content()
    of_message, of_recipient = machine.iter_parts()
    assert of_message["Reporting-MTA"] == "dns; mail.example.org"
    assert of_recipient["Final-Recipient"] == f"rfc822; {recipient}"
    assert (of_recipient["Action"], of_recipient["Status"]) == ("failed", status)
    assert f"550 {status}" in of_recipient["Diagnostic-Code"]
    assert original.get_content()["Message-ID"] == "<notes-1@example.org>"


def test_a_large_message_comes_back_by_its_header(server: MailServer, trusting: ssl.SSLContext) -> None:
    taken = deliveries(server)
    submit(server, trusting, letter("nobody@example.org", text="depot " * 20_000), "nobody@example.org")
    taken.get(timeout=TIMEOUT)
    back = taken.get(timeout=TIMEOUT)
    assert len(back.raw) < 5_000
    *_, header = email.message_from_bytes(back.raw, policy=email.policy.default).iter_parts()
    assert header.get_content_type() == "text/rfc822-headers"
    assert "Message-ID: <notes-1@example.org>" in header.get_content()


def test_only_who_trusts_the_authority_gets_through(server: MailServer) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL(
            "127.0.0.1", server.account(JONAS).imap.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
        )


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_certificates_hold_under_strict_checking(
    demo_authority: Authority, trusting: ssl.SSLContext, name: str
) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(incoming, outgoing, server_hostname=name)
    server = demo_authority.server_context().wrap_bio(outgoing, incoming, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLWantReadError):
        client.read(1)


def test_stops_within_two_seconds_whoever_is_connected(
    new_server: Callable[[], MailServer], trusting: ssl.SSLContext
) -> None:
    server = new_server()
    account = server.account(JONAS)
    idling = imaplib.IMAP4_SSL("127.0.0.1", account.imap.port, ssl_context=trusting, timeout=TIMEOUT)
    idling.login(JONAS, PASSWORD)
    idling.select("INBOX")
    idling.send(b"i1 IDLE\r\n")
    idling.readline()
    silent_imap = imaplib.IMAP4_SSL("127.0.0.1", account.imap.port, ssl_context=trusting, timeout=TIMEOUT)
    in_data = smtplib.SMTP_SSL("127.0.0.1", account.smtp.port, context=trusting, timeout=TIMEOUT)
    in_data.login(JONAS, PASSWORD)
    in_data.mail(JONAS)
    in_data.rcpt(KARIN)
    assert in_data.docmd("DATA")[0] == 354
    without_tls = socket.create_connection(("127.0.0.1", account.smtp.port), timeout=TIMEOUT)
    submit(server, trusting, letter("nobody@example.org"), "nobody@example.org")
    before = time.monotonic()
    server.stop()
    assert time.monotonic() - before < 2.0
    assert not server.running
    server.stop()
    assert idling.readline().startswith(b"* BYE")
    for client in (idling, silent_imap):
        client.shutdown()
    in_data.close()
    without_tls.close()


def test_clients_that_vanish_do_not_disturb_the_server(server: MailServer, trusting: ssl.SSLContext) -> None:
    account = server.account(JONAS)
    for port in (account.imap.port, account.smtp.port):
        plain = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        tls = trusting.wrap_socket(plain, server_hostname="127.0.0.1")
        tls.recv(10)
        tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close sends a reset
        tls.close()
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT).close()
    submit(server, trusting, letter(KARIN), KARIN)
    assert len(server.messages(KARIN)) == 1


def test_stop_without_start_does_nothing(demo_authority: Authority) -> None:
    server = MailServer(demo_authority, {})
    server.stop()
    assert not server.running
