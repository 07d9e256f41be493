"""Whose rides they are: a traveller's own, or those of who called an agent. What is not theirs nobody learns of."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.services import unknown
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_rules import RideRules, Standing, list_faults, rules_on, standing
from on_demand.waiting_list import Waiting

TEXT_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Rider:
    """Who rides, where an agent books for who calls. `person_id`: their account; "": they have none, and their number
    stands for them."""

    person_id: str = ""
    name: str = ""
    phone: str = ""


def require_booking(caller: Caller, rider: Rider | None) -> None:
    """Whether the caller books at all: for themselves, or as an agent. Raises ForbiddenError."""
    if rider is None or (rider.person_id == caller.person and caller.may(Permission.BOOK_SEATS)):
        caller.require(Permission.BOOK_SEATS)
    else:
        caller.require(Permission.BOOK_ON_DEMAND_FOR_OTHERS)


def whose(ports: OnDemandPorts, work: UnitOfWork, caller: Caller, rider: Rider | None) -> str:
    """The person a ride is booked for: the caller, or with an agent the rider. Raises ForbiddenError and
    OnDemandRefusedError."""
    require_booking(caller, rider)
    if rider is None or rider.person_id == caller.person:
        return caller.person
    if rider.person_id:
        person = work.accounts.find_person(rider.person_id)
        if person is None or person.is_erased:
            raise unknown("compte", "account", rider.person_id)
        return rider.person_id
    digits = "".join(letter for letter in rider.phone if letter.isdigit() or letter == "+")
    if len(digits) < 6:
        raise OnDemandRefusedError(
            Reason.INVALID,
            "Il faut un compte ou un numéro de téléphone.",
            "An account or a telephone number is needed.",
            "rider",
        )
    return pseudonym_of(ports, digits)


def pseudonym_of(ports: OnDemandPorts, phone: str) -> str:
    """Who calls from a number and has no account: the same for the same number."""
    digits = "".join(letter for letter in phone if letter.isdigit() or letter == "+")
    national = "+33" + digits[1:] if digits.startswith("0") and not digits.startswith("00") else digits
    return "caller:" + hmac.digest(ports.key, national.encode(), "sha256")[:12].hex()


def get_own(work: UnitOfWork, caller: Caller, ride_id: str) -> OnDemandRide:
    """A ride of the caller's; to agents and operators everybody's. Raises ForbiddenError and OnDemandRefusedError."""
    ride = work.on_demand.find_ride(ride_id)
    if ride is None or not _may(caller, ride.person_id):
        raise unknown("trajet", "ride", ride_id)
    return ride


def get_own_waiting(work: UnitOfWork, caller: Caller, waiting_id: str) -> Waiting:
    """A place in a waiting list, likewise."""
    waiting = work.on_demand.find_waiting(waiting_id)
    if waiting is None or not _may(caller, waiting.person_id):
        raise unknown("inscription", "place in a waiting list", waiting_id)
    return waiting


def _may(caller: Caller, person_id: str) -> bool:
    is_agent = caller.may(Permission.BOOK_ON_DEMAND_FOR_OTHERS) or caller.may(Permission.MANAGE_ON_DEMAND)
    return person_id == caller.person or is_agent


def find_ride(
    ports: OnDemandPorts, caller: Caller, ride_id: str
) -> tuple[OnDemandRide, list[tuple[dt.datetime, RideStatus, str]]]:
    """A ride and its history. Raises OnDemandRefusedError."""
    with ports.acts.unit_of_work(read_only=True) as work:
        ride = get_own(work, caller, ride_id)
        return ride, work.on_demand.list_history(ride_id)


def list_journey_of(ports: OnDemandPorts, caller: Caller, ride_id: str) -> list[OnDemandRide]:
    """A ride with all others of its journey, by promised pick-up. Raises OnDemandRefusedError."""
    with ports.acts.unit_of_work(read_only=True) as work:
        rides = work.on_demand.list_journey(get_own(work, caller, ride_id).journey_id)
    return sorted(rides, key=lambda ride: (ride.pickup_open_s, ride.id))


def list_my_rides(ports: OnDemandPorts, caller: Caller) -> list[OnDemandRide]:
    """All rides of the caller, the latest first."""
    with ports.acts.unit_of_work(read_only=True) as work:
        rides = work.on_demand.list_rides_of(caller.person)
    return sorted(rides, key=lambda ride: (ride.pickup_open_s, ride.id), reverse=True)


def list_my_waiting(ports: OnDemandPorts, caller: Caller) -> list[Waiting]:
    """All places in waiting lists of the caller, in the order they were taken."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return work.on_demand.list_waiting_of(caller.person)


def find_standing(ports: OnDemandPorts, caller: Caller, person_id: str = "") -> Standing:
    """Where somebody ("": the caller) stands on the ladder of no-shows. Raises ForbiddenError."""
    person_id = person_id or caller.person
    caller.require_self_or(person_id, Permission.BOOK_ON_DEMAND_FOR_OTHERS)
    now = ports.acts.now()
    with ports.acts.unit_of_work(read_only=True) as work:
        return standing_of(work, person_id, rules_now(work, now), now)


def standing_of(work: UnitOfWork, person_id: str, rules: RideRules, now: dt.datetime) -> Standing:
    """Where somebody stands."""
    return standing(list_faults(work.on_demand.list_rides_of(person_id)), rules, now)


def rules_now(work: UnitOfWork, now: dt.datetime) -> RideRules:
    """The rules of riding of today, UTC; `room.rules_of` knows the clock of a service."""
    return rules_on(work.on_demand.list_rules(), now.date().isoformat())
