"""When one may ride with a service and book it, the slow and obvious way: by looking at every day, row and instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from itertools import pairwise
from zoneinfo import ZoneInfo

from on_demand.area import Point
from on_demand.booking import Place
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import Service

DAY = dt.timedelta(days=1)
IsHoliday = Callable[[dt.date], bool]


def runs(calendar: Calendar, day: dt.date, is_holiday: IsHoliday) -> bool:
    """As GTFS has it, and no holidays where it says so."""
    usual = calendar.from_day <= day <= calendar.until_day
    usual = usual and day.weekday() in calendar.weekdays
    if not calendar.on_holidays and is_holiday(day):
        usual = False
    if day in calendar.added:
        usual = True
    return usual and day not in calendar.removed


def clock(day: dt.date, time_s: int, zone: str) -> dt.datetime:
    """A time of a service day: so long after twelve hours before noon."""
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    return noon - dt.timedelta(hours=12) + dt.timedelta(seconds=time_s)


def may_book(
    rule: BookingRule,
    day: dt.date,
    time_s: int,
    calendars: Mapping[str, Calendar],
    is_holiday: IsHoliday,
    zone: str,
    at: dt.datetime,
) -> bool:
    """Whether a ride that sets out at a time of a service day can be booked at an instant."""
    if rule.type == BookingType.REAL_TIME:
        return True
    if rule.type == BookingType.SAME_DAY:
        notice = clock(day, time_s, zone) - at
        if notice < dt.timedelta(seconds=rule.duration_s_min):
            return False
        if rule.duration_s_max is not None and notice > dt.timedelta(seconds=rule.duration_s_max):
            return False
        return rule.start_day is None or at >= _opening(day - rule.start_day * DAY, rule, zone)
    counted = [
        one
        for one in (day - number * DAY for number in range(1, 300))
        if not rule.calendar_id or runs(calendars[rule.calendar_id], one, is_holiday)
    ]
    before = {0: day} | dict(enumerate(counted, 1))
    if rule.last_day not in before:
        return at < _midnight(_beginning(calendars[rule.calendar_id], day), zone)
    last = before[rule.last_day]
    if rule.last_s is None:
        if at >= _midnight(last + DAY, zone):
            return False
    elif at > clock(last, rule.last_s, zone):
        return False
    if rule.start_day is None or rule.start_day not in before:
        return True
    return at >= _opening(before[rule.start_day], rule, zone)


def _opening(day: dt.date, rule: BookingRule, zone: str) -> dt.datetime:
    return _midnight(day, zone) if rule.start_s is None else clock(day, rule.start_s, zone)


def _beginning(calendar: Calendar, day: dt.date) -> dt.date:
    return min([calendar.from_day, day, *calendar.added])


def _midnight(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def is_inside(polygons: tuple[tuple[tuple[Point, ...], ...], ...], at: Point) -> bool:
    """By counting the edges a ray to the east crosses; on an edge is inside."""
    for rings in polygons:
        crossings = 0
        for ring in rings:
            for (y1, x1), (y2, x2) in pairwise(ring):
                turn = (x2 - x1) * (at.lat - y1) - (y2 - y1) * (at.lon - x1)
                within = min(x1, x2) <= at.lon <= max(x1, x2) and min(y1, y2) <= at.lat <= max(y1, y2)
                if turn == 0 and within:
                    return True
                if (y1 > at.lat) != (y2 > at.lat) and at.lon < x1 + (at.lat - y1) * (x2 - x1) / (y2 - y1):
                    crossings += 1
        if crossings % 2:
            return True
    return False


def is_in(service: Service, area_id: str, place: Place) -> bool:
    """Whether a place is in an area of a service."""
    if area_id in [stop.id for stop in service.stops]:
        return place.stop_id == area_id
    for group in service.groups:
        if group.id == area_id:
            return place.stop_id in group.stop_ids and place.stop_id != ""
    return any(zone.id == area_id and is_inside(zone.polygons, place.at) for zone in service.zones)


Window = tuple[str, dt.date, int, int, int, int, int, int]


def list_windows(
    service: Service, origin: Place, destination: Place, days: list[dt.date], is_holiday: IsHoliday
) -> list[Window]:
    """Trip, day, rows, and the instants one gets on and off between, of every pair of rows."""
    found: list[Window] = []
    for day in days:
        for trip in service.trips:
            calendar = next(one for one in service.calendars if one.id == trip.calendar_id)
            if not runs(calendar, day, is_holiday):
                continue
            for start in range(len(trip.rows)):
                for end in range(len(trip.rows)):
                    on, off = trip.rows[start], trip.rows[end]
                    if start >= end or (on.is_fixed and off.is_fixed):
                        continue
                    if not (on.can_board and is_in(service, on.area_id, origin)):
                        continue
                    if not (off.can_alight and is_in(service, off.area_id, destination)):
                        continue
                    ons = (on.close_s, on.close_s) if on.is_fixed else (on.open_s, on.close_s)
                    offs = (off.open_s, off.open_s) if off.is_fixed else (off.open_s, off.close_s)
                    if ons[0] > offs[1]:
                        continue
                    hours = ons[0], min(ons[1], offs[1]), max(offs[0], ons[0]), offs[1]
                    instants = [int(clock(day, one, service.zone_name).timestamp()) for one in hours]
                    found.append((trip.id, day, start, end, *instants))  # type: ignore[arg-type]
    return found
