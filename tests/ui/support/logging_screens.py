"""The screens of logging by BCC and forwarding in their states, for the pictures of `test_logging_pictures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from PySide6.QtWidgets import QWidget

from app.domain.copied_mail import KEEP_NOTHING, CopyKind, Refusal
from app.domain.events import EventId, EventKind
from app.domain.inboxes import InboxId, Provider
from app.domain.logging_addresses import (
    AddressState,
    FolderMissing,
    FolderUnasked,
    LoggingAddress,
    NotCome,
    NotSent,
    NotTold,
    Way,
)
from app.domain.never_log import CoveredMessage, NeverTrial, read_entry
from app.domain.privacy import Basis, LegalBasis
from app.domain.problems import Problem, ProblemCode
from app.domain.review import ReviewState
from app.ui.kit.theme import Theme
from app.ui.logging.flow import Step
from app.ui.logging.wizard import LoggingWizard
from app.ui.main_window import MainWindow
from app.ui.review.log_dialog import LogDialog
from app.ui.settings.basis_dialog import BasisDialog
from app.ui.settings.never_dialog import NeverDialog
from app.ui.settings.never_trial import TrialDialog
from app.ui.users.user_dialog import UserDialog
from tests.ui.support.sample_program import LONG_NAME, SampleProgram, event
from tests.ui.support.windows import dialog, window

BCC, FORWARD = CopyKind.BCC, CopyKind.FORWARD
LONG = "a-rather-long-address-for-an-inbox.of.someone+log-k3v9x2m7ab@subdomain.example.org"
Make = Callable[[Theme, SampleProgram], QWidget]


# --- the section BCC and forwarding


def settings(section: str, prepare: Callable[[SampleProgram], None] = lambda _program: None) -> Make:
    def make(theme: Theme, program: SampleProgram) -> QWidget:
        prepare(program)
        made = window(theme, program, section)
        made.resize(1100, 1000)
        return made

    return make


def no_addresses(program: SampleProgram) -> None:
    program.logging = []


def no_administrator(program: SampleProgram) -> None:
    every_state(program)
    program.not_admin = "Administrators are: Karin Lindqvist and Marek Wójcik."


def no_inboxes(program: SampleProgram) -> None:
    program.logging, program.cards = [], []


def every_state(program: SampleProgram) -> None:
    first = program.logging[0]
    program.logging = [
        first,
        replace(first, id=3, address=LONG, inbox_id=InboxId(5), state=AddressState.BROKEN, proved_at=None),
        replace(
            first, id=4, way=Way.FOLDER, address="", folder="Projects/Northlight/To be logged", state=AddressState.NEW
        ),
        replace(
            first,
            id=8,
            way=Way.FOLDER,
            address="bcc@example.org",
            folder="Projects/Renamed",
            state=AddressState.BROKEN,
            proved_at=None,
            folder_gone=True,
            gone_since=program.now - timedelta(days=2),
        ),
        replace(first, id=5, kind=FORWARD, address="forward@example.org", way=Way.MAILBOX, inbox_id=InboxId(2)),
        replace(first, id=6, kind=FORWARD, address="old+forward-k3v9@example.net", inbox_id=InboxId(4)),
        replace(first, id=7, kind=FORWARD, address="gone+forward-k3v9@example.net", inbox_id=InboxId(99)),
    ]


def many_entries(program: SampleProgram) -> None:
    program.never = [read_entry(f"school{i}.example.edu", note="Schools" if i % 3 else "") for i in range(130)]
    program.never += [read_entry("w" * 60 + "@example.org", user_id=1, note=f"{LONG_NAME}, on her own wish " * 3)]
    program.bases = {
        f"person{i}@example.org": LegalBasis(
            f"person{i}@example.org", list(Basis)[i % 6], "Order 1204 " * (i % 5), program.now
        )
        for i in range(120)
    }
    program.values["privacy.on"] = True


def nobody(program: SampleProgram) -> None:
    program.never, program.bases = [], {}
    program.values["privacy.on"] = True


# --- the wizard


def wizard(act: Callable[[LoggingWizard, SampleProgram], None], kind: CopyKind = BCC, known: bool = False) -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        made = LoggingWizard(theme, program, kind, parent, program.logging[0] if known else None)
        made.open()
        act(made, program)
        return made

    return dialog(make)


def first_page(_made: LoggingWizard, _program: SampleProgram) -> None:
    """As it opens."""


def without_inbox(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.cards = []
    return LoggingWizard(theme, program, FORWARD, parent)


def to_place(way: Way) -> Callable[[LoggingWizard, SampleProgram], None]:
    def act(made: LoggingWizard, _program: SampleProgram) -> None:
        made.pages[Step.WAY].cards[way].radio.setChecked(True)
        made.go_on()

    return act


def own_address_wrong(made: LoggingWizard, program: SampleProgram) -> None:
    to_place(Way.PLUS)(made, program)
    place = made.pages[Step.PLACE]
    place.own_radio.setChecked(True)
    place.address.setText("jonas+crm@example")
    place.address.textEdited.emit("")
    made.go_on()


def to_server(address: str, provider: Provider = Provider.IMAP) -> Callable[[LoggingWizard, SampleProgram], None]:
    def act(made: LoggingWizard, program: SampleProgram) -> None:
        program.cards = [replace(program.cards[0], provider=provider), *program.cards[1:]]
        to_place(Way.FOLDER)(made, program)
        place = made.pages[Step.PLACE]
        place.other.setText("To be logged")
        place.other.textEdited.emit("")
        place.address.setText(address)
        place.address.textEdited.emit("")
        made.go_on()

    return act


def folder_missing(made: LoggingWizard, program: SampleProgram) -> None:
    program.looks = [FolderMissing("To be logged")]
    to_folder("To be logged")(made, program)
    made.go_on()


def folder_looked_for(made: LoggingWizard, program: SampleProgram) -> None:
    program.looks = [None]
    to_folder("To be logged")(made, program)
    made.go_on()


def folder_unasked(made: LoggingWizard, program: SampleProgram) -> None:
    problem = Problem(ProblemCode.CONNECTION_REFUSED, "imap.example.org", 993)
    program.looks = [FolderUnasked("To be logged", problem)]
    to_folder("To be logged")(made, program)
    made.go_on()


def to_folder(name: str) -> Callable[[LoggingWizard, SampleProgram], None]:
    def act(made: LoggingWizard, program: SampleProgram) -> None:
        to_place(Way.FOLDER)(made, program)
        place = made.pages[Step.PLACE]
        place.folder.setCurrentIndex(place.folder.findData(""))
        place.other.setText(name)
        place.other.textEdited.emit(name)

    return act


def outcomes(*found: object) -> Callable[[LoggingWizard, SampleProgram], None]:
    def act(made: LoggingWizard, program: SampleProgram) -> None:
        program.proofs = list(found)
        to_place(Way.PLUS)(made, program)
        made.go_on()

    return act


def testing(made: LoggingWizard, program: SampleProgram) -> None:
    outcomes(None)(made, program)
    told = ("Looking at jonas@example.org", f"Sending a test message to {LONG}", "Waiting for it")
    for text in told:
        program.prove_step(text)


def done(made: LoggingWizard, program: SampleProgram) -> None:
    program.logging = []
    outcomes()(made, program)
    made.go_on()


def stopped(made: LoggingWizard, program: SampleProgram) -> None:
    outcomes(None)(made, program)
    made.pages[Step.TEST].stop_button.click()


ADDRESS = LoggingAddress(3, BCC, Way.PLUS, "jonas+log-k3v9x2m7ab@example.com", InboxId(1))
REFUSED = Problem(ProblemCode.RECIPIENT_REFUSED, "smtp.example.org", 465, "550 5.1.1 no such user", smtp_code=550)


# --- the review page


def review(*numbers: int, state: ReviewState = ReviewState.OPEN, size: tuple[int, int] = (1280, 800)) -> Make:
    """With these rows chosen."""

    def make(theme: Theme, program: SampleProgram) -> QWidget:
        program.review_list = [
            replace(i, state=state, settled_at=program.now, facts={**i.facts, "undo": {}})
            if state is not i.state and ReviewState.KEPT_OUT not in (state, i.state)
            else i
            for i in program.review_list
        ]
        if state is ReviewState.LOGGED:
            program.review_list[0] = replace(program.review_list[0], message_pk=2)
        made = window(theme, program, "review")
        made.resize(*size)
        made.review.filters.choose(state.value)
        made.review._select([made.review.model.position_of(number) for number in numbers])
        return made

    return make


def reason(wanted: Refusal) -> Make:
    number = list(Refusal).index(wanted) + 1
    return review(number, state=ReviewState.KEPT_OUT) if wanted in KEEP_NOTHING else review(number)


def review_empty(theme: Theme, program: SampleProgram) -> QWidget:
    program.review_list, program.logging = [], []
    return window(theme, program, "review")


def review_long(theme: Theme, program: SampleProgram) -> QWidget:
    item = program.review_list[1]
    program.review_list[1] = replace(
        item,
        subject="Re: Fwd: " + "a very long subject that goes on and on " * 6,
        sender="w" * 60 + "@subdomain.example.org",
        recipients=tuple(f"person{i}@example.org" for i in range(20)),
    )
    program.text = "A line of text.\n" * 300
    return review(2)(theme, program)


def review_nothing_found(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program, "review")
    made.review.search.setText("nobody at all")
    made.review.search.returnPressed.emit()
    return made


def review_undo(theme: Theme, program: SampleProgram) -> QWidget:
    made = review(1, 2, 3)(theme, program)
    assert isinstance(made, MainWindow)
    made.review.dismiss()
    return made


def feed(theme: Theme, program: SampleProgram) -> QWidget:
    told = event(
        0, EventKind.REVIEW, program.now, "A copied message", "Revised quote", contact_id=None, message_pk=None,
        reasons=("It names nobody but users of this workspace.",), address="",
    )  # fmt: skip
    program.events.insert(0, replace(told, id=EventId(2000)))
    made = window(theme, program)
    made.activity.view.setCurrentIndex(made.activity.model.index(1))
    return made


# --- dialogs


def adding(typed: str, press: str = "") -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        made = NeverDialog(theme, program, False, parent, typed)
        made.open()
        if press:
            getattr(made, press).click()
        return made

    return dialog(make)


def trying(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    entry = read_entry("example.org")
    go = [covered(n, program) for n in range(70)]
    whom = ("karin@example.org", "erik@example.org")
    found = NeverTrial(entry, tuple(go[:1]), tuple(go[1:2]), whom, True, tuple(go[2:64]))
    program.try_never = lambda _entry, then: then(found, "")
    made = TrialDialog(theme, program, entry, parent)
    made.open()
    return made


def near(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    """Other addresses were seen that are perhaps the same person's."""
    seen = (
        "erik+events@example.org",
        "erik+news@example.org",
        "ｅｒｉｋ@example.org",
        "erik+" + "w" * 50 + "@example.org",
    )
    program.try_never = lambda entry, then: then(
        NeverTrial(entry, (covered(1, program),), (), (), False, near=seen), ""
    )
    made = NeverDialog(theme, program, False, parent, "erik@example.org")
    made.open()
    made.try_button.click()
    return made


def covered(number: int, program: SampleProgram) -> CoveredMessage:
    way, subject = ("received", "Re: Revised quote") if number % 2 else ("sent", "A long subject that goes on " * 6)
    people = ("karin@example.org", "jonas@example.com") if number % 2 else ("jonas@example.com", "erik@example.org")
    return CoveredMessage(number, way, program.now - timedelta(days=number), subject, people[0], people, False)


def still_trying(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.try_never = lambda _entry, _then: None
    made = NeverDialog(theme, program, True, parent, "example.org")
    made.open()
    made.try_button.click()
    return made


def log_by_hand(text: str = "") -> Make:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        made = LogDialog(theme, program, program.review_list[1], parent)
        made.open()
        made.search.setText(text)
        made.search.returnPressed.emit()
        return made

    return dialog(make)


def log_refused(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    why = "karin@example.org is on the never-log list. Remove the entry first."
    program.log_by_hand = lambda _id, _contacts, then, **_more: then(None, why)
    made = LogDialog(theme, program, program.review_list[1], parent)
    made.open()
    made.verb.click()
    return made


def own_user(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    no_administrator(program)
    return UserDialog(theme, program, next(user for user in program.users() if user.signed_in), parent)


def basis_wrong(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = BasisDialog(theme, program, parent, "ada@example.org\nlin@example, kim")
    made.open()
    made.verb.click()
    return made


SCREENS: dict[str, Make] = {
    "settings-logging": settings("logging"),
    "settings-logging-empty": settings("logging", no_addresses),
    "settings-logging-no-inbox": settings("logging", no_inboxes),
    "settings-logging-every-state": settings("logging", every_state),
    "settings-logging-reserved": settings("logging", no_administrator),
    "settings-never-reserved": settings("never", no_administrator),
    "settings-privacy-reserved": settings("privacy", no_administrator),
    "settings-services-reserved": settings("services", no_administrator),
    "settings-team-reserved": settings("team", no_administrator),
    "settings-email-reserved": settings("email", no_administrator),
    "settings-tracking-reserved": settings("tracking", no_administrator),
    "dialog-user-reserved": dialog(own_user),
    "settings-never": settings("never"),
    "settings-never-many": settings("never", many_entries),
    "settings-never-empty": settings("never", nobody),
    "settings-privacy": settings("privacy"),
    "settings-privacy-many": settings("privacy", many_entries),
    "settings-privacy-nobody": settings("privacy", nobody),
    "logging-way": wizard(first_page),
    "logging-way-no-inbox": dialog(without_inbox),
    "logging-place-plus": wizard(to_place(Way.PLUS)),
    "logging-place-wrong": wizard(own_address_wrong),
    "logging-place-folder": wizard(to_place(Way.FOLDER), FORWARD),
    "logging-place-mailbox": wizard(to_place(Way.MAILBOX)),
    "logging-folder-missing": wizard(folder_missing),
    "logging-folder-looked-for": wizard(folder_looked_for),
    "logging-folder-unasked": wizard(folder_unasked),
    "logging-server": wizard(to_server("log@example.org")),
    "logging-server-gmail": wizard(to_server("log@example.org", Provider.GMAIL)),
    "logging-server-by-hand": wizard(to_server("")),
    "logging-test-running": wizard(testing),
    "logging-test-stopped": wizard(stopped),
    "logging-test-ok": wizard(outcomes()),
    "logging-test-not-told": wizard(outcomes(NotTold(ADDRESS, "INBOX"))),
    "logging-test-not-come": wizard(outcomes(NotCome(ADDRESS, 120))),
    "logging-test-not-sent": wizard(outcomes(NotSent(ADDRESS, REFUSED))),
    "logging-test-known": wizard(first_page, known=True),
    "logging-done": wizard(done),
    "review": review(2),
    "review-no-basis": reason(Refusal.NO_LEGAL_BASIS),
    "review-never": reason(Refusal.NEVER_LOG),
    "review-several": review(1, 2, 4),
    "review-undo": review_undo,
    "review-nothing-found": review_nothing_found,
    "review-logged": review(1, state=ReviewState.LOGGED),
    "review-dismissed": review(3, state=ReviewState.DISMISSED),
    "review-empty": review_empty,
    "review-unchosen": review(),
    "review-long": review_long,
    "review-narrow": review(6, size=(900, 700)),
    "review-narrow-list": review(size=(900, 700)),
    "activity-not-logged": feed,
    "dialog-never": adding(""),
    "dialog-never-wrong": adding("example.edu\nada@example\nthis is, nothing.", "verb"),
    "dialog-never-tried": adding("example.com\nexample.net", "verb"),
    "dialog-never-near": dialog(near),
    "dialog-never-nothing": adding("nowhere.example.edu", "try_button"),
    "dialog-never-trying": dialog(still_trying),
    "dialog-never-trial": dialog(trying),
    "dialog-log-by-hand": log_by_hand(),
    "dialog-log-by-hand-found": log_by_hand("e"),
    "dialog-log-by-hand-new": log_by_hand("new.person@example.net"),
    "dialog-log-by-hand-nobody": log_by_hand("zzz"),
    "dialog-log-by-hand-refused": dialog(log_refused),
    "dialog-basis": dialog(lambda t, p, w: BasisDialog(t, p, w)),
    "dialog-basis-wrong": dialog(basis_wrong),
}
