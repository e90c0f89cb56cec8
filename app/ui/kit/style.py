"""The style sheet: edges, grounds, radii and states of Qt's own controls. Filled from the tokens by `Theme`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.ui.kit import tokens


def style_sheet(colors: Mapping[str, str], scale: float, picture_file: Callable[[str, str], str]) -> str:
    """`picture_file(icon, colour)` writes an SVG and returns its path: a sheet takes pictures from files only."""
    values: dict[str, str] = {
        **colors,
        "rc": str(tokens.R_CONTROL),
        "rd": str(tokens.R_CARD),
        "down": picture_file("chevron-down", colors["muted"]),
        "tick": picture_file("check", colors["on_accent"]),
        "tick_off": picture_file("check", colors["disabled"]),
        "bullet": picture_file("bullet", colors["on_accent"]),
        "bullet_off": picture_file("bullet", colors["disabled"]),
    }
    scaled = re.sub(r"@(\d+)px", lambda m: f"{round(int(m.group(1)) * scale)}px", SHEET)
    # `$name` becomes the token's value; an unknown name is a KeyError, so a typo cannot pass
    return re.sub(r"\$([a-z_]+?[0-9]?)(?=px|[^a-z0-9_])", lambda m: values[m.group(1)], scaled)


# @30px grows with the text scale. Fonts are set on the widgets before they are shown: sizes in a sheet would win over
# them and not scale, and a font set after polishing is undone by the next change of scheme. So the one thing a state
# changes in a font, its weight, stands here.
SHEET = """
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="faint"] { color: $faint; }
QLabel[tone="link"] { color: $link; }
QLabel[tone="bad"] { color: $bad_text; }
QLabel[tone="ok"] { color: $ok_text; }
QLabel[tone="warn"] { color: $warn_text; }
QLabel[tone="accent"] { color: $accent_soft_text; }
QFrame[box="card"] { background: $surface; border: 1px solid $border; border-radius: $rdpx; }
QFrame[box="card"][current="true"] { border-color: $focus; }
QFrame[box="sunken"] { background: $sunken; border: none; border-radius: $rcpx; }
QFrame[box="inset"] { background: $window; border: none; border-radius: $rdpx; }
QFrame[box="surface"] { background: $surface; border: none; }
QFrame[box="window"] { background: $window; border: none; }
QFrame[box="panel"] { background: $surface; border: none; border-left: 1px solid $border; }
QFrame[box="rail"] { background: $window; border: none; border-right: 1px solid $border; }
QFrame[box="split"] { background: $window; border: none; border-left: 1px solid $border; }
QFrame[box="bar"] { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame[box="foot"] { background: $surface; border: none; border-top: 1px solid $border; }
QFrame[box="warn"] { background: $warn_soft; border: none; border-radius: $rcpx; }
QFrame[box="bad"] { background: $bad_soft; border: none; border-radius: $rcpx; }
QFrame[box="info"] { background: $accent_soft; border: none; border-radius: $rcpx; }
QFrame[box="toast"] { background: $raised; border: 1px solid $border_input; border-radius: $rdpx; }
QFrame[box="field"] { background: transparent; border: none; border-radius: $rcpx; }
QFrame[box="field"]:hover { background: $hover; }
QFrame[box="ok"] { background: $ok_soft; border: none; border-radius: $rcpx; }
QFrame[line="h"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QPushButton, QToolButton { min-height: @30px; max-height: @30px; padding: 0 12px; border: 1px solid $border_input;
    border-radius: $rcpx; background: $surface; color: $text; }
QPushButton, QToolButton, QCheckBox, QRadioButton, QComboBox, QSlider, QTabBar { outline: none; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $pressed; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; border-color: $border; background: $surface; }
QPushButton[kind="primary"] { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:disabled { background: $pressed; border-color: $pressed; color: $faint; }
QPushButton[join="left"] { border-top-right-radius: 0; border-bottom-right-radius: 0; }
QPushButton[join="right"] { border-top-left-radius: 0; border-bottom-left-radius: 0; padding: 0 9px; }
QPushButton[kind="quiet"], QToolButton[kind="quiet"] { border-color: transparent; background: transparent;
    color: $muted; padding: 0 8px; }
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: $hover; color: $text; }
QPushButton[kind="quiet"]:pressed, QToolButton[kind="quiet"]:pressed { background: $pressed; }
QPushButton[kind="quiet"]:disabled, QToolButton[kind="quiet"]:disabled { color: $disabled; background: transparent;
    border-color: transparent; }
QToolButton[kind="quiet"]:checked { background: $selected; }
QToolButton[square="true"] { padding: 0; min-width: @30px; max-width: @30px; }
QToolButton[square="true"][small="true"] { min-width: @22px; max-width: @22px; min-height: @22px; max-height: @22px; }
QPushButton[kind="fold"] { border-color: transparent; background: transparent; color: $muted; padding: 0 6px;
    min-height: @22px; max-height: @22px; text-align: left; }
QPushButton[kind="fold"]:hover { background: $hover; color: $text; }
QPushButton[kind="link"] { border: 1px none transparent; background: transparent; color: $link; padding: 1px 2px 1px 0;
    min-height: @20px; max-height: @20px; text-align: left; }
QPushButton[kind="link"]:hover { text-decoration: underline; background: transparent; }
QPushButton[kind="link"]:disabled { color: $disabled; }
QPushButton[kind="file"] { border-color: transparent; background: $sunken; padding: 0 10px 0 8px; min-height: @24px;
    max-height: @24px; text-align: left; }
QPushButton[kind="file"]:hover { background: $hover; }
QPushButton[kind="file"]:pressed { background: $pressed; }
QPushButton[kind="danger"] { color: $bad_text; }
QPushButton[kind="danger"]:disabled { color: $disabled; }
QPushButton[kind="filter"] { min-height: @26px; max-height: @26px; border-radius: @13px; padding: 0 10px;
    border-color: $border; color: $muted; }
QPushButton[kind="filter"]:checked { background: $accent_soft; border-color: $accent_soft; color: $accent_soft_text;
    font-weight: 600; }
QPushButton[kind="nav"] { text-align: left; border: none; background: transparent; padding: 0 10px; min-height: @34px;
    max-height: @34px; color: $muted; }
QPushButton[kind="subnav"] { text-align: left; border: none; background: transparent; padding: 0 10px;
    min-height: @30px; max-height: @30px; color: $muted; }
QPushButton[kind="nav"]:hover, QPushButton[kind="subnav"]:hover { background: $hover; color: $text; }
QPushButton[kind="nav"]:checked, QPushButton[kind="subnav"]:checked { background: $selected; color: $accent_soft_text;
    font-weight: 600; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: none; width: 0; }
QLineEdit, QComboBox, QSpinBox { min-height: @30px; max-height: @30px; padding: 0 10px; border: 1px solid $border_input;
    border-radius: $rcpx; background: $surface; color: $text; selection-background-color: $accent;
    selection-color: $on_accent; placeholder-text-color: $faint; }
QLineEdit:hover, QComboBox:hover, QSpinBox:hover { border-color: $muted; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus { border-color: $focus; }
QLineEdit[state="bad"], QComboBox[state="bad"], QSpinBox[state="bad"] { border-color: $bad; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { background: $sunken; color: $disabled;
    border-color: $border; placeholder-text-color: $disabled; }
QLineEdit[kind="search"] { background: $sunken; border-color: $sunken; }
QLineEdit[kind="search"]:focus { border-color: $focus; }
QLineEdit[kind="bare"], QComboBox[kind="bare"] { border-color: transparent; background: transparent; padding: 0 2px; }
QLineEdit QToolButton { min-height: 0; max-height: 22px; padding: 0; border: none; background: transparent; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url($down); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: 1px solid $border; padding: 4px; outline: none;
    selection-background-color: $selected; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: @28px; padding: 0 8px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: $selected; color: $text; }
QTextEdit, QPlainTextEdit, QTextBrowser { border: none; background: $surface; color: $text;
    selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $faint; }
QPlainTextEdit[kind="block"] { border: 1px solid $border_input; border-radius: $rcpx; padding: 3px 6px; }
QPlainTextEdit[kind="block"]:focus { border-color: $focus; }
QPlainTextEdit[kind="block"][state="bad"] { border-color: $bad; }
QPlainTextEdit[kind="report"] { border: 1px solid $border; border-radius: $rcpx; background: $sunken; padding: 6px; }
QCheckBox { spacing: 8px; color: $text; }
QCheckBox:disabled { color: $disabled; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $border_input; border-radius: 4px;
    background: $surface; }
QCheckBox::indicator:hover { border-color: $muted; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QCheckBox::indicator:disabled { border-color: $disabled; background: $sunken; }
QCheckBox::indicator:checked:disabled { image: url($tick_off); }
QRadioButton { spacing: 8px; color: $text; }
QRadioButton:disabled { color: $disabled; }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $border_input; border-radius: 9px;
    background: $surface; }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url($bullet); }
QRadioButton::indicator:disabled { border-color: $disabled; background: $sunken; }
QRadioButton::indicator:checked:disabled { image: url($bullet_off); }
QListView, QTableView, QTreeView { border: none; background: $surface; outline: none; }
QListView[kind="boxed"] { border: 1px solid $border_input; border-radius: $rcpx; padding: 4px; }
QListView[kind="boxed"]::item { height: @32px; padding-left: 8px; border-radius: 4px; color: $text; }
QListView[kind="boxed"]::item:selected { background: $selected; color: $text; }
QListView[kind="ticks"]::item { padding-left: 4px; border-radius: 4px; color: $text; }
QListView[kind="ticks"]::item:hover { background: $hover; }
QListView[kind="ticks"]::item:selected { background: $selected; color: $text; }
QListView[kind="ticks"]::indicator { width: 16px; height: 16px; border: 1px solid $border_input; border-radius: 4px;
    background: $surface; }
QListView[kind="ticks"]::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QHeaderView { background: $surface; border: none; }
QHeaderView::section { background: $surface; color: $faint; border: none; border-bottom: 1px solid $border;
    padding: 0 8px; min-height: @32px; text-align: left; font-weight: 600; }
QTableView::item { padding: 0 5px; border: none; }
QTableView::item:selected { background: $selected; color: $text; }
QTableView[kind="days"] { selection-background-color: transparent; show-decoration-selected: 0; }
QTableView[kind="days"]::item, QTableView[kind="days"]::item:selected { background: transparent; padding: 0; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 2px; }
QScrollBar:horizontal { height: 10px; background: transparent; margin: 2px; }
QScrollBar::handle { background: $pressed; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $disabled; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { border: none; border-radius: 3px; background: $sunken; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QMenu { background: $raised; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; color: $text; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 8px; }
QWizard, QDialog { background: $surface; }
"""
