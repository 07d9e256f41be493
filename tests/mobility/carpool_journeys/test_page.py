"""A ride on the page: price, seats, until when and where to book, in both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from carpool.ride import Ride
from ground.paris import PARIS
from mobility.pages.itinerary_view import BookingView, ItineraryPresenter
from mobility.pages.wording import Wording
from tests.mobility.carpool_journeys.carpool_region import paris, ride
from tests.mobility.carpool_journeys.conftest import Rides, ask

DAY = dt.date(2026, 11, 24)
EVE = paris(DAY - dt.timedelta(1), "18:00")


def show(
    rides: Rides, language: str, one: Ride, free: tuple[int, ...] = (3, 1, 2), at: str = "00:05"
) -> list[tuple[BookingView | None, tuple[str, ...], str]]:
    """Booking, notes and line of the vehicles on the first itinerary."""
    booked = EVE if at == "00:05" else paris(DAY, at)
    answer = ask(
        rides((one, free), booked=EVE),
        "r_ALI",
        "r_EPI",
        paris(DAY, "07:50"),
        booked,
        itineraries=1,
        spontaneous=True,
    )
    presenter = ItineraryPresenter(Wording(language), PARIS, (False, False))
    (day,) = presenter.list_days(answer["itineraries"])
    return [(leg.booking, leg.notes, leg.line) for leg in day.itineraries[0].legs if leg.is_ride]


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        (
            "fr",
            (
                "1,50\u00a0€ la place",
                "1 place libre",
                "À réserver avant 08:30",
                "Téléphone\u00a0: 03 80 11 11 11",
            ),
        ),
        ("en", ("€1.50 a seat", "1 seat left", "To be booked before 08:30", "Telephone: 03 80 11 11 11")),
    ],
)
def test_how_a_ride_is_booked(rides: Rides, language: str, facts: tuple[str, ...]) -> None:
    one = ride("ride-1", paris(DAY, "08:45"))
    coach, car, train = show(rides, language, one)
    assert (coach[0], train[0]) == (None, None)
    assert car == (BookingView(facts, "/carpool/rides/ride-1"), (), "Belin – Fontaine")


def test_after_the_deadline_the_page_offers_no_link(rides: Rides) -> None:
    booking = show(rides, "fr", ride("ride-1", paris(DAY, "08:45")), at="08:40")[1][0]
    assert booking is not None
    assert booking.link == ""
    assert "Trop tard pour réserver" in booking.facts[1]
