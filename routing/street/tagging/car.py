"""By car: where, which way round, and how fast."""

from __future__ import annotations

from routing.street.tagging.access import Tags, is_oneway, is_open, number_of

KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")

TYPICAL_KM_H = {
    "motorway": 115.0,
    "motorway_link": 60.0,
    "trunk": 90.0,
    "trunk_link": 50.0,
    "primary": 60.0,
    "primary_link": 40.0,
    "secondary": 50.0,
    "secondary_link": 35.0,
    "tertiary": 40.0,
    "tertiary_link": 30.0,
    "unclassified": 35.0,
    "residential": 25.0,
    "living_street": 12.0,
    "service": 12.0,
    "road": 25.0,
}
"""How fast one really drives where no limit is tagged: bends, villages and junctions counted in."""

BY_TAG_ONLY_KM_H = {"track": 15.0, "pedestrian": 8.0, "footway": 8.0, "path": 8.0, "cycleway": 8.0}
"""Where cars go only if a tag opens the way to them by name."""

LIMIT_SHARE = 0.85
"""Of a speed limit that is reached on average."""
TYPICAL_SHARE_MAX = 1.35
"""A high limit makes a class of street at most this much faster than it typically is."""
DESTINATION_KM_H = 10.0
"""Through what is open to residents and customers only, so that nobody is led through a car park."""

ZONE_KM_H = {
    "FR:walk": 6.0,
    "FR:living_street": 20.0,
    "FR:zone20": 20.0,
    "FR:zone30": 30.0,
    "FR:30": 30.0,
    "FR:urban": 50.0,
    "FR:rural": 80.0,
    "FR:nonurban": 80.0,
    "FR:trunk": 110.0,
    "FR:motorway": 130.0,
    "walk": 6.0,
    "none": 130.0,
}
"""Code de la route R413-2, R413-3, R110-2; a department may have gone back to 90, which is then tagged as a number."""

PASSABLE_SERVICE = frozenset({"emergency_access"})


def car_speeds(tags: Tags, highway: str) -> tuple[float, float]:
    """Metres a second by car along the drawing and against it, 0 where it is closed."""
    typical = TYPICAL_KM_H.get(highway)
    if typical is None:
        typical = BY_TAG_ONLY_KM_H.get(highway)
        by_name = tags.get("motorcar", tags.get("motor_vehicle", "no")) in (
            "yes",
            "designated",
            "permissive",
            "destination",
        )
        if typical is None or not by_name:
            return 0.0, 0.0
    if not is_open(tags, KEYS, True) or tags.get("service") in PASSABLE_SERVICE:
        return 0.0, 0.0
    along, against = is_oneway(tags, highway)
    speed = _km_h(tags, typical) / 3.6
    return speed * along, speed * against


def _km_h(tags: Tags, typical: float) -> float:
    limit = limit_km_h(tags)
    speed = typical if limit is None else min(limit * LIMIT_SHARE, typical * TYPICAL_SHARE_MAX)
    restricted = next((tags[key] for key in KEYS if key in tags), "yes")
    return min(speed, DESTINATION_KM_H) if restricted in ("destination", "customers") else max(speed, 4.0)


def limit_km_h(tags: Tags) -> float | None:
    """The speed limit in km/h, None where none is tagged or understood."""
    text = tags.get("maxspeed") or tags.get("maxspeed:type") or tags.get("source:maxspeed")
    if text is None:
        return None
    if text in ZONE_KM_H:
        return ZONE_KM_H[text]
    value = number_of(text)
    if value is None or value <= 0:
        return None
    return value * 1.609344 if "mph" in text else value
