"""How long hits take to come in, and the past to be judged again: `python -m tests.bench.rescore [--events 100000]`.

A message with three links to each of a tenth as many people; each opens it twice, some by Google's proxy and some ahead of them
by Apple's, follows links, and has a gateway that follows all of them. Nothing is asserted."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from app.domain.blocked_networks import read_blocked
from app.domain.events import Hit
from app.services.blocked_networks import save_blocked, try_blocked
from app.services.rescore_events import Rescored, ask_for_new_rules, rescore
from app.store import models as m
from tests.support.tracked_mail import CHROME, SCANNER, THUNDERBIRD, TrackedMail, tracked_mail

GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
PER_COPY = 10
PAGE = 1000
NEVER = threading.Event()


def hits_of(mail: TrackedMail, name: str, chance: random.Random) -> list[Hit]:
    home = f"203.0.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    agent = chance.choice([THUNDERBIRD, CHROME, f"{CHROME} OPR/{chance.randrange(90, 120)}.0"])
    after = chance.randrange(600, 90_000)
    return [
        mail.open(4, "104.28.31.20", "Mozilla/5.0", name=name),
        *(mail.click(20 + i * 0.4, i, SCANNER, name=name) for i in range(3)),
        mail.open(21, SCANNER, CHROME, name=name),
        mail.open(after, home, agent, name=name),
        mail.click(after + 20, 0, home, agent, name=name),
        mail.click(after + 60, 2, home, agent, name=name),
        mail.open(after + 3600, "66.249.93.12", GOOGLE, name=name),
        mail.open(after + 7200, home, agent, name=name),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    chance = random.Random(7)  # the same mail each time
    with tempfile.TemporaryDirectory() as folder, tracked_mail(Path(folder) / "home") as mail:
        copies = max(1, options.events // PER_COPY)
        hits: list[Hit] = []
        with mail.store.transaction():
            for number in range(copies):
                name = f"n{number:06d}"
                mail.send(name)
                hits += hits_of(mail, name, chance)
        begun = time.perf_counter()
        for start in range(0, len(hits), PAGE):
            mail.arrive(*hits[start : start + PAGE])
        taken = time.perf_counter() - begun
        print(f"{len(hits):,} hits came in, in pages of {PAGE:,}: {taken:.1f} s, {len(hits) / taken:,.0f} a second")

        single = [mail.open(200_000 + i, name="n000000") for i in range(500)]
        begun = time.perf_counter()
        for hit in single:
            mail.arrive(hit)
        print(
            f"one by one, as the stream brings them: {(time.perf_counter() - begun) / len(single) * 1000:.2f} ms each"
        )

        with mail.store.transaction():
            m.Event.update(verdict="person", rules_json=[], rule_version=1).where(
                m.Event.server.is_null(False)
            ).execute()
            mail.store.settings.put("_rescore.state", "")
        ask_for_new_rules(mail.store)
        longest, last = 0.0, time.perf_counter()

        def progress(_: Rescored) -> None:
            nonlocal longest, last
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

        begun = last = time.perf_counter()
        done = rescore(mail.workspace, NEVER, progress)
        spent = time.perf_counter() - begun
        print(
            f"all judged again by new rules: {spent:.1f} s, {len(hits) / spent:,.0f} a second; {done.changed:,} changed; "
            f"longest transaction {longest * 1000:.0f} ms"
        )
        begun = time.perf_counter()
        again = [read_blocked("203.0.0.0/18")]
        trial = try_blocked(mail.workspace, again)
        print(f"trial of a blocked /18: {time.perf_counter() - begun:.1f} s; {trial.changed:,} would change")
        begun = time.perf_counter()
        save_blocked(mail.workspace, again)
        done = rescore(mail.workspace, NEVER)
        print(f"the same, done: {time.perf_counter() - begun:.1f} s; {done.changed:,} hits changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
