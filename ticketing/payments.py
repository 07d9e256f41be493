"""Where holds, payments, entitlements, payouts and reversals stand: states that entries of the register move on.

A state is a small object under a name (`hold:…`), made anew by each entry that concerns it. The rules here are the
ledger's invariants 2, 3, 4, 6, 7 and 9; each refuses with LedgerError what would break one.

| entry | its body |
|---|---|
| `hold` | hold, provider, person, amount_cents: the provider keeps an amount for us |
| `capture` | hold, provider, person, amount_cents: we took it, or a part; the rest is free again |
| `release` | hold, reason: we take nothing |
| `refund` | refund, hold, provider, product, amount_cents, entitlement: given back, that one (or "") revoked |
| `entitlement` | entitlement, person, product, price_cents, hold: a right to travel; hold "": granted, for 0 |
| `revocation` | entitlement, reason |
| `payment-event` | provider, event, hold, type, refund, amount_cents: what a provider told us, as it came |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ticketing.entry import RegisterEntry
from ticketing.postings import LedgerError, withdrawal_body

Body = dict[str, Any]
State = dict[str, Any]
States = dict[str, State]

OPEN, CAPTURED, RELEASED = "open", "captured", "released"

EVENT_TYPES = ("authorised", "captured", "refunded", "voided", "failed")


class Standing(Protocol):
    """What the rules read."""

    def find_state(self, name: str) -> State | None:
        """The state of that name."""
        ...

    def find_entry(self, seq: int) -> RegisterEntry | None:
        """One entry of the register."""
        ...

    def balance(self, account: str) -> int:
        """The balance of an account in cents, debits positive."""
        ...


Rule = Callable[[RegisterEntry, Body, Standing], States]


def is_valid(entitlement: State, hold: State | None) -> bool:
    """Whether one may travel with it: granted, or all that was sold on its hold is paid; and not revoked."""
    if entitlement["revoked"]:
        return False
    return not entitlement["hold"] or (
        hold is not None and hold["status"] == CAPTURED and hold["captured_cents"] >= hold["priced_cents"]
    )


def fold_events(events: Iterable[Body]) -> State:
    """What a provider's events say together, in whatever order and however often they came.

    `captured_cents` and each refund are the largest figure heard: providers tell running totals, and a figure never
    shrinks. `types`: what was heard at all, sorted.
    """
    captured_cents, refunds, types = 0, dict[str, int](), set()
    for event in events:
        types.add(event["type"])
        if event["type"] == "captured":
            captured_cents = max(captured_cents, event["amount_cents"])
        if event["type"] == "refunded":
            refund = event["refund"]
            refunds[refund] = max(refunds.get(refund, 0), event["amount_cents"])
    return {
        "captured_cents": captured_cents,
        "refunds": dict(sorted(refunds.items())),
        "types": sorted(types),
    }


def due_entries(payment: State, hold: State, product: str) -> list[tuple[str, Body]]:
    """The entries with which the book follows what the provider says (`payment`: the state of `payment:…`)."""
    said = fold_events(payment["events"].values())
    common = {"hold": payment["hold"], "provider": hold["provider"]}
    due: list[tuple[str, Body]] = []
    captured = hold["captured_cents"]
    if hold["status"] == OPEN and 0 < said["captured_cents"] <= hold["held_cents"]:
        captured = said["captured_cents"]
        due.append(("capture", common | {"person": hold["person"], "amount_cents": captured}))
    room = captured - sum(hold["refunds"].values())
    for refund, cents in said["refunds"].items():
        if refund not in hold["refunds"] and 0 < cents <= room:
            room -= cents
            body = {"refund": refund, "product": product, "amount_cents": cents, "entitlement": ""}
            due.append(("refund", common | body))
    return due


def discrepancies(payment: State, hold: State) -> list[str]:
    """Where the provider and the book differ, for a person to look at; empty when they agree."""
    said = fold_events(payment["events"].values())
    found = []
    if said["captured_cents"] != hold["captured_cents"]:
        found.append(f"captured: {said['captured_cents']} there, {hold['captured_cents']} here")
    for refund in sorted(said["refunds"].keys() | hold["refunds"].keys()):
        there, here = said["refunds"].get(refund, 0), hold["refunds"].get(refund, 0)
        if there != here:
            found.append(f"refund {refund}: {there} there, {here} here")
    return found


def _new(rows: Standing, name: str) -> None:
    if rows.find_state(name) is not None:
        raise LedgerError(f"there is a {name} already")


def _known(rows: Standing, name: str) -> State:
    state = rows.find_state(name)
    if state is None:
        raise LedgerError(f"there is no {name}")
    return state


def _amount(body: Body, name: str = "amount_cents", least: int = 1) -> int:
    cents = body[name]
    if type(cents) is not int or cents < least:
        raise LedgerError(f"{name} must be a whole number of cents from {least} on, not {cents!r}")
    return cents


def _same(body: Body, state: State, *names: str) -> None:
    for name in names:
        if body[name] != state[name]:
            raise LedgerError(f"{name} is {state[name]!r} there, not {body[name]!r}")


def _hold(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    name = f"hold:{body['hold']}"
    _new(rows, name)
    return {
        name: {
            "provider": body["provider"],
            "person": body["person"],
            "held_cents": _amount(body),
            "status": OPEN,
            "captured_cents": 0,
            "refunds": {},
            "priced_cents": 0,
        }
    }


def _resolve(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 3: once, and no more than was held."""
    name = f"hold:{body['hold']}"
    hold = _known(rows, name)
    if hold["status"] != OPEN:
        raise LedgerError(f"{name} was {hold['status']} already: a hold is resolved once")
    if entry.kind == "release":
        return {name: hold | {"status": RELEASED}}
    _same(body, hold, "provider", "person")
    cents = _amount(body)
    if cents > hold["held_cents"]:
        raise LedgerError(f"{name} holds {hold['held_cents']} cents: {cents} cannot be captured")
    return {name: hold | {"status": CAPTURED, "captured_cents": cents}}


def _refund(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 4: never more than was captured."""
    name, refund, cents = f"hold:{body['hold']}", body["refund"], _amount(body)
    hold = _known(rows, name)
    _same(body, hold, "provider")
    if refund in hold["refunds"]:
        raise LedgerError(f"refund {refund} of {name} was made already")
    left = hold["captured_cents"] - sum(hold["refunds"].values())
    if cents > left:
        raise LedgerError(f"of {name} {left} cents can be given back: not {cents}")
    states = {name: hold | {"refunds": hold["refunds"] | {refund: cents}}}
    if body["entitlement"]:
        right = f"entitlement:{body['entitlement']}"
        entitlement = _known(rows, right)
        _same(body, entitlement, "hold", "product")
        if entitlement["revoked"]:
            raise LedgerError(f"{right} is revoked already")
        if cents > entitlement["price_cents"]:
            raise LedgerError(
                f"{right} cost {entitlement['price_cents']} cents: {cents} cannot be given back for it"
            )
        states[right] = entitlement | {"revoked": True}
    return states


def _entitlement(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    name, cents = f"entitlement:{body['entitlement']}", _amount(body, "price_cents", 0)
    _new(rows, name)
    made = {key: body[key] for key in ("person", "product", "hold", "price_cents")} | {"revoked": False}
    if not body["hold"]:
        if cents:
            raise LedgerError(f"{name} costs {cents} cents and names no hold they are paid from")
        return {name: made}
    paid_from = f"hold:{body['hold']}"
    hold = _known(rows, paid_from)
    _same(body, hold, "person")
    most = {OPEN: hold["held_cents"], CAPTURED: hold["captured_cents"], RELEASED: 0}[hold["status"]]
    if hold["status"] == RELEASED or hold["priced_cents"] + cents > most:
        raise LedgerError(f"{paid_from} ({hold['status']}, {most} cents) does not cover {name} for {cents}")
    return {name: made, paid_from: hold | {"priced_cents": hold["priced_cents"] + cents}}


def _revocation(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    name = f"entitlement:{body['entitlement']}"
    entitlement = _known(rows, name)
    if entitlement["revoked"]:
        raise LedgerError(f"{name} is revoked already")
    return {name: entitlement | {"revoked": True}}


def _payment_event(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 6: a set of events; the hold may still be unknown, and events may come in any order."""
    name = f"payment:{body['hold']}"
    payment = rows.find_state(name) or {"hold": body["hold"], "events": {}}
    event = {key: body[key] for key in ("type", "refund")} | {"amount_cents": _amount(body, least=0)}
    if body["type"] not in EVENT_TYPES:
        raise LedgerError(f"{body['type']!r} is no type of event: {', '.join(EVENT_TYPES)}")
    known = f"{body['provider']}/{body['event']}"
    if known in payment["events"]:
        raise LedgerError(f"event {known} was heard already")
    return {name: payment | {"events": dict(sorted((payment["events"] | {known: event}).items()))}}


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
        total += _amount(line)
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
    name, driver, cents = f"payout:r{body['payout_seq']}", body["driver"], _amount(body)
    payout = _known(rows, name)
    returned = payout["returned"].get(driver, 0) + cents
    if returned > payout["lines"].get(driver, 0):
        raise LedgerError(
            f"{name} paid driver {driver} {payout['lines'].get(driver, 0)} cents: not {returned} come back"
        )
    return {name: payout | {"returned": payout["returned"] | {driver: returned}}}


RULES: dict[str, Rule] = {
    "hold": _hold,
    "capture": _resolve,
    "release": _resolve,
    "refund": _refund,
    "entitlement": _entitlement,
    "revocation": _revocation,
    "payment-event": _payment_event,
    "withdrawal": _withdrawal,
    "payout": _payout,
    "payout-return": _payout_return,
}
