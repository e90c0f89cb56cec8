"""Signed and encrypted mail: what can be shown of it, and what it is. Used by `reading`.

Nothing is verified and nothing is decrypted here; a signature is passed over, and what is encrypted says so.
"""

from __future__ import annotations

import re

from app.mime.structure import Part, parse_structure

SIGNED, ENCRYPTED = "signed", "encrypted"
MAX_CONTENT = 100_000_000
_MAX_NESTED = 3
_MAX_ELEMENTS = 50_000

_CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
# RFC 5652: the object identifiers of ContentInfo, in their DER form.
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_HIDDEN = (
    bytes.fromhex("06092a864886f70d010703"),
    bytes.fromhex("060b2a864886f70d0109100117"),
)  # enveloped, authEnveloped

_PGP_MESSAGE = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]*$", re.MULTILINE)
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


def open_signed(root: Part, defects: list[str], nested: int = 0) -> str:
    """What protects the message, "" for nothing. The content of an opaque S/MIME signature (RFC 8551 3.5.2) is put in its
    part's place, so that it is read like any other."""
    if root.content_type == "multipart/signed":
        return SIGNED if not _encrypted_inside(root) else ENCRYPTED
    if root.content_type == "multipart/encrypted":
        return ENCRYPTED
    if root.content_type not in _CMS_TYPES and not _named_p7m(root):
        if root.content_type == "multipart/mixed" and nested < _MAX_NESTED:  # a list or a scanner wrapped it
            found = [open_signed(part, defects, nested + 1) for part in root.children[:5]]
            return next((one for one in found if one), "")
        return ""
    content = root.content()[:MAX_CONTENT]
    head = content[:60]
    if any(oid in head for oid in _HIDDEN) or root.parameters.get("smime-type", "").lower() in (
        "enveloped-data",
        "authenveloped-data",
    ):
        return ENCRYPTED
    inner = signed_content(content) if _SIGNED_DATA in head else b""
    if not inner or nested >= _MAX_NESTED:
        return SIGNED if _SIGNED_DATA in head else ""
    tree, more = parse_structure(inner)
    defects += [defect for defect in more if defect not in defects]
    root.content_type, root.parameters, root.children = "multipart/mixed", {}, [tree]
    deeper = open_signed(tree, defects, nested + 1)
    return ENCRYPTED if deeper == ENCRYPTED else SIGNED


def _named_p7m(part: Part) -> bool:
    named = part.parameters.get("name", "").lower()
    return part.content_type == "application/octet-stream" and named.endswith(".p7m")


def _encrypted_inside(root: Part) -> bool:
    return any(open_signed(part, [], _MAX_NESTED) == ENCRYPTED for part in root.children[:1])


def signed_content(data: bytes) -> bytes:
    """The content that a CMS SignedData carries (RFC 5652 5.1–5.2), in definite or indefinite lengths (X.690 8.1.3), whole
    or in pieces; empty where there is none. Never raises; linear in the length."""
    try:
        _, at, _ = _element(data, 0)  # ContentInfo
        _, _, at = _element(data, at)  # its type
        _, at, _ = _element(data, at)  # [0]
        _, at, _ = _element(data, at)  # SignedData
        _, _, at = _element(data, at)  # version
        _, _, at = _element(data, at)  # digest algorithms
        _, at, _ = _element(data, at)  # EncapsulatedContentInfo
        _, _, at = _element(data, at)  # its type
        tag, at, _ = _element(data, at)  # [0]
        return _octets(data, at) if tag == 0xA0 else b""
    except (IndexError, ValueError):
        return b""


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start of the content, end of the element) of one element; the end of one of indefinite length is that of the data,
    and nothing behind it is asked for."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length < 0x80:
        return tag, at, at + length
    if length == 0x80:
        return tag, at, len(data)
    count = length & 0x7F
    if count > 8:
        raise ValueError("a length of more than eight bytes")
    return tag, at + count, at + count + int.from_bytes(data[at : at + count], "big")


def _octets(data: bytes, at: int) -> bytes:
    """An OCTET STRING, or one in pieces."""
    tag, start, end = _element(data, at)
    if tag == 0x04:
        return data[start:end]
    if tag != 0x24:
        return b""
    pieces: list[bytes] = []
    at = start
    while at + 1 < min(end, len(data)) and len(pieces) < _MAX_ELEMENTS:
        tag, start, at = _element(data, at)
        if tag != 0x04:  # the two zero bytes that end an indefinite length
            break
        pieces.append(data[start:at])
    return b"".join(pieces)


def pgp_in_text(text: str) -> tuple[str, str]:
    """(the text without the armour of OpenPGP, what protects it) (RFC 9580 6.2 and 7)."""
    at = text.find(_PGP_SIGNED)
    if at >= 0 and (at == 0 or text[at - 1] == "\n"):
        start = text.find("\n\n", at)
        end = text.find("\n" + _PGP_SIGNATURE, at)
        if 0 <= start < end:
            stop = text.find("-----END PGP SIGNATURE-----", end)
            below = text[stop + 27 :] if stop >= 0 else ""
            inside = text[start + 2 : end].replace("\n- ", "\n").removeprefix("- ")
            return f"{text[:at]}{inside}{below}", SIGNED
    if "-----BEGIN PGP MESSAGE-----" in text and _PGP_MESSAGE.search(text[:100_000]):
        return text, ENCRYPTED
    return text, ""
