"""A server takes up what is published, keeps what it has when it cannot, and no request notices."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import pytest

from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.import_places import import_places
from mobility.acts.remove_feed import remove_feed
from mobility.bootstrap import Services, build_services
from mobility.journeys.serving import NothingToServeError
from mobility.settings import Settings
from tests.mobility.acts.line_feed import write_line_feed
from tests.mobility.seen import wait_until, was_prompt


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return build_services(Settings(data_dir=tmp_path / "data", warm_up_days=0, watch_interval_s=0.05))


@pytest.fixture
def server(tmp_path: Path, services: Services) -> Services:
    """Another process's services, as far as can be: nothing in common with `services` but files."""
    return build_services(services.settings)


def _import(services: Services, tmp_path: Path, minute: int) -> str:
    archive = write_line_feed(tmp_path / "line.zip", "line", minute)
    return import_feed(services.feeds, FeedSource(str(archive))).published.snapshot or ""


def _version(server: Services) -> str | None:
    try:
        return server.current().version
    except NothingToServeError:
        return None


def test_nothing_to_serve_is_said(server: Services) -> None:
    with server:
        server.start()
        with pytest.raises(NothingToServeError, match="mobility feed import"):
            server.current()


def test_a_new_network_is_taken_up_within_two_seconds(
    services: Services, server: Services, tmp_path: Path
) -> None:
    with services, server:
        server.start()
        took = []
        for minute in range(4):
            version = _import(services, tmp_path, minute)
            took.append(wait_until(lambda wanted=version: _version(server) == wanted))
        assert was_prompt(took[1:]), took
        remove_feed(services.feeds, "line")
        wait_until(lambda: _version(server) is None)


def test_a_request_keeps_the_network_it_began_with(
    services: Services, server: Services, tmp_path: Path
) -> None:
    with services, server:
        first = _import(services, tmp_path, 1)
        server.start()
        request = server.current()
        second = _import(services, tmp_path, 2)
        wait_until(lambda: _version(server) == second)
        assert request.version == first
        assert int(request.network.timetable.event_departure_s[0]) == 8 * 3600 + 60
        folder = services.feeds.folders.snapshot_folder(first)
        collect_garbage(services.feeds)
        assert folder.is_dir(), "in use by the request"
        del request
        gc.collect()
        collect_garbage(services.feeds)
        assert not folder.exists()


def test_requests_go_on_all_the_while(services: Services, server: Services, tmp_path: Path) -> None:
    with services, server:
        _import(services, tmp_path, 0)
        server.start()
        stop, failures, answered = threading.Event(), [], [0]

        def ask() -> None:
            while not stop.is_set():
                try:
                    serving = server.current()
                    departure_s = int(serving.network.timetable.event_departure_s[0])
                    assert departure_s - 8 * 3600 in (0, 60, 120, 180)
                    answered[0] += 1
                except Exception as error:
                    failures.append(error)
                time.sleep(0.001)

        asking = threading.Thread(target=ask)
        asking.start()
        for minute in (1, 2, 3):
            snapshot = _import(services, tmp_path, minute)
            collect_garbage(services.feeds)
            wait_until(lambda wanted=snapshot: _version(server) == wanted)
        stop.set()
        asking.join()
        assert failures == []
        assert answered[0] > 10


def test_what_cannot_be_opened_leaves_the_old_one(
    services: Services, server: Services, tmp_path: Path
) -> None:
    with services, server:
        first = _import(services, tmp_path, 1)
        server.start()
        with services.unit_of_work() as work:
            work.snapshots.activate("0123456789abcdef", (("line", "x"),), services.feeds.now())
            work.commit()
        time.sleep(0.3)
        assert _version(server) == first
        broken = services.feeds.folders.snapshot_folder("fedcba9876543210")
        broken.mkdir()
        (broken / "info.json").write_text("{}")
        with services.unit_of_work() as work:
            work.snapshots.activate(broken.name, (("line", "y"),), services.feeds.now())
            work.commit()
        time.sleep(0.3)
        assert _version(server) == first
        third = _import(services, tmp_path, 3)
        wait_until(lambda: _version(server) == third)


def test_new_places_are_taken_up(services: Services, server: Services, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text(
        "insee;nom;lat;lon;population\n25999;Trifouilly-les-Oies;47,1;6,2;1 200\n", encoding="utf-8"
    )
    with services, server:
        _import(services, tmp_path, 1)
        server.start()
        before = server.current()
        import_places(services.feeds, table)
        wait_until(lambda: server.current() is not before)
        assert any(
            match.name == "Trifouilly-les-Oies" for match in server.current().places.search("trifouilly")
        )
