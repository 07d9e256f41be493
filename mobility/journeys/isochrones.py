"""Areas reached in so many minutes, as GeoJSON: around every stop reached, as far as one walks in what time is left.

Where the streets are known an area is the surroundings of the junctions one gets to along them; elsewhere circles on
the ground, with the detour streets make, and the answer says so. Areas are valid (OGC simple features), wound as
RFC 7946 wants, have holes where nothing is near, and grow with the minutes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from mobility.journeys.ends import ways_of
from mobility.journeys.instants import iso
from mobility.journeys.question import Question
from mobility.journeys.reachable import Reachable, explain_nothing
from mobility.journeys.street_times import DETOUR_FACTOR, MATCHING_M_MAX, SPEED_M_S
from mobility.journeys.words import Json

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of the Earth's mean radius."""

CORNERS = 24
"""Of a circle."""

SAME_M = 40.0
"""Platforms so near each other share one circle, the largest."""

BESIDE_STREET_M = MATCHING_M_MAX
"""So far around a junction one gets to, at most: the streets between two, and what lies along them."""

SIMPLIFY_M = 25.0
HOLE_M2_MIN = 20_000.0
"""Smaller holes are left out: they are no place."""

GRID = 1e-6
"""Coordinates are whole multiples, in degrees: about a decimetre."""


def present_isochrones(found: Reachable, question: Question, bands_s: Sequence[int]) -> Json:
    """A feature for each band of time, the largest first, so that a map draws the smaller ones over it."""
    points = _points(found)
    features, area, estimated = [], shapely.MultiPolygon(), False
    for band_s in sorted(set(bands_s)):
        circles, is_guess = _circles(found, question, band_s, points)
        area, estimated = _area(circles, area), estimated or is_guess
        features.append(_feature(found, question, band_s, area))
    answer: Json = {"type": "FeatureCollection", "features": features[::-1], "estimated": estimated}
    if not found.stops:
        answer["reasons"] = explain_nothing(found, question)
    return answer


def _points(found: Reachable) -> NDArray[np.float64]:
    """[n, 3] latitude, longitude and how long it takes to be there, in seconds: the place itself, and the stops."""
    timetable = found.view.timetable
    stops = [reached.stop for reached in found.stops]
    points = np.empty((len(stops) + 1, 3))
    points[0] = found.place.lat, found.place.lon, 0.0
    points[1:, 0], points[1:, 1] = timetable.stop_lat[stops], timetable.stop_lon[stops]
    points[1:, 2] = [reached.duration_s for reached in found.stops]
    return points[~np.isnan(points).any(axis=1)]


def _feature(found: Reachable, question: Question, band_s: int, area: shapely.MultiPolygon) -> Json:
    return {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(area)),
        "properties": {
            "minutes": band_s // 60,
            "arrival" if question.arrive_by else "departure": iso(question.time_s),
            "squareKilometres": round(_area_m2(area) / 1e6, 2),
            "stops": sum(reached.duration_s <= band_s for reached in found.stops),
        },
    }


def _circles(
    found: Reachable, question: Question, band_s: int, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], bool]:
    """[n, 3] latitude, longitude and radius in metres of what is reached; whether some is as the crow flies."""
    near, on = (ways_of(question, access=access) for access in (not question.arrive_by, question.arrive_by))
    going = on.going("WALK")
    metres_a_second = (going.speed_m_s or SPEED_M_S[going.mode]) / DETOUR_FACTOR
    points = points[points[:, 2] <= band_s]
    left_s = np.minimum(band_s - points[:, 2], on.limit_s("WALK"))
    left_s[0] = min(band_s, near.limit_s("WALK"))
    places = [(lat, lon) for lat, lon in points[:, :2].tolist()]
    offset_s = (band_s - left_s).astype(int).tolist()  # later, where one may not walk for all that is left
    spread = found.view.streets.spread(going, places, offset_s, band_s, question.arrive_by)
    crow = points[spread.beyond]
    crow[:, 2] = left_s[spread.beyond] * metres_a_second
    beside_m = np.minimum((band_s - spread.duration_s) * metres_a_second, BESIDE_STREET_M)
    streets = np.stack((spread.lat, spread.lon, beside_m), axis=1)
    return np.concatenate((crow, streets)), bool(spread.beyond.any())


def _area(circles: NDArray[np.float64], within: shapely.MultiPolygon) -> shapely.MultiPolygon:
    """The union of circles, and of the area that is `within` it, which simplifying might else cut into."""
    lat, lon, radius_m = _without_neighbours(circles)
    angle = np.linspace(0, 2 * math.pi, CORNERS, endpoint=False)
    north = radius_m[:, None] * np.sin(angle) / METRES_PER_DEGREE
    east = radius_m[:, None] * np.cos(angle) / METRES_PER_DEGREE / np.cos(np.radians(lat))[:, None]
    rings = np.stack((lon[:, None] + east, lat[:, None] + north), axis=2)
    united = shapely.union_all(shapely.polygons(rings))
    simple = shapely.simplify(_without_small_holes(united), SIMPLIFY_M / METRES_PER_DEGREE)
    # valid, whatever rounding does
    exact = shapely.union(shapely.set_precision(simple, GRID), within, grid_size=GRID)
    parts = [part for part in shapely.get_parts(exact) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon([shapely.geometry.polygon.orient(part) for part in parts])


def _without_neighbours(
    circles: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of circles whose centres share a small square the largest; those of no size left out."""
    order = np.argsort(-circles[:, 2], kind="stable")
    order = order[circles[order, 2] >= SAME_M]
    cell = SAME_M / METRES_PER_DEGREE
    squares = np.floor(circles[order, :2] / cell).astype(np.int64)
    _, first = np.unique(squares, axis=0, return_index=True)
    kept = circles[order[first]]
    return kept[:, 0], kept[:, 1], kept[:, 2]


def _without_small_holes(area: shapely.Geometry) -> shapely.MultiPolygon:
    parts = []
    for part in shapely.get_parts(area):
        holes = [ring for ring in part.interiors if _area_m2(shapely.Polygon(ring)) >= HOLE_M2_MIN]
        parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts)


def _area_m2(area: shapely.Geometry) -> float:
    """On the ground; of small shapes, by the latitude of their middle."""
    total = 0.0
    for part in shapely.get_parts(area):
        middle = math.radians(float(part.centroid.y)) if not part.is_empty else 0.0
        total += float(part.area) * METRES_PER_DEGREE**2 * math.cos(middle)
    return total
