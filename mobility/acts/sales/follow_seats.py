"""A driver or an operator cancels a ride that was sold: what it cost is given back, without being asked for.

Events of rides and bookings are delivered at least once; what was given back already is not given back again.
"""

from __future__ import annotations

from mobility.acts.on_demand.locked import until_locked
from mobility.acts.sales.refund import refund_in
from mobility.acts.sales.refund_offer import refund_offer_in
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.orders.order import SeatKind
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason

BY_SERVICE = "the service was cancelled"


def follow_ride(ports: SalesPorts, ride_id: str) -> bool:
    """A ride on demand was cancelled; whether anything was given back for it."""
    return _follow(ports, SeatKind.ON_DEMAND, ride_id)


def follow_booking(ports: SalesPorts, booking_id: str) -> bool:
    """The same for seats in a car."""
    return _follow(ports, SeatKind.CARPOOL, booking_id)


def _follow(ports: SalesPorts, kind: SeatKind, seat_id: str) -> bool:
    with ports.acts.unit_of_work(read_only=True) as work:
        order_id = work.orders.find_order_of_seat(kind, seat_id)
        seen = None if order_id is None else work.orders.find_order(order_id)
    if seen is None:
        return False

    def once() -> bool:
        with ports.acts.unit_of_work() as work:
            now = ports.acts.now()
            work.orders.lock_buyer(seen.person_id)
            order = work.orders.lock_order(seen.id)
            assert order is not None
            item = next(one for one in order.items if any(seat.id == seat_id for seat in one.seats))
            try:
                wish = RefundWish((item.id,))
                offer = refund_offer_in(work, ports, order, wish, now, is_by_service=True)
            except OrderRefusedError as error:
                if error.reason is not Reason.NOT_REFUNDABLE:
                    raise
                return False
            refund_in(work, ports, order, offer, now, BY_SERVICE)
            work.commit()
        return True

    return until_locked(once)
