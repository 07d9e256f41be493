"""SQLite databases for tests that want one of their own, made once and then copied: with all tables and no row, or with
what a command gives a new one."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from mobility.acts.carpool_lines import seed_lines
from mobility.acts.import_places import seed_places
from mobility.bootstrap import build_services
from mobility.settings import Settings
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


@cache
def _seeded_content() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with build_services(Settings(data_dir=Path(folder), database_url="", log_level="error")) as services:
            seed_places(services.feeds)
            seed_lines(services.acts)
        path = Path(folder) / "mobility.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


def open_migrated(path: Path) -> Engine:
    """Makes a database at a path where there is none, and opens it."""
    with path.open("xb") as file:
        file.write(_content())
    return open_database(f"sqlite:///{path}")


def seed(data_dir: Path) -> None:
    """Makes the database of a data folder that has none yet, with the towns of France and the carpool lines: what takes
    a command some seconds the first time."""
    data_dir.mkdir(exist_ok=True)
    with (data_dir / "mobility.sqlite").open("xb") as file:
        file.write(_seeded_content())
