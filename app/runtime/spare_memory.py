"""Gives memory that was freed back to the system. Used by the window's collector of garbage.

What a page held is freed in many small pieces, which the C library of Linux keeps for the next time: after some records that
were looked at, tens of megabytes."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> bool:
    """Takes less than a millisecond. Whether there was anything; always False where the system does it by itself."""
    trim = _trim()
    return trim is not None and bool(trim(0))


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's malloc_trim; None with another C library. https://man7.org/linux/man-pages/man3/malloc_trim.3.html"""
    if not sys.platform.startswith("linux"):
        return None
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if found is None:
        return None
    found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    return found  # type: ignore[no-any-return]
