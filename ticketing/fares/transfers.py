"""Which rows of fare_transfer_rules.txt say what a change costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ticketing.fares.effective_legs import EffectiveLeg
from ticketing.fares.tables import FeedFares, TransferRule

NO_LIMIT = -1


def match_transfers(from_group: str, to_group: str, fares: FeedFares) -> tuple[TransferRule, ...]:
    """The rules between two leg groups, in the order of the file, whatever they ask of time and count; an empty
    field stands for the groups no rule names there (a leg without a group included)."""
    named_from, named_to = fares.listed_groups
    return tuple(
        rule
        for rule in fares.transfer_rules
        if _is_meant(rule.from_group_id, from_group, named_from)
        and _is_meant(rule.to_group_id, to_group, named_to)
    )


def _is_meant(field: str, group: str, named: frozenset[str]) -> bool:
    return field == group if field else group not in named


def choose_transfers(
    matched: Sequence[TransferRule], since: EffectiveLeg, after: EffectiveLeg, count: int
) -> tuple[TransferRule, ...]:
    """Of the matched rules those that apply: within their limit, and of counts the least that is enough.

    `since`: the leg before the change, or the first of a chain of changes within one leg group; `count` says which
    change of such a chain this is, from 1.
    """
    enough = [rule for rule in matched if over_limit_s(rule, since, after) <= 0 and reaches(rule, count)]
    least = min((_span(rule) for rule in enough), default=0)
    return tuple(rule for rule in enough if _span(rule) == least)


def reaches(rule: TransferRule, count: int) -> bool:
    """Whether the rule may be applied to the `count`th change in a row."""
    return _span(rule) >= count


def over_limit_s(rule: TransferRule, since: EffectiveLeg, after: EffectiveLeg) -> int:
    """By how many seconds the limit is passed; 0 or less: it is kept. Elapsed, not what clocks show."""
    if rule.limit_s is None:
        return 0
    from_s = since.first.departure_s if rule.limit_type in (0, 1) else since.last.arrival_s
    to_s = after.first.departure_s if rule.limit_type in (1, 2) else after.last.arrival_s
    return to_s - from_s - rule.limit_s


def _span(rule: TransferRule) -> float:
    return math.inf if rule.transfer_count in (None, NO_LIMIT) else float(rule.transfer_count or 0)
