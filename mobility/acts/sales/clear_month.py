"""Divide a month's revenue between the operators, publish the rules this goes by, and pay what is owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.record import LOCK, record
from mobility.acts.sales.close_day import DayError
from ticketing.canonical_json import from_stored
from ticketing.entry import RegisterEntry
from ticketing.period import is_period, period_end, period_start
from ticketing.postings import LedgerError
from ticketing.sales.apportionment import ApportionmentError, ApportionmentRule, Use, read_rule
from ticketing.sales.clearing import Clearing
from ticketing.sales.days import day_of, days_of

RULE = "sales-rule"
CLEARING = "sales-clearing"
PAYOUT = "operator-payout"
PAYOUT_RETURN = f"{PAYOUT}-return"
OPERATOR = "operator:"


def publish_rule(acts: ActPorts, caller: Caller, document: dict[str, Any]) -> RegisterEntry:
    """Publish a version of a rule of apportionment: nothing that is divided already is touched. The same document again
    is the entry there is. Raises ForbiddenError and ApportionmentError."""
    caller.require(Permission.MANAGE_TARIFFS)
    rule = read_rule(document)
    with acts.unit_of_work() as work:
        work.lock(LOCK)
        for entry in work.register.list_entries(kinds=(RULE,)):
            body = from_stored(entry.body)
            if body["hash"] == rule.hash:
                return entry
            if (body["rule"]["name"], body["rule"]["version"]) == (rule.name, rule.version):
                raise ApportionmentError(
                    f"version {rule.version} of {rule.name} is published, with other content"
                )
        divided = [from_stored(one.body)["period"] for one in work.register.list_entries(kinds=(CLEARING,))]
        if divided and rule.valid_from <= max(divided):
            raise ApportionmentError(
                f"valid_from: {max(divided)} is divided already; a new version is valid from a later month on"
            )
        entry = record(work, RULE, {"rule": rule.plain(), "hash": rule.hash}, acts.now())
        work.commit()
    return entry


def list_rules(work: UnitOfWork) -> list[ApportionmentRule]:
    """The rules that were published, the first one first."""
    return [read_rule(from_stored(entry.body)["rule"]) for entry in work.register.list_entries(kinds=(RULE,))]


def clear(acts: ActPorts, caller: Caller, period: str) -> RegisterEntry:
    """Divide a month (YYYY-MM), all days of which are closed; what each operator's part is, it is owed. Once a month.

    Raises ForbiddenError, DayError, ApportionmentError, and LedgerError when it is divided already or not closed.
    """
    caller.require(Permission.MANAGE_SALES)
    with acts.unit_of_work() as work:
        work.lock(LOCK)
        entry = record(work, CLEARING, clearing_of(work, period).body(), acts.now())
        work.commit()
    return entry


def clearing_of(work: UnitOfWork, period: str) -> Clearing:
    """The clearing of a month, as it is divided or would be now, so far as its days are closed. Raises DayError and
    ApportionmentError."""
    if not is_period(period):
        raise DayError(f"{period!r} is no month: YYYY-MM")
    first, last = work.sales_journal.find_days()
    made = _divided(work, period)
    rules = list_rules(work) if made is None else [read_rule(rule) for rule in made["rules"]]
    use = _use(work, period) if made is None else made["use"]
    clearing = Clearing(period, first, rules, use)
    for entry in work.sales_journal.list_span(clearing.days[0], min(clearing.days[1], last)):
        clearing.add(entry)
    return clearing


def days_span(period: str) -> tuple[str, str]:
    """The first and the last day of a month."""
    return f"{period}-01", max(days_of(period))


def pay_operators(
    acts: ActPorts, caller: Caller, lines: Sequence[tuple[str, int]], key: str
) -> RegisterEntry:
    """Note that operators were paid: (operator, cents), no more than each is owed. `key`: the number of the payment,
    which counts once. Raises ForbiddenError and LedgerError."""
    caller.require(Permission.PAY_OUT)
    if not key:
        raise LedgerError("a payment needs its number, so that it counts once (Idempotency-Key)")
    paid = [{"operator": operator, "amount_cents": cents} for operator, cents in lines]
    body = {
        "lines": paid,
        "total_cents": sum(cents for _, cents in lines),
        "idempotency_key": f"{PAYOUT}:{key}",
    }
    with acts.unit_of_work() as work:
        entry = record(work, PAYOUT, body, acts.now())
        work.commit()
    return entry


def _divided(work: UnitOfWork, period: str) -> dict[str, Any] | None:
    for entry in work.register.list_entries(kinds=(CLEARING,)):
        body = from_stored(entry.body)
        if body["period"] == period:
            return body
    return None


def _use(work: UnitOfWork, period: str) -> Use:
    """Journeys by month, product and operator: of earlier months as their clearings say, of this one as scanned."""
    use: dict[str, dict[str, dict[str, int]]] = {}
    for entry in work.register.list_entries(kinds=(CLEARING,)):
        body = from_stored(entry.body)
        if body["period"] in body["use"]:
            use[body["period"]] = body["use"][body["period"]]
    counted: dict[str, dict[str, int]] = {}
    seen: set[tuple[str, str, str]] = set()
    span = int(period_start(period).timestamp()), int(period_end(period).timestamp())
    for scan in work.scans.list_span(*span):
        day = day_of(dt.datetime.fromtimestamp(scan.at_s, dt.UTC))
        # However often it is looked at on one day, it is one journey.
        if scan.colour != "green" or not scan.network_id or (scan.ref, scan.network_id, day) in seen:
            continue
        seen.add((scan.ref, scan.network_id, day))
        ticket = work.orders.find_ticket(scan.ref)
        if ticket is not None:
            by = counted.setdefault(ticket.product_id, {})
            by[scan.network_id] = by.get(scan.network_id, 0) + 1
    return use | ({period: counted} if counted else {})
