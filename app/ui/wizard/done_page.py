"""Last page: the connected inbox by name, and what can be set up next (C11)."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout

from app.domain.addresses import address_key
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, line, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Glyph, button, disc, label
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.ways import way_of

NOTHING_YET = (
    "Nothing is sent or logged here yet that older mail could answer. Write, and replies appear by themselves."
)
# Further addresses that are named; the others are counted
NAMED = 6

# (settings page, or what else is wished for, icon, title, text)
NEXT = (
    (
        "log_track",
        "settings",
        "Log and track preferences",
        "What is logged and tracked unless you say otherwise",
    ),
    ("font", "templates", "Default font", "Used for every message you write"),
    ("compose", "compose", "Write a message", "To see it go out, and hear when it is opened"),
    ("connect", "inboxes", "Connect another inbox", "You can connect as many as you write from"),
)
_VERBS = {"compose": "Write", "connect": "Connect"}


class _Wish(QObject):
    """Tells which page was asked for; lives as long as its button."""

    wished = Signal(str)

    def __init__(self, key: str, parent: QObject) -> None:
        super().__init__(parent)
        self._key = key

    @Slot()
    def tell(self) -> None:
        self.wished.emit(self._key)


class DonePage(WizardPage):
    """`settings_wished`: log_track, font, compose, or connect."""

    page = Page.DONE
    forward = "Done"
    settings_wished = Signal(str)

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, "Your inbox is connected", "")
        self.address = label(theme, "", "heading", wrap=True)
        self.facts = label(theme, "", "small", "muted", wrap=True)
        self.seen = label(theme, "", "small", "muted", wrap=True)
        self.also = label(theme, "", "small", "muted", wrap=True)
        words = column(self.address, self.facts, self.seen, self.also, gap=2)
        hero = row(disc(theme, "check", "ok", 48), (words, 1), gap=k.S4)
        hero.setContentsMargins(k.S4, k.S4, k.S4, k.S4)
        self.note = Banner(theme, "info", "")
        self.add(box("card", hero), self.note, k.S1, label(theme, "Next, if you like", "small_strong", "muted"))
        self.add(box("card", self._next()), None)

    def _next(self) -> QVBoxLayout:
        rows = column(gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3))
        for i, (key, icon, title, text) in enumerate(NEXT):
            if i:
                rows.addWidget(line())
            verb = _VERBS.get(key, "Set up")
            go = button(self.theme, verb, name=title if key in _VERBS else f"{verb}: {title}")
            wish = _Wish(key, go)
            wish.wished.connect(self.settings_wished)
            go.clicked.connect(wish.tell)
            words = column(
                label(self.theme, title, "medium"), label(self.theme, text, "small", "muted", wrap=True), gap=0
            )
            mark = Glyph(self.theme, icon, "accent_soft_text", 16, "accent", 32)
            rows.addLayout(row(mark, (words, 1), go, gap=k.S3))
        return rows

    def enter(self) -> None:
        again = self.session.answers.reconnect
        card = self.session.inbox_of(self.session.address)
        self.set_heading(
            "Your inbox is connected again" if again else "Your inbox is connected",
            "Hitchpost goes on from where it stopped. Replies since then appear by themselves."
            if again
            else NOTHING_YET
            if card is not None and card.nothing_to_seek
            else "Hitchpost takes a first look in the background. Replies appear by themselves.",
        )
        self.address.setText(self.session.address)
        kind = f"{self.session.answers.kind.value} inbox"
        sent = f" · copies of what you send go to “{self.session.sent_folder}”" if self.session.sent_folder else ""
        self.facts.setText(f"{way_of(self.session).name} · {kind}{sent}")
        name = self.session.name_seen
        self.seen.setText(f"Recipients see {name} <{self.session.address}>." if name else "")
        self.seen.setVisible(bool(name))
        others = [
            a.address for a in self.session.aliases() if address_key(a.address) != address_key(self.session.address)
        ]
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        self.also.setText(f"You can also write as {', '.join(others[:NAMED])}{more}: choose it under From.")
        self.also.setVisible(bool(others))
        self.note.set("info", "", self.session.note)
        self.note.setVisible(bool(self.session.note))
        self.setFocus(Qt.FocusReason.OtherFocusReason)
