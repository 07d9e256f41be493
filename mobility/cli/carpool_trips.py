"""`mobility carpool log | trips | queue | decide`: a trip on trial, and what became of trips."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from carpool.booking import BookingStatus
from carpool.phone import Phone
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from carpool.trip import TripStatus
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.trips.decide import Decision, decide_trip
from mobility.acts.trips.find import TripView, get_trip, list_all, list_queue
from mobility.acts.trips.judge import judge_due, judge_trip
from mobility.acts.trips.log_evidence import Outcome, Upload, log_evidence, register_device
from mobility.acts.trips.ports import TripRefusedError
from mobility.bootstrap import Services
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
TripId = Annotated[str, typer.Argument(metavar="TRIP", help="The trip's identifier, as `trips` lists it.")]
PHONES = "phones"
"""Where the keys of phones on trial are, in the data folder."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of trips."""
    app.command("log")(log)
    app.command("trips")(trips)
    app.command("queue")(queue)
    app.command("decide")(decide)


def log(
    ride_id: Annotated[str, typer.Argument(metavar="RIDE", help="A published ride.")],
    riders: Annotated[
        list[str] | None,
        typer.Option("--passenger", help="E-mail of somebody who is picked up without a booking."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Log a trip on trial: as the phones of a ride's driver and passengers would, really signed.

    Keys of such phones are made in the data folder. A ride that has not been driven yet is logged as if it had ended
    just now. The trip is judged at once.
    """
    with open_services() as services:
        trip_id, receipts = _log(services, ride_id, riders or [])
        judge_trip(services.trips, trip_id)
        view = get_trip(services.trips, SYSTEM, trip_id)
    counted = {str(outcome): sum(one is outcome for one in receipts) for outcome in Outcome}
    if as_json:
        print_json(_plain(view) | {"receipts": counted})
        return
    stored = ", ".join(f"{count:,} {name}" for name, count in counted.items() if count)
    out.print(f"trip {trip_id}: {stored}", markup=False)
    _print_one(view)


def trips(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List trips with what became of them; judge first what is due."""
    with open_services() as services:
        while judge_due(services.trips):
            pass
        views = list_all(services.trips, SYSTEM, limit)
    _print_many(views, as_json, "no trip has been logged yet")


def queue(
    waiting: Annotated[bool, typer.Option("--waiting", help="Also trips whose checks cannot run.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the trips a person is to decide, with what was found in them."""
    with open_services() as services:
        views = list_queue(services.trips, SYSTEM, waiting=waiting)
    _print_many(views, as_json, "nothing is to be decided")


def decide(
    trip_id: TripId,
    decision: Annotated[Decision, typer.Argument(metavar="approve|refuse")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why; it is in the register for ever, so name nobody.")
    ],
    as_json: AsJson = False,
) -> None:
    """Decide a trip that is held, or that waits for what will not come."""
    with open_services() as services:
        try:
            decide_trip(services.trips, SYSTEM, trip_id, decision, reason)
            view = get_trip(services.trips, SYSTEM, trip_id)
        except TripRefusedError as error:
            raise fail(f"{trip_id}: {error}") from None
    if as_json:
        print_json(_plain(view))
    else:
        _print_one(view)


def _log(services: Services, ride_id: str, riders: list[str]) -> tuple[str, list[Outcome]]:
    with services.unit_of_work(read_only=True) as work:
        ride = work.rides.find_ride(ride_id)
        line = work.rides.find_line(ride.line_id) if ride is not None else None
        booked = work.rides.list_bookings([ride_id])
        known = {email: work.accounts.find_by_email(email) for email in riders}
        people = {booking.passenger_id: work.accounts.find_person(booking.passenger_id) for booking in booked}
    if ride is None or line is None:
        raise fail(f"there is no ride {ride_id!r}: `mobility carpool rides` lists them")
    missing = [email for email, person in known.items() if person is None]
    if missing:
        raise fail(f"nobody here has the address {missing[0]}")
    drive = Drive(line, ride.calls[0].stop_id, ride.calls[-1].stop_id, ride.calls[0].at)
    late = drive.ends_at - services.acts.now()
    if late > dt.timedelta(0):
        starts_at = (drive.starts_at - late - dt.timedelta(seconds=10)).replace(microsecond=0)
        drive = Drive(line, drive.from_stop, drive.to_stop, starts_at)
    driver = _phone(services, ride.driver_id)
    passengers = {
        booking.passenger_id: PhonePassenger(
            _phone(services, booking.passenger_id), booking.from_stop, booking.to_stop, booking.id
        )
        for booking in booked
        if booking.status is not BookingStatus.CANCELLED and people[booking.passenger_id] is not None
    }
    for person in known.values():
        if person is not None:
            ends = drive.from_stop, drive.to_stop
            passengers[person.id] = PhonePassenger(_phone(services, person.id), *ends)
    trip_id = rehearse(drive, driver, list(passengers.values()), secrets.token_hex(16), ride.id)
    phones = {ride.driver_id: driver} | {name: one.phone for name, one in passengers.items()}
    outcomes: list[Outcome] = []
    for person_id, phone in phones.items():
        uploads = [Upload(data, "mobility carpool log") for data in phone.outbox]
        receipts = log_evidence(services.trips, _caller(person_id), uploads, services.acts.now())
        outcomes += [receipt.outcome for receipt in receipts]
    return trip_id, outcomes


def _caller(person_id: str) -> Caller:
    return Caller(person_id, frozenset((Role.TRAVELLER, Role.DRIVER)))


def _phone(services: Services, person_id: str) -> Phone:
    """The phone on trial of somebody, registered."""
    folder = Path(services.settings.data_dir) / PHONES
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{person_id}.key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
    phone = Phone(path.read_bytes(), services.acts.now, f"trial {person_id}"[:64])
    try:
        register_device(services.trips, _caller(person_id), phone.registration())
    except TripRefusedError as error:
        raise fail(f"the phone of {person_id}: {error}") from None
    return phone


def _print_many(views: list[TripView], as_json: bool, nothing: str) -> None:
    if as_json:
        print_json([_plain(view) for view in views])
        return
    if not views:
        out.print(nothing)
        return
    rows: list[tuple[Any, ...]] = []
    for view in views:
        trip = view.state.trip
        rows.append(
            (
                view.state.id,
                view.state.status.value,
                view.state.line_id,
                "" if trip is None else f"{trip.start.at:%Y-%m-%d %H:%M}",
                "" if trip is None else f"{trip.distance_m / 1000:.1f} km",
                "" if trip is None else " ".join(passage.evidence_class for passage in trip.passages),
                "; ".join(finding.words for finding in view.state.findings) or view.state.missing,
            )
        )
    print_table(("trip", "status", "line", "start (UTC)", "distance", "classes", "found"), rows)


def _print_one(view: TripView) -> None:
    trip = view.state.trip
    if trip is not None:
        classes = ", ".join(passage.evidence_class for passage in trip.passages) or "none"
        out.print(
            f"{trip.distance_m / 1000:.1f} km on {trip.line_id}, from {trip.start.stop_id} to {trip.end.stop_id}; "
            f"passengers: {len(trip.passages)} (class {classes})",
            markup=False,
        )
    for finding in view.state.findings:
        out.print(f"{finding.outcome.value} {finding.check}: {finding.words}", markup=False)
    if view.state.missing:
        out.print(view.state.missing, markup=False)
    out.print(f"it is {view.state.status}", markup=False)
    if view.state.status is TripStatus.HELD:
        out.print(f"mobility carpool decide {view.state.id} approve|refuse --reason WHY", markup=False)


def _plain(view: TripView) -> dict[str, Any]:
    trip = view.state.trip
    return {
        "trip": view.state.id,
        "status": view.state.status.value,
        "line": view.state.line_id,
        "driver": view.pseudonyms.get(view.state.driver_id, ""),
        "start": None if trip is None else trip.start.at.isoformat(),
        "distance_m": None if trip is None else trip.distance_m,
        "passengers": [
            {
                "passenger": view.pseudonyms.get(passage.passenger_id, ""),
                "class": passage.evidence_class.value,
                "distance_m": passage.distance_m,
                "fare_cents": passage.fare_cents,
            }
            for passage in (trip.passages if trip is not None else ())
        ],
        "missing": view.state.missing,
        "findings": [
            {
                "check": finding.check,
                "outcome": finding.outcome.value,
                "counter": finding.counter,
                "threshold": finding.threshold,
                "conflict": finding.conflict,
                "words": finding.words,
            }
            for finding in view.state.findings
        ],
        "history": [
            {"status": change.status.value, "at": change.at.isoformat(), "reason": change.reason}
            for change in view.history
        ],
    }
