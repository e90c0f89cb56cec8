"""The small parts that screens are made of, under one name: each stands in the module of its subject."""

from __future__ import annotations

from app.ui.kit.banner import Banner, banner, progress
from app.ui.kit.buttons import Button, ClickableRow, Switch, ToolButton, button, menu_button, press_on_enter, tool
from app.ui.kit.labels import Elided, FittingElided, Prose, WrappedLabel, elide, label, prose, restyle
from app.ui.kit.marks import Avatar, Chip, Dot, Glyph, chip_size, disc, initials, paint_chip

__all__ = [
    "Avatar",
    "Banner",
    "Button",
    "Chip",
    "ClickableRow",
    "Dot",
    "Elided",
    "FittingElided",
    "Glyph",
    "Prose",
    "Switch",
    "ToolButton",
    "WrappedLabel",
    "banner",
    "button",
    "chip_size",
    "disc",
    "elide",
    "initials",
    "label",
    "menu_button",
    "paint_chip",
    "press_on_enter",
    "progress",
    "prose",
    "restyle",
    "tool",
]
