"""`/v1/carpool/policies`: the rules, for everybody, and a calculator; `/v1/carpool/grants`: what drivers earned."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query

from mobility.accounts.caller import Caller
from mobility.acts.grant_subsidy import list_drivers_grants, list_grants_of
from mobility.acts.policies import PublicationError, find_policy, list_policies, publish_policy
from mobility.acts.ports import ActPorts
from mobility.acts.simulate_subsidy import simulate
from mobility.http.problems import Problem
from mobility.http.subsidy_schemas import (
    DriversGrantsAnswered,
    GrantAnswered,
    PolicyAnswered,
    PublishedAnswered,
    SimulationAsked,
    drivers_grants_answer,
    grant_answer,
    policy_answer,
    published_answer,
)
from mobility.http.who import Who, people_only
from ticketing.policy_fields import PolicyError
from ticketing.subsidy import NoPolicyError

PREFIX = "/v1/carpool"
Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", description="YYYY-MM; empty: all.")]
Driver = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Pseudonym.")]


def carpool_subsidies_router(ports: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["carpool"])
    _add_policies(router, ports, who)
    _add_grants(router, ports, who)
    return router


def _add_policies(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/policies", summary="The rules drivers are paid by, past and to come")
    def list_() -> list[PolicyAnswered]:
        return [policy_answer(one) for one in list_policies(ports)]

    @router.post("/policies", status_code=201, summary="Publish a policy")
    def publish(
        policy: Annotated[dict[str, Any], Body(description="As docs/policies.md describes it.")],
        caller: Caller = Depends(who),
    ) -> PublishedAnswered:
        return published_answer(publish_policy(ports, caller, policy))

    @router.post(
        "/policies/simulate", summary="What a trip would earn, step by step, if it were the only one"
    )
    def simulate_(asked: SimulationAsked) -> GrantAnswered:
        chosen = find_policy(ports, asked.policy)
        return grant_answer(
            simulate(ports, chosen, asked.distance_m, asked.passengers, asked.started_at, asked.line_id)
        )


def _add_grants(router: APIRouter, ports: ActPorts, who: Who) -> None:
    person = people_only(who)

    @router.get("/grants", summary="What one's own trips earned, and what those that wait would earn")
    def mine(month: Month = "", caller: Caller = Depends(person)) -> DriversGrantsAnswered:
        return drivers_grants_answer(list_drivers_grants(ports, caller, month))

    @router.get("/drivers/{driver}/grants", summary="The same of a driver, for auditors")
    def of_driver(driver: Driver, month: Month = "", caller: Caller = Depends(who)) -> DriversGrantsAnswered:
        return drivers_grants_answer(list_grants_of(ports, caller, driver, month))


def subsidy_problem(error: PolicyError | PublicationError | NoPolicyError) -> Problem:
    """A refusal as an answer: the words are those of the rules, in English."""
    if isinstance(error, PolicyError):
        field = str(error).partition(":")[0]
        return Problem(
            422,
            "bad-parameter",
            f"La politique ne convient pas : {error}",
            f"The policy does not fit: {error}",
            field=field,
        )
    if isinstance(error, NoPolicyError):
        return Problem(
            404,
            "not-found",
            "Aucun barème n’était en vigueur à cette date.",
            "No scale of costs was in force then.",
        )
    return Problem(409, "not-possible-now", f"Impossible : {error}", f"Not possible: {error}")
