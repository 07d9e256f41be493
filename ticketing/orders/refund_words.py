"""The rules by which something is given back (`LineRefund.why`), in words for the traveller."""

from __future__ import annotations

from collections.abc import Callable

from ticketing.orders.refund_rules import AppliedRule, RuleCode

_WORDS = {
    RuleCode.CANCELLED_BY_SERVICE: (
        "l’autre partie a annulé : tout est rendu",
        "cancelled by the other side: all is given back",
    ),
    RuleCode.CANCELLED_FREELY: (
        "cette place s’annule encore sans frais",
        "this seat is still cancelled without a fee",
    ),
    RuleCode.TOO_LATE: (
        "trop tard pour annuler cette place sans frais",
        "too late to cancel this seat without a fee",
    ),
    RuleCode.NO_RULE: (
        "le tarif n’en rend plus rien",
        "the tariff gives nothing of it back any more",
    ),
    RuleCode.COSTS_NOTHING: ("n’a rien coûté", "it cost nothing"),
    RuleCode.OLDER: ("selon le tarif", "by the tariff"),
}


def refund_rule_words(rule: AppliedRule, language: str, money: Callable[[int], str]) -> str:
    """One rule, such as "an exchange costs €1.00". `language`: "fr" or "en"."""
    is_french = language == "fr"
    if rule.code is RuleCode.EXCHANGE:
        return _exchange(money(rule.fee_cents) if rule.fee_cents else "", is_french)
    if rule.code is RuleCode.TARIFF:
        percent = f"{rule.refund_permille / 10:g} %"
        fee = money(rule.fee_cents) if rule.fee_cents else ""
        if is_french:
            less, until = fee and f", moins {fee}", _until_french(rule.before_min)
            return f"{percent.replace('.', ',')} rendus{less}, {until}"
        less, until = fee and f", less {fee}", _until_english(rule.before_min)
        return f"{percent} given back{less}, {until}"
    return _WORDS[rule.code][0 if is_french else 1]


def _exchange(fee: str, is_french: bool) -> str:
    if is_french:
        return f"un échange coûte {fee}" if fee else "l’échange est sans frais"
    return f"an exchange costs {fee}" if fee else "an exchange is without a fee"


def _until_french(before_min: int | None) -> str:
    if before_min is None:
        return "à tout moment"
    if not before_min:
        return "jusqu’au début"
    return f"jusqu’à {_span(before_min)} {'avant' if before_min > 0 else 'après'} le début"


def _until_english(before_min: int | None) -> str:
    if before_min is None:
        return "at any time"
    if not before_min:
        return "until it begins"
    return f"until {_span(before_min)} {'before' if before_min > 0 else 'after'} it begins"


def _span(minutes: int) -> str:
    """Whole hours as such, the same in both languages."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{abs(minutes)} min" if rest else f"{hours} h"
