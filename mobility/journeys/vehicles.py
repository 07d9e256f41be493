"""Where vehicles are: what their positions say, and what is known of the trips they serve."""

from __future__ import annotations

from gtfs_feeds.realtime.vehicles import Vehicle
from mobility.journeys.instants import iso
from mobility.journeys.rides import describe_trip
from mobility.journeys.runs import Run, find_extra_run, get_run
from mobility.journeys.view import View
from mobility.journeys.words import Json, Words

_TRIP_FIELDS = (
    "tripId",
    "routeId",
    "routeShortName",
    "routeColor",
    "routeTextColor",
    "headsign",
    "synthetic",
)

Box = tuple[float, float, float, float]
"""South, west, north, east, in degrees."""


def list_vehicles(
    view: View, box: Box | None = None, routes: frozenset[str] = frozenset(), languages: tuple[str, ...] = ()
) -> Json:
    """The vehicles (in a box, of routes) as GeoJSON. Positions too old to be true are not among them."""
    words = view.words(languages)
    features = [
        _present(view, words, vehicle)
        for vehicle in view.live.vehicles
        if box is None or _is_in(vehicle, box)
    ]
    if routes:
        features = [one for one in features if one["properties"].get("routeId") in routes]
    return {"type": "FeatureCollection", "features": features, "liveData": view.live.describe()}


def _is_in(vehicle: Vehicle, box: Box) -> bool:
    south, west, north, east = box
    return south <= vehicle.lat <= north and west <= vehicle.lon <= east


def _present(view: View, words: Words, vehicle: Vehicle) -> Json:
    identifier = vehicle.vehicle_id or vehicle.entity_id
    facts: Json = {"id": identifier, "timestamp": iso(vehicle.timestamp_s), "mode": None}
    for name, value in (
        ("label", vehicle.label),
        ("bearing", vehicle.bearing),
        ("speed", vehicle.speed_ms),
        ("status", vehicle.status),
        ("occupancy", vehicle.occupancy),
        ("occupancyPercent", vehicle.occupancy_percent),
    ):
        if value not in (None, ""):
            facts[name] = value
    if vehicle.stop >= 0:
        facts["stop"] = words.place(vehicle.stop)
    run = _find_run(view, vehicle)
    if run is not None:
        facts |= _describe_run(words, run, vehicle)
    return {
        "type": "Feature",
        "id": identifier,
        "geometry": {"type": "Point", "coordinates": [round(vehicle.lon, 5), round(vehicle.lat, 5)]},
        "properties": facts,
    }


def _find_run(view: View, vehicle: Vehicle) -> Run | None:
    if vehicle.run is not None:
        return get_run(view, *vehicle.run)
    return find_extra_run(view, vehicle.extra_key) if vehicle.extra_key else None


def _describe_run(words: Words, run: Run, vehicle: Vehicle) -> Json:
    position = vehicle.position if 0 <= vehicle.position <= run.last else 0
    described = describe_trip(words, run, position)
    facts = {name: described[name] for name in _TRIP_FIELDS if name in described}
    facts["mode"] = described["mode"]
    if vehicle.position in range(run.last + 1):
        (call,) = run.list_calls(position, position)
        if call.is_known and not call.is_cancelled:
            facts["delay"] = call.arrival_s - call.planned_arrival_s
    return facts
