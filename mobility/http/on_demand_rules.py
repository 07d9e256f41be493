"""`/v1/on-demand/rules`: how rides are held, given back and missed. Anybody reads, operators change."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends
from pydantic import Field

from mobility.accounts.caller import Caller
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.rules import list_rules, put_rules
from mobility.http.account_schemas import Asked
from mobility.http.carpool_schemas import PathId, StepShown, Whole
from mobility.http.on_demand_operator import PREFIX
from mobility.http.who import Who
from on_demand.ride_rules import RideRules, Step


class RideRulesAsked(Asked):
    """Durations in seconds; every one is to be said."""

    quote_s: Whole = Field(description="A quote can be held for so long.")
    hold_s: Whole = Field(description="A held ride is confirmed within so long, or gone.")
    holds_per_person_max: Whole = Field(
        description="Journeys somebody may hold at a time without confirming."
    )
    deadline_grace_s: Whole = Field(
        description="So long after the booking deadline a quote can still be held."
    )
    free_cancel_s: Whole = Field(description="Cancelled until so long before pick-up, it does not count …")
    regret_s: Whole = Field(description="… nor within so long after confirming.")
    no_show_after_s: Whole = Field(
        description="The driver waits for so long after the promised window has opened."
    )
    report_within_s: Whole = Field(description="So long after a ride drivers may say how it went.")
    waiting_offer_s: Whole = Field(description="Who is first in the waiting list has an offer for so long.")
    waiting_per_person_max: Whole
    counted_days: Whole = Field(description="Faults are forgotten after so many days.")
    late_cancels_a_fault: Whole = Field(description="So many late cancellations count as one no-show.")
    ladder: list[StepShown] = Field(
        max_length=20, description="From how many faults on nobody books for how long."
    )


class RideRulesAnswered(RideRulesAsked):
    valid_from: str


def on_demand_rules_router(ports: OnDemandPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["on-demand"])

    @router.get("/rules", summary="The rules of riding, by the day they begin")
    def read() -> list[RideRulesAnswered]:
        """The first are those of any day before the second begin."""
        return [_answer(rules) for rules in list_rules(ports.acts)]

    @router.put("/rules/{valid_from}", summary="Make or change rules that begin tomorrow or later")
    def put(valid_from: PathId, asked: RideRulesAsked, caller: Caller = Depends(who)) -> RideRulesAnswered:
        ladder = tuple(Step(step.faults, step.suspended_days) for step in asked.ladder)
        rules = RideRules(valid_from=valid_from, ladder=ladder, **asked.model_dump(exclude={"ladder"}))
        put_rules(ports.acts, caller, rules)
        return _answer(rules)

    return router


def _answer(rules: RideRules) -> RideRulesAnswered:
    steps = [StepShown(faults=step.faults, suspended_days=step.suspended_days) for step in rules.ladder]
    return RideRulesAnswered(**{**asdict(rules), "ladder": steps})
