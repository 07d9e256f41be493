"""What is written reads back equal, or is refused."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.document import DocumentError, read_document, write_document
from on_demand.area import Zone
from on_demand.booking import OnDemandRide
from on_demand.booking_rules import BookingRule
from on_demand.calendar import Calendar
from on_demand.fleet import Shift, Vehicle
from on_demand.quote import Quote
from on_demand.ride_rules import RideRules, default_rules
from on_demand.service import FlexTrip, Promise, Service
from on_demand.tour import VehicleDay
from on_demand.waiting_list import Waiting
from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import FeedFares, Pair
from ticketing.tickets.ticket import Ticket

st.register_type_strategy(dt.datetime, st.datetimes(timezones=st.just(dt.UTC)))
st.register_type_strategy(int, st.integers(-(2**63), 2**64 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))

KINDS = [
    Calendar,
    Zone,
    BookingRule,
    FlexTrip,
    Promise,
    Vehicle,
    Shift,
    VehicleDay,
    OnDemandRide,
    Quote,
    RideRules,
    Waiting,
    FareLeg,
    Ticket,
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_written_reads_back_equal(kind: type, data: st.DataObject) -> None:
    thing = data.draw(st.from_type(kind))
    assert read_document(kind, write_document(thing)) == thing


def test_what_was_looked_up_is_none_of_the_document() -> None:
    """Feed fares keep what they were asked for."""
    fares = FeedFares("f", stop_areas=(Pair("gare", "centre"),))
    assert fares.areas_of == {"gare": {"centre"}}
    assert write_document(fares) == write_document(replace(fares))
    assert read_document(FeedFares, write_document(fares)) == fares


def test_a_service_reads_back_equal() -> None:
    service = Service("a", "Été", stops=(), promise=Promise(window_s=7), connection_stop_ids=("x:1",))
    document = write_document(service)
    assert read_document(Service, document) == service
    assert hash(read_document(Service, document)) == hash(service)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"no_such_field": 1}, "no_such_field"),
        ({"hold_s": "60"}, "'60'"),
        ({"hold_s": True}, "True"),
        ({"hold_s": 1.5}, "1.5"),
        ({"ladder": 3}, "3"),
        ({"ladder": [[1]]}, "RideRules"),
    ],
    ids=["unknown", "text", "truth", "fraction", "no-list", "short"],
)
def test_what_is_otherwise_is_refused(change: dict[str, object], words: str) -> None:
    body = json.loads(write_document(default_rules())) | change
    with pytest.raises(DocumentError, match=words):
        read_document(RideRules, json.dumps(body))


def test_what_is_no_json_or_lacks_something_is_refused() -> None:
    for document in ("{", "[]", "{}", "null"):
        with pytest.raises(DocumentError):
            read_document(RideRules, document)


def test_a_field_that_came_later_has_its_default() -> None:
    body = json.loads(write_document(Promise(window_s=5)))
    del body["connection_s"]
    assert read_document(Promise, json.dumps(body)) == Promise(window_s=5)
