"""Holds, captures, refunds, what payment providers tell, and the entitlements that are paid so.

The rules here are the ledger's invariants 3, 4, 6 and 7; each refuses with LedgerError what would break one.

| entry | its body |
|---|---|
| `hold` | hold, provider, person, product, amount_cents: the provider keeps an amount for us |
| `capture` | hold, provider, person, amount_cents: we took it, or a part; the rest is free again |
| `release` | hold, reason: we take nothing |
| `refund` | refund, hold, provider, product, amount_cents, entitlement: given back, that one (or "") revoked |
| `entitlement` | entitlement, person, product, price_cents, hold: a right to travel; hold "": granted, for 0 |
| `revocation` | entitlement, reason |
| `payment-event` | provider, event, hold, type, refund, amount_cents: what a provider told us, as it came |
"""

from __future__ import annotations

from collections.abc import Iterable

from ticketing.entry import RegisterEntry
from ticketing.postings import LedgerError
from ticketing.states import (
    Body,
    Rule,
    Standing,
    State,
    States,
    get_cents,
    get_state,
    require_new,
    require_same,
)

OPEN, CAPTURED, RELEASED = "open", "captured", "released"

EVENT_TYPES = ("authorised", "captured", "refunded", "voided", "failed")


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


def due_entries(payment: State, hold: State) -> list[tuple[str, Body]]:
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
            body = {"refund": refund, "product": hold["product"], "amount_cents": cents, "entitlement": ""}
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


def _hold(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    name = f"hold:{body['hold']}"
    require_new(rows, name)
    return {
        name: {
            "provider": body["provider"],
            "person": body["person"],
            "product": body["product"],
            "held_cents": get_cents(body),
            "status": OPEN,
            "captured_cents": 0,
            "refunds": {},
            "priced_cents": 0,
        }
    }


def _resolve(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 3: once, and no more than was held."""
    name = f"hold:{body['hold']}"
    hold = get_state(rows, name)
    if hold["status"] != OPEN:
        raise LedgerError(f"{name} was {hold['status']} already: a hold is resolved once")
    if entry.kind == "release":
        return {name: hold | {"status": RELEASED}}
    require_same(body, hold, "provider", "person")
    cents = get_cents(body)
    if cents > hold["held_cents"]:
        raise LedgerError(f"{name} holds {hold['held_cents']} cents: {cents} cannot be captured")
    return {name: hold | {"status": CAPTURED, "captured_cents": cents}}


def _refund(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 4: never more than was captured."""
    name, refund, cents = f"hold:{body['hold']}", body["refund"], get_cents(body)
    hold = get_state(rows, name)
    require_same(body, hold, "provider")
    if refund in hold["refunds"]:
        raise LedgerError(f"refund {refund} of {name} was made already")
    left = hold["captured_cents"] - sum(hold["refunds"].values())
    if cents > left:
        raise LedgerError(f"of {name} {left} cents can be given back: not {cents}")
    states = {name: hold | {"refunds": hold["refunds"] | {refund: cents}}}
    if body["entitlement"]:
        right = f"entitlement:{body['entitlement']}"
        entitlement = get_state(rows, right)
        require_same(body, entitlement, "hold", "product")
        if entitlement["revoked"]:
            raise LedgerError(f"{right} is revoked already")
        if cents > entitlement["price_cents"]:
            raise LedgerError(
                f"{right} cost {entitlement['price_cents']} cents: {cents} cannot be given back for it"
            )
        states[right] = entitlement | {"revoked": True}
    return states


def _entitlement(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    name, cents = f"entitlement:{body['entitlement']}", get_cents(body, "price_cents", 0)
    require_new(rows, name)
    made = {key: body[key] for key in ("person", "product", "hold", "price_cents")} | {"revoked": False}
    if not body["hold"]:
        if cents:
            raise LedgerError(f"{name} costs {cents} cents and names no hold they are paid from")
        return {name: made}
    paid_from = f"hold:{body['hold']}"
    hold = get_state(rows, paid_from)
    require_same(body, hold, "person")
    most = {OPEN: hold["held_cents"], CAPTURED: hold["captured_cents"], RELEASED: 0}[hold["status"]]
    if hold["status"] == RELEASED or hold["priced_cents"] + cents > most:
        raise LedgerError(f"{paid_from} ({hold['status']}, {most} cents) does not cover {name} for {cents}")
    return {name: made, paid_from: hold | {"priced_cents": hold["priced_cents"] + cents}}


def _revocation(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    name = f"entitlement:{body['entitlement']}"
    entitlement = get_state(rows, name)
    if entitlement["revoked"]:
        raise LedgerError(f"{name} is revoked already")
    return {name: entitlement | {"revoked": True}}


def _payment_event(entry: RegisterEntry, body: Body, rows: Standing) -> States:
    """Invariant 6: a set of events; the hold may still be unknown, and events may come in any order."""
    name = f"payment:{body['hold']}"
    payment = rows.find_state(name) or {"hold": body["hold"], "events": {}}
    event = {key: body[key] for key in ("type", "refund")} | {"amount_cents": get_cents(body, least=0)}
    if body["type"] not in EVENT_TYPES:
        raise LedgerError(f"{body['type']!r} is no type of event: {', '.join(EVENT_TYPES)}")
    known = f"{body['provider']}/{body['event']}"
    if known in payment["events"]:
        raise LedgerError(f"event {known} was heard already")
    return {name: payment | {"events": dict(sorted((payment["events"] | {known: event}).items()))}}


RULES: dict[str, Rule] = {
    "hold": _hold,
    "capture": _resolve,
    "release": _resolve,
    "refund": _refund,
    "entitlement": _entitlement,
    "revocation": _revocation,
    "payment-event": _payment_event,
}
