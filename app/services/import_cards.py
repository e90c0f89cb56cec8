"""Contacts out of the cards of an address book (vCard). Used by the façade and the command line."""

from __future__ import annotations

from pathlib import Path

from app.domain.transfer import ImportKind, ImportOptions, ImportReport, Stop, Tell
from app.interchange.vcard import Card, CardReader
from app.services.import_run import ImportRun
from app.services.import_table import AREAS, BATCH
from app.services.imported_people import PeopleTaker, Person
from app.services.workspace import Workspace


def import_cards(workspace: Workspace, path: Path, options: ImportOptions, tell: Tell, stop: Stop) -> ImportReport:
    """As `import_table`. A file may hold any number of cards. Raises UnreadableFile, DiskFull, StoreError."""
    with ImportRun(ImportKind.VCARD, path, options.rejected, tell, stop) as run, CardReader(path) as reader:
        run.columns(("Card", "Name", "E-mail"))
        taker = PeopleTaker(workspace, options.existing, run)
        size = path.stat().st_size
        cards = iter(reader)
        done = False
        while not done and run.going_on(reader.place, size, "Importing cards"):
            batch: list[Card] = []
            while len(batch) < BATCH and (card := next(cards, None)) is not None:
                batch.append(card)
            done = len(batch) < BATCH
            run.read += len(batch)
            for card in batch:
                if card.problem:
                    run.skip(card.line, card.name, card.problem, (card.raw, card.name, ""))
            with workspace.store.transaction(*AREAS, source="import"):
                taker.take([_person(card) for card in batch if not card.problem])
        return run.report()


def _person(card: Card) -> Person:
    return Person(
        line=card.line,
        name=card.name,
        addresses=card.emails,
        title=card.title,
        postal_address=card.postal_address,
        phones=card.phones,
        companies=(card.company,) if card.company else (),
        cells=(card.raw, card.name, "; ".join(card.emails)),
    )
