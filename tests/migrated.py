"""SQLite databases with all tables and no row, for tests that want one of their own: migrated once, then copied."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from mobility.storage import migrations
from mobility.storage.database import open_database


@cache
def _content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.sqlite"
        engine = open_database(f"sqlite:///{path}")
        migrations.upgrade(engine)
        engine.dispose()  # the last to close writes its log into the file
        return path.read_bytes()


def open_migrated(path: Path) -> Engine:
    """Makes a database at a path where there is none, and opens it."""
    with path.open("xb") as file:
        file.write(_content())
    return open_database(f"sqlite:///{path}")
