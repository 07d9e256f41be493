"""The last way home of a day, and what happens to who misses it: `/v1/last-return`.

The last safe one is the last but one: who misses it still gets home. A day ends at 04:00, when the buses of the night
are in; a journey that waits for the morning on the way is no way home.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from mobility.journeys.found import Found
from mobility.journeys.instants import iso
from mobility.journeys.itineraries import present_itinerary
from mobility.journeys.plan import search, showing_of
from mobility.journeys.question import Question
from mobility.journeys.reasons import explain
from mobility.journeys.serving import Serving
from mobility.journeys.words import Json
from routing.journey import Journey, Ride

NIGHT_ENDS_H = 4


def present_last_return(serving: Serving, question: Question) -> Json:
    """The last journeys from where one is (the question's origin) back home, from its time on.

    Raises PlaceNotFoundError and CoordinatesError.
    """
    zone = ZoneInfo(serving.network.info.zones[0])
    day, ends_s = _end_of_day(question.time_s, zone)
    all_day = replace(
        question,
        arrive_by=False,
        timetable_view=True,
        cursor=None,
        window_s=max(ends_s - question.time_s, 60),
        itineraries=0,
        itineraries_max=None,
    )
    found = search(serving, all_day)
    journeys = [journey for journey in found.page.journeys if journey.arrival_s <= ends_s]
    showing = showing_of(found, question)
    answer: Json = {
        "from": found.origin.place(showing.words),
        "to": found.destination.place(showing.words),
        "serviceDay": day.isoformat(),
        "last": present_itinerary(showing, journeys[-1]) if journeys else None,
        "lastSafe": present_itinerary(showing, journeys[-2]) if len(journeys) > 1 else None,
        "cutOff": found.page.cut_off,
    }
    if not journeys:
        answer["reasons"] = explain(found, all_day)
        return answer
    after = _first_after(serving, question, found, ends_s)
    answer["tightestChange"] = tightest_change_s(journeys[-1])
    answer["ifMissed"] = None if after is None else iso(after.departure_s)
    return answer | _say(journeys, after, zone)


def tightest_change_s(journey: Journey) -> int | None:
    """The least time to spare at a change between vehicles, in seconds; None: there is no change."""
    spare = []
    rides = [(index, leg) for index, leg in enumerate(journey.legs) if isinstance(leg, Ride)]
    for (left, before), (boarded, after) in pairwise(rides):
        if not after.stay_seated:
            walked_s = sum(leg.arrival_s - leg.departure_s for leg in journey.legs[left + 1 : boarded])
            spare.append(after.departure_s - before.arrival_s - walked_s)
    return min(spare, default=None)


def _end_of_day(time_s: int, zone: ZoneInfo) -> tuple[dt.date, int]:
    """The day an instant belongs to for who is out, and the instant it ends."""
    day = (dt.datetime.fromtimestamp(time_s, zone) - dt.timedelta(hours=NIGHT_ENDS_H)).date()
    ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(NIGHT_ENDS_H), zone)
    return day, int(ends.timestamp())


def _first_after(serving: Serving, question: Question, found: Found, time_s: int) -> Journey | None:
    """The first journey that gets home later than the day's last."""
    left_s = max(found.page.journeys[-1].departure_s + 1, question.time_s)
    later = replace(
        question, arrive_by=False, timetable_view=True, cursor=None, time_s=left_s, window_s=0, itineraries=1
    )
    journeys = [one for one in search(serving, later).page.journeys if one.arrival_s > time_s]
    return journeys[0] if journeys else None


def _say(journeys: list[Journey], after: Journey | None, zone: ZoneInfo) -> Json:
    """In words, by the clock of the network."""

    def clock(instant_s: int) -> str:
        return f"{dt.datetime.fromtimestamp(instant_s, zone):%H:%M}"

    last = clock(journeys[-1].departure_s)
    french, english = f"Dernier retour à {last}", f"The last journey back leaves at {last}"
    if after is None:
        french += " ; ensuite, rien dans les 24 heures."
        english += "; after it there is nothing for 24 hours."
    else:
        leaves = dt.datetime.fromtimestamp(after.departure_s, zone)
        french += f" ; si vous le manquez, le suivant part le {leaves:%d/%m à %H:%M}."
        english += f"; should you miss it, the next one leaves on {leaves:%d/%m at %H:%M}."
    if len(journeys) > 1:
        safe = clock(journeys[-2].departure_s)
        french += f" Pour ne pas en dépendre, partez à {safe}."
        english += f" Not to depend on it, leave at {safe}."
    else:
        french += " C’est le seul d’ici la fin de la journée."
        english += " It is the only one of the rest of the day."
    return {"fr": french, "en": english}
