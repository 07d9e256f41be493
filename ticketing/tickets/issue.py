"""The tickets of a paid item of an order: one for each rider (or group), over all its networks. Pure: the same item
gives the same tickets, whoever asks and however often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ticketing.fares.leg import FareLeg, FareMode
from ticketing.orders.order import Order, OrderItem
from ticketing.orders.shares import parties
from ticketing.pricing.price import PriceLine
from ticketing.tickets.ticket import Right, Ticket

EARLY_S = 3_600
"""How long before its first departure a ticket holds whose price says nothing of when: for who takes the one before."""
LATE_S = 4 * 3_600
"""How long after its last arrival: for delays, and for who missed a connection."""

HELD = "held-pass"
"""Lines of this kind give no right: the pass itself is shown. Else it could be refunded and travelled with."""
BY_ITSELF = "pass"
"""The only kind of line without legs that is travelled with. Carnets and cards are used when something is bought."""


def issue(
    order: Order,
    item: OrderItem,
    issuer: str,
    issued_s: int,
    rics: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Ticket, ...]:
    """The tickets of an item; () where it gives no right to travel (a carnet, a card, a ride on a pass held before).
    Their refs are `{order's reference}-{n}`, numbered over all its items whatever they came to.

    `rics`: the RICS codes of networks whose inspectors read UIC codes.

    Raises ValueError when the item is not of the order.
    """
    before = 0
    for one in order.items:
        if one.id == item.id:
            break
        before += len(parties(one.lines, len(one.riders)))
    else:
        raise ValueError(f"order {order.id} has no item {item.id}")
    made = []
    for n, riders in enumerate(parties(item.lines, len(item.riders)), start=before + 1):
        ticket = _ticket(order, item, riders, f"{order.reference}-{n}", issuer, issued_s, rics)
        if ticket is not None:
            made.append(ticket)
    return tuple(made)


def leg_network(leg: FareLeg) -> str:
    """What tickets call the network of a leg that no network of the tariff has: its agency (else its feed); of services
    that are run here the service, or "carpool"."""
    if leg.mode is FareMode.CARPOOL:
        return "carpool"
    return leg.agency_id or leg.feed_id or leg.route_id


def _ticket(
    order: Order,
    item: OrderItem,
    riders: tuple[int, ...],
    ref: str,
    issuer: str,
    issued_s: int,
    rics: Mapping[str, int],
) -> Ticket | None:
    lines = [
        line
        for line in item.lines
        if set(line.riders) & set(riders) and line.kind != HELD and (line.legs or line.kind == BY_ITSELF)
    ]
    if not lines:
        return None
    main = max(lines, key=lambda line: line.cents)  # the first of several
    from_s, until_s = min(_from_s(item, line) for line in lines), max(_until_s(item, line) for line in lines)
    rights = [right for line in lines for right in _rights(item, line, (from_s, until_s))]
    networks = {right.network_id for right in rights}
    return Ticket(
        ref=ref,
        issuer=issuer,
        order_id=order.id,
        item_id=item.id,
        product_id=main.product_id,
        category=item.riders[riders[0]].category,
        count=len(riders),
        rights=tuple(dict.fromkeys(rights)),
        valid_from_s=from_s,
        valid_until_s=until_s,
        issued_s=issued_s,
        cents=sum(_share(line, riders) for line in item.lines),
        first_rider=riders[0],
        rics=tuple((network, code) for network, code in rics.items() if networks & {network, ""}),
    )


def _from_s(item: OrderItem, line: PriceLine) -> int:
    return line.valid_from_s or min(item.legs[leg].departure_s for leg in line.legs) - EARLY_S


def _until_s(item: OrderItem, line: PriceLine) -> int:
    return line.valid_until_s or max(item.legs[leg].arrival_s for leg in line.legs) + LATE_S


def _rights(item: OrderItem, line: PriceLine, ticket_window: tuple[int, int]) -> list[Right]:
    """What a line gives the right to, in the order of its legs. Instants are only said where they are not the
    ticket's."""
    window = (_from_s(item, line), _until_s(item, line))
    from_s, until_s = (0, 0) if window == ticket_window else window
    if not line.legs:
        return [
            Right(network, zones=line.zones, valid_from_s=from_s, valid_until_s=until_s)
            for network in line.networks or ("",)
        ]
    rights = []
    networks = line.networks if len(line.networks) == len(line.legs) else ("",) * len(line.legs)
    for leg, network in zip((item.legs[n] for n in line.legs), networks, strict=True):
        ends = (leg.origin.id, leg.destination.id) if leg.origin.id and leg.destination.id else ("", "")
        right = Right(network or leg_network(leg), *ends, valid_from_s=from_s, valid_until_s=until_s)
        rights.append(right)
    if line.kind == "return":
        rights += _way_back(rights)
    return rights


def _way_back(rights: Sequence[Right]) -> list[Right]:
    """The same legs the other way round; none where the line has both ways already."""
    back = [
        Right(one.network_id, one.to_stop, one.from_stop, one.zones, one.valid_from_s, one.valid_until_s)
        for one in reversed(rights)
    ]
    return [] if set(back) & set(rights) else back


def _share(line: PriceLine, riders: tuple[int, ...]) -> int:
    """What of a line these riders pay: in equal parts, odd cents from the first rider on."""
    if not line.riders:
        return 0
    each, odd = divmod(line.cents, len(line.riders))
    return sum(each + (n < odd) for n, rider in enumerate(line.riders) if rider in riders)
