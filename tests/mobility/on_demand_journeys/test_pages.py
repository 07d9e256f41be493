"""What the planner promises, on the travellers' page: when it comes, what it costs, and one link that books it all."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from mobility.pages.itinerary_view import ItineraryPresenter
from mobility.pages.wording import Wording
from tests.mobility.on_demand_journeys.conftest import Ask, flex_of
from tests.mobility.on_demand_journeys.on_demand_region import VILLAGE


@pytest.mark.parametrize(("language", "comes"), [("fr", "Passe entre "), ("en", "Comes between ")])
def test_a_ride_to_the_train_is_booked_from_its_journey(ask: Ask, language: str, comes: str) -> None:
    itinerary = ask(VILLAGE, "r_EPI", "08:30")["itineraries"][0]
    (leg,) = flex_of(itinerary)
    view = ItineraryPresenter(Wording(language), ZoneInfo("Europe/Paris"), (False, False)).present(itinerary)
    address = urlsplit(view.book_link)
    assert address.path == "/on-demand/offer"
    assert parse_qs(address.query) == {"lang": [language], "quote": [leg["booking"]["quote"]]}
    shown = next(one for one in view.legs if one.booking is not None)
    assert shown.is_ride
    assert shown.booking is not None
    assert shown.booking.link == "", "the journey's link books it"
    facts = " ".join(shown.booking.facts)
    assert comes in facts
    assert {"fr": "2,00\u00a0€", "en": "€2.00"}[language] in facts
    assert leg["booking"]["phone"] in facts


def test_a_journey_without_such_a_ride_has_no_link(ask: Ask) -> None:
    answer = ask("r_DAM", "r_EPI", "08:30")
    presenter = ItineraryPresenter(Wording("en"), ZoneInfo("Europe/Paris"), (False, False))
    plain = [one for one in answer["itineraries"] if not flex_of(one)]
    assert plain
    assert {presenter.present(one).book_link for one in plain} == {""}
