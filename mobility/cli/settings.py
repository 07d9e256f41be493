"""`mobility settings`: what can be set."""

from __future__ import annotations

import typer

from mobility.bootstrap import settings_table


def settings() -> None:
    """Print every setting with its default and meaning, as a Markdown table (docs/settings.md)."""
    typer.echo(settings_table(), nl=False)
