"""Everything at once, on everything: publish, book, drive, send, judge, decide, grant, close, pay, erase, in any order,
with deaths at any write. After every step all that must be true is counted again from scratch.

For long: UNDER_FIRE_EXAMPLES=300 UNDER_FIRE_STEPS=60 pytest tests/mobility/under_fire/test_everything.py
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from carpool.booking import Booking, BookingStatus
from carpool.refusal import CarpoolRefusedError
from carpool.ride import Ride, RideStatus
from carpool.trip import TripStatus
from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM, ForbiddenError
from mobility.acts.accounts.bank_account import put_bank_account
from mobility.acts.accounts.personal_data import StillNeededError, erase_person
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.change_booking import cancel_booking, settle_bookings
from mobility.acts.grant_subsidy import close
from mobility.acts.pay_out import PayoutError, pay_out, return_payment
from mobility.acts.policies import PublicationError, publish_policy, publish_scale
from mobility.acts.publish_ride import RideDraft, cancel_ride, publish_ride
from mobility.acts.trips.decide import Decision, appeal_trip, cancel_trip, decide_trip
from mobility.acts.trips.ports import TripRefusedError
from mobility.acts.trips_ports import TripState
from tests.contracts.carpool_line import OPERATOR
from tests.mobility.under_fire import truths
from tests.mobility.under_fire.at_random import run_at_random
from tests.mobility.under_fire.dying import Death
from tests.mobility.under_fire.world import DRIVERS, IBANS, RIDERS, SEASONS, World, is_final
from ticketing.canonical_json import from_canonical

STOPS = ("alba", "brey", "cize", "dole")
REFUSALS = (
    TripRefusedError,
    CarpoolRefusedError,
    ForbiddenError,
    PublicationError,
    PayoutError,
    StillNeededError,
)
DEATHS = st.one_of(
    st.none(),
    st.builds(Death, st.integers(1, 25), st.just("write")),
    st.builds(Death, st.integers(1, 3), st.sampled_from(("before commit", "after commit"))),
)
ENDS = st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(lambda ends: ends[0] != ends[1])
PICK = st.integers(0, 50)
BFC = tomllib.loads((files("ticketing") / "policies/bfc.toml").read_text(encoding="utf-8"))
CAPS = st.fixed_dictionaries(
    {
        "per": st.sampled_from(("driver", "campaign")),
        "during": st.sampled_from(("day", "month", "year")),
        "trips_max": st.integers(1, 3),
    }
) | st.fixed_dictionaries(
    {
        "per": st.just("driver"),
        "during": st.sampled_from(("day", "month")),
        "amount_cents_max": st.integers(1, 700),
    }
)


class Everything(RuleBasedStateMachine):
    """What people, phones, workers and processes that die may do."""

    @initialize(
        season=st.sampled_from(sorted(SEASONS)),
        driven=st.lists(st.tuples(st.sampled_from(DRIVERS), ENDS, st.booleans()), min_size=2, max_size=5),
    )
    def begin(self, season: str, driven: list[tuple[str, tuple[int, int], bool]]) -> None:
        """Some trips are in everybody's phone when it begins, and some of them are sent: the rest is up to chance."""
        self.world = World(season)
        self.services, self.clock = self.world.services, self.world.clock
        self.sent: dict[str, tuple[str, bytes]] = {}
        self.gone: set[str] = set()
        self.histories: dict[str, Any] = {}
        self.facts: dict[str, Any] = {}
        self.count = 0
        for driver, ends, is_sent in driven:
            self.drive(driver, {"theo"}, ends, 1000)
            self.wait(3)
            if is_sent:
                self.send_all(None)
        self.publish(DRIVERS[0], 60, 2, None)
        self.book(0, "theo", (0, 3), 1, None)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.judge(None)
                self.all_is_true()
            finally:
                self.world.close()

    def attempt(self, act: Callable[[], Any], death: Death | None) -> Any:
        return self.world.attempt(act, death, REFUSALS)

    def key(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    # ── rides ──────────────────────────────────────────────────────────────────────────────────────────────

    def rides(self) -> list[Ride]:
        with self.world.begin(read_only=True) as work:
            return work.rides.list_rides(self.clock.now - dt.timedelta(days=1), truths.ALWAYS)

    def bookings(self, rides: list[Ride]) -> list[Booking]:
        with self.world.begin(read_only=True) as work:
            return work.rides.list_bookings([ride.id for ride in rides])

    @rule(driver=st.sampled_from(DRIVERS), minutes=st.integers(20, 90), seats=st.integers(1, 2), death=DEATHS)
    def publish(self, driver: str, minutes: int, seats: int, death: Death | None) -> None:
        if driver not in self.gone:
            draft = RideDraft("alba-dole", STOPS, self.clock.now + dt.timedelta(minutes=minutes), seats)
            key = self.key()
            self.attempt(
                lambda: publish_ride(self.services.acts, self.world.caller(driver), draft, key), death
            )

    @rule(pick=PICK, who=st.sampled_from(RIDERS), ends=ENDS, seats=st.integers(1, 2), death=DEATHS)
    def book(self, pick: int, who: str, ends: tuple[int, int], seats: int, death: Death | None) -> None:
        if (rides := self.rides()) and who not in self.gone:
            places = [STOPS[place] for place in sorted(ends)]
            request = BookingRequest(rides[pick % len(rides)].id, places[0], places[1], seats)
            key = self.key()
            self.attempt(lambda: book_seat(self.services.acts, self.world.caller(who), request, key), death)

    @rule(pick=PICK, death=DEATHS)
    def cancel_a_booking(self, pick: int, death: Death | None) -> None:
        if bookings := self.bookings(self.rides()):
            booking = bookings[pick % len(bookings)]
            self.attempt(lambda: cancel_booking(self.services.acts, OPERATOR, booking.id), death)

    @rule(pick=PICK, death=DEATHS)
    def cancel_a_ride(self, pick: int, death: Death | None) -> None:
        if pick % 3 == 0 and (rides := self.rides()):
            self.attempt(
                lambda: cancel_ride(self.services.acts, OPERATOR, rides[pick % len(rides)].id), death
            )

    @rule(death=DEATHS)
    def complete_bookings(self, death: Death | None) -> None:
        self.attempt(lambda: settle_bookings(self.services.acts), death)

    # ── trips ──────────────────────────────────────────────────────────────────────────────────────────────

    @rule(
        driver=st.sampled_from(DRIVERS),
        riders=st.sets(st.sampled_from(RIDERS), max_size=2),
        ends=ENDS,
        pace=st.sampled_from((1000, 1000, 1000, 1400, 300)),
    )
    def drive(self, driver: str, riders: set[str], ends: tuple[int, int], pace: int) -> None:
        aboard = sorted(riders - {driver} - self.gone)
        if driver in self.gone or len(self.world.trips) >= 12:
            return
        from_stop, to_stop = (STOPS[place] for place in ends)
        riding = [(name, from_stop, to_stop, "") for name in aboard]
        self.clock.wait(minutes=1)
        self.world.drive(driver, riding, (from_stop, to_stop), self.clock.now, pace_permille=pace)

    @rule(pick=PICK)
    def drive_what_was_published(self, pick: int) -> None:
        known = [
            ride
            for ride in self.rides()
            if ride.status is RideStatus.PUBLISHED
            and ride.starts_at > self.clock.now
            and self.world.name_of(ride.driver_id) not in self.gone
        ]
        if not known or len(self.world.trips) >= 12:
            return
        ride = known[pick % len(known)]
        riding = [
            (self.world.name_of(one.passenger_id), one.from_stop, one.to_stop, one.id)
            for one in self.bookings([ride])
            if one.status is BookingStatus.CONFIRMED
        ]
        aboard = [one for one in riding if one[0] not in self.gone]
        self.clock.now = ride.starts_at
        self.world.drive(
            self.world.name_of(ride.driver_id), aboard, ("alba", "dole"), ride.starts_at, ride.id
        )

    @precondition(lambda self: self.world.pieces)
    @rule(
        picks=st.lists(st.integers(0, 300), min_size=1, max_size=10),
        reason=st.sampled_from(("", "no network")),
        death=DEATHS,
    )
    def send(self, picks: list[int], reason: str, death: Death | None) -> None:
        by_name: dict[str, list[bytes]] = {}
        for pick in picks:
            name, data = self.world.pieces[pick % len(self.world.pieces)]
            if name not in self.gone:
                by_name.setdefault(name, []).append(data)
        for name, pieces in by_name.items():
            hashes = self.attempt(
                lambda name=name, pieces=pieces: self.world.send(name, pieces, reason), death
            )
            self.sent |= {hash_: (name, data) for hash_, data in zip(hashes, pieces, strict=True)}

    @precondition(lambda self: self.world.pieces)
    @rule(death=DEATHS)
    def send_all(self, death: Death | None) -> None:
        for first in range(0, len(self.world.pieces), 9):
            self.send(list(range(first, min(first + 9, len(self.world.pieces)))), "no network", death)

    @rule(death=DEATHS)
    def judge(self, death: Death | None) -> None:
        with self.world.begin(read_only=True) as work:
            due = set(work.trips.list_due(self.clock.now, 1000))
            states = {trip: work.trips.find_trip(trip) for trip in self.world.trips}
            fluid = [
                trip
                for trip, state in states.items()
                if (state is None or not is_final(work, state))
                and all(one.data is not None for one in work.evidence.list_of_trip(trip))
            ]
        self.attempt(self.world.judge, death)
        fresh = self.world.judged_afresh([trip for trip in fluid if trip in due])
        self.facts |= {trip: _put_together(one) for trip, one in fresh.items()}

    @precondition(lambda self: self.world.trips)
    @rule(pick=PICK, decision=st.sampled_from(Decision), death=DEATHS)
    def decide(self, pick: int, decision: Decision, death: Death | None) -> None:
        trip = self.world.trips[pick % len(self.world.trips)]
        self.attempt(lambda: decide_trip(self.world.judges, OPERATOR, trip, decision, "looked at it"), death)

    @precondition(lambda self: self.world.trips)
    @rule(pick=PICK, who=st.sampled_from(("olga", *DRIVERS, *RIDERS)), death=DEATHS)
    def cancel(self, pick: int, who: str, death: Death | None) -> None:
        if pick % 2 == 0 and who not in self.gone:
            trip = self.world.trips[pick % len(self.world.trips)]
            caller = OPERATOR if who == "olga" else self.world.caller(who)
            self.attempt(lambda: cancel_trip(self.world.judges, caller, trip, "it was not so"), death)

    @precondition(lambda self: self.world.trips)
    @rule(pick=PICK, driver=st.sampled_from(DRIVERS), death=DEATHS)
    def appeal(self, pick: int, driver: str, death: Death | None) -> None:
        if driver not in self.gone:
            trip = self.world.trips[pick % len(self.world.trips)]
            self.attempt(
                lambda: appeal_trip(self.world.judges, self.world.caller(driver), trip, "it was so"), death
            )

    # ── money ──────────────────────────────────────────────────────────────────────────────────────────────

    @rule(days=st.integers(-2, 3), caps=st.lists(CAPS, max_size=2), cents=st.integers(0, 30), death=DEATHS)
    def change_policy(self, days: int, caps: list[Any], cents: int, death: Death | None) -> None:
        begins = (self.clock.now.astimezone(PARIS) + dt.timedelta(days=days)).date().isoformat()
        rules = [{"rule": "per_km", "amount_cents": cents}, BFC["rules"][1]]
        if cents % 2:
            rules.insert(0, {"rule": "adult_only"})
        # Two caps of one kind are refused as written wrongly; the later one stands.
        once = {(cap["per"], cap["during"], "trips_max" in cap): cap for cap in caps}
        written = BFC | {
            "valid_from": begins,
            "title": self.key(),
            "rules": rules,
            "caps": list(once.values()),
        }
        self.attempt(lambda: publish_policy(self.services.acts, SYSTEM, written), death)

    @rule(days=st.integers(-2, 3), cost=st.integers(20, 400), death=DEATHS)
    def change_scale(self, days: int, cost: int, death: Death | None) -> None:
        begins = (self.clock.now.astimezone(PARIS) + dt.timedelta(days=days)).date().isoformat()
        written = {"title": self.key(), "valid_from": begins, "millieuros_per_km": cost}
        self.attempt(lambda: publish_scale(self.services.acts, SYSTEM, written), death)

    @rule(hours=st.sampled_from((0, 0, 1, 5, 30, 48)), portion=st.integers(1, 4), death=DEATHS)
    def grant(self, hours: int, portion: int, death: Death | None) -> None:
        until = (self.clock.now - dt.timedelta(hours=hours)).replace(microsecond=0)
        ports, keys = self.services.acts, self.services.register_keys
        self.attempt(lambda: close(ports, keys, SYSTEM, until, claims_at_once=portion), death)
        with self.world.begin(read_only=True) as work:
            assert work.subsidies.next_claims(until, 10) == []
            assert work.subsidies.find_open_closing() is None

    @rule(death=DEATHS)
    def month_passes(self, death: Death | None) -> None:
        local = self.clock.now.astimezone(PARIS)
        self.judge(death)
        over = (local.replace(day=1) + dt.timedelta(days=32)).replace(day=1, hour=3)
        self.clock.now = over.astimezone(dt.UTC)
        self.judge(None)
        self.grant(0, 3, death)

    @rule(hours=st.sampled_from((0, 1, 48)), death=DEATHS)
    def work(self, hours: int, death: Death | None) -> None:
        """A round of the worker."""
        self.complete_bookings(death)
        self.judge(death)
        self.grant(hours, 2, death)

    @rule(months=st.integers(0, 2), death=DEATHS)
    def pay(self, months: int, death: Death | None) -> None:
        day = self.clock.now.astimezone(PARIS).date().replace(day=1)
        for _ in range(months):
            day = (day - dt.timedelta(days=1)).replace(day=1)
        self.attempt(lambda: pay_out(self.services.payouts, SYSTEM, f"{day:%Y-%m}"), death)
        assert (
            again := self.attempt(lambda: pay_out(self.services.payouts, SYSTEM, f"{day:%Y-%m}"), None)
        ) is (None) or again.payout is None

    @rule(pick=PICK, death=DEATHS)
    def bank_returns(self, pick: int, death: Death | None) -> None:
        with self.world.begin(read_only=True) as work:
            payouts = [
                (entry.seq, line["driver"])
                for entry in work.register.list_entries(kinds=["payout"])
                for line in from_canonical(entry.body)["lines"]
            ]
        if payouts:
            seq, driver = payouts[pick % len(payouts)]
            self.attempt(lambda: return_payment(self.services.payouts, SYSTEM, seq, driver, "AC04"), death)

    @rule(driver=st.sampled_from(DRIVERS), iban=st.sampled_from(IBANS), death=DEATHS)
    def another_account(self, driver: str, iban: str, death: Death | None) -> None:
        if driver not in self.gone:
            caller = self.world.caller(driver)
            self.attempt(
                lambda: put_bank_account(self.services.accounts, caller, driver.title(), iban), death
            )

    # ── people and time ────────────────────────────────────────────────────────────────────────────────────

    @rule(pick=PICK, who=st.sampled_from((*DRIVERS, *RIDERS)), death=DEATHS)
    def forget(self, pick: int, who: str, death: Death | None) -> None:
        """Somebody asks to be erased; again: they are unknown."""
        if who in self.gone or pick % 3:
            return
        caller = self.world.caller(who)

        def erase() -> None:
            with self.world.begin(read_only=True) as work:
                if work.accounts.get_person(caller.person).is_erased:
                    return
            erase_person(self.services.accounts, caller, caller.person)

        self.attempt(erase, death)
        with self.world.begin(read_only=True) as work:
            if work.accounts.get_person(caller.person).is_erased:
                self.gone.add(who)

    @rule(hours=st.sampled_from((1, 3, 13, 24, 49, 200, 800, -2)))
    def wait(self, hours: int) -> None:
        """Time passes; or somebody sets the server's clock back."""
        self.clock.wait(hours=hours)

    # ── what is true ───────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def all_is_true(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.begin(read_only=True) as work:
            entries = list(work.register.list_entries())
            truths.check_register(work, entries)
            granted = truths.check_grants(work, entries)
            truths.check_drivers(work, entries)
            truths.check_claims(work, self.world.trips, granted)
            truths.check_seats(work)
            self.histories = truths.check_histories(work, self.world.trips, self.histories)
            truths.check_evidence(work, self.world, self.sent, self.gone)
            for trip, facts in self.facts.items():
                state = work.trips.find_trip(trip)
                assert state is not None
                assert _put_together(state) == facts


def _put_together(state: TripState) -> tuple[object, ...]:
    """What follows from evidence alone."""
    trip = None if state.trip is None else replace(state.trip, status=TripStatus.OPEN)
    return trip, state.missing, state.track_m, state.driver_id, state.line_id, state.ride_id


def test_everything_at_once() -> None:
    run_at_random(Everything, examples=6, steps=22)


def test_a_whole_story_is_in_reach() -> None:
    """The control: the steps of the machine do lead to trips that are proven, granted, paid, and taken back."""
    machine = Everything()
    machine.begin("spring", [("dora", (0, 3), False), ("dora", (3, 0), False)])
    try:
        machine.send_all(Death(7, "write"))
        machine.judge(Death(3, "write"))
        machine.month_passes(Death(2, "after commit"))
        machine.all_is_true()
        machine.pay(1, Death(1, "after commit"))
        machine.cancel(0, "olga", Death(4, "write"))
        machine.all_is_true()
        with machine.world.begin(read_only=True) as work:
            kinds = [entry.kind for entry in work.register.list_entries()]
        assert [kinds.count(kind) for kind in ("grant", "close", "payout", "withdrawal")] == [2, 1, 1, 1]
    finally:
        machine.teardown()


@pytest.mark.parametrize("guard", ["withdraw", "counters"])
def test_the_machine_notices(monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """The control: where a withdrawal reverses nothing, or counters are not written, what is true says so."""
    if guard == "withdraw":
        monkeypatch.setattr("mobility.acts.trips.settle.withdraw", lambda *_: None)
    else:
        monkeypatch.setattr("mobility.storage.subsidies.SqlSubsidies.write_counters", lambda *_: None)
    with pytest.raises(AssertionError):
        test_a_whole_story_is_in_reach()
