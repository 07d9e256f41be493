"""Rides as the API shows them: where and when one gets on and off, as planned and as it really is."""

from __future__ import annotations

from gtfs_feeds.catalogue import text
from mobility.journeys.alerts import About, present_alert
from mobility.journeys.bookings import describe_booking
from mobility.journeys.emissions import leg_emissions
from mobility.journeys.instants import iso
from mobility.journeys.polylines import NO_GEOMETRY
from mobility.journeys.runs import Run, RunCall, get_run
from mobility.journeys.showing import Showing
from mobility.journeys.view import View
from mobility.journeys.words import ACCESSIBILITY, Json, Words
from routing.journey import Ride
from routing.timetable import Mode

NOT_ALLOWED, PHONE, DRIVER = 1, 2, 3
"""GTFS pickup_type and drop_off_type, beside 0, regular."""

ARRANGEMENT = {PHONE: "PHONE_AGENCY", DRIVER: "COORDINATE_WITH_DRIVER"}
"""Beside the API's pickupType, which knows only whether one may get on."""


def present_ride(showing: Showing, ride: Ride) -> Json:
    """One ride as a leg."""
    run = get_run(showing.view, ride.trip, ride.service_day, ride.shift_s)
    return present_part(showing, run, ride.board, ride.alight)


def present_part(showing: Showing, run: Run, board: int, alight: int) -> Json:
    """A run from one of its positions to another as a leg. Without real time, times are the planned ones."""
    view, words = showing.view, showing.words
    calls = run.list_calls(board, alight)
    on, off = calls[0], calls[-1]
    about = describe_for_alerts(run)
    places = present_calls(view, words, calls, about, showing.languages)
    between = places[1:-1]
    if not showing.skipped_stops:
        between = [
            place
            for place, call in zip(between, calls[1:-1], strict=True)
            if call.is_cancelled or not _is_passed(call)
        ]
    line = run.line(board, alight)
    leg = describe_trip(words, run, board)
    leg |= {
        "from": places[0],
        "to": places[-1],
        "duration": off.arrival_s - on.departure_s,
        "startTime": iso(on.departure_s),
        "endTime": iso(off.arrival_s),
        "scheduledStartTime": iso(on.planned_departure_s),
        "scheduledEndTime": iso(off.planned_arrival_s),
        "scheduled": run.extra is None,
        "realTime": any(call.is_known for call in calls),
        "cancelled": run.is_cancelled,
        "interlineWithPreviousLeg": False,
        "intermediateStops": between,
        "legGeometry": line.shown if showing.details else NO_GEOMETRY,
        "distance": round(line.length_m, 1),
        "alerts": [
            present_alert(alert, showing.languages)
            for alert in view.live.alerts.of_ride(about, on.departure_s, off.arrival_s)
        ],
        "emissions": leg_emissions(leg["mode"], line.length_m),
    }
    if on.pickup == PHONE:
        leg["reservation"] = "COMPULSORY"
    leg |= booking_of(run, board, alight, leg.get("agencyPhone", ""))
    return leg


def booking_of(run: Run, board: int, alight: int, phone: str) -> Json:
    """What a leg or a departure says of booking when it is a ride of a carpool line."""
    offered = run.offered
    if offered is None:
        return {}
    booking = describe_booking(offered, board, alight, run.view.live.booked_s, phone)
    return {"reservation": "NONE" if booking["state"] == "CLOSED" else "COMPULSORY", "booking": booking}


def describe_trip(words: Words, run: Run, position: int) -> Json:
    """What a leg or a departure says of its trip, its route and its agency. `position`: whose headsign is shown."""
    timetable, catalogue, extra = run.view.timetable, run.view.catalogue, run.extra
    described = dict(words.line(run.route, run.mode)) if run.route >= 0 else _unknown_line(run)
    short_name = extra.short_name if extra is not None else ""
    if not short_name and run.model >= 0:
        short_name = words.read(int(catalogue.trip_short_name_text[run.model]))
    feed = text(catalogue, int(catalogue.feed_id_text[run.feed]))
    last_place = words.place(run.planned_stop(run.last))
    token = run.write_token()
    described |= {
        "headsign": _headsign(words, run, position) or last_place["name"],
        "tripFrom": words.place(run.planned_stop(0)),
        "tripTo": last_place,
        "tripId": token,
        "tripShortName": short_name,
        "displayName": described["routeShortName"] or short_name or described["routeLongName"],
        "directionId": str(max(_direction(run), 0)),
        "source": _source(run, feed),
    }
    bikes = int(timetable.trip_bikes[run.trip]) if extra is None else extra.extra.bikes
    wheelchair = int(timetable.trip_wheelchair[run.trip]) if extra is None else extra.extra.wheelchair
    if bikes:
        described["bikesAllowed"] = bikes == 1
    if wheelchair:
        described["wheelchairAccessible"] = ACCESSIBILITY[wheelchair]
    return described


def _headsign(words: Words, run: Run, position: int) -> str:
    catalogue, timetable = run.view.catalogue, run.view.timetable
    if run.extra is not None and run.extra.headsign:
        return run.extra.headsign
    if run.model < 0:
        return ""
    if run.extra is None:
        first = int(timetable.pattern_first[int(timetable.trip_pattern[run.trip])])
        shown = words.read(int(catalogue.position_headsign_text[first + position]))
        if shown:
            return shown
    return words.read(int(catalogue.trip_headsign_text[run.model]))


def _direction(run: Run) -> int:
    if run.extra is not None:
        return run.extra.direction
    return int(run.view.catalogue.trip_direction[run.trip])


def _source(run: Run, feed: str) -> str:
    if run.extra is not None:
        said_in = "gtfs-rt" if run.offered is None else "rides"
        return f"{feed}/{said_in} trip_id={run.extra.trip_id}"
    catalogue = run.view.catalogue
    return (
        f"{feed}/trips.txt trip_id={text(catalogue, int(catalogue.trip_id_text[run.trip]))[len(feed) + 1 :]}"
    )


def _unknown_line(run: Run) -> Json:
    """Of an added trip whose route no timetable knows."""
    line: Json = {"mode": Mode(run.mode).name}
    names = ("agencyId", "agencyName", "agencyUrl", "routeId", "routeShortName", "routeLongName")
    line |= dict.fromkeys(names, "")
    if run.view.catalogue.feed_synthetic[run.feed]:
        line["synthetic"] = True
    return line


def describe_for_alerts(run: Run) -> About:
    """What a run is to the selectors of alerts."""
    catalogue = run.view.catalogue
    return About(
        feed=run.feed,
        agency=int(catalogue.route_agency[run.route]) if run.route >= 0 else -1,
        route=run.route,
        direction=_direction(run),
        trip=run.trip if run.extra is None else -1,
        run=run.key if run.extra is None else None,
    )


# ── calls ──────────────────────────────────────────────────────────────────────────────────────────────


def present_calls(
    view: View, words: Words, calls: list[RunCall], about: About | None, languages: tuple[str, ...]
) -> list[Json]:
    """The places of calls that follow each other; the first has no arrival and the last no departure."""
    last = len(calls) - 1
    return [
        present_call(view, words, call, about, languages, has_arrival=index > 0, has_departure=index < last)
        for index, call in enumerate(calls)
    ]


def present_call(
    view: View,
    words: Words,
    call: RunCall,
    about: About | None,
    languages: tuple[str, ...],
    *,
    has_arrival: bool,
    has_departure: bool,
) -> Json:
    """The place of one call, with its times, what one may do there, and what is otherwise than planned.

    `about`: the ride, to have its alerts of this stop; None: without alerts.
    """
    place = dict(words.place(call.stop))
    if call.stop != call.planned_stop:
        place.pop("scheduledTrack", None)
        planned = words.place(call.planned_stop)
        if "track" in planned:
            place["scheduledTrack"] = planned["track"]
    if has_arrival:
        place["arrival"] = iso(call.arrival_s)
        place["scheduledArrival"] = iso(call.planned_arrival_s)
    if has_departure:
        place["departure"] = iso(call.departure_s)
        place["scheduledDeparture"] = iso(call.planned_departure_s)
    add_boarding(place, call.pickup, call.dropoff)
    if call.is_cancelled:
        place |= {"cancelled": True, "pickupType": "NOT_ALLOWED", "dropoffType": "NOT_ALLOWED"}
    alerts = view.live.alerts.of_stop(call.stop, about, call.arrival_s, call.departure_s) if about else []
    if alerts:
        place["alerts"] = [present_alert(alert, languages) for alert in alerts]
    return place


def add_boarding(place: Json, pickup: int, dropoff: int) -> None:
    """Say whether one may get on and off here, and what must be arranged for it."""
    place["pickupType"] = "NOT_ALLOWED" if pickup == NOT_ALLOWED else "NORMAL"
    place["dropoffType"] = "NOT_ALLOWED" if dropoff == NOT_ALLOWED else "NORMAL"
    if pickup in ARRANGEMENT:
        place["pickupArrangement"] = ARRANGEMENT[pickup]
    if dropoff in ARRANGEMENT:
        place["dropoffArrangement"] = ARRANGEMENT[dropoff]


def _is_passed(call: RunCall) -> bool:
    return call.pickup == NOT_ALLOWED and call.dropoff == NOT_ALLOWED
