"""What is given back of an item, by the rules of the tariff it was sold by: how much, less which fee, until when, and
why. Pure; `mobility.acts.sales.refund` does it.

What was used is not refundable: legs that left, units that were travelled with, days of a pass that are over, whatever
a scan has seen. What the other side cancelled (a driver, an operator) is given back in full, at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ticketing.money import apportion
from ticketing.orders.order import OrderItem
from ticketing.pricing.price import PriceLine
from ticketing.tariff.tariff import RefundRule, Tariff

LASTS_S = 900
"""How long a refund offer holds at most."""

BY_SERVICE = "fixed"
"""Kind of a line that a service itself prices: its own rules say until when a seat is cancelled freely."""


class LegUse(StrEnum):
    """How a seat of a leg stands in its own book."""

    TO_COME = "to-come"
    LATE = "late"
    """To come, but not cancelled freely any more."""
    USED = "used"
    """Ridden, or missed."""
    NOT_RUN = "not-run"
    """The other side cancelled it."""


@dataclass(frozen=True, slots=True)
class Uses:
    """What is known of an item's use. `seats`: by leg; `scanned`: riders whose ticket an inspector has seen; `units`:
    of its carnets, by line: (left, sold)."""

    seats: Mapping[int, LegUse] = field(default_factory=dict)
    scanned: Collection[int] = ()
    units: Mapping[int, tuple[int, int]] = field(default_factory=dict)


class RuleCode(StrEnum):
    """By which rule something is given back, or not (`ticketing.orders.refund_words` says it to people)."""

    TARIFF = "tariff"
    """A rule of the tariff: a share, less a fee, until so long before."""
    EXCHANGE = "exchange"
    """The fee of an exchange, whatever the tariff keeps of a refund."""
    CANCELLED_BY_SERVICE = "cancelled-by-service"
    """The other side cancelled: all is given back."""
    CANCELLED_FREELY = "cancelled-freely"
    """By the seat's own rules."""
    TOO_LATE = "too-late"
    """By the seat's own rules not any more."""
    NO_RULE = "no-rule"
    """No rule of the tariff gives anything back (any more)."""
    COSTS_NOTHING = "costs-nothing"
    OLDER = "older"
    """Of an offer that was signed before rules had codes."""


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule as it was applied: of `TARIFF` all of these, of `EXCHANGE` the fee, of others none."""

    code: RuleCode
    refund_permille: int = 0
    fee_cents: int = 0
    before_min: int | None = None
    """Minutes before it begins, below 0 after it; None: at any time."""


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What is given back of one line. `cents`: what the line is worth less; the buyer gets that less the fee."""

    line: int
    cents: int
    fee_cents: int
    why: AppliedRule = field(default=AppliedRule(RuleCode.OLDER), compare=False)
    legs: tuple[int, ...] = ()
    """That are not travelled."""
    units: int = 0
    riders: tuple[int, ...] = ()
    holds_until_s: int = 0
    """Epoch seconds: then another rule holds."""
    is_by_service: bool = False
    """It was the other side that cancelled."""
    borne_cents: int = 0
    """Of a seat in a car: what best fares gave back of it, and the Region bears no more."""
    rule: str = field(default="", compare=False)
    """What older offers have for `why`: a sentence, which nothing reads."""

    @property
    def refund_cents(self) -> int:
        """What the buyer gets."""
        return self.cents - self.fee_cents


def refund_of_line(
    item: OrderItem,
    number: int,
    tariff: Tariff,
    uses: Uses,
    now_s: int,
    *,
    exchange_fee_cents: int | None = None,
) -> LineRefund | None:
    """What is given back of a line now; None: it was used. `exchange_fee_cents`: it is exchanged, so that no
    more than this is kept of what could be given back at all."""
    line = item.lines[number]
    legs = _unused_legs(item, line, uses, now_s)
    if line.legs and not legs:
        return None
    not_run = tuple(leg for leg in legs if uses.seats.get(leg) is LegUse.NOT_RUN)
    if not_run:
        legs = not_run if set(not_run) != set(legs) else legs
        all_back = AppliedRule(RuleCode.CANCELLED_BY_SERVICE)
        return _made(line, number, _share(line, legs), 0, all_back, legs, is_by_service=True)
    begins_s = _begins_s(item, line, legs)
    value, units = _unused_value(line, number, legs, uses, now_s)
    if line.kind == BY_SERVICE and legs and all(leg in uses.seats for leg in legs):
        if any(uses.seats[leg] is LegUse.LATE for leg in legs):
            return _made(line, number, 0, 0, AppliedRule(RuleCode.TOO_LATE), legs)
        freely = AppliedRule(RuleCode.CANCELLED_FREELY)
        return _made(line, number, value, 0, freely, legs, holds_until_s=begins_s)
    rule = _rule_for(tariff, line, begins_s - now_s)
    if rule is None and value:
        return _made(line, number, 0, 0, AppliedRule(RuleCode.NO_RULE), legs, units)
    kept, why, holds_until_s = 0, AppliedRule(RuleCode.COSTS_NOTHING), 0
    if rule is not None:
        kept = min(value - value * rule.refund_permille // 1000 + rule.fee_cents, value)
        why = AppliedRule(RuleCode.TARIFF, rule.refund_permille, rule.fee_cents, rule.before_min)
        holds_until_s = 0 if rule.before_min is None else begins_s - rule.before_min * 60
        if exchange_fee_cents is not None and kept < value:
            kept = min(exchange_fee_cents, value)
            why = AppliedRule(RuleCode.EXCHANGE, fee_cents=exchange_fee_cents)
    return _made(line, number, value, kept, why, legs, units, holds_until_s)


def expires_s(parts: Collection[LineRefund], now_s: int) -> int:
    """Until when these hold together, epoch seconds."""
    return min([now_s + LASTS_S, *(one.holds_until_s for one in parts if one.holds_until_s)])


def _made(
    line: PriceLine,
    number: int,
    value: int,
    fee: int,
    why: AppliedRule,
    legs: tuple[int, ...],
    units: int = 0,
    holds_until_s: int = 0,
    *,
    is_by_service: bool = False,
) -> LineRefund:
    return LineRefund(number, value, fee, why, legs, units, line.riders, holds_until_s, is_by_service)


def _unused_legs(item: OrderItem, line: PriceLine, uses: Uses, now_s: int) -> tuple[int, ...]:
    """The legs of a line that are still to come, or did not run; without those that were given back."""
    is_scanned = bool(set(line.riders) & set(uses.scanned))
    gone = {leg for one in item.returned if item.lines[one.line] == line for leg in one.legs}
    unused = []
    for leg in line.legs:
        if leg in gone:
            continue
        use = uses.seats.get(leg)
        is_over = is_scanned or item.legs[leg].departure_s <= now_s
        if not (is_over if use is None else use is LegUse.USED):
            unused.append(leg)
    return tuple(unused)


def _begins_s(item: OrderItem, line: PriceLine, legs: tuple[int, ...]) -> int:
    return min(item.legs[leg].departure_s for leg in legs) if legs else line.valid_from_s


def _unused_value(
    line: PriceLine, number: int, legs: tuple[int, ...], uses: Uses, now_s: int
) -> tuple[int, int]:
    """What of a line's price was not used, and of a carnet the units."""
    if line.legs:
        return _share(line, legs), 0
    if number in uses.units:
        left, sold = uses.units[number]
        return line.cents * left // sold, left
    if line.valid_from_s < now_s and line.valid_until_s > line.valid_from_s:
        left_s = max(line.valid_until_s - now_s, 0)
        return line.cents * (left_s // 86_400) // max(
            (line.valid_until_s - line.valid_from_s) // 86_400, 1
        ), 0
    return line.cents, 0


def _share(line: PriceLine, legs: tuple[int, ...]) -> int:
    """What of a line's price is of some of its legs: in the ratio of what each costs by itself."""
    if set(legs) == set(line.legs):
        return line.cents
    alone: dict[int, int] = {}
    for leg, _, cents in line.weights:
        alone[leg] = alone.get(leg, 0) + cents
    shares = apportion(line.cents, [alone.get(leg, 0) for leg in line.legs])
    return sum(share for leg, share in zip(line.legs, shares, strict=True) if leg in legs)


def _rule_for(tariff: Tariff, line: PriceLine, ahead_s: int) -> RefundRule | None:
    """The first that fits."""
    for rule in tariff.refunds:
        is_of_kind = not rule.kinds or line.kind in rule.kinds
        is_of_product = not rule.products or line.product_id in rule.products
        if is_of_kind and is_of_product and (rule.before_min is None or ahead_s >= rule.before_min * 60):
            return rule
    return None


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What is to be given back: whole items, or single tickets of them; nothing named: all of the order."""

    items: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRefund:
    """What is given back of one item, of these riders. `is_whole`: nothing of it is left then."""

    item: str
    parts: tuple[LineRefund, ...]
    riders: tuple[int, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """What somebody gets back if they accept it in time, and what is kept (OSDM: refund offer)."""

    order_id: str
    order_version: int
    wish: RefundWish
    items: tuple[ItemRefund, ...]
    expires_s: int
    unwound_cents: int = 0
    """Part of the fee: what later journeys cost less because of this one; caps and returns are reckoned without it."""
    is_exchange: bool = False
    is_by_service: bool = False
    """The other side cancelled: what else its tickets give the right to is travelled with."""
    best_fare: tuple[tuple[str, int, int], ...] = ()
    """(item, line, cents): what a best fare gave back of its period that is too much without this line, and so is part
    of the fee, or gone from the line already."""

    @property
    def fee_cents(self) -> int:
        return sum(part.fee_cents for one in self.items for part in one.parts)

    @property
    def refund_cents(self) -> int:
        return sum(part.refund_cents for one in self.items for part in one.parts)


def keep(items: tuple[ItemRefund, ...], cents: int) -> tuple[ItemRefund, ...]:
    """The same with so much more kept, at most all: from the first part on."""
    kept = []
    for one in items:
        parts = []
        for part in one.parts:
            more = min(cents, part.refund_cents)
            cents -= more
            parts.append(replace(part, fee_cents=part.fee_cents + more) if more else part)
        kept.append(replace(one, parts=tuple(parts)))
    return tuple(kept)
