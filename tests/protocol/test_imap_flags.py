"""Whether a message is a draft, where a server tells of flags late, early, oddly or not at all: what is not sure is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import FetchedHeader
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from tests.support.authority import Authority, Issued
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

HEADER = "In-Reply-To: <ours@x.example>\r\n\r\n"
FIELDS = "BODY[HEADER.FIELDS (IN-REPLY-TO)]"


def message(uid: int, flags: str = "", number: int = 1) -> str:
    return f"* {number} FETCH (UID {uid} {flags}RFC822.SIZE 99 {FIELDS} {{{len(HEADER)}}}\r\n{HEADER})"


@pytest.fixture
def headers(certificate: Issued, authority: Authority) -> Callable[..., tuple[dict[int, FetchedHeader], list[str]]]:
    """What is read when the server gives these answers, a list for each FETCH; and the questions."""

    def reading(*answers: list[str], status: str = "OK done") -> tuple[dict[int, FetchedHeader], list[str]]:
        def script(talk: Talk) -> None:
            talk.imap_login("IMAP4rev1")
            talk.answer("EXAMINE", "* 9 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 10] x")
            for answer in answers:
                talk.answer("UID FETCH", *answer, status=status if answer is answers[-1] else "OK done")
            talk.wait()

        with ScriptedServer(script, context=certificate.server_context()) as server:
            place = endpoint(server.port, "tls")
            trust = ServerTrust(ca_pem=authority.ca_pem)
            account = ImapAccount("ada@example.com", place, place, "ada@example.com", trust=trust)
            with open_imap(account, Secret("secret")) as session:
                session.select("INBOX")
                found = _read(session)
        return found, [line for line in server.talks[0].heard if "FETCH" in line]

    return reading


def _read(session: ImapSession) -> dict[int, FetchedHeader]:
    return {header.uid: header for header in session.fetch_headers([5, 6], ("In-Reply-To",))}


@pytest.mark.parametrize(
    "answer",
    [
        [message(5, r"FLAGS (\Seen \DRAFT) ")],
        [message(5), r"* 1 FETCH (UID 5 FLAGS (\Draft \Seen))"],
        [r"* 1 FETCH (UID 5 FLAGS (\Seen \Draft))", message(5)],
        [r"* 1 FETCH (FLAGS (\Draft) UID 5)", message(5, r"FLAGS () ")],
        [message(5, r"FLAGS (\Draft) "), message(5, r"FLAGS () ")],
    ],
    ids=["together", "after", "before", "both", "twice"],
)
def test_flags_may_come_in_another_answer(headers: Callable[..., object], answer: list[str]) -> None:
    """RFC 3501 7.4.2: the items of one message may come in several answers."""
    read, asked = headers([*answer, message(6, r"FLAGS (\Seen) ", 2)])  # type: ignore[misc]
    assert (read[5].draft, read[6].draft) == (True, False) and len(asked) == 1
    assert read[5].header == read[6].header == HEADER.encode() and read[5].size == 99 and read[5].flags_told


@pytest.mark.parametrize("odd", ["", r"FLAGS (a(b \Draft) ", "FLAGS NIL ", r"X-FLAGS (\Seen) "])
def test_what_came_without_flags_is_asked_for_once_more(headers: Callable[..., object], odd: str) -> None:
    first = [message(5, odd), message(6, "FLAGS () ", 2)]
    read, asked = headers(first, [r"* 1 FETCH (UID 5 FLAGS (\Seen))"])  # type: ignore[misc]
    assert (read[5].draft, read[5].flags_told, read[6].draft) == (False, True, False)
    assert [line.split(" ", 1)[1] for line in asked[1:]] == ["UID FETCH 5 (UID FLAGS)"]


@pytest.mark.parametrize("second", [[], [r"* 1 FETCH (UID 5)"], [r"* 1 FETCH (FLAGS (\Seen))"]], ids=str)
@pytest.mark.parametrize("status", ["OK done", "NO not today", "BAD what"])
def test_where_nobody_says_it_a_message_counts_as_a_draft(
    headers: Callable[..., object], second: list[str], status: str
) -> None:
    read, asked = headers([message(5), message(6, "FLAGS () ", 2)], second, status=status)  # type: ignore[misc]
    assert (read[5].draft, read[5].flags_told) == (True, False) and (read[6].draft, read[6].flags_told) == (False, True)
    assert len(asked) == 2


def test_items_in_two_answers_are_put_together(headers: Callable[..., object]) -> None:
    with_size = "* 1 FETCH (UID 5 RFC822.SIZE 77 FLAGS ())"
    without = f"* 1 FETCH (UID 5 {FIELDS} {{{len(HEADER)}}}\r\n{HEADER})"
    read, asked = headers([with_size, without, message(6, "FLAGS () ", 2)])  # type: ignore[misc]
    assert (read[5].size, read[5].header, read[5].draft) == (77, HEADER.encode(), False) and len(asked) == 1
