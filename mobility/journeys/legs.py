"""Legs as the API shows them, from what the planner answers: plain dicts, built from parts made once per network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polyline

from gtfs_feeds.catalogue import text
from mobility.journeys.bookings import add_booking
from mobility.journeys.emissions import leg_emissions
from mobility.journeys.ends import Approach, End
from mobility.journeys.flexible import NO_OFFERS, FlexOffers
from mobility.journeys.instants import iso
from mobility.journeys.polylines import NO_GEOMETRY, as_geometry, encode
from mobility.journeys.street_times import DETOUR_FACTOR, distance_between_m
from mobility.journeys.trip_tokens import write_token
from mobility.journeys.view import View
from mobility.journeys.words import ACCESSIBILITY, Json, Words, feed_of_route
from routing.journey import OUTSIDE, Ride, Walk
from routing.timetable import Timetable

NOT_ALLOWED, PHONE, DRIVER = 1, 2, 3
"""GTFS pickup_type and drop_off_type, beside 0, regular."""

ARRANGEMENT = {PHONE: "PHONE_AGENCY", DRIVER: "COORDINATE_WITH_DRIVER"}
"""Beside the API's pickupType, which knows only whether one may get on."""


@dataclass(frozen=True)
class Showing:
    """How legs are shown in one answer."""

    view: View
    words: Words
    origin: End
    destination: End
    details: bool = True
    transfer_details: bool = True
    join_interlined: bool = True
    skipped_stops: bool = False
    flexible: FlexOffers = NO_OFFERS


def present_legs(showing: Showing, legs: Sequence[Ride | Walk]) -> list[Json]:
    """A journey's legs as the API's; rides one stays seated through are one leg, or marked, as asked."""
    shown: list[Json] = []
    boarded_s = 0
    for leg in legs:
        if isinstance(leg, Walk):
            if leg.arrival_s > leg.departure_s or leg.from_stop != leg.to_stop:
                shown.append(present_walk(showing, leg))
            continue
        ride = present_ride(showing, leg)
        if leg.stay_seated and shown and "tripId" in shown[-1]:
            if showing.join_interlined:
                shown[-1] = _joined(shown[-1], ride, leg.arrival_s - boarded_s)
                continue
            ride["interlineWithPreviousLeg"] = True
        boarded_s = leg.departure_s
        shown.append(ride)
    return [leg for leg in shown if leg["duration"] or "tripId" in leg]


# ── rides ──────────────────────────────────────────────────────────────────────────────────────────────


def present_ride(showing: Showing, ride: Ride) -> Json:
    """One ride as a leg."""
    view, words = showing.view, showing.words
    timetable, trip = view.timetable, ride.trip
    calls = list_call_places(view, words, trip, ride.departure_s, ride.board, ride.board, ride.alight)
    if not showing.skipped_stops:
        calls[1:-1] = [call for call in calls[1:-1] if not _is_passed(call)]
    line = view.ride_line(trip, ride.board, ride.alight)
    leg = describe_trip(view, words, trip, ride.service_day, ride.shift_s, ride.board)
    departure, arrival = iso(ride.departure_s), iso(ride.arrival_s)
    leg |= {
        "from": calls[0],
        "to": calls[-1],
        "duration": ride.arrival_s - ride.departure_s,
        "startTime": departure,
        "endTime": arrival,
        "scheduledStartTime": departure,
        "scheduledEndTime": arrival,
        "scheduled": True,
        "realTime": False,
        "cancelled": False,
        "interlineWithPreviousLeg": False,
        "intermediateStops": calls[1:-1],
        "legGeometry": line.shown if showing.details else NO_GEOMETRY,
        "distance": round(line.length_m, 1),
        "alerts": [],
        "emissions": leg_emissions(leg["mode"], line.length_m),
    }
    _add_arrangements(leg, timetable, trip, ride)
    return leg


def describe_trip(
    view: View, words: Words, trip: int, service_day: dt.date, shift_s: int, position: int
) -> Json:
    """What a leg or a departure says of its trip, its route and its agency. `position`: whose headsign is shown."""
    timetable, catalogue = view.timetable, view.catalogue
    route, pattern = int(catalogue.trip_route[trip]), int(timetable.trip_pattern[trip])
    first, last = int(timetable.pattern_first[pattern]), int(timetable.pattern_first[pattern + 1]) - 1
    last_place = words.place(int(timetable.pattern_stop[last]))
    headsign = words.read(int(catalogue.position_headsign_text[first + position])) or words.read(
        int(catalogue.trip_headsign_text[trip])
    )
    described = dict(words.line(route, int(timetable.trip_mode[trip])))
    short_name = words.read(int(catalogue.trip_short_name_text[trip]))
    feed = text(catalogue, int(catalogue.feed_id_text[feed_of_route(catalogue, route)]))
    token = write_token(view.network, trip, service_day, shift_s)
    described |= {
        "headsign": headsign or last_place["name"],
        "tripFrom": words.place(int(timetable.pattern_stop[first])),
        "tripTo": last_place,
        "tripId": token,
        "tripShortName": short_name,
        "displayName": described["routeShortName"] or short_name or described["routeLongName"],
        "directionId": str(max(int(catalogue.trip_direction[trip]), 0)),
        "source": f"{feed}/trips.txt trip_id={text(catalogue, int(catalogue.trip_id_text[trip]))[len(feed) + 1 :]}",
    }
    bikes, wheelchair = int(timetable.trip_bikes[trip]), int(timetable.trip_wheelchair[trip])
    if bikes:
        described["bikesAllowed"] = bikes == 1
    if wheelchair:
        described["wheelchairAccessible"] = ACCESSIBILITY[wheelchair]
    return described


def list_call_places(
    view: View, words: Words, trip: int, anchor_s: int, anchor: int, first: int, last: int
) -> list[Json]:
    """The places of a trip's calls from position `first` to `last`, with times; `anchor_s` is the departure at
    position `anchor`. The first has no arrival and the last no departure."""
    timetable = view.timetable
    event = int(timetable.trip_first_event[trip])
    base_s = anchor_s - int(timetable.event_departure_s[event + anchor])
    arrivals = timetable.event_arrival_s[event + first : event + last + 1].tolist()
    departures = timetable.event_departure_s[event + first : event + last + 1].tolist()
    position = int(timetable.pattern_first[int(timetable.trip_pattern[trip])])
    stops = timetable.pattern_stop[position + first : position + last + 1].tolist()
    pickups = timetable.pattern_pickup[position + first : position + last + 1].tolist()
    dropoffs = timetable.pattern_dropoff[position + first : position + last + 1].tolist()
    calls = []
    for index, stop in enumerate(stops):
        place = dict(words.place(stop))
        if index:
            place["arrival"] = place["scheduledArrival"] = iso(base_s + arrivals[index])
        if index < last - first:
            place["departure"] = place["scheduledDeparture"] = iso(base_s + departures[index])
        add_boarding(place, pickups[index], dropoffs[index])
        calls.append(place)
    return calls


def add_boarding(place: Json, pickup: int, dropoff: int) -> None:
    """Say whether one may get on and off here, and what must be arranged for it."""
    place["pickupType"] = "NOT_ALLOWED" if pickup == NOT_ALLOWED else "NORMAL"
    place["dropoffType"] = "NOT_ALLOWED" if dropoff == NOT_ALLOWED else "NORMAL"
    if pickup in ARRANGEMENT:
        place["pickupArrangement"] = ARRANGEMENT[pickup]
    if dropoff in ARRANGEMENT:
        place["dropoffArrangement"] = ARRANGEMENT[dropoff]


def _is_passed(place: Json) -> bool:
    return bool(place["pickupType"] == "NOT_ALLOWED" and place["dropoffType"] == "NOT_ALLOWED")


def _add_arrangements(leg: Json, timetable: Timetable, trip: int, ride: Ride) -> None:
    """A leg one must call for is a leg with a reservation."""
    position = int(timetable.pattern_first[int(timetable.trip_pattern[trip])])
    if int(timetable.pattern_pickup[position + ride.board]) == PHONE:
        leg["reservation"] = "COMPULSORY"


def _joined(leg: Json, ride: Json, duration_s: int) -> Json:
    """Two rides in one vehicle as one leg: named after the first, to the second's end."""
    at = dict(leg["to"])
    at["departure"] = at["scheduledDeparture"] = ride["startTime"]
    at["pickupType"] = ride["from"]["pickupType"]
    points = leg["legGeometry"]["points"], ride["legGeometry"]["points"]
    joined = leg | {
        "to": ride["to"],
        "endTime": ride["endTime"],
        "scheduledEndTime": ride["scheduledEndTime"],
        "duration": duration_s,
        "tripTo": ride["tripTo"],
        "headsign": ride["headsign"],
        "intermediateStops": [*leg["intermediateStops"], at, *ride["intermediateStops"]],
        "distance": round(leg["distance"] + ride["distance"], 1),
        "joinedTripIds": [*leg.get("joinedTripIds", [leg["tripId"]]), ride["tripId"]],
        "legGeometry": _joined_geometry(*points) if all(points) else NO_GEOMETRY,
        "emissions": leg_emissions(leg["mode"], leg["distance"] + ride["distance"]),
    }
    return joined


def _joined_geometry(first: str, second: str) -> Json:
    points = np.array([*polyline.decode(first, 6), *polyline.decode(second, 6)])
    return as_geometry(encode(points[:, 0], points[:, 1]), len(points))


# ── on foot ────────────────────────────────────────────────────────────────────────────────────────────


def present_walk(showing: Showing, walk: Walk) -> Json:
    """A way on foot (or as one comes to the first stop) as a leg."""
    if walk.from_stop == OUTSIDE:
        approach = showing.origin.approaches.get(walk.to_stop)
        details = showing.details
    elif walk.to_stop == OUTSIDE:
        approach = showing.destination.approaches.get(walk.from_stop)
        details = showing.details
    else:
        approach, details = None, showing.transfer_details
    offer = showing.flexible.find_offer(walk, showing.origin, showing.destination)
    if offer is not None:
        approach = offer.as_approach()
    from_place = _walk_place(showing, walk.from_stop, showing.origin)
    to_place = _walk_place(showing, walk.to_stop, showing.destination)
    leg = street_leg(from_place, to_place, approach, walk.departure_s, walk.arrival_s, details)
    return leg if offer is None else add_booking(leg, offer, walk.departure_s)


def street_leg(
    from_place: Json,
    to_place: Json,
    approach: Approach | None,
    departure_s: int,
    arrival_s: int,
    details: bool,
) -> Json:
    """A leg along the streets; its line is straight while there is no street graph, and it says so."""
    mode = approach.mode if approach else "WALK"
    distance_m = approach.distance_m if approach else None
    ends = from_place["lat"], from_place["lon"], to_place["lat"], to_place["lon"]
    if distance_m is None:
        distance_m = distance_between_m(*ends) * DETOUR_FACTOR
    departure, arrival = iso(departure_s), iso(arrival_s)
    from_place["departure"] = from_place["scheduledDeparture"] = departure
    to_place["arrival"] = to_place["scheduledArrival"] = arrival
    geometry = NO_GEOMETRY
    if details:
        geometry = as_geometry(encode(np.array([ends[0], ends[2]]), np.array([ends[1], ends[3]])), 2)
    return {
        "mode": mode,
        "from": from_place,
        "to": to_place,
        "duration": arrival_s - departure_s,
        "startTime": departure,
        "endTime": arrival,
        "scheduledStartTime": departure,
        "scheduledEndTime": arrival,
        "realTime": False,
        "scheduled": True,
        "distance": round(distance_m, 1),
        "legGeometry": geometry,
        "estimated": True,
        "emissions": leg_emissions(mode, distance_m),
    }


def _walk_place(showing: Showing, stop: int, end: End) -> Json:
    if stop == OUTSIDE:
        return end.place(showing.words)
    return dict(showing.words.place(stop))
