"""How one answer shows its legs."""

from __future__ import annotations

from dataclasses import dataclass, field

from mobility.journeys.ends import End
from mobility.journeys.flexible import NO_OFFERS, FlexOffers
from mobility.journeys.on_demand.promised_page import ByLegs
from mobility.journeys.view import View
from mobility.journeys.words import Words


@dataclass(frozen=True)
class Showing:
    """How legs are shown in one answer."""

    view: View
    words: Words
    origin: End
    destination: End
    details: bool = True
    transfer_details: bool = True
    join_interlined: bool = True
    skipped_stops: bool = False
    wheelchair: bool = False
    flexible: FlexOffers = NO_OFFERS
    promised: ByLegs = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    """The traveller's, the best first: alerts are shown in it."""
