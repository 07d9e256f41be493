"""Why a service on demand does not take one at the time asked for, in words, and when it next would: found by the very
insertion that books rides, looking on for a bounded number of instants.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from mobility.journeys.flexible import WALK_INSTEAD_S, FlexAsk, FlexOffer, make_ask
from mobility.journeys.found import Found
from mobility.journeys.instants import iso
from mobility.journeys.on_demand.halts import ServiceMap, list_days
from mobility.journeys.on_demand.offers import (
    DispatchedLegs,
    Way,
    list_bounds,
    make_booking,
    make_ride,
    read_rules,
)
from mobility.journeys.question import Question
from mobility.journeys.words import Json
from on_demand.booking import Place
from on_demand.insertion import NoRoom, NoRoomReason
from on_demand.largest_party import PARTY_TOO_LARGE, Largest, is_too_large, largest_words
from on_demand.service import Service
from on_demand.service_windows import TravelWindow, WhyNot
from routing.timetable import Mode

LOOK_DAYS = 8
STEP_S, LONG_STEP_S = 900, 3600
SOON_TRIED_S = 7200
TRIES_MAX = 40
"""When it next goes is looked for over so many days, so many times at most: a quarter of an hour apart for two hours,
then an hour."""

SOON_S = 3600
"""A ride from door to door that sets out so soon after the time asked for is what was asked for."""

TOO_LATE, NOT_OPEN = "BOOKING_TOO_LATE", "BOOKING_NOT_OPEN"

_WORDS: dict[str, tuple[str, str]] = {
    TOO_LATE: (
        "{service} dessert ce trajet mais devait être réservé avant le {deadline}.",
        "{service} serves this journey but had to be booked by {deadline}.",
    ),
    NOT_OPEN: (
        "{service} dessert ce trajet, mais la réservation n’ouvre que le {deadline}.",
        "{service} serves this journey, but booking opens on {deadline} only.",
    ),
    WhyNot.OUTSIDE_ZONE: (
        "{service} ne va pas d’un lieu à l’autre : l’un est hors de sa zone.",
        "{service} does not go from the one place to the other: one is outside its zone.",
    ),
    WhyNot.NOT_ON_THIS_DAY: (
        "{service} dessert ce trajet, mais pas ce jour-là.",
        "{service} serves this journey, but not on that day.",
    ),
    WhyNot.OUTSIDE_HOURS: (
        "{service} dessert ce trajet, mais pas à cette heure-là.",
        "{service} serves this journey, but not at that time.",
    ),
    PARTY_TOO_LARGE: (
        "{service} dessert ce trajet, mais un de ses véhicules prend au plus {largest}.",
        "{service} serves this journey, but a vehicle of its takes at most {largest}.",
    ),
    NoRoomReason.NO_VEHICLE: (
        "{service} dessert ce trajet, mais aucun de ses véhicules ne roule à cette heure-là.",
        "{service} serves this journey, but none of its vehicles is on the road at that time.",
    ),
    NoRoomReason.NO_SEAT: (
        "{service} dessert ce trajet, mais il n’y a plus assez de places à cette heure-là.",
        "{service} serves this journey, but has not enough seats left at that time.",
    ),
    NoRoomReason.NO_WHEELCHAIR_PLACE: (
        "{service} dessert ce trajet, mais n’a plus de place pour un fauteuil roulant à cette heure-là.",
        "{service} serves this journey, but has no place for a wheelchair left at that time.",
    ),
    NoRoomReason.TOO_LONG: (
        "{service} dessert ce trajet, mais le détour par les autres voyageurs serait trop long à cette heure-là.",
        "{service} serves this journey, but the way round for others would be too long at that time.",
    ),
    NoRoomReason.NO_TIME: (
        "{service} dessert ce trajet, mais tous ses véhicules sont pris ailleurs à cette heure-là.",
        "{service} serves this journey, but all its vehicles are busy elsewhere at that time.",
    ),
}

CODES: dict[str, str] = {
    name: name if name.isupper() else f"ON_DEMAND_{name.replace('-', '_').upper()}" for name in _WORDS
}


@dataclass(frozen=True, slots=True)
class Wait:
    """A ride one can wait for, as others have taken the places: all the way, or a leg of a journey at its time."""

    origin: Place
    destination: Place
    at_s: int
    arrive_by: bool = False
    station: str = ""
    """Where its coach or train stops; "": it goes all the way."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Why not, and when next."""

    service: Service
    why: str
    deadline_s: int | None = None
    next: FlexOffer | None = None
    next_s: int = 0
    """When one would set out."""
    wait: Wait | None = None
    largest: Largest = ()
    """The largest parties it has vehicles for."""


@dataclass(frozen=True, slots=True)
class WhyNotAsked:
    """Of one question: who is asked, when one would set out (arrive), and which services take one anyway."""

    legs: DispatchedLegs
    ask: FlexAsk
    time_s: int
    arrive_by: bool
    shown: frozenset[str]
    walk_s: int | None
    """On foot all the way."""
    legs_full: Mapping[str, tuple[NoRoomReason, Wait]] = field(default_factory=dict)
    """By service: the leg of a journey there was no room for, nearest to the time asked for."""

    def list_declined(self, *, nothing_else: bool) -> list[Declined]:
        """Of each service that goes from or to one of the places. `nothing_else`: also those that go from (to) one
        of the places only, and not to the other."""
        found = []
        for on in self.legs.ground.maps:
            declined = None if on.service.id in self.shown else self._decline(on, nothing_else)
            if declined is not None:
                found.append(declined)
        return found

    def _decline(self, on: ServiceMap, nothing_else: bool) -> Declined | None:
        ways, egress = self._list_ways(on)
        if not ways or (egress is None and self.walk_s is not None and self.walk_s <= WALK_INSTEAD_S):
            return None
        tried = [self._try(on, way, egress) for way in ways]
        leg_full = None if egress is None else self.legs_full.get(on.service.id)
        if any(one is None for one in tried):
            if leg_full is not None:
                return Declined(on.service, leg_full[0], wait=leg_full[1])
            is_outside = nothing_else and egress is not None
            return Declined(on.service, WhyNot.OUTSIDE_ZONE) if is_outside else None
        why, deadline_s = min((one for one in tried if one is not None), key=lambda one: _RANK[one[0]])
        if why == WhyNot.OUTSIDE_ZONE:
            return Declined(on.service, why) if nothing_else else None
        wait = leg_full[1] if leg_full else None
        if egress is None:
            full = next(way for way, one in zip(ways, tried, strict=True) if one and one[0] == why)
            wait = Wait(full.origin.place, full.destination.place, self.time_s, self.arrive_by)
        wait = wait if why in set(NoRoomReason) else None
        tries = TRIES_MAX
        largest = self.legs.fleet.known.largest.get(on.service.id, ())
        for offer, at_s in self._list_later(on, ways, egress):
            tries -= 1
            if tries < 0:
                break
            if self._fits(offer, at_s):
                return Declined(on.service, why, deadline_s, offer, at_s, wait, largest)
        return Declined(on.service, why, deadline_s, wait=wait, largest=largest)

    def _list_ways(self, on: ServiceMap) -> tuple[tuple[Way, ...], bool | None]:
        """What one would want of it: all the way, or else to (`True`: from) the nearest station."""
        direct = self.legs.list_direct(on, self.ask)
        if direct:
            return direct, None
        halts = self.legs.list_ways(on, self.ask, egress=False)
        if halts:
            return halts[:1], False
        return self.legs.list_ways(on, self.ask, egress=True)[:1], True

    def _try(self, on: ServiceMap, way: Way, egress: bool | None) -> tuple[str, int | None] | None:
        """Why not at the instant asked for, and the deadline if that is why; None: it goes."""
        nearest: tuple[str, int | None] | None = None
        for day in list_days(on.service, self.time_s - 86_400, self.time_s):
            windows = on.list_windows(way.origin.place, way.destination.place, day)
            if windows is WhyNot.OUTSIDE_ZONE:
                return WhyNot.OUTSIDE_ZONE, None
            for window in () if isinstance(windows, WhyNot) else windows:
                offer = self._offer(on, way, window, egress)
                at_s = self.time_s - offer.duration_s if self.arrive_by else self.time_s
                found = self._try_window(offer, at_s)
                if found is None:
                    return None
                if nearest is None or _RANK[found[0]] < _RANK[nearest[0]]:
                    nearest = found
        return nearest or (WhyNot.NOT_ON_THIS_DAY, None)

    def _try_window(self, offer: FlexOffer, at_s: int) -> tuple[str, int | None] | None:
        if not offer.open_s <= at_s <= offer.close_s:
            assert offer.ride is not None
            zone = ZoneInfo(offer.ride.service.zone_name)
            is_day = dt.datetime.fromtimestamp(at_s, zone).date() == offer.ride.window.day
            return (WhyNot.OUTSIDE_HOURS if is_day else WhyNot.NOT_ON_THIS_DAY), None
        deadline_s, opens_s = offer.booking.deadline_s(at_s), offer.booking.earliest_s
        if self.ask.booked_s > deadline_s:
            return TOO_LATE, deadline_s
        if opens_s is not None and self.ask.booked_s < opens_s:
            return NOT_OPEN, opens_s
        why = self._find(offer, at_s)
        return None if why is None else (why, None)

    def _list_later(
        self, on: ServiceMap, ways: tuple[Way, ...], egress: bool | None
    ) -> Iterator[tuple[FlexOffer, int]]:
        """What can be booked after the time asked for, in order of time."""
        from_s = max(self.time_s, self.ask.booked_s)
        for day in list_days(on.service, from_s, from_s + LOOK_DAYS * 86_400):
            instants: list[tuple[int, int, FlexOffer]] = []
            for number, way in enumerate(ways):
                windows = on.list_windows(way.origin.place, way.destination.place, day)
                for window in () if isinstance(windows, WhyNot) else windows:
                    span_s = self.legs.fleet.find_span(on.service.id, window, self.ask.party)
                    if span_s is None:
                        continue
                    offer = self._offer(on, way, window, egress, span_s)
                    if not self._is_open(offer):
                        continue
                    opens_s = max(offer.open_s, from_s, self.ask.booked_s + offer.booking.notice_s)
                    instants += [
                        (at_s, number, offer) for at_s in _list_instants(opens_s, offer.close_s, from_s)
                    ]
            instants.sort(key=lambda one: one[:2])
            yield from ((offer, at_s) for at_s, _, offer in instants)

    def _is_open(self, offer: FlexOffer) -> bool:
        booking, booked_s = offer.booking, self.ask.booked_s
        is_late = booking.latest_s is not None and booked_s > booking.latest_s
        return not is_late and (booking.earliest_s is None or booking.earliest_s <= booked_s)

    def _offer(
        self,
        on: ServiceMap,
        way: Way,
        window: TravelWindow,
        egress: bool | None,
        span_s: tuple[int, int] | None = None,
    ) -> FlexOffer:
        ride = make_ride(on.service, way, window, self.ask.party, egress)
        open_s, close_s = list_bounds(ride, span_s)
        offer = make_booking(
            on, ride, open_s - ride.lead_s, close_s - ride.lead_s, way.distance_m, bool(egress)
        )
        longest_s = read_rules(on.service, window, on).longest_s
        if longest_s is None:
            return offer
        return replace(offer, close_s=min(offer.close_s, self.ask.booked_s + longest_s - ride.lead_s))

    def _fits(self, offer: FlexOffer, at_s: int) -> bool:
        return self._find(offer, at_s) is None

    def _find(self, offer: FlexOffer, at_s: int) -> str | None:
        """Why there is no room; None: there is."""
        assert offer.ride is not None
        service, fleet = offer.ride.service, self.legs.fleet
        if is_too_large(self.ask.party, fleet.known.largest.get(service.id, ())):
            return PARTY_TOO_LARGE
        request = offer.ride.make_request(at_s, "asked")
        if request is None:
            return NoRoomReason.NO_TIME
        found = fleet.find(service, request, self.ask.booked_s)
        return found.reason if isinstance(found, NoRoom) else None


_RANK: dict[str, int] = {
    name: rank
    for rank, name in enumerate(
        (
            PARTY_TOO_LARGE,
            *(NoRoomReason.NO_SEAT, NoRoomReason.NO_WHEELCHAIR_PLACE, NoRoomReason.TOO_LONG),
            *(NoRoomReason.NO_TIME, NoRoomReason.NO_VEHICLE, TOO_LATE, NOT_OPEN),
            *(WhyNot.OUTSIDE_HOURS, WhyNot.NOT_ON_THIS_DAY, WhyNot.OUTSIDE_ZONE),
        )
    )
}
"""Of several reasons the one that comes nearest to going."""


def describe_declined(declined: Declined) -> Json:
    """As answers say it: the reason, its deadline, the next possibility and whom to call."""
    service, zone = declined.service, ZoneInfo(declined.service.zone_name)

    def clock(at_s: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(at_s, zone)

    shown: Json = {"code": CODES[declined.why], "service": service.name, "serviceId": service.id}
    said: dict[str, str] = {}
    largest = largest_words(declined.largest)
    for language, word, most in zip(("fr", "en"), _WORDS[declined.why], largest, strict=True):
        day = "" if declined.deadline_s is None else f"{clock(declined.deadline_s):%d/%m/%Y %H:%M}"
        said[language] = word.format(service=service.name, deadline=day, largest=most)
    if declined.deadline_s is not None:
        shown["deadline"] = iso(declined.deadline_s)
    if declined.next is not None:
        at = clock(declined.next_s + _lead_s(declined.next))
        said["fr"] += f" Prochaine possibilité : le {at:%d/%m/%Y} à {at:%H:%M}."
        said["en"] += f" Next possibility: {at:%d/%m/%Y} at {at:%H:%M}."
        shown |= {
            "nextDeparture": iso(declined.next_s),
            "nextArrival": iso(declined.next_s + declined.next.duration_s),
        }
    if declined.wait is not None and declined.wait.station:
        at, station = clock(declined.wait.at_s), declined.wait.station
        said["fr"] += (
            f" On peut attendre une place pour le trajet du {at:%d/%m/%Y} à {at:%H:%M}, correspondance à {station}."
        )
        said["en"] += (
            f" One can wait for a place in the ride of {at:%d/%m/%Y} at {at:%H:%M}, with the connection at {station}."
        )
    if service.phone:
        said["fr"] += f" Renseignements : {service.phone}."
        said["en"] += f" Ask: {service.phone}."
        shown["phone"] = service.phone
    if service.url:
        shown["url"] = service.url
    return shown | said


def _describe_wait(wait: Wait | None) -> Json:
    """What one joins the waiting list with."""
    if wait is None:
        return {}
    wish: Json = {
        end: {"name": place.name, "lat": place.at.lat, "lon": place.at.lon, "stop": place.stop_id}
        for end, place in (("from", wait.origin), ("to", wait.destination))
    }
    return {"waitFor": wish | {"arriveBy" if wait.arrive_by else "leaveAt": iso(wait.at_s)}}


def _list_legs_full(found: Found, time_s: int) -> dict[str, tuple[NoRoomReason, Wait]]:
    """Of journeys that would have been shown, had there been room in their ride to the first stop or from the last."""
    full: dict[str, tuple[NoRoomReason, Wait]] = {}
    for offers, is_access in ((found.flexible.access, True), (found.flexible.egress, False)):
        rides = {id(offer.ride) for offer in offers if offer.ride is not None}
        for one in found.refused:
            ride = one.offer.ride
            if ride is None or id(ride) not in rides:
                continue
            # The first instant tried is the journey's own: the others come before it, or after getting off.
            at_s = (one.last_s if is_access else one.first_s) + ride.lead_s
            station = ride.destination if is_access else ride.origin
            wait = Wait(ride.origin.place, ride.destination.place, at_s, station=station.place.name)
            known = full.get(ride.service.id)
            if known is None or abs(at_s - time_s) < abs(known[1].at_s - time_s):
                full[ride.service.id] = one.reason, wait
    return full


def _list_instants(from_s: int, to_s: int, asked_s: int) -> Iterator[int]:
    at_s = -(-from_s // 300) * 300
    while at_s <= to_s:
        yield at_s
        at_s += STEP_S if at_s < asked_s + SOON_TRIED_S else LONG_STEP_S


def _lead_s(offer: FlexOffer) -> int:
    return 0 if offer.ride is None else offer.ride.lead_s


def explain_on_demand(found: Found, question: Question) -> list[Json]:
    """Why services with a live fleet do not take one at the time asked for, also where there are other journeys."""
    desk = found.desk
    if desk is None or desk.legs is None or not question.flexible >> Mode.FLEX & 1 or question.via:
        return []
    time_s = question.time_s if question.cursor is None else question.cursor.instant_s
    shown = {ride.ride.service.id for rides in found.promised.values() for ride in rides.values()}
    shown |= {
        door.promised.ride.service.id
        for door in found.doors
        if door.promised is not None and abs(door.departure_s - time_s) <= SOON_S
    }
    ask = make_ask(question, found.origin, found.destination)
    walk_s = min((way.duration_s for way in found.direct if way.mode == "WALK"), default=None)
    full = _list_legs_full(found, time_s)
    asked = WhyNotAsked(desk.legs, ask, time_s, question.arrive_by, frozenset(shown), walk_s, full)
    is_alone = not found.page.journeys and not found.doors
    return [
        describe_declined(one) | _describe_wait(one.wait)
        for one in asked.list_declined(nothing_else=is_alone)
    ]
