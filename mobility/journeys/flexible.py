"""Flexible legs: what takes one to the first stop, from the last one or all the way, at no fixed time, when booked.

A port: whoever runs on-demand transport or takes published rides fills `FlexibleLegs`. What it offers is narrowed here
to what can still be booked at the moment of asking, becomes `routing.query.Offset`s with a window for the planner, and
comes back as legs with their deadline and where to book.

Instants are seconds since the epoch, UTC.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from mobility.journeys.ends import Approach, End
from mobility.journeys.on_demand.dispatched import DispatchedRide
from mobility.journeys.pages_of_time import WIDEN_MAX_S
from mobility.journeys.question import ALONE, Question
from on_demand.booking import Party
from routing.journey import OUTSIDE, Walk
from routing.query import Cost, Offset
from routing.timetable import Mode

WALK_INSTEAD_S = 300
"""Nobody books a vehicle to a stop that is so near on foot."""

_log = structlog.get_logger("mobility.journeys")


@dataclass(frozen=True, slots=True)
class Booking:
    """How, and until when, a flexible leg is booked (GTFS booking_rules.txt)."""

    notice_s: int = 0
    """So long before it sets out, at the latest."""
    latest_s: int | None = None
    """And not after this instant, whenever it sets out: the day before at 17:00, say."""
    earliest_s: int | None = None
    """It cannot be booked before."""
    phone: str = ""
    url: str = ""
    message: str = ""
    """What else there is to know, in the provider's words."""

    def deadline_s(self, departure_s: int) -> int:
        """The last instant at which a departure can be booked."""
        noticed_s = departure_s - self.notice_s
        return noticed_s if self.latest_s is None else min(noticed_s, self.latest_s)


@dataclass(frozen=True, slots=True)
class FlexOffer:
    """A vehicle that sets out at any instant from `open_s` to `close_s` and takes `duration_s`."""

    mode: Mode
    """FLEX (on-demand transport) or RIDE_SHARING (a driver's ride)."""
    service: str
    """Its name, as people know it."""
    zone_id: str
    zone: str
    """The zone's name."""
    open_s: int
    close_s: int
    duration_s: int
    distance_m: float
    booking: Booking = Booking()
    stop: int = -1
    """The boardable stop it leads to (comes from); -1 from door to door."""
    ride: DispatchedRide | None = None
    """Of a service whose vehicles are dispatched here: `open_s` to `duration_s` then count from leaving the door (the
    stop), with what is walked and kept free for the connection. It is shown once it is found to fit into a tour."""

    def as_approach(self) -> Approach:
        return Approach(self.mode.name, self.duration_s, self.distance_m)


@dataclass(frozen=True, slots=True)
class FlexAsk:
    """What a provider is asked: to, from and between two places in a span of time, booked at `booked_s`."""

    origin: tuple[float, float]
    """Latitude and longitude, degrees WGS84."""
    destination: tuple[float, float]
    from_s: int
    to_s: int
    booked_s: int
    wheelchair: bool
    party: Party = ALONE
    origin_name: str = ""
    destination_name: str = ""


@dataclass(frozen=True, slots=True)
class FlexOffers:
    """From the origin to stops, from stops to the destination, and all the way."""

    access: tuple[FlexOffer, ...] = ()
    egress: tuple[FlexOffer, ...] = ()
    direct: tuple[FlexOffer, ...] = ()
    too_late: tuple[FlexOffer, ...] = ()
    """Could have been taken, had it been booked in time; a provider need not tell them apart."""

    def find_offer(self, walk: Walk, origin: End, destination: End) -> FlexOffer | None:
        """Which offer a leg of the planner's answer is; None: one comes and goes by oneself."""
        if walk.offer < 0:
            return None
        end, offers = (origin, self.access) if walk.from_stop == OUTSIDE else (destination, self.egress)
        index = walk.offer - len(end.approaches)
        return offers[index] if index >= 0 else None


NO_OFFERS = FlexOffers()


class FlexibleLegs(Protocol):
    """Who offers flexible legs on the network served. Stops are indices of its timetable."""

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        """All that sets out in the span of time, whether or not it can still be booked. An offer with two windows is
        two offers."""
        ...


class NoFlexibleLegs:
    """Nobody offers any."""

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        return NO_OFFERS


NO_FLEXIBLE_LEGS = NoFlexibleLegs()


def find_offers(
    legs: FlexibleLegs, question: Question, origin: End, destination: End, stop_count: int
) -> FlexOffers:
    """What can be taken of what is offered; `stop_count` stops can be boarded at. A provider that fails, and an offer
    that makes no sense, are left out, and the log says so: the others stand, and the trains still run."""
    wanted = question.flexible & (1 << Mode.FLEX | 1 << Mode.RIDE_SHARING)
    if not wanted or legs is NO_FLEXIBLE_LEGS:
        return NO_OFFERS
    ask = make_ask(question, origin, destination)
    booked_s = ask.booked_s
    try:
        offered = legs.list_offers(ask)
    except Exception as error:
        _log.error("flexible legs failed", provider=type(legs).__name__, error=type(error).__name__)
        return NO_OFFERS
    too_late: list[FlexOffer] = list(offered.too_late)

    def usable(
        offers: tuple[FlexOffer, ...], approaches: dict[int, Approach], stops: range, stage: int
    ) -> tuple[FlexOffer, ...]:
        modes = wanted & question.flexible_by_stage[stage]
        kept: list[FlexOffer] = []
        for offer in offers:
            if not modes >> offer.mode & 1 or _is_near(approaches.get(offer.stop)):
                continue
            if offer.stop not in stops or not _is_sound(offer):
                _log.error("an odd flexible leg was left out", service=offer.service, zone=offer.zone_id)
                continue
            narrowed = _narrow(offer, booked_s)
            (kept if narrowed else too_late).append(narrowed or offer)
        return tuple(kept)

    return FlexOffers(
        usable(offered.access, origin.approaches, range(stop_count), 0),
        usable(offered.egress, destination.approaches, range(stop_count), 1),
        usable(offered.direct, {}, range(-1, 0), 2),
        tuple(too_late),
    )


def make_ask(question: Question, origin: End, destination: End) -> FlexAsk:
    """What providers are asked for a question."""
    return FlexAsk(
        (origin.lat, origin.lon),
        (destination.lat, destination.lon),
        *_span(question),
        int(time.time()) if question.booked_s is None else question.booked_s,
        question.wheelchair,
        question.party,
        origin.name,
        destination.name,
    )


def as_offsets(offers: tuple[FlexOffer, ...], cost: Cost | None = None) -> tuple[Offset, ...]:
    """As the planner takes them, priced by what is to be kept low; they follow the ways on foot."""
    per_km = cost.per_km_by_mode if cost is not None else ()
    return tuple(
        Offset(
            offer.stop,
            offer.duration_s,
            offer.open_s,
            offer.close_s,
            round(per_km[offer.mode] * offer.distance_m / 1000) if per_km else 0,
        )
        for offer in offers
    )


def choose_direct(
    offers: tuple[FlexOffer, ...], question: Question, ways: tuple[Approach, ...]
) -> list[tuple[FlexOffer, int]]:
    """Of each service the next offer from door to door (the last in time, to arrive by), and when it sets out; none
    when one is there as soon on foot, or when there is something to pass."""
    if question.via:
        return []
    walk_s = min((way.duration_s for way in ways if way.mode == "WALK"), default=None)
    chosen: dict[tuple[int, str, str], tuple[FlexOffer, int]] = {}
    for offer in offers:
        departure_s = set_out_s(offer, question.time_s, question.arrive_by)
        if departure_s is None or (walk_s is not None and walks_sooner(walk_s, offer, departure_s, question)):
            continue
        key = (offer.mode, offer.service, offer.zone_id)
        other = chosen.get(key)
        if other is None or (departure_s > other[1] if question.arrive_by else departure_s < other[1]):
            chosen[key] = offer, departure_s
    return sorted(chosen.values(), key=lambda one: (one[1], one[0].service))


def set_out_s(offer: FlexOffer, time_s: int, arrive_by: bool) -> int | None:
    """As soon as one may leave, or as late as one may arrive; None: it does not."""
    departure_s = min(offer.close_s, time_s - offer.duration_s) if arrive_by else max(offer.open_s, time_s)
    return departure_s if offer.open_s <= departure_s <= offer.close_s else None


def walks_sooner(walk_s: int, offer: FlexOffer, departure_s: int, question: Question) -> bool:
    """Whether one who walks is there as soon (leaves as late), or it is no distance at all."""
    if question.arrive_by:
        return walk_s <= WALK_INSTEAD_S or question.time_s - walk_s >= departure_s
    return walk_s <= WALK_INSTEAD_S or question.time_s + walk_s <= departure_s + offer.duration_s


def _span(question: Question) -> tuple[int, int]:
    """All instants a leg of an answer may fall at: windows widen to a day, and journeys last their while."""
    at_s = question.cursor.instant_s if question.cursor else question.time_s
    reach_s = max(question.window_s, WIDEN_MAX_S) + question.max_travel_time_s
    if question.cursor is None:
        return (at_s - reach_s, at_s) if question.arrive_by else (at_s, at_s + reach_s)
    return at_s - reach_s, at_s + reach_s


def _narrow(offer: FlexOffer, booked_s: int) -> FlexOffer | None:
    """The offer as far as it can still be booked: notice moves the beginning of its window, a deadline ends it."""
    booking = offer.booking
    if booking.latest_s is not None and booked_s > booking.latest_s:
        return None
    open_s = max(offer.open_s, booked_s + booking.notice_s)
    if open_s == offer.open_s:
        return offer
    return replace(offer, open_s=open_s) if open_s <= offer.close_s else None


def _is_near(approach: Approach | None) -> bool:
    return approach is not None and approach.mode == "WALK" and approach.duration_s <= WALK_INSTEAD_S


def _is_sound(offer: FlexOffer) -> bool:
    return offer.duration_s > 0 and offer.open_s <= offer.close_s and offer.distance_m >= 0
