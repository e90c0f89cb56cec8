"""A certificate as a person judges it, and a new one beside the one that was trusted (C9). Used where a step of the check
failed."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from app.domain.problems import CertificateFacts
from app.ui.kit import tokens as k
from app.ui.kit.labels import label
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.theme import Theme
from app.ui.wizard.check_board import pairs


def certificate_card(theme: Theme, facts: CertificateFacts) -> QFrame:
    """Whose it is, who vouches for it, how long, for which names, and its fingerprint."""
    out = column(gap=k.S1, margins=(k.S3, k.S2, k.S3, k.S2))
    for name, value in _lines(facts):
        title = label(theme, name, "small", "muted")
        title.setFixedWidth(theme.px(64))
        out.addLayout(row(column(title, None, gap=0), (label(theme, value, "small", wrap=True), 1)))
    _add_fingerprint(theme, out, facts.sha256, 16)
    return box("surface", out)


def certificates_compared(theme: Theme, trusted_sha256: str, shown: CertificateFacts) -> QFrame:
    """Side by side: the one that was trusted, of which the fingerprint is known, and the one that the server shows now."""
    before = column(label(theme, "Trusted until now", "small_strong"), gap=k.S1, margins=(k.S3, k.S2, k.S3, k.S2))
    _add_fingerprint(theme, before, trusted_sha256, 8)
    before.addStretch(1)
    now = column(label(theme, "Shown now", "small_strong", "bad"), gap=k.S1, margins=(k.S3, k.S2, k.S3, k.S2))
    _add_fingerprint(theme, now, shown.sha256, 8)
    for name, value in _lines(shown):
        now.addWidget(label(theme, f"{name}: {value}", "small", wrap=True))
    now.addStretch(1)
    return box("surface", row((host(before), 1), (host(now), 1), gap=0))


def _lines(facts: CertificateFacts) -> list[tuple[str, str]]:
    lines = [
        ("Issued to", facts.subject or "—"),
        ("Issued by", facts.issuer or "—"),
        ("Valid", f"{_day(facts.not_before)} to {_day(facts.not_after)}"),
    ]
    if facts.names:
        lines.append(("For", ", ".join(facts.names[:6]) + (" …" if len(facts.names) > 6 else "")))
    return lines


def _add_fingerprint(theme: Theme, out: QVBoxLayout, sha256: str, a_line: int) -> None:
    """`a_line`: bytes a line."""
    out.addWidget(label(theme, "SHA-256 fingerprint", "small", "muted"))
    out.addWidget(_fingerprint(theme, sha256, a_line))


def _fingerprint(theme: Theme, sha256: str, a_line: int) -> QLabel:
    whole = pairs(sha256).split(":")
    lines = [":".join(whole[i : i + a_line]) for i in range(0, len(whole), a_line)]
    shown = label(theme, "\n".join(lines), "mono")
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    shown.setAccessibleName(f"SHA-256 fingerprint {pairs(sha256)}")
    return shown


def _day(moment: str) -> str:
    """ISO 8601 as a date of the language; as it is where it cannot be read."""
    at = QDateTime.fromString(moment, Qt.DateFormat.ISODate)
    return QLocale().toString(at.date(), QLocale.FormatType.LongFormat) if at.isValid() else moment
