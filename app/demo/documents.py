"""Files for the demo's messages, drawn by code: PDF pages, a floor plan as PNG, a table as CSV. Used by `story`."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.scenes import DemoFile

_LEFT, _TOP, _LEADING = 64, 780, 18  # points, on A4

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Rectangle:
    """Pixels from the upper left corner."""

    x: int
    y: int
    width: int
    height: int
    colour: Colour


def pdf(filename: str, title: str, paragraphs: Sequence[str], rows: Sequence[tuple[str, str]] = ()) -> DemoFile:
    """One A4 page (PDF 1.4, ISO 32000): title, lines of text, and rows of two columns with a rule under each. Characters
    outside Windows-1252 become "?"."""
    draw = [f"BT /Bold 20 Tf {_LEFT} {_TOP} Td ({_pdf_text(title)}) Tj ET"]
    y = _TOP - 2 * _LEADING
    for line in paragraphs:
        draw.append(f"BT /Text 11 Tf {_LEFT} {y} Td ({_pdf_text(line)}) Tj ET")
        y -= _LEADING
    y -= _LEADING
    for left, right in rows:
        draw.append(f"BT /Text 11 Tf {_LEFT} {y} Td ({_pdf_text(left)}) Tj ET")
        draw.append(f"BT /Bold 11 Tf 420 {y} Td ({_pdf_text(right)}) Tj ET")
        draw.append(f"0.8 G 0.5 w {_LEFT} {y - 6} m 531 {y - 6} l S")
        y -= _LEADING + 4
    content = "\n".join(draw).encode("cp1252", "replace")
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R "
        b"/Resources << /Font << /Text 4 0 R /Bold 5 0 R >> >> >>",
        font.format("Helvetica").encode("ascii"),
        font.format("Helvetica-Bold").encode("ascii"),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
    ]
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return DemoFile(filename, "application/pdf", out.getvalue())


def _pdf_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def png(filename: str, width: int, height: int, ground: Colour, shapes: Sequence[Rectangle]) -> DemoFile:
    """A true-colour picture (PNG, RFC 2083) of rectangles, later ones above earlier ones."""
    lines = [bytearray(bytes(ground) * width) for _ in range(height)]
    for shape in shapes:
        left, right = max(0, shape.x), min(width, shape.x + shape.width)
        for y in range(max(0, shape.y), min(height, shape.y + shape.height)):
            lines[y][left * 3 : right * 3] = bytes(shape.colour) * max(0, right - left)
    pixels = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return DemoFile(filename, "image/png", b"\x89PNG\r\n\x1a\n" + chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def table(filename: str, rows: Sequence[Sequence[str]]) -> DemoFile:
    """RFC 4180, UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return DemoFile(filename, "text/csv", text.getvalue().encode("utf-8"))


def depot_plan(filename: str) -> DemoFile:
    """A yard with a hall, three loading bays of which the third is taken out, and two trucks."""
    asphalt, hall, wall, bay, gone, truck = (
        (226, 229, 234),
        (246, 247, 249),
        (82, 90, 104),
        (51, 85, 204),
        (203, 208, 217),
        (196, 112, 26),
    )
    bays = [Rectangle(190 + 160 * i, 214, 110, 22, gone if i == 2 else bay) for i in range(3)]
    lanes = [Rectangle(240 + 160 * i, 250, 6, 150, (255, 255, 255)) for i in range(3)]
    shapes = [
        Rectangle(0, 430, 800, 70, (190, 196, 206)),
        *(Rectangle(20 + 100 * i, 463, 50, 4, (255, 255, 255)) for i in range(8)),
        Rectangle(120, 60, 560, 172, wall),
        Rectangle(126, 66, 548, 160, hall),
        *bays,
        *lanes,
        *(Rectangle(150 + 40 * i, 90, 22, 60, (214, 220, 230)) for i in range(12)),
        Rectangle(208, 246, 72, 128, truck),
        Rectangle(208, 380, 72, 30, (125, 70, 7)),
        Rectangle(368, 246, 72, 100, truck),
        Rectangle(368, 352, 72, 30, (125, 70, 7)),
    ]
    return png(filename, 800, 500, asphalt, shapes)
