"""The demo's carpool lines live through the days until yesterday: rides are published and booked, driven and logged by
phones that really sign, judged, and granted, each at its own time."""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
from dataclasses import dataclass, field, replace
from itertools import count

from schwifty import IBAN

from carpool.booking import Booking, Ending
from carpool.line import Line
from carpool.phone import Phone
from carpool.refusal import CarpoolRefusedError
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from carpool.ride import Ride
from carpool.trip import TripStatus
from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.accounts.bank_account import put_bank_account
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.audit.envelopes import fund_envelope
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.carpool_lines import seed_lines
from mobility.acts.change_booking import report_no_show, settle_bookings
from mobility.acts.grant_subsidy import close
from mobility.acts.ports import Progress
from mobility.acts.publish_ride import RideDraft, publish_ride
from mobility.acts.regular_rides import RegularDraft, publish_regular
from mobility.acts.trips.decide import Decision, decide_trip
from mobility.acts.trips.find import list_queue
from mobility.acts.trips.judge import judge_due
from mobility.acts.trips.log_evidence import Upload, log_evidence, register_device
from mobility.bootstrap import Services, build_services, load_settings
from mobility.demo import default_first_day
from mobility.demo.carpool_days import DemoPassage, DemoRide, Story, list_rides
from mobility.demo.carpool_people import DemoPerson, list_people

SEED = 27
PUBLISHED_HOUR, CLOSING_HOUR = 18, 22
LATE_BY = dt.timedelta(hours=36)
SETTLED_AFTER = dt.timedelta(hours=48)
REGULAR_DAYS = 90
CAMPAIGN, ENVELOPE_CENTS = "bfc-carpool-lines", 5_000_000
FRIDAY = 4
_DECISIONS = {
    TripStatus.HELD: (Decision.REFUSE, "Les preuves ne sont pas celles d'un trajet à plusieurs en voiture."),
    TripStatus.WAITING: (Decision.APPROVE, "Réservation et trajet confirmés par écrit par chaque personne."),
}
_ROLES = {True: frozenset((Role.TRAVELLER, Role.DRIVER)), False: frozenset((Role.TRAVELLER,))}


@dataclass
class DemoClock:
    """A clock that is set."""

    at: dt.datetime

    def __call__(self) -> dt.datetime:
        return self.at


@dataclass(order=True)
class _Upload:
    at: dt.datetime
    number: int
    caller: Caller = field(compare=False)
    statements: tuple[bytes, ...] = field(compare=False)
    reason: str = field(compare=False, default="")


def live_carpool(now: dt.datetime, report: Progress) -> int:
    """Live through the days from the first of the month before to yesterday that were not lived through yet, and offer
    rides for the days to come; how many days that was."""
    clock = DemoClock(now)
    with build_services(load_settings(), clock) as services:
        today = now.astimezone(PARIS).date()
        demo = CarpoolDemo(services, clock)
        days = demo.live(default_first_day(today), today - dt.timedelta(days=1), now, report)
        demo.publish_regular_rides(today)
    return days


class CarpoolDemo:
    """The lines' people and their days. `services` must be on `clock`."""

    def __init__(self, services: Services, clock: DemoClock) -> None:
        self._services, self._clock = services, clock
        self._uploads: list[_Upload] = []
        self._numbers = count()
        self._callers: dict[str, Caller] = {}
        self._operator = SYSTEM
        self._lines: dict[str, Line] = {}
        self._people: list[DemoPerson] = []

    def live(self, first: dt.date, last: dt.date, now: dt.datetime, report: Progress) -> int:
        """Live through the days from `first`, or from the day after those lived through before, to `last`; how many
        those were. Phones that have no network until `now` have not sent yet."""
        self._clock.at = _at(first - dt.timedelta(days=2), 8)
        seed_lines(self._services.acts)
        fund_envelope(self._services.audit, SYSTEM, CAMPAIGN, ENVELOPE_CENTS, "demo")
        with self._services.unit_of_work(read_only=True) as work:
            self._lines = {line.id: line for line in work.rides.list_lines()}
            known = {person.email: person.id for person in work.accounts.list_people()}
            rides = work.rides.list_rides(_at(first, 0), _at(last + dt.timedelta(days=1), 0))
        self._people = list_people(tuple(self._lines.values()), SEED)
        for person in self._people:
            self._callers[person.key] = self._enter(person, known)
        self._operator = self._enter_operator(known)
        single = [ride.calls[0].at for ride in rides if not ride.regular_id]
        if single:
            first = max(max(single).astimezone(PARIS).date() + dt.timedelta(days=1), first)
        days = [first + dt.timedelta(days=index) for index in range((last - first).days + 1)]
        for index, day in enumerate(days):
            self._live_day(day)
            report("living through a month of carpooling", (index + 1) / len(days))
        self._send_until(now)
        return len(days)

    def publish_regular_rides(self, today: dt.date) -> None:
        """What drivers offer from now on, for the planner to show."""
        for person in self._people:
            if not person.is_driver:
                continue
            line = self._lines[person.line_id]
            number = int(person.key.rpartition("/")[2])
            outward = tuple(one.stop.id for one in line.stops)[:: 1 if number % 2 == 0 else -1]
            for stops, hour in ((outward, 7), (outward[::-1], 17)):
                draft = RegularDraft(
                    line_id=line.id,
                    stop_ids=stops,
                    leaves_at=dt.time(hour, 10 * number),
                    weekdays=frozenset(range(5)),
                    valid_from=today,
                    valid_to=today + dt.timedelta(days=REGULAR_DAYS),
                    seats=3,
                    vehicle=person.vehicle,
                )
                key = f"demo {hour} {person.key}"
                publish_regular(self._services.acts, self._callers[person.key], draft, key)

    def _enter(self, person: DemoPerson, known: dict[str, str]) -> Caller:
        roles = _ROLES[person.is_driver]
        if person.email in known:
            return Caller(known[person.email], roles)
        details = Details(
            person.email,
            f"{person.given_name} {person.family_name[0]}.",
            person.given_name,
            person.family_name,
            person.phone,
            person.birth_date,
        )
        caller = Caller(add_person(self._services.accounts, SYSTEM, details, roles).id, roles)
        if person.is_driver:
            account = f"{int.from_bytes(person.phone_seed[:4], 'big'):011}"
            iban = IBAN.generate("FR", bank_code="30004", branch_code="00823", account_code=account)
            name = f"{person.given_name} {person.family_name}"
            put_bank_account(self._services.accounts, caller, name, iban.compact)
        register_device(self._services.trips, caller, self._phone(person).registration())
        return caller

    def _enter_operator(self, known: dict[str, str]) -> Caller:
        roles, email = frozenset((Role.OPERATOR,)), "file-d-attente@mobigo.example"
        if email not in known:
            person = add_person(self._services.accounts, SYSTEM, Details(email, "File d'attente"), roles)
            return Caller(person.id, roles)
        return Caller(known[email], roles)

    def _phone(self, person: DemoPerson) -> Phone:
        return Phone(person.phone_seed, self._clock, f"demo {person.key}")

    # ── a day ──────────────────────────────────────────────────────────────────────────────────────────

    def _live_day(self, day: dt.date) -> None:
        evening = day - dt.timedelta(days=1)
        rides = list_rides(tuple(self._lines.values()), self._people, day, SEED)
        self._send_until(_at(evening, PUBLISHED_HOUR))
        drives = [self._offer(ride, evening) for ride in rides]
        for ride, published, bookings in drives:
            self._send_until(ride.leaves_at)
            self._drive(ride, published, bookings)
        self._send_until(_at(day, CLOSING_HOUR))
        settle_bookings(self._services.acts)
        while judge_due(self._services.trips):
            pass
        if day.weekday() == FRIDAY:
            self._decide_queue()
        until = self._clock.at - SETTLED_AFTER
        close(self._services.acts, self._services.register_keys, SYSTEM, until)

    def _offer(self, ride: DemoRide, evening: dt.date) -> tuple[DemoRide, Ride, dict[str, Booking]]:
        """Publish the ride, and book the seats that are booked."""
        self._set(evening, PUBLISHED_HOUR)
        draft = RideDraft(
            line_id=ride.line_id,
            stop_ids=tuple(stop for stop, _ in ride.calls),
            leaves_at=ride.leaves_at,
            seats=ride.seats,
            vehicle=ride.driver.vehicle,
        )
        published = publish_ride(self._services.acts, self._callers[ride.driver.key], draft)
        self._set(evening, PUBLISHED_HOUR + 1)
        bookings = {}
        for passage in ride.passages:
            if passage.is_booked:
                request = BookingRequest(published.id, passage.from_stop, passage.to_stop)
                try:
                    caller = self._callers[passage.person.key]
                    bookings[passage.person.key] = book_seat(self._services.acts, caller, request)
                except CarpoolRefusedError:
                    continue  # suspended, after one no-show too many: they stay at home
        return ride, published, bookings

    def _drive(self, ride: DemoRide, published: Ride, bookings: dict[str, Booking]) -> None:
        """What the phones write down on the way, to be sent when it is over (or later)."""
        if ride.story is Story.NO_SHOW:
            after_s = dict(ride.calls)
            for booking in bookings.values():
                waited_until = ride.leaves_at + dt.timedelta(seconds=after_s[booking.from_stop] + 600)
                self._clock.at = max(waited_until, self._clock.at)
                report_no_show(
                    self._services.acts, self._callers[ride.driver.key], booking.id, Ending.NO_SHOW
                )
            ride = replace(ride, passages=())
        passages = [one for one in ride.passages if not one.is_booked or one.person.key in bookings]
        driver = self._phone(ride.driver)
        if ride.story is Story.DECLARED:
            self._declare(ride, published, passages, bookings, driver)
            phones: list[tuple[DemoPerson, Phone]] = []
        elif ride.story is Story.ONE_PHONE:
            self._log_by_one(ride, published, passages, bookings, driver)
            phones = []
        else:
            phones = self._log_by_all(ride, published, passages, bookings, driver)
        sent_at = ride.arrives_at + dt.timedelta(minutes=4)
        reason = ""
        if ride.story is Story.NO_NETWORK:
            sent_at, reason = sent_at + LATE_BY, "pas de réseau sur le trajet"
        for person, phone in [(ride.driver, driver), *phones]:
            upload = _Upload(
                sent_at, next(self._numbers), self._callers[person.key], tuple(phone.outbox), reason
            )
            heapq.heappush(self._uploads, upload)

    def _log_by_all(
        self,
        ride: DemoRide,
        published: Ride,
        passages: list[DemoPassage],
        bookings: dict[str, Booking],
        driver: Phone,
    ) -> list[tuple[DemoPerson, Phone]]:
        phones = []
        for passage in passages:
            phone = self._phone(passage.person)
            if ride.story is Story.SAME_PHONE:  # another account on the driver's own phone
                seed = hashlib.sha256(ride.driver.phone_seed + passage.person.phone_seed).digest()
                phone = Phone(seed, self._clock, driver.hardware)
                register_device(self._services.trips, self._callers[passage.person.key], phone.registration())
            phones.append((passage, phone))
        riders = [
            PhonePassenger(phone, passage.from_stop, passage.to_stop, _booking_id(bookings, passage))
            for passage, phone in phones
        ]
        pace = 250 if ride.story is Story.TOO_FAST else 1000
        first, last = ride.calls[0][0], ride.calls[-1][0]
        drive = Drive(self._lines[ride.line_id], first, last, ride.leaves_at, pace)
        rehearse(drive, driver, riders, ride.nonce, published.id, every_s=120)
        return [(passage.person, phone) for passage, phone in phones]

    def _log_by_one(
        self,
        ride: DemoRide,
        published: Ride,
        passages: list[DemoPassage],
        bookings: dict[str, Booking],
        driver: Phone,
    ) -> None:
        """The passengers' phones stay in their pockets."""
        line = self._lines[ride.line_id]
        drive = Drive(line, ride.calls[0][0], ride.calls[-1][0], ride.leaves_at)
        driver.clock = lambda: ride.leaves_at
        trip = driver.start(line.id, ride.nonce, drive.where(ride.leaves_at), ride=published.id)
        steps = [(drive.at_stop(one.from_stop), driver.board, one) for one in passages]
        steps += [(drive.at_stop(one.to_stop), driver.alight, one) for one in passages]
        for at, say, passage in sorted(steps, key=lambda step: step[0]):
            driver.clock = lambda at=at: at  # type: ignore[misc]
            say(trip, drive.where(at), _booking_id(bookings, passage))
        ends_at = drive.ends_at
        times = [ride.leaves_at + dt.timedelta(minutes=minute) for minute in range(0, 120, 2)]
        driver.clock = lambda: ends_at
        driver.positions(trip, [(at, *drive.where(at)) for at in times if at <= ends_at])
        driver.end(trip, drive.where(ends_at))

    def _declare(
        self,
        ride: DemoRide,
        published: Ride,
        passages: list[DemoPassage],
        bookings: dict[str, Booking],
        driver: Phone,
    ) -> None:
        """In the evening somebody remembers what was driven."""
        after_s = dict(ride.calls)
        began = int(ride.leaves_at.timestamp())
        driver.clock = lambda: ride.arrives_at
        driver.declare(
            ride.line_id,
            ride.nonce,
            (ride.calls[0][0], ride.calls[-1][0]),
            (ride.leaves_at, ride.arrives_at),
            [
                {
                    "booking": _booking_id(bookings, one),
                    "from": one.from_stop,
                    "to": one.to_stop,
                    "board": began + after_s[one.from_stop],
                    "alight": began + after_s[one.to_stop],
                }
                for one in passages
            ],
            published.id,
        )

    def _decide_queue(self) -> None:
        """Somebody of the Region looks at what is held, and at what waits for evidence that will not come."""
        for view in list_queue(self._services.trips, SYSTEM, waiting=True):
            trip = view.state.trip
            if trip is None or self._clock.at - trip.end.at < SETTLED_AFTER:
                continue
            decision, reason = _DECISIONS[view.state.status]
            decide_trip(self._services.trips, self._operator, view.state.id, decision, reason)

    # ── time ───────────────────────────────────────────────────────────────────────────────────────────

    def _send_until(self, at: dt.datetime) -> None:
        """Send what phones have to send until then."""
        while self._uploads and self._uploads[0].at <= at:
            upload = heapq.heappop(self._uploads)
            self._clock.at = max(upload.at, self._clock.at)
            pieces = [Upload(data, upload.reason) for data in upload.statements]
            log_evidence(self._services.trips, upload.caller, pieces, self._clock.at)
        self._clock.at = max(at, self._clock.at)

    def _set(self, day: dt.date, hour: int) -> None:
        self._clock.at = max(_at(day, hour), self._clock.at)


def _booking_id(bookings: dict[str, Booking], passage: DemoPassage) -> str:
    booking = bookings.get(passage.person.key)
    return "" if booking is None else booking.id


def _at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), PARIS).astimezone(dt.UTC)
