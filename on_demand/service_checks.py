"""What is wrong with a service as its operator describes it: all at once, each with where it is and what to do."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import shapely

from on_demand.area import Point, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.service import FlexTrip, Service

DAY_S_MAX = 2 * 86_400
"""Times of a service day may pass midnight, by a day at most."""
SHOWN_MAX = 50

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)


class Wrong(NamedTuple):
    """One thing that is wrong: where in the description, and what to do, in French and English."""

    field: str
    french: str
    english: str


def refuse(wrongs: Iterable[Wrong]) -> None:
    """Raises OnDemandRefusedError with all that is wrong, if anything is; its words are those of the first."""
    found = list(wrongs)
    if not found:
        return
    first, others = found[0], len(found) - 1
    raise OnDemandRefusedError(
        Reason.INVALID,
        f"{first.field} : {first.french}" + (f" (et {others} autre(s) erreur(s))" if others else ""),
        f"{first.field}: {first.english}" + (f" (and {others} more)" if others else ""),
        first.field,
        {"problems": [{"field": w.field, "fr": w.french, "en": w.english} for w in found[:SHOWN_MAX]]},
    )


def check_service(service: Service) -> Iterator[Wrong]:
    """All that is wrong with a service by itself."""
    yield from check_id("id", service.id)
    yield from check_words("name", service.name, 1, 120)
    yield from check_words("operator", service.operator, 0, 120)
    yield from check_words("phone", service.phone, 0, 40)
    yield from check_words("message", service.message, 0, 1000)
    yield from _check_address("url", service.url)
    try:
        ZoneInfo(service.zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Wrong(
            "zoneName",
            f"{service.zone_name!r} n'est pas un fuseau horaire ; exemple : Europe/Paris",
            f"{service.zone_name!r} is no time zone; example: Europe/Paris",
        )
    yield from _check_areas(service)
    for number, calendar in enumerate(service.calendars):
        yield from check_calendar(f"calendars[{number}]", calendar)
    yield from _check_unique("calendars", [calendar.id for calendar in service.calendars])
    for number, rule in enumerate(service.rules):
        yield from _check_rule(f"rules[{number}]", rule, service)
    yield from _check_unique("rules", [rule.id for rule in service.rules])
    for number, trip in enumerate(service.trips):
        yield from _check_trip(f"trips[{number}]", trip, service)
    yield from _check_unique("trips", [trip.id for trip in service.trips])
    if not service.trips:
        yield Wrong(
            "trips",
            "il en faut au moins un : où et quand le service circule",
            "at least one is needed: where and when the service runs",
        )
    yield from _check_promise(service)
    for number, stop_id in enumerate(service.connection_stop_ids):
        yield from check_words(f"connectionStopIds[{number}]", stop_id, 1, 200)
    yield from _check_unique("connectionStopIds", service.connection_stop_ids)


def check_id(field: str, identifier: str) -> Iterator[Wrong]:
    """Ids of ours are in addresses."""
    if not _ID.fullmatch(identifier):
        yield Wrong(
            field,
            "1 à 64 lettres sans accent, chiffres ou _ . : -, en commençant par une lettre ou un chiffre",
            "1 to 64 plain letters, digits or _ . : -, beginning with a letter or digit",
        )


def check_words(field: str, text: str, least: int, most: int) -> Iterator[Wrong]:
    """Words for people, on one line."""
    if not (least <= len(text.strip()) and len(text) <= most and text.isprintable()):
        yield Wrong(
            field,
            f"{least} à {most} caractères sur une ligne",
            f"{least} to {most} characters on one line",
        )


def check_point(field: str, at: Point) -> Iterator[Wrong]:
    """Degrees."""
    if not (
        math.isfinite(at.lat) and math.isfinite(at.lon) and -90 <= at.lat <= 90 and -180 <= at.lon <= 180
    ):
        yield Wrong(
            field,
            f"({at.lat}, {at.lon}) n'est pas sur la Terre : latitude de -90 à 90, longitude de -180 à 180",
            f"({at.lat}, {at.lon}) is not on Earth: latitude -90 to 90, longitude -180 to 180",
        )


def check_calendar(field: str, calendar: Calendar) -> Iterator[Wrong]:
    """Its days, and that there can be one."""
    yield from check_words(f"{field}.id", calendar.id, 1, 100)
    if not all(0 <= day <= 6 for day in calendar.weekdays):
        yield Wrong(f"{field}.weekdays", "0 (lundi) à 6 (dimanche)", "0 (Monday) to 6 (Sunday)")
    if calendar.from_day > calendar.until_day:
        yield Wrong(
            f"{field}.untilDay",
            f"la fin {calendar.until_day} est avant le début {calendar.from_day}",
            f"the end {calendar.until_day} is before the beginning {calendar.from_day}",
        )
    if not calendar.weekdays and not calendar.added:
        yield Wrong(
            f"{field}.weekdays",
            "aucun jour : indiquez des jours de la semaine ou des jours ajoutés",
            "no day at all: say weekdays, or days that are added",
        )
    both = sorted(calendar.added & calendar.removed)
    if both:
        yield Wrong(
            f"{field}.removed",
            f"{both[0]} est à la fois ajouté et retiré",
            f"{both[0]} is both added and removed",
        )


def check_window(field: str, open_s: int, close_s: int, instant: bool = False) -> Iterator[Wrong]:
    """Hours of a service day; `instant`: both may be the same."""
    if not 0 <= open_s <= close_s <= DAY_S_MAX or (open_s == close_s and not instant):
        yield Wrong(
            field,
            f"de {clock(open_s)} à {clock(close_s)} : la fin vient après le début, entre 00:00 et 48:00",
            f"from {clock(open_s)} to {clock(close_s)}: the end comes after the beginning, from 00:00 to 48:00",
        )


def clock(at_s: int) -> str:
    """Seconds of a service day as people read them."""
    sign = "-" if at_s < 0 else ""
    return f"{sign}{abs(at_s) // 3600:02d}:{abs(at_s) % 3600 // 60:02d}" + (
        f":{abs(at_s) % 60:02d}" if at_s % 60 else ""
    )


def _check_unique(field: str, ids: Iterable[str]) -> Iterator[Wrong]:
    for identifier, count in Counter(ids).items():
        if count > 1:
            yield Wrong(
                field,
                f"{identifier!r} y est {count} fois : donnez à chacun son identifiant",
                f"{identifier!r} is there {count} times: give each an id of its own",
            )


def _check_address(field: str, address: str) -> Iterator[Wrong]:
    if address and not (
        address.startswith(("http://", "https://")) and address.isprintable() and " " not in address
    ):
        yield Wrong(field, "une adresse qui commence par https://", "an address that begins with https://")


def _check_areas(service: Service) -> Iterator[Wrong]:
    ids = [*(s.id for s in service.stops), *(g.id for g in service.groups), *(z.id for z in service.zones)]
    for identifier, count in Counter(ids).items():
        if count > 1:
            yield Wrong(
                "stops, groups, zones",
                f"l'identifiant {identifier!r} sert {count} fois : il est unique parmi arrêts, groupes et zones",
                f"the id {identifier!r} is used {count} times: it is unique across stops, groups and zones",
            )
    for number, stop in enumerate(service.stops):
        yield from check_words(f"stops[{number}].id", stop.id, 1, 100)
        yield from check_words(f"stops[{number}].name", stop.name, 1, 200)
        yield from check_point(f"stops[{number}]", stop.at)
    known = {stop.id for stop in service.stops}
    for number, group in enumerate(service.groups):
        yield from check_words(f"groups[{number}].id", group.id, 1, 100)
        yield from check_words(f"groups[{number}].name", group.name, 0, 200)
        if not group.stop_ids:
            yield Wrong(
                f"groups[{number}].stopIds", "un groupe a au moins un arrêt", "a group has a stop at least"
            )
        for stop_id in group.stop_ids:
            if stop_id not in known:
                yield unknown(f"groups[{number}].stopIds", "arrêt", "stop", stop_id, known)
        yield from _check_unique(f"groups[{number}].stopIds", group.stop_ids)
    for number, zone in enumerate(service.zones):
        yield from _check_zone(f"zones[{number}]", zone)


def _check_zone(field: str, zone: Zone) -> Iterator[Wrong]:
    yield from check_words(f"{field}.id", zone.id, 1, 100)
    yield from check_words(f"{field}.name", zone.name, 0, 200)
    if not zone.polygons:
        yield Wrong(f"{field}.geometry", "il faut au moins un polygone", "at least one polygon is needed")
    shapes = []
    for number, rings in enumerate(zone.polygons):
        where = f"{field}.geometry.polygon[{number}]"
        found = list(_check_rings(where, rings))
        yield from found
        if found:
            continue
        shape = shapely.Polygon(
            [(p.lon, p.lat) for p in rings[0]], [[(p.lon, p.lat) for p in hole] for hole in rings[1:]]
        )
        if not shape.is_valid:
            yield _invalid(where, shapely.is_valid_reason(shape))
        else:
            shapes.append(shape)
    if len(shapes) > 1 and len(shapes) == len(zone.polygons):
        whole = shapely.MultiPolygon(shapes)
        if not whole.is_valid:
            yield _invalid(f"{field}.geometry", shapely.is_valid_reason(whole))


def _invalid(where: str, why: str) -> Wrong:
    return Wrong(
        where,
        f"cette forme se croise ou se touche ({why}, longitude latitude) : redessinez-la à cet endroit",
        f"this shape crosses or touches itself ({why}, longitude latitude): draw it anew there",
    )


def _check_rings(field: str, rings: tuple[tuple[Point, ...], ...]) -> Iterator[Wrong]:
    if not rings:
        yield Wrong(field, "il faut un anneau extérieur", "an outer ring is needed")
    for number, ring in enumerate(rings):
        where = f"{field}.ring[{number}]"
        if len(ring) < 4 or ring[0] != ring[-1]:
            yield Wrong(
                where,
                "un anneau a au moins quatre points, dont le dernier est le premier répété",
                "a ring has four points at least, and its last is its first again",
            )
        for at in ring:
            outside = list(check_point(where, at))
            if outside:
                yield outside[0]
                break


def _check_rule(field: str, rule: BookingRule, service: Service) -> Iterator[Wrong]:
    yield from check_words(f"{field}.id", rule.id, 1, 100)
    yield from check_words(f"{field}.message", rule.message, 0, 1000)
    yield from check_words(f"{field}.phone", rule.phone, 0, 40)
    yield from _check_address(f"{field}.infoUrl", rule.info_url)
    yield from _check_address(f"{field}.bookingUrl", rule.booking_url)
    if rule.type == BookingType.SAME_DAY:
        if not 0 <= rule.duration_s_min <= 30 * 86_400:
            yield Wrong(f"{field}.durationSMin", "0 à 30 jours, en secondes", "0 to 30 days, in seconds")
        if rule.duration_s_max is not None and rule.duration_s_max < rule.duration_s_min:
            yield Wrong(
                f"{field}.durationSMax",
                "la réservation ouvrirait après avoir fermé",
                "booking would open after it has closed",
            )
        if rule.duration_s_max is not None and rule.start_day is not None:
            yield Wrong(
                f"{field}.startDay",
                "soit durationSMax, soit startDay, pas les deux",
                "either durationSMax or startDay, not both",
            )
    if rule.type == BookingType.PRIOR_DAYS:
        if not 1 <= rule.last_day <= 365:
            yield Wrong(f"{field}.lastDay", "1 à 365 jours avant", "1 to 365 days before")
        if rule.start_day is not None and rule.start_day < rule.last_day:
            yield Wrong(
                f"{field}.startDay",
                f"la réservation ouvre {rule.start_day} jour(s) avant et ferme {rule.last_day} jour(s) avant",
                f"booking opens {rule.start_day} day(s) before and closes {rule.last_day} day(s) before",
            )
    if rule.type == BookingType.REAL_TIME and (rule.duration_s_max, rule.start_day) != (None, None):
        yield Wrong(
            f"{field}.type", "en temps réel, rien n'ouvre d'avance", "in real time nothing opens beforehand"
        )
    if rule.start_s is not None and rule.start_day is None:
        yield Wrong(f"{field}.startDay", "startTime veut un startDay", "startTime needs a startDay")
    if rule.start_day is not None and not 0 <= rule.start_day <= 3650:
        yield Wrong(f"{field}.startDay", "0 à 3650 jours avant", "0 to 3650 days before")
    for name, at_s in (("lastTime", rule.last_s), ("startTime", rule.start_s)):
        if at_s is not None and not 0 <= at_s <= DAY_S_MAX:
            yield Wrong(f"{field}.{name}", "une heure de 00:00 à 48:00", "a time from 00:00 to 48:00")
    calendars = {calendar.id for calendar in service.calendars}
    if rule.calendar_id and rule.calendar_id not in calendars:
        yield unknown(f"{field}.calendarId", "calendrier", "calendar", rule.calendar_id, calendars)


def _check_trip(field: str, trip: FlexTrip, service: Service) -> Iterator[Wrong]:
    yield from check_words(f"{field}.id", trip.id, 1, 100)
    calendars = {calendar.id for calendar in service.calendars}
    stops = {stop.id for stop in service.stops}
    areas = stops | {group.id for group in service.groups} | {zone.id for zone in service.zones}
    rules = {rule.id for rule in service.rules}
    if trip.calendar_id not in calendars:
        yield unknown(f"{field}.calendarId", "calendrier", "calendar", trip.calendar_id, calendars)
    for number, row in enumerate(trip.rows):
        where = f"{field}.rows[{number}]"
        if row.area_id not in areas:
            yield unknown(
                f"{where}.areaId", "arrêt, groupe ou zone", "stop, group or zone", row.area_id, areas
            )
        elif row.is_fixed and row.area_id not in stops:
            yield Wrong(f"{where}.areaId", "un passage fixe est à un arrêt", "a fixed call is at a stop")
        yield from check_window(where, row.open_s, row.close_s, row.is_fixed)
        for name, rule_id in (("pickupRuleId", row.pickup_rule_id), ("dropOffRuleId", row.drop_off_rule_id)):
            if rule_id and rule_id not in rules:
                yield unknown(f"{where}.{name}", "règle de réservation", "booking rule", rule_id, rules)
    if not any(
        a.can_board and any(b.can_alight for b in trip.rows[i + 1 :]) for i, a in enumerate(trip.rows)
    ):
        yield Wrong(
            f"{field}.rows",
            "on ne peut aller nulle part : il faut une ligne où monter, puis une autre, après elle, où descendre "
            "(la même zone deux fois pour circuler dans une zone)",
            "one cannot get anywhere: a row to board at is needed, and after it another to alight at "
            "(the same zone twice, to travel within a zone)",
        )
    if trip.rows and all(row.is_fixed for row in trip.rows):
        yield Wrong(f"{field}.rows", "au moins une ligne a des heures", "one row at least has a window")
    factors = (trip.mean_factor, trip.mean_offset_s, trip.safe_factor, trip.safe_offset_s)
    if not all(math.isfinite(one) for one in factors) or min(trip.mean_factor, trip.safe_factor) <= 0:
        yield Wrong(
            f"{field}.meanFactor",
            "les facteurs de durée sont des nombres au-dessus de 0",
            "factors of duration are numbers above 0",
        )


def _check_promise(service: Service) -> Iterator[Wrong]:
    promise, fare = service.promise, service.fare
    for name, value, most in (
        ("windowS", promise.window_s, 14_400),
        ("rideExtraS", promise.ride_extra_s, 14_400),
        ("stopS", promise.stop_s, 3600),
        ("wheelchairS", promise.wheelchair_s, 3600),
        ("connectionS", promise.connection_s, 7200),
    ):
        if not 0 <= value <= most:
            yield Wrong(f"promise.{name}", f"0 à {most} secondes", f"0 to {most} seconds")
    if not 1 <= promise.ride_factor <= 10:
        yield Wrong(
            "promise.rideFactor",
            "1 à 10 : un trajet ne dure pas moins que le trajet direct",
            "1 to 10: no ride is shorter than the direct one",
        )
    if fare is None:
        return
    for name, cents in (
        ("adultCents", fare.adult_cents),
        ("childCents", fare.child_cents),
        ("companionCents", fare.companion_cents),
    ):
        if not 0 <= cents <= 100_000:
            yield Wrong(f"fare.{name}", "0 à 100000 centimes", "0 to 100000 cents")
    if not re.fullmatch("[A-Z]{3}", fare.currency):
        yield Wrong("fare.currency", "trois capitales, comme EUR", "three capitals, such as EUR")


def unknown(field: str, french: str, english: str, identifier: str, known: Iterable[str] = ()) -> Wrong:
    """A reference to nothing; `known`: what there is."""
    there = sorted(known)
    named = ", ".join(there[:5]) + (" …" if len(there) > 5 else "")
    return Wrong(
        field,
        f"{french} inconnu(e) : {identifier!r}"
        + (f" (il y a : {named})" if named else " (il n'y en a aucun)"),
        f"no such {english}: {identifier!r}" + (f" (there are: {named})" if named else " (there is none)"),
    )
