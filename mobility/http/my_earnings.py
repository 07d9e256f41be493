"""`/v1/me/earnings`, `/v1/me/attestations` and, for whoever was shown one, `/v1/attestations/{code}`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from mobility.accounts.caller import Caller
from mobility.acts.earnings import EarningsError, attest, find_attestation, read_earnings
from mobility.acts.payout_ports import Attestation
from mobility.acts.ports import ActPorts
from mobility.http.account_schemas import Answered, Asked
from mobility.http.problems import Problem
from mobility.http.subsidy_schemas import DriversGrantsAnswered, drivers_grants_answer
from mobility.http.who import Who, people_only

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


class EarningsAnswered(DriversGrantsAnswered):
    month: str
    is_closed: bool = Field(description="Whether what is granted in it changes no more.")
    paid_cents: int = Field(description="Of all months: paid, less what came back.")
    owed_cents: int = Field(description="Of all months: still to be paid.")


class AttestationAsked(Asked):
    first: str = Field(pattern=MONTH, description="The first month, YYYY-MM.")
    last: str = Field(pattern=MONTH, description="The last one; closed.")


class AttestationAnswered(Answered):
    code: str = Field(description="What an employer checks it by.")
    first: str
    last: str
    trips: int
    days: int = Field(description="Days with a trip.")
    distance_m: int
    passengers: int
    amount_cents: int
    root: str = Field(description="SHA-256 of the signed root of the last month.")
    made_at: dt.datetime


class CheckedAnswered(AttestationAnswered):
    stands: bool = Field(description="false: trips were taken back since; ask for a new one.")


def my_earnings_router(ports: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["carpool"])
    person = people_only(who)

    @router.get("/me/earnings", summary="One's own month as a driver: what each trip earned, and why")
    def earnings(
        month: Annotated[
            str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="YYYY-MM; empty: this one.")
        ] = "",
        caller: Caller = Depends(person),
    ) -> EarningsAnswered:
        found = read_earnings(ports, caller, month)
        return EarningsAnswered(
            **drivers_grants_answer(found.grants).model_dump(),
            month=found.month,
            is_closed=found.is_closed,
            paid_cents=found.paid_cents,
            owed_cents=found.owed_cents,
        )

    @router.post("/me/attestations", summary="Have one's trips of closed months attested")
    def make(asked: AttestationAsked, caller: Caller = Depends(person)) -> AttestationAnswered:
        """The same months give the same code, as long as nothing of them is taken back."""
        return AttestationAnswered(**_fields(attest(ports, caller, asked.first, asked.last)))

    @router.get("/attestations/{code}", summary="Check an attestation one was shown: its figures, no person")
    def check(
        code: Annotated[str, Path(max_length=64, description="As it is printed; dashes do not matter.")],
    ) -> CheckedAnswered:
        found = find_attestation(ports, code)
        if found is None:
            raise Problem(
                404,
                "not-found",
                "Aucune attestation ne porte ce code.",
                "No attestation has this code.",
            )
        return CheckedAnswered(**_fields(found[0]), stands=found[1])

    return router


def _fields(one: Attestation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in AttestationAnswered.model_fields}


def earnings_problem(error: EarningsError) -> Problem:
    """A refusal as an answer."""
    return Problem(409, "not-possible-now", error.french, error.english)
