"""`/v1/carpool`: phones register and send what they signed; people see their trips; operators decide what is held."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from mobility.accounts.caller import Caller
from mobility.acts.trips import find
from mobility.acts.trips.decide import Decision, appeal_trip, cancel_trip, decide_trip
from mobility.acts.trips.log_evidence import (
    Upload,
    list_devices,
    log_evidence,
    register_device,
    withdraw_device,
)
from mobility.acts.trips.ports import TripPorts, TripRefusedError
from mobility.http.carpool_lines import PREFIX
from mobility.http.carpool_schemas import PathId
from mobility.http.problems import Problem
from mobility.http.trip_schemas import (
    DecisionAsked,
    DeviceAnswered,
    DeviceAsked,
    EvidenceAnswered,
    EvidenceAsked,
    QueuedAnswered,
    TripAnswered,
    TripReasonAsked,
    device_answer,
    evidence_answer,
    queued_answer,
    trip_answer,
)
from mobility.http.who import Who

_ANSWERS = {
    "too-large": (413, "too-large"),
    "unknown-device": (404, "not-found"),
    "unknown-trip": (404, "not-found"),
    "bad-registration": (422, "bad-parameter"),
    "bad-reason": (422, "bad-parameter"),
}


def trip_problem(error: TripRefusedError) -> Problem:
    """A refusal as an answer; `reason` names it for programs."""
    status, code = _ANSWERS.get(error.code, (409, "not-possible-now"))
    return Problem(status, code, error.french, error.english, reason=error.code)


def carpool_trips_router(ports: TripPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["carpool trips"])
    _add_phones(router, ports, who)
    _add_trips(router, ports, who)
    _add_queue(router, ports, who)
    return router


def _add_phones(router: APIRouter, ports: TripPorts, who: Who) -> None:
    @router.get("/devices", summary="My phones")
    def devices(caller: Caller = Depends(who)) -> list[DeviceAnswered]:
        return [device_answer(device) for device in list_devices(ports, caller)]

    @router.post("/devices", status_code=201, summary="Make a phone known by the key it signs with")
    def register(asked: DeviceAsked, caller: Caller = Depends(who)) -> DeviceAnswered:
        """Registered again, a phone stays as it is."""
        return device_answer(register_device(ports, caller, asked.registration.encode()))

    @router.delete("/devices/{device}", summary="Withdraw a phone that is lost or sold")
    def withdraw(device: PathId, caller: Caller = Depends(who)) -> DeviceAnswered:
        """What it signed before still counts."""
        return device_answer(withdraw_device(ports, caller, device))

    @router.post(
        "/evidence", summary="Send what a phone signed, in any order, as often as need be, however late"
    )
    def evidence(asked: EvidenceAsked, caller: Caller = Depends(who)) -> EvidenceAnswered:
        """Every piece is answered on its own: stored, known already, or refused with words. What is refused is kept
        too."""
        uploads = [Upload(piece.statement.encode(), piece.late_because) for piece in asked.evidence]
        sent_at = None if asked.sent_at is None else dt.datetime.fromtimestamp(asked.sent_at, dt.UTC)
        return evidence_answer(log_evidence(ports, caller, uploads, sent_at))


def _add_trips(router: APIRouter, ports: TripPorts, who: Who) -> None:
    @router.get("/trips", summary="My trips, as driver or passenger")
    def trips(caller: Caller = Depends(who)) -> list[TripAnswered]:
        return [trip_answer(view) for view in find.list_trips(ports, caller)]

    @router.get("/trips/{trip}", summary="A trip with its history")
    def trip(trip: PathId, caller: Caller = Depends(who)) -> TripAnswered:
        """For those in it, for operators and auditors; people are pseudonyms."""
        return trip_answer(find.get_trip(ports, caller, trip))

    @router.post("/trips/{trip}/cancel", summary="Cancel a trip; as its passenger, contest it")
    def cancel(trip: PathId, asked: TripReasonAsked, caller: Caller = Depends(who)) -> TripAnswered:
        """By its driver or an operator it is cancelled for good. A passenger who contests it holds its money until a
        person has decided."""
        cancel_trip(ports, caller, trip, asked.reason)
        return trip_answer(find.get_trip(ports, caller, trip))

    @router.post("/trips/{trip}/appeal", summary="Have a person look at a trip that was refused")
    def appeal(trip: PathId, asked: TripReasonAsked, caller: Caller = Depends(who)) -> TripAnswered:
        """By its driver, once."""
        appeal_trip(ports, caller, trip, asked.reason)
        return trip_answer(find.get_trip(ports, caller, trip))


def _add_queue(router: APIRouter, ports: TripPorts, who: Who) -> None:
    @router.get("/queue", summary="The trips a person is to decide, with what was found in them")
    def queue(
        waiting: Annotated[bool, Query(description="Also those whose checks cannot run.")] = False,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        caller: Caller = Depends(who),
    ) -> list[QueuedAnswered]:
        """The longest held first. Operators decide; auditors look on."""
        return [queued_answer(view) for view in find.list_queue(ports, caller, limit, waiting)]

    @router.post("/trips/{trip}/decision", summary="Decide a trip that is held or waits")
    def decide(trip: PathId, asked: DecisionAsked, caller: Caller = Depends(who)) -> TripAnswered:
        """The decision and its reason go into the register for ever: the reason names nobody."""
        decide_trip(ports, caller, trip, Decision(asked.decision), asked.reason)
        return trip_answer(find.get_trip(ports, caller, trip))
