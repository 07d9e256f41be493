"""The schemas of the answers, for the OpenAPI document. The tests hold the answers against them, both ways: what is
answered is described, and nothing is answered that is not.

Names and meanings are those of the MOTIS API v6; what it lacks and is added here says 'Addition'.
"""

from __future__ import annotations

from typing import Any

from mobility.http.modes import MODES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string", "format": "date"}
GRAMS: Schema = {"type": ["number", "null"], "description": "Grams a passenger; null: unknown."}


def ref(name: str) -> Schema:
    """A reference to one of these schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def an(kind: str, description: str) -> Schema:
    """A simple type with a description."""
    return {"type": kind, "description": description}


def one_of(*values: str, description: str = "") -> Schema:
    """One of several words."""
    return {"type": "string", "enum": list(values)} | ({"description": description} if description else {})


def shape(description: str, required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object: what is always there, and what may be."""
    return {
        "type": "object",
        "description": description,
        "required": list(required),
        "properties": required | (optional or {}),
    }


_ARRANGEMENT = one_of(
    "PHONE_AGENCY", "COORDINATE_WITH_DRIVER", description="Addition: what must be arranged."
)
_ACCESSIBILITY = one_of("ACCESSIBLE", "NOT_ACCESSIBLE")
_BOARDING = one_of("NORMAL", "NOT_ALLOWED")
_RESERVATION = one_of("NONE", "COMPULSORY")
_CURSOR = an(
    "string", "Send it as `pageCursor`, with the same other parameters. Pages never overlap nor leave a gap."
)

_LINE: dict[str, Schema] = {
    "mode": ref("Mode"),
    "agencyId": TEXT,
    "agencyName": TEXT,
    "agencyUrl": TEXT,
    "routeId": TEXT,
    "routeShortName": TEXT,
    "routeLongName": TEXT,
}
_LINE_MORE: dict[str, Schema] = {
    "routeType": an("integer", "GTFS route type, extended ones included."),
    "routeColor": an("string", "RRGGBB"),
    "routeTextColor": an("string", "RRGGBB"),
    "synthetic": an("boolean", "Addition: made-up data, nobody can travel by it."),
}
_AGENCY_MORE: dict[str, Schema] = {
    "agencyFareUrl": TEXT,
    "agencyPhone": an("string", "Addition."),
}
_TRIP: dict[str, Schema] = {
    "headsign": TEXT,
    "tripFrom": ref("Place"),
    "tripTo": ref("Place"),
    "tripId": an("string", "One run of one trip, for `/api/v6/trip`."),
    "tripShortName": TEXT,
    "displayName": TEXT,
    "directionId": TEXT,
    "source": TEXT,
}

PLACE = shape(
    "A stop, or a point.",
    {"name": TEXT, "lat": NUMBER, "lon": NUMBER},
    {
        "stopId": TEXT,
        "parentId": TEXT,
        "level": NUMBER,
        "tz": an("string", "IANA name."),
        "arrival": INSTANT,
        "departure": INSTANT,
        "scheduledArrival": INSTANT,
        "scheduledDeparture": INSTANT,
        "track": TEXT,
        "scheduledTrack": TEXT,
        "stopCode": TEXT,
        "description": TEXT,
        "vertexType": one_of("NORMAL", "TRANSIT"),
        "pickupType": _BOARDING,
        "dropoffType": _BOARDING,
        "pickupArrangement": _ARRANGEMENT,
        "dropoffArrangement": _ARRANGEMENT,
        "wheelchair": _ACCESSIBILITY | {"description": "Addition: of the stop; absent: unknown."},
        "modes": listed(ref("Mode")),
        "importance": an("number", "0 to 1, by departures a day."),
        "cancelled": an("boolean", "The vehicle does not stop here today."),
        "alerts": listed(ref("Alert")),
        "flex": an("string", "Of a flexible leg: the zone's name."),
        "flexId": TEXT,
        "flexStartPickupDropOffWindow": INSTANT | {"description": "From when on it sets out."},
        "flexEndPickupDropOffWindow": INSTANT | {"description": "Until when it sets out."},
    },
)

EMISSIONS = shape(
    "Addition: greenhouse gases of one passenger (D1115-21, Code des transports).",
    {
        "co2e_g": GRAMS,
        "use_g": GRAMS,
        "manufacture_g": GRAMS,
        "nox_g": GRAMS,
        "pm10_g": GRAMS,
    },
    {
        "vehicle": an("string", "Of a leg: what it is counted as."),
        "lowest": an("boolean", "Of an itinerary: none of the suggestions emits less."),
    },
)

LEG = shape(
    "A part of a journey: one vehicle, or one way along the streets.",
    {
        "mode": ref("Mode"),
        "from": ref("Place"),
        "to": ref("Place"),
        "duration": an("integer", "Seconds."),
        "startTime": INSTANT,
        "endTime": INSTANT,
        "scheduledStartTime": INSTANT,
        "scheduledEndTime": INSTANT,
        "realTime": an("boolean", "Times are what is known now; else they are the planned ones."),
        "scheduled": BOOLEAN,
        "distance": an("number", "Metres."),
        "legGeometry": ref("EncodedPolyline"),
        "emissions": ref("Emissions"),
    },
    {
        **_LINE,
        **_LINE_MORE,
        **_AGENCY_MORE,
        **_TRIP,
        "estimated": an(
            "boolean", "Addition: time and distance are estimated as the crow flies, not by the streets."
        ),
        "steps": listed(ref("StepInstruction"))
        | {"description": "Turn by turn, where the streets are known and details asked for."},
        "interlineWithPreviousLeg": an("boolean", "One stays seated."),
        "joinedTripIds": listed(TEXT)
        | {"description": "Addition: the trips of a leg one stays seated through."},
        "intermediateStops": listed(ref("Place")),
        "cancelled": BOOLEAN,
        "alerts": listed(ref("Alert")),
        "bikesAllowed": an("boolean", "Absent: unknown."),
        "wheelchairAccessible": _ACCESSIBILITY | {"description": "Absent: unknown."},
        "reservation": _RESERVATION | {"description": "COMPULSORY: it must be booked, or the agency called."},
        "booking": ref("Booking"),
    },
)

STEP = shape(
    "A stretch of one street.",
    {
        "relativeDirection": one_of(
            *(
                "DEPART",
                "HARD_LEFT",
                "LEFT",
                "SLIGHTLY_LEFT",
                "CONTINUE",
                "SLIGHTLY_RIGHT",
                "RIGHT",
                "HARD_RIGHT",
            ),
            *(
                "CIRCLE_CLOCKWISE",
                "CIRCLE_COUNTERCLOCKWISE",
                "STAIRS",
                "ELEVATOR",
                "UTURN_LEFT",
                "UTURN_RIGHT",
            ),
        ),
        "distance": an("number", "Metres."),
        "fromLevel": NUMBER,
        "toLevel": NUMBER,
        "polyline": ref("EncodedPolyline"),
        "streetName": an("string", "Empty: it has none."),
        "exit": an("string", "Which exit of a roundabout, as a number."),
        "stayOn": an("boolean", "The street goes on under the same name round a bend at a junction."),
        "area": BOOLEAN,
        "toll": BOOLEAN,
    },
    {
        "osmWay": an("integer", "OpenStreetMap's number of the way."),
        "fromOsmNode": INTEGER,
        "toOsmNode": INTEGER,
        "accessRestriction": an("string", "When or for whom it is closed, as OpenStreetMap has it."),
    },
)

STREETS = shape(
    "Addition: how times along the streets are known, in words.",
    {
        "method": one_of("CROW_FLY", "OSM", "OSM_AND_CROW_FLY"),
        "fr": TEXT,
        "en": TEXT,
    },
    {
        "detourFactor": an("number", "What crow-fly distances are multiplied by."),
        "attribution": an("string", "To be shown wherever the ways are."),
        "attributionUrl": TEXT,
        "licence": an("string", "SPDX identifier."),
    },
)

ITINERARY = shape(
    "A journey.",
    {
        "duration": an("integer", "Seconds."),
        "startTime": INSTANT,
        "endTime": INSTANT,
        "transfers": INTEGER,
        "id": an("string", "The same journey has the same id in every answer."),
        "legs": listed(ref("Leg")),
        "emissions": ref("Emissions"),
    },
    {
        "tags": listed(ref("Tag")) | {"description": "Addition: what it is best in, of all that are shown."},
        "works": an("boolean", "Addition, of a refreshed one: it can still be done as it was planned."),
        "reasons": listed(ref("Reason"))
        | {"description": "Addition, of a refreshed one: what is wrong with it."},
        "liveData": ref("LiveData") | {"description": "Of a trip and of a refreshed one."},
        "price": {"oneOf": [one_of("unknown"), ref("Price")]}
        | {"description": "Addition: of all legs; unknown as soon as one's is."},
        "priceUnknown": ref("PriceUnknown"),
    },
)

REASON = shape(
    "Addition: why a list is empty, and what else there is.",
    {
        "code": one_of(
            *("SAME_PLACE", "NO_TRANSIT_ASKED", "NO_STOP_IN_RANGE", "OUTSIDE_AREA", "OUTSIDE_SERVICE_PERIOD"),
            *("NOTHING_IN_WINDOW", "NO_CONNECTION", "NO_DEPARTURES", "CUT_OFF", "PLACE_NOT_FOUND"),
            *(
                "MAX_TRANSFERS_TOO_LOW",
                "MAX_TRAVEL_TIME_TOO_SHORT",
                "NOT_KNOWN_ACCESSIBLE",
                "NOT_KNOWN_FOR_BIKES",
            ),
            *("TRIP_CANCELLED", "TRIP_GONE", "STOP_SKIPPED", "CONNECTION_MISSED", "TIGHT_CONNECTION"),
            *("RIDE_FULL", "BOOKING_CLOSED", "CARPOOL_LINE"),
            *("MODES_TOO_FEW", "VIA_OUT_OF_REACH", "VIA_NOT_SERVED", "WALKS_TOO_FAR", "BOOKING_TOO_LATE"),
            *("WALKING_IS_FASTER", "NOTHING_IN_REACH", "OFF_STREETS", "OUTSIDE_STREETS", "BOOKING_NOT_OPEN"),
            *("ON_DEMAND_OUTSIDE_ZONE", "ON_DEMAND_NOT_ON_THIS_DAY", "ON_DEMAND_OUTSIDE_HOURS"),
            *("ON_DEMAND_NO_VEHICLE", "ON_DEMAND_NO_SEAT", "ON_DEMAND_NO_WHEELCHAIR_PLACE"),
            *("ON_DEMAND_TOO_LONG", "ON_DEMAND_NO_TIME", "ON_DEMAND_PARTY_TOO_LARGE"),
        ),
        "fr": TEXT,
        "en": TEXT,
    },
    {
        "place": one_of("from", "to", "via", "offset", description="Which end it is about."),
        "nearestStop": ref("Place"),
        "nearestStopDistance": an("integer", "Metres, as the crow flies."),
        "serviceFrom": DATE,
        "serviceTo": DATE,
        "nextServiceDay": DATE,
        "nextDeparture": INSTANT,
        "nextArrival": INSTANT,
        "searchedFrom": INSTANT,
        "searchedTo": INSTANT,
        "lookedAtDays": INTEGER,
        "transfersNeeded": INTEGER,
        "travelTimeNeeded": an("integer", "Minutes."),
        "walkDistanceNeeded": an("integer", "Metres."),
        "line": an("string", "A carpool line near both ends; then where one gets on and off."),
        "alightingStop": ref("Place"),
        "alightingStopDistance": an("integer", "Metres, as the crow flies."),
        "phone": TEXT,
        "expectedWaiting": ref("ExpectedWaiting"),
        "booking": ref("Booking"),
        "service": an("string", "Transport on demand that does not go as was asked for; then whom to ask."),
        "serviceId": TEXT,
        "waitFor": {
            "type": "object",
            "description": "Its places are taken: the wish to join `POST /v1/on-demand/waiting-list` with, beside "
            "`service` (serviceId) and `party`. All the way; or the ride to (from) the coach or train of a journey, "
            "at its time.",
        },
        "deadline": INSTANT
        | {"description": "It had to be booked by then (BOOKING_NOT_OPEN: from then on)."},
        "url": TEXT,
    },
)

FEED = shape(
    "Addition: whose data it is.",
    {
        "feed": TEXT,
        "publisherName": TEXT,
        "publisherUrl": TEXT,
        "version": TEXT,
        "synthetic": BOOLEAN,
        "attributions": listed({"type": "object"}),
    },
)

PLAN = shape(
    "Journeys.",
    {
        "requestParameters": {"type": "object", "additionalProperties": TEXT},
        "debugOutput": {"type": "object", "additionalProperties": INTEGER},
        "from": ref("Place"),
        "to": ref("Place"),
        "direct": listed(ref("Itinerary"))
        | {"description": "Without public transport; with the first page only."},
        "itineraries": listed(ref("Itinerary")),
        "previousPageCursor": _CURSOR,
        "nextPageCursor": _CURSOR,
        "cutOff": an("boolean", "Addition: the time limit ended the search early."),
        "liveData": ref("LiveData"),
        "streets": ref("Streets"),
        "emissionsMethod": an("object", "Addition: how emissions are computed."),
        "attributions": listed(ref("Feed")),
        "synthetic": an("boolean", "Addition: some of it is made-up data, nobody can travel by it."),
    },
    {
        "reasons": listed(ref("Reason"))
        | {
            "description": "Whenever `itineraries` is empty; and where transport on demand does not go as asked for."
        }
    },
)

STOP_TIME = shape(
    "A departure or an arrival.",
    {
        **_LINE,
        **_TRIP,
        "place": ref("Place"),
        "realTime": BOOLEAN,
        "cancelled": BOOLEAN,
        "tripCancelled": BOOLEAN,
        "scheduled": an("boolean", "Addition: false of a trip that real time adds."),
        "pickupDropoffType": _BOARDING,
        "bikesAllowed": BOOLEAN,
        "wheelchairAccessible": _ACCESSIBILITY,
        "reservation": _RESERVATION,
        "unknown": listed(TEXT)
        | {"description": "Addition: fields above whose no means that it is not known."},
    },
    {
        **_LINE_MORE,
        **_AGENCY_MORE,
        "arrangement": _ARRANGEMENT,
        "booking": ref("Booking"),
        "alerts": listed(ref("Alert")) | {"description": "Addition: of the trip, its line or its agency."},
        "event": one_of("DEPARTURE", "ARRIVAL", description="Addition, with `both`."),
        "nextStops": listed(ref("Place")),
        "previousStops": listed(ref("Place")),
    },
)

STOP_TIMES = shape(
    "A board.",
    {
        "stopTimes": listed(ref("StopTime")),
        "place": ref("Place"),
        "liveData": ref("LiveData"),
        "previousPageCursor": _CURSOR,
        "nextPageCursor": _CURSOR,
    },
    {
        "reasons": listed(ref("Reason")),
        "expectedWaiting": listed(ref("ExpectedWaiting")) | {"description": "Addition: of carpool lines."},
    },
)

HEALTH = shape(
    "Whether this process answers, and from what.",
    {
        "rt": an("boolean", "Real time has come in."),
        "gbfs": BOOLEAN,
        "status": one_of("ok", "empty"),
    },
    {
        "snapshot": TEXT,
        "liveData": ref("LiveData"),
        "liveErrors": {"type": "object", "additionalProperties": TEXT}
        | {"description": "By source: why the last message could not be used."},
        "synthetic": BOOLEAN,
        "serviceFrom": {"type": ["string", "null"], "format": "date"},
        "serviceTo": {"type": ["string", "null"], "format": "date"},
        "stops": INTEGER,
        "trips": INTEGER,
        "feeds": listed(ref("Feed")),
        "fr": TEXT,
        "en": TEXT,
        "error": TEXT,
    },
)

SERVED_FEED = shape(
    "A feed and its active version.",
    {
        "id": TEXT,
        "version": TEXT,
        "publisherVersion": TEXT,
        "source": {"type": ["string", "null"], "description": "Where it came from, if from an address."},
        "importedAt": INSTANT,
        "serviceFrom": {"type": ["string", "null"], "format": "date"},
        "serviceTo": {"type": ["string", "null"], "format": "date"},
        "stops": INTEGER,
        "routes": INTEGER,
        "trips": INTEGER,
        "findings": shape("How many.", {"errors": INTEGER, "warnings": INTEGER, "infos": INTEGER}),
        "lastImport": {"type": ["string", "null"], "enum": ["imported", "unchanged", "failed", None]},
    },
)

PROBLEM = shape(
    "An error (RFC 9457), with `error` as MOTIS has it.",
    {
        "type": TEXT,
        "title": TEXT,
        "status": INTEGER,
        "detail": an("string", "In the language of Accept-Language, French or English."),
        "error": TEXT,
        "fr": TEXT,
        "en": TEXT,
        "requestId": TEXT,
    },
    {"field": an("string", "The parameter it is about."), "reasons": listed(ref("Reason"))},
)

OFFSET = shape(
    "A stop and how long it takes to reach it.",
    {"stopId": TEXT, "duration": an("integer", "Seconds.")},
    {"mode": one_of("WALK", "BIKE", "CAR")},
)

PLAN_BODY: Schema = {
    "type": "object",
    "description": "Offsets computed by the client; and any parameter, since addresses end up in logs on the way.",
    "properties": {"fromOffsets": listed(ref("PlanOffset")), "toOffsets": listed(ref("PlanOffset"))},
    "additionalProperties": True,
    "example": {"fromPlace": "47.2470,6.0219", "toPlace": "47.3234,5.0272", "time": "2026-06-15T07:00:00Z"},
}

POLYLINE = shape("A line.", {"points": TEXT, "precision": INTEGER, "length": INTEGER})

ROUTE = shape("A line that serves a stop.", _LINE, _LINE_MORE)

STOP = shape("A stop and its lines.", {"place": ref("Place"), "routes": listed(ref("Route"))})

SCHEMAS: dict[str, Schema] = {
    "Mode": {"type": "string", "enum": list(MODES)},
    "Place": PLACE,
    "EncodedPolyline": POLYLINE,
    "Emissions": EMISSIONS,
    "Leg": LEG,
    "Itinerary": ITINERARY,
    "StepInstruction": STEP,
    "Streets": STREETS,
    "Reason": REASON,
    "Feed": FEED,
    "Plan": PLAN,
    "PlanOffset": OFFSET,
    "PlanPostBody": PLAN_BODY,
    "StopTime": STOP_TIME,
    "StopTimes": STOP_TIMES,
    "Route": ROUTE,
    "Stop": STOP,
    "Health": HEALTH,
    "ServedFeed": SERVED_FEED,
    "Problem": PROBLEM,
}
