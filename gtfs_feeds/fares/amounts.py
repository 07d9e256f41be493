"""Amounts of money as feeds write them: to integers in the smallest unit of their currency."""

from __future__ import annotations

import re

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_AMOUNT = re.compile(r"(-?)(\d{1,9})(?:\.(\d{1,6}))?", re.ASCII)
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies of ISO 4217 whose smallest unit is not a hundredth."""


def is_currency(text: str) -> bool:
    """Whether this is a currency code as ISO 4217 has them."""
    return _CURRENCY.fullmatch(text) is not None


def digits_of(currency: str) -> int:
    """How many decimal places amounts of a currency have."""
    return _DIGITS.get(currency, 2)


def parse_amount(text: str, currency: str) -> int | None:
    """An amount of Fares v2, which has just the decimal places of its currency; None: this is none."""
    match = _AMOUNT.fullmatch(text)
    if match is None or len(match[3] or "") != digits_of(currency):
        return None
    return int(match[1] + match[2] + (match[3] or ""))


def parse_price(text: str, currency: str) -> int | None:
    """A price of Fares v1, a number that need not write out its decimal places; None: this is none, or not exact."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    digits, decimals = digits_of(currency), (match[3] or "").rstrip("0")
    if len(decimals) > digits:
        return None
    return int(match[1] + match[2] + decimals.ljust(digits, "0"))
