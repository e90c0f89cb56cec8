"""Which page of the connection wizard follows which, and when one may go on. Pure: no Qt; used by `connect_wizard`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.inboxes import InboxKind, InboxState, Provider
from app.domain.problems import Problem, ProblemCode


class Page(Enum):
    KIND = "kind"
    ADDRESS = "address"
    EXPECT = "expect"
    PASSPHRASE = "passphrase"
    SIGN_IN = "sign_in"
    CHECK = "check"
    DONE = "done"


# What the list of steps at the left calls them
STEP_NAMES: dict[Page, str] = {
    Page.KIND: "Kind of inbox",
    Page.ADDRESS: "Address",
    Page.EXPECT: "What to expect",
    Page.PASSPHRASE: "Keeping passwords",
    Page.SIGN_IN: "Sign in",
    Page.CHECK: "Check",
    Page.DONE: "Done",
}


class Repair(Enum):
    """What is to be mended in an inbox that is reconnected.

    SIGN_IN: a password or a grant. SERVERS: the server is not found where it was. CERTIFICATE: it shows another
    certificate. PERMISSION: the provider or its administrator has to allow it first."""

    SIGN_IN = "sign_in"
    SERVERS = "servers"
    CERTIFICATE = "certificate"
    PERMISSION = "permission"


_MOVED = frozenset(
    {
        ProblemCode.HOST_NOT_FOUND,
        ProblemCode.CONNECTION_REFUSED,
        ProblemCode.CONNECT_TIMEOUT,
        ProblemCode.NOT_A_MAIL_SERVER,
        ProblemCode.TLS_NOT_OFFERED,
        ProblemCode.TLS_FROM_START,
        ProblemCode.TLS_FAILED,
        ProblemCode.EXCHANGE_NOT_FOUND,
        ProblemCode.EXCHANGE_ELSEWHERE,
        ProblemCode.NO_EWS,
    }
)


def repair_of(state: InboxState, problem: Problem | None) -> Repair:
    """Where mending an inbox in this state begins."""
    if state is InboxState.CERTIFICATE:
        return Repair.CERTIFICATE
    if state is InboxState.NEEDS_PERMISSION:
        return Repair.PERMISSION
    if state is InboxState.UNREACHABLE and problem is not None and problem.code in _MOVED:
        return Repair.SERVERS
    return Repair.SIGN_IN


@dataclass(frozen=True)
class Answers:
    """What the pages have found out so far.

    `repair`: an inbox that is known already is mended; its address is fixed. None: a new one. `consent_due`: its
    disclosure has a newer text than the one that was accepted. `password_kept`: the one in the secret store can be used.
    `secrets_known`: it was found out where passwords can be kept. `passphrase_step`: there is no usable keyring, so that
    the passphrase has a page.
    `provider`: the way that was chosen; `check_needed`: the ladder of steps follows its sign-in; `team_ok`: it takes
    team inboxes. `refused`: the address cannot be connected as this kind. `checking`: the checks are running. `saved`: the
    inbox is connected."""

    kind: InboxKind = InboxKind.PERSONAL
    provider: Provider = Provider.IMAP
    check_needed: bool = True
    team_ok: bool = False
    address_ok: bool = False
    refused: bool = False
    accepted: bool = False
    secrets_known: bool = True
    secrets_ready: bool = True
    sign_in_ok: bool = False
    checking: bool = False
    check_passed: bool = False
    saved: bool = False
    repair: Repair | None = None
    consent_due: bool = False
    password_kept: bool = False
    passphrase_step: bool = False

    @property
    def reconnect(self) -> bool:
        return self.repair is not None

    @property
    def straight_to_check(self) -> bool:
        """The password is not what is wrong: the check begins with the one that is kept, and signing in is for going
        back to."""
        return self.repair is Repair.CERTIFICATE and self.check_needed and self.password_kept


def steps(answers: Answers) -> tuple[Page, ...]:
    """The pages of this run, in order."""
    pages = [Page.KIND, Page.ADDRESS, Page.EXPECT]
    if answers.reconnect:
        pages = [Page.EXPECT] if answers.consent_due else []
    if answers.passphrase_step:
        pages.append(Page.PASSPHRASE)
    pages.append(Page.SIGN_IN)
    if answers.check_needed:
        pages.append(Page.CHECK)
    return (*pages, Page.DONE)


def first_page(answers: Answers) -> Page:
    pages = steps(answers)
    return Page.CHECK if pages[0] is Page.SIGN_IN and answers.straight_to_check else pages[0]


def may_go_on(page: Page, answers: Answers) -> bool:
    """Whether the forward button of this page is enabled."""
    match page:
        case Page.KIND:
            return True
        case Page.ADDRESS:
            kind_ok = answers.kind is InboxKind.PERSONAL or answers.team_ok
            return answers.address_ok and kind_ok and not answers.refused
        case Page.EXPECT:
            return answers.accepted and answers.secrets_known
        case Page.PASSPHRASE:
            return answers.secrets_ready
        case Page.SIGN_IN:
            return answers.sign_in_ok and answers.secrets_known
        case Page.CHECK:
            return answers.check_passed and answers.saved and not answers.checking
        case Page.DONE:
            return True


def next_page(page: Page, answers: Answers) -> Page | None:
    """The page after this one; None where this one may not be left yet, and after the last."""
    if not may_go_on(page, answers):
        return None
    pages = steps(answers)
    at = pages.index(page) + 1
    if at < len(pages) and pages[at] is Page.SIGN_IN and answers.straight_to_check:
        return Page.CHECK
    return pages[at] if at < len(pages) else None


def previous_page(page: Page, answers: Answers) -> Page | None:
    """The page before this one; a passphrase that was set is not asked for again, and a finished check has no way back."""
    if page is Page.DONE or answers.saved:
        return None
    pages = steps(answers)
    before = [p for p in pages[: pages.index(page)] if not (p is Page.PASSPHRASE and answers.secrets_ready)]
    return before[-1] if before else None
