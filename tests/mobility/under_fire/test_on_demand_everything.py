"""Everything that may happen to demand-responsive transport, in any order, with deaths at any write or commit. After
every step all that must be true is counted again from scratch.

For long: UNDER_FIRE_EXAMPLES=300 UNDER_FIRE_STEPS=60 pytest tests/mobility/under_fire/test_on_demand_everything.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mobility.acts.on_demand.quote import Ask, Offer
from on_demand.booking import OnDemandRide, Party, Place, RideStatus
from on_demand.connection import Heard
from tests.migrated import open_migrated
from tests.mobility.under_fire.at_random import run_at_random
from tests.mobility.under_fire.dying import Death
from tests.mobility.under_fire.on_demand_service import CENTRE, HALF, SERVICE, STATION, Point
from tests.mobility.under_fire.on_demand_world import OnDemandWorld

DEATHS = st.one_of(
    st.none(),
    st.builds(Death, st.integers(1, 12), st.just("write")),
    st.builds(Death, st.integers(1, 3), st.sampled_from(("before commit", "after commit"))),
)
PEOPLE = st.sampled_from(("theo", "tina", "tom", "tess", "tim"))
PICK = st.integers(0, 30)
CORNERS = [
    Place(f"{north}{east}", Point(CENTRE.lat + HALF * north / 4, CENTRE.lon + HALF * east / 4))
    for north in (-3, -1, 2, 3)
    for east in (-3, 0, 3)
]
PARTIES = st.sampled_from((Party(), Party(2), Party(1, 1), Party(0, 0, 1), Party(1, 0, 1, 1), Party(3)))
BOOKED = (RideStatus.HELD, RideStatus.CONFIRMED)


class OnDemandEverything(RuleBasedStateMachine):
    """What travellers, drivers, operators, trains, workers and processes that die may do."""

    @initialize(vehicles=st.integers(1, 3), seats=st.sampled_from((1, 4)))
    def begin(self, vehicles: int, seats: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_migrated(Path(self.folder.name) / "data.sqlite")
        self.world = OnDemandWorld(self.engine, vehicles, seats)
        self.offers: list[Offer] = []
        self.count = 0
        for pick in range(3):
            self.book(pick, ("theo", "tina", "tom")[pick], 60 + 10 * pick, Party(), pick == 0, False, None)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.drive(24 * 60, None)
                self.world.clock.wait(hours=30)
                self.world.expire()
                self.world.settle()
                self.all_is_true()
                left = self.world.rides(RideStatus.CONFIRMED, RideStatus.HELD, RideStatus.ABOARD)
                assert left == [], "rides that never end"
            finally:
                self.engine.dispose()
                self.folder.cleanup()

    def pick(self, pick: int, *statuses: RideStatus) -> OnDemandRide | None:
        rides = self.world.rides(*statuses)
        return rides[pick % len(rides)] if rides else None

    def ends(self, pick: int) -> tuple[Place, Place]:
        one, other = CORNERS[pick % len(CORNERS)], STATION
        return (one, other) if pick % 2 else (other, one)

    def key(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    # ── travellers ─────────────────────────────────────────────────────────────────────────────────────────

    @rule(pick=PICK, minutes=st.integers(-5, 600), party=PARTIES, arrives=st.booleans(), timed=st.booleans())
    def ask(self, pick: int, minutes: int, party: Party, arrives: bool, timed: bool) -> None:
        at_s = self.world.now_s + 60 * minutes
        quotes = self.world.ask(*self.ends(pick), at_s, party, arrives, f"train {pick % 3}" if timed else "")
        if quotes is not None:
            self.offers += quotes.offers
            self.offers += [one for declined in quotes.declined for one in declined.alternatives[:1]]

    @rule(
        pick=PICK, who=PEOPLE, minutes=st.integers(0, 400), party=PARTIES, timed=st.booleans(),
        arrives=st.booleans(), death=DEATHS,
    )  # fmt: skip
    def book(
        self, pick: int, who: str, minutes: int, party: Party, timed: bool, arrives: bool, death: Death | None
    ) -> None:
        """Ask, hold and confirm in one go."""
        at_s = self.world.now_s + 60 * minutes
        quotes = self.world.ask(*self.ends(pick), at_s, party, arrives, f"train {pick % 3}" if timed else "")
        if quotes is not None and quotes.offers:
            for ride in self.world.hold(who, quotes.offers[:1], self.key(), death)[:1]:
                self.world.confirm(ride, death)

    @rule(pick=PICK, other=PICK, legs=st.integers(1, 2), who=PEOPLE, death=DEATHS)
    def hold(self, pick: int, other: int, legs: int, who: str, death: Death | None) -> None:
        if self.offers:
            chosen = tuple(self.offers[one % len(self.offers)] for one in (pick, other)[:legs])
            self.world.hold(who, chosen, self.key(), death)

    @rule(pick=PICK, death=DEATHS)
    def confirm(self, pick: int, death: Death | None) -> None:
        if ride := self.pick(pick, *BOOKED, RideStatus.EXPIRED):
            self.world.confirm(ride, death)

    @rule(pick=PICK, as_operator=st.booleans(), death=DEATHS)
    def cancel(self, pick: int, as_operator: bool, death: Death | None) -> None:
        if ride := self.pick(pick):
            self.world.cancel(ride, as_operator, death)

    @rule(pick=PICK, minutes=st.integers(-60, 120), party=PARTIES, death=DEATHS)
    def change(self, pick: int, minutes: int, party: Party, death: Death | None) -> None:
        ride = self.pick(pick, *BOOKED)
        if ride is None:
            return
        at_s = ride.pickup_open_s + 60 * minutes
        quotes = self.world.ask(
            ride.origin, ride.destination, at_s, party, instead_of=ride.id, name=ride.person_id
        )
        if quotes is not None and quotes.offers:
            self.world.change(ride, quotes.offers[0], death)

    @rule(pick=PICK, who=PEOPLE, minutes=st.integers(0, 300), party=PARTIES, death=DEATHS)
    def wait_in_line(self, pick: int, who: str, minutes: int, party: Party, death: Death | None) -> None:
        at_s = self.world.now_s + 60 * minutes
        self.world.wait_in_line(who, Ask(*self.ends(pick), party, at_s, service_id=SERVICE), death)

    # ── time, worker, operator ─────────────────────────────────────────────────────────────────────────────

    @rule(minutes=st.sampled_from((1, 5, 10, 20, 45, 120)), death=DEATHS)
    def drive(self, minutes: int, death: Death | None) -> None:
        until_s = self.world.now_s + 60 * minutes
        self.world.drive(until_s, lambda ride: ride.pickup_open_s % 7 == 0, death, self.all_is_true)

    @rule(death=DEATHS)
    def work(self, death: Death | None) -> None:
        self.world.serve_line(death)
        self.world.settle(death)

    @rule(death=DEATHS)
    def reoptimise(self, death: Death | None) -> None:
        self.world.reoptimise(death)

    @rule(number=st.integers(0, 2), late=st.integers(-10, 70), is_cancelled=st.booleans(), death=DEATHS)
    def train(self, number: int, late: int, is_cancelled: bool, death: Death | None) -> None:
        """A train is late, early again or cancelled."""
        for ride in self.world.rides(RideStatus.CONFIRMED):
            if ride.connection is not None and ride.connection.trip_id == f"train {number}":
                at_s = ride.connection.scheduled_s + 60 * late
                self.world.said.trains[f"train {number}"] = Heard(at_s, is_cancelled and late % 5 == 0)
        self.world.keep_connections(death)

    @rule(pick=PICK, death=DEATHS)
    def break_down(self, pick: int, death: Death | None) -> None:
        tours = self.world.tours()
        if tours and pick % 3 == 0:
            self.world.break_down(tours[pick % len(tours)], death)

    @rule(pick=PICK, death=DEATHS)
    def repair(self, pick: int, death: Death | None) -> None:
        broken = [tour for tour in self.world.tours() if tour.out_of_service_s is not None]
        if broken:
            self.world.repair(broken[pick % len(broken)], death)

    @invariant()
    def all_is_true(self) -> None:
        if hasattr(self, "world"):
            self.world.check()


def test_everything_on_demand_at_once() -> None:
    run_at_random(OnDemandEverything, examples=8, steps=25)


def _story() -> OnDemandEverything:
    """Steps that lead through everything."""
    machine = OnDemandEverything()
    machine.begin(2, 4)
    machine.train(0, 25, False, Death(2, "write"))
    machine.all_is_true()
    machine.book(1, "tess", 90, Party(2), True, True, Death(4, "write"))
    machine.all_is_true()
    machine.book(3, "tim", 200, Party(1, 0, 1, 1), False, False, Death(1, "after commit"))
    machine.change(3, 20, Party(), Death(3, "write"))
    machine.all_is_true()
    machine.cancel(1, False, Death(3, "write"))
    machine.all_is_true()
    machine.reoptimise(None)
    machine.drive(45, None)
    machine.break_down(0, Death(2, "write"))
    machine.all_is_true()
    machine.drive(120, Death(2, "write"))
    machine.repair(0, None)
    machine.drive(120, None)
    machine.all_is_true()
    return machine


def test_a_whole_story_is_in_reach() -> None:
    """The control: the steps of the machine do lead to rides that are held, changed, moved, driven and done."""
    machine = _story()
    happened = machine.world.happened
    machine.teardown()
    for what in ("hold", "confirm", "change", "board", "done", "break down", "connections kept or told"):
        assert happened[what], (what, happened)
    assert sum(count for what, count in happened.items() if what.endswith("killed")) >= 3


@pytest.mark.parametrize("guard", ["swap", "take out", "move"])
def test_the_machine_notices(monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """The control: where a tour is not written, a seat is not given back, or a promise moves with nobody asking, what
    must be true says so."""
    if guard == "swap":
        monkeypatch.setattr("mobility.storage.on_demand.SqlOnDemand.swap_day", lambda *_: True)
    elif guard == "take out":
        monkeypatch.setattr("mobility.acts.on_demand.cancel.take_out", lambda *_: [])
    else:
        monkeypatch.setattr("mobility.acts.on_demand.keep_connections.move_ride", lambda ride, _: ride)
    with pytest.raises(AssertionError):
        _story()
