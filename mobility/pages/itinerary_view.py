"""Itineraries as a person reads them: on the local clock, in words. From the API's own dicts to what the page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mobility.pages.exchange_link import ExchangeLink
from mobility.pages.line_colours import choose_colours
from mobility.pages.local_time import is_repeated, offset_name
from mobility.pages.wording import Wording

Json = dict[str, Any]

_BADGE_LETTERS_MAX = 10
_STEPS_S = 90
_RAIL = frozenset(("HIGHSPEED_RAIL", "LONG_DISTANCE", "NIGHT_RAIL", "REGIONAL_RAIL", "SUBURBAN"))
_ICONS = {
    "WALK": "walk",
    "BIKE": "bike",
    "CAR": "car",
    "RIDE_SHARING": "car",
    "BUS": "bus",
    "COACH": "bus",
    "ODM": "bus",
    "FLEX": "bus",
    "TRAM": "tram",
    "SUBWAY": "tram",
    "FERRY": "boat",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One moment as a page shows it. `days_later` than the journey's first day; `zone_note` where it could be
    misread: in an hour that comes twice, or in another time zone than the journey began in."""

    time: str
    iso: str
    day: dt.date
    days_later: int
    zone_note: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A line's name on its colours, as drawn: widths in pixels."""

    text: str
    background: str
    colour: str
    width: int


@dataclass(frozen=True, slots=True)
class Call:
    place: str
    clock: Clock
    platform: str = ""
    planned: Clock | None = None
    """When it was planned, where that was another minute."""
    delay: str = ""
    """`retard de 5 min`, in words; "" where nothing is known."""
    is_skipped: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """What is wrong. `link`: where to read more, or ""."""

    header: str
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class BookingView:
    """How a ride is booked, a driver's or on demand. `link`: where, or "" when it cannot be, or only all of the
    journey's rides together."""

    facts: tuple[str, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class LegView:
    mode: str
    icon: str
    summary: str
    """`12 min (850 m) until Dijon` of a way on foot; the direction of a ride."""
    is_ride: bool
    departure: Call
    arrival: Call
    duration: str
    badge: Badge | None = None
    line: str = ""
    agency: str = ""
    between: tuple[Call, ...] = ()
    between_words: str = ""
    notes: tuple[str, ...] = ()
    is_synthetic: bool = False
    is_live: bool = False
    is_cancelled: bool = False
    alerts: tuple[Alert, ...] = ()
    booking: BookingView | None = None


@dataclass(frozen=True, slots=True)
class PriceView:
    """What a journey costs. `lines`: what is bought, for which part; or why nobody knows."""

    words: str
    lines: tuple[str, ...]
    is_lowest: bool = False
    buy_link: str = ""
    """Where it is ordered, or exchanged for, with all its seats; "" when it cannot be."""
    buy_words: str = ""


@dataclass(frozen=True, slots=True)
class ItineraryView:
    departure: Clock
    arrival: Clock
    facts: tuple[str, ...]
    price: PriceView | None
    emissions: str
    has_lowest: bool
    legs: tuple[LegView, ...]
    book_link: str = ""
    """Where all its rides on demand are booked together; "" when there are none."""


@dataclass(frozen=True, slots=True)
class Day:
    """The itineraries that leave on one day."""

    name: str
    itineraries: tuple[ItineraryView, ...]


class ItineraryPresenter:
    """Presents the itineraries of one answer.

    `is_town` says of each end whether it is one: then nobody wants to read of the steps from the middle of its
    station to a platform. `riders`: who travels, as the address of an offer says it; `exchange`: what is given for it.
    """

    def __init__(
        self,
        words: Wording,
        zone: ZoneInfo,
        is_town: tuple[bool, bool],
        riders: Sequence[str] = (),
        exchange: ExchangeLink | None = None,
    ) -> None:
        self._words, self._zone, self._is_town = words, zone, is_town
        self._riders, self._exchange = riders, exchange

    def list_days(self, itineraries: Iterable[Json]) -> list[Day]:
        """Itineraries by the day they leave on, in time order."""
        views = [
            self.present(one)
            for one in sorted(itineraries, key=lambda one: (one["startTime"], one["endTime"]))
        ]
        lowest = {view.emissions for view in views if view.has_lowest}
        days: dict[dt.date, list[ItineraryView]] = {}
        for view in views:
            # Of two that read the same, one must not be called lower.
            shown = replace(view, has_lowest=view.emissions in lowest)
            days.setdefault(shown.departure.day, []).append(shown)
        return [Day(self._words.day(day), tuple(leaving)) for day, leaving in sorted(days.items())]

    def present(self, itinerary: Json) -> ItineraryView:
        """One itinerary."""
        words = self._words
        legs = self._trim(itinerary["legs"])
        starts, ends = legs[0]["startTime"], legs[-1]["endTime"]
        duration = dt.datetime.fromisoformat(ends) - dt.datetime.fromisoformat(starts)
        first_zone = self._zone_of(legs[0]["from"])
        first_day = _local(starts, first_zone).date()
        rides = [leg for leg in legs if _is_ride(leg)]
        walking_s = sum(leg["duration"] for leg in legs if leg["mode"] == "WALK")
        facts = [words.duration(duration.total_seconds())]
        if not rides:
            facts.append(words("no_vehicle"))
        else:
            facts.append(
                words.count("changes", itinerary["transfers"]) if itinerary["transfers"] else words("direct")
            )
        if walking_s:
            facts.append(words("walking", duration=words.duration(walking_s)))
        emissions = itinerary["emissions"]
        grams = emissions["co2e_g"]
        return ItineraryView(
            departure=self._clock(starts, first_zone, first_day),
            arrival=self._clock(ends, self._zone_of(legs[-1]["to"]), first_day, first_zone),
            facts=tuple(facts),
            price=self._price(itinerary) if rides else None,
            emissions=words("emissions_unknown")
            if grams is None
            else words("emissions", amount=words.grams(grams)),
            has_lowest=emissions["lowest"],
            legs=tuple(self._leg(leg, first_day, first_zone) for leg in legs),
            book_link=self._book_link(legs),
        )

    def _price(self, itinerary: Json) -> PriceView:
        words, price = self._words, itinerary["price"]
        if price == "unknown":
            return PriceView(words("price_unknown"), (itinerary["priceUnknown"][words.language],))
        lines = []
        for line in price["lines"]:
            rides = " + ".join(_ride_name(itinerary["legs"][number]) for number in line["legs"])
            told = f"{line[words.language]}{words('colon')} {words.money(line['cents'], price['currency'])}"
            if line["cents"] < line["fullCents"]:
                told += (
                    f" ({words('instead_of_price', price=words.money(line['fullCents'], price['currency']))})"
                )
            lines.append(f"{told}, {rides}" if rides else told)
        return PriceView(
            words.money(price["cents"], price["currency"]),
            tuple(lines),
            any(tag["code"] == "LOWEST_PRICE" for tag in itinerary.get("tags", ())),
            self._buy_link(price.get("offer", "")),
            words("buy_journey" if self._exchange is None else "exchange_journey"),
        )

    def _buy_link(self, offer: str) -> str:
        if not offer:
            return ""
        if self._exchange is not None:
            return self._exchange.offer(self._words.language, offer)
        asked = {"lang": self._words.language, "journey": offer, "rider": self._riders}
        return "/tickets/offer?" + urlencode(asked, doseq=True)

    def _book_link(self, legs: list[Json]) -> str:
        quotes = [quote for leg in legs if (quote := leg.get("booking", {}).get("quote"))]
        if not quotes or self._exchange is not None:
            return ""
        return "/on-demand/offer?" + urlencode({"lang": self._words.language, "quote": quotes}, doseq=True)

    def _trim(self, legs: list[Json]) -> list[Json]:
        """The legs without the steps within a town's station."""
        first, last = (
            town and legs[at]["mode"] == "WALK" for town, at in zip(self._is_town, (0, -1), strict=True)
        )
        kept = list(legs)
        if last and len(kept) > 1 and kept[-1]["duration"] <= _STEPS_S:
            kept.pop()
        if first and len(kept) > 1 and kept[0]["duration"] <= _STEPS_S:
            kept.pop(0)
        return kept

    def _leg(self, leg: Json, first_day: dt.date, first_zone: ZoneInfo) -> LegView:
        words = self._words
        is_ride = _is_ride(leg)
        arrival = self._call(
            leg["to"], "arrival", first_day, first_zone, leg["mode"], is_live=leg["realTime"]
        )
        view = LegView(
            mode=words.mode(leg["mode"]),
            icon=_ICONS.get(leg["mode"], "train" if is_ride else "walk"),
            summary=words("walk_to", place=arrival.place),
            is_ride=is_ride,
            departure=self._call(
                leg["from"], "departure", first_day, first_zone, leg["mode"], is_live=leg["realTime"]
            ),
            arrival=arrival,
            duration=words.duration(leg["duration"]),
            notes=() if is_ride else (words.distance(leg["distance"]),),
        )
        return self._ride(leg, view, first_day, first_zone) if is_ride else view

    def _ride(self, leg: Json, view: LegView, first_day: dt.date, first_zone: ZoneInfo) -> LegView:
        words = self._words
        calls = leg.get("intermediateStops", ())
        between = tuple(self._call(call, "departure", first_day, first_zone, leg["mode"]) for call in calls)
        name = leg.get("routeShortName") or ""
        badge = None
        if name and len(name) <= _BADGE_LETTERS_MAX:
            background, colour = choose_colours(leg.get("routeColor"), leg.get("routeTextColor"))
            badge = Badge(name, background, colour, width=9 * len(name) + 14)
        notes = [words("stay_seated")] if leg.get("interlineWithPreviousLeg") else []
        booking = self._booking(leg)
        if not leg.get("scheduled", True) and booking is None:
            notes.append(words("added"))
        headsign = leg.get("headsign") or ""
        if headsign.isdigit():
            # Some publish the train's number where its destination belongs.
            notes.append(words("number", number=headsign))
            headsign = leg["tripTo"]["name"]
        if booking is None:
            notes += self._arrangements(leg)
        return replace(
            view,
            booking=booking,
            summary=words("towards", headsign=headsign) if headsign else "",
            badge=badge,
            line="" if badge else name or leg.get("displayName") or "",
            agency=leg.get("agencyName") or "",
            between=between,
            between_words=words.count("stops", len(between)) if between else "",
            notes=tuple(notes),
            is_synthetic=bool(leg.get("synthetic")),
            is_live=leg["realTime"],
            is_cancelled=bool(leg.get("cancelled")),
            alerts=_list_alerts(leg),
        )

    def _booking(self, leg: Json) -> BookingView | None:
        """Of a driver's ride: price, seats, until when and where to book, whom to call."""
        booking = leg.get("booking")
        if booking is None:
            return None
        words, price = self._words, booking["price"]
        if "state" not in booking:
            return self._on_demand(leg, booking)
        facts = [words("price_unknown")]
        if price != "unknown":
            facts = [words("ride_seat", price=words.money(price["cents"], price["currency"]))]
        state = booking["state"]
        if state == "OPEN":
            facts += [words.count("seats_left", booking["seatsLeft"]), self._book_until(leg, booking)]
        elif state != "CANCELLED":
            facts.append(words("ride_closed" if state == "CLOSED" else "ride_full"))
        if booking.get("phone"):
            facts.append(words("phone", phone=booking["phone"]))
        return BookingView(tuple(facts), booking["url"] if state == "OPEN" else "")

    def _on_demand(self, leg: Json, booking: Json) -> BookingView:
        """Of a ride on demand: price, until when to book, whom to call. With a quote it is booked here, together with
        all others of its journey; else where its operator says."""
        words, price = self._words, booking["price"]
        facts = [
            words("price_unknown") if price == "unknown" else words.money(price["cents"], price["currency"])
        ]
        if "pickupFrom" in booking:
            comes, until, arrives = (
                f"{_local(booking[name], self._zone_of(leg['from'])):%H:%M}"
                for name in ("pickupFrom", "pickupUntil", "arrivalUntil")
            )
            facts.append(words("pickup_between", from_time=comes, until_time=until, arrival=arrives))
        facts.append(self._book_until(leg, booking))
        if booking.get("phone"):
            facts.append(words("phone", phone=booking["phone"]))
        if booking.get("message"):
            facts.append(booking["message"])
        link = booking.get("url", "")
        return BookingView(tuple(facts), link if _is_web(link) and not booking.get("quote") else "")

    def _book_until(self, leg: Json, booking: Json) -> str:
        zone = self._zone_of(leg["from"])
        until, leaves = _local(booking["deadline"], zone), _local(leg["startTime"], zone)
        key = "book_until" if until.date() == leaves.date() else "book_until_day"
        return self._words(key, day=self._words.day(until.date()), time=f"{until:%H:%M}")

    def _arrangements(self, leg: Json) -> list[str]:
        """What must be arranged before one can ride, and whom to call for it."""
        words = self._words
        asked = {leg["from"].get("pickupArrangement"), leg["to"].get("dropoffArrangement")}
        notes = []
        if "PHONE_AGENCY" in asked:
            notes.append(words("call_agency", agency=leg.get("agencyName") or words("OTHER")))
            if leg.get("agencyPhone"):
                notes.append(words("phone", phone=leg["agencyPhone"]))
        if "COORDINATE_WITH_DRIVER" in asked:
            notes.append(words("ask_driver"))
        return notes

    def _call(
        self,
        place: Json,
        moment: str,
        first_day: dt.date,
        first_zone: ZoneInfo,
        mode: str,
        *,
        is_live: bool = False,
    ) -> Call:
        zone = self._zone_of(place)
        named = next(name for name in (moment, "arrival", "departure") if place.get(name))
        at: str = place[named]
        planned_at: str = place.get(f"scheduled{named.capitalize()}") or at
        clock = self._clock(at, zone, first_day, first_zone)
        planned = self._clock(planned_at, zone, first_day, first_zone)
        skipped = bool(place.get("cancelled"))
        return Call(
            place=place["name"],
            clock=clock,
            platform=self._platform(place, mode),
            planned=planned if planned.time != clock.time or planned.day != clock.day else None,
            delay=self._delay(at, planned_at) if is_live and not skipped else "",
            is_skipped=skipped,
        )

    def _platform(self, place: Json, mode: str) -> str:
        track, planned = place.get("track"), place.get("scheduledTrack")
        if not track:
            return ""
        words = self._words
        shown = words("track" if mode in _RAIL else "platform", track=track)
        if "stopId" not in place or track == planned or not planned:
            return shown
        return f"{shown} ({words('instead_of', track=planned)})"

    def _delay(self, at: str, planned_at: str) -> str:
        """How late, in whole minutes; less than one is on time."""
        late = dt.datetime.fromisoformat(at) - dt.datetime.fromisoformat(planned_at)
        minutes = round(abs(late.total_seconds()) / 60)
        if not minutes:
            return self._words("on_time")
        duration = self._words.duration(60 * minutes)
        return self._words("late" if late > dt.timedelta(0) else "early", duration=duration)

    def _clock(
        self, instant: str, zone: ZoneInfo, first_day: dt.date, first_zone: ZoneInfo | None = None
    ) -> Clock:
        local = _local(instant, zone)
        elsewhere = first_zone is not None and local.utcoffset() != local.astimezone(first_zone).utcoffset()
        return Clock(
            time=f"{local:%H:%M}",
            iso=local.isoformat(timespec="seconds"),
            day=local.date(),
            days_later=(local.date() - first_day).days,
            zone_note=offset_name(local) if elsewhere or is_repeated(local) else "",
        )

    def _zone_of(self, place: Json) -> ZoneInfo:
        name = place.get("tz")
        if not name or name == self._zone.key:
            return self._zone
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return self._zone


def _ride_name(leg: Json) -> str:
    """What one rides in, as the legs name it."""
    return str(leg.get("routeShortName") or leg.get("displayName") or leg["to"]["name"])


def _is_ride(leg: Json) -> bool:
    """Whether a vehicle comes: one of a timetable, or one that is booked."""
    return "tripId" in leg or "booking" in leg


def _list_alerts(leg: Json) -> tuple[Alert, ...]:
    """Those of the ride and of where one gets on and off, each once."""
    listed = [*leg.get("alerts", ()), *leg["from"].get("alerts", ()), *leg["to"].get("alerts", ())]
    alerts = []
    for one in listed:
        header, link = one["headerText"], one.get("url", "")
        text = one["descriptionText"] if one["descriptionText"] != header else ""
        shown = Alert(header or text, text if header else "", link if _is_web(link) else "")
        if shown not in alerts:
            alerts.append(shown)
    return tuple(alerts)


def _is_web(link: str) -> bool:
    return link.startswith(("http://", "https://"))


def _local(instant: str, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromisoformat(instant).astimezone(zone)
