"""What is asked and answered of payments, tills and receipts."""

from __future__ import annotations

from pydantic import Field

from mobility.acts.sales.cash import Till, TillCount
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.receipt import Receipt
from mobility.http.account_schemas import Answered, Asked
from mobility.http.carpool_schemas import At
from ticketing.orders.order import Order


class PaymentAsked(Asked):
    """How to pay an order."""

    provider: str = Field(
        "", max_length=40, description="One of those that are open here; none: the usual one."
    )
    method: str = Field(
        "",
        max_length=80,
        description="A provider's own means of payment (the sandbox: a test card, docs/payments.md); none: the buyer "
        "chooses on its page.",
    )
    return_url: str = Field(
        "",
        max_length=2000,
        pattern=r"^(https?://[^\s]+)?$",
        description="Where the buyer comes back to from the provider's page. None: the order's page here.",
    )


class PaymentAnswered(Answered):
    """A payment, or a refund."""

    id: str
    kind: str = Field(description="charge, refund.")
    provider: str
    amount_cents: int
    status: str = Field(
        description="begun, pending: its outcome is not known yet; captured; refused; cancelled; refunded."
    )
    redirect_url: str = Field(description="Where the buyer pays; empty: nothing is left to do for them.")
    reason: str
    made_at: At
    changed_at: At
    charge_id: str = Field(description="Of a refund: the payment it gives back a part of.")


class SoldAnswered(Answered):
    """A sale for cash."""

    payment: PaymentAnswered
    order_id: str
    reference: str
    status: str
    ticket_refs: list[str]


class TillAnswered(Answered):
    """What should be in a till."""

    agent: str
    day: str
    expected_cents: int = Field(
        description="Of all days: put in and taken, less what was handed out and brought to the bank."
    )
    taken_cents: int = Field(description="Today.")
    handed_out_cents: int = Field(description="Today.")
    payments: list[PaymentAnswered] = Field(description="Today's, refunds included.")


class CountAsked(Asked):
    """A till was counted."""

    counted_cents: int = Field(ge=0, le=10_000_000)
    deposited_cents: int = Field(0, ge=0, le=10_000_000, description="Of that, brought to the bank.")
    added_cents: int = Field(
        0, ge=0, le=10_000_000, description="Put in after the count, from the bank: to give change with."
    )


class CountAnswered(Answered):
    """What came of counting a till."""

    id: str
    agent: str
    expected_cents: int
    counted_cents: int
    difference_cents: int = Field(description="Below 0: money is missing.")
    deposited_cents: int
    added_cents: int
    left_cents: int


class PaidByHandAsked(Asked):
    """A refund no provider makes was paid."""

    note: str = Field(min_length=1, max_length=200, description="How, such as a transfer's reference.")


class ReceiptLineAnswered(Answered):
    """One product on it."""

    item: str
    name_fr: str
    name_en: str
    cents: int
    vat_permille: int
    given_back_cents: int


class ReceiptVatAnswered(Answered):
    """What was paid by one rate."""

    permille: int
    net_cents: int
    vat_cents: int
    cents: int


class ReceiptAnswered(Answered):
    """The proof of payment."""

    reference: str
    seller: str
    at: At
    lines: list[ReceiptLineAnswered]
    total_cents: int = Field(description="Of what stands.")
    vat_mode: str = Field(description="`line`: rounded for each line; `total`: once for each rate.")
    vat: list[ReceiptVatAnswered]
    payments: list[PaymentAnswered]
    paid_cents: int
    refunded_cents: int
    carried_cents: int = Field(
        description="Paid by an item of another order that was exchanged; below 0: went to one that takes its place."
    )
    fees_cents: int
    currency: str


def payment_answer(payment: Payment) -> PaymentAnswered:
    """As it is told outside: never what its provider calls it."""
    return PaymentAnswered(
        id=payment.id,
        kind=payment.kind,
        provider=payment.provider.partition(":")[0],
        amount_cents=payment.amount_cents,
        status=payment.status,
        redirect_url=payment.redirect_url,
        reason=payment.reason,
        made_at=payment.made_at,
        changed_at=payment.changed_at,
        charge_id=payment.charge_id,
    )


def sold_answer(payment: Payment, order: Order) -> SoldAnswered:
    return SoldAnswered(
        payment=payment_answer(payment),
        order_id=order.id,
        reference=order.reference,
        status=order.status.value,
        ticket_refs=[ref for item in order.items for ref in item.ticket_refs],
    )


def till_answer(till: Till) -> TillAnswered:
    return TillAnswered(
        agent=till.agent,
        day=till.day,
        expected_cents=till.expected_cents,
        taken_cents=till.taken_cents,
        handed_out_cents=till.handed_out_cents,
        payments=[payment_answer(one) for one in till.payments],
    )


def count_answer(count: TillCount) -> CountAnswered:
    return CountAnswered(
        id=count.id,
        agent=count.agent,
        expected_cents=count.expected_cents,
        counted_cents=count.counted_cents,
        difference_cents=count.difference_cents,
        deposited_cents=count.deposited_cents,
        added_cents=count.added_cents,
        left_cents=count.left_cents,
    )


def receipt_answer(receipt: Receipt) -> ReceiptAnswered:
    return ReceiptAnswered(
        reference=receipt.reference,
        seller=receipt.seller,
        at=receipt.at,
        lines=[
            ReceiptLineAnswered(
                item=one.item,
                name_fr=one.name_fr,
                name_en=one.name_en,
                cents=one.cents,
                vat_permille=one.vat_permille,
                given_back_cents=one.given_back_cents,
            )
            for one in receipt.lines
        ],
        total_cents=receipt.total_cents,
        vat_mode=receipt.vat_mode,
        vat=[
            ReceiptVatAnswered(
                permille=one.permille,
                net_cents=one.cents - one.vat_cents,
                vat_cents=one.vat_cents,
                cents=one.cents,
            )
            for one in receipt.vat
        ],
        payments=[payment_answer(one) for one in receipt.payments],
        paid_cents=receipt.paid_cents,
        refunded_cents=receipt.refunded_cents,
        carried_cents=receipt.carried_cents,
        fees_cents=receipt.fees_cents,
        currency=receipt.currency,
    )
