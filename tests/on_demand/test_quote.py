"""Quotes: what is promised, and what it costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.signed import read, sign
from on_demand.area import Point
from on_demand.booking import Connection, ConnectionKind, Party, Place
from on_demand.promise import duration_s, make_request, within
from on_demand.quote import Quote, price_cents
from on_demand.service import Fare, FlexTrip, Promise, Service
from on_demand.service_windows import TravelWindow

KEY = b"k" * 32
HERE, THERE = Place("Ici, 1 rue de l'Été", Point(47.1, 6.1)), Place("Gare", Point(47.2, 6.2), "rail:1")
SERVICE = Service("s", "S", promise=Promise(), fare=Fare(300, 150, 100))
QUOTE = Quote(
    "s",
    Party(2, 1, 1, 1),
    HERE,
    THERE,
    *(1_800_000_000, 1_800_000_600, 1_800_000_000, 1_800_003_000, 1800, 1200, 300, 300),
    fare_cents=1150,
    shift_id="shift",
    day=dt.date(2027, 1, 15),
    version=3,
    pickup_s=1_800_000_100,
    drop_s=1_800_001_900,
    expires_s=1_799_990_000,
    connection=Connection(ConnectionKind.ONTO, "trip", "rail:1", 1_800_003_600, 1_800_003_600),
)


def test_a_quote_comes_back_as_it_was() -> None:
    token = sign(QUOTE, KEY)
    assert read(Quote, token, KEY) == QUOTE
    assert len(token) < 700
    assert QUOTE.request("r").seats == 4


def test_what_a_party_pays() -> None:
    assert price_cents(SERVICE, Party()) == 300
    assert (
        price_cents(SERVICE, Party(adults=1, children=2, wheelchairs=1, companions=1))
        == 300 + 300 + 300 + 100
    )
    assert price_cents(replace(SERVICE, fare=None), Party()) is None
    assert price_cents(replace(SERVICE, fare=Fare(0, 0)), Party()) == 0


@given(st.integers(0, 7200), st.integers(0, 2), st.integers(1_000_000, 2_000_000))
def test_who_is_promised_to_arrive_is_promised_to_leave_so_much_before(
    direct_s: int, wheelchairs: int, arrive_s: int
) -> None:
    party = Party(wheelchairs=wheelchairs)
    all_s = duration_s(SERVICE.promise, party, direct_s)
    by = make_request(SERVICE, HERE, THERE, party, direct_s, arrive_s=arrive_s)
    assert by == make_request(SERVICE, HERE, THERE, party, direct_s, leave_s=arrive_s - all_s)
    assert by.drop_close_s == arrive_s
    latest = by.pickup_close_s + by.pickup_stop_s + by.ride_s_max
    assert latest == arrive_s, "the vehicle that comes last and rides longest is there in time"


def test_either_leaving_or_arriving() -> None:
    for more in ({}, {"leave_s": 1, "arrive_s": 2}, {"leave_s": 1, "party": Party(adults=0)}):
        arguments = {"party": Party(), **more}
        party = arguments.pop("party")
        with pytest.raises(ValueError, match="ride"):
            make_request(SERVICE, HERE, THERE, party, 600, **arguments)  # type: ignore[arg-type]


def test_a_request_keeps_to_the_hours() -> None:
    request = make_request(SERVICE, HERE, THERE, Party(), 600, leave_s=1000)
    day = dt.date(2027, 1, 15)

    def window(*hours: int) -> TravelWindow:
        return TravelWindow(FlexTrip("t", "c", ()), day, 0, 1, *hours, None, None)

    assert within(request, window(0, 9000, 0, 9000)) == request
    cut = within(request, window(1100, 1300, 1200, 2000))
    assert cut is not None
    assert (cut.pickup_open_s, cut.pickup_close_s, cut.drop_open_s, cut.drop_close_s) == (
        1100,
        1300,
        1200,
        2000,
    )
    assert within(request, window(1601, 9000, 0, 9000)) is None
    assert within(request, window(0, 999, 0, 9000)) is None
