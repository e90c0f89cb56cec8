"""When two contacts may be one person, and two companies one. Pure; used by the store, which finds the candidates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from app.domain.addresses import address_key
from app.domain.record_words import words

MOST_PAIRS = 100  # that are shown, unless more are asked for
LARGEST_GROUP = 4  # of which each two are compared; in a larger one each is shown beside the first
MOST_BESIDE = 20  # pairs of one large group that are shown at a time
SHORTEST_NEAR = 6  # letters of a company's key, from which on one letter more or less means little
_MOST_ALIKE = 30  # keys that have the same left of them; more are rows of one name, such as “Shop A”, “Shop B”
_JOINING = {"and", "och", "und", "og", "et", "i", "the"}
_FORMS = {
    "ab", "ag", "aps", "as", "asa", "bv", "co", "company", "corp", "corporation", "doo", "eg", "ek", "ev", "gmbh", "hb",
    "inc", "incorporated", "kb", "kft", "kg", "ks", "lda", "limited", "llc", "llp", "ltd", "ltda", "mbh", "nv", "ohg", "oo",
    "oy", "oyj", "plc", "pte", "pty", "publ", "sa", "sarl", "sas", "se", "sl", "slu", "sp", "spa", "srl", "sro", "ug",
    "zoo", "zrt",
    "ооо", "ао", "зао", "оао", "пао", "нао", "ип", "тов", "ат", "прат", "пат", "тоо", "еоод", "оод", "ад",
    "еад", "доо", "επε", "ικε", "οε", "εε", "αεβε", "αε",
    *"acdkloprsz", *"аоз", *"αεπο",  # of forms that are written with points: S.p.A., Sp. z o.o., О.О.О., Α.Ε.
}  # fmt: skip
_DOTS_DO_NOT_COUNT = {"gmail.com", "googlemail.com"}
_ONE_SERVICE = {"googlemail.com": "gmail.com"}


def near_key(address: str) -> str:
    """Equal for addresses that reach one mailbox: what follows a plus does not count, nor do Gmail's dots."""
    local, _, domain = address_key(address).rpartition("@")
    plain = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        plain = plain.replace(".", "")
    return f"{plain}@{_ONE_SERVICE.get(domain, domain)}"


def pairs_of(groups: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Each two of a group, the smaller number first; of small groups alone: a telephone number that more have in common is a
    switchboard’s."""
    for group in groups:
        members = sorted(set(group))
        if len(members) <= LARGEST_GROUP:
            for i, one in enumerate(members):
                for other in members[i + 1 :]:
                    yield one, other


class Alike:
    """Pairs of groups of whatever size, the smaller number first. Of a large one each but the first is put beside the first
    that nobody told apart from it (`apart`: pairs of which a person said so), some at a time: `note` says it of a pair."""

    def __init__(self, apart: Collection[tuple[int, int]]) -> None:
        self._apart = apart
        self._notes: dict[tuple[int, int], str] = {}

    def pairs(self, groups: Iterable[Sequence[int]]) -> Iterator[tuple[int, int]]:
        for group in groups:
            members = sorted(set(group))
            if len(members) <= LARGEST_GROUP:
                yield from pairs_of([members])
                continue
            beside = list(islice(self._beside(members), MOST_BESIDE))
            rest = len(members) - 1 - len(beside)
            said = f" {len(beside)} of them are shown; merge these, and look again." if rest > 0 else ""
            for pair in beside:
                self._notes.setdefault(pair, f"{len(members):,} have this in common.{said}")
                yield pair

    def note(self, pair: tuple[int, int]) -> tuple[str, ...]:
        """A sentence on the group, where the pair is one of a large one."""
        return (self._notes[pair],) if pair in self._notes else ()

    def _beside(self, members: Sequence[int]) -> Iterator[tuple[int, int]]:
        for place, other in enumerate(members):
            first = next((one for one in members[:place] if (one, other) not in self._apart), None)
            if first is not None:
                yield first, other


def company_key(name: str) -> str:
    """Equal for names that differ in case, accents, signs and the form of the firm alone: “Northlight Cargo AB”, “NORTHLIGHT
    CARGO, Ltd.” and “AB Northlight Cargo”. Empty for a name without letters and digits."""
    found = [w for w in words(name) if w not in _JOINING]
    kept = list(found)
    while len(kept) > 1 and kept[-1] in _FORMS:
        kept.pop()
    while len(kept) > 1 and kept[0] in _FORMS and len(kept[0]) > 1:
        del kept[0]
    return "".join(kept if any(len(w) > 1 for w in kept) else found)


def nearly_same(one: str, other: str) -> bool:
    """Of two keys: one letter is missing, another one, or two that stand beside each other are changed over. Not where a digit
    makes the difference (“Depot 1” and “Depot 2” are two), and not of short ones, which are alike by chance."""
    if abs(len(one) - len(other)) > 1 or one == other or min(len(one), len(other)) < SHORTEST_NEAR:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        same = a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    else:
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        same = longer[1:] == shorter
    return same and not any(c.isdigit() for c in (a[:1] + b[:1]))


def near_pairs(keys: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Those of many (number, key) whose keys are nearly the same, the smaller number first; some twice. Two such keys have
    their first half in common or their last one, and in the other half they are one, or share what is left when one letter is
    taken away: by that they are found, without comparing each with each."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, key in keys:
        if len(key) >= SHORTEST_NEAR:
            numbers[key].append(number)
    for halves, rest_of in ((_first_halves, _after), (_last_halves, _before)):
        groups: dict[str, list[str]] = defaultdict(list)
        for key in numbers:
            for half in halves(key):
                groups[half].append(key)
        for half, members in groups.items():
            if len(members) > 1:
                for one, other in _alike({key: rest_of(key, half) for key in members}):
                    for mine in numbers[one][:LARGEST_GROUP]:
                        for theirs in numbers[other][:LARGEST_GROUP]:
                            yield min(mine, theirs), max(mine, theirs)


def _alike(rests: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Keys of one group that are nearly the same. `rests`: key → its other half."""
    shared: dict[str, list[str]] = defaultdict(list)
    for key, rest in rests.items():
        for left in {rest, *(rest[:i] + rest[i + 1 :] for i in range(len(rest)))}:
            shared[left].append(key)
    for members in shared.values():
        for i, one in enumerate(members[:_MOST_ALIKE]):
            for other in members[i + 1 : _MOST_ALIKE]:
                if nearly_same(one, other):
                    yield one, other


def _after(key: str, half: str) -> str:
    return key[len(half) :]


def _before(key: str, half: str) -> str:
    return key[: -len(half)]


def _first_halves(key: str) -> set[str]:
    return {key[: (len(key) - 1) // 2], key[: len(key) // 2]}


def _last_halves(key: str) -> set[str]:
    return {key[-((len(key) - 1) // 2) :], key[-(len(key) // 2) :]}
