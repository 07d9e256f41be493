"""The national register is told each journey exactly once, whatever it and we go through; nothing it said is lost."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Engine

from mobility.accounts.caller import Role
from mobility.accounts.person import Person
from mobility.accounts.vault import Vault
from mobility.acts.national_register import tell
from mobility.acts.national_register.data import NationalRegisterData
from mobility.acts.national_register.journey import Journey
from mobility.acts.national_register.ports import Answer, State
from mobility.acts.national_register.tell import (
    NationalPorts,
    follow_trip,
    send_again,
    tell_one,
    tell_register,
)
from mobility.acts.ports import UnitOfWork
from mobility.outside.national_register import HttpRegisterClient
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.conftest import NOW
from tests.mobility.national_register.fake_national_register import (
    ACCESS_KEY,
    SECRET_KEY,
    FakeRegister,
    Misbehaviour,
    run_register,
)

SIRET = "20005372600010"
HOURS = dt.timedelta(hours=1)


def _person(number: int, name: str) -> Person:
    return Person(
        id=f"{number:032x}",
        pseudonym=f"{number + 1000:032x}",
        roles=frozenset((Role.TRAVELLER,)),
        created_at=NOW,
        family_name=name,
        phone=f"+3360{number}020304",
        birth_date=dt.date(1990, 1, 1),
    )


DORA, THEO, LEA = _person(1, "D'Hérûg-de-l'Hérault"), _person(2, "Tô"), _person(3, "Œdipe")


def _journey(identifier: str, passenger: Person = THEO, cents: int = 330, **more: Any) -> Journey:
    made = Journey(
        id=identifier,
        trip_id="a" * 32,
        evidence_class="C",
        started_at=NOW - 3 * HOURS,
        start=(47.2, 6.0),
        ended_at=NOW - 2 * HOURS,
        end=(47.3, 6.2),
        distance_m=33_000,
        driver_id=DORA.id,
        passenger_id=passenger.id,
        driver=DORA,
        passenger=passenger,
        contribution_cents=150,
        incentive_cents=cents,
        is_granted=False,
    )
    return replace(made, **more)


@dataclass
class Desk:
    """Us, with trips that tests put there, a clock that they move, and a register that they spoil."""

    ports: NationalPorts
    register: FakeRegister
    trips: dict[str, list[Journey]]
    clock: list[dt.datetime]

    @property
    def begin(self) -> Callable[..., Any]:
        return self.ports.unit_of_work

    def wait(self, **duration: float) -> None:
        self.clock[0] += dt.timedelta(**duration)

    def put(self, *journeys: Journey, trip_id: str = "a" * 32) -> None:
        """What a trip's journeys are from now on; the worker is told."""
        self.trips[trip_id] = [replace(one, trip_id=trip_id) for one in journeys]
        follow_trip(self.ports, trip_id)

    def run(self, rounds: int = 12, hours: float = 7.0) -> None:
        """Work until nothing is due within a few days."""
        for _ in range(rounds):
            tell_register(self.ports)
            self.wait(hours=hours)

    def state(self, journey_id: str) -> tuple[State, str]:
        with self.begin(read_only=True) as work:
            found = work.national_journeys.find(journey_id)
        assert found is not None
        return found.state, found.status

    def statuses(self, journey_id: str) -> list[str]:
        with self.begin(read_only=True) as work:
            return [seen.status for seen in work.national_journeys.list_statuses(journey_id)]


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with run_register() as register:
        trips: dict[str, list[Journey]] = {}
        clock = [NOW]
        client = HttpRegisterClient(register.address, ACCESS_KEY, SECRET_KEY, timeout_s=20)

        def read(work: UnitOfWork, trip_id: str) -> list[Journey]:
            return trips.get(trip_id, [])

        ports = NationalPorts(units_of_work(engine, Vault(b"k" * 32)), lambda: clock[0], read, SIRET, client)
        yield Desk(ports, register, trips, clock)
        client.close()


def test_a_trip_is_told_looked_after_and_let_go(desk: Desk) -> None:
    desk.register.scripts["j1"] = deque([{"status": "pending"}, {"status": "ok"}])
    desk.put(_journey("j1"), _journey("j2", LEA, 140))
    assert tell_register(desk.ports) == 2
    assert desk.register.accepted == ["j1", "j2"]
    sent = desk.register.journeys["j1"]
    assert sent["incentives"] == [{"index": 0, "amount": 330, "siret": SIRET}]
    assert (sent["driver"]["revenue"], sent["passenger"]["contribution"]) == (330, 150)
    assert desk.state("j1") == (State.REGISTERED, "pending")
    desk.run()
    assert desk.state("j1") == (State.REGISTERED, "ok")
    assert desk.statuses("j1") == ["pending", "ok"]
    with desk.begin(read_only=True) as work:
        found = work.national_journeys.find("j1")
        exchanges = work.national_journeys.list_exchanges("j1")
    assert found.national_id == "rpc-j1"
    assert exchanges[0].request == json.dumps(json.loads(exchanges[0].request))
    assert json.loads(exchanges[0].request)["operator_journey_id"] == "j1"
    assert exchanges[0].answer_status == 201
    assert json.loads(exchanges[0].answer)["result"]["data"]["operator_journey_id"] == "j1"


def test_told_twice_is_told_once(desk: Desk) -> None:
    desk.put(_journey("j1"))
    follow_trip(desk.ports, "a" * 32)
    desk.run(3)
    follow_trip(desk.ports, "a" * 32)
    desk.run(3)
    assert desk.register.accepted == ["j1"]
    assert desk.register.updates == {}


def test_what_is_granted_is_told_by_an_update(desk: Desk) -> None:
    desk.register.scripts["j1"] = deque([{"status": "ok"}])
    desk.put(_journey("j1", cents=330))
    desk.run(2)
    desk.trips["a" * 32] = [
        _journey("j1", cents=300, is_granted=True)
    ]  # a closing tells nobody: we look again
    desk.run()
    assert [one["incentives"][0]["amount"] for one in desk.register.updates["j1"]] == [300]
    assert desk.register.accepted == ["j1"]
    with desk.begin(read_only=True) as work:
        found = work.national_journeys.find("j1")
    assert (found.is_granted, found.due_at) == (True, None)


def test_fraud_that_is_found_later_is_seen(desk: Desk) -> None:
    labels = [{"label": "interoperator_overlap"}]
    desk.register.scripts["j1"] = deque(
        [{"status": "ok"}, {"status": "fraud_error", "fraud_error_labels": labels}]
    )
    desk.put(_journey("j1", is_granted=True))
    desk.run()
    assert desk.statuses("j1") == ["pending", "ok", "fraud_error"]
    with desk.begin(read_only=True) as work:
        last = work.national_journeys.list_statuses("j1")[-1]
        found = work.national_journeys.find("j1")
    assert last.details == {"fraud_error_labels": labels}
    assert last.at - _journey("j1").ended_at >= 48 * HOURS
    assert found.due_at is None


def test_a_violation_of_terms_is_kept_and_nothing_is_sent_again_by_itself(desk: Desk) -> None:
    desk.put(_journey("j1", distance_m=1500))
    desk.run(5)
    assert desk.state("j1") == (State.REFUSED, "terms_violation_error")
    assert desk.register.requests.count(("POST", "/journeys")) == 1
    with desk.begin(read_only=True) as work:
        (seen,) = work.national_journeys.list_statuses("j1")
    assert seen.details == {"terms_violation_details": ["distance_too_short"]}
    desk.trips["a" * 32] = [_journey("j1", distance_m=2500)]
    assert send_again(desk.ports, "j1")
    desk.run(2)
    assert desk.state("j1")[0] is State.REGISTERED
    assert desk.statuses("j1") == ["terms_violation_error", "pending"]
    assert not send_again(desk.ports, "nobody's")


def test_what_lacks_a_phone_is_not_sent_and_says_so(desk: Desk) -> None:
    desk.put(_journey("j1", passenger=replace(THEO, phone="")), _journey("j2", driver=None))
    desk.run(2)
    assert desk.register.requests == []
    with desk.begin(read_only=True) as work:
        errors = [one.error for one in work.national_journeys.list_of_trip("a" * 32)]
    assert errors[0] == "passenger: no phone number is known"
    assert errors[1].startswith("driver: nobody with an account here")


def test_cancelled_before_it_is_sent_it_never_is(desk: Desk) -> None:
    desk.put(_journey("j1"))
    desk.put()
    desk.run(3)
    assert desk.register.requests == []
    assert desk.state("j1") == (State.CANCELLED, "")
    desk.put(_journey("j1"))
    desk.run(2)
    assert desk.register.accepted == ["j1"]


def test_cancelled_after_it_is_sent_it_is_cancelled_there(desk: Desk) -> None:
    desk.put(_journey("j1"), _journey("j2", LEA))
    desk.run(1)
    desk.put(_journey("j2", LEA))
    desk.run()
    assert desk.register.cancelled == {"j1"}
    assert desk.state("j1") == (State.CANCELLED, "canceled")
    assert desk.statuses("j1") == ["pending", "canceled"]
    assert desk.state("j2")[0] is State.REGISTERED


def test_cancelled_while_nobody_knows_whether_it_arrived(desk: Desk) -> None:
    desk.register.plan.append(Misbehaviour.DONE_AND_DROPPED)
    desk.put(_journey("j1"))
    tell_register(desk.ports)
    assert desk.state("j1")[0] is State.UNCERTAIN
    desk.put()
    desk.run()
    assert desk.register.cancelled == {"j1"}
    assert desk.state("j1")[0] is State.CANCELLED


def test_cancelled_when_it_never_arrived(desk: Desk) -> None:
    desk.register.plan.append(Misbehaviour.DROPPED)
    desk.put(_journey("j1"))
    tell_register(desk.ports)
    desk.put()
    desk.run()
    assert desk.register.accepted == []
    assert desk.state("j1")[0] is State.CANCELLED


def test_proven_after_all_it_is_told_under_another_identifier(desk: Desk) -> None:
    desk.put(_journey("j1"))
    desk.run(1)
    desk.put()
    desk.run(3)
    desk.put(_journey("j1"))
    desk.run(3)
    assert desk.register.accepted == ["j1", "j1n2"]
    assert desk.register.cancelled == {"j1"}
    assert desk.state("j1n2")[0] is State.REGISTERED


def test_a_look_that_comes_back_late_does_not_undo_a_cancelling(desk: Desk) -> None:
    """The answer of a status poll arrives after the journey was given up."""
    desk.register.scripts["j1"] = deque([{"status": "ok"}])
    desk.put(_journey("j1"))
    desk.run(1)

    class Late:
        def send(self, method: str, path: str, body: str = "") -> Answer:
            assert desk.ports.client is not None
            answer = desk.ports.client.send(method, path, body)
            if method == "GET":
                desk.trips["a" * 32] = []
                follow_trip(desk.ports, "a" * 32)
            return answer

    desk.wait(hours=2)
    tell_one(replace(desk.ports, client=Late()), "j1")
    desk.run(3)
    assert desk.register.cancelled == {"j1"}
    assert desk.state("j1") == (State.CANCELLED, "canceled")
    assert desk.statuses("j1") == ["pending", "ok", "canceled"]


def test_a_token_that_expires_is_renewed(desk: Desk) -> None:
    desk.put(_journey("j1"))
    tell_register(desk.ports)
    desk.register.tokens.clear()
    desk.put(_journey("j1"), _journey("j2", LEA))
    tell_register(desk.ports)
    assert desk.register.accepted == ["j1", "j2"]
    assert desk.register.tokens_given == 2


def test_wrong_keys_are_told_and_nothing_is_lost(desk: Desk) -> None:
    wrong = HttpRegisterClient(desk.register.address, ACCESS_KEY, "wrong", timeout_s=20)
    desk.put(_journey("j1"))
    tell_register(replace(desk.ports, client=wrong))
    wrong.close()
    with desk.begin(read_only=True) as work:
        found = work.national_journeys.find("j1")
    assert found.error.startswith("401")
    desk.run(2)
    assert desk.register.accepted == ["j1"]


def test_it_is_asked_less_and_less_often_while_it_is_away(desk: Desk) -> None:
    desk.register.plan.extend([Misbehaviour.FAILED] * 6)
    desk.put(_journey("j1"))
    waits = []
    for _ in range(6):
        tell_register(desk.ports)
        with desk.begin(read_only=True) as work:
            found = work.national_journeys.find("j1")
        waits.append((found.due_at - desk.clock[0]).total_seconds())
        desk.clock[0] = found.due_at
    assert waits == [30, 60, 120, 240, 480, 960]
    tell_register(desk.ports)
    assert desk.register.accepted == ["j1"]


def test_a_register_that_is_away_ends_the_run(desk: Desk) -> None:
    desk.put(*(_journey(f"j{number}") for number in range(9)))
    desk.register.plan.extend([Misbehaviour.DROPPED] * 9)
    assert tell_register(desk.ports) == tell.UNREACHABLE_MAX


class Killed(BaseException):
    """What a process does not catch."""


@pytest.mark.parametrize("is_sent", [False, True], ids=["before it left", "before it was recorded"])
def test_killed_between_sending_and_recording(desk: Desk, is_sent: bool) -> None:
    class Killing:
        def send(self, method: str, path: str, body: str = "") -> Answer:
            assert desk.ports.client is not None
            if is_sent:
                desk.ports.client.send(method, path, body)
            raise Killed

    desk.put(_journey("j1"))
    with pytest.raises(Killed):
        tell_one(replace(desk.ports, client=Killing()), "j1")
    assert desk.state("j1") == (State.UNCERTAIN, "")
    desk.run(2)
    assert desk.register.accepted == ["j1"]
    assert desk.state("j1")[0] is State.REGISTERED
    with desk.begin(read_only=True) as work:
        exchanges = work.national_journeys.list_exchanges("j1")
    assert exchanges[0].answer_status is None
    assert exchanges[1].answer_status == (409 if is_sent else 201)


@pytest.mark.parametrize("seed", [2, 4])
def test_under_all_misbehaviour_each_journey_is_there_once(desk: Desk, seed: int) -> None:
    """Random trips, changes, cancellations and kills, while two requests of three go wrong."""
    chance = random.Random(seed)
    desk.register.slow_s = 0.25
    hasty = HttpRegisterClient(desk.register.address, ACCESS_KEY, SECRET_KEY, timeout_s=0.15)
    kinds = [*Misbehaviour, *[None] * (len(Misbehaviour) // 2)]
    for number in range(6):
        script = [{"status": "pending"}, {"status": chance.choice(["ok", "anomaly_error"])}]
        desk.register.scripts[f"j{number}"] = deque(script)
        desk.put(_journey(f"j{number}", cents=chance.randrange(500)), trip_id=f"trip-{number}")
    for _ in range(30):
        desk.register.plan = deque(chance.choices(kinds, k=3))
        if chance.random() < 0.3:
            number = chance.randrange(6)
            cents = chance.randrange(500)
            desk.put(_journey(f"j{number}", cents=cents, is_granted=True), trip_id=f"trip-{number}")
        if chance.random() < 0.1:
            desk.put(trip_id=f"trip-{chance.randrange(2)}")
        with desk.begin(read_only=True) as work:
            due = work.national_journeys.list_due(desk.clock[0], 2)
        for journey_id in due:
            tell_one(replace(desk.ports, client=hasty), journey_id)
        desk.wait(hours=chance.choice([0.01, 1.0, 6.5]))
    hasty.close()
    desk.register.plan.clear()
    desk.run(16)
    assert len(set(desk.register.accepted)) == len(desk.register.accepted)
    with desk.begin(read_only=True) as work:
        for trip_id, journeys in desk.trips.items():
            told = work.national_journeys.list_of_trip(trip_id)
            live = [one for one in told if one.state is State.REGISTERED]
            assert len(live) == len(journeys), told
            for one, journey in zip(live, journeys, strict=True):
                there = desk.register.journeys[one.id]
                assert sum(part["amount"] for part in there["incentives"]) == journey.incentive_cents
                statuses = [seen.status for seen in work.national_journeys.list_statuses(one.id)]
                assert statuses[0] == "pending"
                assert statuses[-1] == one.status == desk.register.status(one.id)[1]["status"]
                assert not any(first == second for first, second in itertools.pairwise(statuses))
    there = set(desk.register.accepted) - desk.register.cancelled
    assert len(there) == sum(len(journeys) for journeys in desk.trips.values())


def test_erased_people_are_in_nothing_that_was_sent(desk: Desk) -> None:
    desk.put(_journey("j1"), _journey("j2", LEA))
    desk.run(1)
    key = desk.register.journeys["j1"]["passenger"]["identity"]["identity_key"]
    with desk.begin() as work:
        NationalRegisterData().erase(work, THEO.id, desk.clock[0])
        work.commit()
    with desk.begin(read_only=True) as work:
        requests = [one.request for one in work.national_journeys.list_exchanges("j1")]
        other = [one.request for one in work.national_journeys.list_exchanges("j2")]
        found = work.national_journeys.find("j1")
    assert not any(key in request or THEO.phone[:-2] in request for request in requests)
    assert json.loads(requests[0])["driver"]["identity"]["phone_trunc"] == DORA.phone[:-2]
    assert json.loads(other[0])["passenger"]["identity"]["phone_trunc"] == LEA.phone[:-2]
    assert (found.driver_id, found.passenger_id) == (DORA.id, "")
    desk.trips["a" * 32] = [replace(_journey("j1"), passenger=None), _journey("j2", LEA)]
    desk.run(3)
    assert desk.state("j1")[0] is State.REGISTERED, "what is there stays"


def test_what_was_sent_is_sealed_at_rest(desk: Desk, engine: Engine) -> None:
    desk.put(_journey("j1"))
    desk.run(1)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT request FROM national_exchange").fetchall()
    assert rows
    assert not any(b"identity" in bytes(row[0]) for row in rows)


def test_off_nothing_happens(engine: Engine) -> None:
    begin: Callable[..., SqlUnitOfWork] = units_of_work(engine)
    ports = NationalPorts(begin, lambda: NOW, lambda work, trip_id: [], SIRET)
    assert tell_register(ports) == 0
