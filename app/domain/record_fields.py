"""What may stand in the fields of contacts, companies, deals and users. Used by the services behind edits, and by whatever else
writes records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from app.domain.addresses import address_key, is_complete
from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain, ascii_url
from app.domain.money import LARGEST, exponent
from app.domain.quoting import quoted
from app.domain.record_words import plain_text
from app.domain.records import PHONE_KINDS, ROLES, Fields, RecordKind

_UNSEEN = (
    " \t\r\n\u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
LONGEST_NAME = 200  # letters
LONGEST = 500  # letters of a line; a postal address may have ten times as many


def checked_fields(kind: RecordKind, fields: Mapping[str, Any]) -> Fields:
    """The same with its texts trimmed and its values in order. Raises UsageError, with a sentence that names the field."""
    allowed = _CHECKS[kind]
    unknown = [name for name in fields if name not in allowed]
    if unknown:
        raise UsageError(f"A {kind.value} has no field {unknown[0]}. Fields: {', '.join(allowed)}.")
    return {name: allowed[name](value) for name, value in fields.items()}


def _line(value: Any, longest: int = LONGEST) -> str:
    text = " ".join(plain_text(str(value or "")).split())
    if len(text) > longest:
        raise UsageError(f"“{text[:40]}…” is too long: at most {longest} letters fit.")
    return text


def _any_name(value: Any) -> str:
    return _line(value, LONGEST_NAME)


def _name(value: Any) -> str:
    text = _any_name(value)
    if not text:
        raise UsageError("It needs a name.")
    return text


def is_phone(text: str) -> bool:
    """Whether it may be a telephone number: it has a digit, or is empty."""
    return not text.strip() or any(c.isdigit() for c in text)


def is_website(text: str) -> bool:
    """Whether it is an address of the web, with or without http:// before it, or empty. Nothing that a browser would run or
    open from the disk."""
    plain = text.strip()
    scheme, colon, _ = plain.partition("://")
    if colon and scheme.lower() not in ("http", "https"):
        return False
    url = ascii_url(plain if colon else f"https://{plain}")
    return not plain or (" " not in plain and "." in (urlsplit(url).hostname or "" if url else ""))


def _phone(value: Any) -> str:
    text = _line(value)
    if not is_phone(text):
        raise UsageError(f"“{text[:40]}” is no telephone number: there is no digit in it.")
    return text


def _website(value: Any) -> str:
    text = _line(value)
    if not is_website(text):
        raise UsageError(f"“{text[:40]}” is no address of a website, such as https://example.com.")
    return text


def _block(value: Any) -> str:
    text = "\n".join(plain_text(line).strip() for line in str(value or "").strip().splitlines())
    if len(text) > 10 * LONGEST:
        raise UsageError(f"“{text[:40]}…” is too long: at most {10 * LONGEST} letters fit.")
    return text


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError("It is either yes or no.")
    return value


def _reference(value: Any) -> int | None:
    return None if value is None else _number(value)


def _references(value: Any) -> list[int]:
    return list(dict.fromkeys(map(_number, value)))


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{quoted(value)} is no record’s number.") from error


def _addresses(value: Any) -> list[str]:
    found: dict[str, str] = {}
    for text in value:
        typed = _address(text)
        found.setdefault(address_key(typed), typed)
    return list(found.values())


def _login(value: Any) -> str:
    return _address(value) if str(value or "").strip() else ""


def _address(value: Any) -> str:
    """Without the marks that nobody sees and that come with what is copied."""
    text = str(value).strip(_UNSEEN)
    if not is_complete(text):
        raise UsageError(f"The address {quoted(text)} is not complete.")
    if text != plain_text(text) or len(text) > LONGEST:
        raise UsageError(f"{quoted(text[:40])} is no address.")
    return text


def _domains(value: Any) -> list[str]:
    found: dict[str, None] = {}
    for text in value:
        plain = ascii_domain(str(text).strip().removeprefix("@"))
        if not plain:
            raise UsageError(f"{quoted(text)} is no domain. Write it as example.com.")
        found[plain] = None
    return list(found)


def _phones(value: Any) -> list[list[str]]:
    phones = []
    for entry in value:
        number, kind = (entry, "work") if isinstance(entry, str) else (entry[0], entry[1])
        if kind not in PHONE_KINDS:
            raise UsageError(f"There is no kind of number {quoted(kind)}. Kinds: {', '.join(PHONE_KINDS)}.")
        if _line(number):
            phones.append([_phone(number), kind])
    return phones


def _amount(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise UsageError("The amount is too large.")
    return value


def _currency(value: Any) -> str:
    code = str(value or "").strip().upper()
    if code:
        exponent(code)
    return code


def _role(value: Any) -> str:
    if value not in ROLES:
        raise UsageError(f"There is no role {quoted(value)}. Roles: {', '.join(ROLES)}.")
    return str(value)


_CHECKS: dict[RecordKind, dict[str, Callable[[Any], Any]]] = {
    RecordKind.CONTACT: {
        "name": _any_name, "title": _line, "postal_address": _block, "owner": _reference, "addresses": _addresses,
        "phones": _phones, "companies": _references, "removed": _flag,
    },
    RecordKind.COMPANY: {
        "name": _name, "phone": _phone, "website": _website, "postal_address": _block, "owner": _reference,
        "domains": _domains, "removed": _flag,
    },
    RecordKind.DEAL: {
        "name": _name, "stage": _name, "amount_minor": _amount, "currency": _currency, "owner": _reference,
        "company": _reference, "contacts": _references, "removed": _flag,
    },
    RecordKind.USER: {
        "name": _any_name, "login_address": _login, "aliases": _addresses, "personal_email_access": _flag, "role": _role,
        "active": _flag,
    },
}  # fmt: skip
