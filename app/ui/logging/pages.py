"""The pages of the logging wizard on which a person chooses: how the address is served, and where."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QRadioButton

from app.domain.inboxes import InboxId
from app.domain.logging_addresses import FolderLook, FolderMissing, FolderThere, FolderUnasked, FolderUnfit, Way
from app.ui.kit import tokens as k
from app.ui.kit.buttons import RadioGroup
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, banner, button, label
from app.ui.logging import words
from app.ui.logging.flow import Step, forward_text, may_go_on, what_is_missing
from app.ui.logging.session import LoggingSession
from app.ui.wizard.kind_page import OptionCard
from app.ui.wizard.page import WizardPage
from app.words.logging_addresses import folder_look_sentence

ANOTHER = ""  # a folder that is not in the list


class LoggingPage(WizardPage):
    """The frame of the connection wizard's pages, with the answers of this wizard."""

    step: Step

    def __init__(self, theme: Theme, run: LoggingSession, title: str, text: str) -> None:
        super().__init__(theme, cast(Any, run), title, text)  # of the session the frame uses nothing but `ready`
        self.run = run

    def ready(self) -> bool:
        return may_go_on(self.step, self.run.answers)

    @property
    def forward_words(self) -> str:
        return forward_text(self.step, self.run.answers)


class WayPage(LoggingPage):
    step = Step.WAY
    connect_wished = Signal()

    def __init__(self, theme: Theme, run: LoggingSession) -> None:
        name = words.KINDS[run.answers.kind].name
        super().__init__(
            theme,
            run,
            f"How is {name} served?",
            "Mail that comes to it has to reach Hitchpost through a connected inbox.",
        )
        self.cards: dict[Way, OptionCard] = {}
        self._group = RadioGroup(self)
        for way, told in words.WAYS.items():
            card = OptionCard(theme, told.icon, told.title, f"{told.text} {told.fits}")
            self.cards[way] = card
            self._group.addButton(card.radio)
            self.add(card)
        connect = button(theme, "Connect an inbox…")
        connect.clicked.connect(self.connect_wished)
        self.none = banner(
            theme,
            "warn",
            "An address is served by an inbox that is connected here.",
            connect,
            title="Connect an inbox first",
        )
        self.none.setVisible(not run.answers.inboxes)
        self.advice = label(theme, "", "small", "muted", wrap=True)
        self.add(self.none, self.advice, None)
        self.cards[run.answers.way].radio.setChecked(True)
        self._group.buttonToggled.connect(self._on_chosen)
        self._show()

    @Slot()
    def _on_chosen(self) -> None:
        way = next((w for w, card in self.cards.items() if card.radio.isChecked()), None)
        if way is not None:
            self.run.answer(way=way)
            self._show()

    def _show(self) -> None:
        card = self.run.inbox()
        told = words.advice(card.provider, card.address, self.run.answers.way) if card is not None else ""
        only = self.run.answers.inboxes == 1 and self.run.answers.way is not Way.MAILBOX
        self.advice.setText(told if only else "")
        self.advice.setVisible(bool(self.advice.text()))

    def enter(self) -> None:
        chosen = self._group.checkedButton()
        if chosen is not None:
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)


class PlacePage(LoggingPage):
    """The inbox; with FOLDER its folder and an address that a rule files there; with PLUS an address of one's own. The mail
    server is asked for the folder before one goes on: `passed`."""

    step = Step.PLACE
    passed = Signal()

    def __init__(self, theme: Theme, run: LoggingSession) -> None:
        super().__init__(theme, run, "", "")
        options: list[tuple[str, object]] = [(card.address, card.id) for card in run.inboxes()]
        self.inbox: QComboBox = combo(theme, options, "Inbox")
        self.inbox.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.inbox_field = Field(theme, "&Inbox", self.inbox, " ")
        self.folder: QComboBox = combo(theme, [], "Folder")
        self.folder.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.folder_field = Field(theme, "F&older", self.folder)
        self.other = entry(theme, hint="Logged")
        self.other_field = Field(
            theme, "Na&me of the folder", self.other, "As your mail program shows it. The mail server is asked for it."
        )
        self.looking = Glyph(theme, "refresh", "muted", k.ICON_SMALL)
        self.looking_text = label(theme, "", "small", "muted", wrap=True)
        self.looking_row = host(row(self.looking, (self.looking_text, 1), gap=6))
        self.create_button = button(theme, "Create this folder", "", "plus")
        self.create_row = host(row(self.create_button, None))
        self.unasked = banner(theme, "warn", "")
        for part in (self.looking_row, self.create_row, self.unasked):
            part.hide()
        self.own_radio = QRadioButton("An address of my &own")
        self.made_radio = QRadioButton("&Make one that nobody guesses")
        for radio in (self.made_radio, self.own_radio):
            radio.setFont(theme.font("medium"))
        self.made_text = label(theme, "", "small", "muted", wrap=True)
        self._group = RadioGroup(self)
        self._group.addButton(self.made_radio)
        self._group.addButton(self.own_radio)
        self.made_radio.setChecked(True)
        self.choice = host(
            column(
                label(theme, "Address", "medium"),
                self.made_radio,
                row(24, (self.made_text, 1), gap=0),
                self.own_radio,
                gap=k.S1,
            )
        )
        self.address: QLineEdit = entry(theme)
        self.address_field = Field(theme, "A&ddress", self.address, " ")
        self.refused = banner(theme, "bad", "")
        self.refused.hide()
        self.add(
            self.inbox_field,
            self.folder_field,
            self.other_field,
            self.looking_row,
            self.create_row,
            self.choice,
            self.address_field,
            self.unasked,
            self.refused,
            None,
        )
        self.inbox.currentIndexChanged.connect(self._on_inbox)
        self.folder.currentIndexChanged.connect(self._on_folder)
        self.other.textEdited.connect(self._on_folder)
        self.create_button.clicked.connect(self._on_create)
        self._group.buttonToggled.connect(self._on_own)
        self.address.textEdited.connect(self._on_address)
        self._way: Way | None = None

    def enter(self) -> None:
        way = self.run.answers.way
        if way is not self._way:  # what was typed for another way is none of this one's
            self._way = way
            self.made_radio.setChecked(True)
            self.address.clear()
            self.run.answer(address="", folder="")
            self._on_inbox()
        position = self.inbox.findData(self.run.answers.inbox_id)
        if position >= 0:
            self.inbox.setCurrentIndex(position)
        self._show()
        self.inbox.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        way, card = self.run.answers.way, self.run.inbox()
        titles = {
            Way.PLUS: ("Which inbox does it belong to?", "Mail to the address comes there, and is read there."),
            Way.FOLDER: ("Which folder is it?", "Every message in it is logged, whoever put it there."),
            Way.MAILBOX: (
                "Which mailbox is it?",
                "It has to be connected here as an inbox, and used for nothing else.",
            ),
        }
        self.set_heading(*titles[way])
        self.folder_field.setVisible(way is Way.FOLDER)
        self.other_field.setVisible(way is Way.FOLDER and self.folder.currentData() == ANOTHER)
        self.choice.setVisible(way is Way.PLUS)
        self.address_field.setVisible(way is Way.FOLDER or (way is Way.PLUS and self.own_radio.isChecked()))
        if card is None:
            return
        self.inbox_field.set_help(words.advice(card.provider, card.address, way))
        base, _, domain = card.address.rpartition("@")
        word = "log" if self.run.answers.kind.value == "bcc" else "forward"
        self.made_text.setText(f"As in {base.partition('+')[0]}+{word}-k3v9x2m7ab@{domain}")
        self.address.setPlaceholderText(
            f"{base.partition('+')[0]}+crm@{domain}" if way is Way.PLUS else f"log@{domain}"
        )
        self.address_field.set_help(
            "One that comes to this inbox, and that you use for nothing else. Whoever knows it can write to it."
            if way is Way.PLUS
            else "That a rule at the server files into the folder. Empty: you move messages there yourself."
        )

    @Slot()
    def _on_inbox(self) -> None:
        number = self.inbox.currentData()
        card = next((c for c in self.run.inboxes() if c.id == number), None)
        if card is None:
            return
        self.run.answer(inbox_id=InboxId(number), inbox_address=card.address)
        self.folder.blockSignals(True)
        self.folder.clear()
        for folder in card.folders:
            if folder.role == "other":
                self.folder.addItem(folder.path, folder.path)
        self.folder.addItem("Another folder", ANOTHER)
        self.folder.blockSignals(False)
        self._on_folder()

    @Slot()
    def _on_folder(self) -> None:
        if self.run.answers.way is Way.FOLDER:
            self.run.answer(folder=str(self.folder.currentData() or self.other.text()))
        self.run.forget_look()
        self._clear_errors()
        self._show()

    @Slot()
    def _on_own(self) -> None:
        self._on_address()
        self._show()
        if self.own_radio.isChecked():
            self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_address(self) -> None:
        used = self.run.answers.way is Way.FOLDER or self.own_radio.isChecked()
        self.run.answer(address=self.address.text().strip() if used else "")
        self.refused.hide()

    def leave(self) -> None:
        super().leave()
        if self.run.answers.looking:
            self.run.forget_look()
            self.looking_row.hide()

    def _clear_errors(self) -> None:
        for part in (self.refused, self.unasked, self.looking_row, self.create_row):
            part.hide()
        for field in (self.folder_field, self.other_field, self.address_field):
            field.clear_error()

    # --- the folder

    def _look(self, *, create: bool = False) -> None:
        a = self.run.answers
        doing = "Creating the folder" if create else "Asking the mail server for the folder"
        self._clear_errors()
        self.looking_text.setText(f"{doing} “{a.folder.strip()}”…")
        self.looking_row.show()
        self.run.look_for_folder(self._on_made if create else self._on_looked, create=create)

    @Slot()
    def _on_create(self) -> None:
        self._look(create=True)

    def _on_looked(self, found: FolderLook | None, why: str) -> None:
        self.looking_row.hide()
        if isinstance(found, FolderThere):
            self.passed.emit()
            return
        told = why if found is None else folder_look_sentence(found, self.run.answers.inbox_address)
        if isinstance(found, FolderUnasked):
            self.unasked.set(
                "warn", "Not sure that the folder is there", f"{told} Continue, and the next sync looks for it."
            )
            self.unasked.show()
            return
        self._wrong(told)
        if isinstance(found, FolderMissing) and not found.near:
            self.create_row.show()
            self.create_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_made(self, found: FolderLook | None, why: str) -> None:
        self.looking_row.hide()
        if isinstance(found, FolderThere):
            self.run.answer(folder=found.path)  # below INBOX, where the server has its folders there
            self.passed.emit()
            return
        self.run.forget_look()
        bad = found if isinstance(found, FolderUnasked | FolderMissing | FolderUnfit) else None
        self._wrong(
            folder_look_sentence(bad, self.run.answers.inbox_address, creating=True) if bad is not None else why
        )

    def _wrong(self, text: str) -> None:
        """Beside the field in which the folder stands."""
        wrong = self.other_field if self.folder.currentData() == ANOTHER else self.folder_field
        wrong.set_error(text)
        wrong.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def commit(self) -> bool:
        self._clear_errors()
        missing = what_is_missing(self.run.answers)
        if missing:
            wrong = self.other_field if "folder" in missing else self.address_field
            wrong.set_error(missing)
            wrong.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        if self.run.answers.way is Way.FOLDER and not self.run.answers.folder_known:
            self._look()
            return False
        refused = self.run.keep()
        if refused:
            self.refused.set("bad", "Not set up", refused)
            self.refused.show()
        return not refused
