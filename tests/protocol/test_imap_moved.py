"""What has gone from a folder: told by QRESYNC on a real Dovecot, in fewer bytes than a search needs; found by a search where a
server has no QRESYNC, or says things that cannot be."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Callable, Iterator

import pytest

from app.backends.imap import ImapSession, moved, open_imap
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.mailbox import MailAccount, endpoint
from tests.support.scripted import ScriptedServer, Talk

MANY = 600
PLAIN = "IMAP4rev1 SASL-IR LITERAL+ IDLE UIDPLUS NAMESPACE SPECIAL-USE"
QRESYNC = "IMAP4rev1 IDLE UIDPLUS ENABLE CONDSTORE QRESYNC AUTH=PLAIN"


@pytest.fixture
def person(mailbox: Callable[..., MailAccount]) -> MailAccount:
    return mailbox("ada")


def fill(server: Dovecot, user: str, count: int) -> None:
    with server._login(user) as connection:
        for number in range(count):
            when = imaplib.Time2Internaldate(time.time())
            assert connection.append("INBOX", "", when, b"Subject: %d\r\n\r\nHello\r\n" % number)[0] == "OK"


def elsewhere(person: MailAccount, uids: str, flags: str = "", *, to: str = "") -> None:
    """What another program does: sets flags, or moves to a folder, or deletes."""
    with person.dovecot._login(person.address) as connection:
        connection.select("INBOX")
        if to:
            connection.uid("MOVE", uids, to)
            return
        connection.uid("STORE", uids, "+FLAGS", flags or r"(\Deleted)")
        if not flags:
            connection.expunge()


@pytest.fixture
def opened(person: MailAccount) -> Iterator[Callable[[bool], ImapSession]]:
    made: list[ImapSession] = []

    def opening(resumes: bool) -> ImapSession:
        session = open_imap(person.account, person.secret)
        made.append(session)
        if resumes:
            session.resume({})
        return session

    yield opening
    for session in made:
        session.close()


def asked(session: ImapSession, uids: list[int], since: int | None, most: int) -> tuple[set[int], int]:
    """The answer, and the bytes that it took."""
    session.select("INBOX")
    before = session.bytes_read()
    return session.gone(uids, since, most), session.bytes_read() - before


def test_qresync_tells_in_fewer_bytes_than_a_search(person: MailAccount, opened: Callable[[bool], ImapSession]) -> None:
    fill(person.dovecot, person.address, MANY)
    quick, slow = opened(True), opened(False)
    since = quick.select("INBOX").highest_modseq
    assert since and "QRESYNC" in quick.capabilities()
    uids = list(range(1, MANY + 1, 2))  # those that are of interest
    elsewhere(person, "3,5:8,101", to="Trash")
    elsewhere(person, "299")
    elsewhere(person, "1:20", r"(\Seen)")  # flags of others change, too
    told, few = asked(quick, uids, since, 7)
    found, many = asked(slow, uids, since, 7)
    assert told == found == {3, 5, 7, 101, 299}
    assert quick._quick.on and not slow._quick.on
    assert few * 3 < many, (few, many)
    print(f"QRESYNC {few} bytes, a search {many}")
    # nothing of interest has gone since; and the session is in order
    since = quick.select("INBOX").highest_modseq
    assert since
    elsewhere(person, "298")
    assert asked(quick, [1, 9, 297], since, 1)[0] == set()
    assert len(quick.uids_from(1)) == MANY - 8
    assert [h.uid for h in quick.fetch_headers([1, 2, 3, 4], ("Subject",))] == [1, 2, 4]


def test_an_old_state_is_told_of_as_well(person: MailAccount, opened: Callable[[bool], ImapSession]) -> None:
    """RFC 7162 3.2.5.2: of a state that it does not remember the server tells all that are not there."""
    fill(person.dovecot, person.address, 30)
    quick = opened(True)
    quick.select("INBOX")
    elsewhere(person, "10:19")
    assert asked(quick, [9, 10, 19, 20], 1, 10)[0] == {10, 19}


def test_a_server_without_qresync_is_searched(certificate: Issued, authority: Authority) -> None:
    with Dovecot(certificate, capability=PLAIN) as plain:
        plain.add_user("ada@example.com", "secret")
        fill(plain, "ada@example.com", 9)
        with plain._login("ada@example.com") as connection:
            connection.select("INBOX")
            connection.uid("STORE", "2,4", "+FLAGS", r"(\Deleted)")
            connection.expunge()
        with open_imap(account(plain.imaps_port, authority), Secret("secret")) as session:
            session.resume({})
            session.select("INBOX")
            assert session.gone([1, 2, 3, 4, 9, 12], None, 2) == {2, 4, 12}
            assert not session._quick.on


# -- servers that announce it and do something else


def account(port: int, authority: Authority) -> ImapAccount:
    server = endpoint(port, "tls")
    return ImapAccount("ada@example.com", server, server, "ada@example.com", trust=ServerTrust(ca_pem=authority.ca_pem))


def enabled(talk: Talk, *answer: str, status: str = "OK done") -> None:
    talk.imap_login(QRESYNC)
    tag = talk.expect("ENABLE QRESYNC")
    select = talk.expect("EXAMINE")  # it does not wait for the first answer
    talk.say(*answer, f"{tag} {status}")
    talk.say(
        "* 5 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 10] x", "* OK [HIGHESTMODSEQ 90] x", f"{select} OK done"
    )


def searched(talk: Talk) -> None:
    talk.answer("UID SEARCH UID 1:3,9", "* SEARCH 1 3 9")
    talk.wait()


def refuses_to_enable(talk: Talk) -> None:
    enabled(talk, status="NO not today")
    searched(talk)


def enables_nothing(talk: Talk) -> None:
    enabled(talk, "* ENABLED")
    searched(talk)


def refuses_to_tell(talk: Talk) -> None:
    enabled(talk, "* ENABLED QRESYNC")
    talk.answer("CHANGEDSINCE 50 VANISHED", status="BAD unknown modifier")
    searched(talk)


def tells_of_too_many(talk: Talk) -> None:
    enabled(talk, "* ENABLED QRESYNC CONDSTORE")
    talk.answer("CHANGEDSINCE 50 VANISHED", "* VANISHED (EARLIER) 1:4294967295")
    searched(talk)


def tells_of_all_one_by_one(talk: Talk) -> None:
    enabled(talk, "* ENABLED CONDSTORE QRESYNC")
    talk.answer(
        "CHANGEDSINCE 50 VANISHED", "* VANISHED (EARLIER) 9:4,2,x", "* 1 FETCH (UID 1 MODSEQ (77) FLAGS ())",
        "* VANISHED 12", "* 4 EXISTS", "* VANISHED",
    )  # fmt: skip
    talk.wait()


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        (refuses_to_enable, {2}),
        (enables_nothing, {2}),
        (refuses_to_tell, {2}),
        (tells_of_too_many, {2}),
        (tells_of_all_one_by_one, {2, 9}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_servers_that_lie(
    certificate: Issued, authority: Authority, script: Callable[[Talk], None], wanted: set[int]
) -> None:
    with ScriptedServer(script, context=certificate.server_context()) as server:
        with open_imap(account(server.port, authority), Secret("secret")) as session:
            session.resume({})
            assert session.select("INBOX").highest_modseq == 90
            assert session.gone([1, 2, 3, 9], 50, 2) == wanted


ESEARCH = "IMAP4rev1 UIDPLUS ESEARCH AUTH=PLAIN"
MUCH = 100_000  # logged messages in one folder


def large(talk: Talk, capabilities: str) -> None:
    talk.imap_login(capabilities)
    if "QRESYNC" in capabilities:
        talk.answer("ENABLE QRESYNC", "* ENABLED QRESYNC")
    talk.answer(
        "EXAMINE", f"* {MUCH - 1} EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 200001] x",
        "* OK [HIGHESTMODSEQ 90] x",
    )  # fmt: skip


def tells_what_vanished(talk: Talk) -> None:
    large(talk, QRESYNC)
    talk.answer("CHANGEDSINCE 50 VANISHED", "* VANISHED (EARLIER) 77777")
    if talk.hear().endswith("LOGOUT"):
        return
    raise AssertionError(talk.heard[-1])


def tells_ranges(talk: Talk) -> None:
    large(talk, ESEARCH)
    tag = talk.expect("UID SEARCH RETURN (ALL) UID 1:100000")
    talk.say(f'* ESEARCH (TAG "{tag}") UID ALL 77778:100000,1:77776', f"{tag} OK done")
    talk.wait()


def tells_each(talk: Talk) -> None:
    large(talk, PLAIN)
    talk.answer("UID SEARCH UID 1:100000", "* SEARCH " + " ".join(str(n) for n in range(1, MUCH + 1) if n != 77_777))
    talk.wait()


@pytest.mark.parametrize("script", [tells_what_vanished, tells_ranges, tells_each], ids=lambda s: s.__name__)
def test_one_question_about_a_hundred_thousand(
    certificate: Issued, authority: Authority, script: Callable[[Talk], None]
) -> None:
    with ScriptedServer(script, context=certificate.server_context()) as server:
        with open_imap(account(server.port, authority), Secret("secret")) as session:
            session.resume({})
            session.select("INBOX")
            assert session.gone(range(1, MUCH + 1), 50, 1) == {77_777}


@pytest.mark.parametrize(
    "said",
    [
        (),
        ("* ESEARCH what",),
        ('* ESEARCH (TAG "x") UID ALL 1:9', '* ESEARCH (TAG "x") UID'),
        ('* ESEARCH (TAG "x") UID',),
    ],
    ids=["nothing", "nonsense", "twice", "no message at all"],
)
@pytest.mark.parametrize("status", ["OK done", "BAD what"])
def test_ranges_that_cannot_be_are_no_answer(
    certificate: Issued, authority: Authority, said: tuple[str, ...], status: str
) -> None:
    def script(talk: Talk) -> None:
        large(talk, ESEARCH)
        talk.answer("UID SEARCH RETURN (ALL) UID 1:600", *said, status=status)
        talk.answer("UID SEARCH UID 1:600", "* SEARCH " + " ".join(map(str, range(2, 601))))
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with open_imap(account(server.port, authority), Secret("secret")) as session:
            session.select("INBOX")
            assert session.gone(range(1, 601), None, 1) == {1}


def test_a_real_server_tells_ranges(person: MailAccount, opened: Callable[[bool], ImapSession]) -> None:
    fill(person.dovecot, person.address, MANY)
    session, plain = opened(False), opened(False)
    elsewhere(person, "3,5:8,599")
    since = {3, 5, 6, 7, 8, 599}
    found, few = asked(session, list(range(1, MANY + 1)), None, 6)
    plain._client._cached_capabilities = (b"IMAP4REV1",)
    searched_for, many = asked(plain, list(range(1, MANY + 1)), None, 6)
    assert found == searched_for == since and few * 3 < many, (few, many)
    print(f"ESEARCH {few} bytes, a search {many}")


def test_sparse_messages_cost_few_questions_of_bounded_length() -> None:
    """Holes are closed where that is cheap; every message lies in one of the ranges."""
    uids = sorted({(n * 7919) % 1_000_003 for n in range(1, MUCH)} | set(range(1, 2000, 2)))
    for most, questions in ((500, 22), (0, 200)):
        ranges = moved._merged(uids, most)
        cut = list(moved._questions(ranges))
        assert len(cut) <= questions and all(len(moved._set_of(some)) <= 8000 for some in cut)
        inside = [uid for some in cut for low, high in some for uid in range(low, high + 1)]
        assert inside == sorted(set(inside)) and set(inside) >= set(uids)
        assert all(sum(high - low + 1 for low, high in some) <= 100_000 for some in cut)
    assert moved._merged([4, 9, 11, 12], 0) == [(4, 4), (9, 9), (11, 12)]  # few are asked for exactly
    assert moved._merged([], 500) == [] and moved._merged([7], 500) == [(7, 7)]


def test_a_long_line_is_read_once() -> None:
    line = b"(EARLIER) " + b",".join(b"%d" % uid for uid in range(1, 200_000, 2))
    begun = time.process_time()
    assert len(list(moved._within(line, range(1, MUCH)))) == MUCH // 2
    assert time.process_time() - begun < 1.0


def test_a_server_that_dies_at_the_question_is_lost(certificate: Issued, authority: Authority) -> None:
    def script(talk: Talk) -> None:
        enabled(talk, "* ENABLED QRESYNC")
        talk.expect("VANISHED")
        talk.say("* VANISHED (EARLIER) 1:")
        talk.cut()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with open_imap(account(server.port, authority), Secret("secret")) as session:
            session.resume({})
            session.select("INBOX")
            with pytest.raises(MailFault) as caught:
                session.gone([1, 2, 3], 50, 3)
            assert caught.value.problem.code is ProblemCode.CONNECTION_LOST
