"""Why an answer is empty, in words, and what else there is: an empty list alone looks like 'no transit'."""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from mobility.journeys.carpool_lines import describe_near_line
from mobility.journeys.ends import End, Ways, nearest_stop_m, ways_of
from mobility.journeys.flexible import FlexOffer
from mobility.journeys.found import Found
from mobility.journeys.instants import DAY_S, iso
from mobility.journeys.pages_of_time import Page, has_ride
from mobility.journeys.question import Question
from mobility.journeys.street_times import DETOUR_FACTOR, MATCHING_M_MAX, SPEED_M_S, Ground
from mobility.journeys.view import View
from mobility.journeys.words import Json
from routing.journey import Journey
from routing.query import Query
from routing.timetable import ALL_MODES

OUTSIDE_AREA_M = 20_000
"""Farther from every stop than this, a place is outside the area."""

LOOK_DAYS = 14
"""How many days on (or back, to arrive by) a next departure is looked for."""

LOOK_TIME_S = 2.0
"""And how long at most."""


def reason(code: str, french: str, english: str, **more: object) -> Json:
    """A reason as it is answered. `code` is for programs, the words for people."""
    return {"code": code, "fr": french, "en": english, **more}


def place_not_found(wanted: str, end: str) -> Json:
    """Nothing is known by the text the client sent."""
    return reason(
        "PLACE_NOT_FOUND",
        f"Aucun arrêt ni lieu ne correspond à « {wanted[:80]} ».",
        f"No stop or place is known as '{wanted[:80]}'.",
        place=end,
    )


def explain(found: Found, question: Question) -> list[Json]:
    """The reasons of an empty list, the most telling first, and the carpool line that helps. Searches further, for a
    bounded time."""
    reasons = _explain(found, question)
    time_s = question.time_s if question.cursor is None else question.cursor.instant_s
    near = describe_near_line(found.view, found.origin, found.destination, time_s)
    if near is None or question.modes == 0:
        return reasons
    french, english, facts = near
    return [*reasons, reason("CARPOOL_LINE", french, english, **facts)]


def _explain(found: Found, question: Question) -> list[Json]:
    view, query, origin, destination = found.view, found.query, found.origin, found.destination
    if question.modes == 0:
        return [
            reason(
                "NO_TRANSIT_ASKED", "Aucun mode de transport demandé.", "No public transport was asked for."
            )
        ]
    if origin.stop is not None and origin.stop == destination.stop and not query.via:
        return [reason("SAME_PLACE", "Départ et arrivée sont le même arrêt.", "Both ends are the same stop.")]
    others = [offer for offer in found.flexible.too_late if offer.ride is None]
    too_late = [booked_too_late(offer) for offer in others[:1]]
    unreachable = _explain_ends(found, question)
    if unreachable:
        return too_late + unreachable
    reasons = [cut_off()] if found.page.cut_off else []
    period = outside_period(view, question.time_s if question.cursor is None else question.cursor.instant_s)
    if period:
        return [*reasons, period]
    looking = _Looking(found, question)
    return reasons + too_late + (looking.explain_limits() or [looking.explain_window(found.page)])


def booked_too_late(offer: FlexOffer) -> Json:
    """What would have taken one, had it been booked in time: for another day, and whom to call."""
    deadline = iso(offer.booking.deadline_s(offer.close_s))
    contact = offer.booking.phone or offer.booking.url
    return reason(
        "BOOKING_TOO_LATE",
        f"{offer.service} dessert ce trajet mais devait être réservé avant. Renseignements : {contact}.",
        f"{offer.service} serves this journey but had to be booked earlier. Ask: {contact}.",
        booking={"service": offer.service, "deadline": deadline, "price": "unknown"}
        | ({"phone": offer.booking.phone} if offer.booking.phone else {})
        | ({"url": offer.booking.url} if offer.booking.url else {}),
    )


def cut_off() -> Json:
    """The time limit ended the search."""
    return reason(
        "CUT_OFF",
        "La recherche a duré trop longtemps et a été interrompue. Réduisez la plage horaire ou réessayez.",
        "The search took too long and was cut off. Ask for a shorter window, or try again.",
    )


_SIDES = {"from": ("le point de départ", "the origin"), "to": ("la destination", "the destination")}


def _explain_ends(found: Found, question: Question) -> list[Json]:
    """Why nothing leaves from, or arrives at, an end; nothing when it is left or reached, by a flexible leg too."""
    reasons = []
    for end, side, offsets in (
        (found.origin, "from", found.query.origins),
        (found.destination, "to", found.query.destinations),
    ):
        if not offsets:
            reasons += explain_end(found.view, question, end, side)
    return reasons


def explain_end(view: View, question: Question, end: End, side: str) -> list[Json]:
    """Why no stop is reached from ('to': reaches) a place on the ways asked for; nothing when one is."""
    if end.approaches:
        return []
    french, english = (words.capitalize() for words in _SIDES[side])
    ways = ways_of(question, access=side == "from")
    ground = off_streets(view, end, ways, side)
    if ground is not None and ground["code"] == "OFF_STREETS":
        return [ground]
    reasons = [] if ground is None else [ground]
    nearest = nearest_stop_m(view, end)
    if nearest is None or nearest[1] > OUTSIDE_AREA_M:
        more = {"nearestStopDistance": round(nearest[1])} if nearest else {}
        outside = reason(
            "OUTSIDE_AREA",
            f"{french} est en dehors de la zone desservie.",
            f"{english} is outside the area served.",
            place=side,
            **more,
        )
        return [*reasons, outside]
    stop, crow_m = nearest
    name = view.words().place(stop)["name"]
    minutes = round(_walk_s(view, ways, end, stop, crow_m) / 60)
    limit_s = max((ways.limit_s(mode) for mode in ways.modes), default=0)
    too_far = reason(
        "NO_STOP_IN_RANGE",
        f"{french} n’a pas d’arrêt à {limit_s // 60} minutes : "
        f"le plus proche, {name}, est à {crow_m / 1000:.1f} km ({minutes} min à pied).",
        f"{english} has no stop within {limit_s // 60} minutes: "
        f"the nearest, {name}, is {crow_m / 1000:.1f} km away ({minutes} min on foot).",
        place=side,
        nearestStop=dict(view.words().place(stop)),
        nearestStopDistance=round(crow_m),
    )
    return [*reasons, too_far]


def nothing_in_reach(minutes: int) -> Json:
    """Of an area: no stop is in it."""
    return reason(
        "NOTHING_IN_REACH",
        f"Aucun arrêt n’est atteint en {minutes} minutes.",
        f"No stop is reached in {minutes} minutes.",
    )


def off_streets(view: View, end: End, ways: Ways, side: str) -> Json | None:
    """The reason of a place that no street leads to, or where the streets are not known; None: it has neither."""
    french, english = _SIDES[side]
    grounds = {view.streets.ground(ways.going(mode), end.lat, end.lon) for mode in ways.modes}
    if grounds == {Ground.OFF_STREETS}:
        metres = round(min(ways.matching_m, MATCHING_M_MAX))
        return reason(
            "OFF_STREETS",
            f"Aucune rue ni aucun chemin connu à moins de {metres} m : {french} est peut-être dans l’eau, en forêt ou "
            "sur un terrain fermé.",
            f"No known street or path within {metres} m: {english} may be in the water, in a forest or on closed "
            "ground.",
            place=side,
        )
    if Ground.OUTSIDE_MAP in grounds:
        return reason(
            "OUTSIDE_STREETS",
            f"La carte des rues ne va pas jusque-là ({french}) : les temps y sont estimés à vol d’oiseau.",
            f"The map of the streets does not reach there ({english}): times are estimated as the crow flies.",
            place=side,
        )
    return None


def _walk_s(view: View, ways: Ways, end: End, stop: int, crow_m: float) -> float:
    """How long it takes to (from) a stop on foot."""
    place = view.words().place(stop)
    points = (end.lat, end.lon), (place["lat"], place["lon"])
    start, target = reversed(points) if ways.egress else points
    path = view.street_path(ways.going("WALK"), *start, *target)
    return crow_m * DETOUR_FACTOR / SPEED_M_S["WALK"] if path is None else path.duration_s


def outside_period(view: View, time_s: int) -> Json | None:
    """The reason of a day outside those any service runs; None when it is inside."""
    active = np.flatnonzero(np.asarray(view.timetable.service_active).any(axis=0))
    if not len(active):
        return reason(
            "OUTSIDE_SERVICE_PERIOD",
            "Les horaires chargés ne contiennent aucun jour de circulation.",
            "The timetable that is loaded has no day of service.",
        )
    info = view.network.info
    first = info.first_day + dt.timedelta(days=int(active[0]))
    last = info.first_day + dt.timedelta(days=int(active[-1]))
    asked = dt.datetime.fromtimestamp(time_s, ZoneInfo(info.zones[0])).date()
    # the day before still runs after midnight, and a window reaches into the next day
    if first - dt.timedelta(days=1) <= asked <= last + dt.timedelta(days=1):
        return None
    more = {"nextServiceDay": first.isoformat()} if asked < first else {}
    return reason(
        "OUTSIDE_SERVICE_PERIOD",
        f"Le {asked:%d/%m/%Y} est hors de la période des horaires connus, du {first:%d/%m/%Y} au {last:%d/%m/%Y}.",
        f"{asked:%d/%m/%Y} is outside the timetable that is known, {first:%d/%m/%Y} to {last:%d/%m/%Y}.",
        serviceFrom=first.isoformat(),
        serviceTo=last.isoformat(),
        **more,
    )


class _Looking:
    """Searches more loosely, and further, until its time is up."""

    def __init__(self, found: Found, question: Question) -> None:
        self._view, self._question, self._query = found.view, question, found.query
        self._filters = found.filters
        self._until = time.monotonic() + min(LOOK_TIME_S, question.time_limit_s)

    def explain_limits(self) -> list[Json]:
        """Which of the limits asked for leaves nothing of what runs on that day."""
        query, question = self._query, self._question
        filtered = self._explain_filters()
        if filtered:
            return filtered
        loose = []
        if query.max_transfers < 7:
            loose.append((replace(query, max_transfers=7), _transfers_reason))
        if query.max_travel_time_s < DAY_S:
            loose.append((replace(query, max_travel_time_s=DAY_S), _travel_time_reason))
        if query.wheelchair:
            loose.append((replace(query, wheelchair=False), _wheelchair_reason))
        if query.bikes:
            loose.append((replace(query, bikes=False), _bikes_reason))
        if query.modes != ALL_MODES:
            loose.append((replace(query, modes=ALL_MODES), _modes_reason))
        if query.via:
            loose.append((replace(query, via=()), self._via_reason))
        reasons = []
        for looser, make in loose:
            found = self._filters.list_shown(self._search_day(looser, question.time_s))
            reasons += [make(found)] if found else []
        return reasons

    def _explain_filters(self) -> list[Json]:
        """What runs on that day, and is not shown because of how far, or how fast, one walks."""
        found = self._search_day(self._query, self._question.time_s)
        if not found or self._filters.list_shown(found):
            return []
        most_m = self._question.walked_m_max
        least_m = min(map(self._filters.measure_walk_m, found))
        if most_m is not None and least_m > most_m:
            metres = math.ceil(least_m)
            return [
                reason(
                    "WALKS_TOO_FAR",
                    f"Il faut marcher au moins {metres} m en tout pour ce trajet.",
                    f"One must walk at least {metres} m in all for this journey.",
                    walkDistanceNeeded=metres,
                )
            ]
        return [
            reason(
                "WALKING_IS_FASTER",
                "À pied, on arrive plus vite qu’avec n’importe quel véhicule.",
                "On foot one is there sooner than with any vehicle.",
            )
        ]

    def _via_reason(self, found: list[Journey]) -> Json:
        names = [given.stop_id for given in self._question.via]
        unserved = [name for name, via in zip(names, self._query.via, strict=True) if not via.stops]
        if unserved:
            return reason(
                "VIA_NOT_SERVED",
                f"Aucun véhicule ne dessert l’étape « {unserved[0]} ».",
                f"No vehicle calls at the via '{unserved[0]}'.",
                place="via",
            )
        return reason(
            "VIA_OUT_OF_REACH",
            "Des trajets existent, mais aucun ne passe par l’étape demandée assez longtemps.",
            "There are journeys, but none passes by way of what was asked for, for long enough.",
            place="via",
            nextDeparture=iso(found[0].departure_s),
        )

    def explain_window(self, page: Page) -> Json:
        """When the next (last) journey is, looked for day by day."""
        by = self._question.arrive_by
        edge_s = page.from_s if by else page.to_s
        if by or (self._question.cursor and not self._question.cursor.later):
            edge_s, step = page.from_s, -1
        else:
            edge_s, step = page.to_s, 1
        for day in range(LOOK_DAYS):
            start_s = edge_s + step * day * DAY_S
            if time.monotonic() > self._until:
                return _not_looked_further(day)
            found = self._filters.list_shown(self._search_day(self._query, start_s, backwards=step < 0))
            if found:
                chosen = max(found, key=lambda j: j.arrival_s) if step < 0 else found[0]
                return self._next_reason(chosen, page, step)
        return reason(
            "NO_CONNECTION",
            f"Aucune liaison en transport n’existe dans les {LOOK_DAYS} jours examinés.",
            f"No connection by public transport exists in the {LOOK_DAYS} days looked at.",
            lookedAtDays=LOOK_DAYS,
        )

    def _search_day(self, query: Query, time_s: int, backwards: bool | None = None) -> list[Journey]:
        backwards = self._question.arrive_by if backwards is None else backwards
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            return []
        first_s = time_s - DAY_S + 1 if backwards else time_s
        answer = self._view.planner.plan(
            replace(query, time_s=first_s, window_s=DAY_S - 1, time_limit_s=left_s)
        )
        return [journey for journey in answer.journeys if has_ride(journey)]

    def _next_reason(self, journey: Journey, page: Page, step: int) -> Json:
        zone = ZoneInfo(self._view.network.info.zones[0])
        leaves = dt.datetime.fromtimestamp(journey.departure_s, zone)
        word = ("Le précédent départ est", "The last departure before is") if step < 0 else (
            "Le prochain départ est", "The next departure is"
        )  # fmt: skip
        return reason(
            "NOTHING_IN_WINDOW",
            f"Rien dans la plage horaire demandée. {word[0]} le {leaves:%d/%m/%Y} à {leaves:%H:%M}.",
            f"Nothing in the time asked for. {word[1]} on {leaves:%d/%m/%Y} at {leaves:%H:%M}.",
            nextDeparture=iso(journey.departure_s),
            nextArrival=iso(journey.arrival_s),
            nextServiceDay=leaves.date().isoformat(),
            searchedFrom=iso(page.from_s),
            searchedTo=iso(page.to_s),
        )


def _not_looked_further(days: int) -> Json:
    return reason(
        "NOTHING_IN_WINDOW",
        "Rien dans la plage horaire demandée ; la recherche d’un prochain départ a été interrompue.",
        "Nothing in the time asked for; the search for a next departure was cut off.",
        lookedAtDays=days,
    )


def _transfers_reason(found: list[Journey]) -> Json:
    needed = min(journey.transfers for journey in found)
    return reason(
        "MAX_TRANSFERS_TOO_LOW",
        f"Il faut au moins {needed} correspondance(s) pour ce trajet.",
        f"At least {needed} change(s) are needed for this journey.",
        transfersNeeded=needed,
    )


def _travel_time_reason(found: list[Journey]) -> Json:
    minutes = -(-min(journey.arrival_s - journey.departure_s for journey in found) // 60)
    return reason(
        "MAX_TRAVEL_TIME_TOO_SHORT",
        f"Le trajet le plus rapide dure {minutes} minutes.",
        f"The fastest journey takes {minutes} minutes.",
        travelTimeNeeded=minutes,
    )


def _wheelchair_reason(found: list[Journey]) -> Json:
    return reason(
        "NOT_KNOWN_ACCESSIBLE",
        "Des trajets existent, mais aucun n’est connu comme accessible en fauteuil roulant de bout en bout.",
        "There are journeys, but none is known to be wheelchair accessible from end to end.",
        nextDeparture=iso(found[0].departure_s),
    )


def _bikes_reason(found: list[Journey]) -> Json:
    return reason(
        "NOT_KNOWN_FOR_BIKES",
        "Des trajets existent, mais aucun n’est connu pour accepter les vélos de bout en bout.",
        "There are journeys, but none is known to take bicycles from end to end.",
        nextDeparture=iso(found[0].departure_s),
    )


def _modes_reason(found: list[Journey]) -> Json:
    return reason(
        "MODES_TOO_FEW",
        "Des trajets existent, avec d’autres modes que ceux demandés.",
        "There are journeys, with other modes than those asked for.",
        nextDeparture=iso(found[0].departure_s),
    )
