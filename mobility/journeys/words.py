"""A network's words in one language, as ready parts of answers: places, lines, agencies."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from gtfs_feeds.catalogue import Catalogue, text
from gtfs_feeds.network import Network
from routing.timetable import Mode

Json = dict[str, Any]

ACCESSIBILITY = {1: "ACCESSIBLE", 2: "NOT_ACCESSIBLE"}


class Words:
    """Ready parts, each made once and copied into answers. `language` "" is as published."""

    def __init__(self, network: Network, language: str = "") -> None:
        self._network = network
        self._catalogue: Catalogue = network.catalogue
        self._translated = _translations(network.catalogue, language)
        self._places: dict[int, Json] = {}
        self._lines: dict[tuple[int, int], Json] = {}

    def read(self, index: int) -> str:
        """The text at an index of the pool, translated where there is a translation."""
        return text(self._catalogue, self._translated.get(index, index))

    def place(self, stop: int) -> Json:
        """The API's Place of a stop, without times. Not to be changed: copy it."""
        place = self._places.get(stop)
        if place is None:
            place = self._places[stop] = self._make_place(stop)
        return place

    def _make_place(self, stop: int) -> Json:
        catalogue, timetable = self._catalogue, self._network.timetable
        place: Json = {
            "name": self.read(int(catalogue.stop_name_text[stop])),
            "stopId": text(catalogue, int(catalogue.stop_id_text[stop])),
            "lat": float(timetable.stop_lat[stop]),
            "lon": float(timetable.stop_lon[stop]),
            "vertexType": "TRANSIT",
        }
        parent = int(timetable.stop_parent[stop])
        if math.isnan(place["lat"]) or math.isnan(
            place["lon"]
        ):  # a node or boarding area may have no coordinates
            located = parent >= 0 and not math.isnan(float(timetable.stop_lat[parent]))
            place["lat"] = float(timetable.stop_lat[parent]) if located else 0.0
            place["lon"] = float(timetable.stop_lon[parent]) if located else 0.0
        if parent >= 0:
            place["parentId"] = text(catalogue, int(catalogue.stop_id_text[parent]))
        for name, value in (
            ("tz", text(catalogue, int(catalogue.stop_zone_text[stop]))),
            ("stopCode", text(catalogue, int(catalogue.stop_code_text[stop]))),
            ("description", self.read(int(catalogue.stop_desc_text[stop]))),
            ("track", text(catalogue, int(catalogue.stop_platform_text[stop]))),
            ("scheduledTrack", text(catalogue, int(catalogue.stop_platform_text[stop]))),
            ("wheelchair", ACCESSIBILITY.get(int(timetable.stop_wheelchair[stop]))),
        ):
            if value:
                place[name] = value
        level = float(catalogue.stop_level[stop])
        if not math.isnan(level):
            place["level"] = level
        return place

    def line(self, route: int, mode: int) -> Json:
        """What a leg or departure says of its route and agency. Not to be changed: copy it."""
        line = self._lines.get((route, mode))
        if line is None:
            line = self._lines[(route, mode)] = self._make_line(route, mode)
        return line

    def _make_line(self, route: int, mode: int) -> Json:
        catalogue = self._catalogue
        agency = int(catalogue.route_agency[route])
        feed = int(catalogue.agency_feed[agency])
        line: Json = {
            "mode": Mode(mode).name,
            "agencyId": text(catalogue, int(catalogue.agency_id_text[agency])),
            "agencyName": self.read(int(catalogue.agency_name_text[agency])),
            "agencyUrl": text(catalogue, int(catalogue.agency_url_text[agency])),
            "routeId": text(catalogue, int(catalogue.route_id_text[route])),
            "routeShortName": self.read(int(catalogue.route_short_name_text[route])),
            "routeLongName": self.read(int(catalogue.route_long_name_text[route])),
            "routeType": int(catalogue.route_type[route]),
        }
        for name, value in (
            ("agencyFareUrl", text(catalogue, int(catalogue.agency_fare_url_text[agency]))),
            ("agencyPhone", text(catalogue, int(catalogue.agency_phone_text[agency]))),
            ("routeColor", _colour(int(catalogue.route_color[route]))),
            ("routeTextColor", _colour(int(catalogue.route_text_color[route]))),
        ):
            if value:
                line[name] = value
        if catalogue.feed_synthetic[feed]:
            line["synthetic"] = True
        return line

    def list_attributions(self, feeds: set[int]) -> list[Json]:
        """Whose data an answer shows, by feed: publisher, attributions.txt, and whether it is synthetic."""
        return [self._attribution(feed) for feed in sorted(feeds)]

    def _attribution(self, feed: int) -> Json:
        catalogue = self._catalogue
        shown: Json = {
            "feed": text(catalogue, int(catalogue.feed_id_text[feed])),
            "publisherName": text(catalogue, int(catalogue.feed_publisher_name_text[feed])),
            "publisherUrl": text(catalogue, int(catalogue.feed_publisher_url_text[feed])),
            "version": text(catalogue, int(catalogue.feed_version_text[feed])),
            "synthetic": bool(catalogue.feed_synthetic[feed]),
        }
        listed = text(catalogue, int(catalogue.feed_attributions_text[feed]))
        shown["attributions"] = json.loads(listed) if listed else []
        return shown


def feed_of_route(catalogue: Catalogue, route: int) -> int:
    """The feed a route was published in."""
    return int(catalogue.agency_feed[catalogue.route_agency[route]])


def _colour(value: int) -> str:
    return f"{value:06X}" if value >= 0 else ""


def _translations(catalogue: Catalogue, language: str) -> dict[int, int]:
    if not language:
        return {}
    languages = np.asarray(catalogue.translation_lang_text)
    wanted = [int(index) for index in np.unique(languages) if text(catalogue, int(index)) == language]
    chosen = np.flatnonzero(np.isin(languages, wanted))
    return dict(
        zip(
            catalogue.translation_text[chosen].tolist(),
            catalogue.translation_to_text[chosen].tolist(),
            strict=True,
        )
    )
