"""Inbox cards in all their states, what their buttons wish, and the ledger of what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from app.domain.changes import Area
from app.domain.errors import SecretError
from app.domain.folders import LeftOut
from app.domain.inboxes import InboxId, InboxState, Provider, ServerTrust
from app.domain.pace import PUSHED, Pace, Watch
from app.domain.problems import Problem, ProblemCode
from app.domain.views import LedgerFolder
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.dialogs.diagnosis_dialog import DiagnosisDialog
from app.ui.inboxes import words
from app.ui.inboxes.card import InboxCardView
from app.ui.inboxes.ledger import LedgerDialog, asked_words, folder_words
from app.ui.inboxes.page import InboxesPage
from app.ui.inboxes.reading_words import OF_MANY, WAITS, folder_lines
from app.ui.kit import times
from app.ui.kit.theme import Theme
from app.words.problems import explain
from tests.ui.support.sample_program import SampleProgram, folder, sample_account, show_every_state


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> InboxesPage:
    made = InboxesPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 740)
    made.show()
    return made


def card(page: InboxesPage, inbox_id: int) -> InboxCardView:
    found = page.card(inbox_id)
    assert found is not None
    return found


def said(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def choose(card_view: InboxCardView, text: str) -> None:
    card_view._fill_menu()
    action = next(a for a in card_view._menu.actions() if a.text() == text)
    action.trigger()


def test_every_state_has_words() -> None:
    assert set(words.STATES) == set(InboxState)


def test_numbers_are_shown(page: InboxesPage) -> None:
    text = said(card(page, 1))
    for part in ("48,204", "212", "2 min ago", "Inbox, Sent", "IMAP · Personal"):
        assert part in text
    assert card(page, 1).chip.text() == "Up to date"


def test_trouble_comes_with_its_remedy(qtbot: QtBot, page: InboxesPage) -> None:
    lost = card(page, 2)
    assert lost.trouble.isVisible()
    assert "Nothing is lost" in lost.trouble.text.text()
    assert not lost.sync_button.isVisible()
    with qtbot.waitSignal(page.connect_requested) as asked:
        qtbot.mouseClick(lost.mend_button, Qt.MouseButton.LeftButton)
    assert asked.args == ["jonas.ahl@example.com"]


def test_what_mends_itself_offers_no_reconnect(page: InboxesPage) -> None:
    away = card(page, 5)
    assert away.trouble.isVisible()
    assert not away.mend_button.isVisible()
    assert away.sync_button.isVisible()
    assert "tried again by itself" in away.trouble.text.text()


def test_first_look_shows_its_progress(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 3)
    bar = view.findChild(QProgressBar)
    assert (bar.value(), bar.maximum()) == (13_280, 31_800)
    assert view.chip.text() == "First look, 41%"
    assert "13,280 of 31,800" in said(view)
    done = (folder("INBOX", "inbox", first_look_total=31_000, first_look_at=31_000),)
    program.cards[2] = replace(program.cards[2], folders=done, state=InboxState.CONNECTED, last_sync_at=program.now)
    program.inbox_state_changed.emit(3)
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert view.chip.text() == "Up to date"


@pytest.mark.parametrize(
    ("state", "problem", "told", "chip"),
    [
        (InboxState.PAUSED, None, "First look paused at 43%", "Paused at 43%"),
        (InboxState.UNREACHABLE, ProblemCode.CONNECT_TIMEOUT, "First look interrupted at 43%", "Not reachable"),
        (InboxState.UNREACHABLE, ProblemCode.DAILY_LIMIT, "First look paused at 43%", "Paused until tomorrow"),
        (InboxState.NEEDS_SIGN_IN, ProblemCode.WRONG_CREDENTIALS, "First look interrupted at 43%", "Sign in again"),
        (InboxState.DISABLED, None, "First look paused at 43%", "Disabled"),
    ],
)
def test_a_first_look_that_does_not_go_on_shows_how_far_it_came(
    page: InboxesPage, program: SampleProgram, state: InboxState, problem: ProblemCode | None, told: str, chip: str
) -> None:
    halfway = (folder("INBOX", "inbox", first_look_done=False, first_look_total=100_000, first_look_at=43_000),)
    program.cards[2] = replace(
        program.cards[2], state=state, problem=Problem(problem) if problem else None, folders=halfway
    )
    page.refresh()
    view = card(page, 3)
    bar = view.findChild(QProgressBar)
    assert bar.isVisible() and bar.value() * 100 // bar.maximum() == 43
    assert told in said(view) and "43,000 of 100,000" in said(view)
    assert view.chip.text() == chip
    assert not view.pause_button.isVisible()
    assert "You can go on working" not in said(view)
    assert view._headers.isVisible()


def test_pause_has_one_name(page: InboxesPage) -> None:
    view = card(page, 3)
    view._fill_menu()
    assert view.pause_button.text().strip() == "Pause"
    assert "Pause" in [a.text() for a in view._menu.actions()]
    assert "Stop" not in said(view)


def test_a_first_look_without_anything_to_look_for_says_so(page: InboxesPage, program: SampleProgram) -> None:
    assert "Nothing to look for yet" not in said(card(page, 1))
    program.cards[0] = replace(program.cards[0], nothing_to_seek=True)
    page.refresh()
    assert "Nothing to look for yet" in said(card(page, 1))
    program.cards[0] = replace(program.cards[0], state=InboxState.PAUSED)
    page.refresh()
    assert "Nothing to look for yet" not in said(card(page, 1))


def test_folders_that_are_never_read_are_listed(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    labels = tuple((f"Label {n}", LeftOut.VIRTUAL) for n in range(30))
    program.paces[1] = replace(IMAP, left_out=(*labels, ("Drafts", LeftOut.DRAFTS), ("Junk", LeftOut.JUNK)))
    page.refresh()
    view = card(page, 1)
    qtbot.mouseClick(view.folders_button, Qt.MouseButton.LeftButton)
    lines = [(name.text(), state.text()) for name, state in view._folder_labels if name.isVisible()]
    assert lines[2:] == [
        ("Junk", "Never read: it holds junk mail"),
        ("Drafts", "Never read: it holds drafts"),
        ("30 folders", "Never read: they only show messages of other folders"),
    ]
    assert view._folder_labels[4][1].toolTip() == "Label 0, Label 1, Label 2, Label 3, and 26 more"
    del program.paces[1]  # paused, or out of reach: they are still not read
    page.refresh()
    assert [state.text() for name, state in view._folder_labels if name.isVisible()][2:] == [s for _, s in lines[2:]]


def test_what_stands_beside_the_last_sync_stays_in_its_place(qtbot: QtBot, page: InboxesPage) -> None:
    view = card(page, 1)
    places = set()
    for text in ("Just now", "8 seconds ago", "48 seconds ago", "Today 07:40"):
        view._last.set_value(text)
        view.layout().activate()
        qtbot.wait(0)
        places.add(view._folders.x())
    assert len(places) == 1


def test_every_reason_has_words_for_many() -> None:
    assert set(OF_MANY) == set(LeftOut) - {LeftOut.TOO_MANY}


def test_the_link_to_the_folders_stands_where_the_numbers_stand(page: InboxesPage) -> None:
    view = card(page, 1)
    picture = view.grab().toImage()
    ground = view._theme.c("surface").rgb()

    def first_ink(part: QWidget) -> int:
        at = part.mapTo(view, part.rect().topLeft())
        return next(
            x
            for x in range(at.x(), at.x() + part.width())
            for y in range(at.y(), at.y() + part.height())
            if picture.pixel(x, y) != ground
        )

    assert abs(first_ink(view.folders_button) - first_ink(view._last)) <= 1


def test_a_first_look_of_unknown_size(page: InboxesPage, program: SampleProgram) -> None:
    program.cards[2] = replace(program.cards[2], folders=())
    page.refresh()
    view = card(page, 3)
    assert view.findChild(QProgressBar).maximum() == 0
    assert "finding folders" in said(view)


def test_sync_now_is_busy_until_something_came(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    qtbot.mouseClick(view.sync_button, Qt.MouseButton.LeftButton)
    assert program.wished("sync_now") == [(1,)]
    assert not view.sync_button.isEnabled()
    assert view.sync_button.text() == "Syncing…"
    program.cards[0] = replace(program.cards[0], last_sync_at=program.now + timedelta(seconds=1))
    program.inbox_state_changed.emit(1)
    qtbot.waitUntil(view.sync_button.isEnabled)
    assert view.sync_button.text() == "Sync now"


def test_disable_and_enable(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    choose(view, "Disable")
    qtbot.waitUntil(lambda: view.chip.text() == "Disabled")
    assert view.mend_button.text() == "Enable"
    qtbot.mouseClick(view.mend_button, Qt.MouseButton.LeftButton)
    assert program.wished("enable") == [(1,)]


SAMPLE_PROBLEMS = {
    InboxState.UNREACHABLE: ProblemCode.CONNECT_TIMEOUT,
    InboxState.NEEDS_SIGN_IN: ProblemCode.WRONG_CREDENTIALS,
    InboxState.NEEDS_PERMISSION: ProblemCode.PERMISSION_MISSING,
    InboxState.CERTIFICATE: ProblemCode.CERTIFICATE_CHANGED,
}


@pytest.mark.parametrize(
    ("state", "verb", "wish"),
    [
        (InboxState.CONNECTING, "", ""),
        (InboxState.CONNECTED, "Sync now", "sync_now"),
        (InboxState.UNREACHABLE, "Sync now", "sync_now"),
        (InboxState.PAUSED, "Resume", "resume"),
        (InboxState.NEEDS_SIGN_IN, "Reconnect", "connect"),
        (InboxState.NEEDS_PERMISSION, "Reconnect", "connect"),
        (InboxState.CERTIFICATE, "Reconnect", "connect"),
        (InboxState.DISABLED, "Enable", "enable"),
    ],
    ids=lambda v: v.value if isinstance(v, InboxState) else "",
)
def test_each_state_has_the_button_that_mends_it_and_says_why_and_since_when(
    qtbot: QtBot, page: InboxesPage, program: SampleProgram, state: InboxState, verb: str, wish: str
) -> None:
    code = SAMPLE_PROBLEMS.get(state)
    program.cards[0] = replace(
        program.cards[0],
        state=state,
        problem=Problem(code, "imap.example.org", 993) if code else None,
        since=program.now - timedelta(days=40),
    )
    page.refresh()
    view = card(page, 1)
    shown = [b for b in (view.sync_button, view.mend_button) if b.isVisible()]
    assert [b.text() for b in shown] == ([verb] if verb else [])
    if state not in (InboxState.CONNECTING, InboxState.CONNECTED):
        text = said(view)
        assert "ince " in text and str(times.local(program.now - timedelta(days=40)).day) in text
        assert code is None or explain(Problem(code, "imap.example.org", 993)).title in text
    assert view.diagnose_button.isVisible() == (state in SAMPLE_PROBLEMS)
    if wish == "connect":
        with qtbot.waitSignal(page.connect_requested) as asked:
            shown[0].click()
        assert asked.args == ["jonas@example.org"]
    elif wish:
        shown[0].click()
        assert program.wished(wish) == [(1,)]


def test_pause_and_resume(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    choose(view, "Pause")
    qtbot.waitUntil(lambda: view.chip.text() == "Paused")
    assert "mail still goes out" in said(view)
    choose(view, "Resume")
    assert program.wished("pause") == program.wished("resume") == [(1,)]
    qtbot.waitUntil(lambda: view.chip.text() == "Connecting")  # it was read before: no first look
    assert not view.findChild(QProgressBar).isVisible()
    view._fill_menu()
    assert [a.text() for a in view._menu.actions() if a.text()] == [
        "What was read…",
        "Diagnose…",
        "Pause",
        "Sign in again…",
        "Disable",
        "Remove…",
    ]


def test_a_missing_permission_has_a_report_to_hand_on(
    qtbot: QtBot, qapp: QApplication, page: InboxesPage, program: SampleProgram
) -> None:
    program.set_state(1, InboxState.NEEDS_PERMISSION, Problem(ProblemCode.PERMISSION_MISSING, "imap.gmail.com", 993))
    view = card(page, 1)
    qtbot.waitUntil(view.report_button.isVisible)
    assert "What an administrator has to do: In the Google Admin console" in said(view)
    qtbot.mouseClick(view.report_button, Qt.MouseButton.LeftButton)
    assert program.wished("inbox_report") == [(1,)]
    assert qapp.clipboard().text() == "Hitchpost connection report\n"
    assert view.report_button.text().strip() == "Copied"


def test_a_changed_certificate_shows_the_old_and_the_new(page: InboxesPage, program: SampleProgram) -> None:
    show_every_state(program)
    page.refresh()
    text = said(card(page, 6))
    old, new = (f"{':'.join([pair] * 8)}: {':'.join([pair] * 8)}" for pair in ("1F", "A4"))
    assert f"Trusted so far: SHA-256\n{old}:\n{old}" in text
    assert f"Shown now: SHA-256\n{new}:\n{new}" in text
    assert "Issued to CN=imap.example.com by CN=imap.example.com,O=Example Organisation" in text


def test_the_fingerprint_of_outgoing_mail_is_its_own() -> None:
    account = replace(sample_account("ada@example.com", pin="aa" * 32), smtp_trust=ServerTrust(pin_sha256="bb" * 32))
    changed = ProblemCode.CERTIFICATE_CHANGED
    assert words.trusted_fingerprint(Problem(changed, "imap.example.com", 993), account) == "aa" * 32
    assert words.trusted_fingerprint(Problem(changed, "smtp.example.com", 465), account) == "bb" * 32


def test_when_it_is_tried_again_is_said_where_it_is_known(page: InboxesPage, program: SampleProgram) -> None:
    at = program.now + timedelta(minutes=4)
    assert "tried again by itself;" in said(card(page, 5))
    program.next_tries[5] = at
    page.refresh()
    assert f"tried again by itself, at {times.clock(at)};" in said(card(page, 5))


def test_diagnose_opens_its_dialog(page: InboxesPage, program: SampleProgram) -> None:
    program.accounts[2] = sample_account("jonas.ahl@example.com")
    card(page, 2).diagnose_button.click()
    dialog = page.findChild(DiagnosisDialog)
    assert dialog.heading.text() == "Diagnose jonas.ahl@example.com"
    assert program.wished("diagnose") == [(2, False)]
    dialog.reject()
    assert program.wished("cancel_diagnosis") == [()]


@pytest.mark.parametrize(
    ("provider", "word"),
    [(Provider.IMAP, "deletes its password"), (Provider.GMAIL, "at Google"), (Provider.OUTLOOK, "Microsoft lets only")],
    ids=["imap", "gmail", "outlook"],
)
def test_removing_says_what_becomes_of_the_sign_in(
    page: InboxesPage, program: SampleProgram, provider: Provider, word: str
) -> None:
    program.cards[0] = replace(program.cards[0], provider=provider)
    page.refresh()
    choose(card(page, 1), "Remove…")
    dialog = page.findChild(ConfirmDialog)
    assert word in said(dialog) and "Logged messages and contacts stay" in said(dialog)
    dialog.reject()


def test_the_page_where_a_sign_in_is_taken_back_is_offered(
    page: InboxesPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    program.sign_in_stands.emit("sales@example.net", "https://myapps.example.com/")
    dialog = page.findChild(ConfirmDialog)
    assert "sales@example.net is removed" in said(dialog) and "https://myapps.example.com/" in said(dialog)
    assert opened == []
    dialog.verb.click()
    assert opened == ["https://myapps.example.com/"]


def test_remove_asks_first(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    choose(card(page, 1), "Remove…")
    dialog = page.findChild(ConfirmDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)  # Enter keeps things as they are
    assert program.wished("remove") == []
    choose(card(page, 1), "Remove…")
    dialog = page.findChildren(ConfirmDialog)[-1]
    dialog.verb.click()
    assert program.wished("remove") == [(1,)]
    qtbot.waitUntil(lambda: page.card(1) is None)
    assert page.card(2) is not None


def test_a_removal_that_fails_is_told(
    qtbot: QtBot, page: InboxesPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_inbox: int) -> None:
        raise SecretError("The keyring is locked. Unlock it, then remove the inbox.")

    monkeypatch.setattr(program, "remove", refuse)
    choose(card(page, 1), "Remove…")
    with qtbot.waitSignal(program.failed) as told:
        page.findChild(ConfirmDialog).verb.click()
    assert "Unlock it" in told.args[1]
    assert page.card(1) is not None


def test_a_lost_inbox_is_seen_at_once(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    program.set_state(1, InboxState.CERTIFICATE, Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.org", 993))
    qtbot.waitUntil(lambda: card(page, 1).chip.text() == "Certificate changed")
    assert card(page, 1).trouble.property("box") == "bad"


def test_without_inboxes_one_is_offered(qtbot: QtBot, theme: Theme, empty_program: SampleProgram) -> None:
    page = InboxesPage(theme, empty_program)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.connect_requested) as asked:
        qtbot.mouseClick(page.empty_connect, Qt.MouseButton.LeftButton)
    assert asked.args == [""]
    assert not page.connect_button.isVisible()


def test_an_inbox_connected_anew_says_that_its_figures_are_of_before(page: InboxesPage) -> None:
    shown = card(page, 2).card
    told = [
        words.last_sync(replace(shown, last_sync_at=None, **more), times.now())
        for more in ({}, {"folders": ()}, {"folders": (), "headers_read": 0})
    ]
    assert told == ["Not yet", "Not since it was connected anew", "Not yet"]


def test_what_a_person_asked_for_is_told_apart_from_syncing() -> None:
    places = ((1, "INBOX", 12, 0), (1, "Drafts", 0, 2), (2, "Drafts", 0, 1))
    folders = [LedgerFolder(InboxId(n), "", folder, headers, 0, asked) for n, folder, headers, asked in places]
    assert folder_words(folders) == "Inbox: 12 headers"
    assert asked_words(folders) == "Besides, asked for by you in “Where is a message?”: 3 headers in Drafts."
    assert asked_words(folders[:1]) == ""


def test_ledger_says_what_was_read_and_why(qtbot: QtBot, page: InboxesPage) -> None:
    choose(card(page, 2), "What was read…")
    dialog = page.findChild(LedgerDialog)
    assert dialog.choice.currentText() == "jonas.ahl@example.com"
    assert dialog.folders.text().startswith("Inbox: ")
    assert dialog.model.found == 40
    texts = [dialog.model.index(i).data() for i in range(dialog.model.rowCount())]
    assert texts[0].startswith(("Today", "Yesterday"))
    assert texts[1].startswith(
        "Karin Lindqvist: Re: Revised quote. Answers your message “Revised quote for the Gothenburg depot”. "
    )
    assert any(text.startswith("Message 4407 in Sent, not kept") for text in texts)
    dialog.choice.setCurrentIndex(0)
    assert dialog.model.found == 240
    with qtbot.waitSignal(dialog.message_requested) as asked:
        dialog.view.setCurrentIndex(dialog.model.index(1))
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert asked.args == [1]


def test_ledger_is_searched_and_saved(qtbot: QtBot, page: InboxesPage, program: SampleProgram, tmp_path: Path) -> None:
    choose(card(page, 2), "What was read…")
    dialog = page.findChild(LedgerDialog)
    dialog.search.setText("nobody wrote this")
    qtbot.waitUntil(lambda: dialog.model.found == 0)
    assert dialog._nothing.text() == "No body that was read fits this search."
    assert dialog.export(tmp_path / "read.csv") == ""
    lines = (tmp_path / "read.csv").read_text().splitlines()
    assert lines[0].startswith("read at (UTC),inbox,folder") and len(lines) > 40
    assert dialog.export(tmp_path / "nowhere" / "read.csv").startswith("It was not saved: ")
    dialog.reject()


NO_IDLE = "The server cannot tell of new mail by itself (it has no IDLE)."
IMAP = Pace(PUSHED, Watch(False, 60, "Now and then."), Watch(False, 300, "In turn."))


def test_each_folder_says_how_it_is_read(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    qtbot.mouseClick(view.folders_button, Qt.MouseButton.LeftButton)
    inbox, sent = view._folder_labels
    assert inbox[0].isVisible() and inbox[1].text().endswith(", next as soon as the server is reached")
    program.paces[1] = IMAP
    program.announce(Area.INBOXES)
    qtbot.waitUntil(lambda: inbox[1].text().startswith("New mail comes at once, last look "))
    assert sent[1].text().startswith("Looked at every minute, last look ")
    assert sent[1].toolTip() == "Now and then."
    qtbot.mouseClick(view.folders_button, Qt.MouseButton.LeftButton)
    assert not view._folder_labels[0][0].isVisible()


def test_a_card_says_how_many_folders_are_not_read(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    program.paces[1] = replace(IMAP, too_many=5700)
    program.announce(Area.INBOXES)
    qtbot.waitUntil(lambda: view.unread_folders.isVisible())
    assert view.unread_folders.text().startswith("5,700 more folders are not read: 300 are, besides Inbox and Sent.")
    program.paces[1] = replace(IMAP, too_many=1)
    program.announce(Area.INBOXES)
    qtbot.waitUntil(lambda: view.unread_folders.text().startswith("One more folder is not read: "))
    program.paces[1] = IMAP
    program.announce(Area.INBOXES)
    qtbot.waitUntil(lambda: not view.unread_folders.isVisible())


def state_of(program: SampleProgram, pace: Pace | None, role: str = "inbox", **more: object) -> str:
    now = datetime.now(UTC)
    shown = replace(program.cards[0], folders=(folder("X", role, last_checked_at=now - timedelta(minutes=2)),), **more)
    (line,) = folder_lines(shown, now, pace)
    return line.state


def test_new_mail_is_said_to_come_at_once_only_where_it_does(program: SampleProgram) -> None:
    polled = replace(IMAP, inbox=Watch(False, 30, NO_IDLE))
    spared = replace(IMAP, others=Watch(False, 1800))
    quiet = replace(IMAP, others=Watch(False))
    assert state_of(program, IMAP) == "new mail comes at once, last look 2 min ago"
    assert state_of(program, replace(IMAP, sent=PUSHED), "sent") == "what is new is told at once, last look 2 min ago"
    assert state_of(program, polled) == f"asked for new mail every 30 s, last look 2 min ago. {NO_IDLE}"
    assert state_of(program, IMAP, "other") == "looked at every 5 min, last look 2 min ago, next in 3 min"
    assert state_of(program, spared, "other") == "looked at every 30 min, last look 2 min ago, next in 28 min"
    assert state_of(program, quiet, "other") == "last look 2 min ago"
    assert state_of(program, None) == "last look 2 min ago, next as soon as the server is reached"
    for state in (InboxState.PAUSED, InboxState.DISABLED, InboxState.NEEDS_SIGN_IN, InboxState.UNREACHABLE):
        told = state_of(program, IMAP, state=state)  # a pace that was true a moment ago
        assert "at once" not in told and told == f"last look 2 min ago, {WAITS[state]}"
    full = Problem(ProblemCode.DAILY_LIMIT)
    told = state_of(program, None, state=InboxState.UNREACHABLE, problem=full)
    assert told == "last look 2 min ago, goes on tomorrow"
    told = state_of(program, None, state=InboxState.PAUSED, problem=full)
    assert told == "last look 2 min ago, waits until you resume the inbox"


def test_no_card_is_wider_than_a_narrow_page(
    qtbot: QtBot, qapp: QApplication, program: SampleProgram, same_look: None
) -> None:
    show_every_state(program)
    page = InboxesPage(Theme(qapp, "light", 1.25), program)
    qtbot.addWidget(page)
    page.resize(580, 700)
    page.show()
    for shown in program.cards:
        card(page, shown.id).folders_button.click()
        assert card(page, shown.id).minimumSizeHint().width() <= 532, shown.address
        assert card(page, shown.id).width() <= 532, shown.address


def test_whose_bodies_are_read_follows_the_setting(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 3)
    assert "Bodies are read only of messages that answer what you sent or logged" in said(view)
    program.set_setting("log.mode", "contacts")
    qtbot.waitUntil(lambda: "Bodies are read of all mail with your contacts" in said(view))
    choose(view, "What was read…")
    dialog = page.findChild(LedgerDialog)
    assert "Bodies are read of all mail with your contacts" in dialog.sentence.text()
    dialog.reject()


def test_what_was_set_aside_is_told_and_tried_again(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    assert not card(page, 1).aside.isVisible()
    program.aside = {1: (("INBOX", 17, "broken_message"),)}
    page.refresh()
    assert card(page, 1).aside.isVisible()
    assert words.aside_words(program.aside[1])[1].startswith("Number 17 in Inbox: it is damaged.")
    qtbot.mouseClick(card(page, 1).again_button, Qt.MouseButton.LeftButton)
    assert program.wished("try_again") == [(1,)]


def test_folders_are_named_shortly(program: SampleProgram) -> None:
    many = tuple(
        folder(path, role) for path, role in (("INBOX", "inbox"), ("A/Sent", "sent"), ("B", "other"), ("C", ""))
    )
    assert words.folder_names(replace(program.cards[0], folders=many)) == "Inbox, Sent, 2 more"
    assert words.folder_names(replace(program.cards[0], folders=())) == "None yet"


def test_tab_goes_down_the_cards_also_where_one_came_later(page: InboxesPage, program: SampleProgram) -> None:
    first = program.cards[0]
    program.cards = [replace(first, id=InboxId(77), address="new@example.org"), *program.cards]
    page.refresh()
    page.activateWindow()
    new, old = card(page, 77), card(page, int(first.id))
    QApplication.processEvents()
    new.setFocus()
    page.connect_button.setFocus()
    seen: list[int] = []
    for _ in range(80):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
        inside = next((n for n, view in enumerate(page._cards.values()) if view.isAncestorOf(at)), None)
        if inside is not None and (not seen or seen[-1] != inside):
            seen.append(inside)
        if len(seen) == len(page._cards):
            break
    assert seen == list(range(len(page._cards))) and list(page._cards.values())[:2] == [new, old]
