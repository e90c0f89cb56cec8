"""The stand-in for `app.runtime.logging_rules`: logging addresses, a review list with every reason, never-log, legal bases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.copied_mail import KEEP_NOTHING, CopyKind, Refusal
from app.domain.errors import UsageError
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import AddressState, FolderThere, LoggingAddress, Recognised, Way, plus_address
from app.domain.never_log import CoveredMessage, NeverRemoved, NeverTrial, read_entry
from app.domain.privacy import Basis, LegalBasis
from app.domain.record_words import folded
from app.domain.review import ReviewFinds, ReviewItem, ReviewState

_SUBJECTS = (
    "Revised quote",
    "Re: Delivery in March",
    "Fwd: Contract",
    "Meeting notes from our visit to the plant in Gävle",
)


def sample_reviews(now: datetime) -> list[ReviewItem]:
    """One of each reason, newest first."""
    items = []
    for number, reason in enumerate(Refusal, start=1):
        nothing = reason in KEEP_NOTHING
        items.append(
            ReviewItem(
                id=number,
                kind=CopyKind.FORWARD if reason in (Refusal.NOT_A_FORWARD, Refusal.ONE_FORM) else CopyKind.BCC,
                reason=reason,
                message_id=f"review{number}@example.com",
                facts={
                    Refusal.NO_LEGAL_BASIS: {"addresses": ["karin@example.org"]},
                    Refusal.NEVER_LOG: {"entry": "example.edu"},
                }.get(reason, {}),
                inbox_id=InboxId(1),
                sender="" if nothing else "jonas@example.com",
                recipients=() if nothing else ("karin@example.org", "erik.lindqvist@example.net"),
                subject="" if nothing else _SUBJECTS[number % len(_SUBJECTS)],
                date=None if nothing else now - timedelta(hours=5 * number),
                size=0 if nothing else 18_240 * number,
                raw_sha256="" if nothing else f"{number:064x}",
                state=ReviewState.LOGGED
                if reason is Refusal.FILES_LEFT_OUT
                else ReviewState.KEPT_OUT
                if reason in KEEP_NOTHING
                else ReviewState.OPEN,
                created_at=now - timedelta(hours=5 * number),
            )
        )
    return items


class SampleLogging:
    """A base of `SampleProgram`."""

    def _fill_logging(self, now: datetime, full: bool) -> None:
        self.review_list = sample_reviews(now) if full else []
        self.never = (
            [read_entry("example.edu"), read_entry("mother@example.net", user_id=1, note="Private")] if full else []
        )
        self.bases = (
            {"karin@example.org": LegalBasis("karin@example.org", Basis.CONTRACT, "Order 1204", now)} if full else {}
        )
        self.logging = [
            LoggingAddress(1, CopyKind.BCC, Way.PLUS, "jonas+log-k3v9x2m7ab@example.com", InboxId(1), "", AddressState.PROVED,
                           now - timedelta(days=3)),
            LoggingAddress(2, CopyKind.FORWARD, Way.PLUS, "jonas+forward-p4w8z6n2cd@example.com", InboxId(1)),
        ] if full else []  # fmt: skip
        self.looks: list[object] = []  # answers of `look_for_folder`
        self.proofs: list[object] = []  # answers of `prove_logging_address`, the next one first

    def logging_addresses(self):
        return tuple(self.logging)

    def add_logging_address(self, kind, way, inbox_id, *, folder="", address=""):
        self._wish("add_logging_address", kind, way, inbox_id, folder, address)
        made = address or (plus_address("jonas@example.com", kind, "k3v9x2m7ab") if way is Way.PLUS else "")
        new = LoggingAddress(len(self.logging) + 1, kind, way, made, inbox_id, folder)
        self.logging.append(new)
        self.announce(Area.SETTINGS)
        return new

    def look_for_folder(self, inbox_id, folder, then, *, create=False) -> None:
        """`looks`: the next answer first, None: it takes its time, and `looked_now` ends it; without any it is there."""
        self._wish("look_for_folder", inbox_id, folder, create)
        found = self.looks.pop(0) if self.looks else FolderThere(folder)
        if found is None:
            self.looked_now = then
        else:
            then(found, "")

    def cancel_look(self) -> None:
        self._wish("cancel_look")

    def remove_logging_address(self, address_id) -> None:
        self._wish("remove_logging_address", address_id)
        self.logging = [a for a in self.logging if a.id != address_id]
        self.announce(Area.SETTINGS)

    def prove_logging_address(self, address_id, then, on_step=None) -> None:
        """`proofs`: the next outcome first; None: it takes its time, and `prove_now` ends it (`prove_step` tells on)."""
        self.prove_step = on_step or (lambda _text: None)
        self._wish("prove_logging_address", address_id)
        address = next(a for a in self.logging if a.id == address_id)
        found = self.proofs.pop(0) if self.proofs else Recognised(address, "the envelope")
        if found is None:
            self.prove_now = then
        else:
            then(found, "")

    def cancel_proof(self) -> None:
        self._wish("cancel_proof")

    def review_items(self, state=ReviewState.OPEN, *, before=None, limit=200):
        return tuple(i for i in self.review_list if state is None or i.state is state)[:limit]

    def find_review(self, words, state, *, before=None, limit=100):
        finds = [
            i
            for i in self.review_list
            if i.state is state
            and all(i.reason in w.reasons or w.text in folded(f"{i.sender} {i.subject}") for w in words)
        ]
        return ReviewFinds(tuple(finds[:limit]), None)

    def review_item(self, item_id):
        found = next((i for i in self.review_list if i.id == item_id), None)
        if found is None:
            raise UsageError(f"There is no entry {item_id} in the review list.")
        return found

    def review_count(self) -> int:
        return len(self.review_items())

    def read_review(self, item_id, then) -> None:
        then(
            "Hi Karin,\n\nhere is the revised quote.\n\nBest regards\nJonas"
            if self.review_item(item_id).raw_sha256
            else "",
            "",
        )

    def _settle(self, item_ids, state) -> None:
        self.review_list = [replace(i, state=state) if i.id in item_ids else i for i in self.review_list]
        self.announce(Area.REVIEW)

    def review_of_event(self, event):
        return next((i.id for i in self.review_list if i.subject == event.subject), None)

    def log_by_hand(self, item_id, contacts, then, *, address="", addresses=()) -> None:
        self._wish("log_by_hand", item_id, tuple(contacts), address, *addresses)
        self._settle([item_id], ReviewState.LOGGED)
        then(object(), "")

    def dismiss_review(self, item_ids) -> int:
        self._wish("dismiss_review", tuple(item_ids))
        self._settle(item_ids, ReviewState.DISMISSED)
        return len(item_ids)

    def undo_review(self, item_id) -> None:
        self._wish("undo_review", item_id)
        self._settle([item_id], ReviewState.OPEN)

    def alias_notes(self, address, user_id):
        found = self.find_contact(address)
        if found is None:
            return ()
        name = next(p.name for p in self.people if p.id == found)
        return (
            f"{address} belongs to the contact {name}: mail with it counts as the user’s own from now on, and is not logged "
            "to that contact.",
        )

    def never_entries(self):
        return tuple(self.never)

    def read_never(self, typed, *, mine=False, subdomains=True, note=""):
        return read_entry(typed, subdomains=subdomains, user_id=1 if mine else None, note=note)

    def try_never(self, entry, then, *, also=()) -> None:
        self._wish("try_never", entry)
        met = [p.address for p in self.people if entry.covers(Address(p.address).key)]
        go = [CoveredMessage(n, "sent", self.now - timedelta(days=n), "Revised quote", "jonas@example.com",
                             ("jonas@example.com", key), True) for n, key in enumerate(met, start=1)]  # fmt: skip
        then(NeverTrial(entry, tuple(go), (), tuple(met), any(e.key == entry.key for e in self.never)), "")

    def add_never(self, entry):
        self._wish("add_never", entry)
        self.never.append(entry)
        self.announce(Area.SETTINGS)
        return entry

    def remove_never(self, entry) -> None:
        self._wish("remove_never", entry)
        self.never = [e for e in self.never if e != entry]
        self.announce(Area.SETTINGS)

    def remove_never_logged(self, entry, then, *, also=()) -> None:
        self._wish("remove_never_logged", entry)
        then(NeverRemoved(3, 1), "")

    def legal_bases(self):
        return tuple(self.bases[key] for key in sorted(self.bases))

    def put_legal_basis(self, addresses, basis, note="") -> None:
        self._wish("put_legal_basis", tuple(addresses), basis, note)
        for address in addresses:
            self.bases[Address(address).key] = LegalBasis(Address(address).key, basis, note, self.now)
        self.announce(Area.SETTINGS)

    def remove_legal_basis(self, address) -> None:
        self._wish("remove_legal_basis", address)
        del self.bases[Address(address).key]
        self.announce(Area.SETTINGS)
