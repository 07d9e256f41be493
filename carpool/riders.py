"""Who rode along, when and where they got in and out: by their own phone, by a scanned code, or by the driver's
word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from carpool.booking import Booking, BookingStatus
from carpool.device import Device
from carpool.evidence import Evidence, Kind, Moment, Statement
from carpool.line import FareVersion, Line
from carpool.nearness import find_near_stop, find_place_at, in_order
from carpool.proof import Scan, Sighting
from carpool.trip import Fix


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the evidence."""

    lines: Mapping[str, Line]
    devices: Mapping[str, Device]
    """Of everybody whose device or token is in the evidence."""
    bookings: Mapping[str, Booking] = field(default_factory=dict)
    """Those of the ride."""
    rides: Mapping[str, str] = field(default_factory=dict)
    """The driver of each published ride: nobody else drives it."""
    fares: tuple[FareVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How near is near; from the thresholds of the checks."""

    stop_radius_m: int
    gap_s_max: int
    token_window_s: int


@dataclass(frozen=True, slots=True)
class Rider:
    """A passenger as the evidence shows them."""

    person: str
    devices: frozenset[str]
    own: tuple[Fix, ...]
    """Where their own phone was, by time."""
    scans: tuple[Scan, ...]
    """Valid ones between their phone and the driver's, by time."""
    board: Sighting
    alight: Sighting | None
    """None: nothing says when they got out."""
    booking_id: str
    evidence: tuple[str, ...]


def stop_fix(line: Line, stop_id: str, at: dt.datetime) -> Fix | None:
    """A fix at a stop of the line; None: it has no such stop."""
    for on_line in line.stops:
        if on_line.stop.id == stop_id:
            return Fix(at, on_line.stop.lat, on_line.stop.lon, stop_id)
    return None


@dataclass(frozen=True, slots=True)
class RiderSearch:
    """Finds the passengers of a trip in its evidence (`pieces`, each once, in order)."""

    pieces: list[Evidence]
    driver: str
    line: Line
    ride_id: str
    track: tuple[Fix, ...]
    """Where the vehicle was, by time."""
    known: Known
    limits: Limits
    _shown: dict[str, str] = field(default_factory=dict)
    """Whose phone showed the token of a statement, by its hash: signatures are verified once."""

    def find_all(self) -> tuple[Rider, ...]:
        """Passengers, by account."""
        people = {piece.person for piece in self.pieces}
        for piece in self.pieces:
            said = piece.statement
            named = (said.booking, *(one.booking for one in said.passages))
            people |= {self._of_token(piece), *(self._of_booking(booking) for booking in named)}
        riders = [self._rider(person) for person in sorted(people - {"", self.driver})]
        return tuple(rider for rider in riders if rider is not None)

    def _of_token(self, piece: Evidence) -> str:
        """Whose phone showed the token that was scanned; "": it is not a valid one."""
        if piece.statement.token is None:
            return ""
        if piece.statement.hash not in self._shown:
            self._shown[piece.statement.hash] = self._verify_token(piece)
        return self._shown[piece.statement.hash]

    def _verify_token(self, piece: Evidence) -> str:
        token = piece.statement.token
        device = None if token is None else self.known.devices.get(token.device)
        if token is None or device is None or not token.is_signed_by(device.public_key):
            return ""
        window = dt.timedelta(seconds=self.limits.token_window_s)
        is_fresh = abs(piece.statement.at - token.at) <= window
        is_revoked = device.revoked_at is not None and token.at > device.revoked_at
        return device.person if is_fresh and not is_revoked and device.person != piece.person else ""

    def _of_booking(self, booking_id: str) -> str:
        """Whose booking it is; of this trip's ride alone."""
        booking = self.known.bookings.get(booking_id) if booking_id and self.ride_id else None
        return booking.passenger_id if booking is not None and booking.ride_id == self.ride_id else ""

    def _rider(self, person: str) -> Rider | None:
        own = [piece for piece in self.pieces if piece.person == person]
        scans = self._scans(person)
        board = self._sightings(person, scans, Moment.BOARD)
        if not board:  # a phone that only sent positions says where it was, not that it was in the vehicle
            return None
        alight = self._sightings(person, scans, Moment.ALIGHT)
        seen = {one.evidence for one in (*board, *alight)} | {scan.evidence for scan in scans}
        seen |= {piece.statement.hash for piece in own}
        return Rider(
            person=person,
            devices=frozenset(piece.statement.device for piece in own) | {scan.device for scan in scans},
            own=in_order(fix for piece in own for fix in piece.statement.fixes),
            scans=scans,
            board=board[0],
            alight=alight[-1] if alight else None,
            booking_id=self._booking_id(person, own),
            evidence=tuple(sorted(seen)),
        )

    def _scans(self, person: str) -> tuple[Scan, ...]:
        """Valid scans between this passenger's and the driver's phones."""
        found = []
        for piece in self.pieces:
            said = piece.statement
            if said.token is None or said.moment is None:
                continue
            if {piece.person, self._of_token(piece)} != {person, self.driver}:
                continue
            pair = said.device, said.token.device
            device, other = pair if piece.person == person else (pair[1], pair[0])
            place = said.fixes[0] if said.fixes else None
            found.append(Scan(said.moment, device, other, said.token.at, said.at, place, said.hash))
        return tuple(sorted(found, key=lambda scan: (scan.at, scan.evidence)))

    def _sightings(self, person: str, scans: tuple[Scan, ...], moment: Moment) -> list[Sighting]:
        """What says when and where somebody got in or out: their own phone with its position, else a scanned code,
        else anybody's word; all of the best kind there is, by time."""
        kind = Kind.BOARD if moment is Moment.BOARD else Kind.ALIGHT
        scanned = {scan.evidence: scan for scan in scans if scan.moment is moment}
        own, by_scan, told = [], [], []
        for piece in self.pieces:
            said = piece.statement
            sighting = self._sighting(said)
            if piece.person == person and said.fixes and (said.kind is kind or said.hash in scanned):
                own.append(sighting)
            elif said.hash in scanned:
                by_scan.append(sighting)
            elif said.kind is kind and (
                piece.person == person
                or (piece.person == self.driver and self._of_booking(said.booking) == person)
            ):
                told.append(sighting)
            elif piece.person == self.driver:
                told += self._declared(said, person, moment)
        return sorted(own or by_scan or told, key=lambda one: (one.at, one.evidence))

    def _declared(self, said: Statement, person: str, moment: Moment) -> list[Sighting]:
        found = []
        for one in said.passages:
            if self._of_booking(one.booking) == person:
                is_board = moment is Moment.BOARD
                at, stop = (one.board_at, one.from_stop) if is_board else (one.alight_at, one.to_stop)
                found.append(Sighting(at, stop_fix(self.line, stop, at), said.hash))
        return found

    def _sighting(self, said: Statement) -> Sighting:
        """Where that was: by its own position, else where the vehicle was then, else at the stop that is named."""
        own = replace(said.fixes[0], at=said.at) if said.fixes else None
        found = own or find_place_at(self.track, said.at, self.limits.gap_s_max)
        if found is None:
            return Sighting(said.at, stop_fix(self.line, said.stop, said.at), said.hash)
        near = find_near_stop(self.line, found.lat, found.lon, self.limits.stop_radius_m)
        return Sighting(said.at, replace(found, stop_id=near), said.hash)

    def _booking_id(self, person: str, own: list[Evidence]) -> str:
        """The booking a passage is of: the one its passenger names, else the passenger's own of the ride; "" none."""
        named = [piece.statement.booking for piece in own]
        theirs = [booking for booking in named if self._of_booking(booking) == person]
        if not theirs and self.ride_id:
            theirs = [
                booking.id
                for booking in self.known.bookings.values()
                if self._of_booking(booking.id) == person and booking.status is not BookingStatus.CANCELLED
            ]
        return min(theirs, default="")
