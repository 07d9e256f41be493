"""What a ride must be to be published: the line's stops in driving order, times a car can keep, seats there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise

from carpool.line import Line
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import Call, Ride, RideStatus
from ground.paris import shown

SEATS_MAX = 8
"""A car has at most nine, the driver's included (code de la route, R311-1: category M1)."""

PAST_S = 120
"""How far in the past a departure may be: clocks differ, and a form takes a moment to fill in."""

AHEAD_DAYS = 180
NOTICE_S_MAX = 86_400

FASTEST, SLOWEST, PAUSE_S = 0.75, 2.0, 1800
"""A section takes at least so much of the line's driving time, and at most so much of it and a pause."""


def plan_calls(line: Line, stop_ids: Sequence[str], leaves_at: dt.datetime) -> tuple[Call, ...]:
    """The calls at some stops of a line, leaving the first at an instant, by the line's driving times.

    Raises CarpoolRefusedError.
    """
    check_stops(line, stop_ids)
    start = leaves_at.astimezone(dt.UTC).replace(microsecond=0)
    return tuple(
        Call(stop_id, start + dt.timedelta(seconds=line.between(stop_ids[0], stop_id)[1]))
        for stop_id in stop_ids
    )


def check_stops(line: Line, stop_ids: Sequence[str]) -> None:
    """At least two stops of the line, each once, in one of its two directions. Raises CarpoolRefusedError."""
    if len(stop_ids) < 2:
        raise _invalid("Indiquez au moins deux arrêts.", "Name at least two stops.", "stops")
    places = []
    for stop_id in stop_ids:
        try:
            places.append(line.position(stop_id))
        except KeyError:
            known = ", ".join(one.stop.id for one in line.stops)
            raise _invalid(
                f"{stop_id!r} n'est pas un arrêt de la ligne {line.name} ; ses arrêts : {known}.",
                f"{stop_id!r} is no stop of the line {line.name}; its stops are: {known}.",
                "stops",
            ) from None
    pairs = list(pairwise(places))
    if not (all(a < b for a, b in pairs) or all(a > b for a, b in pairs)):
        order = " – ".join(one.stop.name for one in line.stops)
        raise _invalid(
            f"Les arrêts doivent se suivre dans un même sens : {order}, ou l'inverse.",
            f"The stops must follow each other in one direction: {order}, or the reverse.",
            "stops",
        )


def check_ride(ride: Ride, line: Line, now: dt.datetime) -> None:
    """Whether a ride may be published on a line. Raises CarpoolRefusedError."""
    if not line.is_open:
        raise CarpoolRefusedError(
            Reason.STATE,
            f"La ligne {line.name} est fermée : elle ne prend plus de trajets.",
            f"The line {line.name} is closed: it takes no new rides.",
            "line",
        )
    check_stops(line, [call.stop_id for call in ride.calls])
    check_seats_and_notice(ride.seats, ride.notice_s)
    check_words(ride.vehicle, ride.note)
    _check_times(ride, line)
    if ride.starts_at < now - dt.timedelta(seconds=PAST_S):
        raise _invalid(
            f"Le départ ({shown(ride.starts_at)}) est passé.",
            f"The departure ({shown(ride.starts_at)}) is in the past.",
            "leaves_at",
        )
    if ride.starts_at > now + dt.timedelta(days=AHEAD_DAYS):
        raise _invalid(
            f"Le départ ({shown(ride.starts_at)}) est dans plus de {AHEAD_DAYS} jours.",
            f"The departure ({shown(ride.starts_at)}) is more than {AHEAD_DAYS} days ahead.",
            "leaves_at",
        )


def check_seats_and_notice(seats: int, notice_s: int) -> None:
    """Raises CarpoolRefusedError."""
    if not 1 <= seats <= SEATS_MAX:
        raise _invalid(
            f"{seats} places : il en faut de 1 à {SEATS_MAX}, sans celle du conducteur.",
            f"{seats} seats: 1 to {SEATS_MAX}, without the driver's.",
            "seats",
        )
    if not 0 <= notice_s <= NOTICE_S_MAX:
        raise _invalid(
            f"La réservation peut fermer de 0 à {NOTICE_S_MAX} secondes avant le départ.",
            f"Booking may close 0 to {NOTICE_S_MAX} seconds before departure.",
            "notice_s",
        )


def check_words(vehicle: str, note: str) -> None:
    """Raises CarpoolRefusedError."""
    for field, words, length in (("vehicle", vehicle, 80), ("note", note, 500)):
        if len(words) > length or any(ord(letter) < 32 and letter != "\n" for letter in words):
            raise _invalid(
                f"{field} : au plus {length} caractères, sans caractères de contrôle.",
                f"{field}: at most {length} characters, no control characters.",
                field,
            )


def _check_times(ride: Ride, line: Line) -> None:
    for here, there in pairwise(ride.calls):
        drive_s = line.between(here.stop_id, there.stop_id)[1]
        taken_s = (there.at - here.at).total_seconds()
        if not FASTEST * drive_s <= taken_s <= SLOWEST * drive_s + PAUSE_S or taken_s <= 0:
            raise _invalid(
                f"De {here.stop_id} à {there.stop_id}, comptez environ {drive_s // 60} min : "
                f"{taken_s / 60:.0f} min ne va pas.",
                f"From {here.stop_id} to {there.stop_id} it is about {drive_s // 60} min by road: "
                f"{taken_s / 60:.0f} min does not fit.",
                "calls",
            )


def find_overlap(ride: Ride, others: Iterable[Ride]) -> Ride | None:
    """The first of some rides that is on the road while this one is: one that ends when the other begins is not."""
    for other in others:
        is_other = other.id != ride.id and other.status is RideStatus.PUBLISHED
        if is_other and other.starts_at < ride.ends_at and ride.starts_at < other.ends_at:
            return other
    return None


def _invalid(french: str, english: str, field: str) -> CarpoolRefusedError:
    return CarpoolRefusedError(Reason.INVALID, french, english, field)
