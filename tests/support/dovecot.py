"""A private Dovecot 2.3: everything in one temporary folder, its own ports, any user id (root drops to `dovecot`)."""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.authority import Issued
from tests.support.ports import free_port

_CONFIGURATION = """\
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
instance_name = test-{name}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {user}
mail_gid = {group}
mail_home = {root}/mail/%u
mail_location = {mail_location}
auth_mechanisms = plain login{token_mechanisms}
auth_verbose = yes
auth_cache_size = 0
auth_failure_delay = 0 secs
mail_max_userip_connections = {connections}
ssl = {ssl}
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.key
mail_plugins = zlib notify
imap_idle_notify_interval = 2 mins
mailbox_idle_check_interval = 1 secs
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users.d/%u
  mechanisms = plain login
}}
{token_passdb}
# a file, not `static`: LMTP answers 550 5.1.1 for unknown people
userdb {{
  driver = passwd-file
  args = username_format=%u {root}/users.d/%u
  default_fields = uid={user} gid={group} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
{folders}
}}
service anvil {{
  chroot =
  # switches off the growing delay (4 s, 8 s, ...) after failed logins from one address
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 200
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service stats {{
  chroot =
}}
protocol imap {{
  mail_plugins = $mail_plugins imap_zlib
  {capability}
}}
{settings}
protocol lmtp {{
  postmaster_address = postmaster@example.com
}}
"""

_TOKEN_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf.ext
}}
"""
_TOKENS = """\
introspection_url = {url}
introspection_mode = post
active_attribute = active
active_value = true
username_attribute = email
username_format = %Lu
force_introspection = yes
timeout_msecs = 5000
"""

SPECIAL_USE = (("Sent", r"\Sent"), ("Drafts", r"\Drafts"), ("Trash", r"\Trash"), ("Junk", r"\Junk"))


class Dovecot:
    """Real IMAP (STARTTLS on `imap_port`, implicit TLS on `imaps_port`) and LMTP (`lmtp_port`).

    `folders`: (name, special-use attribute or "") of what each user has besides INBOX. `capability`: replaces the
    advertised list, e.g. to take IDLE away. `introspection_url`: access tokens are taken as well (XOAUTH2, OAUTHBEARER),
    and this provider is asked about each (RFC 7662). `mail_location`, `settings`: as in its
    configuration. `pause()` and `resume()`: the server goes away and comes back."""

    def __init__(
        self,
        certificate: Issued,
        *,
        folders: Sequence[tuple[str, str]] = SPECIAL_USE,
        separator: str = "/",
        prefix: str = "",
        capability: str = "",
        tls_required: bool = True,
        connections: int = 100,
        introspection_url: str = "",
        mail_location: str = "maildir:~/maildir",
        settings: str = "",
    ) -> None:
        self.certificate = certificate
        self.users: dict[str, str] = {}
        self._folders, self._separator, self._prefix = folders, separator, prefix
        self._capability, self._tls_required, self._connections = capability, tls_required, connections
        self._introspection_url = introspection_url
        self._mail_location, self._settings = mail_location, settings
        self._run_as = "dovecot" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self._process: subprocess.Popen[bytes] | None = None
        self._command: list[str] = []
        self.root = Path()

    def start(self, timeout: float = 20) -> Dovecot:
        # a short path: those of unix sockets are limited to 107 bytes
        self.root = root = Path(tempfile.mkdtemp(prefix="dvc", dir="/tmp"))
        person = pwd.getpwnam(self._run_as)
        group = grp.getgrgid(person.pw_gid).gr_name
        for folder in ("run", "state", "mail", "tls", "users.d"):
            (root / folder).mkdir()
        shutil.copy(self.certificate.cert_file, root / "tls/server.pem")
        shutil.copy(self.certificate.key_file, root / "tls/server.key")
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        folders = "".join(
            f'  mailbox "{name}" {{\n    auto = subscribe\n' + (f"    special_use = {use}\n" if use else "") + "  }\n"
            for name, use in self._folders
        )
        (root / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                root=root,
                name=root.name,
                user=self._run_as,
                group=group,
                connections=self._connections,
                ssl="required" if self._tls_required else "yes",
                token_mechanisms=" xoauth2 oauthbearer" if self._introspection_url else "",
                token_passdb=_TOKEN_PASSDB.format(root=root) if self._introspection_url else "",
                separator=self._separator,
                prefix=self._prefix,
                folders=folders,
                capability=f"imap_capability = {self._capability}" if self._capability else "",
                mail_location=self._mail_location,
                settings=self._settings,
                imap_port=self.imap_port,
                imaps_port=self.imaps_port,
                lmtp_port=self.lmtp_port,
            )
        )
        (root / "oauth2.conf.ext").write_text(_TOKENS.format(url=self._introspection_url))
        (root / "dovecot.log").touch()
        self._command = ["/usr/sbin/dovecot", "-F", "-c", str(root / "dovecot.conf")]
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", f"{self._run_as}:{group}", str(root)], check=True)
            drop = ["/usr/bin/setpriv", f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups"]
            self._command = [*drop, *self._command]
        self._spawn(timeout)
        return self

    def _spawn(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        with open(self.root / "stderr.log", "wb") as stderr:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
            )
        while True:  # ready is: the greeting comes
            if self._process.poll() is not None:
                raise RuntimeError((self.root / "stderr.log").read_text() + self.log())
            try:
                with socket.create_connection(("127.0.0.1", self.imap_port), 1) as probe:
                    probe.settimeout(5)
                    if probe.recv(200).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if time.monotonic() > deadline:
                self.stop()
                raise TimeoutError("Dovecot did not start")
            time.sleep(0.02)

    def add_user(self, user: str, password: str) -> None:
        """Also while running. A file for each: Dovecot reads one again only when its time stamp's second changes."""
        if ":" in password or "\n" in password:
            raise ValueError("a passwd-file cannot hold a password with a colon or a line break")
        target = self.root / "users.d" / user
        target.write_text(f"{user}:{{PLAIN}}{password}::::::\n", encoding="utf-8")
        target.chmod(0o644)
        self.users[user] = password

    def change_password(self, user: str, password: str) -> None:
        """From now on; sessions that are open stay so. Takes up to a second: Dovecot looks at a file once in each second
        of the clock, and reads it when the second of its time stamp is another."""
        self.add_user(user, password)
        time.sleep(1.02 - time.time() % 1)
        os.utime(self.root / "users.d" / user)

    def deliver(self, recipient: str, raw: bytes, sender: str = "sender@example.org") -> None:
        """Puts a message into a user's INBOX by LMTP, as a mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, local_hostname="test.example.com") as lmtp:
            lmtp.sendmail(sender, [recipient], raw)

    def expunge(self, user: str, folder: str, number: int) -> None:
        """Another mail program deletes the message with this sequence number."""
        with self._login(user) as connection:
            connection.select(f'"{folder}"')
            connection.store(str(number), "+FLAGS", "\\Deleted")
            connection.expunge()

    def _login(self, user: str) -> imaplib.IMAP4_SSL:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # our own child process on the loopback
        connection = imaplib.IMAP4_SSL("127.0.0.1", self.imaps_port, ssl_context=context, timeout=10)
        connection.login(user, self.users[user])
        return connection

    def append(self, user: str, folder: str, raw: bytes, flags: str = "") -> None:
        with self._login(user) as connection:
            answer, data = connection.append(f'"{folder}"', flags, imaplib.Time2Internaldate(time.time()), raw)
            assert answer == "OK", data

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The raw messages of a folder, oldest first; empty when the folder is not there."""
        with self._login(user) as connection:
            answer, _ = connection.select(f'"{folder}"', readonly=True)
            if answer != "OK":
                return []
            _, data = connection.uid("FETCH", "1:*", "(BODY.PEEK[])")
            return [part[1] for part in data if isinstance(part, tuple)]

    def wait_for_messages(self, user: str, count: int, folder: str = "INBOX", timeout: float = 10) -> list[bytes]:
        deadline = time.monotonic() + timeout
        while len(found := self.messages(user, folder)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} messages in {folder} of {user}"
            time.sleep(0.05)
        return found

    def log(self) -> str:
        return (self.root / "dovecot.log").read_text(errors="replace")

    def pause(self) -> None:
        """The server goes away; its ports and mail stay for `resume()`."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)  # the master ends its children itself
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # children in IDLE stay up to 8 s otherwise
            self._process.wait()

    def resume(self, timeout: float = 20) -> Dovecot:
        self._spawn(timeout)
        return self

    def stop(self) -> None:
        self.pause()
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Dovecot:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
