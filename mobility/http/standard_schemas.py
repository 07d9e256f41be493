"""What standard covoiturage accepts, field by field. Things keep what else is in them: it is not ours to drop."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

from mobility.acts.standard_covoiturage.search import (
    WEEKDAYS,
    Circle,
    JourneySearch,
    TripSearch,
    read_time,
)

_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,40}(\.0*)?", re.ASCII)
_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


def _read_number(text: object) -> float:
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError("a number is wanted")
    return float(text)


def _read_integer(text: object) -> int:
    if not isinstance(text, str) or not _INTEGER.fullmatch(text):
        raise ValueError("an integer is wanted")
    return int(text.partition(".")[0])


def _integral(value: object) -> object:
    """JSON knows no integers: 5.0 is one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Number = Annotated[float, BeforeValidator(_read_number)]
Integer = Annotated[int, BeforeValidator(_read_integer)]
Whole = Annotated[int, BeforeValidator(_integral), Strict()]
Unix = Annotated[int, BeforeValidator(_integral), Strict(), Field(ge=-(1 << 63), lt=1 << 63)]
Real = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Text = Annotated[str, Strict()]
Yes = Annotated[bool, Strict()]
Uuid = Annotated[str, StringConstraints(strict=True, pattern=_UUID), AfterValidator(str.lower)]
JourneyId = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=255)]
Words = Annotated[str, StringConstraints(strict=True, max_length=500)]
Status = Literal[
    "WAITING_CONFIRMATION", "CONFIRMED", "CANCELLED", "COMPLETED_PENDING_VALIDATION", "VALIDATED"
]


class PlacesQuery(BaseModel):
    """What every search has."""

    model_config = ConfigDict(extra="ignore")

    departureLat: Number  # noqa: N815 - the standard's names
    departureLng: Number  # noqa: N815
    arrivalLat: Number  # noqa: N815
    arrivalLng: Number  # noqa: N815
    departureRadius: Number = 1.0  # noqa: N815
    arrivalRadius: Number = 1.0  # noqa: N815
    timeDelta: Integer = 900  # noqa: N815
    count: Integer | None = None

    def _circles(self) -> tuple[Circle, Circle]:
        return (
            Circle(self.departureLat, self.departureLng, self.departureRadius),
            Circle(self.arrivalLat, self.arrivalLng, self.arrivalRadius),
        )


class JourneyQuery(PlacesQuery):
    """Of /driver_journeys and /passenger_journeys."""

    departureDate: Integer  # noqa: N815

    def read(self) -> JourneySearch:
        """As the acts know it."""
        departure, arrival = self._circles()
        return JourneySearch(departure, arrival, self.departureDate, self.timeDelta, self.count)


class TripQuery(PlacesQuery):
    """Of /driver_regular_trips and /passenger_regular_trips."""

    departureTimeOfDay: Annotated[int, BeforeValidator(lambda text: read_time(str(text)))]  # noqa: N815
    departureWeekdays: str = ",".join(WEEKDAYS)  # noqa: N815
    minDepartureDate: Integer | None = None  # noqa: N815
    maxDepartureDate: Integer | None = None  # noqa: N815

    def read(self) -> TripSearch:
        """As the acts know it."""
        departure, arrival = self._circles()
        return TripSearch(
            departure,
            arrival,
            self.departureTimeOfDay,
            frozenset(self.departureWeekdays.split(",")),
            self.timeDelta,
            self.minDepartureDate,
            self.maxDepartureDate,
            self.count,
        )


class StatusQuery(BaseModel):
    """Of PATCH /bookings/{bookingId}."""

    model_config = ConfigDict(extra="ignore")

    status: Status
    message: Words = ""


class _Thing(BaseModel):
    model_config = ConfigDict(extra="allow")


class User(_Thing):
    """Somebody on a platform."""

    id: Text
    operator: Text
    alias: Text
    firstName: Text = ""  # noqa: N815
    lastName: Text = ""  # noqa: N815
    grade: Annotated[Whole, Field(ge=1, le=5)] = 1
    picture: Text = ""
    gender: Literal["F", "M", "O"] = "O"
    verifiedIdentity: Yes = False  # noqa: N815


class Price(_Thing):
    """What a passenger pays."""

    type: Literal["FREE", "PAYING", "UNKNOWN"] = "UNKNOWN"
    amount: Real = 0.0
    currency: Text = ""


class Car(_Thing):
    """What is driven."""

    model: Text = ""
    brand: Text = ""


class _Ride(_Thing):
    id: Uuid
    passengerPickupDate: Unix  # noqa: N815
    passengerPickupLat: Real  # noqa: N815
    passengerPickupLng: Real  # noqa: N815
    passengerDropLat: Real  # noqa: N815
    passengerDropLng: Real  # noqa: N815
    passengerPickupAddress: Text = ""  # noqa: N815
    passengerDropAddress: Text = ""  # noqa: N815
    status: Status
    distance: Whole = 0
    duration: Whole = 0


class Booking(_Ride):
    """Of POST /bookings."""

    driver: User
    passenger: User
    price: Price
    webUrl: Text = ""  # noqa: N815
    car: Car = Car()
    driverJourneyId: JourneyId = "-"  # noqa: N815
    passengerJourneyId: JourneyId = "-"  # noqa: N815


class DriverCarpoolBooking(_Ride):
    """A booking as the one who drives is told to the passenger's platform."""

    webUrl: Text  # noqa: N815
    driver: User
    price: Price
    car: Car = Car()


class PassengerCarpoolBooking(_Ride):
    """A booking as the one who rides along is told to the driver's platform."""

    webUrl: Text  # noqa: N815
    passenger: User


class BookingEvent(_Thing):
    """Of POST /booking_events."""

    id: Uuid
    idToken: Text  # noqa: N815
    data: dict[str, Any]


class Message(_Thing):
    """Of POST /messages."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    sender: Annotated[User, Field(alias="from")]
    to: User
    message: Words
    recipientCarpoolerType: Literal["DRIVER", "PASSENGER"]  # noqa: N815
    driverJourneyId: JourneyId = "-"  # noqa: N815
    passengerJourneyId: JourneyId = "-"  # noqa: N815
    bookingId: Uuid = "00000000-0000-0000-0000-000000000000"  # noqa: N815
