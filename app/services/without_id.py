"""Messages without a Message-ID: what stands for it is made of their headers (`made_up_id`), and two different ones may have
the same header, such as two short answers in one second. What they say tells them apart. Used by `take_message`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from app.services.log_message import UNREADABLE
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.mime.reading import ReadMessage

_AS_READ = ("reply", "contact")


def says_the_same(workspace: Workspace, pk: int, message: ReadMessage, files: Collection[str]) -> bool:
    """Whether a stored message is this one, met in another place: the text is the same but for spaces and line ends, which
    servers change, and so are the files (SHA-256), where both have some. Of what came here by another way than the sync's
    (copied, forwarded, imported) the text may have been changed: it is taken to be the same."""
    stored = workspace.store.timeline.message(pk)
    if stored is None:
        return False
    if stored.logged_by not in _AS_READ:
        return True
    there = {file.sha256 for file in stored.attachments}
    if there and files and there != set(files):
        return False
    text = "" if stored.text == UNREADABLE else stored.text
    return _plain(text) == _plain(message.text) and _plain(stored.html) == _plain(message.html)


def another_id(made_up: str, message: ReadMessage, files: Collection[str]) -> str:
    """Stands for the Message-ID of one whose header is another's; the same wherever it is met."""
    parts = [made_up, _plain(message.text), _plain(message.html), *sorted(files)]
    return f"{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()[:32]}@no-id.invalid"


def _plain(text: str) -> str:
    return " ".join(text.split())
