"""How long before, and how early, a ride is booked (GTFS booking_rules.txt)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from on_demand.calendar import Calendar, IsHoliday, first_day, is_active
from on_demand.service_day import instant_s, midnight_s

_DAY = dt.timedelta(days=1)


class BookingType(IntEnum):
    """As booking_rules.txt numbers them."""

    REAL_TIME = 0
    SAME_DAY = 1
    PRIOR_DAYS = 2


@dataclass(frozen=True, slots=True)
class BookingRule:
    """One rule. Pick-ups and drop-offs have their own, and both must be kept."""

    id: str
    type: BookingType
    duration_s_min: int = 0
    """SAME_DAY: booked so long before travel."""
    duration_s_max: int | None = None
    """SAME_DAY: and not longer before than that."""
    last_day: int = 1
    """PRIOR_DAYS: so many days before, of the calendar's days where there is one."""
    last_s: int | None = None
    """At this time of that day, seconds of the service day; None (tolerated): its end."""
    start_day: int | None = None
    start_s: int | None = None
    """Booking opens so many days before, at this time."""
    calendar_id: str = ""
    """PRIOR_DAYS: only the active days of this calendar count; "": all."""
    message: str = ""
    phone: str = ""
    info_url: str = ""
    booking_url: str = ""


@dataclass(frozen=True, slots=True)
class BookingSpan:
    """When a ride can be booked, both inclusive; None: no bound. Nobody can book where `earliest` is after `latest`."""

    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None

    def holds(self, at_s: float) -> bool:
        """Whether it can be booked at an instant, by its second."""
        return (self.earliest is None or self.earliest.timestamp() <= at_s) and (
            self.latest is None or int(at_s) <= self.latest.timestamp()
        )


def span(
    rule: BookingRule,
    day: dt.date,
    time_s: int,
    calendars: Mapping[str, Calendar],
    is_holiday: IsHoliday,
    zone_name: str,
) -> BookingSpan:
    """When a ride that sets out at `time_s` of the service day `day` can be booked, by the clock of `zone_name`.

    Days before count from the service day, also of what sets out after midnight: 25:10:00 on the 3rd, booked one day
    before, is booked on the 2nd. With a calendar only its active days count, and the service day itself is none of
    them; where the calendar begins too late for so many, one books before it begins. `duration_s_*` are elapsed time,
    also over a night in which the clock changes. Instants are UTC.

    `calendars` by id. Raises KeyError when the rule's is not among them. GTFS reference, booking_rules.txt.
    """
    if rule.type == BookingType.REAL_TIME:
        return BookingSpan()
    counted = None
    earliest: list[int] = []
    if rule.type == BookingType.SAME_DAY:
        travel_s = instant_s(day, time_s, zone_name)
        latest_s = travel_s - rule.duration_s_min
        if rule.duration_s_max is not None:
            earliest = [travel_s - rule.duration_s_max]
    else:
        counted = calendars[rule.calendar_id] if rule.calendar_id else None
        latest_s = _last_s(rule, day, counted, is_holiday, zone_name)
    if rule.start_day is not None:
        opens = _day_before(day, rule.start_day, counted, is_holiday)
        if opens is not None:
            start_s = rule.start_s
            earliest.append(
                midnight_s(opens, zone_name) if start_s is None else instant_s(opens, start_s, zone_name)
            )
    return BookingSpan(_utc(max(earliest)) if earliest else None, _utc(latest_s))


def join_spans(*spans: BookingSpan) -> BookingSpan:
    """When all of them hold: the rules of the pick-up and of the drop-off, say."""
    return BookingSpan(
        max((one.earliest for one in spans if one.earliest is not None), default=None),
        min((one.latest for one in spans if one.latest is not None), default=None),
    )


def _last_s(
    rule: BookingRule, day: dt.date, counted: Calendar | None, is_holiday: IsHoliday, zone_name: str
) -> int:
    """The last instant of PRIOR_DAYS."""
    last = _day_before(day, rule.last_day, counted, is_holiday)
    if last is None:
        assert counted is not None
        return midnight_s(min(first_day(counted), day), zone_name) - 1
    if rule.last_s is None:
        return midnight_s(last + _DAY, zone_name) - 1
    return instant_s(last, rule.last_s, zone_name)


def _day_before(day: dt.date, count: int, counted: Calendar | None, is_holiday: IsHoliday) -> dt.date | None:
    """The day `count` days earlier, of those that count; None: the calendar has not so many before."""
    if counted is None:
        return day - count * _DAY
    first = first_day(counted)
    while count > 0:
        day -= _DAY
        if day < first:
            return None
        count -= is_active(counted, day, is_holiday)
    return day


def _utc(instant_s: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant_s, dt.UTC)
