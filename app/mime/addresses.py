"""Address lists as people type them and as headers carry them (RFC 5322 3.4, with what mail programs make of it).

Used by `headers`, `composing`, and by the screens for what is typed into To, Cc and Bcc.
"""

from __future__ import annotations

import re

from app.domain.addresses import Address, plain_spec, wire_address
from app.mime.charsets import one_line
from app.mime.encoded_words import decode_words, encode_words

MAX_ADDRESSES = 5_000
MAX_TEXT = 500_000

# The two forms that nearly every header has; what they do not match goes through the scanner below.
_NAMED = re.compile(r'\s*(?:"([^"\\]*)"\s*|([^"\\<>,;:()@\[\]]*))<([^\s<>,;:"()@\[\]]+@[^\s<>,;:"()@\[\]]+)>\s*')
_BARE = re.compile(r'\s*<?([^\s<>,;:"()@\[\]]+@[^\s<>,;:"()@\[\]]+)>?\s*')
_PLAIN = re.compile(r'[^",;:<>()\\\[]+')
_PARENS = re.compile(r"[()\\]")
_AROUND_MARKS = re.compile(r"\s*([@.])\s*")


def parse_address_list(text: str) -> tuple[Address, ...]:
    """All mailboxes in `text`, in order. Separators are comma and semicolon; groups are opened out; an unquoted comma in
    a name (``Berg, Anna <anna@example.com>``) is kept in the name. What is no address at all (``Bob``) comes back as an
    `Address` whose `addr_spec` is that text, so that a screen can point at it: see `app.domain.addresses.is_complete`.
    Never raises; linear in the length; at most 5,000 mailboxes."""
    found = _NAMED.fullmatch(text)
    if found:
        quoted, plain, spec = found.groups()
        return (Address(plain_spec(spec), _name(quoted if quoted is not None else plain)),)
    found = _BARE.fullmatch(text)
    if found:
        return (Address(plain_spec(found.group(1))),)
    return tuple(_as_seen(address) for address in _Scanner(text[:MAX_TEXT]).read())


def header_addresses(text: str) -> tuple[Address, ...]:
    """`parse_address_list` for a header: text that is no mailbox is left out; a local name alone (``MAILER-DAEMON``)
    is kept. A list that stands as a whole in encoded words, against RFC 2047 5, is decoded first."""
    if "@" not in text and "=?" in text:
        text = decode_words(text)
    return tuple(a for a in parse_address_list(text) if "@" in a.addr_spec or " " not in a.addr_spec)


def _as_seen(address: Address) -> Address:
    spec = plain_spec(address.addr_spec) if "@" in address.addr_spec else address.addr_spec
    return address if spec == address.addr_spec else Address(spec, address.display_name)


def _name(raw: str) -> str:
    name = decode_words(raw)
    if len(name) > 2 and name[0] == name[-1] == "'":  # Outlook puts names that look like addresses in single quotes
        name = name[1:-1].strip()
    return name


class _Scanner:
    """One pass over an address list."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Address] = []
        self.phrase: list[tuple[str, bool]] = []  # pieces before the address, and whether they were quoted
        self.comments: list[str] = []
        self.spec: str | None = None
        self.spec_at = 0  # number of pieces before it
        self.pending: list[str] = []  # pieces before a comma that may be the beginning of a name

    def read(self) -> tuple[Address, ...]:
        text, at, size = self.text, 0, len(self.text)
        while at < size and len(self.found) < MAX_ADDRESSES:
            c = text[at]
            if c == '"':
                at = self._quoted(at + 1)
            elif c == "(":
                at = self._comment(at + 1)
            elif c == "<":
                at = self._angle(at + 1)
            elif c == "[":
                end = text.find("]", at, at + 300)
                end = at + 1 if end < 0 else end + 1
                self.phrase.append((text[at:end], False))
                at = end
            elif c in ",;":
                self._finish(separator=c)
                at += 1
            elif c == ":":
                self._colon()
                at += 1
            elif c == "\\":
                self.phrase.append((text[at + 1 : at + 2], False))
                at += 2
            elif c == ">":
                at += 1
            else:
                run = _PLAIN.match(text, at)
                end = run.end() if run else at + 1
                piece = text[at:end].replace(">", " ")
                if self.spec is None or piece.strip():
                    self.phrase.append((piece, False))
                at = end
        self._finish(separator=";")
        return tuple(address for address in self.found if address.addr_spec)

    def _quoted(self, at: int) -> int:
        text, out = self.text, []
        while at < len(text):
            quote = text.find('"', at)
            slash = text.find("\\", at, quote if quote >= 0 else len(text))
            if slash >= 0:
                out.append(text[at:slash] + text[slash + 1 : slash + 2])
                at = slash + 2
                continue
            if quote < 0:
                out.append(text[at:])
                at = len(text)
                break
            out.append(text[at:quote])
            at = quote + 1
            break
        self.phrase.append(("".join(out), True))
        return at

    def _comment(self, at: int) -> int:
        depth, start = 1, at
        while depth:
            mark = _PARENS.search(self.text, at)
            if mark is None:
                self.comments.append(self.text[start:])
                return len(self.text)
            at = mark.end()
            if mark.group() == "(":
                depth += 1
            elif mark.group() == ")":
                depth -= 1
            else:
                at += 1
        self.comments.append(self.text[start : at - 1])
        return at

    def _angle(self, at: int) -> int:
        text = self.text
        while text[at : at + 1] in ("<", " ", "\t"):
            at += 1
        look = at
        if text[at : at + 1] == '"':  # a quoted local part may hold ">"
            close = text.find('"', at + 1, at + 500)
            look = close + 1 if close > 0 else at
        end = text.find(">", look, look + 2_000)
        if end < 0:
            comma = text.find(",", look, look + 2_000)
            end = comma if comma >= 0 else min(len(text), look + 2_000)
            after = end
        else:
            after = end + 1
        inner = text[at:end]
        if inner.startswith("@") and ":" in inner:  # a source route, RFC 5322 4.4
            inner = inner.rpartition(":")[2]
        inner = inner.removeprefix("mailto:")
        spec = inner.strip() if '"' in inner else "".join(inner.split())
        if self.spec is None:
            self.spec, self.spec_at = one_line(spec), len(self.phrase)
        elif "@" not in self.spec:  # in angle brackets, and no address: part of the name, as in `<b>Bo</b> <bo@…>`
            if "@" in spec:
                self.phrase.insert(self.spec_at, (f"<{self.spec}>", False))
                self.spec = one_line(spec)
            else:
                self.phrase.append((f"<{one_line(spec)}>", False))
        return after

    def _colon(self) -> None:
        before = "".join(piece for piece, _ in self.phrase)
        if self.spec is None and "@" not in before:
            self.phrase.clear()  # the name of a group, or "mailto"
            self.comments.clear()
            self._drop_pending()
        else:
            self.phrase.append((":", False))

    def _finish(self, separator: str) -> None:
        phrase, spec = self.phrase, self.spec
        comment = self.comments[0] if self.comments else ""
        self.phrase, self.spec, self.comments = [], None, []
        joined = "".join(piece for piece, _ in phrase)
        if spec:
            name = ", ".join([*self.pending, joined.strip()]) if self.pending and joined.strip() else joined
            if self.pending and not joined.strip():
                self._drop_pending()
            self.pending = []
            self.found.append(Address(spec, _name(name) or _name(comment)))
            return
        if not joined.strip():
            if separator == ";":
                self._drop_pending()
            return
        if "@" not in joined:
            self.pending.append(joined.strip())
            if separator == ";":
                self._drop_pending()
            return
        self._drop_pending()
        self._bare(phrase, joined, comment)

    def _bare(self, phrase: list[tuple[str, bool]], joined: str, comment: str) -> None:
        """A mailbox without angle brackets: ``anna@example.com``, ``anna @ example.com``, ``Anna anna@example.com``,
        ``"Anna Berg"@example.com``."""
        quoted = next((i for i, (piece, is_quoted) in enumerate(phrase) if is_quoted and piece), None)
        if quoted is not None and quoted + 1 < len(phrase) and phrase[quoted + 1][0].startswith("@"):
            domain, _, _rest = phrase[quoted + 1][0].partition(" ")
            local = phrase[quoted][0].replace("\\", "\\\\").replace('"', '\\"')
            self.found.append(Address(one_line(f'"{local}"{domain}'), _name(comment)))
            return
        words = _AROUND_MARKS.sub(r"\1", joined).split() if joined.count("@") == 1 else joined.split()
        specs = [word for word in words if "@" in word]
        names = [word for word in words if "@" not in word]
        if len(specs) == 1:
            self.found.append(Address(one_line(specs[0]), _name(" ".join(names)) or _name(comment)))
        else:  # several addresses with nothing but space between them
            self.found.extend(Address(one_line(spec)) for spec in specs)

    def _drop_pending(self) -> None:
        self.found.extend(Address(one_line(text)) for text in self.pending if text.strip())
        self.pending = []


def wire_spec(addr_spec: str) -> str:
    """The address as it goes into SMTP and headers: an international domain in its ASCII form (RFC 5891). A local part
    that is not ASCII stays as it is and needs SMTPUTF8 (RFC 6531)."""
    text = "".join(addr_spec.splitlines()).strip()
    return wire_address(text) or text


_ATOM_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def format_address(address: Address) -> list[str]:
    """One mailbox as pieces between which a header may be folded; to be joined by spaces."""
    spec = wire_spec(one_line(address.addr_spec).strip("<> "))
    name = one_line(address.display_name)
    if not name:
        return [spec]
    if not name.isascii():
        return [*encode_words(name, 66), f"<{spec}>"]
    if _ATOM_NAME.fullmatch(name) and "=?" not in name:
        return [*name.split(" "), f"<{spec}>"]
    if "=?" in name or len(name) > 60:
        return [*encode_words(name, 66), f"<{spec}>"]
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"', f"<{spec}>"]
