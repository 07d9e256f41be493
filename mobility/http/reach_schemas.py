"""The schemas of what is booked, of what an option is best in, and of how far one gets."""

from __future__ import annotations

from mobility.http.schemas import (
    DATE,
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

BOOKING = shape(
    "Addition: how a flexible leg or a ride of a carpool line is booked.",
    {
        "service": TEXT,
        "deadline": INSTANT | {"description": "The last instant at which this departure can be booked."},
        "price": {"oneOf": [one_of("unknown"), ref("Price")]},
    },
    {
        "state": one_of(
            *("OPEN", "CLOSED", "FULL", "CANCELLED"),
            description="Of a ride. CLOSED: too late to book; who waits at the stop may be taken along.",
        ),
        "seatsLeft": an("integer", "Of a ride, between these stops."),
        "rideId": an("string", "Of a ride, for `/v1/carpool`."),
        "live": an(
            "boolean",
            "Of a flexible leg: whether its seats are known here. If not, ask who runs it, by `phone` or `url`.",
        ),
        "serviceId": an("string", "Of a ride on demand, for `/v1/on-demand`; then what is promised:"),
        "operator": TEXT,
        "party": ref("Party"),
        "pickupFrom": INSTANT | {"description": "The vehicle comes from then on …"},
        "pickupUntil": INSTANT | {"description": "… and until then."},
        "arrivalUntil": INSTANT | {"description": "It has arrived by then."},
        "expectedPickup": INSTANT,
        "expectedArrival": INSTANT,
        "quote": an("string", "Hold it, together with all quotes of the itinerary, as `hold` says."),
        "quoteExpires": INSTANT,
        "hold": shape("How quotes are held.", {"method": one_of("POST"), "url": TEXT}),
        "bookableFrom": INSTANT,
        "phone": TEXT,
        "url": TEXT,
        "message": an("string", "In the provider's words."),
    },
)

PRICE = shape(
    "Addition: what one pays.",
    {"cents": INTEGER, "currency": an("string", "ISO 4217.")},
    {
        "per": one_of("seat", "party"),
        "tariff": an(
            "string", "Of an itinerary: the version of the tariff, `id@` and the start of its hash."
        ),
        "lines": listed(ref("PriceLine")) | {"description": "Of an itinerary: what is bought."},
        "alternatives": listed(ref("PriceAlternative")) | {"description": "With `withFares`."},
        "offer": an("string", "Of an itinerary that can be ordered: POST it to /v1/offers."),
        "offerExpires": INSTANT,
    },
)

PRICE_LINE = shape(
    "Addition: one product, for some legs and travellers.",
    {
        "product": an("string", "Of the tariff; `feed:product` of a feed's fares; `fixed`: of the service."),
        "kind": TEXT,
        "fr": TEXT,
        "en": TEXT,
        "legs": listed(INTEGER) | {"description": "Places in `legs` of the itinerary."},
        "travellers": listed(INTEGER) | {"description": "Places among the travellers, from 0 on."},
        "cents": INTEGER,
        "fullCents": an("integer", "Before reductions and caps."),
        "rule": an("string", "How it came about, with the figures."),
    },
)

PRICE_ALTERNATIVE = shape(
    "Addition: what was not chosen, and why not.",
    {
        "products": listed(TEXT),
        "cents": INTEGER
        | {"type": ["integer", "null"], "description": "What the journey would have cost with it."},
        "rule": TEXT,
        "fr": TEXT,
        "en": TEXT,
    },
)

PRICE_UNKNOWN = shape(
    "Addition: why a price is unknown.",
    {"legs": listed(INTEGER) | {"description": "Whose price nobody knows."}, "fr": TEXT, "en": TEXT},
)

PARTY = shape(
    "Addition: who travels.",
    {
        "adults": INTEGER,
        "children": INTEGER,
        "wheelchairs": INTEGER,
        "companions": INTEGER,
    },
)

EXPECTED_WAITING = shape(
    "Addition: how long one waits on average for a driver who is not announced; an estimate from past trips, and none "
    "where these were few.",
    {
        "minutes": INTEGER,
        "low": an("integer", "Minutes: the mean is between `low` and `high` with 90 % confidence."),
        "high": INTEGER,
        "trips": an("integer", "So many were counted in that hour."),
        "days": INTEGER,
        "dayKind": one_of("WORKDAY", "SATURDAY", "SUNDAY"),
        "hour": an("integer", "Of the day, in Paris."),
        "fr": TEXT,
        "en": TEXT,
    },
    {"line": TEXT, "headsign": TEXT, "place": ref("Place")},
)

TAG = shape(
    "Addition: what an option is best in; given only where another is worse.",
    {
        "code": one_of(
            *("EARLIEST_ARRIVAL", "LATEST_DEPARTURE", "FASTEST"),
            *("FEWEST_TRANSFERS", "LEAST_WALKING", "LOWEST_EMISSIONS", "LOWEST_PRICE"),
        ),
        "fr": TEXT,
        "en": TEXT,
    },
)

REACHABLE_PLACE = shape(
    "A stop that is reached.",
    {
        "place": ref("Place"),
        "duration": an("integer", "Minutes, rounded up."),
        "k": an("integer", "Vehicles ridden, the fewest with which it takes no longer; 0: on foot."),
    },
)

REACHABLE = shape(
    "What is reached from one place (to arrive by: from where it is), the nearest in time first.",
    {"one": ref("Place"), "all": listed(ref("ReachablePlace"))},
    {"reasons": listed(ref("Reason")) | {"description": "Addition: whenever `all` is empty."}},
)

_AREA = shape(
    "GeoJSON (RFC 7946).",
    {
        "type": one_of("MultiPolygon"),
        "coordinates": listed(listed(listed(listed(NUMBER)))),
    },
)

ISOCHRONES = shape(
    "Areas within reach, the largest first: GeoJSON (RFC 7946).",
    {
        "type": one_of("FeatureCollection"),
        "features": listed(
            shape(
                "One area.",
                {
                    "type": one_of("Feature"),
                    "geometry": _AREA,
                    "properties": shape(
                        "What it is.",
                        {
                            "minutes": INTEGER,
                            "squareKilometres": NUMBER,
                            "stops": an("integer", "Reached in it."),
                        },
                        {"departure": INSTANT, "arrival": INSTANT},
                    ),
                },
            )
        ),
        "estimated": an("boolean", "Walks around the stops are estimated as the crow flies."),
    },
    {"reasons": listed(ref("Reason")) | {"description": "When no stop is reached."}},
)

_NONE: Schema = {"type": "null"}

LAST_RETURN = shape(
    "The last ways back of a day, which ends at 04:00.",
    {
        "from": ref("Place"),
        "to": ref("Place"),
        "serviceDay": DATE,
        "last": {"anyOf": [ref("Itinerary"), _NONE]},
        "lastSafe": {
            "anyOf": [ref("Itinerary"), _NONE],
            "description": "The one before: who misses it gets home.",
        },
        "cutOff": an("boolean", "The time limit ended the search early."),
    },
    {
        "tightestChange": {"type": ["integer", "null"], "description": "Seconds to spare; null: no change."},
        "ifMissed": INSTANT
        | {"type": ["string", "null"], "description": "When the next one leaves; null: a day on."},
        "fr": TEXT,
        "en": TEXT,
        "reasons": listed(ref("Reason")) | {"description": "When there is none."},
    },
)

PARAMETERS_BODY: Schema = {
    "type": "object",
    "description": "Any of the parameters, since addresses end up in logs on the way.",
    "additionalProperties": True,
}

REACH_SCHEMAS: dict[str, Schema] = {
    "Booking": BOOKING,
    "Party": PARTY,
    "Price": PRICE,
    "PriceLine": PRICE_LINE,
    "PriceAlternative": PRICE_ALTERNATIVE,
    "PriceUnknown": PRICE_UNKNOWN,
    "ExpectedWaiting": EXPECTED_WAITING,
    "Tag": TAG,
    "ReachablePlace": REACHABLE_PLACE,
    "Reachable": REACHABLE,
    "Isochrones": ISOCHRONES,
    "LastReturn": LAST_RETURN,
    "ParametersBody": PARAMETERS_BODY,
}
