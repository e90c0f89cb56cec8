"""Which page of the connection wizard follows which, and when one may go on. Pure: no Qt; used by `connect_wizard`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.inboxes import InboxKind, Provider


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

TEAM_NEEDS_PROVIDER = (
    "A team inbox needs Gmail or Outlook with their own sign-in. By a mail server’s password, only a personal inbox can be "
    "connected."
)


@dataclass(frozen=True)
class Answers:
    """What the pages have found out so far.

    `reconnect`: an inbox that is known already signs in again; its address is fixed and its consent stands.
    `secrets_known`: it was found out where passwords can be kept. `passphrase_step`: there is no usable keyring, so that
    the passphrase has a page.
    `provider`: the way that was chosen; `check_needed`: the ladder of steps follows its sign-in; `team_ok`: it takes
    team inboxes. `team_possible`: one of the ways does. `checking`: the checks are running. `saved`: the inbox is connected."""

    kind: InboxKind = InboxKind.PERSONAL
    provider: Provider = Provider.IMAP
    check_needed: bool = True
    team_possible: bool = False
    team_ok: bool = False
    address_ok: bool = False
    accepted: bool = False
    secrets_known: bool = True
    secrets_ready: bool = True
    sign_in_ok: bool = False
    checking: bool = False
    check_passed: bool = False
    saved: bool = False
    reconnect: bool = False
    passphrase_step: bool = False


def steps(answers: Answers) -> tuple[Page, ...]:
    """The pages of this run, in order."""
    pages = [Page.KIND, Page.ADDRESS, Page.EXPECT] if not answers.reconnect else []
    if answers.passphrase_step:
        pages.append(Page.PASSPHRASE)
    pages.append(Page.SIGN_IN)
    if answers.check_needed:
        pages.append(Page.CHECK)
    return (*pages, Page.DONE)


def first_page(answers: Answers) -> Page:
    return steps(answers)[0]


def may_go_on(page: Page, answers: Answers) -> bool:
    """Whether the forward button of this page is enabled."""
    match page:
        case Page.KIND:
            return answers.kind is InboxKind.PERSONAL or answers.team_possible
        case Page.ADDRESS:
            return answers.address_ok and (answers.kind is InboxKind.PERSONAL or answers.team_ok)
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


def may_go_back(page: Page, answers: Answers) -> bool:
    """Back is there on all but the first page, and not once the inbox is connected."""
    return previous_page(page, answers) is not None


def next_page(page: Page, answers: Answers) -> Page | None:
    """The page after this one; None where this one may not be left yet, and after the last."""
    if not may_go_on(page, answers):
        return None
    pages = steps(answers)
    at = pages.index(page) + 1
    return pages[at] if at < len(pages) else None


def previous_page(page: Page, answers: Answers) -> Page | None:
    """The page before this one; a passphrase that was set is not asked for again, and a finished check has no way back."""
    if page is Page.DONE or answers.saved:
        return None
    pages = steps(answers)
    before = [p for p in pages[: pages.index(page)] if not (p is Page.PASSPHRASE and answers.secrets_ready)]
    return before[-1] if before else None
