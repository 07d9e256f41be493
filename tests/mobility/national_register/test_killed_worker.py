"""Workers killed (SIGKILL) one after the other while they tell the register: each journey is there once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mobility.acts.national_register.ports import State
from mobility.acts.national_register.tell import NationalPorts, follow_trip
from mobility.storage import migrations
from mobility.storage.database import open_database
from tests.mobility.national_register import killed_worker
from tests.mobility.national_register.fake_national_register import Misbehaviour, run_register

ROOT, MODULE = Path(__file__).parents[3], "tests.mobility.national_register.killed_worker"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'killed.sqlite'}"
    engine = open_database(database)
    migrations.upgrade(engine)
    chance, kills = random.Random(3), 0
    with run_register() as register:
        register.slow_s = 60.0
        ports = killed_worker.open_ports(database, register.address)
        follow_trip(ports, "a" * 32)
        until = time.monotonic() + 300
        command = [sys.executable, "-m", MODULE, database, register.address]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as starter:
            assert starter.stdin is not None
            assert starter.stdout is not None
            while _count_told(ports) < len(killed_worker.JOURNEYS):
                register.plan.clear()
                is_held = kills % 2 == 0
                if is_held:  # the register has it, and does not say so before the worker is killed
                    register.plan.extend([Misbehaviour.SLOW] * 100)
                heard, told = len(register.requests), _count_told(ports)
                starter.stdin.write("\n")
                starter.stdin.flush()
                worker = int(starter.stdout.readline())
                while (len(register.requests) == heard) if is_held else (_count_told(ports) == told):
                    assert time.monotonic() < until, "it never ends"
                    time.sleep(0.01)
                time.sleep(0.0 if is_held else chance.uniform(0.0, 0.1))
                os.kill(worker, signal.SIGKILL)
                kills += 1
            starter.stdin.close()
        assert sorted(register.accepted) == sorted(journey.id for journey in killed_worker.JOURNEYS)
        assert kills > 1
        again = register.requests.count(("POST", "/journeys")) - len(register.accepted)
        assert again > 0, "no kill hit between sending and recording: the test shows nothing"
    engine.dispose()


def _count_told(ports: NationalPorts) -> int:
    with ports.unit_of_work(read_only=True) as work:
        states = [one.state for one in work.national_journeys.list_of_trip("a" * 32)]
    return states.count(State.REGISTERED)
