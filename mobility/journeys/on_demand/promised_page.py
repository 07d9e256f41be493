"""A page on which everything that must be booked with a live fleet can be booked: what cannot is dropped, its windows
are cut, and what is then best is searched for, for a bounded number of rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from mobility.journeys.ends import End
from mobility.journeys.flexible import FlexOffer, FlexOffers, as_offsets
from mobility.journeys.on_demand.promises import Desk, Promised, Refused, Span
from mobility.journeys.pages_of_time import LAST_S, Choose, Page, Plans, Shown, find_page
from mobility.journeys.question import Question
from routing.journey import Journey, Leg
from routing.query import Cost, Query
from routing.timetable import Mode

ROUNDS = 3
"""So many times is searched at most."""

AROUND_S = 300
"""Of instants that do not fit, so much is cut before the first and after the last tried."""

NEVER_S = 0
"""Before all that is searched."""

ByLegs = Mapping[tuple[Leg, ...], Promised]


@dataclass(frozen=True, slots=True)
class Searched:
    """What a page is searched for with: the query with the offers in it, the ends, and what is kept low."""

    query: Query
    offers: FlexOffers
    ends: tuple[End, End]
    cost: Cost | None

    def without(self, refused: list[Refused]) -> Searched:
        """With the windows cut in which there is no room."""
        origins, destinations = self.ends
        offers = replace(
            self.offers,
            access=_cut(self.offers.access, refused),
            egress=_cut(self.offers.egress, refused),
        )
        is_between = any(one.offer.ride is not None and one.offer.ride.trip_key for one in refused)
        query = replace(
            self.query,
            origins=origins.offsets() + as_offsets(offers.access, self.cost),
            destinations=destinations.offsets() + as_offsets(offers.egress, self.cost),
            modes=self.query.modes & ~(1 << Mode.FLEX) if is_between else self.query.modes,
        )
        return replace(self, query=query, offers=offers)


@dataclass(frozen=True, slots=True)
class PromisedPage:
    """A page, what is promised of its journeys, and what was refused on the way to it."""

    page: Page
    searched: Searched
    promised: ByLegs = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()


def promise_page(
    desk: Desk, planner: Plans, searched: Searched, question: Question, choose: Choose
) -> PromisedPage:
    """Search, promise what was found, and search again without what there is no room for. The last round shows what
    is left."""
    refused: list[Refused] = []
    searches, search_us = 0, 0
    for number in range(1, ROUNDS + 1):
        page = find_page(planner, searched.query, question, _choose_sensible(desk, searched, choose))
        searches, search_us = searches + page.searches, search_us + page.search_us
        journeys, promised, failed = _promise_all(desk, searched, question, page)
        refused += failed
        if not failed or page.cut_off or number == ROUNDS:
            break
        narrower = searched.without(failed)
        if not narrower.query.origins or not narrower.query.destinations:
            break
        searched = narrower
    shown = replace(page, journeys=journeys, searches=searches, search_us=search_us)
    return PromisedPage(shown, searched, promised, tuple(refused))


def _choose_sensible(desk: Desk, searched: Searched, choose: Choose) -> Choose:
    if desk.fleet is None:
        return choose

    @cache  # the next stretch brings the journeys of those before it along
    def is_sensible(journey: Journey) -> bool:
        return desk.is_sensible(journey, searched.offers, searched.ends)

    def chosen(journeys: Sequence[Journey], from_s: int, to_s: int) -> list[Shown]:
        return choose([one for one in journeys if is_sensible(one)], from_s, to_s)

    return chosen


def _promise_all(
    desk: Desk, searched: Searched, question: Question, page: Page
) -> tuple[tuple[Journey, ...], ByLegs, list[Refused]]:
    span = _span(question, page)
    promised: dict[tuple[Leg, ...], Promised] = {}
    journeys: dict[Journey, None] = {}
    failed: list[Refused] = []
    for journey in page.journeys:
        kept = desk.promise_journey(journey, searched.offers, searched.ends, span)
        if isinstance(kept, Refused):
            failed.append(kept)
            continue
        journeys[kept.journey] = None
        if kept.promised:
            promised[kept.journey.legs] = kept.promised
    order = sorted(journeys, key=lambda one: (one.departure_s, one.arrival_s, one.transfers))
    return tuple(order), promised, failed


def _span(question: Question, page: Page) -> Span:
    """What is moved stays on its page: it leaves no earlier than that begins, and arrives no later than it ends."""
    if question.arrive_by:
        return Span(0, page.to_s)
    return Span(page.from_s, LAST_S)


def _cut(offers: tuple[FlexOffer, ...], refused: list[Refused]) -> tuple[FlexOffer, ...]:
    """Each at its place, up to the first instant that was refused; what is left after it comes at the end, so that
    numbers hold."""
    kept: list[FlexOffer] = []
    after: list[FlexOffer] = []
    for offer in offers:
        spans = [(offer.open_s, offer.close_s)]
        for one in refused:
            if offer.ride is not None and one.offer.ride is offer.ride:
                spans = _subtract(spans, one.first_s - AROUND_S, one.last_s + AROUND_S)
        pieces = [replace(offer, open_s=open_s, close_s=close_s) for open_s, close_s in spans]
        kept.append(pieces[0] if pieces else replace(offer, open_s=NEVER_S, close_s=NEVER_S))
        after += pieces[1:]
    return tuple(kept + after)


def _subtract(spans: list[tuple[int, int]], from_s: int, to_s: int) -> list[tuple[int, int]]:
    """Without what lies between two instants, themselves excluded."""
    parts = [
        part
        for open_s, close_s in spans
        for part in ((open_s, min(close_s, from_s)), (max(open_s, to_s), close_s))
    ]
    return list(dict.fromkeys(part for part in parts if part[0] <= part[1]))
