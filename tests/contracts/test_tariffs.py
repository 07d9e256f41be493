"""Versions of the tariff on both databases: published once, in force by day, never changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.acts.ports import ActPorts
from mobility.acts.sales.tariffs import (
    TariffPublicationError,
    check_tariff,
    diff_tariffs,
    find_tariff,
    list_prices,
    list_tariffs,
    list_versions,
    publish_tariff,
)
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.at_once import at_once
from ticketing.tariff.read_tariff import TariffError, parse_tariff

DEMO = Path(__file__).parents[2] / "mobility" / "demo" / "tariff.toml"
NOON = dt.datetime(2026, 10, 13, 10, tzinfo=dt.UTC)


@pytest.fixture
def acts(begin: Callable[..., SqlUnitOfWork]) -> ActPorts:
    return ActPorts(begin, lambda: NOON, lambda: "0" * 32)


def _written(**changes: Any) -> dict[str, Any]:
    return parse_tariff(DEMO.read_text(encoding="utf-8")) | changes


def test_the_first_may_have_begun_and_what_is_in_force_never_changes(acts: ActPorts) -> None:
    with pytest.raises(TariffPublicationError, match="but 0"):
        find_tariff(acts)
    first = publish_tariff(acts, SYSTEM, _written())
    assert first.is_in_force
    assert find_tariff(acts) == first
    for day in ("2025-06-01", "2026-10-13"):
        with pytest.raises(TariffPublicationError, match="tomorrow at the earliest") as refused:
            publish_tariff(acts, SYSTEM, _written(valid_from=day))
        assert "demain" in refused.value.fr
    with pytest.raises(TariffPublicationError, match="published already"):
        publish_tariff(acts, SYSTEM, _written())
    later = publish_tariff(acts, SYSTEM, _written(valid_from="2026-10-14", exchange_fee_cents=100))
    again = publish_tariff(acts, SYSTEM, _written(valid_from="2026-10-14", exchange_fee_cents=200))
    assert not later.is_in_force
    assert [one.tariff.hash for one in list_tariffs(acts)] == [
        one.tariff.hash for one in (first, later, again)
    ]
    assert [one.is_in_force for one in list_tariffs(acts)] == [True, False, False]
    assert find_tariff(acts, later.tariff.version) == later
    assert any("100" in line for line in diff_tariffs(first.tariff, later.tariff))
    with acts.unit_of_work(read_only=True) as work:
        assert list_versions(work) == tuple(one.tariff for one in list_tariffs(acts))
        assert work.tariffs.count() == 3


def test_only_administrators_publish_and_check(acts: ActPorts) -> None:
    for role in Role:
        caller = Caller("somebody", frozenset((role,)))
        if role == Role.ADMINISTRATOR:
            check_tariff(acts, caller, _written())
            continue
        for act in (publish_tariff, check_tariff):
            with pytest.raises(ForbiddenError):
                act(acts, caller, {"not": "even read"})
    with pytest.raises(TariffError) as refused:
        publish_tariff(acts, SYSTEM, {"id": 3})
    assert len(refused.value.errors) > 5
    assert list_tariffs(acts) == []


def test_what_is_kept_is_what_was_published(acts: ActPorts) -> None:
    published = publish_tariff(acts, SYSTEM, json.loads(json.dumps(_written())))
    assert find_tariff(acts, published.tariff.hash[:8]).tariff == published.tariff
    costs = {one.line.product_id: one.line.cents for one in list_prices(acts, published.tariff, "youth")}
    assert (costs["region-month"], costs["car-carnet"], costs["card"]) == (8500, 1200, 2000)
    assert "school" not in costs
    assert "car-single" not in costs


def test_the_database_refuses_to_change_a_version(
    acts: ActPorts, begin: Callable[..., SqlUnitOfWork]
) -> None:
    publish_tariff(acts, SYSTEM, _written())
    for statement in ("UPDATE tariff_version SET valid_from = '2020-01-01'", "DELETE FROM tariff_version"):
        with begin() as work, pytest.raises(DatabaseError, match="change"):
            work.session.execute(text(statement))


def test_of_the_same_version_twice_at_once_one_is_published(acts: ActPorts) -> None:
    def publish() -> str:
        try:
            publish_tariff(acts, SYSTEM, _written())
        except TariffPublicationError:
            return "refused"
        return "published"

    assert sorted(at_once(publish, publish)) == ["published", "refused"]
    assert len(list_tariffs(acts)) == 1
