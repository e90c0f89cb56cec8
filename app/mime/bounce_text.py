"""Notices of failure without structure: the texts in which servers say whom a message did not reach. Used by `reading`.

The forms are those of qmail and Yahoo, Postfix, Exim and Mail.ru, sendmail, Exchange 5.5 and 2003, Office 365, Gmail, Domino,
Notes, GroupWise, MailEnable, IMail, MDaemon, CommuniGate, GMX and 1&1, as they stand in public collections of bounces.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from app.domain.message_ids import normalise_message_id
from app.mime.addresses import parse_address_list
from app.mime.charsets import one_line
from app.mime.delivery import MAX_FAILURES, DeliveryFailure, judge
from app.mime.word_lists import word_list, words_of

MAX_TEXT = 200_000  # characters of a notice that are looked at
_MAX_LINES = 2_000
_MAX_LINE = 1_000
_TRANSCRIPT = 100  # lines of a conversation between servers
_REASON_LINES = 12  # behind a recipient in which the reason stands

_WORDS = word_list("bounces")
_OPENINGS = words_of(_WORDS["openings"])
_COPIES = words_of(_WORDS["copies"])
_DELAYS = words_of(_WORDS["delays"])
_FAILING = (*_OPENINGS, *words_of(_WORDS["unknown"]), *words_of(_WORDS["refused"]))

_A = r"([^<>\s:,;()\[\]\"'*]{1,200}@[^<>\s:,;()\[\]\"'*]{1,250})"
# One recipient on a line of its own, in the order of how sure each form is.
_FORMS = (
    re.compile(rf"[<\"']{_A}[>\"'](?::|\s{{0,5}}$)\s*(.{{0,300}})"),  # <a@example.com>:   "a@example.com":
    re.compile(rf"(?:final-recipient|original-recipient)\s{{0,3}}:\s{{0,3}}(?:rfc822\s{{0,3}};)?\s{{0,3}}<?{_A}>?\s*()", re.I),
    re.compile(rf"(?:failed )?recipients?\s{{0,3}}:\s{{0,3}}\[?(?:smtp:)?<?{_A}>?\]?\s*()", re.IGNORECASE),
    re.compile(
        rf"(?:failed address|unknown (?:local )?user|unknown host|unknown address|invalid final delivery userid|no such user|"
        rf"user mailbox exceeds allowed size|delivery failed[\w ]{{0,30}}|undeliverable to|failed to deliver to|"
        rf"could not be delivered to)\s{{0,3}}:?\s{{0,3}}[<'\"]?{_A}[>'\"]?\s*(.{{0,300}})",
        re.IGNORECASE,
    ),
    re.compile(rf"{_A} on (?:mon|tue|wed|thu|fri|sat|sun|\d).{{4,60}}()", re.IGNORECASE),  # Exchange 5.5
    re.compile(rf"<?{_A}>?\.{{3}} ?(.{{1,300}})"),  # a@example.com... User unknown
    re.compile(rf"(?:-|\*|•|·)?\s{{0,3}}<?{_A}>?(?:<mailto:[^<>\s]{{1,300}}>|\(mailto:[^()\s]{{1,300}}\))?:?\s{{0,5}}()"),
)  # fmt: skip
_INDENTED = re.compile(rf"(?:\t| {{1,8}})<?{_A}>?:?\s{{1,5}}(\(.{{1,300}}|.{{1,300}})?")
_ANYWHERE = re.compile(_A)
_REPLY_CODE = re.compile(r"(?<![\w.])[245]\d\d[ -]|(?<![\d.])[245]\.\d\.\d{1,3}(?![\d.])")
_DASHED = re.compile(r"-{2,}.{0,80}|original message follows.{0,60}|.{1,60}-{3,}", re.IGNORECASE)
_MESSAGE_ID_LINE = re.compile(r"^[> \t]{0,8}message-id:[ \t]*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)


def reports_failure(text: str) -> bool:
    """Whether the beginning of a text says, in the words of a server, that something was not delivered."""
    return _has(text[:3_000], _OPENINGS)


def _has(text: str, words: tuple[str, ...]) -> bool:
    folded = " ".join(text.casefold().replace("’", "'").split())
    return any(word in folded for word in words)


def text_failures(
    text: str, named: tuple[str, ...] = (), own: frozenset[str] = frozenset(), *, sure: bool = True
) -> tuple[list[DeliveryFailure], str]:
    """Failures in a notice, and the original's id when a copy of its header follows. `named`: the recipients of
    X-Failed-Recipients, believed before the text; `own`: addresses to which the notice went and which failed only where
    nothing else did, in lower case; `sure`: the sender is a mail system, so that an address within a sentence will do."""
    text = text[:MAX_TEXT]
    identified = _MESSAGE_ID_LINE.search(text)  # the notice's own header is not in its text
    original_id = normalise_message_id(identified.group(1)) if identified else ""
    lines = _notice(text)
    places = _places(lines, named, own) or (_spoken_of(lines, own) if sure else {})
    action = "delayed" if _has("\n".join(lines[:60])[:6_000], _DELAYS) else "failed"
    transcript = [  # lines with a code, and where the one above names the recipient, that one, too
        (f"{above}\n{line}".lower(), line.strip())
        for above, line in zip(["", *lines], lines, strict=False)
        if ("@" in line or "@" in above) and _REPLY_CODE.search(line)
    ][:_TRANSCRIPT]
    answered = next((line[4:].strip() for line in lines if line.startswith("<<< ") and _REPLY_CODE.search(line)), "")
    numbers = sorted({*places.values(), len(lines)})
    failures = []
    for address, number in places.items():
        diagnostic = _reason(
            lines[number : numbers[bisect_right(numbers, number)] if number < len(lines) else number], address
        )
        if not _tells(diagnostic, address):  # Notes puts the reason above
            above = next((line.strip() for line in reversed(lines[max(0, number - 3) : number]) if line.strip()), "")
            diagnostic = f"{above} {diagnostic}".strip()
        if not _REPLY_CODE.search(diagnostic):
            key = address.lower()
            said_there = (line for both, line in transcript if key in both and line not in diagnostic)
            named_there = next(said_there, answered)
            diagnostic = one_line(f"{diagnostic} {named_there}")
        recipient = parse_address_list(address)
        failures.append(judge(recipient[0].addr_spec if recipient else address, "", action, diagnostic))
    return failures, original_id


def _notice(text: str) -> list[str]:
    """The lines above the copy of the message."""
    lines: list[str] = []
    for line in text.split("\n")[:_MAX_LINES]:
        bare = line[:200].strip().casefold()
        ruled = lines and "transcript" not in bare and "failure" not in bare and _DASHED.fullmatch(bare)
        if ruled and any(words in bare for words in _COPIES):
            break
        lines.append(line[:_MAX_LINE])
    return lines


def _places(lines: list[str], named: tuple[str, ...], own: frozenset[str]) -> dict[str, int]:
    """Recipient → the number of the line on which it stands."""
    if named:
        return {
            address: next((n for n, line in enumerate(lines) if address.lower() in line.lower()), len(lines))
            for address in named[:MAX_FAILURES]
        }
    places: dict[str, int] = {}
    ours: dict[str, int] = {}
    seen: set[str] = set()
    for number, line in enumerate(lines):
        if "@" not in line or len(places) >= MAX_FAILURES:
            continue
        bare = line.strip()
        if bare.lower().startswith(
            ("to:", "from:", "subject:", "sender:", "cc:", "return-path:", ">>>", "<<<", "message-id:")
        ):
            continue
        found = next((m for m in (form.fullmatch(bare) for form in _FORMS) if m), None) or _INDENTED.fullmatch(line)
        if found:
            address = found.group(1).rstrip(".:")
            if address.lower() not in seen:
                seen.add(address.lower())
                (ours if address.lower() in own else places)[address] = number
    return places or ours


def _spoken_of(lines: list[str], own: frozenset[str]) -> dict[str, int]:
    """The address within a sentence that says that it failed: “Your message to anna@example.com couldn’t be delivered.”"""
    for number, line in enumerate(lines[:300]):
        if "@" not in line:
            continue
        around = " ".join(lines[max(0, number - 1) : number + 2]).casefold().replace("’", "'")
        if not any(words in around for words in _FAILING):
            continue
        for found in _ANYWHERE.finditer(line):
            address = found.group(1).strip(".:")
            local = address.lower().partition("@")[0]
            if address.lower() not in own and not local.startswith(
                ("postmaster", "mailer-daemon", "abuse", "helpdesk", "support")
            ):
                return {address: number}
    return {}


def _reason(lines: list[str], address: str) -> str:
    """What the server says of a recipient, in the lines from its address to the next one."""
    said: list[str] = []
    for line in lines[:40]:
        bare = line.strip()
        if not bare and said and _tells(" ".join(said), address):
            break
        if bare:
            said.append(bare)
        if len(said) >= _REASON_LINES:
            break
    return one_line(" ".join(said).removeprefix(f"<{address}>:").removeprefix(f'"{address}":').removeprefix(address))


def _tells(said: str, address: str) -> bool:
    """Whether something is said beside the address itself."""
    rest = said.replace(address, "").strip("<>:\"'() \t")
    return len(rest) > 12 or bool(_REPLY_CODE.search(rest))
