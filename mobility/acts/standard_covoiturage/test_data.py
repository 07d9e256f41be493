"""Test data: others try their own platform against ours with data they know. Nothing of it is a ride of anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carpool.booking import BookingStatus
from carpool.booking_life import STEPS
from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.standard_covoiturage.ports import (
    Collection,
    StandardError,
    already_set,
    missing,
    refused,
)
from mobility.acts.standard_covoiturage.search import JourneySearch, Json, TripSearch, read_time, take

_REQUIRED = {
    Collection.DRIVER_JOURNEYS: ("driver", "passengerPickupDate", "type"),
    Collection.PASSENGER_JOURNEYS: ("passenger", "passengerPickupDate", "driverDepartureDate", "type"),
    Collection.DRIVER_TRIPS: ("driver", "schedules"),
    Collection.PASSENGER_TRIPS: ("passenger", "schedules"),
    Collection.USERS: ("id", "operator", "alias"),
    Collection.BOOKINGS: ("id", "driver", "passenger", "status", "price", "passengerPickupDate"),
}
_PLACES = ("passengerPickupLat", "passengerPickupLng", "passengerDropLat", "passengerDropLng")


class TestDataError(Exception):
    """Test data cannot be loaded; the message says what is wrong and where."""

    __test__ = False  # not a test, for pytest


def load_test_data(ports: ActPorts, document: object) -> dict[str, int]:
    """Load test data instead of what there was: a mapping of collections to lists, as the standard's playground
    exports them. How many things of each there are now. Raises TestDataError and changes nothing."""
    data = read_test_data(document)
    with ports.unit_of_work() as work:
        work.standard.replace_test_data(data)
        work.commit()
    return {collection.value: len(things) for collection, things in data.items()}


def read_test_data(document: object) -> dict[Collection, list[Json]]:
    """The collections of a document. Raises TestDataError."""
    if not isinstance(document, Mapping):
        raise TestDataError("test data is an object of lists: {'driverJourneys': […], …}")
    known = {collection.value for collection in Collection}
    unknown = sorted(set(document) - known - {"messages"})
    if unknown:
        raise TestDataError(f"{unknown[0]!r} is no collection; there is: {', '.join(sorted(known))}")
    data: dict[Collection, list[Json]] = {}
    for collection in Collection:
        things = document.get(collection.value)
        things = [] if things is None else things
        if not isinstance(things, list):
            raise TestDataError(f"{collection.value}: a list is wanted")
        data[collection] = [_read_thing(collection, number, one) for number, one in enumerate(things)]
    ids = [booking["id"] for booking in data[Collection.BOOKINGS]]
    if len(set(ids)) < len(ids):
        raise TestDataError("bookings: two have the same id")
    return data


def _read_thing(collection: Collection, number: int, thing: object) -> Json:
    where = f"{collection.value}[{number}]"
    if not isinstance(thing, Mapping):
        raise TestDataError(f"{where}: an object is wanted")
    read: dict[str, Any] = dict(thing)
    if "Schedules" in read:  # so the playground writes it, though the standard has `schedules`
        read["schedules"] = read.pop("Schedules")
    wanted = _REQUIRED[collection] + (() if collection is Collection.USERS else _PLACES)
    lacking = [name for name in wanted if name not in read]
    if lacking:
        raise TestDataError(f"{where}: {lacking[0]!r} is missing")
    for schedule in read.get("schedules", ()):
        try:
            read_time(schedule.get("passengerPickupTimeOfDay", "00:00:00"))
        except ValueError as error:
            raise TestDataError(f"{where}: {error}") from None
    return read


@dataclass(frozen=True, slots=True)
class StandardTestData:
    """Fills `StandardSource` from test data. Every partner sees all of it."""

    ports: ActPorts

    def search_journeys(self, caller: Caller, collection: Collection, search: JourneySearch) -> list[Json]:
        caller.require(Permission.SEARCH_RIDES)
        return take(filter(search.is_match, self._list(collection)), search.count)

    def search_trips(self, caller: Caller, collection: Collection, search: TripSearch) -> list[Json]:
        caller.require(Permission.SEARCH_RIDES)
        found = (search.find_match(trip) for trip in self._list(collection))
        return take((trip for trip in found if trip is not None), search.count)

    def find_booking(self, caller: Caller, booking_id: str) -> Json:
        caller.require(Permission.BOOK_FOR_OTHERS)
        with self.ports.unit_of_work(read_only=True) as work:
            return _get_booking(work, booking_id)

    def add_booking(self, caller: Caller, booking: Json) -> Json:
        caller.require(Permission.BOOK_FOR_OTHERS)
        with self.ports.unit_of_work() as work:
            work.lock("standard test data")
            known = work.standard.find_test_booking(booking["id"])
            if known is not None and known != booking:
                raise refused("another booking has this id")
            work.standard.put_test_booking(booking)
            work.commit()
        return booking

    def change_booking(self, caller: Caller, booking_id: str, status: str, message: str) -> None:
        caller.require(Permission.BOOK_FOR_OTHERS)
        with self.ports.unit_of_work() as work:
            work.lock("standard test data")
            _change(work, _get_booking(work, booking_id), status)
            work.commit()

    def add_message(self, caller: Caller, message: Json) -> None:
        caller.require(Permission.BOOK_FOR_OTHERS)
        to = message["to"]
        users = self._list(Collection.USERS)
        if not any((user["id"], user["operator"]) == (to["id"], to["operator"]) for user in users):
            raise missing("user")

    def add_event(self, caller: Caller, event: Json) -> None:
        caller.require(Permission.BOOK_FOR_OTHERS)
        said: Json = event["data"]
        with self.ports.unit_of_work() as work:
            work.lock("standard test data")
            known = work.standard.find_test_booking(said["id"])
            if known is None:
                work.standard.put_test_booking({"driver": _NOBODY, "passenger": _NOBODY, "price": {}} | said)
            elif known["status"] not in ENDED:  # what is told late of a booking that ended changes nothing
                work.standard.put_test_booking(known | {"status": said["status"]})
            work.commit()

    def _list(self, collection: Collection) -> list[Json]:
        with self.ports.unit_of_work(read_only=True) as work:
            return work.standard.list_test_data(collection)


ENDED = frozenset((BookingStatus.CANCELLED.value, BookingStatus.VALIDATED.value))

_NOBODY = {"id": "", "alias": "", "operator": ""}


def _get_booking(work: UnitOfWork, booking_id: str) -> Json:
    booking = work.standard.find_test_booking(booking_id)
    if booking is None:
        raise missing("booking")
    return booking


def _change(work: UnitOfWork, booking: Json, status: str) -> None:
    """Either platform may say so: what is tried is the conversation, not who may confirm."""
    if booking["status"] == status:
        raise already_set(status)
    before, after = BookingStatus(booking["status"]), BookingStatus(status)
    is_ending = after is BookingStatus.CANCELLED and before is not BookingStatus.VALIDATED
    if not is_ending and after not in STEPS[before] and not _skips_ahead(before, after):
        raise StandardError(400, "", f"a booking that is {before} cannot become {after}")
    work.standard.put_test_booking(booking | {"status": status})


def _skips_ahead(before: BookingStatus, after: BookingStatus) -> bool:
    """A platform that heard nothing of a step in between may go on to a later one."""
    return any(after in STEPS[between] for between in STEPS[before])
