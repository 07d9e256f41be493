"""Legs along the streets: on foot, by bike, by car, and flexible ones, which are drawn straight."""

from __future__ import annotations

import numpy as np

from mobility.journeys.bookings import add_booking
from mobility.journeys.emissions import leg_emissions
from mobility.journeys.ends import Approach, End
from mobility.journeys.instants import iso
from mobility.journeys.polylines import NO_GEOMETRY, as_geometry, encode
from mobility.journeys.showing import Showing
from mobility.journeys.street_times import DETOUR_FACTOR, Going, distance_between_m
from mobility.journeys.view import View
from mobility.journeys.words import Json
from routing.journey import OUTSIDE, Walk
from routing.street.steps import Step


def present_walk(showing: Showing, walk: Walk) -> Json:
    """A way on foot (or as one comes to the first stop) as a leg."""
    on_foot = Approach("WALK", walk.arrival_s - walk.departure_s, None)
    details = showing.details
    if walk.from_stop == OUTSIDE:
        approach = showing.origin.approaches.get(walk.to_stop, on_foot)
    elif walk.to_stop == OUTSIDE:
        approach = showing.destination.approaches.get(walk.from_stop, on_foot)
    else:
        going = Going("WHEELCHAIR" if showing.wheelchair else "WALK")
        approach = Approach("WALK", walk.arrival_s - walk.departure_s, None, going=going)
        details = showing.transfer_details
    offer = showing.flexible.find_offer(walk, showing.origin, showing.destination)
    if offer is not None:
        approach = offer.as_approach()
    from_place = _walk_place(showing, walk.from_stop, showing.origin)
    to_place = _walk_place(showing, walk.to_stop, showing.destination)
    leg = street_leg(showing.view, from_place, to_place, approach, walk.departure_s, walk.arrival_s, details)
    return leg if offer is None else add_booking(leg, offer, walk.departure_s)


def street_leg(
    view: View,
    from_place: Json,
    to_place: Json,
    approach: Approach,
    departure_s: int,
    arrival_s: int,
    details: bool,
) -> Json:
    """A leg along the streets; where they are not known its line is straight, and it says so."""
    ends = from_place["lat"], from_place["lon"], to_place["lat"], to_place["lon"]
    distance_m, estimated, path = approach.distance_m, approach.estimated, None
    if approach.going is not None and (details or distance_m is None):
        path = view.street_path(approach.going, *ends)
    if path is not None and (distance_m is None or not path.estimated):
        distance_m, estimated = path.distance_m, path.estimated
    if distance_m is None:
        distance_m = distance_between_m(*ends) * DETOUR_FACTOR
    departure, arrival = iso(departure_s), iso(arrival_s)
    from_place["departure"] = from_place["scheduledDeparture"] = departure
    to_place["arrival"] = to_place["scheduledArrival"] = arrival
    leg = {
        "mode": approach.mode,
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
        "legGeometry": NO_GEOMETRY,
        "estimated": estimated,
        "emissions": leg_emissions(approach.mode, distance_m),
    }
    if details:
        straight = np.array([ends[0], ends[2]]), np.array([ends[1], ends[3]])
        line = straight if path is None else (path.lat, path.lon)
        leg["legGeometry"] = as_geometry(encode(*line), len(line[0]))
        if path is not None and path.steps:
            leg["steps"] = [present_step(step) for step in path.steps]
    return leg


def present_step(step: Step) -> Json:
    """A stretch of one street as the API's StepInstruction."""
    shown: Json = {
        "relativeDirection": step.relative_direction,
        "distance": round(step.distance_m, 1),
        "fromLevel": step.from_level,
        "toLevel": step.to_level,
        "polyline": as_geometry(encode(step.lat, step.lon), len(step.lat)),
        "streetName": step.street_name,
        "exit": step.exit,
        "stayOn": step.stay_on,
        "area": step.area,
        "toll": step.toll,
    }
    for name, value in (
        ("osmWay", step.osm_way),
        ("fromOsmNode", step.from_osm_node),
        ("toOsmNode", step.to_osm_node),
        ("accessRestriction", step.access_restriction),
    ):
        if value is not None:
            shown[name] = value
    return shown


def _walk_place(showing: Showing, stop: int, end: End) -> Json:
    if stop == OUTSIDE:
        return end.place(showing.words)
    return dict(showing.words.place(stop))
