"""The list to choose one of: how its rows are painted."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from app.ui.dialogs.choices import Choice, ChoiceList
from app.ui.kit.theme import Theme


def test_the_line_around_the_current_row_stays_within_it(qtbot: QtBot, theme: Theme) -> None:
    """What is painted beside a row stays there when another one becomes the current one."""
    made = ChoiceList(theme, "People")
    qtbot.addWidget(made)
    made.fill([Choice(1, "Karin Lindqvist", "karin@example.org", "It is here")])
    ground, row = QColor("#010203"), QRect(10, 10, 180, 44)
    picture = QImage(200, 64, QImage.Format.Format_RGB32)
    picture.fill(ground)
    option = QStyleOptionViewItem()
    option.rect = row
    option.state = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected
    painter = QPainter(picture)
    made.itemDelegate().paint(painter, option, made.model().index(0, 0))
    painter.end()
    inside = [picture.pixelColor(x, row.top()) for x in range(20, 180)]
    assert all(c != ground for c in inside)
    outside = [(x, y) for x in range(200) for y in range(64) if not row.contains(x, y)]
    assert all(picture.pixelColor(x, y) == ground for x, y in outside)
