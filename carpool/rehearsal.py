"""A trip as phones log it, without driving: really signed, along straight lines between the stops of a line.

For trying the service out, and for tests. The checks take it for what it is: positions that agree with the road.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from carpool.evidence import Moment
from carpool.line import Line
from carpool.phone import Phone, Position


@dataclass(frozen=True, slots=True)
class PhonePassenger:
    """Somebody with a phone who rides along between two stops."""

    phone: Phone
    from_stop: str
    to_stop: str
    booking: str = ""


@dataclass(frozen=True, slots=True)
class Drive:
    """A vehicle that goes along a line at the line's own speed. `pace_permille`: of the line's time; more is slower."""

    line: Line
    from_stop: str
    to_stop: str
    starts_at: dt.datetime
    pace_permille: int = 1000

    @property
    def ends_at(self) -> dt.datetime:
        return self.at_stop(self.to_stop)

    def at_stop(self, stop_id: str) -> dt.datetime:
        """When it is at a stop, to the second."""
        drive_s = self.line.between(self.from_stop, stop_id)[1] * self.pace_permille // 1000
        return self.starts_at + dt.timedelta(seconds=drive_s)

    def where(self, at: dt.datetime) -> Position:
        """Where it is at an instant, straight between the stops; before and after the trip at its ends."""
        first, last = self.line.position(self.from_stop), self.line.position(self.to_stop)
        on_way = (
            self.line.stops[first : last + 1] if first < last else self.line.stops[last : first + 1][::-1]
        )
        times = [self.at_stop(one.stop.id) for one in on_way]
        places = [(one.stop.lat, one.stop.lon) for one in on_way]
        if at <= times[0]:
            return places[0]
        for index in range(1, len(times)):
            if at <= times[index]:
                whole = (times[index] - times[index - 1]).total_seconds()
                part = (at - times[index - 1]).total_seconds() / whole if whole else 1.0
                (lat, lon), (to_lat, to_lon) = places[index - 1], places[index]
                return lat + part * (to_lat - lat), lon + part * (to_lon - lon)
        return places[-1]


def rehearse(
    drive: Drive,
    driver: Phone,
    passengers: Sequence[PhonePassenger],
    nonce: str,
    ride: str = "",
    every_s: int = 60,
) -> str:
    """Log a trip into the phones' outboxes: codes are shown and scanned when getting in and out, and everybody's phone
    takes its position every so often. The trip's identifier."""
    _set(driver, drive.starts_at)
    trip = driver.start(drive.line.id, nonce, drive.where(drive.starts_at), ride=ride)
    for passenger in passengers:
        board, alight = drive.at_stop(passenger.from_stop), drive.at_stop(passenger.to_stop)
        for at, moment in ((board, Moment.BOARD), (alight, Moment.ALIGHT)):
            _set(driver, at)
            _set(passenger.phone, at + dt.timedelta(seconds=5))
            passenger.phone.scan(driver.show(trip), moment, drive.where(at), passenger.booking)
        passenger.phone.positions(trip, _fixes(drive, board, alight, every_s))
    driver.positions(trip, _fixes(drive, drive.starts_at, drive.ends_at, every_s))
    _set(driver, drive.ends_at)
    driver.end(trip, drive.where(drive.ends_at))
    return trip


def _fixes(
    drive: Drive, begin: dt.datetime, end: dt.datetime, every_s: int
) -> list[tuple[dt.datetime, float, float]]:
    steps = int((end - begin).total_seconds()) // every_s
    times = [begin + dt.timedelta(seconds=every_s * step) for step in range(steps + 1)] + [end]
    return [(at, *drive.where(at)) for at in sorted(set(times))]


def _set(phone: Phone, at: dt.datetime) -> None:
    phone.clock = lambda: at
