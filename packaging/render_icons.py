"""Draws the program's icons: `.venv/bin/python packaging/render_icons.py` writes resources/icons anew, SVG and PNG.

The sign is a hitching rail, two posts and a bar, with a letter hung from it; it is also an H. Up to 24 pixels it is
drawn on a grid of its own, so that posts and bar fall on whole pixels. Tray icons are the sign alone, for light and for
dark panels; `-unseen` has a dot, `-trouble` a warning triangle, and both leave room around it."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
TRAY_SIZES = (16, 22, 24, 32, 48, 64)

GROUND = """<defs><linearGradient id="ground" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="#4A6CEC"/><stop offset="1" stop-color="#2844AE"/></linearGradient></defs>"""

LARGE = (
    GROUND
    + """
<rect x="4" y="4" width="56" height="56" rx="14" fill="url(#ground)"/>
<g fill="#FFFFFF">
<rect x="13" y="12" width="7" height="41" rx="3.5"/>
<rect x="44" y="12" width="7" height="41" rx="3.5"/>
<rect x="17" y="19" width="30" height="6"/>
<path d="M23.5 25h17L32 33z" opacity="0.82"/>
<path d="M23.5 28.8L32 36.8l8.5-8V42.500a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>
</g>"""
)
SMALL = (
    GROUND
    + """
<rect x="0" y="0" width="16" height="16" rx="3.5" fill="url(#ground)"/>
<g fill="#FFFFFF">
<rect x="3" y="3" width="2" height="10" rx="0.7"/>
<rect x="11" y="3" width="2" height="10" rx="0.7"/>
<rect x="4" y="4.500" width="8" height="1.5"/>
<path d="M6 7l2 1.800L10 7v4.500H6z"/>
</g>"""
)

# 22 x 22, what most panels ask for
PLAIN_TRAY = """<g fill="{ink}">
<rect x="3" y="2" width="3" height="18" rx="1.5"/>
<rect x="16" y="2" width="3" height="18" rx="1.5"/>
<rect x="4" y="5" width="14" height="2"/>
<path d="M8 9l3 2.700L14 9v6.300a.7.7 0 0 1-.7.7H8.700a.7.7 0 0 1-.7-.7z"/>
</g>"""
BADGED_TRAY = """<g fill="{ink}">
<rect x="3" y="2" width="3" height="18" rx="1.5"/>
<path d="M16 11.500h3v7a1.5 1.5 0 0 1-3 0z"/>
<rect x="4" y="5" width="7" height="2"/>
<path d="M8 9l3 2.700 1.300-1.200 1.700 1V15.300a.7.7 0 0 1-.7.7H8.700a.7.7 0 0 1-.7-.7z"/>
</g>"""
DOT = '<circle cx="16.5" cy="5.5" r="4.5" fill="{dot}"/>'
TRIANGLE = """<path d="M16.5 1.300l4.800 8.400H11.700z" fill="{warn}" stroke="{warn}" stroke-width="1" stroke-linejoin="round"/>
<path d="M15.800 3.800h1.400l-.2 3.200h-1zM15.850 7.700h1.300v1.300h-1.300z" fill="{mark}"/>"""
PANELS = {
    "light": {"ink": "#232830", "dot": "#3355CC", "warn": "#C4701A", "mark": "#FFFFFF"},
    "dark": {"ink": "#F2F4F7", "dot": "#8AA2FF", "warn": "#F0B04E", "mark": "#2A1C05"},
}


def document(body: str, side: int) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {side} {side}">'
    return f"{head}\n{body.strip()}\n</svg>\n".encode()


def render(svg: bytes, size: int, path: Path) -> None:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(QByteArray(svg))
    if not renderer.isValid():
        raise SystemExit(f"{path.name}: not a valid drawing")
    renderer.render(painter)
    painter.end()
    if not image.save(str(path)):
        raise SystemExit(f"{path} could not be written")


def main() -> None:
    application = QGuiApplication([])
    FOLDER.mkdir(parents=True, exist_ok=True)
    large, small = document(LARGE, 64), document(SMALL, 16)
    (FOLDER / "hitchpost.svg").write_bytes(large)
    (FOLDER / "hitchpost-small.svg").write_bytes(small)
    for size in SIZES:
        render(small if size <= 24 else large, size, FOLDER / f"hitchpost-{size}.png")
    for panel, colours in PANELS.items():
        for state, body in {"": PLAIN_TRAY, "-unseen": BADGED_TRAY + DOT, "-trouble": BADGED_TRAY + TRIANGLE}.items():
            name = f"tray-on-{panel}{state}"
            svg = document(body.format(**colours), 22)
            (FOLDER / f"{name}.svg").write_bytes(svg)
            for size in TRAY_SIZES:
                render(svg, size, FOLDER / f"{name}-{size}.png")
    application.quit()


if __name__ == "__main__":
    main()
