"""Five commands: find a journey with its price, buy it, show its code, inspect that, and give it back."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from mobility.bootstrap import build_services
from mobility.cli.tickets_demo import load_tariff
from mobility.settings import Settings
from tests.mobility.cli.conftest import Run
from tests.mobility.cli.test_on_demand_rides import VERA, a_day, put_in_place, vera
from ticketing.tickets.picture import read_content

__all__ = ["vera"]


@pytest.fixture
def region(vera: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trains, rides on demand, a tariff, and somebody who travels."""
    put_in_place(vera)
    with build_services(Settings(data_dir=vera / "data", log_level="error")) as services:
        load_tariff(services)
    monkeypatch.chdir(vera)
    return vera


def test_five_commands_buy_show_inspect_and_refund(region: Path, run: Run) -> None:
    offered = run("tickets", "offer", "Nancray", "Dijon Ville", "--arrive", f"{a_day()} 12:00")
    assert offered.code == 0, offered.err
    assert "Tadou (démo), on demand" in offered.out
    assert "mobility tickets buy 1 --as E-MAIL" in offered.out

    bought = run("tickets", "buy", "1", *VERA, "--json")
    assert bought.code == 0, bought.err
    order = json.loads(bought.out)["order"]
    assert order["status"] == "FULFILLED"
    assert {leg["mode"] for leg in order["items"][0]["legs"]} == {"on-demand", "rail"}
    (ride,) = json.loads(run("on-demand", "rides", *VERA, "--json").out)
    assert ride["status"] == "confirmed"

    shown = run("tickets", "show", order["reference"], *VERA, "--png", "ticket.png")
    assert (shown.code, "▄" in shown.out) == (0, True), shown.err
    leaves = dt.datetime.fromtimestamp(order["items"][0]["legs"][0]["departure_s"], dt.UTC)
    assert "there is a UIC code, too: --uic FILE" in shown.out
    codes = json.loads(run("tickets", "show", order["reference"], *VERA, "--uic", "uic.png", "--json").out)
    assert read_content(Path("uic.png").read_bytes()) == [
        bytes.fromhex(codes["uicCodes"][f"{order['reference']}-1"])
    ]
    both = [
        json.loads(run("inspect", "code", file, "--at", leaves.isoformat(), "--network", "ter", "--json").out)
        for file in ("ticket.png", "uic.png")
    ]
    assert [one["ticket"]["ref"] for one in both] == [f"{order['reference']}-1"] * 2
    assert both[0]["colour"] == both[1]["colour"]
    inspected = run("inspect", "code", "ticket.png", "--at", leaves.isoformat(), "--network", "ter", "--json")
    answer = json.loads(inspected.out)
    assert answer["ticket"]["ref"] == f"{order['reference']}-1"
    assert answer["colour"] in ("green", "orange"), (
        "orange: the list of revoked tickets is older than the journey"
    )
    assert run("inspect", "code", "ticket.png", "--at", leaves.isoformat(), "--network", "dijon").code == 1

    only = run("tickets", "refund", order["reference"], *VERA, "--offer")
    assert (only.code, "given back: " in only.out) == (0, True), only.err
    refunded = json.loads(run("tickets", "refund", order["reference"], *VERA, "--json").out)
    assert refunded["order"]["status"] == "REFUNDED"
    assert [one["status"] for one in refunded["refunds"]] == ["refunded"]
    assert json.loads(run("on-demand", "rides", *VERA, "--json").out) == []
    (ride,) = json.loads(run("on-demand", "rides", *VERA, "--past", "--json").out)
    assert ride["status"] == "cancelled"
    assert run("inspect", "sync").code == 0
    again = run("inspect", "code", "ticket.png", "--at", leaves.isoformat())
    assert (again.code, "NO" in again.out) == (1, True)
    assert run("inspect", "code", "uic.png", "--at", leaves.isoformat()).code == 1
    assert "no valid ticket" in run("tickets", "show", order["reference"], *VERA).err
    assert "has a UIC code" in run("tickets", "show", order["reference"], *VERA, "--uic", "no.png").err


def test_a_pass_and_what_cannot_be_bought(region: Path, run: Run) -> None:
    passed = run("tickets", "buy", "--product", "besancon-month", "--from", "2030-03-01 00:00", *VERA)
    assert (passed.code, "46.00 €" in passed.out) == (0, True), passed.err
    assert "1 " in run("tickets", "list", *VERA).out
    refused = run("tickets", "buy", "--product", "besancon-day", "--method", "refuse", *VERA)
    assert (refused.code, "the payment is refused" in refused.err) == (1, True)
    unpaid = json.loads(run("tickets", "list", *VERA, "--json").out)[0]
    assert unpaid["status"] == "PREBOOKED"
    assert "released" in run("tickets", "refund", unpaid["reference"], *VERA).out
    unknown = run("tickets", "buy", "--product", "moon-month", *VERA)
    assert (unknown.code, "moon-month" in unknown.err) == (1, True)
    assert "ask for offers first" in run("tickets", "buy", "3", *VERA).err
    assert run("tickets", "buy", "1", "--product", "besancon-day", *VERA).code == 2
    assert run("tickets", "show", "ABCD2345", *VERA).code == 1


def test_what_is_left_of_a_carnet_is_exchanged_for_a_pass(region: Path, run: Run) -> None:
    carnet = json.loads(run("tickets", "buy", "--product", "besancon-carnet", *VERA, "--json").out)["order"]
    wanted = ("--product", "dijon-month", "--from", "2030-03-01 12:00", *VERA)
    only = run("tickets", "exchange", carnet["reference"], *wanted, "--offer")
    assert (only.code, "counts for 12.60 €, the new one costs 46.00 €; to pay: 33.40 €" in only.out) == (
        0,
        True,
    )
    done = json.loads(run("tickets", "exchange", carnet["reference"], *wanted, "--json").out)
    assert (done["payment"]["amount_cents"], done["order"]["status"]) == (3340, "FULFILLED")
    again = run("tickets", "exchange", carnet["reference"], *wanted)
    assert (again.code, "given back already" in again.err) == (1, True)
    both = run("tickets", "exchange", carnet["reference"], "1", *wanted)
    assert (both.code, "or --product" in both.err) == (2, True)


def test_a_ticket_is_exchanged_for_the_difference(region: Path, run: Run) -> None:
    def offered(origin: str, destination: str, hour: int) -> None:
        found = run("tickets", "offer", origin, destination, "--arrive", f"{a_day()} {hour}:00")
        assert found.code == 0, found.err

    def exchanged(reference: str) -> Any:
        done = run("tickets", "exchange", reference, "1", *VERA, "--json")
        assert done.code == 0, done.err
        answer = json.loads(done.out)
        assert answer["order"]["status"] == "FULFILLED"
        assert [one["revoked_s"] for one in answer["tickets"]] == [0]
        return answer

    offered("Nancray", "Besançon", 12)
    ride = json.loads(run("tickets", "buy", "1", *VERA, "--json").out)["order"]
    offered("Besançon", "Dijon Ville", 16)
    only = run("tickets", "exchange", ride["reference"], "1", *VERA, "--offer")
    assert only.code == 0, only.err
    assert "counts for 1.50 €, the new one costs 11.50 €; to pay: 10.00 €" in only.out
    unknown = run("tickets", "exchange", ride["reference"], "1", *VERA, "--item", "7")
    assert (unknown.code, "nothing numbered '7'" in unknown.err) == (1, True)
    dearer = exchanged(ride["reference"])
    assert dearer["payment"]["amount_cents"] == 1000
    assert run("tickets", "show", ride["reference"], *VERA).code == 1, "it has no valid ticket any more"
    assert json.loads(run("on-demand", "rides", *VERA, "--json").out) == []

    offered("Nancray", "Besançon", 12)
    cheaper = exchanged(dearer["order"]["reference"])
    assert cheaper["order"]["reference"] == dearer["order"]["reference"]
    assert [(one["amount_cents"], one["status"]) for one in cheaper["refunds"]] == [(1000, "refunded")]
