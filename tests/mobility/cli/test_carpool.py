"""`mobility carpool …` as people and programs use it."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from mobility.accounts.caller import SYSTEM, Role
from mobility.acts.accounts.people import Details, add_person
from mobility.bootstrap import build_services, load_settings
from tests.mobility.cli.conftest import Run

TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).strftime("%Y-%m-%d")


@pytest.fixture
def people(run: Run) -> None:
    with build_services(load_settings()) as services:
        for name, role in (("dora", Role.DRIVER), ("theo", Role.TRAVELLER)):
            details = Details(f"{name}@example.org", name.title(), name.title(), "Durand", "0612345678")
            add_person(services.accounts, SYSTEM, details, frozenset((role,)))


def test_publish_book_and_cancel(run: Run, people: None) -> None:
    lines = run("carpool", "lines")
    assert re.search(r"besancon-fuans +Besançon – Fuans +51.0 +7 +58 +1.50 EUR", lines.out)
    assert "Aire de covoiturage" in run("carpool", "lines", "saulieu-chatillon-sur-seine").out
    ride = ("besancon-fuans", "besancon", "valdahon", "fuans", "--at", f"{TOMORROW} 07:00")
    published = run("carpool", "publish", *ride, "--as", "dora@example.org", "--seats", "1", "--json")
    assert published.code == 0, published.err
    ride_id = json.loads(published.out)["id"]
    (offer,) = json.loads(run("carpool", "rides", "--days", "3", "--json").out)
    assert (offer["ride"], offer["seats_free"], offer["fare_cents"]) == (ride_id, 1, 150)
    booked = run("carpool", "book", ride_id, "besancon", "fuans", "--as", "theo@example.org", "--key", "k")
    assert "1 seat(s), 1.50 €, confirmed" in booked.out, booked.err
    assert (
        run("carpool", "book", ride_id, "besancon", "fuans", "--as", "theo@example.org", "--key", "k").out
        == booked.out
    )
    assert "no ride with free seats" in run("carpool", "rides", "--days", "3").out
    refused = run("carpool", "book", ride_id, "besancon", "fuans", "--as", "dora@example.org")
    assert (refused.code, "permission" in refused.err) == (1, True)
    assert "is cancelled" in run("carpool", "cancel", ride_id, "--as", "dora@example.org").out
    assert "cancelled by driver" in run("carpool", "bookings", "--as", "theo@example.org").out
    unknown = run("carpool", "publish", *ride, "--as", "nobody@example.org")
    assert (unknown.code, "nobody here" in unknown.err) == (1, True)


def test_regular_rides_and_fares(run: Run, people: None) -> None:
    ride = ("sens-auxerre", "auxerre", "sens", "--at", f"{TOMORROW} 07:00", "--as", "dora@example.org")
    regular = run("carpool", "publish", *ride, "--every", "mon,tue,wed,thu,fri,sat,sun", "--json")
    assert json.loads(regular.out)["weekdays"] == list(range(7))
    assert len(json.loads(run("carpool", "rides", "sens-auxerre", "--days", "20", "--json").out)) >= 17
    assert run("carpool", "publish", *ride, "--every", "someday").code == 2
    assert "tarif-unique" in run("carpool", "fares").out
    late = run("carpool", "fares", "--set", "new", "--from", "2026-01-01", "--cents", "200")
    assert (late.code, "make a version that begins after" in late.err) == (1, True)
    later = json.loads(
        run("carpool", "fares", "--set", "new", "--from", "2099-01-01", "--cents", "200", "--json").out
    )
    assert [fare["fare_cents"] for fare in later] == [150, 200]
