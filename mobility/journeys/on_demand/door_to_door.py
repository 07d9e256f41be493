"""Flexible legs from door to door: of each service the next there is room for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from mobility.journeys.ends import Approach
from mobility.journeys.flexible import FlexOffer, choose_direct, set_out_s, walks_sooner
from mobility.journeys.on_demand.promises import Desk, PromisedRide, Refused
from mobility.journeys.question import Question

STEP_S = 600
TRIES_MAX = 24
"""So many instants of a service are tried, so far apart."""


@dataclass(frozen=True, slots=True)
class Door:
    """A leg from door to door that sets out at an instant; `promised` None: nobody dispatches it here."""

    offer: FlexOffer
    departure_s: int
    promised: PromisedRide | None = None


@dataclass(frozen=True, slots=True)
class Doors:
    promised: tuple[Door, ...]
    refused: tuple[Refused, ...]


def promise_doors(
    desk: Desk, offers: tuple[FlexOffer, ...], question: Question, ways: tuple[Approach, ...]
) -> Doors:
    """The next one of each service (the last in time, to arrive by)."""
    others = tuple(offer for offer in offers if offer.ride is None)
    doors = [Door(offer, departure_s) for offer, departure_s in choose_direct(others, question, ways)]
    refused: list[Refused] = []
    if question.via or question.cursor is not None:
        return Doors(tuple(doors), ())
    walk_s = min((way.duration_s for way in ways if way.mode == "WALK"), default=None)
    by_service: dict[str, list[FlexOffer]] = defaultdict(list)
    for offer in offers:
        if offer.ride is not None:
            by_service[offer.ride.service.id].append(offer)
    for of_service in by_service.values():
        door = _promise_next(desk, of_service, question, walk_s, refused)
        if door is not None:
            doors.append(door)
    doors.sort(key=lambda door: (door.departure_s, door.offer.service))
    return Doors(tuple(doors), tuple(refused))


def _promise_next(
    desk: Desk, offers: list[FlexOffer], question: Question, walk_s: int | None, refused: list[Refused]
) -> Door | None:
    tries = TRIES_MAX
    sign = -1 if question.arrive_by else 1
    firsts = [
        (sign * at_s, number)
        for number, offer in enumerate(offers)
        if (at_s := set_out_s(offer, question.time_s, question.arrive_by)) is not None
    ]
    for first, number in sorted(firsts):
        offer, first_s = offers[number], sign * first
        if walk_s is not None and walks_sooner(walk_s, offer, first_s, question):
            continue
        edge_s = offer.open_s if question.arrive_by else offer.close_s
        sets_out = list(range(first_s, edge_s + sign, sign * STEP_S))[:tries]
        found = desk.promise_direct(offer, sets_out)
        tries -= len(sets_out)
        if isinstance(found, PromisedRide):
            if found.set_out_s != first_s:
                refused.append(desk.explain_refusal(offer, first_s))
            return Door(offer, found.set_out_s, found)
        refused.append(found)
        if tries <= 0:
            return None
    return None
