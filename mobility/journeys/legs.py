"""Legs as the API shows them, from what the planner answers: plain dicts, built from parts made once per network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polyline

from mobility.journeys.emissions import leg_emissions
from mobility.journeys.polylines import NO_GEOMETRY, as_geometry, encode
from mobility.journeys.promised_legs import present_promised
from mobility.journeys.rides import present_ride
from mobility.journeys.showing import Showing
from mobility.journeys.street_legs import present_walk
from mobility.journeys.words import Json
from routing.journey import Ride, Walk


def present_legs(showing: Showing, legs: Sequence[Ride | Walk]) -> list[Json]:
    """A journey's legs as the API's; rides one stays seated through are one leg, or marked, as asked."""
    shown: list[Json] = []
    boarded_s = 0
    promised = showing.promised.get(tuple(legs), {})
    for index, leg in enumerate(legs):
        if index in promised:
            shown += present_promised(showing, leg, promised[index])
            continue
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


def _joined(leg: Json, ride: Json, duration_s: int) -> Json:
    """Two rides in one vehicle as one leg: named after the first, to the second's end."""
    at = dict(leg["to"])
    at["departure"], at["scheduledDeparture"] = ride["startTime"], ride["scheduledStartTime"]
    at["pickupType"] = ride["from"]["pickupType"]
    points = leg["legGeometry"]["points"], ride["legGeometry"]["points"]
    joined = leg | {
        "to": ride["to"],
        "endTime": ride["endTime"],
        "scheduledEndTime": ride["scheduledEndTime"],
        "duration": duration_s,
        "realTime": leg["realTime"] or ride["realTime"],
        "alerts": [*leg["alerts"], *(alert for alert in ride["alerts"] if alert not in leg["alerts"])],
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
