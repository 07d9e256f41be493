"""Whose revenue is it? A published rule divides what a line was sold for between the operators, to the cent.

A rule is a document with a name, which tariffs refer to, and a version; it is published as an entry of the register,
and each clearing repeats the ones it used. So each share can be found again from the entry of the sale (or reversal)
and the version alone:

- a line is worth what stands of it without tax; an entry moves each operator's share by the share of what stands after
  it, less the share of what stood before it. What is given back in whole leaves nothing with anybody;
- the share is by the first `lines` rule of the document that applies, by largest remainder, operators by name:
  `weights`: what each leg costs by itself (`PriceLine.weights`); `use`: journeys with that product in the month it was
  sold in, as the clearing says; `keys`: fixed weights, which are also taken where there is nothing else to go by;
- a line or a fee of one operator's network that has no weights is that operator's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

from ticketing.canonical_json import to_canonical
from ticketing.money import apportion
from ticketing.sales.bodies import OWN_FARES, SHARED
from ticketing.sales.postings import LineChange

FORMAT = "mobility apportionment 1"
WEIGHTS, USE, KEYS = "weights", "use", "keys"

Shares = dict[str, int]
Use = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Journeys by month (YYYY-MM) a product was sold in, product and operator."""


class ApportionmentError(ValueError):
    """A document is no rule; the message says what is wrong, where, and what is needed."""


@dataclass(frozen=True, slots=True)
class LineRule:
    """By what lines of these kinds and products (patterns such as `pass-*`) are divided; (): all."""

    kinds: tuple[str, ...]
    products: tuple[str, ...]
    by: str

    def applies(self, kind: str, product: str) -> bool:
        """Whether a line is one of these."""
        return (not self.kinds or kind in self.kinds) and (
            not self.products or any(fnmatchcase(product, one) for one in self.products)
        )


@dataclass(frozen=True, slots=True)
class ApportionmentRule:
    """One version of a rule."""

    name: str
    version: int
    valid_from: str
    """YYYY-MM: the first month of sales it divides."""
    lines: tuple[LineRule, ...]
    keys: tuple[tuple[str, int], ...]
    """(operator, weight)."""

    def plain(self) -> dict[str, Any]:
        """The document."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "valid_from": self.valid_from,
            "lines": [
                {"kinds": list(one.kinds), "products": list(one.products), "by": one.by} for one in self.lines
            ],
            "keys": [[operator, weight] for operator, weight in self.keys],
        }

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the document as canonical JSON."""
        return sha256(to_canonical(self.plain())).hexdigest()


DEFAULT = ApportionmentRule(
    OWN_FARES,
    1,
    "2020-01",
    (LineRule(("pass", "carnet", "held-pass"), (), USE), LineRule((), (), WEIGHTS)),
    (("region", 1),),
)
"""Journeys by what their legs cost by themselves, passes and carnets by use, the rest to the Region."""


def read_rule(plain: Any) -> ApportionmentRule:
    """A rule from its document. Raises ApportionmentError with all that is wrong."""
    if not isinstance(plain, dict):
        raise ApportionmentError("a rule is an object with name, version, valid_from, lines and keys")
    wrong: list[str] = []
    fields = {"format", "name", "version", "valid_from", "lines", "keys"}
    if unknown := sorted(plain.keys() - fields):
        wrong.append(f"{', '.join(map(str, unknown))}: no such field")
    if plain.get("format", FORMAT) != FORMAT:
        wrong.append(f"format: {plain['format']!r} is not {FORMAT!r}")
    name, version, valid_from = plain.get("name"), plain.get("version"), plain.get("valid_from")
    if not isinstance(name, str) or not name.isascii() or not name:
        wrong.append("name: a short name is needed, such as own-fares")
    if type(version) is not int or version < 1:
        wrong.append("version: a whole number from 1 on is needed")
    try:
        dt.date.fromisoformat(f"{valid_from}-01")
    except ValueError:
        wrong.append(f"valid_from: {valid_from!r} is no month: YYYY-MM")
    lines = _read_lines(plain.get("lines"), wrong)
    keys = _read_keys(plain.get("keys"), wrong)
    if wrong:
        raise ApportionmentError("; ".join(wrong))
    return ApportionmentRule(str(name), int(version or 0), str(valid_from), lines, keys)


def _read_lines(plain: Any, wrong: list[str]) -> tuple[LineRule, ...]:
    if not isinstance(plain, list):
        wrong.append("lines: a list of rules is needed, each with `by`")
        return ()
    found = []
    for number, one in enumerate(plain):
        if not isinstance(one, dict) or one.get("by") not in (WEIGHTS, USE, KEYS):
            wrong.append(f"lines[{number}].by: weights, use or keys is needed")
            continue
        lists = [one.get("kinds", []), one.get("products", [])]
        if one.keys() - {"by", "kinds", "products"} or any(
            not isinstance(each, list) or not all(isinstance(text, str) for text in each) for each in lists
        ):
            wrong.append(
                f"lines[{number}]: kinds and products are lists of text, and there is no other field"
            )
            continue
        found.append(LineRule(tuple(lists[0]), tuple(lists[1]), one["by"]))
    return tuple(found)


def _read_keys(plain: Any, wrong: list[str]) -> tuple[tuple[str, int], ...]:
    try:
        keys = tuple((operator, weight) for operator, weight in plain)
    except (TypeError, ValueError):
        keys = ()
    good = keys and len({operator for operator, _ in keys}) == len(keys)
    for operator, weight in keys:
        good = good and isinstance(operator, str) and operator != "" and type(weight) is int and weight > 0
    if not good:
        wrong.append('keys: operators with weights from 1 on are needed, each once, such as [["region", 1]]')
        return ()
    return keys


def rule_for(name: str, month: str, rules: Sequence[ApportionmentRule]) -> ApportionmentRule:
    """The version of a rule for what was sold in a month: the last one valid by then. Raises ApportionmentError."""
    found = [one for one in (DEFAULT, *rules) if one.name == name and one.valid_from <= month]
    if not found:
        raise ApportionmentError(
            f"no version of the rule {name!r} that a tariff names is published for {month}: "
            "'mobility sales apportion --publish FILE' publishes one"
        )
    return max(found, key=lambda one: (one.valid_from, one.version))


def shares_of_change(change: LineChange, rule: ApportionmentRule, use: Use) -> Shares:
    """What each operator's part grows by (or, in a reversal, shrinks by), in cents without tax; the sum is exactly the
    change of the revenue. An advance is nobody's."""
    if change.is_advance:
        return {}
    weights = weights_of(change, rule, use)
    after = _divide(change.after_cents - change.after_vat_cents, weights)
    before = _divide(change.before_cents - change.before_vat_cents, weights)
    return {operator: after[operator] - before[operator] for operator in after}


def shares_of_fee(network: str, cents: int, rule: ApportionmentRule) -> Shares:
    """The same of a fee, without tax."""
    return _divide(cents, {network: 1} if network != SHARED else dict(rule.keys))


def weights_of(change: LineChange, rule: ApportionmentRule, use: Use) -> dict[str, int]:
    """By what a line is divided."""
    own: dict[str, int] = {}
    for _, operator, cents in change.weights:
        own[operator] = own.get(operator, 0) + cents
    by = next((one.by for one in rule.lines if one.applies(change.kind, change.product)), KEYS)
    used = use.get(change.sold, {}).get(change.product, {})
    if by == USE and any(used.values()):
        return dict(used)
    if by != KEYS and own:
        return own
    if change.network != SHARED and by != KEYS:
        return {change.network: 1}
    return dict(rule.keys)


def _divide(cents: int, weights: Mapping[str, int]) -> Shares:
    operators = sorted(weights)
    parts = apportion(cents, [weights[one] for one in operators])
    return dict(zip(operators, parts, strict=True))
