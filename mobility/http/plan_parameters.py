"""The parameters of `/api/v6/plan`, and the question they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mobility.http.modes import MODES, read_modes
from mobility.http.parameters import Parameter, bad, parse
from mobility.http.problems import Problem
from mobility.http.rider_parameters import CARDS, CATEGORIES, read_riders
from mobility.journeys.ends import CoordinatesError, parse_coordinates
from mobility.journeys.question import LEG_MODES, Cursor, GivenOffset, GivenVia, Optimize, Question
from on_demand.booking import Party
from routing.timetable import Mode

TRANSFERS_MAX = 10
TRAVEL_MINUTES_MAX = 1440
OFFSETS_MAX = 500

FLEXIBLE = frozenset(("FLEX", "RIDE_SHARING"))
"""Vehicles that also come to (from) the first (last) stop, or all the way."""

STREET_MODES = {"WALK": "WALK", "BIKE": "BIKE", "CAR": "CAR", "CAR_DROPOFF": "CAR"}


def _ignored(name: str, kind: str, doc: str, choices: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, kind, doc, ignored=True, choices=choices)


_PLACE = "`latitude,longitude[,level]` in degrees, or the id of a stop or place."
_ACCESS = (
    "Of the streets: WALK, BIKE, CAR, CAR_DROPOFF; FLEX, RIDE_SHARING; others have no data and are left out."
)
_MATCHING = "How far from a place the nearest street may be, in metres; more than 250 is taken as 250."
_NO_RENTAL = "There is no data on shared vehicles."
_NO_LORRIES = "Lorries are not routed."
_OURS = "Addition: "
_WISHES = tuple(wish.value for wish in Optimize)
_PROFILES = ("FOOT", "WHEELCHAIR")
REALTIME_MODES = ("OFF", "REALTIME_ANNOTATION_ONLY", "REALTIME")
_REALTIME = "OFF: as planned; REALTIME_ANNOTATION_ONLY: searched as planned, shown with what is known."
_LUGGAGE = "Nobody says how much luggage there is room for."

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("fromPlace", "text", f"Where from: {_PLACE}", required=True, example="47.2470,6.0219"),
    Parameter("toPlace", "text", f"Where to: {_PLACE}", required=True, example="47.3234,5.0272"),
    Parameter("time", "instant", "Departure, or arrival with `arriveBy`; else now.", example="2026-06-15T07:00:00Z"),
    Parameter("arriveBy", "boolean", "`time` is when to arrive.", False),
    Parameter("timetableView", "boolean", "All options over a window; else the best from (to) one instant.", True),
    Parameter("searchWindow", "integer", "Window in seconds; widened until `numItineraries` are found.", 900, 0),
    Parameter("numItineraries", "integer", "How many itineraries to widen the window for, up to a day.", 5, 0),
    Parameter("maxItineraries", "integer", "Show at most so many; those of one instant stay together.", None, 1),
    Parameter("pageCursor", "text", "A cursor of the answer before, with the same other parameters."),
    Parameter("maxTransfers", "integer", "Changes between vehicles.", None, 0),
    Parameter("maxTravelTime", "integer", "In minutes.", None, 0),
    Parameter("minTransferTime", "integer", "For every change, in minutes.", 0, 0, 600),
    Parameter("additionalTransferTime", "integer", "Added to every change, in minutes.", 0, 0, 600),
    Parameter("transferTimeFactor", "number", "Times of changes are multiplied by it.", 1.0, 1.0, 10.0),
    Parameter("transitModes", "choices", "Vehicles that may be ridden; empty: none.", ("TRANSIT",), choices=MODES),
    Parameter("directModes", "choices", f"Ways without public transport. {_ACCESS}", ("WALK",), choices=MODES),
    Parameter("preTransitModes", "choices", f"To the first stop. {_ACCESS}", ("WALK",), choices=MODES),
    Parameter("postTransitModes", "choices", f"From the last stop. {_ACCESS}", ("WALK",), choices=MODES),
    Parameter("maxPreTransitTime", "integer", "To the first stop, in seconds.", 900, 0, 7200),
    Parameter("maxPostTransitTime", "integer", "From the last stop, in seconds.", 900, 0, 7200),
    Parameter("maxDirectTime", "integer", "Of direct ways, in seconds; on foot at most 7200.", 1800, 0, 86400),
    Parameter("fastestDirectFactor", "number", "Nothing slower than so many times the direct way.", 10.0, 0.0, 1000.0),
    Parameter("radius", "number", "Use all stops so near a coordinate, in metres, at 1.5 m/s.", None, 0.0, 20_000.0),
    Parameter("pedestrianProfile", "choice", "WHEELCHAIR: only what is known to fit.", "FOOT", choices=_PROFILES),
    Parameter("pedestrianSpeed", "number", "Metres a second.", None, 0.2, 5.0),
    Parameter("cyclingSpeed", "number", "Metres a second.", None, 0.5, 15.0),
    Parameter("maxMatchingDistance", "number", _MATCHING, 250.0, 0.0, 100_000.0),
    Parameter("requireBikeTransport", "boolean", "Only trips known to take bicycles.", False),
    Parameter("requireCarTransport", "boolean", "Trips that take cars: no timetable says so.", False, refuse_true=True),
    Parameter("noCompulsoryReservation", "boolean", "No flexible legs nor booked rides; timetables do not say.", False),
    Parameter("detailedLegs", "boolean", "Show geometries.", True),
    Parameter("detailedTransfers", "boolean", "Show geometries of changes. Default: as `detailedLegs`."),
    Parameter("joinInterlinedLegs", "boolean", "One leg for what one stays seated through; else marked legs.", True),
    Parameter("withFares", "boolean", "Itineraries have a `price`; with this, also what else there would be.", False),
    CATEGORIES,
    CARDS,
    Parameter("withScheduledSkippedStops", "boolean", "Show stops where one can neither get on nor off.", False),
    Parameter("language", "texts", "Languages names are wanted in, the best first.", (), items_max=10),
    Parameter("timeout", "integer", "Cut the search off after so many seconds.", None, 0),
    Parameter("via", "texts", "Ids of stops or stations to pass, in this order; no coordinates.", (), items_max=2),
    Parameter("viaMinimumStay", "integers", "Minutes at each; 0: one may stay seated.", (0, 0), 0, 600, items_max=2),
    Parameter("excludedTransitModes", "choices", f"{_OURS}vehicles that may not be ridden.", (), choices=MODES),
    Parameter("maxWalkDistance", "number", f"{_OURS}metres on foot in all.", None, 0.0, 50_000.0),
    Parameter("optimize", "choice", f"{_OURS}also keep this low: journeys a little later.", "arrival", choices=_WISHES),
    Parameter("spontaneousRides", "boolean", f"{_OURS}also rides too late to book: one waits at the stop.", False),
    Parameter("bookingTime", "instant", f"{_OURS}when one would book what must be booked; else now."),
    Parameter("realtimeMode", "choice", _REALTIME, "REALTIME", choices=REALTIME_MODES),
    _ignored("algorithm", "choice", "There is one.", ("RAPTOR", "PONG", "TB")),
    _ignored("elevationCosts", "choice", "The streets' heights are not known.", ("NONE", "LOW", "HIGH")),
    _ignored("useRoutedTransfers", "boolean", "Changes follow the streets wherever these are known."),
    Parameter("passengers", "integer", "Who travels, all together; rides on demand have room for them.", 1, 1, 20),
    Parameter("children", "integer", f"{_OURS}so many of the passengers.", 0, 0, 19),
    Parameter("companions", "integer", f"{_OURS}so many go along with one in a wheelchair.", 0, 0, 19),
    _ignored("luggage", "integer", _LUGGAGE),
    _ignored("slowDirect", "boolean", "Every way that is best in something is shown."),
    _ignored("fastestSlowDirectFactor", "number", "Goes with `slowDirect`."),
    _ignored("numLegAlternatives", "integer", "Ask for later departures instead."),
    *(
        _ignored(f"{stage}{what}", "texts", _NO_RENTAL)
        for stage in ("direct", "preTransit", "postTransit")
        for what in ("RentalFormFactors", "RentalPropulsionTypes", "RentalProviders", "RentalProviderGroups")
    ),
    *(
        _ignored(f"ignore{stage}RentalReturnConstraints", "boolean", _NO_RENTAL)
        for stage in ("Direct", "PreTransit", "PostTransit")
    ),
    *(
        _ignored(f"vehicle{what}", "number", _NO_LORRIES)
        for what in ("Height", "Width", "Length", "Weight", "AxleCount", "AxleLoad", "TopSpeed")
    ),
    *(
        _ignored(f"vehicle{what}", "boolean", _NO_LORRIES)
        for what in ("Hazmat", "HazmatWater", "Trailer", "LezAccess")
    ),
)  # fmt: skip

_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What one question may ask for (settings)."""

    window_s_max: int = 86400
    time_limit_s: float = 10.0
    itineraries_max: int = 100
    walk_m_max: float = 2000.0


def read_question(
    pairs: Iterable[tuple[str, str]], now_s: int, limits: PlanLimits, body: Mapping[str, Any] | None = None
) -> Question:
    """The question of a request. `body`: of a POST, with offsets. Raises Problem."""
    pairs = list(pairs)
    values = parse(PARAMETERS, pairs)
    _refuse(values, limits)
    modes, flexible, by_stage = _read_vehicles(values)
    party = _read_party(values)
    time_limit_s = limits.time_limit_s
    if values["timeout"]:
        time_limit_s = min(time_limit_s, float(values["timeout"]))
    question = Question(
        origin=values["fromPlace"],
        destination=values["toPlace"],
        time_s=now_s if values["time"] is None else values["time"],
        arrive_by=values["arriveBy"],
        timetable_view=values["timetableView"],
        window_s=values["searchWindow"],
        itineraries=min(values["numItineraries"], limits.itineraries_max),
        itineraries_max=min(values["maxItineraries"] or limits.itineraries_max, limits.itineraries_max),
        cursor=read_cursor(values["pageCursor"]),
        max_transfers=_least(values["maxTransfers"], 7, TRANSFERS_MAX),
        max_travel_time_s=_least(values["maxTravelTime"], TRAVEL_MINUTES_MAX, TRAVEL_MINUTES_MAX) * 60,
        min_transfer_time_s=values["minTransferTime"] * 60,
        additional_transfer_time_s=values["additionalTransferTime"] * 60,
        transfer_time_factor=values["transferTimeFactor"],
        modes=modes,
        flexible=flexible,
        flexible_by_stage=by_stage,
        wheelchair=values["pedestrianProfile"] == "WHEELCHAIR",
        party=party,
        riders=read_riders(values, party),
        bikes=values["requireBikeTransport"],
        direct_modes=_street_modes(values, "directModes"),
        access_modes=_street_modes(values, "preTransitModes"),
        egress_modes=_street_modes(values, "postTransitModes"),
        max_access_s=values["maxPreTransitTime"],
        max_egress_s=values["maxPostTransitTime"],
        max_direct_s=values["maxDirectTime"],
        fastest_direct_factor=values["fastestDirectFactor"],
        walk_m_max=limits.walk_m_max,
        walked_m_max=values["maxWalkDistance"],
        walk_speed_m_s=values["pedestrianSpeed"],
        bike_speed_m_s=values["cyclingSpeed"],
        via=_read_via(values),
        optimize=Optimize(values["optimize"]),
        booked_s=now_s if values["bookingTime"] is None else values["bookingTime"],
        spontaneous=values["spontaneousRides"],
        matching_m=values["maxMatchingDistance"],
        radius_m=values["radius"],
        details=values["detailedLegs"],
        transfer_details=values["detailedLegs"]
        if values["detailedTransfers"] is None
        else values["detailedTransfers"],
        join_interlined=values["joinInterlinedLegs"],
        with_fares=values["withFares"],
        skipped_stops=values["withScheduledSkippedStops"],
        languages=values["language"],
        realtime=values["realtimeMode"],
        time_limit_s=time_limit_s,
        words={name: value for name, value in pairs if name in _BY_NAME},
    )
    if body:
        question = replace(
            question, access=_read_offsets(body, "fromOffsets"), egress=_read_offsets(body, "toOffsets")
        )
    return question


def _least(value: int | None, default: int, most: int) -> int:
    return default if value is None else min(value, most)


def _refuse(values: dict[str, Any], limits: PlanLimits) -> None:
    if values["searchWindow"] > limits.window_s_max:
        raise Problem(
            422,
            "too-large",
            f"« searchWindow » est limité à {limits.window_s_max} secondes ; continuez avec nextPageCursor.",
            f"'searchWindow' is limited to {limits.window_s_max} seconds; go on with nextPageCursor.",
            field="searchWindow",
        )


def _read_party(values: dict[str, Any]) -> Party:
    """Who travels. With the profile of a wheelchair one of them sits in one."""
    passengers, children, companions = (values[name] for name in ("passengers", "children", "companions"))
    passengers = max(passengers, len(values[CATEGORIES.name]))
    wheelchairs = int(values["pedestrianProfile"] == "WHEELCHAIR")
    adults = passengers - wheelchairs - children - companions
    if adults < 0 or companions > wheelchairs:
        raise Problem(
            422,
            "bad-parameter",
            "« passengers » compte tout le monde : enfants (children), accompagnateurs (companions, un au plus par "
            "fauteuil roulant) et la personne en fauteuil (pedestrianProfile=WHEELCHAIR).",
            "'passengers' counts everybody: children, companions (one a wheelchair at most) and whoever sits in a "
            "wheelchair (pedestrianProfile=WHEELCHAIR).",
            field="passengers",
        )
    return Party(adults, children, wheelchairs, companions)


def _read_vehicles(values: dict[str, Any]) -> tuple[int, int, tuple[int, int, int]]:
    """The vehicles that may be ridden, the flexible ones, and which of these to, from and instead of the others:
    those of `transitModes` everywhere, others where they are named."""
    modes, _ = read_modes(values["transitModes"])
    stages = ("preTransitModes", "postTransitModes", "directModes")
    pre, post, direct = (modes | read_modes({*values[name]} & FLEXIBLE)[0] for name in stages)
    ends = pre | post | direct
    excluded, not_vehicles = read_modes(values["excludedTransitModes"])
    if not_vehicles:
        raise Problem(
            422,
            "not-offered",
            f"« excludedTransitModes » ne prend que des véhicules, pas {', '.join(not_vehicles)}.",
            f"'excludedTransitModes' takes vehicles only, not {', '.join(not_vehicles)}.",
            field="excludedTransitModes",
        )
    flexible = 0 if values["noCompulsoryReservation"] else (modes | ends) & read_modes(FLEXIBLE)[0]
    if values["noCompulsoryReservation"]:
        modes &= ~(1 << Mode.FLEX)
        if not values["spontaneousRides"]:
            modes &= ~(1 << Mode.RIDE_SHARING)
    return modes & ~excluded, flexible & ~excluded, (pre, post, direct)


def _read_via(values: dict[str, Any]) -> tuple[GivenVia, ...]:
    stops, stays = values["via"], values["viaMinimumStay"]
    shown = ",".join(stops)  # as it was sent: a list is split at its commas
    if any(map(_is_coordinates, (*stops, shown))):
        raise Problem(
            422,
            "not-offered",
            f"« via » prend des identifiants d’arrêts, pas de coordonnées : « {shown[:60]} ». "
            "Cherchez un arrêt avec /api/v1/geocode?text=…&type=STOP.",
            f"'via' takes ids of stops, no coordinates: '{shown[:60]}'. "
            "Look a stop up with /api/v1/geocode?text=…&type=STOP.",
            field="via",
        )
    padded = (*stays, *(0 for _ in stops))  # a stay that is not given is none
    return tuple(GivenVia(stop, minutes * 60) for stop, minutes in zip(stops, padded, strict=False))


def _is_coordinates(text: str) -> bool:
    try:
        return parse_coordinates(text) is not None
    except CoordinatesError:
        return True


def read_cursor(text: str | None) -> Cursor | None:
    """A page cursor of an answer before. Raises Problem."""
    if text is None:
        return None
    direction, _, instant = text.partition("|")
    if direction not in ("LATER", "EARLIER") or not instant.isdecimal() or not 8 <= len(instant) <= 10:
        raise bad(
            _BY_NAME["pageCursor"],
            "a cursor of an answer before",
            "un curseur d’une réponse précédente",
            text,
        )
    return Cursor(direction == "LATER", int(instant))


def _street_modes(values: dict[str, Any], name: str) -> tuple[str, ...]:
    """The modes that have data; none of them left is refused, none asked for is none."""
    wanted = values[name]
    kept = tuple(dict.fromkeys(STREET_MODES[mode] for mode in wanted if mode in STREET_MODES))
    if wanted and not kept and not FLEXIBLE.intersection(wanted):
        offered = ", ".join(LEG_MODES)
        raise Problem(
            422,
            "not-offered",
            f"Aucun des modes de « {name} » n’est proposé : {', '.join(wanted)}. Proposés : {offered}.",
            f"None of the modes of '{name}' is offered: {', '.join(wanted)}. Offered: {offered}.",
            field=name,
        )
    return kept


def _read_offsets(body: Mapping[str, Any], name: str) -> tuple[GivenOffset, ...]:
    listed = body.get(name) or []
    parameter = Parameter(name, "text", "")
    if not isinstance(listed, list) or len(listed) > OFFSETS_MAX:
        raise bad(
            parameter,
            f"a list of at most {OFFSETS_MAX}",
            f"une liste d’au plus {OFFSETS_MAX}",
            str(type(listed)),
        )
    offsets = []
    for entry in listed:
        stop = entry.get("stopId") if isinstance(entry, dict) else None
        duration = entry.get("duration") if isinstance(entry, dict) else None
        mode = entry.get("mode", "WALK") if isinstance(entry, dict) else None
        usable = (
            isinstance(stop, str) and type(duration) is int and 0 <= duration <= 86400 and mode in LEG_MODES
        )
        if not usable:
            raise bad(
                parameter,
                "a list of {stopId, duration in seconds up to 86400, mode WALK, BIKE or CAR}",
                "une liste de {stopId, duration en secondes, mode WALK, BIKE ou CAR}",
                str(entry),
            )
        offsets.append(GivenOffset(str(stop), int(duration or 0), str(mode)))
    return tuple(offsets)
