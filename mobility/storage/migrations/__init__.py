"""The schema, from the first table on, as Alembic revisions; run without a configuration file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from mobility.storage.tables import METADATA

_LOCK = 7_083_514_226
"""Key of the PostgreSQL advisory lock: one upgrade at a time."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to a revision, in one transaction and under a lock: several may try at once."""
    with engine.begin() as connection:
        _lock(connection)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the schema back to a revision (`base`: no table at all), losing what later ones keep."""
    with engine.begin() as connection:
        _lock(connection)
        command.downgrade(_config(connection), revision)


def current_revision(engine: Engine) -> str | None:
    """The revision a database is at; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The newest revision this code knows."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def list_differences(engine: Engine) -> list[Any]:
    """What the tables of the code have otherwise than the database; nothing after an upgrade."""
    with engine.connect() as connection:
        options = {"include_object": partial(_is_compared, connection.dialect.name)}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


def _is_compared(dialect: str, item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    if kind == "index" and dialect != "postgresql":
        return name != "ix_place_point"  # of PostGIS alone: elsewhere the index is in memory
    if kind == "table" and reflected:
        return name != "spatial_ref_sys"  # PostGIS's own
    return True


def _lock(connection: Connection) -> None:
    # On SQLite every transaction of ours begins with the write lock (storage/database.py).
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
