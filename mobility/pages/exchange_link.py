"""The addresses on the way of an exchange: from an item of an order to where something else is chosen, from there to
what the exchange costs, and back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ticketing.fares.leg import FareLeg
from ticketing.pricing.rider import Rider

CHILD = "child"
"""The category of those who are counted as children (`mobility.journeys.question.riders_of`)."""

_WRITTEN = re.compile(r"([A-Za-z0-9-]{1,64}):([A-Za-z0-9]{1,16})(?::([A-Za-z0-9._-]{1,200}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExchangeLink:
    """What is exchanged. `access`: the word that opens the order, of a guest's; "": an account does."""

    order_id: str
    item_id: str
    access: str = ""

    @classmethod
    def find(cls, written: str) -> Self | None:
        """Of a field of the journeys page; None: it is none."""
        found = _WRITTEN.fullmatch(written)
        return None if found is None else cls(found[1], found[2], found[3] or "")

    @property
    def written(self) -> str:
        """As the journeys page carries it along."""
        return ":".join(part for part in (self.order_id, self.item_id, self.access) if part)

    def order(self, language: str) -> str:
        """The order's page."""
        return self._address("", language)

    def offer(self, language: str, journey: str) -> str:
        """What the exchange for a journey costs."""
        return self._address("/exchange", language, item=self.item_id, journey=journey)

    def products(self, language: str) -> str:
        """Where a pass, carnet or card is chosen."""
        return self._address("/exchange", language, item=self.item_id)

    def search(self, language: str, legs: Sequence[FareLeg], riders: Sequence[Rider]) -> str:
        """The journeys page, asked for the same way at the same time for as many people; without legs, for as many."""
        children = sum(rider.category == CHILD for rider in riders)
        grown_up = next((rider for rider in riders if rider.category != CHILD), Rider())
        asked = {
            **(_way(legs) if legs else {}),
            "adults": str(len(riders) - children), "children": str(children), "category": grown_up.category,
            **{f"card_{card}": "1" for card in grown_up.cards},
            "exchange": self.written, "lang": language,
        }  # fmt: skip
        return "/?" + urlencode({name: value for name, value in asked.items() if value})

    def _address(self, page: str, language: str, **asked: str) -> str:
        more = asked | ({"access": self.access} if self.access else {})
        return f"/tickets/orders/{self.order_id}{page}?{urlencode({'lang': language} | more)}"


def _way(legs: Sequence[FareLeg]) -> dict[str, str]:
    begins, ends = legs[0].origin, legs[-1].destination
    leaves = dt.datetime.fromtimestamp(legs[0].departure_s, ZoneInfo(begins.time_zone))
    return {
        "from": begins.name, "from_id": begins.id, "from_name": begins.name,
        "to": ends.name, "to_id": ends.id, "to_name": ends.name,
        "date": leaves.date().isoformat(), "time": f"{leaves:%H:%M}", "hour": "second" if leaves.fold else "",
    }  # fmt: skip
