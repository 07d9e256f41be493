"""The vehicles of a piece of the map in a span of time: what runs there, from stop to stop, as it really runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polyline

from mobility.journeys.instants import iso
from mobility.journeys.rides import describe_trip
from mobility.journeys.runs import Run, RunCall, get_run
from mobility.journeys.view import View
from mobility.journeys.words import Json, Words
from routing.timetable import Mode

STOPS_MAX = 1500
"""The busiest, where a piece of the map has more."""

SEGMENTS_MAX = 2000
BETWEEN_STOPS_S = 3 * 3600
"""A vehicle that left longer ago than this and is still between two stops is not looked for."""

_FAR = (Mode.AIRPLANE, Mode.HIGHSPEED_RAIL, Mode.LONG_DISTANCE, Mode.NIGHT_RAIL)
_REGION = (*_FAR, Mode.REGIONAL_RAIL, Mode.SUBURBAN, Mode.FERRY, Mode.COACH)


@dataclass(frozen=True, slots=True)
class MapQuestion:
    """`box`: south, west, north, east. Instants are seconds since the epoch."""

    box: tuple[float, float, float, float]
    from_s: int
    to_s: int
    zoom: float
    precision: int = 5
    languages: tuple[str, ...] = ()

    @property
    def modes(self) -> int:
        """Bit set of what is worth showing so far away: trains first, the rest from nearer."""
        shown = _FAR if self.zoom < 6 else _REGION if self.zoom < 9 else tuple(Mode)
        return sum(1 << mode for mode in shown)


def list_segments(view: View, question: MapQuestion) -> list[Json]:
    """As `/api/v6/map/trips` answers it, in order of departure."""
    words = view.words(question.languages)
    stops = view.places.stops_in_box(*question.box, STOPS_MAX)
    platforms = sorted({platform for stop in stops for platform in view.list_platforms(stop)})
    found: dict[tuple[int, str, int], tuple[Run, int]] = {}
    for arrivals in (False, True):
        calls = view.planner.list_calls(
            platforms,
            question.from_s - (0 if arrivals else BETWEEN_STOPS_S),
            20 * SEGMENTS_MAX,
            arrivals=arrivals,
            until_s=question.to_s + (BETWEEN_STOPS_S if arrivals else 0),
        )
        for call in calls:
            run = get_run(view, call.trip, call.service_day, call.shift_s)
            first = call.position - 1 if arrivals else call.position
            if question.modes >> run.mode & 1 and 0 <= first < run.last:
                found[(call.trip, f"{call.service_day}{call.shift_s}", first)] = run, first
    segments = [segment for run, first in found.values() for segment in _segment(words, question, run, first)]
    segments.sort(key=lambda segment: str(segment["departure"]))
    return segments[:SEGMENTS_MAX]


def _segment(words: Words, question: MapQuestion, run: Run, first: int) -> list[Json]:
    """From one stop to the next it really stops at; nothing of what does not run then."""
    calls = run.list_calls(first, run.last)
    begin = calls[0]
    on = next((number for number, call in enumerate(calls[1:], 1) if not call.is_cancelled), None)
    if begin.is_cancelled or on is None:
        return []
    end = calls[on]
    if begin.departure_s > question.to_s or end.arrival_s < question.from_s:
        return []
    described = describe_trip(words, run, first)
    line = run.line(first, first + on)
    points = polyline.decode(line.shown["points"], line.shown["precision"])
    segment: Json = {
        "trips": [
            {
                "tripId": described["tripId"],
                "displayName": described["displayName"],
                "routeShortName": described["routeShortName"],
            }
        ],
        "mode": described["mode"],
        "distance": round(line.length_m, 1),
        "from": _place(words, begin, departs=True),
        "to": _place(words, end, departs=False),
        "departure": iso(begin.departure_s),
        "arrival": iso(end.arrival_s),
        "scheduledDeparture": iso(begin.planned_departure_s),
        "scheduledArrival": iso(end.planned_arrival_s),
        "realTime": begin.is_known or end.is_known,
        "polyline": polyline.encode(np.round(points, question.precision).tolist(), question.precision),
    }
    if "routeColor" in described:
        segment["routeColor"] = described["routeColor"]
    return [segment]


def _place(words: Words, call: RunCall, *, departs: bool) -> Json:
    place = dict(words.place(call.stop))
    if departs:
        place["departure"] = iso(call.departure_s)
        place["scheduledDeparture"] = iso(call.planned_departure_s)
    else:
        place["arrival"] = iso(call.arrival_s)
        place["scheduledArrival"] = iso(call.planned_arrival_s)
    return place
