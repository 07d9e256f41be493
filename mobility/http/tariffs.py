"""`/v1/tariffs`: what rides, passes and carnets cost, for everybody; administrators publish versions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query

from mobility.accounts.caller import Caller
from mobility.acts.ports import ActPorts
from mobility.acts.sales.tariffs import (
    TariffPublicationError,
    check_tariff,
    find_tariff,
    list_prices,
    list_tariffs,
    publish_tariff,
)
from mobility.http.problems import Problem
from mobility.http.tariff_schemas import (
    ProductPriceAnswered,
    TariffAnswered,
    TariffShort,
    product_answer,
    tariff_answer,
    tariff_short,
)
from mobility.http.who import Who
from ticketing.tariff.read_tariff import TariffError

PREFIX = "/v1/tariffs"
CURRENT = "current"
TheTariff = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9@-]{1,130}$",
        description="`current`, the start of its hash, or its name in prices.",
        examples=[CURRENT],
    ),
]
Draft = Annotated[dict[str, Any], Body(description="As docs/tariffs.md describes it.")]


def tariffs_router(ports: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["tariffs"])

    @router.get("", summary="The versions of the tariff, past and to come")
    def list_() -> list[TariffShort]:
        return [tariff_short(one) for one in list_tariffs(ports)]

    @router.get("/{tariff}", summary="A version with all it says")
    def show(tariff: TheTariff) -> TariffAnswered:
        return tariff_answer(_find(ports, tariff))

    @router.get("/{tariff}/products", summary="What passes, carnets and cards cost a category today")
    def products(
        tariff: TheTariff,
        category: Annotated[str, Query(pattern=r"^[a-z][a-z0-9-]{0,63}$")] = "adult",
    ) -> list[ProductPriceAnswered]:
        return [product_answer(one) for one in list_prices(ports, _find(ports, tariff).tariff, category)]

    @router.post("", status_code=201, summary="Publish a version; what is in force never changes")
    def publish(tariff: Draft, caller: Caller = Depends(who)) -> TariffAnswered:
        return tariff_answer(publish_tariff(ports, caller, tariff))

    @router.post(
        "/check", status_code=204, summary="Whether a version could be published; all its faults at once"
    )
    def check(tariff: Draft, caller: Caller = Depends(who)) -> None:
        check_tariff(ports, caller, tariff)

    return router


def _find(ports: ActPorts, tariff: str) -> Any:
    """The version. Raises Problem."""
    try:
        return find_tariff(ports, "" if tariff == CURRENT else tariff)
    except TariffPublicationError as error:
        raise Problem(
            404, "not-found", f"Tarif introuvable : {error.fr}.", f"No such tariff: {error.en}."
        ) from error


def tariff_problem(error: TariffError | TariffPublicationError) -> Problem:
    """A refusal as an answer; `errors` are all faults, in the words of the format, which are English."""
    if isinstance(error, TariffError):
        count = len(error.errors)
        return Problem(
            422,
            "bad-parameter",
            f"Le tarif ne convient pas ({count}) : {error.errors[0]}",
            f"The tariff does not fit ({count}): {error.errors[0]}",
            field=error.errors[0].partition(":")[0],
            errors=list(error.errors),
        )
    return Problem(409, "not-possible-now", f"Impossible : {error.fr}.", f"Not possible: {error.en}.")
