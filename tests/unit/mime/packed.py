"""winmail.dat built piece by piece ([MS-OXTNEF] 2.1), with RTF as [MS-OXRTFCP] stores it: for tests of app.mime."""

from __future__ import annotations

import struct


def attribute(level: int, number: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def text(number: int, value: str) -> bytes:
    """A Unicode property."""
    return _variable(0x001F, number, (value + "\0").encode("utf-16-le"))


def octets(number: int, value: bytes) -> bytes:
    return _variable(0x0102, number, value)


def embedded(number: int, value: bytes) -> bytes:
    return _variable(0x000D, number, bytes.fromhex("0703020000000000c000000000000046") + value)


def long(number: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x0003, number, value)


def _variable(kind: int, number: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, number, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def tnef(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00089006, b"\0\0\1\0") + b"".join(attributes)


def message(*each: bytes) -> bytes:
    return attribute(1, 0x00069003, properties(*each))


def code_page(number: int) -> bytes:
    return attribute(1, 0x00069007, struct.pack("<II", number, 0))


def file(title: bytes, content: bytes, *each: bytes) -> bytes:
    found = attribute(2, 0x00069002, bytes(14))
    if title:
        found += attribute(2, 0x00018010, title + b"\0")
    if content:
        found += attribute(2, 0x0006800F, content)
    return found + (attribute(2, 0x00069005, properties(*each)) if each else b"")


def stored_rtf(rtf: bytes) -> bytes:
    return struct.pack("<II", len(rtf) + 12, len(rtf)) + b"MELA" + bytes(4) + rtf


FROM_HTML = rb"""{\rtf1\ansi\ansicpg1252\fromhtml1 \fbidis \deff0{\fonttbl
{\f0\fswiss Arial;}
{\f1\fswiss\fcharset204 Arial;}}
{\colortbl\red0\green0\blue0;}
{\*\generator Microsoft Exchange Server;}
{\*\htmltag19 <html>}{\*\htmltag50 <body>}
{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Sm\'f6rg\'e5s \u8364? {\*\htmltag84 &lt;}b{\*\htmltag84 &gt;} \htmlrtf\f1\htmlrtf0
\htmlrtf {\f1\htmlrtf0 \'ef\'f0\htmlrtf }\htmlrtf0 \htmlrtf\par}\htmlrtf0
{\*\htmltag72 </p>}{\*\mhtmltag84 never}{\*\htmltag58 </body>}{\*\htmltag27 </html>}}"""
