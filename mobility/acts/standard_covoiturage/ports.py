"""What standard covoiturage needs to remember, and how both of its sources are asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mobility.accounts.caller import Caller
from mobility.acts.standard_covoiturage.search import JourneySearch, Json, TripSearch


class Collection(StrEnum):
    """What test data holds, named as its files name them."""

    DRIVER_JOURNEYS = "driverJourneys"
    PASSENGER_JOURNEYS = "passengerJourneys"
    DRIVER_TRIPS = "driverRegularTrips"
    PASSENGER_TRIPS = "passengerRegularTrips"
    USERS = "users"
    BOOKINGS = "bookings"


class StandardError(Exception):
    """A request that cannot be answered as it was meant. `code` is what the standard calls it, where it has a name."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}" if code else words)
        self.status = status


@dataclass(frozen=True, slots=True)
class PartnerBooking:
    """A booking another platform made here. `id` is the standard's UUID; `body` what it was posted with."""

    id: str
    operator: str
    booking_id: str
    """Ours; "": there is none yet."""
    body: Json


@dataclass(frozen=True, slots=True)
class PartnerMessage:
    """Words from somebody on another platform to one of our people."""

    id: str
    at: dt.datetime
    operator: str
    sender: str
    """As the other platform shows them."""
    person: str
    """The account it is for."""
    ride_id: str
    booking_id: str
    text: str


class Standard(Protocol):
    """What other platforms left here, and the test data."""

    def find_booking(self, booking_id: str) -> PartnerBooking | None:
        """A partner's booking by its UUID."""
        ...

    def put_booking(self, booking: PartnerBooking) -> None:
        """Remember it, instead of the one of its id."""
        ...

    def add_message(self, message: PartnerMessage) -> None: ...

    def list_messages(self, person: str) -> list[PartnerMessage]:
        """The messages for a person, the newest first."""
        ...

    def put_event(self, operator: str, event: Json, at: dt.datetime) -> None:
        """Keep what a partner says of a booking made with it, instead of what it said of it before."""
        ...

    def find_event(self, operator: str, booking_id: str) -> Json | None:
        """What a partner said of a booking last."""
        ...

    def list_events(self, limit: int = 100) -> list[tuple[str, dt.datetime, Json]]:
        """What partners said, the newest first: operator, when, what."""
        ...

    def replace_test_data(self, data: Mapping[Collection, Sequence[Json]]) -> None:
        """Test data, instead of what there was."""
        ...

    def list_test_data(self, collection: Collection) -> list[Json]:
        """In the order it was loaded."""
        ...

    def find_test_booking(self, booking_id: str) -> Json | None: ...

    def put_test_booking(self, booking: Json) -> None: ...

    def erase_person(self, person: str) -> None:
        """Forget the messages for a person."""
        ...


class StandardSource(Protocol):
    """What answers: our rides, or test data. All raise ForbiddenError, and StandardError for what is refused."""

    def search_journeys(
        self, caller: Caller, collection: Collection, search: JourneySearch
    ) -> list[Json]: ...

    def search_trips(self, caller: Caller, collection: Collection, search: TripSearch) -> list[Json]: ...

    def find_booking(self, caller: Caller, booking_id: str) -> Json: ...

    def add_booking(self, caller: Caller, booking: Json) -> Json: ...

    def change_booking(self, caller: Caller, booking_id: str, status: str, message: str) -> None: ...

    def add_message(self, caller: Caller, message: Json) -> None: ...

    def add_event(self, caller: Caller, event: Json) -> None: ...


def missing(what: str) -> StandardError:
    """`what`: journey, booking or user; the same words whether it never was or is somebody else's."""
    return StandardError(404, f"missing_{what}", f"there is no such {what}, or not any more")


def already_set(status: str) -> StandardError:
    return StandardError(409, "status_already_set", f"the booking is {status} already")


def refused(words: str) -> StandardError:
    return StandardError(400, "", words)
