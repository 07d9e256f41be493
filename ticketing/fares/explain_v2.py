"""A price by GTFS-Fares v2 in words: what is charged by which rows, and why no other row was."""

from __future__ import annotations

from collections.abc import Iterator

from ticketing.fares.categories import find_row, usable_rows
from ticketing.fares.price import Charge, FarePart, FeedPrice, RejectedFare
from ticketing.fares.steps import Matching, Step
from ticketing.fares.tables import FeedFares, LegRule, ProductRow, TransferRule
from ticketing.fares.transfers import choose_transfers, match_transfers, over_limit_s, reaches

_TYPES = {0: "A + AB", 1: "A + AB + B", 2: "AB"}
_LIMITS = (
    "from departure to arrival",
    "from departure to departure",
    "from arrival to departure",
    "from arrival to arrival",
)


def explain(matching: Matching, last: Step, fares: FeedFares, category: str, currency: str) -> FeedPrice:
    """The price that `last` is the last step of."""
    steps = last.list_all()
    begins = [place for place, step in enumerate(steps) if step.transfer is None]
    parts = tuple(
        _part(matching, steps[start:end], fares)
        for start, end in zip(begins, [*begins[1:], len(steps)], strict=True)
    )
    rejected: list[RejectedFare] = []
    for step in steps:
        rejected += _other_legs(matching, step, fares, category, currency)
        if step.before is not None:
            rejected += _other_transfers(matching, step.before, step, fares, category, currency)
    return FeedPrice(last.cents, currency, parts, tuple(rejected))


def _part(matching: Matching, steps: list[Step], fares: FeedFares) -> FarePart:
    charges = [
        charge for place, step in enumerate(steps) for charge in _charges(matching, step, steps[place + 1 :])
    ]
    first = steps[0]
    row = first.row or next((step.transfer_row for step in steps if step.transfer_row), None)
    used = {step.medium_id for step in steps if _uses_medium(step)}
    medium = first.medium_id if used else ""
    return FarePart(
        legs=tuple(index for step in steps for index in matching.legs[step.leg].legs),
        cents=sum(charge.cents for charge in charges),
        product_id=row.product_id if row else first.rule.product_id,
        product_name=row.name if row else "",
        medium_id=medium,
        medium_name=fares.medium_names.get(medium, medium),
        charges=tuple(charges),
    )


def _uses_medium(step: Step) -> bool:
    return any(row is not None and row.medium_id for row in (step.row, step.transfer_row))


def _charges(matching: Matching, step: Step, after: list[Step]) -> Iterator[Charge]:
    """What a step is charged: its transfer, and its own product unless a transfer does away with it."""
    legs = matching.legs[step.leg]
    kind: int | None = None
    if step.transfer is not None and step.before is not None:
        kind = step.transfer.transfer_type
        yield _transfer_charge(matching, step.before, step, step.transfer)
    replaced = (
        kind is None
        and bool(after)
        and after[0].transfer is not None
        and after[0].transfer.transfer_type == 2
    )
    if step.row is not None and kind in (None, 1) and not replaced:
        yield Charge(
            "leg",
            legs.legs,
            step.row.cents,
            step.row.product_id,
            step.row.name,
            (step.rule.row, step.row.row, *legs.joins),
            f"{step.rule.row}: {_named(step.row)} {_amount(step.row)}",
        )


def _transfer_charge(matching: Matching, before: Step, step: Step, rule: TransferRule) -> Charge:
    row = step.transfer_row
    limit = "" if rule.limit_s is None else f", within {rule.limit_s} s {_LIMITS[rule.limit_type or 0]}"
    return Charge(
        "transfer",
        (*matching.legs[before.leg].legs, *matching.legs[step.leg].legs),
        0 if row is None else row.cents,
        rule.product_id,
        "" if row is None else row.name,
        (rule.row, *(() if row is None else (row.row,)), *matching.legs[step.leg].joins),
        f"{rule.row}: transfer {_TYPES[rule.transfer_type]}{limit}, "
        + ("at no cost" if row is None else f"{_named(row)} {_amount(row)}"),
    )


def _named(row: ProductRow) -> str:
    return f"{row.name} ({row.product_id})" if row.name and row.name != row.product_id else row.product_id


def _amount(row: ProductRow) -> str:
    return f"{row.cents} {row.currency} cents"


def _other_legs(
    matching: Matching, step: Step, fares: FeedFares, category: str, currency: str
) -> Iterator[RejectedFare]:
    """Rules and media the leg might have been paid by."""
    legs, matched = matching.legs[step.leg].legs, matching.rules[step.leg]
    for rule in matched.chosen:
        rows = usable_rows(rule.product_id, fares, category, currency)
        for row in rows.values():
            if row is not step.row:
                yield _not_chosen(legs, rule, row, step)
        if not rows:
            yield RejectedFare(
                legs, rule.product_id, None, rule.row,
                f"pas de prix pour cette catégorie en {currency}", f"no price for this category in {currency}",
            )  # fmt: skip
    for rule in matched.outranked:
        known = find_row(rule.product_id, step.medium_id, fares, category, currency)
        yield RejectedFare(
            legs, rule.product_id, None if known is None else known.cents, rule.row,
            f"priorité {rule.priority}, inférieure à {step.rule.priority}",
            f"priority {rule.priority}, below {step.rule.priority}",
        )  # fmt: skip


def _not_chosen(legs: tuple[int, ...], rule: LegRule, row: ProductRow, step: Step) -> RejectedFare:
    if step.row is None or row.cents > step.row.cents:
        reasons = "plus cher", "dearer"
    elif row.cents == step.row.cents:
        reasons = "le même prix", "the same price"
    else:
        reasons = "moins cher seul, pas avec ce qui suit", "cheaper alone, not with what goes with it"
    return RejectedFare(legs, row.product_id, row.cents, rule.row, *reasons)


def _other_transfers(
    matching: Matching, before: Step, step: Step, fares: FeedFares, category: str, currency: str
) -> Iterator[RejectedFare]:
    """Rules of the change between two legs that were not applied."""
    group = step.rule.leg_group_id
    matched = match_transfers(before.rule.leg_group_id, group, fares)
    since, count = before.next_chain(group, step.leg)
    start, end = matching.legs[since], matching.legs[step.leg]
    applicable = choose_transfers(matched, start, end, count)
    around = (*matching.legs[before.leg].legs, *end.legs)
    for rule in matched:
        if rule is step.transfer:
            continue
        row = find_row(rule.product_id, before.medium_id, fares, category, currency)
        over_s = over_limit_s(rule, start, end)
        if over_s > 0:
            reasons = f"{over_s} s au-delà de la durée permise", f"{over_s} s beyond its limit"
        elif not reaches(rule, count):
            reasons = (
                f"{rule.transfer_count} correspondances au plus, c'est la {count}e",
                f"for at most {rule.transfer_count} transfers, this is number {count}",
            )
        elif rule not in applicable:
            reasons = "une autre règle suffit pour ce nombre", "another rule is enough for this count"
        else:
            reasons = "pas moins cher", "not cheaper"
        cents = 0 if not rule.product_id else None if row is None else row.cents
        yield RejectedFare(around, rule.product_id, cents, rule.row, *reasons)
