"""Ways to pay for legs, step by step: what the search for the least keeps, and its explanation reads back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ticketing.fares.effective_legs import EffectiveLeg
from ticketing.fares.leg_rules import MatchedRules
from ticketing.fares.tables import LegRule, ProductRow, TransferRule


@dataclass(frozen=True, slots=True)
class Matching:
    """What the rules make of some legs."""

    legs: tuple[EffectiveLeg, ...]
    rules: tuple[MatchedRules, ...]
    """Of each effective leg."""


@dataclass(frozen=True, slots=True)
class Step:
    """An effective leg, how it is paid, and the step before it."""

    leg: int
    rule: LegRule
    medium_id: str
    row: ProductRow | None
    """The product's row with this medium; None: it has no price, and only a transfer that replaces it may follow."""
    cents: int
    """All that is paid up to here."""
    parts: int
    transfer: TransferRule | None = None
    """None: a part begins here."""
    transfer_row: ProductRow | None = None
    chain_from: int = 0
    """The effective leg from which changes within one leg group are measured."""
    chain_count: int = 0
    """How many changes that chain has had."""
    before: Step | None = None

    @property
    def is_unpaid(self) -> bool:
        """A part begins with a product that has no price, and nothing has replaced it yet."""
        return self.transfer is None and self.row is None

    def next_chain(self, group_id: str, leg: int) -> tuple[int, int]:
        """Since which leg, and as the how manieth, a change to `leg` of this group is measured and counted."""
        same = self.rule.leg_group_id == group_id
        return (self.chain_from, self.chain_count + 1) if same else (leg - 1, 1)

    def list_all(self) -> list[Step]:
        """From the first step to this."""
        return list(self._back())[::-1]

    def _back(self) -> Iterator[Step]:
        step: Step | None = self
        while step is not None:
            yield step
            step = step.before
