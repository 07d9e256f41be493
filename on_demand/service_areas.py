"""Which areas of a service a place is in: zones by their polygons, groups and stops by the ids of stops."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from on_demand.area import Point, Zone
from on_demand.booking import Place
from on_demand.service import Service


class ServiceAreas:
    """The areas of one service, prepared for being asked often; safe to share between threads."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._shapes = {zone.id: shape_of(zone) for zone in service.zones}
        shapely.prepare(list(self._shapes.values()))
        self._stops = {stop.id: stop for stop in service.stops}
        self._members = {group.id: frozenset(group.stop_ids) for group in service.groups}
        self._groups: dict[str, list[str]] = {}
        for group in service.groups:
            for stop_id in dict.fromkeys(group.stop_ids):
                self._groups.setdefault(stop_id, []).append(group.id)
        self.bounds = self._find_bounds()

    def list_at(self, place: Place) -> frozenset[str]:
        """The ids of all areas a place is in: zones around its position (their edges included); the stop with its id
        and the groups of that stop. An address is in no stop and in no group, however near."""
        lat, lon = place.at
        west, south, east, north = self.bounds
        inside = []
        if west <= lon <= east and south <= lat <= north:
            inside = [id_ for id_, shape in self._shapes.items() if shapely.intersects_xy(shape, lon, lat)]
        if place.stop_id:
            inside += self._groups.get(place.stop_id, [])
            if place.stop_id in self._stops:
                inside.append(place.stop_id)
        return frozenset(inside)

    def contains(self, area_id: str, place: Place) -> bool:
        """Whether a place is in one area."""
        if area_id in self._shapes:
            return bool(shapely.intersects_xy(self._shapes[area_id], place.at.lon, place.at.lat))
        return bool(place.stop_id) and (
            place.stop_id == area_id or place.stop_id in self._members.get(area_id, ())
        )

    def list_stops(self, area_id: str) -> tuple[str, ...]:
        """The ids of an area's own stops: of a group, of a stop; of a zone none, every point of it is served."""
        if area_id in self._members:
            return tuple(sorted(self._members[area_id]))
        return (area_id,) if area_id in self._stops else ()

    def _find_bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all that is served, degrees; of nothing, an empty box."""
        boxes = [shapely.bounds(shape).tolist() for shape in self._shapes.values()]
        boxes += [[stop.at.lon, stop.at.lat, stop.at.lon, stop.at.lat] for stop in self.service.stops]
        if not boxes:
            return (float("inf"), float("inf"), float("-inf"), float("-inf"))
        west, south, east, north = zip(*boxes, strict=True)
        return min(west), min(south), max(east), max(north)


def shape_of(zone: Zone) -> shapely.MultiPolygon:
    """A zone's polygons, as shapely has them: longitude first."""
    return shapely.MultiPolygon(
        [(_ring(rings[0]), [_ring(hole) for hole in rings[1:]]) for rings in zone.polygons]
    )


def _ring(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(point.lon, point.lat) for point in points]
