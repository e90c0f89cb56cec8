"""Line icons, 24x24, stroke 1.75, recoloured for a scheme, sharp at every scale. Used through `Theme`."""

# ruff: noqa: E501  (one path a line reads better than broken ones)
from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

STROKE = 1.75

PATHS: dict[str, str] = {
    "activity": '<path d="M3 12h4l3 8 4-16 3 8h4"/>',
    "contacts": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6"/><path d="M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.6c2.2.8 3.5 2.8 3.5 5.4"/>',
    "inboxes": '<path d="M3 13l3-8h12l3 8v6H3z"/><path d="M3 13h5l1.5 3h5L16 13h5"/>',
    "review": '<path d="M6 3.500h12v17H6z"/><path d="M9 8h6M9 12h6"/><path d="M9 16h2.500"/><path d="M9.500 3.500V2h5v1.500"/>',
    "templates": '<rect x="4" y="3" width="16" height="18" rx="2"/><path d="M8 8h8M8 12h8M8 16h5"/>',
    "settings": '<path d="M4 7h9M19 7h1M4 17h1M11 17h9"/><circle cx="16" cy="7" r="2.6"/><circle cx="8" cy="17" r="2.6"/>',
    "compose": '<path d="M4 20h4L19.5 8.5a2.8 2.8 0 0 0-4-4L4 16z"/><path d="M13.5 6.5l4 4"/>',
    "open": '<path d="M2.5 12S6 5.5 12 5.5 21.500 12 21.5 12 18 18.5 12 18.5 2.500 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>',
    "click": '<path d="M9 9l11 4-5 2-2 5z"/><path d="M9 3v2M3 9h2M4.800 4.800l1.400 1.400M13.200 4.800l-1.400 1.400M4.800 13.200l1.400-1.400"/>',
    "reply": '<path d="M9 6l-6 6 6 6"/><path d="M3 12h11a7 7 0 0 1 7 7"/>',
    "forward": '<path d="M15 6l6 6-6 6"/><path d="M21 12H10a7 7 0 0 0-7 7"/>',
    "bounce": '<circle cx="12" cy="12" r="9"/><path d="M12 7.500v5.500M12 16.500v.1"/>',
    "logged": '<path d="M6 3h9l4 4v14H6z"/><path d="M9.500 13.500l2 2 3.500-4"/>',
    "sent": '<path d="M21 3L10 14"/><path d="M21 3l-7 18-4-7-7-4z"/>',
    "search": '<circle cx="11" cy="11" r="6.500"/><path d="M16 16l5 5"/>',
    "check": '<path d="M5 12.500l4.500 4.500L19 7.500"/>',
    "cross": '<path d="M6 6l12 12M18 6L6 18"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "chevron-down": '<path d="M6 9.500l6 6 6-6"/>',
    "chevron-right": '<path d="M9.500 6l6 6-6 6"/>',
    "chevron-left": '<path d="M14.500 6l-6 6 6 6"/>',
    "more": '<path d="M5 12v.1M12 12v.1M19 12v.1" stroke-width="2.8"/>',
    "attach": '<path d="M20 11.500l-8 8a5 5 0 0 1-7.100-7.100l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400l7.600-7.600"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.500 2"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.500 20.500c0-4 3.300-6.500 7.500-6.500s7.500 2.500 7.500 6.500"/>',
    "machine": '<rect x="4" y="8" width="16" height="11" rx="2.500"/><path d="M12 8V4M9 13v1.500M15 13v1.500"/>',
    "block": '<circle cx="12" cy="12" r="9"/><path d="M5.600 5.600l12.800 12.800"/>',
    "infer": '<path d="M9.500 9a2.600 2.600 0 1 1 3.700 2.400c-.8.400-1.200 1-1.200 1.900v.7M12 17.500v.1"/><circle cx="12" cy="12" r="9"/>',
    "help": '<path d="M9.500 9a2.600 2.600 0 1 1 3.700 2.400c-.8.400-1.200 1-1.200 1.900v.7M12 17.500v.1"/><circle cx="12" cy="12" r="9"/>',
    "warn": '<path d="M12 4L2.800 20h18.400z"/><path d="M12 10v4.500M12 17.200v.1"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.500M12 7.500v.1"/>',
    "link": '<path d="M10 14a4 4 0 0 0 5.700 0l3.600-3.600a4 4 0 0 0-5.700-5.700L12.500 5.800"/><path d="M14 10a4 4 0 0 0-5.700 0l-3.600 3.600a4 4 0 0 0 5.700 5.700l1.100-1.100"/>',
    "bold": '<path d="M7 4.500h6a3.600 3.600 0 0 1 0 7.200H7zM7 11.700h7a3.900 3.900 0 0 1 0 7.800H7z" stroke-width="2.2"/>',
    "italic": '<path d="M10 4.500h7M7 19.500h7M14 4.500l-4 15"/>',
    "underline": '<path d="M7 4v7a5 5 0 0 0 10 0V4M5.500 20.500h13"/>',
    "list": '<path d="M9 6h12M9 12h12M9 18h12M4 6v.1M4 12v.1M4 18v.1"/>',
    "quote": '<path d="M5 5v14M10 8h10M10 12h10M10 16h6"/>',
    "calendar": '<rect x="3.500" y="5" width="17" height="15.500" rx="2"/><path d="M3.500 10h17M8 3v4M16 3v4"/>',
    "deal": '<rect x="3" y="7.500" width="18" height="12.500" rx="2"/><path d="M8.500 7.500V5a1.500 1.500 0 0 1 1.500-1.500h4A1.500 1.500 0 0 1 15.500 5v2.500M3 13h18"/>',
    "company": '<path d="M4 21V4h10v17M14 9h6v12M2.500 21h19M8 8h2M8 12h2M8 16h2"/>',
    "phone": '<path d="M5 3.500h4l1.500 5-2.500 2a13 13 0 0 0 5.500 5.500l2-2.500 5 1.500v4a1.500 1.500 0 0 1-1.600 1.500C11 20 4 13 3.500 5.100A1.500 1.500 0 0 1 5 3.500z"/>',
    "mail": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3.500 7l8.500 6.500L20.500 7"/>',
    "shield": '<path d="M12 3l8 3v6c0 4.800-3.400 7.800-8 9-4.600-1.200-8-4.200-8-9V6z"/>',
    "lock": '<rect x="5" y="10.500" width="14" height="10" rx="2"/><path d="M8 10.500V8a4 4 0 0 1 8 0v2.500"/>',
    "refresh": '<path d="M20 11a8 8 0 0 0-14.500-3.500L3.500 10M4 13a8 8 0 0 0 14.500 3.500l2-2.500"/><path d="M3.500 5v5h5M20.500 19v-5h-5"/>',
    "folder": '<path d="M3 19V5.500h6l2 2.500h10v11z"/>',
    "copy": '<rect x="8.500" y="8.500" width="12" height="12" rx="2"/><path d="M15.500 8.500V5a1.500 1.500 0 0 0-1.500-1.500H5A1.500 1.500 0 0 0 3.500 5v9A1.500 1.500 0 0 0 5 15.500h3.500"/>',
    "bell": '<path d="M6 10a6 6 0 0 1 12 0c0 5 2 6.500 2 6.500H4S6 15 6 10zM10 20a2.200 2.200 0 0 0 4 0"/>',
    "server": '<rect x="3.500" y="4" width="17" height="7" rx="2"/><rect x="3.500" y="13" width="17" height="7" rx="2"/><path d="M7.500 7.500v.1M7.500 16.500v.1"/>',
    "team": '<circle cx="12" cy="7.500" r="3"/><circle cx="5" cy="10" r="2.200"/><circle cx="19" cy="10" r="2.200"/><path d="M6.500 20c0-3.500 2.400-5.800 5.500-5.800s5.500 2.300 5.500 5.800M1.800 18c0-2.300 1.400-3.800 3.400-3.800M22.200 18c0-2.300-1.400-3.800-3.400-3.800"/>',
    "post": '<path d="M12 3v18M6 21h12M12 6h6.500l2 2.250-2 2.250H12M12 8H7.500L5.500 10.250 7.500 12.500H12"/>',
    "trash": '<path d="M4 7h16M9.500 7V4.500h5V7M6 7l1 13h10l1-13M10 11v5.500M14 11v5.500"/>',
    "download": '<path d="M12 4v11M7 10.500l5 5 5-5M4.500 20h15"/>',
    "external": '<path d="M14 4h6v6M20 4l-9 9M18 14v5.500H4.500V6H10"/>',
    "pause": '<path d="M8.500 5v14M15.500 5v14"/>',
    "image": '<rect x="3.500" y="5" width="17" height="14" rx="2"/><circle cx="9" cy="10" r="1.600"/><path d="M4.500 17.500l5-4.500 3 2.500 3.500-3.500 4 4"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600l1.400 1.400M17 17l1.400 1.400M5.600 18.400L7 17M17 7l1.400-1.400"/>',
    "bullet": '<path d="M12 12v.1" stroke-width="9"/>',
    "undo": '<path d="M8 5L4 9l4 4"/><path d="M4 9h10a5.500 5.500 0 0 1 0 11H9"/>',
}


def svg(name: str, color: str, width: float = STROKE) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
        f'stroke="{color}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round">{PATHS[name]}</svg>'
    ).encode()


def renderer(name: str, color: str, width: float = STROKE) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg(name, color, width)))


def pixmap(name: str, color: str, size: int, ratio: float = 2.0, width: float = STROKE) -> QPixmap:
    """`size` in device-independent pixels, `ratio` device pixels to each."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer(name, color, width).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def icon(name: str, color: str, disabled: str, size: int) -> QIcon:
    """One QIcon in the given and the disabled colour; it holds 1x, 2x, and what the screens that are there need."""
    out = QIcon()
    for ratio in sorted({1.0, 2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}):
        out.addPixmap(pixmap(name, color, size, ratio), QIcon.Mode.Normal)
        out.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return out
