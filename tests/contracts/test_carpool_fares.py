"""What a passenger of a car paid, and what the grant of the proven trip makes of it: revenue of the Region, once. What
a pass covers, or a best fare gave back, is owed by nobody: the Region bears it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from carpool.booking import Ending
from carpool.booking_life import end
from mobility.accounts.caller import SYSTEM
from mobility.accounts.person import Person
from mobility.acts.grant_subsidy import close
from mobility.acts.sales.best_fare import settle_due
from mobility.acts.sales.close_day import close_days
from mobility.acts.sales.refund import refund_freely
from mobility.acts.sales.sales_tables import check_sales
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import OPERATOR, TARIFF_TEXT, Sales
from tests.contracts.trip_scene import DRIVER, scene_on
from ticketing.orders.order import Order
from ticketing.orders.refund_rules import RefundWish
from ticketing.tariff.read_tariff import read_tariff_text

WITH_CARS = TARIFF_TEXT.replace(
    "[[reductions]]",
    '[[networks]]\nid = "carpool"\nname_fr = "Covoiturage"\nname_en = "Carpool"\noperator = "cars"\n'
    'select = [{ mode = "carpool" }]\n[[reductions]]',
    1,
).replace('networks = ["rail"]\nperiod', 'networks = ["rail", "carpool"]\nperiod')
"""The tariff of the tests, whose month pass is good for seats in cars, too."""


class Region:
    """Sales, phones and closings on one database, with one clock."""

    def __init__(self, engine: Engine, begin: Begin, folder: Path, pass_cents: int) -> None:
        self.sales = Sales(begin)
        tariff = read_tariff_text(WITH_CARS.replace("cents = 6000", f"cents = {pass_cents}"))
        self.sales.ports = replace(self.sales.ports, tariffs=lambda work: (tariff,))
        self.trips = scene_on(engine, self.sales.clock)
        for name in ("dora", "theo"):
            self.trips.phone(name)
        with begin() as work:
            for name in ("dora", "theo"):
                work.accounts.put_person(Person(name, f"{name:0>32}", DRIVER, self.sales.clock.now))
            work.commit()
        self.keys = RegisterKeys(KeyFolder(folder))

    def ride(self) -> Order:
        """Theo books and pays a seat in Dora's car."""
        return self.sales.buy(self.sales.by_car(60))

    def drive(self, order: Order) -> None:
        """They drive, and their phones prove it."""
        ride_id = self.sales.booking(order.items[0]).ride_id
        trip = self.trips.drive(ride=ride_id)
        self.trips.send()
        self.trips.judge()
        assert self.trips.claimed() == [trip]

    def grant(self) -> None:
        """The first of April: March is closed."""
        self.sales.clock.now = max(self.sales.clock.now, APRIL)
        report = close(self.sales.acts, self.keys, SYSTEM, dt.datetime(2026, 3, 31, 22, tzinfo=dt.UTC))
        assert report.trips == 1

    def balances(self) -> dict[str, int]:
        """Of the ledger, once all days are closed; what the register and the book of sales say is checked from zero."""
        self.sales.clock.wait(days=1)
        close_days(self.sales.acts, SYSTEM)
        check_sales(self.sales.acts, SYSTEM)
        with self.sales.begin(read_only=True) as work:
            return {account: cents for account, cents in work.ledger.list_balances() if cents}


THEO = "passenger:" + f"{'theo':0>32}"
DORA = "driver:" + f"{'dora':0>32}"
APRIL = dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC)


@pytest.fixture
def region(engine: Engine, begin: Begin, tmp_path: Path) -> Region:
    return Region(engine, begin, tmp_path / "keys", pass_cents=1050)


def test_what_was_paid_is_revenue_once_the_trip_is_granted(region: Region) -> None:
    order = region.ride()
    region.drive(order)
    assert region.balances()[THEO] == -150
    region.grant()
    after = region.balances()
    assert THEO not in after, "nothing is owed twice"
    assert after["fares:carpool"] == -150
    assert after[DORA] < 0


def test_under_a_pass_nothing_is_owed_and_the_driver_gets_the_same(region: Region) -> None:
    region.sales.buy(products=("rail-month",))
    order = region.ride()
    assert (order.cents, region.sales.booking(order.items[0]).fare_cents) == (0, 0)
    region.drive(order)
    region.grant()
    after = region.balances()
    assert THEO not in after
    assert "fares:carpool" not in after
    assert after[DORA] == -subsidy_of_a_paid_seat()


@pytest.mark.parametrize("is_granted_first", [True, False], ids=["granted first", "settled first"])
def test_what_a_best_fare_gives_back_of_a_seat_the_region_bears(
    region: Region, is_granted_first: bool
) -> None:
    """A train and a seat for 11.50 € where the pass is 10.50 €, and then the seat alone: whichever comes first."""
    train = region.sales.buy(region.sales.journey(region.sales.train()))
    region.sales.clock.wait(minutes=1)
    order = region.ride()
    region.drive(order)
    if is_granted_first:
        region.grant()
    region.sales.clock.now = max(region.sales.clock.now, APRIL)
    assert settle_due(region.sales.ports) == 1
    assert region.sales.balances(order.id)["refund-due:till"] == -100, "the latest payment first"
    assert region.sales.balances(train.id).get("refund-due:till", 0) == 0
    if not is_granted_first:
        region.grant()
    after = region.balances()
    assert THEO not in after, "what the passenger owes is what was paid, and what the Region bears"
    assert after["fares:carpool"] == -50
    assert not any(ticket.revoked_s for ticket in region.sales.tickets(order.id))


def test_who_mostly_rides_in_cars_pays_no_more_than_the_pass(region: Region) -> None:
    """Ten seats cost 15 €, the pass 10.50 €: all of the difference comes off advances."""
    orders = [region.sales.buy(region.sales.by_car(60 + 90 * n)) for n in range(10)]
    region.sales.clock.now = APRIL
    assert settle_due(region.sales.ports) == 1
    back = [-region.sales.balances(one.id).get("refund-due:till", 0) for one in orders]
    assert sum(back) == 450
    after = region.balances()
    assert after[THEO] == -1500, "the fares of ten trips that are not proven yet"
    assert after["fares:carpool"] == 450


def test_a_seat_that_was_not_to_be_had_takes_what_the_region_bears_along(region: Region) -> None:
    """Settled, and then its driver turns out not to have come: all that was paid is back, and nobody bears anything."""
    orders = [
        region.ride(),
        *(region.sales.buy(region.sales.journey(region.sales.train(8 + n))) for n in range(2)),
    ]
    region.sales.clock.now = APRIL
    settle_due(region.sales.ports)
    booking = region.sales.booking(orders[0].items[0])
    with region.sales.begin() as work:
        ended = end(booking, Ending.DRIVER_NO_SHOW, region.sales.clock.now, "", False)
        work.rides.put_booking(ended)
        work.commit()
    refund_freely(region.sales.ports, OPERATOR, orders[0].id, RefundWish(), "the driver did not come")
    back = sum(-region.sales.balances(one.id).get("refund-due:till", 0) for one in orders)
    assert sum(one.cents for one in orders) - back == 1050, "two trains cost no more than the pass either"
    after = region.balances()
    assert THEO not in after
    assert "fares:carpool" not in after


def subsidy_of_a_paid_seat() -> int:
    """30 km at 10 cents, by docs and policy: what a passenger pays is none of the driver's."""
    return 300
