"""The carpool line that helps where nothing else goes: for an answer without journeys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from carpool.line import Line, LineStop
from ground.paris import PARIS
from gtfs_feeds.catalogue import find_stop, find_trip, text
from mobility.journeys.bookings import describe_booking
from mobility.journeys.carpool_rides import FEED_ID, Carpool, OfferedRide, model_trip_id
from mobility.journeys.ends import End
from mobility.journeys.expected_waiting import describe_waiting
from mobility.journeys.instants import iso
from mobility.journeys.street_times import distance_between_m
from mobility.journeys.view import View
from mobility.journeys.words import Json

NEAR_M = 15_000
"""So near a line's stop, as the crow flies, one finds a way there: by bicycle, or somebody brings one."""


@dataclass(frozen=True, slots=True)
class NearLine:
    """A line from near one place to near another. Distances are metres as the crow flies."""

    line: Line
    board: LineStop
    alight: LineStop
    to_board_m: float
    from_alight_m: float


def find_near_line(carpool: Carpool, origin: End, destination: End) -> NearLine | None:
    """The line that leaves least of the way to be gone otherwise, and less than without it."""
    least_m, found = distance_between_m(origin.lat, origin.lon, destination.lat, destination.lon), None
    for line in carpool.lines:
        (to_m, board), (from_m, alight) = (_nearest(line, end) for end in (origin, destination))
        helps = board is not alight and max(to_m, from_m) <= NEAR_M and to_m + from_m < least_m
        if helps and line.is_open:
            least_m, found = to_m + from_m, NearLine(line, board, alight, to_m, from_m)
    return found


def _nearest(line: Line, end: End) -> tuple[float, LineStop]:
    return min(
        ((distance_between_m(end.lat, end.lon, at.stop.lat, at.stop.lon), at) for at in line.stops),
        key=lambda one: one[0],
    )


def find_next_ride(
    carpool: Carpool, near: NearLine, time_s: int, booked_s: int
) -> tuple[OfferedRide, int, int] | None:
    """The first ride between the two stops from an instant on that can be booked, and its places among the calls."""
    found = None
    for one in carpool.rides:
        if one.line.id != near.line.id:
            continue
        stop_ids = [call.stop_id for call in one.ride.calls]
        if near.board.stop.id not in stop_ids or near.alight.stop.id not in stop_ids:
            continue
        board, alight = stop_ids.index(near.board.stop.id), stop_ids.index(near.alight.stop.id)
        if board >= alight or one.seats_left(board, alight) <= 0 or one.deadline_s(board) < booked_s:
            continue
        at_s = one.departure_s(board)
        if at_s >= time_s and (found is None or at_s < found[0]):
            found = at_s, one, board, alight
    return None if found is None else found[1:]


def describe_near_line(
    view: View, origin: End, destination: End, time_s: int
) -> tuple[str, str, Json] | None:
    """The line near both ends, in French, in English and as facts; None: there is none."""
    carpool, booked_s = view.live.carpool, view.live.booked_s
    near = find_near_line(carpool, origin, destination)
    if near is None:
        return None
    words, catalogue = view.words(), view.catalogue
    model = find_trip(catalogue, f"{FEED_ID}_{model_trip_id(near.line.id, False)}")
    stops = [find_stop(catalogue, f"{FEED_ID}_{at.stop.id}") for at in (near.board, near.alight)]
    if model is None or None in stops:
        return None
    board, alight = (dict(words.place(stop)) for stop in stops if stop is not None)
    phone = words.line(int(catalogue.trip_route[model]), int(view.timetable.trip_mode[model])).get(
        "agencyPhone", ""
    )
    facts: Json = {
        "line": near.line.name,
        "nearestStop": board,
        "nearestStopDistance": round(near.to_board_m),
        "alightingStop": alight,
        "alightingStopDistance": round(near.from_alight_m),
    }
    french = (
        f"La ligne de covoiturage {near.line.name} va de {board['name']} (à {near.to_board_m / 1000:.1f} km du départ) "
        f"à {alight['name']} (à {near.from_alight_m / 1000:.1f} km de l’arrivée)."
    )
    english = (
        f"The carpool line {near.line.name} goes from {board['name']} ({near.to_board_m / 1000:.1f} km from the start) "
        f"to {alight['name']} ({near.from_alight_m / 1000:.1f} km from the end)."
    )
    following = find_next_ride(carpool, near, time_s, booked_s)
    if following is not None:
        offered, first, last = following
        leaves = dt.datetime.fromtimestamp(offered.departure_s(first), PARIS)
        facts |= {
            "nextDeparture": iso(offered.departure_s(first)),
            "booking": describe_booking(offered, first, last, booked_s, phone),
        }
        french += f" Prochain trajet à réserver : le {leaves:%d/%m/%Y} à {leaves:%H:%M}."
        english += f" Next ride to book: on {leaves:%d/%m/%Y} at {leaves:%H:%M}."
    backwards = near.line.position(near.board.stop.id) > near.line.position(near.alight.stop.id)
    waiting = describe_waiting(carpool, near.line.id, backwards, near.board.stop.id, time_s)
    if waiting is not None:
        facts["expectedWaiting"] = waiting
        french, english = f"{french} {waiting['fr']}", f"{english} {waiting['en']}"
    if phone:
        facts["phone"] = phone
        french, english = f"{french} Renseignements : {phone}.", f"{english} Ask: {phone}."
    return french, english, facts


def list_expected_waiting(view: View, stops: Iterable[int], at_s: int) -> list[Json]:
    """What past trips let expect at some stops of lines, for each line and direction they are on."""
    carpool, catalogue, own = view.live.carpool, view.catalogue, f"{FEED_ID}_"
    if carpool.waiting is None:
        return []
    found = []
    ids = {stop: text(catalogue, int(catalogue.stop_id_text[stop])) for stop in sorted(stops)}
    for stop, stop_id in ids.items():
        stop_id = stop_id.removeprefix(own) if stop_id.startswith(own) else ""
        lines = [line for line in carpool.lines if stop_id in {at.stop.id for at in line.stops}]
        for line in lines:
            for backwards, end in ((False, line.stops[-1]), (True, line.stops[0])):
                waiting = describe_waiting(carpool, line.id, backwards, stop_id, at_s)
                if waiting is not None:
                    place = dict(view.words().place(stop))
                    found.append({"line": line.name, "headsign": end.stop.name, "place": place} | waiting)
    return found
