"""Where a message is to go: a contact, and there a conversation or none. Used by `why_dialog`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.ui.dialogs.choices import Choice, ChoiceList
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.fields import Search
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label

if TYPE_CHECKING:
    from app.runtime.program import Program

MOST = 50  # contacts, and conversations of one, to choose among
STAYS = "Only onto this timeline"
FIRST = "Choose a person first."
NO_OTHER = "There is no other conversation here."
NOT_FOUND = "No conversation has this in its subject."


class MoveView(QWidget):
    chosen = Signal(object, object)  # contact_id, message_pk of the conversation or None
    left = Signal()

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._program = program
        self._message: int | None = None
        self._at: tuple[int, ...] = ()  # the contacts on whose timelines it is
        self.search = Search(theme, "Search people and companies", 0)
        self.people = ChoiceList(theme, "People")
        self.subject = Search(theme, "Search subjects", 0)
        self.threads = ChoiceList(theme, "Conversations")
        self.back_button = button(theme, "Back", "quiet", "chevron-left")
        self.move_button = button(theme, "Move", "primary")
        self.search.searched.connect(self._fill_people)
        self.search.returnPressed.connect(self._on_first)
        self.people.itemSelectionChanged.connect(self._on_person)
        self.subject.searched.connect(self._fill_threads)
        self.threads.itemSelectionChanged.connect(self._on_choice)
        self.threads.itemDoubleClicked.connect(self._on_move)
        self.back_button.clicked.connect(self.left)
        self.move_button.clicked.connect(self._on_move)
        self._hint = label(theme, FIRST, "small", "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._right = QStackedWidget()
        self._right.addWidget(self.threads)
        self._right.addWidget(host(column(None, self._hint, None, margins=(k.S4, 0, k.S4, 0))))
        whose = column(
            label(theme, "Whose timeline", "medium"),
            self.search,
            (box("card", column(self.people, gap=0, margins=(4, 4, 4, 4))), 1),
            gap=k.S2,
        )
        where = column(
            label(theme, "Into which conversation", "medium"),
            self.subject,
            (box("card", column(self._right, gap=0, margins=(4, 4, 4, 4))), 1),
            gap=k.S2,
        )
        self.setLayout(
            column(
                (row((whose, 1), (where, 1), gap=k.S4), 1),
                row(self.back_button, None, self.move_button, gap=k.S2),
                gap=k.S3,
            )
        )

    def start(self, message_pk: int | None) -> None:
        """`message_pk`: what is to be moved. The view is shown already, so that its search takes the focus."""
        self._message = message_pk
        self._at = self._program.message_contacts(message_pk) if message_pk is not None else ()
        self.search.clear()
        self._fill_people("")
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def _fill_people(self, text: str) -> None:
        self.people.fill(
            [
                Choice(
                    contact.id,
                    contact.name or contact.address,
                    " · ".join(
                        part for part in (contact.address if contact.name else "No name", contact.company) if part
                    ),
                    "It is here" if contact.id in self._at else "",
                )
                for contact in self._program.contacts(search=text.strip(), limit=MOST)
            ]
        )
        self._on_person()

    @Slot()
    def _on_first(self) -> None:
        """Enter in the search chooses whom it found first."""
        if self.people.count():
            self.people.setCurrentRow(0)
            self.people.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_person(self) -> None:
        self.subject.clear()
        self._fill_threads()

    @Slot()
    def _fill_threads(self) -> None:
        person, words = self.people.chosen(), self.subject.text().strip()
        choices = []
        if person is not None:
            contact_id = person.value
            assert isinstance(contact_id, int)
            if contact_id not in self._at and not words:
                choices.append(Choice(None, STAYS, "It stays in its conversation."))
            today = times.today()
            for found in self._program.conversations(contact_id, without=self._message, search=words, limit=MOST):
                people = ", ".join(found.people) or "Only you"
                about = f"{times.count(found.messages, 'message', 'messages')} · {people}"
                when = times.moment_short(found.last_at, today)
                choices.append(Choice(found.message_pk, found.subject or "(no subject)", about, when))
        self.threads.fill(choices)
        self.subject.setEnabled(person is not None)
        self._hint.setText(FIRST if person is None else NOT_FOUND if words else NO_OTHER)
        self._right.setCurrentIndex(0 if choices else 1)
        self._on_choice()

    @Slot()
    def _on_choice(self) -> None:
        self.move_button.setEnabled(self.people.chosen() is not None and self.threads.chosen() is not None)

    @Slot()
    def _on_move(self) -> None:
        person, thread = self.people.chosen(), self.threads.chosen()
        if person is not None and thread is not None:
            self.chosen.emit(person.value, thread.value)
