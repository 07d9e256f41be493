"""Orders, payments and tickets. `body` is the whole thing (`ground.document`); the columns beside it are what is
asked for."""

from __future__ import annotations

import datetime as dt
from hashlib import blake2b
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from ground.document import read_document, write_document
from mobility.acts.idempotency import UsedKey
from mobility.acts.on_demand.locked import MovedMeanwhileError
from mobility.acts.sales.ports import Payment
from mobility.storage.database import Base, Instant
from mobility.storage.statement import Driver, Statement, upsert
from ticketing.orders.order import Order, SeatKind
from ticketing.orders.relevance import counts_until_s
from ticketing.tickets.ticket import Ticket


class OrderRow(Base):
    """`ticketing.orders.order.Order`."""

    __tablename__ = "sales_order"
    __table_args__ = (
        Index("ix_sales_order_person_id", "person_id", "counts_until_s"),
        Index("ix_sales_order_status", "status", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    person_id: Mapped[str] = mapped_column(String(160))
    status: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    counts_until_s: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class OrderSeatRow(Base):
    """The order a seat was held for."""

    __tablename__ = "sales_seat"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("sales_order.id"), index=True)


class PaymentRow(Base):
    """`mobility.acts.sales.ports.Payment`."""

    __tablename__ = "sales_payment"
    __table_args__ = (
        Index("ix_sales_payment_provider_ref", "provider", "provider_ref"),
        Index("ix_sales_payment_next_look_at", "next_look_at"),
        Index("ix_sales_payment_by_hand", "by_hand", "made_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("sales_order.id"), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    provider_ref: Mapped[str] = mapped_column(String(255))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)
    next_look_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    by_hand: Mapped[bool]
    """A refund that waits for a person."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class TicketRow(Base):
    """`ticketing.tickets.ticket.Ticket`."""

    __tablename__ = "sales_ticket"
    __table_args__ = (Index("ix_sales_ticket_revoked_s", "revoked_s", "valid_until_s"),)

    ref: Mapped[str] = mapped_column(String(32), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("sales_order.id"), index=True)
    item_id: Mapped[str] = mapped_column(String(64))
    valid_until_s: Mapped[int] = mapped_column(BigInteger)
    revoked_s: Mapped[int] = mapped_column(BigInteger)
    replaced_s: Mapped[int] = mapped_column(BigInteger, index=True)
    """When it was issued anew last; 0: never."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class SalesKeyRow(Base):
    """`mobility.acts.idempotency.UsedKey`."""

    __tablename__ = "sales_key"

    person_id: Mapped[str] = mapped_column(String(160), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[str] = mapped_column(String(255))
    at: Mapped[dt.datetime] = mapped_column(Instant)


class ChangedOrderError(Exception):
    """An order was written that is not the next version of the one that is remembered: a lock was forgotten."""


_ORDER = cast(Table, OrderRow.__table__)
_SEAT = cast(Table, OrderSeatRow.__table__)
_PAYMENT = cast(Table, PaymentRow.__table__)
_TICKET = cast(Table, TicketRow.__table__)
_KEY = cast(Table, SalesKeyRow.__table__)

_WANTED: Any = bindparam("wanted")
_ORDER_ID = _ORDER.c.id == _WANTED
_FIND_ORDER = Statement(select(_ORDER.c.body).where(or_(_ORDER_ID, _ORDER.c.reference == _WANTED)))
_LOCK_ORDER = Statement(select(_ORDER.c.body).where(_ORDER_ID).with_for_update())
_ORDER_OF_PAYMENT = select(_PAYMENT.c.order_id).where(_PAYMENT.c.id == _WANTED).scalar_subquery()
_LOCK_ORDER_OF_PAYMENT = Statement(
    select(_ORDER.c.body).where(_ORDER.c.id == _ORDER_OF_PAYMENT).with_for_update()
)
_INSERT_ORDER = Statement(
    lambda insert_into: insert_into(_ORDER).on_conflict_do_nothing().returning(_ORDER.c.version)
)
_UPDATE_ORDER = Statement(
    update(_ORDER)
    .where(_ORDER_ID, _ORDER.c.version == bindparam("before"))
    .values({column.name: bindparam(column.name) for column in _ORDER.columns if column.name != "id"})
    .returning(_ORDER.c.version)
)
_INSERT_SEAT = Statement(lambda insert_into: insert_into(_SEAT).on_conflict_do_nothing())
_COUNTING = Statement(
    select(_ORDER.c.body)
    .where(_ORDER.c.person_id == _WANTED, _ORDER.c.counts_until_s >= bindparam("from_s"))
    .order_by(_ORDER.c.made_at, _ORDER.c.id)
)
_FIND_PAYMENT = Statement(select(_PAYMENT.c.body).where(_PAYMENT.c.id == _WANTED))
_PAYMENTS_OF_ORDER = Statement(
    select(_PAYMENT.c.body).where(_PAYMENT.c.order_id == _WANTED).order_by(_PAYMENT.c.made_at, _PAYMENT.c.id)
)
_PUT_PAYMENT = upsert(_PAYMENT)
_FIND_TICKET = Statement(select(_TICKET.c.body).where(_TICKET.c.ref == _WANTED))
_TICKETS = Statement(
    select(_TICKET.c.body).where(_TICKET.c.order_id == _WANTED).order_by(_TICKET.c.item_id, _TICKET.c.ref)
)
_ADD_TICKET = Statement(insert(_TICKET))
_PUT_TICKET = upsert(_TICKET)
_FIND_KEY = Statement(select(_KEY).where(_KEY.c.person_id == _WANTED, _KEY.c.key == bindparam("key")))
_PUT_KEY = Statement(insert(_KEY))
_LOCK_BUYER = Statement(text("SELECT pg_advisory_xact_lock(:key)"))


class SqlOrders:
    """Fills `mobility.acts.sales.ports.Orders`."""

    def __init__(self, session: Session, driver: Driver) -> None:
        self._session, self._driver = session, driver

    def lock_buyer(self, person_id: str) -> None:
        """PostgreSQL: an advisory lock. SQLite: every writing transaction is alone anyway."""
        if self._driver.is_postgresql:
            digest = blake2b(f"sales to {person_id}".encode(), digest_size=8).digest()
            number = int.from_bytes(digest, "big", signed=True)
            self._driver.run(_LOCK_BUYER, {"key": number})

    def find_order(self, order_id: str) -> Order | None:
        return _order(self._driver.value(_FIND_ORDER, {"wanted": order_id}))

    def lock_order(self, order_id: str) -> Order | None:
        return _order(self._driver.value(_LOCK_ORDER, {"wanted": order_id}))

    def lock_order_of_payment(self, payment_id: str) -> Order | None:
        return _order(self._driver.value(_LOCK_ORDER_OF_PAYMENT, {"wanted": payment_id}))

    def put_order(self, order: Order) -> None:
        values = _order_values(order)
        if order.version == 1:
            # One order in a million meets the reference of another.
            self._driver.run(_INSERT_ORDER, {"id": order.id} | values, MovedMeanwhileError())
        else:
            chosen = {"wanted": order.id, "before": order.version - 1}
            error = ChangedOrderError(f"order {order.id} is no more at version {order.version - 1}")
            self._driver.run(_UPDATE_ORDER, chosen | values, error)
        for item in order.items:
            for seat in item.seats:
                values = {"kind": seat.kind.value, "id": seat.id, "order_id": order.id}
                self._driver.run(_INSERT_SEAT, values)

    def list_orders_of(self, person_id: str, limit: int = 100) -> list[Order]:
        query = select(OrderRow.body).where(OrderRow.person_id == person_id)
        newest = query.order_by(OrderRow.made_at.desc(), OrderRow.id.desc()).limit(limit)
        return [read_document(Order, body) for body in self._session.scalars(newest)]

    def list_counting(self, person_id: str, from_at: dt.datetime) -> list[Order]:
        wanted = {"wanted": person_id, "from_s": int(from_at.timestamp())}
        return [read_document(Order, body) for (body,) in self._driver.rows(_COUNTING, wanted)]

    def list_buyers(self, from_s: int, without_key: str) -> list[str]:
        has_key = exists().where(_KEY.c.person_id == _ORDER.c.person_id, _KEY.c.key == without_key)
        query = select(_ORDER.c.person_id).distinct().where(_ORDER.c.counts_until_s >= from_s, ~has_key)
        return list(self._session.scalars(query.order_by(_ORDER.c.person_id)))

    def find_order_of_seat(self, kind: SeatKind, seat_id: str) -> str | None:
        query = select(OrderSeatRow.order_id)
        return self._session.scalar(query.where(OrderSeatRow.kind == kind.value, OrderSeatRow.id == seat_id))

    def list_due(self, now: dt.datetime, limit: int = 100) -> list[str]:
        query = select(OrderRow.id).where(
            OrderRow.status.in_(("PREBOOKED", "ON_HOLD")), OrderRow.expires_at <= now
        )
        return list(self._session.scalars(query.order_by(OrderRow.expires_at, OrderRow.id).limit(limit)))

    def find_payment(self, payment_id: str) -> Payment | None:
        body = self._driver.value(_FIND_PAYMENT, {"wanted": payment_id})
        return None if body is None else read_document(Payment, body)

    def find_payment_by_ref(self, provider: str, provider_ref: str) -> Payment | None:
        if not provider_ref:
            return None
        found = self._payments(PaymentRow.provider == provider, PaymentRow.provider_ref == provider_ref)
        return next((one for one in found if one.kind == "charge"), found[0] if found else None)

    def put_payment(self, payment: Payment) -> None:
        values = {
            "id": payment.id,
            "order_id": payment.order_id,
            "provider": payment.provider,
            "provider_ref": payment.provider_ref,
            "made_at": payment.made_at,
            "next_look_at": payment.next_look_at,
            "by_hand": payment.waits_for_a_person,
            "body": write_document(payment),
        }
        self._driver.run(_PUT_PAYMENT, values)

    def list_payments(self, order_id: str) -> list[Payment]:
        found = self._driver.rows(_PAYMENTS_OF_ORDER, {"wanted": order_id})
        return [read_document(Payment, body) for (body,) in found]

    def list_payments_due(self, now: dt.datetime, limit: int = 100) -> list[Payment]:
        query = select(PaymentRow.body).where(PaymentRow.next_look_at <= now)
        first = query.order_by(PaymentRow.next_look_at, PaymentRow.id).limit(limit)
        return [read_document(Payment, body) for body in self._session.scalars(first)]

    def list_refunds_by_hand(self) -> list[Payment]:
        return self._payments(PaymentRow.by_hand)

    def list_payments_of(self, provider: str, since: dt.datetime) -> list[Payment]:
        return self._payments(PaymentRow.provider == provider, PaymentRow.made_at >= since)

    def find_ticket(self, ref: str) -> Ticket | None:
        body = self._driver.value(_FIND_TICKET, {"wanted": ref})
        return None if body is None else read_document(Ticket, body)

    def add_ticket(self, ticket: Ticket) -> None:
        self._driver.run(_ADD_TICKET, _ticket_values(ticket))

    def put_ticket(self, ticket: Ticket) -> None:
        self._driver.run(_PUT_TICKET, _ticket_values(ticket))

    def list_tickets(self, order_id: str) -> list[Ticket]:
        return [read_document(Ticket, body) for (body,) in self._driver.rows(_TICKETS, {"wanted": order_id})]

    def list_revoked(self) -> list[Ticket]:
        query = select(TicketRow.body).where(TicketRow.revoked_s > 0)
        bodies = self._session.scalars(query.order_by(TicketRow.revoked_s, TicketRow.ref))
        return [read_document(Ticket, body) for body in bodies]

    def list_replaced(self) -> list[Ticket]:
        query = select(TicketRow.body).where(TicketRow.replaced_s > 0)
        return [read_document(Ticket, body) for body in self._session.scalars(query.order_by(TicketRow.ref))]

    def find_key(self, person_id: str, key: str) -> UsedKey | None:
        for row in self._driver.rows(_FIND_KEY, {"wanted": person_id, "key": key}) if key else ():
            return UsedKey(row.person_id, row.key, row.digest, tuple(row.subject_id.split()), row.at)
        return None

    def put_key(self, used: UsedKey) -> None:
        if used.key:
            values = {
                "person_id": used.person_id,
                "key": used.key,
                "digest": used.digest,
                "subject_id": " ".join(used.subject_ids),
                "at": used.at,
            }
            self._driver.run(_PUT_KEY, values)

    def forget_keys(self, person_id: str) -> None:
        self._session.execute(delete(SalesKeyRow).where(SalesKeyRow.person_id == person_id))

    def _payments(self, *wanted: Any) -> list[Payment]:
        query = select(PaymentRow.body).where(*wanted).order_by(PaymentRow.made_at, PaymentRow.id)
        return [read_document(Payment, body) for body in self._session.scalars(query)]


def _order(body: bytes | None) -> Order | None:
    return None if body is None else read_document(Order, body)


def _ticket_values(ticket: Ticket) -> dict[str, Any]:
    return {
        "ref": ticket.ref,
        "order_id": ticket.order_id,
        "item_id": ticket.item_id,
        "valid_until_s": ticket.valid_until_s,
        "revoked_s": ticket.revoked_s,
        "replaced_s": ticket.issued_s if ticket.generation > 1 else 0,
        "body": write_document(ticket),
    }


def _order_values(order: Order) -> dict[str, Any]:
    return {
        "reference": order.reference,
        "person_id": order.person_id,
        "status": order.status.value,
        "made_at": order.made_at,
        "expires_at": order.expires_at,
        "counts_until_s": counts_until_s(order),
        "version": order.version,
        "body": write_document(order),
    }
