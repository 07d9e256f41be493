"""What rides say about a person: handed over whole, and nobody's after erasure."""

from __future__ import annotations

import json
from collections.abc import Callable

from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.change_booking import cancel_booking
from mobility.acts.publish_ride import cancel_ride, publish_ride
from mobility.acts.ride_data import ERASED, RideData
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.carpool_line import Clock, carpool_ports, draft, driver, traveller

Begin = Callable[..., SqlUnitOfWork]


def test_export_obstacles_and_erasure(begin: Begin) -> None:
    clock, data = Clock(), RideData()
    ports = carpool_ports(begin, clock)
    ride = publish_ride(ports, driver(), draft(vehicle="Clio bleue, AB-123-CD"))
    booking = book_seat(ports, traveller(), BookingRequest(ride.id, "alba", "dole"))
    with begin(read_only=True) as work:
        exported = json.loads(json.dumps(data.export(work, "dora")))
        assert exported["rides"][0]["vehicle"] == "Clio bleue, AB-123-CD"
        assert "theo" not in json.dumps(exported)
        assert data.export(work, "theo")["bookings"][0]["id"] == booking.id
        assert [len(data.list_obstacles(work, person, clock())) for person in ("dora", "theo", "x")] == [
            1,
            1,
            0,
        ]
    cancel_booking(ports, traveller(), booking.id, "je suis malade")
    cancel_ride(ports, driver(), ride.id)
    with begin() as work:
        for person in ("dora", "theo"):
            assert data.list_obstacles(work, person, clock()) == []
            data.erase(work, person, clock())
        work.commit()
    with begin(read_only=True) as work:
        kept, ended = work.rides.find_ride(ride.id), work.rides.find_booking(booking.id)
        assert kept is not None
        assert ended is not None
        assert (kept.driver_id, kept.vehicle, kept.calls) == (ERASED, "", ride.calls)
        assert (ended.passenger_id, ended.reason, ended.seats) == (ERASED, "", 1)
        assert data.export(work, "dora") == {"rides": [], "regularRides": [], "bookings": []}
