"""When one may ride from a place to another with a service, by its areas, days and hours; or why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from on_demand.booking import Place
from on_demand.booking_rules import BookingRule, BookingSpan, join_spans, span
from on_demand.calendar import IsHoliday, is_active
from on_demand.service import FlexRow, FlexTrip, Service
from on_demand.service_areas import ServiceAreas
from on_demand.service_day import day_of, origin_s


class WhyNot(StrEnum):
    """Why a service does not go; what comes first here is found first."""

    OUTSIDE_ZONE = "outside-zone"
    """On no day: from or to a place it does not serve, or not this way round."""
    NOT_ON_THIS_DAY = "not-on-this-day"
    OUTSIDE_HOURS = "outside-hours"
    """It goes that day, at another time."""


@dataclass(frozen=True, slots=True)
class TravelWindow:
    """One way to ride: on a trip, from one of its rows to a later one, getting on within the pick-up window and off
    within the drop-off window; instants, both inclusive. No pick-up is after the last drop-off, and no drop-off before
    the first pick-up; whether there is time for the way between is not asked here."""

    trip: FlexTrip
    day: dt.date
    """The service day."""
    from_row: int
    to_row: int
    """Positions in `trip.rows`."""
    pickup_open_s: int
    pickup_close_s: int
    drop_open_s: int
    drop_close_s: int
    pickup_rule: BookingRule | None
    drop_off_rule: BookingRule | None

    @property
    def rules(self) -> tuple[BookingRule, ...]:
        """Those that must be kept; none: nothing says how it is booked."""
        both = (self.pickup_rule, self.drop_off_rule)
        return tuple(dict.fromkeys(rule for rule in both if rule is not None))


def list_windows(
    areas: ServiceAreas,
    origin: Place,
    destination: Place,
    from_s: int,
    to_s: int,
    is_holiday: IsHoliday,
) -> tuple[TravelWindow, ...] | WhyNot:
    """All windows in which one can be picked up from `from_s` to `to_s`, instants, both inclusive; cut to these,
    by their beginning; never none. NOT_ON_THIS_DAY: it goes this way, but on none of the calendar's days
    from the first instant to the last (nor in a night that began the day before)."""
    service = areas.service
    pairs = _list_pairs(service, areas.list_at(origin), areas.list_at(destination))
    if not pairs:
        return WhyNot.OUTSIDE_ZONE
    days = _days_between(service, from_s, to_s)
    windows = list(_windows_of(service, pairs, days, is_holiday))
    kept = [
        _cut(window, from_s, to_s)
        for window in windows
        if window.pickup_close_s >= from_s and window.pickup_open_s <= to_s
    ]
    if kept:
        return tuple(sorted(kept, key=_begin))
    begins, ends = day_of(from_s, service.zone_name), day_of(to_s, service.zone_name)
    is_day = any(begins <= window.day <= ends for window in windows)
    return WhyNot.OUTSIDE_HOURS if is_day else WhyNot.NOT_ON_THIS_DAY


def list_windows_on(
    areas: ServiceAreas, origin: Place, destination: Place, days: Iterable[dt.date], is_holiday: IsHoliday
) -> tuple[TravelWindow, ...] | WhyNot:
    """All windows of service days, by their beginning; OUTSIDE_ZONE or NOT_ON_THIS_DAY where there is none."""
    pairs = _list_pairs(areas.service, areas.list_at(origin), areas.list_at(destination))
    if not pairs:
        return WhyNot.OUTSIDE_ZONE
    windows = _windows_of(areas.service, pairs, days, is_holiday)
    return tuple(sorted(windows, key=_begin)) or WhyNot.NOT_ON_THIS_DAY


def booking_span(service: Service, window: TravelWindow, pickup_s: int, is_holiday: IsHoliday) -> BookingSpan:
    """When a ride picked up at `pickup_s` in this window can be booked: both rules, counted from the pick-up."""
    calendars = {calendar.id: calendar for calendar in service.calendars}
    time_s = pickup_s - origin_s(window.day, service.zone_name)
    return join_spans(
        *(span(rule, window.day, time_s, calendars, is_holiday, service.zone_name) for rule in window.rules)
    )


def _begin(window: TravelWindow) -> tuple[int, int, str, int, int]:
    return window.pickup_open_s, window.pickup_close_s, window.trip.id, window.from_row, window.to_row


def _cut(window: TravelWindow, from_s: int, to_s: int) -> TravelWindow:
    open_s = max(window.pickup_open_s, from_s)
    return replace(
        window,
        pickup_open_s=open_s,
        pickup_close_s=min(window.pickup_close_s, to_s),
        drop_open_s=max(window.drop_open_s, open_s),
    )


def _list_pairs(
    service: Service, at_origin: frozenset[str], at_destination: frozenset[str]
) -> list[tuple[FlexTrip, int, int]]:
    """The trips and rows one gets on and off at. Between two calls of a fixed timetable, the timetable carries."""
    if not at_origin or not at_destination:
        return []
    return [
        (trip, start, end)
        for trip in service.trips
        for start, on in enumerate(trip.rows)
        if on.can_board and on.area_id in at_origin
        for end, off in enumerate(trip.rows[start + 1 :], start + 1)
        if off.can_alight and off.area_id in at_destination and not (on.is_fixed and off.is_fixed)
    ]


def _windows_of(
    service: Service,
    pairs: Sequence[tuple[FlexTrip, int, int]],
    days: Iterable[dt.date],
    is_holiday: IsHoliday,
) -> Iterable[TravelWindow]:
    calendars = {calendar.id: calendar for calendar in service.calendars}
    rules = {rule.id: rule for rule in service.rules}
    for day in days:
        active = {id_ for id_, calendar in calendars.items() if is_active(calendar, day, is_holiday)}
        begin_s = origin_s(day, service.zone_name)
        for trip, start, end in pairs:
            if trip.calendar_id not in active:
                continue
            on, off = trip.rows[start], trip.rows[end]
            hours = _hours(on, off)
            if hours is None:
                continue
            yield TravelWindow(
                trip,
                day,
                start,
                end,
                begin_s + hours[0],
                begin_s + hours[1],
                begin_s + hours[2],
                begin_s + hours[3],
                pickup_rule=rules.get(on.pickup_rule_id),
                drop_off_rule=rules.get(off.drop_off_rule_id),
            )


def _hours(on: FlexRow, off: FlexRow) -> tuple[int, int, int, int] | None:
    """Pick-up and drop-off windows of two rows, seconds of the service day. A fixed call takes one up when it departs
    and sets one down when it arrives. None: all of the drop-off window is before the pick-up's."""
    pickup_open, pickup_close = (on.close_s if on.is_fixed else on.open_s), on.close_s
    drop_open, drop_close = off.open_s, (off.open_s if off.is_fixed else off.close_s)
    pickup_close, drop_open = min(pickup_close, drop_close), max(drop_open, pickup_open)
    return (pickup_open, pickup_close, drop_open, drop_close) if pickup_open <= drop_close else None


def _days_between(service: Service, from_s: int, to_s: int) -> list[dt.date]:
    """The service days whose windows may reach into a span of time: windows may end days after their day begins."""
    last_s = max((row.close_s for trip in service.trips for row in trip.rows), default=0)
    first = day_of(from_s, service.zone_name) - dt.timedelta(days=1 + last_s // 86400)
    last = day_of(to_s, service.zone_name) + dt.timedelta(days=1)
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
