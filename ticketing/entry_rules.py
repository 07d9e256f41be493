"""What may follow what: the rule of each kind of entry that depends on those before it."""

from __future__ import annotations

import datetime as dt

from ground.paris import PARIS
from ticketing.canonical_json import from_stored
from ticketing.entry import RegisterEntry
from ticketing.period import period_end
from ticketing.postings import RETIRED, LedgerError, withdrawal_body
from ticketing.signing import CURRENT_KEY, why_not_announced
from ticketing.states import Body, Rule, Standing, States, get_cents, get_state

SALES_DAYS = "sales-days"
"""The state with the last day of sales that is closed."""


def _withdrawal(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 2: exactly what was granted, once."""
    name = f"reversal:r{body['grant_seq']}"
    grant = rows.find_entry(body["grant_seq"])
    if grant is None or grant.kind != "grant":
        raise LedgerError(f"entry {body['grant_seq']} is no grant")
    exact = withdrawal_body(grant, body["reason"])
    if wrong := [key for key in exact if body.get(key) != exact[key]]:
        raise LedgerError(f"this is not the exact reversal of entry {grant.seq}: {', '.join(wrong)} differ")
    if rows.find_state(name) is not None:
        raise LedgerError(f"entry {grant.seq} was reversed already")
    return {name: {"by": entry.seq}}


def _payout(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    return {f"payout:r{entry.seq}": {"lines": _paid_out("driver", body, rows), "returned": {}}}


def _payout_return(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """A bank gives back no more than was sent there."""
    name, driver, cents = f"payout:r{body['payout_seq']}", body["driver"], get_cents(body)
    payout = get_state(rows, name)
    returned = payout["returned"].get(driver, 0) + cents
    if returned > payout["lines"].get(driver, 0):
        raise LedgerError(
            f"{name} paid driver {driver} {payout['lines'].get(driver, 0)} cents: not {returned} come back"
        )
    return {name: payout | {"returned": payout["returned"] | {driver: returned}}}


def _sales_day(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """One day after the other, each once."""
    last = rows.find_state(SALES_DAYS)
    if last is not None:
        following = (dt.date.fromisoformat(last["day"]) + dt.timedelta(days=1)).isoformat()
        if body["day"] != following:
            raise LedgerError(
                f"{last['day']} is the last day that is closed: {following} is next, not {body['day']}"
            )
    return {SALES_DAYS: {"day": body["day"], "seq": entry.seq}}


def _sales_clearing(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 8: the parts are the revenue; each month once, one after the other, all its days being closed."""
    name, period = f"sales-clearing:{body['period']}", body["period"]
    if rows.find_state(name) is not None:
        raise LedgerError(f"{period} was divided between the operators already")
    days = rows.find_state(SALES_DAYS)
    end = period_end(period).astimezone(PARIS).date() - dt.timedelta(days=1)
    if days is None or days["day"] < end.isoformat():
        raise LedgerError(f"not all days of {period} are closed")
    revenue, shares = sum(cents for _, cents in body["revenue"]), sum(cents for _, cents in body["shares"])
    if revenue != shares:
        raise LedgerError(f"the shares sum to {shares} cents, the revenue is {revenue}")
    return {name: {"by": entry.seq}}


def _operator_payout(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    _paid_out("operator", body, rows)
    return {}


def _operator_payout_return(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """A bank gives back no more than was sent there."""
    seq, operator, cents = body["payout_seq"], body["operator"], get_cents(body)
    payout, name = rows.find_entry(seq), f"operator-return:r{body['payout_seq']}"
    if payout is None or payout.kind != "operator-payout":
        raise LedgerError(f"entry {seq} is no payout to operators")
    lines = from_stored(payout.body)["lines"]
    sent = sum(line["amount_cents"] for line in lines if line["operator"] == operator)
    before = rows.find_state(name) or {}
    returned = before.get(operator, 0) + cents
    if returned > sent:
        raise LedgerError(f"entry {seq} paid operator {operator} {sent} cents: not {returned} come back")
    return {name: before | {operator: returned}}


def _paid_out(kind: str, body: Body, rows: Standing) -> dict[str, int]:
    """Cents by driver or operator. Invariant 9: the total is the sum of the lines, and nobody is paid more than the
    book owes."""
    total = 0
    paid: dict[str, int] = {}
    for line in body["lines"]:
        total += get_cents(line)
        paid[line[kind]] = paid.get(line[kind], 0) + line["amount_cents"]
    if total != body["total_cents"]:
        raise LedgerError(f"the lines sum to {total} cents, the total says {body['total_cents']}")
    for name, cents in paid.items():
        balance = -rows.balance(f"{kind}:{name}")
        if cents > balance:
            raise LedgerError(f"{kind} {name} is owed {balance} cents: {cents} cannot be paid")
    return paid


def _retired(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    raise LedgerError(
        f"a {entry.kind} stands in the book of its order (ticketing.sales), not in the register"
    )


def _key(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """The first key, or one that is signed by the one it replaces."""
    wrong = why_not_announced(body, rows.find_state(CURRENT_KEY))
    if wrong:
        raise LedgerError(wrong)
    return {CURRENT_KEY: {"key_id": body["key_id"], "public_key": body["public_key"]}}


RULES: dict[str, Rule] = {
    "withdrawal": _withdrawal,
    "payout": _payout,
    "payout-return": _payout_return,
    "key": _key,
    "sales-day": _sales_day,
    "sales-clearing": _sales_clearing,
    "operator-payout": _operator_payout,
    "operator-payout-return": _operator_payout_return,
    **dict.fromkeys(RETIRED, _retired),
}
"""By kind of entry; one that is not here may always be made."""
