"""A mailbox's folders and the paths that they have here. Used by `session`.

The inbox is "INBOX", the folder for sent mail "Sent", whatever the server calls them.
"""

from __future__ import annotations

from exchangelib import Account, Folder
from exchangelib.folders import BaseFolder, SingleFolderQuerySet

from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import talking
from app.backends.protocol import FolderInfo
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

BY_NAME = ("INBOX", "Sent")  # known to the library by their names, not by a list
_MAIL = "IPF.Note"


class Places:
    """Asks for the list when a path is not known."""

    def __init__(self, channel: Channel, mailbox: Account) -> None:
        self._channel, self._mailbox = channel, mailbox
        self._known: dict[str, BaseFolder] = {}

    def infos(self) -> tuple[FolderInfo, ...]:
        """The mail folders, INBOX and Sent first."""
        paths = self.all()
        uses = {"Sent": "\\Sent"}
        for use, name in (("\\Drafts", "drafts"), ("\\Trash", "trash"), ("\\Junk", "junk"), ("\\Drafts", "outbox")):
            try:
                with talking(self._channel, ProblemCode.FOLDER_MISSING):
                    number = getattr(self._mailbox, name).id
            except MailFault as fault:
                if fault.problem.code is not ProblemCode.FOLDER_MISSING:
                    raise
                continue  # this mailbox has none
            uses.update({path: use for path, folder in paths.items() if folder.id == number})
        return tuple(FolderInfo(path, uses.get(path, ""), True) for path in paths)

    def all(self) -> dict[str, BaseFolder]:
        """By path, with how many messages each holds; of INBOX and Sent that is not asked for."""
        with talking(self._channel):
            top = self._mailbox.msg_folder_root
            paths: dict[str, BaseFolder] = {"INBOX": self._mailbox.inbox, "Sent": self._mailbox.sent}
            places = {top.id: "", **{folder.id: path for path, folder in paths.items()}}
            waiting = list(SingleFolderQuerySet(account=self._mailbox, folder=top).depth("Deep").all())
        while waiting:
            placed = [f for f in waiting if getattr(f.parent_folder_id, "id", None) in places]
            if not placed:
                break  # their parent is hidden from this account
            for folder in placed:
                waiting.remove(folder)
                if folder.id in places:
                    continue
                above = places[folder.parent_folder_id.id]
                path = f"{above}/{folder.name}" if above else folder.name
                places[folder.id] = path
                if (folder.folder_class or _MAIL).startswith(_MAIL):
                    paths.setdefault(path, folder)
        self._known = paths
        return paths

    def folder(self, path: str) -> BaseFolder:
        """FOLDER_MISSING when there is none."""
        if path.upper() == "INBOX":
            return self._mailbox.inbox
        if path == "Sent":
            return self._mailbox.sent
        found = self._known.get(path) or self.all().get(path)
        if found is None:
            raise self._channel.fault(ProblemCode.FOLDER_MISSING, path, own_words=True)
        return found

    def create(self, path: str) -> str:
        """One that is there already is as good."""
        paths = self.all()
        with talking(self._channel):
            above, at = self._mailbox.msg_folder_root, ""
            for name in path.split("/"):
                at = f"{at}/{name}" if at else name
                if at not in paths:
                    paths[at] = Folder(parent=above, name=name, folder_class=_MAIL).save()
                above = paths[at]
        self._known = {}  # what was made just now is not the object that the server gives
        return path
