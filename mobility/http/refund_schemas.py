"""What is asked and answered about refunds and exchanges, in OSDM's words. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from mobility.acts.sales.exchange import ExchangeOffer
from mobility.acts.sales.receipt_paper import amount_words
from mobility.acts.sales.refund import Refunded
from mobility.http.account_schemas import Answered, Asked
from mobility.http.order_schemas import OfferToken, OrderAnswered, instant, order_answer
from ticketing.orders.refund_rules import AppliedRule, ItemRefund, RefundOffer, RefundWish, RuleCode
from ticketing.orders.refund_words import refund_rule_words

ItemId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,16}$")]
TicketRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class RefundAsked(Asked):
    """Whole items, or single tickets of them; nothing named: all that is paid."""

    items: list[ItemId] = Field([], max_length=50)
    tickets: list[TicketRef] = Field([], max_length=100)

    def read(self) -> RefundWish:
        return RefundWish(tuple(self.items), tuple(self.tickets))


class FreeRefundAsked(RefundAsked):
    reason: str = Field("", max_length=200)


class AcceptAsked(Asked):
    offer: OfferToken


class ExchangeAsked(Asked):
    """An item, and the offer it is exchanged for."""

    item: ItemId
    offer: OfferToken


class RefundLineAnswered(Answered):
    item: str
    line: int
    cents: int = Field(description="What it is worth less.")
    fee_cents: int = Field(description="Kept of that.")
    units: int = Field(description="Of a carnet, that are given back.")
    rule: RuleCode
    rule_permille: int = Field(description="Of `tariff`: what is given back of 1000.")
    rule_fee_cents: int = Field(description="Of `tariff` and `exchange`: what is kept beside.")
    rule_before_min: int | None = Field(
        description="Of `tariff`: until so many minutes before it begins (below 0: after); null: at any time."
    )
    reason_fr: str = Field(description="The rule in words.")
    reason_en: str


class RefundOfferAnswered(Answered):
    offer: str = Field(description="Bring it to `POST …/refunds` before `expiresAt`.")
    refund_cents: int
    fee_cents: int
    unwound_cents: int = Field(
        description="Part of the fee: what later journeys cost less because of this one (caps, returns)."
    )
    currency: str = "EUR"
    expires_at: dt.datetime
    lines: list[RefundLineAnswered]


class ExchangeOfferAnswered(Answered):
    offer: str = Field(description="Bring it to `POST …/exchanges` before `expiresAt`.")
    refund: RefundOfferAnswered
    new_cents: int
    due_cents: int = Field(description="To be paid; below 0: given back.")
    expires_at: dt.datetime


class RefundedAnswered(Answered):
    order: OrderAnswered
    refunds: list[str] = Field(
        description="On their way, the way the money came: `GET …/payments` says how they stand."
    )


def refund_answer(offer: RefundOffer, token: str) -> RefundOfferAnswered:
    return RefundOfferAnswered(
        offer=token,
        refund_cents=offer.refund_cents,
        fee_cents=offer.fee_cents,
        unwound_cents=offer.unwound_cents,
        expires_at=instant(offer.expires_s),
        lines=[line for one in offer.items for line in _lines(one)],
    )


def exchange_answer(offer: ExchangeOffer, token: str) -> ExchangeOfferAnswered:
    return ExchangeOfferAnswered(
        offer=token,
        refund=refund_answer(offer.refund, ""),
        new_cents=offer.new.cents,
        due_cents=offer.due_cents,
        expires_at=instant(offer.expires_s),
    )


def refunded_answer(done: Refunded) -> RefundedAnswered:
    return RefundedAnswered(order=order_answer(done.order), refunds=list(done.refund_ids))


def _lines(one: ItemRefund) -> list[RefundLineAnswered]:
    return [
        RefundLineAnswered(
            item=one.item,
            line=part.line,
            cents=part.cents,
            fee_cents=part.fee_cents,
            units=part.units,
            rule=part.why.code,
            rule_permille=part.why.refund_permille,
            rule_fee_cents=part.why.fee_cents,
            rule_before_min=part.why.before_min,
            reason_fr=_reason(part.why, "fr"),
            reason_en=_reason(part.why, "en"),
        )
        for part in one.parts
    ]


def _reason(rule: AppliedRule, language: str) -> str:
    return refund_rule_words(rule, language, lambda cents: amount_words(cents, language))
