"""`mobility tariff what-if`, typed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from ground.signed import sign
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.person import Person
from mobility.acts.sales.basket import OrderWish, order
from mobility.acts.sales.complete import complete_in
from mobility.acts.sales.offer import OfferWish, RiderWish, offer
from mobility.acts.sales.payment_fold import CAPTURED, CHARGE
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.tariffs import publish_tariff
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.migrated import seed
from tests.mobility.cli.conftest import Run
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.journey import OfferedJourney
from ticketing.tariff.read_tariff import read_tariff_text

NOW = dt.datetime(2026, 3, 10, 8, tzinfo=dt.UTC)

TARIFF = """
id = "line"
title_fr = "Ligne"
title_en = "Line"
valid_from = "2026-01-01"
vat = { mode = "line", permille = 100 }
rounding = { to_cents = 1, direction = "nearest" }

[[categories]]
id = "adult"
name_fr = "Adulte"
name_en = "Adult"
[[categories]]
id = "youth"
name_fr = "Jeune"
name_en = "Youth"

[[networks]]
id = "coach"
name_fr = "Cars"
name_en = "Coaches"
operator = "coaches"
select = [{ mode = "coach" }]

[[reductions]]
id = "youth"
name_fr = "Jeunes"
name_en = "Young people"
categories = ["youth"]
off_permille = 500

[[products]]
id = "single"
kind = "single"
name_fr = "Ticket"
name_en = "Single"
networks = ["coach"]
fare = { kind = "flat", cents = 150 }
"""


def _sell(services: Services, lat: float, lon: float, *riders: RiderWish) -> None:
    """A coach ride from there, bought and paid by Théa."""
    sales, now_s = services.sales, int(NOW.timestamp())
    start = FareStop("a", lat=lat, lon=lon)
    leg = FareLeg(FareMode.COACH, start, FareStop("b"), now_s + 3600, now_s + 5400, 20_000)
    journey = sign(OfferedJourney((leg,), expires_s=now_s + 900), sales.journey_key)
    buyer = Caller("thea", frozenset((Role.TRAVELLER,)))
    offered = offer(sales, buyer, OfferWish((journey,), (), riders))
    made = order(sales, buyer, OrderWish(tuple(one.token for one in offered))).order
    with services.unit_of_work() as work:
        payment = Payment(
            f"pay-{made.id}", made.id, CHARGE, "till", made.cents, CAPTURED, "ref", NOW, NOW,
            captured_cents=made.cents,
        )  # fmt: skip
        work.orders.put_payment(payment)
        hold = {"hold": payment.id, "provider": "till", "amount_cents": made.cents}
        post(work, made, [("hold", hold), ("capture", hold)], NOW)
        complete_in(work, sales, made, payment)
        work.commit()


@pytest.fixture(scope="module")
def sold_in_march(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a few sales: in Besançon, in Dole."""
    folder = tmp_path_factory.mktemp("march")
    seed(folder)
    with build_services(Settings(data_dir=folder), lambda: NOW) as services:
        publish_tariff(services.acts, SYSTEM, json.loads(read_tariff_text(TARIFF).canonical))
        with services.unit_of_work() as work:
            work.accounts.put_person(Person("thea", "f" * 32, frozenset((Role.TRAVELLER,)), NOW))
            work.commit()
        _sell(services, 47.2380, 6.0240, RiderWish(), RiderWish("youth"))
        _sell(services, 47.0950, 5.4900, RiderWish())
    return folder


@pytest.fixture
def month(run: Run, sold_in_march: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on that folder, in one with the draft."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(sold_in_march))
    draft = TARIFF.replace("cents = 150", "cents = 200").replace("off_permille = 500", "off_permille = 750")
    (tmp_path / "draft.toml").write_text(draft, encoding="utf-8")
    return run


def test_revenue_winners_and_losers(month: Run) -> None:
    ended = month("tariff", "what-if", "2026-03", "--tariff", "draft.toml", "--json")
    assert ended.code == 0, ended.err
    made = json.loads(ended.out)["comparison"]
    assert made["total"] | {"name": ""} == {
        "name": "", "travellers": 3, "before_cents": 375, "after_cents": 450, "winners": 1, "won_cents": 25,
        "losers": 2, "lost_cents": 100,
    }  # fmt: skip
    assert {one["name"]: one["after_cents"] for one in made["by_category"]} == {"adult": 400, "youth": 50}
    assert {one["name"]: one["before_cents"] for one in made["by_commune"]} == {"Besançon": 225, "Dole": 150}


def test_for_people(month: Run) -> None:
    said = month("tariff", "what-if", "2026-03", "--tariff", "draft.toml").out
    assert "2 orders, 3 travellers: 3.75 € before, 4.50 € after, +0.75 €" in said
    assert "Besançon" in said
    assert "youth" in said


def test_refusals_say_why(month: Run, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('id = "x"\n', encoding="utf-8")
    for words, why in (
        (("2026-13", "--tariff", "draft.toml"), "no month"),
        (("2026-03", "--tariff", "nothing.toml"), "cannot be read"),
        (("2026-03", "--tariff", "wrong.toml"), "title_fr"),
    ):
        ended = month("tariff", "what-if", *words)
        assert ended.code == 1
        assert why in ended.err
