"""What orders say about a person: handed to them, or made nobody's. The books stay: they know pseudonyms alone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ground.document import write_document
from mobility.acts.accounts.ports import Obstacle
from mobility.acts.ports import UnitOfWork
from mobility.acts.ride_data import ERASED
from ticketing.orders.life import PAID, UNPAID
from ticketing.orders.order import Order, OrderItem

ALL = 1_000_000


class SalesData:
    """Fills `mobility.acts.accounts.ports.PersonalData`."""

    section = "orders"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        """Their orders with payments and tickets."""
        return [
            json.loads(write_document(order))
            | {
                "payments": [json.loads(write_document(one)) for one in work.orders.list_payments(order.id)],
                "tickets": [json.loads(write_document(one)) for one in work.orders.list_tickets(order.id)],
            }
            for order in work.orders.list_orders_of(person_id, ALL)
        ]

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        """Orders whose payment is under way, and money that is still to be paid back."""
        orders = work.orders.list_orders_of(person_id, ALL)
        found = []
        if unpaid := [order for order in orders if order.status in UNPAID]:
            found.append(
                Obstacle(
                    f"{len(unpaid)} commande(s) à payer : annulez-les d'abord.",
                    f"{len(unpaid)} order(s) to be paid: cancel them first.",
                )
            )
        if coming := [order for order in orders if any(_is_to_come(item, at) for item in order.items)]:
            found.append(
                Obstacle(
                    f"{len(coming)} commande(s) avec des voyages ou abonnements à venir : annulez-les d'abord.",
                    f"{len(coming)} order(s) with journeys or passes to come: cancel them first.",
                )
            )
        open_ = [one for order in orders for one in work.orders.list_payments(order.id) if one.next_look_at]
        if open_:
            found.append(
                Obstacle(
                    f"{len(open_)} paiement(s) ou remboursement(s) en cours : attendez leur fin.",
                    f"{len(open_)} payment(s) or refund(s) under way: wait for their end.",
                )
            )
        return found

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        """Orders stay as nobody's: what was sold, and to which pseudonym, the books must say for years. Names,
        addresses, when and where somebody went, and the keys of telephones are gone."""
        work.orders.lock_buyer(person_id)
        for seen in work.orders.list_orders_of(person_id, ALL):
            order = work.orders.lock_order(seen.id)
            assert order is not None
            work.orders.put_order(_nobodys(order))
            for ticket in work.orders.list_tickets(order.id):
                work.orders.put_ticket(replace(ticket, rights=(), device_key=""))
        work.orders.forget_keys(person_id)


def _is_to_come(item: OrderItem, at: dt.datetime) -> bool:
    if item.status not in PAID:
        return False
    return any(leg.arrival_s > at.timestamp() for leg in item.legs) or any(
        line.valid_until_s > at.timestamp() and not line.legs for line in item.lines
    )


def _nobodys(order: Order) -> Order:
    """Prices and products stay, and the legs as far as revenue is divided by them: mode, operator, distance, day."""
    items = tuple(
        replace(
            item,
            names=("",) * len(item.names),
            riders=tuple(replace(rider, passes=(), units=(), spent=(), cards=()) for rider in item.riders),
            legs=tuple(
                replace(
                    leg,
                    origin=replace(leg.origin, id="", name="", station_id="", lat=None, lon=None),
                    destination=replace(leg.destination, id="", name="", station_id="", lat=None, lon=None),
                    departure_s=leg.departure_s // 86_400 * 86_400,
                    arrival_s=leg.arrival_s // 86_400 * 86_400,
                    trip_id="",
                )
                for leg in item.legs
            ),
        )
        for item in order.items
    )
    return replace(order, person_id=ERASED, email="", items=items, version=order.version + 1)
