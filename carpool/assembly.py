"""A trip is put together from its evidence: the same evidence in any order, as often as one likes, makes the same trip.

Nothing here asks when evidence was received, and nothing is judged: what is suspicious is the checks' business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from carpool.evidence import Evidence, Kind, Statement
from carpool.line import Line, find_fare
from carpool.nearness import find_near_stop, in_order, track_length_m
from carpool.proof import Sighting, derive_class
from carpool.riders import Known, Limits, Rider, RiderSearch, stop_fix
from carpool.trip import Fix, Passage, Trip, TripStatus
from ground.paris import paris_day


@dataclass(frozen=True, slots=True)
class Assembly:
    """All that the evidence says of one trip."""

    trip_id: str
    driver_id: str = ""
    """"": what begins the trip has not come yet."""
    line: Line | None = None
    ride_id: str = ""
    trip: Trip | None = None
    """None: not enough to tell where it began and ended; `missing` says why. Its status is `open`."""
    missing: str = ""
    is_ended: bool = False
    """The driver said that it was over."""
    track: tuple[Fix, ...] = ()
    """Where the vehicle was, by time."""
    track_m: int = 0
    """Its length from fix to fix, as the crow flies."""
    driver_track: tuple[Fix, ...] = ()
    """Where the driver's own phone was, by time."""
    driver_devices: frozenset[str] = frozenset()
    riders: tuple[Rider, ...] = ()
    """In the order of `trip.passages`."""
    contradictions: tuple[str, ...] = ()
    """Devices that said two things with one sequence number, in words."""
    unknown_fares: tuple[str, ...] = ()
    """Passengers whose fare is not known."""


def assemble(trip_id: str, evidence: Iterable[Evidence], known: Known, limits: Limits) -> Assembly:
    """Put a trip together."""
    pieces = _in_order(piece for piece in evidence if piece.statement.trip == trip_id)
    first = next((piece for piece in pieces if piece.statement.begins_trip), None)
    if first is None:
        return Assembly(trip_id, missing="the statement that begins the trip has not come")
    line = known.lines.get(first.statement.line)
    told = Assembly(
        trip_id,
        first.person,
        line,
        first.statement.ride if known.rides.get(first.statement.ride) == first.person else "",
        driver_devices=frozenset(p.statement.device for p in pieces if p.person == first.person),
        contradictions=_contradictions(pieces),
    )
    if line is None:
        return replace(told, missing=f"there is no line {first.statement.line!r}")
    vehicle = _vehicle(pieces, first.person, line, limits)
    told = replace(
        told,
        track=vehicle.track,
        track_m=track_length_m(vehicle.track),
        driver_track=vehicle.own,
        is_ended=vehicle.is_ended,
    )
    if vehicle.start is None or vehicle.end is None or vehicle.start.stop_id == vehicle.end.stop_id:
        return replace(told, missing="it touches no two stops of its line")
    search = RiderSearch(pieces, first.person, line, told.ride_id, vehicle.track, known, limits)
    riders = search.find_all()
    fares = [_fare_cents(rider, line, known) for rider in riders]
    trip = Trip(
        id=trip_id,
        line_id=line.id,
        driver_id=first.person,
        start=vehicle.start,
        end=vehicle.end,
        distance_m=line.between(vehicle.start.stop_id, vehicle.end.stop_id)[0],
        passages=tuple(
            _passage(rider, told, vehicle.end, line, fare or 0, known, limits)
            for rider, fare in zip(riders, fares, strict=True)
        ),
        evidence=tuple(sorted({piece.statement.hash for piece in pieces})),
        status=TripStatus.OPEN,
        ride_id=told.ride_id,
    )
    unknown = tuple(rider.person for rider, fare in zip(riders, fares, strict=True) if fare is None)
    return replace(told, trip=trip, riders=riders, unknown_fares=unknown)


def _in_order(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Each statement once, by the device's time; the hash decides between equals."""
    once = {piece.statement.hash: piece for piece in evidence}
    return sorted(once.values(), key=lambda piece: (piece.statement.at, piece.statement.hash))


def _contradictions(pieces: list[Evidence]) -> tuple[str, ...]:
    counts = Counter((piece.statement.device, piece.statement.seq) for piece in pieces)
    return tuple(
        f"device {device} signed {count} statements as number {seq}"
        for (device, seq), count in sorted(counts.items())
        if count > 1
    )


@dataclass(frozen=True, slots=True)
class _Vehicle:
    track: tuple[Fix, ...]
    own: tuple[Fix, ...]
    start: Fix | None
    end: Fix | None
    is_ended: bool


def _vehicle(pieces: list[Evidence], driver: str, line: Line, limits: Limits) -> _Vehicle:
    """Where the vehicle began and ended: at the first and the last stop its driver's phone was near. Where that phone
    had no position, the passengers' phones tell; where none had, the driver's words do (and prove no more than A)."""
    said = [piece.statement for piece in pieces if piece.person == driver]
    own = in_order(fix for statement in said for fix in statement.fixes)
    others = in_order(fix for piece in pieces if piece.person != driver for fix in piece.statement.fixes)
    is_ended = any(statement.kind in (Kind.END, Kind.DECLARATION) for statement in said)
    track = own or others
    if track:
        start, end = (_first_touched(fixes, line, limits) for fixes in (track, reversed(track)))
        return _Vehicle(track, own, start, end, is_ended)
    told = in_order(fix for statement in said for fix in _declared(statement, line))
    return _Vehicle(track, own, told[0] if told else None, told[-1] if told else None, is_ended)


def _first_touched(fixes: Iterable[Fix], line: Line, limits: Limits) -> Fix | None:
    """The first of these fixes that is at a stop."""
    for fix in fixes:
        stop_id = find_near_stop(line, fix.lat, fix.lon, limits.stop_radius_m)
        if stop_id:
            return replace(fix, stop_id=stop_id)
    return None


def _declared(said: Statement, line: Line) -> list[Fix]:
    """Where the driver says to have been."""
    named = [(said.stop, said.starts_at or said.at)]
    if said.ends_at is not None:
        named.append((said.to_stop, said.ends_at))
    return [fix for stop, at in named if (fix := stop_fix(line, stop, at)) is not None]


def _fare_cents(rider: Rider, line: Line, known: Known) -> int | None:
    """What the passenger owes: as booked, else the fare of the day; None: that is not known, which is not 0."""
    booking = known.bookings.get(rider.booking_id)
    if booking is not None:
        return booking.fare_cents
    fare = find_fare(known.fares, line.id, paris_day(rider.board.at).isoformat())
    return None if fare is None else fare.fare_cents


def _passage(
    rider: Rider, told: Assembly, end: Fix, line: Line, fare_cents: int, known: Known, limits: Limits
) -> Passage:
    board, alight = rider.board.place, (rider.alight or _last_seen(rider, end, line, limits)).place
    on_line = board is not None and alight is not None and board.stop_id and alight.stop_id
    nowhere = replace(end, at=rider.board.at, stop_id="")
    shown = derive_class(
        rider.devices,
        told.driver_devices,
        known.devices,
        (rider.own, told.driver_track),
        (rider.board, rider.alight),
        rider.scans,
        limits.gap_s_max,
    )
    return Passage(
        passenger_id=rider.person,
        board=board or nowhere,
        alight=alight or nowhere,
        distance_m=line.between(board.stop_id, alight.stop_id)[0] if on_line and board and alight else 0,
        evidence_class=shown,
        fare_cents=fare_cents,
        evidence=rider.evidence,
        booking_id=rider.booking_id,
    )


def _last_seen(rider: Rider, end: Fix, line: Line, limits: Limits) -> Sighting:
    """Where somebody was last, of whom nothing says when they got out; the vehicle's end, if they have no phone."""
    last = rider.own[-1] if rider.own else end
    near = find_near_stop(line, last.lat, last.lon, limits.stop_radius_m)
    return Sighting(last.at, replace(last, stop_id=near), rider.board.evidence)
