"""Things that exist while permissions are tested: whoever may not see them must not learn that either.

A room whose paths name things adds a line to EXISTING: the path up to the thing, and what makes one and gives its id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from carpool.device import Device
from carpool.trip import TripStatus
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.accounts.api_keys import make_key
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.carpool_lines import seed_lines
from mobility.acts.on_demand.fleet import put_shift, put_vehicle
from mobility.acts.on_demand.services import put_service
from mobility.acts.publish_ride import RideDraft, publish_ride
from mobility.acts.regular_rides import RegularDraft, publish_regular
from mobility.acts.trips_ports import TripState
from mobility.bootstrap import Services
from mobility.demo.on_demand import TADOU, tadou
from mobility.demo.on_demand_fleet import list_shifts, list_vehicles


def _person(services: Services) -> str:
    details = Details(email="existing@example.org")
    return add_person(services.accounts, SYSTEM, details, frozenset({Role.TRAVELLER})).id


def _key(services: Services) -> str:
    return make_key(services.accounts, SYSTEM, "Existing", "existing.example.org")[0].id


def carpool_things(services: Services) -> dict[str, str]:
    """The lines, and a ride, a regular ride and a booking of people nobody else is: the ids of one each."""
    acts = services.acts
    seed_lines(acts)
    driver = Caller("the-driver", frozenset((Role.DRIVER,)))
    passenger = Caller("the-passenger", frozenset((Role.TRAVELLER,)))
    leaves_at = acts.now() + dt.timedelta(days=1)
    draft = RideDraft("epoisses-les-laumes", ("epoisses", "les-laumes"), leaves_at, 3)
    ride = publish_ride(acts, driver, draft, "existing")
    booking = book_seat(acts, passenger, BookingRequest(ride.id, "epoisses", "les-laumes"), "existing")
    other = RegularDraft(
        "besancon-fuans",
        ("besancon", "fuans"),
        dt.time(0, 5),
        frozenset((6,)),
        leaves_at.date() + dt.timedelta(days=60),
        leaves_at.date() + dt.timedelta(days=90),
        3,
    )
    regular = publish_regular(acts, driver, other, "existing")
    return {
        "line": ride.line_id,
        "stop": "epoisses",
        "fare": "tarif-unique",
        "ride": ride.id,
        "regular": regular.id,
        "booking": booking.id,
    }


def _trip(services: Services) -> str:
    """One that is held, of people nobody else is."""
    now, trip_id = services.acts.now(), "ab" * 16
    with services.unit_of_work() as work:
        state = TripState(trip_id, TripStatus.HELD, "the-driver", "epoisses-les-laumes", "", now, now)
        work.trips.put_trip(state)
        work.commit()
    return trip_id


def _device(services: Services) -> str:
    with services.unit_of_work() as work:
        device = Device("cd" * 16, "the-driver", b"k" * 32, "", services.acts.now())
        work.evidence.put_device(device)
        work.commit()
    return device.id


def _on_demand_service(services: Services) -> str:
    """One nobody's vehicles ride for."""
    put_service(services.acts, SYSTEM, tadou(services.acts.now().date()))
    return TADOU


def _on_demand_vehicle(services: Services) -> str:
    _on_demand_service(services)
    vehicle = next(one for one in list_vehicles() if TADOU in one.service_ids)
    put_vehicle(services.on_demand, SYSTEM, vehicle)
    return vehicle.id


def _on_demand_shift(services: Services) -> str:
    vehicle_id = _on_demand_vehicle(services)
    today = services.acts.now().date()
    shift = next(one for one in list_shifts(today) if one.vehicle_id == vehicle_id)
    put_shift(services.on_demand, SYSTEM, shift)
    return shift.id


EXISTING: dict[str, Callable[[Services], str]] = {
    "/v1/accounts/{person}": _person,
    "/v1/api-keys/{key}": _key,
    "/v1/carpool/trips/{trip}": _trip,
    "/v1/carpool/devices/{device}": _device,
    "/v1/carpool/lines/{line}": lambda services: carpool_things(services)["line"],
    "/v1/carpool/stops/{stop}": lambda services: carpool_things(services)["stop"],
    "/v1/carpool/fares/{fare}": lambda services: carpool_things(services)["fare"],
    "/v1/carpool/rides/{ride}": lambda services: carpool_things(services)["ride"],
    "/v1/carpool/regular-rides/{regular}": lambda services: carpool_things(services)["regular"],
    "/v1/on-demand/services/{service}": _on_demand_service,
    "/v1/on-demand/vehicles/{vehicle}": _on_demand_vehicle,
    "/v1/on-demand/shifts/{shift}": _on_demand_shift,
    "/v1/carpool/bookings/{booking}": lambda services: carpool_things(services)["booking"],
}
