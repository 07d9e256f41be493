"""From phones to the national register: what is told of a trip is what was proven, estimated, granted, cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from carpool.trip import TripStatus
from mobility.accounts.caller import SYSTEM
from mobility.acts.grant_subsidy import close
from mobility.acts.national_register.ports import State
from mobility.acts.national_register.read import read_journeys
from mobility.acts.national_register.tell import NationalPorts, follow_proven, tell_register
from mobility.acts.ports import ActPorts
from mobility.acts.trips.decide import cancel_trip
from mobility.acts.trips.facts import facts_of
from mobility.bootstrap import _handlers
from mobility.jobs.schedule import Job
from mobility.jobs.worker import Worker
from mobility.outside.national_register import HttpRegisterClient
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from tests.contracts.carpool_line import LINE, OPERATOR, STOPS
from tests.contracts.trip_scene import Scene, scene_on
from tests.mobility.national_register.fake_national_register import (
    ACCESS_KEY,
    SECRET_KEY,
    FakeRegister,
    run_register,
)

SIRET = "20005372600010"


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """Dora, Theo and Lea have phones whose numbers we know."""
    made = scene_on(engine)
    for number, name in enumerate(("dora", "theo", "lea"), start=1):
        made.phone(name)
        with made.begin() as work:
            person = replace(work.accounts.get_person(name), family_name=name, phone=f"+3360{number}020304")
            work.accounts.put_person(person)
            work.commit()
    return made


@pytest.fixture
def register() -> Iterator[FakeRegister]:
    with run_register() as running:
        yield running


@pytest.fixture
def national(scene: Scene, register: FakeRegister) -> Iterator[NationalPorts]:
    client = HttpRegisterClient(register.address, ACCESS_KEY, SECRET_KEY, timeout_s=5)
    yield NationalPorts(scene.begin, scene.clock, read_journeys, SIRET, client)
    client.close()


def _worker(scene: Scene, national: NationalPorts) -> Worker:
    jobs = [Job("tell", 1.0, lambda: tell_register(national))]
    return Worker(scene.begin, _handlers(national), jobs, scene.clock)


def _work(scene: Scene, worker: Worker, hours: float = 0.0, rounds: int = 2) -> None:
    for _ in range(rounds):
        scene.clock.wait(hours=hours, seconds=2)
        worker.run_once()


def test_a_trip_from_phones_to_the_register(
    scene: Scene, national: NationalPorts, register: FakeRegister, tmp_path: Path
) -> None:
    trip = scene.drive(riders=("theo", "lea"))
    scene.send()
    scene.judge()
    worker = _worker(scene, national)
    _work(scene, worker)
    with scene.begin(read_only=True) as work:
        state = work.trips.find_trip(trip)
        assert state is not None
        assert state.trip is not None
        assert state.status is TripStatus.PROVEN
        facts = facts_of(work, state.trip)
    assert sorted(register.journeys) == [one.journey_id for one in facts.passengers]
    bodies = list(register.journeys.values())
    amounts = [sum(one["amount"] for one in body["incentives"]) for body in bodies]
    metres = LINE.between("alba", "dole")[0]
    assert sum(amounts) == metres * 10 // 1000 + 100, (
        "0.10 € a kilometre, once, and 1 € for the second passenger"
    )
    for body in bodies:
        assert body["operator_trip_id"] == trip
        assert body["operator_class"] == "C"
        assert body["distance"] == metres
        assert (body["start"]["lat"], body["end"]["lon"]) == (STOPS[0].lat, STOPS[3].lon)
        assert body["passenger"]["contribution"] == 150
        assert body["driver"]["identity"]["operator_user_id"] == facts.driver
    acts = ActPorts(scene.begin, scene.clock, lambda: "0" * 32)
    scene.clock.wait(hours=49)
    close(acts, RegisterKeys(KeyFolder(tmp_path)), SYSTEM, scene.clock.now)
    _work(scene, worker, hours=25)
    with scene.begin(read_only=True) as work:
        assert all(one.is_granted for one in work.national_journeys.list_of_trip(trip))
    assert register.updates == {}, "the estimate was what was granted"
    cancel_trip(scene.ports, OPERATOR, trip, "the vehicle was a coach")
    _work(scene, worker)
    assert register.cancelled == set(register.journeys)
    with scene.begin(read_only=True) as work:
        assert {one.state for one in work.national_journeys.list_of_trip(trip)} == {State.CANCELLED}


def test_what_was_proven_while_nothing_was_sent_is_followed_later(
    scene: Scene, national: NationalPorts, register: FakeRegister
) -> None:
    scene.drive()
    scene.send()
    scene.judge()
    _work(scene, _worker(scene, replace(national, client=None)))
    assert register.requests == []
    today = scene.clock.now.date()
    assert follow_proven(national, today + dt.timedelta(days=1)) == 0
    assert follow_proven(national, today) == 1
    _work(scene, _worker(scene, national))
    assert len(register.accepted) == 1
