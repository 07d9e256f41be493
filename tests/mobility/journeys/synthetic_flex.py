"""A provider of flexible legs made up for tests: zones, hours and booking rules as GTFS-Flex has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from shapely import Point, Polygon

from mobility.journeys.flexible import Booking, FlexAsk, FlexOffer, FlexOffers
from mobility.journeys.street_times import DETOUR_FACTOR, NearbyStops, distance_between_m
from routing.timetable import Mode, Timetable

SPEED_M_S = 12.0
STOPS_PER_ZONE = 8
"""Of a zone with more stops the nearest to where one is are offered."""


@dataclass(frozen=True)
class Rule:
    """GTFS booking_type 0 (nothing set), 1 (`notice_s`) or 2 (`days_before`, at `last_time_s` of that day)."""

    notice_s: int = 0
    days_before: int = 0
    last_time_s: int = 17 * 3600


@dataclass(frozen=True)
class Zone:
    id: str
    name: str
    corners: tuple[tuple[float, float], ...]
    """Latitude and longitude."""
    hours: tuple[tuple[int, int], ...] = ((8 * 3600, 18 * 3600),)
    """Windows of a day, seconds on its clock."""
    weekdays: frozenset[int] = frozenset(range(7))
    rule: Rule = Rule()
    mode: Mode = Mode.FLEX
    service: str = "TAD du Val"
    phone: str = "03 80 00 00 00"
    url: str = "https://example.org/book"
    wheelchair: bool = True

    def polygon(self) -> Polygon:
        return Polygon([(lon, lat) for lat, lon in self.corners])


def square(lat: float, lon: float, half: float = 0.03) -> tuple[tuple[float, float], ...]:
    """The corners of a zone around a point."""
    return (
        (lat - half, lon - half),
        (lat - half, lon + half),
        (lat + half, lon + half),
        (lat + half, lon - half),
    )


@dataclass
class SyntheticLegs:
    """`asked` remembers what it was asked."""

    zones: tuple[Zone, ...]
    timetable: Timetable
    nearby: NearbyStops
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    asked: list[FlexAsk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._polygons = {zone.id: zone.polygon() for zone in self.zones}

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        self.asked.append(ask)
        access: list[FlexOffer] = []
        egress: list[FlexOffer] = []
        direct: list[FlexOffer] = []
        for zone in self.zones:
            if ask.wheelchair and not zone.wheelchair:
                continue
            starts, ends = self._covers(zone, ask.origin), self._covers(zone, ask.destination)
            if not starts and not ends:
                continue
            for open_s, close_s, booking in self._windows(zone, ask):
                if starts and ends:
                    direct.append(self._offer(zone, ask.origin, ask.destination, open_s, close_s, booking))
                if starts:
                    access += self._to_stops(zone, ask.origin, open_s, close_s, booking)
                if ends:
                    egress += self._to_stops(zone, ask.destination, open_s, close_s, booking)
        return FlexOffers(tuple(access), tuple(egress), tuple(direct))

    def _covers(self, zone: Zone, place: tuple[float, float]) -> bool:
        return bool(self._polygons[zone.id].covers(Point(place[1], place[0])))

    def _windows(self, zone: Zone, ask: FlexAsk) -> Iterator[tuple[int, int, Booking]]:
        day = dt.datetime.fromtimestamp(ask.from_s, self.zone).date()
        last = dt.datetime.fromtimestamp(ask.to_s, self.zone).date()
        while day <= last:
            if day.weekday() in zone.weekdays:
                for start_s, end_s in zone.hours:
                    yield self._at(day, start_s), self._at(day, end_s), self._booking(zone, day)
            day += dt.timedelta(days=1)

    def _booking(self, zone: Zone, day: dt.date) -> Booking:
        rule, latest_s = zone.rule, None
        if rule.days_before:
            latest_s = self._at(day - dt.timedelta(days=rule.days_before), rule.last_time_s)
        return Booking(rule.notice_s, latest_s, None, zone.phone, zone.url)

    def _at(self, day: dt.date, clock_s: int) -> int:
        noon = dt.datetime.combine(day, dt.time(12), self.zone).astimezone(dt.UTC)
        return int(noon.timestamp()) - 12 * 3600 + clock_s

    def _to_stops(
        self, zone: Zone, place: tuple[float, float], open_s: int, close_s: int, booking: Booking
    ) -> list[FlexOffer]:
        offers = []
        for stop, _ in self.nearby.nearest_stops(*place, 30_000, 100):
            at = self._place(stop)
            if self._covers(zone, at):
                offers.append(self._offer(zone, place, at, open_s, close_s, booking, stop))
            if len(offers) == STOPS_PER_ZONE:
                break
        return offers

    def _place(self, stop: int) -> tuple[float, float]:
        return float(self.timetable.stop_lat[stop]), float(self.timetable.stop_lon[stop])

    def _offer(
        self,
        zone: Zone,
        start: tuple[float, float],
        end: tuple[float, float],
        open_s: int,
        close_s: int,
        booking: Booking,
        stop: int = -1,
    ) -> FlexOffer:
        distance_m = distance_between_m(*start, *end) * DETOUR_FACTOR
        duration_s = 120 + int(distance_m / SPEED_M_S)
        return FlexOffer(
            zone.mode,
            zone.service,
            zone.id,
            zone.name,
            open_s,
            close_s,
            duration_s,
            distance_m,
            booking,
            stop,
        )
