"""A short line, people and a clock one can set: what the contracts of rides and bookings play with."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable

from carpool.line import FareVersion, Line, LineStop, Stop
from mobility.accounts.caller import Caller, Role
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import RideDraft
from mobility.storage.unit_of_work import SqlUnitOfWork

NOW = dt.datetime(2026, 3, 10, 5, 0, tzinfo=dt.UTC)
"""A Tuesday, 06:00 in Paris."""

STOPS = tuple(
    Stop(name, name.title(), 47.2 + 0.05 * number, 6.0 + 0.1 * number, f"2500{number}")
    for number, name in enumerate(("alba", "brey", "cize", "dole"))
)
LINE = Line(
    "alba-dole",
    "Alba – Dole",
    tuple(LineStop(stop, 10_000 * number, 600 * number) for number, stop in enumerate(STOPS)),
)
FARES = (FareVersion("base", "2024-01-01", 150), FareVersion("april", "2026-04-01", 200))

OPERATOR = Caller("olga", frozenset((Role.OPERATOR,)))
PARTNER = Caller("key-1", frozenset((Role.PARTNER,)), "partner.example")


def driver(name: str = "dora") -> Caller:
    return Caller(name, frozenset((Role.DRIVER,)))


def traveller(name: str = "theo") -> Caller:
    return Caller(name, frozenset((Role.TRAVELLER,)))


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def wait(self, **duration: float) -> None:
        self.now += dt.timedelta(**duration)


def carpool_ports(begin: Callable[..., SqlUnitOfWork], clock: Clock) -> ActPorts:
    """What the acts need, on a database that has the line."""
    with begin() as work:
        for stop in STOPS:
            work.rides.put_stop(stop)
        work.rides.put_line(LINE)
        for fare in FARES:
            work.rides.put_fare(fare)
        work.commit()
    numbers = itertools.count(1)
    return ActPorts(begin, clock, lambda: f"{next(numbers):032x}")


def draft(
    minutes: float = 120, seats: int = 3, stops: str = "alba brey cize dole", **more: object
) -> RideDraft:
    """A ride that leaves so many minutes after the clock's first instant."""
    leaves_at = NOW + dt.timedelta(minutes=minutes)
    return RideDraft("alba-dole", tuple(stops.split()), leaves_at, seats, **more)  # type: ignore[arg-type]
