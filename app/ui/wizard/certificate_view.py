"""A certificate as a person judges it, and a new one beside the one that was trusted (C9). Used where a step of the check
failed."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from app.domain.problems import CertificateFacts
from app.ui.kit import tokens as k
from app.ui.kit.labels import label
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.wizard.check_board import pairs

TRUST_OWN = "Trust a certificate of the server’s own (less safe)"


def certificate_card(theme: Theme, facts: CertificateFacts) -> QFrame:
    """Whose it is, who vouches for it, how long, for which names, and its fingerprint."""
    out = column(gap=k.S1, margins=(k.S3, k.S2, k.S3, k.S2))
    out.addLayout(_facts(theme, facts))
    out.addWidget(label(theme, "SHA-256 fingerprint", "small", "muted"))
    out.addWidget(_fingerprint(theme, facts.sha256, 16))
    return box("surface", out)


def _facts(theme: Theme, facts: CertificateFacts) -> QVBoxLayout:
    out = column(gap=k.S1)
    for name, value in _lines(facts):
        title = label(theme, name, "small", "muted")
        title.setFixedWidth(theme.px(64))
        out.addLayout(row(column(title, None, gap=0), (label(theme, value, "small", wrap=True), 1)))
    return out


def certificates_compared(theme: Theme, trusted_sha256: str, shown: CertificateFacts) -> QFrame:
    """Side by side: the one that was trusted, of which the fingerprint is known, and the one that the server shows now. Low,
    because what is to be decided stands below it."""
    before = column(label(theme, "Trusted until now (SHA-256)", "small_strong"), gap=2)
    before.addWidget(_fingerprint(theme, trusted_sha256, 8))
    now = column(label(theme, "Shown now (SHA-256)", "small_strong", "bad"), gap=2)
    now.addWidget(_fingerprint(theme, shown.sha256, 8))
    out = column(row((before, 1), (now, 1), gap=k.S3), gap=k.S1, margins=(k.S3, k.S2, k.S3, k.S2))
    out.addLayout(_facts(theme, shown))
    return box("surface", out)


def issuer(facts: CertificateFacts) -> str:
    """Who vouches for it: on many servers of one's own nobody else does."""
    return "itself" if is_by_itself(facts) else facts.issuer or "—"


def is_by_itself(facts: CertificateFacts) -> bool:
    return bool(facts.issuer) and facts.issuer == facts.subject


def _lines(facts: CertificateFacts) -> list[tuple[str, str]]:
    lines = [
        ("Issued to", facts.subject or "—"),
        ("Issued by", issuer(facts)),
        ("Valid", f"{_day(facts.not_before)} to {_day(facts.not_after)}"),
    ]
    if facts.names:
        lines.append(("For", ", ".join(facts.names[:6]) + (" …" if len(facts.names) > 6 else "")))
    return lines


def _fingerprint(theme: Theme, sha256: str, a_line: int) -> QLabel:
    """`a_line`: bytes a line."""
    whole = pairs(sha256).split(":")
    lines = [":".join(whole[i : i + a_line]) for i in range(0, len(whole), a_line)]
    shown = label(theme, "\n".join(lines), "mono")
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    shown.setAccessibleName(f"SHA-256 fingerprint {pairs(sha256)}")
    return shown


def _day(moment: str) -> str:
    """ISO 8601 as a date of the language; as it is where it cannot be read."""
    at = QDateTime.fromString(moment, Qt.DateFormat.ISODate)
    return QLocale().toString(at.date(), "d MMMM yyyy") if at.isValid() else moment
