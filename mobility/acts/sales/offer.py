"""What journeys and products cost somebody, with what they have: offers, signed, that nobody has to keep. They hold no
seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ground.signed import TokenError, read, sign
from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.quote import read_quote
from mobility.acts.sales.own_products import list_counting, with_own
from mobility.acts.sales.priced import price_journey, price_product
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.signed_offers import read_offer
from mobility.acts.sales.tariff_versions import prices_in, tariff_of
from mobility.journeys.prices import Prices, UnknownRiderError
from on_demand.refusal import OnDemandRefusedError
from ticketing.orders.journey import OfferedJourney
from ticketing.orders.offer import Offer, ProductWish
from ticketing.orders.order import Order
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.pricing.price import PriceLine, Rejected
from ticketing.pricing.rider import Rider
from ticketing.tariff.tariff import Tariff

OFFERS_MAX = 20
RIDERS_MAX = 30
NAME_LENGTH_MAX = 80
OFFER_S = 900
"""How long an offer is worth something."""
LEFT_S_MAX = 600
"""Nobody orders a journey that left longer ago."""


@dataclass(frozen=True, slots=True)
class RiderWish:
    """Somebody who travels. `name`: "" the buyer, if it is the first; cards are shown at inspections."""

    category: str = "adult"
    cards: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class OfferWish:
    """Journeys as they were shown (`price.offer`) for the same party, and products for its first rider.

    `person_id`: "" the caller; who sells for others names an account, or `guest`.
    """

    journeys: tuple[str, ...] = ()
    products: tuple[ProductWish, ...] = ()
    riders: tuple[RiderWish, ...] = (RiderWish(),)
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer, the word that brings it back, and what was cheaper or dearer in its stead."""

    offer: Offer
    token: str
    rejected: tuple[Rejected, ...] = ()


def offer(ports: SalesPorts, caller: Caller, wish: OfferWish) -> list[Offered]:
    """Offers for each journey and product, in that order. Raises ForbiddenError and OrderRefusedError."""
    person_id = wish.person_id or caller.person
    if person_id != caller.person or not caller.may(Permission.BUY_TICKETS):
        caller.require(Permission.SELL_TICKETS)
    if not 1 <= len(wish.journeys) + len(wish.products) <= OFFERS_MAX:
        raise _invalid(
            f"De 1 à {OFFERS_MAX} trajets et produits.",
            f"From 1 to {OFFERS_MAX} journeys and products.",
            "journeys",
        )
    now = ports.acts.now()
    now_s = int(now.timestamp())
    with ports.acts.unit_of_work(read_only=True) as work:
        prices = prices_in(work, ports)
        orders = list_counting(work, person_id, now)
    riders, names = _party(wish.riders)
    made: list[tuple[Offer, tuple[Rejected, ...]]] = []
    for token in wish.journeys:
        journey = _read_journey(ports, token, now_s)
        _check_party(ports, journey, riders)
        tariff = _tariff_for(prices, riders, journey.legs[0].departure_s)
        priced = _with_own(riders, names, orders, tariff, now_s)
        price = price_journey(prices, journey, priced, now_s, is_explained=True)
        lasts_s = min(now_s + OFFER_S, journey.expires_s)
        one = Offer(ports.acts.new_id(), priced, price.lines, tariff.version, lasts_s, journey, None, names)
        made.append((one, price.rejected))
    for asked in wish.products:
        product = replace(asked, valid_from_s=max(asked.valid_from_s, now_s))
        tariff = _tariff_for(prices, riders[:1], product.valid_from_s)
        owner = _with_own(riders[:1], names, orders, tariff, now_s)
        lines = (price_product(product, owner[0], tariff),)
        one = Offer(
            ports.acts.new_id(), owner, lines, tariff.version, now_s + OFFER_S, None, product, names[:1]
        )
        made.append((one, ()))
    return [Offered(one, sign(one, ports.offer_key), rejected) for one, rejected in made]


def read_offers(ports: SalesPorts, tokens: Sequence[str]) -> list[Offer]:
    """Offers somebody brings back in time. Raises OrderRefusedError."""
    if not 1 <= len(tokens) <= OFFERS_MAX:
        raise _invalid(f"De 1 à {OFFERS_MAX} offres.", f"From 1 to {OFFERS_MAX} offers.", "offers")
    found = []
    for token in tokens:
        one = read_offer(ports, Offer, token, "offers")
        if one.expires_s <= ports.acts.now().timestamp():
            raise OrderRefusedError(
                Reason.EXPIRED,
                "Cette offre a expiré : demandez-en une nouvelle.",
                "This offer has expired: ask for a new one.",
                "offers",
            )
        found.append(one)
    if len({one.id for one in found}) < len(found):
        raise _invalid("Une offre est là deux fois.", "An offer is there twice.", "offers")
    return found


def repriced(
    prices: Prices, one: Offer, orders: Sequence[Order], now_s: int
) -> tuple[tuple[Rider, ...], tuple[PriceLine, ...], str]:
    """The riders of an offer with what they have now, what it costs them, never more than was offered, and the version
    of the tariff that says so.

    Raises OrderRefusedError (PRICE_CHANGED, PRICE_UNKNOWN).
    """
    now = price_now(prices, one, orders, now_s)
    if now.cents > one.cents:
        raise OrderRefusedError(
            Reason.PRICE_CHANGED,
            "Le prix a changé depuis l'offre (un ticket de carnet ou une réduction a servi entre-temps) : demandez-en "
            "une nouvelle.",
            "The price has changed since it was offered (a unit of a carnet or a reduction was used meanwhile): ask "
            "for a new offer.",
            "offers",
            {"offeredCents": one.cents, "cents": now.cents},
        )
    return now.riders, now.lines, now.tariff_version


def price_now(prices: Prices, one: Offer, orders: Sequence[Order], now_s: int) -> Offer:
    """The same offer as it would be made now, to who has what these orders say. Raises OrderRefusedError
    (PRICE_UNKNOWN)."""
    if one.journey is not None:
        tariff = tariff_of(prices, one.journey.legs[0].departure_s)
    else:
        assert one.product is not None
        tariff = tariff_of(prices, one.product.valid_from_s)
    riders = _with_own(one.riders, one.names, orders, tariff, now_s)
    if riders == one.riders and tariff.version == one.tariff_version:
        return one
    if one.journey is not None:
        lines = price_journey(prices, one.journey, riders, now_s).lines
    else:
        assert one.product is not None
        lines = (price_product(one.product, riders[0], tariff),)
    return replace(one, riders=riders, lines=lines, tariff_version=tariff.version)


def _tariff_for(prices: Prices, riders: Sequence[Rider], at_s: int) -> Tariff:
    """The version of a day, which knows whom the party travels as. Raises OrderRefusedError (INVALID)."""
    try:
        prices.check_riders(tuple(riders), at_s)
    except UnknownRiderError as error:
        known = ", ".join(error.known)
        french = {"category": "Catégorie inconnue", "card": "Carte inconnue"}[error.kind]
        raise _invalid(
            f"{french} : « {error.named} ». Il y a : {known or 'aucune'}.",
            f"There is no {error.kind} '{error.named}'. There is: {known or 'none'}.",
            "riders",
        ) from error
    return tariff_of(prices, at_s)


def _with_own(
    riders: Sequence[Rider], names: Sequence[str], orders: Sequence[Order], tariff: Tariff, now_s: int
) -> tuple[Rider, ...]:
    """The first rider is the buyer, unless somebody else is named."""
    if names:
        return tuple(riders)
    return with_own(riders[0], orders, tariff, now_s), *riders[1:]


def _party(wishes: Sequence[RiderWish]) -> tuple[tuple[Rider, ...], tuple[str, ...]]:
    if not 1 <= len(wishes) <= RIDERS_MAX:
        raise _invalid(f"De 1 à {RIDERS_MAX} voyageurs.", f"From 1 to {RIDERS_MAX} travellers.", "riders")
    for wish in wishes:
        if len(wish.name) > NAME_LENGTH_MAX or not wish.name.isprintable():
            raise _invalid(
                f"Un nom a au plus {NAME_LENGTH_MAX} caractères imprimables.",
                f"A name has at most {NAME_LENGTH_MAX} printable characters.",
                "riders",
            )
    riders = tuple(Rider(wish.category, tuple(sorted(set(wish.cards)))) for wish in wishes)
    names = tuple(wish.name.strip() for wish in wishes)
    return riders, names if names[0] else ()


def _read_journey(ports: SalesPorts, token: str, now_s: int) -> OfferedJourney:
    try:
        journey = read(OfferedJourney, token, ports.journey_key)
    except TokenError as error:
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Ce trajet n’a pas été proposé ici, ou il a été modifié : cherchez-le à nouveau.",
            "This journey was not offered here, or it was changed: plan it again.",
            "journeys",
        ) from error
    if now_s >= journey.expires_s:
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Cette proposition a expiré : cherchez le trajet à nouveau.",
            "This offer has expired: plan the journey again.",
            "journeys",
        )
    if not journey.legs:
        raise _invalid(
            "Ce trajet n'a rien à payer.", "There is nothing to pay for in this journey.", "journeys"
        )
    if journey.legs[0].departure_s + LEFT_S_MAX < now_s:
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Ce trajet est déjà parti : cherchez-en un autre.",
            "This journey has left already: look for another one.",
            "journeys",
        )
    return journey


def _check_party(ports: SalesPorts, journey: OfferedJourney, riders: Sequence[Rider]) -> None:
    """A place on demand was quoted for a party: it is this one."""
    for wish in journey.on_demand:
        try:
            party = read_quote(ports.on_demand, wish.quote).party
        except OnDemandRefusedError as error:
            raise OrderRefusedError(Reason.EXPIRED, error.french, error.english, "journeys") from error
        if party.seats + party.wheelchairs != len(riders):
            raise _invalid(
                f"Le transport à la demande a été demandé pour {party.seats + party.wheelchairs} personne(s), et ce "
                f"voyage est pour {len(riders)}.",
                f"The ride on demand was asked for {party.seats + party.wheelchairs} person(s), and this party has "
                f"{len(riders)}.",
                "riders",
            )


def _invalid(french: str, english: str, field: str) -> OrderRefusedError:
    return OrderRefusedError(Reason.INVALID, french, english, field)
