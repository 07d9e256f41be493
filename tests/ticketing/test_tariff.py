"""Tariffs as data: distances, zones, days, reductions; what is wrong in a file is said all at once."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from ground.paris import PARIS
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price, PriceUnknown
from ticketing.pricing.products import ProductError, product_line
from ticketing.pricing.rider import HeldPass, HeldUnits, Rider, Spent
from ticketing.sales.vat import vat_included, vat_of_lines
from ticketing.tariff.days import Period, calendar_day, fare_day, fare_day_start_s, next_period, period_span_s
from ticketing.tariff.fare import Band, Fare, FareKind
from ticketing.tariff.read_tariff import TariffError, parse_tariff, read_tariff, read_tariff_text
from ticketing.tariff.tariff import Tariff, in_force, is_holiday

DEMO = Path(__file__).parents[2] / "mobility" / "demo" / "tariff.toml"
SNCF_BANDS = (
    (0, 697_100, 174_200), (17, 224_300, 194_000), (33, 1_855_100, 143_200), (65, 2_588_300, 133_300),
    (110, 3_660_900, 127_700), (150, 7_244_500, 106_900), (200, 6_950_100, 108_300), (301, 12_232_800, 92_400),
    (500, 16_528_000, 82_500), (800, 28_854_600, 67_600),
)  # fmt: skip
SNCF_CENTS = {
    1: 120, 16: 350, 17: 360, 32: 650, 33: 660, 50: 910, 64: 1110, 65: 1130, 100: 1600, 150: 2330, 200: 2870,
    300: 3950,
}  # fmt: skip
"""tarification.blogspot.com/2011/08: the normal second class of 2011."""

NAMED = {"id": "x", "name_fr": "x", "name_en": "x"}


@pytest.fixture(scope="module")
def tariff() -> Tariff:
    return read_tariff_text(DEMO.read_text(encoding="utf-8"))


def _s(month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(dt.datetime(2026, month, day, hour, minute, tzinfo=PARIS).timestamp())


def _leg(mode: str, way: str, departure_s: int, minutes: int = 30, **more: Any) -> FareLeg:
    agency = {"rail": "TER", "coach": "CARS", "city": "BUS-DIJON"}.get(mode, "")
    feed = "demo" if agency else ""
    given = {"distance_m": 30_000, "feed_id": feed, "agency_id": agency} | more
    ends = (FareStop(way[0]), FareStop(way[1]))
    return FareLeg(FareMode(mode), *ends, departure_s, departure_s + 60 * minutes, **given)


def _price(tariff: Tariff, legs: list[FareLeg], *riders: Rider) -> Price:
    price = cheapest(legs, riders or (Rider(),), tariff, {}, legs[0].departure_s - 3600)
    assert isinstance(price, Price)
    return price


def _kinds(price: Price) -> list[tuple[str, int]]:
    return [(line.kind, line.cents) for line in price.lines]


@pytest.mark.parametrize(("km", "cents"), SNCF_CENTS.items())
def test_distance_bands_are_those_published(km: int, cents: int) -> None:
    fare = Fare(
        FareKind.BANDS, bands=tuple(Band(*one) for one in SNCF_BANDS), step_cents=10, minimum_cents=120
    )
    assert fare.distance_cents(km * 1000) == cents
    assert fare.distance_cents(km * 1000 - 999) == cents, "kilometres begun count whole"


@pytest.mark.shared
def test_the_vectors_say_the_same() -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "ticketing" / "tariff_vectors.json"
    if not path.exists():
        pytest.skip("the vectors are not beside the project")
    vectors = json.loads(path.read_text(encoding="utf-8"))
    sncf = vectors["sncf_normal_2nd_2011"]
    assert {int(km): cents for km, cents in sncf["computed_cents"].items()} == SNCF_CENTS
    bands = tuple((km, _micro(a), _micro(b)) for km, a, b in sncf["bands"])
    assert bands == SNCF_BANDS
    vat = vectors["vat10_rounding"]
    assert vat_included(150, 100) == vat["line_150c"]
    assert sum(vat_of_lines([(150, 100)] * 7, "line")) == vat["7_lines_linewise"]
    assert sum(vat_of_lines([(150, 100)] * 7, "total")) == vat["7_lines_on_sum"]
    night = vectors["dst"]
    start, end = (dt.datetime.fromisoformat(night[key].split()[0]) for key in ("from", "to"))
    assert (end - start).total_seconds() == night["wall_s"]
    elapsed_s = int(end.replace(tzinfo=PARIS).timestamp() - start.replace(tzinfo=PARIS).timestamp())
    assert elapsed_s == night["elapsed_s"]


def _micro(written: str) -> int:
    return round(float(written) * 1_000_000)


def test_the_demo_prices_by_the_published_bands(tariff: Tariff) -> None:
    for km, cents in SNCF_CENTS.items():
        assert _price(tariff, [_leg("rail", "ab", _s(10, 13, 8), distance_m=km * 1000)]).cents == min(
            cents, 3200
        )


def test_four_kinds_of_day() -> None:
    """01:30 on Saturday is still Friday for day passes, and Saturday on the calendar."""
    zone, begins = "Europe/Paris", 270
    assert fare_day(_s(10, 10, 1, 30), zone, begins) == dt.date(2026, 10, 9)
    assert calendar_day(_s(10, 10, 1, 30), zone) == dt.date(2026, 10, 10)
    assert fare_day(_s(10, 10, 4, 29), zone, begins) == dt.date(2026, 10, 9)
    assert fare_day(_s(10, 10, 4, 30), zone, begins) == dt.date(2026, 10, 10)


@pytest.mark.parametrize(
    ("day", "hours"), [(dt.date(2026, 10, 24), 25), (dt.date(2026, 3, 28), 23), (dt.date(2026, 6, 1), 24)]
)
def test_fare_days_have_as_many_hours_as_the_clock_has(day: dt.date, hours: int) -> None:
    start_s = fare_day_start_s(day, "Europe/Paris", 270)
    assert fare_day_start_s(day + dt.timedelta(days=1), "Europe/Paris", 270) - start_s == hours * 3600
    for at_s in range(start_s, start_s + hours * 3600, 900):
        assert fare_day(at_s, "Europe/Paris", 270) == day


def test_periods_follow_each_other() -> None:
    for period in Period:
        start_s, until_s = period_span_s(_s(10, 13, 12), period, "Europe/Paris", 270)
        assert start_s <= _s(10, 13, 12) < until_s
        if period != Period.YEAR:
            assert period_span_s(until_s, period, "Europe/Paris", 270)[0] == until_s
            assert period_span_s(until_s - 1, period, "Europe/Paris", 270)[0] == start_s
    assert next_period(dt.date(2028, 2, 29), Period.YEAR) == dt.date(2029, 3, 1)


def test_tickets_of_an_hour_last_an_hour_in_the_night_the_clocks_change(tariff: Tariff) -> None:
    """From 02:30 to 02:10 is forty minutes when the hour is shown twice."""
    first = _leg("city", "ab", _s(10, 25, 2, 30), 5)
    again_s = int(dt.datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=PARIS).timestamp())
    assert again_s - first.departure_s == 40 * 60
    assert _price(tariff, [first, _leg("city", "bc", again_s, 5)]).cents == 150
    assert _price(tariff, [first, _leg("city", "bc", again_s + 1200, 5)]).cents == 300


def test_trains_one_after_another_are_one_distance(tariff: Tariff) -> None:
    legs = [_leg("rail", "ab", _s(10, 13, 8)), _leg("rail", "bc", _s(10, 13, 9))]
    whole = _price(tariff, [_leg("rail", "ac", _s(10, 13, 8), distance_m=60_000)]).cents
    price = _price(tariff, legs)
    assert (price.cents, price.lines[0].legs) == (whole, (0, 1))
    assert [weight[0] for weight in price.lines[0].weights] == [0, 1]


def test_road_and_rail_transfers_are_free_within_an_hour(tariff: Tariff) -> None:
    train = _leg("rail", "bc", _s(10, 13, 8, 50))
    soon, late = _leg("city", "cd", _s(10, 13, 10, 19)), _leg("city", "cd", _s(10, 13, 10, 20))
    alone = _price(tariff, [train]).cents
    assert _kinds(_price(tariff, [train, soon])) == [("transfer", alone)]
    price = _price(tariff, [train, late])
    assert price.cents == alone + 150
    assert any(one.product_ids == ("rail-and-road",) and one.cents is None for one in price.rejected)


def test_there_and_back_on_one_day_is_a_return(tariff: Tariff) -> None:
    out, back = _leg("rail", "ab", _s(10, 13, 8)), _leg("rail", "ba", _s(10, 13, 17))
    single = _price(tariff, [out]).cents
    assert _kinds(_price(tariff, [out, back])) == [("return", round(2 * single * 0.9 / 5) * 5)]
    tomorrow = _leg("rail", "ba", _s(10, 14, 17))
    assert _price(tariff, [out, tomorrow]).cents == 2 * single
    paid = Rider(spent=(Spent("ter-single", "ter", single, out.departure_s, "a", "b"),))
    assert _price(tariff, [back], paid).cents == round(2 * single * 0.9 / 5) * 5 - single
    halved = Rider(spent=(*paid.spent, Spent("ter-return", "ter", 1, out.departure_s + 1, "b", "a")))
    assert _price(tariff, [back], halved).cents == single, "there is one way back for each way there"


@pytest.mark.parametrize(
    ("category", "hour", "day", "cents"),
    [
        ("adult", 8, 13, 610), ("adult", 10, 13, 550), ("youth", 8, 13, 305), ("youth", 10, 13, 275),
        ("child", 8, 13, 200), ("infant", 8, 13, 0), ("solidarity", 8, 13, 155), ("senior", 8, 13, 610),
        ("senior", 8, 17, 425),
    ],
)  # fmt: skip
def test_reductions_apply_in_order_and_round_once(
    tariff: Tariff, category: str, hour: int, day: int, cents: int
) -> None:
    assert _price(tariff, [_leg("rail", "ab", _s(10, day, hour))], Rider(category)).cents == cents


def test_cards_reduce_by_the_day(tariff: Tariff) -> None:
    card = Rider(cards=("card",))
    assert _price(tariff, [_leg("rail", "ab", _s(10, 13, 8))], card).cents == 425
    assert _price(tariff, [_leg("rail", "ab", _s(10, 17, 8))], card).cents == 245
    assert is_holiday(dt.date(2026, 11, 11))
    assert _price(tariff, [_leg("rail", "ab", _s(11, 11, 8))], card).cents == 245, "a public holiday"


def test_groups_of_ten_pay_a_quarter_by_train_and_nine_do_not(tariff: Tariff) -> None:
    leg = _leg("rail", "ab", _s(10, 13, 8))
    assert _price(tariff, [leg], *[Rider()] * 9).cents == 9 * 610
    assert _price(tariff, [leg], *[Rider()] * 10).cents == 10 * 155


def test_five_pay_once_on_weekends(tariff: Tariff) -> None:
    leg = _leg("rail", "ab", _s(10, 17, 8), distance_m=120_000)
    assert _kinds(_price(tariff, [leg], *[Rider()] * 5)) == [("group", 4500)]
    assert len(_price(tariff, [leg], *[Rider()] * 6).lines) == 2


def test_nine_buy_a_carnet(tariff: Tariff) -> None:
    price = _price(tariff, [_leg("coach", "ab", _s(10, 13, 8))], *[Rider()] * 9)
    assert price.cents == 1200
    assert [line.kind for line in price.lines] == ["carnet", *["unit"] * 9]
    held = Rider(units=(HeldUnits("car-carnet", 2, _s(12, 1, 0)),))
    assert _price(tariff, [_leg("coach", "ab", _s(10, 13, 8))], held, Rider(), Rider()).cents == 150


def test_what_is_paid_today_counts_towards_the_cap(tariff: Tariff) -> None:
    leg = _leg("coach", "ab", _s(10, 14, 2), 20)
    spent = Spent("car-single", "cars", 150, _s(10, 13, 5))
    for count, cents in ((0, 150), (3, 150), (4, 0)):
        assert _price(tariff, [leg], Rider(spent=(spent,) * count)).cents == cents
    before = Spent("car-single", "cars", 600, _s(10, 13, 4))
    assert _price(tariff, [leg], Rider(spent=(before,))).cents == 150, "that was the fare day before"
    bought = Spent("region-month", "cars", 17_000, _s(10, 13, 12))
    assert _price(tariff, [leg], Rider(spent=(bought,))).cents == 150, "passes are no rides"


def test_passes_cover_what_they_are_for_until_they_end(tariff: Tariff) -> None:
    leg = _leg("coach", "ab", _s(10, 13, 8))
    good = HeldPass("road-month", _s(10, 1, 5), leg.departure_s + 1)
    assert _kinds(_price(tariff, [leg], Rider(passes=(good,)))) == [("held-pass", 0)]
    over = HeldPass("road-month", _s(10, 1, 5), leg.departure_s)
    assert _price(tariff, [leg], Rider(passes=(over,))).cents == 150
    elsewhere = HeldPass("road-month", _s(10, 1, 5), leg.departure_s + 1, ("tad",))
    assert _price(tariff, [leg], Rider(passes=(elsewhere,))).cents == 150


def test_what_services_ask_is_paid_for_each_seat_or_by_the_party(tariff: Tariff) -> None:
    seat = _leg("carpool", "ab", _s(10, 13, 8), fixed_cents=150)
    assert _kinds(_price(tariff, [seat], Rider(), Rider("youth"))) == [("fixed", 150)] * 2
    ride = _leg("on-demand", "bc", _s(10, 13, 12), fixed_cents=300)
    assert _kinds(_price(tariff, [ride], Rider(), Rider())) == [("fixed", 300)]
    assert _price(tariff, [seat, _leg("coach", "bc", _s(10, 13, 9))]).cents == 150, (
        "the coach after it is free"
    )


def test_what_nobody_prices_is_unknown_and_never_a_part(tariff: Tariff) -> None:
    legs = [_leg("coach", "ab", _s(10, 13, 8)), _leg("rail", "bc", _s(10, 13, 9), agency_id="TGV")]
    price = cheapest(legs, [Rider()], tariff, {}, legs[0].departure_s)
    assert isinstance(price, PriceUnknown)
    assert price.legs == (1,)


def test_products_are_sold_for_their_periods(tariff: Tariff) -> None:
    line = product_line(tariff, "region-month", Rider("youth"), _s(10, 13, 9))
    assert (line.cents, line.full_cents, line.kind, line.legs) == (8500, 17_000, "pass", ())
    assert (line.valid_from_s, line.valid_until_s) == (_s(10, 1, 4, 30), _s(11, 1, 4, 30))
    carnet = product_line(tariff, "car-carnet", Rider("youth"), _s(10, 13, 9))
    assert (carnet.cents, carnet.valid_from_s) == (1200, _s(10, 13, 4, 30))
    assert product_line(tariff, "school", Rider("pupil"), _s(10, 13, 9)).valid_until_s == int(
        dt.datetime(2027, 9, 1, 4, 30, tzinfo=PARIS).timestamp()
    )
    for product_id, category in (("school", "adult"), ("car-single", "adult"), ("nothing", "adult")):
        with pytest.raises(ProductError) as refused:
            product_line(tariff, product_id, Rider(category), 0)
        assert refused.value.fr
        assert refused.value.en
    with pytest.raises(ProductError, match="name no zones"):
        product_line(tariff, "road-month", Rider(), 0, ("z1",))


def test_a_tariff_is_read_from_its_canonical_form(tariff: Tariff) -> None:
    again = read_tariff(json.loads(tariff.canonical))
    assert again == tariff
    assert hash(again) == hash(tariff)
    assert tariff.version == f"bfc-demo@{tariff.hash[:12]}"


def test_the_version_of_a_day(tariff: Tariff) -> None:
    later = read_tariff(
        json.loads(tariff.canonical) | {"valid_from": "2026-11-01", "valid_until": "2026-12-01"}
    )
    versions = [tariff, later]
    assert in_force(versions, "2024-12-31") is None
    assert in_force(versions, "2026-10-31") is tariff
    assert in_force(versions, "2026-11-01") is later
    assert in_force(versions, "2026-12-01") is None, "nothing follows it"


def test_all_faults_are_said_at_once() -> None:
    written = parse_tariff(DEMO.read_text(encoding="utf-8"))
    written["valid_from"] = "2026-02-30"
    written["vat"]["permille"] = "ten"
    written["colour"] = "blue"
    written["products"][0]["fare"]["kind"] = "guess"
    written["products"][1]["units"] = 3
    del written["networks"][0]["operator"]
    with pytest.raises(TariffError) as refused:
        read_tariff(written)
    found = refused.value.errors
    assert len(found) == 6, found
    for where in (
        "valid_from",
        "vat.permille",
        "colour",
        "products[0]",
        "products[1] (ter-return).units",
        "networks[0]",
    ):
        assert any(one.startswith(where) for one in found), where


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"networks": []}, "there is no 'ter'"),
        ({"categories": []}, "categories: there is none"),
        ({"valid_until": "2020-01-01"}, "is not after valid_from"),
        ({"networks": [NAMED | {"operator": "x", "select": [{}]}]}, "every ride"),
        ({"zones": {"a": ["s"], "b": ["s"]}}, "the stop 's' is in 2 zones"),
        ({"time_zone": "Mars/Base"}, "no time zone"),
        ({"products": [NAMED | {"kind": "return", "base": "y", "permille": 9}]}, "no single"),
        ({"products": "none"}, "not a list of tables"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    written = parse_tariff(DEMO.read_text(encoding="utf-8")) | change
    with pytest.raises(TariffError) as refused:
        read_tariff(written)
    assert words in str(refused.value)


def test_what_is_no_table_is_refused() -> None:
    for written in (None, [], "x", {"products": [1]}, {"networks": [{"select": 3}]}):
        with pytest.raises(TariffError):
            read_tariff(written)
    with pytest.raises(TariffError, match="no TOML"):
        read_tariff_text("= 3")


def test_parties_have_limits(tariff: Tariff) -> None:
    leg = _leg("coach", "ab", _s(10, 13, 8))
    for legs, riders in (([leg], []), ([leg], [Rider()] * 101), ([leg] * 17, [Rider()])):
        with pytest.raises(ValueError, match="riders on"):
            cheapest(legs, riders, tariff, {}, leg.departure_s)
