"""What is wrong with vehicles and shifts as their operator describes them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import pairwise

from on_demand.calendar import IsHoliday, first_day, is_active, last_day
from on_demand.fleet import Shift, Vehicle
from on_demand.service_checks import (
    Wrong,
    check_calendar,
    check_id,
    check_point,
    check_window,
    check_words,
    clock,
    unknown,
)

SEATS_MAX = 99


def check_vehicle(vehicle: Vehicle, service_ids: Collection[str]) -> Iterator[Wrong]:
    """All that is wrong with a vehicle; `service_ids`: the services there are."""
    yield from check_id("id", vehicle.id)
    yield from check_words("name", vehicle.name, 1, 120)
    yield from check_words("plate", vehicle.plate, 0, 20)
    yield from check_words("depotName", vehicle.depot_name, 0, 200)
    yield from check_point("depot", vehicle.depot)
    if not vehicle.service_ids:
        yield Wrong("serviceIds", "il circule pour au moins un service", "it rides for one service at least")
    for service_id in vehicle.service_ids:
        if service_id not in service_ids:
            yield unknown("serviceIds", "service", "service", service_id, service_ids)
    if not vehicle.configurations:
        yield Wrong(
            "configurations",
            "au moins une : places assises et places en fauteuil, par exemple 8 et 0",
            "at least one: seats and wheelchair places, for example 8 and 0",
        )
    for number, (seats, wheelchairs) in enumerate(vehicle.configurations):
        if not (0 <= seats <= SEATS_MAX and 0 <= wheelchairs <= SEATS_MAX and seats + wheelchairs):
            yield Wrong(
                f"configurations[{number}]",
                f"au moins une place, et au plus {SEATS_MAX} de chaque sorte",
                f"one place at least, and at most {SEATS_MAX} of each kind",
            )
    for one, count in Counter(vehicle.configurations).items():
        if count > 1:
            yield Wrong(
                "configurations",
                f"{one.seats} assises et {one.wheelchairs} en fauteuil y est {count} fois",
                f"{one.seats} seats and {one.wheelchairs} wheelchair places is there {count} times",
            )


def check_shift(shift: Shift, vehicle_ids: Collection[str]) -> Iterator[Wrong]:
    """All that is wrong with a shift; `vehicle_ids`: the vehicles there are."""
    yield from check_id("id", shift.id)
    if shift.vehicle_id not in vehicle_ids:
        yield unknown("vehicleId", "véhicule", "vehicle", shift.vehicle_id, vehicle_ids)
    yield from check_calendar("calendar", shift.calendar)
    yield from check_window("start, end", shift.start_s, shift.end_s)
    if shift.end_s - shift.start_s > 86_400:
        yield Wrong("end", "un service de véhicule dure au plus 24 heures", "a shift lasts 24 hours at most")
    if shift.route_s_max is not None and not 0 < shift.route_s_max <= 86_400:
        yield Wrong("routeSMax", "1 à 86400 secondes", "1 to 86400 seconds")
    for number, one in enumerate(shift.breaks):
        where = f"breaks[{number}]"
        yield from check_window(where, one.open_s, one.close_s, True)
        if one.duration_s <= 0:
            yield Wrong(f"{where}.durationS", "une pause dure", "a break takes time")
        if one.open_s < shift.start_s or one.close_s + one.duration_s > shift.end_s:
            yield Wrong(
                where,
                f"commencée entre {clock(one.open_s)} et {clock(one.close_s)}, elle doit tenir entre "
                f"{clock(shift.start_s)} et {clock(shift.end_s)}",
                f"begun from {clock(one.open_s)} to {clock(one.close_s)}, it must fit between "
                f"{clock(shift.start_s)} and {clock(shift.end_s)}",
            )
    for number, (one, later) in enumerate(pairwise(shift.breaks), 1):
        if later.open_s < one.close_s + one.duration_s:
            yield Wrong(
                f"breaks[{number}]",
                f"elle commence avant que celle d'avant soit sûrement finie ({clock(one.close_s + one.duration_s)})",
                f"it begins before the one before is surely over ({clock(one.close_s + one.duration_s)})",
            )
    rest_s = sum(one.duration_s for one in shift.breaks)
    if shift.breaks and rest_s >= shift.end_s - shift.start_s:
        yield Wrong(
            "breaks", "il ne reste pas de temps pour rouler", "no time is left for driving between them"
        )


def find_overlap(one: Shift, other: Shift, is_holiday: IsHoliday) -> dt.date | None:
    """The first service day of `one` on which both are on the road at a time; a night's shift reaches into the next
    day. None: there is none."""
    day = max(first_day(one.calendar), first_day(other.calendar) - dt.timedelta(days=2))
    last = min(last_day(one.calendar), last_day(other.calendar) + dt.timedelta(days=2))
    while day <= last:
        if is_active(one.calendar, day, is_holiday):
            for shift_days in (-2, -1, 0, 1, 2):
                moved_s = shift_days * 86_400
                meets = other.start_s + moved_s < one.end_s and one.start_s < other.end_s + moved_s
                if meets and is_active(other.calendar, day + dt.timedelta(days=shift_days), is_holiday):
                    return day
        day += dt.timedelta(days=1)
    return None
