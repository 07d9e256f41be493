"""locations.geojson: zones of GTFS-Flex, as RFC 7946 and the GTFS reference have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import shapely

from gtfs_feeds.findings import FindingLog, Severity, shorten
from on_demand.area import Point, Zone
from on_demand.service_areas import shape_of

FILE = "locations.geojson"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_POLYGONS: dict[str, Callable[[Any], Any]] = {
    "Polygon": lambda coordinates: [coordinates],
    "MultiPolygon": lambda coordinates: coordinates,
}


class _BadLocationError(Exception):
    """A feature that is no zone; says which rule it breaks."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def read_locations(content: bytes, log: FindingLog) -> dict[str, Zone]:
    """The zones by their ids. A feature that is none is left out, the others stay; both are noted."""
    features = _list_features(content, log)
    zones: dict[str, Zone] = {}
    for number, feature in enumerate(features):
        shown = _id_of(feature) or f"features[{number}]"
        try:
            zone, why = _read_feature(feature)
        except _BadLocationError as error:
            log.add(Severity.ERROR, error.rule, FILE, str(error), "location dropped", value=shown)
            continue
        if why:
            message = f"The geometry is not valid: {why}."
            action = "read as the areas its lines enclose"
            log.add(Severity.WARNING, "invalid_geometry", FILE, message, action, value=shown)
        if zone.id in zones:
            message = f"The id {shorten(zone.id)} was given before in the file."
            action = "location dropped, the first one kept"
            log.add(Severity.ERROR, "duplicate_key", FILE, message, action, field="id", value=zone.id)
            continue
        zones[zone.id] = zone
    return zones


def zone_of_shape(id_: str, name: str, shape: shapely.Geometry) -> Zone | None:
    """A zone of all polygons in a shape; None when there is none in it."""
    polygons = tuple(_polygons_in(shape))
    return Zone(id_, name, polygons) if polygons else None


def _polygons_in(shape: shapely.Geometry) -> Iterator[tuple[tuple[Point, ...], ...]]:
    for part in shapely.get_parts(shape).tolist():
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            rings = (part.exterior, *part.interiors)
            yield tuple(tuple(Point(lat, lon) for lon, lat in ring.coords) for ring in rings)
        elif isinstance(part, shapely.MultiPolygon | shapely.GeometryCollection):
            yield from _polygons_in(part)


def _list_features(content: bytes, log: FindingLog) -> list[Any]:
    try:
        document = orjson.loads(content.removeprefix(_BYTE_ORDER_MARK))
    except (orjson.JSONDecodeError, RecursionError) as error:
        message = f"The file is no JSON ({error})."
        log.add(Severity.ERROR, "malformed_json", FILE, message, "treated as absent")
        return []
    kind = document.get("type") if isinstance(document, dict) else None
    features = document.get("features") if isinstance(document, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list):
        message = "The file is no FeatureCollection with a list of features."
        log.add(Severity.ERROR, "unsupported_geo_json_type", FILE, message, "treated as absent")
        return []
    return features


def _id_of(feature: Any) -> str:
    """The feature's id: RFC 7946 has numbers, too."""
    id_ = feature.get("id") if isinstance(feature, dict) else None
    if isinstance(id_, int) and not isinstance(id_, bool):
        return str(id_)
    return id_.strip() if isinstance(id_, str) else ""


def _read_feature(feature: Any) -> tuple[Zone, str]:
    """The zone, and what was mended of its geometry. Raises _BadLocationError."""
    id_ = _id_of(feature)
    if not id_:
        raise _BadLocationError("missing_required_element", "The feature has no id.")
    if feature.get("type") != "Feature":
        raise _BadLocationError("unsupported_feature_type", "The feature's type is not Feature.")
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in _POLYGONS:
        raise _BadLocationError(
            "unsupported_geometry_type",
            f"The geometry is no Polygon and no MultiPolygon but {shorten(str(kind))}.",
        )
    zone = Zone(
        id_,
        _name_of(feature),
        tuple(_read_polygon(rings) for rings in _list(_POLYGONS[kind](geometry.get("coordinates")))),
    )
    if not zone.polygons:
        raise _BadLocationError("invalid_geometry", "The geometry has no polygon.")
    shape = shape_of(zone)
    if shape.is_valid:
        return zone, ""
    why = shapely.is_valid_reason(shape)
    mended = zone_of_shape(id_, zone.name, shapely.make_valid(shape))
    if mended is None:
        raise _BadLocationError("invalid_geometry", f"The geometry encloses nothing ({why}).")
    return mended, why


def _read_polygon(rings: Any) -> tuple[tuple[Point, ...], ...]:
    read = tuple(_read_ring(ring) for ring in _list(rings))
    if not read:
        raise _BadLocationError("invalid_geometry", "A polygon has no ring.")
    return read


def _read_ring(ring: Any) -> tuple[Point, ...]:
    points = tuple(_read_point(position) for position in _list(ring))
    if len(set(points)) < 3:
        raise _BadLocationError("invalid_geometry", "A ring has fewer than three different points.")
    return points if points[0] == points[-1] else (*points, points[0])


def _read_point(position: Any) -> Point:
    pair = _list(position)[:2]
    if len(pair) < 2 or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in pair):
        raise _BadLocationError("invalid_geometry", "A position is no pair of numbers.")
    lon, lat = float(pair[0]), float(pair[1])
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lat) <= 90 and abs(lon) <= 180):
        raise _BadLocationError("invalid_geometry", f"A position is not on Earth: {pair[0]}, {pair[1]}.")
    return Point(lat, lon)


def _list(thing: Any) -> list[Any]:
    if not isinstance(thing, list):
        raise _BadLocationError("invalid_geometry", "The coordinates are not nested as GeoJSON has them.")
    return thing


def _name_of(feature: Any) -> str:
    properties = feature.get("properties")
    for key in ("stop_name", "name"):
        name = properties.get(key) if isinstance(properties, dict) else None
        if isinstance(name, str) and name.strip():
            return name.strip()
    return ""
