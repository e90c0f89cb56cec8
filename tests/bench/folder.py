"""A Dovecot with one INBOX of very many messages, kept between runs. Used by `tests.bench.sync`."""

from __future__ import annotations

import getpass
import hashlib
import random
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.authority import Authority
from tests.support.dovecot import Dovecot

USER, PASSWORD = "anna@example.com", "secret"
SHARE = 0.037  # of all messages belong to a thread that is known
_VERSION = 4  # of what `messages` makes

_SETTINGS = """
mail_fsync = never
mdbox_rotate_size = 64M
mail_max_userip_connections = 100
service imap {
  vsz_limit = 0
}
"""
_FIRST = ("Karin", "Jonas", "Mia", "Paul", "Lea", "Emil", "Nora", "Hugo", "Ida", "Oskar")
_LAST = ("Berg", "Lind", "Weber", "Moreau", "Rossi", "Novak", "Keller", "Dubois", "Silva", "Hansen")
_WORDS = (
    "offer",
    "invoice",
    "meeting",
    "project",
    "question",
    "update",
    "delivery",
    "contract",
    "plan",
    "order",
    "report",
)
_BODY = "Dear all,\r\n\r\nthe numbers for this week are ready. Please have a look before Friday.\r\n\r\nBest\r\n"


def known_ids(count: int) -> list[str]:
    """Message-IDs of what was sent from here: one for every hundred messages."""
    return [f"sent-{hashlib.md5(b'%d' % n).hexdigest()}@example.com" for n in range(max(10, count // 100))]


def messages(count: int, start: int = 0, ids: list[str] | None = None) -> Iterator[bytes]:
    """The same ones each time; about 4 kB each."""
    known = ids or known_ids(count)
    chance = random.Random(11 + start)
    for number in range(start, start + count):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        sender = f"{first.lower()}.{last.lower()}{number % 400}@example.{chance.choice(('org', 'net'))}"
        digest = hashlib.md5(b"m%d" % number).hexdigest()
        thread = ""
        if chance.random() < SHARE:
            parent = chance.choice(known)
            thread = f"In-Reply-To: <{parent}>\r\nReferences: <{parent}>\r\n"
        elif chance.random() < 0.4:
            others = [f"<{hashlib.md5(b'x%d' % (number // 7 + n)).hexdigest()}@example.net>" for n in range(1, 4)]
            thread = f"In-Reply-To: {others[-1]}\r\nReferences: {chr(13) + chr(10) + ' '}".replace("\r\n ", "", 1)
            thread += "\r\n ".join(others) + "\r\n"
        when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(1_600_000_000 + number * 600))
        received = "".join(
            f"Received: from mx{n}.example.net (mx{n}.example.net [192.0.2.{n}])\r\n"
            f"\tby mail.example.com (Postfix) with ESMTPS id {digest[n : n + 12]}\r\n\tfor <{USER}>; {when}\r\n"
            for n in range(1, 4)
        )
        head = (
            f"Return-Path: <{sender}>\r\n{received}"
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=key;\r\n"
            f"\tbh={digest * 2};\r\n\tb={digest * 6}\r\n"
            f"Message-ID: <{digest}@mail.example.org>\r\n{thread}"
            f'From: "{first} {last}" <{sender}>\r\nTo: Anna Holm <{USER}>\r\nDate: {when}\r\n'
            f"Subject: {'Re: ' if thread else ''}{' '.join(chance.sample(_WORDS, 4))} {number}\r\n"
            f'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n'
        )
        yield (head + _BODY * 28).encode()


@contextmanager
def big_folder(count: int, keep: Path | None, folder: Path) -> Iterator[tuple[Dovecot, Authority]]:
    """A server whose INBOX of USER holds `count` messages. `keep`: where it stays for the next run, a folder that the
    server's own user can enter; a place in the system's temporary folder when there is none. `folder`: for what is made
    anew."""
    home = keep or Path(tempfile.gettempdir()) / f"hitchpost-bench-{getpass.getuser()}"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    place = home / f"mail-{_VERSION}-{count}"
    done = home / f"mail-{_VERSION}-{count}.done"
    if not done.exists():
        shutil.rmtree(place, ignore_errors=True)
    place.mkdir(exist_ok=True)
    authority = Authority(folder)
    server = Dovecot(authority.issue(), tls_required=False, mail_location=f"mdbox:{place}", settings=_SETTINGS)
    if not done.exists():
        place.chmod(0o777)
    with server as dovecot:
        dovecot.add_user(USER, PASSWORD)
        if not done.exists():
            began = time.perf_counter()
            append(dovecot, messages(count))
            done.touch()
            print(f"{count} messages made in {time.perf_counter() - began:.0f} s")
        yield dovecot, authority


def append(dovecot: Dovecot, raws: Iterator[bytes]) -> None:
    """By MULTIAPPEND and LITERAL+ (RFC 3502, RFC 7888): the fastest way that goes through the server."""
    with socket.create_connection(("127.0.0.1", dovecot.imap_port), 600) as connection:
        answers = connection.makefile("rb")
        answers.readline()
        connection.sendall(f"a LOGIN {USER} {PASSWORD}\r\n".encode())
        _wait_for(answers, b"a ")
        pieces: list[bytes] = []
        for number, raw in enumerate(raws):
            if number % 5000 == 0:
                if number:
                    connection.sendall(b"".join(pieces) + b"\r\n")
                    pieces = []
                    _wait_for(answers, b"b ")
                pieces.append(b"b APPEND INBOX")
            pieces.append(b" () {%d+}\r\n%s" % (len(raw), raw))
            if len(pieces) > 500:
                connection.sendall(b"".join(pieces))
                pieces = []
        connection.sendall(b"".join(pieces) + b"\r\n")
        _wait_for(answers, b"b ")


def _wait_for(answers: object, tag: bytes) -> None:
    while not (line := answers.readline()).startswith(tag):  # type: ignore[attr-defined]
        if not line:
            raise RuntimeError("the server hung up")
    if not line.startswith(tag + b"OK"):
        raise RuntimeError(line.decode())
