"""`python -m tests.bench [main_job | sync …]`: all benchmarks, or one of them with its options."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("main_job", "sync")


def main() -> int:
    arguments = sys.argv[1:]
    if arguments and arguments[0] not in BENCHES:
        print(f"usage: python -m tests.bench [{' | '.join(BENCHES)}] [options]")
        return 2
    chosen = arguments[:1] or BENCHES
    for name in chosen:  # a process each: what one imports does not weigh on the next
        ended = subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *arguments[1:]], check=False)
        if ended.returncode:
            return ended.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
