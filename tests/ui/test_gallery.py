"""Draws every screen in its states, light, dark and with larger text, into the folder HITCHPOST_PICTURES (else a
temporary one), and looks for what a machine can see: blank pictures, cut-off text, controls without a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from app.domain.addresses import Address
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.diagnosis import Diagnosis, StepTaken
from app.domain.events import EventKind
from app.domain.folders import LeftOut
from app.domain.inboxes import InboxId, InboxState
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.domain.outbox import OutboxId, OutboxState
from app.domain.pace import Pace, Watch
from app.domain.presets import PresetFault, PresetField
from app.domain.problems import Problem, ProblemCode
from app.domain.records import RecordKind
from app.domain.trace import Mark, Trace, TraceStep
from app.domain.views import TimelineNote
from app.ui.activity.words import VERDICTS
from app.ui.contacts.add import AddContactDialog
from app.ui.crash_dialog import CrashDialog
from app.ui.dialogs.diagnosis_dialog import DiagnosisDialog
from app.ui.dialogs.outbox_dialog import OutboxDialog
from app.ui.dialogs.settle_dialog import Answer, SettleDialog
from app.ui.dialogs.wants_mail import ask_wants_mail
from app.ui.dialogs.why_dialog import WhyDialog
from app.ui.inboxes.ledger import LedgerDialog
from app.ui.inboxes.page import InboxesPage
from app.ui.kit.fields import Field, FilterRow, combo, entry
from app.ui.kit.html_view import ask_to_open
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Chip, Switch, button, progress, tool
from app.ui.main_window import MainWindow
from app.ui.settings.preset_dialog import PresetDialog
from app.ui.settings.rows import Control, TextControl
from tests.ui.support import record_screens, search_screens
from tests.ui.support.pictures import VARIANTS, draw
from tests.ui.support.sample_program import (
    KARIN,
    LONG_NAME,
    ME,
    SampleProgram,
    TrackingStatus,
    event,
    many_events,
    message,
    sample_account,
    show_every_state,
)
from tests.ui.support.sample_program import folder as sample_folder
from tests.ui.support.windows import dialog, window

Made = tuple[QWidget, QWidget]  # what is drawn, and what keeps it alive


def activity(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.activity.view.setCurrentIndex(made.activity.model.index(2))
    return made


def activity_unchosen(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program)


def activity_many(theme: Theme, program: SampleProgram) -> QWidget:
    program.events = many_events(program.now, 3_000)
    return window(theme, program)


def activity_contact(theme: Theme, program: SampleProgram) -> QWidget:
    """One contact alone, and an event that came while nobody was here."""
    first, second, *rest = program.events
    away = "in one summary, for it came while you were away"
    program.events = [
        event(2_000, EventKind.UNSUBSCRIBE, program.now, "Karin Lindqvist", first.subject, reasons=("The button.",)),
        replace(first, notified_why=away, rules=("gone-on",), proxy="google", ip="", cut=True),
        replace(second, notified_why="it came in your quiet hours; one summary tells you afterwards"),
        *rest,
    ]
    made = window(theme, program)
    made.activity.show_contact(1, "Karin Lindqvist")
    made.activity.view.setCurrentIndex(made.activity.model.index(2))
    return made


def activity_unsubscribed(theme: Theme, program: SampleProgram) -> QWidget:
    """Somebody unsubscribed, and somebody else wants mail again."""
    noted = ("Jonas Ahl noted that marek@example.org wants mail again.",)
    program.events = [
        event(2_001, EventKind.UNSUBSCRIBE, program.now, "Karin Lindqvist", "Quote", reasons=("The button.",)),
        event(2_000, EventKind.RESUBSCRIBE, program.now, "Marek Wójcik", "", contact_id=9, reasons=noted, seen=True),
        *program.events,
    ]
    made = window(theme, program)
    made.activity.view.setCurrentIndex(made.activity.model.index(1))
    return made


def activity_message_816(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.resize(816, 700)
    made.activity.show_only_message(2, "Revised quote for the Gothenburg depot, " + "and a subject without end " * 4)
    return made


def activity_816_chosen(theme: Theme, program: SampleProgram) -> QWidget:
    made = activity_contact(theme, program)
    made.resize(816, 700)
    return made


def activity_no_notifications(theme: Theme, program: SampleProgram) -> QWidget:
    program.no_notifications = True
    return window(theme, program)


def contact_unsubscribed(theme: Theme, program: SampleProgram) -> QWidget:
    program.events.insert(0, event(2_000, EventKind.UNSUBSCRIBE, program.now, "Karin Lindqvist", "Quote"))
    program.messages[1] = replace(program.messages[1], unsubscribed=True)
    return contact(theme, program)


def activity_nothing_found(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.activity.search.setText("nobody at all")
    made.activity.search.returnPressed.emit()
    return made


def activity_found(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.activity.search.setText("karin")
    made.activity.search.returnPressed.emit()
    return made


def settings_tracking_local(theme: Theme, program: SampleProgram) -> QWidget:
    program.set_setting("tracking.local", True)
    program.tracking = TrackingStatus(True, "http://127.0.0.1:8725", True, program.now, "")
    return window(theme, program, "tracking")


def activity_narrow(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.resize(980, 700)
    made.activity.view.setCurrentIndex(made.activity.model.index(11))
    return made


def activity_bounce(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.activity.view.setCurrentIndex(made.activity.model.index(8))
    return made


def activity_inbox(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.activity.view.setCurrentIndex(made.activity.model.index(5))
    made.show_trouble("The disk is full", "Nothing was written, and nothing is lost. Make room, then sync again.")
    return made


def first_run(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, SampleProgram(full=False))


def empty_feed(theme: Theme, program: SampleProgram) -> QWidget:
    program.events = []
    return window(theme, program)


def contact(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program, "contacts")
    made.contacts.open_record(1)
    return made


def contact_lower(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program, "contacts")
    made.contacts.open_record(1, 8)
    return made


NOTE = "Can you call him about the crane before Friday?\nHe wants the third loading bay after all."


def contact_notes(theme: Theme, program: SampleProgram) -> QWidget:
    """Forwarded here with something above it, twice, and without its files."""
    at = program.now - timedelta(minutes=50)
    program.messages = [
        replace(
            program.messages[0],
            logged_by="forward",
            match_reason="Forwarded to the workspace’s forwarding address",
            notes=(TimelineNote("Jonas Ahl", at, NOTE), TimelineNote(LONG_NAME, at, "So it goes on. " * 90)),
            attachments=(),
            left_out=FilesLeftOut(WhyLeftOut.OVER_LIMIT, 3),
        ),
        replace(program.messages[1], attachments=program.messages[1].attachments[:1],
                left_out=FilesLeftOut(WhyLeftOut.SWITCHED_OFF)),
    ]  # fmt: skip
    return contact(theme, program)


def contact_notes_narrow(theme: Theme, program: SampleProgram) -> QWidget:
    made = contact_notes(theme, program)
    made.resize(980, 760)
    return made


def contact_long(theme: Theme, program: SampleProgram) -> QWidget:
    program.card_extra = {"bounced": {"k.lindqvist@example.org": "5.1.1 mailbox does not exist"}}
    program.entries[RecordKind.CONTACT][1] |= {
        "name": LONG_NAME,
        "title": "Executive Vice President of Cross-Departmental Logistics",
        "companies": [3],
    }
    program.messages = [
        message(
            20,
            program.now,
            replace(KARIN, display_name=LONG_NAME),
            (ME,),
            "Re: " + "a very long subject that goes on and on " * 5,
            html="<p style='color:#000000;background:#ffffff'>Black on white.</p><table bgcolor='#112233'><tr><td>"
            "<font color='white'>White on dark</font></td></tr></table><p>" + "Running text. " * 60 + "</p>"
            "<blockquote>Quoted, <a href='https://example.com/x'>with a link</a></blockquote><img src='cid:a@b'>"
            "<pre>" + "x" * 200 + "</pre>",
        ),
        message(21, program.now - timedelta(minutes=1), ME, (KARIN,), "Long", text="Line of text.\n" * 900),
        message(22, program.now - timedelta(minutes=2), ME, (KARIN,), "", text=""),
    ]
    made = window(theme, program, "contacts")
    made.contacts.open_record(1)
    return made


def inboxes(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "inboxes")


def inboxes_folders(theme: Theme, program: SampleProgram) -> QWidget:
    program.aside = {1: (("INBOX", 4410, "broken_message"), ("Archive", 17, "answer_too_large"))}
    asked = Watch(False, 30, "The server cannot tell of new mail by itself (it has no IDLE).")
    left_out = (("Junk", LeftOut.JUNK), ("Trash", LeftOut.TRASH), *((f"Label {n}", LeftOut.VIRTUAL) for n in range(9)))
    program.paces = {1: Pace(asked, Watch(False, 60), Watch(False, 300), too_many=5700, left_out=left_out)}
    made = window(theme, program, "inboxes")
    for card in program.cards[:2]:
        made.inboxes.card(card.id).folders_button.click()
    made.resize(1100, 1280)
    return made


def moving(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = WhyDialog(theme, program, parent, "<answer@example.org>")
    made.move_button.click()
    return made


def moving_into(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    made = WhyDialog(theme, program, parent, "<answer@example.org>")
    made.trace = replace(made.trace, message_pk=3)
    made.move_button.click()
    made.move_view.people.setCurrentRow(0)
    made.move_view.threads.setCurrentRow(1)
    return made


def inboxes_halted(theme: Theme, program: SampleProgram) -> QWidget:
    """Nothing to look for, and first looks that do not go on."""
    first = program.cards[0]
    halfway = (sample_folder("INBOX", "inbox", first_look_done=False, first_look_total=100_000, first_look_at=43_000),)
    gone = Problem(ProblemCode.CONNECT_TIMEOUT, "imap.example.org", 993)
    locked = Problem(ProblemCode.SECRETS_LOCKED)
    program.cards = [
        replace(first, nothing_to_seek=True),
        replace(first, id=InboxId(2), state=InboxState.PAUSED, folders=halfway),
        replace(first, id=InboxId(3), state=InboxState.UNREACHABLE, problem=gone, folders=halfway),
        replace(first, id=InboxId(4), state=InboxState.UNREACHABLE, problem=locked),
    ]
    program.secrets = "none"
    made = window(theme, program, "inboxes")
    made.resize(1100, 1280)
    return made


def inboxes_tall(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program, "inboxes")
    made.resize(1000, 1280)
    return made


def inboxes_narrow(theme: Theme, program: SampleProgram) -> QWidget:
    """Narrower than the window ever leaves it: no card may be wider than the page."""
    show_every_state(program)
    program.values["log.mode"] = "contacts"
    made = InboxesPage(theme, program)
    made.card(5).folders_button.click()
    made.resize(700, 2300)
    return made


def inboxes_every_state(theme: Theme, program: SampleProgram) -> QWidget:
    show_every_state(program)
    made = window(theme, program, "inboxes")
    made.resize(1100, 1900)
    return made


def inboxes_every_state_narrow(theme: Theme, program: SampleProgram) -> QWidget:
    made = inboxes_every_state(theme, program)
    made.resize(880, 2300)
    return made


WAITS = (
    "It waits for what it answers since 20 November 2026. When that is sent or logged here before 20 December 2026, this "
    "message is logged by itself with the next look; after that day it is forgotten."
)
MANY_FOUND = Trace(
    "karin.lindqvist@example.com",
    "4 messages were found; each is judged on its own.",
    (
        TraceStep(
            Mark.YES,
            "karin.lindqvist@example.com is a contact: 9 messages sent to them are logged, 7 received.",
        ),
        TraceStep(Mark.NOTE, "Mail to this address came back: 5.1.1 mailbox does not exist"),
        TraceStep(Mark.NOTE, "“Re: Revised quote for the Gothenburg depot” in INBOX of jonas@example.org:"),
        TraceStep(
            Mark.YES,
            "Its In-Reply-To names quote-2@example.org, which is known here: “Revised quote for the Gothenburg depot”.",
        ),
        TraceStep(Mark.YES, "So it belongs to a known thread: it is logged when the folder is read next."),
        TraceStep(Mark.NOTE, "“Re: Loading hours” in Drafts of jonas@example.org:"),
        TraceStep(
            Mark.NO, "It is a draft: never read, wherever it lies. Once it is sent it is a message like any other."
        ),
        TraceStep(Mark.NOTE, f"“{'A very long subject that goes on ' * 6}” in Archive/2026 of jonas@example.org:"),
        TraceStep(
            Mark.NO,
            "Its In-Reply-To names "
            "CAF4xRj8-vJ0bX7sKq2m1nWzYt9uL3pEoQdHgIrBfMkVyTjNxZw=LcPaSdFgHjKlQwErTyUiOpZxCvBnM1234567890abcdef.x"
            "@mail.subdomain.example.com, which is not known here.",
        ),
        TraceStep(Mark.NOTE, WAITS),
        TraceStep(Mark.NO, "So it was judged by its header alone. Its body was not read, and nothing of it is kept."),
        TraceStep(Mark.NO, "old@example.net is not read at present (disabled)."),
    ),
    None,
    1,
)


def found(trace: Trace | None, asked: str) -> Callable[[Theme, SampleProgram], QWidget]:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        program.trace = trace
        made = WhyDialog(theme, program, parent)
        made.show()
        made.field.setText(asked)
        made.ask_button.click()
        return made

    return dialog(make)


def moved(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    step = TraceStep(Mark.YES, "You moved it on 20 November 2026; that counts before every rule.")
    program.trace = Trace("", "It is here because you put it there.", (step,), 1, 1, True)
    return WhyDialog(theme, program, parent, "<answer@example.org>")


def ledger_empty(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.cards = []
    return LedgerDialog(theme, program, None, parent)


def ledger_of_one(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    """Many folders, long names, a chosen row."""
    folders = tuple(sample_folder(f"Projects/{'Northlight/' * (i % 3)}Phase {i}", "other") for i in range(12))
    program.cards[4] = replace(program.cards[4], folders=(*program.cards[4].folders, *folders))
    made = LedgerDialog(theme, program, InboxId(5), parent)
    made.view.setCurrentIndex(made.model.index(2))
    return made


def settling(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    """Two of four answered for; one with a name as long as they come."""
    long = Address("w" * 50 + "@example.org", LONG_NAME)
    to = (KARIN, long, Address("x@example.com"), Address("anders@example.com", "Anders Berg"))
    program.put_out(3, OutboxState.UNKNOWN, to=to)
    made = SettleDialog(theme, program, OutboxId(3), parent)
    made.rows[0].choose(Answer.ARRIVED)
    made.rows[1].choose(Answer.AGAIN)
    return made


def waiting(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.put_out(3, OutboxState.UNKNOWN, to=(KARIN, Address("x@example.com")))
    program.put_out(4, OutboxState.UNKNOWN)
    program.put_out(5, OutboxState.QUEUED, seconds=7200)
    return OutboxDialog(theme, program, parent)


def diagnosis(*events: CheckEvent, ended: Diagnosis | None = None) -> Callable[[Theme, SampleProgram], QWidget]:
    def make(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
        card = program.cards[1]
        made = DiagnosisDialog(theme, program, card, sample_account(card.address), parent)
        for step in events:
            program.diagnosis_event.emit(step)
        if ended is not None:
            program.diagnosed.emit(ended)
        return made

    return dialog(make)


REFUSED = Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.com", 993, "[AUTHENTICATIONFAILED] LOGIN failed")
REPORT = "Hitchpost connection report\n===========================\n\n" + "".join(
    f"passed   Reach server {i} of the organisation, which has a rather long name: {i} ms\n" for i in range(30)
)
REACHED = (
    StepStarted(CheckStep.IMAP_CONNECT),
    StepPassed(CheckStep.IMAP_CONNECT, "84 ms"),
    StepPassed(CheckStep.IMAP_TLS, "TLS 1.3"),
    StepStarted(CheckStep.IMAP_LOGIN),
)
SENT = (
    StepPassed(CheckStep.IMAP_LOGIN, "signed in"),
    StepPassed(CheckStep.SMTP_CONNECT, "61 ms"),
    StepPassed(CheckStep.SMTP_TLS, "TLS 1.3"),
    StepPassed(CheckStep.SMTP_LOGIN, "signed in"),
)


def settings_email(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "email")


def settings_notifications(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "notifications")


def settings_tracking(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "tracking")


def settings_tracking_off(theme: Theme, program: SampleProgram) -> QWidget:
    program.tracking = TrackingStatus(False, "", False, None, "No tracking server answers.")
    made = window(theme, program, "tracking")
    wrong(made.settings.controls["tracking.url"], "track.example.com")
    return made


def settings_appearance(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "appearance")


def settings_services(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "services")


def settings_services_empty(theme: Theme, program: SampleProgram) -> QWidget:
    program.preset_list = []
    return window(theme, program, "services")


def settings_clients(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "clients")


def wrong(control: Control, text: str) -> None:
    """Types what cannot be kept, and leaves the field."""
    assert isinstance(control, TextControl)
    control.edit.setText(text)
    control.edit.editingFinished.emit()


def settings_clients_wrong(theme: Theme, program: SampleProgram) -> QWidget:
    made = settings_clients_open(theme, program)
    wrong(made.settings.controls["oauth.gmail.token_url"], "accounts.example.com")
    return made


def settings_clients_open(theme: Theme, program: SampleProgram) -> QWidget:
    program.values["oauth.gmail.imap"] = "imap.example.org:993:tls"
    made = window(theme, program, "clients")
    made.resize(1100, 1250)
    return made


def settings_team(theme: Theme, program: SampleProgram) -> QWidget:
    return window(theme, program, "team")


def preset_dialog_wrong(theme: Theme, program: SampleProgram, parent: QWidget) -> QWidget:
    program.preset_faults = (
        PresetFault(PresetField.DOMAIN, "example.org has a preset already. Edit that one."),
        PresetFault(
            PresetField.IMAP_HOST, "This is not the name of a server such as mail.example.com; a port has a field."
        ),
        PresetFault(PresetField.IMAP_PORT, "An IMAP port is a number from 1 to 65535."),
        PresetFault(
            PresetField.USERNAME, "A user name is made from the address, by %EMAILADDRESS% or %EMAILLOCALPART%."
        ),
    )
    made = PresetDialog(theme, program, program.presets()[0], parent)
    made.username.setCurrentIndex(2)
    made.verb.click()
    return made


def compose(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program)
    made.contacts.compose_requested.emit((KARIN,), program.messages[0])
    return made


def contact_narrow(theme: Theme, program: SampleProgram) -> QWidget:
    made = window(theme, program, "contacts")
    made.resize(900, 700)
    made.contacts.open_record(1)
    return made


def contact_about_narrow(theme: Theme, program: SampleProgram) -> QWidget:
    made = contact_narrow(theme, program)
    assert isinstance(made, MainWindow)
    made.contacts.detail.about_button.setChecked(True)
    return made


def parts(theme: Theme, program: SampleProgram) -> QWidget:
    """Every part of the kit in its states on one sheet."""
    off = button(theme, "Disabled", "primary")
    off.setEnabled(False)
    busy = button(theme, "Send", "primary", "sent")
    wrong = Field(theme, "Error", entry(theme, "jonas@example"), "One line of help.")
    wrong.set_error("Add what follows the dot, as in .com.")
    ticked, disabled = QCheckBox("Ticked"), Switch(theme, "Disabled", True)
    ticked.setChecked(True)
    disabled.setEnabled(False)
    closed = entry(theme, "Set by your admin")
    closed.setEnabled(False)
    made = box(
        "surface",
        column(
            row(
                button(theme, "Primary", "primary"),
                off,
                busy,
                button(theme, "Secondary"),
                button(theme, "Quiet", "quiet"),
                button(theme, "Remove", "danger"),
                button(theme, "Link", "link"),
                tool(theme, "more", "More"),
                None,
                gap=12,
            ),
            row(
                *[Chip(theme, *verdict) for verdict in VERDICTS.values()],
                FilterRow(theme, [("a", "Opens"), ("b", "Clicks")], "Kind"),
                None,
            ),
            row(
                (Field(theme, "Plain", entry(theme, "jonas@example.org"), "One line of help."), 1),
                (wrong, 1),
                (Field(theme, "Disabled", closed), 1),
                gap=16,
            ),
            row(
                Switch(theme, "On", True),
                Switch(theme, "Off"),
                disabled,
                ticked,
                QCheckBox("Plain"),
                combo(theme, [("Replies only", 1)], "Mode"),
                (progress(theme, "Progress", 40, 100), 1),
                gap=20,
            ),
            *[
                Banner(theme, kind, "Nothing is lost.", button(theme, "Reconnect"), title="What happened")
                for kind in ("info", "ok", "warn", "bad")
            ],
            None,
            gap=12,
            margins=(24, 20, 24, 20),
        ),
    )
    made.resize(1180, 560)
    busy.set_busy("Sending…")
    return made


def sending(state: OutboxState, problem: Problem | None = None) -> Callable[[Theme, SampleProgram], QWidget]:
    def make(theme: Theme, program: SampleProgram) -> QWidget:
        made = window(theme, program)
        program.put_out(3, state, problem)
        made.sending.follow(3)
        return made

    return make


SCREENS: dict[str, Callable[[Theme, SampleProgram], QWidget]] = {
    "activity": activity,
    "activity-unchosen": activity_unchosen,
    "activity-many": activity_many,
    "activity-contact": activity_contact,
    "activity-message-816": activity_message_816,
    "activity-816-chosen": activity_816_chosen,
    "activity-no-notifications": activity_no_notifications,
    "activity-unsubscribed": activity_unsubscribed,
    "dialog-wants-mail": dialog(lambda t, p, w: ask_wants_mail(t, p, 1, LONG_NAME, w)),
    "contact-unsubscribed": contact_unsubscribed,
    "activity-nothing-found": activity_nothing_found,
    "activity-found": activity_found,
    "settings-tracking-local": settings_tracking_local,
    "activity-narrow-long-name": activity_narrow,
    "activity-bounce": activity_bounce,
    "activity-inbox-trouble": activity_inbox,
    "empty-first-run": first_run,
    "empty-feed": empty_feed,
    "contact": contact,
    "contact-lower": contact_lower,
    "contact-long": contact_long,
    "contact-notes": contact_notes,
    "contact-notes-narrow": contact_notes_narrow,
    "inboxes": inboxes,
    "inboxes-tall": inboxes_tall,
    "inboxes-narrow": inboxes_narrow,
    "inboxes-every-state": inboxes_every_state,
    "inboxes-every-state-narrow": inboxes_every_state_narrow,
    "settings-email": settings_email,
    "settings-notifications": settings_notifications,
    "settings-tracking": settings_tracking,
    "settings-tracking-off": settings_tracking_off,
    "settings-appearance": settings_appearance,
    "settings-services": settings_services,
    "settings-services-empty": settings_services_empty,
    "settings-clients": settings_clients,
    "settings-clients-wrong": settings_clients_wrong,
    "settings-clients-open": settings_clients_open,
    "settings-team": settings_team,
    "dialog-preset": dialog(lambda t, p, w: PresetDialog(t, p, None, w)),
    "dialog-preset-exchange": dialog(lambda t, p, w: PresetDialog(t, p, p.presets()[-1], w)),
    "dialog-preset-wrong": dialog(preset_dialog_wrong),
    "compose": compose,
    "contact-narrow": contact_narrow,
    "contact-about-narrow": contact_about_narrow,
    "parts": parts,
    "sending-waiting": sending(OutboxState.QUEUED),
    "sending-failed": sending(OutboxState.FAILED, Problem(ProblemCode.RECIPIENT_REFUSED, "smtp.example.org", 465)),
    "dialog-ledger": dialog(lambda t, p, w: LedgerDialog(t, p, None, w)),
    "dialog-why": dialog(lambda t, p, w: WhyDialog(t, p, w, "<answer@example.org>")),
    "dialog-why-moved": dialog(moved),
    "dialog-where-many": found(MANY_FOUND, "karin.lindqvist@example.com"),
    "dialog-where-logged": found(None, "<answer@example.org>"),
    "dialog-ledger-empty": dialog(ledger_empty),
    "dialog-ledger-inbox": dialog(ledger_of_one),
    "dialog-where": dialog(lambda t, p, w: WhyDialog(t, p, w)),
    "dialog-move": dialog(moving),
    "dialog-move-into": dialog(moving_into),
    "inboxes-halted": inboxes_halted,
    "dialog-settle": dialog(settling),
    "dialog-outbox": dialog(waiting),
    "inboxes-folders": inboxes_folders,
    "dialog-add-contact": dialog(lambda t, p, w: AddContactDialog(t, p, w)),
    "dialog-diagnosis-running": diagnosis(*REACHED),
    "dialog-diagnosis-passed": diagnosis(*REACHED, *SENT, ended=Diagnosis(True, report=REPORT)),
    "dialog-diagnosis-failed": diagnosis(
        *REACHED,
        StepFailed(CheckStep.IMAP_LOGIN, REFUSED),
        ended=Diagnosis(False, (StepTaken(CheckStep.IMAP_LOGIN, "", REFUSED, 0.4),), report=REPORT),
    ),
    "dialog-diagnosis-stopped": diagnosis(*REACHED, ended=Diagnosis(False, ended=True)),
    "dialog-crash": dialog(lambda t, p, w: CrashDialog(t, "Hitchpost 0.1.0\nTraceback …\nKeyError: 'x'", w)),
    "dialog-link": dialog(
        lambda t, p, w: ask_to_open(t, QUrl("http://example.com/a/long/path?" + "query=value&" * 20), w)
    ),
}
SCREENS |= (
    search_screens.PAGES | record_screens.PAGES | {name: dialog(make) for name, make in record_screens.DIALOGS.items()}
)


@pytest.mark.parametrize(("scheme", "scale"), VARIANTS, ids=lambda v: str(v))
@pytest.mark.parametrize("name", SCREENS)
def test_screen(
    name: str, scheme: str, scale: float, folder: Path, qapp: QApplication, qtbot: QtBot, same_look: None
) -> None:
    picture = draw(SCREENS[name], name, (scheme, scale), folder, qapp, qtbot)
    assert picture.width() > 300
    assert picture.height() > 150


def test_inbox_states_all_have_words() -> None:
    from app.ui.inboxes.words import STATES

    assert set(STATES) == set(InboxState)
