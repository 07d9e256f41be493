"""`mobility feed …`: bring feeds in, look at them, choose what is served of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gtfs_feeds.findings import Severity
from mobility.acts.activate_version import activate_version, rollback_feed
from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.find_feed import get_feed, get_version, list_feeds, list_findings
from mobility.acts.import_feed import FeedSource, ImportFailure, ImportOutcome, import_feeds
from mobility.acts.ports import Progress
from mobility.acts.publish_snapshot import Published
from mobility.acts.records import FeedVersion
from mobility.acts.remove_feed import remove_feed
from mobility.bootstrap import Services
from mobility.cli.console import fail, out, print_json, print_table, progress_bars
from mobility.cli.services import open_services

app = typer.Typer(no_args_is_help=True, help="Bring feeds in, look at them, choose what is served of them.")

Sources = Annotated[
    list[str],
    typer.Argument(metavar="PATH_OR_URL...", help="GTFS archives: files, folders or http(s) addresses."),
]
NewId = Annotated[
    str | None,
    typer.Option("--id", help="The feed's id: small letters, digits, hyphens. [default: from the file name]"),
]
Corrections = Annotated[
    Path | None,
    typer.Option(
        "--corrections",
        exists=True,
        dir_okay=False,
        help="TOML file that corrects what the publisher gets wrong; kept for later imports of the feed.",
    ),
]
FeedId = Annotated[
    str, typer.Argument(metavar="FEED", help="The feed's id, as `mobility feed list` shows it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

SHORT = 12
"""Digits of a version that are shown; any beginning that is unique is understood."""


@app.command("import")
def import_(
    sources: Sources, feed_id: NewId = None, corrections: Corrections = None, as_json: AsJson = False
) -> None:
    """Import GTFS feeds and serve them.

    Each feed is brought here, checked and compiled aside; then all are served together, in one step. A running
    server picks them up by itself. What cannot be used is said on stderr and remembered, and what was served
    before goes on being served. Importing the same bytes again changes nothing.

    Ends with code 0 when all feeds were imported, else 1.
    """
    if len(sources) > 1 and (feed_id is not None or corrections is not None):
        raise typer.BadParameter("--id and --corrections go with one feed: import them one by one")
    text = None if corrections is None else corrections.read_text(encoding="utf-8")
    with open_services() as services, progress_bars() as report:
        wanted = [FeedSource(source, feed_id, text) for source in sources]
        outcomes = import_feeds(services.feeds, wanted, report)
        collect_garbage(services.feeds)
    if as_json:
        print_json([_outcome_json(outcome) for outcome in outcomes])
    for outcome in outcomes:
        if isinstance(outcome, ImportFailure):
            fail(f"{outcome.source} was not imported: {outcome.error}")
        elif not as_json:
            _print_outcome(outcome)
    if any(isinstance(outcome, ImportFailure) for outcome in outcomes):
        raise typer.Exit(1)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the feeds, with the versions kept of each and how its last import went."""
    with open_services() as services:
        feeds = list_feeds(services.feeds)
    if as_json:
        print_json([asdict(feed) for feed in feeds])
        return
    if not feeds:
        out.print("no feed yet: mobility feed import PATH_OR_URL")
        return
    headings = ("feed", "version", "", "imported (UTC)", "valid", "stops", "routes", "trips", "findings")
    print_table(headings, [_row(version) for feed in feeds for version in feed.versions])
    for feed in feeds:
        last = feed.last_import
        if last is not None and last.outcome == "failed":
            out.print(f"{feed.feed_id}: the last import failed: {last.message}", markup=False)


@app.command("findings")
def findings(
    feed_id: FeedId,
    version: Annotated[
        str, typer.Option("--version", help="Beginning of a version. [default: the active one]")
    ] = "",
    severity: Annotated[Severity | None, typer.Option("--severity", help="Only these.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what was noticed in a feed: rows that were dropped, doubts, and what was done about each."""
    with open_services() as services:
        feed = get_feed(services.feeds, feed_id)
        chosen = feed.active if not version and feed.active else get_version(feed, version)
        found = list_findings(services.feeds, chosen)
    shown = [finding for finding in found if severity in (None, finding.severity)]
    if as_json:
        print_json([asdict(finding) for finding in shown])
        return
    rows = [
        (
            one.severity,
            one.rule,
            one.count,
            f"{one.file}:{one.line or ''}".rstrip(":"),
            one.message,
            one.action,
        )
        for one in shown
    ]
    print_table(("severity", "rule", "times", "where", "what", "done"), rows)
    out.print(f"{len(shown):,} findings in version {chosen.version[:SHORT]} of {feed_id}")


@app.command("activate")
def activate(
    feed_id: FeedId,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Beginning of the version to serve.")],
) -> None:
    """Serve a chosen version of a feed, as `mobility feed list` shows them."""
    with _changing() as (services, report):
        chosen, published = activate_version(services.feeds, feed_id, version, report)
    _print_served(chosen, published)


@app.command("rollback")
def rollback(feed_id: FeedId) -> None:
    """Serve the version of a feed that was imported before the active one."""
    with _changing() as (services, report):
        chosen, published = rollback_feed(services.feeds, feed_id, report)
    _print_served(chosen, published)


@app.command("remove")
def remove(feed_id: FeedId) -> None:
    """Remove a feed with all its versions and findings; the others go on being served."""
    with _changing() as (services, report):
        published = remove_feed(services.feeds, feed_id, report)
    rest = (
        "nothing is left to serve" if published.snapshot is None else f"serving {published.snapshot[:SHORT]}"
    )
    out.print(f"{feed_id} is removed; {rest}")


@contextmanager
def _changing() -> Iterator[tuple[Services, Progress]]:
    with open_services() as services, progress_bars() as report:
        yield services, report
        collect_garbage(services.feeds)


def _row(version: FeedVersion) -> tuple[object, ...]:
    counts = (version.error_count, version.warning_count, version.info_count)
    names = ("error", "warning", "note")
    words = [f"{n:,} {name}{'s' * (n > 1)}" for n, name in zip(counts, names, strict=True) if n]
    return (
        version.feed_id,
        version.version[:SHORT],
        "active" if version.is_active else "",
        f"{version.imported_at:%Y-%m-%d %H:%M}",
        _valid(version),
        version.stop_count,
        version.route_count,
        version.trip_count,
        ", ".join(words) or "none",
    )


def _valid(version: FeedVersion) -> str:
    return "no service at all" if version.first_day is None else f"{version.first_day} to {version.last_day}"


def _print_outcome(outcome: ImportOutcome) -> None:
    version = outcome.version
    if outcome.is_unchanged:
        out.print(f"{version.feed_id}: unchanged, version {version.version[:SHORT]} was imported before")
        return
    out.print(
        f"{version.feed_id}: version {version.version[:SHORT]}, {version.stop_count:,} stops, "
        f"{version.route_count:,} routes, {version.trip_count:,} trips, valid {_valid(version)}"
    )
    total = version.error_count + version.warning_count + version.info_count
    if total:
        out.print(
            f"  {version.error_count:,} errors, {version.warning_count:,} warnings, {version.info_count:,} notes: "
            f"mobility feed findings {version.feed_id}"
        )


def _print_served(version: FeedVersion, published: Published) -> None:
    change = "now served" if published.is_new else "served already"
    out.print(f"{version.feed_id}: version {version.version[:SHORT]} is {change}")


def _outcome_json(outcome: ImportOutcome | ImportFailure) -> dict[str, Any]:
    if isinstance(outcome, ImportFailure):
        rule = getattr(outcome.error, "rule", "import_failed")
        return {
            "feed_id": outcome.feed_id,
            "source": outcome.source,
            "outcome": "failed",
            "rule": rule,
            "message": str(outcome.error),
        }
    return {
        **asdict(outcome.version),
        "outcome": "unchanged" if outcome.is_unchanged else "imported",
        "snapshot": outcome.published.snapshot,
        "findings": [asdict(finding) for finding in outcome.findings],
    }
