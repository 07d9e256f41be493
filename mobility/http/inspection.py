"""`/v1/inspection/…`: what inspectors' devices fetch (keys, cancelled tickets), ask and upload. docs/tickets.md."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from mobility.accounts.caller import Caller, Permission
from mobility.acts.sales.inspect import inspect_online
from mobility.acts.sales.revocations import list_keys, sign_revocations
from mobility.acts.sales.scans import ScanError, list_double_uses, upload_scans
from mobility.acts.sales.ticket_ports import TicketPorts
from mobility.http.inspection_schemas import (
    CancelledAnswered,
    CheckAnswered,
    CheckAsked,
    DoubleUseAnswered,
    KeysAnswered,
    ScansAsked,
    UploadAnswered,
    check_answer,
    double_use_answer,
    upload_answer,
)
from mobility.http.problems import Problem
from mobility.http.who import Who
from ticketing.tickets import qr
from ticketing.tickets.code import CodeError
from ticketing.tickets.known import keys_document, list_document

PREFIX = "/v1/inspection"
Since = Annotated[int, Query(ge=0, le=2**40, description="Epoch seconds; 0: all.")]


def inspection_router(ports: TicketPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["inspection"])

    @router.get("/keys", summary="The public keys that verify tickets")
    def keys() -> KeysAnswered:
        """For everybody. Keep the answer in a file: `mobility inspect … --keys FILE` reads it as it is."""
        return KeysAnswered.model_validate(keys_document(*list_keys(ports)))

    @router.get("/revocations", summary="Tickets that are revoked, or were issued anew")
    def revocations(caller: Caller = Depends(who)) -> CancelledAnswered:
        """The whole list, signed: `mobility inspect … --revoked FILE` reads and verifies it. It says as of when it is;
        tickets issued later are not on it."""
        return CancelledAnswered.model_validate(list_document(sign_revocations(ports, caller)))

    @router.post("/scans", summary="Upload what a device scanned")
    def scans(asked: ScansAsked, caller: Caller = Depends(who)) -> UploadAnswered:
        """In any order, as often as needed: nothing is added twice, nothing is ever changed."""
        return upload_answer(upload_scans(ports, caller, [one.read(asked.device) for one in asked.scans]))

    @router.post("/checks", summary="Inspect a ticket")
    def check(asked: CheckAsked, caller: Caller = Depends(who)) -> CheckAnswered:
        """The same rules as on a device, over what is known now and was scanned anywhere."""
        caller.require(Permission.INSPECT_TICKETS)  # before anything is read
        try:
            raw = qr.to_bytes(asked.code)
        except CodeError:
            raw = b""
        here = asked.read(int(ports.acts.now().timestamp()))
        scan_id = asked.scan if asked.device else ""
        (answer,) = inspect_online(ports, caller, [raw], here, scan_id)
        return check_answer(answer)

    @router.get("/double-uses", summary="Tickets that were used twice")
    def double_uses(
        caller: Caller = Depends(who), since: Since = 0, until: Since = 2**40
    ) -> list[DoubleUseAnswered]:
        """Of those scanned in that time, over all devices."""
        return [double_use_answer(use) for use in list_double_uses(ports, caller, since, until)]

    return router


def scan_problem(error: ScanError) -> Problem:
    """A refused upload as an answer."""
    return Problem(422, "bad-parameter", error.french, str(error), field="scans")
