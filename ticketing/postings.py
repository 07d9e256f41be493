"""What an entry of the register moves between accounts: a pure function of the entry, so that the ledger can be made
again from the register alone.

Accounts are `kind:name`; debits are positive. What each means:

| account | its balance is |
|---|---|
| `subsidy:{campaign}` | debit: what was granted, less what was withdrawn (the consumption of the envelope) |
| `envelope:{campaign}` | credit: what the Region put in; `budget:{campaign}` is its other side |
| `driver:{pseudonym}` | credit: owed to the driver; debit: owed back |
| `passenger:{pseudonym}` | debit: owed by the passenger |
| `fares:{product}` | credit: revenue |
| `bank:main` | credit: paid out |
| `provider:{name}` | debit: captured by a payment provider for us, less what it gave back |
| `operator:{name}` | credit: an operator's part of the revenue of sales, until it is paid |

What sales move (`cash:…`, `vat:…`, `fees:…` and more: `ticketing.sales.postings`) comes here by days that are closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ticketing.canonical_json import from_stored
from ticketing.entry import Posting, RegisterEntry, Transaction


class LedgerError(ValueError):
    """An entry would break the book, and is not made; the message says why."""


BANK = "bank:main"
CARPOOL_FARES = "fares:carpool"

Body = dict[str, Any]


def postings_of(entry: RegisterEntry) -> Transaction | None:
    """The transaction that follows from an entry; None when it moves nothing. Raises LedgerError."""
    return transaction_of(entry, from_stored(entry.body)) if entry.kind in _RULES else None


def transaction_of(entry: RegisterEntry, body: Body) -> Transaction | None:
    """`postings_of`, for those who have the body as an object."""
    rule = _RULES.get(entry.kind)
    if rule is None:
        return None
    try:
        moves, reverses = rule(body)
        postings = _net(moves)
    except (KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the body of a {entry.kind} is not as it must be: {error!r}") from error
    if not postings:
        return None
    return Transaction(f"r{entry.seq}", entry.kind, entry.at, postings, reverses)


def withdrawal_body(grant: RegisterEntry, reason: str) -> Body:
    """The body of the entry that takes a grant back: its exact reversal."""
    granted = from_stored(grant.body)
    return {
        "trip_id": granted["facts"]["trip_id"],
        "grant_seq": grant.seq,
        "grant_hash": grant.hash.hex(),
        "reason": reason,
        "campaign": granted["campaign"],
        "line_id": granted["facts"]["line_id"],
        "driver": granted["facts"]["driver"],
        "distance_m": granted["facts"]["distance_m"],
        "amount_cents": granted["grant"]["amount_cents"],
        "fares": [
            {"person": one["person"], "fare_cents": one["fare_cents"], "seats": one.get("seats", 1)}
            for one in granted["facts"]["passengers"]
        ],
    }


Moves = list[tuple[str, int]]


def _grant(body: Body) -> tuple[Moves, str]:
    facts = body["facts"]
    return _earned(body["campaign"], facts["driver"], body["grant"]["amount_cents"], facts["passengers"]), ""


def _withdrawal(body: Body) -> tuple[Moves, str]:
    moves = _earned(body["campaign"], body["driver"], body["amount_cents"], body["fares"])
    return [(account, -cents) for account, cents in moves], f"r{body['grant_seq']}"


def _earned(campaign: str, driver: str, amount_cents: int, passengers: Iterable[Body]) -> Moves:
    moves = [(f"subsidy:{campaign}", amount_cents), (f"driver:{driver}", -amount_cents)]
    for one in passengers:
        fare_cents = one["fare_cents"]
        moves += [(f"passenger:{one['person']}", fare_cents), (CARPOOL_FARES, -fare_cents)]
    return moves


def _payout(body: Body) -> tuple[Moves, str]:
    moves = [(f"driver:{line['driver']}", line["amount_cents"]) for line in body["lines"]]
    return [*moves, (BANK, -sum(cents for _, cents in moves))], ""


def _payout_return(body: Body) -> tuple[Moves, str]:
    """One payment of a payout that the driver's bank sent back: owed again."""
    cents = body["amount_cents"]
    return [(f"driver:{body['driver']}", -cents), (BANK, cents)], ""


def _envelope(body: Body) -> tuple[Moves, str]:
    campaign, cents = body["campaign"], body["amount_cents"]
    return [(f"budget:{campaign}", cents), (f"envelope:{campaign}", -cents)], ""


def _sales_day(body: Body) -> tuple[Moves, str]:
    """What all entries of sales of a day came to."""
    return [(account, cents) for account, cents in body["postings"]], ""


def _sales_clearing(body: Body) -> tuple[Moves, str]:
    """Revenue of a month becomes what operators are owed."""
    moves = [(account, cents) for account, cents in body["revenue"]]
    return [*moves, *((f"operator:{operator}", -cents) for operator, cents in body["shares"])], ""


def _operator_payout(body: Body) -> tuple[Moves, str]:
    moves = [(f"operator:{line['operator']}", line["amount_cents"]) for line in body["lines"]]
    return [*moves, (BANK, -sum(cents for _, cents in moves))], ""


def _operator_payout_return(body: Body) -> tuple[Moves, str]:
    """One payment to an operator that a bank sent back: owed again."""
    cents = body["amount_cents"]
    return [(f"operator:{body['operator']}", -cents), (BANK, cents)], ""


def _capture(body: Body) -> tuple[Moves, str]:
    cents = body["amount_cents"]
    return [(f"provider:{body['provider']}", cents), (f"passenger:{body['person']}", -cents)], ""


def _refund(body: Body) -> tuple[Moves, str]:
    cents = body["amount_cents"]
    return [(f"fares:{body['product']}", cents), (f"provider:{body['provider']}", -cents)], ""


def _entitlement(body: Body) -> tuple[Moves, str]:
    cents = body["price_cents"]
    return [(f"passenger:{body['person']}", cents), (f"fares:{body['product']}", -cents)], ""


_RULES: dict[str, Callable[[Body], tuple[Moves, str]]] = {
    "grant": _grant,
    "withdrawal": _withdrawal,
    "payout": _payout,
    "payout-return": _payout_return,
    "envelope": _envelope,
    "sales-day": _sales_day,
    "sales-clearing": _sales_clearing,
    "operator-payout": _operator_payout,
    "operator-payout-return": _operator_payout_return,
    "capture": _capture,
    "refund": _refund,
    "entitlement": _entitlement,
}

RETIRED = frozenset(("hold", "capture", "release", "refund", "entitlement", "revocation", "payment-event"))
"""Kinds that registers of long ago may hold, and that no entry is made of any more: they are in the books of orders
now (`ticketing.sales`). What they moved is still read."""

KINDS = frozenset(_RULES)
"""The kinds of entries that move money."""


def _net(moves: Moves) -> tuple[Posting, ...]:
    """One posting an account, none of zero, in the order of first mention."""
    sums: dict[str, int] = {}
    for account, cents in moves:
        sums[account] = sums.get(account, 0) + cents
    return tuple([Posting(account, cents) for account, cents in sums.items() if cents])
