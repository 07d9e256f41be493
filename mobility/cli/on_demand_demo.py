"""The demo's services of demand-responsive transport: put in place with their vehicles and shifts, and booked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM, Caller
from mobility.acts.on_demand.fleet import put_shift, put_vehicle
from mobility.acts.on_demand.own_rides import Rider
from mobility.acts.on_demand.phone_desk import book_for
from mobility.acts.on_demand.quote import Ask, quote
from mobility.acts.on_demand.services import put_service
from mobility.acts.ports import Progress
from mobility.bootstrap import Services
from mobility.demo import default_first_day
from mobility.demo.on_demand import list_services
from mobility.demo.on_demand_days import DemoWish, list_days, list_wishes
from mobility.demo.on_demand_fleet import list_shifts, list_vehicles
from on_demand.refusal import OnDemandRefusedError
from on_demand.service import Service

DRIVEN = "tadou-1"
"""The vehicle the demo's driver drives."""


def load_on_demand(services: Services, now: dt.datetime, driver: str) -> None:
    """The demo's services, vehicles and shifts, as they are this month; what is there already stays. `driver`: the
    account of who drives one of the vehicles."""
    first_day = default_first_day(now.astimezone(PARIS).date())
    acts = services.acts
    with services.unit_of_work(read_only=True) as work:
        known = (
            *work.on_demand.list_services(),
            *work.on_demand.list_vehicles(),
            *work.on_demand.list_shifts(),
        )
    for service in list_services(first_day):
        if service not in known:
            put_service(acts, SYSTEM, service)
    for vehicle in list_vehicles():
        if vehicle not in known:
            put_vehicle(services.on_demand, SYSTEM, vehicle)
    for shift in list_shifts(first_day):
        driven = replace(shift, driver=driver) if shift.vehicle_id == DRIVEN else shift
        if driven not in known:
            put_shift(services.on_demand, SYSTEM, driven)


def book_rides(services: Services, now: dt.datetime, agent: Caller, report: Progress) -> int:
    """What people call for in these days, booked by an agent on the phone; how many rides were. Who has a ride on a day
    does not call again; what is too late or does not fit is not booked."""
    first_day = default_first_day(now.astimezone(PARIS).date())
    wishes = [
        (service, day, wish)
        for day in list_days(now.astimezone(PARIS).date())
        for service in list_services(first_day)
        for wish in list_wishes(service, day)
    ]
    with services.unit_of_work(read_only=True) as work:
        riding = {
            (ride.rider_phone, day)
            for day in {day for _, day, _ in wishes}
            for ride in work.on_demand.list_rides_on(day)
        }
    booked = 0
    for index, (service, day, wish) in enumerate(wishes):
        if (wish.phone, day) not in riding:
            booked += _book(services, agent, service, wish)
        report("booking rides on demand", (index + 1) / len(wishes))
    return booked


def _book(services: Services, agent: Caller, service: Service, wish: DemoWish) -> bool:
    """Whether there was room for it."""
    ask = Ask(wish.origin, wish.destination, wish.party, wish.leave_s, wish.arrive_s, service.id)
    try:
        offers = quote(services.on_demand, agent, ask).offers
        if offers:
            rider = Rider(name=wish.name, phone=wish.phone)
            book_for(services.on_demand, agent, rider, (offers[0].token,))
    except OnDemandRefusedError:
        return False
    return bool(offers)
