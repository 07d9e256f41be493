"""What was found for a question, before it is presented or explained."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.journeys.ends import Approach, End
from mobility.journeys.filters import Filters
from mobility.journeys.flexible import FlexOffers
from mobility.journeys.pages_of_time import Page
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
