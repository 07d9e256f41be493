"""What legs of one feed cost by the feed's own fares."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.fares.leg import FareLeg
from ticketing.fares.price import FeedPrice
from ticketing.fares.tables import FeedFares
from ticketing.fares.v1 import price_v1
from ticketing.fares.v2 import price_v2


def feed_price(legs: Sequence[FareLeg], fares: FeedFares, category: str = "") -> FeedPrice | None:
    """The least that one rider pays for consecutive legs of `fares.feed_id`; None: unknown, never 0 nor a part of it,
    nor less than nothing (discounts are for transfers).

    `category`: a rider category of the feed ("" or one it does not know: its default one). Indices in the answer are
    those of `legs`. GTFS-Fares v2 where the feed has it (google/transit, gtfs/spec/en/reference.md), else v1.
    """
    price = price_v2(legs, fares, category) if fares.is_v2 else price_v1(legs, fares)
    return None if price is not None and price.cents < 0 else price
