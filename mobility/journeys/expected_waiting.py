"""How long one may expect to wait for a driver who is not announced: an estimate with its ground, never a time."""

from __future__ import annotations

import datetime as dt

from carpool.waiting import DayKind, day_kind
from ground.paris import PARIS
from mobility.journeys.carpool_rides import Carpool
from mobility.journeys.words import Json

_DAYS = {
    DayKind.WORKDAY: ("jours ouvrés", "working days"),
    DayKind.SATURDAY: ("samedis", "Saturdays"),
    DayKind.SUNDAY: ("dimanches et fêtes", "Sundays and public holidays"),
}


def describe_waiting(carpool: Carpool, line_id: str, backwards: bool, stop_id: str, at_s: int) -> Json | None:
    """What past trips let expect at a stop in the hour of an instant; None: too few were counted to say."""
    if carpool.waiting is None:
        return None
    local = dt.datetime.fromtimestamp(at_s, PARIS)
    kind = day_kind(local.date(), carpool.is_holiday)
    found = carpool.waiting.expect(line_id, backwards, stop_id, kind, local.hour)
    if found is None:
        return None
    minutes, low, high = (-(-seconds // 60) for seconds in (found.expected_s, found.low_s, found.high_s))
    french, english = _DAYS[kind]
    return {
        "minutes": minutes,
        "low": low,
        "high": high,
        "trips": found.passages,
        "days": found.days,
        "dayKind": kind.name,
        "hour": local.hour,
        "fr": f"Sans réservation, on attend en moyenne environ {minutes} min (entre {low} et {high}) : estimation "
        f"d’après {found.passages} trajets sur {found.days} {french}, de {local.hour} h à {local.hour + 1} h.",
        "en": f"Without booking one waits about {minutes} min on average (between {low} and {high}): an estimate "
        f"from {found.passages} trips on {found.days} {english}, {local.hour}:00 to {local.hour + 1}:00.",
    }
