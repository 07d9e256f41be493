"""Pages for drivers of demand-responsive transport: their shifts of a day, and the manifest of one, which can be
printed and on which they say who is aboard. Operators see every manifest. They work without JavaScript."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import Response

from ground.paris import PARIS
from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, ForbiddenError
from mobility.acts.on_demand import riding
from mobility.acts.on_demand.arrival import arrive
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.day_plan import Manifest, list_my_shifts, manifest
from mobility.acts.on_demand.tour_view import StopView, TourStatus
from mobility.pages.frame import PageSet
from mobility.pages.on_demand_manifest_wording import MANIFEST_WORDS
from mobility.pages.page_sessions import PageSessions
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.wording import Wording
from on_demand.booking import Connection, ConnectionKind, ConnectionStanding, OnDemandRide, Party, RideStatus
from on_demand.tour import StopKind

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
DayWord = Annotated[str, Path(pattern=r"^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$")]
Action = Annotated[str, Path(pattern=r"^(arrived|aboard|done|no-show)$")]
HERE = "/on-demand/driving"
ACTS = {"arrived": arrive, "aboard": riding.board, "done": riding.done, "no-show": riding.no_show}

_PAGES = PageSet(MANIFEST_WORDS)
_words, _page = _PAGES.words, _PAGES.page


def manifest_pages(ports: OnDemandPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    _add_shifts(router, ports, sessions)
    _add_manifest(router, ports, sessions)
    return router


def _add_shifts(router: APIRouter, ports: OnDemandPorts, sessions: PageSessions) -> None:
    @router.get(HERE)
    def show_shifts(request: Request) -> Response:
        caller, words = sessions.caller(request), _words(request)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        day = _day(request.query_params.get("day", "")) or ports.acts.now().astimezone(PARIS).date()
        heading = words("my_shifts", day=words.day(day))
        try:
            found = list_my_shifts(ports, caller, day)
        except ForbiddenError:
            errors = {"": words("not_allowed")}
            return _page(
                request, sessions, "on_demand_shifts.html", heading, 403, errors=errors, shifts=[], day=day
            )
        shifts = [
            (
                f"{HERE}/{shift.shift_id}/{day}?lang={words.language}",
                words(
                    "shift_row",
                    vehicle=shift.vehicle_name,
                    from_time=_clock(shift.open_s, PARIS),
                    until_time=_clock(shift.close_s, PARIS),
                ),
            )
            for shift in found
        ]
        query = f"day={day}"
        return _page(request, sessions, "on_demand_shifts.html", heading, shifts=shifts, day=day, query=query)


def _add_manifest(router: APIRouter, ports: OnDemandPorts, sessions: PageSessions) -> None:
    def show(
        request: Request, caller: Caller, shift_id: str, day: dt.date, error: str = "", status: int = 200
    ) -> Response:
        words = _words(request)
        shown: dict[str, Any] = {"tour": None, "shift": shift_id, "day": day.isoformat()}
        try:
            known = manifest(ports, caller, shift_id, day)
            shown["tour"] = _tour(known, words)
        except ForbiddenError:
            error, status = words("not_allowed"), 403
        except RefusedError as refusal:
            error, status = refusal.french if words.language == "fr" else refusal.english, 404
        notice = words("said") if request.query_params.get("done") and not error else ""
        errors = {"": error} if error else {}
        heading = words("manifest", day=words.day(day))
        return _page(
            request,
            sessions,
            "on_demand_manifest.html",
            heading,
            status,
            errors=errors,
            notice=notice,
            **shown,
        )

    @router.get(HERE + "/{shift_id}/{day}")
    def show_manifest(request: Request, shift_id: Id, day: DayWord) -> Response:
        caller, on = sessions.caller(request), _day(day)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        return show(request, caller, shift_id, on or dt.date(2000, 1, 1))

    @router.post(HERE + "/{shift_id}/{day}/{ride_id}/{action}")
    def report(
        request: Request, shift_id: Id, day: DayWord, ride_id: Id, action: Action, form_token: str = Form("")
    ) -> Response:
        words, on = _words(request), _day(day) or dt.date(2000, 1, 1)
        page = f"{HERE}/{shift_id}/{day}"

        def act(caller: Caller) -> None:
            ACTS[action](ports, caller, ride_id)

        def again(caller: Caller, error: Exception) -> Response:
            return show(request, caller, shift_id, on, refusal_words(error, words), 422)

        done = f"{page}?lang={words.language}&done=1"
        return sessions.take_form(request, form_token, page, act, again, done, REFUSALS)


def _tour(known: Manifest, words: Wording) -> dict[str, Any]:
    view, zone = known.tour, ZoneInfo(known.zone_name)
    status = {TourStatus.EMPTY: "planned", TourStatus.DONE: "done_tour"}.get(view.status, view.status.value)
    return {
        "vehicle": words(
            "vehicle",
            vehicle=view.vehicle_name,
            plate=view.plate,
            leave=_clock(view.leave_s, zone),
            back=_clock(view.back_s, zone),
        ),
        "driver": words("driver", name=view.driver_name) if view.driver_name else "",
        "status": words(status),
        "heads": words.count("heads", view.heads),
        "trouble": bool(view.trouble),
        "stops": [_stop(stop, zone, words) for stop in view.stops] if view.tour.requests else [],
    }


def _stop(stop: StopView, zone: ZoneInfo, words: Wording) -> dict[str, Any]:
    ride, rider = stop.ride, stop.rider
    key = "promised" if stop.kind is not StopKind.DROP_OFF else "by"
    promised = words(key, from_time=_clock(stop.open_s, zone), until_time=_clock(stop.close_s, zone))
    shown: dict[str, Any] = {
        "time": _clock(stop.expected_s if stop.served_at_s is None else stop.served_at_s, zone),
        "late": words("late", duration=words.duration(stop.late_s)) if stop.late_s >= 60 else "",
        "promised": promised,
        "served": "" if stop.served_at_s is None else words("served", time=_clock(stop.served_at_s, zone)),
        "place": stop.place.name or f"{stop.place.at.lat:.5f}, {stop.place.at.lon:.5f}",
        "actions": [],
    }
    if stop.kind is StopKind.BREAK:
        return shown | {
            "kind": words("break", duration=words.duration(stop.stands_s)),
            "place": "",
            "who": "",
            "phone": "",
            "party": "",
            "notes": [],
            "ride": "",
        }
    return shown | {
        "kind": words(stop.kind.value),
        "who": (rider.name if rider is not None else "") or words("nobody"),
        "phone": rider.phone if rider is not None else "",
        "party": "" if ride is None else _party(ride.party, words),
        "notes": _notes(stop, zone, words),
        "ride": "" if ride is None else ride.id,
        "actions": [] if ride is None else _actions(stop, ride, words),
    }


def _actions(stop: StopView, ride: OnDemandRide, words: Wording) -> list[tuple[str, str]]:
    """What a driver can say there."""
    if stop.kind is StopKind.DROP_OFF:
        return [("done", words("finish"))] if ride.status is RideStatus.ABOARD else []
    if ride.status is not RideStatus.CONFIRMED:
        return []
    arrived = [("arrived", words("arrived"))] if stop.served_at_s is None else []
    return [*arrived, ("aboard", words("board")), ("no-show", words("missing"))]


def _notes(stop: StopView, zone: ZoneInfo, words: Wording) -> list[str]:
    ride, notes = stop.ride, []
    if ride is not None:
        status = f"status_{ride.status.value}"
        if status in MANIFEST_WORDS[words.language]:
            notes.append(words(status))
        at_pickup = stop.kind is StopKind.PICKUP
        connection = ride.connection
        if connection is not None and at_pickup == (connection.kind is ConnectionKind.FROM):
            notes.append(_connection(connection, zone, words))
        if ride.note and at_pickup:
            notes.append(ride.note)
    seats, wheelchairs = stop.aboard
    key = "aboard" if wheelchairs else "aboard_plain"
    return [*notes, words(key, seats=seats, wheelchairs=wheelchairs)]


def _connection(connection: Connection, zone: ZoneInfo, words: Wording) -> str:
    said = words(connection.kind.value, time=_clock(connection.scheduled_s, zone))
    if connection.standing is ConnectionStanding.CANCELLED:
        return f"{said}, {words('cancelled')}"
    if connection.expected_s - connection.scheduled_s >= 60:
        return f"{said}, {words('delayed', time=_clock(connection.expected_s, zone))}"
    return said


def _party(party: Party, words: Wording) -> str:
    counted = (
        ("adults", party.adults),
        ("children", party.children),
        ("wheelchairs", party.wheelchairs),
        ("companions", party.companions),
    )
    return ", ".join(words.count(name, count) for name, count in counted if count)


def _day(word: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(word)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def _clock(instant_s: int, zone: ZoneInfo) -> str:
    return f"{dt.datetime.fromtimestamp(instant_s, zone):%H:%M}"
