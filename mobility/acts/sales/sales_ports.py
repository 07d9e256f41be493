"""What the acts of selling need. `mobility.bootstrap` builds it; each part adds what is its own, with a default where
others need not know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.sales.payment_port import PaymentProvider
from ticketing.fares.tables import FeedFares
from ticketing.tariff.tariff import Tariff


def _no_tariffs(work: UnitOfWork) -> Sequence[Tariff]:
    return ()


@dataclass(frozen=True)
class SalesPorts:
    """Storage, clock and identifiers, as of all acts; and what is of selling alone."""

    acts: ActPorts
    on_demand: OnDemandPorts
    offer_key: bytes
    """Signs what `POST /v1/offers` answers."""
    journey_key: bytes
    """Signs the journeys that are shown (`ground.signed`)."""
    tariffs: Callable[[UnitOfWork], Sequence[Tariff]] = _no_tariffs
    """All versions of the region's tariff, in the order of `valid_from`."""
    feed_fares: Callable[[], Mapping[str, FeedFares]] = dict
    """The fares of the feeds that are served now, by feed."""
    hold_s: int = 600
    """How long a basket is held for who pays it."""
    pending_s_max: int = 1800
    """How long seats are kept at most while a bank does not say what became of a payment."""
    providers: Mapping[str, PaymentProvider] = field(default_factory=dict)
    """Payment providers by their names in the books; the first is the usual one."""
    issuer: str = "MOBI"
    """Who issues tickets, as codes say it: unique among all issuers an inspector knows."""
    seller: str = ""
    """Who sells, as receipts name them."""
