"""The memory of the streets: at most one is served, and how the last import went is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from mobility.acts.street_records import StreetsImport, StreetsVersion
from mobility.storage.unit_of_work import SqlUnitOfWork

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
TOWN = StreetsVersion(
    version="a" * 32,
    source="https://example.org/ville-étoilée.osm.pbf",
    source_bytes=5_000_000_000,
    graph_format="f1",
    imported_at=NOW,
    data_at=NOW - dt.timedelta(days=1),
    node_count=3_000_000_000,
    edge_count=7,
    south=46.99,
    west=-5.01,
    north=47.01,
    east=5.01,
)

Begin = Callable[..., SqlUnitOfWork]


def test_no_streets_to_begin_with(begin: Begin) -> None:
    with begin(read_only=True) as work:
        assert work.streets.find_active() is None
        assert work.streets.find_last_import() is None


def test_what_is_written_is_read(begin: Begin) -> None:
    for version in (TOWN, replace(TOWN, data_at=None)):
        with begin() as work:
            work.streets.activate(version)
            work.commit()
        with begin(read_only=True) as work:
            assert work.streets.find_active() == version


def test_new_streets_take_the_place_of_the_old(begin: Begin) -> None:
    other = replace(TOWN, version="b" * 32)
    with begin() as work:
        work.streets.activate(TOWN)
        work.streets.activate(other)
        assert work.streets.find_active() == other
        work.commit()
    with begin() as work:
        work.streets.activate(None)
        assert work.streets.find_active() is None
        work.commit()
    with begin(read_only=True) as work:
        assert work.streets.find_active() is None


def test_what_is_not_committed_never_happened(begin: Begin) -> None:
    with begin() as work:
        work.streets.activate(TOWN)
        work.streets.add_import(StreetsImport(TOWN.source, NOW, NOW, "imported", TOWN.version))
    with begin(read_only=True) as work:
        assert work.streets.find_active() is None
        assert work.streets.find_last_import() is None


def test_the_last_import_is_the_one_written_last(begin: Begin) -> None:
    done = StreetsImport(TOWN.source, NOW, NOW + dt.timedelta(minutes=3), "imported", TOWN.version)
    failed = StreetsImport(TOWN.source, NOW - dt.timedelta(days=1), NOW, "failed", message="cut short")
    for record in (done, failed):
        with begin() as work:
            work.streets.add_import(record)
            work.commit()
        with begin(read_only=True) as work:
            assert work.streets.find_last_import() == record
