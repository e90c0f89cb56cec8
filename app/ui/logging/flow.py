"""Which page of the logging wizard follows which, and when one may go on. Pure: no Qt; used by `wizard` and its pages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.addresses import address_key, is_complete
from app.domain.copied_mail import CopyKind
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import FolderLook, FolderThere, FolderUnasked, NotCome, Proof, Recognised, Way


class Step(Enum):
    WAY = "way"
    PLACE = "place"
    SERVER = "server"
    TEST = "test"
    DONE = "done"


# What the list of steps at the left calls them
STEP_NAMES: dict[Step, str] = {
    Step.WAY: "How it is served",
    Step.PLACE: "Inbox",
    Step.SERVER: "At the mail server",
    Step.TEST: "Test message",
    Step.DONE: "Done",
}


@dataclass(frozen=True)
class Answers:
    """What the pages have found out so far.

    `known`: an address that is there already is tested anew. `inboxes`: how many could serve one. `address`: with PLUS
    empty where one is made; with FOLDER empty where messages are put there by hand. `proof`: how the test ended; `ended`:
    a sentence why it ended without an outcome; `steps`: what the running test has told of so far, the last one is being
    done. `looking`: the mail server is being asked for the folder; `look`: what it said of the one that is answered now."""

    kind: CopyKind = CopyKind.BCC
    way: Way = Way.PLUS
    known: bool = False
    inboxes: int = 0
    inbox_id: InboxId | None = None
    inbox_address: str = ""
    folder: str = ""
    address: str = ""
    testing: bool = False
    proof: Proof | None = None
    ended: str = ""
    steps: tuple[str, ...] = ()
    looking: bool = False
    look: FolderLook | None = None

    @property
    def folder_known(self) -> bool:
        """The server has it, or could not be asked, which the person knows: the next sync finds out."""
        return isinstance(self.look, FolderThere | FolderUnasked)

    @property
    def testable(self) -> bool:
        """A folder without an address has nothing that could be sent to."""
        return self.way is not Way.FOLDER or bool(self.address.strip())

    @property
    def proved(self) -> bool:
        return isinstance(self.proof, Recognised)

    @property
    def may_keep(self) -> bool:
        """It may work all the same: the message was slow, or the test did not come to an end. What the server refuses, or
        does not tell from other mail, will never be logged."""
        return not self.testing and not self.proved and (isinstance(self.proof, NotCome) or bool(self.ended))


def steps(answers: Answers) -> tuple[Step, ...]:
    """The pages of this run, in order."""
    if answers.known:
        return (Step.TEST, Step.DONE)
    server = (Step.SERVER,) if answers.way is Way.FOLDER else ()
    test = (Step.TEST,) if answers.testable else ()
    return (Step.WAY, Step.PLACE, *server, *test, Step.DONE)


def what_is_missing(answers: Answers) -> str:
    """Of the page PLACE: why one may not go on; empty where nothing is missing."""
    if answers.inbox_id is None:
        return "Choose the inbox."
    typed = answers.address.strip()
    if answers.way is Way.MAILBOX:
        return ""
    if answers.way is Way.FOLDER and not answers.folder.strip():
        return "Choose the folder, or type its name."
    if typed and not is_complete(typed):
        return "This address is not complete, as in log@example.com."
    if answers.way is Way.PLUS and typed and address_key(typed) == address_key(answers.inbox_address):
        return "This is the inbox’s own address: everything that comes there would be logged."
    return ""


def may_go_on(step: Step, answers: Answers) -> bool:
    """Whether the forward button of this page is enabled."""
    match step:
        case Step.WAY:
            return answers.inboxes > 0
        case Step.PLACE:
            return answers.inbox_id is not None and not answers.looking
        case Step.TEST:
            return not answers.testing and (answers.proved or answers.may_keep)
        case _:
            return True


def next_step(step: Step, answers: Answers) -> Step | None:
    """None where this one may not be left yet, and after the last."""
    if not may_go_on(step, answers) or (step is Step.PLACE and what_is_missing(answers)):
        return None
    pages = steps(answers)
    at = pages.index(step) + 1
    return pages[at] if at < len(pages) else None


def previous_step(step: Step, answers: Answers) -> Step | None:
    """There is no way back from the last page, nor while a test is running, which is stopped first."""
    pages = steps(answers)
    at = pages.index(step)
    return None if step is Step.DONE or answers.testing or at == 0 else pages[at - 1]


def forward_text(step: Step, answers: Answers) -> str:
    """Of the forward button."""
    if step is Step.DONE:
        return "Finish"
    return "Keep it untested" if step is Step.TEST and answers.may_keep else "Continue"
