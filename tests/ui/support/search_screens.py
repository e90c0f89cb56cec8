"""The search among messages for the gallery, in each of its states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.domain.addresses import Address
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from tests.ui.support.sample_program import KARIN, LONG_NAME, ME, SampleProgram, message

Make = Callable[[Theme, SampleProgram], QWidget]
LONG_SUBJECT = "Re: Fwd: Re: the very long subject that somebody wrote without thinking of the width of any window " * 2
TEXT = (
    "As agreed by telephone: the crane comes on Monday, the operator brings his own harness. The invoice goes to the depot in "
    "Gothenburg, with the order number 4410 and the name of whoever signs for it."
)


def grown(program: SampleProgram, count: int = 130) -> None:
    """Years of messages about one crane."""
    people = (KARIN, Address("wilhelmina@subdomain.example.org", LONG_NAME), Address("p.nowak@example.org"))
    subjects = ("Crane rental, week 48", LONG_SUBJECT, "", "Invoice for the crane in Gothenburg")
    program.messages = [
        message(
            1_000 - i,
            program.now - timedelta(days=9 * i, hours=i),
            ME if i % 3 == 1 else people[i % 3],
            (people[i % 2],) if i % 3 == 1 else (ME,),
            subjects[i % 4],
            text=TEXT,
        )
        for i in range(count)
    ]


def searching(
    text: str,
    shape: Callable[[SampleProgram], None] = grown,
    width: int = 1280,
    height: int = 800,
    *,
    listed: bool = True,
) -> Make:
    def make(theme: Theme, program: SampleProgram) -> QWidget:
        shape(program)
        made = MainWindow(theme, program)
        made.resize(width, height)
        made.show_search(text)
        while made.search.model.searching:
            made.search.model._read_on()
        if not listed:
            made.search.search.setFocus(Qt.FocusReason.OtherFocusReason)
        return made

    return make


def behind(program: SampleProgram) -> None:
    grown(program)
    program.search_whole = False


PAGES: dict[str, Make] = {
    "search": searching("cran Göt"),
    "search-start": searching(""),
    "search-few": searching("karin quote", lambda _program: None, listed=False),
    "search-narrow": searching("invo", width=816, height=600),
    "search-nothing-found": searching("crane helicopter"),
    "search-no-word": searching("?!"),
    "search-behind": searching("the of a b c d e f g h i j k l", behind),
    "search-older": searching("wilhelm", behind),
}
