"""Plain terms of the service, and what a trip needs to be priced at all."""

from __future__ import annotations

from collections.abc import Iterator

from carpool.checks.case import Case, Finding
from ground.paris import paris_day


def distance(case: Case) -> Iterator[Finding]:
    """Trips under the shortest distance are not carpooling (national register, terms)."""
    least_m = case.thresholds.of("distance", "distance_m_min")
    if case.trip.distance_m < least_m:
        words = f"{case.trip.distance_m:,} m along the line; at least {least_m:,} m are needed"
        yield case.found("distance", case.trip.distance_m, least_m, words)


def trips_a_day(case: Case) -> Iterator[Finding]:
    """Nobody makes more than so many trips on one day in Europe/Paris, as driver and as passenger together. Trips count
    in the order of their start; cancelled and refused ones do not."""
    most = case.thresholds.of("trips_a_day", "trips_max")
    day, this = paris_day(case.trip.start.at), (case.trip.start.at, case.trip.id)
    for person in (case.trip.driver_id, *(passage.passenger_id for passage in case.trip.passages)):
        earlier = [
            other
            for other in case.alive
            if paris_day(other.start_at) == day
            and (other.start_at, other.id) < this
            and (other.driver_id == person or any(ridden.person == person for ridden in other.passengers))
        ]
        if len(earlier) >= most:
            role = "driver" if person == case.trip.driver_id else "passenger"
            words = f"trip {len(earlier) + 1} of one person on {day}; {most} a day are the most"
            yield case.found(
                "trips_a_day", len(earlier) + 1, most, words, earlier[-1].id, day=day.isoformat(), role=role
            )


def passengers(case: Case) -> Iterator[Finding]:
    """Without a passenger it is no carpooling; with very many no car."""
    most = case.thresholds.of("seats", "passengers_max")
    if not case.trip.passages and case.may_still_come:
        yield case.incomplete("seats", "no evidence of a passenger has come yet")
    elif not case.trip.passages:
        words = "nobody came along; should evidence of a passenger come, the trip is judged again"
        yield case.found("alone", 0, case.thresholds.of("alone", "passengers_min"), words)
    if len(case.trip.passages) > most:
        words = f"{len(case.trip.passages)} passengers in one vehicle; {most} are the most"
        yield case.found("seats", len(case.trip.passages), most, words)


def on_line(case: Case) -> Iterator[Finding]:
    """Everybody gets in at one stop of the line and out at another one."""
    most = case.thresholds.of("on_line", "unplaced_max")
    unplaced = [passage for passage in case.trip.passages if passage.distance_m == 0]
    if len(unplaced) > most:
        words = f"{len(unplaced)} passengers got in or out at no stop of the line, or at the same one"
        yield case.found("on_line", len(unplaced), most, words)


def fares(case: Case) -> Iterator[Finding]:
    """What the passengers owe is known. No fare is not a fare of nothing."""
    if case.assembly.unknown_fares:
        yield case.cannot_run("fares", f"no fare is known on line {case.trip.line_id} for that day")


def ride_twice(case: Case) -> Iterator[Finding]:
    """One published ride is driven once."""
    most = case.thresholds.of("ride_twice", "trips_max")
    if case.trip.ride_id:
        same = [other for other in case.alive if other.ride_id == case.trip.ride_id]
        if len(same) + 1 > most:
            words = f"{len(same) + 1} trips say that they are the same published ride"
            yield case.found("ride_twice", len(same) + 1, most, words, same[0].id)
