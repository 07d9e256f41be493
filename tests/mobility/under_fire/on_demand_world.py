"""What may happen to a small service of demand-responsive transport: people, drivers, operators, trains, the worker;
each by the real acts, on a real database, perhaps with a death at some write or commit."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine

from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.idempotency import digest_of
from mobility.acts.on_demand.arrival import arrive
from mobility.acts.on_demand.breakdown import back_in_service, break_down
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.change import change
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.keep_connections import keep_connections
from mobility.acts.on_demand.quote import Ask, Offer, Quotes, quote
from mobility.acts.on_demand.reoptimise import Reoptimiser
from mobility.acts.on_demand.riding import board, done, no_show, settle_rides
from mobility.acts.on_demand.waiting_list import join_waiting_list, leave_waiting_list, serve_waiting_list
from mobility.journeys.on_demand.connected_trains import NextTrain
from mobility.storage.unit_of_work import units_of_work
from on_demand.booking import Connection, ConnectionKind, OnDemandRide, Party, Place, RideStatus
from on_demand.connection import Heard
from on_demand.refusal import OnDemandRefusedError
from on_demand.reoptimise import by_iterations
from on_demand.schedule import Schedule, schedule
from on_demand.tour import StopKind, TourStop, VehicleDay
from tests.mobility.under_fire.dying import Death, Killed, dying
from tests.mobility.under_fire.on_demand_house import MORNING, House, traveller
from tests.mobility.under_fire.on_demand_service import SERVICE
from tests.mobility.under_fire.on_demand_truths import Truths

OPERATOR = Caller("olga", frozenset((Role.OPERATOR,)))
T = TypeVar("T")
NEVER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
REFUSALS = (OnDemandRefusedError, ForbiddenError)


@dataclass
class Said:
    """What trains are said to do: fills `keep_connections.Trains`."""

    trains: dict[str, Heard] = field(default_factory=dict)

    def hear(self, connection: Connection) -> Heard | None:
        return self.trains.get(connection.trip_id)

    def find_next(self, connection: Connection) -> NextTrain | None:
        return NextTrain("next", connection.stop_id, connection.scheduled_s + 3600)


@dataclass
class OnDemandWorld:
    """One of its own, on a database that is there already."""

    engine: Engine
    vehicles: int = 2
    seats: int = 4
    days: int = 1
    house: House = field(init=False)
    truths: Truths = field(init=False)
    said: Said = field(default_factory=Said)
    happened: Counter[str] = field(default_factory=Counter)
    renewed: set[str] = field(default_factory=set)
    """Rides that may be promised something else since the last check."""

    def __post_init__(self) -> None:
        self.house = House(units_of_work(self.engine), self.vehicles, self.seats)
        days = (MORNING.date() + dt.timedelta(days=number) for number in range(-1, self.days + 1))
        self.truths = Truths(tuple(days))
        self.reoptimiser = Reoptimiser(self.ports, lambda: by_iterations(40))

    @property
    def ports(self) -> Any:
        return self.house.ports

    @property
    def clock(self) -> Any:
        return self.house.clock

    @property
    def now_s(self) -> int:
        return self.house.now_s

    def attempt(self, name: str, act: Callable[[], T], death: Death | None = None) -> T | None:
        """What an act gives; None when it is refused. With a death it dies first, unless it ends before, and is tried
        again, as clients and workers do."""
        if death is not None:
            try:
                with contextlib.suppress(*REFUSALS), dying(self.engine, death):
                    act()
            except Killed:
                self.happened[f"{name}: killed"] += 1
                self.check()
        try:
            answer = act()
        except REFUSALS as refusal:
            reason = refusal.reason if isinstance(refusal, OnDemandRefusedError) else "forbidden"
            self.happened[f"{name}: {reason}"] += 1
            return None
        self.happened[name] += 1
        return answer

    def check(self) -> None:
        """Everything that must be true."""
        with self.house.begin(read_only=True) as work:
            self.truths.check(work, self.renewed)
        self.renewed.clear()

    def rides(self, *statuses: RideStatus) -> list[OnDemandRide]:
        """Those with these statuses (all), the same order every time."""
        rides = self.house.rides(*self.truths.days)
        found = [ride for ride in rides if not statuses or ride.status in statuses]
        return sorted(found, key=lambda ride: (ride.pickup_open_s, ride.made_at, ride.person_id))

    def tours(self) -> list[VehicleDay]:
        with self.house.begin(read_only=True) as work:
            return [tour for day in self.truths.days for tour in work.on_demand.list_days(day)]

    # ── travellers ─────────────────────────────────────────────────────────────────────────────────────────

    def ask(
        self,
        origin: Place,
        destination: Place,
        at_s: int,
        party: Party,
        arrives: bool = False,
        train: str = "",
        instead_of: str = "",
        name: str = "",
    ) -> Quotes | None:
        """What is possible. `train`: it is timed to one at `at_s`."""
        connection = None
        if train:
            kind = ConnectionKind.ONTO if arrives else ConnectionKind.FROM
            connection = Connection(kind, train, "station", at_s, at_s)
            at_s += -300 if arrives else 300
        ask = Ask(
            origin,
            destination,
            party,
            None if arrives else at_s,
            at_s if arrives else None,
            SERVICE,
            connection,
            instead_of,
        )
        caller = traveller(name) if name else None
        return self.attempt("quote", lambda: quote(self.ports, caller, ask))

    def hold(
        self, name: str, offers: tuple[Offer, ...], key: str, death: Death | None = None
    ) -> list[OnDemandRide]:
        """Hold all of these; held again with the same key it must be the same."""
        wish = HoldWish(tuple(offer.token for offer in offers))
        rides = self.attempt("hold", lambda: hold(self.ports, traveller(name), wish, key), death)
        if rides is None:
            return []
        again = hold(self.ports, traveller(name), wish, key)
        assert [ride.id for ride in again] == [ride.id for ride in rides], "a replay gives something else"
        return rides

    def confirm(self, ride: OnDemandRide, death: Death | None = None) -> None:
        caller = traveller(ride.person_id)
        self.attempt("confirm", lambda: confirm(self.ports, caller, ride.id), death)

    def cancel(self, ride: OnDemandRide, as_operator: bool = False, death: Death | None = None) -> None:
        caller = OPERATOR if as_operator else traveller(ride.person_id)
        self.attempt("cancel", lambda: cancel(self.ports, caller, ride.id, as_operator=as_operator), death)

    def change(self, ride: OnDemandRide, offer: Offer, death: Death | None = None) -> None:
        self.renewed.add(ride.id)
        caller = traveller(ride.person_id)
        self.attempt("change", lambda: change(self.ports, caller, ride.id, offer.token), death)
        self.renewed.add(ride.id)

    def wait_in_line(self, name: str, ask: Ask, death: Death | None = None) -> None:
        act = lambda: join_waiting_list(self.ports, traveller(name), ask, key=digest_of(name, ask))  # noqa: E731
        self.attempt("join the waiting list", act, death)

    def leave_line(self, name: str, waiting_id: str, death: Death | None = None) -> None:
        caller = traveller(name)
        self.attempt(
            "leave the waiting list", lambda: leave_waiting_list(self.ports, caller, waiting_id), death
        )

    # ── operator and worker ────────────────────────────────────────────────────────────────────────────────

    def serve_line(self, death: Death | None = None) -> None:
        self.attempt("serve the waiting list", lambda: serve_waiting_list(self.ports), death)

    def expire(self, death: Death | None = None) -> None:
        self.attempt("expire", lambda: expire(self.ports), death)

    def reoptimise(self, death: Death | None = None) -> None:
        changed = self.attempt("reoptimise", self.reoptimiser.run, death)
        self.happened["tours bettered"] += changed or 0

    def keep_connections(self, death: Death | None = None) -> None:
        self.renewed |= {ride.id for ride in self.rides() if ride.connection}
        kept = self.attempt(
            "keep connections", lambda: keep_connections(self.ports, lambda: self.said), death
        )
        self.happened["connections kept or told"] += kept or 0
        self.renewed |= {ride.id for ride in self.rides() if ride.connection}

    def settle(self, death: Death | None = None) -> None:
        self.attempt("settle", lambda: settle_rides(self.ports), death)

    def break_down(self, tour: VehicleDay, death: Death | None = None) -> None:
        aboard = {
            ride.id
            for ride in self.rides(RideStatus.ABOARD, RideStatus.CONFIRMED)
            if ride.shift_id == tour.shift_id
        }
        self.renewed |= aboard
        self.attempt("break down", lambda: break_down(self.ports, OPERATOR, tour.shift_id, tour.day), death)
        self.renewed |= aboard

    def repair(self, tour: VehicleDay, death: Death | None = None) -> None:
        self.attempt("repair", lambda: back_in_service(self.ports, OPERATOR, tour.shift_id, tour.day), death)

    # ── drivers ────────────────────────────────────────────────────────────────────────────────────────────

    def drive(
        self,
        until_s: int,
        misses: Callable[[OnDemandRide], bool] = lambda _: False,
        death: Death | None = None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Time passes, and vehicles drive as planned: each stop is reported when it is served. `misses`: who is not
        there. `after`: called after every report."""
        while True:
            with self.house.begin(read_only=True) as work:
                waiting = {ride.id: ride.expires_at for ride in work.on_demand.list_expired(NEVER)}
            due = self._next_stop(waiting)
            held = min((at for at in waiting.values() if at), default=NEVER)
            if due is None or min(due[0], held.timestamp()) > until_s:
                break
            if held.timestamp() <= due[0]:
                self.clock.now = max(self.clock.now, held)
                self.expire(death)
                after()
                continue
            at_s, tour, stop = due
            self.clock.now = max(self.clock.now, dt.datetime.fromtimestamp(at_s, dt.UTC))
            self._report(tour, stop, at_s, misses, death)
            after()
        self.clock.now = max(self.clock.now, dt.datetime.fromtimestamp(until_s, dt.UTC))

    def _next_stop(self, waited_for: Collection[str]) -> tuple[int, VehicleDay, TourStop] | None:
        """The next stop of all tours at which somebody gets on or off, and when its service begins. Nobody drives to
        those who have not confirmed (`waited_for`)."""
        found = []
        for tour in self.tours():
            times = schedule(tour, self.now_s)
            if not isinstance(times, Schedule) or tour.out_of_service_s is not None:
                continue
            for at_s, stop in zip(times.begin_s, tour.stops, strict=True):
                if stop.kind is StopKind.BREAK or stop.served_at_s is not None:
                    continue
                if stop.request_id not in waited_for:
                    found.append((at_s, tour, stop))
                break
        return min(found, key=lambda one: (one[0], one[1].shift_id), default=None)

    def _report(
        self,
        tour: VehicleDay,
        stop: TourStop,
        at_s: int,
        misses: Callable[[OnDemandRide], bool],
        death: Death | None,
    ) -> None:
        with self.house.begin(read_only=True) as work:
            ride = work.on_demand.find_ride(stop.request_id)
        assert ride is not None
        at = dt.datetime.fromtimestamp(at_s, dt.UTC)
        if stop.kind is StopKind.DROP_OFF:
            reported = self.attempt("done", lambda: done(self.ports, OPERATOR, ride.id, at), death)
        elif misses(ride) and at_s >= ride.pickup_open_s + 180:
            reported = self.attempt("no show", lambda: no_show(self.ports, OPERATOR, ride.id, at), death)
        else:
            if ride.made_at.timestamp() % 2:
                self.attempt("arrive", lambda: arrive(self.ports, OPERATOR, ride.id, at), death)
            reported = self.attempt("board", lambda: board(self.ports, OPERATOR, ride.id, at), death)
        assert reported is not None, f"{tour.shift_id} cannot report {stop} of {ride}"
