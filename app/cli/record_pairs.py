"""What `contacts` and `companies` have in common where two of them may be one: `merge`, `duplicates`. Used by their files."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser, count
from app.cli.record_commands import SOURCE, Find, told
from app.cli.record_documents import change_document, document_of
from app.domain.changes import Area
from app.domain.duplicates import MOST_PAIRS
from app.domain.records import RecordChange, RecordKind
from app.store import Store


@dataclass(frozen=True)
class Pairs:
    """`merge` takes the one that stays and the other. `found`: pairs that may be one, as many as asked for at the most.
    `set_apart` notes, inside a transaction that tells of `area`, that two are two. `document`, `line`: of a pair.

    Words: `shape` is how one is named, `which` says it; `twins` are two of them in the sentence that they may be `one`."""

    kind: RecordKind
    area: Area
    find: Find
    merge: Callable[[Store, int, int, str], RecordChange]
    found: Callable[[Store, int], Any]
    set_apart: Callable[[Store, int, int], object]
    document: Callable[[Any], dict[str, Any]]
    line: Callable[[Any], str]
    shape: str
    which: str
    twins: str
    one: str
    different: str
    none: str

    def add_to(self, actions: Any, common: Parser) -> None:
        merge = actions.add_parser(
            "merge", parents=[common], help=f"two {self.twins} are {self.one}; undo parts them again"
        )
        merge.add_argument("keep", metavar="KEEP", help=f"{self.which} of the one that stays")
        merge.add_argument("other", metavar="OTHER", help=f"{self.which} of the one that becomes part of it")
        merge.set_defaults(run=self._merge)
        twice = actions.add_parser("duplicates", parents=[common], help=f"{self.twins} that may be {self.one}")
        twice.add_argument(
            "--limit", type=count, default=MOST_PAIRS, metavar="N", help="how many pairs to show (default: 100)"
        )
        twice.add_argument("--different", nargs=2, metavar=self.shape, help=f"these two are different {self.different}")
        twice.set_defaults(run=self._duplicates)

    def _merge(self, options: Namespace) -> int:
        word = self.kind.value
        with opened(options) as workspace:
            store = workspace.store
            keep, other = (self.find(store, text) for text in (options.keep, options.other))
            gone = told(document_of(store, self.kind, other))
            change = self.merge(store, keep, other, SOURCE)
            document = document_of(store, self.kind, keep)
        emit(
            options,
            {word: document, "change": change_document(change)},
            lambda: [f"{told(document)} and {gone} are one {word} now."],
        )
        return 0

    def _duplicates(self, options: Namespace) -> int:
        with opened(options) as workspace:
            store = workspace.store
            if options.different:
                one, other = (self.find(store, text) for text in options.different)
                with store.transaction(self.area, source=SOURCE):
                    self.set_apart(store, one, other)
            pairs = self.found(store, options.limit)
        more = [f"These are the first {options.limit:,}; --limit shows more."] if len(pairs) >= options.limit else []
        emit(
            options,
            {"duplicates": [self.document(pair) for pair in pairs]},
            lambda: [f"{self.line(pair)}: {' '.join(pair.reasons)}" for pair in pairs] + more or [self.none],
        )
        return 0
