"""What the providers refuse, by the real libraries: what it means, and in which state it leaves an inbox."""

from __future__ import annotations

import threading

import pytest

from app.backends.imap import open_imap
from app.domain.errors import MailFault
from app.domain.inboxes import (
    AccessToken,
    AuthMethod,
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    Inbox,
    InboxState,
    Provider,
    ServerTrust,
    state_for,
)
from app.domain.problems import ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.services.inbox_state import mark_trouble
from app.services.open_backend import open_reading
from tests.protocol.oauth.conftest import World
from tests.support.authority import Authority, Issued
from tests.support.scripted import ScriptedServer, Talk

NEVER = threading.Event()
GMAIL, OUTLOOK = Provider.GMAIL, Provider.OUTLOOK
MARKUP = '<img src="https://evil.example.com/x"><script>alert(1)</script>'


@pytest.mark.parametrize(
    ("provider", "error", "description", "trouble"),
    [
        (GMAIL, "policy_enforced", "", SignInTrouble.ADVANCED_PROTECTION),
        (GMAIL, "admin_policy_enforced", "", SignInTrouble.ADMIN_APPROVAL),
        (GMAIL, "org_internal", "", SignInTrouble.CLIENT_REFUSED),
        (OUTLOOK, "consent_required", "AADSTS65001: nobody has consented", SignInTrouble.ADMIN_APPROVAL),
        (OUTLOOK, "access_denied", "AADSTS90094: AdminConsentRequired", SignInTrouble.ADMIN_APPROVAL),
        (OUTLOOK, "invalid_grant", "AADSTS50105: not assigned to a role", SignInTrouble.ADMIN_APPROVAL),
        (OUTLOOK, "access_denied", "AADSTS53003: Conditional Access", SignInTrouble.POLICY),
        (OUTLOOK, "access_denied", "AADSTS65004: UserDeclinedConsent", SignInTrouble.DENIED),
        (OUTLOOK, "server_error", "AADSTS90033: try later", SignInTrouble.SERVER_BUSY),
    ],
)
def test_refused_in_the_browser(
    world: World, provider: Provider, error: str, description: str, trouble: SignInTrouble
) -> None:
    world.idp.refuse = (error, description)
    with pytest.raises(SignInFault) as fault:
        world.connect(provider)
    assert fault.value.trouble is trouble
    assert error in fault.value.says
    assert description[:11] in fault.value.says
    assert not world.workspace.store.inboxes.all()


@pytest.mark.parametrize(
    ("provider", "error", "description", "code", "state"),
    [
        (GMAIL, "invalid_grant", "Token has been expired or revoked.", "grant_ended", InboxState.NEEDS_SIGN_IN),
        (GMAIL, "admin_policy_enforced", "", "permission_missing", InboxState.NEEDS_PERMISSION),
        (GMAIL, "policy_enforced", "", "permission_missing", InboxState.NEEDS_PERMISSION),
        (GMAIL, "invalid_client", "", "grant_ended", InboxState.NEEDS_SIGN_IN),
        (OUTLOOK, "invalid_grant", "AADSTS65001: no consent", "permission_missing", InboxState.NEEDS_PERMISSION),
        (OUTLOOK, "invalid_grant", "AADSTS7000110: taken back", "permission_missing", InboxState.NEEDS_PERMISSION),
        (OUTLOOK, "interaction_required", "AADSTS50105: none", "permission_missing", InboxState.NEEDS_PERMISSION),
        (OUTLOOK, "interaction_required", "AADSTS50076: second factor", "grant_ended", InboxState.NEEDS_SIGN_IN),
        (OUTLOOK, "interaction_required", "AADSTS53003: policy", "permission_missing", InboxState.NEEDS_PERMISSION),
        (OUTLOOK, "consent_required", "", "permission_missing", InboxState.NEEDS_PERMISSION),
        (OUTLOOK, "invalid_grant", "AADSTS700082: unused", "grant_ended", InboxState.NEEDS_SIGN_IN),
        (OUTLOOK, "temporarily_unavailable", "AADSTS90033: later", "auth_unavailable", InboxState.UNREACHABLE),
    ],
)
def test_refused_in_mid_run(
    world: World, provider: Provider, error: str, description: str, code: str, state: InboxState
) -> None:
    inbox = connected(world, provider)
    world.idp.expire_access(world.address)
    world.idp.fail["/token"] = [(400, {"error": error, "error_description": description})]
    with pytest.raises(MailFault) as refused:
        open_reading(world.workspace, inbox, NEVER)
    assert refused.value.problem.code.value == code
    assert error in refused.value.problem.server_says
    mark_trouble(world.workspace, inbox.id, refused.value.problem)
    assert world.workspace.store.inboxes.get(inbox.id).state is state


@pytest.mark.parametrize(
    ("provider", "left_out"),
    [
        (GMAIL, "https://mail.google.com/"),
        (OUTLOOK, "https://outlook.office.com/SMTP.Send"),
        (OUTLOOK, "https://outlook.office.com/IMAP.AccessAsUser.All"),
    ],
)
def test_a_permission_that_was_left_out_is_named(world: World, provider: Provider, left_out: str) -> None:
    world.idp.leave_out = left_out
    with pytest.raises(SignInFault) as fault:
        world.connect(provider)
    assert fault.value.trouble is SignInTrouble.MAIL_NOT_ALLOWED
    assert f"not allowed: {left_out}" in fault.value.says
    world.idp.leave_out = ""
    inbox = connected(world, provider)
    world.idp.leave_out = left_out  # taken away later
    world.idp.expire_access(world.address)
    with pytest.raises(MailFault) as refused:
        open_reading(world.workspace, inbox, NEVER)
    assert refused.value.problem.code is ProblemCode.PERMISSION_MISSING
    assert left_out in refused.value.problem.server_says


def test_microsoft_may_name_permissions_in_short(world: World) -> None:
    """learn.microsoft.com shows both "https://graph.microsoft.com/mail.read" and "Mail.Read" in token answers."""
    from app.oauth.faults import require_scopes
    from app.oauth.grants import Grant
    from app.services.grants import provider_data

    data = provider_data(world.workspace, OUTLOOK)

    def judge(scope: str) -> None:
        require_scopes(data, "mail", Grant("", "r").renewed("mail", {"access_token": "a", "scope": scope}))

    judge("imap.accessasuser.all SMTP.Send openid profile")
    judge("")  # as asked for (RFC 6749 5.1)
    with pytest.raises(SignInFault):
        judge("openid profile")


def test_an_inbox_that_waits_for_a_sign_in_says_when_it_is_not_allowed(world: World) -> None:
    inbox = connected(world, OUTLOOK)
    store = world.workspace.store
    world.idp.refuse = ("access_denied", "AADSTS90094: AdminConsentRequired")
    with pytest.raises(SignInFault):
        world.connect(OUTLOOK)
    assert store.inboxes.get(inbox.id).state is InboxState.CONNECTING  # its earlier sign-in is as good as before
    world.idp.revoke_user(world.address)
    with pytest.raises(MailFault) as ended:
        open_reading(world.workspace, inbox, NEVER)
    mark_trouble(world.workspace, inbox.id, ended.value.problem)
    assert store.inboxes.get(inbox.id).state is InboxState.NEEDS_SIGN_IN
    with pytest.raises(SignInFault):
        world.connect(OUTLOOK)
    refused = store.inboxes.get(inbox.id)
    assert refused.state is InboxState.NEEDS_PERMISSION
    assert refused.problem is not None
    assert "AADSTS90094" in refused.problem.server_says
    world.idp.refuse = ("", "")
    assert world.connect(OUTLOOK).inbox_id == inbox.id
    assert store.inboxes.get(inbox.id).state is InboxState.CONNECTING


def test_words_with_markup_stay_words(world: World) -> None:
    """They are kept as they came, for plain labels; the page in the browser shows none of them."""
    world.idp.refuse = ("access_denied", MARKUP)
    with pytest.raises(SignInFault) as fault:
        world.connect()
    assert MARKUP in fault.value.says
    world.browser.close()
    (page,) = world.browser.pages
    assert "evil" not in page
    assert "script" not in page


def connected(world: World, provider: Provider) -> Inbox:
    inbox_id = world.connect(provider).inbox_id
    assert inbox_id is not None
    return world.workspace.store.inboxes.get(inbox_id)


@pytest.mark.parametrize(
    ("says", "code", "state"),
    [
        (
            "NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your "
            "account for IMAP access. (Failure)",
            ProblemCode.LOGIN_DISABLED,
            InboxState.NEEDS_SIGN_IN,
        ),
        (
            "NO [ALERT] IMAP access is disabled for your domain. Please contact your domain administrator for questions "
            "about this feature. (Failure)",
            ProblemCode.PERMISSION_MISSING,
            InboxState.NEEDS_PERMISSION,
        ),
        ("BAD User is authenticated but not connected.", ProblemCode.PERMISSION_MISSING, InboxState.NEEDS_PERMISSION),
        ("NO AUTHENTICATE failed.", ProblemCode.WRONG_CREDENTIALS, InboxState.NEEDS_SIGN_IN),
    ],
)
@pytest.mark.parametrize("challenge", [True, False], ids=["with its reason", "at once"])
def test_what_the_mail_server_says(
    says: str, code: ProblemCode, state: InboxState, challenge: bool, certificate: Issued, authority: Authority
) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready")
        while " AUTHENTICATE " not in (line := talk.hear()):
            talk.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2", f"{line.split()[0]} OK done")
        tag = line.split()[0]
        talk.say("+ ")
        talk.hear()
        if challenge:
            talk.say("+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=")
            talk.hear()
        talk.say(f"{tag} {says}")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        endpoint = Endpoint("localhost", server.port, ConnectionSecurity.IMPLICIT_TLS)
        trust = ServerTrust(ca_pem=authority.ca_pem)
        account = ImapAccount(
            "ada@example.com", endpoint, endpoint, "ada@example.com", trust=trust, auth=AuthMethod.OAUTH
        )
        with pytest.raises(MailFault) as refused:
            open_imap(account, AccessToken("a-token-1234"))
    problem = refused.value.problem
    assert problem.code is code
    assert state_for(problem) is state
    assert ("status 400" in problem.server_says) is challenge
