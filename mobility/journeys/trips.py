"""One trip from its first stop to its last, as an itinerary of one leg."""

from __future__ import annotations

from mobility.journeys.emissions import total_emissions
from mobility.journeys.ends import End
from mobility.journeys.rides import present_part
from mobility.journeys.saved import itinerary_id
from mobility.journeys.showing import Showing
from mobility.journeys.trip_tokens import get_named_run
from mobility.journeys.view import View
from mobility.journeys.words import Json


def present_trip(
    view: View,
    token: str,
    languages: tuple[str, ...] = (),
    *,
    details: bool = True,
    skipped_stops: bool = False,
) -> Json:
    """The run a trip id names, as it runs now; a cancelled one is shown cancelled, at its planned times.

    Raises TripTokenError and TripNotFoundError.
    """
    run = get_named_run(view, token)
    nowhere = End("", 0.0, 0.0)
    showing = Showing(
        view,
        view.words(languages),
        nowhere,
        nowhere,
        details=details,
        skipped_stops=skipped_stops,
        languages=languages,
    )
    leg = present_part(showing, run, 0, run.last)
    return {
        "duration": leg["duration"],
        "startTime": leg["startTime"],
        "endTime": leg["endTime"],
        "transfers": 0,
        "id": itinerary_id([leg]),
        "legs": [leg],
        "emissions": total_emissions([leg]),
        "liveData": view.live.describe(),
    }
