"""What is told of rides and waiting lists, in the transaction it happens in. Ids and facts only: no personal data
leaves with it."""

from __future__ import annotations

import datetime as dt

from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide
from on_demand.waiting_list import Waiting


def tell_ride(work: UnitOfWork, kind: str, ride: OnDemandRide, at: dt.datetime) -> None:
    """`on-demand.held`, `.confirmed`, `.expired`, `.cancelled`, `.changed`, `.moved`, `.aboard`, `.done` or `.no-show`;
    the ride's tour is locked. `fare_cents` is what the ride costs; nothing collects it yet."""
    payload = {
        "ride_id": ride.id,
        "journey_id": ride.journey_id,
        "service_id": ride.service_id,
        "status": ride.status.value,
        "ending": ride.ending.value,
        "shift_id": ride.shift_id,
        "day": ride.day.isoformat(),
        "fare_cents": ride.fare_cents,
    }
    work.events.add(f"on-demand.{kind}", payload, at, subject=f"on-demand-ride:{ride.id}")


def tell_waiting(work: UnitOfWork, kind: str, waiting: Waiting, at: dt.datetime) -> None:
    """`on-demand.waiting`, `.waiting-offered`, `.waiting-passed`, `.waiting-left` or `.waiting-over`; its person is
    locked."""
    payload = {
        "waiting_id": waiting.id,
        "service_id": waiting.service_id,
        "status": waiting.status.value,
        "ride_id": waiting.ride_id,
    }
    work.events.add(f"on-demand.{kind}", payload, at, subject=f"on-demand-waiting:{waiting.id}")
