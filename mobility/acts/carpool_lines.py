"""Lines, stops, fares and booking rules: those a new database begins with, and what an operator makes of them."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from carpool.booking_rules import BookingRules
from carpool.line import FareVersion, Line, LineStop, Stop
from carpool.refusal import CarpoolRefusedError, Reason
from ground.paris import paris_day
from mobility.accounts.caller import Caller, Permission
from mobility.acts.entity_tag import check_tag
from mobility.acts.ports import ActPorts, UnitOfWork

LINES = Path(__file__).with_name("carpool_lines.toml")
"""The six lines of Bourgogne-Franche-Comté."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_COLOUR = re.compile(r"([0-9A-F]{6})?", re.ASCII)
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}", re.ASCII)
FARE_CENTS_MAX = 10_000


def seed_lines(ports: ActPorts) -> int:
    """Give a database that never had a line those of the file; how many were added (none when it has some)."""
    with ports.unit_of_work(read_only=True) as work:
        if work.rides.stamp():
            return 0
    stops, lines, fares = read_lines(LINES)
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        if work.rides.stamp() or work.rides.list_lines():
            return 0
        for stop in stops:
            work.rides.put_stop(stop)
        for line in lines:
            work.rides.put_line(line)
        for fare in fares:
            work.rides.put_fare(fare)
        work.commit()
    return len(lines)


def read_lines(path: Path) -> tuple[list[Stop], list[Line], list[FareVersion]]:
    """The stops, lines and fares of a file (TOML)."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    stops = {key: Stop(key, *values) for key, values in content["stops"].items()}
    lines = [
        Line(
            one["id"],
            one["name"],
            tuple(LineStop(stops[stop], metres, minutes * 60) for stop, metres, minutes in one["stops"]),
            one["colour"],
        )
        for one in content["line"]
    ]
    return list(stops.values()), lines, [FareVersion(**fare) for fare in content["fare"]]


def put_stop(ports: ActPorts, caller: Caller, stop: Stop, tag: str = "") -> Stop:
    """Remember a stop, instead of the one of its id. `tag`: what it was like before ("*": that there was one).

    Raises CarpoolRefusedError.
    """
    caller.require(Permission.MANAGE_LINES)
    _check_id(stop.id)
    _check(
        bool(stop.name.strip()) and len(stop.name) <= 120, "name", "1 à 120 caractères", "1 to 120 letters"
    )
    _check(-90 <= stop.lat <= 90, "lat", "-90 à 90 degrés", "-90 to 90 degrees")
    _check(-180 <= stop.lon <= 180, "lon", "-180 à 180 degrés", "-180 to 180 degrees")
    _check(bool(_COMMUNE.fullmatch(stop.commune)), "commune", "un code INSEE", "an INSEE code")
    _check(_is_text(stop.place, 0, 500), "place", "au plus 500 caractères", "at most 500 letters")
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        check_tag(work.rides.find_stop(stop.id), tag)
        work.rides.put_stop(stop)
        work.commit()
    return stop


def remove_stop(ports: ActPorts, caller: Caller, stop_id: str) -> None:
    """Forget a stop no line has. Raises CarpoolRefusedError."""
    caller.require(Permission.MANAGE_LINES)
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        if work.rides.find_stop(stop_id) is None:
            raise unknown("arrêt", "stop", stop_id)
        users = [line.id for line in work.rides.list_lines() if _has(line, stop_id)]
        if users:
            raise CarpoolRefusedError(
                Reason.IN_USE,
                f"L'arrêt {stop_id} est encore sur : {', '.join(users)}.",
                f"The stop {stop_id} is still on: {', '.join(users)}.",
            )
        work.rides.remove_stop(stop_id)
        work.commit()


def put_line(ports: ActPorts, caller: Caller, line: Line, tag: str = "") -> Line:
    """Remember a line, instead of the one of its id; its stops must be known, only their ids are read.

    Stops that rides to come call at cannot be taken off it. Raises ChangedMeanwhileError and CarpoolRefusedError.
    """
    caller.require(Permission.MANAGE_LINES)
    _check_id(line.id)
    _check(
        bool(line.name.strip()) and len(line.name) <= 120, "name", "1 à 120 caractères", "1 to 120 letters"
    )
    _check(bool(_COLOUR.fullmatch(line.colour)), "colour", "RRVVBB en majuscules", "RRGGBB in capitals")
    _check_line_stops(line)
    now = ports.now()
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        check_tag(work.rides.find_line(line.id), tag)
        known = {stop.id: stop for stop in work.rides.list_stops()}
        for on_line in line.stops:
            if on_line.stop.id not in known:
                raise unknown("arrêt", "stop", on_line.stop.id)
        stops = tuple(LineStop(known[one.stop.id], one.distance_m, one.drive_s) for one in line.stops)
        line = Line(line.id, line.name, stops, line.colour, line.is_open)
        coming = work.rides.list_rides(now, now + dt.timedelta(days=400), line_id=line.id)
        for stop_id in {call.stop_id for ride in coming for call in ride.calls}:
            if not _has(line, stop_id):
                raise CarpoolRefusedError(
                    Reason.IN_USE,
                    f"Des trajets à venir s'arrêtent encore à {stop_id}.",
                    f"Rides to come still call at {stop_id}.",
                    "stops",
                )
        work.rides.put_line(line)
        work.commit()
    return line


def remove_line(ports: ActPorts, caller: Caller, line_id: str) -> None:
    """Forget a line nobody ever published a ride on; any other one can be closed. Raises CarpoolRefusedError."""
    caller.require(Permission.MANAGE_LINES)
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        get_line(work, line_id)
        if work.rides.has_rides(line_id):
            raise CarpoolRefusedError(
                Reason.IN_USE,
                f"Des trajets ont été publiés sur {line_id} : fermez la ligne plutôt (is_open: false).",
                f"Rides were published on {line_id}: close the line instead (is_open: false).",
            )
        work.rides.remove_line(line_id)
        work.commit()


def get_line(work: UnitOfWork, line_id: str) -> Line:
    """A line. Raises CarpoolRefusedError."""
    line = work.rides.find_line(line_id)
    if line is None:
        raise unknown("ligne", "line", line_id)
    return line


def put_fare(ports: ActPorts, caller: Caller, fare: FareVersion) -> FareVersion:
    """Remember a fare version that begins tomorrow or later: what somebody paid stays what it was.

    Raises CarpoolRefusedError.
    """
    caller.require(Permission.MANAGE_LINES)
    _check_id(fare.id)
    _check_day(fare.valid_from, "valid_from")
    _check(
        0 <= fare.fare_cents <= FARE_CENTS_MAX,
        "fare_cents",
        f"0 à {FARE_CENTS_MAX} centimes",
        f"0 to {FARE_CENTS_MAX} cents",
    )
    _check(fare.currency == "EUR", "currency", "EUR", "EUR")
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        if fare.line_id:
            get_line(work, fare.line_id)
        _check_future(fare.valid_from, ports.now())
        _check_future_fare(work, fare.id, ports.now())
        for other in work.rides.list_fares():
            same = (other.line_id, other.valid_from) == (fare.line_id, fare.valid_from)
            if same and other.id != fare.id:
                raise CarpoolRefusedError(
                    Reason.IN_USE,
                    f"Le tarif {other.id} commence déjà ce jour-là.",
                    f"The fare {other.id} begins on that day already.",
                    "valid_from",
                )
        work.rides.put_fare(fare)
        work.commit()
    return fare


def remove_fare(ports: ActPorts, caller: Caller, fare_id: str) -> None:
    """Forget a fare version that has not begun. Raises CarpoolRefusedError."""
    caller.require(Permission.MANAGE_LINES)
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        if not _check_future_fare(work, fare_id, ports.now()):
            raise unknown("tarif", "fare", fare_id)
        work.rides.remove_fare(fare_id)
        work.commit()


def put_rules(ports: ActPorts, caller: Caller, rules: BookingRules) -> BookingRules:
    """Remember booking rules that begin tomorrow or later. Raises CarpoolRefusedError."""
    caller.require(Permission.MANAGE_LINES)
    _check_day(rules.valid_from, "valid_from")
    for field, value in asdict(rules).items():
        if isinstance(value, int):
            _check(0 <= value <= 10_000_000, field, "un nombre positif", "a positive number")
    _check(1 <= rules.seats_per_booking_max <= 8, "seats_per_booking_max", "1 à 8", "1 to 8")
    _check(rules.late_cancellations_a_fault >= 1, "late_cancellations_a_fault", "au moins 1", "at least 1")
    _check(
        all(step.faults >= 1 and 0 <= step.suspended_days <= 3650 for step in rules.ladder)
        and all(a.faults < b.faults for a, b in pairwise(rules.ladder)),
        "ladder",
        "des fautes en nombre croissant, à partir de 1",
        "faults in growing number, from 1 on",
    )
    with ports.unit_of_work() as work:
        work.lock("carpool lines")
        _check_future(rules.valid_from, ports.now())
        work.rides.put_rules(rules)
        work.commit()
    return rules


def unknown(french: str, english: str, identifier: str) -> CarpoolRefusedError:
    """There is no such thing."""
    return CarpoolRefusedError(
        Reason.UNKNOWN,
        f"{french.capitalize()} inconnu(e) : {identifier!r}.",
        f"No such {english}: {identifier!r}.",
    )


def _has(line: Line, stop_id: str) -> bool:
    return any(one.stop.id == stop_id for one in line.stops)


def _is_text(words: str, least: int, most: int) -> bool:
    return least <= len(words.strip()) and len(words) <= most and words.isprintable()


def _check_line_stops(line: Line) -> None:
    ids = [one.stop.id for one in line.stops]
    _check(
        len(ids) >= 2 and len(set(ids)) == len(ids),
        "stops",
        "au moins deux, chacun une fois",
        "at least two, each once",
    )
    first, last = line.stops[0], line.stops[-1]
    grows = all(a.distance_m < b.distance_m and a.drive_s < b.drive_s for a, b in pairwise(line.stops))
    _check(
        first.distance_m == 0
        and first.drive_s == 0
        and grows
        and last.distance_m < 10**6
        and last.drive_s < 10**5,
        "stops",
        "distances et temps à partir de 0, croissant d'arrêt en arrêt",
        "distances and times from 0 on, growing from stop to stop",
    )


def _check_future_fare(work: UnitOfWork, fare_id: str, now: dt.datetime) -> bool:
    """Whether there is such a fare. Raises CarpoolRefusedError when it has begun."""
    known = next((fare for fare in work.rides.list_fares() if fare.id == fare_id), None)
    if known is not None:
        _check_future(known.valid_from, now)
    return known is not None


def _check_future(day: str, now: dt.datetime) -> None:
    today = paris_day(now).isoformat()
    if day <= today:
        raise CarpoolRefusedError(
            Reason.TOO_LATE,
            f"Ce qui vaut depuis le {day} ne change plus : faites une version qui commence après le {today}.",
            f"What is valid from {day} does not change any more: make a version that begins after {today}.",
            "valid_from",
        )


def _check_id(identifier: str) -> None:
    _check(
        bool(_ID.fullmatch(identifier)),
        "id",
        "petites lettres, chiffres et traits d'union, au plus 63",
        "small letters, digits and hyphens, at most 63",
    )


def _check_day(day: str, field: str) -> None:
    try:
        is_day = dt.date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_day = False
    _check(is_day, field, "AAAA-MM-JJ", "YYYY-MM-DD")


def _check(is_right: Any, field: str, french: str, english: str) -> None:
    if not is_right:
        raise CarpoolRefusedError(Reason.INVALID, f"{field} : {french}.", f"{field}: {english}.", field)
