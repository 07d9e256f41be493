"""All tables in one place, for migrations and for comparing them with the models."""

from __future__ import annotations

from mobility.storage import feeds, job_runs, live_sources, outbox, places, rides_tables, snapshots, streets
from mobility.storage.database import Base

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "feeds",
    "job_runs",
    "live_sources",
    "outbox",
    "places",
    "rides_tables",
    "snapshots",
    "streets",
]
