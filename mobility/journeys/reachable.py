"""How far one gets from a place in a given time, or from how far one gets to it: `/api/v6/one-to-all`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mobility.journeys.criteria import make_query
from mobility.journeys.ends import End, get_end, ways_of
from mobility.journeys.instants import iso
from mobility.journeys.question import Question
from mobility.journeys.reasons import explain_end, nothing_in_reach
from mobility.journeys.serving import Serving
from mobility.journeys.view import View
from mobility.journeys.words import Json
from routing.timetable import Mode


@dataclass(frozen=True, slots=True)
class ReachedStop:
    """`duration_s`: from leaving the place to being at the stop (to arrive by: the other way round)."""

    stop: int
    duration_s: int
    rides: int


@dataclass(frozen=True, slots=True)
class Reachable:
    """What is reached of a place; the nearest in time first."""

    view: View
    place: End
    stops: tuple[ReachedStop, ...]


def find_reachable(serving: Serving, question: Question) -> Reachable:
    """The stops reached from the question's origin in its travel time (to arrive by: from which it is reached).

    Raises PlaceNotFoundError and CoordinatesError.
    """
    serving = serving.in_mode(question.realtime)
    view, by = serving.view, question.arrive_by
    place = get_end(
        view, question.origin, "to" if by else "from", question.origin_name, ways_of(question, access=not by)
    )
    offsets = place.offsets()
    if not offsets:
        return Reachable(view, place, ())
    origins, destinations = ((), offsets) if by else (offsets, ())
    query = make_query(view, question, origins, destinations, question.max_travel_time_s)
    query = replace(query, modes=query.modes & ~(1 << Mode.FLEX))  # nobody has asked whether there is room
    reached = serving.planner.one_to_all(query)
    found = (reached.at_s >= 0).nonzero()[0]
    durations = (question.time_s - reached.at_s if by else reached.at_s - question.time_s)[found]
    rides = reached.transfers[found] + 1
    stops = [
        ReachedStop(stop, duration_s, count)
        for duration_s, stop, count in sorted(
            zip(durations.tolist(), found.tolist(), rides.tolist(), strict=True)
        )
    ]
    return Reachable(view, place, tuple(stops))


def present_reachable(found: Reachable, question: Question) -> Json:
    """As `/api/v6/one-to-all` answers it: durations in whole minutes; `k` vehicles, 0 on foot."""
    words, by = found.view.words(question.languages), question.arrive_by
    one = found.place.place(words) | {"arrival" if by else "departure": iso(question.time_s)}
    listed = []
    for reached in found.stops:
        place = dict(words.place(reached.stop))
        at_s = question.time_s - reached.duration_s if by else question.time_s + reached.duration_s
        place["departure" if by else "arrival"] = iso(at_s)
        listed.append({"place": place, "duration": -(-reached.duration_s // 60), "k": reached.rides})
    answer: Json = {"one": one, "all": listed}
    if not listed:
        answer["reasons"] = explain_nothing(found, question)
    return answer


def explain_nothing(found: Reachable, question: Question) -> list[Json]:
    """Why no stop is reached."""
    side = "to" if question.arrive_by else "from"
    return explain_end(found.view, question, found.place, side) or [
        nothing_in_reach(question.max_travel_time_s // 60)
    ]
