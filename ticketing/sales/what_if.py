"""What was sold, as it was priced and as a draft of the tariff would price it: revenue, who wins, who loses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ticketing.money import apportion
from ticketing.pricing.price import PriceLine


@dataclass(frozen=True, slots=True)
class Replayed:
    """One journey of a party, or one product of a rider."""

    order_id: str
    item_id: str
    categories: tuple[str, ...]
    """Of each rider."""
    commune: str
    """Where the journey begins; "": not known, or a product by itself."""
    before: tuple[PriceLine, ...]
    """As it was sold."""
    after: tuple[PriceLine, ...] | None
    """As the draft prices it; None: it does not."""
    reason: str = ""
    """Why it does not."""


@dataclass(slots=True)
class Part:
    """Travellers of a category or from a commune; one counts once for each journey or product."""

    name: str
    travellers: int = 0
    before_cents: int = 0
    after_cents: int = 0
    winners: int = 0
    """How many pay less."""
    won_cents: int = 0
    losers: int = 0
    lost_cents: int = 0

    def add(self, before_cents: int, after_cents: int) -> None:
        """One traveller."""
        self.travellers += 1
        self.before_cents += before_cents
        self.after_cents += after_cents
        change_cents = after_cents - before_cents
        self.winners += change_cents < 0
        self.won_cents += max(0, -change_cents)
        self.losers += change_cents > 0
        self.lost_cents += max(0, change_cents)


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Something sold that the draft has no price for. It is in none of the sums."""

    order_id: str
    item_id: str
    cents: int
    reason: str


@dataclass
class Comparison:
    """Everything in cents. What was sold = `total.before_cents` + `unpriced_cents`; each table sums to `total`."""

    total: Part = field(default_factory=lambda: Part(""))
    by_category: list[Part] = field(default_factory=list)
    by_commune: list[Part] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)

    @property
    def unpriced_cents(self) -> int:
        """What was paid for things the draft has no price for."""
        return sum(one.cents for one in self.unpriced)


def compare(sold: Iterable[Replayed]) -> Comparison:
    """Sum up. Categories and communes are in the order of their names."""
    made = Comparison()
    categories: dict[str, Part] = {}
    communes: dict[str, Part] = {}
    for one in sold:
        if one.after is None:
            cents = sum(line.cents for line in one.before)
            made.unpriced.append(Unpriced(one.order_id, one.item_id, cents, one.reason))
            continue
        riders = len(one.categories)
        shares = zip(one.categories, share(one.before, riders), share(one.after, riders), strict=True)
        for category, before_cents, after_cents in shares:
            for part in (
                made.total,
                categories.setdefault(category, Part(category)),
                communes.setdefault(one.commune, Part(one.commune)),
            ):
                part.add(before_cents, after_cents)
    made.by_category = [categories[name] for name in sorted(categories)]
    made.by_commune = [communes[name] for name in sorted(communes)]
    return made


def share(lines: Sequence[PriceLine], riders: int) -> list[int]:
    """What each rider pays of some lines: equal parts of each, odd cents from the first rider on; exactly their sum."""
    paid = [0] * riders
    for line in lines:
        of_line = line.riders or tuple(range(riders))
        for rider, cents in zip(of_line, apportion(line.cents, [1] * len(of_line)), strict=True):
            paid[rider] += cents
    return paid
