"""Hear what a payment provider tells, and let the book follow."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mobility.acts.ports import UnitOfWork
from mobility.acts.record import LOCK, record, record_all
from ticketing.payments import due_entries


def receive_payment_event(work: UnitOfWork, event: dict[str, Any], at: dt.datetime) -> None:
    """An event of a provider: `provider, event, hold, type, refund, amount_cents` (`ticketing.payments`).

    Events come at least once and in any order, also before the hold they speak of: then `settle_payment` follows it.
    The caller commits. Raises KeyReusedError when the provider tells two things under one name, and LedgerError.
    """
    work.lock(LOCK)
    key = f"event:{event['provider']}/{event['event']}"
    record(work, "payment-event", event | {"idempotency_key": key}, at)
    settle_payment(work, event["hold"], at)


def settle_payment(work: UnitOfWork, hold_id: str, at: dt.datetime) -> None:
    """Enter what the provider's events so far ask for, and is not entered yet. The caller commits."""
    work.lock(LOCK)
    payment, hold = work.ledger.find_state(f"payment:{hold_id}"), work.ledger.find_state(f"hold:{hold_id}")
    if payment is not None and hold is not None:
        record_all(work, due_entries(payment, hold), at)
