"""What an entry of the book of sales moves between accounts: a pure function of the entry, as `ticketing.postings` is
for the register.

| account | its balance is |
|---|---|
| `provider:{name}` | debit: captured by a payment provider for us, less what it gave back |
| `cash:{agent}` | debit: in an agent's or driver's till |
| `passenger:{pseudonym}` | credit: paid and not used: an advance for seats in cars, or to be given back |
| `fares:{network}` | credit: revenue without tax; debit of `fares:carpool`: what the Region bears of advances |
| `fees:{network}` | credit: kept of what was given back or exchanged, without tax |
| `vat:{permille}` | credit: tax owed to the State |
| `refund-due:{provider}` | credit: promised back, and not yet paid by the provider |
| `carried:{name}` | nothing at the end of any day: on its way from one order to the one that takes its place |
| `till-difference:{agent}` | debit: missing when a till was counted; credit: too much |
| `bank:main` | debit: brought to the bank, less what tills got from it |
| `operator:{name}` | credit: an operator's part of the revenue, until it is paid (`ticketing.sales.clearing`) |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ticketing.canonical_json import from_stored
from ticketing.entry import Posting
from ticketing.postings import BANK, CARPOOL_FARES, LedgerError
from ticketing.sales.entry import SalesEntry
from ticketing.sales.vat import vat_included

Body = dict[str, Any]
Moves = list[tuple[str, int]]

CASH = "cash:"
CARRIED = "carried:"


@dataclass(frozen=True, slots=True)
class LineChange:
    """What an entry changes of one sold line: how much of it stood before and stands after, and the tax within."""

    line: str
    item: str
    product: str
    network: str
    vat_permille: int
    before_cents: int
    before_vat_cents: int
    after_cents: int
    after_vat_cents: int
    is_advance: bool
    """Paid for a seat in somebody's car: no revenue yet."""
    weights: tuple[tuple[int, str, int], ...]
    """(leg, operator, cents it costs by itself)."""
    kind: str
    """Of its product, as `PriceLine.kind`."""
    sold: str
    """YYYY-MM: the month it was sold in."""
    apportionment: str
    """The name of the rule by which its revenue is divided."""

    @property
    def revenue_cents(self) -> int:
        """What revenue grows by, without tax."""
        return (self.after_cents - self.after_vat_cents) - (self.before_cents - self.before_vat_cents)

    @property
    def vat_cents(self) -> int:
        """What the tax grows by."""
        return self.after_vat_cents - self.before_vat_cents


def postings_of(entry: SalesEntry) -> tuple[Posting, ...]:
    """The balanced postings of an entry; (): it moves nothing. Raises LedgerError."""
    return postings_of_body(entry.kind, from_stored(entry.body))


def postings_of_body(kind: str, body: Body) -> tuple[Posting, ...]:
    """`postings_of`, for those who have the body as an object."""
    rule = _MOVES.get(kind)
    if rule is None:
        return ()
    try:
        sums: dict[str, int] = {}
        for account, cents in rule(body):
            sums[account] = sums.get(account, 0) + cents
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise LedgerError(f"the body of a {kind} is not as it must be: {error!r}") from error
    if sum(sums.values()):
        raise LedgerError(f"a {kind} does not balance: {sum(sums.values())} cents are left")
    return tuple(Posting(account, cents) for account, cents in sums.items() if cents)


def changes_of(kind: str, body: Body) -> Iterator[LineChange]:
    """What a sale or a reversal changes of the lines that are sold; of other entries nothing."""
    if kind == "sale":
        for one in body["lines"]:
            of_sale = {"sold": body["month"], "apportionment": body["apportionment"]}
            yield _change(one | of_sale, 0, 0, one["cents"], one["vat_cents"])
    elif kind == "reversal":
        for one in body["changed"]:
            yield _change(
                one, one["before_cents"], one["before_vat_cents"], one["after_cents"], one["after_vat_cents"]
            )


def money_account(provider: str) -> str:
    """Where money of a provider is: `cash:{agent}` is a till, anything else the name of a payment provider."""
    return provider if provider.startswith(CASH) else f"provider:{provider}"


def _change(one: Body, before: int, before_vat: int, after: int, after_vat: int) -> LineChange:
    return LineChange(
        *(one["line"], one["item"], one["product"], one["network"], one["vat_permille"]),
        *(before, before_vat, after, after_vat, one["advance"]),
        tuple((leg, operator, cents) for leg, operator, cents in one["weights"]),
        *(one["kind"], one["sold"], one["apportionment"]),
    )


def _capture(body: Body) -> Moves:
    cents = body["amount_cents"]
    return [(money_account(body["provider"]), cents), (f"passenger:{body['person']}", -cents)]


def _reversal(body: Body) -> Moves:
    """What the Region bears of an advance is the passenger's, for the fare they owe once the trip is proven."""
    moves = _lines("reversal")(body)
    for one in body["lines"]:
        if borne := one.get("borne_cents", 0):
            moves += [(f"passenger:{body['person']}", -borne), (CARPOOL_FARES, borne)]
    return moves


def _lines(kind: str) -> Callable[[Body], Moves]:
    def moves(body: Body) -> Moves:
        made: Moves = []
        for one in changes_of(kind, body):
            if not one.is_advance:
                made.append((f"passenger:{body['person']}", one.revenue_cents + one.vat_cents))
                made.append((f"fares:{one.network}", -one.revenue_cents))
                made.append((f"vat:{one.vat_permille}", -one.vat_cents))
        return made

    return moves


def _fee(body: Body) -> Moves:
    cents, vat = body["amount_cents"], vat_included(body["amount_cents"], body["vat_permille"])
    moves = [(f"passenger:{body['person']}", cents), (f"fees:{body['network']}", vat - cents)]
    return [*moves, (f"vat:{body['vat_permille']}", -vat)]


def _refund(body: Body) -> Moves:
    cents = body["amount_cents"]
    return [(f"passenger:{body['person']}", cents), (f"refund-due:{body['provider']}", -cents)]


def _refund_paid(body: Body) -> Moves:
    cents = body["amount_cents"]
    paid_from = body.get("paid_from", money_account(body["provider"]))
    return [(f"refund-due:{body['provider']}", cents), (paid_from, -cents)]


def _carried(sign: int) -> Callable[[Body], Moves]:
    def moves(body: Body) -> Moves:
        cents = sign * body["amount_cents"]
        return [(f"passenger:{body['person']}", -cents), (f"{CARRIED}{body['carried']}", cents)]

    return moves


def _till_difference(body: Body) -> Moves:
    cents = body["counted_cents"] - body["expected_cents"]
    return [(f"{CASH}{body['agent']}", cents), (f"till-difference:{body['agent']}", -cents)]


def _to_bank(sign: int) -> Callable[[Body], Moves]:
    def moves(body: Body) -> Moves:
        cents = sign * body["amount_cents"]
        return [(BANK, cents), (f"{CASH}{body['agent']}", -cents)]

    return moves


_MOVES: dict[str, Callable[[Body], Moves]] = {
    "capture": _capture,
    "cash": _capture,
    "sale": _lines("sale"),
    "reversal": _reversal,
    "fee": _fee,
    "refund": _refund,
    "refund-paid": _refund_paid,
    "carried-out": _carried(-1),
    "carried-in": _carried(1),
    "till-difference": _till_difference,
    "deposit": _to_bank(1),
    "float": _to_bank(-1),
}

KINDS = frozenset(_MOVES)
"""The kinds of entries that move money."""
