"""What a journey is kept as: its id says by which vehicles and ways one goes, so that it can be looked up again.

    20260615_08:00_r_R-08~r_AVA1~r_CLU1~1781503200-1781505900|WALK,300~r_CLU1~@47.40120,5.40120

Legs are joined by `|`. A ride: trip ids (several, joined by `+`, where one stays seated), stops, and the planned
departure and arrival in seconds since the epoch; `=` before it: one stays seated from the leg before. A way along the
streets: mode and seconds, then its ends, a stop's id or `@lat,lon`. Whatever could be mistaken is percent-encoded.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from mobility.journeys.ends import CoordinatesError, parse_coordinates
from mobility.journeys.words import Json

LEGS_MAX = 40

_WAY = re.compile(r"([A-Z_]+),(\d{1,6})", re.ASCII)
_TIMES = re.compile(r"(\d{1,11})-(\d{1,11})", re.ASCII)


class SavedItineraryError(ValueError):
    """The text is not the id of an itinerary; the message says why."""


@dataclass(frozen=True, slots=True)
class SavedPoint:
    """One end of a leg: a stop's id, or coordinates."""

    stop_id: str = ""
    lat: float = 0.0
    lon: float = 0.0


@dataclass(frozen=True, slots=True)
class SavedLeg:
    """`trips` are the API's trip ids; without one it is a way along the streets, which takes `duration_s`."""

    origin: SavedPoint
    destination: SavedPoint
    trips: tuple[str, ...] = ()
    planned_start_s: int = 0
    planned_end_s: int = 0
    stay_seated: bool = False
    mode: str = "WALK"
    duration_s: int = 0


def itinerary_id(legs: list[Json]) -> str:
    """Names a journey by its vehicles and stops, so that the same one has the same id in every answer."""
    return "|".join(_write_leg(leg) for leg in legs) if legs else "EMPTY"


def _write_leg(leg: Json) -> str:
    ends = f"{_write_point(leg['from'])}~{_write_point(leg['to'])}"
    if "tripId" not in leg:
        return f"{leg['mode']},{leg['duration']}~{ends}"
    trips = "+".join(quote(trip, safe=":") for trip in leg.get("joinedTripIds", [leg["tripId"]]))
    seated = "=" if leg.get("interlineWithPreviousLeg") else ""
    times = f"{_seconds(leg['scheduledStartTime'])}-{_seconds(leg['scheduledEndTime'])}"
    return f"{seated}{trips}~{ends}~{times}"


def _write_point(place: Json) -> str:
    stop_id = place.get("stopId")
    return quote(stop_id, safe=":") if stop_id else f"@{place['lat']:.5f},{place['lon']:.5f}"


def _seconds(instant: str) -> int:
    return int(dt.datetime.fromisoformat(instant).timestamp())


def read_itinerary_id(text: str) -> tuple[SavedLeg, ...]:
    """The legs an id names. Raises SavedItineraryError."""
    parts = text.split("|")
    if len(parts) > LEGS_MAX:
        raise SavedItineraryError(f"it has {len(parts)} legs, more than {LEGS_MAX}")
    return tuple(_read_leg(part) for part in parts)


def _read_leg(text: str) -> SavedLeg:
    what, *ends = text.split("~")
    way = _WAY.fullmatch(what)
    if way is not None and len(ends) == 2:
        points = _read_point(ends[0]), _read_point(ends[1])
        return SavedLeg(*points, mode=way[1], duration_s=int(way[2]))
    times = _TIMES.fullmatch(ends[2]) if len(ends) == 3 else None
    if times is None:
        raise SavedItineraryError(
            f"'{text[:60]}' is not a leg: send the `id` of an itinerary as it was answered"
        )
    return SavedLeg(
        _read_point(ends[0]),
        _read_point(ends[1]),
        tuple(unquote(trip) for trip in what.removeprefix("=").split("+")),
        int(times[1]),
        int(times[2]),
        stay_seated=what.startswith("="),
    )


def _read_point(text: str) -> SavedPoint:
    if not text.startswith("@"):
        return SavedPoint(unquote(text))
    try:
        found = parse_coordinates(text[1:])
    except CoordinatesError as error:
        raise SavedItineraryError(str(error)) from error
    if found is None:
        raise SavedItineraryError(f"'{text[:40]}' is not @latitude,longitude")
    return SavedPoint("", found[0], found[1])


def read_leg_ids(legs: object) -> tuple[SavedLeg, ...]:
    """The legs of the API's ItineraryId, as POST takes it. Raises SavedItineraryError."""
    if not isinstance(legs, list) or not 0 < len(legs) <= LEGS_MAX:
        raise SavedItineraryError(f"'legs' must be a list of 1 to {LEGS_MAX} legs")
    return tuple(_read_leg_id(leg) for leg in legs)


def _read_leg_id(leg: object) -> SavedLeg:
    if not isinstance(leg, dict):
        raise SavedItineraryError("each of 'legs' must be an object")
    try:
        start_s, end_s = int(leg["schedStart"]), int(leg["schedEnd"])
        origin, destination = (
            SavedPoint(str(leg.get(f"{end}Id") or ""), float(leg[f"{end}Lat"]), float(leg[f"{end}Lon"]))
            for end in ("from", "to")
        )
        trip, mode = str(leg.get("tripId") or ""), str(leg["mode"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SavedItineraryError(f"a leg's {error} is missing or no number") from error
    if not all(abs(end.lat) <= 90 and abs(end.lon) <= 180 for end in (origin, destination)):
        raise SavedItineraryError("a leg's coordinates are not on Earth")
    if not 0 <= end_s - start_s <= 10 * 86400 or not 0 <= start_s < 10**11:
        raise SavedItineraryError("a leg ends before it begins, or takes more than 10 days")
    if not trip:
        return SavedLeg(origin, destination, mode=mode, duration_s=end_s - start_s)
    return SavedLeg(origin, destination, (trip,), start_s, end_s)
