"""The one way into the book of sales.

Each order has its own hash chain (`ticketing.sales.chain`); other books of one thing, such as a till (`till-{agent}`),
are chains just so. What may follow what: `ticketing.sales.rules`; what it moves: `ticketing.sales.postings`. Amounts
are whole cents, never negative. "+": added here, do not give it.

| kind | its body |
|---|---|
| `hold` | hold, provider, amount_cents: a payment begins; `hold` is the payment's id |
| `capture` | hold, provider, person, amount_cents: the provider took it, or a part |
| `release` | hold, reason: it takes nothing |
| `cash` | hold, provider (`cash:{agent pseudonym}`), person, amount_cents: held and captured at once, in a till |
| `sale` | sale, person, tariff (its version), vat_mode (line, total), apportionment (the name of its rule), |
| | lines (below), + month: paid money becomes revenue |
| `entitlement` | entitlement (a ticket's ref), item, sale, lines (names of lines of that sale): a right to travel |
| `revocation` | entitlement, reason: it is worth nothing any more |
| `reversal` | reversal, person, sale, reason, lines ({line, cents} to take back), entitlements (which it revokes), |
| | + changed (what stood and stands of each line, with the tax): revenue is the buyer's money again. With |
| | borne_cents, of an advance that its passenger owes all the same: the Region bears so much more (or less) |
| `fee` | fee, person, item, network, amount_cents, vat_permille (included), reason: kept of that money |
| `refund` | refund (a payment's id), hold (it is given back from), provider, person, amount_cents: promised back |
| `refund-paid` | refund, hold, provider, amount_cents: given back; where somebody else gave it, paid_from |
| | (`bank:main`, `cash:{agent}`) |
| `exchange` | item, sale, by: nothing of `item` stands, and item `by` of that sale is in its place |
| `carried-out` | carried, to (an order), person, amount_cents: money not used here, for what takes the place of an |
| | item of this one; where it goes back the way it came: of (the `carried` it came by) |
| `carried-in` | carried, from (an order), person, amount_cents: the same in the other book, in the same transaction |
| `payment-event` | provider, event, hold, type (authorised, captured, refunded, voided, failed), |
| | refund ("" or its id), amount_cents (the running total it tells): as it came |
| `till-difference` | count, agent, expected_cents, counted_cents: a till was counted (chain `till-{agent}`) |
| `deposit` | deposit, agent, amount_cents: brought to the bank from a till (chain `till-{agent}`) |
| `float` | float, agent, amount_cents: put into a till from the bank, to give change with (chain `till-{agent}`) |

A line of a sale: line, item, product, kind (as `PriceLine.kind`), network, cents, vat_permille, advance (true: a seat
in somebody's car, which is no revenue before the trip is proven), weights ([[leg, operator, cents]…]), valid_from_s,
valid_until_s; + vat_cents. `ticketing.sales.bodies` makes these of order items.

`person` is the buyer's pseudonym; where it is left out, the order's. A `payment-event` has an `idempotency_key`,
`event:{provider}/{event}`, so that it may come twice. What is given back: a `reversal` (which must revoke the tickets
of lines nothing stands of), perhaps a `fee`, a `refund`. An exchange: a `reversal`, perhaps a `fee`, then the new
`sale`, its `entitlement`s and an `exchange`; where something is to be paid, the sale is of another order, and what the
old item is worth is carried there. Money that came too late for its seats: a `capture` and a
`refund`, with no sale between them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from ground.paris import PARIS
from mobility.acts.ports import UnitOfWork
from ticketing.sales.chain import enter
from ticketing.sales.entry import SalesEntry

OF_A_PERSON = ("capture", "cash", "sale", "reversal", "fee", "refund", "carried-out", "carried-in")


class Booked(Protocol):
    """What has a book of its own: an order, most of the time."""

    @property
    def id(self) -> str: ...
    @property
    def pseudonym(self) -> str: ...


def post(
    work: UnitOfWork, order: Booked, items: Iterable[tuple[str, dict[str, Any]]], at: dt.datetime
) -> list[SalesEntry]:
    """Add entries to the book of an order that the caller has locked, in order; the caller commits.

    They are accounted on the day of `at` in Paris, or on the first one after it that is not closed. A body with
    `idempotency_key` is entered once: the same again gives the entry there is. Raises LedgerError, KeyReusedError and
    CanonicalJsonError; the caller must not commit then.
    """
    at = at.astimezone(dt.UTC).replace(microsecond=0)
    day, book = work.sales_journal.open_book(order.id, at.astimezone(PARIS).date().isoformat())
    bodies = [(kind, _of_person(kind, body, order.pseudonym)) for kind, body in items]
    chain, entered = enter(book, bodies, at, day)
    new = [one for one in entered if isinstance(one, SalesEntry)]
    if new:
        work.sales_journal.append(new, chain)
    if len(new) == len(entered):
        return new
    return _with_known(work.sales_journal.list_entries(order.id), entered)


def _of_person(kind: str, body: dict[str, Any], pseudonym: str) -> dict[str, Any]:
    return {"person": pseudonym} | body if kind in OF_A_PERSON else body


def _with_known(written: Sequence[SalesEntry], entered: Sequence[SalesEntry | int]) -> list[SalesEntry]:
    """What was entered, and for a key that was known the entry of then."""
    return [one if isinstance(one, SalesEntry) else written[one - 1] for one in entered]
