"""What may follow what: the rule of each kind of entry that depends on those before it."""

from __future__ import annotations

from ticketing import payments
from ticketing.entry import RegisterEntry
from ticketing.postings import LedgerError, withdrawal_body
from ticketing.signing import CURRENT_KEY, why_not_announced
from ticketing.states import Body, Rule, Standing, States, get_cents, get_state


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
    """Invariant 9: the total is the sum of the lines, and nobody is paid more than the book owes."""
    total = 0
    owed: dict[str, int] = {}
    for line in body["lines"]:
        total += get_cents(line)
        owed[line["driver"]] = owed.get(line["driver"], 0) + line["amount_cents"]
    if total != body["total_cents"]:
        raise LedgerError(f"the lines sum to {total} cents, the total says {body['total_cents']}")
    for driver, cents in owed.items():
        balance = -rows.balance(f"driver:{driver}")
        if cents > balance:
            raise LedgerError(f"driver {driver} is owed {balance} cents: {cents} cannot be paid")
    return {f"payout:r{entry.seq}": {"lines": owed, "returned": {}}}


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


def _key(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """The first key, or one that is signed by the one it replaces."""
    wrong = why_not_announced(body, rows.find_state(CURRENT_KEY))
    if wrong:
        raise LedgerError(wrong)
    return {CURRENT_KEY: {"key_id": body["key_id"], "public_key": body["public_key"]}}


RULES: dict[str, Rule] = {
    **payments.RULES,
    "withdrawal": _withdrawal,
    "payout": _payout,
    "payout-return": _payout_return,
    "key": _key,
}
"""By kind of entry; one that is not here may always be made."""
