"""What may happen to the money of sales, and best fares among it: at any time a part of what was ridden goes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.contracts.sales_machine import DEATHS, Item, Sales
from tests.mobility.under_fire.dying import Death
from tests.naive import sales as naive
from ticketing.sales.postings import postings_of


class SalesAndBestFares(Sales):
    """All of the book of sales, with what the Region bears of seats in cars."""

    @precondition(lambda self: self.has("sale"))
    @rule(which=st.integers(0), part=st.integers(1, 100), death=DEATHS)
    def best_fare(self, which: int, part: int, death: Death | None) -> None:
        """Once a period is over a part of what was ridden goes back; the tickets were paid. What is given back of seats
        in cars is borne by the Region, of nothing else, and no more than that."""
        order = self.pick(which)
        stand = [one for one in naive.lines(self.entered, order or "") if one[3]]
        if order is None or not stand:
            return
        sale = stand[which % len(stand)][0]
        taken: list[dict[str, Any]] = []
        for _, _, line, cents in (one for one in stand if one[0] == sale):
            off = {"line": line["line"], "cents": min(cents * part // 100, cents - (not line["advance"]))}
            taken.append(off | ({"borne_cents": off["cents"]} if line["advance"] else {}))
        body = {
            "reversal": self.name(),
            "sale": sale,
            "reason": "best fare",
            "lines": taken,
            "entitlements": [],
        }
        for wrong in self.borne_wrongly(taken):
            assert "cannot be borne" in self.post(order, [("reversal", body | {"lines": wrong})])
        cents = sum(one["cents"] for one in taken)
        entries: list[Item] = [("reversal", body)]
        for hold in naive.bodies(self.entered, "cash", order):
            given = sum(
                one["amount_cents"] for one in naive.bodies(self.entered, "refund", order, hold=hold["hold"])
            )
            if 0 < cents <= hold["amount_cents"] - given:
                back = {"refund": self.name(), "hold": hold["hold"], "provider": hold["provider"]}
                entries.append(("refund", back | {"amount_cents": cents}))
                entries.append(("refund-paid", back | {"amount_cents": cents}))
                break
        valid = [one for one in self.rights(order) if naive.may_travel(self.entered, order, one)]
        assert not isinstance(self.post(order, entries, death), str)
        assert all(naive.may_travel(self.entered, order, one) for one in valid)

    @staticmethod
    def borne_wrongly(taken: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """More than is given back of a seat, less than nothing of it, or of what is no seat."""
        for number, one in enumerate(taken):
            rest = taken[:number] + taken[number + 1 :]
            yield [*rest, one | {"borne_cents": one["cents"] + 1}]
            yield [*rest, one | {"borne_cents": -(10**6)}]

    def rights(self, order: str) -> list[str]:
        return [one["entitlement"] for one in naive.bodies(self.entered, "entitlement", order)]

    @invariant()
    def buyers_have_what_is_unused_or_will_be_owed(self) -> None:
        """What the Region bears is its revenue less, and the passenger's, who owes the seat all the same."""
        if not hasattr(self, "engine"):
            return
        posted: dict[str, int] = {}
        for entry in self.seen:
            for one in postings_of(entry):
                posted[one.account] = posted.get(one.account, 0) - one.amount_cents
        borne = 0
        for order in self.orders():
            assert posted.get(f"passenger:p-{order}", 0) == naive.passenger(self.entered, order)
            names = {line["line"] for *_, line, _ in naive.lines(self.entered, order)}
            borne += sum(naive.borne(self.entered, order, name) for name in names)
        assert -posted.get("fares:carpool", 0) == borne >= 0
