"""Who travels, as prices are asked for: categories and cards of the travellers, in the parameters of planning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mobility.http.parameters import Parameter, bad
from mobility.http.problems import Problem
from mobility.journeys.prices import UnknownRiderError
from mobility.journeys.question import riders_of
from on_demand.booking import Party
from ticketing.pricing.rider import Rider

TRAVELLERS_MAX = 20
CARDS_MAX = 40

CATEGORIES = Parameter(
    "riderCategories",
    "texts",
    "Addition: the fare category of each traveller (`adult`, `youth`, …: those of the tariff, GET /v1/tariffs); who is "
    "not named is an adult, or one of the `children`. More of them than `passengers` are so many passengers.",
    (),
    items_max=TRAVELLERS_MAX,
    example=["adult", "child"],
)
CARDS = Parameter(
    "riderCards",
    "texts",
    "Addition: reduction cards of the tariff that every traveller has; `2:card`: only the second.",
    (),
    items_max=CARDS_MAX,
)


def read_riders(values: Mapping[str, Any], party: Party) -> tuple[Rider, ...]:
    """The travellers of a party; (): nothing is said of them. Raises Problem."""
    named: tuple[str, ...] = values[CATEGORIES.name]
    cards: tuple[str, ...] = values[CARDS.name]
    if not named and not cards:
        return ()
    riders = list(riders_of(party))
    riders = [Rider(category) for category in named] + riders[len(named) :]
    for text in cards:
        number, colon, card = text.partition(":")
        if not colon:
            riders = [_with_card(rider, text) for rider in riders]
            continue
        if not number.isdecimal() or not 1 <= int(number) <= len(riders) or not card:
            raise bad(
                CARDS,
                f"a card, or 1 to {len(riders)} (a traveller), a colon and a card",
                f"une carte, ou 1 à {len(riders)} (un voyageur), deux-points et une carte",
                text,
            )
        riders[int(number) - 1] = _with_card(riders[int(number) - 1], card)
    return tuple(riders)


def _with_card(rider: Rider, card: str) -> Rider:
    return replace(rider, cards=tuple(sorted({*rider.cards, card})))


@contextmanager
def naming_riders() -> Iterator[None]:
    """Categories and cards that no tariff knows become problems (Problem) that list those it does."""
    try:
        yield
    except UnknownRiderError as error:
        known = ", ".join(error.known)
        is_card = error.kind == "card"
        raise Problem(
            422,
            "bad-parameter",
            f"{'Carte de réduction inconnue' if is_card else 'Catégorie de voyageur inconnue'} : "
            f"« {error.named[:40]} ». {f'Connues : {known}.' if known else 'Le tarif n’en connaît aucune.'}",
            f"Unknown {'reduction card' if is_card else 'rider category'}: '{error.named[:40]}'. "
            f"{f'Known: {known}.' if known else 'The tariff knows none.'}",
            field=CARDS.name if is_card else CATEGORIES.name,
        ) from error
