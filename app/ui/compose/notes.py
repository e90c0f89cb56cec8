"""What the compose page has to say about the message, between its head and its text: faults, no subject, no text, a missing
address, M8."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button


class Notes(QWidget):
    """Takes no room while it has nothing to say. `anyway`: send without a subject; `empty`: without text. `fresh`: start a
    fresh message."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.trouble = Banner(theme, "bad", "")
        self.no_subject = Banner(theme, "warn", "Replies are easier to find with one.", title="There is no subject")
        self.anyway = button(theme, "Send without")
        self.no_subject.set_actions(self.anyway)
        self.no_text = Banner(
            theme, "warn", "Nothing is written and no file is attached.", title="The message is empty"
        )
        self.empty = button(theme, "Send it empty")
        self.no_text.set_actions(self.empty)
        self.apart = Banner(
            theme,
            "warn",
            "None of the recipients took part in it. Their answers would join unrelated mail in one thread.",
            title="This is still a reply to another conversation",
        )
        self.fresh = button(theme, "Start a fresh message")
        self.apart.set_actions(self.fresh)
        self.unaddressed = Banner(
            theme,
            "info",
            "Somebody it was for was permanently deleted from this workspace, which keeps no such address. The rest is as you "
            "left it.",
            title="An address was taken out of this draft",
        )
        self._all = (self.trouble, self.unaddressed, self.no_subject, self.no_text, self.apart)
        self.setLayout(column(*self._all, gap=k.S2, margins=(k.S6, k.S2, k.S5, k.S2)))
        self.clear()

    def clear(self) -> None:
        for banner in self._all:
            banner.hide()
        self.hide()

    def show_trouble(self, title: str, text: str) -> None:
        """An empty title takes it away."""
        self.trouble.set("bad", title, text)
        self._show(self.trouble, bool(title))

    def show_unaddressed(self, shown: bool) -> None:
        self._show(self.unaddressed, shown)

    def show_no_subject(self, shown: bool) -> None:
        self._show(self.no_subject, shown)

    def show_no_text(self, shown: bool) -> None:
        self._show(self.no_text, shown)

    def show_apart(self, shown: bool) -> None:
        self._show(self.apart, shown)

    def _show(self, banner: Banner, shown: bool) -> None:
        banner.setVisible(shown)
        self.setVisible(any(not b.isHidden() for b in self._all))
