"""The table of errors: each row finds its own example and no other takes it away, each tells what to do, and what people
were promised is in it."""

from __future__ import annotations

import re

import pytest

from app.domain.problems import Problem, ProblemCode
from app.words.lookup import everything, find, find_elsewhere, find_for
from app.words.problems import explain, row_of, who_mends
from app.words.troubleshooting import Row, Who, code_pattern, look_up, protocol_of, row_for, table

ROWS = table()


def name_of(row: Row) -> str:
    return f"{row.group}: {row.code}"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_finds_its_example_and_no_other_shadows_it(row: Row) -> None:
    protocol = protocol_of(row.example_host, row.example_port)
    assert look_up(row.example, row.example_host, protocol)[0] is row
    assert row in (*find(row.example), *find_elsewhere(row.example))


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_pattern_is_of_use(row: Row) -> None:
    """A pattern that matches next to everything would explain errors that it knows nothing of."""
    for pattern in row.patterns:
        assert not pattern.search("Something else happened on the way to the mailbox.")
        assert not pattern.search("")


@pytest.mark.parametrize("row", everything(), ids=name_of)
def test_a_row_is_whole(row: Row) -> None:
    title, cause, remedy = row.words()
    assert title[0].isupper() and not title.endswith(".")
    for text in (cause, remedy):
        assert text[0].isupper() and text.endswith(".")
        assert len(text) < 330
    assert not re.search(r"[{}!]|please|oops|  |'|port 0|[/.@]the server", f"{title} {cause} {remedy}", re.IGNORECASE)
    assert row.source == "README.md" or row.source.startswith("https://")
    assert row.codes and all(row.codes)
    assert row.example or not row.patterns


# What a person does, or that nothing has to be done.
VERBS = re.compile(
    r"\b(ask|check|choose|close|come|compare|connect|copy|create|delete|do not|enter|finish|follow|free|give|goes|install|"
    r"look|mend|nothing|open|press|read|reach|reconnect|register|remove|restore|run|send|set|sign|switch|take|tell|"
    r"tried again|try|type|unlock|update|use|wait|write|add|free|out by itself|set aside|others go on)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("row", everything(), ids=name_of)
def test_every_remedy_says_what_to_do(row: Row) -> None:
    assert VERBS.search(row.remedy)
    if row.who is Who.ITSELF:
        assert re.search(r"itself|nothing has to be done|again|set aside|others go on|wait", row.remedy, re.IGNORECASE)
    if row.who is Who.ADMINISTRATOR:
        joined = f"{row.cause} {row.remedy}"
        assert re.search(r"\bask\b|administrator|whoever|regist|client|settings", joined, re.I)


def test_no_code_stands_in_two_rows() -> None:
    named = [code.casefold() for row in ROWS for code in row.codes]
    doubled = {code for code in named if named.count(code) > 1}
    assert doubled <= {"5.1.8"}  # Microsoft gives it a meaning of its own


PROMISED = """
[AUTHENTICATIONFAILED] | [ALERT] Application-specific password required | [ALERT] Please log in via your web browser
[WEBALERT] | account is not enabled for IMAP use | [OVERQUOTA] | Too many simultaneous connections | 534 5.7.9
534 5.7.14 | 535 5.7.8 | 550 5.4.5 | 552 5.7.0 | 421 4.7.0 | 454 4.7.0 | policy_enforced | admin_policy_enforced
org_internal | access_denied | invalid_client | disallowed_useragent | redirect_uri_mismatch | deleted_client
accessNotConfigured | 535 5.7.139 | 535 5.7.3 | 550 5.7.30 | 550 5.7.60 | 554 5.2.252 | 432 4.3.2 | LOGIN failed
AUTHENTICATE failed | User is authenticated but not connected | BasicAuthBlocked | ErrorAccessDenied
MailboxNotEnabledForRESTAPI | ErrorSendAsDenied | ApplicationThrottled | LOGIN Invalid credentials | #AUTH005 | [LIMIT]
Invalid credentials(Failure) | You are yet to enable IMAP | LOGIN Login error | Unsafe Login | Proton | HTTP 401 | HTTP 403
HTTP 404 | HTTP 503 | ErrorServerBusy | ErrorInvalidServerVersion | ErrorNonExistentMailbox | ErrorAccountSuspend
ErrorPasswordExpired | ErrorImpersonateUserDenied | [AUTHORIZATIONFAILED] | [EXPIRED] | [PRIVACYREQUIRED] | [CONTACTADMIN]
[NOPERM] | [INUSE] | [ALREADYEXISTS] | [NONEXISTENT] | [UNAVAILABLE] | [SERVERBUG] | [CLIENTBUG] | [CORRUPTION] | 4.2.2
5.1.1 | 5.1.10 | 5.2.1 | 5.2.2 | 5.2.3 | 5.3.4 | 5.4.1 | 5.5.2 | 5.7.1 | 5.7.9 | 5.7.11 | 5.7.23 | 5.7.25 | 5.7.26
5.7.509 | 5.7.606 | spamhaus | greylist | 451 4.7.1 | protocol_version | handshake_failure | self-signed | Hostname mismatch
Name or service not known | Connection refused | Connection reset | timed out
"""
AADSTS = (
    "16000 50011 50020 50034 50053 50055 50057 50058 50072 50074 50076 50079 50105 50126 50128 50131 50158 50173 53000 "
    "53001 53002 53003 53004 530032 54005 65001 65004 65005 70000 70008 70011 70043 70044 700016 700082 700084 90002 90014 "
    "90072 90094 900144 900432 900439 9002325 9002326 7000215 7000218"
)


@pytest.mark.parametrize("code", [part.strip() for line in PROMISED.strip().splitlines() for part in line.split("|")])
def test_a_code_that_is_typed_is_found(code: str) -> None:
    found = find(code)
    assert found
    assert code.casefold() in f"{found[0].code} {found[0].example} {' '.join(found[0].words())}".casefold()


@pytest.mark.parametrize("number", AADSTS.split())
def test_microsofts_codes_are_told_apart(number: str) -> None:
    row = row_for(f"invalid_grant: AADSTS{number}: Something. Trace ID: 0000 Correlation ID: 0000", "login.live.com")
    assert row is not None
    assert f"AADSTS{number}" in row.codes


def test_a_code_is_no_part_of_another() -> None:
    assert not re.search(code_pattern("5.7.1"), "535 5.7.139 no")
    assert not re.search(code_pattern("5.7.1"), "from 10.5.7.1 and 5.7.1.2")
    assert re.search(code_pattern("5.7.1"), "550-5.7.1 no")
    assert re.search(code_pattern("535 5.7.8"), "535-5.7.8 no")
    assert not re.search(code_pattern("AADSTS5001"), "AADSTS50011")
    assert re.search(code_pattern("[OVERQUOTA]"), "NO [OVERQUOTA] full")


@pytest.mark.parametrize(
    ("problem", "part"),
    [
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.gmx.net", 993, "authentication failed"), "hilfe.gmx.net"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993, "authentication failed"), "Type the password"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.mail.yahoo.com", 993, "LOGIN Invalid credentials"), "Yahoo"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.mail.me.com", 993, "[AUTHENTICATIONFAILED] no"), "with its hyphens"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "outlook.office365.com", 993, "LOGIN failed."), "as Outlook"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993, "LOGIN failed."), "Type the password"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443, "401"), "DOMAIN\\name"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 8443, "401"), "Exchange has no app passwords"),
        (Problem(ProblemCode.LOGIN_DISABLED, "mail.example.org", 443, "401, offers NTLM"), "Basic authentication"),
        (Problem(ProblemCode.LOGIN_DISABLED, "mail.example.org", 8443, "401, offers NTLM"), "Basic authentication"),
        (Problem(ProblemCode.RECIPIENT_REFUSED, "h", 465, "5.1.1 User unknown", 550), "does not exist"),
        (Problem(ProblemCode.MESSAGE_REFUSED, "h", 465, "5.7.1 blocked using zen.spamhaus.org", 554), "blocklist"),
        (Problem(ProblemCode.SERVER_BUSY, "h", 465, "4.7.1 Greylisted", 450), "come again later"),
        (Problem(ProblemCode.SEND_LIMIT, "smtp.gmail.com", 465, "5.4.5 Daily user sending limit exceeded", 550), "24 hours"),
        (Problem(ProblemCode.LOGIN_DISABLED, "imap.naver.com", 993, "IMAP is disabled"), "mail.naver.com"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.comcast.net", 993), "Xfinity"),
        (Problem(ProblemCode.LOGIN_DISABLED, "smtp.office365.com", 587), "no passwords"),
        (
            Problem(ProblemCode.WRONG_CREDENTIALS, "imap.gmail.com", 993, "[ALERT] no (status 400, schemes Bearer)"),
            "Sign in again",
        ),
    ],
)  # fmt: skip
def test_what_a_server_says_is_explained_by_the_table(problem: Problem, part: str) -> None:
    told = explain(problem)
    assert part in f"{told.title} {told.cause} {told.remedy}"


def test_what_is_found_out_here_is_not_explained_by_words() -> None:
    """After a lost answer it matters that it was lost, not what was said before."""
    problem = Problem(ProblemCode.OUTCOME_UNKNOWN, "smtp.example.org", 465, "550 5.1.1 User unknown")
    assert row_of(problem) is None
    assert explain(problem).title.startswith("It is not known")


def test_a_time_that_the_server_names_comes_first() -> None:
    problem = Problem(ProblemCode.THROTTLED, "outlook.office365.com", 993, "Request is throttled.", retry_after=299.8)
    assert explain(problem).remedy == "It goes on by itself in 5 minutes, as the server asks."


def test_everything_has_the_programs_own_problems() -> None:
    """Each, by its own title or by a row that says the same."""
    titles = {row.words()[0] for row in everything()}
    for code in ProblemCode:
        assert explain(Problem(code)).title in titles, code
        assert who_mends(code) in Who


def test_search_takes_words_and_whole_messages() -> None:
    assert find("") == everything()
    assert find("no such words anywhere at all") == ()
    assert "AADSTS65001" in find("aadsts65001")[0].codes
    assert any("iCloud" in row.code for row in find("apple hyphens"))
    pasted = (
        "send failed: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    )
    assert find(pasted)[0].codes == ("535 5.7.139",)


def test_what_is_looked_up_for_a_problem_is_found() -> None:
    said = Problem(
        ProblemCode.WRONG_CREDENTIALS, "imap.gmail.com", 993, "[AUTHENTICATIONFAILED] Invalid credentials (Failure)"
    )
    unknown = Problem(ProblemCode.OUTCOME_UNKNOWN, "smtp.example.org", 465, "timeout of our own")
    for problem in (said, unknown):
        assert find(find_for(problem))


def services(rows: tuple[Row, ...]) -> set[str]:
    return {row.code.partition("(")[2].rstrip(")") for row in rows if "(" in row.code}


def test_what_one_service_means_is_told_apart_where_the_text_names_it() -> None:
    said = "[AUTHENTICATIONFAILED] Authentication failed."
    assert [row.group for row in find(said)] == ["Every mail server"]
    assert services(find_elsewhere(said)) == {"iCloud", "Fastmail", "GMX, WEB.DE", "Mail.ru", "T-Online"}
    assert services(find(f"imap.gmx.net: {said}")) == {"GMX, WEB.DE"}
    assert find_elsewhere(f"gmx {said}") == ()
    assert [row.group for row in find("[AUTHENTICATIONFAILED]")] == ["Every mail server"]


@pytest.mark.parametrize(
    "said", ["535 5.7.139 Authentication unsuccessful", "535 5.7.3 Authentication unsuccessful", "535 5.7.3"]
)
def test_words_of_microsoft_lead_to_no_other_service(said: str) -> None:
    assert {row.group for row in find(said)} == {"Microsoft 365"}
    assert find_elsewhere(said) == ()


def test_a_number_of_microsofts_that_nobody_knows_leads_to_its_own_page() -> None:
    (row,) = find("invalid_grant: AADSTS7654321: Something. Trace ID: 0000")
    assert "https://login.microsoftonline.com/error?code=" in row.remedy
    assert row_for("invalid_grant: AADSTS7654321: Something.", "login.microsoftonline.com") is row
    assert row not in find("AADSTS50076: Due to a configuration change")


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("554 Message rejected: Email address is not verified. The following identities failed", "Amazon SES"),
        ("ErrorNonPrimarySmtpAddress: The primary SMTP address must be specified", "main address"),
    ],
)
def test_rarer_words(said: str, part: str) -> None:
    row = find(said)[0]
    assert part in f"{row.title} {row.cause} {row.remedy}"


def test_without_a_servers_name_a_sentence_stays_one() -> None:
    titles = {code: explain(Problem(code)).title for code in ProblemCode}
    assert titles[ProblemCode.HOST_NOT_FOUND] == "There is no server of that name"
    assert titles[ProblemCode.CERTIFICATE_NAME_MISMATCH] == "The certificate is for another server than this one"
    for text in (*titles.values(), *(row.words()[0] for row in everything())):
        assert not re.search(r"server (called )?the server|name the server|port 0|than the server", text), text
