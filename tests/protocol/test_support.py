"""The test servers themselves do what the other tests take for granted."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.authority import Authority, Issued
from tests.support.desktop_bus import DesktopBus, without_desktop
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount
from tests.support.scripted import ScriptedServer, Talk
from tests.support.secret_service import SecretService
from tests.support.submission import DROP, Submission
from tests.support.xdisplay import XDisplay

Mailboxes = Callable[..., MailAccount]


def _send(server: Submission, authority: Authority, sender: MailAccount, recipient: str, subject: str) -> None:
    with smtplib.SMTP("localhost", server.port, timeout=10) as smtp:
        smtp.starttls(context=authority.client_context())
        smtp.login(sender.address, sender.password)
        smtp.sendmail(
            sender.address, [recipient], f"Subject: {subject}\r\nMessage-ID: <{subject}@example.com>\r\n\r\nHello\r\n"
        )


def test_certificates_pass_strict_verification(authority: Authority, certificate: Issued) -> None:
    context = authority.client_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    def script(talk: Talk) -> None:
        talk.say("hello")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with socket.create_connection(("localhost", server.port), 5) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                assert secure.recv(7) == b"hello\r\n"


def test_mail_goes_from_one_person_to_another(mailbox: Mailboxes, submission: Submission, authority: Authority) -> None:
    ada, ben = mailbox("ada"), mailbox("ben")
    _send(submission, authority, ada, ben.address, "one")
    assert b"Subject: one" in ben.messages()[0]
    assert ada.messages("Sent") == []
    assert submission.taken[0].sender == ada.address


def test_unknown_person_bounces(mailbox: Mailboxes, submission: Submission, authority: Authority) -> None:
    ada = mailbox("ada")
    _send(submission, authority, ada, f"nobody-{ada.address}", "lost")
    assert b"report-type=delivery-status" in ada.wait_for_messages(1)[0]


def test_server_files_one_sent_copy(mailbox: Mailboxes, submission: Submission, authority: Authority) -> None:
    ada, ben = mailbox("ada"), mailbox("ben")
    submission.file_sent_copy = True
    _send(submission, authority, ada, ben.address, "filed")
    _send(submission, authority, ada, ben.address, "filed")
    assert len(ada.messages("Sent")) == 1


def test_faults(mailbox: Mailboxes, submission: Submission, authority: Authority) -> None:
    ada = mailbox("ada")
    submission.faults["DATA"] = ["451 4.3.0 later", DROP]
    with pytest.raises(smtplib.SMTPDataError):
        _send(submission, authority, ada, ada.address, "a")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(submission, authority, ada, ada.address, "b")


def test_dovecot_goes_and_comes_back(certificate: Issued) -> None:
    with Dovecot(certificate, folders=[("Skickat", r"\Sent"), ("Plain", "")]) as server:
        server.add_user("eva@example.com", "hemligt")
        server.deliver("eva@example.com", b"Subject: x\r\n\r\ny\r\n")
        server.pause()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", server.imap_port), 2).close()
        server.resume()
        assert len(server.messages("eva@example.com")) == 1


def test_proxy_cuts(dovecot: Dovecot) -> None:
    with FaultProxy(dovecot.imap_port) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as connection:
            assert connection.recv(4096).startswith(b"* OK")
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                connection.recv(100)
        proxy.cut_after_received(4)
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as connection:
            connection.settimeout(5)
            received = b""
            with pytest.raises(ConnectionResetError):
                while data := connection.recv(100):
                    received += data
            assert len(received) <= 4


def test_notification_reaches_the_bus() -> None:
    with DesktopBus() as bus:
        code = (
            "from jeepney import DBusAddress, new_method_call as call\n"
            "from jeepney.io.blocking import open_dbus_connection as c\n"
            "a = DBusAddress('/org/freedesktop/Notifications', 'org.freedesktop.Notifications',"
            " 'org.freedesktop.Notifications')\n"
            "c('SESSION').send_and_get_reply(call(a, 'Notify', 'susssasa{sv}i',"
            " ('Hitchpost', 0, '', 'Title', 'Text', [], {}, -1)))\n"
        )
        subprocess.run([sys.executable, "-c", code], env=without_desktop() | bus.env(), check=True, timeout=20)
        assert bus.wait_notification().summary == "Title"


def test_keyring_keeps_a_secret() -> None:
    code = "import keyring; keyring.set_password('a', 'b', 'c'); print(keyring.get_password('a', 'b'))"
    with DesktopBus(tray=False) as bus, SecretService(bus) as service:
        environment = without_desktop({k: v for k, v in os.environ.items() if k != "PYTHON_KEYRING_BACKEND"})
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment | service.env(), capture_output=True, text=True, timeout=30
        )
        assert done.stdout.strip() == "c", done.stderr


def test_display_has_a_window_manager(tmp_path: Path) -> None:
    with XDisplay(["openbox"]) as display:
        assert display.xdotool("get_desktop") == "0"
        display.screenshot(tmp_path / "screen.png")
        assert (tmp_path / "screen.png").stat().st_size > 100
