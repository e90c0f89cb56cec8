"""Signing in at a provider, by the real libraries, against real mail servers that ask it about every token."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.checks import ALL_STEPS, StepFailed, StepPassed
from app.domain.errors import Cancelled, MailFault, UsageError
from app.domain.inboxes import AuthMethod, ImapAccount, InboxKind, InboxState, Provider
from app.domain.problems import ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.clients import client_for
from app.oauth.faults import fault_for, hiding
from app.oauth.provider_data import load_provider
from app.oauth.sign_in import sign_in
from app.services.connect_inbox import remove_inbox
from app.services.grants import FOLDER, KEY_NAME, problem_of, provider_data
from app.services.open_backend import open_reading, open_sending
from app.services.sync_inbox import sync_folders
from app.words.oauth import explain_sign_in
from tests.protocol.oauth.conftest import World, fetch

NEVER = threading.Event()
BOTH = pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])


@BOTH
def test_sign_in_checks_and_keeps(world: World, provider: Provider) -> None:
    connected = world.connect(provider)
    assert connected.inbox_id is not None, world.events
    assert [e.step for e in world.events if isinstance(e, StepPassed)] == list(ALL_STEPS)
    inbox = world.workspace.store.inboxes.get(connected.inbox_id)
    assert isinstance(inbox.account, ImapAccount)
    assert (inbox.provider, inbox.account.auth, inbox.state) == (provider, AuthMethod.OAUTH, InboxState.CONNECTING)
    assert inbox.files_sent_copies
    assert inbox.sent_folder == "Sent"
    begun = world.idp.asked("/authorize")[0]
    assert begun["code_challenge_method"] == "S256"
    assert begun["login_hint"] == world.address
    assert len(begun["state"]) >= 16
    assert "close this page" in world.browser.pages[0]
    with open_reading(world.workspace, inbox, NEVER) as session:
        assert session.select("INBOX").exists == 1  # the test message


@BOTH
def test_nothing_readable_lies_on_the_disk(world: World, provider: Provider) -> None:
    world.connect(provider)
    tokens = [t.encode() for t in (*world.idp.access, *world.idp.refresh)]
    files = [p for p in world.workspace.home.rglob("*") if p.is_file()]
    assert any(p.parent.name == FOLDER for p in files)
    for path in files:
        content = path.read_bytes()
        assert not any(token in content for token in tokens), path
        if path.parent.name == FOLDER:
            assert path.stat().st_mode & 0o077 == 0


@BOTH
def test_a_used_up_token_is_renewed_and_rotation_is_kept(world: World, provider: Provider) -> None:
    """Each refresh token works once, and an old one ends the grant: three renewals in a row prove that each was kept."""
    world.idp.rotate = True
    world.idp.access_ttl = 60  # less than five minutes are left: used up at once
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    seen = {world.workspace.credential(inbox).reveal() for _ in range(3)}
    assert len(seen) == 3
    with open_reading(world.workspace, inbox, NEVER), open_sending(world.workspace, inbox, NEVER):
        pass
    renewals = [q for q in world.idp.asked("/token") if q["grant_type"] == "refresh_token"]
    asked = 5 + (provider is Provider.GMAIL)  # which is asked for its aliases, too
    assert len({q["refresh_token"] for q in renewals}) == len(renewals) == asked
    assert all(q.get("scope") for q in renewals)


def test_many_threads_renew_once(world: World) -> None:
    world.idp.rotate = True
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    old = world.workspace.credential(inbox)
    found: list[str] = []

    def ask() -> None:
        found.append(world.workspace.credential(inbox, refused=old).reveal())  # type: ignore[arg-type]
        world.workspace.store.close_thread()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len([q for q in world.idp.asked("/token") if q["grant_type"] == "refresh_token"]) == 1


@BOTH
def test_a_token_refused_in_mid_run_is_replaced_in_place(world: World, provider: Provider) -> None:
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    before = world.workspace.credential(inbox)
    world.idp.expire_access(world.address)  # the provider thinks so, the clock here does not
    with open_reading(world.workspace, inbox, NEVER) as session:
        assert session.select("INBOX").exists == 1
    assert world.workspace.credential(inbox).reveal() != before.reveal()
    world.idp.expire_access(world.address)
    with open_sending(world.workspace, inbox, NEVER) as sender:
        assert sender.usable


@BOTH
def test_a_withdrawn_grant_asks_for_sign_in_and_goes_on_at_the_same_place(world: World, provider: Provider) -> None:
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    store = world.workspace.store
    inbox = store.inboxes.get(inbox_id)
    with open_reading(world.workspace, inbox, NEVER) as session:
        sync_folders(world.workspace, inbox, session, NEVER)
    before = store.inboxes.cursor(inbox_id, "INBOX")
    assert before is not None
    world.idp.revoke_user(world.address)
    with pytest.raises(MailFault) as refused:
        open_reading(world.workspace, inbox, NEVER)
    assert refused.value.problem.code is ProblemCode.GRANT_ENDED
    assert "revoked" in refused.value.problem.server_says
    from app.services.inbox_state import mark_trouble

    mark_trouble(world.workspace, inbox_id, refused.value.problem)
    assert store.inboxes.get(inbox_id).state is InboxState.NEEDS_SIGN_IN
    world.deliver("While signed out")
    assert world.connect(provider).inbox_id == inbox_id
    inbox = store.inboxes.get(inbox_id)
    assert inbox.state is InboxState.CONNECTING
    assert store.inboxes.cursor(inbox_id, "INBOX") == before
    with open_reading(world.workspace, inbox, NEVER) as session:
        assert len(session_uids(session, before.next_uid)) == 2  # the message, and the second test message
        reports = sync_folders(world.workspace, inbox, session, NEVER)
    assert reports[0].headers_read == 0 or reports[0].headers_read == 2


def session_uids(session: object, first: int) -> list[int]:
    session.select("INBOX")  # type: ignore[attr-defined]
    return list(session.uids_from(first))  # type: ignore[attr-defined]


@BOTH
def test_a_provider_that_is_down_is_no_reason_to_sign_in_again(world: World, provider: Provider) -> None:
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    token = world.workspace.credential(inbox)
    world.idp.fail["/token"] = [(503, {"error": "temporarily_unavailable"})]
    with pytest.raises(MailFault) as busy:
        world.workspace.credential(inbox, refused=token)  # type: ignore[arg-type]
    assert busy.value.problem.transient
    assert busy.value.problem.code is ProblemCode.AUTH_UNAVAILABLE
    assert world.workspace.credential(inbox, refused=token).reveal() != token.reveal()  # type: ignore[arg-type]


def test_removing_takes_the_grant_back(world: World) -> None:
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    remove_inbox(world.workspace, inbox_id)
    for thread in threading.enumerate():
        if thread.name == "revoke":
            thread.join(10)
    assert len(world.idp.asked("/revoke")) == 1
    assert all(given.revoked for given in world.idp.refresh.values() if given.user == world.address)
    assert not [p for p in (world.workspace.folder / FOLDER).iterdir() if p.suffix == ".grant"]


@pytest.mark.parametrize("lost", ["grant", "key"])
def test_what_is_lost_here_is_replaced_by_signing_in_again(world: World, lost: str) -> None:
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    inbox = world.workspace.store.inboxes.get(inbox_id)
    if lost == "key":
        world.workspace.secrets.store().delete(KEY_NAME)
    else:
        path = next(p for p in (world.workspace.folder / FOLDER).iterdir() if p.suffix == ".grant")
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(MailFault) as missing:
        world.workspace.credential(inbox)
    assert missing.value.problem.code is ProblemCode.NO_SECRET
    world.connect()
    assert world.workspace.credential(inbox).reveal() in world.idp.access
    with world.workspace.store.transaction(source="test"):
        world.workspace.store.settings.put("oauth.gmail.client_id", "")
    remove_inbox(world.workspace, inbox_id)  # without a client nothing can be taken back, and it goes all the same
    assert world.workspace.store.inboxes.get(inbox_id).state is InboxState.REMOVED


@pytest.mark.parametrize(
    ("description", "trouble"),
    [
        ("AADSTS65001: The user or administrator has not consented", SignInTrouble.ADMIN_APPROVAL),
        ("AADSTS50057: The user account is disabled.", SignInTrouble.SHARED_MAILBOX),
        ("AADSTS900439: USGClientNotSupportedOnPublicEndpoint", SignInTrouble.GCC_HIGH),
        ("AADSTS53003: Access has been blocked by Conditional Access policies.", SignInTrouble.POLICY),
        ("AADSTS700082: The refresh token has expired due to inactivity.", SignInTrouble.GRANT_ENDED),
        ("This account is in Advanced Protection", SignInTrouble.ADVANCED_PROTECTION),
    ],
)
def test_what_the_providers_numbers_mean(description: str, trouble: SignInTrouble) -> None:
    fault = fault_for("login.example.com", "invalid_grant", description, hiding())
    assert fault.trouble is trouble
    assert description[:20] in fault.says


@pytest.mark.parametrize("url", ["http://evil.example.com/token", "ftp://example.com", "nonsense"])
def test_tokens_never_go_in_the_clear(url: str) -> None:
    with pytest.raises(UsageError, match="https"):
        load_provider(Provider.GMAIL, {"token_url": url})


def trouble_of(world: World, provider: Provider = Provider.GMAIL, **wish: object) -> SignInFault:
    with pytest.raises(SignInFault) as fault:
        world.connect(provider, **wish)
    assert not world.workspace.store.inboxes.all()
    return fault.value


@BOTH
def test_cancel_in_the_browser(world: World, provider: Provider) -> None:
    world.idp.deny = True
    assert trouble_of(world, provider).trouble is SignInTrouble.DENIED


@BOTH
def test_another_account_is_refused_by_name(world: World, provider: Provider) -> None:
    world.idp.auto_login = "somebody.else@example.com"
    fault = trouble_of(world, provider)
    assert fault.trouble is SignInTrouble.OTHER_ACCOUNT
    assert fault.account == "somebody.else@example.com"


def test_mail_left_out_on_googles_page(world: World) -> None:
    world.idp.leave_out = "https://mail.google.com/"
    assert trouble_of(world).trouble is SignInTrouble.MAIL_NOT_ALLOWED


@pytest.mark.parametrize(
    ("region", "trouble"), [("DODCON", SignInTrouble.GCC_HIGH), ("DOD", SignInTrouble.DOD), ("GCC", None)]
)
def test_government_clouds_are_named(world: World, region: str, trouble: SignInTrouble | None) -> None:
    world.idp.regions["example.com"] = region
    if trouble is None:
        assert world.connect(Provider.OUTLOOK).inbox_id is not None
    else:
        assert trouble_of(world, Provider.OUTLOOK).trouble is trouble
        assert not world.browser.opened


def test_without_a_client_the_browser_stays_closed(world: World) -> None:
    with world.workspace.store.transaction(source="test"):
        world.workspace.store.settings.put("oauth.gmail.client_id", "")
    assert trouble_of(world).trouble is SignInTrouble.NO_CLIENT
    assert not world.browser.opened


@BOTH
def test_an_unknown_client_is_named(world: World, provider: Provider) -> None:
    world.idp.fail["/token"] = [(401, {"error": "invalid_client", "error_description": "AADSTS700016: not found"})]
    assert trouble_of(world, provider).trouble is SignInTrouble.CLIENT_REFUSED


def test_a_strange_answer_to_the_landing_changes_nothing(world: World) -> None:
    data = provider_data(world.workspace, Provider.GMAIL)
    client = client_for(data, world.trust.ca_pem)
    pages: list[str] = []

    def browser(url: str) -> None:
        target = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        for path in ("/favicon.ico", "/?code=forged&state=wrong", "/?state=", "/"):
            pages.append(fetch(f"{target}{path}"))
        world.browser.open(url)

    grant = sign_in(data, client, world.address, browser, NEVER, timeout=20)
    assert grant.account == world.address
    assert all("no answer to a sign-in" in page for page in pages)
    assert [q["code"] for q in world.idp.asked("/token")] != ["forged"]


def test_nobody_comes_back(world: World) -> None:
    data = provider_data(world.workspace, Provider.GMAIL)
    with pytest.raises(SignInFault) as late:
        sign_in(data, client_for(data), world.address, lambda url: None, NEVER, timeout=0.3)
    assert late.value.trouble is SignInTrouble.TIMED_OUT
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        sign_in(data, client_for(data), world.address, lambda url: cancel.set(), cancel, timeout=20)


def test_the_provider_is_authenticated(world: World) -> None:
    """Without the private authority there is no trust, and the code is not handed over."""
    data = provider_data(world.workspace, Provider.GMAIL)
    with pytest.raises(SignInFault) as refused:
        sign_in(data, client_for(data), world.address, world.browser.open, NEVER, timeout=20)
    fault = refused.value
    assert fault.trouble is SignInTrouble.CERTIFICATE and "certificate" in fault.says
    assert not world.idp.asked("/token")
    told = explain_sign_in(fault, "gmail", world.address)
    assert "It was issued by CN=Hitchpost test authority" in told.cause and "proxy" in told.cause
    assert "--ca FILE" in told.remedy
    assert problem_of(fault).code is ProblemCode.CERTIFICATE_UNTRUSTED


def test_a_token_request_follows_no_redirect(world: World) -> None:
    world.idp.fail["/token"] = [(302, "https://localhost:1/")]  # type: ignore[list-item]
    assert trouble_of(world).trouble is SignInTrouble.BAD_ANSWER


def test_a_token_that_the_server_refuses_leaves_its_reason(world: World) -> None:
    world.idp.expire_access("")
    world.submission.user_of_token = lambda token: ""
    try:
        connected = world.connect()
    finally:
        world.submission.user_of_token = world.idp.user_of
    assert connected.inbox_id is None
    failed = [e for e in world.events if isinstance(e, StepFailed)]
    assert failed[0].problem.code is ProblemCode.WRONG_CREDENTIALS
    assert "535" in str(failed[0].problem.smtp_code)
    assert "scope https://mail.example.com/" in failed[0].problem.server_says


def test_a_team_inbox_is_taken(world: World) -> None:
    inbox_id = world.connect(kind=InboxKind.TEAM).inbox_id
    assert inbox_id is not None
    assert world.workspace.store.inboxes.get(inbox_id).kind is InboxKind.TEAM


@pytest.mark.parametrize(("known", "called"), [("", "Ada Berg"), ("A. Berg", "A. Berg")])
def test_a_person_is_called_as_at_the_provider(world: World, known: str, called: str) -> None:
    """As long as nobody gave a name here."""
    if known:
        world.workspace.store.rename_user(known)
    world.idp.name = "Ada\r\n Berg"
    assert world.connect(Provider.OUTLOOK).inbox_id is not None
    assert world.workspace.store.user_name() == called
