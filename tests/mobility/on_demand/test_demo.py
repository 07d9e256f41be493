"""The demo's services are put in place and booked, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mobility.accounts.caller import Caller, Role
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.demo_people import seed_demo_people
from mobility.acts.on_demand.vehicle_days import list_vehicle_days
from mobility.acts.ports import no_progress
from mobility.bootstrap import Services, build_services
from mobility.cli.on_demand_demo import DRIVEN, book_rides, load_on_demand
from mobility.demo.on_demand_days import list_days
from mobility.settings import Settings
from on_demand.schedule import check

SATURDAY = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder: Path = tmp_path_factory.mktemp("demo")
    settings = Settings(data_dir=folder, log_level="error", worker="separate")
    with build_services(settings, now=lambda: SATURDAY) as built:
        built.accounts = replace(built.accounts, passwords=Passwords(1, 1024, 1))
        yield built


def test_tours_are_alive_and_a_second_start_changes_nothing(services: Services) -> None:
    people, _ = seed_demo_people(services.accounts)
    driver, agent = (
        next(Caller(one.id, frozenset(one.roles)) for one in people if role in one.roles)
        for role in (Role.VEHICLE_DRIVER, Role.AGENT)
    )
    load_on_demand(services, SATURDAY, driver.person)
    booked = book_rides(services, SATURDAY, agent, no_progress)
    assert booked > 30
    with services.unit_of_work(read_only=True) as work:
        stamp = work.on_demand.stamp()
        assert [service.id for service in work.on_demand.list_services()] == ["haut-doubs", "tadou"]
        assert {shift.driver for shift in work.on_demand.list_shifts(DRIVEN)} == {driver.person}
        days = list_days(SATURDAY.date())
        assert days == [dt.date(2026, 11, day) for day in (21, 22, 23)]
        on = {day: list_vehicle_days(work, "", day, services.on_demand.is_holiday) for day in days}
        assert on[days[1]] == [], "a Sunday"
        for day in (days[0], days[2]):
            assert sum(len(tour.requests) for tour in on[day]) > 5
            assert [check(tour) for tour in on[day]] == [None] * len(on[day])
    load_on_demand(services, SATURDAY, driver.person)
    assert book_rides(services, SATURDAY, agent, no_progress) == 0
    with services.unit_of_work(read_only=True) as work:
        assert work.on_demand.stamp() == stamp
