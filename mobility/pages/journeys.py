"""The travellers' page at `/`: from, to and when become itineraries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mobility.journeys.places import Match, Resolved, parse_coordinates
from mobility.journeys.plan import plan
from mobility.journeys.prices import UnknownRiderError
from mobility.journeys.question import Question, riders_of
from mobility.journeys.serving import NothingToServeError, Serving
from mobility.pages.exchange_link import CHILD
from mobility.pages.form import FULL_FARE, Form, read_form, read_language
from mobility.pages.frame import render_page, style_sheet
from mobility.pages.itinerary_view import Day, ItineraryPresenter
from mobility.pages.wait_address import wait_address
from mobility.pages.wording import LANGUAGES, Wording
from routing.timetable import Mode
from ticketing.pricing.rider import Rider
from ticketing.tariff.tariff import Kind

FIELDS_MAX = 50
_RAIL = sum(
    1 << mode for mode in (Mode.HIGHSPEED_RAIL, Mode.LONG_DISTANCE, Mode.NIGHT_RAIL, Mode.REGIONAL_RAIL)
)

Json = dict[str, Any]

_LIVE_NOTES = {"live": "live_live", "stale": "live_stale"}
"""Words by the state of real time."""


class PageServices(Protocol):
    """What the page needs (`mobility.bootstrap.Services` is one)."""

    def current(self) -> Serving:
        """What a request answers from. Raises NothingToServeError."""
        ...


@dataclass(frozen=True, slots=True)
class Results:
    """An answer as the template shows it."""

    title: str
    days: list[Day]
    count_words: str
    reasons: list[tuple[str, str, str]]
    """Why there is nothing, in words, each with a link to search again from what there is, or "", and one to wait for
    a place, or ""."""
    earlier: str
    later: str
    cut_off: bool
    emissions_note: str
    streets: Json
    """How walking times are known, and whose map it is."""
    sources: list[Json]
    live_note: str
    """Whether times are real ones."""


OwnProducts = Callable[[Request, Rider], Rider]
"""A traveller with the passes, carnets and cards of whoever is signed in."""


def pages_router(
    services: PageServices, now: Callable[[], dt.datetime], own_products: OwnProducts
) -> APIRouter:
    """The pages' routes. `now` gives aware instants; with `own_products` a price is what the first traveller pays."""
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    def show_journeys(request: Request) -> Response:
        fields = _fields(request.scope["query_string"])
        words = Wording(read_language(fields))
        try:
            serving = services.current()
        except NothingToServeError:
            return _page(words, 503, form=None, results=None, synthetic="none")
        form, results = _answer(serving, fields, now(), words, partial(own_products, request))
        of_feeds = serving.network.catalogue.feed_synthetic
        # Legs are only marked where some are real: else the sentence on top says it all.
        synthetic = "all" if of_feeds.all() else "some" if of_feeds.any() else "none"
        status = 422 if form.is_sent and form.errors else 200
        return _page(words, status, form=form, results=results, synthetic=synthetic)

    @router.get("/page.css")
    def showstyle_sheet() -> Response:
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(style_sheet(), media_type="text/css", headers=headers)

    return router


def _fields(query_string: bytes) -> dict[str, str]:
    """The first value of each field. More fields than the form has are somebody's play: they are cut off."""
    pairs = parse_qsl(query_string.decode("latin-1")[:8000], keep_blank_values=True, separator="&")
    return dict(reversed(pairs[:FIELDS_MAX]))


def _answer(
    serving: Serving,
    fields: Mapping[str, str],
    now: dt.datetime,
    words: Wording,
    own_products: Callable[[Rider], Rider],
) -> tuple[Form, Results | None]:
    zone = ZoneInfo(serving.network.info.zones[0])
    categories, cards = _categories(serving, now, words), _cards(serving, now, words)
    form = read_form(fields, serving.places, zone, now, words, categories, cards)
    if (
        not form.is_complete
        or form.origin.place is None
        or form.destination.place is None
        or form.instant is None
    ):
        return form, None
    travellers = [
        replace(rider, category=form.category, cards=form.cards) if rider.category == FULL_FARE else rider
        for rider in riders_of(form.party)
    ]
    question = Question(
        origin=form.origin.place.word,
        destination=form.destination.place.word,
        origin_name=form.origin.place.name,
        destination_name=form.destination.place.name,
        time_s=int(form.instant.instant.timestamp()),
        arrive_by=form.arrive_by,
        cursor=form.cursor,
        party=form.party,
        riders=(own_products(travellers[0]), *travellers[1:]),
        optimize=form.optimize,
        wheelchair=form.party.wheelchairs > 0,
        details=False,
        transfer_details=False,
        languages=(words.language,),
    )
    riders = tuple("+".join((rider.category, *rider.cards)) for rider in travellers)
    ends = form.origin.place, form.destination.place
    try:
        answer = plan(serving, question)
    except UnknownRiderError as error:  # the tariff of that day is another one
        form.errors["category"] = words(f"{error.kind}_wrong")
        return form, None
    return form, _results(answer, form, ends, zone, words, riders)


def _categories(serving: Serving, now: dt.datetime, words: Wording) -> list[tuple[str, str]]:
    """As what grown-ups may travel by the tariff of the day, with its names; children are counted apart."""
    tariff = serving.prices.tariff_of(int(now.timestamp()))
    return [
        (one.id, one.name_fr if words.language == "fr" else one.name_en)
        for one in (tariff.categories if tariff else ())
        if one.id != CHILD
    ]


def _cards(serving: Serving, now: dt.datetime, words: Wording) -> list[tuple[str, str]]:
    """What reduces prices by the tariff of the day, with its names."""
    tariff = serving.prices.tariff_of(int(now.timestamp()))
    return [
        (one.id, one.name_fr if words.language == "fr" else one.name_en)
        for one in (tariff.products if tariff else ())
        if one.kind is Kind.CARD
    ]


def _results(
    answer: Json,
    form: Form,
    ends: tuple[Resolved, Resolved],
    zone: ZoneInfo,
    words: Wording,
    riders: tuple[str, ...],
) -> Results:
    origin, destination = (end.name for end in ends)
    is_town = (_is_town(ends[0]), _is_town(ends[1]))
    presenter = ItineraryPresenter(words, zone, is_town, riders, form.exchange)
    itineraries = answer["itineraries"] + answer["direct"]
    method = answer["emissionsMethod"]
    return Results(
        title=words("title_results", origin=origin, destination=destination),
        days=presenter.list_days(itineraries),
        count_words=words.count("results", len(itineraries))
        if len(itineraries) != 1
        else words("results_one"),
        reasons=[
            (reason[words.language], _link_from(reason, form, zone), _wait_link(reason, form))
            for reason in answer.get("reasons", ())
        ],
        earlier=form.link(page=answer["previousPageCursor"]),
        later=form.link(page=answer["nextPageCursor"]),
        cut_off=answer["cutOff"],
        emissions_note=words("emissions_note", source=method["source"], version=method["version"]),
        streets=answer["streets"],
        sources=answer["attributions"],
        live_note=words(_LIVE_NOTES.get(answer["liveData"]["state"], "live_none")),
    )


def _is_town(end: Resolved) -> bool:
    return end.stop is None and parse_coordinates(end.name) is None


def _link_from(reason: Json, form: Form, zone: ZoneInfo) -> str:
    """Where to look instead: the departure a reason names."""
    if "nextDeparture" not in reason:
        return ""
    local = dt.datetime.fromisoformat(reason["nextDeparture"]).astimezone(zone)
    return form.link(
        date=local.date().isoformat(),
        time=f"{local:%H:%M}",
        by="",
        page="",
        hour="second" if local.fold else "",
    )


def _wait_link(reason: Json, form: Form) -> str:
    """Where one waits for a place in a service that is full."""
    if "waitFor" not in reason:
        return ""
    return wait_address(reason["serviceId"], reason["waitFor"], form.party, form.language)


def _page(words: Wording, status: int, **shown: Any) -> HTMLResponse:
    return render_page(
        words,
        "journeys.html",
        status,
        languages=LANGUAGES,
        describe_choice=lambda match: _describe_choice(match, words),
        **shown,
    )


def _describe_choice(match: Match, words: Wording) -> str:
    """What tells a choice from others of its name: what it is, and where."""
    kind = "station" if match.kind == "stop" and match.modes & _RAIL else match.kind
    return ", ".join([words(f"kind_{kind}"), *(area.name for area in match.areas if area.name != match.name)])
