"""Keeps windows within the screen they are on: no larger than the room there is, and wholly in view. Used by the main
window and the dialogs."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

_TITLE_BAR, _EDGE = 32, 8  # px, of a window that has no frame yet
_NO_SCREENS = ("offscreen", "minimal")  # platforms whose screen is only a size that Qt made up


def fitted(wanted: QRect, room: QRect) -> QRect:
    """`wanted` (without its frame), made smaller and moved so that it lies in `room`; as it is where it does."""
    size = wanted.size().boundedTo(room.size())
    place = QRect(wanted.topLeft(), size)
    place.moveLeft(min(max(place.left(), room.left()), room.right() - size.width() + 1))
    place.moveTop(min(max(place.top(), room.top()), room.bottom() - size.height() + 1))
    return place


def centred_in(size: QSize, room: QRect) -> QRect:
    """A window of that size, or as much of it as there is room for, in the middle."""
    place = QRect(room.topLeft(), size.boundedTo(room.size()))
    place.moveCenter(room.center())
    return place


def room_for(window: QWidget) -> QRect | None:
    """Where on its screen the inside of a window can lie: without panels, and without the window's frame. None where there
    is no real screen."""
    if QGuiApplication.platformName() in _NO_SCREENS:
        return None
    handle = window.windowHandle()  # a widget that was asked before its window was framed does not hear of the frame
    outer = handle.frameGeometry() if handle is not None else window.frameGeometry()
    inner = handle.geometry() if handle is not None else window.geometry()
    left, top, right, bottom = _EDGE, _TITLE_BAR, _EDGE, _EDGE
    if outer != inner:
        left, right = inner.left() - outer.left(), outer.right() - inner.right()
        top, bottom = inner.top() - outer.top(), outer.bottom() - inner.bottom()
    return window.screen().availableGeometry().adjusted(left, top, -right, -bottom)


def keep_within_screen(window: QWidget) -> None:
    """Makes a window smaller that is larger than its screen, also below its least size, and moves it into view."""
    room = room_for(window)
    if room is None or window.isMaximized() or window.isFullScreen():
        return
    least = window.minimumSize()
    if least != least.boundedTo(room.size()):
        window.setMinimumSize(least.boundedTo(room.size()))
    place = fitted(window.geometry(), room)
    if place != window.geometry():
        window.setGeometry(place)
