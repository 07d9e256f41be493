"""Invented alerts, in French and English."""

from __future__ import annotations

from random import Random

import numpy as np
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.catalogue import route_name, stop_name, text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from routing.clock import day_start_s, service_day_of

ROUTES_PER_ALERT, STOPS_PER_ALERT, ALERTS_MAX = 25, 400, 40

_Alert = gtfs_rt.Alert
_OF_ROUTE = (
    (
        *(_Alert.CONSTRUCTION, _Alert.DETOUR, _Alert.WARNING),
        *("Travaux sur la ligne {name}", "Roadworks on line {name}"),
        "Déviation pendant les travaux : prévoyez quelques minutes de plus.",
        "Diversion during roadworks: allow a few more minutes.",
    ),
    (
        *(_Alert.WEATHER, _Alert.SIGNIFICANT_DELAYS, _Alert.WARNING),
        *("Intempéries : retards ligne {name}", "Bad weather: delays on line {name}"),
        "Les chaussées sont glissantes, les véhicules roulent au pas.",
        "Roads are slippery and vehicles are slow.",
    ),
    (
        *(_Alert.STRIKE, _Alert.REDUCED_SERVICE, _Alert.SEVERE),
        *(
            "Mouvement social : service réduit ligne {name}",
            "Industrial action: reduced service on line {name}",
        ),
        "Consultez les horaires avant de partir.",
        "Check times before you travel.",
    ),
)
_OF_STOP = (
    (
        *(_Alert.TECHNICAL_PROBLEM, _Alert.ACCESSIBILITY_ISSUE, _Alert.INFO),
        *("Ascenseur en panne : {name}", "Lift out of order: {name}"),
        "L'accès aux quais en fauteuil roulant n'est pas possible.",
        "Platforms cannot be reached by wheelchair.",
    ),
    (
        *(_Alert.MAINTENANCE, _Alert.STOP_MOVED, _Alert.INFO),
        *("Arrêt déplacé : {name}", "Stop moved: {name}"),
        "L'arrêt est reporté de 50 mètres.",
        "The stop has been moved by 50 metres.",
    ),
)
_INVENTED = ("Information fictive, à des fins de démonstration.", "Invented for a demonstration.")


def add_alerts(
    message: gtfs_rt.FeedMessage, network: Network, index: FeedIndex, now_s: int, seed: int
) -> None:
    """The alerts of the day: the same ones all day long, each in force for some hours or all of it."""
    catalogue, info = network.catalogue, network.info
    day = service_day_of(now_s, info.zones[0])
    start_s = day_start_s(day, info.zones[0])
    draw = Random(f"{seed}|{index.feed_id}|{day}")
    routes = sorted(index.route_of.values())
    stops = np.flatnonzero(catalogue.stop_feed[: info.boardable_count] == index.feed).tolist()
    for kind, everything, per_alert, texts in (
        ("route", routes, ROUTES_PER_ALERT, _OF_ROUTE),
        ("stop", stops, STOPS_PER_ALERT, _OF_STOP),
    ):
        count = min(-(-len(everything) // per_alert), ALERTS_MAX)
        for nth, chosen in enumerate(draw.sample(everything, count)):
            cause, effect, severity, header_fr, header_en, told_fr, told_en = draw.choice(texts)
            begins_s = start_s + draw.choice((0, 6, 7, 10)) * 3600
            ends_s = begins_s + draw.choice((4, 8, 24)) * 3600
            alert = message.entity.add(id=f"alert-{kind}-{day:%Y%m%d}-{nth}").alert
            alert.cause, alert.effect, alert.severity_level = cause, effect, severity
            alert.active_period.add(start=begins_s, end=ends_s)
            selector = alert.informed_entity.add()
            if kind == "route":
                name = route_name(catalogue, chosen, "")
                selector.route_id = index.own_id(text(catalogue, int(catalogue.route_id_text[chosen])))
            else:
                name = stop_name(catalogue, chosen)
                selector.stop_id = index.own_id(text(catalogue, int(catalogue.stop_id_text[chosen])))
            for lang, header, told, invented in (
                ("fr", header_fr, told_fr, _INVENTED[0]),
                ("en", header_en, told_en, _INVENTED[1]),
            ):
                alert.header_text.translation.add(language=lang, text=header.format(name=name))
                alert.description_text.translation.add(language=lang, text=f"{told} {invented}")
