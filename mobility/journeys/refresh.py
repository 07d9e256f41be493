"""A journey that was kept, as it is now: with today's times, or that it no longer works, and why."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from gtfs_feeds.catalogue import find_stop
from mobility.journeys.bookings import state_of
from mobility.journeys.emissions import mark_lowest
from mobility.journeys.ends import Approach, End
from mobility.journeys.fare_legs import LegReader
from mobility.journeys.instants import iso
from mobility.journeys.itineraries import present_itinerary
from mobility.journeys.price_tags import PriceTags
from mobility.journeys.question import LEG_MODES
from mobility.journeys.reasons import reason
from mobility.journeys.runs import Run, RunCall
from mobility.journeys.saved import SavedItineraryError, SavedLeg, SavedPoint
from mobility.journeys.serving import Serving
from mobility.journeys.showing import Showing
from mobility.journeys.trip_tokens import TripNotFoundError, TripTokenError, get_named_run
from mobility.journeys.words import Json
from routing.journey import OUTSIDE, Journey, Ride, Walk
from routing.timetable import NO_CHANGE_S
from ticketing.pricing.rider import Rider


class ItineraryGoneError(Exception):
    """The journey cannot be had any more, not even to be shown; `reason` says why."""

    def __init__(self, reason: Json) -> None:
        super().__init__(str(reason["en"]))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RefreshQuestion:
    """A kept journey, and how it is to be shown."""

    legs: tuple[SavedLeg, ...]
    details: bool = True
    transfer_details: bool = True
    join_interlined: bool = True
    skipped_stops: bool = False
    with_fares: bool = False
    riders: tuple[Rider, ...] = ()
    languages: tuple[str, ...] = ()


def refresh(serving: Serving, question: RefreshQuestion) -> Json:
    """The journey as it is now. Raises SavedItineraryError, ItineraryGoneError and UnknownRiderError."""
    if question.riders:
        serving.prices.check_riders(question.riders, question.legs[0].planned_start_s or int(time.time()))
    refreshed = _Refresh(serving, question)
    return refreshed.present()


class _Refresh:
    def __init__(self, serving: Serving, question: RefreshQuestion) -> None:
        self._view, self._prices, self._question = serving.view, serving.prices, question
        view = self._view
        self._words = view.words(question.languages)
        self._reasons: list[Json] = []
        self._legs: list[Ride | Walk] = []
        self._origin = self._end(question.legs[0].origin, "START")
        self._destination = self._end(question.legs[-1].destination, "END")

    def present(self) -> Json:
        """As `/api/v6/refresh-itinerary` answers it."""
        rides = [self._find_rides(leg) for leg in self._question.legs]
        if not any(rides):
            raise SavedItineraryError(
                "it has no public transport: ways along the streets are always as they were"
            )
        self._put_together(rides)
        first, last = self._legs[0], self._legs[-1]
        boarded = sum(isinstance(leg, Ride) and not leg.stay_seated for leg in self._legs)
        journey = Journey(tuple(self._legs), first.departure_s, last.arrival_s, boarded - 1)
        question = self._question
        showing = Showing(
            self._view,
            self._words,
            self._origin,
            self._destination,
            details=question.details,
            transfer_details=question.transfer_details,
            join_interlined=question.join_interlined,
            skipped_stops=question.skipped_stops,
            languages=question.languages,
        )
        answer = present_itinerary(showing, journey)
        mark_lowest([answer])
        self._price_tags().add(answer, journey.legs, {})
        broken = {"TRIP_CANCELLED", "STOP_SKIPPED", "CONNECTION_MISSED"}
        answer["works"] = not any(one["code"] in broken for one in self._reasons)
        answer["reasons"] = self._reasons
        answer["liveData"] = self._view.live.describe()
        return answer

    def _price_tags(self) -> PriceTags:
        question, ends = self._question, (self._origin, self._destination)
        reader = LegReader(self._view, ends, self._prices.zone_of)
        return PriceTags(
            self._prices, reader, question.riders or (Rider(),), int(time.time()), question.with_fares
        )

    # ── the vehicles ───────────────────────────────────────────────────────────────────────────────────

    def _find_rides(self, leg: SavedLeg) -> list[Ride]:
        """The rides of a leg, several where one stays seated; none of a way along the streets."""
        runs = [self._find_run(trip) for trip in leg.trips]
        rides = []
        for number, run in enumerate(runs):
            calls = run.list_calls(0, run.last)
            board = self._position(calls, leg.origin, leg.planned_start_s) if number == 0 else 0
            alight = run.last
            if number == len(runs) - 1:
                alight = self._position(calls, leg.destination, leg.planned_end_s, after=board)
            self._look_at(run, calls, board, alight)
            rides.append(
                Ride(
                    run.trip,
                    run.service_day,
                    run.shift_s,
                    board,
                    alight,
                    calls[board].stop,
                    calls[alight].stop,
                    calls[board].departure_s,
                    calls[alight].arrival_s,
                    stay_seated=number > 0 or leg.stay_seated,
                )
            )
        return rides

    def _find_run(self, trip: str) -> Run:
        try:
            return get_named_run(self._view, trip)
        except TripTokenError as error:
            raise SavedItineraryError(str(error)) from error
        except TripNotFoundError as error:
            raise ItineraryGoneError(
                reason(
                    "TRIP_GONE",
                    f"La course {trip[:80]} n’existe plus : les horaires ont changé.",
                    f"The trip {trip[:80]} is not run any more: the timetable has changed.",
                    tripId=trip[:200],
                )
            ) from error

    def _position(self, calls: list[RunCall], point: SavedPoint, planned_s: int, after: int = -1) -> int:
        """Where the run calls at a stop, or at another platform of its station; of several, nearest in time."""
        stop = find_stop(self._view.catalogue, point.stop_id) if point.stop_id else None
        beside = set() if stop is None else {stop, *self._view.list_platforms(stop)}
        found = [
            (call.planned_stop != stop and call.stop != stop, abs(at_s - planned_s), position)
            for position, call in enumerate(calls)
            if position > after and (call.planned_stop in beside or call.stop in beside)
            for at_s in (call.planned_departure_s if after < 0 else call.planned_arrival_s,)
        ]
        if not found:
            raise ItineraryGoneError(
                reason(
                    "TRIP_GONE",
                    f"La course ne dessert plus l’arrêt {point.stop_id[:80]}.",
                    f"The trip does not call at {point.stop_id[:80]} any more.",
                )
            )
        return min(found)[2]

    def _look_at(self, run: Run, calls: list[RunCall], board: int, alight: int) -> None:
        """Say what keeps one from riding."""
        trip = run.write_token()
        if run.offered is not None:
            self._look_at_seats(run, board, alight)
        if run.is_cancelled:
            self._say("TRIP_CANCELLED", "La course est supprimée.", "The trip is cancelled.", tripId=trip)
            return
        for position in (board, alight):
            if calls[position].is_cancelled:
                name = self._words.place(calls[position].planned_stop)["name"]
                self._say(
                    "STOP_SKIPPED",
                    f"L’arrêt {name} n’est pas desservi par cette course.",
                    f"The trip does not stop at {name}.",
                    tripId=trip,
                )

    def _look_at_seats(self, run: Run, board: int, alight: int) -> None:
        """Say that a driver's ride cannot be booked any more: who has booked is taken along all the same."""
        assert run.offered is not None
        state, trip = state_of(run.offered, board, alight, self._view.live.booked_s), run.write_token()
        if state == "FULL":
            self._say(
                "RIDE_FULL",
                "Il n’y a plus de place dans cette voiture : seulement si vous avez déjà réservé.",
                "There is no seat left in this car: only if you have booked already.",
                tripId=trip,
            )
        elif state == "CLOSED":
            self._say(
                "BOOKING_CLOSED",
                "Il est trop tard pour réserver cette place : seulement si vous avez déjà réservé, ou si le "
                "conducteur vous prend à l’arrêt.",
                "It is too late to book this seat: only if you have booked already, or if the driver takes you "
                "along at the stop.",
                tripId=trip,
            )

    def _say(self, code: str, french: str, english: str, **more: object) -> None:
        self._reasons.append(reason(code, french, english, **more))

    # ── the whole ──────────────────────────────────────────────────────────────────────────────────────

    def _put_together(self, rides: list[list[Ride]]) -> None:
        """Ways before the first vehicle end when it leaves; those after follow at once."""
        first = next(number for number, found in enumerate(rides) if found)
        before = self._question.legs[:first]
        at_s = rides[first][0].departure_s - sum(leg.duration_s for leg in before)
        is_after_ride = False
        for leg, found in zip(self._question.legs, rides, strict=True):
            if not found:
                self._legs.append(self._walk(leg, at_s))
                at_s += leg.duration_s
                continue
            if is_after_ride and not found[0].stay_seated:
                self._check_change(found[0], at_s)
            self._legs += found
            at_s, is_after_ride = found[-1].arrival_s, True

    def _check_change(self, ride: Ride, ready_s: int) -> None:
        """Whether one is there when it leaves."""
        spare_s = ride.departure_s - ready_s
        names = {"stop": self._words.place(ride.from_stop)["name"], "departure": iso(ride.departure_s)}
        if spare_s < 0:
            self._say(
                "CONNECTION_MISSED",
                f"La correspondance à {names['stop']} est manquée de {-spare_s // 60 + 1} min.",
                f"The connection at {names['stop']} is missed by {-spare_s // 60 + 1} min.",
                **names,
            )
            return
        before = self._legs[-1]
        change_s = int(self._view.timetable.change_time_s[ride.from_stop])
        if isinstance(before, Ride) and change_s < NO_CHANGE_S and spare_s < change_s:
            self._say(
                "TIGHT_CONNECTION",
                f"La correspondance à {names['stop']} est devenue courte : {spare_s // 60} min.",
                f"The connection at {names['stop']} has become tight: {spare_s // 60} min.",
                **names,
            )

    def _walk(self, leg: SavedLeg, at_s: int) -> Walk:
        if leg.mode not in LEG_MODES:
            raise SavedItineraryError(
                f"a leg of mode {leg.mode[:20]} cannot be looked up again: plan anew, and ask its operator"
            )
        stops = [self._stop(leg.origin), self._stop(leg.destination)]
        if stops[0] == OUTSIDE and stops[1] != OUTSIDE:
            self._origin.approaches[stops[1]] = Approach(leg.mode, leg.duration_s, None)
        elif stops[1] == OUTSIDE and stops[0] != OUTSIDE:
            self._destination.approaches[stops[0]] = Approach(leg.mode, leg.duration_s, None)
        return Walk(stops[0], stops[1], at_s, at_s + leg.duration_s)

    def _stop(self, point: SavedPoint) -> int:
        if not point.stop_id:
            return OUTSIDE
        stop = find_stop(self._view.catalogue, point.stop_id)
        return OUTSIDE if stop is None else stop

    def _end(self, point: SavedPoint, name: str) -> End:
        if point.stop_id:
            stop = find_stop(self._view.catalogue, point.stop_id)
            if stop is None:
                raise ItineraryGoneError(
                    reason(
                        "PLACE_NOT_FOUND",
                        f"L’arrêt {point.stop_id[:80]} n’existe plus.",
                        f"The stop {point.stop_id[:80]} is not known any more.",
                    )
                )
            place = self._words.place(stop)
            return replace(End(place["name"], place["lat"], place["lon"], stop=stop), approaches={})
        return End(name, point.lat, point.lon, approaches={})
