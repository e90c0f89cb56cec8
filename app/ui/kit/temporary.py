"""A folder for files that others want to have as files. Goes with its owner, at the latest when the process ends, which
`QTemporaryDir` does not: Python leaves C++ objects behind at exit."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """Readable by its owner only. Where none can be made, `path` is one that does not exist: writing there fails as on a
    full disk."""

    def __init__(self) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix="hitchpost-"))
        except OSError:
            self.path = Path(tempfile.gettempdir()) / "hitchpost-none"
            return
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
