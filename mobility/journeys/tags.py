"""What each option is best in, in words: why it is shown beside the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from mobility.journeys.words import Json

Measure = Callable[[Json], float | None]
"""The less the better; None: not known."""

EARLIEST = "EARLIEST_ARRIVAL", "Arrivée la plus tôt", "Earliest arrival"
LATEST = "LATEST_DEPARTURE", "Départ le plus tard", "Latest departure"


def add_tags(options: Sequence[Json], arrive_by: bool) -> None:
    """Tag all options that are shown, by what they show; what all are alike in tags none of them."""
    for option in options:
        option["tags"] = []
    in_time = (LATEST, _departs_early_s) if arrive_by else (EARLIEST, _arrives_s)
    for (code, french, english), measure in (in_time, *_MEASURES):
        known = [(value, option) for option in options if (value := measure(option)) is not None]
        if not known:
            continue
        values = [value for value, _ in known]
        if min(values) == max(values):
            continue
        for value, option in known:
            if value == min(values):
                option["tags"].append({"code": code, "fr": french, "en": english})


def _walked_m(option: Json) -> float:
    return float(sum(leg["distance"] for leg in option["legs"] if leg["mode"] == "WALK"))


def _emissions_g(option: Json) -> float | None:
    grams = option["emissions"]["co2e_g"]
    return None if grams is None else float(grams)


def _cents(option: Json) -> float | None:
    price = option.get("price", "unknown")
    return None if price == "unknown" else float(price["cents"])


def _arrives_s(option: Json) -> float:
    return dt.datetime.fromisoformat(option["endTime"]).timestamp()


def _departs_early_s(option: Json) -> float:
    return -dt.datetime.fromisoformat(option["startTime"]).timestamp()


_MEASURES: tuple[tuple[tuple[str, str, str], Measure], ...] = (
    (("FASTEST", "Le plus rapide", "Fastest"), lambda option: float(option["duration"])),
    (
        ("FEWEST_TRANSFERS", "Le moins de correspondances", "Fewest changes"),
        lambda option: float(option["transfers"]),
    ),
    (("LEAST_WALKING", "Le moins de marche", "Least walking"), _walked_m),
    (("LOWEST_EMISSIONS", "Le moins d’émissions", "Lowest emissions"), _emissions_g),
    (("LOWEST_PRICE", "Le moins cher", "Lowest price"), _cents),
)
