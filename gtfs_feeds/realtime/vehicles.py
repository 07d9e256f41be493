"""Where vehicles are, and how full."""

from __future__ import annotations

from dataclasses import dataclass

from gtfs_feeds.realtime.match import TripRun


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle's position. Names of statuses are GTFS-RT's, in capitals; "" or -1 or None: not said."""

    entity_id: str
    vehicle_id: str
    label: str
    plate: str
    run: TripRun | None
    """The planned run it serves."""
    extra_key: str
    """The added trip it serves (`LiveExtraTrip.key`), "" for none."""
    lat: float
    lon: float
    bearing: float | None
    """Degrees clockwise from north."""
    speed_ms: float | None
    timestamp_s: int
    """When it was there."""
    position: int
    """Of the run's pattern: the stop it stands at or heads for; -1 unknown."""
    stop: int
    """Of the catalogue, likewise."""
    status: str
    """INCOMING_AT, STOPPED_AT or IN_TRANSIT_TO."""
    occupancy: str
    occupancy_percent: int | None
    congestion: str
