"""Import a feed: bring it here, check it, compile it aside, and serve it in one transaction.

Everything before the transaction is files under names made of their content, which nobody looks at until the
transaction names them; so an import that fails or is killed at any point changes nothing that is served.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import numpy as np

from gtfs_feeds import reader
from gtfs_feeds.catalogue import text
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.corrections import Corrections, CorrectionsError
from gtfs_feeds.findings import FeedRefusedError, Finding, Severity
from gtfs_feeds.network import Network
from mobility.acts.content_hash import feed_version_hash, network_format
from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.publish_snapshot import Published, publish_snapshot
from mobility.acts.records import FeedImport, FeedVersion

FEED_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ARCHIVE = "source.zip"
CUT_CALENDAR = "calendar_too_long"
CUT_CALENDAR_KEPT = dt.timedelta(days=90)
"""A calendar that was cut to the days around its import is cut anew when it is imported again so much later."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import came to. `is_unchanged`: these very bytes were imported before, nothing was compiled."""

    version: FeedVersion
    findings: tuple[Finding, ...]
    published: Published
    is_unchanged: bool


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A feed that was not imported, and why; what was served of it before goes on being served."""

    feed_id: str
    source: str
    error: Exception


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed to import, from a path or an http(s) address.

    `feed_id`: None takes the one the file name suggests. `corrections`: the text of a corrections file (TOML);
    None takes those kept from the import before. `archive`: where its bytes are, when they need not be fetched.
    """

    source: str
    feed_id: str | None = None
    corrections: str | None = None
    archive: Path | None = None


@dataclass(frozen=True)
class _Order:
    feed_id: str
    source: str
    archive: str
    corrections: str
    started_at: dt.datetime
    progress: Progress


@dataclass(frozen=True)
class _Prepared:
    """A version whose files are in place and held. `is_unchanged`: they were before."""

    order: _Order
    version: FeedVersion
    findings: tuple[Finding, ...]
    is_unchanged: bool


def import_feed(ports: FeedPorts, source: FeedSource, progress: Progress = no_progress) -> ImportOutcome:
    """Import one feed and serve it.

    Raises FeedRefusedError when the feed cannot be used; what was served before goes on being served, and
    the failure is remembered.
    """
    (outcome,) = import_feeds(ports, [source], progress)
    if isinstance(outcome, ImportFailure):
        raise outcome.error
    return outcome


def import_feeds(
    ports: FeedPorts, sources: Sequence[FeedSource], progress: Progress = no_progress
) -> list[ImportOutcome | ImportFailure]:
    """Import several feeds and serve them together, in one transaction; those that cannot be used are left out.

    The outcomes come in the order of the sources.
    """
    feed_ids = _checked_feed_ids(sources)
    with ExitStack() as held:
        tries = [
            _try_prepare(ports, source, feed_id, progress, held)
            for source, feed_id in zip(sources, feed_ids, strict=True)
        ]
        prepared = [one for one in tries if isinstance(one, _Prepared)]
        try:
            published = _publish(ports, prepared, progress) if prepared else Published(None, is_new=False)
        except Exception as error:
            for one in prepared:
                _remember_failure(ports, one.order, error)
            raise
    return [one if isinstance(one, ImportFailure) else _outcome(one, published) for one in tries]


def _outcome(one: _Prepared, published: Published) -> ImportOutcome:
    return ImportOutcome(one.version, one.findings, published, one.is_unchanged)


def feed_id_of(source: str) -> str:
    """The feed id a source suggests: its file name in small letters, digits and hyphens."""
    name = PurePosixPath(urlsplit(source).path.rstrip("/") or source).name
    stem = re.sub(r"(?i)\.(zip|gtfs)$", "", name)
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40].strip("-")


def _checked_feed_ids(sources: Sequence[FeedSource]) -> list[str]:
    chosen = [feed_id_of(one.source) if one.feed_id is None else one.feed_id for one in sources]
    for feed_id, one in zip(chosen, sources, strict=True):
        if FEED_ID.fullmatch(feed_id) is None:
            raise FeedRefusedError(
                "invalid_feed_id",
                f"{feed_id!r} cannot be the id of the feed {one.source}: use 1 to 40 small letters, digits and "
                "hyphens, beginning with a letter or digit",
            )
        if chosen.count(feed_id) > 1:
            message = f"two of the feeds would have the id {feed_id!r}: import them one by one, each with its own id"
            raise FeedRefusedError("duplicate_feed_id", message)
    return chosen


def _try_prepare(
    ports: FeedPorts, source: FeedSource, feed_id: str, progress: Progress, held: ExitStack
) -> _Prepared | ImportFailure:
    corrections = source.corrections
    if corrections is None:
        with ports.unit_of_work(read_only=True) as work:
            corrections = work.feeds.find_corrections(feed_id)
    order = _Order(
        feed_id, source.source, str(source.archive or source.source), corrections, ports.now(), progress
    )
    try:
        return _prepare(ports, order, held)
    except Exception as error:
        _remember_failure(ports, order, error)
        return ImportFailure(feed_id, source.source, error)


def _prepare(ports: FeedPorts, order: _Order, held: ExitStack) -> _Prepared:
    with ports.folders.new_folder() as made:
        archive = made / ARCHIVE
        ports.fetch(order.archive, archive, order.progress)
        version = feed_version_hash(archive, order.corrections)
        known = _find_version(ports, order.feed_id, version)
        if known is not None and _is_stale(known, _known_findings(ports, known), order.started_at):
            version = feed_version_hash(archive, order.corrections, since=f"{order.started_at:%Y-%m}")
            known = _find_version(ports, order.feed_id, version)
        target = ports.folders.version_folder(order.feed_id, version)
        if known is not None and target.is_dir():
            held.enter_context(ports.folders.hold(target))
            return _Prepared(order, known, _known_findings(ports, known), is_unchanged=True)
        network, findings = _compile(order, archive)
        network.write(made)
        fresh = _describe(order, version, archive.stat().st_size, network, findings)
        ports.folders.put(made, target)
        held.enter_context(ports.folders.hold(target))
        return _Prepared(order, fresh, tuple(findings), is_unchanged=False)


def _is_stale(version: FeedVersion, findings: Sequence[Finding], now: dt.datetime) -> bool:
    """Whether its days, of a calendar longer than a network holds, begin to be too long ago."""
    was_cut = any(finding.rule == CUT_CALENDAR for finding in findings)
    return was_cut and now - version.imported_at > CUT_CALENDAR_KEPT


def _compile(order: _Order, archive: Path) -> tuple[Network, list[Finding]]:
    def read_progress(_what: str, done: int, total: int) -> None:
        order.progress(f"{order.feed_id}: reading", done / total)

    tables, findings = reader.read_feed(
        archive,
        order.feed_id,
        corrections=_parse_corrections(order),
        progress=read_progress,
        today=order.started_at.date(),
    )
    order.progress(f"{order.feed_id}: reading", 1.0)
    order.progress(f"{order.feed_id}: compiling", 0.0)
    network, left_out = compile_feed(tables)
    order.progress(f"{order.feed_id}: compiling", 1.0)
    return network, [*findings, *left_out]


def _parse_corrections(order: _Order) -> Corrections | None:
    try:
        return Corrections.parse(order.corrections, order.feed_id) if order.corrections else None
    except CorrectionsError as error:
        raise FeedRefusedError("invalid_corrections", f"the corrections of feed {error}") from error


def _publish(ports: FeedPorts, prepared: list[_Prepared], progress: Progress) -> Published:
    def record(work: UnitOfWork) -> None:
        for one in prepared:
            feed_id, version = one.order.feed_id, one.version.version
            if _is_known(work, one.version):
                work.feeds.renew_version(feed_id, version)
            else:
                work.feeds.add_version(one.version, one.findings)
            work.feeds.keep_corrections(feed_id, one.order.corrections)
            work.feeds.activate_version(feed_id, version)
            outcome = "unchanged" if one.is_unchanged else "imported"
            began, ended = one.order.started_at, ports.now()
            work.feeds.add_import(FeedImport(feed_id, one.order.source, began, ended, outcome, version))

    changes = {one.order.feed_id: one.version.version for one in prepared}
    return publish_snapshot(ports, changes, record, progress)


def _known_findings(ports: FeedPorts, version: FeedVersion) -> tuple[Finding, ...]:
    with ports.unit_of_work(read_only=True) as work:
        return tuple(work.feeds.list_findings(version.feed_id, version.version))


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
