"""All tables in one place, for migrations and for comparing them with the models."""

from __future__ import annotations

from mobility.storage import feeds, live_sources, outbox, places, snapshots, streets
from mobility.storage.database import Base

METADATA = Base.metadata

__all__ = ["METADATA", "feeds", "live_sources", "outbox", "places", "snapshots", "streets"]
