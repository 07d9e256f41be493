"""The telephone of a service: an agent books for who calls, by the rules that hold for everybody.

Whoever calls needs no account: their number stands for them (`own_rides.pseudonym_of`). An agent learns of a caller
what a booking needs: name, number and rides. Confirming, changing, cancelling are the travellers' own acts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mobility.accounts.caller import Caller, Permission
from mobility.accounts.details import DetailError, read_phone
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.own_rides import Rider, pseudonym_of
from on_demand.booking import OnDemandRide
from on_demand.refusal import OnDemandRefusedError, Reason

SHOWN_DAYS = 14
"""Rides of so many past days are shown: what a caller may ask about."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """Somebody a number is known of."""

    person_id: str
    """Their account; "": they have none."""
    name: str
    phone: str
    rides: tuple[OnDemandRide, ...]
    """Those to come and of the last days, by promised pick-up."""


def find_callers(ports: OnDemandPorts, caller: Caller, phone: str) -> list[KnownCaller]:
    """Who may be calling: whoever booked by this number, and the accounts that have it. Raises ForbiddenError and
    OnDemandRefusedError."""
    caller.require(Permission.BOOK_ON_DEMAND_FOR_OTHERS)
    number = _number(phone)
    since_s = (ports.acts.now() - dt.timedelta(days=SHOWN_DAYS)).timestamp()
    found = []
    with ports.acts.unit_of_work(read_only=True) as work:
        without_account = work.on_demand.list_rides_of(pseudonym_of(ports, number))
        if without_account:
            name = max(without_account, key=lambda ride: ride.made_at).rider_name
            found.append(KnownCaller("", name, number, _shown(without_account, since_s)))
        for person in work.accounts.list_by_phone(number):
            name = f"{person.given_name} {person.family_name}".strip() or person.display_name
            rides = work.on_demand.list_rides_of(person.id)
            found.append(KnownCaller(person.id, name, number, _shown(rides, since_s)))
    return found


def book_for(
    ports: OnDemandPorts, caller: Caller, rider: Rider, tokens: tuple[str, ...], note: str = "", key: str = ""
) -> list[OnDemandRide]:
    """Book quoted rides for somebody on the phone, confirmed at once: they have said yes. Raises ForbiddenError and
    OnDemandRefusedError."""
    held = hold_for(ports, caller, rider, tokens, note, key)
    return confirm(ports, caller, held[0].id, f"{key} confirmed" if key else "")


def hold_for(
    ports: OnDemandPorts, caller: Caller, rider: Rider, tokens: tuple[str, ...], note: str = "", key: str = ""
) -> list[OnDemandRide]:
    """Hold quoted rides for somebody who has not said yes yet. Raises ForbiddenError and OnDemandRefusedError."""
    caller.require(Permission.BOOK_ON_DEMAND_FOR_OTHERS)
    if not rider.name.strip() and not rider.person_id:
        raise OnDemandRefusedError(
            Reason.INVALID, "Il faut le nom du voyageur.", "The rider's name is needed.", "name"
        )
    known = Rider(rider.person_id, rider.name, _number(rider.phone) if rider.phone else "")
    return hold(ports, caller, HoldWish(tokens, known, note), key)


def _number(phone: str) -> str:
    try:
        number = read_phone(phone)
    except DetailError as error:
        raise OnDemandRefusedError(Reason.INVALID, error.french, str(error), "phone") from None
    if not number:
        raise OnDemandRefusedError(
            Reason.INVALID, "Il faut un numéro de téléphone.", "A telephone number is needed.", "phone"
        )
    return number


def _shown(rides: list[OnDemandRide], since_s: float) -> tuple[OnDemandRide, ...]:
    recent = [ride for ride in rides if ride.drop_close_s >= since_s]
    return tuple(sorted(recent, key=lambda ride: (ride.pickup_open_s, ride.id)))
