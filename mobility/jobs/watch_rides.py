"""Read the rides of carpool lines from the database whenever they change, so that planners show them at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import structlog

from carpool.booking import Booking
from carpool.seats import free_seats
from carpool.waiting import WaitingModel
from mobility.acts.learn_waiting import learn_waiting
from mobility.acts.ports import UnitOfWork, UnitsOfWork
from mobility.journeys.carpool_rides import NO_CARPOOL, Carpool, OfferedRide
from mobility.journeys.public_holidays import is_holiday

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.4
"""How often it is looked whether something was published, booked or cancelled."""

LEARN_EVERY_S = 6 * 3600.0
"""How often it is learnt anew how long one waits for drivers who are not announced."""

READ_EVERY_S = 1800.0
"""How often rides are read anew although nothing changed: time passes over them."""

BEHIND, AHEAD = dt.timedelta(days=1), dt.timedelta(days=35)
"""Which rides are shown: regular ones are published four weeks ahead."""


class RidesWatch:
    """Keeps `carpool`, the newest state that was read. For one thread."""

    def __init__(self, begin: UnitsOfWork, now: Callable[[], dt.datetime]) -> None:
        self._begin, self._now = begin, now
        self._stamp = -1
        self._looked_at = self._read_at = float("-inf")
        self._closed = 0
        # Eight weeks of trips take a while to read: nobody's ride waits for that.
        self._learner = ThreadPoolExecutor(1, thread_name_prefix="learn-waiting")
        self._learning: Future[WaitingModel] | None = None
        self._learnt_at = float("-inf")
        self._waiting: WaitingModel | None = None
        self.carpool: Carpool = NO_CARPOOL

    def look(self, clock_s: float) -> bool:
        """Whether travellers must be shown something else: rides changed, or a deadline passed. `clock_s`: any clock
        that only goes forward."""
        if clock_s - self._looked_at < LOOK_EVERY_S:
            return False
        self._looked_at = clock_s
        is_changed = self._take_learnt(clock_s)
        with self._begin(read_only=True) as work:
            stamp = work.rides.stamp()
            if stamp != self._stamp or clock_s - self._read_at >= READ_EVERY_S:
                self.carpool = replace(read_carpool(work, self._now()), waiting=self._waiting)
                self._stamp, self._read_at, is_changed = stamp, clock_s, True
        closed = self.carpool.closed_at(int(self._now().timestamp()))
        is_changed = is_changed or closed != self._closed
        self._closed = closed
        return is_changed

    def close(self) -> None:
        """Begin nothing any more."""
        self._learner.shutdown(wait=False, cancel_futures=True)

    def _take_learnt(self, clock_s: float) -> bool:
        """Whether something new was learnt; begins to learn when it is time."""
        if self._learning is None:
            if clock_s - self._learnt_at >= LEARN_EVERY_S:
                self._learnt_at, self._learning = clock_s, self._learner.submit(self._learn)
            return False
        if not self._learning.done():
            return False
        learning, self._learning = self._learning, None
        try:
            self._waiting = learning.result()
        except Exception:
            log.exception("expected waiting cannot be learnt; it is tried again later")
            return False
        self.carpool = replace(self.carpool, waiting=self._waiting)
        return True

    def _learn(self) -> WaitingModel:
        with self._begin(read_only=True) as work:
            return learn_waiting(work, self._now())


def read_carpool(work: UnitOfWork, now: dt.datetime) -> Carpool:
    """The lines and their rides around now, with the seats that are left and the fares."""
    lines = {line.id: line for line in work.rides.list_lines()}
    rides = [ride for ride in work.rides.list_rides(now - BEHIND, now + AHEAD) if ride.line_id in lines]
    if not rides:
        return Carpool(tuple(lines.values()), is_holiday=is_holiday)
    fares = tuple(work.rides.list_fares())
    bookings: dict[str, list[Booking]] = defaultdict(list)
    for booking in work.rides.list_bookings([ride.id for ride in rides]):
        bookings[booking.ride_id].append(booking)
    offered = [
        OfferedRide(ride, lines[ride.line_id], free_seats(ride, bookings[ride.id]), fares) for ride in rides
    ]
    return Carpool(tuple(lines.values()), tuple(offered), is_holiday=is_holiday)
