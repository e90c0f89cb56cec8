"""`python -m tests.bench [NAME …]`: the benchmarks one after the other, or one of them with its options.

Any module here that can be run is a NAME; soak runs only when it is named.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_NOT_ALONE = {"__main__", "readers"}
_ONLY_WHEN_NAMED = {"soak"}


def names() -> list[str]:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return [f.stem for f in files if f.stem not in _NOT_ALONE and '__name__ == "__main__"' in f.read_text("utf-8")]


def main() -> int:
    known, arguments = names(), sys.argv[1:]
    if arguments and arguments[0] not in known:
        print(f"usage: python -m tests.bench [{' | '.join(known)}] [options]")
        return 2
    for name in arguments[:1] or [name for name in known if name not in _ONLY_WHEN_NAMED]:
        # a process each: what one imports does not weigh on the next
        ended = subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *arguments[1:]], check=False)
        if ended.returncode:
            return ended.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
