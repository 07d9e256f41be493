"""What may follow what in the book of sales of one order: holds, captures, sales, entitlements, refunds.

Each order has its own chain of entries, and states that stand by name (`ticketing.states`). The rules are the ledger's
invariants 3, 4, 6 and 7; each refuses with LedgerError what would break one. `mobility.acts.sales.post` is the only way
in; its page has the bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ticketing.postings import BANK, LedgerError
from ticketing.sales.postings import CASH
from ticketing.sales.vat import MODES, vat_of_lines
from ticketing.states import get_cents

Body = dict[str, Any]
State = dict[str, Any]
States = dict[str, State]

OPEN, CAPTURED, RELEASED = "open", "captured", "released"
EVENT_TYPES = ("authorised", "captured", "refunded", "voided", "failed")

MONEY = "money"
"""The state with what is paid (`paid`) and what that was used for (`sold`, `fees`, `refunded`), in cents."""
BORNE = "borne_cents"
"""Of a line: how much of an advance that was given back its passenger still owes, and the Region bears."""
NO_MONEY: State = {"paid": 0, "sold": 0, "fees": 0, "refunded": 0}


def available_cents(states: States) -> int:
    """What is paid and not used: neither sold, nor kept as a fee, nor given back."""
    money = states.get(MONEY, NO_MONEY)
    return int(money["paid"] - money["sold"] - money["fees"] - money["refunded"])


def is_valid(states: States, entitlement: str) -> bool:
    """Invariant 7: whether one may travel with it: what it names is paid, or cost nothing, and it is not revoked."""
    right = states.get(f"entitlement:{entitlement}")
    return right is not None and not right["revoked"] and not _lines_gone(right, states)


def _lines_gone(right: State, states: States) -> list[str]:
    """The lines of an entitlement that cost something, of which nothing stands any more, nor is borne by the Region."""
    lines = states[f"sale:{right['sale']}"]["lines"]
    paid = {name: lines[name]["standing_cents"] + lines[name].get(BORNE, 0) for name in right["lines"]}
    return [name for name, cents in paid.items() if lines[name]["cents"] and not cents]


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


def due_entries(states: States, hold_name: str) -> list[tuple[str, Body]]:
    """The entries with which the book follows what the provider of a hold says: its capture, or its release, and the
    refunds of ours that it has paid. What it says beyond them is for `discrepancies`."""
    hold, payment = states.get(f"hold:{hold_name}"), states.get(f"payment:{hold_name}")
    if hold is None or payment is None:
        return []
    said = fold_events(payment["events"].values())
    common = {"hold": hold_name, "provider": hold["provider"]}
    due: list[tuple[str, Body]] = []
    if hold["status"] == OPEN:
        if 0 < said["captured_cents"] <= hold["held_cents"]:
            due.append(("capture", common | {"amount_cents": said["captured_cents"]}))
        elif not said["captured_cents"] and {"voided", "failed"} & set(said["types"]):
            due.append(("release", {"hold": hold_name, "reason": "the provider says so"}))
    for refund, cents in said["refunds"].items():
        if hold["refunds"].get(refund) == cents and refund not in hold["paid_back"]:
            due.append(("refund-paid", common | {"refund": refund, "amount_cents": cents}))
    return due


def discrepancies(states: States, hold_name: str) -> list[str]:
    """Where the provider and the book differ, for a person to look at; empty when they agree."""
    hold, payment = states.get(f"hold:{hold_name}"), states.get(f"payment:{hold_name}")
    if payment is None:
        return []
    if hold is None:
        return [f"{hold_name}: the provider tells of a payment that nobody began"]
    said = fold_events(payment["events"].values())
    found = []
    if said["captured_cents"] != hold["captured_cents"]:
        found.append(f"captured: {said['captured_cents']} there, {hold['captured_cents']} here")
    for refund in sorted(said["refunds"].keys() | hold["paid_back"].keys()):
        there, here = said["refunds"].get(refund, 0), hold["paid_back"].get(refund, 0)
        if there != here:
            found.append(f"refund {refund}: {there} there, {here} here")
    return found


def completed(kind: str, body: Body, states: States, day: str) -> Body:
    """A body with what follows from it, its day and the states before: the month and the taxes of a sale, and what a
    reversal changes. Raises LedgerError."""
    try:
        if kind == "sale":
            return body | {"lines": _with_vat(body), "month": day[:7]}
        if kind == "reversal":
            return body | {"changed": _changed(body, states)}
    except (KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the body of a {kind} is not as it must be: {error!r}") from error
    return body


def states_after(kind: str, body: Body, states: States, day: str) -> States:
    """The states that an entry makes anew. Raises LedgerError when it may not be."""
    rule = RULES.get(kind)
    if rule is None:
        raise LedgerError(f"{kind!r} is no kind of entry of sales: {', '.join(sorted(RULES))}")
    try:
        made = rule(body, states)
        if kind in ("sale", "reversal") and completed(kind, body, states, day) != body:
            raise LedgerError(f"the figures of this {kind} do not follow from what was sold")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, LedgerError):
            raise
        raise LedgerError(f"the body of a {kind} is not as it must be: {error!r}") from error
    return made


def _with_vat(body: Body) -> list[Body]:
    if body["vat_mode"] not in MODES:
        raise LedgerError(f"{body['vat_mode']!r} is no way to reckon tax: {', '.join(MODES)}")
    lines = sorted(body["lines"], key=lambda line: str(line["line"]))  # ties in rounding go by name
    pairs = [
        (get_cents(line, "cents", 0), 0 if line["advance"] else get_cents(line, "vat_permille", 0))
        for line in lines
    ]
    taxes = vat_of_lines(pairs, body["vat_mode"])
    return [line | {"vat_cents": vat} for line, vat in zip(lines, taxes, strict=True)]


def _standing_vat(sale: State) -> dict[str, int]:
    """The tax of what stands of each line: as if nothing else had ever been sold."""
    lines = sale["lines"]
    pairs = [(one["standing_cents"], 0 if one["advance"] else one["vat_permille"]) for one in lines.values()]
    return dict(zip(lines, vat_of_lines(pairs, sale["vat_mode"]), strict=True))


def _after_reversal(body: Body, states: States) -> State:
    """The sale without what is reversed."""
    sale = _get(states, f"sale:{body['sale']}")
    lines = dict(sale["lines"])
    for one in body["lines"]:
        line, cents = one["line"], get_cents(one, "cents", 0)
        if line not in lines:
            raise LedgerError(f"sale {body['sale']} has no line {line}")
        standing = lines[line]["standing_cents"]
        if cents > standing:
            raise LedgerError(f"of line {line} {standing} cents stand: {cents} cannot be reversed")
        lines[line] = lines[line] | {"standing_cents": standing - cents} | _borne(one, lines[line])
    return sale | {"lines": lines}


def _borne(one: Body, line: State) -> State:
    """What the Region bears of an advance after a reversal, where that changes."""
    more = one.get(BORNE, 0)
    if not more:
        return {}
    borne = line.get(BORNE, 0) + more
    if type(more) is not int or not line["advance"] or borne < 0 or more > one["cents"]:
        raise LedgerError(f"{more} cents of line {one['line']} cannot be borne by the Region")
    return {BORNE: borne}


def _changed(body: Body, states: States) -> list[Body]:
    before = _get(states, f"sale:{body['sale']}")
    after = _after_reversal(body, states)
    vat_before, vat_after = _standing_vat(before), _standing_vat(after)
    changed = []
    for name, old in before["lines"].items():
        figures = {
            "before_cents": old["standing_cents"],
            "before_vat_cents": vat_before[name],
            "after_cents": after["lines"][name]["standing_cents"],
            "after_vat_cents": vat_after[name],
        }
        if (figures["before_cents"], vat_before[name]) != (figures["after_cents"], vat_after[name]):
            kept = {key: old[key] for key in _OF_LINE}
            changed.append({"line": name, "apportionment": before["apportionment"]} | kept | figures)
    return changed


_OF_LINE = ("item", "product", "kind", "network", "vat_permille", "advance", "weights", "sold")


def _get(states: States, name: str) -> State:
    if name not in states:
        raise LedgerError(f"there is no {name}")
    return states[name]


def _require_new(states: States, name: str) -> None:
    if name in states:
        raise LedgerError(f"there is a {name} already")


def _money(states: States, body: Body, **more: int) -> States:
    """The order's money after these were added; everything of it is one person's."""
    money = states.get(MONEY, NO_MONEY | {"person": body["person"]})
    if money["person"] != body["person"]:
        raise LedgerError(f"this is the money of {money['person']!r}, not of {body['person']!r}")
    return {MONEY: money | {name: money[name] + cents for name, cents in more.items()}}


def _use(states: States, body: Body, cents: int, name: str) -> States:
    left = available_cents(states)
    if cents > left:
        raise LedgerError(f"{left} cents are paid and not used: {cents} are too much")
    return _money(states, body, **{name: cents})


def _hold(body: Body, states: States) -> States:
    name = f"hold:{body['hold']}"
    _require_new(states, name)
    return {
        name: {
            "provider": body["provider"],
            "held_cents": get_cents(body),
            "status": OPEN,
            "captured_cents": 0,
            "refunds": {},
            "paid_back": {},
        }
    }


def _capture(body: Body, states: States) -> States:
    """Invariant 3: once, and no more than was held."""
    name, cents = f"hold:{body['hold']}", get_cents(body)
    hold = _open_hold(body, states)
    if body["provider"] != hold["provider"]:
        raise LedgerError(f"{name} is at {hold['provider']!r}, not at {body['provider']!r}")
    if cents > hold["held_cents"]:
        raise LedgerError(f"{name} holds {hold['held_cents']} cents: {cents} cannot be captured")
    return {name: hold | {"status": CAPTURED, "captured_cents": cents}} | _money(states, body, paid=cents)


def _release(body: Body, states: States) -> States:
    return {f"hold:{body['hold']}": _open_hold(body, states) | {"status": RELEASED, "reason": body["reason"]}}


def _open_hold(body: Body, states: States) -> State:
    hold = _get(states, f"hold:{body['hold']}")
    if hold["status"] != OPEN:
        raise LedgerError(f"hold:{body['hold']} was {hold['status']} already: a hold is resolved once")
    return hold


def _cash(body: Body, states: States) -> States:
    """Held and captured at once."""
    if not body["provider"].startswith(CASH):
        raise LedgerError(f"{body['provider']!r} is no till: {CASH}AGENT")
    name, cents = f"hold:{body['hold']}", get_cents(body)
    hold = _hold(body, states)[name] | {"status": CAPTURED, "captured_cents": cents}
    return {name: hold} | _money(states, body, paid=cents)


def _sale(body: Body, states: States) -> States:
    """No more than is paid."""
    name = f"sale:{body['sale']}"
    _require_new(states, name)
    lines: dict[str, State] = {}
    for one in body["lines"]:
        if one["line"] in lines:
            raise LedgerError(f"{name} has two lines {one['line']}")
        cents = get_cents(one, "cents", 0)
        kept = {key: one[key] for key in _OF_LINE if key != "sold"} | {"sold": body["month"]}
        lines[one["line"]] = kept | {"cents": cents, "standing_cents": cents}
    total = sum(one["cents"] for one in lines.values())
    sale = {key: body[key] for key in ("vat_mode", "apportionment")}
    return {name: sale | {"lines": lines}} | _use(states, body, total, "sold")


def _reversal(body: Body, states: States) -> States:
    name = f"reversal:{body['reversal']}"
    _require_new(states, name)
    if len({one["line"] for one in body["lines"]}) != len(body["lines"]):
        raise LedgerError(f"{name} names a line twice")
    made: States = {name: {"sale": body["sale"]}, f"sale:{body['sale']}": _after_reversal(body, states)}
    for entitlement in body["entitlements"]:
        made |= _revoked(entitlement, states | made)
    for name, right in (states | made).items():
        if name.startswith("entitlement:") and right["sale"] == body["sale"] and not right["revoked"]:
            for line in _lines_gone(right, states | made):
                raise LedgerError(f"nothing stands of line {line}: {name} must be revoked with it")
    total = sum(one["cents"] for one in body["lines"])
    return made | _money(states, body, sold=-total)


def _fee(body: Body, states: States) -> States:
    name = f"fee:{body['fee']}"
    _require_new(states, name)
    get_cents(body, "vat_permille", 0)
    return {name: {}} | _use(states, body, get_cents(body), "fees")


def _refund(body: Body, states: States) -> States:
    """Invariant 4: never more than was captured, nor than is paid and not used."""
    name, refund, cents = f"hold:{body['hold']}", body["refund"], get_cents(body)
    hold = _get(states, name)
    if body["provider"] != hold["provider"]:
        raise LedgerError(f"{name} is at {hold['provider']!r}, not at {body['provider']!r}")
    if refund in hold["refunds"]:
        raise LedgerError(f"refund {refund} of {name} was made already")
    left = hold["captured_cents"] - sum(hold["refunds"].values())
    if cents > left:
        raise LedgerError(f"of {name} {left} cents can be given back: not {cents}")
    return {name: hold | {"refunds": hold["refunds"] | {refund: cents}}} | _use(
        states, body, cents, "refunded"
    )


def _refund_paid(body: Body, states: States) -> States:
    name, refund, cents = f"hold:{body['hold']}", body["refund"], get_cents(body)
    hold = _get(states, name)
    if body["provider"] != hold["provider"] or hold["refunds"].get(refund) != cents:
        raise LedgerError(f"there is no refund {refund} of {cents} cents of {name} at {body['provider']!r}")
    if refund in hold["paid_back"]:
        raise LedgerError(f"refund {refund} of {name} was paid already")
    paid_from = body.get("paid_from", BANK)
    if paid_from != BANK and not paid_from.startswith(CASH):
        raise LedgerError(f"a refund is not paid from {paid_from!r}: {BANK} or {CASH}AGENT")
    return {name: hold | {"paid_back": hold["paid_back"] | {refund: cents}}}


def _entitlement(body: Body, states: States) -> States:
    name = f"entitlement:{body['entitlement']}"
    _require_new(states, name)
    sale = _get(states, f"sale:{body['sale']}")
    made = {key: body[key] for key in ("item", "sale", "lines")} | {"revoked": False}
    if unknown := [line for line in body["lines"] if line not in sale["lines"]]:
        raise LedgerError(f"sale {body['sale']} has no line {', '.join(unknown)}")
    if gone := _lines_gone(made, states):
        raise LedgerError(f"line {', '.join(gone)} of sale {body['sale']} was given back")
    return {name: made}


def _revocation(body: Body, states: States) -> States:
    return _revoked(body["entitlement"], states)


def _revoked(entitlement: str, states: States) -> States:
    name = f"entitlement:{entitlement}"
    right = _get(states, name)
    if right["revoked"]:
        raise LedgerError(f"{name} is revoked already")
    return {name: right | {"revoked": True}}


def _exchange(body: Body, states: States) -> States:
    """An item is exchanged once, when nothing of it stands any more, and for something that is sold."""
    name = f"exchange:{body['item']}"
    _require_new(states, name)
    lines = [
        line
        for key, sale in states.items()
        if key.startswith("sale:")
        for line in sale["lines"].values()
        if line["item"] == body["item"]
    ]
    if not lines or any(line["standing_cents"] for line in lines):
        raise LedgerError(f"item {body['item']} was not sold, or not all of it was reversed")
    new = _get(states, f"sale:{body['sale']}")
    if body["by"] not in {line["item"] for line in new["lines"].values()}:
        raise LedgerError(f"sale {body['sale']} has no item {body['by']}")
    return {name: {"by": body["by"]}}


def _carried_out(body: Body, states: States) -> States:
    """Money for another order; `of`: back to the one that an earlier `carried-in` says, and no more than came."""
    name, cents = f"carried:{body['carried']}", get_cents(body)
    _require_new(states, name)
    made: States = {name: {"to": body["to"], "amount_cents": cents}}
    if "of" in body:
        came = _get(states, f"carried:{body['of']}")
        if came.get("from") != body["to"]:
            raise LedgerError(f"carried:{body['of']} did not come from {body['to']}")
        left = came["amount_cents"] - came["returned_cents"]
        if cents > left:
            raise LedgerError(f"of carried:{body['of']} {left} cents can go back: not {cents}")
        made[f"carried:{body['of']}"] = came | {"returned_cents": came["returned_cents"] + cents}
    if cents > available_cents(states):
        raise LedgerError(f"{available_cents(states)} cents are paid and not used: {cents} are too much")
    return made | _money(states, body, paid=-cents)


def _carried_in(body: Body, states: States) -> States:
    name, cents = f"carried:{body['carried']}", get_cents(body)
    _require_new(states, name)
    state = {"from": body["from"], "amount_cents": cents, "returned_cents": 0}
    return {name: state} | _money(states, body, paid=cents)


def _payment_event(body: Body, states: States) -> States:
    """Invariant 6: a set of events; the hold may still be unknown, and events may come in any order."""
    name = f"payment:{body['hold']}"
    payment = states.get(name, {"events": {}})
    event = {key: body[key] for key in ("type", "refund")} | {"amount_cents": get_cents(body, least=0)}
    if body["type"] not in EVENT_TYPES:
        raise LedgerError(f"{body['type']!r} is no type of event: {', '.join(EVENT_TYPES)}")
    known = f"{body['provider']}/{body['event']}"
    if known in payment["events"]:
        raise LedgerError(f"event {known} was heard already")
    return {name: payment | {"events": dict(sorted((payment["events"] | {known: event}).items()))}}


def _till_difference(body: Body, states: States) -> States:
    name = f"count:{body['count']}"
    _require_new(states, name)
    get_cents(body, "counted_cents", 0)
    if type(body["expected_cents"]) is not int:
        raise LedgerError("expected_cents must be a whole number of cents")
    return {name: {"counted_cents": body["counted_cents"]}}


def _of_till(kind: str) -> Callable[[Body, States], States]:
    def rule(body: Body, states: States) -> States:
        name = f"{kind}:{body[kind]}"
        _require_new(states, name)
        return {name: {"amount_cents": get_cents(body)}}

    return rule


RULES: dict[str, Callable[[Body, States], States]] = {
    "hold": _hold,
    "capture": _capture,
    "release": _release,
    "cash": _cash,
    "sale": _sale,
    "entitlement": _entitlement,
    "revocation": _revocation,
    "reversal": _reversal,
    "fee": _fee,
    "refund": _refund,
    "refund-paid": _refund_paid,
    "exchange": _exchange,
    "carried-out": _carried_out,
    "carried-in": _carried_in,
    "payment-event": _payment_event,
    "till-difference": _till_difference,
    "deposit": _of_till("deposit"),
    "float": _of_till("float"),
}
