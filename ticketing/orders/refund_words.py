"""The rules by which something is given back (`LineRefund.rule`), in words for the traveller."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORDS = {
    "cancelled by the service": (
        "l’autre partie a annulé : tout est rendu",
        "cancelled by the other side: all is given back",
    ),
    "cancelled freely": (
        "cette place s’annule encore sans frais",
        "this seat is still cancelled without a fee",
    ),
    "too late to be cancelled freely": (
        "trop tard pour annuler cette place sans frais",
        "too late to cancel this seat without a fee",
    ),
    "by no rule of the tariff any more": (
        "le tarif n’en rend plus rien",
        "the tariff gives nothing of it back any more",
    ),
    "costs nothing": ("n’a rien coûté", "it cost nothing"),
}
_EXCHANGE = re.compile(r"exchange fee (\d+)", re.ASCII)
_REFUND = re.compile(r"(\d+) ‰ less (\d+), (?:at any time|at least (-?\d+) min before it begins)", re.ASCII)


def refund_rule_words(rule: str, language: str, money: Callable[[int], str]) -> str:
    """One rule, such as "an exchange costs €1.00". `language`: "fr" or "en". Raises ValueError: there is none such."""
    is_french = language == "fr"
    if rule in _WORDS:
        return _WORDS[rule][0 if is_french else 1]
    if (found := _EXCHANGE.fullmatch(rule)) is not None:
        cents = int(found[1])
        if not cents:
            return "l’échange est sans frais" if is_french else "an exchange is without a fee"
        return f"un échange coûte {money(cents)}" if is_french else f"an exchange costs {money(cents)}"
    found = _REFUND.fullmatch(rule)
    if found is None:
        raise ValueError(f"no rule is written so: {rule!r}")
    percent, kept = f"{int(found[1]) / 10:g} %", money(int(found[2]))
    if is_french:
        return f"{percent.replace('.', ',')} rendus, moins {kept}, {_until_french(found[3])}"
    return f"{percent} given back, less {kept}, {_until_english(found[3])}"


def _until_french(before_min: str | None) -> str:
    if before_min is None:
        return "à tout moment"
    side = "avant" if int(before_min) >= 0 else "après"
    return f"jusqu’à {abs(int(before_min))} min {side} le début"


def _until_english(before_min: str | None) -> str:
    if before_min is None:
        return "at any time"
    side = "before" if int(before_min) >= 0 else "after"
    return f"until {abs(int(before_min))} min {side} it begins"
