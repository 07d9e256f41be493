"""The schemas of what is live: alerts, vehicles, sources and their freshness."""

from __future__ import annotations

from mobility.http.schemas import (
    BOOLEAN,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Schema,
    an,
    listed,
    one_of,
    ref,
    shape,
)

PERIOD = shape("A time interval, open at its end.", {"start": INSTANT, "end": INSTANT})

ALERT = shape(
    "What is wrong, in the traveller's language where it is written in it.",
    {"headerText": TEXT, "descriptionText": TEXT},
    {
        "cause": an("string", "As in GTFS-RT, such as STRIKE."),
        "effect": an("string", "As in GTFS-RT, such as DETOUR."),
        "severityLevel": one_of("UNKNOWN_SEVERITY", "INFO", "WARNING", "SEVERE"),
        "url": TEXT,
        "impactPeriod": listed(ref("TimeRange")) | {"description": "When what it tells of holds."},
        "communicationPeriod": listed(ref("TimeRange")) | {"description": "When it is to be shown."},
    },
)

LIVE_SOURCE = shape(
    "A source of real time.",
    {
        "name": TEXT,
        "feed": an("string", "Of the timetable it is about."),
        "state": one_of(
            *("live", "stale", "waiting", "idle"),
            description="stale: silent too long, not shown any more; waiting: nothing usable has come yet; idle: "
            "its feed is not served.",
        ),
    },
    {
        "asOf": INSTANT | {"description": "The publisher's instant of what is shown."},
        "age": an("integer", "Seconds since then."),
        "synthetic": an("boolean", "Made up, as its feed is."),
    },
)

LIVE_DATA = shape(
    "Addition: how fresh the real time of this answer is. Where `realTime` is false, times are the planned ones.",
    {
        "state": one_of(
            *("live", "stale", "waiting", "idle", "none"),
            description="The best of the sources'; none: there is no source, or none was wanted.",
        ),
        "sources": listed(ref("LiveSource")),
    },
)

POINT = shape(
    "A point of GeoJSON.", {"type": one_of("Point"), "coordinates": listed(NUMBER) | {"minItems": 2}}
)

VEHICLE_FACTS = shape(
    "A vehicle. What is not known is left out.",
    {"id": TEXT, "timestamp": INSTANT, "mode": {"oneOf": [ref("Mode"), {"type": "null"}]}},
    {
        "label": TEXT,
        "bearing": an("number", "Degrees clockwise from north."),
        "speed": an("number", "Metres a second."),
        "status": one_of("INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO"),
        "occupancy": TEXT,
        "occupancyPercent": INTEGER,
        "stop": ref("Place") | {"description": "Where it stands or is heading for."},
        "delay": an("integer", "Seconds, at that stop; absent: not known."),
        "tripId": TEXT,
        "routeId": TEXT,
        "routeShortName": TEXT,
        "routeColor": TEXT,
        "routeTextColor": TEXT,
        "headsign": TEXT,
        "synthetic": BOOLEAN,
    },
)

VEHICLE = shape(
    "A feature of GeoJSON.",
    {"type": one_of("Feature"), "geometry": ref("GeoPoint"), "properties": ref("VehicleFacts")},
    {"id": TEXT},
)

VEHICLES = shape(
    "Where vehicles are: GeoJSON (RFC 7946), beside it how fresh it is.",
    {
        "type": one_of("FeatureCollection"),
        "features": listed(ref("Vehicle")),
        "liveData": ref("LiveData"),
    },
)

TRIP_SEGMENT = shape(
    "A vehicle between two stops that follow each other.",
    {
        "trips": listed(
            shape("A trip.", {"tripId": TEXT}, {"displayName": TEXT, "routeShortName": TEXT})
            | {"additionalProperties": False}
        ),
        "mode": ref("Mode"),
        "distance": an("number", "Metres."),
        "from": ref("Place"),
        "to": ref("Place"),
        "departure": INSTANT,
        "arrival": INSTANT,
        "scheduledDeparture": INSTANT,
        "scheduledArrival": INSTANT,
        "realTime": BOOLEAN,
        "polyline": TEXT,
    },
    {"routeColor": TEXT},
)

REFRESH_BODY: Schema = {
    "type": "object",
    "description": "The legs of an itinerary, or its `id` as it was answered: addresses end up in logs on the way.",
    "properties": {
        "id": {"type": "object", "properties": {"legs": listed({"type": "object"})}, "required": ["legs"]},
        "itineraryId": TEXT,
    },
    "additionalProperties": True,
}

LIVE_SCHEMAS: dict[str, Schema] = {
    "TimeRange": PERIOD,
    "Alert": ALERT,
    "LiveSource": LIVE_SOURCE,
    "LiveData": LIVE_DATA,
    "GeoPoint": POINT,
    "VehicleFacts": VEHICLE_FACTS,
    "Vehicle": VEHICLE,
    "Vehicles": VEHICLES,
    "TripSegment": TRIP_SEGMENT,
    "RefreshItineraryPostBody": REFRESH_BODY,
}
