"""`mobility bench`: load, single and window queries, beside nigiri where it is installed."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mobility.bench.run import Report, as_json, import_network, measure, tell
from mobility.cli.console import errors, fail, out, print_json
from mobility.cli.services import open_services, open_serving

Day = Annotated[str, typer.Option("--day", help="The service day, YYYY-MM-DD. [default: the busiest one]")]


def bench(
    feeds: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FEED]...",
            help="GTFS archives, each a network; a folder of archives is one network. [default: the one served]",
            exists=True,
        ),
    ] = None,
    day: Day = "",
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="Questions of each kind.")] = 500,
    seed: Annotated[int, typer.Option("--seed", help="Of the random questions.")] = 1,
    json_output: Annotated[bool, typer.Option("--json", help="Print figures for programs.")] = False,
) -> None:
    """Measure importing, opening and planning, one thread, on one service day of real feeds.

    Questions are random pairs of stops, leaving between 07:00 and 09:00: the best journeys for one departure, and all
    that leave within two hours; legs included. With the extra `bench` (pip install 'mobility[bench]') the same
    questions are put to nigiri, the router of MOTIS, in turn in the same run: first whether the answers agree, then
    the times and their ratio.
    """
    chosen = _day(day)
    reports: list[Report] = []
    with tempfile.TemporaryDirectory(prefix="mobility-bench-") as folder:
        for number, path in enumerate(feeds or [None]):
            aside = Path(folder) / str(number)
            with errors.status(f"measuring {path or 'the network that is served'}"):
                if path is None:
                    with open_services() as services:
                        network = open_serving(services).network
                        reports.append(measure(network, "served", chosen, pairs, seed, aside))
                else:
                    network, cost = import_network(path)
                    reports.append(measure(network, path.stem, chosen, pairs, seed, aside, cost))
    if json_output:
        print_json([as_json(report) for report in reports])
    else:
        tell(reports, out)


def _day(words: str) -> dt.date | None:
    if not words:
        return None
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        raise fail(f"--day {words!r} is not a date; write it as 2026-06-08") from None
