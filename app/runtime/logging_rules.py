"""The part of the façade for mail that is copied here to be logged: the addresses for it, the review list, never-log, and the
legal bases of the privacy switch. A base of `Connecting`; what those screens talk to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.domain.review import ReviewFinds, ReviewItem, ReviewState, SoughtWord

if TYPE_CHECKING:
    from app.domain.copied_mail import CopyKind
    from app.domain.inboxes import InboxId
    from app.domain.logging_addresses import FolderLook, LoggingAddress, Proof, Way
    from app.domain.never_log import NeverEntry, NeverRemoved, NeverTrial
    from app.domain.privacy import Basis, LegalBasis
    from app.domain.views import FeedRow
    from app.runtime.jobs import Jobs
    from app.services.workspace import Workspace


class LoggingRules:
    """Where nothing else is said a call takes a few milliseconds and takes effect at once. `then` is called on the main thread
    with the result, or None and why there is none."""

    workspace: Workspace
    _jobs: Jobs
    _proof: threading.Event | None = None
    _look: threading.Event | None = None

    # -- logging addresses

    def logging_addresses(self) -> tuple[LoggingAddress, ...]:
        """Those for BCC first."""
        return self.workspace.store.logging_addresses.all()

    def add_logging_address(
        self, kind: CopyKind, way: Way, inbox_id: InboxId, *, folder: str = "", address: str = ""
    ) -> LoggingAddress:
        """With PLUS and no `address` one is made. Raises UsageError, NotAllowed."""
        from app.services.logging_addresses import add_logging_address

        return add_logging_address(self.workspace, kind, way, inbox_id, folder=folder, address=address)

    def look_for_folder(
        self, inbox_id: InboxId, folder: str, then: Callable[[FolderLook | None, str], None], *, create: bool = False
    ) -> None:
        """Whether the mail server has a folder that is to serve an address; `create` makes it. One look at a time: another one
        ends the last, as does `cancel_look`."""
        from app.services.logging_folders import create_logging_folder, look_for_folder

        self.cancel_look()
        self._look = cancel = threading.Event()
        ask = create_logging_folder if create else look_for_folder
        self._jobs.run("look-for-folder", partial(ask, self.workspace, inbox_id, folder, cancel), then)

    def cancel_look(self) -> None:
        if self._look is not None:
            self._look.set()

    def remove_logging_address(self, address_id: int) -> None:
        """Raises UsageError where it is gone already."""
        from app.services.logging_addresses import remove_logging_address

        remove_logging_address(self.workspace, address_id)

    def prove_logging_address(
        self,
        address_id: int,
        then: Callable[[Proof | None, str], None],
        on_step: Callable[[str], None] | None = None,
    ) -> None:
        """Sends a test message and waits for it, up to two minutes. One at a time: another one ends the last. `on_step` is
        told what is done now, on the main thread: “Sending a test message to …”."""
        from app.services.logging_addresses import prove_address

        self.cancel_proof()
        self._proof = cancel = threading.Event()
        workspace = self.workspace
        self._jobs.run_in_steps(
            "prove-logging-address",
            lambda tell: prove_address(workspace, address_id, cancel, on_step=tell),
            then,
            on_step or (lambda _text: None),
        )

    def cancel_proof(self) -> None:
        """Ends the wait for a test message."""
        if self._proof is not None:
            self._proof.set()

    # -- the review list

    def review_items(
        self, state: ReviewState | None = ReviewState.OPEN, *, before: int | None = None, limit: int = 200
    ) -> tuple[ReviewItem, ...]:
        """Newest first; `state` None: all. `before`: the number of the last one of the page above."""
        return self.workspace.store.reviews.items(state, before=before, limit=limit)

    def find_review(
        self, words: Sequence[SoughtWord], state: ReviewState, *, before: int | None = None, limit: int = 100
    ) -> ReviewFinds:
        """Those that have all of these words, some hundred entries at a time: go on with `reached` as `before`."""
        return self.workspace.store.reviews.found(words, state, before=before, limit=limit)

    def review_item(self, item_id: int) -> ReviewItem:
        """Raises UsageError where there is none."""
        from app.services.review_copied import review_item

        return review_item(self.workspace, item_id)

    def review_count(self) -> int:
        """How many wait for a person."""
        return self.workspace.store.reviews.count()

    def read_review(self, item_id: int, then: Callable[[str | None, str], None]) -> None:
        """The beginning of its text, empty where nothing of it was kept."""
        from app.services.review_copied import review_text

        self._jobs.run("read-review", partial(review_text, self.workspace, item_id), then)

    def review_of_event(self, event: FeedRow) -> int | None:
        """The entry that an event of the feed (`EventKind.REVIEW`) told of."""
        return self.workspace.store.reviews.told_of(event.at, event.subject)

    def log_by_hand(
        self,
        item_id: int,
        contacts: Sequence[int],
        then: Callable[[object | None, str], None],
        *,
        address: str = "",
        addresses: Sequence[str] = (),
    ) -> None:
        """To these contacts, and to those with `address` or `addresses`, who become contacts where they are none yet."""
        from app.services.review_copied import log_by_hand

        new = [a for a in (address, *addresses) if a.strip()]
        self._jobs.run("log-by-hand", partial(log_by_hand, self.workspace, item_id, contacts, new), then)

    def dismiss_review(self, item_ids: Sequence[int]) -> int:
        """Returns how many were open. Can be undone for 30 days."""
        from app.services.review_copied import dismiss

        return dismiss(self.workspace, item_ids)

    def undo_review(self, item_id: int) -> None:
        """What was dismissed or logged by hand waits again. Raises UsageError where there is nothing to take back."""
        from app.services.review_copied import undo_review

        undo_review(self.workspace, item_id)

    # -- users' addresses

    def alias_notes(self, address: str, user_id: int | None) -> tuple[str, ...]:
        """What it means that a user sends from this address, too: whose it is besides (L7). `user_id` None: a new user."""
        from app.services.address_notes import notes_on_alias

        return notes_on_alias(self.workspace, address, user_id)

    # -- never-log

    def never_entries(self) -> tuple[NeverEntry, ...]:
        """The workspace's (`user_id` None), and the signed-in user's own."""
        from app.services.never_log_rules import never_entries

        return never_entries(self.workspace)

    def read_never(self, typed: str, *, mine: bool = False, subdomains: bool = True, note: str = "") -> NeverEntry:
        """What a person typed, as an entry that is not kept yet. Raises UsageError for what is no address and no domain."""
        from app.services.never_log_rules import entry_of

        return entry_of(self.workspace, typed, mine=mine, subdomains=subdomains, note=note)

    def try_never(
        self, entry: NeverEntry, then: Callable[[NeverTrial | None, str], None], *, also: Sequence[NeverEntry] = ()
    ) -> None:
        """What it would have kept out, and what removing would take away. `also`: entries that are added together with it.
        Changes nothing."""
        from app.services.never_log_rules import try_entry

        self._jobs.run("try-never-log", partial(try_entry, self.workspace, entry, also), then)

    def add_never(self, entry: NeverEntry) -> NeverEntry:
        """Counts for what comes from then on."""
        from app.services.never_log_rules import add_entry

        return add_entry(self.workspace, entry)

    def remove_never(self, entry: NeverEntry) -> None:
        """Raises UsageError where it is gone already."""
        from app.services.never_log_rules import remove_entry

        remove_entry(self.workspace, entry)

    def remove_never_logged(
        self, entry: NeverEntry, then: Callable[[NeverRemoved | None, str], None], *, also: Sequence[NeverEntry] = ()
    ) -> None:
        """Takes away for good what was logged and the entry is about. Show `try_never` first, with the same `also`."""
        from app.services.never_log_rules import remove_logged

        self._jobs.run("remove-never-logged", partial(remove_logged, self.workspace, entry, also), then)

    # -- privacy: the switch itself is the setting privacy.on

    def legal_bases(self) -> tuple[LegalBasis, ...]:
        """By address."""
        return self.workspace.store.bases.all()

    def put_legal_basis(self, addresses: Sequence[str], basis: Basis, note: str = "") -> None:
        """For each of these addresses; takes the place of an earlier one. Raises UsageError for what is no address."""
        from app.services.legal_bases import put_legal_basis

        put_legal_basis(self.workspace, addresses, basis, note)

    def remove_legal_basis(self, address: str) -> None:
        """Nothing more is logged or tracked while the switch is on; what was stays. Raises UsageError where there is none."""
        from app.services.legal_bases import remove_legal_basis

        remove_legal_basis(self.workspace, address)
