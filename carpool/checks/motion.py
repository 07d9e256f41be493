"""How the vehicle moved: by the road's times and lengths, and beside coaches and trains."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from carpool.checks.case import Case, Finding


def road_time(case: Case) -> Iterator[Finding]:
    """Faster than the road allows, or absurdly slower (national register: 2.5 and 7 times)."""
    road = case.roads.find_road(case.line, case.trip.start, case.trip.end)
    if road is None:
        yield case.cannot_run("road_time", "the time by the road cannot be computed now")
        return
    sent_s = max(1, int((case.trip.end.at - case.trip.start.at).total_seconds()))
    road_s = max(1, road.duration_s)
    for name, permille, words in (
        ("road_per_sent_permille_max", road_s * 1000 // sent_s, "faster"),
        ("sent_per_road_permille_max", sent_s * 1000 // road_s, "slower"),
    ):
        most = case.thresholds.of("road_time", name)
        if permille > most:
            words = (
                f"{permille / 1000:.1f} times {words} than the road: {sent_s:,} s for {road_s:,} s of driving"
            )
            yield case.found("road_time", permille, most, words, sent_s=sent_s, road_s=road_s)


def road_distance(case: Case) -> Iterator[Finding]:
    """The positions' length against the road's (national register: 2.5 and 4 times)."""
    if len(case.assembly.track) < 2:
        yield case.cannot_run("road_distance", "there are no positions to measure the trip by")
        return
    road = case.roads.find_road(case.line, case.trip.start, case.trip.end)
    if road is None:
        yield case.cannot_run("road_distance", "the length of the road cannot be computed now")
        return
    track_m, road_m = max(1, case.assembly.track_m), max(1, road.distance_m)
    for name, permille in (
        ("road_per_track_permille_max", road_m * 1000 // track_m),
        ("track_per_road_permille_max", track_m * 1000 // road_m),
    ):
        most = case.thresholds.of("road_distance", name)
        if permille > most:
            words = f"the positions are {track_m:,} m long, the road is {road_m:,} m"
            yield case.found("road_distance", permille, most, words, track_m=track_m, road_m=road_m)


def repeated(case: Case) -> Iterator[Finding]:
    """Several trips that begin in the same minute between the same communes and are equally long: one recording, sent
    again and again under other names (national register: 3 in a bucket of 50 m)."""
    most, bucket_m, bucket_s = (
        case.thresholds.of("repeated", name) for name in ("trips_max", "bucket_m", "bucket_s")
    )
    communes = case.communes

    def key(start_s: float, start: str, end: str, track_m: int) -> tuple[int, str, str, int]:
        return (
            int(start_s) // bucket_s,
            communes.get(start, start),
            communes.get(end, end),
            track_m // bucket_m,
        )

    this = key(
        case.trip.start.at.timestamp(),
        case.trip.start.stop_id,
        case.trip.end.stop_id,
        case.assembly.track_m,
    )
    same = [
        other
        for other in case.alive
        if key(other.start_at.timestamp(), other.start_stop, other.end_stop, other.track_m) == this
    ]
    if len(same) + 1 > most:
        words = f"{len(same) + 1} trips begin in one minute between the same communes and are equally long"
        yield case.found("repeated", len(same) + 1, most, words, same[0].id)


def public_transport(case: Case) -> Iterator[Finding]:
    """A track that makes the calls of a coach or a train at its times: two phones on a bus. Seen in Rouen."""
    check = "public_transport"
    values = case.thresholds.values[check]
    most = values["share_permille_max"]
    track = case.assembly.track
    gaps_s = [int((later.at - sooner.at).total_seconds()) for sooner, later in pairwise(track)]
    if len(track) < 2 or max(gaps_s) > values["gap_s_max"]:
        words = "positions are too rare to tell a car from a bus"
        yield case.cannot_run(check, words, most)
        return
    followed = case.vehicles.list_followed(track, values)
    if followed is None:
        yield case.cannot_run(check, "no timetable is known for that day to compare the track with", most)
        return
    for vehicle in followed[:1]:
        permille = vehicle.calls_made * 1000 // max(1, vehicle.calls)
        if permille > most:
            words = (
                f"the track makes {vehicle.calls_made} of {vehicle.calls} calls of {vehicle.vehicle}, "
                f"{vehicle.delay_s:+,} s from its timetable"
            )
            yield case.found(
                *(check, permille, most, words),
                vehicle=vehicle.vehicle,
                calls=vehicle.calls,
                calls_made=vehicle.calls_made,
                delay_s=vehicle.delay_s,
            )
