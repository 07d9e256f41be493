"""Pages for operators: the trips a person is to decide, what was found in each, and the decision with its reason.

They work without JavaScript. Auditors look on. People are pseudonyms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import Response

from carpool.checks.case import Finding
from carpool.trip import Fix, TripStatus
from ground.paris import PARIS, paris_day
from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.trips import find
from mobility.acts.trips.decide import REASON_MAX, Decision, decide_trip
from mobility.acts.trips.find import TripView
from mobility.acts.trips.ports import TripPorts, TripRefusedError
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import FormExpiredError, PageSessions, TypedWrongError
from mobility.pages.queue_wording import QUEUE_WORDS
from mobility.pages.wording import Wording

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
SHOWN_MAX = 100
_DECIDABLE = (TripStatus.HELD, TripStatus.WAITING)

_PAGES = PageSet(QUEUE_WORDS)
_words, _page = _PAGES.words, _PAGES.page


def queue_pages(ports: TripPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/carpool/queue")
    def show_queue(request: Request) -> Response:
        caller, words = sessions.caller(request), _words(request)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        try:
            held = find.list_queue(ports, caller, SHOWN_MAX)
            both = find.list_queue(ports, caller, 2 * SHOWN_MAX, waiting=True)
        except ForbiddenError:
            return _forbidden(request, sessions, words)
        waiting = [view for view in both if view.state.status is TripStatus.WAITING][:SHOWN_MAX]
        names = _stop_names(ports)
        groups = [
            (words(key), [_row(view, words, names) for view in views], len(views) == SHOWN_MAX)
            for key, views in (("held_trips", held), ("waiting_trips", waiting))
        ]
        done = words("done") if request.query_params.get("done") else ""
        return _page(
            request, sessions, "queue.html", words("queue"), groups=groups, most=SHOWN_MAX, notice=done
        )

    @router.get("/carpool/queue/{trip_id}")
    def show_trip(request: Request, trip_id: Id) -> Response:
        caller = sessions.caller(request)
        return (
            sessions.ask_to_sign_in(request)
            if caller is None
            else _trip(ports, sessions, request, caller, trip_id)
        )

    @router.post("/carpool/queue/{trip_id}")
    def decide(
        request: Request,
        trip_id: Id,
        decision: str = Form(""),
        reason: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        words = _words(request)

        def decide_it(caller: Caller) -> None:
            if decision not in set(Decision):
                raise TypedWrongError(words("choose"))
            decide_trip(ports, caller, trip_id, Decision(decision), reason)

        def again(caller: Caller, error: Exception) -> Response:
            if not caller.may(Permission.DECIDE_TRIPS):
                return _forbidden(request, sessions, words)
            return _trip(ports, sessions, request, caller, trip_id, _errors(error, words), decision, reason)

        done = f"/carpool/queue?done=1&lang={words.language}"
        refusals = (ForbiddenError, TripRefusedError, TypedWrongError)
        return sessions.take_form(request, form_token, request.url.path, decide_it, again, done, refusals)

    return router


def _trip(
    ports: TripPorts,
    sessions: PageSessions,
    request: Request,
    caller: Caller,
    trip_id: str,
    errors: Mapping[str, str] | None = None,
    decision: str = "",
    reason: str = "",
) -> Response:
    """One trip with its facts; with a form for who may decide."""
    words = _words(request)
    if not (caller.may(Permission.DECIDE_TRIPS) or caller.may(Permission.READ_AUDIT)):
        return _forbidden(request, sessions, words)
    try:
        view = find.get_trip(ports, caller, trip_id)
    except TripRefusedError as refusal:
        said = {"": refusal.french if words.language == "fr" else refusal.english}
        shown: dict[str, Any] = {"trip": None, "may_decide": False, "errors": said}
        return _page(request, sessions, "queue_trip.html", words("trip_title"), 404, **shown)
    return _page(
        request,
        sessions,
        "queue_trip.html",
        words("trip_title"),
        422 if errors else 200,
        errors=errors or {},
        trip=_row(view, words, _stop_names(ports)) | _facts(view, words, _stop_names(ports)),
        may_decide=view.role == "operator" and view.state.status in _DECIDABLE,
        decision=decision,
        reason=reason[:REASON_MAX],
        reason_max=REASON_MAX,
    )


def _row(view: TripView, words: Wording, names: Mapping[str, str]) -> dict[str, Any]:
    """A trip in the list."""
    state, trip = view.state, view.state.trip
    title = words("no_way")
    if trip is not None:
        title = words(
            "way",
            day=words.day(paris_day(trip.start.at)),
            start=_clock(trip.start.at),
            origin=_place(trip.start, names, words),
            end=_clock(trip.end.at),
            destination=_place(trip.end, names, words),
            distance=words.distance(trip.distance_m),
        )
    return {
        "id": state.id,
        "title": title,
        "since": words("since", status=words(state.status.value), at=_instant(state.changed_at, words)),
        "line": names.get(state.line_id, state.line_id),
        "findings": [_finding(finding, words) for finding in state.findings],
    }


def _facts(view: TripView, words: Wording, names: Mapping[str, str]) -> dict[str, Any]:
    """What is known of a trip beyond its row."""
    trip = view.state.trip
    passages = [
        (
            _who(view, passage.passenger_id, words),
            words(
                "passage",
                board=_clock(passage.board.at),
                origin=_place(passage.board, names, words),
                alight=_clock(passage.alight.at),
                destination=_place(passage.alight, names, words),
                evidence=passage.evidence_class.value,
                fare=words.money(passage.fare_cents, "EUR"),
            ),
        )
        for passage in (() if trip is None else trip.passages)
    ]
    return {
        "driver": _who(view, view.state.driver_id, words) if view.state.driver_id else "",
        "passages": passages,
        "pieces": 0 if trip is None else len(trip.evidence),
        "history": [
            {
                "at": _instant(change.at, words),
                "status": words(change.status.value),
                "by": words("by_checks") if change.by == "checks" else _who(view, change.by, words),
                "reason": change.reason,
            }
            for change in view.history
        ],
    }


def _finding(finding: Finding, words: Wording) -> dict[str, str]:
    """What a check found. Its own words are English; in French its title, what it measured and the vehicle say it."""
    said = finding.words
    if words.language != "en":
        said = words("measured", counter=finding.counter, threshold=finding.threshold)
        vehicle = str(finding.facts.get("vehicle", ""))
        said += f" ({vehicle})" if vehicle else ""
    key = f"check_{finding.check}"
    title = words(key) if key in QUEUE_WORDS[words.language] else finding.check
    return {"title": title, "words": said, "conflict": finding.conflict}


def _who(view: TripView, person: str, words: Wording) -> str:
    pseudonym = view.pseudonyms.get(person, "")
    return pseudonym[:8] if pseudonym else words("erased")


def _place(fix: Fix, names: Mapping[str, str], words: Wording) -> str:
    return names.get(fix.stop_id, fix.stop_id) if fix.stop_id else words("nowhere")


def _clock(at: dt.datetime) -> str:
    return f"{at.astimezone(PARIS):%H:%M}"


def _instant(at: dt.datetime, words: Wording) -> str:
    return words("at", day=words.day(paris_day(at)), time=_clock(at))


def _stop_names(ports: TripPorts) -> dict[str, str]:
    """The names of stops and lines by identifier."""
    with ports.unit_of_work(read_only=True) as work:
        lines = work.rides.list_lines()
    names = {on.stop.id: on.stop.name for line in lines for on in line.stops}
    return names | {line.id: line.name for line in lines}


def _errors(error: Exception, words: Wording) -> dict[str, str]:
    """What to say about a refusal, by the field it is about."""
    if isinstance(error, TripRefusedError):
        field = "reason" if error.code == "bad-reason" else ""
        return {field: error.french if words.language == "fr" else error.english}
    if isinstance(error, TypedWrongError):
        return {"approve": str(error)}
    return {"": words("form_expired" if isinstance(error, FormExpiredError) else "own_trip")}


def _forbidden(request: Request, sessions: PageSessions, words: Wording) -> Response:
    shown = {"groups": (), "most": 0, "errors": {"": words("not_allowed")}}
    return _page(request, sessions, "queue.html", words("queue"), 403, **shown)
