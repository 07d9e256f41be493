"""What was found for a question, before it is presented or explained."""

from __future__ import annotations

from dataclasses import dataclass, field

from mobility.journeys.ends import Approach, End
from mobility.journeys.filters import Filters
from mobility.journeys.flexible import FlexOffers
from mobility.journeys.on_demand.door_to_door import Door
from mobility.journeys.on_demand.promised_page import ByLegs
from mobility.journeys.on_demand.promises import Desk, Refused
from mobility.journeys.pages_of_time import Page
from mobility.journeys.prices import NO_PRICES, Prices
from mobility.journeys.view import View
from routing.query import Query


@dataclass(frozen=True, slots=True)
class Found:
    """`query` has all but the times of the windows searched."""

    view: View
    origin: End
    destination: End
    query: Query
    direct: tuple[Approach, ...]
    flexible: FlexOffers
    filters: Filters
    page: Page
    promised: ByLegs = field(default_factory=dict)
    """The rides of on-demand transport in its journeys."""
    doors: tuple[Door, ...] = ()
    """Flexible legs from door to door."""
    refused: tuple[Refused, ...] = ()
    """Rides of on-demand transport there was no room for."""
    desk: Desk | None = None
    prices: Prices = NO_PRICES
