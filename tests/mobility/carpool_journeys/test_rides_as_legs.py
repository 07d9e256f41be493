"""Rides of carpool lines as legs: when, at what price, until when to book, for how many, and what becomes of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from carpool.line import FareVersion
from carpool.ride import RideStatus
from ground.signed import read
from mobility.journeys.departures import BoardQuestion, present_board
from mobility.journeys.lay_over import lay_over
from mobility.journeys.prices import Prices
from mobility.journeys.question import Cursor
from mobility.journeys.refresh import ItineraryGoneError, RefreshQuestion, refresh
from mobility.journeys.saved import read_itinerary_id
from mobility.journeys.serving import Serving
from mobility.journeys.stop_sets import get_stop_set
from mobility.journeys.trips import present_trip
from on_demand.booking import Party
from routing.timetable import ALL_MODES, Mode
from tests.mobility.carpool_journeys.carpool_region import LINE, paris, ride
from tests.mobility.carpool_journeys.conftest import Rides, ask, legs_of, rides_of
from ticketing.orders.journey import OfferedJourney

DAY = dt.date(2026, 11, 24)
"""A Tuesday."""

EVE = paris(DAY - dt.timedelta(1), "18:00")
SEVEN = paris(DAY, "07:50")
"""Ten minutes before the coach."""

RIDE = ride("ride-1", paris(DAY, "08:45"))

JOURNEY = [
    ("COACH", "2026-11-24T07:00:00Z", "2026-11-24T07:30:00Z"),
    ("RIDE_SHARING", "2026-11-24T07:45:00Z", "2026-11-24T08:25:00Z"),
    ("REGIONAL_RAIL", "2026-11-24T08:40:00Z", "2026-11-24T09:30:00Z"),
]


def test_between_a_coach_and_a_train(rides: Rides) -> None:
    answer = ask(rides(RIDE, booked=EVE), "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1)
    assert legs_of(answer) == [JOURNEY]
    (itinerary,) = answer["itineraries"]
    assert (itinerary["transfers"], itinerary["duration"]) == (2, 9000)
    (leg,) = rides_of(answer)
    assert leg["displayName"] == leg["routeLongName"] == "Belin – Fontaine"
    assert (leg["agencyName"], leg["routeType"], leg["headsign"]) == (
        "Covoiturage d’essai",
        1551,
        "Fontaine, bourg",
    )
    assert leg["distance"] == 31_000, "along the road, as the line says"
    assert [stop["name"] for stop in leg["intermediateStops"]] == ["Corsy, mairie"]
    assert leg["reservation"] == "COMPULSORY"
    assert leg["booking"] == {
        "service": "Belin – Fontaine",
        "state": "OPEN",
        "deadline": "2026-11-24T07:30:00Z",
        "bookableFrom": "2026-11-17T07:45:00Z",
        "seatsLeft": 3,
        "price": {"cents": 150, "currency": "EUR", "per": "seat"},
        "rideId": "ride-1",
        "url": "/carpool/rides/ride-1",
        "phone": "03 80 11 11 11",
    }
    assert not leg["realTime"], "a plan of a driver is no measurement"
    assert "carpool" in {feed["feed"] for feed in answer["attributions"]}


def test_nothing_is_said_of_who_drives(rides: Rides) -> None:
    known = replace(RIDE, driver_id="Camille-Durand", vehicle="Clio AB-123-CD", note="06 12 34 56 78")
    answer = ask(rides(known, booked=EVE), "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1)
    assert rides_of(answer)
    for secret in ("Camille", "Clio", "06 12"):
        assert secret not in str(answer)


def test_emissions_are_half_a_cars(rides: Rides) -> None:
    (leg,) = rides_of(ask(rides(RIDE, booked=EVE), "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1))
    assert leg["emissions"]["co2e_g"] == pytest.approx(31 * (110.6 + 31.7) / 2, abs=0.1)


# ── until when one books ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("clock", "is_shown"), [("08:29", True), ("08:30", True), ("08:31", False)])
def test_only_while_it_can_be_booked(rides: Rides, clock: str, is_shown: bool) -> None:
    """Complaint: shown after its deadline. The state was laid over the evening before; who asks says when he books."""
    booked = paris(DAY, clock)
    for laid_at in (EVE, booked):
        answer = ask(rides(RIDE, booked=laid_at), "carpool_belin", "r_EPI", booked, booked, itineraries=1)
        assert bool(rides_of(answer)) is is_shown


def test_the_deadline_is_each_passengers_own(rides: Rides) -> None:
    """Too late for Belin, early enough for Corsy, twenty minutes on."""
    booked = paris(DAY, "08:40")
    serving = rides(RIDE, booked=EVE)
    assert not rides_of(ask(serving, "carpool_belin", "carpool_dampierre", booked, booked, itineraries=1))
    (leg,) = rides_of(ask(serving, "carpool_corsy", "carpool_dampierre", booked, booked, itineraries=1))
    assert leg["booking"]["deadline"] == "2026-11-24T07:50:00Z"


def test_too_late_to_book_only_when_asked_for(rides: Rides) -> None:
    booked = paris(DAY, "08:40")
    answer = ask(
        rides(RIDE, booked=EVE), "carpool_belin", "r_EPI", booked, booked, itineraries=1, spontaneous=True
    )
    (leg,) = rides_of(answer)
    assert (leg["booking"]["state"], leg["reservation"]) == ("CLOSED", "NONE")
    assert leg["from"]["pickupArrangement"] == "COORDINATE_WITH_DRIVER"


# ── seats ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_ride_is_not_shown(rides: Rides) -> None:
    serving = rides((RIDE, (0, 0, 0)), booked=EVE)
    assert not rides_of(ask(serving, "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1))


def test_a_full_section_splits_a_ride(rides: Rides) -> None:
    serving = rides((RIDE, (2, 0, 1)), booked=EVE)

    def goes(origin: str, destination: str) -> list[int]:
        answer = ask(serving, f"carpool_{origin}", f"carpool_{destination}", SEVEN, EVE, itineraries=1)
        return [leg["booking"]["seatsLeft"] for leg in rides_of(answer)]

    assert goes("belin", "corsy") == [2]
    assert goes("dampierre", "fontaine") == [1]
    for closed in (
        ("belin", "dampierre"),
        ("corsy", "dampierre"),
        ("corsy", "fontaine"),
        ("belin", "fontaine"),
    ):
        assert goes(*closed) == []


def test_both_parts_are_one_trip(rides: Rides) -> None:
    serving = rides((RIDE, (2, 0, 1)), booked=EVE)
    found = [
        rides_of(ask(serving, f"carpool_{a}", f"carpool_{b}", SEVEN, EVE, itineraries=1))[0]
        for a, b in (("belin", "corsy"), ("dampierre", "fontaine"))
    ]
    assert len({leg["tripId"] for leg in found}) == 1
    for leg in found:
        assert (leg["tripFrom"]["name"], leg["tripTo"]["name"]) == ("Belin, covoiturage", "Fontaine, bourg")
        whole = present_trip(serving.view, leg["tripId"])["legs"][0]
        assert (whole["startTime"], whole["endTime"]) == ("2026-11-24T07:45:00Z", "2026-11-24T08:45:00Z")
        assert (whole["booking"]["state"], whole["booking"]["seatsLeft"]) == ("FULL", 0)


def test_seats_left_are_the_fewest_on_the_way(rides: Rides) -> None:
    (leg,) = rides_of(ask(rides((RIDE, (3, 1, 2)), booked=EVE), "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1))
    assert leg["booking"]["seatsLeft"] == 1


# ── price ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_price_is_known_where_every_fare_is(rides: Rides) -> None:
    serving = rides(RIDE, booked=EVE)
    alone = ask(serving, "carpool_belin", "carpool_fontaine", SEVEN, EVE, itineraries=1, with_fares=True)
    price = alone["itineraries"][0]["price"]
    assert (price["cents"], price["currency"]) == (150, "EUR")
    (line,) = price["lines"]
    assert (line["product"], line["legs"], line["travellers"], line["cents"]) == ("fixed", [0], [0], 150)
    assert "offer" not in price, "nothing is sold here"
    mixed = ask(serving, "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1, with_fares=True)
    assert mixed["itineraries"][0]["price"] == "unknown", (
        "what the coach costs is not known: no part for the whole"
    )


def test_a_seat_that_is_shown_can_be_ordered(base: Serving) -> None:
    """The signed journey names the ride and its stops; the price is a seat's, for each of who travels."""
    key = b"k" * 32
    priced = Rides(base.with_prices(Prices(journey_key=key)))(RIDE, booked=EVE)
    answer = ask(
        priced, "carpool_belin", "carpool_fontaine", SEVEN, EVE, itineraries=1, party=Party(adults=2)
    )
    price = answer["itineraries"][0]["price"]
    assert price["cents"] == 300
    journey = read(OfferedJourney, price["offer"], key)
    (leg,), (wish,) = journey.legs, journey.carpool
    assert (leg.mode, leg.route_id, leg.trip_id, leg.fixed_cents) == ("carpool", LINE.id, RIDE.id, 150)
    assert (wish.leg, wish.ride_id, wish.from_stop, wish.to_stop) == (0, RIDE.id, "belin", "fontaine")
    late = paris(DAY, "08:40")
    answer = ask(priced, "carpool_belin", "carpool_fontaine", SEVEN, late, itineraries=1, spontaneous=True)
    price = answer["itineraries"][0]["price"]
    assert price["cents"] == 150
    assert "offer" not in price, "it cannot be booked any more: one waits at the stop"


def test_no_fare_is_no_price_and_never_nothing(rides: Rides) -> None:
    later = FareVersion("later", "2026-11-25", 200)
    serving = rides(RIDE, booked=EVE, fares=(later,))
    answer = ask(serving, "carpool_belin", "carpool_fontaine", SEVEN, EVE, itineraries=1, with_fares=True)
    assert rides_of(answer)[0]["booking"]["price"] == "unknown"
    assert answer["itineraries"][0]["price"] == "unknown"


def test_the_fare_is_that_of_the_day_one_gets_on(rides: Rides) -> None:
    """A ride over midnight, as the fare changes."""
    night = ride("night", paris(DAY, "23:50"))
    fares = (FareVersion("old", "2024-01-01", 150), FareVersion("new", "2026-11-25", 200))
    serving = rides(night, booked=EVE, fares=fares)
    late = paris(DAY, "23:40")
    prices = [
        rides_of(ask(serving, f"carpool_{stop}", "carpool_fontaine", late, EVE, itineraries=1))[0]["booking"][
            "price"
        ]
        for stop in ("belin", "corsy")
    ]
    assert [price["cents"] for price in prices] == [150, 200]


# ── the clock ──────────────────────────────────────────────────────────────────────────────────────────


def test_over_midnight(rides: Rides) -> None:
    """The last coach, a ride at 23:50, the first train."""
    night = ride("night", paris(DAY, "23:50"))
    answer = ask(rides(night, booked=EVE), "r_ALI", "r_EPI", paris(DAY, "22:50"), EVE, itineraries=1)
    assert legs_of(answer) == [
        [
            ("COACH", "2026-11-24T22:00:00Z", "2026-11-24T22:30:00Z"),
            ("RIDE_SHARING", "2026-11-24T22:50:00Z", "2026-11-24T23:30:00Z"),
            ("REGIONAL_RAIL", "2026-11-25T05:00:00Z", "2026-11-25T05:50:00Z"),
        ]
    ]
    (leg,) = rides_of(answer)
    assert leg["tripId"].startswith("20261124_23:50_")


@pytest.mark.parametrize(
    ("leaves", "corsy", "token"),
    [
        # Clocks go back at 3:00 on the 25th of October: 2:50 comes twice, twenty minutes on it is 2:10 again.
        ("2026-10-25T00:50:00+00:00", "2026-10-25T01:10:00Z", "20261025_01:50_"),
        ("2026-10-25T01:50:00+00:00", "2026-10-25T02:10:00Z", "20261025_02:50_"),
        ("2026-10-24T22:10:00+00:00", "2026-10-24T22:30:00Z", "20261024_24:10_"),
        # And forward at 2:00 on the 28th of March: from 1:50 to 3:10 are twenty minutes.
        ("2027-03-28T00:50:00+00:00", "2027-03-28T01:10:00Z", "20270328_02:50_"),
    ],
)
def test_when_clocks_change(rides: Rides, leaves: str, corsy: str, token: str) -> None:
    leaves_at = dt.datetime.fromisoformat(leaves)
    booked = leaves_at - dt.timedelta(hours=5)
    serving = rides(ride("night", leaves_at), booked=booked)
    (leg,) = rides_of(ask(serving, "carpool_belin", "carpool_corsy", booked, booked, itineraries=1))
    assert (leg["startTime"], leg["endTime"]) == (leaves_at.strftime("%Y-%m-%dT%H:%M:%SZ"), corsy)
    assert leg["tripId"].startswith(token), "the clock of a service day: noon less twelve hours"
    assert present_trip(serving.view, leg["tripId"])["startTime"] == leg["startTime"]


def test_the_way_back(rides: Rides) -> None:
    back = ride("back", paris(DAY, "17:00"), "fontaine dampierre belin")
    (leg,) = rides_of(
        ask(rides(back, booked=EVE), "carpool_fontaine", "carpool_belin", SEVEN, EVE, itineraries=1)
    )
    assert (leg["startTime"], leg["endTime"]) == ("2026-11-24T16:00:00Z", "2026-11-24T17:00:00Z")
    assert (leg["directionId"], leg["distance"], leg["headsign"]) == ("1", 46_000, "Belin, covoiturage")
    assert [stop["name"] for stop in leg["intermediateStops"]] == ["Dampierre, covoiturage"]
    assert leg["legGeometry"]["length"] == 4, "drawn past Corsy, where it does not stop"


def test_to_arrive_by(rides: Rides) -> None:
    early = ride("early", paris(DAY, "06:45"))
    serving = rides(RIDE, early, booked=EVE)
    by = paris(DAY, "10:30")
    answer = ask(serving, "carpool_belin", "r_EPI", by, EVE, itineraries=1, arrive_by=True)
    assert legs_of(answer)[-1] == JOURNEY[1:]


# ── with everything else ───────────────────────────────────────────────────────────────────────────────


def test_modes_in_and_out(rides: Rides) -> None:
    serving = rides(RIDE, booked=EVE)
    without = ALL_MODES & ~(1 << Mode.RIDE_SHARING)
    assert not rides_of(ask(serving, "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1, modes=without))
    only = ask(
        serving, "carpool_belin", "carpool_corsy", SEVEN, EVE, itineraries=1, modes=1 << Mode.RIDE_SHARING
    )
    assert [len(itinerary["legs"]) for itinerary in only["itineraries"]] == [1]


def test_rides_hide_nothing_that_runs_anyway(rides: Rides) -> None:
    """Complaint: carpool hides everything else. A driver leaves a little later and is there sooner than the train."""
    quick = [ride(f"quick-{n}", paris(DAY, f"09:{41 + n}"), "dampierre fontaine") for n in range(3)]
    serving = rides(*quick, booked=EVE)
    answer = ask(
        serving, "carpool_dampierre", "r_EPI", paris(DAY, "09:30"), EVE, window_s=3600, itineraries=3
    )
    assert [("REGIONAL_RAIL", "2026-11-24T08:40:00Z", "2026-11-24T09:30:00Z")] in legs_of(answer)


@pytest.mark.parametrize("realtime", ["REALTIME", "OFF", "REALTIME_ANNOTATION_ONLY"])
def test_rides_are_no_real_time(rides: Rides, realtime: str) -> None:
    answer = ask(rides(RIDE, booked=EVE), "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1, realtime=realtime)
    assert legs_of(answer) == [JOURNEY]
    assert answer["liveData"] == {"state": "none", "sources": []}


def test_boards_show_what_passes(rides: Rides) -> None:
    full = replace(RIDE, id="full")
    serving = rides(RIDE, (full, (0, 0, 0)), booked=EVE)

    def board(at: str, arrivals: bool = False, spontaneous: bool = False) -> list[tuple[str, str]]:
        view = serving.booked_at(int(paris(DAY, at).timestamp()), spontaneous).view
        start = Cursor(True, int(paris(DAY, at).timestamp()))
        question = BoardQuestion(start, arrivals=arrivals, count=0, window_s=3600)
        shown = present_board(view, get_stop_set(view, "carpool_corsy", None, None, False), question)
        return [(one["booking"]["rideId"], one["booking"]["state"]) for one in shown["stopTimes"]]

    assert board("08:30") == [("ride-1", "OPEN")]
    assert board("08:55") == []
    assert board("08:55", spontaneous=True) == [("ride-1", "CLOSED")]


def test_a_network_without_the_line_shows_none(rides: Rides) -> None:
    """Rides of a line that is not published yet are passed over."""
    other = replace(LINE, id="other")
    carpool = rides.offered([RIDE])
    strange = replace(carpool, lines=(other,), rides=tuple(replace(one, line=other) for one in carpool.rides))
    serving = lay_over(rides.base, (), strange, int(EVE.timestamp()))
    assert serving is rides.base
    assert not rides_of(ask(serving, "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1))


# ── journeys that were kept ────────────────────────────────────────────────────────────────────────────


def test_a_kept_journey_says_what_became_of_its_ride(rides: Rides) -> None:
    answer = ask(rides(RIDE, booked=EVE), "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1)
    kept = RefreshQuestion(read_itinerary_id(answer["itineraries"][0]["id"]), with_fares=True)
    as_it_was = refresh(rides(RIDE, booked=EVE), kept)
    assert (as_it_was["works"], as_it_was["reasons"], as_it_was["price"]) == (True, [], "unknown")
    full = refresh(rides((RIDE, (0, 0, 0)), booked=EVE), kept)
    assert [one["code"] for one in full["reasons"]] == ["RIDE_FULL"]
    assert full["works"], "who holds the seat rides"
    late = refresh(rides(RIDE, booked=paris(DAY, "08:40")), kept)
    assert [one["code"] for one in late["reasons"]] == ["BOOKING_CLOSED"]
    cancelled = refresh(rides(replace(RIDE, status=RideStatus.CANCELLED), booked=EVE), kept)
    assert [one["code"] for one in cancelled["reasons"]] == ["TRIP_CANCELLED"]
    assert not cancelled["works"]
    leg = next(leg for leg in cancelled["legs"] if leg["mode"] == "RIDE_SHARING")
    assert (leg["cancelled"], leg["booking"]["state"]) == (True, "CANCELLED")
    with pytest.raises(ItineraryGoneError):
        refresh(rides(booked=EVE), kept)


def test_a_cancelled_ride_is_not_searched_nor_on_boards(rides: Rides) -> None:
    serving = rides(replace(RIDE, status=RideStatus.CANCELLED), booked=EVE)
    assert not rides_of(ask(serving, "r_ALI", "r_EPI", SEVEN, EVE, itineraries=1, spontaneous=True))


# ── what else there is ─────────────────────────────────────────────────────────────────────────────────


def test_an_empty_answer_names_the_line_near_both_ends(rides: Rides) -> None:
    """From a farm 3 km from Belin to another near Corsy: no stop within a walk."""
    answer = ask(rides(RIDE, booked=EVE), "47.1300,4.1000", "47.2200,4.2100", SEVEN, EVE, itineraries=1)
    assert not answer["itineraries"]
    reason = answer["reasons"][-1]
    assert reason["code"] == "CARPOOL_LINE"
    assert (reason["line"], reason["phone"]) == ("Belin – Fontaine", "03 80 11 11 11")
    assert (reason["nearestStop"]["stopId"], reason["alightingStop"]["stopId"]) == (
        "carpool_belin",
        "carpool_corsy",
    )
    assert reason["nearestStopDistance"] == pytest.approx(3291, abs=5)
    assert reason["nextDeparture"] == "2026-11-24T07:45:00Z"
    assert reason["booking"]["rideId"] == "ride-1"
    assert "à 08:45" in reason["fr"]
    assert "at 08:45" in reason["en"]
    without = ask(rides(booked=EVE), "47.1300,4.1000", "47.2200,4.2100", SEVEN, EVE, itineraries=1)[
        "reasons"
    ][-1]
    assert without["code"] == "CARPOOL_LINE"
    assert "nextDeparture" not in without


def test_a_line_that_leads_elsewhere_is_not_named(rides: Rides) -> None:
    answer = ask(rides(RIDE, booked=EVE), "47.1300,4.1000", "47.0900,4.0900", SEVEN, EVE, itineraries=1)
    assert "CARPOOL_LINE" not in [reason["code"] for reason in answer["reasons"]]
