"""What no real server does: the IMAP session against scripts."""

from __future__ import annotations

import gc
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.backends.date_time import EPOCH, date_time, internal_date
from app.backends.imap import ImapSession, fetching, folders, open_imap
from app.backends.imap.fetching import uid_set
from app.backends.protocol import FolderInfo
from app.backends.transport import Timeouts
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import Problem, ProblemCode
from tests.support.authority import Authority, Issued
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

Script = Callable[[Talk], None]
Play = Callable[..., "contextmanager[ImapSession]"]
PASSWORD = 'tröll & "co" \\ 99'
QUICK = Timeouts(connect=2, read=2)


@pytest.fixture
def who(authority: Authority) -> Callable[[int], ImapAccount]:
    def make(port: int) -> ImapAccount:
        server = endpoint(port, "tls")
        trust = ServerTrust(ca_pem=authority.ca_pem)
        return ImapAccount("ada@example.com", server, server, "ada@example.com", trust=trust)

    return make


@pytest.fixture
def play(certificate: Issued, who: Callable[[int], ImapAccount]) -> Play:
    """Signs in, then plays the script."""

    @contextmanager
    def playing(script: Script, capabilities: str = "IMAP4rev1 IDLE UIDPLUS AUTH=PLAIN") -> Iterator[ImapSession]:
        def whole(talk: Talk) -> None:
            talk.imap_login(capabilities)
            script(talk)
            talk.wait()

        with ScriptedServer(whole, context=certificate.server_context()) as server:
            with open_imap(who(server.port), Secret(PASSWORD), timeouts=QUICK) as session:
                yield session

    return playing


def selected(talk: Talk, exists: int = 3) -> None:
    talk.answer("EXAMINE", f"* {exists} EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 100] x")


def problem(call: Callable[[], object]) -> Problem:
    with pytest.raises(MailFault) as caught:
        call()
    return caught.value.problem


def header(number: int, uid: int, text: str = "Message-ID: <a@b>\r\n\r\n") -> str:
    return (
        f'* {number} FETCH (UID {uid} FLAGS () RFC822.SIZE 120 INTERNALDATE "01-Feb-2024 10:00:00 +0100" '
        f"BODY[HEADER.FIELDS (MESSAGE-ID)] {{{len(text)}}}\r\n{text})"
    )


# -- signing in


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", ProblemCode.WRONG_CREDENTIALS),
        ("NO Login failed.", ProblemCode.WRONG_CREDENTIALS),
        ("BAD Invalid SASL argument", ProblemCode.WRONG_CREDENTIALS),
        (
            "NO [ALERT] Application-specific password required: https://support.example.com/ (Failure)",
            ProblemCode.APP_PASSWORD_NEEDED,
        ),
        ("NO [ALERT] Your account is not enabled for IMAP use.", ProblemCode.LOGIN_DISABLED),
        ("NO [UNAVAILABLE] Temporary authentication failure", ProblemCode.AUTH_UNAVAILABLE),
        ("NO [LIMIT] Maximum number of connections from user+IP exceeded", ProblemCode.TOO_MANY_CONNECTIONS),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", ProblemCode.TOO_MANY_CONNECTIONS),
        ("NO LOGIN BasicAuthBlocked", ProblemCode.LOGIN_DISABLED),
        ("NO [INUSE] locked", ProblemCode.SERVER_BUSY),
    ],
)
def test_refused_sign_in(
    certificate: Issued, who: Callable[[int], ImapAccount], answer: str, expected: ProblemCode
) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        tag = talk.expect("AUTHENTICATE PLAIN")
        talk.say("+ ")
        blob = talk.hear()
        talk.say(f"{tag} {answer} for {PASSWORD} or {blob}")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        found = problem(lambda: open_imap(who(server.port), Secret(PASSWORD), timeouts=QUICK))
    assert found.code is expected
    assert "tröll" not in found.server_says and found.server_says.count("•••") == 2
    assert (found.host, found.port) == ("localhost", server.port)


def test_echoed_password_is_in_no_traceback(certificate: Issued, who: Callable[[int], ImapAccount]) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        tag = talk.expect("AUTHENTICATE PLAIN")
        talk.say("+ ")
        blob = talk.hear()
        talk.say(f"{tag} NO {blob} is wrong, {PASSWORD} too")

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as caught:
            open_imap(who(server.port), Secret(PASSWORD), timeouts=QUICK)
    printed = "".join(traceback.format_exception(caught.value))
    assert "tröll" not in printed and "dHLDtmxs" not in printed  # base64 of it


@pytest.mark.parametrize("password", ["plain pass", 'qu"ote\\', "tröll", "line\r\nbreak"])
def test_login_command_where_there_is_no_plain(
    certificate: Issued, who: Callable[[int], ImapAccount], password: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bytes] = []

    def script(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1")
        line = talk.hear()
        assert line.split(" ")[1] == "LOGIN"
        if line.endswith("}"):
            talk.say("+ go on")
            heard.append(talk.hear_bytes(int(line.rpartition("{")[2][:-1])))
            assert talk.hear() == ""
        else:
            heard.append(line.partition(" LOGIN ")[2].encode())
        talk.say(f"{line.split()[0]} OK [CAPABILITY IMAP4rev1 IDLE] done")
        talk.wait()

    caplog.set_level(logging.DEBUG)
    with ScriptedServer(script, context=certificate.server_context()) as server:
        with open_imap(who(server.port), Secret(password), timeouts=QUICK) as session:
            assert "IDLE" in session.capabilities()
    if password in ("tröll", "line\r\nbreak"):
        assert heard == [password.encode()]
    else:
        escaped = password.replace("\\", "\\\\").replace('"', '\\"')
        assert heard == [f'"ada@example.com" "{escaped}"'.encode()]
    assert password not in caplog.text and "LOGIN" not in caplog.text


def test_bye_during_sign_in_is_no_wrong_password(certificate: Issued, who: Callable[[int], ImapAccount]) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        talk.expect("AUTHENTICATE")
        talk.say("* BYE Server is going down")

    with ScriptedServer(script, context=certificate.server_context()) as server:
        found = problem(lambda: open_imap(who(server.port), Secret(PASSWORD), timeouts=QUICK))
    assert found.code is ProblemCode.CONNECTION_LOST


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        ("* BYE Too many connections", ProblemCode.TOO_MANY_CONNECTIONS),
        ("* BYE down for maintenance", ProblemCode.SERVER_BUSY),
        ("hello?", ProblemCode.NOT_A_MAIL_SERVER),
        ("* OK ready\r\n* BYE no", ProblemCode.CONNECTION_LOST),
        ("* OK ready\r\nxyz", ProblemCode.PROTOCOL_ERROR),
    ],
)
def test_odd_greetings(
    certificate: Issued, who: Callable[[int], ImapAccount], greeting: str, expected: ProblemCode
) -> None:
    def script(talk: Talk) -> None:
        talk.say(greeting)
        talk.hear()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        assert problem(lambda: open_imap(who(server.port), Secret(PASSWORD), timeouts=QUICK)).code is expected


# -- selecting and searching


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("NO [NONEXISTENT] no such folder", ProblemCode.FOLDER_MISSING),
        ("NO that does not work", ProblemCode.FOLDER_MISSING),
        ("NO [UNAVAILABLE] backend is away", ProblemCode.SERVER_BUSY),
        ("NO [INUSE] try later", ProblemCode.SERVER_BUSY),
        ("BAD [THROTTLED] Request is throttled. Suggested Backoff Time: 30000 milliseconds", ProblemCode.THROTTLED),
    ],
)
def test_folder_that_is_refused_ends_nothing(play: Play, answer: str, expected: ProblemCode) -> None:
    def script(talk: Talk) -> None:
        talk.answer("EXAMINE", status=answer)
        selected(talk)

    with play(script) as session:
        found = problem(lambda: session.select("INBOX"))
        assert found.code is expected
        assert found.retry_after == (30.0 if expected is ProblemCode.THROTTLED else None)
        assert session.select("INBOX").uid_validity == 7


def test_select_answer_with_gaps(play: Play) -> None:
    def script(talk: Talk) -> None:
        talk.answer("EXAMINE", "* 3 EXISTS", "* OK [UIDVALIDITY 9] y", "* OK [HIGHESTMODSEQ 12345678901] z")

    with play(script) as session:
        status = session.select("INBOX")
        assert (status.uid_validity, status.uid_next, status.exists) == (9, 0, 3)
        assert status.highest_modseq == 12345678901


def test_numbers_that_are_none(play: Play) -> None:
    def script(talk: Talk) -> None:
        talk.answer("EXAMINE", "* 3 EXISTS", "* OK [UIDVALIDITY abc] y")

    with play(script) as session:
        assert problem(lambda: session.select("INBOX")).code is ProblemCode.PROTOCOL_ERROR
        assert problem(lambda: session.select("INBOX")).code is ProblemCode.CONNECTION_LOST


def test_search_answers_of_all_kinds(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        for line in ("* SEARCH 100 7 101 7", "* SEARCH", "* SEARCH 5", "* SEARCH x y"):
            talk.answer("NOOP")
            talk.answer("UID SEARCH UID 8:*", line)

    with play(script) as session:
        session.select("INBOX")
        assert session.uids_from(8) == [100, 101]
        assert session.uids_from(8) == []
        assert session.uids_from(8) == []  # 5 is below: the last message of the folder
        assert problem(lambda: session.uids_from(8)).code is ProblemCode.PROTOCOL_ERROR


def test_search_answer_of_a_very_large_folder(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 700_000)
        talk.answer("NOOP")
        talk.answer("UID SEARCH", "* SEARCH " + " ".join(map(str, range(1, 700_001))))

    with play(script) as session:
        session.select("INBOX")
        assert len(session.uids_from(1)) == 700_000  # 4.8 MB in one line; imaplib alone gives up at 1 MB


# -- fetching


def test_broken_answers_cost_one_message_each(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer(
            "UID FETCH 1:6",
            header(1, 1),
            "* 2 FETCH (UID 2 RFC822.SIZE 5 BODY[HEADER.FIELDS (MESSAGE-ID)] (unbalanced",
            "* 3 FETCH (FLAGS (\\Seen))",
            '* 3 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID)] "Message-ID: <q@r>" UID 3 FLAGS () RFC822.SIZE 9)',
            "* 4 FETCH (UID 4 RFC822.SIZE 9 BODY[HEADER.FIELDS (MESSAGE-ID)] NIL)",
            "* 9 FETCH (UID 99 BODY[HEADER.FIELDS (MESSAGE-ID)] {1}\r\nx)",
            header(6, 6).replace("01-Feb", "31-Feb"),
        )

    with play(script) as session:
        session.select("INBOX")
        found = {h.uid: h for h in session.fetch_headers(range(1, 7), ["Message-ID"])}
    assert {uid: h.header for uid, h in found.items()} | {5: None} == {
        1: b"Message-ID: <a@b>\r\n\r\n",
        2: b"",
        3: b"Message-ID: <q@r>",
        4: b"",
        5: None,  # gone
        6: b"Message-ID: <a@b>\r\n\r\n",
    }
    assert found[1].internal_date.isoformat() == "2024-02-01T09:00:00+00:00"
    assert found[6].internal_date == EPOCH


def test_server_that_refuses_one_message_gives_the_others(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer("UID FETCH 1:3", header(1, 1), status="NO [EXPUNGEISSUED] Some messages could not be FETCHed")
        talk.answer("UID FETCH 2 ", status="NO cannot read message")
        talk.answer("UID FETCH 3 ", header(3, 3))

    with play(script) as session:
        session.select("INBOX")
        assert [(h.uid, bool(h.header)) for h in session.fetch_headers([3, 1, 2], ["Message-ID"])] == [
            (1, True), (2, False), (3, True)
        ]  # fmt: skip


def test_server_that_refuses_everything_is_to_blame_itself(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer("UID FETCH 1:50", status="NO [UNAVAILABLE] storage is away")
        talk.answer("UID FETCH 1 ", status="NO [UNAVAILABLE] storage is away")
        talk.answer("UID FETCH 1:50", status="NO does not work")
        for uid in range(1, 6):
            talk.answer(f"UID FETCH {uid} ", status="NO does not work")

    with play(script) as session:
        session.select("INBOX")
        for _ in range(2):  # transient or not: fifty messages are not called broken for it
            problem(lambda: list(session.fetch_headers(range(1, 51), ["Message-ID"])))


def test_huge_literals(play: Play) -> None:
    def header_script(talk: Talk) -> None:
        selected(talk)
        talk.answer("UID FETCH", header(1, 1, "X: " + "y" * (2 << 20)), header(2, 2))

    with play(header_script) as session:
        session.select("INBOX")
        found = list(session.fetch_headers([1, 2], ["Message-ID"]))
        assert [(h.uid, len(h.header) > 0) for h in found] == [(1, False), (2, True)]

    def liar(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("UID FETCH 1 (UID RFC822.SIZE)")
        talk.say("* 1 FETCH (UID 1 RFC822.SIZE 100)", f"{tag} OK done")
        talk.expect("UID FETCH 1 (UID BODY.PEEK[])")
        talk.raw(b"* 1 FETCH (UID 1 BODY[] {99999999999999}\r\n" + b"x" * 100_000)

    with play(liar) as session:
        session.select("INBOX")
        assert problem(lambda: session.fetch_body(1)).code is ProblemCode.ANSWER_TOO_LARGE

    def honest(talk: Talk) -> None:
        selected(talk)
        talk.answer("UID FETCH", "* 1 FETCH (UID 1 RFC822.SIZE 90000000)")
        talk.answer("NOOP")
        talk.answer("UID SEARCH", "* SEARCH 1")

    with play(honest) as session:
        session.select("INBOX")
        assert problem(lambda: session.fetch_body(1)).code is ProblemCode.ANSWER_TOO_LARGE
        assert session.uids_from(1) == [1]  # nothing was lost by asking


def test_line_without_end(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.expect("NOOP")
        for _ in range(60):
            talk.raw(b"* OK " + b"x" * (1 << 20))

    with play(script) as session:
        session.select("INBOX")
        assert problem(lambda: session.uids_from(1)).code is ProblemCode.ANSWER_TOO_LARGE


def test_lines_without_end(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.expect("NOOP")
        try:
            while True:
                talk.raw(b"* 3 EXISTS\r\n" * 100_000)
        except OSError:
            pass

    with play(script) as session:
        session.select("INBOX")
        assert problem(lambda: session.uids_from(1)).code is ProblemCode.ANSWER_TOO_LARGE


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe not imap at all\r\n",
        b"* 1 FETCH (UID 1 BODY[] {5}\r\nab",
        b"A999 OK somebody else's\r\n",
        b"* " + b"(" * 20_000 + b"\r\n",
        b"* 1 FETCH " + b"(" * 20_000 + b"\r\n",
    ],
)
def test_garbage_is_a_fault_and_never_a_crash(play: Play, garbage: bytes) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.expect("UID FETCH")
        talk.raw(garbage)
        talk.close()

    with play(script) as session:
        session.select("INBOX")
        code = problem(lambda: session.fetch_body(1)).code
        assert code in (ProblemCode.PROTOCOL_ERROR, ProblemCode.CONNECTION_LOST)


def test_deep_brackets_in_one_answer_cost_one_message(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer("UID FETCH", "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] " + "(" * 20_000, header(2, 2))

    with play(script) as session:
        session.select("INBOX")
        found = list(session.fetch_headers([1, 2], ["Message-ID"]))
        assert [(h.uid, bool(h.header)) for h in found] == [(1, False), (2, True)]


def test_field_names_cannot_smuggle_commands(play: Play) -> None:
    with play(lambda talk: None) as session, pytest.raises(ValueError):
        list(session.fetch_headers([1], ["X)]\r\nA1 LOGOUT"]))


# -- filing


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("NO [TRYCREATE] no such folder", ProblemCode.FOLDER_MISSING),
        ("NO [OVERQUOTA] mailbox is full", ProblemCode.QUOTA_EXCEEDED),
        ("NO [TOOBIG] too big", ProblemCode.MESSAGE_TOO_LARGE),
        ("NO no", ProblemCode.MESSAGE_REFUSED),
    ],
)
def test_refused_append(play: Play, status: str, expected: ProblemCode) -> None:
    def script(talk: Talk) -> None:
        talk.answer("APPEND", status=status)
        tag = talk.expect("APPEND")
        talk.say("+ go on")
        talk.hear_bytes(len(b"Subject: x\r\n\r\ny\r\n\r\n"))
        talk.say(f"{tag} OK [APPENDUID 7 44] done")

    with play(script) as session:
        assert problem(lambda: session.append("Sent", b"Subject: x\r\n\r\ny\r\n")).code is expected
        assert session.append("Sent", b"Subject: x\n\ny\n") == 44


def test_connection_lost_while_filing(play: Play) -> None:
    def script(talk: Talk) -> None:
        talk.expect("APPEND")
        talk.say("+ go on")
        talk.hear()
        talk.cut()

    with play(script) as session:
        assert problem(lambda: session.append("Sent", b"Subject: x\r\n\r\n")).code is ProblemCode.CONNECTION_LOST


# -- folders


def test_folder_lists_of_all_kinds(play: Play) -> None:
    def script(talk: Talk) -> None:
        tag = talk.expect('LIST "" "*"')
        talk.say(
            '* LIST (\\HasNoChildren) "/" 2024',
            '* LIST (\\HasNoChildren \\Sent) "/" "Gesendete Gegenst&AOQ-nde"',
            '* LIST (\\Noselect \\HasChildren) "/" "[Gmail]"',
            '* LIST (\\HasNoChildren) NIL "no hierarchy"',
            '* LIST (\\HasNoChildren) "/" {12}',
            'lit "eral" \\',
            "* LIST (broken",
            '* LIST (\\HasNoChildren) "/" "bad &utf7"',
            f"{tag} OK done",
        )

    with play(script) as session:
        found = {f.path: f for f in session.folders()}
    assert found["INBOX"].selectable  # every account has one
    assert found["Gesendete Gegenstände"].special_use == "\\Sent"
    assert not found["[Gmail]"].selectable
    assert {"2024", "no hierarchy", 'lit "eral" \\'} <= set(found)


def test_special_use_is_asked_for_where_it_is_not_told(play: Play) -> None:
    def script(talk: Talk) -> None:
        talk.answer('LIST "" "*"', '* LIST () "/" INBOX', '* LIST () "/" Utkorg')
        talk.answer('LIST "" "*" RETURN (SPECIAL-USE)', '* LIST () "/" INBOX', '* LIST (\\Sent) "/" Utkorg')

    with play(script, "IMAP4rev1 SPECIAL-USE LIST-EXTENDED") as session:
        assert session.find_sent_folder() == "Utkorg"


def folder(path: str, special_use: str = "", selectable: bool = True) -> FolderInfo:
    return FolderInfo(path, special_use, selectable)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([folder("INBOX"), folder("Sent"), folder("Utkorg", "\\Sent")], "Utkorg"),
        ([folder("Sent", "\\Sent", selectable=False), folder("Sent Items")], "Sent Items"),
        ([folder("Presentations"), folder("INBOX.Sent")], "INBOX.Sent"),
        ([folder("Trash", "\\Trash"), folder("Trash/Sent"), folder("My sentmail")], "My sentmail"),
        ([folder("Outboxsent")], "Outboxsent"),
        ([folder("Presentations"), folder("Consent forms"), folder("Absent"), folder("Unsent Messages")], None),
        ([folder("INBOX")], None),
        ([], None),
    ],
)
def test_choice_of_the_sent_folder(listed: list[FolderInfo], expected: str | None) -> None:
    assert folders.sent_folder(listed) == expected


def test_a_server_that_does_not_know_which_is_the_newest(play: Play) -> None:
    """It finds nothing for "*": what is there is no news all the same."""

    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer("NOOP")
        talk.answer("UID *", "* SEARCH")
        talk.answer("NOOP")
        talk.answer("UID 1:*", "* SEARCH 3 7 12")

    with play(script) as session:
        session.select("INBOX")
        assert session.newest_uid() == 12


# -- waiting


def test_news_before_and_with_the_plus_are_not_missed(play: Play) -> None:
    def before(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("IDLE")
        talk.say("* 4 EXISTS", "+ idling")
        talk.expect("DONE")
        talk.say(f"{tag} OK done")

    def with_it(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("IDLE")
        talk.raw(b"+ idling\r\n* 4 EXISTS\r\n")
        talk.expect("DONE")
        talk.say(f"{tag} OK done")

    def in_the_farewell(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("IDLE")
        talk.say("+ idling", "* OK Still here", "* 3 EXISTS", "* 1 FETCH (FLAGS (\\Seen))", "* 0 RECENT")
        talk.expect("DONE")
        talk.say("* 2 EXPUNGE", f"{tag} OK done")

    for script, seconds in ((before, 5), (with_it, 5), (in_the_farewell, 1)):
        with play(script) as session:
            session.select("INBOX")
            began = time.monotonic()
            assert session.wait_for_change(seconds, threading.Event()) is True
            assert time.monotonic() - began < 2


def test_flags_and_signs_of_life_are_no_news(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("IDLE")
        talk.say("+ idling", "* OK Still here", "* 3 EXISTS", "* 1 FETCH (FLAGS (\\Seen))", "* 0 RECENT")
        talk.expect("DONE")
        talk.say(f"{tag} OK done")

    with play(script) as session:
        session.select("INBOX")
        assert session.wait_for_change(0.6, threading.Event()) is False


def test_server_that_closes_during_idle(play: Play) -> None:
    def closes(talk: Talk) -> None:
        selected(talk)
        talk.expect("IDLE")
        talk.say("+ idling")
        talk.close()

    def says_bye(talk: Talk) -> None:
        selected(talk)
        talk.expect("IDLE")
        talk.say("+ idling", "* BYE Autologout; idle for too long")

    def never_ends(talk: Talk) -> None:
        selected(talk)
        talk.expect("IDLE")
        talk.say("+ idling")

    for script in (closes, says_bye, never_ends):
        with play(script) as session:
            session.select("INBOX")
            began = time.monotonic()
            found = problem(lambda: session.wait_for_change(0.5, threading.Event()))
            assert found.code is ProblemCode.CONNECTION_LOST
            assert time.monotonic() - began < 4


def test_refused_idle_becomes_polling(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.backends.imap import idle

    monkeypatch.setattr(idle, "POLL", 0.2)

    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer("IDLE", status="NO not today")
        talk.answer("NOOP")
        talk.answer("NOOP", "* 5 EXISTS")

    with play(script) as session:
        session.select("INBOX")
        assert session.wait_for_change(5, threading.Event()) is True


def test_clock_that_leaps_ends_idle_to_look_whether_the_server_is_there(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.backends import sleep_clock
    from app.backends.imap import idle

    def script(talk: Talk) -> None:
        selected(talk)
        talk.expect("IDLE")
        talk.say("+ idling")
        talk.expect("DONE")
        # no answer: the other end of this connection does not exist any more

    monkeypatch.setattr(idle, "_PATIENCE", 0.5)
    with play(script) as session:
        session.select("INBOX")
        slept = iter([1000.0, 1000.0, 5000.0])
        monkeypatch.setattr(sleep_clock, "_slept", lambda: next(slept, 5000.0))
        found = problem(lambda: session.wait_for_change(60, threading.Event()))
        assert found.code is ProblemCode.CONNECTION_LOST


def test_a_server_that_hangs_in_idle_is_found_within_two_minutes(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its system still answers TCP's probes, and that is all."""
    from app.backends.imap import idle

    assert idle.RENEW + idle._PATIENCE < 120
    monkeypatch.setattr(idle, "RENEW", 0.5)
    monkeypatch.setattr(idle, "_PATIENCE", 0.5)

    def script(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("IDLE")
        talk.say("+ idling")
        talk.expect("DONE")
        talk.say(f"{tag} OK done")
        talk.expect("IDLE")
        talk.say("+ idling")
        talk.wait()

    with play(script) as session:
        session.select("INBOX")
        began = time.monotonic()
        found = problem(lambda: session.wait_for_change(60, threading.Event()))
        assert found.code is ProblemCode.CONNECTION_LOST
        assert time.monotonic() - began < 3


def test_a_server_that_ends_idle_by_itself_goes_on(play: Play) -> None:
    """It says OK without being asked, as some do after a while: news that come then are not missed, and no DONE, which would
    be no command any more, is said."""

    def script(talk: Talk) -> None:
        selected(talk)
        tag = talk.expect("IDLE")
        talk.say("+ idling", f"{tag} OK Idle terminated by server")
        tag = talk.expect("IDLE")
        talk.say("+ idling", "* 4 EXISTS")
        talk.expect("DONE")
        talk.say(f"{tag} OK done")

    with play(script) as session:
        session.select("INBOX")
        began = time.monotonic()
        assert session.wait_for_change(5, threading.Event()) is True
        assert time.monotonic() - began < 3


def test_a_server_that_ends_each_idle_at_once_is_polled(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.backends.imap import idle

    monkeypatch.setattr(idle, "POLL", 0.2)

    def script(talk: Talk) -> None:
        selected(talk)
        for _ in range(getattr(idle, "_TRIES", 3)):
            tag = talk.expect("IDLE")
            talk.say("+ idling", f"{tag} OK done")
        talk.answer("NOOP", "* 5 EXISTS")

    with play(script) as session:
        session.select("INBOX")
        assert session.wait_for_change(5, threading.Event()) is True


def test_signs_of_life_make_asking_needless_until_the_server_would_end_it(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.backends.imap import idle

    monkeypatch.setattr(idle, "RENEW", 0.5)
    heard: list[float] = []

    def script(talk: Talk) -> None:
        selected(talk)
        for times in (12, 0, 0):
            begun = time.monotonic()
            tag = talk.expect("IDLE")
            talk.say("+ idling")
            for _ in range(times):
                time.sleep(0.2)
                talk.say("* OK Still here")
            talk.expect("DONE")
            heard.append(time.monotonic() - begun)
            talk.say(f"{tag} OK done")

    with play(script) as session:
        session._longest_idle = 2.0
        session.select("INBOX")
        assert session.wait_for_change(3.0, threading.Event()) is False
    lively, silent, _ = heard
    assert lively > 1.9 and 0.4 < silent < 1.5


# -- small parts


def test_uid_sets() -> None:
    assert uid_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
    assert uid_set([5]) == "5"
    assert uid_set([]) == ""


def test_dates() -> None:
    assert internal_date(" 1-Jan-2024 00:30:00 +0100").isoformat() == "2023-12-31T23:30:00+00:00"
    assert internal_date("29-Feb-2024 23:59:60 -0000").year == 2024
    for broken in ("", "32-Jan-2024 00:00:00 +0000", "01-Foo-2024 00:00:00 +0000", "01-Jan-0000 00:00:00 +9999"):
        assert internal_date(broken) == EPOCH
    when = internal_date("05-Mar-2024 23:59:59 +0530")
    assert date_time(when) == b" 5-Mar-2024 18:29:59 +0000"
    assert internal_date(date_time(when).decode()) == when


def test_fast_and_slow_reading_agree() -> None:
    line = b'1 (UID 7 RFC822.SIZE 99 INTERNALDATE " 1-Feb-2024 10:00:00 +0100" BODY[HEADER.FIELDS (X)] {5}'
    record: fetching.Record = ((line, b"X: y\n"), b")")
    assert fetching.read_record(record) == fetching._read_slowly(record)


def test_no_socket_is_left(play: Play) -> None:
    with play(selected) as session:
        session.select("INBOX")
    del session
    gc.collect()  # a socket left open would be a ResourceWarning, which fails the test
