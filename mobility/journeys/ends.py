"""The two ends of a journey: what was asked for as coordinates, stop or name, and the stops it may begin (end) at."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

from gtfs_feeds.catalogue import find_stop
from mobility.journeys.question import LEG_MODES, GivenOffset, Question
from mobility.journeys.street_times import DETOUR_FACTOR, SPEED_M_S, Going
from mobility.journeys.view import View
from mobility.journeys.words import Json, Words
from routing.query import Offset

RADIUS_SPEED_M_S = 1.5
"""Of the API's `radius`: as the crow flies, rounded down to whole minutes."""

_COORDINATES = re.compile(
    r"\s*(-?\d+(?:\.\d*)?)\s*[,;]\s*(-?\d+(?:\.\d*)?)\s*(?:[,;]\s*(-?\d+(?:\.\d*)?)\s*)?"
)


class PlaceNotFoundError(Exception):
    """Nothing is known by this text. `side` is 'from', 'to', 'via' or 'offset'."""

    def __init__(self, wanted: str, side: str) -> None:
        super().__init__(f"no stop or place has the id '{wanted[:80]}'")
        self.wanted = wanted
        self.side = side


class CoordinatesError(ValueError):
    """It looks like coordinates and is none on Earth; the message says why."""


@dataclass(frozen=True, slots=True)
class Approach:
    """How the place asked for and a stop are joined."""

    mode: str
    duration_s: int
    distance_m: float | None
    estimated: bool = True
    """Time and distance are estimated as the crow flies."""
    going: Going | None = None
    """How it follows the streets; None: it is not traced along them."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a journey. `stop` None: a point that is no stop."""

    name: str
    lat: float
    lon: float
    level: float | None = None
    stop: int | None = None
    approaches: dict[int, Approach] = field(default_factory=dict)
    """By boardable stop; of a stop asked for by its id, itself and its platforms, at no time."""

    def offsets(self) -> tuple[Offset, ...]:
        return tuple(Offset(stop, approach.duration_s) for stop, approach in self.approaches.items())

    def place(self, words: Words) -> Json:
        """As the API's Place."""
        if self.stop is not None:
            return dict(words.place(self.stop))
        place: Json = {"name": self.name, "lat": self.lat, "lon": self.lon, "vertexType": "NORMAL"}
        if self.level is not None:
            place["level"] = self.level
        return place


@dataclass(frozen=True, slots=True)
class Ways:
    """How one gets to (from) the stops: of the Question, for one end."""

    modes: tuple[str, ...]
    max_duration_s: int
    walk_m_max: float
    wheelchair: bool = False
    walk_speed_m_s: float | None = None
    bike_speed_m_s: float | None = None
    matching_m: float = 250.0
    radius_m: float | None = None
    given: tuple[GivenOffset, ...] = ()
    egress: bool = False

    def going(self, mode: str) -> Going:
        """The mode as the streets know it, at the speed asked for."""
        if mode == "WALK":
            return Going("WHEELCHAIR" if self.wheelchair else "WALK", self.walk_speed_m_s, self.matching_m)
        return Going(mode, self.bike_speed_m_s if mode == "BIKE" else None, self.matching_m)

    def limit_s(self, mode: str) -> int:
        """How long one may be under way to (from) a stop."""
        if mode != "WALK":
            return self.max_duration_s
        going = self.going(mode)
        speed_m_s = going.speed_m_s or SPEED_M_S[going.mode]
        return min(self.max_duration_s, int(self.walk_m_max * DETOUR_FACTOR / speed_m_s))


def parse_coordinates(words: str) -> tuple[float, float, float | None] | None:
    """`lat,lon[,level]` in degrees; None when it is something else. Raises CoordinatesError."""
    parsed = _COORDINATES.fullmatch(words)
    if parsed is None:
        return None
    lat, lon = float(parsed[1]), float(parsed[2])
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise CoordinatesError(
            f"'{words.strip()[:60]}' is not on Earth: latitude is -90 to 90, longitude -180 to 180"
        )
    return lat, lon, float(parsed[3]) if parsed[3] else None


def ways_of(question: Question, *, access: bool) -> Ways:
    """How a question lets one get to (from) the stops."""
    return Ways(
        modes=question.access_modes if access else question.egress_modes,
        max_duration_s=question.max_access_s if access else question.max_egress_s,
        walk_m_max=question.walk_m_max,
        wheelchair=question.wheelchair,
        walk_speed_m_s=question.walk_speed_m_s,
        bike_speed_m_s=question.bike_speed_m_s,
        matching_m=question.matching_m,
        radius_m=question.radius_m,
        given=question.access if access else question.egress,
        egress=not access,
    )


def find_end(view: View, words: str, name: str = "") -> End | None:
    """The place at coordinates, or with an id (of a stop or of a commune); without its approaches.

    `name` is shown of bare coordinates. Raises CoordinatesError.
    """
    coordinates = parse_coordinates(words)
    if coordinates is not None:
        return End(name, *coordinates)
    stop = find_stop(view.catalogue, words)
    if stop is not None:
        return _stop_end(view, stop)
    match = view.places.find_match(words)
    return None if match is None else End(match.name, match.lat, match.lon)


def get_end(view: View, words: str, side: str, name: str, ways: Ways) -> End:
    """An end with its approaches. `side`: 'from' or 'to'. Raises PlaceNotFoundError and CoordinatesError."""
    end = find_end(view, words, name)
    if end is None:
        raise PlaceNotFoundError(words, side)
    return replace(end, approaches=_approaches(view, end, ways))


def _stop_end(view: View, stop: int) -> End:
    place = view.words().place(stop)
    return End(place["name"], place["lat"], place["lon"], place.get("level"), stop)


def _approaches(view: View, end: End, ways: Ways) -> dict[int, Approach]:
    if ways.given:
        return _given_approaches(view, ways)
    platforms = view.list_platforms(end.stop) if end.stop is not None else []
    if platforms:  # an unserved stop is a place like any other
        return {stop: Approach("WALK", 0, 0.0) for stop in platforms if _may_enter(view, stop, ways)}
    if ways.radius_m is not None:
        return {
            stop: Approach("WALK", int(distance_m / RADIUS_SPEED_M_S) // 60 * 60, distance_m)
            for stop, distance_m in view.places.nearest_stops(end.lat, end.lon, ways.radius_m, 1000)
            if _may_enter(view, stop, ways)
        }
    approaches: dict[int, Approach] = {}
    for mode in ways.modes:
        going = ways.going(mode)
        for reach in view.streets.list_reach(going, end.lat, end.lon, ways.limit_s(mode), ways.egress):
            known = approaches.get(reach.stop)
            if (known is None or reach.duration_s < known.duration_s) and _may_enter(view, reach.stop, ways):
                approaches[reach.stop] = Approach(
                    mode, reach.duration_s, reach.distance_m, reach.estimated, going
                )
    return approaches


def _given_approaches(view: View, ways: Ways) -> dict[int, Approach]:
    approaches: dict[int, Approach] = {}
    for offset in ways.given:
        stop = find_stop(view.catalogue, offset.stop_id)
        if stop is None:
            raise PlaceNotFoundError(offset.stop_id, "offset")
        for platform in view.list_platforms(stop):
            known = approaches.get(platform)
            if known is None or offset.duration_s < known.duration_s:
                going = ways.going(offset.mode) if offset.mode in LEG_MODES else None
                approaches[platform] = Approach(offset.mode, offset.duration_s, None, going=going)
    return approaches


def _may_enter(view: View, stop: int, ways: Ways) -> bool:
    """Wheelchairs are kept from stops known to be out of their reach; of the others nothing is known."""
    return not ways.wheelchair or int(view.timetable.stop_wheelchair[stop]) != 2


def nearest_stop_m(view: View, end: End, radius_m: float = 100_000) -> tuple[int, float] | None:
    """The nearest boardable stop and its distance as the crow flies, for explaining an empty answer."""
    found = view.places.nearest_stops(end.lat, end.lon, radius_m, 1)
    return found[0] if found and math.isfinite(found[0][1]) else None
