"""Turns the tokens into fonts, one QPalette and one small style sheet; switches schemes while the program runs.

One `Theme` is made by the bootstrap and handed to every widget; nothing looks it up.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.ui.kit import icons, tokens
from app.ui.kit.fonts import load_fonts
from app.ui.kit.style import style_sheet
from app.ui.kit.temporary import TemporaryFolder
from app.ui.kit.tick import Tick

APPEARANCES = ("system", "light", "dark")


class HasIcon(Protocol):
    def setIcon(self, icon: QIcon) -> None: ...


class Rebind(QObject):
    """Does something now and at each change of scheme, and dies with its owner: a bare lambda connected to the signal
    would outlive the widget and raise "already deleted"."""

    def __init__(self, owner: QObject, work: Callable[[], None]) -> None:
        super().__init__(owner)
        self._work = work
        work()

    @Slot()
    def again(self) -> None:
        self._work()


class Theme(QObject):
    """`appearance` is what the person chose, `scheme` what is shown: "light" or "dark". Main thread only."""

    changed = Signal()

    def __init__(self, app: QApplication, appearance: str = "system", text_scale: float = 1.0) -> None:
        super().__init__()
        self._app = app
        self._scale = text_scale
        self._files = TemporaryFolder()
        self._renderers: dict[tuple[str, str, float], QSvgRenderer] = {}
        self._fonts: dict[str, QFont] = {}
        self.tick = Tick(self)  # "2 min ago" grows older
        self.appearance = appearance
        self.scheme = ""
        self.colors: dict[str, str] = tokens.LIGHT
        load_fonts()
        app.setStyle("Fusion")
        app.setFont(self.font("body"))
        app.styleHints().colorSchemeChanged.connect(self._on_system_scheme)
        self.set_appearance(appearance)

    @property
    def app(self) -> QApplication:
        return self._app

    @property
    def text_scale(self) -> float:
        return self._scale

    def set_appearance(self, appearance: str) -> None:
        """ "system", "light" or "dark"; takes effect at once in every open window."""
        if appearance not in APPEARANCES:
            appearance = "system"
        self.appearance = appearance
        hints = self._app.styleHints()
        wish = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(appearance)
        if wish is None:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(wish)  # title bars and native dialogs follow
        self._apply(self._wanted())

    @Slot()
    def _on_system_scheme(self) -> None:
        if self.appearance == "system":
            self._apply(self._wanted())

    def _wanted(self) -> str:
        if self.appearance in tokens.SCHEMES:
            return self.appearance
        return "dark" if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"

    def _apply(self, scheme: str) -> None:
        if scheme == self.scheme:
            return
        self.scheme, self.colors = scheme, tokens.SCHEMES[scheme]
        self._renderers.clear()
        self._app.setPalette(self._palette())
        self._app.setStyleSheet(style_sheet(self.colors, self._scale, self._picture_file))
        self.changed.emit()

    def c(self, name: str) -> QColor:
        """The colour of a token in the scheme that is shown."""
        return QColor(self.colors[name])

    def ink(self, tone: str) -> str:
        """The token of the text colour that belongs on `<tone>_soft`."""
        return "accent_soft_text" if tone == "accent" else f"{tone}_text"

    def figures(self, role: str) -> QFont:
        """The font of a role with figures of one width, for columns of times and numbers. Not for running text: it
        widens the hyphen, too."""
        font = self.font(role)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def font(self, role: str) -> QFont:
        """A font of `tokens.TYPE`, scaled. Set it before a widget is shown."""
        font = self._fonts.get(role)
        if font is None:
            size, weight, _ = tokens.TYPE[role]
            font = QFont()
            font.setFamilies(tokens.MONO_FAMILIES if role == "mono" else tokens.FAMILIES)
            font.setPixelSize(self.px(size))
            font.setWeight(QFont.Weight(weight))
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # Inter's own spacing at every scale
            self._fonts[role] = font
        return QFont(font)

    def line(self, role: str) -> int:
        """Line height of a role in pixels."""
        return self.px(tokens.TYPE[role][2])

    def px(self, n: float) -> int:
        """A length that must hold text grows with the text."""
        return round(n * self._scale)

    def icon(self, name: str, color: str = "muted", size: int = tokens.ICON) -> QIcon:
        return icons.icon(name, self.colors[color], self.colors["disabled"], size)

    def bind_icon(self, button: HasIcon, name: str, color: str = "muted", size: int = tokens.ICON) -> None:
        """Gives a button or action an icon that follows the scheme; a further call replaces it."""
        assert isinstance(button, QObject)
        for old in button.findChildren(Rebind, "icon", Qt.FindChildOption.FindDirectChildrenOnly):
            self.changed.disconnect(old.again)
            old.setParent(None)
            old.deleteLater()
        size = self.px(size)
        if hasattr(button, "setIconSize"):
            button.setIconSize(QSize(size, size))
        self.follow(button, lambda: button.setIcon(self.icon(name, color, size)), "icon")

    def follow(self, owner: QObject, work: Callable[[], None], name: str = "") -> None:
        """Does `work` now and after each change of scheme, as long as `owner` lives."""
        rebind = Rebind(owner, work)
        rebind.setObjectName(name)
        self.changed.connect(rebind.again)

    def paint_icon(self, painter: QPainter, name: str, color: str, rect: QRectF, width: float = icons.STROKE) -> None:
        """`color` is a token. For painted rows and widgets."""
        key = (name, self.colors[color], width)
        found = self._renderers.get(key)
        if found is None:
            found = self._renderers[key] = icons.renderer(*key)
        found.render(painter, QRectF(rect))

    def _picture_file(self, name: str, color: str) -> str:
        """Style sheets take pictures from files only: the few they need are written in this scheme's colours."""
        path = self._files.path / f"{name}-{color.lstrip('#')}.svg"
        with suppress(OSError):  # a full disk: boxes without their tick are better than no window
            path.write_bytes(icons.svg(name, color, 2.4))
        return path.as_posix()

    def _palette(self) -> QPalette:
        role, group = QPalette.ColorRole, QPalette.ColorGroup
        names = {
            role.Window: "window",
            role.WindowText: "text",
            role.Base: "surface",
            role.AlternateBase: "window",
            role.Text: "text",
            role.Button: "surface",
            role.ButtonText: "text",
            role.BrightText: "on_accent",
            role.Highlight: "accent",
            role.HighlightedText: "on_accent",
            role.Link: "link",
            role.LinkVisited: "link",
            role.ToolTipBase: "raised",
            role.ToolTipText: "text",
            role.PlaceholderText: "faint",
            role.Accent: "accent",
            role.Light: "raised",
            role.Midlight: "hover",
            role.Mid: "border",
            role.Dark: "border_input",
            role.Shadow: "border",
        }
        palette = QPalette()
        for which, name in names.items():
            palette.setColor(which, self.c(name))
        for which in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(group.Disabled, which, self.c("disabled"))
        return palette
