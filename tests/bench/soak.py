"""Random changes of a mailbox, kills and cuts, for as long as is asked: `python -m tests.bench.soak --steps 10000`.

Against a real Dovecot and a submission server on this machine. Each run has people of its own and `--run` steps; at its end,
and a few times on the way, the program syncs until nothing is left to do and is compared with a model: nothing lost,
nothing doubled, nothing read that the rules forbid. `--seed` repeats a run that went wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import fields
from pathlib import Path

from tests.faults import history
from tests.faults.mail_world import Counts, MailWorld
from tests.support.authority import Authority
from tests.support.dovecot import Dovecot
from tests.support.killer import Killer
from tests.support.submission import Submission


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--run", type=int, default=100, help="steps of one history")
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next have the next numbers")
    parser.add_argument("--minutes", type=float, default=0.0, help="ends after the history in which they are over")
    options = parser.parse_args()
    os.environ["HITCHPOST_PASSPHRASE"] = "a passphrase for tests"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    total, moves, wrong = Counts(), Counter[str](), []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        authority = Authority(Path(folder))
        certificate = authority.issue()
        with (
            Dovecot(certificate) as dovecot,
            Submission(dovecot, certificate, implicit_tls=True) as submission,
            Killer() as killer,
        ):
            seed = options.seed
            while total.steps < options.steps:
                chance = random.Random(seed)
                with MailWorld(dovecot, submission, authority, killer, f"s{seed}") as world:
                    try:
                        for _ in range(min(options.run, options.steps - total.steps)):
                            moves[history.step(world, chance)] += 1
                        world.compare()
                    except Exception as error:  # whatever it is, the next history begins
                        wrong.append(f"--seed {seed}, after {world.counts.steps} steps: {type(error).__name__} {error}")
                        print(wrong[-1], flush=True)
                    for name in (f.name for f in fields(Counts)):
                        setattr(total, name, getattr(total, name) + getattr(world.counts, name))
                    total.steps += world.counts.steps == 0  # one that cannot even begin counts, too
                seed += 1
                minutes = (time.monotonic() - begun) / 60
                print(f"{total.steps} steps, {minutes:.1f} min, {total.kills} kills, {len(wrong)} wrong", flush=True)
                if options.minutes and minutes > options.minutes:
                    break
    print(f"seeds {options.seed} to {seed - 1}, {(time.monotonic() - begun) / 60:.1f} minutes")
    for name in (f.name for f in fields(Counts)):
        print(f"{name.replace('_', ' '):14} {getattr(total, name):8}")
    print("steps:", ", ".join(f"{name} {count}" for name, count in moves.most_common()))
    print(f"wrong: {len(wrong)}")
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
