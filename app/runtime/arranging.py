"""The part of the façade by which logged messages are explained and put where they belong. A base of `Connecting`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.runtime.reads import Reads

if TYPE_CHECKING:
    from app.domain.records import Associations
    from app.domain.trace import Trace
    from app.runtime.background import Background
    from app.runtime.jobs import Jobs
    from app.services.workspace import Workspace


class Arranging(Reads):
    workspace: Workspace
    background: Background
    _jobs: Jobs

    def explain(self, asked: str, then: Callable[[Trace | None, str], None], *, look: bool = True) -> None:
        """Why a message is here or not. `asked`: its Message-ID, or an address. Returns at once; `then` gets the answer on the
        main thread, or None and why there is none. `look`: also at the mail servers."""
        from app.services.explain_message import explain_message

        self._jobs.run("explain-message", partial(explain_message, self.workspace, asked, look=look), then)

    def move_message(self, message_pk: int, *, to_message: int | None = None, to_contacts: Sequence[int] = ()) -> None:
        """Into another message's thread, or onto other contacts' timelines. Raises UsageError when it is there already."""
        from app.services.arrange_messages import move_message

        move_message(self.workspace, message_pk, to_message=to_message, to_contacts=to_contacts)

    def split_message(self, message_pk: int) -> None:
        """A thread of its own, with the answers to it. Raises UsageError when it has one already."""
        from app.services.arrange_messages import split_message

        split_message(self.workspace, message_pk)

    def undo_arrangement(self, message_pk: int) -> bool:
        """Takes the last move or split of a message back; without one, parts it from the forward that it was joined with.
        False when there was neither."""
        from app.services.arrange_messages import undo_arrangement

        return undo_arrangement(self.workspace, message_pk)

    def part_message(self, message_pk: int) -> int:
        """A message and the forward that it was joined with are two again. Returns the number of the forwarded one. Raises
        UsageError where nothing was joined."""
        from app.domain.errors import UsageError
        from app.services.join_forwarded import part_forwarded, why_not_parted

        forwarded = part_forwarded(self.workspace, message_pk)
        if forwarded is None:
            raise UsageError(why_not_parted(self.workspace, message_pk))
        return forwarded

    def join_message(self, message_pk: int, forwarded_pk: int) -> None:
        """Takes `part_message` back. Raises NotAllowed where the two are not as they were then."""
        from app.services.join_forwarded import join_again

        join_again(self.workspace, message_pk, forwarded_pk)

    def associations(self, message_pk: int) -> Associations:
        """The contacts, companies and deals that a message is logged to."""
        from app.services.associate_message import associations

        return associations(self.workspace, message_pk)

    def set_associations(
        self, message_pk: int, contacts: Sequence[int], companies: Sequence[int], deals: Sequence[int]
    ) -> bool:
        """These and no others; False when it is so already. `undo_arrangement` takes it back. Raises UsageError."""
        from app.services.associate_message import set_associations

        return set_associations(self.workspace, message_pk, contacts, companies, deals)

    def looks_wait(self) -> str:
        """Why old mail is not looked at just now, in a sentence; empty when nothing keeps it."""
        return self.background.waits_for()
