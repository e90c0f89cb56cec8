"""Draws the compose page and its dialogs in their states into HITCHPOST_PICTURES (else a temporary folder), in both
schemes and with larger text, and looks for cut-off text and controls without a name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.errors import UsageError
from app.domain.near_links import AS_SET, LinkFate
from app.domain.outbox import Draft
from app.domain.preflight import Person
from app.ui.compose.compose_page import ComposePage
from app.ui.compose.link_dialog import LinkDialog
from app.ui.compose.preflight_panel import PreflightDialog
from app.ui.compose.time_dialog import TimeDialog
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.dialogs.passphrase_dialog import PassphraseDialog
from app.ui.kit.theme import Theme
from tests.ui.compose.stand_in import ANDERS, KARIN, LONG, ComposeProgram, TrackingStatus, received
from tests.ui.compose.test_from_list import LONG as PRESS
from tests.ui.compose.test_from_list import OWN, SALES
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.pictures import VARIANTS, file_of

BODY = """<p>Hi Karin,</p><p>Thank you for the call this morning. As promised, here is the revised quote for the Gothenburg
depot, with the third loading bay taken out.</p><p>Three things to know:</p><ul><li>The price holds until
<b>12 December</b>.</li><li>Work can start on Monday 1 December.</li></ul><blockquote><p>You asked whether the bay</p>
<blockquote><p>is needed at all</p></blockquote></blockquote><p>You can see the plan and sign here:
<a href="https://northlight.example.com/quote-4410">northlight.example.com/quote-4410</a></p>
<p>Best regards,<br>Jonas Ahl</p>"""

State = Callable[[ComposePage, ComposeProgram], QWidget | None]


def new(page: ComposePage, program: ComposeProgram) -> None:
    page.start()


def full(page: ComposePage, program: ComposeProgram) -> None:
    page.start(to=(KARIN, ANDERS))
    page.writing.head.subject.setText("Revised quote for the Gothenburg depot")
    page.writing.editor.insert_clean_html(BODY)
    for name, size in (
        ("Quote 4410.pdf", 340_000),
        ("A very long name of a drawing of the depot " * 3 + ".png", 1_200_000),
    ):
        file = program.folder / name
        file.write_bytes(b"x" * size)
        page.writing.attach([str(file)])
    page.save()
    page.writing.look()


def known_people(page: ComposePage, program: ComposeProgram) -> None:
    program.extra = 2
    program.known_people = {
        KARIN.key: Person(KARIN, proxies=frozenset({"apple"}), scanned=True),
        ANDERS.key: Person(ANDERS, bounced="The mailbox does not exist (5.1.1)."),
        LONG.key: Person(LONG, unsubscribed_at=datetime(2026, 10, 3, tzinfo=UTC)),
    }
    page.start(to=(KARIN, ANDERS, LONG, Address("info@example.net")))
    page.writing.head.subject.setText("Revised quote")
    page.writing.editor.insert_clean_html(BODY)
    page.writing.look()


def who_can_be_seen(page: ComposePage, program: ComposeProgram) -> None:
    """Each recipient by name."""
    program.known_people = {
        KARIN.key: Person(KARIN, proxies=frozenset({"apple"}), scanned=True),
        ANDERS.key: Person(ANDERS, without_basis=True),
    }
    page.start(to=(KARIN, ANDERS, LONG, Address("info@example.net")))
    page.writing.head.subject.setText("Revised quote")
    page.writing.editor.insert_clean_html(BODY)
    page.writing.look()


def who_can_be_seen_narrow(page: ComposePage, program: ComposeProgram) -> QWidget:
    page.resize(760, 800)
    who_can_be_seen(page, program)
    page.writing.short_panel.click()
    return page.window().findChild(PreflightDialog)


def faults(page: ComposePage, program: ComposeProgram) -> None:
    program.tracking = TrackingStatus(False, "", False, None, "No tracking server answers at https://t.example.org.")
    page.start(to=(KARIN, LONG, Address("bob"), Address("someone-new@example.net")))
    page.writing.head.show_more(cc=True, bcc=True)
    page.writing.head.subject.setText("Quote")
    program.refuse = UsageError("The inbox jonas@example.org is disabled. Choose another sender, or connect it again.")
    page.send()
    page.writing.notes.show_trouble("Not sent", str(program.refuse))
    page.writing.look()


def out_of_reach(page: ComposePage, program: ComposeProgram) -> None:
    why = "The tracking address leads to this computer or network only: karin@example.com could not follow its links."
    program.fate = LinkFate(why)
    known_people(page, program)


def local_links(page: ComposePage, program: ComposeProgram) -> None:
    program.fate = LinkFate(remark=AS_SET)
    known_people(page, program)


def no_subject(page: ComposePage, program: ComposeProgram) -> None:
    page.start(to=(KARIN,))
    page.send()


def reply(page: ComposePage, program: ComposeProgram) -> None:
    page.start(parent=received())
    page.writing.quote.fold.click()


def unaddressed(page: ComposePage, program: ComposeProgram) -> None:
    """A stored draft to somebody who was deleted for good since."""
    draft = Draft(program.sender_list[0].inbox_id, (), "Revised quote", html=BODY, unaddressed=True)
    page.start(outbox_id=program.save_draft(draft, None))


def apart(page: ComposePage, program: ComposeProgram) -> None:
    page.start(parent=received())
    page.writing.head.to.set_addresses(())
    page.writing.head.to.add_addresses([LONG])
    page.writing.look()


def aliases(page: ComposePage, program: ComposeProgram) -> None:
    program.sender_list = (SALES, OWN, PRESS, program.sender_list[1])
    program.changed.emit(Change(frozenset({Area.INBOXES})))
    page.start(to=(KARIN,))
    page.writing.head.from_box.setCurrentIndex(2)


def alias_gone(page: ComposePage, program: ComposeProgram) -> None:
    aliases(page, program)
    program.sender_list = (OWN,)
    program.changed.emit(Change(frozenset({Area.INBOXES})))
    page.writing.notes.show_trouble(
        "The aliases were not refreshed",
        "gmail.googleapis.com does not answer. Check the name and the port. In a company network, ask whether port 443 is "
        "open.",
    )


def alias_list(page: ComposePage, program: ComposeProgram) -> QWidget:
    aliases(page, program)
    page.writing.head.from_box.showPopup()
    return page.writing.head.from_box.view().window()


def dialog(make: Callable[[Theme, QWidget], QWidget]) -> State:
    def open_it(page: ComposePage, program: ComposeProgram) -> QWidget:
        page.start()
        made = make(page._theme, page)
        made.open()
        return made

    return open_it


STATES: dict[str, State] = {
    "compose-new": new,
    "compose-full": full,
    "compose-faults": faults,
    "compose-known-people": known_people,
    "compose-who-can-be-seen": who_can_be_seen,
    "dialog-preflight": who_can_be_seen_narrow,
    "compose-out-of-reach": out_of_reach,
    "compose-local-links": local_links,
    "compose-no-subject": no_subject,
    "compose-reply": reply,
    "compose-apart": apart,
    "compose-unaddressed": unaddressed,
    "compose-no-inbox": new,
    "compose-aliases": aliases,
    "compose-alias-gone": alias_gone,
    "compose-alias-list": alias_list,
    "dialog-send-time": dialog(lambda t, p: TimeDialog(t, p, datetime.now(UTC) + timedelta(hours=2))),
    "dialog-insert-link": dialog(lambda t, p: LinkDialog(t, p, "our plan", "https://example.com/plan")),
    "dialog-discard": dialog(
        lambda t, p: ConfirmDialog(
            t, "Discard this message?", "What you wrote is thrown away.", "Discard", p, keep="Keep writing", danger=True
        )
    ),
    "dialog-passphrase": dialog(lambda t, p: PassphraseDialog(t, None, p, why="The inbox jonas@example.org waits.")),
    "dialog-passphrase-new": dialog(lambda t, p: PassphraseDialog(t, None, p, create=True)),
}


@pytest.mark.parametrize(("scheme", "scale"), VARIANTS, ids=str)
@pytest.mark.parametrize("name", STATES)
def test_page(name: str, scheme: str, scale: float, folder: Path, qapp, qtbot, same_look: None, tmp_path: Path) -> None:
    theme = Theme(qapp, scheme, scale)
    program = ComposeProgram(tmp_path, inboxes=name != "compose-no-inbox")
    page = ComposePage(theme, program, None)
    page.resize(1056, 800)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    shown = STATES[name](page, program) or page
    for _ in range(4):
        qapp.processEvents()
    shown.grab().save(str(file_of(folder, name, scheme, scale)))
    assert clipped(shown) == []
    assert nameless(shown) == []
