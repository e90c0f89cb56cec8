"""Who is in a block of hits, in little room: what cannot be in a block need not be looked for there. Used by the databases
when a recipient is to be forgotten, in the place of an index, which each hit would have to be put into at its own place.

A Bloom filter (Bloom, “Space/time trade-offs in hash coding with allowable errors”, 1970) of ten bits for each key and five of
them set: one block in a hundred is looked through in vain, none is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from hashlib import blake2b

BLOCK = 8_192  # hits, of all workspaces
_BITS, _SET = 10, 5


def make_sketch(keys: Iterable[tuple[int, str]]) -> str:
    """`keys`: workspace and recipient, each once."""
    known = list(keys)
    size = max(64, _BITS * len(known))
    bits = bytearray((size + 7) // 8)
    for key in known:
        for place in _places(key, len(bits) * 8):
            bits[place >> 3] |= 1 << (place & 7)
    return base64.b64encode(bits).decode()


def may_hold(sketch: str, key: tuple[int, str]) -> bool:
    """False where this key certainly was not among the sketch's."""
    bits = base64.b64decode(sketch)
    return all(bits[place >> 3] & 1 << (place & 7) for place in _places(key, len(bits) * 8))


def _places(key: tuple[int, str], size: int) -> Iterator[int]:
    """By two halves of one hash (Kirsch and Mitzenmacher, “Less hashing, same performance”, 2006)."""
    value = int.from_bytes(blake2b(f"{key[0]}/{key[1]}".encode(), digest_size=16).digest())
    first, step = value >> 64, value & 0xFFFF_FFFF_FFFF_FFFF | 1
    return ((first + number * step) % size for number in range(_SET))
