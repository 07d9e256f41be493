"""Import a feed: bring it here, check it, compile it aside, and serve it in one transaction.

Everything before the transaction is files under names made of their content, which nobody looks at until the
transaction names them; so an import that fails or is killed at any point changes nothing that is served.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import numpy as np

from gtfs_feeds.catalogue import text
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.findings import FeedRefusedError, Finding, Severity
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.acts.content_hash import feed_version_hash, network_format
from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.publish_snapshot import Published, publish_snapshot
from mobility.acts.records import FeedImport, FeedVersion

FEED_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ARCHIVE = "source.zip"


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import came to. `is_unchanged`: these very bytes were imported before, nothing was compiled."""

    version: FeedVersion
    findings: tuple[Finding, ...]
    published: Published
    is_unchanged: bool


@dataclass(frozen=True)
class _Order:
    feed_id: str
    source: str
    corrections: str
    started_at: dt.datetime
    progress: Progress


def import_feed(
    ports: FeedPorts,
    source: str,
    feed_id: str | None = None,
    corrections: str | None = None,
    progress: Progress = no_progress,
) -> ImportOutcome:
    """Import the feed at `source` (a path or an http(s) address) and serve it.

    `corrections`: the text of a corrections file (TOML); None: those kept from the import before.
    Raises FeedRefusedError when the feed cannot be used; what was served before goes on being served, and
    the failure is remembered.
    """
    feed_id = _checked_feed_id(feed_id, source)
    if corrections is None:
        with ports.unit_of_work(read_only=True) as work:
            corrections = work.feeds.find_corrections(feed_id)
    order = _Order(feed_id, source, corrections, ports.now(), progress)
    try:
        return _import(ports, order)
    except Exception as error:
        _remember_failure(ports, order, error)
        raise


def feed_id_of(source: str) -> str:
    """The feed id a source suggests: its file name in small letters, digits and hyphens."""
    name = PurePosixPath(urlsplit(source).path.rstrip("/") or source).name
    stem = re.sub(r"(?i)\.(zip|gtfs)$", "", name)
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40].strip("-")


def _checked_feed_id(feed_id: str | None, source: str) -> str:
    chosen = feed_id_of(source) if feed_id is None else feed_id
    if FEED_ID.fullmatch(chosen) is None:
        raise FeedRefusedError(
            "invalid_feed_id",
            f"{chosen!r} cannot be the id of the feed {source}: use 1 to 40 small letters, digits and "
            "hyphens, beginning with a letter or digit; give one with --id",
        )
    return chosen


def _import(ports: FeedPorts, order: _Order) -> ImportOutcome:
    with ports.folders.new_folder() as made:
        archive = made / ARCHIVE
        ports.fetch(order.source, archive, order.progress)
        version = feed_version_hash(archive, order.corrections)
        target = ports.folders.version_folder(order.feed_id, version)
        known = _find_version(ports, order.feed_id, version)
        if known is not None and target.is_dir():
            return _serve_known(ports, order, known, target)
        tables, findings = read_feed(archive, order.feed_id, order.corrections, order.progress)
        order.progress("compiling", 0.0)
        network, more = compile_feed(tables)
        network.write(made)
        order.progress("compiling", 1.0)
        findings = [*findings, *more]
        fresh = _describe(order, version, archive.stat().st_size, network, findings)
        ports.folders.put(made, target)
        with ports.folders.hold(target):
            published = _publish(ports, order, fresh, findings, is_known=known is not None)
    return ImportOutcome(fresh, tuple(findings), published, is_unchanged=False)


def _serve_known(ports: FeedPorts, order: _Order, known: FeedVersion, target: Path) -> ImportOutcome:
    with ports.folders.hold(target):
        published = _publish(ports, order, known, [], is_known=True)
    with ports.unit_of_work(read_only=True) as work:
        findings = tuple(work.feeds.list_findings(known.feed_id, known.version))
    return ImportOutcome(known, findings, published, is_unchanged=True)


def _publish(
    ports: FeedPorts, order: _Order, version: FeedVersion, findings: list[Finding], is_known: bool
) -> Published:
    feed_id, outcome = order.feed_id, "unchanged" if is_known else "imported"

    def record(work: UnitOfWork) -> None:
        if _is_known(work, version):
            work.feeds.renew_version(feed_id, version.version)
        else:
            work.feeds.add_version(version, findings)
        work.feeds.keep_corrections(feed_id, order.corrections)
        work.feeds.activate_version(feed_id, version.version)
        ended_at = ports.now()
        work.feeds.add_import(
            FeedImport(feed_id, order.source, order.started_at, ended_at, outcome, version.version)
        )

    return publish_snapshot(ports, {feed_id: version.version}, record, order.progress)


def _is_known(work: UnitOfWork, version: FeedVersion) -> bool:
    feed = work.feeds.find_feed(version.feed_id)
    return feed is not None and any(known.version == version.version for known in feed.versions)


def _find_version(ports: FeedPorts, feed_id: str, version: str) -> FeedVersion | None:
    with ports.unit_of_work(read_only=True) as work:
        feed = work.feeds.find_feed(feed_id)
    return next((known for known in feed.versions if known.version == version), None) if feed else None


def _remember_failure(ports: FeedPorts, order: _Order, error: Exception) -> None:
    rule = error.rule if isinstance(error, FeedRefusedError) else "import_failed"
    message = str(error) or repr(error)
    with ports.unit_of_work() as work:
        work.feeds.add_import(
            FeedImport(
                order.feed_id,
                order.source,
                order.started_at,
                ports.now(),
                "failed",
                rule=rule,
                message=message,
            )
        )
        work.commit()


def _describe(
    order: _Order, version: str, source_bytes: int, network: Network, findings: list[Finding]
) -> FeedVersion:
    catalogue, active = network.catalogue, np.flatnonzero(network.timetable.service_active.any(axis=0))
    first, last = (int(active[0]), int(active[-1])) if len(active) else (None, None)
    count = Counter(finding.severity for finding in findings)
    return FeedVersion(
        feed_id=order.feed_id,
        version=version,
        serial=0,
        source=order.source,
        source_bytes=source_bytes,
        publisher_version=text(catalogue, int(catalogue.feed_version_text[0])),
        network_format=network_format(),
        imported_at=order.started_at,
        first_day=None if first is None else network.info.first_day + dt.timedelta(first),
        last_day=None if last is None else network.info.first_day + dt.timedelta(last),
        stop_count=len(catalogue.stop_id_text),
        route_count=len(catalogue.route_id_text),
        trip_count=len(catalogue.trip_id_text),
        error_count=count[Severity.ERROR],
        warning_count=count[Severity.WARNING],
        info_count=count[Severity.INFO],
    )
