"""Which stops a question about a stop or a circle is about."""

from __future__ import annotations

from dataclasses import dataclass

from gtfs_feeds.catalogue import find_stop
from mobility.journeys.ends import PlaceNotFoundError
from mobility.journeys.view import View, list_mode_names
from mobility.journeys.words import Json, Words

STOPS_MAX = 500
"""Of one question; the nearest, where a circle has more."""


@dataclass(frozen=True, slots=True)
class StopSet:
    """`stops` are boardable; `anchor` is the one asked for, if any; `lat`, `lon` where the question is about."""

    stops: tuple[int, ...]
    anchor: int | None
    lat: float
    lon: float

    def place(self, view: View, words: Words) -> Json:
        """What was asked about, as the API's Place."""
        if self.anchor is None:
            return {"name": "", "lat": self.lat, "lon": self.lon, "vertexType": "NORMAL"}
        return stop_place(view, words, self.anchor)


def get_stop_set(
    view: View, stop_id: str | None, center: tuple[float, float] | None, radius_m: float | None, exact: bool
) -> StopSet:
    """The stops of a stop id, else of a circle. Raises PlaceNotFoundError when neither leads anywhere.

    A stop stands for its station and for stops of the same name beside it; `exact`: with a radius, only what is
    within it (0: that stop or station alone).
    """
    anchor = find_stop(view.catalogue, stop_id) if stop_id else None
    if anchor is None and (center is None or radius_m is None):
        raise PlaceNotFoundError(stop_id or "", "stop")
    if anchor is not None:
        place = view.words().place(anchor)
        lat, lon = place["lat"], place["lon"]
    else:
        assert center is not None
        lat, lon = center
    stops = dict.fromkeys(_own_stops(view, anchor, exact=exact and radius_m is not None))
    if radius_m:
        for near, _ in view.places.nearest_stops(lat, lon, radius_m, STOPS_MAX):
            stops.update(dict.fromkeys([near] if exact else view.places.stops_of(near)))
    return StopSet(tuple(stops)[:STOPS_MAX], anchor, lat, lon)


def _own_stops(view: View, anchor: int | None, *, exact: bool) -> list[int]:
    if anchor is None:
        return []
    if not exact:
        return view.places.stops_of(anchor)
    return [anchor] if anchor < view.network.info.boardable_count else view.list_platforms(anchor)


def stop_place(view: View, words: Words, stop: int) -> Json:
    """The API's Place of a stop with its modes and importance."""
    modes = list_mode_names(int(view.lookups.stop_modes[stop]))
    return words.place(stop) | {"modes": modes, "importance": float(view.lookups.importance[stop])}
