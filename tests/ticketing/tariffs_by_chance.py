"""Tariffs, journeys and parties drawn by lot: small enough to try everything, odd enough to meet every rule."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from ground.paris import PARIS
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.fares.tables import FareAttribute, FeedFares
from ticketing.pricing.rider import HeldPass, HeldUnits, Rider, Spent
from ticketing.tariff.read_tariff import read_tariff
from ticketing.tariff.tariff import Tariff

CATEGORIES = ("adult", "youth", "pupil")
NETWORKS = {"rail": FareMode.RAIL, "road": FareMode.COACH, "city": FareMode.CITY}
FEEDS = {"f": FeedFares("f", fares=(FareAttribute("fare_attributes.txt:2", "x", 170, "EUR", 1),))}
"""One fare of one feed, good for one change."""


@dataclass(frozen=True)
class Question:
    """All that `cheapest` is given."""

    legs: tuple[FareLeg, ...]
    riders: tuple[Rider, ...]
    tariff: Tariff
    feed_fares: dict[str, FeedFares]
    bought_s: int


def draw_question(seed: int, legs_max: int = 5) -> Question:
    """The question of a number: always the same."""
    lots = random.Random(seed)
    party = lots.choices((1, 2, 3, 4), (60, 25, 10, 5))[0]
    legs = lots.randint(1, max(1, min(legs_max, (5, 3, 2, 1)[party - 1])))
    tariff = draw_tariff(lots, 8 if party == 1 else 5)
    # nights on which clocks change, holidays, and any day
    day = lots.choice(
        (dt.date(2026, 10, 24), dt.date(2026, 3, 28), dt.date(2026, 5, 1), dt.date(2026, 1, 31))
    )
    day += dt.timedelta(days=lots.choice((0, 0, 1, 2, 30)))
    start_s = int(
        dt.datetime(day.year, day.month, day.day, lots.choice((1, 4, 8, 12, 23)), 5, tzinfo=PARIS).timestamp()
    )
    journey = _draw_legs(lots, legs, start_s)
    riders = tuple(_draw_rider(lots, tariff, journey) for _ in range(party))
    if party > 1 and lots.random() < 0.4:
        riders = (riders[0],) * party
    return Question(journey, riders, tariff, FEEDS, start_s - 3600)


def _draw_legs(lots: random.Random, count: int, time_s: int) -> tuple[FareLeg, ...]:
    legs = []
    place = "a"
    for _ in range(count):
        to = lots.choice([one for one in "abc" if one != place])
        time_s += 60 * lots.choice((0, 5, 20, 40, 70, 300))
        arrival_s = time_s + 60 * lots.choice((10, 30, 60))
        kind = lots.choice(("rail", "rail", "road", "road", "city", "city", "pool", "demand", "feed"))
        mode = NETWORKS.get(
            kind, {"pool": FareMode.CARPOOL, "demand": FareMode.ON_DEMAND}.get(kind, FareMode.COACH)
        )
        fixed = {"pool": 150, "demand": 310}.get(kind)
        feed = {"pool": "", "demand": "", "feed": "f"}.get(kind, "r")
        legs.append(
            FareLeg(
                mode, _stop(place, lots), _stop(to, lots), time_s, arrival_s, lots.randint(500, 90_000), feed,
                "", "", "", ("z3",) if lots.random() < 0.1 else (), fixed if lots.random() < 0.9 else None,
            )
        )  # fmt: skip
        place, time_s = to, arrival_s
    return tuple(legs)


def _stop(place: str, lots: random.Random) -> FareStop:
    zone = {"a": "z1", "b": "z2", "c": "z1"}[place]
    return FareStop(
        f"{place}{lots.randint(1, 2)}", station_id=place, zone_id=zone if lots.random() < 0.9 else ""
    )


def draw_tariff(lots: random.Random, products_max: int) -> Tariff:
    """A tariff of a few products."""
    products = [_single(lots, n) for n in range(lots.randint(1, 3))]
    for n in range(lots.randint(1, products_max - len(products))):
        products.append(_derived(lots, n, [one for one in products if one["kind"] == "single"]))
    written = {
        "id": "by-chance",
        "title_fr": "au hasard",
        "title_en": "by chance",
        "valid_from": "2025-01-01",
        "vat": {"mode": "line", "permille": 100},
        "rounding": {
            "to_cents": lots.choice((1, 5, 10)),
            "direction": lots.choice(("down", "up", "nearest")),
        },
        "categories": [_named(one) for one in CATEGORIES],
        "networks": [
            *(
                _named(one) | {"operator": one, "select": [{"feed": "r", "mode": mode.value}]}
                for one, mode in NETWORKS.items()
            ),
            _named("pool") | {"operator": "pool", "select": [{"mode": "carpool"}]},
            _named("demand") | {"operator": "demand", "select": [{"mode": "on-demand"}]},
        ],
        "zones": lots.choice(({}, {"z9": ["b"]}, {"z9": ["a1"], "z8": ["b"]})),
        "times": [
            _named("day-time")
            | {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "until": "16:00"},
            _named("free-days") | {"days": ["sat", "sun", "holiday"]},
        ],
        "reductions": [_reduction(lots, n, products) for n in range(lots.randint(0, 4))],
        "products": products,
    }
    return read_tariff(written)


def _named(name: str) -> dict[str, Any]:
    return {"id": name, "name_fr": name, "name_en": name}


def _some(lots: random.Random, *extra: str) -> list[str]:
    known = [*NETWORKS, *extra]
    return lots.sample(known, lots.randint(1, len(known)))


def _single(lots: random.Random, n: int) -> dict[str, Any]:
    made: dict[str, Any] = _named(f"single-{n}") | {"kind": "single"}
    kind = lots.choice(("flat", "flat", "flat", "bands", "zones", "asked"))
    if kind == "asked":
        return made | {
            "networks": lots.sample(["pool", "demand"], lots.randint(1, 2)),
            "fare": {"kind": "asked"},
        }
    made["networks"] = _some(lots, "pool")
    if kind == "bands":
        bands = [{"from_km": 0, "a": "0.6971", "b": "0.1742"}, {"from_km": 17, "a": "0.2243", "b": "0.1940"}]
        made["fare"] = {"kind": "bands", "bands": bands, "step_cents": 10, "minimum_cents": 120}
        made |= {"is_joined": True, "within_min": lots.choice((10, 60))} if lots.random() < 0.7 else {}
    elif kind == "zones":
        made["fare"] = {"kind": "zones", "zone_cents": lots.choice(([100], [100, 160], [90, 190, 230]))}
    else:
        made["fare"] = {"kind": "flat", "cents": lots.choice((100, 120, 150, 199, 333))}
    if kind != "bands" and lots.random() < 0.7:
        made["within_min"] = lots.choice((30, 60, 120))
        made["is_joined"] = lots.random() < 0.2
    if lots.random() < 0.2:
        made["cents_of"] = {"youth": lots.choice((0, 60, 77))}
    return made | _whom(lots)


def _whom(lots: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if lots.random() < 0.15:
        made["categories"] = lots.sample(CATEGORIES, lots.randint(1, 2))
    if lots.random() < 0.15:
        made["times"] = [lots.choice(("day-time", "free-days"))]
    return made


def _derived(lots: random.Random, n: int, singles: list[dict[str, Any]]) -> dict[str, Any]:
    kind = lots.choice(("return", "transfer", "transfer", "carnet", "pass", "pass", "group", "cap", "cap"))
    made: dict[str, Any] = _named(f"{kind}-{n}") | {"kind": kind} | _whom(lots)
    base = lots.choice(singles)
    flat = {"kind": "flat", "cents": lots.choice((0, 180, 240, 400, 650))}
    impossible = {"carnet": base["fare"]["kind"] != "flat", "return": base["fare"]["kind"] == "asked"}
    if impossible.get(kind):
        kind = made["kind"] = "transfer"
    match kind:
        case "return":
            return made | {"base": base["id"], "permille": lots.choice((500, 850, 900, 1000))}
        case "transfer":
            return made | {
                "base": base["id"],
                "free_networks": _some(lots, "pool", "demand"),
                "within_min": lots.choice((10, 30, 60)),
                "surcharge_cents": lots.choice((0, 0, 20)),
            }
        case "carnet":
            shared = {"is_shared": lots.random() < 0.5, "valid_days": lots.choice((1, 365))}
            return made | {"base": base["id"], "units": lots.choice((2, 3, 5)), "fare": flat} | shared
        case "pass":
            if lots.random() < 0.25:
                flat = {"kind": "zones", "zone_cents": [150, 260]}
            valid = lots.choice(
                ({"period": "day"}, {"period": "week"}, {"hours": 2}, {"period": "month"}, {"period": "year"})
            )
            return made | {"networks": _some(lots, "pool", "demand"), "fare": flat} | valid
        case "group":
            valid = lots.choice(({"period": "day"}, {"within_min": 90}))
            size = {"riders_min": lots.choice((1, 2)), "riders_max": lots.choice((2, 3, 5))}
            return made | {"networks": _some(lots, "pool"), "fare": flat} | size | valid
    period = lots.choice(("day", "week", "month"))
    made |= {"networks": _some(lots, "pool", "demand"), "period": period, "fare": flat}
    return made | ({"cents_of": {"youth": 120}} if lots.random() < 0.3 else {})


def _reduction(lots: random.Random, n: int, products: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = _named(f"reduction-{n}")
    made["off_permille"] = lots.choice((0, 100, 333, 500, 750))
    for field, value in (
        ("slot", "one"),
        ("categories", lots.sample(CATEGORIES, lots.randint(1, 2))),
        ("party_min", 2),
        ("times", ["free-days"]),
        ("networks", _some(lots)),
        ("products", [lots.choice(products)["id"]]),
        ("cents", 55),
    ):
        if lots.random() < 0.3:
            made[field] = value
    return made


def _draw_rider(lots: random.Random, tariff: Tariff, legs: tuple[FareLeg, ...]) -> Rider:
    passes, units = [], []
    for product in tariff.products:
        if product.kind == "pass" and lots.random() < 0.2:
            zones = lots.choice(((), ("rail",), ("z1", "z2")))
            passes.append(
                HeldPass(
                    product.id,
                    legs[0].departure_s - lots.choice((0, 9999)),
                    legs[-1].departure_s + lots.choice((0, 1)),
                    zones,
                )
            )
        if product.kind == "carnet" and lots.random() < 0.4:
            units.append(
                HeldUnits(product.id, lots.randint(0, 3), legs[-1].departure_s + lots.choice((0, 1, 99)))
            )
    spent = []
    for _ in range(lots.choice((0, 0, 1, 3))):
        product = lots.choice(tariff.products)
        before_s = lots.choice((1, 3600, 86_400, 5 * 86_400))
        cents = product.fare.cents if product.fare else lots.choice((100, 150))
        spent.append(
            Spent(product.id, lots.choice([*NETWORKS, "pool"]), cents, legs[0].departure_s - before_s)
        )
    return Rider(lots.choice(CATEGORIES), (), tuple(passes), tuple(units), tuple(spent))
