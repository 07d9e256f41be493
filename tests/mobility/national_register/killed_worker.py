"""Workers that tell a register of some journeys, as processes of their own: to be killed. Run by test_killed_worker.py.

Arguments: the database's address, the register's. A line on stdin: one more worker; its process id on stdout.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys

from mobility.accounts.caller import Role
from mobility.accounts.person import Person
from mobility.accounts.vault import Vault
from mobility.acts.national_register.journey import Journey
from mobility.acts.national_register.tell import NationalPorts, tell_register
from mobility.jobs.schedule import Job
from mobility.jobs.worker import Worker
from mobility.outside.national_register import HttpRegisterClient
from mobility.storage.database import open_database
from mobility.storage.unit_of_work import units_of_work
from tests.mobility.national_register.fake_national_register import ACCESS_KEY, SECRET_KEY

AT = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
SOMEBODY = Person(
    "1" * 32, "2" * 32, frozenset((Role.DRIVER,)), AT, family_name="Durand", phone="+33612345678"
)
JOURNEYS = [
    Journey(
        id=f"j{number}",
        trip_id="a" * 32,
        evidence_class="C",
        started_at=AT,
        start=(47.2, 6.0),
        ended_at=AT,
        end=(47.3, 6.2),
        distance_m=33_000,
        driver_id="d",
        passenger_id="p",
        driver=SOMEBODY,
        passenger=SOMEBODY,
        contribution_cents=150,
        incentive_cents=330,
        is_granted=True,
    )
    for number in range(5)
]


def open_ports(database: str, register: str) -> NationalPorts:
    """What telling needs, on a database and a register."""
    begin = units_of_work(open_database(database), Vault(b"k" * 32))
    client = HttpRegisterClient(register, ACCESS_KEY, SECRET_KEY, timeout_s=10)
    return NationalPorts(
        begin, lambda: dt.datetime.now(dt.UTC), lambda work, trip: JOURNEYS, "0" * 14, client
    )


def work(database: str, register: str) -> None:
    """Work until killed."""
    ports = open_ports(database, register)
    jobs = [Job("tell", 0.1, lambda: tell_register(ports))]
    Worker(ports.unit_of_work, [], jobs, ports.now, lease_s=0.5).start()
    signal.pause()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in (
        sys.stdin
    ):  # a worker for each line; forked, since starting Python takes longer than what it is to do
        child = os.fork()
        if child == 0:
            work(*sys.argv[1:])
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
