"""The same bytes compiled anew: when the code has changed, and when a long calendar has moved on."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from gtfs_feeds.network import Network
from mobility.acts import content_hash
from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.find_feed import get_feed
from mobility.acts.import_feed import FeedSource, ImportOutcome, import_feed
from mobility.acts.ports import FeedPorts
from mobility.acts.renew_networks import renew_networks
from mobility.bootstrap import Services
from mobility.storage.feeds import FeedVersionRow
from tests.mobility.acts.line_feed import write_line_feed


def test_networks_of_another_format_are_compiled_anew(
    ports: FeedPorts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives = [write_line_feed(tmp_path / f"{name}.zip", name) for name in ("one", "two")]
    old = [import_feed(ports, FeedSource(str(archive))).version for archive in archives]
    assert renew_networks(ports) == []
    for archive in archives:
        archive.unlink()
    monkeypatch.setattr(content_hash, "COMPILER", content_hash.COMPILER + 1)
    outcomes = renew_networks(ports)
    assert all(isinstance(outcome, ImportOutcome) for outcome in outcomes)
    for version in old:
        feed = get_feed(ports, version.feed_id)
        assert feed.active is not None
        assert feed.active.version != version.version
        assert feed.active.source == version.source
    assert renew_networks(ports) == []


def test_a_long_calendar_is_cut_anew_after_a_while(ports: FeedPorts, tmp_path: Path) -> None:
    source = FeedSource(str(write_line_feed(tmp_path / "line.zip", "line", days="20100101,20991231")))
    first = import_feed(ports, source)
    assert first.version.last_day is not None
    assert import_feed(ports, source).is_unchanged
    later = replace(ports, now=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=100))
    anew = import_feed(later, source)
    assert not anew.is_unchanged
    assert anew.version.last_day == first.version.last_day + dt.timedelta(days=100)
    assert import_feed(later, source).is_unchanged


def test_a_short_one_is_not(ports: FeedPorts, tmp_path: Path) -> None:
    source = FeedSource(str(write_line_feed(tmp_path / "line.zip", "line")))
    import_feed(ports, source)
    later = replace(ports, now=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=100))
    assert import_feed(later, source).is_unchanged


def test_first_days_are_ready_when_a_network_is_published(ports: FeedPorts, tmp_path: Path) -> None:
    source = FeedSource(str(write_line_feed(tmp_path / "line.zip", "line")))
    snapshot = import_feed(replace(ports, warm_up_days=1), source).published.snapshot or ""
    folder = ports.folders.snapshot_folder(snapshot)
    today = ports.now().date()
    assert any(day.name.startswith(f"{today - dt.timedelta(1)}") for day in (folder / "days").iterdir())
    Network.open(folder)


def test_a_failed_renewal_leaves_the_feed(ports: FeedPorts, services: Services, tmp_path: Path) -> None:
    version = import_feed(ports, FeedSource(str(write_line_feed(tmp_path / "line.zip", "line")))).version
    with services.unit_of_work() as work:
        work.session.execute(update(FeedVersionRow).values(network_format="older"))  # type: ignore[attr-defined]
        work.commit()
    (ports.folders.version_folder("line", version.version) / "source.zip").unlink()
    (failure,) = renew_networks(ports)
    assert not isinstance(failure, ImportOutcome)
    active = get_feed(ports, "line").active
    assert active is not None
    assert active.version == version.version
    collect_garbage(ports)
