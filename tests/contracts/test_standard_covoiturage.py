"""Our rides as other platforms find and book them; each sees its own bookings alone. Test data is apart from rides."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carpool.booking import BookingStatus
from carpool.ride import Ride
from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.accounts.person import Person
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.change_booking import confirm_booking, settle_bookings
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import cancel_ride, publish_ride
from mobility.acts.standard_covoiturage.data import PartnerMessages, list_messages
from mobility.acts.standard_covoiturage.offers import Shown
from mobility.acts.standard_covoiturage.ports import Collection, StandardError
from mobility.acts.standard_covoiturage.rides import StandardRides
from mobility.acts.standard_covoiturage.search import Circle, JourneySearch
from mobility.acts.standard_covoiturage.test_data import StandardTestData, TestDataError, load_test_data
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.carpool_line import (
    NOW,
    PARTNER,
    STOPS,
    Clock,
    carpool_ports,
    draft,
    driver,
    traveller,
)
from tests.naive import standard_covoiturage as naive

Json = dict[str, Any]
DOMAIN = "lines.example.org"
OTHER = Caller("key-2", frozenset((Role.PARTNER,)), "other.example")
SHOWN = Shown(DOMAIN, "https://lines.example.org", lambda person: f"user-{person}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ports(begin: Callable[..., SqlUnitOfWork], clock: Clock) -> ActPorts:
    made = carpool_ports(begin, clock)
    with begin() as work:
        person = Person("dora", "f" * 32, frozenset((Role.DRIVER,)), NOW, display_name="Dora D.")
        work.accounts.put_person(person)
        work.commit()
    return made


@pytest.fixture
def ours(ports: ActPorts) -> StandardRides:
    return StandardRides(ports, SHOWN)


@pytest.fixture
def ride(ports: ActPorts) -> Ride:
    """From Alba at 07:00 UTC, every ten minutes a stop; three seats."""
    return publish_ride(ports, driver(), draft())


def _unix(minutes: float) -> int:
    return int((NOW + dt.timedelta(minutes=minutes)).timestamp())


def _search(minutes: float = 120, board: int = 0, alight: int = 3, **more: Any) -> JourneySearch:
    made = JourneySearch(
        Circle(STOPS[board].lat, STOPS[board].lon, 1.0),
        Circle(STOPS[alight].lat, STOPS[alight].lon, 1.0),
        _unix(minutes),
        900,
    )
    return replace(made, **more)


def _find(ours: StandardRides, search: JourneySearch) -> list[Json]:
    return ours.search_journeys(PARTNER, Collection.DRIVER_JOURNEYS, search)


def _booking(ride: Ride, board: int = 1, alight: int = 3, **more: Any) -> Json:
    return {
        "id": str(uuid.uuid4()),
        "driver": {"id": "user-dora", "operator": DOMAIN, "alias": "Dora D."},
        "passenger": {"id": "p-1", "operator": PARTNER.operator, "alias": "Paul"},
        "passengerPickupDate": int(ride.calls[board].at.timestamp()),
        "passengerPickupLat": STOPS[board].lat + 0.001,
        "passengerPickupLng": STOPS[board].lon,
        "passengerDropLat": STOPS[alight].lat,
        "passengerDropLng": STOPS[alight].lon - 0.001,
        "status": "WAITING_CONFIRMATION",
        "price": {"type": "PAYING", "amount": 1.5, "currency": "EUR"},
        "driverJourneyId": ride.id,
    } | more


def _status(error: pytest.ExceptionInfo[StandardError]) -> tuple[int, str]:
    return error.value.status, str(error.value).split(":")[0]


def test_a_ride_is_found_between_the_stops_that_are_near(ours: StandardRides, ride: Ride) -> None:
    (found,) = _find(ours, _search(130, 1, 3))
    assert found == {
        "id": ride.id,
        "type": "LINE",
        "operator": DOMAIN,
        "driver": {"id": "user-dora", "operator": DOMAIN, "alias": "Dora D."},
        "passengerPickupDate": _unix(130),
        "driverDepartureDate": _unix(120),
        "passengerPickupLat": STOPS[1].lat,
        "passengerPickupLng": STOPS[1].lon,
        "passengerPickupAddress": "Brey",
        "passengerDropLat": STOPS[3].lat,
        "passengerDropLng": STOPS[3].lon,
        "passengerDropAddress": "Dole",
        "driverDepartureLat": STOPS[0].lat,
        "driverDepartureLng": STOPS[0].lon,
        "driverDepartureAddress": "Alba",
        "driverArrivalLat": STOPS[3].lat,
        "driverArrivalLng": STOPS[3].lon,
        "driverArrivalAddress": "Dole",
        "distance": 20_000,
        "duration": 1200,
        "availableSeats": 3,
        "price": {"type": "PAYING", "amount": 1.5, "currency": "EUR"},
        "webUrl": f"https://lines.example.org/carpool/rides/{ride.id}?from=brey&to=dole",
    }


@pytest.mark.parametrize(("minutes", "found"), [(104, 0), (105, 1), (120, 1), (135, 1), (136, 0)])
def test_the_edges_of_the_time(ours: StandardRides, ride: Ride, minutes: float, found: int) -> None:
    assert len(_find(ours, _search(minutes))) == found


def test_what_cannot_be_booked_is_not_found(
    ours: StandardRides, ride: Ride, ports: ActPorts, clock: Clock
) -> None:
    assert _find(ours, _search(board=3, alight=0)) == [], "the other way"
    assert _find(ours, _search(count=0)) == []
    book_seat(ports, traveller(), BookingRequest(ride.id, "cize", "dole", 3))
    assert _find(ours, _search()) == [], "full on the way"
    assert len(_find(ours, _search(board=0, alight=2))) == 1
    clock.wait(minutes=106)
    assert _find(ours, _search(board=0, alight=2)) == [], "booking has closed"
    assert len(_find(ours, _search(130, board=1, alight=2))) == 1
    cancel_ride(ports, driver(), ride.id)
    assert _find(ours, _search(130, board=1, alight=2)) == []


def test_nobody_waits_here(ours: StandardRides, ride: Ride) -> None:
    assert ours.search_journeys(PARTNER, Collection.PASSENGER_JOURNEYS, _search()) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.integers(100, 160),
    st.sampled_from([0, 60, 900, 3600]),
    st.sampled_from([0.0, 3.0, 9.4, 9.6, 50.0]),
    st.sampled_from([0.0, 3.0, 9.4, 9.6, 50.0]),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_rides_as_a_naive_one_finds_them(
    ours: StandardRides,
    ride: Ride,
    minutes: int,
    delta_s: int,
    out_km: float,
    in_km: float,
    ends: tuple[int, int],
) -> None:
    """All ways of the ride, one by one: it is found when one of them matches, on the one that is walked least."""
    search = _search(minutes, *ends, delta_s=delta_s)
    search = replace(
        search,
        departure=replace(search.departure, radius_km=out_km),
        arrival=replace(search.arrival, radius_km=in_km),
    )
    query = {
        "departureLat": search.departure.lat,
        "departureLng": search.departure.lon,
        "arrivalLat": search.arrival.lat,
        "arrivalLng": search.arrival.lon,
        "departureRadius": out_km,
        "arrivalRadius": in_km,
        "departureDate": search.at_s,
        "timeDelta": delta_s,
        "count": None,
    }
    ways = [
        {
            "passengerPickupDate": int(ride.calls[board].at.timestamp()),
            "passengerPickupLat": STOPS[board].lat,
            "passengerPickupLng": STOPS[board].lon,
            "passengerDropLat": STOPS[alight].lat,
            "passengerDropLng": STOPS[alight].lon,
        }
        for board in range(4)
        for alight in range(board + 1, 4)
    ]
    matching = naive.journeys(ways, query)
    found = _find(ours, search)
    assert len(found) == (1 if matching else 0)

    def walked(way: Json) -> float:
        start = (way["passengerPickupLat"], way["passengerPickupLng"])
        end = (way["passengerDropLat"], way["passengerDropLng"])
        here, there = (search.departure.lat, search.departure.lon), (search.arrival.lat, search.arrival.lon)
        return naive.kilometres(*here, *start) + naive.kilometres(*there, *end)

    for one in found:
        assert {name: one[name] for name in ways[0]} in matching
        assert walked(one) == pytest.approx(min(map(walked, matching)), abs=1e-6)


def test_a_seat_is_booked_and_seen_by_its_partner_alone(ours: StandardRides, ride: Ride) -> None:
    posted = _booking(ride)
    made = ours.add_booking(PARTNER, posted)
    assert made["status"] == "CONFIRMED", "this driver wants no question asked"
    assert made["passenger"] == posted["passenger"]
    assert (made["passengerPickupLat"], made["passengerPickupAddress"]) == (STOPS[1].lat, "Brey")
    assert made["distance"] == 20_000
    assert ours.find_booking(PARTNER, posted["id"]) == made
    assert _find(ours, _search(130, 1, 3))[0]["availableSeats"] == 2
    never = str(uuid.uuid4())
    words = set()
    for booking_id in (posted["id"], never):
        for ask in (
            lambda one: ours.find_booking(OTHER, one),
            lambda one: ours.change_booking(OTHER, one, "CANCELLED", ""),
        ):
            with pytest.raises(StandardError) as error:
                ask(booking_id)
            words.add(str(error.value))
            assert _status(error) == (404, "missing_booking")
    assert len(words) == 1, "what is somebody else's is as what never was"


def test_posted_again_it_is_the_same_and_with_another_body_refused(ours: StandardRides, ride: Ride) -> None:
    posted = _booking(ride)
    first = ours.add_booking(PARTNER, dict(posted))
    assert ours.add_booking(PARTNER, dict(posted)) == first
    assert _find(ours, _search(130, 1, 3))[0]["availableSeats"] == 2
    for caller, other in (
        (PARTNER, posted | {"passengerPickupAddress": "elsewhere"}),
        (OTHER, posted | {"passenger": {"id": "p-1", "operator": OTHER.operator, "alias": "Paul"}}),
    ):
        with pytest.raises(StandardError, match="another booking has it") as error:
            ours.add_booking(caller, other)
        assert error.value.status == 400


def test_a_crash_between_its_two_transactions_is_mended_by_posting_again(
    ours: StandardRides, ride: Ride, ports: ActPorts
) -> None:
    posted = _booking(ride)
    ours._take_id(PARTNER, posted)
    with pytest.raises(StandardError, match="missing_booking"):
        ours.find_booking(PARTNER, posted["id"])
    request = BookingRequest(ride.id, "brey", "dole", 1, "partner.example:p-1")
    made = book_seat(ports, PARTNER, request, key=posted["id"])
    assert ours.add_booking(PARTNER, posted)["status"] == "CONFIRMED"
    with ports.unit_of_work(read_only=True) as work:
        assert [one.id for one in work.rides.list_bookings([ride.id])] == [made.id]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "CONFIRMED"}, "status"),
        ({"passenger": {"id": "p", "operator": "other.example", "alias": ""}}, "passenger.operator"),
        ({"passenger": {"id": "", "operator": "partner.example", "alias": ""}}, "passenger.id"),
        ({"driver": {"id": "user-dora", "operator": "elsewhere.example", "alias": ""}}, "missing_journey"),
        ({"driver": {"id": "user-other", "operator": DOMAIN, "alias": ""}}, "missing_journey"),
        ({"driverJourneyId": "0" * 32}, "missing_journey"),
        ({"passengerPickupLat": 45.0}, "missing_journey"),
        ({"passengerPickupLat": 1e300}, "missing_journey"),
        ({"passengerPickupDate": _unix(130) + 901}, "missing_journey"),
        ({"passengerPickupDate": 1 << 62}, "missing_journey"),
        ({"price": {"type": "PAYING", "amount": 1.0}}, "price"),
        ({"price": {"type": "FREE"}}, "price"),
    ],
)
def test_what_cannot_be_booked_is_refused_and_leaves_nothing(
    ours: StandardRides, ride: Ride, ports: ActPorts, changes: Json, words: str
) -> None:
    posted = _booking(ride) | changes
    for body in (posted, {name: value for name, value in posted.items() if name != "driverJourneyId"}):
        if changes == {"driverJourneyId": "0" * 32} and "driverJourneyId" not in body:
            continue
        with pytest.raises(StandardError, match=words) as error:
            ours.add_booking(PARTNER, body)
        assert error.value.status == 400
    with ports.unit_of_work(read_only=True) as work:
        assert work.rides.list_bookings([ride.id]) == []


def test_without_a_journey_id_the_ride_is_found_by_driver_place_and_time(
    ours: StandardRides, ride: Ride
) -> None:
    body = _booking(ride, price={})
    del body["driverJourneyId"]
    body["passengerPickupDate"] += 900
    made = ours.add_booking(PARTNER, body)
    assert (made["driverJourneyId"], made["passengerPickupDate"]) == (ride.id, _unix(130))


def test_the_last_seat_is_taken_once(ours: StandardRides, ports: ActPorts) -> None:
    ride = publish_ride(ports, driver(), draft(seats=1))
    ours.add_booking(PARTNER, _booking(ride))
    second = _booking(ride, passenger={"id": "p-2", "operator": PARTNER.operator, "alias": "Pia"})
    with pytest.raises(StandardError, match="0 seat"):
        ours.add_booking(PARTNER, second)
    with pytest.raises(StandardError, match="missing_booking"):
        ours.find_booking(PARTNER, second["id"])


def test_the_life_of_a_booking(ours: StandardRides, ports: ActPorts, clock: Clock) -> None:
    """What a partner may say at each status, and what it reads."""
    ride = publish_ride(ports, driver(), draft(needs_confirmation=True))
    posted = _booking(ride)
    assert ours.add_booking(PARTNER, posted)["status"] == "WAITING_CONFIRMATION"
    _refuses_all_but_cancelling(ours, posted["id"], "WAITING_CONFIRMATION")
    with ports.unit_of_work(read_only=True) as work:
        (booking,) = work.rides.list_bookings([ride.id])
    confirm_booking(ports, driver(), booking.id)
    assert ours.find_booking(PARTNER, posted["id"])["status"] == "CONFIRMED"
    _refuses_all_but_cancelling(ours, posted["id"], "CONFIRMED")
    clock.wait(hours=4)
    settle_bookings(ports)
    assert ours.find_booking(PARTNER, posted["id"])["status"] == "COMPLETED_PENDING_VALIDATION"
    _refuses_all_but_cancelling(ours, posted["id"], "COMPLETED_PENDING_VALIDATION")
    with pytest.raises(StandardError) as error:
        ours.change_booking(PARTNER, posted["id"], "CANCELLED", "")
    assert error.value.status == 400, "the ride is over"


def _refuses_all_but_cancelling(ours: StandardRides, booking_id: str, status: str) -> None:
    for asked in set(BookingStatus) - {BookingStatus.CANCELLED}:
        with pytest.raises(StandardError) as error:
            ours.change_booking(PARTNER, booking_id, asked.value, "")
        if asked.value == status:
            assert _status(error) == (409, "status_already_set")
        else:
            assert error.value.status == 400


@pytest.mark.parametrize("needs_confirmation", [False, True])
def test_a_partner_cancels_and_the_seat_is_free(
    ours: StandardRides, ports: ActPorts, needs_confirmation: bool
) -> None:
    ride = publish_ride(ports, driver(), draft(needs_confirmation=needs_confirmation))
    posted = _booking(ride)
    ours.add_booking(PARTNER, posted)
    ours.change_booking(PARTNER, posted["id"], "CANCELLED", "ill")
    assert ours.find_booking(PARTNER, posted["id"])["status"] == "CANCELLED"
    assert _find(ours, _search(130, 1, 3))[0]["availableSeats"] == 3
    with pytest.raises(StandardError) as error:
        ours.change_booking(PARTNER, posted["id"], "CANCELLED", "")
    assert _status(error) == (409, "status_already_set")
    with pytest.raises(StandardError) as error:
        ours.change_booking(PARTNER, posted["id"], "CONFIRMED", "")
    assert error.value.status == 400


def test_a_message_reaches_the_driver_and_is_erased_with_them(
    ours: StandardRides, ride: Ride, ports: ActPorts
) -> None:
    sender = {"id": "p-1", "operator": PARTNER.operator, "alias": "Paul"}
    message = {
        "from": sender,
        "to": {"id": "user-dora", "operator": DOMAIN, "alias": ""},
        "message": "J'ai une valise\0",
        "recipientCarpoolerType": "DRIVER",
    }
    posted = _booking(ride)
    ours.add_booking(PARTNER, posted)
    for about in ({}, {"driverJourneyId": ride.id}, {"bookingId": posted["id"]}):
        ours.add_message(PARTNER, message | about)
    (first, *_rest) = found = list_messages(ports, driver())
    assert len(found) == 3
    assert (first.sender, first.text) == ("Paul (partner.example)", "J'ai une valise")
    assert list_messages(ports, traveller()) == []
    for about, what in (
        ({"driverJourneyId": "never"}, "missing_journey"),
        ({"passengerJourneyId": "never"}, "missing_journey"),
        ({"bookingId": str(uuid.uuid4())}, "missing_booking"),
        ({"to": message["to"] | {"id": "user-nobody"}}, "missing_user"),
        ({"to": message["to"] | {"operator": "elsewhere.example"}}, "missing_user"),
    ):
        with pytest.raises(StandardError) as error:
            ours.add_message(PARTNER, message | about)
        assert _status(error) == (404, what)
    with pytest.raises(StandardError, match=r"come from other\.example"):
        ours.add_message(OTHER, message)
    with pytest.raises(StandardError, match="missing_booking"):
        ours.add_message(
            OTHER, message | {"from": sender | {"operator": OTHER.operator}, "bookingId": posted["id"]}
        )
    with ports.unit_of_work() as work:
        assert len(PartnerMessages().export(work, "dora")) == 3
        PartnerMessages().erase(work, "dora", NOW)
        work.commit()
    assert list_messages(ports, driver()) == []


def test_events_come_late_and_twice(ours: StandardRides, ports: ActPorts) -> None:
    identifier = str(uuid.uuid4())

    def tell(status: str, caller: Caller = PARTNER) -> None:
        event = {"id": str(uuid.uuid4()), "idToken": "secret", "data": {"id": identifier, "status": status}}
        ours.add_event(caller, event)

    for status in ("WAITING_CONFIRMATION", "CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED"):
        tell(status)
    tell("CONFIRMED", OTHER)
    with ports.unit_of_work(read_only=True) as work:
        told = {operator: event for operator, _, event in work.standard.list_events()}
    assert told["partner.example"]["data"]["status"] == "CANCELLED"
    assert told["other.example"]["data"]["status"] == "CONFIRMED"
    assert "secret" not in str(told)


@pytest.fixture(params=["rides", "test data"])
def source(request: pytest.FixtureRequest, ports: ActPorts) -> StandardRides | StandardTestData:
    return StandardRides(ports, SHOWN) if request.param == "rides" else StandardTestData(ports)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PARTNER])
def test_it_is_for_partners(source: StandardRides | StandardTestData, role: Role, ride: Ride) -> None:
    caller = Caller("somebody", frozenset((role,)))
    asks: list[Callable[[], Any]] = [
        lambda: source.search_journeys(caller, Collection.DRIVER_JOURNEYS, _search()),
        lambda: source.find_booking(caller, "x"),
        lambda: source.add_booking(caller, _booking(ride)),
        lambda: source.change_booking(caller, "x", "CANCELLED", ""),
        lambda: source.add_message(caller, {}),
        lambda: source.add_event(caller, {}),
    ]
    for ask in asks:
        with pytest.raises(ForbiddenError):
            ask()


def test_test_data_is_loaded_instead_of_what_there_was_and_apart_from_rides(
    ports: ActPorts, ours: StandardRides, ride: Ride
) -> None:
    booking = _booking(ride)
    journey = _find(ours, _search())[0]
    counts = load_test_data(ports, {"driverJourneys": [journey, journey], "bookings": [booking]})
    assert (counts["driverJourneys"], counts["bookings"], counts["users"]) == (2, 1, 0)
    theirs = StandardTestData(ports)
    assert len(theirs.search_journeys(PARTNER, Collection.DRIVER_JOURNEYS, _search())) == 2
    assert len(theirs.search_journeys(PARTNER, Collection.DRIVER_JOURNEYS, _search(count=1))) == 1
    assert theirs.find_booking(OTHER, booking["id"]) == booking
    with pytest.raises(StandardError, match="missing_booking"):
        ours.find_booking(PARTNER, booking["id"])
    theirs.change_booking(PARTNER, booking["id"], "CONFIRMED", "")
    with pytest.raises(StandardError) as error:
        theirs.change_booking(PARTNER, booking["id"], "CONFIRMED", "")
    assert _status(error) == (409, "status_already_set")
    with pytest.raises(StandardError, match="cannot become WAITING_CONFIRMATION"):
        theirs.change_booking(PARTNER, booking["id"], "WAITING_CONFIRMATION", "")
    theirs.change_booking(PARTNER, booking["id"], "VALIDATED", "")
    with pytest.raises(StandardError, match="cannot become CANCELLED"):
        theirs.change_booking(PARTNER, booking["id"], "CANCELLED", "")
    assert load_test_data(ports, {})["driverJourneys"] == 0
    with pytest.raises(StandardError, match="missing_booking"):
        theirs.find_booking(PARTNER, booking["id"])


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "an object of lists"),
        ({"rides": []}, "'rides' is no collection"),
        ({"users": {}}, "users: a list"),
        ({"users": [3]}, r"users\[0\]: an object"),
        ({"users": [{"id": "1"}]}, r"users\[0\]: 'operator' is missing"),
        ({"bookings": [{"id": "1"}]}, r"bookings\[0\]"),
    ],
)
def test_test_data_that_is_none(ports: ActPorts, document: object, words: str) -> None:
    load_test_data(ports, {"users": [{"id": "1", "operator": "a.org", "alias": ""}]})
    with pytest.raises(TestDataError, match=words):
        load_test_data(ports, document)
    with ports.unit_of_work(read_only=True) as work:
        assert len(work.standard.list_test_data(Collection.USERS)) == 1
