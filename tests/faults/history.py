"""A random history of a mail world: which step comes next, from a seed. Used by the soak."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.faults.mail_world import MailWorld

Move = Callable[[MailWorld, random.Random], None]


def _n(chance: random.Random) -> int:
    return chance.randrange(1 << 16)


# (how often, what)
MOVES: tuple[tuple[int, str, Move], ...] = (
    (30, "deliver", lambda w, r: w.deliver(_n(r), _n(r), _n(r))),
    (4, "write elsewhere", lambda w, r: w.write_elsewhere(_n(r), _n(r))),
    (7, "move", lambda w, r: w.move(_n(r), _n(r))),
    (4, "copy", lambda w, r: w.copy(_n(r), _n(r))),
    (3, "throw away", lambda w, r: w.throw_away(_n(r))),
    (4, "delete", lambda w, r: w.delete(_n(r))),
    (1, "make folder", lambda w, r: w.make_folder()),
    (1, "rename folder", lambda w, r: w.rename_folder(_n(r))),
    (1, "delete folder", lambda w, r: w.delete_folder(_n(r))),
    (1, "renumber", lambda w, r: w.renumber_inbox()),
    (4, "send", lambda w, r: w.send(_n(r))),
    (3, "sync", lambda w, r: w.sync()),
    (4, "kill at a step", lambda w, r: w.sync_killed(_n(r), at_steps=True)),
    (2, "kill after a while", lambda w, r: w.sync_killed(_n(r), at_steps=False)),
    (4, "cut", lambda w, r: w.sync_cut(_n(r), _n(r))),
    (3, "cancel", lambda w, r: w.sync_cancelled(_n(r))),
    (3, "write a draft", lambda w, r: w.write_draft(_n(r), _n(r))),
    (2, "finish a draft", lambda w, r: w.finish_draft(_n(r))),
    (3, "damage", lambda w, r: w.damage(_n(r), _n(r))),
    (2, "mend", lambda w, r: w.mend(_n(r))),
    (1, "compare", lambda w, r: w.compare()),
)
# Where first looks are made of many pieces, too; histories that were found without it stay what they are.
IN_PIECES = (*MOVES, (1, "converse", lambda w, r: w.converse(_n(r), _n(r))))


def step(world: MailWorld, chance: random.Random) -> str:
    """Makes one step and gives its name."""
    moves = IN_PIECES if world.in_pieces else MOVES
    _, name, move = chance.choices(moves, [weight for weight, _, _ in moves])[0]
    move(world, chance)
    world.counts.steps += 1
    return name
