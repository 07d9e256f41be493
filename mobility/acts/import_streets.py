"""Import the streets of an OpenStreetMap extract: bring it here, build the graph aside, serve it in one transaction.

As with feeds, everything before the transaction is files under names made of their content. What the network says of
walks between stops depends on the streets, so that the same transaction makes a network linked to them the active one.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from gtfs_feeds.findings import FeedRefusedError
from mobility.acts.content_hash import streets_format, streets_version_hash
from mobility.acts.link_streets import GRAPH_FOLDER
from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.publish_snapshot import Published, publish_snapshot
from mobility.acts.street_records import StreetsImport, StreetsVersion
from routing.snapshot import write_arrays
from routing.street import BrokenExtractError, build_graph

EXTENSIONS = (".osm.pbf", ".osm.gz", ".osm.bz2", ".osm")
"""Of the files that are understood; `.pbf` alone is one too."""

EXTRACT = "extract"
"""The name of the extract in its folder, before its extension."""


class StreetsRefusedError(Exception):
    """The extract cannot be used; the message names it, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class StreetsOutcome:
    """What an import came to. `is_unchanged`: these very streets were served before."""

    version: StreetsVersion
    published: Published
    is_unchanged: bool


def import_streets(
    ports: FeedPorts, source: str, progress: Progress = no_progress, extract: Path | None = None
) -> StreetsOutcome:
    """Import an extract (a path or an http(s) address) and serve its streets instead of those before.

    `extract`: where its bytes are, when they need not be fetched. Raises StreetsRefusedError when it cannot be used;
    the streets that were served go on being served, and the failure is remembered.
    """
    started_at = ports.now()
    with ExitStack() as held:
        try:
            version = _prepare(ports, source, extract, started_at, progress, held)
            return _publish(ports, version, started_at, progress)
        except Exception as error:
            failed = StreetsImport(
                source, started_at, ports.now(), "failed", message=str(error) or repr(error)
            )
            with ports.unit_of_work() as work:
                work.streets.add_import(failed)
                work.commit()
            raise


def renew_streets(ports: FeedPorts, progress: Progress = no_progress) -> StreetsOutcome | None:
    """Build the graph of the served streets anew, from the kept extract, when older code made it; None: it did not."""
    with ports.unit_of_work(read_only=True) as work:
        active = work.streets.find_active()
    if active is None or active.graph_format == streets_format():
        return None
    kept = ports.folders.streets_folder(active.version) / (EXTRACT + _extension(active.source))
    return import_streets(ports, active.source, progress, kept)


def _prepare(
    ports: FeedPorts,
    source: str,
    extract: Path | None,
    started_at: dt.datetime,
    progress: Progress,
    held: ExitStack,
) -> StreetsVersion:
    """The version, its folder in place and held."""
    with ports.folders.new_folder() as made:
        file = made / (EXTRACT + _extension(source))
        try:
            ports.fetch(str(extract or source), file, progress)
        except FeedRefusedError as error:
            raise StreetsRefusedError(str(error)) from error
        version = streets_version_hash(file)
        target = ports.folders.streets_folder(version)
        with ports.unit_of_work(read_only=True) as work:
            active = work.streets.find_active()
        if active is not None and active.version == version and target.is_dir():
            held.enter_context(ports.folders.hold(target))
            return active
        described = _build(file, source, version, started_at, progress)
        ports.folders.put(made, target)
        held.enter_context(ports.folders.hold(target))
        return described


def _build(
    extract: Path, source: str, version: str, started_at: dt.datetime, progress: Progress
) -> StreetsVersion:
    """Write the graph beside the extract."""

    def report(stage: str, done: float) -> None:
        progress(f"streets: {stage}", done)

    try:
        graph, built = build_graph(extract, report)
    except BrokenExtractError as error:
        raise StreetsRefusedError(str(error).replace(str(extract), source)) from error
    write_arrays(graph, extract.parent / GRAPH_FOLDER)
    south, west, north, east = graph.bounds()
    return StreetsVersion(
        version=version,
        source=source,
        source_bytes=extract.stat().st_size,
        graph_format=streets_format(),
        imported_at=started_at,
        data_at=None,
        node_count=built.node_count,
        edge_count=built.edge_count,
        south=south,
        west=west,
        north=north,
        east=east,
    )


def _publish(
    ports: FeedPorts, version: StreetsVersion, started_at: dt.datetime, progress: Progress
) -> StreetsOutcome:
    unchanged = False

    def record(work: UnitOfWork) -> None:
        nonlocal unchanged
        before = work.streets.find_active()
        unchanged = before is not None and before.version == version.version
        if not unchanged:
            work.streets.activate(version)
        outcome = "unchanged" if unchanged else "imported"
        work.streets.add_import(
            StreetsImport(version.source, started_at, ports.now(), outcome, version.version)
        )

    published = publish_snapshot(ports, {}, record, progress, streets=version.version)
    return StreetsOutcome(version, published, unchanged)


def _extension(source: str) -> str:
    """How the file's name says it is written: osmium goes by it. Raises StreetsRefusedError."""
    name = PurePosixPath(urlsplit(source).path or source).name.lower()
    for extension in EXTENSIONS:
        if name.endswith(extension):
            return extension
    if name.endswith(".pbf"):
        return EXTENSIONS[0]
    raise StreetsRefusedError(
        f"{source} is no OpenStreetMap extract by its name: it ends in none of {', '.join(EXTENSIONS)}"
    )
