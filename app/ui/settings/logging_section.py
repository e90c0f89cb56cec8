"""The section BCC and forwarding of the settings: the addresses to which mail is copied so that it is logged (L1), whether they
work, and what has to be so that a message is logged."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.copied_mail import CopyKind
from app.domain.errors import HitchpostError
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import LoggingAddress
from app.domain.rights import Right
from app.domain.views import InboxCard
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, line, row
from app.ui.kit.widgets import Chip, Elided, Glyph, banner, button, label
from app.ui.logging import words
from app.ui.logging.copying import CopyButton
from app.ui.settings.rows import group, setting
from app.ui.settings.section import Section, keep_from

REVIEW = "Copied mail that cannot be logged waits in the review list, with the reason."


class LoggingSection(Section):
    """`connect_requested`: an inbox is needed first. `review_requested`: the list of what was not logged."""

    RIGHT = Right.LOGGING_ADDRESSES
    connect_requested = Signal()
    review_requested = Signal()

    def groups(self) -> list[QVBoxLayout]:
        t = self.theme
        self._shown: object = None
        self._parts = {kind: column(gap=0) for kind in CopyKind}
        cards = [
            column(
                label(t, words.KINDS[kind].title, "strong"),
                label(t, words.KINDS[kind].what, "small", "muted", wrap=True),
                4,
                box("card", self._parts[kind]),
                gap=2,
            )
            for kind in CopyKind
        ]
        self.review_button = button(t, "Open the review list")
        self.review_button.clicked.connect(self.review_requested)
        self.review_text = label(t, "", "small", "muted", wrap=True)
        review = row(
            (column(label(t, "Not logged", "medium"), self.review_text, gap=2), 1),
            self.review_button,
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        both = setting(
            t,
            "Forwarded messages in both forms only",
            "Logs what is forwarded here when it holds HTML and plain text. Switched off, one of them is enough.",
            self.switch("log.forward_both_forms"),
        )
        return [*cards, group(t, "Rules", both, review), self._conditions()]

    def _conditions(self) -> QVBoxLayout:
        """What stands in words of people; the same for both but for a line."""
        t = self.theme
        lines = column(gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3))
        for text in words.conditions(CopyKind.FORWARD):
            mark = column(2, Glyph(t, "check", "ok", k.ICON_SMALL), None, gap=0)
            lines.addLayout(row(mark, (label(t, text, "small", "muted", wrap=True), 1), gap=k.S2))
        return column(label(t, "When a message is logged", "strong"), box("card", lines), gap=k.S2)

    @Slot()
    def refresh(self) -> None:
        addresses = self.program.logging_addresses()
        inboxes = {card.id: card for card in self.program.inboxes()}
        waiting = self.program.review_count()
        count = f"{times.count(waiting, 'message waits', 'messages wait')} for you. " if waiting else "Nothing waits. "
        self.review_text.setText(count + REVIEW)
        cards = tuple((card.id, card.address, card.state) for card in inboxes.values())
        now = addresses, cards, times.today(), self.why_not
        if now == self._shown:
            return
        self._shown = now
        for kind, part in self._parts.items():
            clear(part)
            self._fill(kind, part, [a for a in addresses if a.kind is kind], inboxes)

    def _fill(
        self, kind: CopyKind, part: QVBoxLayout, addresses: list[LoggingAddress], inboxes: dict[InboxId, InboxCard]
    ) -> None:
        name = words.KINDS[kind].name
        for address in addresses:
            part.addWidget(self._entry(address, inboxes.get(address.inbox_id)))
            part.addWidget(line())
        verb = button(
            self.theme,
            "Set up another one…" if addresses else f"Set up {name}…",
            "link" if addresses else "primary" if kind is CopyKind.BCC else "",
            name=f"Set up {name}" if not addresses else f"Set up another one besides {name}",
        )
        verb.setObjectName(f"set-up-{kind.value}")
        verb.clicked.connect(partial(self.set_up, kind))
        keep_from(verb, self.why_not)
        if addresses:
            part.addLayout(row(verb, None, margins=(k.S4, 6, k.S4, 6)))
            return
        none = label(self.theme, f"There is none yet. {self._first_step(inboxes)}", "small", "muted", wrap=True)
        part.addLayout(row((none, 1), verb, gap=k.S4, margins=(k.S4, k.S3, k.S4, k.S3)))

    @staticmethod
    def _first_step(inboxes: dict[InboxId, InboxCard]) -> str:
        if not inboxes:
            return "Connect an inbox first: the address is served by it."
        return "It takes a minute, and is proved by a test message."

    def _entry(self, address: LoggingAddress, inbox: InboxCard | None) -> QWidget:
        t = self.theme
        shown = address.address or address.folder
        tested = ""
        if address.proved_at is not None and words.trouble(address, inbox) is None:
            tested = f" · tested {times.day_short(times.local(address.proved_at).date(), times.today())}"
        head = row((Elided(t, shown, "strong"), 1), Chip(t, *words.state_chip(address, inbox)), gap=k.S3)
        if address.address:
            head.addWidget(CopyButton(t, address.address, address.address))
        test = button(t, "Test…", "quiet", name=f"Test {shown}")
        test.clicked.connect(partial(self._test, address))
        remove = button(t, "Remove…", "quiet", name=f"Remove {shown}")
        remove.clicked.connect(partial(self._ask_to_remove, address))
        keep_from(remove, self.why_not)
        below = row((Elided(t, f"{words.served_by(address, inbox)}{tested}", "small", "muted"), 1), gap=k.S1)
        if address.address and words.serves(inbox):
            below.addWidget(test)
        below.addWidget(remove)
        lay = column(head, below, gap=k.S1, margins=(k.S4, k.S3, k.S4, k.S2))
        told = words.trouble(address, inbox)
        if told is not None:
            lay.addWidget(banner(t, told.kind, told.text, title=told.title))
            lay.addSpacing(k.S1)
        made = host(lay)
        made.setObjectName(f"address-{address.id}")
        return made

    # --- wishes

    def set_up(self, kind: CopyKind) -> None:
        self._open(kind, None)

    def _test(self, address: LoggingAddress) -> None:
        self._open(address.kind, address)

    def _open(self, kind: CopyKind, known: LoggingAddress | None) -> None:
        from app.ui.logging.wizard import LoggingWizard

        wizard = LoggingWizard(self.theme, self.program, kind, self.window(), known)
        wizard.other_requested.connect(self.set_up)
        wizard.connect_requested.connect(self.connect_requested)
        wizard.finished.connect(self.refresh)
        wizard.open()

    def _ask_to_remove(self, address: LoggingAddress) -> None:
        shown = address.address or f"the folder “{address.folder}”"
        dialog = ConfirmDialog(
            self.theme,
            f"Remove {shown}?",
            "What is copied to it from now on is not logged any more. Delete it from address books, too.",
            "Remove",
            self.window(),
            keep="Keep it",
            danger=True,
            safe="What was logged stays on its timelines.",
        )
        dialog.accepted.connect(partial(self._remove, address.id))
        dialog.open()

    def _remove(self, address_id: int) -> None:
        try:
            self.program.remove_logging_address(address_id)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
        self.refresh()
