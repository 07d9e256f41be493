"""GTFS-Fares v2: the least that legs of one feed cost by its leg, join and transfer rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketing.fares.categories import find_row, usable_rows
from ticketing.fares.effective_legs import join_legs
from ticketing.fares.explain_v2 import explain
from ticketing.fares.leg import FareLeg
from ticketing.fares.leg_rules import match_rules
from ticketing.fares.price import FeedPrice
from ticketing.fares.steps import Matching, Step
from ticketing.fares.tables import FeedFares, LegRule, ProductRow, TransferRule
from ticketing.fares.transfers import choose_transfers, match_transfers


def price_v2(legs: Sequence[FareLeg], fares: FeedFares, category: str) -> FeedPrice | None:
    """The least over all rules that match with the same right, all media, and all transfer rules that apply; None:
    unknown, since some leg matches no rule, or what it matches has no price.

    What is paid with one medium is transferred with it; each part may be paid with another. Every currency is looked
    at by itself, euros first: amounts of several cannot be added.
    """
    effective = join_legs(legs, fares)
    rules = tuple(match_rules(leg, fares) for leg in effective)
    if not effective or not all(matched.chosen for matched in rules):
        return None
    matching = Matching(effective, rules)
    for currency in fares.currencies:
        search = _Search(matching, fares, category, currency)
        last = search.find_cheapest()
        if last is not None:
            return explain(matching, last, fares, category, currency)
    return None


@dataclass(frozen=True, slots=True)
class _Search:
    matching: Matching
    fares: FeedFares
    category: str
    currency: str

    def find_cheapest(self) -> Step | None:
        """Leg by leg; of all ways to come to a leg from which the same may follow, the cheapest is kept."""
        steps = [step for rule in self.matching.rules[0].chosen for step in self._begin(0, rule, None)]
        for leg, matched in enumerate(self.matching.rules[1:], start=1):
            best: dict[tuple[str, str, int, int, bool, bool], Step] = {}
            for step in (
                one for before in steps for rule in matched.chosen for one in self._follow(before, leg, rule)
            ):
                chain = (step.chain_from, step.chain_count)
                key = (
                    step.rule.row, step.medium_id, *chain, step.transfer is None, step.is_unpaid
                )  # fmt: skip
                known = best.get(key)
                if known is None or (step.cents, step.parts) < (known.cents, known.parts):
                    best[key] = step
            steps = list(best.values())
        paid = [step for step in steps if not step.is_unpaid]
        return min(paid, key=lambda step: (step.cents, step.parts), default=None)

    def _begin(self, leg: int, rule: LegRule, before: Step | None) -> Iterator[Step]:
        """A new part: with any medium."""
        if before is not None and before.is_unpaid:
            return
        rows = usable_rows(rule.product_id, self.fares, self.category, self.currency)
        paid, parts = (0, 0) if before is None else (before.cents, before.parts)
        for medium in self.fares.media_in_use:
            row = rows.get(medium, rows.get(""))
            cents = paid + (row.cents if row else 0)
            yield Step(leg, rule, medium, row, cents, parts + 1, chain_from=leg, before=before)

    def _follow(self, before: Step, leg: int, rule: LegRule) -> Iterator[Step]:
        """All ways to go on: by the transfer rules that apply, or, where none does, in a new part."""
        matched = match_transfers(before.rule.leg_group_id, rule.leg_group_id, self.fares)
        since, count = before.next_chain(rule.leg_group_id, leg)
        legs = self.matching.legs
        applicable = choose_transfers(matched, legs[since], legs[leg], count)
        if not applicable:
            yield from self._begin(leg, rule, before)
            return
        row = find_row(rule.product_id, before.medium_id, self.fares, self.category, self.currency)
        same_group = before.rule.leg_group_id == rule.leg_group_id
        chain = (since, count) if same_group else (leg, 0)
        for transfer in applicable:
            paid = find_row(transfer.product_id, before.medium_id, self.fares, self.category, self.currency)
            cents = _cost(before, transfer, paid, row)
            if cents is not None:
                yield Step(
                    leg, rule, before.medium_id, row, cents, before.parts, transfer, paid, *chain, before
                )


def _cost(
    before: Step, transfer: TransferRule, paid: ProductRow | None, row: ProductRow | None
) -> int | None:
    """All that is paid up to a leg after a transfer to it; None: some product in it has no price."""
    if transfer.product_id and paid is None:
        return None
    extra = 0 if paid is None else paid.cents
    if transfer.transfer_type == 2:
        replaced = before.row.cents if before.transfer is None and before.row is not None else 0
        return before.cents - replaced + extra
    if before.is_unpaid:
        return None
    if transfer.transfer_type == 0:
        return before.cents + extra
    return None if row is None else before.cents + extra + row.cents
