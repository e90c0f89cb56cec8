"""An IMAP server that means harm, at every stage from the greeting to filing a message."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from app.backends.imap import ImapSession, careful, folders, open_imap, pipeline, session
from app.backends.transport import Timeouts
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.protocol.hostile.harness import (
    BRIEF,
    MEGABYTE,
    NAME,
    PASSWORD,
    Weapon,
    cases,
    closes,
    ending,
    given_away,
    line_that_drips,
    line_without_end,
    nul_bytes,
    resets,
    within,
)
from tests.support.authority import Authority, Issued
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

C = ProblemCode
OFFERED = "IMAP4rev1 IDLE AUTH=PLAIN"


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of ordinary commands, for all: a flood is over sooner."""
    monkeypatch.setattr(folders, "_LIST_LIMIT", MEGABYTE)
    monkeypatch.setattr(careful, "BATCH_LIMIT", MEGABYTE)
    monkeypatch.setattr(pipeline, "ANSWER_LIMIT", MEGABYTE)
    monkeypatch.setattr(session, "_SEARCH_LIMIT", MEGABYTE)
    monkeypatch.setattr(session, "BODY_LIMIT", MEGABYTE)


def account(server: ScriptedServer, authority: Authority, security: str = "tls") -> ImapAccount:
    where = endpoint(server.port, security)
    return ImapAccount(NAME, where, where, NAME, trust=ServerTrust(ca_pem=authority.ca_pem))


# -- the stages: each plays up to a command of the client, and gives its tag


def greeting(talk: Talk) -> str:
    return "*"


def capability(talk: Talk) -> str:
    talk.say("* OK ready")
    return talk.expect("CAPABILITY")


def sign_in(talk: Talk) -> str:
    talk.say("* OK ready")
    talk.answer("CAPABILITY", f"* CAPABILITY {OFFERED}")
    return talk.expect("AUTHENTICATE PLAIN")


def password(talk: Talk) -> str:
    tag = sign_in(talk)
    talk.say("+ ")
    talk.hear()
    return tag


def signed_in(word: str, before: Callable[[Talk], None] = lambda talk: None) -> Callable[[Talk], str]:
    def stage(talk: Talk) -> str:
        talk.imap_login(OFFERED)
        before(talk)
        return talk.expect(word)

    return stage


def selected(talk: Talk) -> None:
    talk.answer("EXAMINE", "* 3 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 100] x")


def looked(talk: Talk) -> None:
    selected(talk)
    talk.answer("NOOP")


def idling(talk: Talk) -> str:
    tag = signed_in("IDLE", selected)(talk)
    talk.say("+ idling")
    return tag


def filing(talk: Talk) -> str:
    tag = signed_in("APPEND")(talk)
    talk.say("+ go on")
    talk.hear_bytes(20)
    return tag


STAGES: dict[str, tuple[Callable[[Talk], str], Callable[[ImapSession], object]]] = {
    "greeting": (greeting, lambda s: None),
    "capability": (capability, lambda s: None),
    "sign-in": (sign_in, lambda s: None),
    "password": (password, lambda s: None),
    "folders": (signed_in("LIST"), lambda s: s.folders()),
    "select": (signed_in("EXAMINE"), lambda s: s.select("INBOX")),
    "search": (signed_in("UID SEARCH", looked), lambda s: (s.select("INBOX"), s.uids_from(1))),
    "headers": (
        signed_in("UID FETCH", selected),
        lambda s: (s.select("INBOX"), list(s.fetch_headers([1, 2], ["Subject"]))),
    ),
    "body": (signed_in("UID FETCH", selected), lambda s: (s.select("INBOX"), s.fetch_body(1))),
    "idle": (idling, lambda s: (s.select("INBOX"), s.wait_for_change(0.3, threading.Event()))),
    "file": (filing, lambda s: s.append("Sent", b"Subject: x\r\n\r\nyy\r\n")),
}
NOT_GIVEN_YET = ("greeting", "capability", "sign-in")  # the password


# -- the weapons


def flood_of_answers(talk: Talk, tag: str) -> None:
    talk.flood(b"* OK still working %s\r\n" % (b"." * 300))


def flood_of_news(talk: Talk, tag: str) -> None:
    talk.flood(b"* 1 FETCH (FLAGS (\\Seen %s))\r\n" % (b"x" * 300))


def flood_of_questions(talk: Talk, tag: str) -> None:
    talk.flood(b"+ go on %s\r\n" % (b"." * 300))


def answers_that_drip(talk: Talk, tag: str) -> None:
    talk.drip(b"* OK x\r\n", pause=0.01)


def bye(talk: Talk, tag: str) -> None:
    talk.say("* BYE you are not welcome")


def tag_of_nobody(talk: Talk, tag: str) -> None:
    talk.say("ZZZZ999 OK done")


def tag_of_the_future(talk: Talk, tag: str) -> None:
    talk.say(f"{tag}000 OK done")


def literal_beyond_all(talk: Talk, tag: str) -> None:
    talk.raw(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % 2**63)
    talk.flood(b"x")


def literal_of_64_megabytes(talk: Talk, tag: str) -> None:
    talk.raw(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % (64 << 20))
    talk.flood(b"x")


def literal_with_a_million_digits(talk: Talk, tag: str) -> None:
    talk.raw(b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 500_000 + b"}\r\n")


def negative_literal(talk: Talk, tag: str) -> None:
    talk.say("* 1 FETCH (UID 1 BODY[] {-5}", "12345)", "* BYE")


def brackets_without_end(talk: Talk, tag: str) -> None:
    talk.raw(b"* LIST " + b"(" * 400_000 + b"\r\n* SEARCH " + b"(" * 100_000 + b"\r\n")
    talk.close()


WEAPONS: dict[str, Weapon] = {
    "closes": closes,
    "resets": resets,
    "says goodbye": bye,
    "NUL bytes": nul_bytes,
    "a line without end": line_without_end,
    "a line that drips": line_that_drips,
    "answers without end": flood_of_answers,
    "news without end": flood_of_news,
    "questions without end": flood_of_questions,
    "answers that drip": answers_that_drip,
    "the tag of nobody": tag_of_nobody,
    "the tag of a command to come": tag_of_the_future,
    "a literal of 2**63 bytes": literal_beyond_all,
    "a literal of 64 MB": literal_of_64_megabytes,
    "a literal with endless digits": literal_with_a_million_digits,
    "a literal of less than nothing": negative_literal,
    "brackets without end": brackets_without_end,
}

# what ends it at any stage after the greeting
ENDS = {
    "closes": C.CONNECTION_LOST,
    "resets": C.CONNECTION_LOST,
    "says goodbye": C.CONNECTION_LOST,
    "NUL bytes": C.PROTOCOL_ERROR,
    "a line without end": C.ANSWER_TOO_LARGE,
    "a line that drips": C.READ_TIMEOUT,
    "answers without end": C.ANSWER_TOO_LARGE,
    "news without end": C.ANSWER_TOO_LARGE,
    "questions without end": C.ANSWER_TOO_LARGE,
    "answers that drip": C.READ_TIMEOUT,
    "the tag of nobody": C.PROTOCOL_ERROR,
    "the tag of a command to come": C.PROTOCOL_ERROR,
    "a literal of 2**63 bytes": C.ANSWER_TOO_LARGE,
    "a literal of 64 MB": C.ANSWER_TOO_LARGE,
    "a literal with endless digits": C.PROTOCOL_ERROR,
    "a literal of less than nothing": C.PROTOCOL_ERROR,
    "brackets without end": C.CONNECTION_LOST,
}
EXCEPTIONS = {
    ("greeting", "says goodbye"): C.SERVER_BUSY,
    # a second question for the password is not answered
    ("sign-in", "questions without end"): C.PROTOCOL_ERROR,
    ("password", "questions without end"): C.PROTOCOL_ERROR,
    # signs of life are usual while nothing happens; then the end of IDLE is not confirmed
    ("idle", "answers that drip"): C.CONNECTION_LOST,
}


def end_of(stage: str, weapon: str) -> ProblemCode:
    usual = ENDS[weapon]
    if stage == "greeting" and weapon not in ("closes", "resets") and not weapon.startswith(("a line", "answers")):
        usual = C.NOT_A_MAIL_SERVER
    return EXCEPTIONS.get((stage, weapon), usual)


SEEN_ELSEWHERE = [  # each takes as long as the client's patience
    (stage, "a line that drips") for stage in ("capability", "folders", "select", "search", "headers", "file")
]


@cases(list(STAGES), WEAPONS, SEEN_ELSEWHERE)
def test_instead_of_an_answer(certificate: Issued, authority: Authority, stage: str, weapon: str) -> None:
    play, act = STAGES[stage]

    def script(talk: Talk) -> None:
        WEAPONS[weapon](talk, play(talk))
        talk.wait()

    def whole(server: ScriptedServer) -> None:
        with open_imap(account(server, authority), Secret(PASSWORD), timeouts=BRIEF) as opened:
            act(opened)

    with ScriptedServer(script, context=certificate.server_context()) as server, within(16):
        problem = ending(lambda: whole(server))
    assert problem.code is end_of(stage, weapon), problem
    assert server.talks[0].sent < 8 * MEGABYTE  # with what the systems' buffers hold
    assert given_away(server) <= (stage not in NOT_GIVEN_YET or weapon == "questions without end")  # once
    assert len(server.talks) == 1  # no second try


# -- before TLS


def plain_capability(talk: Talk) -> str:
    talk.say("* OK ready")
    return talk.expect("CAPABILITY")


def plain_starttls(talk: Talk) -> str:
    talk.say("* OK ready")
    talk.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN")
    return talk.expect("STARTTLS")


def stripped(talk: Talk, tag: str) -> None:
    talk.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN", f"{tag} OK done")


def refused(talk: Talk, tag: str) -> None:
    talk.say(f"{tag} NO not today")


def preauth(talk: Talk, tag: str) -> None:
    talk.say("* PREAUTH welcome back, ada")


def injected(talk: Talk, tag: str) -> None:
    """CVE-2011-0411 and its kin: what stands behind the OK would count as if it had come under TLS."""
    talk.raw(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n".encode())
    talk.start_tls()


def injected_later(talk: Talk, tag: str) -> None:
    talk.say(f"{tag} OK go")
    talk.raw(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
    talk.wait()


def starts_again(talk: Talk, tag: str) -> None:
    talk.say(f"{tag} BAD what", "* OK ready", "* CAPABILITY IMAP4rev1 AUTH=PLAIN")


def refers(talk: Talk, tag: str) -> None:
    talk.say(f"{tag} NO [REFERRAL imap://imap.example.net/] ask there")


PLAIN_STAGES = {"greeting": greeting, "capability": plain_capability, "STARTTLS": plain_starttls}
PLAIN_WEAPONS: dict[str, Weapon] = WEAPONS | {
    "leaves STARTTLS out": stripped,
    "refuses": refused,
    "says that one is signed in": preauth,
    "says yes and more": injected,
    "says yes, and then more": injected_later,
    "starts again": starts_again,
    "refers to another server": refers,
}


@cases(list(PLAIN_STAGES), PLAIN_WEAPONS, [("greeting", "answers that drip"), ("capability", "a line that drips")])
def test_before_tls_nothing_is_given_away(certificate: Issued, authority: Authority, stage: str, weapon: str) -> None:
    def script(talk: Talk) -> None:
        PLAIN_WEAPONS[weapon](talk, PLAIN_STAGES[stage](talk))
        talk.wait()

    context = certificate.server_context()
    with ScriptedServer(script, context=context, implicit_tls=False) as server, within(16):
        problem = ending(lambda: open_imap(account(server, authority, "starttls"), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code not in (C.WRONG_CREDENTIALS, C.APP_PASSWORD_NEEDED)  # nothing is said about the password
    assert given_away(server) == 0
    said = b"".join(bytes(talk.received) for talk in server.talks)
    assert NAME.encode() not in said
    assert {line.split()[1] for talk in server.talks for line in talk.heard if " " in line} <= {
        "CAPABILITY", "STARTTLS", "LOGOUT"
    }  # fmt: skip


# -- signing in


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        ("IMAP4rev1 LOGINDISABLED", C.LOGIN_DISABLED),
        ("IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5 AUTH=DIGEST-MD5", C.LOGIN_DISABLED),
        ("IMAP4rev1 LOGINDISABLED AUTH=ANONYMOUS", C.LOGIN_DISABLED),
        ("IMAP4rev1 LOGINDISABLED AUTH=NTLM AUTH=GSSAPI AUTH=XOAUTH2", C.LOGIN_DISABLED),
        ("NOIMAP", C.PROTOCOL_ERROR),
        ("IMAP4rev1 " + "AUTH=X" * 100_000 + " LOGINDISABLED", C.LOGIN_DISABLED),
    ],
)
def test_no_weaker_way_to_sign_in_is_taken(
    certificate: Issued, authority: Authority, offered: str, code: ProblemCode
) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("CAPABILITY", f"* CAPABILITY {offered}")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server, within(16):
        assert ending(lambda: open_imap(account(server, authority), Secret(PASSWORD), timeouts=BRIEF)).code is code
    assert given_away(server) == 0
    assert not any("AUTHENTICATE" in line or "LOGIN" in line for line in server.talks[0].heard)


@pytest.mark.parametrize(
    "answer",
    [
        "NO [REFERRAL imap://ada;AUTH=*@imap.example.net/] Your mailbox has moved",
        "NO [ALERT] sign in at imap.example.net:143 instead",
        "BAD [REFERRAL imap://127.0.0.1:1/] no",
    ],
)
def test_a_referral_is_shown_and_not_followed(certificate: Issued, authority: Authority, answer: str) -> None:
    def script(talk: Talk) -> None:
        tag = password(talk)
        talk.say(f"{tag} {answer}")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        problem = ending(lambda: open_imap(account(server, authority), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code is C.WRONG_CREDENTIALS
    assert answer.partition("://")[2][:10] in problem.server_says
    assert (len(server.talks), given_away(server)) == (1, 1)


# -- answers that are lies


def playing(authority: Authority, certificate: Issued, script: Callable[[Talk], None]) -> ScriptedServer:
    def whole(talk: Talk) -> None:
        talk.imap_login(OFFERED)
        script(talk)
        talk.wait()

    return ScriptedServer(whole, context=certificate.server_context())


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["* 3 EXISTS", "* OK [UIDVALIDITY 0] x"], (0, 0, 3)),
        (["* 3 EXISTS"], (0, 0, 3)),
        (["* 18446744073709551616 EXISTS", "* OK [UIDVALIDITY 18446744073709551616] x"], (0, 0, 0)),
        (["* 3 EXISTS", "* OK [UIDNEXT] x", "* OK [UIDVALIDITY] x", "* 4 EXISTS"], None),
        (["* 3 EXISTS", "* OK [UIDVALIDITY -7] x"], (0, 0, 3)),
    ],
)
def test_numbers_of_a_folder(
    certificate: Issued, authority: Authority, lines: list[str], status: tuple[int, int, int] | None
) -> None:
    with playing(authority, certificate, lambda talk: talk.answer("EXAMINE", *lines)) as server:
        with open_imap(account(server, authority), Secret(PASSWORD), timeouts=BRIEF) as opened:
            if status is None:
                assert ending(lambda: opened.select("INBOX")).code is C.PROTOCOL_ERROR
            else:
                found = opened.select("INBOX")
                assert (found.uid_validity, found.uid_next, found.exists) == status


def test_names_of_folders_that_are_no_names(certificate: Issued, authority: Authority) -> None:
    def script(talk: Talk) -> None:
        tag = talk.expect("LIST")
        for name in (
            b'"\xff\xfe\xc3"',
            b'"&AAA-&//"',
            b'""',
            b'"\x00\x01"',
            b'"' + b"x" * 100_000 + b'"',
            b"NIL",
            b"(a)",
        ):
            talk.raw(b'* LIST () "/" ' + name + b"\r\n")
        talk.raw(b'* LIST (\\Sent) "/" Good\r\n' + f"{tag} OK done\r\n".encode())

    with playing(authority, certificate, script) as server, within(16):
        with open_imap(account(server, authority), Secret(PASSWORD), timeouts=BRIEF) as opened:
            found = opened.folders()
    assert {"INBOX", "Good"} <= {folder.path for folder in found}
    assert all(folder.path for folder in found)


def test_a_mailbox_of_200_000_folders(
    certificate: Issued, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()

    def script(talk: Talk) -> None:
        tag = talk.expect("LIST")
        talk.raw(b"".join(b'* LIST () "/" "Folder %06d"\r\n' % number for number in range(200_000)))
        talk.say(f"{tag} OK done")

    with playing(authority, certificate, script) as server:
        patient = Timeouts(connect=2, read=20, answer=60)
        with open_imap(account(server, authority), Secret(PASSWORD), timeouts=patient) as opened:
            found = opened.folders()
    assert len(found) == 200_001


def test_uids_that_cannot_be(certificate: Issued, authority: Authority) -> None:
    def script(talk: Talk) -> None:
        selected(talk)
        talk.answer("NOOP")
        talk.answer("UID SEARCH", "* SEARCH 0 4294967296 99999999999999999999 7")
        talk.answer(
            "UID FETCH 7 ",
            "* 1 FETCH (UID 99999999999999999999 BODY[HEADER.FIELDS (SUBJECT)] {3}\r\nabc)",
            "* 1 FETCH (UID -7 BODY[HEADER.FIELDS (SUBJECT)] {3}\r\nabc)",
            "* 0 FETCH (UID 7 FLAGS () RFC822.SIZE 19999999999999999 BODY[HEADER.FIELDS (SUBJECT)] {14}\r\nSubject: x\r\n\r\n)",
        )

    with playing(authority, certificate, script) as server:
        with open_imap(account(server, authority), Secret(PASSWORD), timeouts=BRIEF) as opened:
            opened.select("INBOX")
            assert opened.uids_from(1) == [7]
            (header,) = opened.fetch_headers([7], ["Subject"])
            assert (header.uid, header.header) == (7, b"Subject: x\r\n\r\n")
