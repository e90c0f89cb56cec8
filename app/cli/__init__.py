"""The command line: the same work without a screen, for support, scripts and tests. A file a command group."""

from app.cli.run import run_command

__all__ = ["run_command"]
