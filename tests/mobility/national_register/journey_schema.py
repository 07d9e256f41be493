"""What the national register accepts (API v3.3), written down by hand as JSON Schema."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def _record(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


_COUNT = {"type": "number", "minimum": 0, "multipleOf": 1}
_PLACE = _record(
    {
        "datetime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "lon": {"type": "number", "minimum": -180, "maximum": 180},
    }
)
_IDENTITY = _record(
    {
        "identity_key": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "phone_trunc": {"type": "string", "pattern": r"^\+[0-9]{8,12}$"},
        "operator_user_id": {"type": "string", "minLength": 1},
    },
    {"over_18": {"enum": [True, False, None]}},
)
_INCENTIVES = {
    "type": "array",
    "items": _record(
        {"index": _COUNT, "amount": _COUNT, "siret": {"type": "string", "pattern": "^[0-9]{14}$"}}
    ),
}
_CLASS = {"enum": ["A", "B", "C"]}
_DISTANCE = _COUNT | {"maximum": 1_000_000}
_UPDATABLE: Json = {
    "incentives": _INCENTIVES,
    "operator_class": _CLASS,
    "start": _PLACE,
    "end": _PLACE,
    "distance": _DISTANCE,
}

JOURNEY = _record(
    {
        "operator_journey_id": {"type": "string", "pattern": "^[a-z0-9]{1,256}$"},
        "operator_trip_id": {"type": "string"},
        **_UPDATABLE,
        "driver": _record({"identity": _IDENTITY, "revenue": _COUNT}),
        "passenger": _record(
            {"identity": _IDENTITY, "contribution": _COUNT},
            {"seats": {"type": "number", "minimum": 1, "maximum": 8, "multipleOf": 1}},
        ),
    }
)
UPDATE = _record(_UPDATABLE, {"operator_trip_id": {"type": "string"}})
CANCELLING = _record(
    {"code": {"type": "string", "pattern": "^[0-9A-Za-z_-]{0,32}$"}},
    {"message": {"type": "string", "maxLength": 512}},
)
