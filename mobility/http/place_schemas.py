"""The schemas of places looked up by name."""

from __future__ import annotations

from mobility.http.schemas import BOOLEAN, NUMBER, TEXT, Schema, listed, one_of, ref, shape

AREA = shape(
    "Where a match is.", {"name": TEXT, "adminLevel": NUMBER, "matched": BOOLEAN}, {"default": BOOLEAN}
)

MATCH = shape(
    "A place a text may mean.",
    {
        "type": one_of("ADDRESS", "PLACE", "STOP"),
        "name": TEXT,
        "id": TEXT,
        "lat": NUMBER,
        "lon": NUMBER,
        "tokens": listed(listed(NUMBER)),
        "areas": listed(ref("Area")),
        "score": NUMBER,
    },
    {
        "category": TEXT,
        "level": NUMBER,
        "tz": TEXT,
        "country": TEXT,
        "modes": listed(ref("Mode")),
        "importance": NUMBER,
    },
)

PLACE_SCHEMAS: dict[str, Schema] = {"Area": AREA, "Match": MATCH}
