"""What people want of the demo's on-demand services on a day: to the train in the morning and back in the evening, to
the doctor and the market between."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from mobility.demo import places
from mobility.demo.on_demand import HAUT_DOUBS, HAUT_DOUBS_STATIONS, HOUR_S, TADOU, network_stop_id
from mobility.demo.places import list_region_towns
from mobility.demo.rail import station_point
from on_demand.area import Point
from on_demand.booking import Party, Place
from on_demand.service import Service
from on_demand.service_day import instant_s

SEED = 27
WISHES = {TADOU: 24, HAUT_DOUBS: 9}
"""A day."""
_FIRST_NUMBERS = {TADOU: 9200, HAUT_DOUBS: 9300}
_PARTIES = (
    Party(1),
    Party(1),
    Party(1),
    Party(2),
    Party(1, children=1),
    Party(0, wheelchairs=1, companions=1),
)


_NAMES = (
    *(
        "Odette Cuenot",
        "Marcel Faivre",
        "Lina Robbe",
        "Jean Pourcelot",
        "Aïcha Vernier",
        "Paul Girardot",
        "Rose Mougin",
    ),
    *("Gaston Nicod", "Emma Tissot", "Luc Vuillemin", "Yvette Dornier", "Samir Perrot", "Claire Aubry"),
)


@dataclass(frozen=True, slots=True)
class DemoWish:
    """A ride somebody calls for; it arrives by an instant, or leaves after one (seconds since the epoch)."""

    name: str
    phone: str
    """Of a range kept for fiction (ARCEP, 03 53 01 xx xx)."""
    origin: Place
    destination: Place
    party: Party
    leave_s: int | None
    arrive_s: int | None


def list_wishes(service: Service, day: dt.date) -> list[DemoWish]:
    """The wishes of a day, in the order they are made. The same arguments give the same wishes."""
    lots = random.Random(f"{SEED}/{service.id}/{day}")
    wishes = []
    for number in range(WISHES[service.id]):
        home, station, shop = _draw_places(service, lots)
        hour = lots.randrange(8, 18)
        at_s = instant_s(day, hour * HOUR_S + 300 * lots.randrange(12), service.zone_name)
        who = _NAMES[number % len(_NAMES)], f"+3335301{_FIRST_NUMBERS[service.id] + number}"
        party = lots.choice(_PARTIES)
        if number % 3 == 0:
            wishes.append(DemoWish(*who, home, station, party, None, at_s))
        elif number % 3 == 1:
            wishes.append(DemoWish(*who, station, home, party, at_s, None))
        else:
            wishes.append(DemoWish(*who, home, shop, party, None, at_s))
    return wishes


def _draw_places(service: Service, lots: random.Random) -> tuple[Place, Place, Place]:
    """Where somebody lives, the station they use, and another place nearby."""
    if service.zones:
        return _draw_addresses(service, lots)
    groups = [group for group in service.groups if not set(group.stop_ids) & set(service.connection_stop_ids)]
    at = {stop.id: stop for stop in service.stops}
    home, shop = (at[stop_id] for stop_id in lots.sample(lots.choice(groups).stop_ids, 2))
    station = min(
        (at[stop_id] for stop_id in service.connection_stop_ids),
        key=lambda stop: places.distance_m(places.Point(*stop.at), places.Point(*home.at)),
    )
    return (
        Place(home.name, home.at, home.id),
        Place(station.name, station.at, station.id),
        Place(shop.name, shop.at, shop.id),
    )


def _draw_addresses(service: Service, lots: random.Random) -> tuple[Place, Place, Place]:
    name = lots.choice(HAUT_DOUBS_STATIONS)
    middle = station_point(name)
    villages = [
        town
        for town in list_region_towns()
        if places.distance_m(town.point, middle) < 8_000 and town.name != name
    ]
    home, shop = lots.sample(villages, 2)
    return (
        Place(f"{home.name}, 3 rue du Lavoir", _beside(home.point, lots)),
        Place(name, Point(*middle), network_stop_id(name)),
        Place(f"{shop.name}, Mairie", Point(*shop.point)),
    )


def _beside(point: places.Point, lots: random.Random) -> Point:
    return Point(*places.moved(point, lots.uniform(-300, 300), lots.uniform(-300, 300)))


def list_days(today: dt.date) -> list[dt.date]:
    """Today and tomorrow; from there on to the next weekday."""
    days = [today, today + dt.timedelta(days=1)]
    while days[-1].weekday() >= 5:
        days.append(days[-1] + dt.timedelta(days=1))
    return days
