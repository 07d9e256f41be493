"""On-demand offers and rides as a person reads them: on the service's clock, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from mobility.pages.wording import Wording
from on_demand.booking import (
    Connection,
    ConnectionKind,
    ConnectionStanding,
    Ending,
    OnDemandRide,
    Party,
    RideStatus,
)
from on_demand.quote import Quote
from on_demand.service import Service
from on_demand.waiting_list import Waiting, WaitingStatus

_COMING = (RideStatus.CONFIRMED, RideStatus.ABOARD)


@dataclass(frozen=True, slots=True)
class OfferView:
    """What is offered or booked. `facts`: sentences."""

    title: str
    facts: tuple[str, ...]
    phone: str


@dataclass(frozen=True, slots=True)
class RideView:
    """A ride of mine, and what can be done with it."""

    id: str
    shown: OfferView
    status: str
    can_cancel: bool
    can_change: bool
    cancel_rule: str
    """What cancelling means now; "" where it is not possible."""


@dataclass(frozen=True, slots=True)
class JourneyView:
    """Rides that are held and confirmed together. `confirm`: the ride to confirm them by; "" when there is nothing to
    confirm. `held_for`: how long there is for it, in words."""

    rides: tuple[RideView, ...]
    together: str
    confirm: str = ""
    held_for: str = ""


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A place in a waiting list."""

    id: str
    title: str
    status: str


class OnDemandPresenter:
    """Presents offers and rides in one language. `services`: by id."""

    def __init__(self, words: Wording, services: Mapping[str, Service], now: dt.datetime) -> None:
        self._words, self._services, self._now = words, services, now

    def offer(self, quote: Quote) -> OfferView:
        """An offer, with until when it is good."""
        shown = self._present(quote)
        until = self._clock(quote.service_id, quote.expires_s)
        return OfferView(
            shown.title,
            (*shown.facts, self._words("offer_until", time=f"{until:%H:%M}")),
            shown.phone,
        )

    def journeys(
        self, rides: Sequence[OnDemandRide]
    ) -> tuple[list[JourneyView], list[JourneyView], list[JourneyView]]:
        """Those to be confirmed, those to come, and what is over (the newest first)."""
        by_journey: dict[str, list[OnDemandRide]] = {}
        for ride in sorted(rides, key=lambda one: (one.pickup_open_s, one.id)):
            by_journey.setdefault(ride.journey_id or ride.id, []).append(ride)
        held, coming, over = [], [], []
        for together in by_journey.values():
            statuses = {ride.status for ride in together}
            if any(self._is_held(ride) for ride in together):
                held.append(self._journey(together))
            elif statuses & set(_COMING):
                coming.append(self._journey(together))
            else:
                over.append(self._journey(together))
        return held, coming, over[::-1]

    def waiting(self, waiting: Waiting) -> WaitingView:
        """A place in a waiting list that is open."""
        instant_s = waiting.leave_s if waiting.leave_s is not None else waiting.arrive_s or 0
        at = self._clock(waiting.service_id, instant_s)
        return WaitingView(
            waiting.id,
            self._words(
                "wait_leave" if waiting.leave_s is not None else "wait_arrive",
                origin=waiting.origin.name,
                destination=waiting.destination.name,
                time=f"{at:%H:%M}",
                day=self._words.day(at.date()),
            ),
            self._words("waiting_offered" if waiting.status is WaitingStatus.OFFERED else "waiting_waiting"),
        )

    def line(self, waiting: Waiting) -> WaitingView:
        """The same as its operator sees it, with who travels and since when."""
        changed = waiting.changed_at.astimezone(self.zone_of(waiting.service_id))
        service = self._services.get(waiting.service_id)
        key = "line_offered" if waiting.status is WaitingStatus.OFFERED else "line_waiting"
        since = self._words(key, day=self._words.day(changed.date()), time=f"{changed:%H:%M}")
        facts = (service.name if service is not None else "", self._party(waiting.party), since)
        return WaitingView(
            waiting.id, self.waiting(waiting).title, " · ".join(fact for fact in facts if fact)
        )

    def _journey(self, rides: Sequence[OnDemandRide]) -> JourneyView:
        held = [ride for ride in rides if self._is_held(ride)]
        held_for = ""
        if held:
            until = min(ride.expires_at or self._now for ride in held)
            left_s = max((until - self._now).total_seconds(), 0)
            local = until.astimezone(self.zone_of(held[0].service_id))
            held_for = self._words("held_for", duration=self._words.duration(left_s), time=f"{local:%H:%M}")
        together = self._words("journey", count=len(rides)) if held and len(rides) > 1 else ""
        return JourneyView(
            tuple(self.ride(ride) for ride in rides), together, held[0].id if held else "", held_for
        )

    def ride(self, ride: OnDemandRide) -> RideView:
        """A ride, and what its rider can do now."""
        words = self._words
        is_coming = ride.status is RideStatus.CONFIRMED
        may_end = self._is_held(ride) or (is_coming and self._now.timestamp() <= ride.pickup_close_s)
        status = f"status_{ride.status.value}"
        if ride.status is RideStatus.HELD and not self._is_held(ride):
            status = "status_expired"
        elif ride.status is RideStatus.CANCELLED and ride.ending is Ending.OPERATOR:
            status = "status_cancelled_operator"
        rule = ""
        free_until = ride.cancel_free_until
        if is_coming and may_end and free_until is not None:
            local = free_until.astimezone(self.zone_of(ride.service_id))
            rule = words("late")
            if self._now <= free_until:
                rule = words("free_until", day=words.day(local.date()), time=f"{local:%H:%M}")
        return RideView(
            ride.id,
            self._present(ride),
            words(status),
            can_cancel=may_end,
            can_change=is_coming and free_until is not None and self._now <= free_until,
            cancel_rule=rule,
        )

    def _is_held(self, ride: OnDemandRide) -> bool:
        return ride.status is RideStatus.HELD and (ride.expires_at is None or ride.expires_at > self._now)

    def _present(self, one: Quote | OnDemandRide) -> OfferView:
        words, service = self._words, self._services.get(one.service_id)
        opens, closes, arrives = (
            self._clock(one.service_id, instant_s)
            for instant_s in (one.pickup_open_s, one.pickup_close_s, one.drop_close_s)
        )
        title = words(
            "ride",
            day=words.day(opens.date()),
            time=f"{opens:%H:%M}",
            origin=one.origin.name,
            destination=one.destination.name,
        )
        facts = [
            words("pickup", from_time=f"{opens:%H:%M}", until_time=f"{closes:%H:%M}"),
            words("arrival", time=f"{arrives:%H:%M}"),
            *self._connection(one.service_id, one.connection),
            self._party(one.party),
            words("price_unknown"),
        ]
        if one.fare_cents is not None:
            currency = service.fare.currency if service is not None and service.fare is not None else "EUR"
            facts[-1] = words("price", price=words.money(one.fare_cents, currency))
        if service is not None:
            facts.append(words("service", service=service.name))
        return OfferView(title, tuple(facts), service.phone if service is not None else "")

    def _connection(self, service_id: str, connection: Connection | None) -> list[str]:
        if connection is None:
            return []
        words = self._words
        planned = self._clock(service_id, connection.scheduled_s)
        key = "onto" if connection.kind is ConnectionKind.ONTO else "from"
        standing = words(connection.standing.value)
        if connection.standing is ConnectionStanding.KEPT and connection.moved_s:
            standing = words("moved", duration=words.duration(connection.moved_s))
        return [words(key, time=f"{planned:%H:%M}"), standing]

    def _party(self, party: Party) -> str:
        heads = (
            ("adults", party.adults),
            ("children", party.children),
            ("wheelchairs", party.wheelchairs),
            ("companions", party.companions),
        )
        return ", ".join(self._words.count(key, count) for key, count in heads if count)

    def _clock(self, service_id: str, instant_s: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(instant_s, self.zone_of(service_id))

    def zone_of(self, service_id: str) -> ZoneInfo:
        """A service's clock."""
        service = self._services.get(service_id)
        return ZoneInfo(service.zone_name if service is not None else "Europe/Paris")
