"""What is known of a payment after its provider has said something: the same in whatever order, and however often, it
is said. Nothing here asks or remembers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mobility.acts.sales.payment_port import PaymentAnswer
from mobility.acts.sales.ports import Payment

BEGUN, PENDING, CAPTURED, REFUSED, CANCELLED = "begun", "pending", "captured", "refused", "cancelled"
REFUNDED = "refunded"
CHARGE, REFUND = "charge", "refund"

OPEN = frozenset((BEGUN, PENDING))
"""How it ends is not known yet."""

_RANKS = {BEGUN: 0, PENDING: 1, REFUSED: 2, CANCELLED: 3, CAPTURED: 4}
"""Of two things that were said the one further on holds: money that was taken beats whatever else was said."""

PAYMENT_LASTS_S = 20 * 60.0
"""A payment nobody has finished by then is cancelled at its provider; what cannot be cancelled is asked about on."""

LOOK_S_MIN, LOOK_S_MAX = 3.0, 6 * 3600.0
LOOK_S_MAX_WHILE_IT_LASTS = 60.0
ASKED_DAYS = 40
"""After so long nobody asks any more; what is told later still counts."""


def fold_charge(payment: Payment, answer: PaymentAnswer, now: dt.datetime) -> Payment:
    """A payment and what was said of it."""
    captured = max(payment.captured_cents, answer.captured_cents)
    said = CAPTURED if answer.captured_cents else str(answer.state)
    if said == CAPTURED and not answer.captured_cents:  # of nothing
        said = PENDING
    # Of two reasons the one that sorts last, so that their order does not matter.
    status, reason = max((payment.status, payment.reason), (said, answer.reason), key=_standing)
    # Begun twice at once where keys mean nothing (PayFiP), the first one heard of is the one that is paid: nobody is
    # shown the address of the other.
    ref = payment.provider_ref or answer.provider_ref
    address = (answer.redirect_url if answer.provider_ref == ref else "") or payment.redirect_url
    folded = replace(
        payment,
        captured_cents=captured,
        status=status,
        reason=reason,
        provider_ref=ref,
        redirect_url=address if status in OPEN else "",
        next_look_at=payment.next_look_at if status in OPEN else None,
    )
    return folded if folded == payment else replace(folded, changed_at=max(now, payment.changed_at))


def fold_refund(refund: Payment, answer: PaymentAnswer, now: dt.datetime) -> Payment:
    """A refund and what its provider says of the payment it belongs to."""
    if refund.status == REFUNDED:
        return refund
    if answer.refunded.get(refund.id, 0) >= refund.amount_cents:
        return replace(refund, status=REFUNDED, changed_at=now, next_look_at=None, reason="")
    return replace(refund, status=PENDING, changed_at=now)


def next_look(payment: Payment, now: dt.datetime) -> dt.datetime | None:
    """When to ask again, ever more seldom: while a payment lasts, and again from when it is over; None: no more."""
    age_s = (now - payment.made_at).total_seconds()
    left_s = PAYMENT_LASTS_S - age_s
    if age_s > ASKED_DAYS * 86_400:
        return None
    if left_s > 0:
        wait_s = min(max(age_s / 2, LOOK_S_MIN), LOOK_S_MAX_WHILE_IT_LASTS, left_s)
    else:
        wait_s = min(max(-left_s / 2, LOOK_S_MIN), LOOK_S_MAX)
    return now + dt.timedelta(seconds=wait_s)


def is_over(payment: Payment, now: dt.datetime) -> bool:
    """Whether a payment has lasted as long as it may."""
    return (now - payment.made_at).total_seconds() >= PAYMENT_LASTS_S


def _standing(said: tuple[str, str]) -> tuple[int, str]:
    return _RANKS[said[0]], said[1]
