"""This computer's address as others see it (S3). A value for the service that asks and the dialog that shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SeenAddress:
    """`address`: empty where it is not known. `why`: a sentence that then says why not."""

    address: str
    why: str = ""
