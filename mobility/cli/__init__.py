"""The command line: one module a subject."""

from mobility.cli.main import main

__all__ = ["main"]
