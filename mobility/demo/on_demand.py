"""The demo's two services of demand-responsive transport, as data: real places, invented operation.

`tadou` goes from stop to stop between 140 communes around Besançon and the stations there, `haut-doubs` from door to
door in zones around Pontarlier, Morteau and Maîche. Pure functions of the first day they run: tests use them as they
are, `mobility demo` loads them.
"""

from __future__ import annotations

import datetime as dt

from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.polygon import orient

from mobility.demo import places
from mobility.demo.on_demand_places import list_sectors
from mobility.demo.places import Town, distance_m, get_town, list_region_towns, plain
from mobility.demo.rail import station_id, station_point
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import Fare, FlexRow, FlexTrip, Promise, Service

TADOU, HAUT_DOUBS = "tadou", "haut-doubs"
FEED_ID = "demo"
DEFAULT_DAYS = 240
WEEKDAYS, SATURDAY = frozenset(range(5)), frozenset((5,))
HOUR_S, MINUTE_S = 3600, 60

TADOU_STATIONS = (
    "Besançon Viotte",
    "Besançon Franche-Comté TGV",
    "École-Valentin",
    "Roche-lez-Beaupré",
    "Saint-Vit",
    "Saône",
)
HAUT_DOUBS_STATIONS = ("Pontarlier", "Morteau")

TWO_STOPS_FROM = 1000
"""Communes of this many inhabitants have two stops."""

_ZONES = (
    ("pontarlier", "Pays de Pontarlier", "Pontarlier", 9_500),
    ("morteau", "Val de Morteau", "Morteau", 8_500),
    ("maiche", "Plateau de Maîche", "Maîche", 10_000),
)
"""Id, name, the town in the middle, and how far around it, in metres, the villages belong to it."""

_ZONE_MARGIN_M = 1_200


def list_services(first_day: dt.date, days: int = DEFAULT_DAYS) -> list[Service]:
    """Both, running for `days` days from `first_day`."""
    return [haut_doubs(first_day, days), tadou(first_day, days)]


def network_stop_id(station: str) -> str:
    """How the demo's network names a railway station."""
    return f"{FEED_ID}_{station_id(station)}"


# ── stop to stop ─────────────────────────────────────────────────────────────────────────────────────────


def tadou(first_day: dt.date, days: int = DEFAULT_DAYS) -> Service:
    """Within each sector, and between it and the stations: weekdays 6:00-20:00, Saturdays 8:00-18:00, not on public
    holidays. Booked two hours before; what begins before 8:00, the working day before by 17:00."""
    stops, groups = [], []
    for sector_id, name, communes in list_sectors():
        of_sector = [stop for town in communes for stop in _list_stops(town)]
        stops += of_sector
        groups.append(
            StopGroup(f"{TADOU}-{sector_id}", f"Secteur {name}", tuple(stop.id for stop in of_sector))
        )
    stations = tuple(
        Stop(network_stop_id(name), name, _point(station_point(name))) for name in TADOU_STATIONS
    )
    hubs = StopGroup(f"{TADOU}-gares", "Gares de correspondance", tuple(stop.id for stop in stations))
    weekdays = _calendar(f"{TADOU}-semaine", WEEKDAYS, first_day, days, on_holidays=False)
    saturdays = _calendar(f"{TADOU}-samedi", SATURDAY, first_day, days, on_holidays=False)
    day_rule, early_rule = f"{TADOU}-2h", f"{TADOU}-veille-17h"
    hours = (
        ("matin", weekdays, (6, 8, 9), early_rule),
        ("jour", weekdays, (8, 20, 20), day_rule),
        ("samedi", saturdays, (8, 18, 18), day_rule),
    )
    return Service(
        id=TADOU,
        name="Tadou (démo)",
        operator="Régie de transport à la demande (démo)",
        phone="+33353019001",
        url="https://demo.example.org/tadou",
        message="Présentez-vous à l'arrêt cinq minutes avant l'heure annoncée.",
        stops=(*stops, *stations),
        groups=(*groups, hubs),
        calendars=(weekdays, saturdays),
        rules=(
            _rule(
                day_rule,
                BookingType.SAME_DAY,
                "Réservez au plus tard 2 h avant le départ.",
                duration_s_min=2 * HOUR_S,
                start_day=30,
            ),
            _rule(
                early_rule,
                BookingType.PRIOR_DAYS,
                "Avant 8 h : réservez le jour ouvré précédent avant 17 h.",
                last_day=1,
                last_s=17 * HOUR_S,
                start_day=30,
                calendar_id=weekdays.id,
            ),
        ),
        trips=tuple(
            _sector_trip(group, hubs.id, name, calendar, span, rule)
            for group in groups
            for name, calendar, span, rule in hours
        ),
        promise=Promise(
            window_s=10 * MINUTE_S, ride_factor=1.5, ride_extra_s=15 * MINUTE_S, connection_s=300
        ),
        fare=Fare(adult_cents=150, child_cents=75),
        connection_stop_ids=tuple(stop.id for stop in stations),
        is_dispatched=True,
    )


def _list_stops(town: Town) -> list[Stop]:
    """The commune's stop at its town hall, and another at the school of a larger one."""
    slug = f"{TADOU}-{plain(town.name)}"
    stops = [Stop(f"{slug}-mairie", f"{town.name}, Mairie", _point(town.point))]
    if town.population >= TWO_STOPS_FROM:
        aside = places.moved(town.point, 420, -310)
        stops.append(Stop(f"{slug}-ecole", f"{town.name}, École", _point(aside)))
    return stops


def _sector_trip(
    group: StopGroup, hubs_id: str, name: str, calendar: Calendar, span: tuple[int, int, int], rule_id: str
) -> FlexTrip:
    """Within the sector, to the stations, from the stations; never from station to station. `span`: the hours one gets
    on from and until, and gets off until."""
    opens_s, board_s, alight_s = (hour * HOUR_S for hour in span)

    def board(area_id: str) -> FlexRow:
        return FlexRow(area_id, opens_s, board_s, can_alight=False, pickup_rule_id=rule_id)

    def alight(area_id: str) -> FlexRow:
        return FlexRow(area_id, opens_s, alight_s, can_board=False, drop_off_rule_id=rule_id)

    return FlexTrip(
        id=f"{group.id}-{name}",
        calendar_id=calendar.id,
        rows=(board(group.id), alight(hubs_id), board(hubs_id), alight(group.id)),
        headsign=group.name,
        mean_factor=1.2,
        mean_offset_s=240.0,
        safe_factor=1.5,
        safe_offset_s=900.0,
    )


# ── door to door ─────────────────────────────────────────────────────────────────────────────────────────


def haut_doubs(first_day: dt.date, days: int = DEFAULT_DAYS) -> Service:
    """Every address of a zone to every other, weekdays 7:00-19:00, booked an hour before; from zone to zone and on
    Saturdays, the day before by 17:00. Public holidays are days like others."""
    zones = tuple(_zone(*zone) for zone in _ZONES)
    weekdays = _calendar(f"{HAUT_DOUBS}-semaine", WEEKDAYS, first_day, days)
    saturdays = _calendar(f"{HAUT_DOUBS}-samedi", SATURDAY, first_day, days)
    hour_rule, day_rule = f"{HAUT_DOUBS}-1h", f"{HAUT_DOUBS}-veille-17h"
    pairs = [(a, b) for a in zones for b in zones if a is not b and "maiche" not in (a.id + b.id)]
    trips = [_zone_trip(zone, zone, "jour", weekdays, (7, 19), hour_rule) for zone in zones[:2]]
    trips.append(_zone_trip(zones[2], zones[2], "jour", weekdays, (8, 18), day_rule))
    trips += [_zone_trip(zone, zone, "samedi", saturdays, (8, 12), day_rule) for zone in zones]
    trips += [_zone_trip(a, b, "jour", weekdays, (8, 18), day_rule) for a, b in pairs]
    return Service(
        id=HAUT_DOUBS,
        name="Haut-Doubs à la demande (démo)",
        operator="Transports du Haut-Doubs (démo)",
        phone="+33353019002",
        url="https://demo.example.org/haut-doubs",
        message="De porte à porte : attendez devant l'adresse indiquée.",
        zones=zones,
        calendars=(weekdays, saturdays),
        rules=(
            _rule(
                hour_rule,
                BookingType.SAME_DAY,
                "Réservez au plus tard 1 h avant le départ.",
                duration_s_min=HOUR_S,
                start_day=15,
            ),
            _rule(
                day_rule,
                BookingType.PRIOR_DAYS,
                "Réservez la veille avant 17 h.",
                last_day=1,
                last_s=17 * HOUR_S,
                start_day=15,
            ),
        ),
        trips=tuple(trips),
        promise=Promise(
            window_s=15 * MINUTE_S, ride_factor=1.6, ride_extra_s=12 * MINUTE_S, connection_s=300
        ),
        fare=Fare(adult_cents=300, child_cents=150),
        connection_stop_ids=tuple(network_stop_id(name) for name in HAUT_DOUBS_STATIONS),
        is_dispatched=True,
    )


def _zone(zone_id: str, name: str, town: str, reach_m: float) -> Zone:
    """What lies between the villages around a town, and a little more."""
    middle = get_town(town).point
    others = [get_town(entry[2]).point for entry in _ZONES if entry[2] != town]
    villages = [
        one.point
        for one in list_region_towns()
        if distance_m(one.point, middle) <= reach_m
        and all(distance_m(one.point, middle) < distance_m(one.point, other) for other in others)
    ]
    corners = [
        places.moved(point, east_m, north_m)
        for point in villages
        for east_m in (-_ZONE_MARGIN_M, _ZONE_MARGIN_M)
        for north_m in (-_ZONE_MARGIN_M, _ZONE_MARGIN_M)
    ]
    hull = MultiPoint([(point.lon, point.lat) for point in corners]).convex_hull
    if not isinstance(hull, Polygon):
        raise ValueError(f"the villages around {town} span no area")
    ring = tuple(Point(round(lat, 5), round(lon, 5)) for lon, lat in orient(hull).exterior.coords)
    return Zone(f"{HAUT_DOUBS}-{zone_id}", name, ((ring,),))


def _zone_trip(
    origin: Zone, target: Zone, name: str, calendar: Calendar, hours: tuple[int, int], rule_id: str
) -> FlexTrip:
    opens_s, closes_s = (hour * HOUR_S for hour in hours)
    target_slug = target.id.removeprefix(f"{HAUT_DOUBS}-")
    return FlexTrip(
        id=f"{origin.id}-{target_slug}-{name}",
        calendar_id=calendar.id,
        rows=(
            FlexRow(origin.id, opens_s, closes_s, can_alight=False, pickup_rule_id=rule_id),
            FlexRow(target.id, opens_s, closes_s, can_board=False, drop_off_rule_id=rule_id),
        ),
        headsign=target.name,
        mean_factor=1.2,
        mean_offset_s=300.0,
        safe_factor=1.6,
        safe_offset_s=720.0,
    )


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────


def _calendar(
    calendar_id: str, weekdays: frozenset[int], first_day: dt.date, days: int, *, on_holidays: bool = True
) -> Calendar:
    last_day = first_day + dt.timedelta(days=days - 1)
    return Calendar(calendar_id, weekdays, first_day, last_day, on_holidays=on_holidays)


def _rule(
    rule_id: str,
    kind: BookingType,
    message: str,
    *,
    start_day: int,
    duration_s_min: int = 0,
    last_day: int = 1,
    last_s: int | None = None,
    calendar_id: str = "",
) -> BookingRule:
    return BookingRule(
        id=rule_id,
        type=kind,
        duration_s_min=duration_s_min,
        last_day=last_day,
        last_s=last_s,
        start_day=start_day,
        start_s=0,
        calendar_id=calendar_id,
        message=message,
        phone="+33353019001" if rule_id.startswith(TADOU) else "+33353019002",
    )


def _point(point: places.Point) -> Point:
    return Point(point.lat, point.lon)
