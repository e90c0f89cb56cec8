"""How fast a folder of very many messages is looked at: `python -m tests.bench sync [--messages N] [--rounds N]`.

One run on one machine, rounds of all participants one after the other, medians, and ratios round by round:
  first look   the program's reading loop, the program as a whole (bodies of the hits, store, ledger), plain IMAPClient,
               a lean reader in C (the floor), mbsync and neomutt doing what a user would run otherwise
  polls        nothing new, and ten new messages: the program's question alone, the program as a whole, mbsync
  ways         in the clear, TLS, and TLS over a simulated link of 40 ms and 50 Mbit/s
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench.folder import PASSWORD, USER, append, big_folder, known_ids, messages
from tests.bench.link import Link
from tests.bench.measure import Run, Runs, ratio, run
from tests.bench.readers import Plan
from tests.support.dovecot import Dovecot

THREE = ("Message-ID", "In-Reply-To", "References")
SEVEN = (*THREE, "From", "To", "Date", "Subject")
ROUND_TRIP, RATE = 0.040, 50_000_000 / 8

_MBSYNC = """\
{fsync}
IMAPStore far
Host localhost
Port {port}
User {user}
Pass {password}
{tls}
AuthMechs LOGIN
Timeout 120

MaildirStore near
Path {folder}/maildir/
Inbox {folder}/maildir/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
"""
_NEOMUTT = """\
set imap_user={user} imap_pass={password} ssl_starttls=no ssl_force_tls=no
set spoolfile=imap://{user}@localhost:{port}/INBOX folder=imap://{user}@localhost:{port}/
unset header_cache
unset message_cachedir
set mail_check=0 imap_keepalive=0 wait_key=no
push "<exit><quit>"
"""


class Bench:
    """Where everything lies, and how each participant is started."""

    def __init__(self, dovecot: Dovecot, ca_pem: str, folder: Path, count: int, rounds: int) -> None:
        self.dovecot, self.folder, self.count, self.rounds = dovecot, folder, count, rounds
        known = folder / "known"
        known.write_text("\n".join(known_ids(count)) + "\n")
        self.plan = Plan(dovecot.imap_port, False, USER, PASSWORD, ca_pem, SEVEN, str(known), str(folder / "home"))
        self.environ = {**os.environ, "HITCHPOST_PASSPHRASE": "bench", "PYTHONWARNINGS": "ignore", "LC_ALL": "C.UTF-8"}
        self.lean = self._compile()
        self._made = 0

    def _compile(self) -> str | None:
        target = str(self.folder / "lean_reader")
        source = str(Path(__file__).with_name("lean_reader.c"))
        compiler = shutil.which("cc")
        for extra in (["-DWITH_TLS", "-lssl", "-lcrypto"], []):
            if (
                compiler
                and not subprocess.run(
                    [compiler, "-O2", "-o", target, source, *extra], capture_output=True, check=False
                ).returncode
            ):
                return target
        return None

    # -- participants

    def python(self, kind: str, plan: Plan) -> Run:
        self._made += 1
        file = self.folder / f"plan-{self._made}.json"
        file.write_text(json.dumps(asdict(plan)))
        return run([sys.executable, "-m", "tests.bench.readers", kind, str(file)], environ=self.environ)

    def c(self, plan: Plan) -> Run:
        assert self.lean
        fields = " ".join(field.upper() for field in plan.fields)
        where = [self.lean, "127.0.0.1", str(plan.port), USER, PASSWORD, fields, plan.known]
        return run([*where, "tls"] if plan.tls else where, environ=self.environ)

    def mbsync(self, plan: Plan, target: Path, *, fsync: bool = False) -> Run:
        """Into `target`, which it makes where there is none."""
        (target / "maildir").mkdir(parents=True, exist_ok=True)
        ca = self.folder / "ca.pem"
        ca.write_text(plan.ca_pem)
        tls = f"SSLType IMAPS\nCertificateFile {ca}" if plan.tls else "SSLType None"
        file = target / "mbsyncrc"
        file.write_text(
            _MBSYNC.format(
                fsync="" if fsync else "FSync no", port=plan.port, user=USER, password=PASSWORD, tls=tls, folder=target
            )
        )
        return run(["mbsync", "-q", "-c", str(file), "-a"], environ=self.environ)

    def neomutt(self, plan: Plan) -> Run:
        file = self.folder / "muttrc"
        file.write_text(
            _NEOMUTT.format(user=USER, password=PASSWORD, port=plan.port).replace("@example.com@", "%40example.com@")
        )
        environ = {**self.environ, "TERM": "xterm", "HOME": str(self.folder)}
        return run(["neomutt", "-n", "-F", str(file)], environ=environ, terminal=True)

    # -- workspaces

    def fresh_home(self, name: str, plan: Plan) -> Plan:
        """A workspace that has not looked yet."""
        template = self.folder / "template"
        if not template.exists():
            self.python("prepare", replace(plan, home=str(template)))
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(template, home)
        return replace(plan, home=str(home))


Participant = Callable[[], Run]


def interleaved(rounds: int, participants: dict[str, Participant]) -> dict[str, Runs]:
    """One run of each a round, so that what else the machine does meets all alike."""
    found = {name: Runs(name) for name in participants}
    for _ in range(rounds):
        for name, start in participants.items():
            found[name].runs.append(start())
    return found


def table(title: str, found: dict[str, Runs], count: int = 0) -> None:
    print(f"\n{title}")
    print(f"  {'':44}{'work s':>9}{'process s':>11}{'cpu s':>8}{'peak MB':>9}{'bytes/message' if count else '':>15}")
    for name, runs in found.items():
        received = f"{sorted(runs.received)[len(runs.received) // 2] / count:>15.0f}" if runs.received else ""
        print(
            f"  {name:44}{runs.median('work'):>9.3f}{runs.median('seconds'):>11.3f}{runs.median('cpu'):>8.3f}"
            f"{runs.median('peak'):>9.0f}{received}"
        )


def compare(found: dict[str, Runs], ours: str, theirs: str, goal: str, what: str = "work") -> None:
    if ours in found and theirs in found:
        median, least, most = ratio(found[ours], found[theirs], what)
        print(f"  {f'{ours} / {theirs}':66} {median:6.2f}  ({least:.2f}–{most:.2f})  goal {goal}")


SCAN, WHOLE, LEAN, LIBRARY = (
    "our reading loop",
    "our first look, all of it",
    "lean reader in C",
    "plain IMAPClient.fetch",
)
DRAINED = "compressed and thrown away"
BODIES, MBSYNC, MBSYNC_SAFE, NEOMUTT = "our loop and the hits' bodies", "mbsync, FSync no", "mbsync", "neomutt"


def first_looks(bench: Bench, *, tls: bool, ours_only: bool = False) -> None:
    plan = replace(bench.plan, tls=tls, port=bench.dovecot.imaps_port if tls else bench.dovecot.imap_port)
    three = replace(plan, fields=THREE)
    participants: dict[str, Participant] = {}
    if bench.lean:
        participants[LEAN] = lambda: bench.c(plan)
    participants[SCAN] = lambda: bench.python("scan", plan)
    if bench.lean:
        participants[f"{LEAN}, 3 fields"] = lambda: bench.c(three)
    participants[f"{SCAN}, 3 fields"] = lambda: bench.python("scan", three)
    participants[BODIES] = lambda: bench.python("scan_and_bodies", three)
    participants[WHOLE] = lambda: bench.python("first_look", bench.fresh_home("home", plan))
    if not ours_only:
        participants[LIBRARY] = lambda: bench.python("library", plan)
    found = interleaved(bench.rounds, participants)
    if not ours_only:
        found.update(interleaved(1, dict(_users_own(bench, plan))))
    table(f"First look at {bench.count} messages, {'TLS' if tls else 'in the clear'}", found)
    floor = "≤ 1.5" if tls else "≤ 1.25"
    compare(found, SCAN, LEAN, floor)
    compare(found, f"{SCAN}, 3 fields", f"{LEAN}, 3 fields", floor)
    compare(found, WHOLE, LEAN, "(bodies and storing besides)")
    compare(found, LIBRARY, SCAN, "≥ 8")
    for theirs, goal in ((MBSYNC, "≥ 25"), (MBSYNC_SAFE, ""), (NEOMUTT, "")):
        if theirs in found:
            for ours in (BODIES, WHOLE):
                times = found[theirs].median("work") / found[ours].median("work")
                print(f"  {f'{theirs} / {ours}':66} {times:6.1f}  goal {goal if ours == BODIES else ''}")
    if MBSYNC in found and (floor_run := found.get(f"{LEAN}, 3 fields")):
        times = found[MBSYNC].median("work") / floor_run.median("work")
        print(f"  {f'{MBSYNC} / {floor_run.name}, no bodies':66} {times:6.1f}  the most on one connection")
    matches = {name: runs.runs[0].said[1:3] for name, runs in found.items() if name in (SCAN, LEAN, LIBRARY)}
    print(f"  messages and matches: {matches}")


def _users_own(bench: Bench, plan: Plan) -> Iterator[tuple[str, Participant]]:
    """What a user would run otherwise; once, for they take long."""
    if shutil.which("mbsync"):
        for name, fsync in ((MBSYNC, False),) if plan.tls else ((MBSYNC, False), (MBSYNC_SAFE, True)):
            target = bench.folder / f"mbsync-{fsync}-{plan.tls}"
            yield name, lambda target=target, fsync=fsync: bench.mbsync(plan, target, fsync=fsync)  # type: ignore[misc]
    else:
        print("mbsync: not installed")
    if plan.tls:
        return
    if shutil.which("neomutt"):
        yield NEOMUTT, lambda: bench.neomutt(plan)
    else:
        print("neomutt: not installed")


def polls(bench: Bench) -> None:
    """After a first look of each. Over TLS, as the program always does."""
    plan = replace(bench.plan, tls=True, port=bench.dovecot.imaps_port)
    ours = bench.fresh_home("poll", plan)
    bench.python("first_look", ours)
    target = bench.folder / "mbsync-False-True"
    has_mbsync = shutil.which("mbsync") is not None
    if has_mbsync:
        bench.mbsync(plan, target)
    participants: dict[str, Participant] = {
        "our question alone": lambda: bench.python("poll_alone", ours),
        "our poll, all of it": lambda: bench.python("poll", ours),
    }
    if has_mbsync:
        participants[MBSYNC] = lambda: bench.mbsync(plan, target)

    def one_by_one(news: bool) -> dict[str, Runs]:
        found = {name: Runs(name) for name in participants}
        for round_ in range(bench.rounds):
            if news:
                append(bench.dovecot, messages(10, bench.count + 10 * round_, known_ids(bench.count)))
            for name, start in participants.items():
                found[name].runs.append(start())
        return found

    for title, news in (("Poll, nothing new", False), ("Poll, ten new messages", True)):
        found = one_by_one(news)
        table(f"{title} ({bench.count} messages, TLS)", found)
        compare(found, "our question alone", MBSYNC, "≤ 0.5", "seconds")
        compare(found, "our poll, all of it", MBSYNC, "", "seconds")


def far_away(bench: Bench, *, ours_only: bool = False) -> None:
    plan = replace(bench.plan, tls=True)
    found: dict[str, Runs] = {}
    three, seven = replace(plan, fields=THREE), plan
    participants: dict[str, Callable[[int], Run]] = {
        f"{SCAN}, 3 fields": lambda port: bench.python("scan", replace(three, port=port)),
        f"{DRAINED}, 3 fields": lambda port: bench.python("drained", replace(three, port=port)),
        SCAN: lambda port: bench.python("scan", replace(seven, port=port)),
        DRAINED: lambda port: bench.python("drained", replace(seven, port=port)),
    }
    if not ours_only:
        participants[WHOLE] = lambda port: bench.python("first_look", bench.fresh_home("far", replace(plan, port=port)))
        participants[LIBRARY] = lambda port: bench.python("library", replace(seven, port=port))
    if bench.lean:
        participants[f"{LEAN}, 3 fields"] = lambda port: bench.c(replace(three, port=port))
    for round_ in range(bench.rounds):
        for name, start in participants.items():
            if name in (LIBRARY, WHOLE) and round_:
                continue
            with Link(bench.dovecot.imaps_port, round_trip=ROUND_TRIP, rate=RATE) as link:
                runs = found.setdefault(name, Runs(name))
                runs.runs.append(start(link.port))
                runs.received.append(link.received)
    table(f"First look at {bench.count} messages, TLS, {ROUND_TRIP * 1000:.0f} ms, 50 Mbit/s", found, bench.count)
    compare(found, f"{SCAN}, 3 fields", f"{DRAINED}, 3 fields", "≤ 1.15")
    compare(found, SCAN, DRAINED, "≤ 1.15")
    if not ours_only:
        times = found[LIBRARY].median("work") / found[SCAN].median("work")
        print(f"  {f'{LIBRARY} / {SCAN}':66} {times:6.1f}  goal ≥ 8")
    for name in (f"{SCAN}, 3 fields", SCAN):
        runs = found[name]
        allowed = [received / RATE for received in runs.received]
        times = [r.work / a for r, a in zip(runs.runs, allowed, strict=True)]
        print(
            f"  {f'{name} / the link alone for its bytes, no handshakes':66} {sorted(times)[len(times) // 2]:6.2f}  goal ≤ 1.15"
        )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench sync", description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="where the mail is kept between runs; the server's user must get in")
    parser.add_argument(
        "--ours-only", action="store_true", help="first looks without other programs, which take minutes: for a million"
    )
    parser.add_argument("--only", choices=("plain", "tls", "polls", "link"), action="append")
    chosen = parser.parse_args(arguments)
    wanted = chosen.only or ["plain", "tls", "polls", "link"]
    with tempfile.TemporaryDirectory(prefix="hitchpost-bench-") as name:
        folder = Path(name)
        with big_folder(chosen.messages, chosen.keep, folder) as (dovecot, authority):
            bench = Bench(dovecot, authority.ca_pem, folder, chosen.messages, chosen.rounds)
            print(f"load of this machine at the beginning: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            bench.python("scan", bench.plan)  # fills the server's caches
            if "plain" in wanted:
                first_looks(bench, tls=False, ours_only=chosen.ours_only)
            if "tls" in wanted:
                first_looks(bench, tls=True, ours_only=chosen.ours_only)
            if "polls" in wanted:
                polls(bench)
            if "link" in wanted:
                far_away(bench, ours_only=chosen.ours_only)


if __name__ == "__main__":
    main(sys.argv[1:])
