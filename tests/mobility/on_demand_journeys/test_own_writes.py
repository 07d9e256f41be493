"""What a process books, its planner knows at once. Here nobody looks whether something has changed, unless told to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.ports import UnitOfWork
from mobility.bootstrap import Services, build_services
from mobility.jobs.watch_on_demand import OnDemandWatch
from mobility.journeys.plan import plan
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.question import Question
from mobility.settings import Settings
from on_demand.booking import Party
from on_demand.calendar import Calendar
from on_demand.tour import VehicleDay
from tests.mobility.on_demand_journeys.conftest import DAY, Ask, Fleet
from tests.mobility.on_demand_journeys.on_demand_region import (
    FARM,
    VILLAGE,
    make_service,
    make_shift,
    make_vehicle,
    paris,
    write_feed,
)

NOW_S = paris(DAY, "04:00")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The region with its service, whose one vehicle drives on one morning. It watches nothing: it was not started."""
    folder = tmp_path_factory.mktemp("own-writes")
    settings = Settings(data_dir=folder / "data", log_level="error", warm_up_days=1, worker="separate")
    with build_services(settings, lambda: dt.datetime.fromtimestamp(NOW_S, dt.UTC)) as services:
        import_feed(services.feeds, FeedSource(str(write_feed(folder / "r.zip")), feed_id="r"))
        with services.unit_of_work() as work:
            work.on_demand.put_service(make_service())
            work.on_demand.put_vehicle(make_vehicle())
            only_day = Calendar("jour", frozenset(range(7)), DAY, DAY)
            shift = make_shift("bus-1", 5 * 3600, 11 * 3600)
            work.on_demand.put_shift(replace(shift, calendar=only_day))
            work.commit()
        services.watch.look()
        yield services


def list_rides(services: Services) -> list[dict[str, Any]]:
    """What is shown now, of rides all the way for four at ten."""
    question = Question(VILLAGE, FARM, paris(DAY, "10:00"), party=Party(4), booked_s=NOW_S)
    shown = plan(services.current(), question)["direct"]
    return [leg["booking"] for one in shown for leg in one["legs"] if "booking" in leg]


def test_what_was_booked_is_not_shown_again_and_what_was_given_back_is(built: Services) -> None:
    traveller = frozenset((Role.TRAVELLER,))
    person = add_person(built.accounts, SYSTEM, Details("vera@example.org"), traveller)
    vera = Caller(person.id, traveller)
    (first,) = list_rides(built)
    (ride,) = hold(built.on_demand, vera, HoldWish((first["quote"],)))
    others = list_rides(built)
    assert first["pickupFrom"] not in [one["pickupFrom"] for one in others]
    for one in others:
        assert hold(built.on_demand, vera, HoldWish((one["quote"],))), "what is shown is there"
    cancel(built.on_demand, vera, ride.id)
    assert [one["pickupFrom"] for one in list_rides(built)] == [first["pickupFrom"]]


def test_what_is_booked_while_tours_are_read_is_not_lost(fleet: Fleet, ask: Ask) -> None:
    """The read began before it was committed, and knows nothing of it."""
    (shown,) = ask(VILLAGE, FARM, "10:00")["direct"]
    begin, booked = fleet.services.unit_of_work, list[VehicleDay]()

    def list_tours() -> list[VehicleDay]:
        with begin(read_only=True) as work:
            return work.on_demand.list_days(DAY)

    def begin_and_book(*, read_only: bool = False) -> UnitOfWork:
        work = begin(read_only=read_only)
        list_rules = work.on_demand.list_rules

        def book_then_list() -> Any:
            if not booked:
                fleet.book(shown["legs"][0]["booking"]["quote"])
                booked.extend(list_tours())
                watch.hear(booked)
            return list_rules()

        work.on_demand.list_rules = book_then_list  # type: ignore[method-assign]
        return work

    def list_versions() -> list[int]:
        return [tour.version for tour in watch.known.tours[DAY]]

    watch = OnDemandWatch(begin_and_book, fleet.now, is_holiday, lambda _: "")
    watch.known = fleet.watch.known
    watch.look(0.0)
    assert list_versions() == [1]
    with begin() as work:
        assert work.on_demand.swap_day(replace(booked[0], version=2))
        work.commit()
    assert list_versions() == [1], "what others do is known when it is looked for"
    watch.look(1.0)
    assert list_versions() == [2]
